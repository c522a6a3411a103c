package store

import (
	"context"
	"errors"
	"fmt"

	"loquet/fault"
	"loquet/session"
	"loquet/signin"
)

var _ signin.SessionStore = (*DB)(nil)

// Chain gives what took over from a session, and whether any session of its family is open. It gives fault.Stale when the
// session has changed since it was read.
func (db *DB) Chain(ctx context.Context, s session.Session) (session.Chain, error) {
	var c session.Chain
	var err error
	if s.Successor != "" {
		c.Next, _, err = db.Session(ctx, s.Successor)
	}
	if err != nil && !errors.Is(err, fault.Missing) {
		return session.Chain{}, err
	}
	if c.Next.Organisation != s.Organisation || c.Next.Account != s.Account {
		c.Next = session.Session{}
	}
	if c.Next.EndedBecause == session.Replaced && c.Next.Successor != "" {
		// Given up as lost since s was read, whose successor is another one now.
		return session.Chain{}, fault.Stale
	}
	var open int64
	err = db.read(ctx).one([]any{&open}, `
		select count(*) from session
		where organisation = $1 and account = $2 and (family = $3 or id = $3) and ended = 0`,
		s.Organisation, s.Account, s.Family)
	c.Lives = open > 0
	return c, err
}

// Confirm notes that a session's token has come back. It gives fault.Stale when the session is not open any more.
func (db *DB) Confirm(ctx context.Context, organisation, id string) error {
	return db.write(ctx, func(r runner) error {
		return r.guarded(`update session set confirmed = true where organisation = $1 and id = $2 and ended = 0`,
			organisation, id)
	})
}

// Rotate puts one session in the place of another, all of it or nothing. It gives fault.Stale when another request has
// done so already, or when what it rests on has changed: both the account and every row are guarded.
func (db *DB) Rotate(ctx context.Context, c signin.Rotation) error {
	return db.write(ctx, func(r runner) error {
		if err := r.hold(c.Next.Organisation, c.Next.Account); err != nil {
			return err
		}
		if err := r.handOver(c); err != nil {
			return err
		}
		return r.open(c.Next, c.Now)
	})
}

// handOver ends what a rotation takes over from.
func (r runner) handOver(c signin.Rotation) error {
	organisation, now := c.Next.Organisation, c.Now
	if c.Lost == "" {
		return r.guarded(`
			update session set ended = $3, ended_because = $4, successor = $5, confirmed = true
			where organisation = $1 and id = $2 and ended = 0 and until > $6 and seen + idle > $6`,
			organisation, c.From, stamp(now), string(session.Rotated), c.Next.ID, micros(now))
	}
	err := r.guarded(`
		update session set ended = $3, ended_because = $4, successor = $5
		where organisation = $1 and id = $2 and ended = 0 and confirmed = false`,
		organisation, c.Lost, stamp(now), string(session.Replaced), c.Next.ID)
	if err != nil {
		return err
	}
	return r.guarded(`
		update session set ended = $3, successor = $4
		where organisation = $1 and id = $2 and ended_because = $5 and successor = $6`,
		organisation, c.From, stamp(now), c.Next.ID, string(session.Rotated), c.Lost)
}

// Revoke ends every open session of a family as stolen, with what applications hold of it, and marks those whose tokens
// were replaced, so that whoever comes with one of them reads the same. Letters and note are written with it. It gives
// fault.Stale when none is open.
func (db *DB) Revoke(ctx context.Context, t signin.Theft) error {
	return db.write(ctx, func(r runner) error {
		if err := r.hold(t.Organisation, t.Account); err != nil {
			return err
		}
		rows, err := r.endFamily(t.Organisation, t.Account, t.Family, session.Stolen, t.Now)
		if err != nil {
			return err
		}
		if rows == 0 {
			return fault.Stale
		}
		if _, err := r.endGrantsOfFamily(t.Organisation, t.Account, t.Family, t.Now); err != nil {
			return err
		}
		_, err = r.exec(`
			update session set ended_because = $4
			where organisation = $1 and account = $2 and (family = $3 or id = $3) and successor <> ''`,
			t.Organisation, t.Account, t.Family, string(session.Stolen))
		if err != nil {
			return fmt.Errorf("marking a family of sessions: %w", err)
		}
		for _, letter := range t.Letters {
			if err := r.queue(letter); err != nil {
				return err
			}
		}
		return r.note(t.Note)
	})
}
