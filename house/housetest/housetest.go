// Package housetest gives tests the whole house on a fresh database: its public handler behind a real listener, its
// worker with a mail catcher, a clock that a test moves, and a browser without a screen.
package housetest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"loquet/config"
	"loquet/courier"
	"loquet/house"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
	"loquet/web"
)

// Clock is a clock that stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now gives the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock, back with a negative duration.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Fixture is the house under test.
type Fixture struct {
	*house.House

	Clock   *Clock
	Catcher *courier.Catcher
	Texts   *courier.TextCatcher
	Server  *httptest.Server
	Web     *web.Web
	Town    organisation.Organisation // storetest.Town
	School  organisation.Organisation // storetest.School
	Log     *Log
}

// Log is everything that the house has logged.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write adds a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Settings are those of a house under test: http on loopback hosts, hashes at the lowest cost that is allowed.
func Settings() config.Settings {
	return config.Settings{
		Listen: "127.0.0.1:8080", PublicScheme: "http", HashMemory: 7 * 1024, HashPasses: 5, HashLanes: 1, HashParallel: 2,
		HashWait: time.Minute,
	}
}

// New opens the house on a database, with a town and a school in it and a worker that delivers, and closes it when the
// test ends. Each change of the settings is applied before the rooms are joined.
func New(t testing.TB, db *store.DB, change ...func(*config.Settings)) *Fixture {
	t.Helper()
	f := Still(t, db, change...)
	f.Deliver(t, f.Catcher)
	return f
}

// Still is New without a worker: what is asked waits in the outbox.
func Still(t testing.TB, db *store.DB, change ...func(*config.Settings)) *Fixture {
	t.Helper()
	s := Settings()
	for _, c := range change {
		c(&s)
	}
	f := &Fixture{Clock: &Clock{now: time.Now().UTC().Truncate(time.Microsecond)}, Log: &Log{}}
	f.Town, f.School = storetest.Town(t, db), storetest.School(t, db)
	var err error
	if f.Catcher, err = courier.NewCatcher("portail@loquet.example"); err != nil {
		t.Fatal(err)
	}
	f.Texts = courier.NewTextCatcher(f.Clock.Now)
	f.join(t, db, s)
	return f
}

// Beside gives a second house on the same database, with the same key and clock: another node, or the program after it
// was started anew. It has no worker.
func (f *Fixture) Beside(t testing.TB) *Fixture {
	t.Helper()
	second := *f
	second.join(t, f.DB, Settings())
	return &second
}

// join joins the rooms, and listens until the test ends.
func (f *Fixture) join(t testing.TB, db *store.DB, s config.Settings) {
	t.Helper()
	log := slog.New(slog.NewJSONHandler(f.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if f.House, err = house.Join(db, s, bytes.Repeat([]byte{7}, 32), log, f.Clock.Now); err != nil {
		t.Fatal(err)
	}
	f.SendTexts(f.Texts)
	if f.Web, err = f.House.Web(s); err != nil {
		t.Fatal(err)
	}
	f.Server = httptest.NewServer(f.Web.Handler())
	t.Cleanup(func() {
		f.Server.Close()
		f.Settle()
	})
}

// Deliver runs a worker with a sender until the test ends.
func (f *Fixture) Deliver(t testing.TB, sender courier.Sender) {
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = f.Worker(sender).Run(ctx) }) // gives no error
	t.Cleanup(func() {
		stop()
		work.Wait()
	})
}

// Letter waits for the first letter to an address after so many letters in all.
func (f *Fixture) Letter(t testing.TB, to string, after int) courier.Caught {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, err := f.Catcher.Wait(ctx, to, after)
	if err != nil {
		t.Fatalf("no letter to %s: %v", to, err)
	}
	return l
}

// Quiet waits until the outbox has nothing left to do: what was asked has been decided and sent.
func (f *Fixture) Quiet(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		stats, err := f.DB.Stats(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if stats.Waiting == 0 {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the outbox is not quiet: %+v", stats)
		case <-tick.C:
		}
	}
}

var groups = regexp.MustCompile(`(?m)^\s*([2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4})+)\s*$`)

// Secret gives the secret that stands alone on a line of a letter (contract, "Letters").
func Secret(t testing.TB, l courier.Caught) string {
	t.Helper()
	m := groups.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no secret in the letter:\n%s", l.Text)
	}
	return m[1]
}

var links = regexp.MustCompile(`(?m)^\s*(https?://\S+/enter/\S+)\s*$`)

// Link gives the link that stands on a line of its own.
func Link(t testing.TB, l courier.Caught) string {
	t.Helper()
	m := links.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no link in the letter:\n%s", l.Text)
	}
	return strings.TrimSpace(m[1])
}
