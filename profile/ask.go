package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Why says why nothing was asked, in a closed word that the pages put into a sentence.
type Why string

// The reasons for which nothing is asked.
const (
	Empty    Why = "empty"
	Unfit    Why = "unfit"   // it is no address of this kind
	InForce  Why = "same"    // it is the address in force, proven already
	OnItsWay Why = "pending" // it has been asked for, and waits
)

// Answer is what became of an act on a change of an address.
type Answer struct {
	State  State // Start when nothing was asked, or when the link is nobody's
	Why    Why   // for Start after an Ask
	Change AddressChange
	Moved  bool   // this act brought it to its state; false for a repeat
	InTime bool   // for LookAddress: the time of the state is not over
	Who    string // name of the person whose address it is
	By     string // name of the manager who asked; empty for the owner
}

// again bounds how often a decision is taken anew because something has changed meanwhile.
const again = 4

// AskAddress asks for a new address: one's own, or, for a manager, that of somebody who is managed. It wants a fresh
// proof (ATK-065). Letters go to the new address and to those that are proven; nothing else changes for an account that
// has a proven one. It gives fault.Forbidden, and limit.Over after too many.
func (f *Flow) AskAddress(
	ctx context.Context, a Actor, target account.Account, kind Kind, typed string,
) (Answer, error) {
	if !organisation.MayDo(a.Person, organisation.ChangeAddress, target, false) {
		return Answer{}, fault.Forbidden
	}
	if err := f.proved(a, freshFor(a, target)); err != nil {
		return Answer{}, err
	}
	address, ok := fold(kind, typed)
	switch {
	case strings.TrimSpace(typed) == "":
		return Answer{State: Start, Why: Empty}, nil
	case !ok:
		return Answer{State: Start, Why: Unfit}, nil
	}
	return f.askAnew(ctx, a, target, kind, address)
}

// askAnew asks again when the account has changed meanwhile.
func (f *Flow) askAnew(
	ctx context.Context, a Actor, target account.Account, kind Kind, address string,
) (Answer, error) {
	for try := 1; ; try++ {
		answer, err := f.ask(ctx, a, target, kind, address)
		if !errors.Is(err, fault.Stale) || try == again {
			return answer, err
		}
		if target, err = f.Store.Account(ctx, target.Organisation, target.ID); err != nil {
			return Answer{}, fmt.Errorf("reading an account again: %w", err)
		}
	}
}

func (f *Flow) ask(ctx context.Context, a Actor, target account.Account, kind Kind, address string) (Answer, error) {
	facts, why, err := f.askFacts(ctx, target, kind, address)
	if err != nil {
		return Answer{}, err
	}
	rule, _ := Next(Start, Ask, facts|Allowed)
	if rule.To == Start {
		return Answer{State: Start, Why: why}, nil
	}
	change, kept := f.asking(a, target, kind, address, rule, facts)
	err = f.Store.ApplyProfile(ctx, change)
	if over := (limit.Over{}); errors.As(err, &over) {
		rule, _ = Next(Start, Ask, facts)
		return Answer{State: rule.To}, over
	}
	if err != nil {
		return Answer{}, fmt.Errorf("asking for an address: %w", err)
	}
	return Answer{State: rule.To, Change: kept, Moved: true, Who: target.Name()}, nil
}

