package pages

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// choice is a few radio buttons.
type choice struct {
	name, label, value string
	options            []option
	problems           []Problem
}

// sameDay says whether a time is of the day on which the page is read.
func (f Frame) sameDay(t time.Time) bool {
	return f.inZone(t).Format(time.DateOnly) == f.Now.Format(time.DateOnly)
}

// instant gives when something was, as part of a sentence: « à 14 h 02 », « le 3 septembre 2026 à 14 h 02 ».
func (f Frame) instant(t time.Time) string { return f.placed("desk.at.", t) }

// till gives until when something is: « jusqu’à 14 h 12 », « jusqu’au 3 septembre 2026, 14 h 12 ».
func (f Frame) till(t time.Time) string { return f.placed("desk.till.", t) }

// brief gives a time at the edge of a list: « 14 h 02 », « 3 septembre 2026, 14 h 02 ».
func (f Frame) brief(t time.Time) string {
	if f.sameDay(t) {
		return f.Say.Clock(f.inZone(t))
	}
	return f.moment(t)
}

func (f Frame) placed(prefix string, t time.Time) string {
	key := prefix + "day"
	if f.sameDay(t) {
		key = prefix + "today"
	}
	t = f.inZone(t)
	return f.Say.Say(key, "Day", f.Say.Date(t), "Clock", f.Say.Clock(t))
}

// deskNotice says what has been done at the desk; "" for nothing. to is where a way in went.
func deskNotice(f Frame, n Notice, to string) string {
	switch n {
	case DeskNamed, DeskCodeSent, DeskChecked, DeskPapersNoted, DeskTold, DeskProposed, DeskWaits, DeskDone, DeskStopped,
		DeskWithdrawn, DeskLapsed, DeskClosed:
		return f.Say.Say("desk.notice." + string(n))
	case DeskAccessSent:
		return f.Say.Say("desk.notice."+string(n), "To", orDash(to))
	}
	return ""
}

func (p DeskCase) notice() string {
	to := ""
	if p.Who != nil {
		to = p.Who.Email
	}
	return deskNotice(p.Frame, p.Notice, to)
}

// deskColour and deedColour say how far a check has come, and a deed.
func deskColour(standing string) string {
	switch standing {
	case "code", "call-back", "papers":
		return "good"
	case "unchecked":
		return "none"
	}
	return "care"
}

func deedColour(state string) string {
	switch state {
	case "done":
		return "good"
	case "proposed", "waiting":
		return "care"
	case "stopped":
		return "bad"
	}
	return "none"
}

// spoken gives the problems of a new case, each at a field that is on the page.
func (p DeskNew) spoken() []Problem {
	some := waiting(p.Say, p.Problems, p.Wait, deskWait(p.Wait))
	for i, one := range some {
		if len(p.Found) == 0 && one.Field != "organisation" {
			some[i].Field = ""
		}
	}
	return some
}

func deskWait(wait time.Duration) string {
	if wait > 0 {
		return "desk.wait"
	}
	return ""
}

func (p DeskNew) houses() choice {
	c := choice{
		name: "organisation", label: p.Say.Say("desk.organisation"), value: p.Typed.or("organisation", ""), problems: p.spoken(),
	}
	for _, o := range p.Found {
		words := o.Name
		if len(o.Hosts) > 0 {
			words += " – " + o.Hosts[0]
		}
		c.options = append(c.options, option{o.Slug, words})
	}
	if len(p.Found) == 1 {
		c.value = p.Found[0].Slug
	}
	return c
}

func (p DeskNew) reasons() choice {
	c := choice{name: "reason", label: p.Say.Say("desk.reason"), value: p.Typed.or("reason", ""), problems: p.spoken()}
	for _, r := range p.Reasons {
		c.options = append(c.options, option{r, p.Say.Say("desk.reason." + r)})
	}
	return c
}

func (p DeskCase) title() string { return p.Say.Say("desk.title.case", "Number", p.Number) }

func (p DeskCase) action(form DeskForm) templ.SafeURL {
	return templ.SafeURL(p.Home + "/" + string(form))
}

