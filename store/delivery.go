package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
)

var (
	_ courier.Ledger  = (*DB)(nil)
	_ courier.Refuser = (*DB)(nil)
)

const deliveryColumns = `id, account, kind, recipient, created, attempts, state, finished, said, outcome, status, reported,
	reporter`

// deliveryRow is a letter as its row has it.
type deliveryRow struct {
	courier.Delivery
	state                       courier.State
	created, finished, reported int64
}

func (d *deliveryRow) columns() []any {
	return []any{
		&d.Item, &d.Account, &d.Kind, &d.Recipient, &d.created, &d.Attempts, &d.state, &d.finished, &d.Said, &d.Outcome,
		&d.Status, &d.reported, &d.By,
	}
}

func (d *deliveryRow) read() courier.Delivery {
	all := d.Delivery
	all.Promised, all.At = moment(d.created), moment(max(d.reported, d.finished))
	all.Outcome = courier.OutcomeOf(d.Outcome, d.state, d.Attempts)
	if d.state == courier.Sent && all.Outcome != courier.Dropped {
		all.Accepted = moment(d.finished)
	}
	return all
}

// Deliveries gives what became of at most max letters, newest first: those of one account, or with an empty account
// those of the whole organisation. What a form recorded as it was typed is no letter, nor is what a program is told.
func (db *DB) Deliveries(ctx context.Context, organisation, account string, max int) ([]courier.Delivery, error) {
	args, which := []any{organisation, max}, ``
	if account != "" {
		args, which = append(args, account), ` and account = $3`
	}
	for _, kind := range slices.Concat(courier.Requests, courier.Notices) {
		args = append(args, string(kind))
		which += fmt.Sprintf(" and kind <> $%d", len(args))
	}
	return db.deliveries(ctx, which, args...)
}

// LostDeliveries gives letters of an organisation that did not arrive, newest first: given up, or come back.
func (db *DB) LostDeliveries(ctx context.Context, organisation string, max int) ([]courier.Delivery, error) {
	return db.deliveries(ctx, ` and `+lost, organisation, max)
}

// lost finds letters that did not arrive, as their index says it.
const lost = `(state = 'failed' or outcome = 'bounced')`

