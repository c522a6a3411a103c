package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

func newcomer(o organisation.Organisation, identifier string, aliases ...string) account.Account {
	return account.Account{
		ID: store.NewID(), Organisation: o.ID, Identifier: identifier, Aliases: aliases,
		Role: account.Famille, State: account.Active,
	}
}

func TestATK077IdentifierIsNeverGivenAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, deleted := town(t, db, storetest.Agent)
		school := storetest.School(t, db)
		must(t, db.DeleteAccount(t.Context(), o.ID, deleted.ID, note(deleted, audit.AccountStopped, start)))
		_, err := db.AccountByIdentifier(t.Context(), o.ID, storetest.Agent)
		want(t, "the erased account", err, fault.Missing)
		for what, identifier := range map[string]string{
			"of an active account":    storetest.Active,
			"of a disabled account":   storetest.Disabled,
			"of an erased account":    storetest.Agent,
			"the alias of an erased":  "agent",
			"in full-width digits":    "３８１６２",
			"with blanks":             " 3 8 1 6 2 ",
			"with an invisible sign":  "38\u200b162",
			"in another case, erased": "agent.enfance",
		} {
			for _, a := range []account.Account{newcomer(o, identifier), newcomer(o, "NEW."+store.NewID(), identifier)} {
				err := db.CreateAccount(t.Context(), a, "", note(a, audit.AccountCreated, start))
				var taken account.Taken
				if !errors.As(err, &taken) || taken.Identifier != identifier {
					t.Errorf("an identifier %s gave %v", what, err)
				}
				if strings.Contains(err.Error(), identifier) {
					t.Errorf("%v names a person", err)
				}
				_, err = db.Account(t.Context(), o.ID, a.ID)
				want(t, "the refused account", err, fault.Missing)
			}
		}
		elsewhere := newcomer(school, storetest.Active)
		must(t, db.CreateAccount(t.Context(), elsewhere, "", note(elsewhere, audit.AccountCreated, start)))
	})
}

func TestATK077ParallelCreationsGiveAnIdentifierOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		created := make(chan string, 50)
		together(50, func(int) {
			a := newcomer(o, "ONE")
			err := db.CreateAccount(t.Context(), a, "", note(a, audit.AccountCreated, start))
			var taken account.Taken
			switch {
			case err == nil:
				created <- a.ID
			case !errors.As(err, &taken):
				t.Errorf("a loser got %v", err)
			}
		})
		one := storetest.Person(t, db, o, "ONE")
		if len(created) != 1 || <-created != one.ID {
			t.Error("the identifier was given more than once")
		}
	})
}

func TestUnfitAccountsAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		blank, control, address := newcomer(o, " "), newcomer(o, "A\nB"), newcomer(o, "GOOD")
		address.Emails = []account.Email{{Address: "a@b.example,c@d.example"}}
		for what, a := range map[string]account.Account{"identifier": blank, "identifier ": control, "email": address} {
			err := db.CreateAccount(t.Context(), a, "", note(a, audit.AccountCreated, start))
			var unfit store.ErrUnfit
			if !errors.As(err, &unfit) || unfit.What != strings.TrimSpace(what) {
				t.Errorf("a bad %s gave %v", what, err)
			}
		}
		nameless := account.Account{Organisation: o.ID, Identifier: "X"}
		if err := db.CreateAccount(t.Context(), nameless, "", audit.Entry{}); err == nil {
			t.Error("an account without an ID was created")
		}
		after := newcomer(o, "GOOD")
		must(t, db.CreateAccount(t.Context(), after, "", note(after, audit.AccountCreated, start)))
	})
}

func TestManyAccountsOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		before, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		var all []store.NewAccount
		for _, identifier := range []string{"N1", "N2", storetest.Active} {
			a := newcomer(o, identifier)
			all = append(all, store.NewAccount{Account: a, Note: note(a, audit.AccountCreated, start)})
		}
		if err := db.CreateAccounts(t.Context(), all); err == nil {
			t.Fatal("a taken identifier was given")
		}
		_, err = db.AccountByIdentifier(t.Context(), o.ID, "N1")
		want(t, "an account beside a refused one", err, fault.Missing)
		must(t, db.CreateAccounts(t.Context(), all[:2]))
		after, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		if after != before+2 {
			t.Errorf("%d entries tell of two accounts", after-before)
		}
	})
}

