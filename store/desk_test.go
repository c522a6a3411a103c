package store_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/desk"
	"loquet/fault"
	"loquet/limit"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

const camille, sacha = "OPERATEUR.CAMILLE", "OPERATEUR.SACHA"

// ines is the new manager of a deed.
var ines = desk.Draft{Identifier: "AUTOECOLE.NEUVE", GivenName: "Inès", FamilyName: "Boyer", Keep: true}

// call opens a case about a person and gives it as it is kept.
func call(t *testing.T, db *store.DB, person account.Account) desk.Case {
	t.Helper()
	c := desk.Case{
		ID: store.NewID(), Number: "K7P3QX", Account: person.ID, Reason: desk.LostMailbox, Said: "a changé d’opérateur",
		Caller: "+33612345678", Opened: start, OpenedBy: camille, Standing: desk.Unchecked,
	}
	must(t, db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: person.Organisation, Open: &c}))
	kept, err := db.Case(t.Context(), person.Organisation, c.ID)
	must(t, err)
	return kept
}

// code sends a caller's code in a case.
func code(t *testing.T, db *store.DB, k desk.Case, operator string, sent time.Time) desk.Code {
	t.Helper()
	c := desk.Code{ID: store.NewID(), Case: k.ID, Operator: operator, Sent: sent, Expires: sent.Add(desk.CodeLives)}
	must(t, db.ApplyDesk(t.Context(), desk.Change{Now: sent, Organisation: k.Organisation, Code: &c}))
	return c
}

// guess tries a code.
func guess(ctx context.Context, db *store.DB, k desk.Case, id string, right bool, now time.Time) error {
	return db.ApplyDesk(ctx, desk.Change{
		Now: now, Organisation: k.Organisation, Guess: &desk.Guess{Code: id, Right: right}, Steps: step1(k, now),
	})
}

func step1(k desk.Case, now time.Time) []desk.Step {
	return []desk.Step{{Case: k.ID, At: now, Operator: camille, What: string(audit.CallerCodeWrong)}}
}

// deed keeps a deed of a case in a state, and gives it as it is kept.
func deed(t *testing.T, db *store.DB, k desk.Case, state desk.DeedState, change ...func(*desk.Deed)) desk.Deed {
	t.Helper()
	id := store.NewID()
	d := desk.Deed{
		ID: id, Case: k.ID, Account: k.Account, Act: desk.NameManager, By: desk.ByPapers, From: desk.Start, State: state,
		Address: "nouvelle@autoecole.example", ProposedAt: start, ProposedBy: camille, Until: at(24 * time.Hour),
		Manager: ines, StopDigest: "stop " + id,
	}
	for _, f := range change {
		f(&d)
	}
	must(t, db.ApplyDesk(t.Context(), desk.Change{Now: d.ProposedAt, Organisation: k.Organisation, Deed: &d}))
	kept, err := db.Deed(t.Context(), k.Organisation, d.ID)
	must(t, err)
	return kept
}

// moved gives the change that takes a deed from where it was read to a state.
func moved(d desk.Deed, to desk.DeedState, operator string, now time.Time) desk.Change {
	d.State, d.SecondedAt, d.SecondedBy = to, now, operator
	return desk.Change{Now: now, Organisation: d.Organisation, Deed: &d, Notes: []audit.Entry{{
		Organisation: d.Organisation, At: now, Act: audit.DeedSeconded, Actor: audit.Operator(operator), Target: d.Account,
	}}}
}

// number counts rows.
func number(t *testing.T, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	n, err := db.Number(t.Context(), query, args...)
	must(t, err)
	return n
}

func TestDeskKeepsACaseAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		mother := storetest.Person(t, db, o, storetest.Mother)
		k := call(t, db, person)
		wanted := desk.Case{
			ID: k.ID, Number: "K7P3QX", Organisation: o.ID, Account: person.ID, Reason: desk.LostMailbox,
			Said: "a changé d’opérateur", Caller: "+33612345678", Opened: start, OpenedBy: camille,
			Standing: desk.Unchecked, Version: 1,
		}
		if diff := cmp.Diff(wanted, k); diff != "" {
			t.Error(diff)
		}
		k.Account, k.Reason, k.Standing = mother.ID, desk.ManagerDied, desk.PapersNoted
		k.CheckedAt, k.CheckedBy = at(time.Hour), sacha
		k.Papers = desk.Papers{Kinds: []desk.Paper{desk.Kbis, desk.Identity}, SIRET: "73282932000074", Note: "dossier 12"}
		k.Closed = at(2 * time.Hour)
		said := []desk.Step{
			{Case: k.ID, At: at(time.Hour), Operator: sacha, What: string(audit.PapersNoted), Detail: "kbis identity"},
			{Case: k.ID, At: at(time.Hour), What: string(audit.CaseClosed)},
		}
		must(t, db.ApplyDesk(t.Context(), desk.Change{Now: at(time.Hour), Organisation: o.ID, Case: &k, Steps: said}))
		behind := desk.Change{Now: start, Organisation: o.ID, Steps: said[:1]} // by its clock
		must(t, db.ApplyDesk(t.Context(), behind))
		k.Version++
		kept, err := db.Case(t.Context(), o.ID, k.ID)
		must(t, err)
		steps, err := db.Steps(t.Context(), o.ID, k.ID)
		must(t, err)
		if diff := cmp.Diff(k, kept) + cmp.Diff([]desk.Step{said[0], said[1], said[0]}, steps); diff != "" {
			t.Error(diff)
		}
		open := call(t, db, storetest.Person(t, db, storetest.School(t, db), storetest.Manager))
		for _, list := range []struct {
			open bool
			max  int
			want []string
		}{{true, 9, []string{open.ID}}, {false, 9, slices.Sorted(slices.Values([]string{open.ID, k.ID}))}, {true, 0, nil}} {
			cases, err := db.Cases(t.Context(), list.open, list.max)
			must(t, err)
			var ids []string
			for _, c := range cases {
				ids = append(ids, c.ID)
			}
			if !slices.Equal(ids, list.want) {
				t.Errorf("open %v: %v, want %v", list.open, ids, list.want)
			}
		}
	})
}

func TestDeskKeepsADeedAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		d := deed(t, db, k, desk.Proposed)
		wanted := desk.Deed{
			ID: d.ID, Case: k.ID, Organisation: k.Organisation, Account: person.ID, Act: desk.NameManager, By: desk.ByPapers,
			From: desk.Proposed, State: desk.Proposed, Address: "nouvelle@autoecole.example", Manager: ines, ProposedAt: start,
			ProposedBy: camille, Until: at(24 * time.Hour), StopDigest: "stop " + d.ID,
		}
		if diff := cmp.Diff(wanted, d); diff != "" {
			t.Error(diff)
		}
		found := map[string][]string{}
		list := func(what string, all []desk.Deed, err error) {
			t.Helper()
			must(t, err)
			for _, one := range all {
				found[what] = append(found[what], one.ID)
			}
		}
		other := deed(t, db, k, desk.Waiting, func(d *desk.Deed) {
			d.Act, d.ProposedAt, d.Until, d.StopDigest = desk.ReplaceAddress, at(time.Minute), at(time.Hour), ""
		})
		over := deed(t, db, k, desk.Done, func(d *desk.Deed) {
			d.Act, d.ProposedAt, d.StopDigest = desk.SendAccess, at(2*time.Minute), ""
		})
		all, err := db.Deeds(t.Context(), k.Organisation, k.ID)
		list("of the case", all, err)
		all, err = db.DeedsOpen(t.Context(), 9)
		list("open", all, err)
		all, err = db.DeedsDue(t.Context(), at(time.Hour), 9)
		list("due", all, err)
		all, err = db.DeedsDue(t.Context(), at(24*time.Hour), 9)
		list("due later", all, err)
		all, err = db.DeedsDue(t.Context(), at(24*time.Hour), 1)
		list("one due", all, err)
		if diff := cmp.Diff(map[string][]string{
			"of the case": {d.ID, other.ID, over.ID}, "open": {d.ID, other.ID}, "due": {other.ID}, "due later": {other.ID, d.ID},
			"one due": {other.ID},
		}, found); diff != "" {
			t.Error(diff)
		}
		stopped, err := db.DeedByStop(t.Context(), k.Organisation, d.StopDigest)
		must(t, err)
		if stopped.ID != d.ID {
			t.Errorf("the link names %q", stopped.ID)
		}
		_, err = db.DeedByStop(t.Context(), k.Organisation, "") // ATK-013
		want(t, "no link", err, fault.Missing)
		// What it is, for whom, and how the caller was checked never changes; the same is not on its way twice.
		turned := d
		turned.State, turned.Act, turned.By, turned.Account = desk.Waiting, desk.TellIdentifier, desk.ByCode, "x"
		turned.Address, turned.Manager = "x@y.example", desk.Draft{}
		must(t, db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: k.Organisation, Deed: &turned}))
		wanted.State, wanted.From = desk.Waiting, desk.Waiting
		kept, err := db.Deed(t.Context(), k.Organisation, d.ID)
		must(t, err)
		if diff := cmp.Diff(wanted, kept); diff != "" {
			t.Error(diff)
		}
		again := d
		again.ID, again.From = store.NewID(), desk.Start
		err = db.ApplyDesk(t.Context(), desk.Change{Now: start, Organisation: k.Organisation, Deed: &again})
		want(t, "the same again", err, fault.Stale)
	})
}

