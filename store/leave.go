package store

import (
	"context"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/session"
)

// leaversTogether is how many accounts close in one transaction.
const leaversTogether = 100

// leaver is an account whose last day is over.
type leaver struct{ organisation, id string }

// StopLeavers closes the accounts that leave by now: each becomes Disabled, its sessions and living secrets end, and
// the journal has it once, whichever node did it. It gives how many this call has closed. What it closes was refused
// before, from the very moment on (account.Account.Open, session.Session.Alive).
func (db *DB) StopLeavers(ctx context.Context, now time.Time) (int, error) {
	for total := 0; ; {
		due, err := db.leavers(ctx, now)
		if err != nil || len(due) == 0 {
			return total, err
		}
		stopped := 0
		err = db.write(ctx, func(r runner) error {
			stopped = 0
			var notes []audit.Entry
			for _, l := range due {
				closed, err := r.stop(l, now)
				if err != nil {
					return err
				}
				if closed {
					stopped++
					notes = append(notes, audit.Entry{
						Organisation: l.organisation, At: now, Act: audit.AccountStopped, Actor: audit.System, Target: l.id,
						Detail: "leaves",
					})
				}
			}
			return r.note(notes...)
		})
		if err != nil {
			return total, fmt.Errorf("closing the accounts of leavers: %w", err)
		}
		total += stopped
	}
}

// leavers gives some of those who are to go, in one order everywhere, so that two nodes cannot wait for each other's
// rows.
func (db *DB) leavers(ctx context.Context, now time.Time) (due []leaver, err error) {
	err = db.read(ctx).each(`
		select organisation, id from account where leaves > 0 and state <> 'disabled' and leaves <= $1
		order by organisation, id limit $2`, []any{micros(now), leaversTogether},
		func(scan func(...any) error) error {
			var l leaver
			err := scan(&l.organisation, &l.id)
			due = append(due, l)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("finding leavers: %w", err)
	}
	return due, nil
}

// stop closes one account, unless somebody else has, or has given it another day.
func (r runner) stop(l leaver, now time.Time) (bool, error) {
	rows, err := r.exec(`
		update account set state = $3, version = version + 1
		where organisation = $1 and id = $2 and leaves > 0 and leaves <= $4 and state <> $3`,
		l.organisation, l.id, string(account.Disabled), micros(now))
	if err != nil || rows == 0 {
		return false, err
	}
	if err := r.endIssues(l.organisation, l.id, now); err != nil {
		return false, err
	}
	return true, r.endSessions(l.organisation, l.id, session.Stopped, now)
}
