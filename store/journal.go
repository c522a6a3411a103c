package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"loquet/audit"
	"loquet/fault"
)

const journalColumns = `organisation, number, at, act, actor, target, address, device, detail, chain`

// note writes entries into the journals of their organisations; entries without an act are none. It comes last in a
// transaction: the head of a journal is what all writers of an organisation wait for.
func (r runner) note(entries ...audit.Entry) error {
	journals := map[string][]audit.Entry{}
	for _, e := range entries {
		if e.Act != "" {
			journals[e.Organisation] = append(journals[e.Organisation], e)
		}
	}
	for _, organisation := range slices.Sorted(maps.Keys(journals)) {
		if err := r.extend(organisation, journals[organisation]); err != nil {
			return fmt.Errorf("writing the journal: %w", err)
		}
	}
	return nil
}

// extend takes the head, which makes every other writer of this journal wait, and puts the entries behind it.
func (r runner) extend(organisation string, entries []audit.Entry) error {
	var number int64
	var chain string
	err := r.one([]any{&number, &chain}, `
		update journal_head set number = number + cast($2 as bigint) where organisation = $1 returning number, chain`,
		organisation, len(entries))
	if err != nil {
		return err
	}
	number -= int64(len(entries))
	for _, e := range entries {
		number++
		e.Number, e.At = number, e.At.UTC().Truncate(time.Microsecond)
		e.Address, e.Device, e.Detail = plain(e.Address), plain(e.Device), plain(e.Detail)
		e.Chain = e.Link(chain)
		chain = e.Chain
		_, err := r.exec(`insert into journal (`+journalColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			e.Organisation, e.Number, e.At.UnixMicro(), string(e.Act), e.Actor, e.Target, e.Address, e.Device, e.Detail, e.Chain)
		if err != nil {
			return err
		}
	}
	return r.guarded(`update journal_head set chain = $2 where organisation = $1`, organisation, chain)
}

// Note writes entries that belong to no other change.
func (db *DB) Note(ctx context.Context, entries ...audit.Entry) error {
	return db.write(ctx, func(r runner) error { return r.note(entries...) })
}

// Journal gives at most max entries of an organisation's journal from the given number on, in their order. The first
// entry has the number 1.
func (db *DB) Journal(ctx context.Context, organisation string, from int64, max int) ([]audit.Entry, error) {
	return db.read(ctx).entries(`
		select `+journalColumns+` from journal where organisation = $1 and number >= $2 order by number limit $3`,
		organisation, from, max)
}

// JournalEnd gives the number of the last entry of an organisation's journal, 0 for an empty one. It gives
// fault.Missing for no organisation.
func (db *DB) JournalEnd(ctx context.Context, organisation string) (int64, error) {
	number, _, err := db.read(ctx).head(organisation)
	return number, err
}

func (r runner) head(organisation string) (number int64, chain string, err error) {
	err = r.one([]any{&number, &chain}, `select number, chain from journal_head where organisation = $1`, organisation)
	return number, chain, err
}

// VerifyJournal reads a journal from the first entry that is kept. It gives audit.Broken when an entry was changed,
// dropped or put in, at the end as well; fault.Missing for no organisation. Entries that are written meanwhile are not
// looked at.
func (db *DB) VerifyJournal(ctx context.Context, organisation string) error {
	base, baseChain, err := db.read(ctx).base(organisation)
	if err != nil {
		return err
	}
	number, chain, err := db.read(ctx).head(organisation)
	if err != nil {
		return err
	}
	verifier := audit.After(base, baseChain)
	last := audit.Entry{Number: base, Chain: baseChain}
	for last.Number < number {
		if err := ctx.Err(); err != nil {
			return err
		}
		const page = 1000
		entries, err := db.Journal(ctx, organisation, last.Number+1, int(min(page, number-last.Number)))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return audit.Broken{Organisation: organisation, Number: last.Number + 1}
		}
		for _, e := range entries {
			if err := verifier.Check(e); err != nil {
				return err
			}
			last = e
		}
	}
	if last.Chain != chain {
		return audit.Broken{Organisation: organisation, Number: last.Number}
	}
	return nil
}

// base gives the last entry of a journal that was purged.
func (r runner) base(organisation string) (number int64, chain string, err error) {
	err = r.one([]any{&number, &chain}, `select base_number, base_chain from journal_head where organisation = $1`, organisation)
	return number, chain, err
}

// purgeJournal takes away the oldest entries of a journal, at most max of them, that are older than the limit, and gives
// how many. The last entry of all stays.
func (r runner) purgeJournal(organisation string, limit int64, max int) (int, error) {
	base, _, err := r.base(organisation)
	if err != nil {
		return 0, err
	}
	end, _, err := r.head(organisation)
	if err != nil {
		return 0, err
	}
	var first int64 // to be kept
	err = r.one([]any{&first}, `
		select number from journal where organisation = $1 and at > $2 order by number limit 1`, organisation, limit)
	if errors.Is(err, fault.Missing) {
		first, err = end, nil
	}
	cut := min(first-1, base+int64(max))
	if err != nil || cut <= base {
		return 0, err
	}
	err = r.guarded(`
		update journal_head set base_number = $2,
			base_chain = (select chain from journal where organisation = $1 and number = $2)
		where organisation = $1 and base_number = $3`, organisation, cut, base)
	if err != nil {
		return 0, err
	}
	taken, err := r.exec(`delete from journal where organisation = $1 and number <= $2`, organisation, cut)
	return int(taken), err
}
