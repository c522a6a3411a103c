package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"loquet/audit"
	"loquet/courier"
)

var (
	_ courier.Outbox = (*DB)(nil)
	_ courier.Batch  = (*DB)(nil)
)

const outboxColumns = `id, organisation, account, kind, recipient, payload, created, due, expires, attempts`

func (r runner) queue(i courier.Item) error {
	_, err := r.exec(`
		insert into outbox (`+outboxColumns+`, state, ready, said, finished)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0)`,
		i.ID, i.Organisation, i.Account, string(i.Kind), i.Recipient, string(i.Payload), micros(i.Created), micros(i.Due),
		micros(i.Expires), i.Attempts, string(courier.Waiting), micros(i.Due))
	if err != nil {
		return fmt.Errorf("queueing: %w", err)
	}
	*r.queued = true
	return nil
}

// Wake is ready when this process has put something into the outbox.
func (db *DB) Wake() <-chan struct{} { return db.wake }

func (db *DB) stir() {
	select {
	case db.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Lease gives at most max items that are due at now, or whose lease ran out at now, oldest first, and leases them until
// the given time. Two workers never get the same item.
func (db *DB) Lease(ctx context.Context, now, until time.Time, max int) ([]courier.Item, error) {
	var items []courier.Item
	err := db.write(ctx, func(r runner) error {
		items = items[:0]
		return r.each(`
			update outbox set state = $1, ready = $2
			where id in (
				select id from outbox where finished = 0 and ready <= $3 order by ready, id limit $4`+db.dialect.skipLocked+`)
			returning `+outboxColumns,
			[]any{string(courier.Leased), micros(until), micros(now), max}, func(scan func(...any) error) error {
				i, err := scanItem(scan)
				items = append(items, i)
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("leasing from the outbox: %w", err)
	}
	slices.SortFunc(items, func(a, b courier.Item) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return items, nil
}

// Release puts back what a program that was killed had leased, so that a restart need not wait for the end of its leases.
// Only the one program of a SQLite file can know that nobody is at work; on PostgreSQL, where other nodes may be, nothing
// happens.
func (db *DB) Release(ctx context.Context) error {
	if db.dialect.name == postgres {
		return nil
	}
	return db.write(ctx, func(r runner) error {
		_, err := r.exec(`update outbox set state = $1, ready = due where state = $2 and finished = 0`,
			string(courier.Waiting), string(courier.Leased))
		if err != nil {
			return fmt.Errorf("releasing leases: %w", err)
		}
		return nil
	})
}

func scanItem(scan func(...any) error) (courier.Item, error) {
	var i courier.Item
	var created, due, expires int64
	err := scan(&i.ID, &i.Organisation, &i.Account, &i.Kind, &i.Recipient, &i.Payload,
		&created, &due, &expires, &i.Attempts)
	i.Created, i.Due, i.Expires = moment(created), moment(due), moment(expires)
	return i, err
}

// answered takes a request away that a worker has leased. It gives fault.Stale when it is answered already.
func (r runner) answered(organisation, id string) error {
	return r.guarded(`delete from outbox where organisation = $1 and id = $2 and state = $3`,
		organisation, id, string(courier.Leased))
}

// ending is how an item ends: its state, what became of it, the event, and what was said last.
type ending struct {
	state   courier.State
	outcome courier.Outcome
	act     audit.Act
	said    string
}

// finish closes an item and says whether it was open. What it was about is not kept.
func (r runner) finish(i courier.Item, e ending, now time.Time) (bool, error) {
	rows, err := r.exec(`
		update outbox set state = $3, finished = $4, said = $5, outcome = $6, payload = ''
		where organisation = $1 and id = $2 and finished = 0`,
		i.Organisation, i.ID, string(e.state), stamp(now), plain(e.said), string(e.outcome))
	if err != nil {
		return false, fmt.Errorf("closing an item of the outbox: %w", err)
	}
	return rows == 1, nil
}

// close closes items and writes what became of them into the journal: the letter's kind and person, no address.
func (db *DB) close(ctx context.Context, items []courier.Item, e ending, now time.Time) error {
	// In one order everywhere, so that two workers cannot wait for each other's rows.
	items = slices.SortedFunc(slices.Values(items), func(a, b courier.Item) int { return cmp.Compare(a.ID, b.ID) })
	return db.write(ctx, func(r runner) error {
		var notes []audit.Entry
		for _, i := range items {
			open, err := r.finish(i, e, now)
			if err != nil {
				return err
			}
			if open {
				notes = append(notes, audit.Entry{
					Organisation: i.Organisation, At: now, Act: e.act, Actor: audit.System, Target: i.Account,
					Detail: string(i.Kind),
				})
			}
		}
		return r.note(notes...)
	})
}

// Sent says that the mail server has taken the letter: state and journal. An item that is over is no error.
func (db *DB) Sent(ctx context.Context, i courier.Item, now time.Time) error {
	return db.SentAll(ctx, []courier.Item{i}, now)
}

// SentAll is Sent for many letters, in one transaction.
func (db *DB) SentAll(ctx context.Context, items []courier.Item, now time.Time) error {
	return db.close(ctx, items, ending{courier.Sent, courier.Accepted, audit.LetterSent, ""}, now)
}

// Done says that the item is over without a letter; the journal stays silent. An item that is over is no error.
func (db *DB) Done(ctx context.Context, i courier.Item, now time.Time) error {
	return db.close(ctx, []courier.Item{i}, ending{courier.Sent, courier.Dropped, "", ""}, now)
}

// Failed says that the letter was given up: state and journal. An item that is over is no error.
func (db *DB) Failed(ctx context.Context, i courier.Item, now time.Time, said string) error {
	return db.close(ctx, []courier.Item{i}, ending{courier.Failed, courier.Refused, audit.LetterFailed, said}, now)
}

// Again puts a leased item back until due and counts one attempt. An item that is over is no error.
func (db *DB) Again(ctx context.Context, i courier.Item, due time.Time, said string) error {
	return db.write(ctx, func(r runner) error {
		_, err := r.exec(`
			update outbox set state = $3, due = $4, ready = $4, attempts = attempts + 1, said = $5
			where organisation = $1 and id = $2 and finished = 0 and state = $6`,
			i.Organisation, i.ID, string(courier.Waiting), micros(due), plain(said), string(courier.Leased))
		if err != nil {
			return fmt.Errorf("putting an item back into the outbox: %w", err)
		}
		return nil
	})
}
