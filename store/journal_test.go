package store_test

import (
	"errors"
	"fmt"
	"testing"

	"loquet/audit"
	"loquet/fault"
	"loquet/store"
	"loquet/store/storetest"
)

func TestJournalOfParallelWritersVerifies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		town, school := storetest.Town(t, db), storetest.School(t, db)
		before, err := db.JournalEnd(t.Context(), town.ID)
		must(t, err)
		together(50, func(n int) {
			for i := range 4 {
				e := audit.Entry{Organisation: town.ID, At: at(0), Act: audit.SignInRefused, Detail: fmt.Sprint(n, i)}
				other := audit.Entry{Organisation: school.ID, At: start, Act: audit.SignedOut}
				if err := db.Note(t.Context(), e, other, audit.Entry{}); err != nil {
					t.Errorf("writing the journal: %v", err)
				}
			}
		})
		after, err := db.JournalEnd(t.Context(), town.ID)
		must(t, err)
		if after != before+200 {
			t.Errorf("%d entries were written", after-before)
		}
		must(t, db.VerifyJournal(t.Context(), town.ID))
		must(t, db.VerifyJournal(t.Context(), school.ID))
	})
}

func TestJournalIsReadInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		end, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		var numbers int64
		for from := int64(1); ; {
			page, err := db.Journal(t.Context(), o.ID, from, 4)
			must(t, err)
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				numbers++
				if e.Number != numbers || e.Organisation != o.ID || !e.At.Equal(start) {
					t.Errorf("entry %d is %+v", numbers, e)
				}
			}
			from = numbers + 1
		}
		if numbers != end {
			t.Errorf("%d of %d entries were read", numbers, end)
		}
	})
}

func TestTamperedJournalDoesNotVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		end, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		for name, statements := range map[string][]string{
			"an act":        {`update journal set act = 'signed-out' where number = 3 and organisation = $1`},
			"a time":        {`update journal set at = at + 1 where number = 3 and organisation = $1`},
			"a target":      {`update journal set target = '' where number = 3 and organisation = $1`},
			"an address":    {`update journal set address = '192.0.2.1' where number = 3 and organisation = $1`},
			"a chain":       {`update journal set chain = 'x' where number = 3 and organisation = $1`},
			"the last one":  {fmt.Sprintf(`update journal set detail = 'x' where number = %d and organisation = $1`, end)},
			"one dropped":   {`delete from journal where number = 3 and organisation = $1`},
			"the last gone": {fmt.Sprintf(`delete from journal where number = %d and organisation = $1`, end)},
			"all gone":      {`delete from journal where organisation = $1`},
			"the end forgotten": {
				fmt.Sprintf(`delete from journal where number = %d and organisation = $1`, end),
				fmt.Sprintf(`update journal_head set number = %d where organisation = $1`, end-1),
			},
			"two exchanged": {
				`update journal set number = -3 where number = 3 and organisation = $1`,
				`update journal set number = 3 where number = 4 and organisation = $1`,
				`update journal set number = 4 where number = -3 and organisation = $1`,
			},
		} {
			var broken error
			err := spoil(t, db, o.ID, statements, func() { broken = db.VerifyJournal(t.Context(), o.ID) })
			must(t, err)
			if b := (audit.Broken{}); !errors.As(broken, &b) || b.Organisation != o.ID {
				t.Errorf("%s: verifying gave %v", name, broken)
			}
			want(t, "the journal as it was", db.VerifyJournal(t.Context(), o.ID), nil)
		}
		want(t, "the journal of nobody", db.VerifyJournal(t.Context(), "none"), fault.Missing)
	})
}

// spoil changes the journal behind the store's back, looks, and puts it back as it was.
func spoil(t *testing.T, db *store.DB, organisation string, statements []string, look func()) error {
	t.Helper()
	for _, s := range []string{
		`create table kept_journal as select * from journal`, `create table kept_head as select * from journal_head`,
	} {
		if _, err := db.Exec(t.Context(), s); err != nil {
			return err
		}
	}
	for _, s := range statements {
		if rows, err := db.Exec(t.Context(), s, organisation); err != nil || rows == 0 {
			return fmt.Errorf("%s changed %d rows: %w", s, rows, err)
		}
	}
	look()
	for _, s := range []string{
		`delete from journal`, `insert into journal select * from kept_journal`, `drop table kept_journal`,
		`delete from journal_head`, `insert into journal_head select * from kept_head`, `drop table kept_head`,
	} {
		if _, err := db.Exec(t.Context(), s); err != nil {
			return err
		}
	}
	return nil
}
