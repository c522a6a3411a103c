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
	return db.write(ctx, func(r runner) error {
		if err := r.countAll(counts, item.Created); err != nil {
			return err
		}
		return r.queue(item)
	})
}

// ApplyRecovery does all of a Change in one transaction. It gives fault.Stale when the request is answered already,
// when the secret or the renewal to burn does not live, when the proof to use was used, or when the account is closed
// or, for a Factor, in another version; nothing has changed then.
func (db *DB) ApplyRecovery(ctx context.Context, c recovery.Change) error {
	return db.write(ctx, func(r runner) error {
		for _, step := range []func(runner, recovery.Change) error{burnFor, grantFor, queueFor} {
			if err := step(r, c); err != nil {
				return err
			}
		}
		return r.note(c.Notes...)
	})
}

// burnFor does what may find that someone was faster. The rows are taken in this order everywhere.
func burnFor(r runner, c recovery.Change) error {
	if c.Request != "" {
		if err := r.answered(c.Organisation, c.Request); err != nil {
			return err
		}
	}
	if c.Open != nil || c.EndIssues || c.Hash != "" || c.BurnRenewal != "" || c.Use != nil || c.Factor != nil {
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
		err := r.burnStage(c.Organisation, c.Account, c.BurnRenewal, session.Renewal, session.Renewed, c.Now)
		if err != nil {
			return err
		}
	}
	if err := r.renewFor(c); err != nil {
		return err
	}
	if c.Proves != "" {
		return r.prove(c.Organisation, c.Account, c.Proves)
	}
	return nil
}

// renewFor keeps what the person proves themselves with from now on: a password, or a passkey instead of it.
func (r runner) renewFor(c recovery.Change) error {
	if c.Use != nil {
		if err := r.use(c.Organisation, c.Account, *c.Use, c.Now); err != nil {
			return err
		}
	}
	if c.Factor != nil {
		if err := r.changeFactors(c.Organisation, c.Account, *c.Factor, c.Now); err != nil {
			return err
		}
		if err := r.settle(c.Organisation, c.Account, c.Now); err != nil {
			return err
		}
	}
	if c.Hash != "" {
		return r.renew(c.Organisation, c.Account, c.Hash, c.Now)
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

func queueFor(r runner, c recovery.Change) error { return r.send(c.Clear, c.Letters) }

// send forgets counts and queues letters, which comes last of all but the journal.
func (r runner) send(clear []string, letters []courier.Item) error {
	if err := r.clear(clear); err != nil {
		return err
	}
	for _, letter := range letters {
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
