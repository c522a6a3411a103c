package pages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// team says whether whoever is signed in belongs to the team, not to a family.
func (f Frame) team() bool { return f.Role != "" && f.Role != account.Famille }

// or gives what was typed in a field, or what is in force when nothing was sent.
func (t Typed) or(field, inForce string) string {
	if t == nil {
		return inForce
	}
	return t[field]
}

// ticks says whether a box is ticked: a box that is not ticked is not sent.
func (t Typed) ticks(field string, inForce bool) bool {
	if t == nil {
		return inForce
	}
	return t[field] == "1"
}

// list gives a field that is sent once for each choice: its values are lines.
func (t Typed) list(field string, inForce []string) []string {
	if t == nil {
		return inForce
	}
	return lines(t[field])
}

// inZone gives a time on the clocks of the organisation, which Now is on.
func (f Frame) inZone(t time.Time) time.Time { return t.In(f.Now.Location()) }

// moment gives a day and a time of day: « 3 septembre 2026, 14 h 02 ».
func (f Frame) moment(t time.Time) string {
	t = f.inZone(t)
	return f.Say.Say("team.moment", "Day", f.Say.Date(t), "Clock", f.Say.Clock(t))
}

// lastDay gives the last day on which an account can be used that will be closed (account.Account.Leaves).
func (f Frame) lastDay(a account.Account) time.Time { return f.inZone(a.Leaves.Add(-time.Second)) }

// role gives the name of a role.
func (f Frame) role(r account.Role) string { return f.Say.Say("role." + string(r)) }

// standing is where an account stands in its life: a word for the colour, and the words.
func (f Frame) standing(a account.Account) (colour, words string) {
	switch {
	case a.State.Open() && !a.Leaves.IsZero() && !a.Open(f.Now):
		return string(account.Disabled), f.Say.Say("state.disabled")
	case a.State.Open() && !a.Leaves.IsZero():
		return "leaves", f.Say.Say("state.leaves", "Day", f.Say.Date(f.lastDay(a)))
	}
	return string(a.State), f.Say.Say("state." + string(a.State))
}

// lacksSecond says whether somebody who uses the account has no second proof although the policy asks for one.
func (f Frame) lacksSecond(a account.Account) bool {
	at := f.Organisation.Policy.Standing(a, f.Now)
	return a.State == account.Active && a.Open(f.Now) && (at == organisation.Due || at == organisation.Overdue)
}

// reaching says how good the reference address is: a word for the colour, and the words.
func (f Frame) reaching(e account.Email, pending bool) (colour, words string) {
	switch {
	case e.Unreachable:
		return "bad", f.Say.Say("reach.unreachable")
	case pending:
		return "care", f.Say.Say("reach.pending")
	case e.Address == "":
		return "none", f.Say.Say("reach.none")
	case e.Proven:
		return "good", f.Say.Say("reach.proven")
	}
	return "care", f.Say.Say("reach.unproven")
}

// dialled writes a French number as it is dialled, overseas too, in pairs, and others as they are kept.
func dialled(mobile string) string {
	if len(mobile) < 9 {
		return mobile
	}
	// What is dialled is read as the number that is kept, or it is not shown so.
	national := "0" + mobile[len(mobile)-9:]
	if kept, ok := account.FoldMobile(national); !ok || kept != mobile {
		return mobile
	}
	var pairs []string
	for pair := range slices.Chunk([]byte(national), 2) {
		pairs = append(pairs, string(pair))
	}
	return strings.Join(pairs, "\u00a0")
}

// breaks writes an identifier or an address so that a narrow place breaks it between its words.
func breaks(s string) templ.Component {
	written := templ.EscapeString(s)
	for _, end := range []string{"@", ".", "_"} {
		written = strings.ReplaceAll(written, end, end+"<wbr>")
	}
	return templ.Raw(written)
}

// device gives a browser in words.
func (f Frame) device(name string) string { return cmp.Or(name, f.Say.Say("device.unknown")) }

// languages gives what a person may choose to be written to in, each by its own name.
func languages(f Frame) []option {
	all := []option{{"", f.Say.Say("person.language.usual", "Language", text.For(f.Organisation.Language,
		text.Plain).Say("frame.language"))}}
	for _, lang := range text.Languages {
		all = append(all, option{lang, text.For(lang, text.Plain).Say("frame.language")})
	}
	return all
}

// under gives problems the IDs that their fields have in a form whose IDs begin with a word of its own.
func under(form string, problems []Problem) []Problem {
	if form == "" {
		return problems
	}
	named := slices.Clone(problems)
	for i, p := range named {
		if p.Field != "" {
			named[i].Field = form + "-" + p.Field
		}
	}
	return named
}

// option is one choice of a list.
type option struct{ value, words string }

// listed is a field whose value is chosen from a list.
type listed struct {
	input
	options []option
}

// area is a field of several lines.
type area struct {
	input
	rows int
}

// ticked is a box to tick.
type ticked struct {
	input
	on bool
}

// orDash gives a dash for nothing, so that an empty cell is seen and read.
func orDash(s string) string { return cmp.Or(s, "–") }
