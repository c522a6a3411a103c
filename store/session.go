package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
)

const sessionColumns = `s.id, s.organisation, s.account, s.stage, s.opened, s.seen, s.idle, s.until, s.remembered,
	s.issue, s.proof, s.device, s.address, s.ended, s.ended_because, s.proved, s.family, s.issued, s.confirmed,
	s.successor`

// sessionRow is a session as its row has it.
type sessionRow struct {
	session.Session
	opened, seen, idle, until, ended, proved, issued int64
	proof                                            string
}

func (row *sessionRow) columns() []any {
	return []any{
		&row.ID, &row.Session.Organisation, &row.Session.Account, &row.Stage, &row.opened, &row.seen, &row.idle, &row.until,
		&row.Remembered, &row.Secret, &row.proof, &row.Device, &row.Address, &row.ended, &row.EndedBecause,
		&row.proved, &row.Family, &row.issued, &row.Confirmed, &row.Successor,
	}
}

func (row *sessionRow) read() (session.Session, error) {
	s := row.Session
	s.Opened, s.Seen, s.Until, s.Ended = moment(row.opened), moment(row.seen), moment(row.until), moment(row.ended)
	s.Idle, s.Proved, s.Issued = time.Duration(row.idle)*time.Microsecond, moment(row.proved), moment(row.issued)
	if s.Family == "" { // written by an older Loquet
		s.Family = s.ID
	}
	if s.Issued.IsZero() {
		s.Issued = s.Opened
	}
	return s, fromJSON(row.proof, &s.Proof)
}

// Session gives a session, ended ones too, and whose it is. The caller compares its organisation with the one that was
// asked: a session ID is the one thing that is looked up without it. It gives fault.Missing for none.
func (db *DB) Session(ctx context.Context, id string) (session.Session, account.Account, error) {
	r := db.read(ctx)
	var row sessionRow
	var owner accountRow
	err := r.one(append(row.columns(), owner.columns()...), `
		select `+sessionColumns+`, `+accountColumns+`
		from session s join account a on a.organisation = s.organisation and a.id = s.account
		where s.id = $1`, id)
	if err != nil {
		return session.Session{}, account.Account{}, err
	}
	s, err := row.read()
	if err != nil {
		return session.Session{}, account.Account{}, err
	}
	person, err := owner.read()
	if err != nil {
		return session.Session{}, account.Account{}, err
	}
	people := []account.Account{person}
	err = r.complete(people, belongingsOfOne, s.Organisation, s.Account)
	s.AccountOpen, s.AccountLeaves, s.AccountRenews = person.State.Open(), person.Leaves, person.MustRenew
	return s, people[0], err
}

// open opens a session unless its account has been closed, or its password chosen anew since the request began: what
// the request proved holds no more then (ATK-038). It gives fault.Stale.
func (r runner) open(s session.Session, now time.Time) error {
	proof, err := asJSON(s.Proof)
	if err != nil {
		return err
	}
	// Only shortly after now: a renewal from the far future says that the clock was set back, and must not lock out.
	return r.guarded(`
		insert into session (id, organisation, account, stage, opened, seen, idle, until, remembered, issue, proof, device,
			address, ended, ended_because, proved, family, issued, confirmed)
		select $1, a.organisation, a.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', $18, $19, $20, $21
		from account a
		where a.organisation = $2 and a.id = $3 and a.state in ($14, $15) and (a.leaves = 0 or a.leaves > $16)
			and not (a.renewed > $16 and a.renewed <= $17)`,
		s.ID, s.Organisation, s.Account, string(s.Stage), micros(s.Opened), micros(s.Seen), s.Idle.Microseconds(),
		micros(s.Until), s.Remembered, s.Secret, proof, plain(s.Device), plain(s.Address),
		string(account.Active), string(account.Invited), micros(now), micros(now.Add(skew)),
		micros(s.Proved), s.Family, micros(s.Issued), s.Confirmed)
}

// exchange opens a session, if there is one, and ends the one that the same browser held before, if it did. What
// applications held of that one goes over to the new one, where that is the same person's, and ends otherwise.
func (r runner) exchange(organisation string, s *session.Session, held string, now time.Time) error {
	if s != nil {
		if err := r.open(*s, now); err != nil {
			return err
		}
	}
	if held == "" || held == opened(s) {
		return nil
	}
	if _, err := r.shut(organisation, held, opened(s), session.Replaced, now); err != nil {
		return err
	}
	if s != nil {
		if err := r.handGrants(organisation, held, *s); err != nil {
			return err
		}
	}
	return r.followSession(organisation, held, now)
}

