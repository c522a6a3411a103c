package store

import (
	"context"
	"errors"
	"fmt"

	"loquet/audit"
	"loquet/fault"
	"loquet/oidc"
)

// Consent gives what somebody has consented to, zero when nothing was.
func (db *DB) Consent(ctx context.Context, organisation, account, application string) (oidc.Consent, error) {
	c, err := sole(db.read(ctx).consents(`account = $2 and application = $3`, organisation, account, application))
	if errors.Is(err, fault.Missing) {
		return oidc.Consent{}, nil
	}
	return c, err
}

// ConsentsOf gives all of an account, the last one first.
func (db *DB) ConsentsOf(ctx context.Context, organisation, account string) ([]oidc.Consent, error) {
	return db.read(ctx).consents(`account = $2 order by given desc, application`, organisation, account)
}

func (r runner) consents(where string, args ...any) (all []oidc.Consent, err error) {
	err = r.each(`
		select organisation, account, application, scopes, given from consent where organisation = $1 and `+where, args,
		func(scan func(...any) error) error {
			var c oidc.Consent
			var scopes string
			var given int64
			if err := scan(&c.Organisation, &c.Account, &c.Application, &scopes, &given); err != nil {
				return err
			}
			c.Given = moment(given)
			all = append(all, c)
			return fromJSON(scopes, &all[len(all)-1].Scopes)
		})
	if err != nil {
		return nil, fmt.Errorf("reading consents: %w", err)
	}
	return all, nil
}

// SaveConsent writes a consent over the one before. It gives fault.Stale when the account or the application is gone.
func (db *DB) SaveConsent(ctx context.Context, c oidc.Consent, note audit.Entry) error {
	scopes, err := asJSON(c.Scopes)
	if err != nil {
		return err
	}
	return db.write(ctx, func(r runner) error {
		if err := r.hold(c.Organisation, c.Account); err != nil {
			return err
		}
		if err := r.holdApplication(c.Organisation, c.Application); err != nil {
			return err
		}
		_, err := r.exec(`
			insert into consent (organisation, account, application, scopes, given) values ($1, $2, $3, $4, $5)
			on conflict (organisation, account, application) do update set scopes = excluded.scopes, given = excluded.given`,
			c.Organisation, c.Account, c.Application, plain(scopes), stamp(c.Given))
		if err != nil {
			return fmt.Errorf("keeping a consent: %w", err)
		}
		return r.note(note)
	})
}

// withdraw takes a consent away, and says whether there was one.
func (r runner) withdraw(organisation, account, application string) (bool, error) {
	rows, err := r.exec(`delete from consent where organisation = $1 and account = $2 and application = $3`,
		organisation, account, application)
	if err != nil {
		return false, fmt.Errorf("taking a consent away: %w", err)
	}
	return rows > 0, nil
}
