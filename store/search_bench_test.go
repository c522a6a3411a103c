package store_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// multitude is how many people the slowest list has.
const multitude = 100_000

// names makes words that can be said; the first ones are the most frequent, as names are.
func names(r *rand.Rand, n, syllables int) func() string {
	all := make([]string, n)
	for i := range all {
		for range 2 + r.IntN(syllables) {
			all[i] += string("bcdfglmnprstv"[r.IntN(13)]) + string("aeiouy"[r.IntN(6)])
		}
	}
	return func() string { return all[int(float64(n)*r.Float64()*r.Float64()*r.Float64())] }
}

func city(o organisation.Organisation) []account.Account {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same people at each run
	family, given := names(r, 5000, 4), names(r, 400, 2)
	posts := []string{"orange", "gmail", "laposte", "free", "sfr", "outlook", "wanadoo", "yahoo"}
	people := make([]account.Account, multitude)
	for i := range people {
		p := account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: fmt.Sprint(100_000 + i), GivenName: given(), FamilyName: family(),
			Role: account.Famille, State: account.Active, Mobile: fmt.Sprintf("+336%08d", r.IntN(1e8)),
		}
		if i%50 == 0 {
			p.State = account.Locked
		}
		if i%1000 == 0 {
			p.Role, p.Offices = account.Agent, []string{"Mairie"}
		}
		if i%3 > 0 {
			p.SignedIn = start.Add(-time.Duration(r.IntN(1e6)) * time.Minute)
		}
		address := fmt.Sprintf("%s.%s%d@%s.example", p.GivenName, p.FamilyName, i, posts[r.IntN(8)])
		p.Emails = []account.Email{{Address: address}}
		people[i] = p
	}
	return people
}

// most gives the word that the most people have, of those that a condition picks.
func most(people []account.Account, fit func(account.Account) string) string {
	count := map[string]int{}
	best := ""
	for _, p := range people {
		w := fit(p)
		if count[w]++; count[w] > count[best] {
			best = w
		}
	}
	return best
}

// BenchmarkPeople measures pages of a list of 100,000 people; "p99-ms" must be under 50.
func BenchmarkPeople(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { crowded(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) {
		if url := storetest.Postgres(b); url != "" {
			crowded(b, url)
		}
	})
}

func crowded(b *testing.B, url string) {
	db := storetest.Open(b, url)
	o := storetest.School(b, db)
	people := city(o)
	enrol(b, db, people)
	if !strings.HasPrefix(url, "sqlite:") { // as autovacuum does within minutes
		other, err := sql.Open("pgx", url)
		must(b, err)
		_, err = other.ExecContext(b.Context(), `vacuum analyze`)
		must(b, err)
		must(b, other.Close())
	}
	family := most(people, func(p account.Account) string { return p.FamilyName })
	given := most(people, func(p account.Account) string { return p.GivenName })
	deep := admin.Search{Sort: admin.ByName, Size: 10_000}
	for range multitude / deep.Size / 2 {
		found, err := db.People(b.Context(), o.ID, deep)
		must(b, err)
		deep.After = found.Next
	}
	for _, c := range []struct {
		name string
		s    admin.Search
	}{
		{"first", admin.Search{Sort: admin.ByName}},
		{"first-signed-in", admin.Search{Sort: admin.BySignedIn, Descending: true}},
		{"filter-rare", admin.Search{Sort: admin.ByName, Filter: people[77_777].Identifier}},
		{"filter-common", admin.Search{Sort: admin.ByName, Filter: "orange"}},
		{"filter-frequent-name", admin.Search{Sort: admin.ByName, Filter: given}},
		{"filter-one-letter", admin.Search{Sort: admin.ByName, Filter: "m"}},
		{"filter-far-letter", admin.Search{Sort: admin.ByIdentifier, Filter: "19"}},
		{"two-words", admin.Search{Sort: admin.ByName, Filter: given[:3] + " " + family}},
		{"two-common-words", admin.Search{Sort: admin.ByName, Filter: given + " orange"}},
		{"words-of-nobody", admin.Search{Sort: admin.ByName, Filter: "orange gmail"}},
		{"role", admin.Search{Sort: admin.BySignedIn, Role: account.Agent}},
		{"state", admin.Search{Sort: admin.ByIdentifier, Role: account.Famille, State: account.Locked}},
		{"office", admin.Search{Sort: admin.ByName, Office: "Mairie"}},
		{"deep", deep},
		{"deep-common", admin.Search{Sort: admin.ByName, After: deep.After, Filter: "example"}},
		{"last", admin.Search{Sort: admin.ByName, Last: true}},
		{"last-common", admin.Search{Sort: admin.ByName, Filter: "orange", Last: true}},
	} {
		c.s.Size = 50
		b.Run(c.name, func(b *testing.B) { timed(b, db, o, c.s) })
	}
	b.Run("each-person", func(b *testing.B) { streamed(b, db, o) })
}

func timed(b *testing.B, db *store.DB, o organisation.Organisation, s admin.Search) {
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		_, err := db.People(b.Context(), o.ID, s)
		must(b, err)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "median-ms")
}

// streamed measures how much more memory the program has in use while it reads everybody, once.
func streamed(b *testing.B, db *store.DB, o organisation.Organisation) {
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapInuse)
	}
	n, least, grown := 0, inUse(), int64(0)
	must(b, db.EachPerson(b.Context(), o.ID, admin.Search{Sort: admin.ByName}, func(account.Account) error {
		if n++; n%10_000 == 0 {
			grown = max(grown, inUse()-least)
		}
		return nil
	}))
	if n != multitude+4 {
		b.Fatalf("%d people", n)
	}
	b.ReportMetric(float64(grown)/1024, "heap-growth-KiB")
}
