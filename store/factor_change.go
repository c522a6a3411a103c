package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/credential"
	"loquet/fault"
	"loquet/session"
)

// changeFactors does all of a change of what an account is proved with. It gives fault.Stale when the account is in
// another version or closed, when the passkey to remove or to rename is gone, and when the passkey to add is somebody's
// already: its ID is never used twice within an organisation. It takes the account's row first.
func (r runner) changeFactors(organisation, id string, c credential.FactorChange, now time.Time) error {
	err := r.guarded(`
		update account set version = version + 1
		where organisation = $1 and id = $2 and version = $3 and state in ($4, $5) and (leaves = 0 or leaves > $6)`,
		organisation, id, c.Version, string(account.Active), string(account.Invited), micros(now))
	if err != nil {
		return err
	}
	if c.Reset {
		if err := r.resetFactors(organisation, id); err != nil {
			return err
		}
	}
	for _, step := range []func(runner, string, string, credential.FactorChange, time.Time) error{
		passkeysFor, appFor, sheetFor, rulesFor,
	} {
		if err := step(r, organisation, id, c, now); err != nil {
			return err
		}
	}
	return nil
}

func passkeysFor(r runner, organisation, account string, c credential.FactorChange, _ time.Time) error {
	if c.Remove != "" {
		err := r.guarded(`delete from passkey where organisation = $1 and account = $2 and id = $3`,
			organisation, account, c.Remove)
		if err != nil {
			return fmt.Errorf("removing a passkey: %w", err)
		}
	}
	if c.Rename != "" {
		err := r.guarded(`update passkey set name = $4 where organisation = $1 and account = $2 and id = $3`,
			organisation, account, c.Rename, plain(c.Name))
		if err != nil {
			return fmt.Errorf("renaming a passkey: %w", err)
		}
	}
	if c.Add == nil {
		return nil
	}
	k := *c.Add
	transports, err := asJSON(k.Transports)
	if err != nil {
		return err
	}
	err = r.guarded(`
		insert into passkey (`+passkeyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict do nothing`,
		k.ID, organisation, account, k.Host, base64.StdEncoding.EncodeToString(k.Key), int64(k.Count), plain(k.Model),
		plain(k.Name), plain(transports), k.Verifies, k.Synced, k.BackedUp, micros(k.Created), micros(k.Used))
	if err != nil {
		return fmt.Errorf("keeping a passkey: %w", err)
	}
	return nil
}

func appFor(r runner, organisation, account string, c credential.FactorChange, _ time.Time) error {
	if c.RemoveApp {
		if err := r.without("app", organisation, account); err != nil {
			return err
		}
	}
	if c.App == nil {
		return nil
	}
	_, err := r.exec(`
		insert into app (organisation, account, seed, step, created, used) values ($1, $2, $3, $4, $5, $6)
		on conflict (organisation, account) do update
		set seed = excluded.seed, step = excluded.step, created = excluded.created, used = excluded.used`,
		organisation, account, c.App.Seed, c.App.Step, micros(c.App.Created), micros(c.App.Used))
	if err != nil {
		return fmt.Errorf("keeping app codes: %w", err)
	}
	return nil
}

func sheetFor(r runner, organisation, account string, c credential.FactorChange, now time.Time) error {
	if c.RemoveCodes || c.Batch != "" {
		if err := r.without("printed", organisation, account); err != nil {
			return err
		}
		if err := r.without("sheet", organisation, account); err != nil {
			return err
		}
	}
	if c.Batch != "" {
		_, err := r.exec(`insert into sheet (organisation, account, id, made, kept) values ($1, $2, $3, $4, false)`,
			organisation, account, c.Batch, stamp(now))
		if err != nil {
			return fmt.Errorf("keeping a sheet of codes: %w", err)
		}
		for i, code := range c.Codes {
			_, err := r.exec(`
				insert into printed (organisation, digest, account, position, used) values ($1, $2, $3, $4, $5)`,
				organisation, code.Digest, account, i, micros(code.Used))
			if err != nil {
				return fmt.Errorf("keeping a printed code: %w", err)
			}
		}
	}
	if !c.Kept {
		return nil
	}
	_, err := r.exec(`update sheet set kept = true where organisation = $1 and account = $2`, organisation, account)
	if err != nil {
		return fmt.Errorf("noting that codes are on paper: %w", err)
	}
	return nil
}

func rulesFor(r runner, organisation, id string, c credential.FactorChange, now time.Time) error {
	if c.Second != nil {
		err := r.guarded(`update account set second = $3 where organisation = $1 and id = $2`, organisation, id, *c.Second)
		if err != nil {
			return fmt.Errorf("keeping whether a second proof is asked: %w", err)
		}
	}
	if !c.RemovePassword {
		return nil
	}
	err := r.guarded(`update account set password = '' where organisation = $1 and id = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("removing a password: %w", err)
	}
	if err := r.settle(organisation, id, now); err != nil {
		return err
	}
	return r.endIssues(organisation, id, now)
}

// settle says that the person has chosen anew what to sign in with, as a new password does: nothing more is asked of
// them, and what was proved before holds no more (ATK-038).
func (r runner) settle(organisation, id string, now time.Time) error {
	err := r.guarded(`
		update account set must_renew = false, renewed = $3, state = $4 where organisation = $1 and id = $2`,
		organisation, id, micros(now), string(account.Active))
	if err != nil {
		return fmt.Errorf("settling an account: %w", err)
	}
	return nil
}

// resetFactors takes away every proof beside the password. When the person was first asked for a second one stays:
// losing it must not begin the grace anew.
func (r runner) resetFactors(organisation, id string) error {
	for _, table := range []string{"passkey", "app", "printed", "sheet"} {
		if err := r.without(table, organisation, id); err != nil {
			return err
		}
	}
	_, err := r.exec(`update account set second = false where organisation = $1 and id = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("no longer asking for a second proof: %w", err)
	}
	return nil
}

// without takes away what a table has of an account.
func (r runner) without(table, organisation, account string) error {
	_, err := r.exec(`delete from `+table+` where organisation = $1 and account = $2`, organisation, account)
	if err != nil {
		return fmt.Errorf("taking what is in %s away: %w", table, err)
	}
	return nil
}

// ResetFactors takes away every proof beside the password of somebody who has lost them, in the version of the account
// that a manager has seen. Every session of the account ends with them; letters and note are written with it. It gives
// fault.Missing for no account, fault.Stale for another version; nothing has changed then.
func (db *DB) ResetFactors(ctx context.Context, c admin.Reset) error {
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			update account set version = version + 1, asked = case when $4 then 1 else asked end
			where organisation = $1 and id = $2 and version = $3`, c.Organisation, c.Account, c.Version, c.GraceOver)
		if errors.Is(err, fault.Stale) {
			if err := r.known(c.Organisation, c.Account); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if err := r.resetFactors(c.Organisation, c.Account); err != nil {
			return err
		}
		if err := r.endSessions(c.Organisation, c.Account, session.Stopped, c.Note.At); err != nil {
			return err
		}
		if err := r.send(nil, c.Letters); err != nil {
			return err
		}
		return r.note(c.Note)
	})
}
