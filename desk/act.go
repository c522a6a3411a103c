package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// proofGrace is added to the age of a proof here: a form that was judged fresh may wait for a hash before its act goes
// on.
const proofGrace = time.Minute

// deedTry is one event of a deed, with all that it may depend on.
type deedTry struct {
	op     Operator // zero for the program and for the owner's link
	c      Case
	org    organisation.Organisation
	person account.Account
	deed   Deed
	unlock Unlock
	facts  DeedFact
}

// Propose proposes an act for a caller who was checked. What one operator may do alone is done at once.
func (f *Flow) Propose(ctx context.Context, op Operator, ref Ref, p Proposal) (Outcome, error) {
	c, org, person, err := f.take(ctx, op, ref)
	if err != nil {
		return Outcome{}, err
	}
	now := f.Now()
	t := deedTry{op: op, c: c, org: org, person: person, deed: Deed{
		ID: f.NewID(), Case: c.ID, Organisation: c.Organisation, Account: c.Account, Act: p.Act, By: c.Stands(now),
		From: Start, State: Start, ProposedAt: now, ProposedBy: op.Person.Identifier,
	}}
	if faults, err := f.proposalFaults(ctx, &t, p); err != nil || len(faults) > 0 {
		return Outcome{Faults: faults, State: Start}, err
	}
	rule, _ := NextDeed(Start, Propose, t.facts)
	if rule.To == Start {
		change := f.change(c)
		change.Case = nil
		f.note(&change, op, c, audit.DeedRefused, string(p.Act))
		return Outcome{Faults: []Fault{Locked}, State: Start}, wrap("noting a refusal", f.Store.ApplyDesk(ctx, change))
	}
	return f.move(ctx, t, rule, audit.DeedProposed)
}

// proposalFaults finds out what a proposal depends on, and what is to mend in its form.
func (f *Flow) proposalFaults(ctx context.Context, t *deedTry, p Proposal) ([]Fault, error) {
	switch {
	case !t.c.Closed.IsZero():
		return []Fault{CaseClosed}, nil
	case t.person.ID == "":
		return []Fault{NobodyNamed}, nil
	}
	u, ok := UnlockFor(p.Act, t.deed.By, t.person.Role.Manager())
	if !ok || !opens(p.Act, t.person, f.Now()) {
		return nil, nil // the table refuses it
	}
	t.unlock, t.facts = u, Unlocked
	if u.Two {
		t.facts |= NeedsTwo
	}
	if u.Wait > 0 {
		t.facts |= Waits
	}
	if faults := f.formFaults(t, p); len(faults) > 0 {
		return faults, nil
	}
	deeds, err := f.Store.Deeds(ctx, t.c.Organisation, t.c.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the deeds of a case: %w", err)
	}
	if slices.ContainsFunc(deeds, func(d Deed) bool {
		return d.Act == p.Act && d.Account == t.person.ID && (d.State == Proposed || d.State == Waiting)
	}) {
		return []Fault{Already}, nil
	}
	if !u.Two {
		return nil, nil
	}
	operators, err := f.Store.Operators(ctx)
	if err != nil {
		return nil, fmt.Errorf("counting operators: %w", err)
	}
	if operators < 2 {
		return []Fault{Alone}, nil
	}
	return nil, nil
}

// formFaults reads what the act needs beside the person.
func (f *Flow) formFaults(t *deedTry, p Proposal) []Fault {
	var ok bool
	switch p.Act {
	case SendAccess:
		reference := t.person.Reference()
		if reference.Address == "" || !reference.Proven && t.person.State != account.Invited {
			return []Fault{NoAddress}
		}
	case ReplaceAddress:
		if t.deed.Address, _, ok = account.FoldEmail(p.Address); !ok {
			return []Fault{AddressUnfit}
		}
	case ReplaceMobile:
		if t.deed.Address, ok = account.FoldMobile(p.Address); !ok {
			return []Fault{MobileUnfit}
		}
	case ResetFactors:
		if !t.person.Factors.Any() && !t.person.Factors.Second {
			return []Fault{NothingToReset}
		}
	case NameManager:
		return f.managerFaults(t, p)
	}
	return nil
}

