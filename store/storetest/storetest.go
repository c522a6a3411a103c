// Package storetest gives tests a fresh database of each engine, and people to put into it.
//
// It promises that a test that passes has passed on SQLite and on PostgreSQL; where PostgreSQL is absent it says so in
// one line, and with LOQUET_STRICT=1 the tests fail.
package storetest

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"loquet/store"
)

// The settings, as environment variables.
const (
	server = "LOQUET_TEST_POSTGRES" // a URL with the right to create schemas; empty starts a throw-away server
	strict = "LOQUET_STRICT"        // "1": without PostgreSQL the tests fail
)

// shared is the PostgreSQL server of this test process, started when the first test asks for it.
var shared struct {
	sync.Mutex
	begun   bool
	ready   bool // whether Main will end it
	url     string
	absent  error
	cluster *cluster
	schemas int
}

// Main runs the tests, ends what they have started and calls the functions of after. A package that uses Each calls it
// from TestMain. It does not return.
func Main(m *testing.M, after ...func()) {
	shared.ready = true
	code := m.Run()
	for _, f := range after {
		f()
	}
	if shared.cluster != nil {
		shared.cluster.stop()
	}
	os.Exit(code)
}

// Each runs a test on a fresh database of each engine.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { test(t, Open(t, url)) })
}

// EachURL runs a test with the URL of a fresh database of each engine that nobody has opened.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	if postgres := schema(t); postgres != "" {
		t.Run("postgres", func(t *testing.T) { test(t, postgres) })
	}
}

// Open opens a database and closes it when the test ends.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("opening the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the database: %v", err)
		}
	})
	return db
}

// SQLite gives the URL of a file that is not there yet.
func SQLite(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "loquet.db") }

// Postgres gives the URL of an empty schema of PostgreSQL; empty without PostgreSQL.
func Postgres(t testing.TB) string { return schema(t) }

// schema makes an empty schema that only this test sees, and gives its URL; empty without PostgreSQL.
func schema(t testing.TB) string {
	t.Helper()
	address := postgres(t)
	if address == "" {
		return ""
	}
	shared.Lock()
	shared.schemas++
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), shared.schemas)
	shared.Unlock()
	statement(t, address, "create schema "+name)
	t.Cleanup(func() { statement(t, address, "drop schema "+name+" cascade") })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("%s: %v", server, err)
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// postgres gives the URL of the server, empty without one.
func postgres(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.ready {
		t.Fatal("storetest: TestMain must call storetest.Main")
	}
	if !shared.begun {
		shared.begun = true
		if shared.url = os.Getenv(server); shared.url == "" {
			shared.cluster, shared.absent = startCluster()
		}
		if shared.cluster != nil {
			shared.url = shared.cluster.url
		}
		if shared.absent != nil {
			fmt.Fprintf(os.Stderr, "storetest: SQLite only, PostgreSQL is absent: %v\n", shared.absent)
		}
	}
	if shared.absent != nil && os.Getenv(strict) == "1" {
		t.Fatalf("storetest: %s=1 and PostgreSQL is absent: %v", strict, shared.absent)
	}
	return shared.url
}
