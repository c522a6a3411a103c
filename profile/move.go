package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// LookAddress says what a link would do, and does nothing: opening a link must be harmless (ATK-017).
func (f *Flow) LookAddress(ctx context.Context, a Actor, link credential.Kind, token string) (Answer, error) {
	c, err := f.find(ctx, a, link, token)
	if errors.Is(err, fault.Missing) {
		return Answer{State: Start}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return f.told(ctx, Answer{State: c.State, Change: c, InTime: inTime(c, f.Now())})
}

// ConfirmAddress takes the link of a new address. It serves at once for whoever is signed in as its owner; else the
// cooling-off begins. Of any number of parallel uses one moves the change; the others see it moved.
func (f *Flow) ConfirmAddress(ctx context.Context, a Actor, token string) (Answer, error) {
	return f.follow(ctx, a, credential.Confirm, token, Confirm)
}

// StopAddress takes the link of an old address, which ends a change until its cooling-off is over, and takes back what
// serves already.
func (f *Flow) StopAddress(ctx context.Context, a Actor, token string) (Answer, error) {
	return f.follow(ctx, a, credential.Stop, token, Stop)
}

// follow does what a link is for. The account is that of the token alone (ATK-009).
func (f *Flow) follow(ctx context.Context, a Actor, link credential.Kind, token string, on Event) (Answer, error) {
	for try := 1; ; try++ {
		c, err := f.find(ctx, a, link, token)
		if errors.Is(err, fault.Missing) {
			rule, _ := Next(Start, on, 0)
			return Answer{State: rule.To}, nil
		}
		if err != nil {
			return Answer{}, err
		}
		answer, err := f.move(ctx, a, c, on)
		if errors.Is(err, fault.Stale) && try < again {
			continue
		}
		if err != nil {
			return Answer{}, fmt.Errorf("moving a change of an address: %w", err)
		}
		return f.told(ctx, answer)
	}
}

// StopPending stops a change without its link: for the owner of the account, and for whoever looks after it. It gives
// fault.Missing when the account has no such change on its way.
func (f *Flow) StopPending(ctx context.Context, a Actor, target account.Account, id string) (Answer, error) {
	if !organisation.MayDo(a.Person, organisation.ChangeAddress, target, false) {
		return Answer{}, fault.Forbidden
	}
	for try := 1; ; try++ {
		pending, err := f.Store.AddressChanges(ctx, target.Organisation, target.ID, f.Now())
		if err != nil {
			return Answer{}, fmt.Errorf("reading the changes of an address: %w", err)
		}
		c, ok := named(pending, id)
		if !ok {
			return Answer{}, fault.Missing
		}
		answer, err := f.move(ctx, a, c, Stop)
		if !errors.Is(err, fault.Stale) || try == again {
			return answer, err
		}
	}
}

func named(pending []Pending, id string) (AddressChange, bool) {
	for _, p := range pending {
		if p.ID == id {
			return p.AddressChange, true
		}
	}
	return AddressChange{}, false
}

// dueTogether is how many changes one run of ServeAddresses looks at in one read.
const dueTogether = 100

// ServeAddresses moves every change whose time is over: confirmed ones serve from now on, others are late. It gives how
// many; call it each minute, on any number of nodes.
func (f *Flow) ServeAddresses(ctx context.Context) (moved int, err error) {
	for {
		due, err := f.Store.AddressesDue(ctx, f.Now(), dueTogether)
		if err != nil {
			return moved, fmt.Errorf("reading the changes that are due: %w", err)
		}
		now := 0
		for _, c := range due {
			a := Actor{Organisation: organisation.Organisation{ID: c.Organisation}, Person: account.Account{ID: audit.System}}
			_, err := f.move(ctx, a, c, Pass)
			switch {
			case errors.Is(err, fault.Stale): // another node was faster, or its owner
			case err != nil:
				return moved, fmt.Errorf("moving a change that is due: %w", err)
			default:
				now++
			}
		}
		moved += now
		if len(due) < dueTogether || now == 0 {
			return moved, nil
		}
	}
}

// move takes a change through one event. It gives fault.Stale when it is not where it was read any more.
func (f *Flow) move(ctx context.Context, a Actor, c AddressChange, on Event) (Answer, error) {
	change := f.change(a, c.Account)
	facts, err := f.moveFacts(ctx, a, c, change.Now)
	if err != nil {
		return Answer{}, err
	}
	rule, ok := Next(c.State, on, facts)
	if !ok || rule.To == c.State || rule.To == Late && on != Pass { // lateness is written by ServeAddresses
		return Answer{State: rule.To, Change: c}, nil
	}
	step := &Step{ID: c.ID, From: c.State, To: rule.To, InTime: facts&InTime != 0, Proven: c.Proven}
	if on == Confirm && (rule.To == Confirmed || rule.To == Serving) {
		step.Until = change.Now.Add(CoolingOff)
	}
	change.Step = step
	note := func(act audit.Act) {
		change.Notes = append(change.Notes, a.note(act, c.Account, detail(c), change.Now))
	}
	for _, effect := range rule.Do {
		switch effect {
		case Prove:
			step.Proven = true
		case Serve:
			change.Serve = true
		case PutBack:
			change.PutBack = true
		case EndSecrets:
			change.EndIssues = true
		case NoteConfirmed:
			note(audit.AddressConfirmed)
		case NoteServes:
			note(audit.AddressServes)
		case NoteStopped:
			note(audit.AddressStopped)
		}
	}
	if err := f.Store.ApplyProfile(ctx, change); err != nil {
		return Answer{}, err //nolint:wrapcheck // the caller says what it was doing
	}
	c.State, c.Moved, c.Proven = rule.To, change.Now, step.Proven
	if !step.Until.IsZero() {
		c.Until = step.Until
	}
	return Answer{State: c.State, Change: c, Moved: true}, nil
}

// inTime says whether the time of a change's state is not over. A clock that was set back gives no time (ATK-088).
func inTime(c AddressChange, now time.Time) bool {
	return now.Before(c.Until) && !now.Before(c.Moved.Add(-session.Skew))
}

func (f *Flow) moveFacts(ctx context.Context, a Actor, c AddressChange, now time.Time) (facts Fact, err error) {
	set := func(fact Fact, on bool) {
		if on {
			facts |= fact
		}
	}
	set(InTime, inTime(c, now))
	set(Guarded, c.Guarded)
	set(Owner, a.Person.ID == c.Account && a.Session.Account == c.Account && a.Session.Stage == session.Full &&
		!a.Session.AccountRenews && a.Session.Alive(now))
	hash, err := f.Store.Hash(ctx, c.Organisation, c.Account)
	if err != nil {
		return 0, fmt.Errorf("reading whether there is a password: %w", err)
	}
	set(Fresh, hash == "")
	return facts, nil
}

// find gives the change that a link names, or fault.Missing: a token that is not one of ours reads like one that never
// was.
func (f *Flow) find(ctx context.Context, a Actor, link credential.Kind, token string) (AddressChange, error) {
	digest := f.Forge.Digest(link, a.Organisation.ID, token)
	if digest == "" {
		return AddressChange{}, fault.Missing
	}
	c, err := f.Store.AddressChange(ctx, a.Organisation.ID, link, digest)
	if err != nil {
		return AddressChange{}, fmt.Errorf("looking up a link: %w", err)
	}
	return c, nil
}

// told adds to an answer whom it is about.
func (f *Flow) told(ctx context.Context, answer Answer) (Answer, error) {
	c := answer.Change
	person, err := f.Store.Account(ctx, c.Organisation, c.Account)
	if err != nil {
		return Answer{}, fmt.Errorf("reading whose address changes: %w", err)
	}
	answer.Who = person.Name()
	answer.By, err = f.asker(ctx, c)
	return answer, err
}

// asker gives the name of the manager who asked for a change, or the operator's identifier; empty for the owner and for
// somebody who is gone.
func (f *Flow) asker(ctx context.Context, c AddressChange) (string, error) {
	if c.AskedBy == c.Account {
		return "", nil
	}
	if operator, ok := audit.OperatorOf(c.AskedBy); ok {
		return operator, nil
	}
	manager, err := f.Store.Account(ctx, c.Organisation, c.AskedBy)
	if err != nil && !errors.Is(err, fault.Missing) {
		return "", fmt.Errorf("reading who asked: %w", err)
	}
	return manager.Name(), nil
}

// Pending gives the changes of an account that can still be stopped, newest first, for the pages that show them. Those
// that have become true on another way, as when an invitation proved the address, are left out.
func (f *Flow) Pending(ctx context.Context, organisation, id string) ([]Pending, error) {
	now := f.Now()
	pending, err := f.Store.AddressChanges(ctx, organisation, id, now)
	if err != nil || len(pending) == 0 {
		return nil, wrap("reading the changes of an address", err)
	}
	person, err := f.Store.Account(ctx, organisation, id)
	if err != nil {
		return nil, fmt.Errorf("reading whose address changes: %w", err)
	}
	var shown []Pending
	for _, p := range pending {
		if p.State != Serving && f.inForce(person, p.Kind, p.Address) {
			continue
		}
		if p.By, err = f.asker(ctx, p.AddressChange); err != nil {
			return nil, err
		}
		shown = append(shown, p)
	}
	return shown, nil
}

// PendingOf says which accounts have a change of address on its way.
func (f *Flow) PendingOf(ctx context.Context, organisation string, accounts []string) (map[string]bool, error) {
	pending, err := f.Store.AddressesPending(ctx, organisation, accounts, f.Now())
	return pending, wrap("reading whose address changes", err)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
