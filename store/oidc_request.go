package store

import (
	"context"
	"fmt"
	"time"

	"loquet/fault"
	"loquet/oidc"
)

// SaveRequest writes a request of Version 0 as new, which then has Version 1, and any other one over that of the same
// version, which then has the next. It gives fault.Stale when that one has changed, or when a new one, or its handle,
// is there already.
func (db *DB) SaveRequest(ctx context.Context, q oidc.Request) error {
	return db.write(ctx, func(r runner) error {
		var err error
		if q.Version == 0 {
			err = r.guarded(`
				insert into oidc_request (organisation, id, application, handle, document, until, over, version)
				values ($1, $2, $3, $4, $5, $6, $7, 1) on conflict do nothing`,
				q.Organisation, q.ID, q.Application, q.Handle, octets(q.Document), micros(q.Until), q.Over)
		} else {
			err = r.guarded(`
				update oidc_request set handle = $4, document = $5, until = $6, over = $7, version = version + 1
				where organisation = $1 and id = $2 and application = $3 and version = $8`,
				q.Organisation, q.ID, q.Application, q.Handle, octets(q.Document), micros(q.Until), q.Over, q.Version)
		}
		if err != nil {
			return fmt.Errorf("keeping a request: %w", err)
		}
		return nil
	})
}

// Request gives a request. It gives fault.Missing when there is none in this organisation.
func (db *DB) Request(ctx context.Context, organisation, id string) (oidc.Request, error) {
	return db.read(ctx).request(`id = $2`, organisation, id)
}

// RequestByHandle finds a pushed request; fault.Missing for none. An empty digest names nothing (ATK-013).
func (db *DB) RequestByHandle(ctx context.Context, organisation, digest string) (oidc.Request, error) {
	return db.read(ctx).request(`handle = $2 and handle <> ''`, organisation, digest)
}

func (r runner) request(where, organisation, key string) (q oidc.Request, err error) {
	var until int64
	err = r.one([]any{&q.Organisation, &q.ID, &q.Application, &q.Handle, &q.Document, &until, &q.Over, &q.Version}, `
		select organisation, id, application, handle, document, until, over, version
		from oidc_request where organisation = $1 and `+where, organisation, key)
	if err != nil {
		return oidc.Request{}, err
	}
	q.Until = moment(until)
	return q, nil
}

// Spend notes that something that serves once has served, until it would have ended anyway. It gives fault.Stale when
// it has served before, in this organisation.
func (db *DB) Spend(ctx context.Context, organisation, digest string, until time.Time) error {
	if digest == "" {
		return fault.Stale
	}
	// The challenges of sign-ins, in the same table, have no blank.
	return db.write(ctx, func(r runner) error { return r.spent(organisation+" "+digest, until) })
}

// octets gives bytes as a column takes them that is never null.
func octets(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
