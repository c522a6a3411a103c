package courier

import (
	"strings"
	"time"
)

// callerCode gives the code that a caller reads to the operator, and who alone may hear it (ATK-075). Its last line binds
// the code to the platform's host, so that no other page is offered it (WICG, Origin-bound one-time codes delivered via
// SMS, §3; MAIL-18).
func (l Letter) callerCode(longest int) string {
	say := l.printer()
	end := l.Expires.In(l.Organisation.Location())
	words := plainText(say.Say("text.caller-code",
		"Code", l.Secret[:3]+" "+l.Secret[3:], "Span", say.Span(l.Expires.Sub(l.Created).Round(time.Minute)),
		"Clock", say.Clock(end), "Organisation", tidy(l.Organisation.Name, longest)))
	if l.Host == "" {
		return words
	}
	return words + "\n@" + strings.ToLower(l.Host) + " #" + l.Secret
}

// deskText tells in short what a DeskNotice says at length.
func (l Letter) deskText(longest int) string {
	say := l.printer()
	said := func(key string, args ...any) string { return plainText(say.Say("text.desk-text."+key, args...)) }
	until := l.Desk.Until.In(l.Organisation.Location())
	who := tidy(l.Person.Name(), longestTextWho)
	if who == "" {
		who = say.Say("letter.desk.somebody")
	}
	words := []string{said(strings.TrimPrefix(l.deskTopic(), "."),
		"Organisation", tidy(l.Organisation.Name, longest), "Who", who, "Date", say.Date(until), "Clock", say.Clock(until))}
	if address := tidy(l.Desk.New, longestTextWho); address != "" && !l.Desk.Manager && longest > tightest {
		words = append(words, said("new", "New", address))
	}
	words = append(words, said("case", "Case", tidy(l.Desk.Case, longestCase)))
	if l.Secret == "" {
		return strings.Join(append(words, said("doubt")), " ")
	}
	return strings.Join(append(words, said("stop"), l.PortalURL+"/stop/"+l.Secret), " ")
}
