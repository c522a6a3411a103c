package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

// departing gives a person a last moment.
func departing(t *testing.T, db *store.DB, person account.Account, leaves time.Time) {
	t.Helper()
	c := admin.Change{Now: start, Organisation: person.Organisation, Account: person.ID, Leaves: &leaves}
	must(t, db.ApplyAdmin(t.Context(), c))
}

func TestATK039LeaversAreRefusedFromTheMomentOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		leaves := at(20 * time.Minute)
		departing(t, db, person, leaves)
		s := enter(t, db, person, session.Full, at(time.Minute))
		kept, owner, err := db.Session(t.Context(), s.ID)
		must(t, err)
		listed, err := db.SessionsOf(t.Context(), o.ID, person.ID)
		must(t, err)
		for _, s := range append(listed, kept) {
			if !s.Alive(leaves.Add(-time.Microsecond)) || s.Alive(leaves) {
				t.Errorf("%+v does not end when its owner leaves", s)
			}
		}
		if !owner.Leaves.Equal(leaves) {
			t.Errorf("leaves %v", owner.Leaves)
		}
		for now, wanted := range map[time.Time]error{leaves.Add(-time.Microsecond): nil, leaves: fault.Stale} {
			next := storetest.Session(person, session.Full, now)
			c := signin.Change{Now: now, Organisation: o.ID, Account: person.ID, Open: &next}
			want(t, "a sign-in", db.ApplySignIn(t.Context(), c), wanted)
			r := recovery.Change{Now: now, Organisation: o.ID, Account: person.ID, Hash: "new"}
			want(t, "a renewal", db.ApplyRecovery(t.Context(), r), wanted)
		}
	})
}

func TestATK039LeaversAreClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		leaves := at(20 * time.Minute)
		s, secret := enter(t, db, person, session.Full, start), give(t, db, person, "secret", start)
		departing(t, db, person, leaves)
		departing(t, db, storetest.Person(t, db, o, storetest.Mother), leaves.Add(time.Microsecond))
		departing(t, db, storetest.Person(t, db, o, storetest.Disabled), leaves.Add(-time.Hour))
		for now, wanted := range map[time.Time]int{start: 0, leaves.Add(-time.Microsecond): 0} {
			n, err := db.StopLeavers(t.Context(), now)
			must(t, err)
			if n != wanted || ends(t, db, s.ID) != "" {
				t.Errorf("%d leave at %v", n, now)
			}
		}
		for _, wanted := range []int{1, 0} { // the second time nobody is left
			n, err := db.StopLeavers(t.Context(), leaves)
			must(t, err)
			if n != wanted {
				t.Errorf("%d leave, want %d", n, wanted)
			}
		}
		read, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		i, err := db.IssueByID(t.Context(), o.ID, secret.ID)
		must(t, err)
		if read.State != account.Disabled || ends(t, db, s.ID) != session.Stopped || i.Ended.IsZero() {
			t.Errorf("%+v, %+v", read, i)
		}
		entries, err := db.JournalPage(t.Context(), o.ID, admin.JournalFilter{Max: 1})
		must(t, err)
		e := entries[0]
		if e.Act != audit.AccountStopped || e.Actor != audit.System || e.Target != person.ID ||
			e.Detail != "leaves" || !e.At.Equal(leaves) {
			t.Errorf("%+v", e)
		}
		must(t, db.SetState(t.Context(), o.ID, person.ID, account.Active, leaves, audit.Entry{}))
		n, err := db.StopLeavers(t.Context(), at(time.Hour))
		must(t, err)
		if n != 1 || !storetest.Person(t, db, o, storetest.Active).Leaves.IsZero() {
			t.Errorf("whoever was let in again leaves again: %d", n)
		}
	})
}

// Several nodes look at the same minute, and there are more leavers than go in one transaction.
func TestLeaversAreClosedOnceByManyNodes(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		nodes := []*store.DB{storetest.Open(t, url), storetest.Open(t, url)}
		places := []organisation.Organisation{storetest.Town(t, nodes[0]), storetest.School(t, nodes[0])}
		wanted := 0
		for _, o := range places {
			people := crowd(o, 130, 8)
			for i := range people {
				people[i].Leaves = at(time.Duration(i) * time.Second)
				if people[i].State != account.Disabled && !people[i].Leaves.After(at(2*time.Minute)) {
					wanted++
				}
			}
			enrol(t, nodes[0], people)
		}
		var stopped atomic.Int64
		together(4, func(i int) {
			n, err := nodes[i%2].StopLeavers(t.Context(), at(2*time.Minute))
			if err != nil {
				t.Error(err)
			}
			stopped.Add(int64(n))
		})
		told := 0
		for _, o := range places {
			f := admin.JournalFilter{Acts: []audit.Act{audit.AccountStopped}, Max: 999}
			entries, err := nodes[0].JournalPage(t.Context(), o.ID, f)
			must(t, err)
			told += len(entries)
			must(t, nodes[0].VerifyJournal(t.Context(), o.ID))
		}
		if int(stopped.Load()) != wanted || told != wanted {
			t.Errorf("%d stopped, %d told, want %d", stopped.Load(), told, wanted)
		}
	})
}
