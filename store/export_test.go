package store

import "context"

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
