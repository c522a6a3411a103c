package pages

import (
	"slices"
	"strings"

	"loquet/account"
	"loquet/organisation"
)

// personForm is the fields that a new person and one who is changed have in common.
type personForm struct {
	Frame
	typed    Typed
	who      account.Account // as in force; empty for a new person
	roles    []account.Role
	fixed    string // why the type may not be changed; "" when it may
	problems []Problem
}

func (p personForm) field(name, inForce string) input {
	return input{
		name: name, label: p.Say.Say("person." + name), kind: "text", value: p.typed.or(name, inForce), autocomplete: "off",
		optional: true, problems: p.problems,
	}
}

func (p personForm) hinted(i input, key string) input {
	i.hint = p.Say.Say(key)
	return i
}

// role is the type that is chosen now.
func (p personForm) role() string {
	if len(p.roles) == 1 {
		return string(p.roles[0])
	}
	return p.typed.or("role", string(p.who.Role))
}

// household says whether the form asks for the family's file: only families have one.
func (p personForm) household() bool { return slices.Contains(p.Organisation.Roles(), account.Famille) }

// places gives the offices to tick: the organisation's, and those of the person that it has no more.
func (p personForm) places() []string {
	all := slices.Clone(p.Organisation.Offices)
	for _, o := range p.who.Offices {
		if !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

func (p Person) form() personForm {
	f := personForm{Frame: p.Frame, who: p.Who, roles: p.Roles}
	if p.Act == ActChange {
		f.typed, f.problems = p.Typed, p.Problems
	}
	if p.LastOne {
		f.fixed = p.Say.Say("person.last")
	}
	return f
}

func (p NewPerson) form() personForm {
	return personForm{Frame: p.Frame, roles: p.Roles, typed: p.Typed, problems: p.Problems}
}

// asked gives the problems of one form of the page, under the IDs of its fields.
func (p Person) asked(act PersonAct) []Problem {
	switch {
	case act != p.Act:
		return nil
	case act == ActAddress:
		return under("address-"+p.Typed["stop"], p.Problems)
	}
	return under(string(act), p.Problems)
}

// typedIn gives what was typed in one form of the page.
func (p Person) typedIn(act PersonAct) Typed {
	if act != p.Act || len(p.Problems) == 0 {
		return nil
	}
	return p.Typed
}

// difference is one field that two people have changed.
type difference struct{ label, typed, inForce string }

// differences compares what was typed with what is in force now.
func (p Person) differences() []difference {
	var all []difference
	yes := func(label, typed, inForce string) {
		if typed != inForce {
			all = append(all, difference{p.Say.Say(label), orDash(typed), orDash(inForce)})
		}
	}
	if p.Typed == nil {
		return nil
	}
	yes("person.given_name", p.Typed["given_name"], p.Who.GivenName)
	yes("person.name", p.Typed["name"], p.Who.FamilyName)
	if r := account.Role(p.Typed["role"]); r != "" && slices.Contains(account.Roles, r) {
		yes("person.role", p.role(r), p.role(p.Who.Role))
	}
	yes("person.offices", strings.Join(p.Typed.list("offices", nil), ", "), strings.Join(p.Who.Offices, ", "))
	yes("person.email", p.Typed["email"], p.Who.Reference().Address)
	yes("person.mobile", p.Typed["mobile"], dialled(p.Who.Mobile))
	if slices.Contains(p.Organisation.Roles(), account.Famille) {
		yes("person.household", p.Typed["household"], p.Who.Household)
	}
	return all
}

// notice says what has been done; "" for nothing.
func (p Person) notice() string {
	switch p.Notice {
	case Saved, Nothing, PersonAdded, PersonInvited, PersonStopped, PersonStays, PersonStarted, SessionEnded,
		SessionsEnded, FactorsReset, AddressStopped:
		return p.Say.Say("person.notice." + string(p.Notice))
	case PersonLeaves:
		return p.Say.Say("person.notice.person-leaves", "Day", p.Say.Date(p.lastDay(p.Who)))
	case AccessSent, AddressAsked:
		if p.To == "" {
			return p.Say.Say("person.notice." + string(p.Notice) + ".plain")
		}
		return p.Say.Say("person.notice."+string(p.Notice), "To", p.To)
	}
	return ""
}

// changing says in words where a change of an address stands, one sentence each.
func changing(f Frame, c AddressChange) []string {
	asked := []any{"To", shown(c), "When", f.moment(c.Asked), "By", c.By}
	first := "change.asked.owner"
	if c.By != "" {
		first = "change.asked"
	}
	sentences := []string{f.Say.Say(first, asked...)}
	switch {
	case !c.Undo.IsZero():
		return append(sentences, f.Say.Say("change.undo", "When", f.moment(c.Undo)))
	case c.Confirmed.IsZero() && c.Letter == LetterFailed:
		sentences = append(sentences, f.Say.Say("change.failed"))
	case c.Confirmed.IsZero() && c.Letter == LetterWaiting:
		sentences = append(sentences, f.Say.Say("change.waiting"))
	case c.Confirmed.IsZero() && c.Letter == LetterSent:
		sentences = append(sentences, f.Say.Say("change.unconfirmed"))
	case !c.Confirmed.IsZero():
		sentences = append(sentences, f.Say.Say("change.confirmed", "When", f.moment(c.Confirmed)))
	}
	if !c.Serves.IsZero() {
		sentences = append(sentences, f.Say.Say("change.serves", "When", f.moment(c.Serves)))
	}
	return sentences
}

// changeTitle and changeStop say what a change is called, and what taking it back is.
func changeTitle(f Frame, c AddressChange) string {
	if c.Undo.IsZero() {
		return f.Say.Say("change.title." + string(c.Kind))
	}
	return f.Say.Say("change.done." + string(c.Kind))
}

func changeStop(f Frame, c AddressChange) string {
	if c.Undo.IsZero() {
		return f.Say.Say("change.stop")
	}
	return f.Say.Say("change.back")
}

// shown gives the new address as people write it.
func shown(c AddressChange) string {
	if c.Kind == Mobile {
		return dialled(c.To)
	}
	return c.To
}

// identifier is the field of a new person's identifier; afterwards it never changes.
func (p personForm) identifier() input {
	i := p.hinted(p.field("identifier", ""), "person.identifier.hint")
	i.optional = false
	return i
}

// emailHint says what a new address leads to, which is more for somebody who has one.
func (p personForm) emailHint() string {
	if p.who.ID == "" {
		return "person.email.hint.new"
	}
	return "person.email.hint"
}

// stopProblems gives the problems of taking back one change.
func (p Person) stopProblems(c AddressChange) []Problem {
	if p.Typed["stop"] != string(c.Kind) {
		return nil
	}
	return p.asked(ActAddress)
}

// stops gives when an account may be closed: now, on a day, and, for one that has a day, never.
func (p Person) stops() []string {
	if p.Who.Leaves.IsZero() {
		return []string{"now", "day"}
	}
	return []string{"now", "day", "never"}
}

func (p Person) stopWhen() string {
	inForce := "now"
	if !p.Who.Leaves.IsZero() {
		inForce = "day"
	}
	return p.typedIn(ActStop).or("when", inForce)
}

func (p Person) stopDay() string {
	day := ""
	if !p.Who.Leaves.IsZero() {
		day = p.lastDay(p.Who).Format("2006-01-02")
	}
	return p.typedIn(ActStop).or("day", day)
}

func (p DeletePerson) title() string { return p.Say.Say("delete.title", "Name", p.Who.Name()) }

// factors says what the person can prove themselves with beside the password, one kind a line.
func (p Person) factors() []string {
	has := p.Who.Factors
	var kinds []string
	if has.Passkeys > 0 {
		kinds = append(kinds, p.Say.Count("person.factors.passkeys", has.Passkeys))
	}
	if has.App {
		kinds = append(kinds, p.Say.Say("person.factors.app"))
	}
	if has.Codes > 0 {
		kinds = append(kinds, p.Say.Count("person.factors.codes", has.Codes))
	}
	return kinds
}

// asksSecond says what is asked of the person, and by when.
func (p Person) asksSecond() string {
	at := p.Organisation.Policy.Standing(p.Who, p.Now)
	if at == organisation.Due {
		due := p.Organisation.Policy.DueBy(p.Who, p.Now)
		if p.Who.Factors.Asked.IsZero() { // the grace has not begun
			return p.Say.Say("person.factors.due.first", "Span", p.Say.Span(due.Sub(p.Now)))
		}
		return p.Say.Say("person.factors.due", "When", p.moment(due))
	}
	return p.Say.Say("person.factors." + string(at))
}

// mayReset says whether there is anything to take away.
func (p Person) mayReset() bool { return p.Who.Factors.Any() || p.Who.Factors.Second }
