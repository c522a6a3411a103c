package pages

import (
	"time"

	"github.com/a-h/templ"
)

// pendingOf gives the change of an address that is on its way; nil for none.
func (p Account) pendingOf(kind AddressKind) *AddressChange {
	for i, c := range p.Changes {
		if c.Kind == kind {
			return &p.Changes[i]
		}
	}
	return nil
}

// ownNotice says what has been done on one's own account; "" for nothing.
func ownNotice(f Frame, n Notice, kind AddressKind) string {
	switch n {
	case PasswordKept, LanguageKept, SessionEnded, SessionsEnded, AddressStopped,
		PasskeyAdded, PasskeyRenamed, PasskeyRemoved, AppAdded, AppRemoved, CodesKept, SecondOn, SecondOff, PasswordRemoved,
		EntryWithdrawn:
		return f.Say.Say("account.notice." + string(n))
	case AddressAsked:
		return f.Say.Say("account.notice.address-asked." + string(kind))
	}
	return ""
}

// emailState says how the reference address stands.
func (p Account) emailState() (colour, words string) {
	return p.reaching(p.Who.Reference(), p.pendingOf(Email) != nil)
}

// mobileState says how the mobile stands; "" for none.
func (p Account) mobileState() (colour, words string) {
	switch {
	case p.pendingOf(Mobile) != nil:
		return "care", p.Say.Say("reach.pending")
	case p.Who.Mobile == "":
		return "none", p.Say.Say("reach.none.mobile")
	case p.Who.MobileProven:
		return "good", p.Say.Say("reach.proven.mobile")
	}
	return "care", p.Say.Say("reach.unproven.mobile")
}

// current is the address in force, as people write it.
func (p AccountAddress) current() string {
	if p.Kind == Mobile {
		return dialled(p.Who.Mobile)
	}
	return p.Who.Reference().Address
}

// key gives the sentence of a name for the kind of address that the page is about.
func (p AccountAddress) key(name string) string { return "address." + name + "." + string(p.Kind) }

func (p AccountAddress) path() string { return "/account/" + string(p.Kind) }

// asking gives the new address's field.
func (p AccountAddress) asking() input {
	i := input{
		name: string(p.Kind), label: p.Say.Say(p.key("new")), hint: p.Say.Say(p.key("new.hint")), kind: "email",
		autocomplete: "email", value: p.typed(false).or(string(p.Kind), ""), problems: p.problems(false),
	}
	if p.Kind == Mobile {
		i.kind, i.autocomplete = "tel", "tel"
	}
	return i
}

// typed and problems keep apart the form that asks for a change and the one that takes it back.
func (p AccountAddress) typed(stop bool) Typed {
	if (p.Typed["stop"] != "") != stop {
		return nil
	}
	return p.Typed
}

func (p AccountAddress) problems(stop bool) []Problem {
	if (p.Typed["stop"] != "") != stop {
		return nil
	}
	some := waiting(p.Say, p.Problems, p.Wait, waitKey(p.Wait))
	if stop {
		return under("stop", some)
	}
	return some
}

// linked gives the problems of whichever form was refused.
func (p AccountAddress) linked() []Problem { return append(p.problems(false), p.problems(true)...) }

// waitKey gives the sentence of a wait that no problem names.
func waitKey(wait time.Duration) string {
	if wait > 0 {
		return "proof.wait"
	}
	return ""
}

// linkTitle says on top what became of a link.
func (p AddressLink) title() string {
	name := "confirm"
	if p.Stop {
		name = "stop"
	}
	switch p.State {
	case LinkAsked, LinkServes, LinkWaits, LinkStopped:
		if p.State == LinkStopped && !p.Stop {
			return p.Say.Say("link.spent")
		}
		if p.State != LinkAsked {
			return p.Say.Say("link." + string(p.State) + ".title")
		}
		return p.Say.Say("link." + name + ".title." + string(p.Kind))
	}
	return p.Say.Say("link.spent")
}

// sentences says what became of it.
func (p AddressLink) sentences() []string {
	args := []any{"To", p.To, "Who", p.Who, "By", p.By}
	if !p.Asked.IsZero() {
		args = append(args, "When", p.moment(p.Asked))
	}
	switch p.State {
	case LinkAsked:
		return []string{p.Say.Say(p.askedKey(), args...), p.Say.Say("link." + p.verb() + ".next")}
	case LinkWaits:
		said := []string{p.Say.Say("link.waits", args...)}
		if !p.Serves.IsZero() {
			said = append(said, p.Say.Say("link.waits.next", "When", p.moment(p.Serves)))
		}
		return said
	case LinkServes:
		return []string{p.Say.Say("link.serves", args...)}
	case LinkStopped:
		if p.To != "" {
			return []string{p.Say.Say("link.stopped.to", args...), p.Say.Say("link.stopped.next")}
		}
		return []string{p.Say.Say("link.stopped"), p.Say.Say("link.stopped.next")}
	}
	return []string{p.Say.Say("link." + string(p.State))}
}

func (p AddressLink) verb() string {
	if p.Stop {
		return "stop"
	}
	return "confirm"
}

// askedKey says who asked for the change: its owner, or a manager by name.
func (p AddressLink) askedKey() string {
	if p.By == "" {
		return "link." + p.verb() + ".owner"
	}
	return "link." + p.verb() + ".manager"
}

// refused says whether the answer is a refusal.
func (p AddressLink) refused() bool {
	switch p.State {
	case LinkLate, LinkUsed, LinkReplaced, LinkUnknown:
		return true
	}
	return false
}

func (p AddressLink) action() templ.SafeURL { return ownPath(p.Action) }
