package main

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/courier/couriertest"
	"loquet/store"
	"loquet/store/storetest"
)

// TestTwoNodes runs two servers on one PostgreSQL: a session of one is honoured by the other at once, and its end within
// a second.
func TestTwoNodes(t *testing.T) {
	url := storetest.Postgres(t)
	if url == "" {
		return // storetest has said so; with LOQUET_STRICT=1 the test has failed
	}
	populated(t, url, 1)
	relay, folder := couriertest.Start(t, couriertest.Clear), t.TempDir()
	node := func() *server {
		return serve(t, "--database", url, "--key-file", filepath.Join(folder, "loquet.key"), "--smtp", insecure(relay))
	}
	first, second := node(), node()
	here := first.browser(town)
	recovers(t, here, relay, identifier(0), mailbox(0), chosen)
	there := second.browser(town)
	there.SetCookie("loquet", here.Cookie("loquet"))
	if page := there.Get("/home"); page.Status != 200 {
		t.Fatalf("the other node answers %d %s", page.Status, page.Location)
	}
	want(t, here.Post("/signout"), 303, "/signin")
	refusedWithin(t, there, time.Now())

	want(t, there.Post("/signin", "identifier", identifier(0), "password", chosen), 303, "/home")
	here.SetCookie("loquet", there.Cookie("loquet"))
	if page := here.Get("/home"); page.Status != 200 {
		t.Fatalf("the first node answers %d", page.Status)
	}
	recovers(t, second.browser(town), relay, identifier(0), mailbox(0), chosen+"5")
	refusedWithin(t, here, time.Now())
	// Two letters of recovery, and two that say that a password has changed.
	until(t, "every letter has come", func() bool { return len(letters(t, relay, mailbox(0))) == 4 })
}

// ATK-038, ATK-039: whom a manager stops on one node is refused on the other within a second; whoever has a last day is
// refused on both from that moment on, and the account is closed by whichever node comes first.
func TestATK039StoppedOnOneNodeRefusedOnTheOther(t *testing.T) {
	url := storetest.Postgres(t)
	if url == "" {
		return // storetest has said so; with LOQUET_STRICT=1 the test has failed
	}
	populated(t, url, 2)
	relay, folder := couriertest.Start(t, couriertest.Clear), t.TempDir()
	node := func() *server {
		return serve(t, "--database", url, "--key-file", filepath.Join(folder, "loquet.key"), "--smtp", insecure(relay))
	}
	first, second := node(), node()
	manager, family, leaver := first.browser(town), second.browser(town), second.browser(town)
	recovers(t, manager, relay, storetest.Agent, "nadia.benali@saint-loup.example", chosen)
	recovers(t, family, relay, identifier(0), mailbox(0), chosen)
	recovers(t, leaver, relay, identifier(1), mailbox(1), chosen)
	db, err := store.Open(t.Context(), url, logger(&program{err: io.Discard}, "error"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test is over
	o, err := db.OrganisationBySlug(t.Context(), "famille")
	if err != nil {
		t.Fatal(err)
	}
	person := storetest.Person(t, db, o, identifier(0))
	if page := family.Get("/home"); page.Status != 200 {
		t.Fatalf("before: %d", page.Status)
	}
	want(t, manager.Post("/settings/users/"+person.ID+"/stop", "when", "now"), 303, "/settings/users/"+person.ID)
	refusedWithin(t, family, time.Now())

	// A last day ends at a midnight; this one comes in a moment.
	person = storetest.Person(t, db, o, identifier(1))
	leaves := time.Now().Add(1200 * time.Millisecond)
	err = db.ApplyAdmin(t.Context(), admin.Change{
		Now: time.Now(), Organisation: o.ID, Account: person.ID, Leaves: &leaves,
		Note: audit.Entry{Organisation: o.ID, At: time.Now(), Act: audit.LeavingSet, Actor: audit.System, Target: person.ID},
	})
	if err != nil {
		t.Fatal(err)
	}
	if page := leaver.Get("/home"); page.Status != 200 && time.Now().Before(leaves) {
		t.Errorf("before the last day is over: %d", page.Status)
	}
	until(t, "the session is refused", func() bool { return leaver.Get("/home").Status == 303 })
	if late := time.Since(leaves); late < 0 || late > time.Second {
		t.Errorf("refused %v after the end of the last day", late)
	}
	done := make(chan error, 2)
	for range 2 {
		go func() { _, err := db.StopLeavers(t.Context(), time.Now()); done <- err }()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if now := storetest.Person(t, db, o, identifier(1)); now.State != account.Disabled {
		t.Errorf("the account is %s", now.State)
	}
	if err := db.VerifyJournal(t.Context(), o.ID); err != nil {
		t.Error(err)
	}
}
