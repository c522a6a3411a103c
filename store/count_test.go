package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loquet/limit"
	"loquet/store"
	"loquet/store/storetest"
)

func TestATK019ParallelTriesPassExactlyTheBurst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		counts := []limit.Count{
			{Key: "typed", Rate: limit.Rate{Burst: 10, Every: 5 * time.Minute}},
			{Key: "address", Rate: limit.Rate{Burst: 600, Every: time.Second}},
		}
		var allowed atomic.Int64
		together(200, func(int) {
			ok, wait, err := db.Count(t.Context(), counts, start)
			if err != nil || ok != (wait == 0) {
				t.Errorf("counting gave %v, %v, %v", ok, wait, err)
			}
			if ok {
				allowed.Add(1)
			}
		})
		if allowed.Load() != 10 {
			t.Errorf("%d of 200 parallel tries passed a burst of 10", allowed.Load())
		}
	})
}

func TestCountIsAllOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hour := limit.Count{Key: "hour", Rate: limit.Rate{Burst: 1, Every: time.Hour}}
		minute := limit.Count{Key: "minute", Rate: limit.Rate{Burst: 1, Every: time.Minute}}
		free := limit.Count{Key: "free", Rate: limit.Rate{Burst: 3, Every: time.Hour}}
		try := func(wantWait time.Duration, counts ...limit.Count) {
			t.Helper()
			allowed, wait, err := db.Count(t.Context(), counts, start)
			must(t, err)
			if wait != wantWait || allowed != (wantWait == 0) {
				t.Errorf("%v gave %v, %v, want %v", counts, allowed, wait, wantWait)
			}
		}
		try(0, hour, minute)
		for range 5 {
			try(time.Hour, free, minute, hour)
		}
		try(time.Minute, minute, free)
		for range 3 {
			try(0, free)
		}
		try(time.Hour, free)
		try(0) // nothing to count
	})
}

func TestRateWithoutBurstRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		never := []limit.Count{{Key: "never", Rate: limit.Rate{Every: time.Minute}}}
		allowed, wait, err := db.Count(t.Context(), never, start)
		must(t, err)
		if allowed || wait != time.Minute {
			t.Errorf("gave %v, %v", allowed, wait)
		}
	})
}

// The statement does the arithmetic of limit.Decide, whatever the clock does.
func TestCountIsDecide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		run := 0
		rapid.Check(t, func(t *rapid.T) {
			run++
			c := limit.Count{Key: fmt.Sprint("run ", run), Rate: limit.Rate{
				Burst: rapid.IntRange(0, 5).Draw(t, "burst"),
				Every: time.Duration(rapid.IntRange(1, 100).Draw(t, "every")) * time.Second,
			}}
			var stored time.Time
			now := start
			for range rapid.IntRange(1, 8).Draw(t, "tries") {
				now = now.Add(time.Duration(rapid.IntRange(-50, 200).Draw(t, "step")) * time.Second)
				next, allowed, wait := limit.Decide(stored, now, c.Rate)
				gotAllowed, gotWait, err := db.Count(context.Background(), []limit.Count{c}, now)
				if err != nil || gotAllowed != allowed || gotWait != wait {
					t.Fatalf("gave %v, %v, %v; Decide gives %v, %v", gotAllowed, gotWait, err, allowed, wait)
				}
				stored = next
			}
		})
	})
}
