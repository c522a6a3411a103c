package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

func TestCandidateIsExactlyOneOrNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for typed, found := range map[string]string{
			storetest.Active:               storetest.Active,
			" 38 162 ":                     storetest.Active,
			"Claire.Martin@ORANGE.example": storetest.Active,
			"06 12 34 56 78":               storetest.Active,
			"agent":                        storetest.Agent,
			storetest.Locked:               storetest.Locked,
			storetest.Mother:               storetest.Mother,
			storetest.Unproven:             storetest.Unproven,
			"hugo.blanc@gmail.example":     "", // not proven
			storetest.Household:            "", // two people
			"06 11 11 11 11":               "", // two people
			"nobody@orange.example":        "",
			"99999":                        "",
			"06 99 99 99 99":               "",
			"":                             "",
			"-":                            "",
			"é\x00":                        "",
		} {
			c, err := db.Candidate(t.Context(), o.ID, account.Find(typed), "")
			must(t, err)
			if c.Account.Identifier != found {
				t.Errorf("%q is %q, want %q", typed, c.Account.Identifier, found)
			}
			if found == "" && !cmp.Equal(c, signin.Candidate{}) {
				t.Errorf("nobody has something: %+v", c)
			}
			if found != "" && c.Hash != storetest.Hash {
				t.Errorf("%q has the hash %q", typed, c.Hash)
			}
		}
	})
}

// A reading that fits several people ends the look-up: what was typed does not say who it is.
func TestCandidateDoesNotGuess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		shared := account.FindEmail(storetest.Household)
		shared.Mobile = person.Mobile
		c, err := db.Candidate(t.Context(), o.ID, shared, "")
		must(t, err)
		if c.Account.ID != "" {
			t.Errorf("the mailbox of two is taken for %s", c.Account.Identifier)
		}
	})
}

func TestCandidateReadsTheWholePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, _ := town(t, db, storetest.Active)
		c, err := db.Candidate(t.Context(), o.ID, account.Find(storetest.Agent), "")
		must(t, err)
		c.Account.ID = ""
		wanted := account.Account{
			Organisation: o.ID, Identifier: storetest.Agent, Aliases: []string{"AGENT"}, GivenName: "Nadia",
			FamilyName: "Benali", Role: account.Agent, Offices: []string{"Mairie"}, State: account.Active, Version: 1,
			Emails:  []account.Email{{Address: "nadia.benali@saint-loup.example", Proven: true}},
			Factors: account.Factors{Password: true},
		}
		if diff := cmp.Diff(wanted, c.Account); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCandidateHasOnlyItsOwnIssue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		mine := give(t, db, person, "mine", start)
		give(t, db, storetest.Person(t, db, o, storetest.Mother), "hers", start)
		for digest, wanted := range map[string]string{"mine": mine.ID, "hers": "", "": "", "-": "", "code of mine": ""} {
			c, err := db.Candidate(t.Context(), o.ID, account.Find(storetest.Active), digest)
			must(t, err)
			if c.Issue.ID != wanted {
				t.Errorf("the digest %q gave the issue %q", digest, c.Issue.ID)
			}
		}
		nobody, err := db.Candidate(t.Context(), o.ID, account.Find("99999"), "mine")
		must(t, err)
		if nobody.Issue.ID != "" {
			t.Error("nobody has an issue")
		}
	})
}

func burning(person account.Account, issue string, now time.Time) (signin.Change, session.Session) {
	s := storetest.Session(person, session.Renewal, now)
	return signin.Change{
		Now: now, Organisation: person.Organisation, Account: person.ID, Burn: issue, Open: &s,
		Note: note(person, audit.SecretUsed, now),
	}, s
}

func TestATK006ParallelSignInsBurnASecretOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		secret := give(t, db, person, "secret", start)
		won := race(t, func(ctx context.Context, _ int) error {
			change, _ := burning(person, secret.ID, at(time.Minute))
			return db.ApplySignIn(ctx, change)
		})
		sessions, err := db.SessionsOf(t.Context(), person.Organisation, person.ID)
		must(t, err)
		burnt, err := db.IssueByID(t.Context(), person.Organisation, secret.ID)
		must(t, err)
		if won != 1 || len(sessions) != 1 || burnt.OpenedSession != sessions[0].ID || !burnt.Used.Equal(at(time.Minute)) {
			t.Errorf("%d won, %d sessions, %+v", won, len(sessions), burnt)
		}
	})
}

