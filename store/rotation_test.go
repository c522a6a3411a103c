package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

const month = 30 * 24 * time.Hour

// remembered opens a remembered session.
func remembered(t *testing.T, db *store.DB, person account.Account, opened time.Time) session.Session {
	t.Helper()
	s := storetest.Session(person, session.Full, opened)
	s.Remembered, s.Idle, s.Until = true, month, opened.Add(month)
	must(t, db.ApplySignIn(t.Context(), signin.Change{
		Now: opened, Organisation: person.Organisation, Account: person.ID, Open: &s,
	}))
	return s
}

// following gives the rotation of a session.
func following(s session.Session, lost string, now time.Time) signin.Rotation {
	r := signin.Rotation{Now: now, From: s.ID, Lost: lost, Next: s.After(now)}
	_, r.Next.ID = session.NewToken()
	return r
}

func theft(s session.Session, now time.Time) signin.Theft {
	return signin.Theft{
		Now: now, Organisation: s.Organisation, Account: s.Account, Family: s.Family,
		Letters: []courier.Item{{
			ID: store.NewID(), Organisation: s.Organisation, Account: s.Account, Kind: courier.SessionStolen,
			Recipient: "a@example.com", Payload: []byte(`{}`), Created: now, Due: now, Expires: now.Add(time.Hour),
		}},
		Note: audit.Entry{Organisation: s.Organisation, At: now, Act: audit.SessionStolen, Target: s.Account},
	}
}

// alive counts the open sessions of a person.
func alive(t *testing.T, db *store.DB, person account.Account) int64 {
	t.Helper()
	n, err := db.Number(t.Context(), `select count(*) from session where account = $1 and ended = 0`, person.ID)
	must(t, err)
	return n
}

func TestRotationHandsOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		first := remembered(t, db, person, start)
		r := following(first, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), r))
		next, _, err := db.Session(t.Context(), r.Next.ID)
		must(t, err)
		if diff := cmp.Diff(r.Next, next); diff != "" {
			t.Error(diff)
		}
		old, _, err := db.Session(t.Context(), first.ID)
		must(t, err)
		if old.EndedBecause != session.Rotated || old.Successor != next.ID || !old.Ended.Equal(at(time.Hour)) ||
			next.Family != first.ID || !next.Proved.Equal(first.Proved) || !next.Until.Equal(first.Until) {
			t.Errorf("%+v, then %+v", old, next)
		}
		chain, err := db.Chain(t.Context(), old)
		must(t, err)
		if !chain.Lives || chain.Next.ID != next.ID || chain.Next.Confirmed {
			t.Errorf("%+v", chain)
		}
		must(t, db.Confirm(t.Context(), o.ID, next.ID))
		if chain, err = db.Chain(t.Context(), old); err != nil || !chain.Next.Confirmed {
			t.Errorf("%v, %+v", err, chain)
		}
		want(t, "rotating twice", db.Rotate(t.Context(), following(first, "", at(2*time.Hour))), fault.Stale)
		want(t, "giving up what has come", db.Rotate(t.Context(), following(old, next.ID, at(2*time.Hour))), fault.Stale)
		want(t, "confirming what is over", db.Confirm(t.Context(), o.ID, first.ID), fault.Stale)
		want(t, "rotating what is over", db.Rotate(t.Context(), following(next, "", at(month))), fault.Stale)
		if alive(t, db, person) != 1 {
			t.Error("a refused rotation has opened something")
		}
	})
}

func TestALostTokenIsReplacedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		first := remembered(t, db, person, start)
		lost := following(first, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), lost))
		again := following(first, lost.Next.ID, at(2*time.Hour))
		must(t, db.Rotate(t.Context(), again))
		want(t, "a second time", db.Rotate(t.Context(), following(first, lost.Next.ID, at(2*time.Hour))), fault.Stale)
		displaced, _, err := db.Session(t.Context(), lost.Next.ID)
		must(t, err)
		old, _, err := db.Session(t.Context(), first.ID)
		must(t, err)
		if displaced.EndedBecause != session.Replaced || displaced.Successor != again.Next.ID ||
			old.Successor != again.Next.ID || !old.Ended.Equal(at(2*time.Hour)) || ends(t, db, again.Next.ID) != "" {
			t.Errorf("%+v, %+v", displaced, old)
		}
	})
}

