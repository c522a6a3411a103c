package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"loquet/store"
	"loquet/store/storetest"
)

func set(ctx context.Context, db *store.DB, key string) error {
	_, err := db.Exec(ctx, `insert into setting (key, value) values ($1, 'here')`, key)
	return err
}

func kept(t *testing.T, db *store.DB, key string) bool {
	t.Helper()
	n, err := db.Number(t.Context(), `select count(*) from setting where key = $1`, key)
	must(t, err)
	return n == 1
}

func TestOneBadWriteAmongManyFailsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		own := errors.New("a reason of its own")
		together(60, func(n int) {
			key := fmt.Sprint("write ", n)
			err := db.Write(t.Context(), func(exec func(string, ...any) (int64, error)) error {
				if _, err := exec(`insert into setting (key, value) values ($1, '')`, key); err != nil {
					return err
				}
				switch n % 6 {
				case 1:
					return own
				case 2:
					panic("a bug")
				case 3:
					_, err := exec(`insert into setting (key, value) values ($1, '')`, key) // taken
					return err
				}
				return nil
			})
			var panicked store.Panic
			switch n % 6 {
			case 1:
				want(t, "the write that failed", err, own)
			case 2:
				if !errors.As(err, &panicked) || !strings.Contains(panicked.Stack, "commit_test.go") {
					t.Errorf("the write that panicked gave %v", err)
				}
			case 3:
				if err == nil {
					t.Error("a key was given twice")
				}
			default:
				want(t, "a good write among bad ones", err, nil)
			}
		})
		for n := range 60 {
			good := n%6 == 0 || n%6 > 3
			if kept(t, db, fmt.Sprint("write ", n)) != good {
				t.Errorf("write %d is there: %v", n, !good)
			}
		}
	})
}

func TestWritesThatWaitShareACommit(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	before := db.Commits()
	var done atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	go func() { // holds the writer until all others wait
		_ = db.Write(t.Context(), func(func(string, ...any) (int64, error)) error {
			close(entered)
			<-leave
			return nil
		})
		done.Add(1)
	}()
	<-entered
	finished := make(chan struct{})
	go func() {
		together(200, func(n int) {
			if err := set(t.Context(), db, fmt.Sprint(n)); err == nil {
				done.Add(1)
			}
		})
		close(finished)
	}()
	for db.Waiting() < 200 {
		select {
		case <-finished:
			t.Fatal("the writes did not wait")
		default:
		}
	}
	close(leave)
	<-finished
	if made := db.Commits() - before; done.Load() < 200 || made > 3 {
		t.Errorf("%d writes took %d commits", done.Load(), made)
	}
}

// A caller who gives up while its write waits takes it back; one who gives up later gets the answer all the same.
func TestCancelledWriteIsNotMade(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	entered, leave := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() {
		running <- db.Write(ctx, func(exec func(string, ...any) (int64, error)) error {
			close(entered)
			<-leave
			_, err := exec(`insert into setting (key, value) values ('running', '')`)
			return err
		})
	}()
	<-entered
	waiting := make(chan error, 1)
	go func() { waiting <- set(ctx, db, "waiting") }()
	for db.Waiting() < 1 {
		if len(waiting) > 0 {
			break
		}
	}
	cancel()
	want(t, "the write that waited", <-waiting, context.Canceled)
	close(leave)
	want(t, "the write under way", <-running, nil)
	must(t, set(t.Context(), db, "after"))
	if kept(t, db, "waiting") || !kept(t, db, "running") {
		t.Error("the wrong one was written")
	}
	want(t, "a write with a context that ended before", set(ctx, db, "late"), context.Canceled)
}

func TestWriteAfterCloseIsRefused(t *testing.T) {
	db, err := store.Open(t.Context(), storetest.SQLite(t), slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, db.Close())
	want(t, "a write after the end", set(t.Context(), db, "x"), store.ErrClosed)
}

// A full disk loses nothing that was answered, says what to do, and the database works on once there is room.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "loquet.db")
	db := storetest.Open(t, "sqlite:"+path)
	must(t, set(t.Context(), db, "before"))
	pages, err := db.Number(t.Context(), `select page_count from pragma_page_count`)
	must(t, err)
	must(t, db.Pragma(t.Context(), fmt.Sprintf(`pragma max_page_count = %d`, pages)))
	_, err = db.Exec(t.Context(), `insert into setting (key, value) values ('big', $1)`, strings.Repeat("x", 1<<20))
	sentence(t, err)
	if !strings.Contains(fmt.Sprint(err), path) {
		t.Errorf("%v does not name the file", err)
	}
	must(t, db.Pragma(t.Context(), `pragma max_page_count = 1000000`))
	must(t, set(t.Context(), db, "after"))
	if !kept(t, db, "before") || kept(t, db, "big") {
		t.Error("the disk being full changed what is kept")
	}
}

// killed names, in the environment, the database that the child process writes to until it is killed.
const killed = "LOQUET_TEST_WRITE_UNTIL_KILLED"

// What was answered is there after a kill: design.md's promise for letters and for everything else.
func TestKillLosesNothingThatWasAnswered(t *testing.T) {
	if url := os.Getenv(killed); url != "" {
		writeUntilKilled(t, url)
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		child := exec.Command(os.Args[0], "-test.run", "^TestKillLosesNothingThatWasAnswered$")
		child.Env = append(os.Environ(), killed+"="+url)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		var answered []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if key, ok := strings.CutPrefix(lines.Text(), "answered "); ok {
				answered = append(answered, key)
			}
			if len(answered) == 300 {
				must(t, child.Process.Kill())
			}
		}
		_ = child.Wait() // it was killed
		if len(answered) < 300 {
			t.Fatalf("the child ended after %d writes", len(answered))
		}
		db, err := open(t, url)
		must(t, err)
		for _, key := range answered {
			if !kept(t, db, key) {
				t.Errorf("%s was answered and is lost", key)
			}
		}
	})
}

func writeUntilKilled(t *testing.T, url string) {
	db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	must(t, err)
	together(8, func(n int) {
		for i := range 100_000 {
			key := fmt.Sprint(n, "-", i)
			if err := set(t.Context(), db, key); err != nil {
				return
			}
			fmt.Println("answered", key)
		}
	})
}
