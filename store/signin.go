package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/session"
	"loquet/signin"
)

// The database keeps what each flow asks for.
var _ signin.Store = (*DB)(nil)

// who gives every account that each reading of a lookup stands for, two at most of each.
const who = `
	select 1 as reading, account from identifier where organisation = $1 and key = $2 and position >= 0
	union all
	select 2, account from (
		select account from email where organisation = $1 and key = $3 and proven = true limit 2) as by_email
	union all
	select 3, id from (
		select id from account where organisation = $1 and mobile = $4 and mobile <> '' limit 2) as by_mobile`

// Candidate reads whoever the lookup stands for: the account of the identifier; without it the one account of the
// address, proven; without it the one account of the mobile. It runs the same statements for nobody (ADR-0004).
func (db *DB) Candidate(
	ctx context.Context, organisation string, lookup account.Lookup, digest string,
) (signin.Candidate, error) {
	r := db.read(ctx)
	id, err := r.only(organisation, lookup)
	if err != nil {
		return signin.Candidate{}, fmt.Errorf("looking up: %w", err)
	}
	var c signin.Candidate
	c.Account, c.Hash, err = r.person(organisation, id)
	if err != nil && !errors.Is(err, fault.Missing) {
		return signin.Candidate{}, err
	}
	c.Issue, err = r.issue(`digest = $2 and account = $3`, organisation, orNobody(digest), id)
	if err != nil && !errors.Is(err, fault.Missing) {
		return signin.Candidate{}, fmt.Errorf("looking up a secret: %w", err)
	}
	return c, nil
}

// only gives the one account of the first reading that fits any, or nobody.
func (r runner) only(organisation string, lookup account.Lookup) (string, error) {
	var readings [4][]string
	args := []any{organisation, orNobody(lookup.Identifier), orNobody(lookup.Email), orNobody(lookup.Mobile)}
	err := r.each(who, args, func(scan func(...any) error) error {
		var reading int
		var id string
		err := scan(&reading, &id)
		readings[reading%len(readings)] = append(readings[reading%len(readings)], id)
		return err
	})
	if err != nil {
		return "", err
	}
	for _, found := range readings {
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 { // an address of a household says which letter box, not which person
			break
		}
	}
	return nobody, nil
}

// ApplySignIn does all of a Change in one transaction. It gives fault.Stale when the issue to burn does not live, when
// the account was closed, renewed or changed since the attempt began, when the proof to use was used, and when the session that
// waited for it does not wait any more; nothing has changed then.
func (db *DB) ApplySignIn(ctx context.Context, c signin.Change) error {
	return db.write(ctx, func(r runner) error {
		if err := r.enterFor(c); err != nil {
			return err
		}
		if c.Burn != "" {
			if err := r.burn(c.Organisation, c.Account, c.Burn, opened(c.Open), c.Now); err != nil {
				return err
			}
		}
		if c.Pending != "" {
			if err := r.follow(c.Organisation, c.Account, c.Pending, c.Open, c.Now); err != nil {
				return err
			}
		}
		if c.Use != nil {
			if err := r.use(c.Organisation, c.Account, *c.Use, c.Now); err != nil {
				return err
			}
		}
		if c.Cancel {
			if err := r.endIssues(c.Organisation, c.Account, c.Now); err != nil {
				return err
			}
		}
		if err := r.exchange(c.Organisation, c.Open, c.Replace, c.Now); err != nil {
			return err
		}
		if err := r.send(c.Clear, c.Letters); err != nil {
			return err
		}
		return r.note(append([]audit.Entry{c.Note}, c.Notes...)...)
	})
}

// enterFor takes the account's row, which comes before all others, where the change is about somebody.
func (r runner) enterFor(c signin.Change) error {
	switch {
	case c.Open != nil:
		if err := r.enter(c.Organisation, c.Account, c.Version, c.Open.Stage, c.Now); err != nil {
			return err
		}
	case c.Pending != "" || c.Use != nil:
		if err := r.hold(c.Organisation, c.Account); err != nil {
			return err
		}
	}
	if !c.Asked {
		return nil
	}
	_, err := r.exec(`update account set asked = $3 where organisation = $1 and id = $2 and asked = 0`,
		c.Organisation, c.Account, stamp(c.Now))
	if err != nil {
		return fmt.Errorf("noting when a second proof was first asked: %w", err)
	}
	return nil
}

// enter holds the account, in a version unless that is 0, and notes the time when the session is a sign-in.
func (r runner) enter(organisation, id string, version int64, stage session.Stage, now time.Time) error {
	if stage != session.Full {
		return r.guarded(`
			update account set version = version where organisation = $1 and id = $2 and ($3 = 0 or version = $3)`,
			organisation, id, version)
	}
	return r.guarded(`
		update account set signed_in = $3 where organisation = $1 and id = $2 and ($4 = 0 or version = $4)`,
		organisation, id, stamp(now), version)
}

func opened(s *session.Session) string {
	if s == nil {
		return ""
	}
	return s.ID
}

// StoreHash replaces a password hash by a newer one of the same password; nothing happens when it has changed.
func (db *DB) StoreHash(ctx context.Context, organisation, account, old, hash string) error {
	return db.write(ctx, func(r runner) error {
		_, err := r.exec(`update account set password = $4 where organisation = $1 and id = $2 and password = $3`,
			organisation, account, old, hash)
		return err
	})
}