// TestEndingOneEndsWhatTookOverFromIt: « Déconnecter cet appareil » names a session that another tab may have rotated.
func TestEndingOneEndsWhatTookOverFromIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		first, other := remembered(t, db, person, start), remembered(t, db, person, start)
		r := following(first, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), r))
		must(t, db.EndSession(t.Context(), o.ID, first.ID, session.SignedOut, note(person, audit.SignedOut, at(2*time.Hour))))
		if ends(t, db, r.Next.ID) != session.SignedOut || ends(t, db, first.ID) != session.Rotated || ends(t, db, other.ID) != "" {
			t.Error("the wrong sessions ended")
		}
		// A proof opens a session of the same family in its place, which must not end with it.
		proved := other
		_, proved.ID = session.NewToken()
		must(t, db.ApplySignIn(t.Context(), signin.Change{
			Now: at(time.Hour), Organisation: o.ID, Account: person.ID, Open: &proved, Replace: other.ID,
		}))
		if ends(t, db, proved.ID) != "" || ends(t, db, other.ID) != session.Replaced {
			t.Error("the session that takes over has ended")
		}
	})
}

func TestATK037AStolenFamilyEndsAsAWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		first, other := remembered(t, db, person, start), remembered(t, db, person, start)
		second := following(first, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), second))
		third := following(second.Next, "", at(2*time.Hour))
		must(t, db.Rotate(t.Context(), third))
		must(t, db.Revoke(t.Context(), theft(first, at(3*time.Hour))))
		for _, id := range []string{first.ID, second.Next.ID, third.Next.ID} {
			if because := ends(t, db, id); because != session.Stolen {
				t.Errorf("a session of the family ended as %q", because)
			}
		}
		if ends(t, db, other.ID) != "" {
			t.Error("another device was signed out")
		}
		want(t, "twice", db.Revoke(t.Context(), theft(first, at(3*time.Hour))), fault.Stale)
		letters, err := db.Lease(t.Context(), at(4*time.Hour), at(5*time.Hour), 10)
		must(t, err)
		if len(letters) != 1 || letters[0].Kind != courier.SessionStolen {
			t.Errorf("%d letters: %+v", len(letters), letters)
		}
	})
}

func TestTwoTabsRotateOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		first := remembered(t, db, person, start)
		won := race(t, func(ctx context.Context, _ int) error { return db.Rotate(ctx, following(first, "", at(time.Hour))) })
		if won != 1 || alive(t, db, person) != 1 {
			t.Errorf("%d rotations, %d sessions", won, alive(t, db, person))
		}
		old, _, err := db.Session(t.Context(), first.ID)
		must(t, err)
		won = race(t, func(ctx context.Context, _ int) error {
			return db.Rotate(ctx, following(old, old.Successor, at(2*time.Hour)))
		})
		if won != 1 || alive(t, db, person) != 1 {
			t.Errorf("%d answers to a lost token, %d sessions", won, alive(t, db, person))
		}
	})
}

