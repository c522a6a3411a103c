package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/audit"
	"loquet/fault"
	"loquet/help"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

func revision(o organisation.Organisation, author string, number int64, words string) help.Revision {
	return help.Revision{
		Organisation: o.ID, Page: "connexion", Language: "fr", Number: number, Text: "# Entrer\n\n" + words + "\n",
		Restores: help.Fresh, Author: author, At: at(time.Duration(number) * time.Minute),
	}
}

func noted(r help.Revision) audit.Entry {
	return audit.Entry{
		Organisation: r.Organisation, At: r.At, Act: audit.HelpChanged, Actor: r.Author,
		Detail: fmt.Sprintf("%s %s %d", r.Page, r.Language, r.Number),
	}
}

func TestHelpRevisionsAreKeptAsTheyWere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, agent := town(t, db, storetest.Agent)
		all, err := db.HelpNewest(t.Context(), o.ID, "fr")
		must(t, err)
		if len(all) != 0 {
			t.Errorf("a new organisation has %v", all)
		}
		_, err = db.HelpRevision(t.Context(), o.ID, "connexion", "fr", 1)
		want(t, "a revision that is not there", err, fault.Missing)

		first, second := revision(o, agent.ID, 1, "À gauche."), revision(o, agent.ID, 2, "« À droite »\x00 ’")
		second.Restores = help.Shipped
		other := revision(o, agent.ID, 1, "Left.")
		other.Language = "en"
		for _, r := range []help.Revision{first, second, other} {
			must(t, db.AddHelpRevision(t.Context(), r, noted(r)))
		}
		first.By, second.By = agent.Name(), agent.Name()
		second.Text = "# Entrer\n\n« À droite » ’\n" // no engine keeps a NUL for both

		got, err := db.HelpRevision(t.Context(), o.ID, "connexion", "fr", 1)
		must(t, err)
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
		all, err = db.HelpNewest(t.Context(), o.ID, "fr")
		must(t, err)
		if diff := cmp.Diff([]help.Revision{second}, all); diff != "" {
			t.Error(diff)
		}
		first.Text, second.Text = "", ""
		all, err = db.HelpRevisions(t.Context(), o.ID, "connexion", "fr", 10)
		must(t, err)
		if diff := cmp.Diff([]help.Revision{second, first}, all); diff != "" {
			t.Error(diff)
		}
		all, err = db.HelpRevisions(t.Context(), o.ID, "connexion", "fr", 1)
		must(t, err)
		if len(all) != 1 || all[0].Number != 2 {
			t.Errorf("the newest one is %v", all)
		}

		must(t, db.DeleteAccount(t.Context(), o.ID, agent.ID, audit.Entry{}))
		got, err = db.HelpRevision(t.Context(), o.ID, "connexion", "fr", 1)
		must(t, err)
		if got.By != "" || got.Author != agent.ID || got.Text == "" {
			t.Errorf("once its author is gone, the revision is %+v", got)
		}
	})
}

func TestAHelpRevisionFollowsTheNewestOrIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, agent := town(t, db, storetest.Agent)
		r := revision(o, agent.ID, 1, "un")
		must(t, db.AddHelpRevision(t.Context(), r, noted(r)))
		before := lastEntry(t, db, o)
		for _, number := range []int64{-1, 0, 1, 3, 9} {
			r := revision(o, agent.ID, number, "autre")
			want(t, fmt.Sprint("number ", number), db.AddHelpRevision(t.Context(), r, noted(r)), fault.Stale)
		}
		r = revision(organisation.Organisation{ID: "nobody"}, agent.ID, 1, "un")
		want(t, "no organisation", db.AddHelpRevision(t.Context(), r, audit.Entry{}), fault.Stale)
		if after := lastEntry(t, db, o); after != before {
			t.Errorf("the journal went from %d to %d for what was not kept", before, after)
		}
	})
}

// Of many editors that began from one revision exactly one wins, on each engine, and only it is in the journal.
func TestOfTwoEditorsOfOneHelpPageOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, agent := town(t, db, storetest.Agent)
		const editors, rounds = 8, 5
		before := lastEntry(t, db, o)
		for round := int64(1); round <= rounds; round++ {
			results := make([]error, editors)
			var all sync.WaitGroup
			for i := range editors {
				all.Go(func() {
					r := revision(o, agent.ID, round, fmt.Sprint("éditeur ", i))
					results[i] = db.AddHelpRevision(t.Context(), r, noted(r))
				})
			}
			all.Wait()
			won := 0
			for _, err := range results {
				if err == nil {
					won++
				} else if !errors.Is(err, fault.Stale) {
					t.Error(err)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d editors won", round, won)
			}
		}
		if after := lastEntry(t, db, o); after != before+rounds {
			t.Errorf("%d entries for %d revisions", after-before, rounds)
		}
	})
}

func TestATK069HelpRevisionsBelongToOneOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, agent := town(t, db, storetest.Agent)
		school := storetest.School(t, db)
		r := revision(o, agent.ID, 1, "De la ville.")
		must(t, db.AddHelpRevision(t.Context(), r, noted(r)))
		newest, err := db.HelpNewest(t.Context(), school.ID, "fr")
		must(t, err)
		all, err := db.HelpRevisions(t.Context(), school.ID, "connexion", "fr", 10)
		must(t, err)
		if len(newest) > 0 || len(all) > 0 {
			t.Errorf("the school has the town's: %v %v", newest, all)
		}
		want(t, "HelpRevision", errorOf(db.HelpRevision(t.Context(), school.ID, "connexion", "fr", 1)), fault.Missing)
		foreign := revision(school, agent.ID, 2, "De la ville.")
		want(t, "AddHelpRevision", db.AddHelpRevision(t.Context(), foreign, audit.Entry{}), fault.Stale)

		own := revision(school, agent.ID, 1, "De l’école.") // as if written by somebody of the town
		must(t, db.AddHelpRevision(t.Context(), own, noted(own)))
		kept, err := db.HelpRevision(t.Context(), school.ID, "connexion", "fr", 1)
		must(t, err)
		if kept.By != "" {
			t.Errorf("the school is told the name of %s", kept.By)
		}
		kept, err = db.HelpRevision(t.Context(), o.ID, "connexion", "fr", 1)
		must(t, err)
		if kept.Text != r.Text {
			t.Errorf("the town's page became %q", kept.Text)
		}
	})
}

func errorOf[T any](_ T, err error) error { return err }

func lastEntry(t *testing.T, db *store.DB, o organisation.Organisation) int64 {
	t.Helper()
	number, err := db.JournalEnd(t.Context(), o.ID)
	must(t, err)
	return number
}
