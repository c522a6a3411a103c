package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/desk"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

func TestDeskSeesHowAnAccountStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		see := func(now time.Time) desk.Situation {
			t.Helper()
			s, err := db.Situation(t.Context(), o.ID, person.ID, now)
			must(t, err)
			return s
		}
		if diff := cmp.Diff(desk.Situation{State: account.Active}, see(start)); diff != "" {
			t.Error(diff)
		}
		give(t, db, person, "first", start)
		last := give(t, db, person, "second", at(time.Minute)) // ends the first
		must(t, db.Queue(t.Context(), letter(o, person.ID, courier.Link, at(time.Minute))))
		s := see(at(2 * time.Minute))
		if !s.Asked.Equal(at(time.Minute)) || !s.Ends.Equal(last.Expires) || !s.Used.IsZero() || s.Renewing ||
			s.Sessions != 0 || len(s.Letters) != 1 || s.Letters[0].Kind != courier.Link {
			t.Errorf("asked: %+v", s)
		}
		change, _ := burning(person, last.ID, at(3*time.Minute))
		must(t, db.ApplySignIn(t.Context(), change))
		enter(t, db, person, session.Full, at(4*time.Minute))
		enter(t, db, person, session.Full, at(4*time.Minute))
		enter(t, db, person, session.Second, at(4*time.Minute))
		s = see(at(5 * time.Minute))
		if !s.Used.Equal(at(3*time.Minute)) || !s.Renewing || s.Sessions != 2 || !s.SignedIn.Equal(at(4*time.Minute)) {
			t.Errorf("used: %+v", s)
		}
		if s = see(at(25 * time.Hour)); s.Renewing || s.Sessions != 0 {
			t.Errorf("the day after: %+v", s)
		}
		give(t, db, person, "third", at(time.Hour))
		must(t, db.SetState(t.Context(), o.ID, person.ID, account.Locked, at(time.Hour+time.Minute), audit.Entry{}))
		if s = see(at(2 * time.Hour)); s.State != account.Locked || !s.Ends.Equal(at(time.Hour+time.Minute)) {
			t.Errorf("closed: %+v", s)
		}
		_, err := db.Situation(t.Context(), o.ID, "none", start)
		want(t, "nobody", err, fault.Missing)
	})
}

func TestDeskFindsWhoCouldHelp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, school := storetest.Town(t, db), storetest.School(t, db)
		names := func(all []account.Account, err error) (found []string) {
			t.Helper()
			must(t, err)
			for _, p := range all {
				found = append(found, p.Identifier)
			}
			return found
		}
		managers := func(of organisation.Organisation, max int) []string {
			return names(db.Managers(t.Context(), of.ID, max))
		}
		second := account.Account{
			ID: store.NewID(), Organisation: school.ID, Identifier: "A.GERANT", Role: account.Gerant, State: account.Active,
		}
		must(t, db.CreateAccount(t.Context(), second, storetest.Hash, note(second, audit.AccountCreated, start)))
		for what, got := range map[string][]string{
			"of the school": managers(school, 9), "one of the school": managers(school, 1), "of the town": managers(o, 9),
			"by a household's address": names(db.Lookup(t.Context(), o.ID, account.Find(storetest.Household))),
			"by a mobile":              names(db.Lookup(t.Context(), o.ID, account.Find("06 12 34 56 78"))),
		} {
			wanted := map[string][]string{
				"of the school": {"A.GERANT", storetest.Manager}, "one of the school": {"A.GERANT"},
				"of the town": {storetest.Agent}, "by a household's address": {storetest.Mother, storetest.Father},
				"by a mobile": {storetest.Active},
			}[what]
			if !slices.Equal(got, wanted) {
				t.Errorf("%s: %v, want %v", what, got, wanted)
			}
		}
		leaves := at(time.Hour)
		_, err := db.Exec(t.Context(), `update account set leaves = $2 where id = $1`, second.ID, leaves.UnixMicro())
		must(t, err)
		agent := storetest.Person(t, db, o, storetest.Agent)
		must(t, db.SetState(t.Context(), o.ID, agent.ID, account.Locked, start, audit.Entry{}))
		if a, b := managers(school, 9), managers(o, 9); !slices.Equal(a, []string{storetest.Manager}) || len(b) > 0 {
			t.Errorf("who leaves or is locked stays: %v, %v", a, b)
		}
	})
}

