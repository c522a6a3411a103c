package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/account"
	"loquet/courier/couriertest"
	"loquet/store"
	"loquet/store/storetest"
)

// populated makes a database with the people of storetest in it, and n families of the town with a mailbox each.
func populated(t *testing.T, url string, n int) {
	t.Helper()
	db, err := store.Open(t.Context(), url, logger(&program{err: io.Discard}, "error"))
	if err != nil {
		t.Fatal(err)
	}
	o := storetest.Town(t, db)
	storetest.School(t, db)
	families := make([]account.Account, n)
	for i := range families {
		families[i] = account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: identifier(i), FamilyName: "Durand", Role: account.Famille,
			State: account.Active, Emails: []account.Email{{Address: mailbox(i), Proven: true}},
		}
	}
	if err := db.CreateAccounts(t.Context(), created(families, time.Now())); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func identifier(i int) string { return fmt.Sprintf("%d", 50000+i) }
func mailbox(i int) string    { return fmt.Sprintf("famille%d@boites.example", i) }

// filed gives the URL of the database of a data folder.
func filed(folder string) string { return "sqlite:" + filepath.Join(folder, "loquet.db") }

// asks posts « Mot de passe oublié » and says whether the program has promised a letter. It fails when the program is gone.
func asks(ctx context.Context, client *http.Client, address, identifier string) bool {
	form := url.Values{"identifier": {identifier}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/recover", strings.NewReader(form))
	if err != nil {
		return false
	}
	r.Host = town
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // nothing to read in a redirect
	return answer.StatusCode == http.StatusSeeOther
}

func unfollowing(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// TestKillMinusNine kills the program three times while people ask for letters: whoever was promised one gets it, and a
// letter that comes twice is the same letter.
func TestKillMinusNine(t *testing.T) {
	const people, clients, kills = 500, 16, 3
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), people)
	relay.Answer(mailbox(17), couriertest.Answer{HangUp: couriertest.After, Times: 1}) // taken, and the program never told
	run := func() *server { return serve(t, "--data", folder, "--smtp", insecure(relay)) }
	var running atomic.Pointer[server]
	running.Store(run())
	var promised atomic.Int64
	todo, client := make(chan int), unfollowing(t)
	var crowd sync.WaitGroup
	for range clients {
		crowd.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for i := range todo {
				for t.Context().Err() == nil && !asks(t.Context(), client, running.Load().address, identifier(i)) {
					<-tick.C // until the program is back
				}
				promised.Add(1)
			}
		})
	}
	go func() {
		defer close(todo)
		for i := range people {
			todo <- i
		}
	}()
	for i := range kills {
		moment := int64(people/(kills+1)*i + 1 + rand.IntN(people/(kills+1)))
		until(t, "so many are promised", func() bool { return promised.Load() >= moment })
		running.Load().kill()
		t.Logf("killed with %d promised and %d letters out", promised.Load(), len(relay.Taken()))
		running.Store(run())
	}
	crowd.Wait()
	until(t, "everybody has a letter", func() bool { return len(recipients(relay)) == people })
	until(t, "the letter that nobody knows to be taken comes again", func() bool {
		passes(t, folder)
		return recipients(relay)[mailbox(17)] > 1
	})
	if status := running.Load().stop(); status != exitDone {
		t.Errorf("the program ended with %d", status)
	}
	same(t, relay, mailbox(17))
}

func recipients(relay *couriertest.Server) map[string]int {
	all := map[string]int{}
	for _, m := range relay.Taken() {
		all[m.To]++
	}
	return all
}