// Five tries are counted, and no more; a code of another operator takes the place of the first, with tries of its own.
func TestATK018ACallersCodeIsTriedFiveTimes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		k, neighbour := call(t, db, person), call(t, db, storetest.Person(t, db, o, storetest.Active))
		first, beside := code(t, db, k, camille, start), code(t, db, neighbour, camille, start)
		for range desk.MostTries {
			must(t, guess(t.Context(), db, k, first.ID, false, at(time.Minute)))
		}
		for _, right := range []bool{false, true} {
			want(t, "the sixth try", guess(t.Context(), db, k, first.ID, right, at(time.Minute)), fault.Stale)
		}
		second := code(t, db, k, sacha, at(time.Minute))
		want(t, "the code before", guess(t.Context(), db, k, first.ID, true, at(time.Minute)), fault.Stale)
		var counted atomic.Int64
		together(20, func(int) {
			switch err := guess(t.Context(), db, k, second.ID, false, at(2*time.Minute)); {
			case err == nil:
				counted.Add(1)
			case !errors.Is(err, fault.Stale):
				t.Errorf("a guess gave %v", err)
			}
		})
		kept, err := db.Code(t.Context(), o.ID, k.ID)
		must(t, err)
		second.Tries = desk.MostTries
		if diff := cmp.Diff(second, kept); diff != "" || counted.Load() != desk.MostTries {
			t.Errorf("%d counted: %s", counted.Load(), diff)
		}
		untouched, err := db.Code(t.Context(), o.ID, neighbour.ID)
		must(t, err)
		if diff := cmp.Diff(beside, untouched); diff != "" {
			t.Errorf("the tries of one caller count for another: %s", diff)
		}
		if steps, _ := db.Steps(t.Context(), o.ID, k.ID); len(steps) != 2*desk.MostTries {
			t.Errorf("%d tries are told, want %d", len(steps), 2*desk.MostTries)
		}
	})
}

// ATK-012, ATK-088: the end of a code is tested in the statement that uses it, and so is a clock that was set back.
func TestATK012ALateCodeOfACallerChecksNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		c := code(t, db, k, camille, start)
		want(t, "a late code", guess(t.Context(), db, k, c.ID, true, c.Expires), fault.Stale)
		want(t, "a clock set back", guess(t.Context(), db, k, c.ID, true, at(-time.Hour)), fault.Stale)
		must(t, guess(t.Context(), db, k, c.ID, true, c.Expires.Add(-time.Microsecond)))
	})
}

func TestATK017RightCodesOfACallerRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		c := code(t, db, k, camille, start)
		won := race(t, func(ctx context.Context, n int) error {
			change := desk.Change{Now: at(time.Minute), Organisation: k.Organisation, Steps: step1(k, at(time.Minute))}
			change.Guess = &desk.Guess{Code: c.ID, Right: true}
			if n%2 == 0 { // as the desk does it; the rest rely on the code alone
				change.Case = &k
			}
			return db.ApplyDesk(ctx, change)
		})
		kept, err := db.Code(t.Context(), k.Organisation, k.ID)
		must(t, err)
		if won != 1 || kept.Tries != 1 || kept.Used.IsZero() || kept.Live(at(time.Minute)) {
			t.Errorf("%d won; %+v", won, kept)
		}
	})
}

