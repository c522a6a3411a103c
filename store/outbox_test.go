package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/audit"
	"loquet/courier"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
)

func TestLeaseGivesEachItemToOneWorker(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		for range 200 {
			must(t, db.Queue(t.Context(), letter(o, person.ID, courier.Link, start)))
		}
		var mu sync.Mutex
		seen := map[string]int{}
		together(4, func(int) {
			for {
				items, err := db.Lease(t.Context(), start, at(time.Minute), 7)
				if err != nil {
					t.Errorf("leasing: %v", err)
				}
				if len(items) == 0 {
					return
				}
				mu.Lock()
				for _, i := range items {
					seen[i.ID]++
				}
				mu.Unlock()
			}
		})
		for id, times := range seen {
			if times != 1 {
				t.Errorf("%s was leased %d times", id, times)
			}
		}
		if len(seen) != 200 {
			t.Errorf("%d of 200 were leased", len(seen))
		}
	})
}

func lease(t *testing.T, db *store.DB, now, until time.Time) []courier.Item {
	t.Helper()
	items, err := db.Lease(t.Context(), now, until, 100)
	must(t, err)
	return items
}

func TestLeaseRunsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		late, early := letter(o, person.ID, courier.Link, at(time.Minute)), letter(o, "", courier.RequestPassword, start)
		must(t, db.Queue(t.Context(), late))
		must(t, db.Queue(t.Context(), early))
		if items := lease(t, db, at(-time.Second), at(time.Hour)); len(items) > 0 {
			t.Errorf("leased before they are due: %v", items)
		}
		first := lease(t, db, at(time.Minute), at(2*time.Minute))
		if diff := cmp.Diff([]courier.Item{early, late}, first); diff != "" {
			t.Error(diff)
		}
		if items := lease(t, db, at(2*time.Minute-time.Microsecond), at(time.Hour)); len(items) > 0 {
			t.Errorf("leased twice: %v", items)
		}
		if again := lease(t, db, at(2*time.Minute), at(3*time.Minute)); !cmp.Equal(first, again) {
			t.Errorf("a lease that ran out gave %v", again)
		}
	})
}

// A program that was killed leaves leases behind. On PostgreSQL they may be another node's.
func TestReleaseGivesBackWhatAKilledProgramHadLeased(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		o, person := town(t, db, storetest.Active)
		over, held := letter(o, person.ID, courier.Link, start), letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), over))
		must(t, db.Queue(t.Context(), held))
		lease(t, db, start, at(time.Hour))
		must(t, db.Sent(t.Context(), over, start))
		must(t, db.Release(t.Context()))
		var want []courier.Item
		if stats, err := db.Stats(t.Context()); err != nil || stats.Engine == "sqlite" {
			must(t, err)
			want = append(want, held)
		}
		if diff := cmp.Diff(want, lease(t, db, at(time.Second), at(2*time.Hour))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestItemIsTriedAgainWhenDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		must(t, db.Queue(t.Context(), letter(o, person.ID, courier.Link, start)))
		item := lease(t, db, start, at(time.Minute))[0]
		must(t, db.Again(t.Context(), item, at(5*time.Minute), "451 try later\x00"))
		must(t, db.Again(t.Context(), item, at(9*time.Minute), "too late: it is not leased any more"))
		if items := lease(t, db, at(4*time.Minute), at(time.Hour)); len(items) > 0 {
			t.Error("tried before it was due")
		}
		again := lease(t, db, at(5*time.Minute), at(time.Hour))
		if len(again) != 1 || again[0].Attempts != 1 || !again[0].Due.Equal(at(5*time.Minute)) {
			t.Errorf("the second try is %+v", again)
		}
	})
}

func TestOverItemsStayOverAndAreJournalledOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		queue := func(kind courier.Kind) courier.Item {
			i := letter(o, person.ID, kind, start)
			must(t, db.Queue(t.Context(), i))
			return i
		}
		sent, failed, done := queue(courier.Link), queue(courier.Code), queue(courier.RequestPassword)
		lease(t, db, start, at(time.Minute))
		for range 2 {
			must(t, db.SentAll(t.Context(), []courier.Item{sent, sent}, at(time.Minute)))
			must(t, db.Failed(t.Context(), failed, at(time.Minute), "550 no such mailbox"))
			must(t, db.Done(t.Context(), done, at(time.Minute)))
			must(t, db.Sent(t.Context(), failed, at(time.Minute)))
			must(t, db.Again(t.Context(), sent, at(time.Minute), ""))
		}
		if items := lease(t, db, at(time.Hour), at(2*time.Hour)); len(items) > 0 {
			t.Errorf("an item that is over was leased: %v", items)
		}
		want := []audit.Act{audit.AccountCreated, audit.LetterSent, audit.LetterFailed}
		if diff := cmp.Diff(want, acts(t, db, person)); diff != "" {
			t.Error(diff)
		}
		left, err := db.Number(t.Context(), `select count(*) from outbox where payload <> ''`)
		must(t, err)
		stats, err := db.Stats(t.Context())
		must(t, err)
		if left > 0 || stats.Waiting != 0 || stats.Failed != 1 {
			t.Errorf("%d payloads are left, %+v", left, stats)
		}
	})
}

// The journal says which letter and to whom, not to what address.
func TestJournalOfLettersHoldsNoAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		i := letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), i))
		must(t, db.Failed(t.Context(), i, at(time.Minute), "550 claire.martin@orange.example is unknown"))
		entries, err := db.Journal(t.Context(), o.ID, 1, 100)
		must(t, err)
		last := entries[len(entries)-1]
		if last.Target != person.ID || last.Detail != string(courier.Link) || last.Actor != audit.System {
			t.Errorf("the entry is %+v", last)
		}
		for _, e := range entries {
			if strings.Contains(e.Detail+e.Address+e.Device, "@") {
				t.Errorf("%+v holds an address", e)
			}
		}
	})
}

func TestWorkerIsWokenByWhatIsQueued(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		awake := func() bool {
			select {
			case <-db.Wake():
				return true
			default:
				return false
			}
		}
		if awake() {
			t.Error("awake without a reason")
		}
		must(t, db.Queue(t.Context(), letter(o, "", courier.RequestPassword, start)))
		must(t, db.Queue(t.Context(), letter(o, "", courier.RequestPassword, start)))
		if !awake() || awake() {
			t.Error("two requests wake once")
		}
		change := recovery.Change{Now: start, Organisation: o.ID, Account: person.ID}
		must(t, db.ApplyRecovery(t.Context(), change))
		if awake() {
			t.Error("a change without letters woke the worker")
		}
		change.Letters = []courier.Item{letter(o, person.ID, courier.Closed, start)}
		must(t, db.ApplyRecovery(t.Context(), change))
		if !awake() {
			t.Error("a letter did not wake the worker")
		}
		change.Request = "none"
		if err := db.ApplyRecovery(t.Context(), change); err == nil || awake() {
			t.Error("a change that failed woke the worker")
		}
	})
}
