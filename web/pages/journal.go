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
	case audit.ApplicationAdded, audit.ApplicationChanged, audit.ApplicationSecret, audit.ApplicationRevoked,
		audit.ApplicationEntered, audit.ApplicationRefused, audit.ApplicationConsented, audit.ApplicationWithdrawn,
		audit.GrantReplayed, audit.GrantReturned:
		return e.Detail // the application's name
	case audit.LoopRepaired:
		if name, ok := strings.CutPrefix(e.Detail, "application "); ok {
			return f.Say.Say("journal.loop", "Name", name)
		}
	case audit.CodeUsed:
		if left, err := strconv.Atoi(e.Detail); err == nil && left >= 0 {
			return f.Say.Count("journal.left", left)
		}
	}
	if prefix, ok := deskDetails[e.Act]; ok {
		return f.deskDetail(prefix, e.Detail)
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

// deskDetails says in which words the details of the desk's events are.
var deskDetails = map[audit.Act]string{
	audit.CaseOpened: "desk.reason.", audit.CaseClosed: "", audit.CallerSearched: "", audit.CaseNamed: "",
	audit.CallerCodeSent: "", audit.CallerCodeWrong: "", audit.CallBegun: "", audit.PapersNoted: "desk.paper.",
	audit.CallerChecked: "desk.standing.", audit.CheckRefused: "desk.checking.",
	audit.DeedProposed: "desk.act.", audit.DeedRefused: "desk.act.", audit.DeedSeconded: "desk.act.",
	audit.DeedDone: "desk.act.", audit.DeedStopped: "desk.act.", audit.DeedWithdrawn: "desk.act.", audit.DeedLapsed: "desk.act.",
}

// deskDetail says closed words; the number of a case and masked addresses stand as they were noted.
func (f Frame) deskDetail(prefix, detail string) string {
	words := strings.Fields(detail)
	for i, w := range words {
		if prefix != "" && f.Say.Has(prefix+w) {
			words[i] = f.Say.Say(prefix + w)
		} else if n, err := strconv.Atoi(w); err == nil && n >= 0 && len(w) < len("K7P3QX") {
			words[i] = f.Say.Count("desk.found", n)
		}
	}
	return strings.Join(words, ", ")
}

// helper gives the name of the operator who did something; "" when none did.
func (f Frame) helper(actor string) string {
	if identifier, ok := audit.OperatorOf(actor); ok {
		return f.Say.Say("journal.operator", "Identifier", identifier)
	}
	return ""
}

// who gives the name of whoever did something.
func (f Frame) who(r JournalRow) string {
	switch {
	case f.helper(r.Actor) != "":
		return f.helper(r.Actor)
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

func (p AccountHistory) older() templ.SafeURL {
	return link("/account/history", url.Values{"before": {strconv.FormatInt(p.Before, 10)}})
}

// mine says who did something that stands in one's own history; "" for oneself.
func (p AccountHistory) mine(r JournalRow) string {
	switch {
	case r.Actor == p.Who.ID || r.Actor == "":
		return ""
	case p.helper(r.Actor) != "":
		return p.Say.Say("history.by", "Name", p.helper(r.Actor))
	case r.ActorName != "":
		return p.Say.Say("history.by", "Name", r.ActorName)
	}
	return ""
}
