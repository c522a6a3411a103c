package store

import (
	"context"
	"fmt"
	"time"

	"loquet/desk"
)

const caseColumns = `k.organisation, k.id, k.number, k.account, k.reason, k.said, k.caller, k.opened, k.opened_by,
	k.closed, k.standing, k.checked, k.checked_by, k.paper_kinds, k.siret, k.paper_note, k.version`

// scanCase reads a case as its row has it.
func scanCase(scan func(...any) error) (c desk.Case, err error) {
	var opened, closed, checked int64
	var kinds string
	err = scan(&c.Organisation, &c.ID, &c.Number, &c.Account, &c.Reason, &c.Said, &c.Caller, &opened, &c.OpenedBy, &closed,
		&c.Standing, &checked, &c.CheckedBy, &kinds, &c.Papers.SIRET, &c.Papers.Note, &c.Version)
	if err != nil {
		return desk.Case{}, err
	}
	c.Opened, c.Closed, c.CheckedAt = moment(opened), moment(closed), moment(checked)
	return c, fromJSON(kinds, &c.Papers.Kinds)
}

func (r runner) cases(where string, args ...any) (all []desk.Case, err error) {
	err = r.each(`select `+caseColumns+` from desk_case k `+where, args, func(scan func(...any) error) error {
		c, err := scanCase(scan)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading cases: %w", err)
	}
	return all, nil
}

// Cases gives at most max cases of every organisation, the last opened first: those that are open, or all.
func (db *DB) Cases(ctx context.Context, open bool, max int) ([]desk.Case, error) {
	which := ``
	if open {
		which = `where k.closed = 0 `
	}
	return db.read(ctx).cases(which+`order by k.opened desc, k.id limit $1`, max)
}

// Case gives fault.Missing when the organisation has none of this ID.
func (db *DB) Case(ctx context.Context, organisation, id string) (desk.Case, error) {
	return sole(db.read(ctx).cases(`where k.organisation = $1 and k.id = $2`, organisation, id))
}

// Steps gives what happened in a case, the first first.
func (db *DB) Steps(ctx context.Context, organisation, id string) (all []desk.Step, err error) {
	err = db.read(ctx).each(`
		select desk_case, at, operator, what, detail from desk_step
		where organisation = $1 and desk_case = $2 order by number`,
		[]any{organisation, id}, func(scan func(...any) error) error {
			var s desk.Step
			var at int64
			err := scan(&s.Case, &at, &s.Operator, &s.What, &s.Detail)
			s.At = moment(at)
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading the steps of a case: %w", err)
	}
	return all, nil
}

// Code gives the caller's code of a case that was sent last; fault.Missing for none.
func (db *DB) Code(ctx context.Context, organisation, id string) (c desk.Code, err error) {
	var sent, expires, used int64
	err = db.read(ctx).one([]any{&c.ID, &c.Case, &c.Operator, &sent, &expires, &c.Tries, &used}, `
		select id, desk_case, operator, sent, expires, tries, used from desk_code
		where organisation = $1 and desk_case = $2`, organisation, id)
	if err != nil {
		return desk.Code{}, err
	}
	c.Sent, c.Expires, c.Used = moment(sent), moment(expires), moment(used)
	return c, nil
}

// caseFor opens a case, or keeps it as it is from now on. Whom it is about must be of this organisation; somebody who
// was erased meanwhile stays a name without a person.
func caseFor(r runner, c desk.Change) error {
	if c.Open != nil {
		if err := r.openCase(c.Organisation, *c.Open, c.Now); err != nil {
			return err
		}
	}
	if c.Case == nil {
		return nil
	}
	k := *c.Case
	kinds, err := asJSON(k.Papers.Kinds)
	if err != nil {
		return err
	}
	err = r.guarded(`
		update desk_case set account = $4, reason = $5, said = $6, caller = $7, closed = $8, standing = $9, checked = $10,
			checked_by = $11, paper_kinds = $12, siret = $13, paper_note = $14, version = version + 1
		where organisation = $1 and id = $2 and version = $3
			and (account = $4 or exists (select 1 from account a where a.organisation = $1 and a.id = $4))`,
		c.Organisation, k.ID, k.Version, k.Account, string(k.Reason), plain(k.Said), plain(k.Caller), micros(k.Closed),
		string(k.Standing), micros(k.CheckedAt), k.CheckedBy, kinds, plain(k.Papers.SIRET), plain(k.Papers.Note))
	if err != nil {
		return fmt.Errorf("keeping a case: %w", err)
	}
	return nil
}

func (r runner) openCase(organisation string, k desk.Case, now time.Time) error {
	kinds, err := asJSON(k.Papers.Kinds)
	if err != nil {
		return err
	}
	// Both of them from their own tables, so that nothing is opened in the name of what is not there.
	err = r.guarded(`
		insert into desk_case (organisation, id, number, account, reason, said, caller, opened, opened_by, closed, standing,
			checked, checked_by, paper_kinds, siret, paper_note, touched, version)
		select o.id, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14, $15, $16, 1 from organisation o
		where o.id = $1
			and (cast($4 as text) = '' or exists (select 1 from account a where a.organisation = $1 and a.id = $4))`,
		organisation, k.ID, k.Number, k.Account, string(k.Reason), plain(k.Said), plain(k.Caller), stamp(k.Opened),
		k.OpenedBy, string(k.Standing), micros(k.CheckedAt), k.CheckedBy, kinds, plain(k.Papers.SIRET),
		plain(k.Papers.Note), stamp(now))
	if err != nil {
		return fmt.Errorf("opening a case: %w", err)
	}
	return nil
}

// codeFor keeps a new code in the place of the one before, or counts a try. A try is counted, its end tested and the
// code used in one statement, so that no two tries read the same count (ATK-018, ATK-019).
func codeFor(r runner, c desk.Change) error {
	if c.Code != nil {
		_, err := r.exec(`
			insert into desk_code (organisation, desk_case, id, operator, sent, expires, tries, used)
			values ($1, $2, $3, $4, $5, $6, 0, 0)
			on conflict (organisation, desk_case) do update set id = excluded.id, operator = excluded.operator,
				sent = excluded.sent, expires = excluded.expires, tries = 0, used = 0`,
			c.Organisation, c.Code.Case, c.Code.ID, c.Code.Operator, micros(c.Code.Sent), micros(c.Code.Expires))
		if err != nil {
			return fmt.Errorf("keeping a caller's code: %w", err)
		}
	}
	if c.Guess == nil {
		return nil
	}
	err := r.guarded(`
		update desk_code set tries = tries + 1, used = case when $3 then $4 else used end
		where organisation = $1 and id = $2 and used = 0 and tries < $5 and expires > $6 and sent <= $7`,
		c.Organisation, c.Guess.Code, c.Guess.Right, stamp(c.Now), desk.MostTries, micros(c.Now), micros(c.Now.Add(skew)))
	if err != nil {
		return fmt.Errorf("trying a caller's code: %w", err)
	}
	return nil
}

// stepsFor writes down what happened, numbered within each case.
func stepsFor(r runner, c desk.Change) error {
	for _, s := range c.Steps {
		_, err := r.exec(`
			insert into desk_step (organisation, desk_case, number, at, operator, what, detail)
			select $1, $2, coalesce(max(s.number), 0) + 1, $3, $4, $5, $6
			from desk_step s where s.organisation = $1 and s.desk_case = $2`,
			c.Organisation, s.Case, stamp(s.At), s.Operator, s.What, plain(s.Detail))
		if err != nil {
			return fmt.Errorf("keeping a step of a case: %w", err)
		}
	}
	return nil
}

// eraseCases empties what was said and shown about somebody whose account is erased, closes what was open and withdraws
// what waited: nobody is left whom it could be done for. That a case was, what was done in it and by whom stays as long
// as the journal, which says the same (RGPD art. 17-3-e); whom it was about is an ID that leads to nobody.
func (r runner) eraseCases(organisation, id string, now time.Time) error {
	_, err := r.exec(`
		update desk_case set said = '', caller = '', siret = '', paper_note = '', standing = $3, version = version + 1,
			closed = case when closed = 0 then $4 else closed end
		where organisation = $1 and account = $2`, organisation, id, string(desk.Unchecked), stamp(now))
	if err != nil {
		return fmt.Errorf("erasing what was said in cases: %w", err)
	}
	_, err = r.exec(`
		update deed set address = '', manager = '{}', state = case when state in ($3, $4) then $5 else state end
		where organisation = $1 and account = $2`,
		organisation, id, string(desk.Proposed), string(desk.Waiting), string(desk.Withdrawn))
	if err != nil {
		return fmt.Errorf("erasing what was proposed in cases: %w", err)
	}
	return nil
}
