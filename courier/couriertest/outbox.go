package couriertest

import (
	"context"
	"slices"
	"sync"
	"time"

	"loquet/courier"
)

// Row is an item and where it stands.
type Row struct {
	courier.Item
	State courier.State
	Until time.Time // end of the lease
	Said  string    // what the mail server answered last
}

// Outbox is an outbox in memory. It keeps the promises of courier.Outbox, so that what works with it works with the
// store.
type Outbox struct {
	// Lose has the outbox forget that letters have gone, as a program does that is killed before it has told the disk.
	Lose    func(courier.Item) bool
	mu      sync.Mutex
	rows    []*Row
	wake    chan struct{}
	changed chan struct{} // closed and replaced at each change
}

// NewOutbox gives an empty outbox.
func NewOutbox() *Outbox {
	return &Outbox{
		Lose: func(courier.Item) bool { return false },
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// Put queues items and wakes the worker.
func (o *Outbox) Put(items ...courier.Item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range items {
		o.rows = append(o.rows, &Row{Item: i, State: courier.Waiting})
	}
	o.tell()
	o.signal()
}

// Nudge wakes the worker, after a change of its clock.
func (o *Outbox) Nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.signal()
}

// signal wakes the worker. The caller holds the lock.
func (o *Outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Wake is ready after Put and Nudge.
func (o *Outbox) Wake() <-chan struct{} { return o.wake }

// Lease gives what is due.
func (o *Outbox) Lease(ctx context.Context, now, until time.Time, max int) ([]courier.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []*Row
	for _, r := range o.rows {
		free := r.State == courier.Waiting && !r.Due.After(now)
		if free || (r.State == courier.Leased && !r.Until.After(now)) {
			due = append(due, r)
		}
	}
	slices.SortStableFunc(due, func(a, b *Row) int { return a.Due.Compare(b.Due) })
	var items []courier.Item
	for _, r := range due[:min(max, len(due))] {
		r.State, r.Until = courier.Leased, until
		items = append(items, r.Item)
	}
	if len(items) > 0 {
		o.tell()
	}
	return items, nil
}

// Sent marks a letter as gone.
func (o *Outbox) Sent(_ context.Context, i courier.Item, _ time.Time) error {
	if o.Lose(i) {
		return nil
	}
	return o.set(i, func(r *Row) { r.State = courier.Sent })
}

// Done marks an item as over.
func (o *Outbox) Done(_ context.Context, i courier.Item, _ time.Time) error {
	return o.set(i, func(r *Row) { r.State, r.Said = courier.Sent, "no letter" })
}

// Again puts an item back.
func (o *Outbox) Again(_ context.Context, i courier.Item, due time.Time, said string) error {
	return o.set(i, func(r *Row) {
		r.State, r.Due, r.Said = courier.Waiting, due, said
		r.Attempts++
	})
}

// Failed marks a letter as given up.
func (o *Outbox) Failed(_ context.Context, i courier.Item, _ time.Time, said string) error {
	return o.set(i, func(r *Row) { r.State, r.Said = courier.Failed, said })
}

// set changes a row that is not over.
func (o *Outbox) set(i courier.Item, change func(*Row)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.rows {
		if r.ID == i.ID && r.State != courier.Sent && r.State != courier.Failed {
			change(r)
		}
	}
	o.tell()
	return nil
}

// tell has Until look again. The caller holds the lock.
func (o *Outbox) tell() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// Rows gives a copy of every row.
func (o *Outbox) Rows() []Row {
	o.mu.Lock()
	defer o.mu.Unlock()
	rows := make([]Row, len(o.rows))
	for n, r := range o.rows {
		rows[n] = *r
	}
	return rows
}

// Until waits until every row fits, and says whether that came before the end of ctx.
func (o *Outbox) Until(ctx context.Context, fits func(Row) bool) bool {
	for {
		o.mu.Lock()
		changed, all := o.changed, true
		for _, r := range o.rows {
			all = all && fits(*r)
		}
		o.mu.Unlock()
		if all {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

var _ courier.Outbox = (*Outbox)(nil)
