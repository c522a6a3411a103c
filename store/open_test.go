package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"loquet/store"
	"loquet/store/storetest"
)

func open(t *testing.T, url string) (*store.DB, error) {
	t.Helper()
	db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() { must(t, db.Close()) })
	}
	return db, err
}

func TestOpenAgainFindsWhatWasWritten(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		first, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		must(t, err)
		o := storetest.Town(t, first)
		must(t, first.Close())
		second, err := open(t, url)
		must(t, err)
		must(t, second.Ping(t.Context()))
		kept, err := second.OrganisationBySlug(t.Context(), o.Slug)
		must(t, err)
		if kept.ID != o.ID {
			t.Errorf("found %q, want %q", kept.ID, o.ID)
		}
	})
}

// Whoever copies the file of a program that has ended has everything: no journal is left beside it.
func TestCloseLeavesOneFile(t *testing.T) {
	folder := t.TempDir()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(folder, "loquet.db"), slog.New(slog.DiscardHandler))
	must(t, err)
	storetest.Town(t, db)
	must(t, db.Close())
	files, err := os.ReadDir(folder)
	must(t, err)
	if len(files) != 1 || files[0].Name() != "loquet.db" {
		t.Errorf("left %v", files)
	}
}

// Several nodes start at the same time on an empty database; the command line works beside a running server.
func TestOpenTogether(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var opened atomic.Int64
		together(5, func(int) {
			db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Errorf("opening together: %v", err)
				return
			}
			opened.Add(1)
			if err := db.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		})
		if opened.Load() != 5 {
			t.Errorf("%d of 5 opened", opened.Load())
		}
	})
}

func TestOpenRefusesTheFuture(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
		must(t, err)
		_, err = db.Exec(t.Context(), `insert into loquet_version (version_id, is_applied) values (9999, true)`)
		must(t, err)
		must(t, db.Close())
		_, err = open(t, url)
		want(t, "a schema of the future", err, store.ErrFuture)
		sentence(t, err)
	})
}

func TestOpenRefusesTheDatabaseOfSomethingElse(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		driver, source := "pgx", url
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			driver, source = "sqlite", path
		}
		other, err := sql.Open(driver, source)
		must(t, err)
		_, err = other.ExecContext(t.Context(), `create table account (id text)`)
		must(t, err)
		must(t, other.Close())
		_, err = open(t, url)
		want(t, "a foreign database", err, store.ErrForeign)
		sentence(t, err)
	})
}

// sentence fails unless an error says in one line what is wrong with the place.
func sentence(t *testing.T, err error) {
	t.Helper()
	var u store.Unusable
	if !errors.As(err, &u) || u.Where == "" || u.Why == "" {
		t.Errorf("%v says not what to do", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%v is more than a sentence", err)
	}
}

func TestOpenSaysWhatIsWrongWithTheFile(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "letter.txt")
	must(t, os.WriteFile(text, []byte(strings.Repeat("Madame, Monsieur, ", 500)), 0o600))
	for url, why := range map[string]string{
		"sqlite:" + filepath.Join(folder, "none", "loquet.db"): "its folder is not there",
		"sqlite:" + folder:         "it is a folder",
		"sqlite:" + text:           "not a database",
		"sqlite:":                  "the path of a file",
		"sqlite::memory:":          "the path of a file",
		"mysql://localhost/loquet": "begins neither with",
		"postgres://loquet@127.0.0.1:1/loquet?connect_timeout=2":      "does not answer",
		"postgres://loquet:s3cret@:::/x":                              "no URL",
		"postgres://loquet:s3cret@127.0.0.1:1/loquet?sslmode=perhaps": "no URL",
	} {
		t.Run(why, func(t *testing.T) {
			_, err := open(t, url)
			sentence(t, err)
			if !strings.Contains(err.Error(), why) {
				t.Errorf("%v does not say: %s", err, why)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v holds a password", err)
			}
		})
	}
}

func TestOpenTakesAnyFileName(t *testing.T) {
	for _, name := range []string{"with blank.db", "what?.db", "50%.db", "a#b.db", "été.db", "a&b=c.db"} {
		path := filepath.Join(t.TempDir(), name)
		_, err := open(t, "sqlite:"+path)
		must(t, err)
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v: others can read it", name, info.Mode())
		}
	}
}

// The journals of SQLite hold what the database holds.
func TestFilesBelongToTheOwnerOnly(t *testing.T) {
	folder := t.TempDir()
	db, err := open(t, "sqlite:"+filepath.Join(folder, "loquet.db"))
	must(t, err)
	storetest.Town(t, db)
	must(t, fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
}

// The same text serves both engines. A file that overrides it for one of them is a number to keep small: there is none.
func TestSchemaHasOneText(t *testing.T) {
	files, err := filepath.Glob("schema/*")
	must(t, err)
	for _, file := range files {
		if strings.Count(file, ".") != 1 || !strings.HasSuffix(file, ".sql") {
			t.Errorf("%s is for one engine only", file)
		}
		text, err := os.ReadFile(file)
		must(t, err)
		for _, word := range []string{"now()", "timestamp", "blob", "serial", "autoincrement", "jsonb"} {
			if strings.Contains(strings.ToLower(string(text)), word) {
				t.Errorf("%s uses %s", file, word)
			}
		}
	}
}

// What differs between the engines is in one small file.
func TestDialectIsSmall(t *testing.T) {
	text, err := os.ReadFile("dialect.go")
	must(t, err)
	if lines := strings.Count(string(text), "\n"); lines >= 150 {
		t.Errorf("dialect.go has %d lines", lines)
	}
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 10000 {
		id := store.NewID()
		if len(id) != 26 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" || seen[id] {
			t.Fatalf("bad ID %q", id)
		}
		seen[id] = true
	}
}
