package store_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// change begins a manager's change of a person, as the manager has seen the person.
func change(person account.Account) admin.Change {
	return admin.Change{
		Now: at(time.Minute), Organisation: person.Organisation, Account: person.ID, Version: person.Version,
		Note: note(person, audit.AccountChanged, at(time.Minute)),
	}
}

func TestAdminWritesAPersonAsAskedAndNothingElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		wanted := person
		wanted.GivenName, wanted.FamilyName, wanted.Household, wanted.Language = "Élodie", "D’Œuvre", "D-99", "en"
		wanted.Offices, wanted.Aliases = []string{"Gare", "Mairie"}, []string{"AGENT.2", "agent 3"}
		asked := wanted
		asked.Identifier, asked.Mobile, asked.Role = "ELSE", "+33699999999", account.Gerant
		asked.MustRenew, asked.Emails = true, nil
		c := change(person)
		c.Person = &asked
		must(t, db.ApplyAdmin(t.Context(), c))
		wanted.Version++
		read, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		if diff := cmp.Diff(wanted, read); diff != "" {
			t.Error(diff)
		}
		for typed, found := range map[string]bool{
			"elodie oeuvre": true, "d-99": true, "agent.2": true, "benali": true, // of the address
		} {
			people, err := db.People(t.Context(), o.ID, admin.Search{Filter: typed, Size: 9})
			must(t, err)
			if (len(people.People) == 1) != found {
				t.Errorf("%q finds %v", typed, identifiers(people.People))
			}
		}
		for office, found := range map[string]int{"Gare": 1, "Mairie": 1, "gare": 0} {
			people, err := db.People(t.Context(), o.ID, admin.Search{Office: office, Size: 9})
			must(t, err)
			if len(people.People) != found {
				t.Errorf("%q has %v", office, identifiers(people.People))
			}
		}
		if got := acts(t, db, person); !slices.Equal(got, []audit.Act{audit.AccountCreated, audit.AccountChanged}) {
			t.Error(got)
		}
		wanted.Household, wanted.Aliases, wanted.Offices = "", nil, nil
		c = change(wanted)
		c.Person = &wanted
		must(t, db.ApplyAdmin(t.Context(), c))
		for _, gone := range []admin.Search{{Filter: "d-99"}, {Filter: "agent.2"}, {Office: "Gare"}} {
			gone.Size = 9
			people, err := db.People(t.Context(), o.ID, gone)
			must(t, err)
			if len(people.People) > 0 {
				t.Errorf("%+v still finds %v", gone, identifiers(people.People))
			}
		}
	})
}

// An alias that was given up lets nobody in and is nobody else's, but its owner may have it back.
func TestATK077AliasThatWasGivenUpStaysReserved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		rename := func(who account.Account, aliases ...string) error {
			read, err := db.Account(t.Context(), o.ID, who.ID)
			must(t, err)
			c := change(read)
			read.Aliases = aliases
			c.Person = &read
			return db.ApplyAdmin(t.Context(), c)
		}
		must(t, rename(person, "BUREAU"))
		_, err := db.AccountByIdentifier(t.Context(), o.ID, "agent")
		want(t, "an alias that was given up", err, fault.Missing)
		candidate, err := db.Candidate(t.Context(), o.ID, account.Find("AGENT"), "")
		must(t, err)
		behind, err := db.Behind(t.Context(), o.ID, account.Find("AGENT"), 5)
		must(t, err)
		if candidate.Account.ID != "" || len(behind) > 0 {
			t.Error("an alias that was given up leads to its owner")
		}
		other := storetest.Person(t, db, o, storetest.Active)
		for what, alias := range map[string]string{
			"given up": "Agent", "another's alias": "bureau", "another's identifier": storetest.Mother, "alike": "３８１７０",
		} {
			var taken account.Taken
			if err := rename(other, "FINE", alias); !errors.As(err, &taken) || taken.Identifier != alias {
				t.Errorf("%s gave %v", what, err)
			}
		}
		_, err = db.AccountByIdentifier(t.Context(), o.ID, "FINE")
		want(t, "an alias beside one that was refused", err, fault.Missing)
		must(t, rename(person, "AGENT", "bureau"))
		got := storetest.Person(t, db, o, "agent")
		if got.ID != person.ID || !slices.Equal(got.Aliases, []string{"AGENT", "bureau"}) {
			t.Errorf("%+v", got)
		}
	})
}