// RGPD art. 17: what was said about somebody goes with the account; that a case was stays as long as the journal.
func TestDeskForgetsWhatWasSaidAboutAnErasedAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		mother := storetest.Person(t, db, o, storetest.Mother)
		k, beside := call(t, db, person), call(t, db, mother)
		k.Papers = desk.Papers{Kinds: []desk.Paper{desk.Identity}, SIRET: "73282932000074", Note: "dossier 12"}
		k.Standing, k.CheckedAt, k.CheckedBy = desk.ByPapers, start, sacha
		must(t, db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: o.ID, Case: &k, Steps: step1(k, start)}))
		d, other := deed(t, db, k, desk.Waiting), deed(t, db, beside, desk.Waiting)
		done := deed(t, db, k, desk.Done, func(d *desk.Deed) { d.Act = desk.ReplaceAddress })
		must(t, db.DeleteAccount(t.Context(), o.ID, person.ID, note(person, audit.AccountDeleted, at(time.Hour))))
		kept, err := db.Case(t.Context(), o.ID, k.ID)
		must(t, err)
		wanted := k
		wanted.Said, wanted.Caller, wanted.Papers.SIRET, wanted.Papers.Note, wanted.Closed = "", "", "", "", at(time.Hour)
		wanted.Standing, wanted.Version = desk.Unchecked, k.Version+2
		if diff := cmp.Diff(wanted, kept); diff != "" {
			t.Error(diff)
		}
		for id, state := range map[string]desk.DeedState{d.ID: desk.Withdrawn, done.ID: desk.Done} {
			now, err := db.Deed(t.Context(), o.ID, id)
			must(t, err)
			if now.State != state || now.Address != "" || now.Manager != (desk.Draft{}) {
				t.Errorf("a deed about nobody: %+v", now)
			}
		}
		if now, err := db.Case(t.Context(), o.ID, beside.ID); err != nil || !cmp.Equal(now, beside) {
			t.Errorf("somebody else's case: %s, %v", cmp.Diff(beside, now), err)
		}
		if now, err := db.Deed(t.Context(), o.ID, other.ID); err != nil || !cmp.Equal(now, other) {
			t.Errorf("somebody else's deed: %s, %v", cmp.Diff(other, now), err)
		}
		// A case of somebody who is gone can still be written into.
		kept.Reason = desk.Other
		must(t, db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: o.ID, Case: &kept, Steps: step1(k, start)}))
	})
}

func TestDeskKeepsCasesAsLongAsTheJournal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		old, later := call(t, db, person), call(t, db, person)
		code(t, db, old, camille, start)
		deed(t, db, old, desk.Done)
		must(t, db.ApplyDesk(t.Context(), desk.Change{
			Now: at(48 * time.Hour), Organisation: o.ID, Steps: step1(later, start),
		}))
		for _, try := range []struct {
			now   time.Duration
			cases int64
		}{{audit.Kept - time.Microsecond, 2}, {audit.Kept, 1}, {audit.Kept + 48*time.Hour, 0}} {
			_, err := db.Purge(t.Context(), at(try.now))
			must(t, err)
			if n := number(t, db, `select count(*) from desk_case`); n != try.cases {
				t.Errorf("after %v there are %d cases, want %d", try.now, n, try.cases)
			}
		}
		for _, table := range []string{"desk_step", "desk_code", "deed"} {
			if n := number(t, db, `select count(*) from `+table); n != 0 {
				t.Errorf("%s has %d rows of cases that are gone", table, n)
			}
		}
	})
}

// What a backup brings back may have been stopped, used or withdrawn since.
func TestATK087RestoredChecksAndDeedsAreVoid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		k.Standing, k.CheckedAt = desk.ByCode, start
		must(t, db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: o.ID, Case: &k}))
		k.Version++
		c, d := code(t, db, k, camille, start), deed(t, db, k, desk.Waiting)
		must(t, db.BumpEpoch(t.Context(), at(time.Minute)))
		want(t, "a restored code", guess(t.Context(), db, k, c.ID, true, at(time.Minute)), fault.Stale)
		want(t, "a restored deed", db.ApplyDesk(t.Context(), moved(d, desk.Done, sacha, at(time.Minute))), fault.Stale)
		checked := desk.Change{Now: start, Organisation: o.ID, Case: &k}
		want(t, "a restored check", db.ApplyDesk(t.Context(), checked), fault.Stale)
		if now, err := db.Case(t.Context(), o.ID, k.ID); err != nil || now.Standing != desk.Unchecked {
			t.Errorf("the caller is checked: %+v, %v", now, err)
		}
		if due, err := db.DeedsDue(t.Context(), at(999*time.Hour), 9); err != nil || len(due) > 0 {
			t.Errorf("due are %v, %v", due, err)
		}
	})
}