// typedIn gives what was typed in one form of the page.
func (p DeskCase) typedIn(form DeskForm) Typed {
	if p.Form != form {
		return nil
	}
	return p.Typed
}

// typedCheck gives what was typed in the form of one act of a check.
func (p DeskCase) typedCheck(do string) Typed {
	if !p.sent(do) {
		return nil
	}
	return p.Typed
}

func (p DeskCase) sent(do string) bool { return p.Form == DeskCheck && p.Typed["do"] == do }

// otherWay says whether what was sent belongs to another way than the one under way.
func (p DeskCase) otherWay() bool {
	return p.sent("send-code") || p.sent("begin-call") || p.sent("note-papers")
}

// typedAct gives what was typed in the form of an act.
func (p DeskCase) typedAct(o DeskOffer) Typed {
	if p.Form != DeskPropose || p.Typed["act"] != o.Act {
		return nil
	}
	return p.Typed
}

func (p DeskCase) refusedAct(o DeskOffer) bool { return p.typedAct(o) != nil && len(p.Problems) > 0 }

// asked gives the problems of one form, under the IDs of its fields.
func (p DeskCase) asked(form DeskForm) []Problem {
	if form != p.Form {
		return nil
	}
	return p.spoken()
}

// spoken gives every problem under the ID of its field; one whose field is not on the page any more, because the time of
// a code is over, say, is about the form as a whole.
func (p DeskCase) spoken() []Problem {
	some := waiting(p.Say, p.Problems, p.Wait, deskWait(p.Wait))
	switch p.Form {
	case DeskPropose:
		some = under(p.Typed["act"], some)
	case DeskSecond:
		if n := slices.IndexFunc(p.Deeds, func(d DeskDeed) bool { return d.ID == p.Typed["deed"] }); n >= 0 {
			some = under(nth("second", n), some)
		}
	}
	shown := p.shown()
	for i, one := range some {
		if !slices.Contains(shown, one.Field) {
			some[i].Field = ""
		}
	}
	return some
}

// shown lists the fields that are on the page.
func (p DeskCase) shown() []string {
	var ids []string
	for n, d := range p.Deeds {
		if d.Second && !p.Fresh {
			ids = append(ids, proofID(nth("second", n)))
		}
	}
	if !p.Closed.IsZero() {
		return ids
	}
	ids = append(ids, "q")
	if p.Who == nil {
		return ids
	}
	if p.Check.Standing == "code-sent" && p.Check.Mine {
		ids = append(ids, "code")
	}
	if p.Who.Manager {
		ids = append(ids, "papers", "siret", "note")
	}
	for _, o := range p.Offers {
		if !o.Open || p.pending(o.Act) {
			continue
		}
		for _, name := range actFields[o.Act] {
			ids = append(ids, o.Act+"-"+name)
		}
	}
	return ids
}

// papersProblems gives those of the form of papers.
func (p DeskCase) papersProblems() []Problem {
	if !p.sent("note-papers") {
		return nil
	}
	return p.asked(DeskCheck)
}

func (p DeskCase) ticked(kind string) bool {
	return has(lines(p.typedCheck("note-papers")["papers"]), kind)
}

// ofDeed gives the problems of the form of one deed.
func (p DeskCase) ofDeed(n int, d DeskDeed) []Problem {
	if p.Form != DeskSecond || p.Typed["deed"] != d.ID {
		return nil
	}
	return p.spoken()
}

// named gives somebody's name; whoever has none is told by the contacts.
func (p DeskCase) named(who DeskPerson) string {
	if who.Name == "" {
		return p.Say.Say("desk.unnamed")
	}
	return who.Name
}