// Touch notes that a living session was used. It never brings one back, nor sets its last use back.
func (db *DB) Touch(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, func(r runner) error {
		_, err := r.exec(`
			update session set seen = $2 where id = $1 and ended = 0 and seen < $2 and until > $2 and seen + idle > $2`,
			id, micros(now))
		return err
	})
}

// end ends one session of an organisation, whatever took over from it, and what applications hold of them. It says
// whether any was open.
func (r runner) end(organisation, id string, because session.End, now time.Time) (bool, error) {
	open, err := r.shut(organisation, id, "", because, now)
	if err != nil {
		return false, err
	}
	return open, r.followSession(organisation, id, now)
}

// shut ends one session of an organisation, and whatever took over from it: a browser that is signed out while another
// of its tabs is given a new token is out. It spares one, and says whether any was open.
func (r runner) shut(organisation, id, spared string, because session.End, now time.Time) (bool, error) {
	rows, err := r.exec(`
		update session set ended = $3, ended_because = $4
		where organisation = $1 and ended = 0 and id <> $5
			and account = (select o.account from session o where o.organisation = $1 and o.id = $2)
			and (id = $2 or family <> '' and family = (
				select o.family from session o where o.organisation = $1 and o.id = $2))`,
		organisation, id, stamp(now), string(because), spared)
	if err != nil {
		return false, fmt.Errorf("ending a session: %w", err)
	}
	return rows > 0, nil
}

// endSessions ends every session of an account, and all that applications hold of it.
func (r runner) endSessions(organisation, account string, because session.End, now time.Time) error {
	_, err := r.exec(`
		update session set ended = $3, ended_because = $4 where organisation = $1 and account = $2 and ended = 0`,
		organisation, account, stamp(now), string(because))
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	_, err = r.endGrants(organisation, oidc.SignedOut, now, `account = $4`, account)
	return err
}

// burnStage uses a living session of a stage that leads to another, once: a renewal is the proof of whoever sets a password
// (ATK-007), and one that waits for the second proof stands for the first.
func (r runner) burnStage(
	organisation, account, id string, stage session.Stage, because session.End, now time.Time,
) error {
	return r.guarded(`
		update session set ended = $4, ended_because = $5
		where organisation = $1 and account = $2 and id = $3 and stage = $6 and ended = 0
			and until > $7 and seen + idle > $7 and opened <= $8`,
		organisation, account, id, stamp(now), string(because), string(stage), micros(now), micros(now.Add(skew)))
}

// EndSession ends a session, and whatever took over from it, at the time of the note. A session that has ended stays as
// it is, and the journal silent. It gives fault.Missing for none in this organisation.
func (db *DB) EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		var owner string
		err := r.one([]any{&owner}, `select account from session where organisation = $1 and id = $2`, organisation, id)
		if err != nil {
			return err
		}
		if err := r.hold(organisation, owner); err != nil {
			return missing(err)
		}
		if ended, err := r.end(organisation, id, because, note.At); err != nil || !ended {
			return err
		}
		return r.note(note)
	})
}

// EndSessionsOf ends every session of an account at the time of the note. It gives fault.Missing for no account.
func (db *DB) EndSessionsOf(
	ctx context.Context, organisation, account string, because session.End, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		if err := r.hold(organisation, account); err != nil {
			return missing(err)
		}
		if err := r.endSessions(organisation, account, because, note.At); err != nil {
			return err
		}
		return r.note(note)
	})
}

// missing makes the fault of what is not there of that of a statement that changed nothing.
func missing(err error) error {
	if errors.Is(err, fault.Stale) {
		return fault.Missing
	}
	return err
}

// SessionsOf gives the open sessions of an account, the last used one first. Whether they are alive depends on the
// time: see session.Session.Alive. It gives fault.Missing for no account.
func (db *DB) SessionsOf(ctx context.Context, organisation, id string) ([]session.Session, error) {
	r := db.read(ctx)
	person, _, err := r.person(organisation, id)
	if err != nil {
		return nil, err
	}
	var all []session.Session
	err = r.each(`
		select `+sessionColumns+` from session s
		where s.organisation = $1 and s.account = $2 and s.ended = 0 order by s.seen desc, s.id`,
		[]any{organisation, id}, func(scan func(...any) error) error {
			var row sessionRow
			if err := scan(row.columns()...); err != nil {
				return err
			}
			s, err := row.read()
			s.AccountOpen, s.AccountLeaves, s.AccountRenews = person.State.Open(), person.Leaves, person.MustRenew
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return all, nil
}
