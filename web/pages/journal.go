package pages

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"loquet/audit"
)

// act gives an event in words.
func (f Frame) act(a audit.Act) string { return f.Say.Say("act." + string(a)) }

// detail gives what an entry holds besides in words: closed words are said, all else stands as it was noted.
func (f Frame) detail(e audit.Entry) string {
	switch e.Act {
	case audit.PasskeyAdded, audit.PasskeyRemoved, audit.PasskeyRenamed:
		return e.Detail // a name that its owner chose
	case audit.CodeUsed:
		if left, err := strconv.Atoi(e.Detail); err == nil && left >= 0 {
			return f.Say.Count("journal.left", left)
		}
	}
	words := strings.Fields(e.Detail)
	for i, w := range words {
		switch {
		case e.Act == audit.RoleChanged && f.Say.Has("role."+w):
			words[i] = f.Say.Say("role." + w)
		case f.Say.Has("detail." + w):
			words[i] = f.Say.Say("detail." + w)
		}
	}
	if e.Act == audit.RoleChanged {
		return strings.Join(words, " → ")
	}
	return strings.Join(words, " ")
}

// who gives the name of whoever did something.
func (f Frame) who(r JournalRow) string {
	switch {
	case r.Actor == audit.System:
		return f.Say.Say("journal.system")
	case r.Actor == "":
		return orDash("")
	case r.ActorName == "":
		return f.Say.Say("journal.gone")
	}
	return r.ActorName
}

// whom gives the name of whomever it is about.
func (f Frame) whom(r JournalRow) string {
	switch {
	case r.Target == "":
		return orDash("")
	case r.TargetName == "":
		return f.Say.Say("journal.gone")
	}
	return r.TargetName
}

// from gives where something was done from: browser and address.
func (f Frame) from(e audit.Entry) string {
	var parts []string
	for _, part := range []string{e.Device, e.Address} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return orDash(strings.Join(parts, ", "))
}

func (p JournalList) acts() []option {
	all := []option{{"", p.Say.Say("users.filter.all")}}
	for _, a := range audit.Acts {
		all = append(all, option{string(a), p.act(a)})
	}
	return all
}

// query gives the filter as an address has it.
func (p JournalList) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"person": p.Who, "act": string(p.Act), "from": p.From, "until": p.Until} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (p JournalList) older() templ.SafeURL {
	q := p.query()
	q.Set("before", strconv.FormatInt(p.Before, 10))
	return link("/settings/journal", q)
}

// asked gives the problems of the filter, or those of the export.
func (p JournalList) asked(export bool) []Problem {
	var some []Problem
	for _, problem := range p.Problems {
		if (problem.Field == "current_password") == export {
			some = append(some, problem)
		}
	}
	if export {
		return under("export", some)
	}
	return some
}

// linked gives every problem with the ID of its field.
func (p JournalList) linked() []Problem { return append(p.asked(false), p.asked(true)...) }

func (p MailList) state(r LetterRow) (colour, words string) {
	colours := map[LetterState]string{LetterWaiting: "care", LetterSent: "good", LetterFailed: "bad"}
	return colours[r.State], p.Say.Say("letters.state." + string(r.State))
}

func (p AccountHistory) older() templ.SafeURL {
	return link("/account/history", url.Values{"before": {strconv.FormatInt(p.Before, 10)}})
}

// mine says who did something that stands in one's own history; "" for oneself.
func (p AccountHistory) mine(r JournalRow) string {
	switch {
	case r.Actor == p.Who.ID || r.Actor == "":
		return ""
	case r.ActorName != "":
		return p.Say.Say("history.by", "Name", r.ActorName)
	}
	return ""
}