func TestATK074TwoSecondersRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Agent)
		d := deed(t, db, call(t, db, person), desk.Proposed)
		operators := []string{camille, sacha}
		won := race(t, func(ctx context.Context, n int) error {
			return db.ApplyDesk(ctx, moved(d, desk.Waiting, operators[n%2], at(time.Minute)))
		})
		n := len(slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool { return a != audit.DeedSeconded }))
		if won != 1 || n != 1 {
			t.Errorf("%d won, %d entries", won, n)
		}
	})
}

// The owner's objection and the end of the waiting period in the same moment: exactly one of them happens, and a new
// manager is there only when the deed was carried out.
func TestATK074StopAndCarryRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		school := storetest.School(t, db)
		person := storetest.Person(t, db, school, storetest.Manager)
		d := deed(t, db, call(t, db, person), desk.Waiting)
		won := race(t, func(ctx context.Context, n int) error {
			if n%2 == 0 {
				return db.ApplyDesk(ctx, moved(d, desk.Stopped, "", at(time.Minute)))
			}
			c := moved(d, desk.Done, sacha, at(time.Minute))
			c.Create, c.Stop = successor(), person.ID
			return db.ApplyDesk(ctx, c)
		})
		kept, err := db.Deed(t.Context(), school.ID, d.ID)
		must(t, err)
		_, err = db.AccountByIdentifier(t.Context(), school.ID, "AUTOECOLE.NEUVE")
		after := storetest.Person(t, db, school, storetest.Manager)
		done, closed := kept.State == desk.Done, after.State == account.Disabled
		if won != 1 || !done && kept.State != desk.Stopped || done != (err == nil) || done != closed {
			t.Errorf("%d won; %s, the new manager: %v, the one before: %s", won, kept.State, err, after.State)
		}
	})
}

// successor is the manager who comes after.
func successor() *account.Account {
	return &account.Account{
		ID: store.NewID(), Identifier: "AUTOECOLE.NEUVE", GivenName: "Inès", FamilyName: "Boyer", Role: account.Gerant,
		State: account.Invited, Mobile: "+33611111111", Emails: []account.Email{{Address: "nouvelle@autoecole.example"}},
	}
}

func TestDeskNamesANewManager(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		school := storetest.School(t, db)
		person := storetest.Person(t, db, school, storetest.Manager)
		s, secret := enter(t, db, person, session.Full, start), give(t, db, person, "secret", start)
		d := deed(t, db, call(t, db, person), desk.Waiting)
		c := moved(d, desk.Done, sacha, at(time.Minute))
		taken := successor()
		taken.Identifier = storetest.Bureau
		c.Create, c.Stop = taken, person.ID
		if err := db.ApplyDesk(t.Context(), c); !errors.As(err, new(account.Taken)) {
			t.Errorf("ATK-077: an identifier that was given gave %v", err)
		}
		kept, err := db.Deed(t.Context(), school.ID, d.ID)
		must(t, err)
		if kept.State != desk.Waiting || ends(t, db, s.ID) != "" {
			t.Errorf("something was done: %+v", kept)
		}
		c.Create = successor()
		must(t, db.ApplyDesk(t.Context(), c))
		before := storetest.Person(t, db, school, storetest.Manager)
		after := storetest.Person(t, db, school, "AUTOECOLE.NEUVE")
		issue, err := db.IssueByID(t.Context(), school.ID, secret.ID)
		must(t, err)
		if before.State != account.Disabled || ends(t, db, s.ID) != session.Stopped || issue.Ended.IsZero() {
			t.Errorf("the one before: %s, %q, %v", before.State, ends(t, db, s.ID), issue.Ended)
		}
		if after.State != account.Invited || after.Factors.Password || after.Name() != "Inès Boyer" ||
			!after.MobileSince.Equal(at(time.Minute)) {
			t.Errorf("the new one: %+v", after)
		}
		c = moved(d, desk.Done, sacha, at(time.Minute))
		c.Deed.From, c.Stop = desk.Done, "nobody"
		want(t, "somebody to stop who is not there", db.ApplyDesk(t.Context(), c), fault.Stale)
	})
}

