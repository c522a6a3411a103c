package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/profile"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// passkey gives a passkey of a person, as a ceremony makes it.
func passkey(person account.Account, id string, made time.Time) credential.Passkey {
	return credential.Passkey{
		ID: id, Organisation: person.Organisation, Account: person.ID, Host: "famille.localhost",
		Key: []byte{0xa5, 1, 2, 0, 255}, Count: 1, Model: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
		Name:       "Téléphone de Claire",
		Transports: []string{"hybrid", "internal"}, Verifies: true, Synced: true, BackedUp: true, Created: made,
	}
}

// printed gives codes by digests of their own.
func printed(prefix string) []credential.PrintedCode {
	codes := make([]credential.PrintedCode, credential.PrintedCodes)
	for i := range codes {
		codes[i].Digest = fmt.Sprintf("%s-%d", prefix, i)
	}
	return codes
}

// changing gives a change of what a person is proved with, in the version that the person was read in.
func changing(person account.Account, now time.Time, fill func(*credential.FactorChange)) profile.Change {
	f := credential.FactorChange{Version: person.Version}
	fill(&f)
	return profile.Change{Now: now, Organisation: person.Organisation, Account: person.ID, Factor: &f}
}

// alter changes what a person is proved with, and gives the person as they are then.
func alter(
	t *testing.T, db *store.DB, person account.Account, now time.Time, fill func(*credential.FactorChange),
) account.Account {
	t.Helper()
	person = again(t, db, person)
	must(t, db.ApplyProfile(t.Context(), changing(person, now, fill)))
	return again(t, db, person)
}

// again reads a person once more.
func again(t *testing.T, db *store.DB, person account.Account) account.Account {
	t.Helper()
	now, err := db.Account(t.Context(), person.Organisation, person.ID)
	must(t, err)
	return now
}

// equip gives a person a passkey, app codes, printed codes, and the wish for a second proof.
func equip(t *testing.T, db *store.DB, person account.Account) account.Account {
	t.Helper()
	k, on := passkey(person, "passkey of "+person.Identifier, start), true
	return alter(t, db, person, start, func(f *credential.FactorChange) {
		f.Add, f.App, f.Second = &k, &credential.App{Seed: "seed", Step: 100, Created: start}, &on
		f.Batch, f.Codes = "batch of "+person.Identifier, printed(person.Identifier)
	})
}

func factors(t *testing.T, db *store.DB, person account.Account) credential.Factors {
	t.Helper()
	f, err := db.Factors(t.Context(), person.Organisation, person.ID)
	must(t, err)
	return f
}

func TestFactorsAreReadAsTheyWereKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		if diff := cmp.Diff(credential.Factors{}, factors(t, db, person)); diff != "" {
			t.Errorf("at first: %s", diff)
		}
		equip(t, db, person)
		later := passkey(person, "another", at(time.Hour))
		later.Verifies, later.Synced, later.BackedUp, later.Transports, later.Count = false, false, false, nil, 1<<32-1
		alter(t, db, person, at(time.Hour), func(f *credential.FactorChange) { f.Add, f.Kept = &later, true })
		wanted := credential.Factors{
			Passkeys: []credential.Passkey{passkey(person, "passkey of "+storetest.Active, start), later},
			App:      &credential.App{Seed: "seed", Step: 100, Created: start},
			Codes:    printed(storetest.Active), Batch: "batch of " + storetest.Active, Printed: start, Kept: true,
		}
		if diff := cmp.Diff(wanted, factors(t, db, person)); diff != "" {
			t.Error(diff)
		}
		read, owner, err := db.Passkey(t.Context(), person.Organisation, later.ID)
		must(t, err)
		if diff := cmp.Diff(later, read) + cmp.Diff(again(t, db, person), owner); diff != "" {
			t.Error(diff)
		}
		for _, id := range []string{"", "-", "none"} {
			_, _, err := db.Passkey(t.Context(), person.Organisation, id)
			want(t, "the passkey "+id, err, fault.Missing)
		}
		must(t, db.SetState(t.Context(), person.Organisation, person.ID, account.Disabled, start, audit.Entry{}))
		_, owner, err = db.Passkey(t.Context(), person.Organisation, later.ID)
		must(t, err)
		if owner.State != account.Disabled {
			t.Errorf("its owner is %s", owner.State)
		}
	})
}