// same wants all letters of one Message-ID to be one letter, byte for byte, and such a pair at one mailbox.
func same(t *testing.T, relay *couriertest.Server, twice string) {
	t.Helper()
	repeated, first := map[string]int{}, map[string]string{}
	for to := range recipients(relay) {
		for _, l := range letters(t, relay, to) {
			id := l.Headers["Message-ID"]
			if was, again := first[id]; again {
				repeated[to]++
				if was != string(l.Raw) {
					t.Errorf("two letters of %s differ", id)
				}
			}
			first[id] = string(l.Raw)
		}
	}
	if repeated[twice] == 0 {
		t.Errorf("%s has no letter twice, though the program was never told of the first", twice)
	}
	t.Logf("%d letters, %d people have one twice", len(first), len(repeated))
}

// passes lets the time until the next try of each letter pass at once.
func passes(t *testing.T, folder string) {
	t.Helper()
	change(t, filepath.Join(folder, "loquet.db"), `update outbox set ready = 0, due = 0 where finished = 0 and attempts > 0`)
}

// change runs a statement on a SQLite file beside whatever else uses it.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// number reads one number from a SQLite file.
func number(t *testing.T, path, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// gate is an address on which nobody listens until it is opened.
type gate struct{ address string }

// open leads the address to a mail server.
func (g gate) open(t *testing.T, to *couriertest.Server) {
	t.Helper()
	l, err := net.Listen("tcp", g.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to.Addr)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
}

// TestBadMailServerLosesNothing asks for letters while the mail server is down, slow, refusing or cutting the line: the
// program goes on answering, and every letter that can be taken is.
func TestBadMailServerLosesNothing(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	path := filepath.Join(folder, "loquet.db")
	populated(t, filed(folder), 6)
	down := gate{free(t)}
	s := serve(t, "--data", folder, "--smtp", "smtp+insecure://"+down.address, "--log-level", "error")
	const slow, later, never, within, after = 1, 2, 3, 4, 5
	release := make(chan struct{})
	held := make(chan struct{}, 1)
	relay.Answer(mailbox(slow), couriertest.Answer{Hold: release, Held: func() { held <- struct{}{} }, Times: 1})
	relay.Answer(mailbox(later), couriertest.Answer{Data: &smtp.SMTPError{Code: 451, Message: "Greylisted"}, Times: 1})
	relay.Answer(mailbox(never), couriertest.Answer{Data: &smtp.SMTPError{Code: 550, Message: "No such user"}})
	relay.Answer(mailbox(within), couriertest.Answer{HangUp: couriertest.Within, Times: 1})
	relay.Answer(mailbox(after), couriertest.Answer{HangUp: couriertest.After, Times: 1})
	client := unfollowing(t)
	for i := range 6 {
		if !asks(t.Context(), client, s.address, identifier(i)) {
			t.Fatalf("%s was not promised a letter while the mail server is down", identifier(i))
		}
	}
	until(t, "every letter was tried in vain", func() bool {
		return number(t, path, `select count(*) from outbox where attempts = 1 and finished = 0`) == 6
	})
	down.open(t, relay)
	passes(t, folder)
	<-held
	if page := s.browser(town).Get("/signin"); page.Status != 200 {
		t.Errorf("while the mail server is slow the front page is %d", page.Status)
	}
	close(release)
	until(t, "every letter was taken, or refused and given a second try", func() bool {
		return number(t, path, `select count(*) from outbox where attempts = 1 and finished = 0`) == 0
	})
	passes(t, folder)
	until(t, "nothing waits", func() bool { return number(t, path, `select count(*) from outbox where finished = 0`) == 0 })
	got := recipients(relay)
	for i, times := range []int{1, 1, 1, 0, 1, 2} {
		if got[mailbox(i)] != times {
			t.Errorf("%s has %d letters, want %d", mailbox(i), got[mailbox(i)], times)
		}
	}
	same(t, relay, mailbox(after))
	if n := number(t, path, `select count(*) from outbox where state = 'failed'`); n != 1 {
		t.Errorf("%d letters were given up, want the one that is refused for good", n)
	}
	if n := number(t, path, `select count(*) from journal where act = 'letter-failed'`); n != 1 {
		t.Errorf("%d entries of the journal say that a letter failed", n)
	}
}