// asking makes the change that a row says.
func (f *Flow) asking(
	a Actor, target account.Account, kind Kind, address string, rule Rule, facts Fact,
) (Change, AddressChange) {
	change := f.change(a, target.ID)
	kept := AddressChange{
		ID: f.NewID(), Organisation: a.Organisation.ID, Account: target.ID, Kind: kind, Address: address, State: rule.To,
		Asked: change.Now, Moved: change.Now, AskedBy: a.Person.ID, Device: a.Browser.Device, Guarded: facts&Guarded != 0,
		Until: change.Now.Add(CoolingOff),
	}
	if rule.To == Asked {
		kept.Until = change.Now.Add(ConfirmWithin)
	}
	change.Counts = f.askCounts(a, target, kind, address)
	for _, effect := range rule.Do {
		switch effect {
		case EndPending:
			change.Ask, change.Version = &kept, target.Version
		case Record:
			change.Record = true
		case SendConfirm:
			kept.ConfirmDigest = f.digest(credential.Confirm, kept)
			letter := f.confirmation(kept, change.Now)
			kept.Letter = letter.ID
			change.Letters = append(change.Letters, letter)
		case SendNotice:
			kept.StopDigest = f.digest(credential.Stop, kept)
			change.Letters = append(change.Letters, f.notices(target, kept, change.Now)...)
		case NoteAsked:
			change.Notes = append(change.Notes, a.note(audit.AddressAsked, target.ID, detail(kept), change.Now))
		}
	}
	return change, kept
}

// askFacts finds out all that asking may depend on, but how often it was done: that is counted with the writing.
func (f *Flow) askFacts(ctx context.Context, target account.Account, kind Kind, address string) (Fact, Why, error) {
	var facts Fact
	if kind == Email || f.Texts {
		facts |= Reachable
	}
	if len(target.RecoveryEmails()) > 0 || f.Texts && target.Mobile != "" && target.MobileProven {
		facts |= Guarded
	}
	if f.inForce(target, kind, address) {
		return facts | Known, InForce, nil
	}
	pending, err := f.Store.AddressChanges(ctx, target.Organisation, target.ID, f.Now())
	if err != nil {
		return 0, "", fmt.Errorf("reading the changes of an address: %w", err)
	}
	if slices.ContainsFunc(pending, func(p Pending) bool {
		return p.Kind == kind && p.State != Serving && same(kind, p.Address, address)
	}) {
		return facts | Known, OnItsWay, nil
	}
	return facts, "", nil
}

// inForce says whether an address is the one that serves, proven: an unproven one may be asked for, to prove it, and so
// may one that letters came back from. A mobile that cannot be proven is in force as it is.
func (f *Flow) inForce(target account.Account, kind Kind, address string) bool {
	if kind == Mobile {
		return target.Mobile == address && (target.MobileProven || !f.Texts)
	}
	reference := target.Reference()
	return reference.Proven && !reference.Unreachable && same(Email, reference.Address, address)
}

func same(kind Kind, one, other string) bool {
	if kind == Mobile {
		return one == other
	}
	_, key, _ := account.FoldEmail(one)
	_, again, _ := account.FoldEmail(other)
	return key == again && key != ""
}

// fold reads what was typed as an address of a kind.
func fold(kind Kind, typed string) (address string, ok bool) {
	if kind == Mobile {
		return account.FoldMobile(typed)
	}
	address, _, ok = account.FoldEmail(typed)
	return address, ok
}

func (f *Flow) askCounts(a Actor, target account.Account, kind Kind, address string) []limit.Count {
	org := a.Organisation.ID
	counts := []limit.Count{{Key: limit.Key(f.Key, "address-asked", org, a.Person.ID), Rate: f.Limits.Asked}}
	for i, rate := range f.Limits.Letters {
		kind := fmt.Sprintf("address-letters-%d", i)
		counts = append(counts, limit.Count{Key: limit.Key(f.Key, kind, org, target.ID), Rate: rate})
	}
	if kind == Email {
		_, address, _ = account.FoldEmail(address)
	}
	return append(counts, limit.Count{Key: limit.Key(f.Key, "address-mailbox", "", address), Rate: f.Limits.Mailbox})
}

func (f *Flow) digest(link credential.Kind, c AddressChange) string {
	return f.Forge.Digest(link, c.Organisation, f.Forge.Make(link, c.ID))
}

// detail is what the journal says of a change: which kind, and the new address masked.
func detail(c AddressChange) string { return string(c.Kind) + " " + c.Masked() }

// freshFor gives how old a proof may be for an act on this account.
func freshFor(a Actor, target account.Account) time.Duration {
	if a.Person.ID == target.ID {
		return session.Fresh
	}
	return session.FreshForTeam
}