// TestATK038NothingRotatesPastAnEnd runs a rotation and everything that ends sessions at the same moment, many times:
// no session may slip through.
func TestATK038NothingRotatesPastAnEnd(t *testing.T) {
	for what, end := range map[string]func(ctx context.Context, db *store.DB, s session.Session, n audit.Entry) error{
		"revoke": func(ctx context.Context, db *store.DB, s session.Session, _ audit.Entry) error {
			return db.Revoke(ctx, theft(s, at(time.Hour)))
		},
		"sign out": func(ctx context.Context, db *store.DB, s session.Session, n audit.Entry) error {
			return db.EndSession(ctx, s.Organisation, s.ID, session.SignedOut, n)
		},
		"end all": func(ctx context.Context, db *store.DB, s session.Session, n audit.Entry) error {
			return db.EndSessionsOf(ctx, s.Organisation, s.Account, session.Stopped, n)
		},
		"close": func(ctx context.Context, db *store.DB, s session.Session, n audit.Entry) error {
			return db.SetState(ctx, s.Organisation, s.Account, account.Disabled, at(time.Hour), n)
		},
	} {
		t.Run(what, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				o, person := town(t, db, storetest.Active)
				for range 20 {
					s := remembered(t, db, person, start)
					errs := make([]error, 4)
					together(len(errs), func(n int) {
						if n == 0 {
							errs[n] = end(t.Context(), db, s, note(person, audit.SignedOut, at(time.Hour)))
							return
						}
						errs[n] = db.Rotate(t.Context(), following(s, "", at(time.Hour)))
					})
					for _, err := range errs {
						if err != nil && !errors.Is(err, fault.Stale) {
							t.Fatal(err)
						}
					}
					if n := alive(t, db, person); n != 0 {
						t.Fatalf("%d sessions have slipped through: %v", n, errs)
					}
					must(t, db.SetState(t.Context(), o.ID, person.ID, account.Active, at(time.Hour), audit.Entry{}))
				}
			})
		})
	}
}

func TestAnOlderLoquetsSessionIsTheFirstOfItsChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		s := remembered(t, db, person, start)
		_, err := db.Exec(t.Context(), `update session set proved = 0, family = '', issued = 0 where id = $1`, s.ID)
		must(t, err)
		old, _, err := db.Session(t.Context(), s.ID)
		must(t, err)
		if old.Family != s.ID || !old.Issued.Equal(s.Opened) || old.Proven(start, time.Hour) {
			t.Errorf("%+v", old)
		}
		r := following(old, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), r))
		must(t, db.Revoke(t.Context(), theft(old, at(2*time.Hour))))
		if ends(t, db, s.ID) != session.Stolen || ends(t, db, r.Next.ID) != session.Stolen {
			t.Error("a part of the family goes on")
		}
	})
}

// TestATK069RotationStaysInItsOrganisation names sessions of another organisation.
func TestATK069RotationStaysInItsOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		other := storetest.School(t, db)
		s := remembered(t, db, person, start)
		foreign := s
		foreign.Organisation = other.ID
		want(t, "rotating", db.Rotate(t.Context(), following(foreign, "", at(time.Hour))), fault.Stale)
		want(t, "revoking", db.Revoke(t.Context(), theft(foreign, at(time.Hour))), fault.Stale)
		want(t, "confirming", db.Confirm(t.Context(), other.ID, s.ID), fault.Stale)
		foreign.Successor = s.ID
		if chain, err := db.Chain(t.Context(), foreign); err != nil || chain.Lives || chain.Next.ID != "" {
			t.Errorf("%v, %+v", err, chain)
		}
		if ends(t, db, s.ID) != "" {
			t.Error("something was done in the name of another organisation")
		}
	})
}

// A session that was read before another request gave up its successor tells nothing any more: whoever holds that copy
// must read again, and not take the person for somebody whose session is over.
func TestAChainThatMovedIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		first := remembered(t, db, person, start)
		lost := following(first, "", at(time.Hour))
		must(t, db.Rotate(t.Context(), lost))
		before, _, err := db.Session(t.Context(), first.ID)
		must(t, err)
		again := following(before, lost.Next.ID, at(2*time.Hour))
		must(t, db.Rotate(t.Context(), again))
		_, err = db.Chain(t.Context(), before)
		want(t, "the copy of before", err, fault.Stale)
		now, _, err := db.Session(t.Context(), first.ID)
		must(t, err)
		chain, err := db.Chain(t.Context(), now)
		must(t, err)
		if chain.Next.ID != again.Next.ID || !chain.Lives {
			t.Errorf("%+v", chain)
		}
	})
}
