package credential

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"loquet/fault"
)

// queue lets a few work at once and has the others wait in the order in which they came. It turns away at once whoever
// would wait longer than was promised, by the measured mean of recent work: an early refusal costs nothing, a late one
// has already cost the patience of whoever waited.
type queue struct {
	parallel int           // places
	wait     time.Duration // nobody is let in who would wait longer

	mu      sync.Mutex
	running int
	waiting list.List     // of chan struct{}, first come first; closed when the place is theirs
	mean    time.Duration // how long a place is held, recent work weighing more
}

// memory is how many pieces of work the mean remembers, more or less.
const memory = 8

// enter waits for a place; whoever got one calls leave once. It gives fault.Busy at once when the wait would be too
// long, and the context's error when the caller gives up first.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	if q.running < q.parallel {
		q.running++
		q.mu.Unlock()
		return q.leaver(), nil
	}
	if expected := q.expected(); expected > q.wait {
		q.mu.Unlock()
		return nil, fmt.Errorf("hashing: a wait of %v is expected: %w", expected, fault.Busy)
	}
	turn := make(chan struct{})
	place := q.waiting.PushBack(turn)
	q.mu.Unlock()

	select {
	case <-turn:
		return q.leaver(), nil
	case <-ctx.Done():
		q.abandon(place, turn)
		return nil, ctx.Err()
	}
}

// abandon takes a waiter out of the queue. Its turn may have come at the same moment: then the place goes to the next.
func (q *queue) abandon(place *list.Element, turn chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-turn:
		q.pass()
	default:
		q.waiting.Remove(place)
	}
}

func (q *queue) leaver() func() {
	began := time.Now()
	return func() {
		took := time.Since(began)
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.mean == 0 {
			q.mean = took
		}
		q.mean += (took - q.mean) / memory
		q.pass()
	}
}

// pass hands a place over without freeing it in between, so that nobody can overtake the queue.
func (q *queue) pass() {
	first := q.waiting.Front()
	if first == nil {
		q.running--
		return
	}
	close(q.waiting.Remove(first).(chan struct{}))
}

// expected is how long the next to come would wait: one place is free each mean/parallel.
func (q *queue) expected() time.Duration {
	if q.running < q.parallel {
		return 0
	}
	return time.Duration(q.waiting.Len()+1) * q.mean / time.Duration(q.parallel)
}

func (q *queue) estimate() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.expected()
}

func (q *queue) stats() (running, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running, q.waiting.Len()
}
