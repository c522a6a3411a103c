package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/admin"
	"loquet/audit"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
)

// Every filter gives what going through the whole journal gives, page by page; the times of two nodes are not in the
// order of the numbers.
func TestJournalPagesAreThoseOfTheWholeJournal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		other := storetest.Person(t, db, o, storetest.Agent)
		storetest.School(t, db)
		r := rand.New(rand.NewPCG(3, 3)) //nolint:gosec // the same journal at each run
		who := []string{"", person.ID, other.ID, audit.System}
		for range 120 {
			must(t, db.Note(t.Context(), audit.Entry{
				Organisation: o.ID, At: at(time.Duration(r.IntN(60)) * time.Minute), Act: audit.Acts[r.IntN(5)+3],
				Actor: who[r.IntN(len(who))], Target: who[r.IntN(len(who))],
			}))
		}
		journal, err := db.Journal(t.Context(), o.ID, 1, 1000)
		must(t, err)
		slices.Reverse(journal)
		for _, who := range who {
			for _, acts := range [][]audit.Act{nil, {audit.SignedIn}, {audit.SignedIn, audit.AccountStopped}, {"none"}} {
				for _, times := range [][2]time.Duration{{}, {10, 40}, {0, 1}, {59, 0}, {70, 80}} {
					f := admin.JournalFilter{Person: who, Acts: acts, Max: 7}
					if times != [2]time.Duration{} {
						f.From, f.Until = at(times[0]*time.Minute), at(times[1]*time.Minute)
					}
					if times[1] == 0 {
						f.Until = time.Time{}
					}
					t.Run(fmt.Sprint(who == person.ID, len(acts), times), func(t *testing.T) { paged(t, db, o.ID, f, journal) })
				}
			}
		}
	})
}

func paged(t *testing.T, db *store.DB, organisation string, f admin.JournalFilter, journal []audit.Entry) {
	wanted := slices.DeleteFunc(slices.Clone(journal), func(e audit.Entry) bool {
		return f.Person != "" && e.Actor != f.Person && e.Target != f.Person ||
			len(f.Acts) > 0 && !slices.Contains(f.Acts, e.Act) ||
			e.At.Before(f.From) || !f.Until.IsZero() && !e.At.Before(f.Until)
	})
	var got []audit.Entry
	for {
		page, err := db.JournalPage(t.Context(), organisation, f)
		must(t, err)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		f.Before = page[len(page)-1].Number
	}
	if len(got)+len(wanted) > 0 && !cmp.Equal(wanted, got) {
		t.Error(cmp.Diff(wanted, got))
	}
}

// The owner who comes with a secret has proven the address that it went to.
func TestRecoveryKeepsWhereASecretWentAndProvesIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Unproven)
		secret := issue(person, "secret", start)
		secret.SentTo = person.Emails[0].Address
		c := recovery.Change{Now: start, Organisation: o.ID, Account: person.ID, Issue: secret}
		must(t, db.ApplyRecovery(t.Context(), c))
		kept, err := db.IssueByID(t.Context(), o.ID, secret.ID)
		must(t, err)
		if kept.SentTo != secret.SentTo {
			t.Errorf("it went to %q", kept.SentTo)
		}
		for _, address := range []string{"hugo.blanc@gmail.example.else", "HUGO.blanc@gmail.example"} {
			before := storetest.Person(t, db, o, storetest.Unproven)
			if before.Emails[0].Proven {
				t.Error("another address has proven this one")
			}
			c := recovery.Change{Now: at(time.Minute), Organisation: o.ID, Account: person.ID, Hash: "new", Proves: address}
			must(t, db.ApplyRecovery(t.Context(), c))
		}
		if after := storetest.Person(t, db, o, storetest.Unproven); !after.Emails[0].Proven {
			t.Errorf("%+v", after.Emails)
		}
	})
}
