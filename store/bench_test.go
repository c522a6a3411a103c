package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/limit"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

func engines(b *testing.B, bench func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, storetest.Open(b, storetest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) {
		if url := storetest.Postgres(b); url != "" {
			bench(b, storetest.Open(b, url))
		}
	})
}

// The reads of a sign-in take the same time for the known and the unknown (ADR-0004): "apart" is the difference of
// their medians.
func BenchmarkCandidate(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		o := storetest.Town(b, db)
		people := []account.Lookup{account.Find(storetest.Active), account.Find("38999")}
		took := make([][]time.Duration, len(people))
		for b.Loop() {
			for i, who := range people {
				begun := time.Now()
				if _, err := db.Candidate(context.Background(), o.ID, who, "digest"); err != nil {
					b.Fatal(err)
				}
				took[i] = append(took[i], time.Since(begun))
			}
		}
		var medians [2]time.Duration
		for i := range took {
			slices.Sort(took[i])
			medians[i] = took[i][len(took[i])/2]
		}
		b.ReportMetric(float64(medians[0].Microseconds()), "known-µs")
		b.ReportMetric(float64(medians[1].Microseconds()), "unknown-µs")
		b.ReportMetric(float64((medians[0]-medians[1]).Nanoseconds())/1000, "apart-µs")
	})
}

// One sign-in as the store sees it: the count, the reads, the session with its entry in the journal.
func BenchmarkSignIn(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		o := storetest.Town(b, db)
		person := storetest.Person(b, db, o, storetest.Active)
		wide := limit.Rate{Burst: 1 << 20, Every: time.Millisecond}
		counts := []limit.Count{{Key: "typed", Rate: wide}, {Key: "address", Rate: wide}}
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			ctx := context.Background()
			for pb.Next() {
				_, _, err := db.Count(ctx, counts, start)
				must(b, err)
				_, err = db.Candidate(ctx, o.ID, account.Find(storetest.Active), "")
				must(b, err)
				s := storetest.Session(person, session.Full, start)
				must(b, db.ApplySignIn(ctx, signin.Change{
					Now: start, Organisation: o.ID, Account: person.ID, Open: &s, Note: note(person, audit.SignedIn, start),
				}))
			}
		})
	})
}

func BenchmarkSession(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		o := storetest.Town(b, db)
		person := storetest.Person(b, db, o, storetest.Active)
		s := storetest.Session(person, session.Full, start)
		must(b, db.ApplySignIn(b.Context(), signin.Change{Now: start, Organisation: o.ID, Account: person.ID, Open: &s}))
		for b.Loop() {
			_, _, err := db.Session(context.Background(), s.ID)
			must(b, err)
		}
	})
}

// A request and its answer: queued, leased, decided, its letter queued, leased and marked as sent.
func BenchmarkRecovery(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		o := storetest.Town(b, db)
		person := storetest.Person(b, db, o, storetest.Active)
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			ctx := context.Background()
			for pb.Next() {
				must(b, db.Queue(ctx, letter(o, "", courier.RequestPassword, start)))
				items, err := db.Lease(ctx, start, at(time.Hour), 1)
				must(b, err)
				for _, i := range items {
					if i.Kind != courier.RequestPassword {
						must(b, db.Sent(ctx, i, start))
						continue
					}
					must(b, db.ApplyRecovery(ctx, recovery.Change{
						Now: start, Organisation: o.ID, Account: person.ID, Request: i.ID, EndIssues: true,
						Issue: issue(person, store.NewID(), start), Letters: []courier.Item{letter(o, person.ID, courier.Link, start)},
						Notes: []audit.Entry{note(person, audit.RecoveryStarted, start)},
					}))
				}
			}
		})
	})
}

// Opening a database that is not there yet, and one that is.
func BenchmarkOpen(b *testing.B) {
	for _, kind := range []string{"new", "known"} {
		b.Run(kind, func(b *testing.B) {
			url := storetest.SQLite(b)
			for n := 0; b.Loop(); n++ {
				if kind == "new" {
					url = fmt.Sprint(storetest.SQLite(b), n)
				}
				db, err := store.Open(context.Background(), url, slog.New(slog.DiscardHandler))
				must(b, err)
				must(b, db.Close())
			}
		})
	}
}
