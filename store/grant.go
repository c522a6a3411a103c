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

const grantColumns = `g.id, g.organisation, g.application, g.account, g.family, g.sid, g.document, g.code, g.code_until,
	g.token, g.opened, g.used, g.until, g.ended, g.ended_because, g.version`

// grantRow is a grant as its row has it.
type grantRow struct {
	oidc.Grant
	codeUntil, opened, used, until, ended int64
}

func (row *grantRow) columns() []any {
	return []any{
		&row.ID, &row.Organisation, &row.Application, &row.Account, &row.Family, &row.SID, &row.Document, &row.Code,
		&row.codeUntil, &row.Token, &row.opened, &row.used, &row.until, &row.ended, &row.Because, &row.Version,
	}
}

func (row *grantRow) read() oidc.Grant {
	g := row.Grant
	g.CodeUntil, g.Opened, g.Used = moment(row.codeUntil), moment(row.opened), moment(row.used)
	g.Until, g.Ended = moment(row.until), moment(row.ended)
	return g
}

// finished gives when a grant is over: the time that it is kept from.
func finished(g oidc.Grant) int64 {
	if g.Ended.IsZero() {
		return micros(g.Until)
	}
	return stamp(g.Ended)
}

// OpenGrant writes a new grant with its note, as Version 1. It gives fault.Stale unless the account is open at the time
// of the grant, the application is not revoked, and a session of the family opens everything and lives. The rows of all
// three are held: what ends one of them comes before the grant, or ends it as well.
func (db *DB) OpenGrant(ctx context.Context, g oidc.Grant, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			update account set version = version
			where organisation = $1 and id = $2 and state in ($3, $4) and (leaves = 0 or leaves > $5)`,
			g.Organisation, g.Account, string(account.Active), string(account.Invited), micros(g.Opened))
		if err != nil {
			return err
		}
		if err := r.holdApplication(g.Organisation, g.Application); err != nil {
			return err
		}
		open, err := r.exec(`
			update session set stage = stage
			where organisation = $1 and account = $2 and (family = $3 or family = '' and id = $3) and ended = 0
				and stage = $4 and until > $5 and seen + idle > $5`,
			g.Organisation, g.Account, g.Family, string(session.Full), micros(g.Opened))
		if err != nil {
			return fmt.Errorf("holding a session: %w", err)
		}
		if open == 0 {
			return fault.Stale
		}
		if err := r.keepGrant(g); err != nil {
			return fmt.Errorf("keeping a grant: %w", err)
		}
		return r.note(note)
	})
}

func (r runner) keepGrant(g oidc.Grant) error {
	_, err := r.exec(`
		insert into oidc_grant (id, organisation, application, account, family, sid, document, code, code_until, token,
			opened, used, until, finished, ended, ended_because, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 0, '', 1)`,
		g.ID, g.Organisation, g.Application, g.Account, g.Family, g.SID, octets(g.Document), g.Code, micros(g.CodeUntil),
		g.Token, micros(g.Opened), micros(g.Used), micros(g.Until))
	return err
}

// holdApplication makes everyone wait who would revoke an application, until this transaction ends. It comes after the
// account, and gives fault.Stale for none that is let in.
func (r runner) holdApplication(organisation, id string) error {
	return r.guarded(`
		update application set version = version where organisation = $1 and id = $2 and revoked = 0`, organisation, id)
}

// SaveGrant writes a grant over that of the same version: its document, code, token, times and end; it then has the
// next version. A Retired digest is kept. It gives fault.Stale when the grant has changed or has ended: what is over
// stays so. A grant that ends as SignedOut, Withdrawn or Shut promises its application a notice.
func (db *DB) SaveGrant(ctx context.Context, g oidc.Grant, notes ...audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		ended := int64(0)
		if !g.Ended.IsZero() {
			ended = stamp(g.Ended)
		}
		var back bool
		err := r.one([]any{&back}, `
			update oidc_grant set document = $3, code = $4, code_until = $5, token = $6, used = $7, until = $8, ended = $9,
				ended_because = $10, finished = $11, version = version + 1
			where organisation = $1 and id = $2 and ended = 0 and version = $12
			returning `+wantsNotice,
			g.Organisation, g.ID, octets(g.Document), g.Code, micros(g.CodeUntil), g.Token, micros(g.Used), micros(g.Until),
			ended, string(g.Because), finished(g), g.Version)
		if errors.Is(err, fault.Missing) {
			return fault.Stale
		}
		if err != nil {
			return fmt.Errorf("changing a grant: %w", err)
		}
		if err := r.retire(g); err != nil {
			return err
		}
		if back && ended != 0 && g.Because.Told() {
			if err := r.promise(g, g.Ended); err != nil {
				return err
			}
		}
		return r.note(notes...)
	})
}

// retire keeps the token that another one has taken over from, so that its return is noticed.
func (r runner) retire(g oidc.Grant) error {
	if g.Retired == "" {
		return nil
	}
	_, err := r.exec(`
		insert into oidc_token (organisation, digest, oidc_grant) values ($1, $2, $3) on conflict do nothing`,
		g.Organisation, g.Retired, g.ID)
	if err != nil {
		return fmt.Errorf("keeping a retired token: %w", err)
	}
	return nil
}

// Grant gives a grant; that of an account that is gone has no Person. It gives fault.Missing when there is none in this
// organisation.
func (db *DB) Grant(ctx context.Context, organisation, id string) (oidc.Held, error) {
	r := db.read(ctx)
	h, err := r.held(`g.id = $2`, organisation, id)
	if !errors.Is(err, fault.Missing) {
		return h, err
	}
	g, err := sole(r.grants(`g.id = $2`, organisation, id))
	return oidc.Held{Grant: g}, err
}

// GrantByCode gives the grant of a code, whatever became of it; fault.Missing for none. An empty digest names nothing
// (ATK-013).
func (db *DB) GrantByCode(ctx context.Context, organisation, digest string) (oidc.Held, error) {
	return db.read(ctx).held(`g.code = $2 and g.code <> ''`, organisation, digest)
}

// GrantByToken gives the grant of a token in force or, as Reused, of a retired one, whatever became of it;
// fault.Missing for none. An empty digest names nothing (ATK-013).
func (db *DB) GrantByToken(ctx context.Context, organisation, digest string) (oidc.Held, error) {
	r := db.read(ctx)
	h, err := r.held(`g.token = $2 and g.token <> ''`, organisation, digest)
	if !errors.Is(err, fault.Missing) {
		return h, err
	}
	h, err = r.held(`g.id = (select t.oidc_grant from oidc_token t where t.organisation = $1 and t.digest = $2)`,
		organisation, digest)
	h.Reused = err == nil
	return h, err
}

// held gives a grant and whose it is.
func (r runner) held(where, organisation, key string) (oidc.Held, error) {
	var row grantRow
	var owner accountRow
	err := r.one(append(row.columns(), owner.columns()...), `
		select `+grantColumns+`, `+accountColumns+`
		from oidc_grant g join account a on a.organisation = g.organisation and a.id = g.account
		where g.organisation = $1 and `+where, organisation, key)
	if errors.Is(err, fault.Missing) {
		return oidc.Held{}, err
	}
	if err != nil {
		return oidc.Held{}, fmt.Errorf("reading a grant: %w", err)
	}
	person, err := owner.read()
	if err != nil {
		return oidc.Held{}, err
	}
	people := []account.Account{person}
	err = r.complete(people, belongingsOfOne, organisation, person.ID)
	return oidc.Held{Grant: row.read(), Person: people[0]}, err
}

func (r runner) grants(where string, args ...any) (all []oidc.Grant, err error) {
	err = r.each(`select `+grantColumns+` from oidc_grant g where g.organisation = $1 and `+where, args,
		func(scan func(...any) error) error {
			var row grantRow
			err := scan(row.columns()...)
			all = append(all, row.read())
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading grants: %w", err)
	}
	return all, nil
}

// mostGrants is how many grants of one account are listed: somebody who enters anew each hour has one each time.
const mostGrants = 1000

// GrantsOf gives the grants of an account that are in force at now, the last used one first.
func (db *DB) GrantsOf(ctx context.Context, organisation, account string, now time.Time) ([]oidc.Grant, error) {
	return db.read(ctx).grants(`g.account = $2 and g.ended = 0 and g.until > $3 order by g.used desc, g.id limit $4`,
		organisation, account, micros(now), mostGrants)
}

// FamilyBySID finds the sign-in that an application knows by a SID, and whose it is; fault.Missing for none.
func (db *DB) FamilyBySID(ctx context.Context, organisation, sid string) (family, account string, err error) {
	err = db.read(ctx).one([]any{&family, &account}, `
		select family, account from oidc_grant where organisation = $1 and sid = $2 and sid <> ''
		order by opened desc, id limit 1`, organisation, sid)
	return family, account, err
}