// A step that was decided on an old reading, or goes over a rate, leaves nothing at all.
func TestDeskWritesAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		d, other := deed(t, db, k, desk.Proposed), storetest.Person(t, db, o, storetest.Active)
		sent := code(t, db, k, camille, start)
		rate := limit.Rate{Burst: 9, Every: time.Minute}
		whole := func(change func(*desk.Change)) desk.Change {
			kept, moving := k, d
			kept.Said, moving.State = "autre chose", desk.Withdrawn
			c := desk.Change{
				Now: at(time.Minute), Organisation: o.ID, Counts: []limit.Count{{Key: "desk", Rate: rate}}, Case: &kept,
				Deed: &moving, Guess: &desk.Guess{Code: sent.ID}, Create: successor(), Steps: step1(k, start),
				Letters: []courier.Item{letter(o, person.ID, courier.Link, start)},
				Notes:   []audit.Entry{note(person, audit.DeedWithdrawn, start)},
			}
			change(&c)
			return c
		}
		snapshot := func() map[string]int64 {
			all := everything(t, db)
			for _, table := range []string{"desk_case", "desk_step", "desk_code", "deed", "outbox", "rate"} {
				all[table] = number(t, db, `select count(*) from `+table)
			}
			all["tries"] = number(t, db, `select sum(tries + used) from desk_code`)
			all["cases"] = number(t, db, `select sum(version + touched + length(said)) from desk_case`)
			all["deeds"] = number(t, db, `select count(*) from deed where state = 'proposed'`)
			return all
		}
		before := snapshot()
		for what, change := range map[string]func(*desk.Change){
			"a version before":  func(c *desk.Change) { c.Case.Version-- },
			"a version to come": func(c *desk.Change) { c.Case.Version++ },
			"a case of nobody":  func(c *desk.Change) { c.Case.ID = "none" },
			"about nobody":      func(c *desk.Change) { c.Case.Account = "none" },
			"another state":     func(c *desk.Change) { c.Deed.From = desk.Waiting },
			"a deed of nobody":  func(c *desk.Change) { c.Deed.ID = "none" },
			"a new one of none": func(c *desk.Change) { c.Deed.From, c.Deed.Case = desk.Start, "none" },
			"for somebody else": func(c *desk.Change) {
				c.Deed.ID, c.Deed.From, c.Deed.Act, c.Deed.Account = "new", desk.Start, desk.SendAccess, other.ID
			},
			"another code":       func(c *desk.Change) { c.Guess.Code = "none" },
			"a code of no case":  func(c *desk.Change) { c.Code = &desk.Code{ID: "x", Case: "none"} },
			"a step in no case":  func(c *desk.Change) { c.Steps[0].Case = "none" },
			"nobody to stop":     func(c *desk.Change) { c.Stop = "none" },
			"opened for another": func(c *desk.Change) { c.Open = &desk.Case{ID: "x", Account: "none"} },
		} {
			want(t, what, db.ApplyDesk(t.Context(), whole(change)), fault.Stale)
			if diff := cmp.Diff(before, snapshot()); diff != "" {
				t.Fatalf("%s: %s", what, diff)
			}
		}
		none := limit.Count{Key: "none"}
		err := db.ApplyDesk(t.Context(), whole(func(c *desk.Change) { c.Counts = append(c.Counts, none) }))
		if !errors.As(err, new(limit.Over)) {
			t.Errorf("over a rate: %v", err)
		}
		if diff := cmp.Diff(before, snapshot()); diff != "" {
			t.Fatalf("over a rate: %s", diff)
		}
		must(t, db.ApplyDesk(t.Context(), whole(func(*desk.Change) {})))
		after := snapshot()
		for _, table := range []string{"desk_step", "outbox", "rate", "accounts", "journal", "tries"} {
			if after[table] != before[table]+1 {
				t.Errorf("%s: %d, then %d", table, before[table], after[table])
			}
		}
		select {
		case <-db.Wake():
		default:
			t.Error("nobody was told of the letter")
		}
	})
}

func TestDeskStepsOnACaseRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		k := call(t, db, person)
		won := race(t, func(ctx context.Context, n int) error {
			c := desk.Change{Now: at(time.Minute), Organisation: o.ID, Steps: step1(k, at(time.Minute))}
			if n%2 == 0 {
				c.Case = &k
			}
			return db.ApplyDesk(ctx, c)
		})
		steps, err := db.Steps(t.Context(), o.ID, k.ID)
		must(t, err)
		if won != 26 || len(steps) != 26 { // one version, and every step that depends on none
			t.Errorf("%d won, %d steps", won, len(steps))
		}
	})
}
