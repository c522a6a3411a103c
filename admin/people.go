package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// PageSize is how many people stand on a page.
const PageSize = 50

// People gives one page of the actor's people. It gives fault.Forbidden to whoever looks after nobody.
func (f *Flow) People(ctx context.Context, a Actor, s Search) (Found, error) {
	if err := a.may(organisation.SeeSettings); err != nil {
		return Found{}, err
	}
	if s.Size <= 0 || s.Size > PageSize {
		s.Size = PageSize
	}
	if !slices.Contains(Sorts, s.Sort) {
		s.Sort = ByName
	}
	found, err := f.Store.People(ctx, a.Organisation.ID, s)
	if err != nil {
		return Found{}, fmt.Errorf("listing people: %w", err)
	}
	return found, nil
}

// Person is one of the actor's people, and what may be done to them.
type Person struct {
	Account  account.Account
	Sessions []session.Session // that are alive, the last used one first
	May      map[organisation.Do]bool
	Last     bool // the last manager who stays: may be neither removed nor demoted
}

// Person gives one of the actor's people. It gives fault.Forbidden to whoever looks after nobody, and fault.Missing
// alike for nobody and for another organisation's (ATK-069).
func (f *Flow) Person(ctx context.Context, a Actor, id string) (Person, error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return Person{}, err
	}
	p := Person{Account: target, Last: last, May: map[organisation.Do]bool{}}
	for _, do := range organisation.ToPeople {
		p.May[do] = organisation.MayDo(a.Person, do, target, last)
	}
	sessions, err := f.Store.SessionsOf(ctx, a.Organisation.ID, id)
	if err != nil {
		return Person{}, fmt.Errorf("reading somebody's sessions: %w", err)
	}
	for _, s := range sessions {
		if s.Alive(f.Now()) {
			p.Sessions = append(p.Sessions, s)
		}
	}
	return p, nil
}

// target reads whom an act is about, once the actor is known to look after anybody at all.
func (f *Flow) target(ctx context.Context, a Actor, id string) (target account.Account, last bool, err error) {
	if err := a.may(organisation.SeeSettings); err != nil {
		return account.Account{}, false, err
	}
	target, err = f.Store.Account(ctx, a.Organisation.ID, id)
	if err != nil {
		return account.Account{}, false, fmt.Errorf("reading a person: %w", err)
	}
	if target.Stays() {
		stayers, err := f.Store.Stayers(ctx, a.Organisation.ID)
		if err != nil {
			return account.Account{}, false, fmt.Errorf("counting managers: %w", err)
		}
		last = stayers < 2
	}
	if !organisation.MayDo(a.Person, organisation.SeePerson, target, last) {
		return account.Account{}, false, fault.Missing
	}
	return target, last, nil
}

// Add creates an account, which has no password yet and waits for its first access. Invite sends that at once. The
// faults say what is to mend; nothing is written then.
func (f *Flow) Add(ctx context.Context, a Actor, d Draft, invite bool) (added account.Account, faults []Fault, err error) {
	if err := a.may(organisation.SeeSettings); err != nil {
		return account.Account{}, nil, err
	}
	added, faults = d.Account(a.Organisation)
	if len(faults) > 0 {
		return account.Account{}, faults, nil
	}
	if !organisation.MayDo(a.Person, organisation.AddPerson, added, false) {
		return account.Account{}, []Fault{RoleUnknown}, nil
	}
	added.ID, added.State = f.NewID(), account.Invited
	err = f.Store.CreateAccount(ctx, added, "", a.note(audit.AccountCreated, added.ID, string(added.Role), f.Now()))
	if errors.As(err, new(account.Taken)) {
		return account.Account{}, []Fault{IdentifierTaken}, nil
	}
	if err != nil {
		return account.Account{}, nil, fmt.Errorf("adding a person: %w", err)
	}
	if invite && len(added.Emails) > 0 {
		if _, err := f.Access.SendAccess(ctx, a.Organisation, added, a.Person.ID, a.Browser); err != nil {
			return added, nil, fmt.Errorf("sending the first access: %w", err)
		}
	}
	return added, nil, nil
}

// Change writes the names, offices, household, language and role of a person; addresses have a flow of their own, because
// they must be proven. It gives fault.Stale when somebody else has changed the person since version was read.
func (f *Flow) Change(ctx context.Context, a Actor, id string, version int64, d Draft) (faults []Fault, err error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !organisation.MayDo(a.Person, organisation.ChangePerson, target, last) {
		return nil, fault.Forbidden
	}
	wanted, faults := d.change(a.Organisation, target)
	roleChanges := wanted.Role != target.Role
	if roleChanges {
		faults = append(faults, f.roleFaults(a, target, wanted, last)...)
	}
	if len(faults) > 0 {
		return faults, nil
	}
	c := f.change(a, id, version)
	c.Person = &wanted
	c.Note = a.note(audit.AccountChanged, id, strings.Join(changed(target, wanted), " "), c.Now)
	if roleChanges {
		// What the applications were told of the person holds no more: they are asked to sign in again.
		c.Role, c.EndSessions, c.KeepManager = wanted.Role, true, target.Stays() && !wanted.Role.Manager()
		c.Note = a.note(audit.RoleChanged, id, string(target.Role)+" "+string(wanted.Role), c.Now)
	} else if c.Note.Detail == "" {
		return nil, nil
	}
	err = f.Store.ApplyAdmin(ctx, c)
	if errors.Is(err, fault.Forbidden) {
		return []Fault{LastManager}, nil
	}
	return nil, wrap("changing a person", err)
}

func (f *Flow) roleFaults(a Actor, target, wanted account.Account, last bool) []Fault {
	switch {
	case last && !wanted.Role.Manager():
		return []Fault{LastManager}
	case !organisation.MayDo(a.Person, organisation.ChangeRole, target, false),
		!organisation.MayDo(a.Person, organisation.ChangeRole, wanted, false):
		return []Fault{RoleUnknown}
	}
	return nil
}

func (f *Flow) change(a Actor, id string, version int64) Change {
	return Change{Now: f.Now(), Organisation: a.Organisation.ID, Account: id, Version: version}
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
