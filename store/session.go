package store

import (
	"context"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/session"
)

const sessionColumns = `s.id, s.organisation, s.account, s.stage, s.opened, s.seen, s.idle, s.until, s.remembered,
	s.issue, s.proof, s.device, s.address, s.ended, s.ended_because`

// sessionRow is a session as its row has it.
type sessionRow struct {
	session.Session
	opened, seen, idle, until, ended int64
	proof                            string
}

func (row *sessionRow) columns() []any {
	return []any{
		&row.ID, &row.Session.Organisation, &row.Session.Account, &row.Stage, &row.opened, &row.seen, &row.idle, &row.until,
		&row.Remembered, &row.Secret, &row.proof, &row.Device, &row.Address, &row.ended, &row.EndedBecause,
	}
}

func (row *sessionRow) read() (session.Session, error) {
	s := row.Session
	s.Opened, s.Seen, s.Until, s.Ended = moment(row.opened), moment(row.seen), moment(row.until), moment(row.ended)
	s.Idle = time.Duration(row.idle) * time.Microsecond
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
	s.AccountOpen, s.AccountRenews = person.State.Open(), person.MustRenew
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
			address, ended, ended_because)
		select $1, a.organisation, a.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, ''
		from account a
		where a.organisation = $2 and a.id = $3 and a.state in ($14, $15) and not (a.renewed > $16 and a.renewed <= $17)`,
		s.ID, s.Organisation, s.Account, string(s.Stage), micros(s.Opened), micros(s.Seen), s.Idle.Microseconds(),
		micros(s.Until), s.Remembered, s.Secret, proof, plain(s.Device), plain(s.Address),
		string(account.Active), string(account.Invited), micros(now), micros(now.Add(skew)))
}

// exchange opens a session, if there is one, and ends the one that the same browser held before, if it did.
func (r runner) exchange(organisation string, s *session.Session, held string, now time.Time) error {
	if s != nil {
		if err := r.open(*s, now); err != nil {
			return err
		}
	}
	if held == "" || held == opened(s) {
		return nil
	}
	_, err := r.end(organisation, held, session.Replaced, now)
	return err
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

// end ends one session of an organisation and says whether it was open.
func (r runner) end(organisation, id string, because session.End, now time.Time) (bool, error) {
	rows, err := r.exec(`
		update session set ended = $3, ended_because = $4 where organisation = $1 and id = $2 and ended = 0`,
		organisation, id, stamp(now), string(because))
	if err != nil {
		return false, fmt.Errorf("ending a session: %w", err)
	}
	return rows == 1, nil
}

// endSessions ends every session of an account.
func (r runner) endSessions(organisation, account string, because session.End, now time.Time) error {
	_, err := r.exec(`
		update session set ended = $3, ended_because = $4 where organisation = $1 and account = $2 and ended = 0`,
		organisation, account, stamp(now), string(because))
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// burnRenewal uses a living renewal session, once: it is the proof of whoever sets a password (ATK-007).
func (r runner) burnRenewal(organisation, account, id string, now time.Time) error {
	return r.guarded(`
		update session set ended = $4, ended_because = $5
		where organisation = $1 and account = $2 and id = $3 and stage = $6 and ended = 0
			and until > $7 and seen + idle > $7 and opened <= $8`,
		organisation, account, id, stamp(now), string(session.Renewed), string(session.Renewal),
		micros(now), micros(now.Add(skew)))
}

// EndSession ends a session at the time of the note. A session that has ended stays as it is, and the journal silent.
// It gives fault.Missing for none in this organisation.
func (db *DB) EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		ended, err := r.end(organisation, id, because, note.At)
		if err != nil {
			return err
		}
		if !ended {
			return r.one([]any{&id}, `select id from session where organisation = $1 and id = $2`, organisation, id)
		}
		return r.note(note)
	})
}

// EndSessionsOf ends every session of an account at the time of the note. It gives fault.Missing for no account.
func (db *DB) EndSessionsOf(
	ctx context.Context, organisation, account string, because session.End, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		if err := r.known(organisation, account); err != nil {
			return err
		}
		if err := r.endSessions(organisation, account, because, note.At); err != nil {
			return err
		}
		return r.note(note)
	})
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
			s.AccountOpen, s.AccountRenews = person.State.Open(), person.MustRenew
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	return all, nil
}
