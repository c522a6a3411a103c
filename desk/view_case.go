package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

func byWords(typed string) admin.Search {
	return admin.Search{Filter: typed, Sort: admin.ByName, Size: MostFound + 1}
}

// read gives a case, its organisation and the person whom it is about, who is zero while nobody was named, and once the
// account was erased; fault.Missing for no case.
func (f *Flow) read(ctx context.Context, ref Ref) (c Case, o organisation.Organisation, p account.Account, err error) {
	if o, err = f.Store.Organisation(ctx, ref.Organisation); err != nil {
		return c, o, p, wrap("reading the organisation of a case", err)
	}
	if c, err = f.Store.Case(ctx, ref.Organisation, ref.Case); err != nil {
		return c, o, p, wrap("reading a case", err)
	}
	if c.Account != "" {
		p, err = f.Store.Account(ctx, ref.Organisation, c.Account)
		if errors.Is(err, fault.Missing) { // erased since
			return c, o, account.Account{}, nil
		}
	}
	return c, o, p, wrap("reading whom a case is about", err)
}

// take is read for an operator: fault.Forbidden for whoever may not act at the desk.
func (f *Flow) take(
	ctx context.Context, op Operator, ref Ref,
) (c Case, o organisation.Organisation, p account.Account, err error) {
	if err := f.may(op); err != nil {
		return c, o, p, err
	}
	return f.read(ctx, ref)
}

// change begins what a step leads to, in the version of the case that was read.
func (f *Flow) change(c Case) Change {
	return Change{Now: f.Now(), Organisation: c.Organisation, Case: &c}
}

// note writes a step, for the operators and for the organisation alike.
func (f *Flow) note(change *Change, op Operator, c Case, act audit.Act, detail string) {
	change.Steps = append(change.Steps, Step{
		Case: c.ID, At: change.Now, Operator: op.Person.Identifier, What: string(act), Detail: detail,
	})
	said := c.Number
	if detail != "" {
		said += " " + detail
	}
	actor := audit.System
	if op.Person.Identifier != "" {
		actor = op.Name()
	}
	change.Notes = append(change.Notes, audit.Entry{
		Organisation: c.Organisation, At: change.Now, Act: act, Actor: actor, Target: c.Account,
		Address: op.Browser.From(), Device: op.Browser.Device, Detail: said,
	})
}

// seen masks a person; deeds are those of the case, for what was told already.
func (f *Flow) seen(p account.Account, deeds []Deed) Seen {
	s := Seen{
		ID: p.ID, Name: p.Name(), Role: p.Role, Manager: p.Role.Manager(), Open: p.Open(f.Now()), EmailGone: p.Reference().Unreachable,
	}
	if p.GivenName == "" && p.FamilyName == "" {
		s.Name = "" // it would be the identifier
	}
	if address := p.Reference().Address; address != "" {
		s.Email = account.MaskEmail(address)
	}
	if p.Mobile != "" && p.MobileProven {
		s.Mobile, s.MobileSince, s.Ripe = account.MaskMobile(p.Mobile), p.MobileSince, Ripe(p, f.Now())
	}
	for _, d := range deeds {
		if d.Act == TellIdentifier && d.State == Done && d.Account == p.ID {
			s.Identifier = p.Identifier
		}
	}
	return s
}

// View gives one case as its page shows it. The number in full is shown to the operator who has begun to call back, and
// the state of the account once the caller was checked; nothing else is read.
func (f *Flow) View(ctx context.Context, op Operator, ref Ref) (View, error) {
	c, o, person, err := f.take(ctx, op, ref)
	if err != nil {
		return View{}, err
	}
	now := f.Now()
	v := View{Case: c, Organisation: o, Standing: c.Stands(now), Mine: c.CheckedBy == op.Person.Identifier}
	if v.Steps, err = f.Store.Steps(ctx, c.Organisation, c.ID); err != nil {
		return View{}, fmt.Errorf("reading the steps of a case: %w", err)
	}
	if v.Deeds, err = f.Store.Deeds(ctx, c.Organisation, c.ID); err != nil {
		return View{}, fmt.Errorf("reading the deeds of a case: %w", err)
	}
	if person.ID == "" {
		return v, nil
	}
	v.Person, v.Offers = f.seen(person, v.Deeds), offers(v.Standing, person, now)
	switch {
	case v.Standing == CodeSent:
		code, err := f.Store.Code(ctx, c.Organisation, c.ID)
		if err != nil {
			return View{}, fmt.Errorf("reading the code of a case: %w", err)
		}
		if v.CodeUntil, v.Tries = code.Expires, MostTries-code.Tries; !code.Live(now) {
			v.Standing = Unchecked // tried too often: there is nothing left to type
		}
	case v.Standing == CallBegun && v.Mine && c.Closed.IsZero():
		v.Number, v.CodeUntil = person.Mobile, c.CheckedAt.Add(CodeLives)
	case v.Standing.Checked():
		s, err := f.Store.Situation(ctx, c.Organisation, c.Account, now)
		if err != nil {
			return View{}, fmt.Errorf("reading how an account stands: %w", err)
		}
		v.Situation = &s
	}
	managers, err := f.Store.Managers(ctx, c.Organisation, 2)
	if err != nil {
		return View{}, fmt.Errorf("reading who manages: %w", err)
	}
	for _, m := range managers {
		if m.ID != person.ID {
			v.Colleague = m.Name()
		}
	}
	return v, nil
}

// offers says of each act whether the check opens it now, and which checks would.
func offers(s Standing, person account.Account, now time.Time) []Offer {
	manager := person.Role.Manager()
	var all []Offer
	for _, act := range Acts {
		o := Offer{Act: act}
		for _, u := range Unlocks {
			if u.Act == act && (manager || !u.Manager) {
				o.Second = append(o.Second, u.By...)
			}
		}
		if u, ok := UnlockFor(act, s, manager); ok && opens(act, person, now) {
			o.Open, o.Two, o.Wait = true, u.Two, u.Wait
		}
		all = append(all, o)
	}
	return all
}

// opens says whether an act makes sense for an account in this state: one that is closed is opened by its own house, or
// followed by another.
func opens(act Act, person account.Account, now time.Time) bool {
	return act == NameManager || person.Open(now)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