// Of two managers who change one person, the second is told.
func TestAdminChangesTheVersionThatWasSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		var won atomic.Int64
		together(20, func(n int) {
			c := change(person)
			renamed := person
			renamed.GivenName = string(rune('A' + n))
			c.Person = &renamed
			switch err := db.ApplyAdmin(t.Context(), c); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, fault.Stale):
				t.Errorf("a loser got %v", err)
			}
		})
		read, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		if won.Load() != 1 || read.Version != person.Version+1 || len(acts(t, db, person)) != 2 {
			t.Errorf("%d won, version %d", won.Load(), read.Version)
		}
		whichever := change(read)
		whichever.Version, whichever.Role = 0, account.Agent
		must(t, db.ApplyAdmin(t.Context(), whichever))
		nobody := change(read)
		nobody.Account, nobody.Version = "none", 0
		want(t, "nobody", db.ApplyAdmin(t.Context(), nobody), fault.Missing)
	})
}

// Closing ends sessions and secrets whether asked for or not; ending sessions alone leaves the version as it is.
func TestATK010ATK038AdminEndsWhatMustEnd(t *testing.T) {
	past, future, never := at(time.Minute), at(time.Hour), time.Time{}
	for name, c := range map[string]struct {
		fill              func(*admin.Change)
		sessions, secrets bool
		version           int64
	}{
		"disable":    {func(c *admin.Change) { c.State = account.Disabled }, true, true, 1},
		"lock":       {func(c *admin.Change) { c.State = account.Locked }, true, true, 1},
		"leave":      {func(c *admin.Change) { c.Leaves = &past }, true, true, 1},
		"leave soon": {func(c *admin.Change) { c.Leaves = &future }, false, false, 1},
		"stay":       {func(c *admin.Change) { c.Leaves = &never }, false, false, 1},
		"role":       {func(c *admin.Change) { c.Role = account.Agent }, false, false, 1},
		"sessions":   {func(c *admin.Change) { c.EndSessions = true }, true, false, 0},
		"secrets":    {func(c *admin.Change) { c.EndSecrets = true }, false, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				o, person := town(t, db, storetest.Active)
				s, secret := enter(t, db, person, session.Full, start), give(t, db, person, "secret", start)
				asked := change(person)
				c.fill(&asked)
				must(t, db.ApplyAdmin(t.Context(), asked))
				kept, owner, err := db.Session(t.Context(), s.ID)
				must(t, err)
				i, err := db.IssueByID(t.Context(), o.ID, secret.ID)
				must(t, err)
				if (kept.EndedBecause == session.Stopped) != c.sessions || i.Ended.IsZero() == c.secrets {
					t.Errorf("session %+v, secret %+v", kept, i)
				}
				if owner.Version != person.Version+c.version || kept.AccountLeaves != owner.Leaves {
					t.Errorf("%+v", owner)
				}
			})
		})
	}
}

// chiefs gives a school a second manager, and both.
func chiefs(t *testing.T, db *store.DB) (organisation.Organisation, [2]account.Account) {
	t.Helper()
	o := storetest.School(t, db)
	second := newcomer(o, "SECOND")
	second.Role = account.Gerant
	must(t, db.CreateAccount(t.Context(), second, storetest.Hash, note(second, audit.AccountCreated, start)))
	return o, [2]account.Account{storetest.Person(t, db, o, storetest.Manager), storetest.Person(t, db, o, "SECOND")}
}

// Two managers who remove each other at once end with one.
func TestATK072OneManagerStays(t *testing.T) {
	leaves := at(time.Hour)
	for name, fill := range map[string]func(*admin.Change){
		"demote": func(c *admin.Change) { c.Role = account.Complet },
		"delete": func(c *admin.Change) { c.Delete = true },
		"stop":   func(c *admin.Change) { c.State = account.Disabled },
		"leave":  func(c *admin.Change) { c.Leaves = &leaves },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				o, both := chiefs(t, db)
				var won atomic.Int64
				together(2, func(n int) {
					c := change(both[n])
					c.KeepManager = true
					fill(&c)
					switch err := db.ApplyAdmin(t.Context(), c); {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, fault.Forbidden):
						t.Errorf("the loser got %v", err)
					}
				})
				stay, err := db.Stayers(t.Context(), o.ID)
				must(t, err)
				if won.Load() != 1 || stay != 1 {
					t.Errorf("%d won, %d stay", won.Load(), stay)
				}
				must(t, db.VerifyJournal(t.Context(), o.ID))
			})
		})
	}
}

