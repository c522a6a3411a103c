package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"loquet/audit"
	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

func TestSessionIsReadAsItWasOpened(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.MustRenew)
		s := storetest.Session(person, session.Renewal, start)
		s.Remembered, s.Secret, s.Proof = true, "the secret's ID", []string{"pwd", "otp"}
		must(t, db.ApplySignIn(t.Context(), signin.Change{Now: start, Organisation: o.ID, Account: person.ID, Open: &s}))
		read, owner, err := db.Session(t.Context(), s.ID)
		must(t, err)
		if diff := cmp.Diff(s, read); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(person, owner); diff != "" {
			t.Error(diff)
		}
		for _, id := range []string{"", "-", "none", s.ID[:10], s.ID + "x"} {
			_, _, err = db.Session(t.Context(), id)
			want(t, "an unknown session", err, fault.Missing)
		}
	})
}

func TestTouchNeverBringsASessionBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		s, over := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, start)
		must(t, db.EndSession(t.Context(), o.ID, over.ID, session.SignedOut, audit.Entry{At: start}))
		seen := func(id string, touched, wanted time.Time) {
			t.Helper()
			must(t, db.Touch(t.Context(), id, touched))
			read, _, err := db.Session(t.Context(), id)
			must(t, err)
			if !read.Seen.Equal(wanted) {
				t.Errorf("seen %v, want %v", read.Seen, wanted)
			}
		}
		seen(s.ID, at(10*time.Minute), at(10*time.Minute))
		seen(s.ID, at(5*time.Minute), at(10*time.Minute))                            // ATK-088: not back
		seen(s.ID, at(10*time.Minute).Add(session.RenewalLasts), at(10*time.Minute)) // idle for too long
		seen(s.ID, at(12*time.Hour), at(10*time.Minute))                             // over
		seen(s.ID, at(39*time.Minute), at(39*time.Minute))                           // just in time
		seen(over.ID, at(time.Minute), start)
		must(t, db.Touch(t.Context(), "none", start))
	})
}

func TestEndSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		s, other := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, start)
		for range 2 {
			must(t, db.EndSession(t.Context(), o.ID, s.ID, session.SignedOut, note(person, audit.SignedOut, at(time.Minute))))
		}
		read, _, err := db.Session(t.Context(), s.ID)
		must(t, err)
		if !read.Ended.Equal(at(time.Minute)) || read.EndedBecause != session.SignedOut || ends(t, db, other.ID) != "" {
			t.Errorf("%+v", read)
		}
		if got := acts(t, db, person); len(got) != 2 {
			t.Errorf("the journal has %v", got)
		}
		want(t, "ending nothing", db.EndSession(t.Context(), o.ID, "none", session.SignedOut, audit.Entry{}), fault.Missing)
	})
}

func TestEndSessionsOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		first, second := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, at(time.Second))
		other := enter(t, db, storetest.Person(t, db, o, storetest.Mother), session.Full, start)
		open, err := db.SessionsOf(t.Context(), o.ID, person.ID)
		must(t, err)
		if diff := cmp.Diff([]session.Session{second, first}, open, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		stopped := note(person, audit.SignedOut, at(time.Minute))
		must(t, db.EndSessionsOf(t.Context(), o.ID, person.ID, session.Stopped, stopped))
		mine := []session.End{ends(t, db, first.ID), ends(t, db, second.ID)}
		if !slices.Equal(mine, []session.End{session.Stopped, session.Stopped}) || ends(t, db, other.ID) != "" {
			t.Error("the wrong sessions ended")
		}
		open, err = db.SessionsOf(t.Context(), o.ID, person.ID)
		must(t, err)
		if len(open) > 0 {
			t.Errorf("%d are open", len(open))
		}
	})
}

// A clock at the very beginning of its time must not make what has happened look like what has not.
func TestATK088EndIsAnEndWhateverTheClockSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		for _, when := range []time.Time{{}, time.Unix(0, 0)} {
			s := enter(t, db, person, session.Full, start)
			must(t, db.EndSession(t.Context(), o.ID, s.ID, session.SignedOut, audit.Entry{At: when}))
			if ends(t, db, s.ID) != session.SignedOut {
				t.Error("the session goes on")
			}
		}
	})
}