// reach gives the masked contacts by which the caller's words can be told apart.
func (p DeskCase) reach(who DeskPerson) string {
	var all []string
	for _, one := range []string{who.Email, who.Mobile} {
		if one != "" {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return p.Say.Say("desk.unreachable")
	}
	return strings.Join(all, ", ")
}

// unripe says why the mobile proves nobody.
func (p DeskCase) unripe() string {
	if p.Who.Mobile == "" {
		return p.Say.Say("desk.mobile.none")
	}
	return p.Say.Say("desk.mobile.young", "Day", p.Say.Date(p.inZone(p.Who.MobileSince)))
}

func (p DeskCase) codeHint() string {
	left := p.Say.Count("desk.code.tries", p.Check.Tries)
	return p.Say.Say("desk.code.hint", "Until", p.till(p.Check.Until), "Tries", left)
}

// takes says what an act that is open takes.
func (p DeskCase) takes(o DeskOffer) string {
	about := p.Say.Say("desk.act." + o.Act + ".about")
	switch {
	case o.Two && o.Wait > 0:
		return about + " " + p.Say.Say("desk.takes.both", "Span", p.Say.Span(o.Wait))
	case o.Two:
		return about + " " + p.Say.Say("desk.takes.two")
	case o.Wait > 0:
		return about + " " + p.Say.Say("desk.takes.wait", "Span", p.Say.Span(o.Wait))
	}
	return about
}

// shut says why an act is closed, and what would open it.
func (p DeskCase) shut(o DeskOffer) string {
	switch {
	case len(o.Opened) == 0:
		return p.Say.Say("desk.shut.other")
	case slices.Contains(o.Opened, p.Check.Standing):
		return p.Say.Say("desk.shut.account")
	case !p.Check.Checked && len(o.Opened) > 1:
		return p.Say.Say("desk.shut.unchecked")
	}
	ways := make([]string, len(o.Opened))
	for i, s := range o.Opened {
		ways[i] = p.Say.Say("desk.proof." + s)
	}
	return p.Say.Say("desk.shut.weak", "Ways", strings.Join(ways, p.Say.Say("desk.or")))
}

// pending says whether an act is proposed already, or waits.
func (p DeskCase) pending(act string) bool {
	return slices.ContainsFunc(p.Deeds, func(d DeskDeed) bool {
		return d.Act == act && (d.State == "proposed" || d.State == "waiting")
	})
}

// actFields lists what is to be typed for an act.
var actFields = map[string][]string{
	"replace-address": {"address"},
	"replace-mobile":  {"address"},
	"name-manager":    {"given_name", "family_name", "identifier", "address"},
}

// fields gives the fields of an act.
func (p DeskCase) fields(o DeskOffer) []input {
	typed, problems := p.typedAct(o), p.asked(DeskPropose)
	var all []input
	for _, name := range actFields[o.Act] {
		i := input{
			name: name, id: o.Act + "-" + name, label: p.Say.Say("desk." + name), kind: "text", autocomplete: "off",
			value: typed.or(name, ""), problems: problems,
		}
		switch {
		case name == "address" && o.Act == "replace-mobile":
			i.kind, i.label = "tel", p.Say.Say("desk.number")
		case name == "address":
			i.kind = "email"
		case name == "identifier":
			i.hint = p.Say.Say("desk.identifier.hint")
		}
		all = append(all, i)
	}
	return all
}

// tale says what became of a deed, one sentence each.
func (p DeskCase) tale(d DeskDeed) []string {
	var said []string
	if d.Manager != "" {
		said = append(said, p.Say.Say("desk.deed.manager", "Name", d.Manager))
	}
	if d.To != "" {
		said = append(said, p.Say.Say("desk.deed.to", "To", d.To))
	}
	said = append(said, p.Say.Say("desk.deed.by", "By", d.ProposedBy, "At", p.instant(d.ProposedAt)))
	if d.SecondedBy != "" {
		said = append(said, p.Say.Say("desk.deed.seconded", "By", d.SecondedBy, "At", p.instant(d.SecondedAt)))
	}
	if (d.State == "proposed" || d.State == "waiting") && !d.Until.IsZero() {
		said = append(said, p.Say.Say("desk.deed.until."+d.State, "Until", p.till(d.Until)))
	}
	return said
}

// grouping writes a SIRET as people do: « 732 829 320 00074 ».
func grouping(siret string) string {
	if len(siret) != 14 {
		return siret
	}
	return strings.Join([]string{siret[:3], siret[3:6], siret[6:9], siret[9:]}, "\u00a0")
}