// Who is only invited, closed, about to leave or no manager does not count as one who stays.
func TestATK072StayersAreThoseWhoStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.School(t, db)
		manager := storetest.Person(t, db, o, storetest.Manager)
		for i, state := range account.States {
			p := newcomer(o, string(rune('A'+i)))
			p.Role, p.State, p.Leaves = account.Gerant, state, at(time.Hour)
			if state != account.Active {
				p.Leaves = time.Time{}
			}
			must(t, db.CreateAccount(t.Context(), p, "", note(p, audit.AccountCreated, start)))
		}
		c := change(manager)
		c.Delete, c.KeepManager = true, true
		want(t, "erasing the last who stays", db.ApplyAdmin(t.Context(), c), fault.Forbidden)
		read, err := db.Account(t.Context(), o.ID, manager.ID)
		must(t, err)
		if diff := cmp.Diff(manager, read); diff != "" {
			t.Error(diff)
		}
		stay, err := db.Stayers(t.Context(), o.ID)
		must(t, err)
		if stay != 1 || len(acts(t, db, manager)) != 1 {
			t.Errorf("%d stay, %v", stay, acts(t, db, manager))
		}
		c.KeepManager = false // the command line's own way out
		must(t, db.ApplyAdmin(t.Context(), c))
		stay, err = db.Stayers(t.Context(), o.ID)
		must(t, err)
		if stay != 0 {
			t.Errorf("%d stay", stay)
		}
	})
}

func TestATK077AdminErasesAndKeepsTheIdentifier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		c := change(person)
		c.Delete = true
		must(t, db.ApplyAdmin(t.Context(), c))
		want(t, "erasing twice", db.ApplyAdmin(t.Context(), c), fault.Missing)
		left, err := db.Number(t.Context(), `select count(*) from account_word where account = $1`, person.ID)
		must(t, err)
		if left > 0 {
			t.Errorf("%d words are left", left)
		}
		for _, identifier := range []string{storetest.Agent, "agent"} {
			again := newcomer(o, identifier)
			err := db.CreateAccount(t.Context(), again, "", note(again, audit.AccountCreated, start))
			if !errors.As(err, new(account.Taken)) {
				t.Errorf("%s gave %v", identifier, err)
			}
		}
	})
}

func TestHasPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for identifier, wanted := range map[string]bool{storetest.Active: true, storetest.Invited: false} {
			has, err := db.HasPassword(t.Context(), o.ID, storetest.Person(t, db, o, identifier).ID)
			must(t, err)
			if has != wanted {
				t.Errorf("%s: %v", identifier, has)
			}
		}
	})
}

func TestDocumentsAreAddedAndRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Agent)
		guide, err := db.Documents(t.Context(), o.ID)
		must(t, err)
		plan := organisation.Document{ID: store.NewID(), Title: "Plan", File: "plan.txt", Media: "text/plain", Size: 4}
		newer := organisation.Document{
			ID: store.NewID(), Title: "Guide 2", File: "g.pdf", Media: "application/pdf", Size: 3, Guide: true,
		}
		silent := audit.Entry{}
		must(t, db.AddDocument(t.Context(), o.ID, plan, []byte("plan"), note(person, audit.OrganisationChanged, start)))
		must(t, db.AddDocument(t.Context(), o.ID, newer, []byte{0, 255, 0}, silent))
		wanted := []organisation.Document{guide[0], plan, newer}
		wanted[0].Guide = false
		read, err := db.Documents(t.Context(), o.ID)
		must(t, err)
		if diff := cmp.Diff(wanted, read); diff != "" {
			t.Error(diff)
		}
		_, body, err := db.Document(t.Context(), o.ID, newer.ID)
		must(t, err)
		if !slices.Equal(body, []byte{0, 255, 0}) {
			t.Errorf("the document holds %v", body)
		}
		must(t, db.RemoveDocument(t.Context(), o.ID, plan.ID, silent))
		want(t, "removing twice", db.RemoveDocument(t.Context(), o.ID, plan.ID, silent), fault.Missing)
		want(t, "adding nowhere", db.AddDocument(t.Context(), "none", plan, nil, silent), fault.Missing)
		together(8, func(int) {
			d := newer
			d.ID = store.NewID()
			if err := db.AddDocument(t.Context(), o.ID, d, nil, silent); err != nil {
				t.Error(err)
			}
		})
		read, err = db.Documents(t.Context(), o.ID)
		must(t, err)
		guides := slices.DeleteFunc(read, func(d organisation.Document) bool { return !d.Guide })
		if len(read) == 0 || len(guides) != 1 {
			t.Errorf("%d guides", len(guides))
		}
	})
}

// A sign-in is noted; what leads to the renewal page is none.
func TestSignInIsNoted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		enter(t, db, person, session.Renewal, at(time.Minute))
		if got := storetest.Person(t, db, o, storetest.Active); !cmp.Equal(got, person, cmpopts.EquateEmpty()) {
			t.Errorf("%+v", got)
		}
		enter(t, db, person, session.Full, at(time.Hour))
		got := storetest.Person(t, db, o, storetest.Active)
		if !got.SignedIn.Equal(at(time.Hour)) || got.Version != person.Version {
			t.Errorf("%+v", got)
		}
	})
}
