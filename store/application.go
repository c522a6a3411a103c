package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/oidc"
)

var _ oidc.Store = (*DB)(nil)

const applicationColumns = `organisation, id, name, about, url, kind, template, own, tile, rule, redirects,
	logout_redirects, back_channel, public, no_pkce, secret, signs, pairwise, created, used, revoked, version`

func scanApplication(scan func(...any) error) (application.Application, error) {
	var a application.Application
	var rule, redirects, logouts string
	var created, used, revoked int64
	err := scan(&a.Organisation, &a.ID, &a.Name, &a.About, &a.URL, &a.Kind, &a.Template, &a.Own, &a.Tile, &rule,
		&redirects, &logouts, &a.BackChannel, &a.Public, &a.NoPKCE, &a.Secret, &a.Signs, &a.Pairwise, &created, &used,
		&revoked, &a.Version)
	if err != nil {
		return application.Application{}, err
	}
	a.Created, a.Used, a.Revoked = moment(created), moment(used), moment(revoked)
	return a, errors.Join(
		fromJSON(rule, &a.Rule), fromJSON(redirects, &a.Redirects), fromJSON(logouts, &a.LogoutRedirects))
}

func (r runner) applications(where string, args ...any) (all []application.Application, err error) {
	err = r.each(`select `+applicationColumns+` from application where organisation = $1 and `+where, args,
		func(scan func(...any) error) error {
			a, err := scanApplication(scan)
			all = append(all, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading applications: %w", err)
	}
	return all, nil
}

// Application gives one, revoked ones too. It gives fault.Missing when there is none in this organisation.
func (db *DB) Application(ctx context.Context, organisation, id string) (application.Application, error) {
	return sole(db.read(ctx).applications(`id = $2`, organisation, id))
}

// Applications gives all of an organisation that are not revoked, by name as people look for it.
func (db *DB) Applications(ctx context.Context, organisation string) ([]application.Application, error) {
	all, err := db.read(ctx).applications(`revoked = 0`, organisation)
	slices.SortFunc(all, func(a, b application.Application) int {
		return cmp.Or(cmp.Compare(account.Fold(a.Name), account.Fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// described gives what of an application its manager chooses, in the order of applicationColumns after its ID.
func described(a application.Application) ([]any, error) {
	rule, err := asJSON(a.Rule)
	if err != nil {
		return nil, err
	}
	redirects, err := asJSON(a.Redirects)
	if err != nil {
		return nil, err
	}
	logouts, err := asJSON(a.LogoutRedirects)
	if err != nil {
		return nil, err
	}
	return []any{
		plain(a.Name), plain(a.About), plain(a.URL), string(a.Kind), string(a.Template), a.Own, a.Tile, plain(rule),
		plain(redirects), plain(logouts), plain(a.BackChannel), a.Public, a.NoPKCE, a.Secret, string(a.Signs), a.Pairwise,
	}, nil
}

// AddApplication writes a new one with its note, as Version 1. It gives fault.Stale when its ID is taken.
func (db *DB) AddApplication(ctx context.Context, a application.Application, note audit.Entry) error {
	chosen, err := described(a)
	if err != nil {
		return err
	}
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			insert into application (`+applicationColumns+`)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, 1)
			on conflict do nothing`,
			append(append([]any{a.Organisation, a.ID}, chosen...), stamp(a.Created), micros(a.Used))...)
		if err != nil {
			return fmt.Errorf("adding an application: %w", err)
		}
		return r.note(note)
	})
}

// ChangeApplication writes what its manager chooses, and its secret, over those of the same version. It gives
// fault.Missing when there is none in this organisation, fault.Stale when it has changed or is revoked.
func (db *DB) ChangeApplication(ctx context.Context, a application.Application, note audit.Entry) error {
	chosen, err := described(a)
	if err != nil {
		return err
	}
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			update application set name = $3, about = $4, url = $5, kind = $6, template = $7, own = $8, tile = $9, rule = $10,
				redirects = $11, logout_redirects = $12, back_channel = $13, public = $14, no_pkce = $15, secret = $16,
				signs = $17, pairwise = $18, version = version + 1
			where organisation = $1 and id = $2 and revoked = 0 and version = $19`,
			append(append([]any{a.Organisation, a.ID}, chosen...), a.Version)...)
		if errors.Is(err, fault.Stale) {
			_, missing := sole(r.applications(`id = $2`, a.Organisation, a.ID))
			return cmp.Or(missing, err)
		}
		if err != nil {
			return fmt.Errorf("changing an application: %w", err)
		}
		return r.note(note)
	})
}

// RevokeApplication shuts one out at the time of the note, for good: all that it holds of anybody ends, and every
// consent to it. It gives fault.Missing when there is none in this organisation that is not revoked.
func (db *DB) RevokeApplication(ctx context.Context, organisation, id string, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			update application set revoked = $3, version = version + 1 where organisation = $1 and id = $2 and revoked = 0`,
			organisation, id, stamp(note.At))
		if err != nil {
			return missing(err)
		}
		if _, err := r.endGrants(organisation, oidc.Shut, note.At, `application = $4`, id); err != nil {
			return err
		}
		_, err = r.exec(`delete from consent where organisation = $1 and application = $2`, organisation, id)
		if err != nil {
			return fmt.Errorf("taking consents away: %w", err)
		}
		return r.note(note)
	})
}

// UseApplication keeps the time of last use, to the minute: it never sets it back, and writes nothing within a minute
// of the last time. Nothing happens for none.
func (db *DB) UseApplication(ctx context.Context, organisation, id string, now time.Time) error {
	const minute = int64(time.Minute / time.Microsecond)
	var used int64
	err := db.read(ctx).one([]any{&used}, `select used from application where organisation = $1 and id = $2`,
		organisation, id)
	if errors.Is(err, fault.Missing) || err == nil && used > 0 && micros(now)-used < minute {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading when an application was used: %w", err)
	}
	return db.write(ctx, func(r runner) error {
		_, err := r.exec(`update application set used = $3 where organisation = $1 and id = $2 and used < $3`,
			organisation, id, stamp(now))
		return err
	})
}

// GrantCounts says how many people an application holds something of at now.
func (db *DB) GrantCounts(
	ctx context.Context, organisation, application string, now time.Time,
) (people int, err error) {
	err = db.read(ctx).one([]any{&people}, `
		select count(distinct account) from oidc_grant
		where organisation = $1 and application = $2 and ended = 0 and until > $3`, organisation, application, micros(now))
	if err != nil {
		return 0, fmt.Errorf("counting whom an application knows: %w", err)
	}
	return people, nil
}
