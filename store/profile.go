package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"loquet/admin"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/oidc"
	"loquet/profile"
	"loquet/session"
)

var _ profile.Store = (*DB)(nil)

// ApplyProfile does all of a Change in one transaction. It gives fault.Stale, and has done nothing, when the session to
// replace has ended or opens less than a second proof may be set up in, when the account is closed or, for an Ask or a
// Factor, in another version, when the proof to use was used, and when the change of an address is not where its Step
// begins; limit.Over when a count is over its rate.
func (db *DB) ApplyProfile(ctx context.Context, c profile.Change) error {
	return db.write(ctx, func(r runner) error {
		for _, step := range []func(runner, profile.Change) error{claimFor, proveFor, endFor, addressFor, tellFor} {
			if err := step(r, c); err != nil {
				return err
			}
		}
		return r.note(c.Notes...)
	})
}

// claimFor does what may find that somebody was faster, or asks too often. The rows are taken in this order everywhere.
func claimFor(r runner, c profile.Change) error {
	if len(c.Counts) > 0 {
		if err := r.countAll(c.Counts, c.Now); err != nil {
			return err
		}
	}
	if c.Ask != nil {
		return r.guarded(`update account set version = version + 1 where organisation = $1 and id = $2 and version = $3`,
			c.Organisation, c.Account, c.Version)
	}
	if c.Replace != "" || c.Hash != "" || c.EndIssues || c.EndOthers != "" || c.Step != nil || c.Language != nil ||
		c.Use != nil || c.Factor != nil {
		return r.hold(c.Organisation, c.Account)
	}
	return nil
}

// proveFor ends the session that a proof was given in, which is the right to all that follows, uses the proof, and keeps
// what the account is proved with from now on.
func proveFor(r runner, c profile.Change) error {
	if c.Replace != "" {
		if err := r.replace(c.Organisation, c.Account, c.Replace, c.Now); err != nil {
			return err
		}
	}
	if c.Use != nil {
		if err := r.use(c.Organisation, c.Account, *c.Use, c.Now); err != nil {
			return err
		}
	}
	if c.Factor != nil {
		if err := r.changeFactors(c.Organisation, c.Account, *c.Factor, c.Now); err != nil {
			return err
		}
	}
	if c.Hash != "" {
		return r.renew(c.Organisation, c.Account, c.Hash, c.Now)
	}
	return nil
}

// replace ends a session that a new one takes the place of. One that waits for a second proof, or renews a password,
// has no right to what is done here (ATK-034). Whoever had to set a second proof up first has signed in with this.
func (r runner) replace(organisation, account, id string, now time.Time) error {
	var stage session.Stage
	err := r.one([]any{&stage}, `
		update session set ended = $4, ended_because = $5
		where organisation = $1 and account = $2 and id = $3 and stage in ($6, $7) and ended = 0
			and until > $8 and seen + idle > $8
		returning stage`,
		organisation, account, id, stamp(now), string(session.Replaced), string(session.Full), string(session.SetUp),
		micros(now))
	if errors.Is(err, fault.Missing) {
		return fault.Stale
	}
	if err == nil && stage == session.SetUp {
		err = r.enter(organisation, account, 0, session.Full, now)
	}
	return err
}

// endFor ends and opens what the change says; the old ends before the new begins.
func endFor(r runner, c profile.Change) error {
	if c.EndIssues {
		if err := r.endIssues(c.Organisation, c.Account, c.Now); err != nil {
			return err
		}
	}
	if c.EndSessions {
		if err := r.endSessions(c.Organisation, c.Account, session.Renewed, c.Now); err != nil {
			return err
		}
	}
	if c.EndOthers != "" {
		_, err := r.exec(`
			update session set ended = $4, ended_because = $5
			where organisation = $1 and account = $2 and id <> $3 and ended = 0`,
			c.Organisation, c.Account, c.EndOthers, stamp(c.Now), string(session.Stopped))
		if err != nil {
			return fmt.Errorf("ending other sessions: %w", err)
		}
	}
	if c.Open != nil {
		if err := r.open(*c.Open, c.Now); err != nil {
			return err
		}
	}
	return r.grantsFor(c)
}

// grantsFor ends what applications hold of the sessions that have ended, but for what goes over to the one that took the
// place of this browser's.
func (r runner) grantsFor(c profile.Change) error {
	if c.Replace != "" {
		if c.Open != nil {
			if err := r.handGrants(c.Organisation, c.Replace, *c.Open); err != nil {
				return err
			}
		}
		if err := r.followSession(c.Organisation, c.Replace, c.Now); err != nil {
			return err
		}
	}
	if c.EndOthers == "" {
		return nil
	}
	_, err := r.endGrants(c.Organisation, oidc.SignedOut, c.Now, `account = $4 and `+deserted, c.Account)
	return err
}

func tellFor(r runner, c profile.Change) error {
	if c.Language != nil {
		err := r.guarded(`update account set language = $3, version = version + 1 where organisation = $1 and id = $2`,
			c.Organisation, c.Account, *c.Language)
		if err != nil {
			return fmt.Errorf("keeping a language: %w", err)
		}
	}
	return r.send(c.Clear, c.Letters)
}

// OwnEntries gives entries of the journal that an account did or that are about it, newest first: those with a number
// below before, or all when it is 0.
func (db *DB) OwnEntries(
	ctx context.Context, organisation, account string, before int64, max int,
) ([]audit.Entry, error) {
	return db.JournalPage(ctx, organisation, admin.JournalFilter{Person: account, Before: before, Max: max})
}

// mostLetters is how many letters of one account are listed: they are kept for 30 days.
const mostLetters = 1000

// LettersOf gives the letters to an account that are still kept, newest first, without what was in them.
func (db *DB) LettersOf(ctx context.Context, organisation, account string) ([]profile.Letter, error) {
	var all []profile.Letter
	err := db.read(ctx).each(`
		select kind, recipient, created, state, finished from outbox
		where organisation = $1 and account = $2 order by created desc, id limit $3`,
		[]any{organisation, account, mostLetters}, func(scan func(...any) error) error {
			var l profile.Letter
			var created, finished int64
			err := scan(&l.Kind, &l.To, &created, &l.State, &finished)
			l.Promised, l.Finished = moment(created), moment(finished)
			if !slices.Contains(slices.Concat(courier.Requests, courier.Notices), l.Kind) {
				all = append(all, l)
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading letters: %w", err)
	}
	return all, nil
}

// pendingTogether is how many accounts are asked about in one statement.
const pendingTogether = 10

// AddressesPending says which of the accounts have a change of address that is asked or confirmed and not over at now.
func (db *DB) AddressesPending(
	ctx context.Context, organisation string, accounts []string, now time.Time,
) (map[string]bool, error) {
	pending := map[string]bool{}
	for some := range slices.Chunk(accounts, pendingTogether) {
		args := []any{organisation, string(profile.Asked), string(profile.Confirmed), micros(now)}
		for i := range pendingTogether {
			args = append(args, some[min(i, len(some)-1)]) // one text for any number: the last one again
		}
		err := db.read(ctx).each(`
			select account from address_change
			where organisation = $1 and (state = $2 and until > $4 or state = $3)
				and account in ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, args,
			func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				pending[id] = true
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("reading whose address changes: %w", err)
		}
	}
	return pending, nil
}
