package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var start = storetest.Start

// at gives a time of the test's day.
func at(d time.Duration) time.Time { return start.Add(d) }

// town gives a commune and one of its people.
func town(t *testing.T, db *store.DB, identifier string) (organisation.Organisation, account.Account) {
	t.Helper()
	o := storetest.Town(t, db)
	return o, storetest.Person(t, db, o, identifier)
}

// issue gives a secret of a person, made at a time for an hour.
func issue(person account.Account, digest string, issued time.Time) *credential.Issue {
	return &credential.Issue{
		ID: store.NewID(), Organisation: person.Organisation, Account: person.ID,
		Digest: digest, CodeDigest: "code of " + digest, Issued: issued, Expires: issued.Add(time.Hour),
	}
}

// give keeps a secret of a person as a decided recovery does.
func give(t *testing.T, db *store.DB, person account.Account, digest string, issued time.Time) *credential.Issue {
	t.Helper()
	i := issue(person, digest, issued)
	must(t, db.ApplyRecovery(t.Context(), recovery.Change{
		Now: issued, Organisation: person.Organisation, Account: person.ID, EndIssues: true, Issue: i,
	}))
	return i
}

// enter opens a session of a person as a sign-in does.
func enter(t *testing.T, db *store.DB, person account.Account, stage session.Stage, opened time.Time) session.Session {
	t.Helper()
	s := storetest.Session(person, stage, opened)
	must(t, db.ApplySignIn(t.Context(), signin.Change{
		Now: opened, Organisation: person.Organisation, Account: person.ID, Open: &s,
	}))
	return s
}

func note(person account.Account, act audit.Act, when time.Time) audit.Entry {
	return audit.Entry{
		Organisation: person.Organisation, At: when, Act: act, Actor: person.ID, Target: person.ID, Address: "192.0.2.7",
	}
}

func letter(o organisation.Organisation, account string, kind courier.Kind, due time.Time) courier.Item {
	return courier.Item{
		ID: store.NewID(), Organisation: o.ID, Account: account, Kind: kind, Recipient: "claire.martin@orange.example",
		Payload: []byte(`{"device":"Firefox"}`), Created: due, Due: due, Expires: due.Add(time.Hour),
	}
}

// race runs do 50 times at once and gives how often it worked. Whoever does not win must get fault.Stale.
func race(t *testing.T, do func(ctx context.Context, n int) error) int64 {
	t.Helper()
	var won atomic.Int64
	together(50, func(n int) {
		switch err := do(t.Context(), n); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, fault.Stale):
			t.Errorf("the loser of a race got %v", err)
		}
	})
	return won.Load()
}

// together runs do n times at once and waits for all.
func together(n int, do func(n int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			do(i)
		})
	}
	close(begin)
	all.Wait()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails unless err is the one that is wanted.
func want(t testing.TB, what string, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%s gave %v, want %v", what, err, wanted)
	}
}

// ends reads why a session ended, empty while it is open.
func ends(t *testing.T, db *store.DB, id string) session.End {
	t.Helper()
	s, _, err := db.Session(t.Context(), id)
	must(t, err)
	if s.Ended.IsZero() != (s.EndedBecause == "") {
		t.Errorf("session ended %v because %q", s.Ended, s.EndedBecause)
	}
	return s.EndedBecause
}

// acts gives the journal's acts about a person, in their order.
func acts(t *testing.T, db *store.DB, person account.Account) []audit.Act {
	t.Helper()
	entries, err := db.Journal(t.Context(), person.Organisation, 1, 1000)
	must(t, err)
	var acts []audit.Act
	for _, e := range entries {
		if e.Target == person.ID {
			acts = append(acts, e.Act)
		}
	}
	return acts
}
