// Package store keeps everything that Loquet knows, in one file of SQLite or in PostgreSQL.
//
// It promises that what a method has answered is on the disk; that each method is one transaction, whole or not at all;
// that a one-use thing is used once, whoever races for it, and its end is tested in the statement that uses it; that
// nothing of one organisation is read or changed in the name of another; and that both engines run the same statements.
// It decides nothing: the words and the flows do.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"loquet/fault"
)

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	dialect dialect
	writer  *sql.DB
	reader  *sql.DB // the writer itself on PostgreSQL
	reads   statements
	queue   *queue // the one writer of SQLite; nil on PostgreSQL
	wake    chan struct{}
	writes  atomic.Int64
	commits atomic.Int64

	mostRead int // by a search, at once
}

// Open opens the database of a URL, sqlite:PATH or postgres://…, makes it when it is not there, and brings its schema
// up to date. What is wrong with the place is told as an Unusable; the schema may give ErrFuture or ErrForeign.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	db := &DB{wake: make(chan struct{}, 1), mostRead: mostRead}
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		path := strings.TrimPrefix(strings.TrimPrefix(url, "sqlite:"), "//")
		db.dialect, db.writer, db.reader, err = openSQLite(path)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		db.dialect, db.writer, err = openPostgres(url)
		db.reader = db.writer
	default:
		err = Unusable{Where: "the database setting", Why: "it begins neither with sqlite: nor with postgres://"}
	}
	if err != nil {
		return nil, err
	}
	if err := db.prepare(ctx, log); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) prepare(ctx context.Context, log *slog.Logger) error {
	if err := db.patiently(ctx, func() error { return db.migrate(ctx, log) }); err != nil {
		return err
	}
	if db.dialect.name == postgres {
		db.reads = db.reader
		return db.fill(ctx)
	}
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return db.dialect.explain(err)
	}
	db.queue = newQueue(conn, &db.commits, db.dialect.explain)
	db.reads = &prepared{source: db.reader}
	return db.fill(ctx)
}

// patiently tries what another process that opens the same file may hold up: SQLite does not wait for a file that is
// being made (https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode).
func (db *DB) patiently(ctx context.Context, open func() error) error {
	const tries, pause = 50, 100 * time.Millisecond
	for try := 1; ; try++ {
		err := open()
		if err == nil {
			return nil
		}
		if err = db.dialect.explain(err); try == tries || !errors.Is(err, fault.Busy) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// Close waits for the writes under way and closes the database.
func (db *DB) Close() error {
	var errs []error
	if db.queue != nil {
		errs = append(errs, db.queue.close())
	}
	if db.reader != db.writer && db.reader != nil {
		errs = append(errs, db.reader.Close())
	}
	return errors.Join(append(errs, db.writer.Close())...)
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int64
	return db.read(ctx).one([]any{&one}, `select 1`)
}

// read gives the hand for statements that change nothing.
func (db *DB) read(ctx context.Context) runner {
	if db.queue != nil {
		// A read of SQLite takes microseconds; being able to interrupt it would cost more than it takes.
		ctx = context.WithoutCancel(ctx)
	}
	return runner{ctx: ctx, by: db.reads, explain: db.dialect.explainRead}
}

// write runs do in one transaction and answers when it is on the disk; whoever sends is woken then, if there is
// anything to send. An error of do leaves nothing behind. do may run more than once, so it must set what it gives out
// anew each time.
func (db *DB) write(ctx context.Context, do func(runner) error) error {
	queued := false
	err := db.commit(ctx, func(r runner) error {
		r.queued = &queued
		return do(r)
	})
	if err == nil && queued {
		db.stir()
	}
	return err
}

func (db *DB) commit(ctx context.Context, do func(runner) error) error {
	db.writes.Add(1)
	if db.queue != nil {
		return db.queue.do(ctx, do)
	}
	const tries = 4
	for try := 1; ; try++ {
		err := db.transact(ctx, do)
		switch {
		case err == nil:
			db.commits.Add(1)
			return nil
		case !db.dialect.again(err):
			return err
		case try == tries:
			return errors.Join(fault.Busy, err)
		}
	}
}

func (db *DB) transact(ctx context.Context, do func(runner) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return db.dialect.explain(fmt.Errorf("beginning a transaction: %w", err))
	}
	if err := safely(do, runner{ctx: ctx, by: tx, explain: db.dialect.explain}); err != nil {
		_ = tx.Rollback() // the first error says more
		return err
	}
	if err := tx.Commit(); err != nil {
		return db.dialect.explain(fmt.Errorf("committing: %w", err))
	}
	return nil
}

// Panic is the error of a write that panicked: it fails alone, whoever shares its commit.
type Panic struct {
	Value any
	Stack string
}

func (p Panic) Error() string { return fmt.Sprintf("panic in a write: %v\n%s", p.Value, p.Stack) }

func safely(do func(runner) error, r runner) (err error) {
	defer func() {
		if value := recover(); value != nil {
			stack := make([]byte, 16<<10)
			err = Panic{value, string(stack[:runtime.Stack(stack, false)])}
		}
	}()
	return do(r)
}
