package desk

import (
	"context"
	"errors"
	"fmt"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
)

// commit has what two operators agreed to done at once. It is written down first as something whose waiting is over,
// which nobody can take back: whoever withdraws it in the same moment is either faster or too late, and after a crash
// Serve goes on.
func (f *Flow) commit(ctx context.Context, t deedTry) (Outcome, error) {
	change := f.change(t.c)
	change.Case, change.Deed = nil, &t.deed
	t.deed.State, t.deed.Until = Waiting, change.Now
	t.deed.SecondedAt, t.deed.SecondedBy = change.Now, t.op.Person.Identifier
	f.note(&change, t.op, t.c, audit.DeedSeconded, detail(t.deed))
	if err := f.Store.ApplyDesk(ctx, change); err != nil {
		return Outcome{}, fmt.Errorf("agreeing to a deed: %w", err)
	}
	if err := f.pass(ctx, t.deed); err != nil && !errors.Is(err, fault.Stale) { // else another node was faster
		return Outcome{}, err
	}
	d, err := f.Store.Deed(ctx, t.deed.Organisation, t.deed.ID)
	out := Outcome{State: d.State}
	if d.State == Withdrawn {
		out.Faults = []Fault{Locked}
	}
	return out, wrap("reading a deed", err)
}

// carry does what an act says. What it starts elsewhere is done before the deed is marked: a crash between the two does
// it twice, which each of them takes.
func (f *Flow) carry(ctx context.Context, t deedTry, change *Change) (to string, err error) {
	actor := audit.System
	if name := t.deed.actor(); name != "" {
		actor = audit.Operator(name)
	}
	switch t.deed.Act {
	case SendAccess:
		return f.Flows.SendAccess(ctx, t.org, t.person, actor, t.op.Browser)
	case ReplaceAddress, ReplaceMobile:
		return "", f.Flows.AskAddress(ctx, t.org, t.person, actor, t.deed.Act == ReplaceMobile, t.deed.Address)
	case ResetFactors:
		return "", f.Flows.ResetFactors(ctx, t.org, t.person, actor)
	case NameManager:
		created, _ := draftOf(t.deed, t.person.Role, t.deed.Address).Account(t.org)
		created.ID, created.State = f.NewID(), account.Invited
		change.Create = &created
		if !t.deed.Manager.Keep {
			change.Stop = t.person.ID
		}
	}
	return "", nil
}

// actor names the operator who has carried the last word.
func (d Deed) actor() string {
	if d.SecondedBy != "" {
		return d.SecondedBy
	}
	return d.ProposedBy
}

// welcome sends a new manager the first access. One that does not go out is no reason to undo the rest: the new manager
// can ask for it at the door, as everybody else can.
func (f *Flow) welcome(ctx context.Context, t deedTry, created *account.Account) error {
	if created == nil {
		return nil
	}
	_, err := f.Flows.SendAccess(ctx, t.org, *created, audit.Operator(t.deed.actor()), t.op.Browser)
	return wrap("sending the new manager's first access", err)
}

// Serve moves every deed whose time is over: what waited is done, what nobody seconded lapses. It gives how many; call
// it each minute, on any number of nodes.
func (f *Flow) Serve(ctx context.Context) (moved int, err error) {
	const together = 100
	due, err := f.Store.DeedsDue(ctx, f.Now(), together)
	if err != nil {
		return 0, fmt.Errorf("reading the deeds that are due: %w", err)
	}
	var errs []error
	for _, d := range due {
		err := f.pass(ctx, d)
		switch {
		case err == nil:
			moved++
		case !errors.Is(err, fault.Stale): // else another node was faster, or the owner
			errs = append(errs, err)
		}
	}
	return moved, errors.Join(errs...)
}

// pass moves one deed whose time is over. What cannot be done any more, because the person or the right to it is gone,
// is withdrawn.
func (f *Flow) pass(ctx context.Context, d Deed) error {
	t, err := f.deedTry(ctx, d)
	gone := errors.Is(err, fault.Missing)
	if err != nil && !gone {
		return err
	}
	if gone {
		t = deedTry{c: Case{ID: d.Case, Organisation: d.Organisation, Account: d.Account}, deed: d}
		t.deed.From = d.State
	}
	rule, ok := NextDeed(d.State, Pass, t.facts)
	if !ok || rule.To == d.State {
		return fault.Stale
	}
	out, err := f.move(ctx, t, rule, passed[rule.To])
	if err == nil && len(out.Faults) > 0 { // the identifier was given meanwhile, or the address is gone
		rule, _ = NextDeed(d.State, Pass, t.facts&^Unlocked)
		_, err = f.move(ctx, t, rule, passed[rule.To])
	}
	return err
}

// passed says what the journal calls the ends that time brings.
var passed = map[DeedState]audit.Act{
	Done: audit.DeedDone, Lapsed: audit.DeedLapsed, Withdrawn: audit.DeedWithdrawn,
}
