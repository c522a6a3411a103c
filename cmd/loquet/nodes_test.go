package main

import (
	"path/filepath"
	"testing"
	"time"

	"loquet/courier/couriertest"
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
