package store

import (
	"context"
	"fmt"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/limit"
	"loquet/recovery"
	"loquet/session"
)

var _ recovery.Store = (*DB)(nil)

// Queue counts all of counts and writes the outbox row of a request or a letter, in one transaction. It gives limit.Over,
// and has done nothing, when one is over its rate.
func (db *DB) Queue(ctx context.Context, item courier.Item, counts ...limit.Count) error {
	err := db.write(ctx, func(r runner) error {
		if err := r.countAll(counts, item.Created); err != nil {
			return err
		}
		return r.queue(item)
	})
	if err != nil {
		return err
	}
	db.stir()
	return nil
}

// ApplyRecovery does all of a Change in one transaction. It gives fault.Stale when the request is answered already,
// when the secret or the renewal to burn does not live, or when the account is closed; nothing has changed then.
func (db *DB) ApplyRecovery(ctx context.Context, c recovery.Change) error {
	err := db.write(ctx, func(r runner) error {
		for _, step := range []func(runner, recovery.Change) error{burnFor, grantFor, queueFor} {
			if err := step(r, c); err != nil {
				return err
			}
		}
		return r.note(c.Notes...)
	})
	if err == nil && len(c.Letters) > 0 {
		db.stir()
	}
	return err
}

// burnFor does what may find that someone was faster. The rows are taken in this order everywhere.
func burnFor(r runner, c recovery.Change) error {
	if c.Request != "" {
		if err := r.answered(c.Organisation, c.Request); err != nil {
			return err
		}
	}
	if c.Open != nil || c.EndIssues || c.Hash != "" {
		if err := r.hold(c.Organisation, c.Account); err != nil {
			return err
		}
	}
	if c.Burn != "" {
		if err := r.burn(c.Organisation, c.Account, c.Burn, opened(c.Open), c.Now); err != nil {
			return err
		}
	}
	if c.BurnRenewal != "" {
		if err := r.burnRenewal(c.Organisation, c.Account, c.BurnRenewal, c.Now); err != nil {
			return err
		}
	}
	if c.Hash != "" {
		if err := r.renew(c.Organisation, c.Account, c.Hash, c.Now); err != nil {
			return err
		}
	}
	if c.Proves != "" {
		return r.prove(c.Organisation, c.Account, c.Proves)
	}
	return nil
}

// prove marks an address of an account as its owner's. One that was taken away meanwhile stays away.
func (r runner) prove(organisation, id, address string) error {
	_, key, _ := account.FoldEmail(address)
	_, err := r.exec(`
		update email set proven = true, unreachable = false where organisation = $1 and account = $2 and key = $3`,
		organisation, id, key)
	if err != nil {
		return fmt.Errorf("proving an address: %w", err)
	}
	return nil
}

// grantFor ends and opens what the change says; the old ends before the new begins.
func grantFor(r runner, c recovery.Change) error {
	if c.EndIssues {
		if err := r.endIssues(c.Organisation, c.Account, c.Now); err != nil {
			return err
		}
	}
	if c.Issue != nil {
		if err := r.keepIssue(*c.Issue); err != nil {
			return err
		}
	}
	if c.EndSessions {
		if err := r.endSessions(c.Organisation, c.Account, session.Renewed, c.Now); err != nil {
			return err
		}
	}
	return r.exchange(c.Organisation, c.Open, c.Replace, c.Now)
}

func queueFor(r runner, c recovery.Change) error {
	if err := r.clear(c.Clear); err != nil {
		return err
	}
	for _, letter := range c.Letters {
		if err := r.queue(letter); err != nil {
			return err
		}
	}
	return nil
}

// renew stores a new password. It gives fault.Stale when the account is closed.
func (r runner) renew(organisation, id, hash string, now time.Time) error {
	err := r.guarded(`
		update account set password = $3, state = $4, must_renew = false, renewed = $5, version = version + 1
		where organisation = $1 and id = $2 and state in ($4, $6) and (leaves = 0 or leaves > $5)`,
		organisation, id, hash, string(account.Active), micros(now), string(account.Invited))
	if err != nil {
		return fmt.Errorf("storing a password: %w", err)
	}
	return nil
}
