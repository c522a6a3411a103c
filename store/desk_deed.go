package store

import (
	"context"
	"fmt"
	"time"

	"loquet/desk"
	"loquet/fault"
)

const deedColumns = `d.organisation, d.id, d.desk_case, d.account, d.act, d.checked, d.state, d.address, d.manager,
	d.proposed, d.proposed_by, d.seconded, d.seconded_by, d.until, d.stop_digest`

// unfinished picks the deeds that something can still happen to, as the index says it.
const unfinished = `d.state in ('proposed', 'waiting')`

// scanDeed reads a deed as its row has it: it is From its State, so that what is done with it is guarded by that.
func scanDeed(scan func(...any) error) (d desk.Deed, err error) {
	var proposed, seconded, until int64
	var manager string
	err = scan(&d.Organisation, &d.ID, &d.Case, &d.Account, &d.Act, &d.By, &d.State, &d.Address, &manager,
		&proposed, &d.ProposedBy, &seconded, &d.SecondedBy, &until, &d.StopDigest)
	if err != nil {
		return desk.Deed{}, err
	}
	d.From, d.ProposedAt, d.SecondedAt, d.Until = d.State, moment(proposed), moment(seconded), moment(until)
	return d, fromJSON(manager, &d.Manager)
}

func (r runner) deeds(where string, args ...any) (all []desk.Deed, err error) {
	err = r.each(`select `+deedColumns+` from deed d where `+where, args, func(scan func(...any) error) error {
		d, err := scanDeed(scan)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading deeds: %w", err)
	}
	return all, nil
}

// Deeds gives what was proposed in a case, the first first. What is read is From its State, here and below.
func (db *DB) Deeds(ctx context.Context, organisation, id string) ([]desk.Deed, error) {
	return db.read(ctx).deeds(`d.organisation = $1 and d.desk_case = $2 order by d.proposed, d.id`, organisation, id)
}

// Deed gives fault.Missing when the organisation has none of this ID.
func (db *DB) Deed(ctx context.Context, organisation, id string) (desk.Deed, error) {
	return sole(db.read(ctx).deeds(`d.organisation = $1 and d.id = $2`, organisation, id))
}

// DeedByStop gives the deed that the digest of a link names; fault.Missing for none. An empty digest names nothing
// (ATK-013).
func (db *DB) DeedByStop(ctx context.Context, organisation, digest string) (desk.Deed, error) {
	if digest == "" {
		return desk.Deed{}, fault.Missing
	}
	return sole(db.read(ctx).deeds(`d.organisation = $1 and d.stop_digest = $2`, organisation, digest))
}

// DeedsOpen gives at most max deeds of every organisation that are proposed or waiting, the first first.
func (db *DB) DeedsOpen(ctx context.Context, max int) ([]desk.Deed, error) {
	return db.read(ctx).deeds(unfinished+` order by d.proposed, d.id limit $1`, max)
}

// DeedsDue gives at most max deeds, of every organisation, that are proposed or waiting and whose time was over at now,
// the first first.
func (db *DB) DeedsDue(ctx context.Context, now time.Time, max int) ([]desk.Deed, error) {
	return db.read(ctx).deeds(unfinished+` and d.until <= $1 order by d.until, d.id limit $2`, micros(now), max)
}

// sole gives the one thing of a list; fault.Missing for none.
func sole[T any](all []T, err error) (T, error) {
	var none T
	switch {
	case err != nil:
		return none, err
	case len(all) == 0:
		return none, fault.Missing
	}
	return all[0], nil
}

// deedFor keeps a new deed, or takes one from a state to another, once: whoever stops it and whoever carries it out in
// the same moment cannot both. What it is, for whom, and how the caller was checked never changes.
func deedFor(r runner, c desk.Change) error {
	if c.Deed == nil {
		return nil
	}
	d := *c.Deed
	if d.From == desk.Start {
		return r.propose(c.Organisation, d)
	}
	err := r.guarded(`
		update deed set state = $4, seconded = $5, seconded_by = $6, until = $7, stop_digest = $8
		where organisation = $1 and id = $2 and state = $3`,
		c.Organisation, d.ID, string(d.From), string(d.State), micros(d.SecondedAt), d.SecondedBy, micros(d.Until),
		d.StopDigest)
	if err != nil {
		return fmt.Errorf("moving a deed: %w", err)
	}
	return nil
}

// propose keeps a new deed about the person of its case. It gives fault.Stale when the case is about somebody else,
// when the person is gone, and when the same is on its way in this case.
func (r runner) propose(organisation string, d desk.Deed) error {
	manager, err := asJSON(d.Manager)
	if err != nil {
		return err
	}
	err = r.guarded(`
		insert into deed (organisation, id, desk_case, account, act, checked, state, address, manager, proposed, proposed_by,
			seconded, seconded_by, until, stop_digest)
		select k.organisation, $4, k.id, a.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
		from desk_case k join account a on a.organisation = k.organisation and a.id = k.account
		where k.organisation = $1 and k.id = $2 and a.id = $3
		on conflict do nothing`,
		organisation, d.Case, d.Account, d.ID, string(d.Act), string(d.By), string(d.State), plain(d.Address), plain(manager),
		stamp(d.ProposedAt), d.ProposedBy, micros(d.SecondedAt), d.SecondedBy, micros(d.Until), d.StopDigest)
	if err != nil {
		return fmt.Errorf("keeping a deed: %w", err)
	}
	return nil
}
