package store_test

import (
	"runtime"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/recovery"
	"loquet/store/storetest"
)

// BenchmarkCheck looks for those who would be outside among 100,000 people, beside reading them as a list does (C1).
func BenchmarkCheck(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	o := storetest.School(b, db)
	enrol(b, db, city(o))
	flow := &recovery.Flow{Store: db, Now: func() time.Time { return start }}
	b.Run("check", func(b *testing.B) {
		found, before, grown := 0, heap(), int64(0)
		for b.Loop() {
			_, err := flow.Check(b.Context(), o, func(recovery.Finding) error {
				if found++; found%20_000 == 0 {
					grown = max(grown, heap()-before)
				}
				return nil
			})
			must(b, err)
		}
		b.ReportMetric(float64(grown)/1024, "heap-growth-KiB")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			must(b, db.EachPerson(b.Context(), o.ID, admin.Search{}, func(account.Account) error { return nil }))
		}
	})
}

// heap gives the bytes of the heap that are in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