// Whichever way an account is read, it says what it can be proved with.
func TestEveryReadingOfAnAccountHasItsFactors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		wanted := equip(t, db, person).Factors
		all := account.Factors{Password: true, Passkeys: 1, App: true, Codes: 10, Second: true}
		if diff := cmp.Diff(all, wanted); diff != "" {
			t.Error(diff)
		}
		s := enter(t, db, person, session.Full, start)
		_, owner, err := db.Session(t.Context(), s.ID)
		must(t, err)
		candidate, err := db.Candidate(t.Context(), o.ID, account.Find(storetest.Active), "")
		must(t, err)
		behind, err := db.Behind(t.Context(), o.ID, account.Find(storetest.Active), 1)
		must(t, err)
		listed, err := db.Accounts(t.Context(), o.ID, "", 1)
		must(t, err)
		found, err := db.People(t.Context(), o.ID, admin.Search{Filter: storetest.Active, Size: 1})
		must(t, err)
		var each []account.Account
		must(t, db.EachPerson(t.Context(), o.ID, admin.Search{Filter: storetest.Active}, func(a account.Account) error {
			each = append(each, a)
			return nil
		}))
		readings := map[string]account.Account{
			"Session": owner, "Candidate": candidate.Account,
			"AccountByIdentifier": storetest.Person(t, db, o, storetest.Active),
			"Behind":              behind[0], "Accounts": listed[0], "People": found.People[0], "EachPerson": each[0],
		}
		for method, a := range readings {
			if a.Factors != wanted {
				t.Errorf("%s gives %+v", method, a.Factors)
			}
		}
		invited := storetest.Person(t, db, o, storetest.Invited)
		if invited.Factors != (account.Factors{}) {
			t.Errorf("who is invited has %+v", invited.Factors)
		}
	})
}

// Each count is read along an index: a list of people must not read everybody's proofs.
func TestCountingFactorsReadsNobodyElses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		plan, err := db.PlanOfPerson(t.Context(), person.Organisation, person.ID)
		must(t, err)
		for _, index := range []string{"passkey_account", "app", "printed_account"} {
			if !strings.Contains(plan, index) {
				t.Errorf("%s serves nothing", index)
			}
		}
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("a table is read from end to end:\n%s", plan)
		}
	})
}

func TestACreatedAccountKeepsWhatItsOwnerWants(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person.ID, person.Identifier, person.Aliases = store.NewID(), "40000", nil
		person.Factors = account.Factors{Password: true, Passkeys: 7, App: true, Codes: 3, Second: true, Asked: start}
		must(t, db.CreateAccount(t.Context(), person, "", audit.Entry{At: start}))
		if f := again(t, db, person).Factors; f != (account.Factors{Second: true, Asked: start}) {
			t.Errorf("it has %+v", f)
		}
	})
}

func TestFactorsAreChangedOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		off := false
		for _, try := range []struct {
			what  string
			fill  func(*credential.FactorChange)
			check func(credential.Factors, account.Factors) bool
		}{
			{"a new name", func(f *credential.FactorChange) { f.Rename, f.Name = "passkey of 38162", "Ordinateur" },
				func(f credential.Factors, _ account.Factors) bool { return f.Passkeys[0].Name == "Ordinateur" }},
			{"another app", func(f *credential.FactorChange) { f.App = &credential.App{Seed: "other", Step: 7, Created: at(1)} },
				func(f credential.Factors, _ account.Factors) bool { return f.App.Seed == "other" && f.App.Step == 7 }},
			{"another sheet", func(f *credential.FactorChange) { f.Batch, f.Codes = "other", printed("other") },
				func(f credential.Factors, _ account.Factors) bool {
					return f.Batch == "other" && f.Codes[0].Digest == "other-0" && len(f.Codes) == 10 && !f.Kept
				}},
			{"kept", func(f *credential.FactorChange) { f.Kept = true },
				func(f credential.Factors, _ account.Factors) bool { return f.Kept && f.Batch == "other" }},
			{"no app", func(f *credential.FactorChange) { f.RemoveApp = true },
				func(f credential.Factors, a account.Factors) bool { return f.App == nil && !a.App && a.Second }},
			{"no codes", func(f *credential.FactorChange) { f.RemoveCodes = true },
				func(f credential.Factors, a account.Factors) bool {
					return f.Codes == nil && f.Batch == "" && a.Codes == 0
				}},
			{"no wish", func(f *credential.FactorChange) { f.Second = &off },
				func(_ credential.Factors, a account.Factors) bool { return !a.Second && a.Passkeys == 1 }},
			{"no passkey", func(f *credential.FactorChange) { f.Remove = "passkey of 38162" },
				func(f credential.Factors, a account.Factors) bool {
					return len(f.Passkeys)+a.Passkeys == 0 && a.Password
				}},
		} {
			if try.what == "a new name" {
				person = equip(t, db, person)
			}
			before := person.Version
			person = alter(t, db, person, at(time.Minute), try.fill)
			if f := factors(t, db, person); !try.check(f, person.Factors) || person.Version != before+1 {
				t.Errorf("%s: %+v, %+v, version %d after %d", try.what, f, person.Factors, person.Version, before)
			}
		}
	})
}

func TestAFactorChangeThatCannotBeIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, other := town(t, db, storetest.Mother)
		hers := equip(t, db, other)
		person := equip(t, db, storetest.Person(t, db, o, storetest.Active))
		mine, taken := passkey(person, "passkey of 38162", start), passkey(person, "passkey of 38170", start)
		wanted := factors(t, db, person)
		for what, fill := range map[string]func(*credential.FactorChange){
			"another version":           func(f *credential.FactorChange) { f.RemoveApp, f.Version = true, person.Version-1 },
			"no version":                func(f *credential.FactorChange) { f.RemoveApp, f.Version = true, 0 },
			"a passkey that is gone":    func(f *credential.FactorChange) { f.RemoveApp, f.Remove = true, "none" },
			"one that is somebody's":    func(f *credential.FactorChange) { f.RemoveApp, f.Remove = true, taken.ID },
			"a name for none":           func(f *credential.FactorChange) { f.RemoveApp, f.Rename = true, "none" },
			"a name for somebody's":     func(f *credential.FactorChange) { f.RemoveApp, f.Rename = true, taken.ID },
			"one that is there already": func(f *credential.FactorChange) { f.RemoveApp, f.Add = true, &mine },
			"one that another has":      func(f *credential.FactorChange) { f.RemoveApp, f.Add = true, &taken },
		} {
			want(t, what, db.ApplyProfile(t.Context(), changing(person, at(time.Minute), fill)), fault.Stale)
		}
		diff := cmp.Diff(wanted, factors(t, db, person)) + cmp.Diff(hers, again(t, db, hers))
		if diff != "" || again(t, db, person).Version != person.Version {
			t.Errorf("something has changed: %s", diff)
		}
		// Organisations know nothing of each other's.
		school := storetest.Person(t, db, storetest.School(t, db), storetest.Manager)
		alter(t, db, school, start, func(f *credential.FactorChange) { f.Add = &taken })
		// What is closed stays as it is, also where the day of leaving has come without anybody's doing.
		must(t, db.SetState(t.Context(), o.ID, person.ID, account.Locked, start, audit.Entry{}))
		leaving := again(t, db, hers)
		day := at(time.Hour)
		must(t, db.ApplyAdmin(t.Context(), admin.Change{Now: start, Organisation: o.ID, Account: hers.ID, Leaves: &day}))
		for who, now := range map[string]account.Account{"locked": again(t, db, person), "left": again(t, db, leaving)} {
			err := db.ApplyProfile(t.Context(), changing(now, day, func(f *credential.FactorChange) { f.RemoveApp = true }))
			want(t, who, err, fault.Stale)
		}
	})
}

// Of two removals that would together take the last way in, one is decided on what is not so any more.
func TestTwoRemovalsOneIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		for n := range 50 {
			k := passkey(person, fmt.Sprint("passkey ", n), start)
			person = alter(t, db, person, start, func(f *credential.FactorChange) { f.Add = &k })
		}
		won := race(t, func(ctx context.Context, n int) error {
			return db.ApplyProfile(ctx, changing(person, at(time.Minute), func(f *credential.FactorChange) {
				f.Remove = fmt.Sprint("passkey ", n)
			}))
		})
		if left := again(t, db, person).Factors.Passkeys; won != 1 || left != 49 {
			t.Errorf("%d won, %d passkeys are left", won, left)
		}
	})
}

func TestAResetAgainstAnEnrolmentOneIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		held := enter(t, db, person, session.Full, start)
		k := passkey(person, "new", start)
		won := race(t, func(ctx context.Context, n int) error {
			if n%2 == 0 {
				return db.ResetFactors(ctx, admin.Reset{
					Organisation: person.Organisation, Account: person.ID, Version: person.Version, Note: note(person, "", at(time.Minute)),
				})
			}
			return db.ApplyProfile(ctx, changing(person, at(time.Minute), func(f *credential.FactorChange) { f.Add = &k }))
		})
		has, end := again(t, db, person).Factors, ends(t, db, held.ID)
		enrolled := has.Passkeys == 2 && has.App && end == ""
		reset := !has.Any() && end == session.Stopped
		if won != 1 || enrolled == reset {
			t.Errorf("%d won; %+v, %q", won, has, end)
		}
	})
}