func TestAccountsAreListedInTheOrderOfTheirBytes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for _, identifier := range []string{"b", "B.1", "é", "Zoé", "a-b", "ab"} {
			a := newcomer(o, identifier, "alias of "+identifier)
			a.Emails = []account.Email{
				{Address: "x@example.example", Unreachable: true}, {Address: "y@example.example", Proven: true},
			}
			must(t, db.CreateAccount(t.Context(), a, "", note(a, audit.AccountCreated, start)))
		}
		var all []account.Account
		for after := ""; ; after = all[len(all)-1].Identifier {
			page, err := db.Accounts(t.Context(), o.ID, after, 3)
			must(t, err)
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
		}
		byBytes := func(a, b account.Account) int { return strings.Compare(a.Identifier, b.Identifier) }
		if len(all) != 16 || !slices.IsSortedFunc(all, byBytes) {
			t.Errorf("%d accounts, sorted %v", len(all), slices.IsSortedFunc(all, byBytes))
		}
		for _, a := range all {
			read, err := db.Account(t.Context(), o.ID, a.ID)
			must(t, err)
			if diff := cmp.Diff(read, a); diff != "" {
				t.Errorf("%s is listed differently: %s", a.Identifier, diff)
			}
		}
	})
}

func TestATK038ClosingAnAccountEndsItsSessionsAndSecrets(t *testing.T) {
	for _, state := range account.States {
		t.Run(string(state), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) { closing(t, db, state) })
		})
	}
}

func closing(t *testing.T, db *store.DB, state account.State) {
	o, person := town(t, db, storetest.Active)
	other := enter(t, db, storetest.Person(t, db, o, storetest.Mother), session.Full, start)
	s := enter(t, db, person, session.Full, start)
	secret := give(t, db, person, "secret", start)
	now := at(time.Minute)
	for range 2 { // the second time nothing changes
		must(t, db.SetState(t.Context(), o.ID, person.ID, state, now, note(person, audit.AccountStopped, now)))
	}
	kept, owner, err := db.Session(t.Context(), s.ID)
	must(t, err)
	i, err := db.IssueByID(t.Context(), o.ID, secret.ID)
	must(t, err)
	closed, changed := !state.Open(), int64(1)
	if state == person.State {
		changed = 0
	}
	if owner.State != state || owner.Version != person.Version+changed || kept.AccountOpen == closed {
		t.Errorf("the account is %+v", owner)
	}
	if closed != (kept.EndedBecause == session.Stopped) || closed == i.Ended.IsZero() || ends(t, db, other.ID) != "" {
		t.Errorf("session %+v, secret %+v", kept, i)
	}
	if got := len(acts(t, db, person)) - 1; got != int(changed) {
		t.Errorf("%d entries tell of %d changes", got, changed)
	}
}

func TestSetMustRenew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		s := enter(t, db, person, session.Full, start)
		must(t, db.SetMustRenew(t.Context(), o.ID, person.ID, true, audit.Entry{}))
		kept, owner, err := db.Session(t.Context(), s.ID)
		must(t, err)
		if !kept.AccountRenews || !owner.MustRenew || owner.Version != person.Version+1 {
			t.Errorf("%+v, %+v", kept, owner)
		}
	})
}

func TestErasedAccountLeavesOnlyItsJournal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		s := enter(t, db, person, session.Full, start)
		give(t, db, person, "secret", start)
		must(t, db.DeleteAccount(t.Context(), o.ID, person.ID, note(person, audit.AccountStopped, start)))
		_, _, err := db.Session(t.Context(), s.ID)
		want(t, "the session of an erased account", err, fault.Missing)
		_, err = db.Issue(t.Context(), o.ID, "secret")
		want(t, "the secret of an erased account", err, fault.Missing)
		left, err := db.Number(t.Context(), `select count(*) from email where account = $1`, person.ID)
		must(t, err)
		typed, err := db.Number(t.Context(), `select count(*) from identifier where account = $1 and typed <> ''`, person.ID)
		must(t, err)
		if left+typed > 0 || len(acts(t, db, person)) != 2 {
			t.Errorf("%d addresses, %d identifiers are left; the journal has %v", left, typed, acts(t, db, person))
		}
		want(t, "erasing twice", db.DeleteAccount(t.Context(), o.ID, person.ID, audit.Entry{}), fault.Missing)
	})
}
