package store

import (
	"context"
	"fmt"
)

// Exec runs any statement, for tests that spoil things.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (rows int64, err error) {
	err = db.write(ctx, func(r runner) error {
		rows, err = r.exec(query, args...)
		return err
	})
	return rows, err
}

// Number reads one number.
func (db *DB) Number(ctx context.Context, query string, args ...any) (n int64, err error) {
	return n, db.read(ctx).one([]any{&n}, query, args...)
}

// Write runs statements in one transaction through a function that takes their text.
func (db *DB) Write(ctx context.Context, do func(exec func(query string, args ...any) (int64, error)) error) error {
	return db.write(ctx, func(r runner) error { return do(r.exec) })
}

// Commits counts the commits since the start.
func (db *DB) Commits() int64 { return db.commits.Load() }

// Waiting counts the writes that wait for the writer of SQLite.
func (db *DB) Waiting() int {
	db.queue.mu.Lock()
	defer db.queue.mu.Unlock()
	return len(db.queue.waiting)
}

// Pragma sets something on the connection that writes.
func (db *DB) Pragma(ctx context.Context, text string) error {
	_, err := db.queue.conn.ExecContext(ctx, text)
	return err
}

// ReadAtMost lets searches read fewer people at once, so that they walk along an order.
func (db *DB) ReadAtMost(n int) { db.mostRead = n }

// PlanOfPerson gives how the engine reads one person, as text. PostgreSQL is asked to pass by indexes only where none
// serves: it reads a table as small as those of tests from end to end otherwise.
func (db *DB) PlanOfPerson(ctx context.Context, organisation, id string) (plan string, err error) {
	explain := `explain query plan `
	if db.dialect.name == postgres {
		explain = `explain `
	}
	err = db.write(ctx, func(r runner) error {
		into := func(texts int) func(func(...any) error) error {
			return func(scan func(...any) error) error {
				columns := make([]any, texts)
				for i := range columns {
					columns[i] = new(any)
				}
				err := scan(columns...)
				plan += fmt.Sprintln(*columns[texts-1].(*any))
				return err
			}
		}
		columns := 4
		if db.dialect.name == postgres {
			columns = 1
			if _, err := r.exec(`set local enable_seqscan = off`); err != nil {
				return err
			}
		}
		return r.each(explain+`select `+accountColumns+` from account a where a.organisation = $1 and a.id = $2`,
			[]any{organisation, id}, into(columns))
	})
	return plan, err
}