// Nothing of one organisation's desk is read or moved in the name of another (ATK-069).
func TestATK069TheDeskOfAnotherOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Agent)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		k, own := call(t, db, person), call(t, db, manager)
		c, d := code(t, db, k, camille, start), deed(t, db, k, desk.Waiting)
		s := enter(t, db, person, session.Full, start)
		ctx, now := t.Context(), at(time.Minute)
		apply := func(fill func(*desk.Change)) error {
			change := desk.Change{Now: now, Organisation: school.ID}
			fill(&change)
			return db.ApplyDesk(ctx, change)
		}
		stolen, named := k, own
		stolen.Organisation, stolen.Said, named.Account = school.ID, "volé", person.ID
		done := d
		done.Organisation, done.State = school.ID, desk.Done
		added := done
		added.ID, added.From, added.Act = store.NewID(), desk.Start, desk.SendAccess
		crossed := added
		crossed.Case = own.ID
		before := everything(t, db)
		none := func(_ any, err error) error { return err }
		for method, try := range map[string]attempt{
			"Case":                {none(db.Case(ctx, school.ID, k.ID)), fault.Missing},
			"Code":                {none(db.Code(ctx, school.ID, k.ID)), fault.Missing},
			"Deed":                {none(db.Deed(ctx, school.ID, d.ID)), fault.Missing},
			"DeedByStop":          {none(db.DeedByStop(ctx, school.ID, d.StopDigest)), fault.Missing},
			"Situation":           {none(db.Situation(ctx, school.ID, person.ID, now)), fault.Missing},
			"ApplyDesk case":      {apply(func(c *desk.Change) { c.Case = &stolen }), fault.Stale},
			"ApplyDesk named":     {apply(func(c *desk.Change) { c.Case = &named }), fault.Stale},
			"ApplyDesk deed":      {apply(func(c *desk.Change) { c.Deed = &done }), fault.Stale},
			"ApplyDesk new deed":  {apply(func(c *desk.Change) { c.Deed = &added }), fault.Stale},
			"ApplyDesk for other": {apply(func(c *desk.Change) { c.Deed = &crossed }), fault.Stale},
			"ApplyDesk code":      {apply(func(ch *desk.Change) { ch.Code = &desk.Code{ID: "x", Case: k.ID} }), fault.Stale},
			"ApplyDesk guess": {apply(func(ch *desk.Change) {
				ch.Guess = &desk.Guess{Code: c.ID, Right: true}
			}), fault.Stale},
			"ApplyDesk steps": {apply(func(ch *desk.Change) { ch.Steps = step1(k, now) }), fault.Stale},
			"ApplyDesk stop":  {apply(func(ch *desk.Change) { ch.Stop = person.ID }), fault.Stale},
			"ApplyDesk open": {apply(func(ch *desk.Change) {
				ch.Open = &desk.Case{ID: store.NewID(), Account: person.ID}
			}), fault.Stale},
		} {
			want(t, method, try.err, try.want)
		}
		steps, err := db.Steps(ctx, school.ID, k.ID)
		deeds, failed := db.Deeds(ctx, school.ID, k.ID)
		managers, wrong := db.Managers(ctx, school.ID, 9)
		found, lost := db.Lookup(ctx, school.ID, account.Find(storetest.Agent))
		must(t, errors.Join(err, failed, wrong, lost))
		if len(steps) > 0 || len(deeds) > 0 || len(managers) != 1 || managers[0].ID != manager.ID || len(found) > 0 {
			t.Errorf("%v %v %v %v", steps, deeds, managers, found)
		}
		still, err := db.Case(ctx, k.Organisation, k.ID)
		must(t, err)
		kept, err := db.Deed(ctx, k.Organisation, d.ID)
		must(t, err)
		sent, err := db.Code(ctx, k.Organisation, k.ID)
		must(t, err)
		diff := cmp.Diff(k, still) + cmp.Diff(d, kept) + cmp.Diff(c, sent) + cmp.Diff(before, everything(t, db))
		if diff != "" {
			t.Errorf("something was done in the name of another organisation: %s", diff)
		}
		if ends(t, db, s.ID) != "" {
			t.Error("a session of another organisation has ended")
		}
	})
}
