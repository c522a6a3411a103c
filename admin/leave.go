package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Stop closes an account at once: its sessions and the secrets under way end with it (H8, ATK-038).
func (f *Flow) Stop(ctx context.Context, a Actor, id string) ([]Fault, error) {
	return f.end(ctx, a, id, organisation.StopPerson, func(c *Change) {
		never := time.Time{}
		c.State, c.Leaves, c.EndSessions, c.EndSecrets = account.Disabled, &never, true, true
		c.Note = a.note(audit.AccountStopped, id, "", c.Now)
	})
}

// StopAfter lets an account be used until the end of a day, on the clocks of the organisation. An empty day takes an
// earlier date back.
func (f *Flow) StopAfter(ctx context.Context, a Actor, id, lastDay string) ([]Fault, error) {
	leaves, faults := leaving(a.Organisation, lastDay, f.Now())
	if len(faults) > 0 {
		return faults, nil
	}
	return f.end(ctx, a, id, organisation.StopPerson, func(c *Change) {
		c.Leaves = &leaves
		c.Note = a.note(audit.LeavingSet, id, lastDay, c.Now)
	})
}

// leaving gives the moment at which an account closes whose last day is given as "2027-06-30" or "30/06/2027": the
// midnight after it where the organisation is, whatever its clocks do that night.
func leaving(o organisation.Organisation, lastDay string, now time.Time) (time.Time, []Fault) {
	if lastDay == "" {
		return time.Time{}, nil
	}
	leaves, ok := Day(o, lastDay, 1)
	switch {
	case !ok:
		return time.Time{}, []Fault{DayUnfit}
	case !leaves.After(now):
		return time.Time{}, []Fault{DayPast}
	}
	return leaves, nil
}

// Day gives the first moment, where the organisation is, of a typed day ("2027-06-30", "30/06/2027" or "30/6/2027"), or
// of the one that comes so many days after it. It is not ok when there is no such day.
func Day(o organisation.Organisation, typed string, after int) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006"} {
		if day, err := time.ParseInLocation(layout, typed, o.Location()); err == nil {
			return time.Date(day.Year(), day.Month(), day.Day()+after, 0, 0, 0, 0, o.Location()), true
		}
	}
	return time.Time{}, false
}

// LastDay gives the last day on which an account that will leave can be used; the zero time for one that stays.
func LastDay(o organisation.Organisation, person account.Account) time.Time {
	if person.Leaves.IsZero() {
		return time.Time{}
	}
	return person.Leaves.Add(-time.Second).In(o.Location())
}

// Start opens a closed account again: with the password it had, or waiting for its first access.
func (f *Flow) Start(ctx context.Context, a Actor, id string) ([]Fault, error) {
	if err := a.may(organisation.SeeSettings); err != nil {
		return nil, err
	}
	has, err := f.Store.HasPassword(ctx, a.Organisation.ID, id)
	if err != nil {
		return nil, wrap("reading a person", err)
	}
	return f.end(ctx, a, id, organisation.StartPerson, func(c *Change) {
		never := time.Time{}
		c.State, c.Leaves, c.KeepManager = account.Invited, &never, false
		if has {
			c.State = account.Active
		}
		c.Note = a.note(audit.AccountStarted, id, "", c.Now)
	})
}

// Delete erases an account. typed is the identifier, as the confirmation asks for it. The journal stays, and the
// identifier is never given again (H8, ATK-077).
func (f *Flow) Delete(ctx context.Context, a Actor, id, typed string) ([]Fault, error) {
	target, _, err := f.target(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if account.FoldIdentifier(typed) != account.FoldIdentifier(target.Identifier) {
		return []Fault{NotNamed}, nil
	}
	return f.end(ctx, a, id, organisation.DeletePerson, func(c *Change) {
		c.Delete = true
		c.Note = a.note(audit.AccountDeleted, id, string(target.Role), c.Now)
	})
}

// end applies an act of the life cycle. The last manager who stays is kept twice: here, to say so, and in the
// transaction, where two managers who remove each other at once meet.
func (f *Flow) end(ctx context.Context, a Actor, id string, do organisation.Do, fill func(*Change)) ([]Fault, error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !organisation.MayDo(a.Person, do, target, last) {
		if last && organisation.MayDo(a.Person, do, target, false) {
			return []Fault{LastManager}, nil
		}
		return nil, fault.Forbidden
	}
	c := f.change(a, id, 0)
	c.KeepManager = target.Stays()
	fill(&c)
	err = f.Store.ApplyAdmin(ctx, c)
	if errors.Is(err, fault.Forbidden) {
		return []Fault{LastManager}, nil
	}
	return nil, wrap("changing somebody's life cycle", err)
}

// SendAccess sends a person the way in, by letter, and gives the masked address. No manager ever sees what is in it
// (ATK-071).
func (f *Flow) SendAccess(ctx context.Context, a Actor, id string) (to string, err error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return "", err
	}
	if !organisation.MayDo(a.Person, organisation.SendAccess, target, last) {
		return "", fault.Forbidden
	}
	to, err = f.Access.SendAccess(ctx, a.Organisation, target, a.Person.ID, a.Browser)
	return to, wrap("sending access", err)
}

// EndSessions signs a person out of one browser, or of all with the empty session.
func (f *Flow) EndSessions(ctx context.Context, a Actor, id, one string) error {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return err
	}
	if !organisation.MayDo(a.Person, organisation.EndSessions, target, last) {
		return fault.Forbidden
	}
	note := a.note(audit.SessionsEnded, id, "", f.Now())
	if one == "" {
		c := f.change(a, id, 0)
		c.EndSessions, c.Note = true, note
		return wrap("ending sessions", f.Store.ApplyAdmin(ctx, c))
	}
	sessions, err := f.Store.SessionsOf(ctx, a.Organisation.ID, id)
	if err != nil {
		return wrap("reading somebody's sessions", err)
	}
	if !slices.ContainsFunc(sessions, func(s session.Session) bool { return s.ID == one }) {
		return nil // it has ended meanwhile, or is not this person's
	}
	return wrap("ending a session", f.Store.EndSession(ctx, a.Organisation.ID, one, session.Stopped, note))
}
