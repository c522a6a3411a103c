package store_test

import (
	"errors"
	"fmt"
	"testing"

	"loquet/audit"
	"loquet/store"
	"loquet/store/storetest"
)

// Entries of the journal go a year after they were written, the oldest first, and what is left still verifies.
func TestTheJournalIsKeptForAYear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		old, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		for i := range 3 {
			must(t, db.Note(t.Context(), audit.Entry{Organisation: o.ID, At: at(100 * day), Act: audit.SignedIn, Detail: fmt.Sprint(i)}))
		}
		purge := func(now, want int) {
			t.Helper()
			taken, err := db.Purge(t.Context(), at(day*1).AddDate(0, 0, now-1))
			must(t, err)
			if taken != want {
				t.Errorf("after %d days: %d entries, want %d", now, taken, want)
			}
			must(t, db.VerifyJournal(t.Context(), o.ID))
		}
		purge(364, 0)
		purge(366, int(old))
		purge(366, 0)
		entries, err := db.Journal(t.Context(), o.ID, 1, 10)
		must(t, err)
		if len(entries) != 3 || entries[0].Number != old+1 {
			t.Errorf("kept are %v", entries)
		}
		must(t, db.Note(t.Context(), audit.Entry{Organisation: o.ID, At: at(400 * day), Act: audit.SignedOut}))
		purge(1000, 3) // the last entry of all stays
		for name, statement := range map[string]string{
			"the beginning moved":  `update journal_head set base_chain = 'x' where organisation = $1`,
			"the beginning hidden": `update journal_head set base_number = base_number + 1 where organisation = $1`,
		} {
			var broken error
			must(t, spoil(t, db, o.ID, []string{statement}, func() { broken = db.VerifyJournal(t.Context(), o.ID) }))
			if b := (audit.Broken{}); !errors.As(broken, &b) {
				t.Errorf("%s: verifying gave %v", name, broken)
			}
		}
	})
}