func (f *Flow) managerFaults(t *deedTry, p Proposal) []Fault {
	var faults []Fault
	t.deed.Manager = p.Manager
	wanted, mend := draftOf(t.deed, t.person.Role, p.Address).Account(t.org)
	for _, one := range mend {
		switch one {
		case admin.NameTooLong:
			faults = append(faults, NameMissing)
		case admin.EmailUnfit:
			faults = append(faults, AddressUnfit)
		default:
			faults = append(faults, IdentifierNone)
		}
	}
	if len(wanted.Emails) == 0 && !slices.Contains(faults, AddressUnfit) {
		faults = append(faults, AddressUnfit)
	}
	if (wanted.GivenName == "" || wanted.FamilyName == "") && !slices.Contains(faults, NameMissing) {
		faults = append(faults, NameMissing)
	}
	if len(faults) == 0 {
		t.deed.Address = wanted.Emails[0].Address
		t.deed.Manager = Draft{wanted.Identifier, wanted.GivenName, wanted.FamilyName, p.Manager.Keep}
	}
	return faults
}

func draftOf(d Deed, role account.Role, address string) admin.Draft {
	return admin.Draft{
		Identifier: d.Manager.Identifier, GivenName: d.Manager.GivenName, FamilyName: d.Manager.FamilyName, Role: role, Email: address,
	}
}

// Second agrees to what another operator has proposed. It gives fault.Forbidden without a fresh proof (ATK-065).
func (f *Flow) Second(ctx context.Context, op Operator, ref Ref, id string) (Outcome, error) {
	if !op.Session.Proven(f.Now(), session.FreshForTeam+proofGrace) {
		return Outcome{}, fault.Forbidden
	}
	return f.follow(ctx, op, ref, id, Second, audit.DeedSeconded)
}

// Withdraw takes back what has not been done.
func (f *Flow) Withdraw(ctx context.Context, op Operator, ref Ref, id string) (Outcome, error) {
	return f.follow(ctx, op, ref, id, Withdraw, audit.DeedWithdrawn)
}

func (f *Flow) follow(ctx context.Context, op Operator, ref Ref, id string, on DeedEvent, act audit.Act) (Outcome, error) {
	if err := f.may(op); err != nil {
		return Outcome{}, err
	}
	d, err := f.Store.Deed(ctx, ref.Organisation, id)
	if err == nil && d.Case != ref.Case {
		err = fault.Missing
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("reading a deed: %w", err)
	}
	t, err := f.deedTry(ctx, d)
	if err != nil {
		return Outcome{}, err
	}
	t.op = op
	if another(t.c, d, op.Person.Identifier) {
		t.facts |= Another
	}
	rule, ok := NextDeed(d.State, on, t.facts)
	if !ok || rule.To == d.State {
		out := Outcome{State: d.State}
		if d.State == Proposed && on == Second {
			out.Faults = []Fault{t.refusal()}
			change := f.change(t.c)
			change.Case = nil
			f.note(&change, op, t.c, audit.DeedRefused, string(d.Act))
			err = f.Store.ApplyDesk(ctx, change)
		}
		return out, wrap("noting a refusal", err)
	}
	if rule.To == Done {
		return f.commit(ctx, t)
	}
	return f.move(ctx, t, rule, act)
}

// refusal says why a second operator's agreement leads nowhere.
func (t deedTry) refusal() Fault {
	if t.facts&InTime != 0 && t.facts&Another == 0 {
		return SameOperator
	}
	return Locked
}

// another says whether an operator is a second one. Papers were seen by two already, so that whoever opened the case or
// seconded them may agree to what the other proposes; a code or a call back was one operator's.
func another(c Case, d Deed, operator string) bool {
	if d.ProposedBy == operator {
		return false
	}
	return d.By == ByPapers || c.OpenedBy != operator && c.CheckedBy != operator
}

