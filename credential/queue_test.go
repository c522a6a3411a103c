package credential

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loquet/fault"
)

// work holds a place of the queue for so long; synctest's clock makes it exact.
func work(ctx context.Context, q *queue, lasts time.Duration) error {
	leave, err := q.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	<-time.After(lasts)
	return nil
}

func TestQueueFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{parallel: 1, wait: time.Hour}
		var mu sync.Mutex
		var served []int
		for i := range 20 {
			go func() {
				if err := work(t.Context(), q, 10*time.Millisecond); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				served = append(served, i)
			}()
			synctest.Wait() // so that they come in this order
		}
		<-time.After(time.Second)
		synctest.Wait()
		if len(served) != 20 || !slices.IsSorted(served) {
			t.Errorf("served in the order %v", served)
		}
	})
}

func TestQueueNeverRunsMoreThanParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{parallel: 3, wait: time.Hour}
		for range 50 {
			go func() { _ = work(t.Context(), q, 10*time.Millisecond) }()
		}
		for range 17 { // 50 by threes
			synctest.Wait()
			if running, waiting := q.stats(); running > 3 || (waiting > 0 && running < 3) {
				t.Fatalf("%d run and %d wait", running, waiting)
			}
			<-time.After(10 * time.Millisecond)
		}
		synctest.Wait()
		if running, waiting := q.stats(); running != 0 || waiting != 0 {
			t.Errorf("%d run and %d wait in the end", running, waiting)
		}
	})
}

// ATK-078: a flood of sign-ins is refused at once and early, not queued without end; nobody let in waits too long.
func TestATK078FloodIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lasts, wait = 50 * time.Millisecond, 500 * time.Millisecond
		q := &queue{parallel: 2, wait: wait}
		if err := work(t.Context(), q, lasts); err != nil { // to know the cost
			t.Fatal(err)
		}
		var mu sync.Mutex
		done, busy := 0, 0
		for range 1000 {
			go func() {
				began := time.Now()
				err := work(t.Context(), q, lasts)
				took := time.Since(began)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && took <= wait+lasts:
					done++
				case errors.Is(err, fault.Busy) && took == 0:
					busy++
				default:
					t.Errorf("%v after %v", err, took)
				}
			}()
		}
		<-time.After(time.Minute)
		synctest.Wait()
		// Two run, and as many wait as can have their turn in time: one each 25 ms.
		if done != 2+20 || done+busy != 1000 {
			t.Errorf("%d done, %d refused", done, busy)
		}
	})
}

func TestQueueForgetsWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{parallel: 1, wait: time.Hour}
		go func() { _ = work(t.Context(), q, time.Second) }()
		synctest.Wait()
		ctx, giveUp := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { gone <- work(ctx, q, time.Second) }()
		synctest.Wait()
		giveUp()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("whoever gave up got %v", err)
		}
		if _, waiting := q.stats(); waiting != 0 {
			t.Errorf("%d wait", waiting)
		}
		if err := work(ctx, q, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever came too late got %v", err)
		}
		<-time.After(time.Second) // for the first to leave
	})
}

// A turn that comes at the moment of giving up must go to the next, else the places run out one by one.
func TestQueueLosesNoPlace(t *testing.T) {
	q := &queue{parallel: 1, wait: time.Hour}
	leave, err := q.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, second := make(chan struct{}), make(chan struct{})
	place := q.waiting.PushBack(first)
	q.waiting.PushBack(second)
	leave()
	q.abandon(place, first)
	select {
	case <-second:
	default:
		t.Fatal("the next has no turn")
	}
	q.leaver()()
	if running, waiting := q.stats(); running != 0 || waiting != 0 {
		t.Errorf("%d run and %d wait in the end", running, waiting)
	}
}

func TestQueueMeanFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{parallel: 1, wait: time.Hour}
		for _, lasts := range []time.Duration{10 * time.Millisecond, 100 * time.Millisecond} {
			for range 100 {
				_ = work(t.Context(), q, lasts)
			}
			if off := (q.mean - lasts).Abs(); off > lasts/100 {
				t.Errorf("the mean of work of %v is %v", lasts, q.mean)
			}
		}
	})
}