// Whoever has lost everything begins again: what is taken away is told, and no session is left that rested on it.
func TestResetFactorsTakesAllButThePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		other := equip(t, db, storetest.Person(t, db, o, storetest.Mother))
		person = equip(t, db, person)
		_, err := db.Exec(t.Context(), `update account set asked = 5 where id = $1`, person.ID)
		must(t, err)
		full, waiting := enter(t, db, person, session.Full, start), enter(t, db, person, session.Second, start)
		foreign := enter(t, db, other, session.Full, start)
		must(t, db.SetState(t.Context(), o.ID, other.ID, account.Locked, start, audit.Entry{}))
		person = again(t, db, person)
		told := letter(o, person.ID, courier.FactorNotice, at(time.Minute))
		said := note(person, audit.FactorsReset, at(time.Minute))
		reset := func(id string, version int64) error {
			return db.ResetFactors(t.Context(), admin.Reset{
				Organisation: o.ID, Account: id, Version: version, Letters: []courier.Item{told}, Note: said,
			})
		}
		want(t, "nobody", reset("none", 1), fault.Missing)
		want(t, "another version", reset(person.ID, person.Version-1), fault.Stale)
		want(t, "no version", reset(person.ID, 0), fault.Stale)
		if !again(t, db, person).Factors.App || ends(t, db, full.ID) != "" || slices.Contains(acts(t, db, person), said.Act) {
			t.Error("a refused reset has done something")
		}
		must(t, reset(person.ID, person.Version))
		now, left := again(t, db, person), account.Factors{Password: true, Asked: time.UnixMicro(5).UTC()}
		if now.Factors != left || now.Version != person.Version+1 {
			t.Errorf("left are %+v in version %d", now.Factors, now.Version)
		}
		if diff := cmp.Diff(credential.Factors{}, factors(t, db, person)); diff != "" {
			t.Errorf("left are %s", diff)
		}
		for _, s := range []session.Session{full, waiting} {
			if end := ends(t, db, s.ID); end != session.Stopped {
				t.Errorf("a session ended %q", end)
			}
		}
		sheets, err := db.Number(t.Context(), `select count(*) from sheet where account = $1`, person.ID)
		must(t, err)
		if items := lease(t, db, at(time.Minute), at(time.Hour)); len(items) != 1 || items[0].ID != told.ID || sheets != 0 {
			t.Errorf("letters: %v; %d sheets", items, sheets)
		}
		if !slices.Contains(acts(t, db, person), audit.FactorsReset) {
			t.Error("the journal is silent")
		}
		// Closed accounts too: whoever comes back from a long absence has another telephone.
		other = again(t, db, other)
		if !other.Factors.App || ends(t, db, foreign.ID) != session.Stopped {
			t.Errorf("somebody else has %+v", other.Factors)
		}
		must(t, db.ResetFactors(t.Context(), admin.Reset{
			Organisation: o.ID, Account: other.ID, Version: other.Version, GraceOver: true, Note: said,
		}))
		if other = again(t, db, other); other.Factors.Any() || other.State != account.Locked || !other.Factors.Asked.Before(start) {
			t.Errorf("a closed account has %+v and is %s", other.Factors, other.State)
		}
	})
}

func TestOnesOwnResetKeepsWhatIsNew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		k := passkey(person, "new", at(time.Minute))
		person = alter(t, db, person, at(time.Minute), func(f *credential.FactorChange) { f.Reset, f.Add = true, &k })
		left := account.Factors{Password: true, Passkeys: 1}
		if person.Factors != left || factors(t, db, person).Passkeys[0].ID != "new" {
			t.Errorf("left are %+v", person.Factors)
		}
	})
}

func TestAnErasedAccountLeavesNoFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		other := equip(t, db, storetest.Person(t, db, o, storetest.Mother))
		must(t, db.DeleteAccount(t.Context(), o.ID, person.ID, note(person, audit.AccountDeleted, start)))
		for table, wanted := range map[string]int64{"passkey": 1, "app": 1, "sheet": 1, "printed": 10} {
			for who, n := range map[string]int64{person.ID: 0, other.ID: wanted} {
				rows, err := db.Number(t.Context(), `select count(*) from `+table+` where account = $1`, who)
				must(t, err)
				if rows != n {
					t.Errorf("%s has %d rows, want %d", table, rows, n)
				}
			}
		}
		_, _, err := db.Passkey(t.Context(), o.ID, "passkey of 38162")
		want(t, "the passkey", err, fault.Missing)
	})
}