// Used, replaced, late, of another account, and from a clock that was set back since: none of them opens anything.
func TestATK005ATK012ATK088SecretThatDoesNotLiveBurnsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		other := storetest.Person(t, db, o, storetest.Mother)
		try := func(what string, who account.Account, id string, now time.Time, wanted error) {
			t.Helper()
			change, s := burning(who, id, now)
			want(t, what, db.ApplySignIn(t.Context(), change), wanted)
			if _, _, err := db.Session(t.Context(), s.ID); wanted != nil {
				want(t, "the session of "+what, err, fault.Missing)
			}
		}
		secret := give(t, db, person, "first", start)
		try("a secret of someone else", other, secret.ID, at(time.Minute), fault.Stale)
		try("a late secret", person, secret.ID, at(time.Hour), fault.Stale)
		try("a secret from the future", person, secret.ID, at(-2*time.Minute-time.Microsecond), fault.Stale)
		try("a secret from a clock a little ahead", person, secret.ID, at(-2*time.Minute), nil)
		try("a used secret", person, secret.ID, at(time.Minute), fault.Stale)
		replaced := give(t, db, person, "second", start)
		give(t, db, person, "third", start)
		try("a replaced secret", person, replaced.ID, at(time.Minute), fault.Stale)
		try("no secret", person, "none", at(time.Minute), fault.Stale)
	})
}

func TestATK010SigningInEndsTheSecretsUnderWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		secret := give(t, db, person, "secret", start)
		late := give(t, db, person, "late", start.Add(-2*time.Hour))
		s := storetest.Session(person, session.Full, at(time.Minute))
		must(t, db.ApplySignIn(t.Context(), signin.Change{
			Now: at(time.Minute), Organisation: person.Organisation, Account: person.ID, Cancel: true, Open: &s,
		}))
		for id, ended := range map[string]bool{secret.ID: true, late.ID: false} {
			i, err := db.IssueByID(t.Context(), person.Organisation, id)
			must(t, err)
			if i.Ended.IsZero() == ended {
				t.Errorf("ended %v, want %v: a late secret stays late", i.Ended, ended)
			}
		}
	})
}

func TestSignInReplacesTheSessionOfTheBrowser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		held := enter(t, db, person, session.Full, start)
		elsewhere := enter(t, db, person, session.Full, start)
		school := storetest.School(t, db)
		foreign := enter(t, db, storetest.Person(t, db, school, storetest.Manager), session.Full, start)
		s := storetest.Session(person, session.Full, at(time.Minute))
		must(t, db.ApplySignIn(t.Context(), signin.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID, Open: &s, Replace: held.ID,
		}))
		must(t, db.ApplySignIn(t.Context(), signin.Change{Now: at(time.Minute), Organisation: o.ID, Replace: foreign.ID}))
		for id, wanted := range map[string]session.End{
			held.ID: session.Replaced, elsewhere.ID: "", foreign.ID: "", s.ID: "",
		} {
			if got := ends(t, db, id); got != wanted {
				t.Errorf("a session ended %q, want %q", got, wanted)
			}
		}
	})
}

// The entry of nobody is written like anybody's, and a right password clears what was counted.
func TestSignInWritesTheJournalAndClearsTries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, _ := town(t, db, storetest.Active)
		once := []limit.Count{{Key: "typed", Rate: limit.Rate{Burst: 1, Every: time.Hour}}}
		_, _, err := db.Count(t.Context(), once, start)
		must(t, err)
		refused := audit.Entry{Organisation: o.ID, At: start, Act: audit.SignInRefused, Device: "x\x00\xff"}
		must(t, db.ApplySignIn(t.Context(), signin.Change{
			Now: start, Organisation: o.ID, Note: refused, Clear: []string{"typed"},
		}))
		end, err := db.JournalEnd(t.Context(), o.ID)
		must(t, err)
		last, err := db.Journal(t.Context(), o.ID, end, 5)
		must(t, err)
		if len(last) != 1 || last[0].Act != audit.SignInRefused || last[0].Target != "" || last[0].Device != "x\uFFFD" {
			t.Errorf("the journal ends with %+v", last)
		}
		must(t, db.VerifyJournal(t.Context(), o.ID))
		allowed, _, err := db.Count(t.Context(), once, start)
		must(t, err)
		if !allowed {
			t.Error("the count was not cleared")
		}
	})
}

