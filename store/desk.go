package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/desk"
	"loquet/session"
)

var _ desk.Store = (*DB)(nil)

// ApplyDesk does all of a Change in one transaction. It gives fault.Stale, and has done nothing, when the case or the
// deed is not as it was read or not this organisation's, when a person whom they are about is not, and when the code is
// late, used or tried too often; limit.Over when a count is over its rate; account.Taken for the identifier of a new
// manager.
func (db *DB) ApplyDesk(ctx context.Context, c desk.Change) error {
	return db.write(ctx, func(r runner) error {
		for _, step := range []func(runner, desk.Change) error{
			holdFor, touchFor, caseFor, codeFor, deedFor, succeedFor, stepsFor,
		} {
			if err := step(r, c); err != nil {
				return err
			}
		}
		if err := r.send(nil, c.Letters); err != nil {
			return err
		}
		return r.note(c.Notes...)
	})
}

// holdFor counts, and takes the rows that other flows may want, in their order: the organisation where a manager goes,
// then the accounts. The rows of the desk come after them everywhere.
func holdFor(r runner, c desk.Change) error {
	if len(c.Counts) > 0 {
		if err := r.countAll(c.Counts, c.Now); err != nil {
			return err
		}
	}
	about := map[string]bool{}
	if c.Case != nil {
		about[c.Case.Account] = true
	}
	if c.Deed != nil {
		about[c.Deed.Account] = true
	}
	if c.Stop != "" {
		about[c.Stop] = true
		if err := r.alone(c.Organisation); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(about)) {
		// Whether somebody is there is tested where it matters: a case outlives the person whom it is about.
		_, err := r.exec(`update account set version = version where organisation = $1 and id = $2`, c.Organisation, id)
		if err != nil {
			return fmt.Errorf("holding an account: %w", err)
		}
	}
	return nil
}

// touchFor makes everyone wait who would write into the cases that something happens in, and notes when it happens. It
// gives fault.Stale for a case that is not this organisation's.
func touchFor(r runner, c desk.Change) error {
	touched := map[string]bool{}
	if c.Case != nil {
		touched[c.Case.ID] = true
	}
	if c.Code != nil {
		touched[c.Code.Case] = true
	}
	if c.Deed != nil {
		touched[c.Deed.Case] = true
	}
	for _, s := range c.Steps {
		touched[s.Case] = true
	}
	if c.Open != nil {
		delete(touched, c.Open.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		err := r.guarded(`
			update desk_case set touched = case when touched < $3 then $3 else touched end
			where organisation = $1 and id = $2`, c.Organisation, id, stamp(c.Now))
		if err != nil {
			return fmt.Errorf("holding a case: %w", err)
		}
	}
	return nil
}

// succeedFor enters the new manager and closes the account of the one before.
func succeedFor(r runner, c desk.Change) error {
	if c.Create != nil {
		person := *c.Create
		person.Organisation = c.Organisation
		if err := r.create(NewAccount{Account: person, Note: audit.Entry{At: c.Now}}); err != nil {
			return fmt.Errorf("entering a new manager: %w", err)
		}
	}
	if c.Stop == "" {
		return nil
	}
	return r.disable(c.Organisation, c.Stop, c.Now)
}

// disable closes an account for good, and its sessions and living secrets with it (ATK-010, ATK-038). It gives
// fault.Stale for no account.
func (r runner) disable(organisation, id string, now time.Time) error {
	err := r.guarded(`update account set state = $3, version = version + 1 where organisation = $1 and id = $2`,
		organisation, id, string(account.Disabled))
	if err != nil {
		return fmt.Errorf("closing an account: %w", err)
	}
	if err := r.endIssues(organisation, id, now); err != nil {
		return err
	}
	return r.endSessions(organisation, id, session.Stopped, now)
}
