package store

import (
	"context"
	"fmt"
	"time"

	"loquet/oidc"
)

// Keys gives all signing keys of an organisation that are not gone at now, the oldest first.
func (db *DB) Keys(ctx context.Context, organisation string, now time.Time) (all []oidc.Key, err error) {
	err = db.read(ctx).each(`
		select organisation, id, algorithm, sealed, signs, until, gone from signing_key
		where organisation = $1 and gone > $2 order by signs, id`, []any{organisation, micros(now)},
		func(scan func(...any) error) error {
			var k oidc.Key
			var from, until, gone int64
			err := scan(&k.Organisation, &k.ID, &k.Algorithm, &k.Sealed, &from, &until, &gone)
			k.From, k.Until, k.Gone = moment(from), moment(until), moment(gone)
			all = append(all, k)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading signing keys: %w", err)
	}
	return all, nil
}

// AddKey adds a key. It gives fault.Stale when there is one of its algorithm with the same From already: another node
// was faster.
func (db *DB) AddKey(ctx context.Context, k oidc.Key) error {
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`
			insert into signing_key (organisation, id, algorithm, sealed, signs, until, gone)
			values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
			k.Organisation, k.ID, string(k.Algorithm), octets(k.Sealed), micros(k.From), micros(k.Until), micros(k.Gone))
		if err != nil {
			return fmt.Errorf("keeping a signing key: %w", err)
		}
		return nil
	})
}

// KeyHolders gives the IDs of the organisations that have signing keys.
func (db *DB) KeyHolders(ctx context.Context) (ids []string, err error) {
	err = db.read(ctx).each(`select distinct organisation from signing_key`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading who has signing keys: %w", err)
	}
	return ids, nil
}