func (db *DB) deliveries(ctx context.Context, which string, args ...any) ([]courier.Delivery, error) {
	var all []courier.Delivery
	err := db.read(ctx).each(`
		select `+deliveryColumns+` from outbox
		where organisation = $1`+which+` order by created desc, id desc limit $2`, args,
		func(scan func(...any) error) error {
			var d deliveryRow
			err := scan(d.columns()...)
			all = append(all, d.read())
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading what became of letters: %w", err)
	}
	return all, nil
}

// Addressee gives whom a letter of any organisation went to; fault.Missing when there is no such letter any more. Its ID
// is under the MAC of the address that its return goes to.
func (db *DB) Addressee(ctx context.Context, item string) (recipient string, err error) {
	err = db.read(ctx).one([]any{&recipient}, `select recipient from outbox where id = $1`, item)
	if err != nil && !errors.Is(err, fault.Missing) {
		return "", fmt.Errorf("finding whom a letter went to: %w", err)
	}
	return recipient, err
}

// Returned keeps what a server has reported about a letter that was handed over, flags the address when the report says
// that it does not work, and notes what came back, all in one transaction. A letter that came back stays so, whatever is
// reported later. fault.Missing says that there is no such letter, or none to that recipient; courier.ErrKnown that
// nothing new is said; fault.Stale that the letter is still being handed over.
func (db *DB) Returned(ctx context.Context, back courier.Return) error {
	return db.write(ctx, func(r runner) error {
		i, state, was, err := r.handedOver(back.Item)
		switch {
		case err != nil:
			return err
		case !sameMailbox(i.Recipient, back.Recipient):
			return fault.Missing
		case state == courier.Waiting || state == courier.Leased:
			return fault.Stale
		case state != courier.Sent || !back.Outcome.Follows(was):
			return courier.ErrKnown
		}
		if err := r.reported(i, back); err != nil {
			return err
		}
		if back.Outcome != courier.Bounced {
			return nil
		}
		return r.came(i, back, audit.LetterBounced)
	})
}

// Refused is Failed for a letter that a server has refused with a code: the code is kept, and the address is flagged when
// back says that it does not work. An item that is over is no error.
func (db *DB) Refused(ctx context.Context, i courier.Item, now time.Time, back courier.Return) error {
	return db.write(ctx, func(r runner) error {
		open, err := r.finish(i, ending{courier.Failed, courier.Refused, audit.LetterFailed, back.Said}, now)
		if err != nil || !open {
			return err
		}
		_, err = r.exec(`update outbox set status = $3 where organisation = $1 and id = $2`,
			i.Organisation, i.ID, plain(back.Status))
		if err != nil {
			return fmt.Errorf("keeping a code: %w", err)
		}
		back.At = now
		return r.came(i, back, audit.LetterFailed)
	})
}

// handedOver gives a letter with where it stands, and holds its row: whoever else has a report about it waits.
func (r runner) handedOver(id string) (i courier.Item, state courier.State, was courier.Outcome, err error) {
	i.ID = id
	err = r.one([]any{&i.Organisation, &i.Account, &i.Kind, &i.Recipient, &state, &was}, `
		update outbox set outcome = outcome where id = $1
		returning organisation, account, kind, recipient, state, outcome`, id)
	if err != nil && !errors.Is(err, fault.Missing) {
		err = fmt.Errorf("reading a letter that came back: %w", err)
	}
	return i, state, courier.OutcomeOf(was, state, 0), err
}

// reported writes a report on the letter's row.
func (r runner) reported(i courier.Item, back courier.Return) error {
	err := r.guarded(`
		update outbox set outcome = $3, status = $4, reporter = $5, said = $6, reported = $7
		where organisation = $1 and id = $2`,
		i.Organisation, i.ID, string(back.Outcome), plain(back.Status), plain(back.By), plain(back.Said), stamp(back.At))
	if err != nil {
		return fmt.Errorf("keeping what came back: %w", err)
	}
	return nil
}

// came flags the address of a letter that did not arrive, where it does not work, and notes what happened: the letter's
// kind and, for one that came back, the masked address and the code.
func (r runner) came(i courier.Item, back courier.Return, act audit.Act) error {
	if back.Gone {
		if err := r.flag(i); err != nil {
			return err
		}
	}
	detail := string(i.Kind)
	if act == audit.LetterBounced {
		detail = account.MaskEmail(i.Recipient)
		if back.Status != "" {
			detail += " " + back.Status
		}
	}
	return r.note(audit.Entry{
		Organisation: i.Organisation, At: back.At, Act: act, Actor: audit.System, Target: i.Account, Detail: detail,
	})
}

// flag marks the address of a letter as one that nothing arrives at: the account's, or, for a letter about several
// accounts, of all of its organisation that have it. An address that is gone from the account stays gone.
func (r runner) flag(i courier.Item) error {
	_, key, ok := account.FoldEmail(i.Recipient)
	if !ok {
		return nil
	}
	if i.Account == "" {
		_, err := r.exec(`update email set unreachable = true where organisation = $1 and key = $2`, i.Organisation, key)
		if err != nil {
			return fmt.Errorf("flagging an address: %w", err)
		}
		return nil
	}
	// Whoever rewrites the addresses of an account holds its row.
	if err := r.hold(i.Organisation, i.Account); err != nil && !errors.Is(err, fault.Stale) {
		return err
	}
	_, err := r.exec(`update email set unreachable = true where organisation = $1 and account = $2 and key = $3`,
		i.Organisation, i.Account, key)
	if err != nil {
		return fmt.Errorf("flagging an address: %w", err)
	}
	return nil
}

// sameMailbox compares two addresses as accounts do.
func sameMailbox(a, b string) bool {
	_, one, ok := account.FoldEmail(a)
	_, other, okToo := account.FoldEmail(b)
	return ok && okToo && one == other
}
