package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// mostTogether is how many writes share a commit at most, so that the first of them does not wait for long.
const mostTogether = 256

// ErrClosed is the error of a write after Close.
var ErrClosed = errors.New("the database is closed")

// queue is the one writer of SQLite: it takes all that wait and commits them together, so that a burst costs a few
// waits for the disk and not one each. A write runs in a savepoint of its own and fails alone.
type queue struct {
	conn    *sql.Conn
	by      *prepared
	commits *atomic.Int64
	explain func(error) error

	mu      sync.Mutex
	waiting []*job
	closed  bool
	wake    chan struct{}
	over    chan struct{}
}

// job is one write. Whoever moves it out of its waiting place has it: the writer, or the caller who gave up.
type job struct {
	do   func(runner) error
	gone atomic.Bool
	err  error
	done chan struct{}
}

func newQueue(conn *sql.Conn, commits *atomic.Int64, explain func(error) error) *queue {
	q := &queue{
		conn: conn, by: &prepared{source: conn}, commits: commits, explain: explain,
		wake: make(chan struct{}, 1), over: make(chan struct{}),
	}
	go q.run()
	return q
}

// do waits until the write is on the disk. A context that ends while the write still waits takes it back.
func (q *queue) do(ctx context.Context, do func(runner) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{do: do, done: make(chan struct{})}
	if err := q.add(j); err != nil {
		return err
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		if j.gone.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-j.done
		return j.err
	}
}

func (q *queue) add(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	q.waiting = append(q.waiting, j)
	q.stir()
	return nil
}

func (q *queue) stir() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// close lets what waits be written, then ends the writer.
func (q *queue) close() error {
	q.mu.Lock()
	again := q.closed
	q.closed = true
	q.stir()
	q.mu.Unlock()
	<-q.over
	if again {
		return nil
	}
	return errors.Join(q.by.close(), q.conn.Close())
}

func (q *queue) run() {
	defer close(q.over)
	for range q.wake {
		for {
			batch, closed := q.take()
			if len(batch) == 0 {
				if closed {
					return
				}
				break
			}
			q.commit(batch)
		}
	}
}

func (q *queue) take() (batch []*job, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), mostTogether)
	batch = q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch, q.closed
}

// commit runs the jobs in one transaction and answers them all.
func (q *queue) commit(batch []*job) {
	taken := batch[:0]
	for _, j := range batch {
		if j.gone.CompareAndSwap(false, true) {
			taken = append(taken, j)
		}
	}
	if err := q.together(taken); err != nil {
		for _, j := range taken {
			if j.err == nil {
				j.err = err
			}
		}
	}
	for _, j := range taken {
		close(j.done)
	}
}

// together gives an error when nothing of the batch is on the disk, and each job its own error.
func (q *queue) together(jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	// No caller's context: an interrupted statement would roll back the whole transaction, others' writes included.
	r := runner{ctx: context.Background(), by: q.by, explain: q.explain}
	if _, err := r.exec(`begin immediate`); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	for _, j := range jobs {
		var lost error
		if j.err, lost = q.one(r, j); lost != nil {
			_, _ = r.exec(`rollback`) // SQLite has rolled back already, which is why the savepoint is gone
			return lost
		}
	}
	if _, err := r.exec(`commit`); err != nil {
		_, _ = r.exec(`rollback`) // a commit that failed may leave the transaction open
		return fmt.Errorf("committing: %w", err)
	}
	q.commits.Add(1)
	return nil
}

// one runs a job in its savepoint. The second error says that the whole transaction is lost.
func (q *queue) one(r runner, j *job) (failed, lost error) {
	if _, err := r.exec(`savepoint one`); err != nil {
		return err, err
	}
	failed = safely(j.do, r)
	if failed != nil {
		if _, err := r.exec(`rollback to one`); err != nil {
			return failed, failed
		}
	}
	if _, err := r.exec(`release one`); err != nil {
		return failed, err
	}
	return failed, nil
}
