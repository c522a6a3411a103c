package pages

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/audit"
)

// happening is one moment of the drawing of somebody's state.
type happening struct {
	at     time.Time
	colour string
	words  string
	lines  []string
	said   string // a server's words
}

// moments gives what happened to the person, the first first.
func (p DeskCase) moments() []happening {
	s := p.Situation
	var all []happening
	add := func(at time.Time, colour, key string) {
		if !at.IsZero() {
			all = append(all, happening{at: at, colour: colour, words: p.Say.Say(key)})
		}
	}
	add(s.SignedIn, "none", "desk.see.signed-in")
	add(s.Renewed, "none", "desk.see.renewed")
	add(s.Asked, "none", "desk.see.asked")
	add(s.Used, "good", "desk.see.used")
	for _, l := range s.Letters {
		all = append(all, p.letter(l))
	}
	slices.SortStableFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	return all
}

// letter draws a letter: where it went, how far it came, and why it came no further.
func (p DeskCase) letter(d Delivery) happening {
	colour, state := p.deliveryBadge(d)
	words := p.Say.Say("desk.letter", "Kind", p.Say.Say("letters.kind."+d.Kind), "State", state)
	lines := append([]string{p.Say.Say("desk.letter.to", "To", d.To)}, p.deliverySteps(d)...)
	return happening{at: d.Promised, colour: colour, words: words, lines: lines, said: d.Said}
}

// present says how the person stands now.
func (p DeskCase) present() []string {
	s := p.Situation
	var all []string
	_, state := p.standing(account.Account{State: s.State, Leaves: s.Leaves})
	all = append(all, p.Say.Say("desk.see.state", "State", state))
	if !s.Asked.IsZero() && s.Used.IsZero() {
		if p.Now.Before(s.Ends) {
			all = append(all, p.Say.Say("desk.see.unopened", "Until", p.till(s.Ends)))
		} else {
			all = append(all, p.Say.Say("desk.see.late", "At", p.instant(s.Ends)))
		}
	}
	if s.Renewing {
		all = append(all, p.Say.Say("desk.see.renewing"))
	}
	if s.Sessions == 0 {
		return append(all, p.Say.Say("desk.see.nowhere"))
	}
	return append(all, p.Say.Count("desk.see.sessions", s.Sessions))
}

// past gives the steps of the case, the last first.
func (p DeskCase) past() []DeskStep {
	steps := slices.Clone(p.Steps)
	slices.Reverse(steps)
	return steps
}

// entry gives a step as the journal words it.
func (s DeskStep) entry() audit.Entry { return audit.Entry{Act: audit.Act(s.What), Detail: s.Detail} }

// by says who took a step.
func (p DeskCase) by(s DeskStep) string {
	if s.Operator == "" {
		return p.Say.Say("desk.step.nobody")
	}
	return s.Operator
}

// title says on top what became of an objection.
func (p Objection) title() string { return p.Say.Say("objection.title." + string(p.State)) }

// sentences says what was asked, and what stopping it does.
func (p Objection) sentences() []string {
	what := p.Say.Say("objection.act."+p.Act, "Who", p.Who)
	args := []any{"What", what, "Who", p.Who, "Number", p.Number, "To", p.To}
	switch p.State {
	case ObjectionAsked:
		said := []string{p.Say.Say("objection.asked", args...)}
		if p.To != "" {
			said = append(said, p.Say.Say("objection.to", args...))
		}
		return append(said, p.Say.Say("objection.until", "Until", p.till(p.Until)))
	case ObjectionStopped:
		return []string{p.Say.Say("objection.stopped", args...), p.Say.Say("objection.next", args...)}
	case ObjectionLate:
		return []string{p.Say.Say("objection.late.next", args...)}
	}
	return []string{p.Say.Say("objection.over")}
}

// ownPath keeps a form on this site, whatever the path held.
func ownPath(path string) templ.SafeURL {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	return templ.SafeURL(path)
}
