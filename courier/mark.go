package courier

import (
	"context"
	"errors"
	"time"
)

// mark tells the outbox what has gone, many at a time, so that deliveries never wait for the disk. What the outbox does
// not take is told again: each mark that is lost is a letter that a person gets twice.
func (w *Worker) mark(ctx context.Context, gone <-chan Item) {
	var pending []Item
	for {
		if len(pending) == 0 {
			i, open := <-gone
			if !open {
				return
			}
			pending = append(pending, i)
		}
		pending = waiting(pending, gone)
		left, err := w.sent(ctx, pending)
		if err == nil {
			pending = pending[:0]
			continue
		}
		pending = left
		w.log.Error("letters that have gone cannot be marked", "letters", len(pending), "error", masked(err.Error()))
		pause := time.NewTimer(pollTime)
		select {
		case <-ctx.Done():
			pause.Stop()
			for range gone { // their leases run out
			}
			return
		case <-pause.C:
		}
	}
}

// waiting adds what has gone meanwhile, up to two leases.
func waiting(pending []Item, gone <-chan Item) []Item {
	for len(pending) < 2*leaseSize {
		select {
		case i, open := <-gone:
			if !open {
				return pending
			}
			pending = append(pending, i)
		default:
			return pending
		}
	}
	return pending
}

// sent marks items, in one transaction where the outbox can, and gives back those that it did not take.
func (w *Worker) sent(ctx context.Context, items []Item) ([]Item, error) {
	now := w.clock()
	if batch, ok := w.outbox.(Batch); ok {
		return items, batch.SentAll(ctx, items, now)
	}
	var left []Item
	var all error
	for _, i := range items {
		if err := w.outbox.Sent(ctx, i, now); err != nil && !unwanted(err) {
			left, all = append(left, i), errors.Join(all, err)
		}
	}
	return left, all
}