// deedTry reads what an event of a deed depends on, but who acts.
func (f *Flow) deedTry(ctx context.Context, d Deed) (deedTry, error) {
	c, org, person, err := f.read(ctx, Ref{d.Organisation, d.Case})
	if err != nil {
		return deedTry{}, err
	}
	if person.ID != d.Account { // the case was about somebody else meanwhile
		if person, err = f.Store.Account(ctx, d.Organisation, d.Account); err != nil {
			return deedTry{}, fmt.Errorf("reading whom a deed is about: %w", err)
		}
	}
	t := deedTry{c: c, org: org, person: person, deed: d}
	t.deed.From = d.State
	var ok bool
	if t.unlock, ok = UnlockFor(d.Act, d.By, person.Role.Manager()); ok && opens(d.Act, person, f.Now()) {
		t.facts |= Unlocked
	}
	if t.unlock.Two {
		t.facts |= NeedsTwo
	}
	if t.unlock.Wait > 0 {
		t.facts |= Waits
	}
	if f.Now().Before(d.Until) {
		t.facts |= InTime
	}
	return t, nil
}

// move does what a rule says.
func (f *Flow) move(ctx context.Context, t deedTry, rule DeedRule, act audit.Act) (Outcome, error) {
	now := f.Now()
	change := f.change(t.c)
	change.Case = nil
	d := &t.deed
	d.State = rule.To
	switch {
	case act == audit.DeedSeconded:
		d.SecondedAt, d.SecondedBy = now, t.op.Person.Identifier
	case rule.To == Proposed:
		d.Until = now.Add(SecondWithin)
	}
	if rule.To == Waiting {
		d.Until = now.Add(t.unlock.Wait)
	}
	change.Deed = d
	if rule.To != Done || act == audit.DeedSeconded {
		f.note(&change, t.op, t.c, act, detail(*d))
	}
	out := Outcome{State: rule.To}
	for _, effect := range rule.Do {
		switch effect {
		case Carry:
			f.note(&change, t.op, t.c, audit.DeedDone, detail(*d))
			var err error
			if out.To, err = f.carry(ctx, t, &change); err != nil {
				return f.refused(err)
			}
		case Notify:
			d.StopDigest = f.stopDigest(*d)
			if err := f.tell(ctx, t, &change); err != nil {
				return Outcome{}, err
			}
		case Tell:
			if err := f.tell(ctx, t, &change); err != nil {
				return Outcome{}, err
			}
		}
	}
	if err := f.Store.ApplyDesk(ctx, change); err != nil {
		return f.refused(err)
	}
	return out, f.welcome(ctx, t, change.Create)
}

// refused puts what another flow refuses into the desk's words.
func (f *Flow) refused(err error) (Outcome, error) {
	switch {
	case errors.As(err, new(account.Taken)):
		return Outcome{Faults: []Fault{TakenAlready}, State: Start}, nil
	case errors.Is(err, fault.Missing):
		return Outcome{Faults: []Fault{NoAddress}, State: Start}, nil
	}
	return Outcome{}, fmt.Errorf("moving a deed: %w", err)
}

// detail is what the journals say of a deed: the act, and the new address masked.
func detail(d Deed) string {
	parts := []string{string(d.Act)}
	if masked := d.Masked(); masked != "" {
		parts = append(parts, masked)
	}
	return strings.Join(parts, " ")
}

// Masked gives the new address or number as journals and old addresses may know it.
func (d Deed) Masked() string {
	switch {
	case d.Address == "":
		return ""
	case d.Act == ReplaceMobile:
		return account.MaskMobile(d.Address)
	}
	return account.MaskEmail(d.Address)
}

// may gives fault.Forbidden unless somebody may act at the desk (ASVS 6.3.3).
func (f *Flow) may(op Operator) error {
	now := f.Now()
	s := op.Session
	if !organisation.NewPlatform(nil).Operates(op.Person, s.Level(), now) || s.Stage != session.Full || !s.Alive(now) ||
		s.Account != op.Person.ID {
		return fault.Forbidden
	}
	return nil
}