// A sign-in that was under way while the account was closed, or its password chosen anew, opens nothing.
func TestATK038SignInUnderWayDoesNotOutliveAChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		try := func(what string, who account.Account, now time.Time, wanted error) {
			t.Helper()
			s := storetest.Session(who, session.Full, now)
			change := signin.Change{Now: now, Organisation: o.ID, Account: who.ID, Open: &s}
			want(t, what, db.ApplySignIn(t.Context(), change), wanted)
		}
		must(t, db.ApplyRecovery(t.Context(), recovery.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID, Hash: "new", EndSessions: true,
		}))
		try("a sign-in that began before the renewal", person, at(time.Minute-time.Second), fault.Stale)
		try("a sign-in at the moment of the renewal", person, at(time.Minute), nil)
		try("a sign-in after it", person, at(2*time.Minute), nil)
		try("a sign-in after the clock was set back an hour", person, at(-time.Hour), nil)
		must(t, db.SetState(t.Context(), o.ID, person.ID, account.Locked, at(3*time.Minute), audit.Entry{}))
		try("a sign-in to an account that was closed", person, at(4*time.Minute), fault.Stale)
	})
}

// What a sign-in was decided on must still be so: whoever was given a second proof meanwhile is asked for it (ATK-034),
// and a clock that ran ahead opens nothing by a password that was renewed.
func TestATK038ATK034SignInIsDecidedOnTheAccountAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		for _, stage := range session.Stages {
			was := again(t, db, person)
			k := passkey(person, "passkey made at "+string(stage), start)
			alter(t, db, person, start, func(f *credential.FactorChange) { f.Add = &k })
			s := storetest.Session(person, stage, at(time.Hour))
			change := signin.Change{Now: at(time.Hour), Organisation: o.ID, Account: person.ID, Version: was.Version, Open: &s}
			want(t, string(stage), db.ApplySignIn(t.Context(), change), fault.Stale)
			change.Version++
			must(t, db.ApplySignIn(t.Context(), change))
		}
	})
}

// Whoever races with the change: a session either comes before it and ends with it, or is not opened.
func TestATK038NoSessionSlipsPastAChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, _ := town(t, db, storetest.Active)
		changes := map[string]func(account.Account) error{
			storetest.Active: func(p account.Account) error {
				return db.SetState(t.Context(), o.ID, p.ID, account.Disabled, at(time.Minute), audit.Entry{})
			},
			storetest.Mother: func(p account.Account) error {
				return db.ApplyRecovery(t.Context(), recovery.Change{
					Now: at(time.Minute), Organisation: o.ID, Account: p.ID, Hash: "new", EndSessions: true,
				})
			},
		}
		for identifier, change := range changes {
			person := storetest.Person(t, db, o, identifier)
			together(50, func(n int) {
				if n == 25 {
					if err := change(person); err != nil {
						t.Errorf("the change: %v", err)
					}
					return
				}
				s := storetest.Session(person, session.Full, start)
				err := db.ApplySignIn(t.Context(), signin.Change{Now: start, Organisation: o.ID, Account: person.ID, Open: &s})
				if err != nil && !errors.Is(err, fault.Stale) {
					t.Errorf("a sign-in: %v", err)
				}
			})
			open, err := db.SessionsOf(t.Context(), o.ID, person.ID)
			must(t, err)
			if len(open) > 0 {
				t.Errorf("%d sessions of %s slipped past the change", len(open), identifier)
			}
		}
	})
}

func TestStoreHashReplacesOnlyWhatItKnows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		must(t, db.StoreHash(t.Context(), o.ID, person.ID, "another", "wrong"))
		must(t, db.StoreHash(t.Context(), o.ID, person.ID, storetest.Hash, "newer"))
		must(t, db.StoreHash(t.Context(), o.ID, person.ID, storetest.Hash, "late"))
		hash, err := db.Hash(t.Context(), o.ID, person.ID)
		must(t, err)
		if hash != "newer" {
			t.Errorf("the hash is %q", hash)
		}
	})
}
