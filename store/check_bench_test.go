package store_test

import (
	"database/sql"
	"runtime"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
)

// BenchmarkCheck looks for those who would be outside among 100,000 people, beside counting them by groups, as a
// manager's home does, and reading them as a list does (C1).
func BenchmarkCheck(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		url := storetest.SQLite(b)
		db := storetest.Open(b, url)
		o := storetest.School(b, db)
		enrol(b, db, city(o))
		checks(b, db, o)
	})
	b.Run("postgres", func(b *testing.B) {
		if url := storetest.Postgres(b); url != "" {
			db := storetest.Open(b, url)
			o := storetest.School(b, db)
			enrolAtOnce(b, url, city(o))
			checks(b, db, o)
		}
	})
}

func checks(b *testing.B, db *store.DB, o organisation.Organisation) {
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
	b.Run("outlook", func(b *testing.B) {
		for b.Loop() {
			_, err := flow.Outlook(b.Context(), o)
			must(b, err)
		}
	})
	b.Run("concerned", func(b *testing.B) {
		for b.Loop() {
			_, _, err := flow.Concerned(b.Context(), o, 50)
			must(b, err)
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			must(b, db.Everybody(b.Context(), o.ID, func(account.Account) error { return nil }))
		}
	})
}

// enrolAtOnce fills PostgreSQL in a few statements, without the words that only a search looks at: one statement a row
// takes minutes. Then it counts its rows, as autovacuum does soon.
func enrolAtOnce(b *testing.B, url string, people []account.Account) {
	b.Helper()
	db, err := sql.Open("pgx", url)
	must(b, err)
	var columns [8][]string
	for _, p := range people {
		for n, value := range []string{
			p.ID, p.Identifier, p.GivenName, p.FamilyName, string(p.Role), string(p.State), p.Mobile, p.Emails[0].Address,
		} {
			columns[n] = append(columns[n], value)
		}
	}
	given := "unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])" +
		" as u (id, identifier, given, family, role, state, mobile, address)"
	args := []any{people[0].Organisation}
	for _, c := range columns {
		args = append(args, c)
	}
	for _, text := range []string{
		`insert into account (organisation, id, identifier, given_name, family_name, role, offices, household, state,
			must_renew, mobile, language, password, version, created, renewed, name_key, identifier_key, words)
		select $1, id, identifier, given, family, role, '[]', '', state, false, mobile, '', 'hash', 1, 1, 1,
			convert_to(lower(family), 'UTF8'), convert_to(identifier, 'UTF8'), ' ' || lower(family) from ` + given,
		`insert into identifier (organisation, key, account, typed, position) select $1, identifier, id, identifier, 0 from ` + given,
		`insert into email (organisation, account, key, address, proven, unreachable, position)
		select $1, id, address, address, false, false, 0 from ` + given,
	} {
		_, err := db.ExecContext(b.Context(), text, args...)
		must(b, err)
	}
	_, err = db.ExecContext(b.Context(), `vacuum analyze`)
	must(b, err)
	must(b, db.Close())
}

// heap gives the bytes of the heap that are in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
