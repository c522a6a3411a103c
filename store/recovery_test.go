package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

func TestBehindGivesEveryoneBehindAProvenAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for typed, wanted := range map[string][]string{
			storetest.Household:            {storetest.Mother, storetest.Father},
			"06 11 11 11 11":               {storetest.Mother, storetest.Father},
			"AGENT":                        {storetest.Agent},
			storetest.Disabled:             {storetest.Disabled}, // the rules decide what a closed account is told
			"hugo.blanc@gmail.example":     nil,
			"nobody@orange.example":        nil,
			"":                             nil,
			"claire.martin@orange.example": {storetest.Active},
		} {
			people, err := db.Behind(t.Context(), o.ID, account.Find(typed), 10)
			must(t, err)
			var found []string
			for _, p := range people {
				found = append(found, p.Identifier)
				if !cmp.Equal(p, storetest.Person(t, db, o, p.Identifier)) {
					t.Errorf("%s is read by halves: %+v", p.Identifier, p)
				}
			}
			if !slices.Equal(found, wanted) {
				t.Errorf("behind %q are %v, want %v", typed, found, wanted)
			}
		}
		first, err := db.Behind(t.Context(), o.ID, account.FindEmail(storetest.Household), 1)
		must(t, err)
		if len(first) != 1 || first[0].Identifier != storetest.Mother {
			t.Errorf("the first behind the household is %+v", first)
		}
	})
}

// A look-alike of an address on file reaches nobody, and letters go to the address as it is on file.
func TestATK004LookAlikeAddressFindsNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for _, typed := range []string{
			"claire.martın@orange.example", "claire.martin@orangе.example", "claire.martin@orange.example\u200b",
			"claire.martin@orange.example%", "claire_martin@orange.example", "%@orange.example",
		} {
			people, err := db.Behind(t.Context(), o.ID, account.FindEmail(typed), 10)
			must(t, err)
			for _, p := range people {
				if !slices.Equal(p.RecoveryEmails(), []string{"claire.martin@orange.example"}) {
					t.Errorf("%q leads to %v", typed, p.RecoveryEmails())
				}
				if typed != "claire.martin@orange.example\u200b" {
					t.Errorf("%q leads to %s", typed, p.Identifier)
				}
			}
		}
	})
}

func TestIssueIsFoundByItsDigests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		made := give(t, db, person, "secret", start)
		school := storetest.School(t, db)
		for _, digests := range [][]string{{"secret"}, {"code of secret"}, {"", "none", "secret"}} {
			i, err := db.Issue(t.Context(), o.ID, digests...)
			must(t, err)
			if diff := cmp.Diff(*made, i); diff != "" {
				t.Error(diff)
			}
		}
		for _, digests := range [][]string{nil, {""}, {"none"}, {"-"}} {
			_, err := db.Issue(t.Context(), o.ID, digests...)
			want(t, "an unknown digest", err, fault.Missing)
		}
		_, err := db.Issue(t.Context(), school.ID, "secret")
		want(t, "a digest of another organisation", err, fault.Missing)
	})
}

func TestATK006ParallelRecoveriesBurnASecretOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Invited)
		secret := give(t, db, person, "secret", start)
		won := race(t, func(ctx context.Context, _ int) error {
			s := storetest.Session(person, session.Renewal, at(time.Minute))
			return db.ApplyRecovery(ctx, recovery.Change{
				Now: at(time.Minute), Organisation: person.Organisation, Account: person.ID, Burn: secret.ID, Open: &s,
				Notes: []audit.Entry{note(person, audit.SecretUsed, at(time.Minute))},
			})
		})
		used := slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool { return a != audit.SecretUsed })
		if won != 1 || len(used) != 1 {
			t.Errorf("%d won, %d entries", won, len(used))
		}
	})
}

func choosing(
	o organisation.Organisation, person account.Account, s session.Session, hash string, now time.Time,
) recovery.Change {
	return recovery.Change{
		Now: now, Organisation: person.Organisation, Account: person.ID, BurnRenewal: s.ID, Hash: hash, EndIssues: true,
		EndSessions: true, Clear: []string{"typed"},
		Letters: []courier.Item{letter(o, person.ID, courier.PasswordChanged, now)},
		Notes:   []audit.Entry{note(person, audit.PasswordRenewed, now)},
	}
}

func TestATK007ParallelChoicesSaveOnePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		s := enter(t, db, person, session.Renewal, start)
		won := race(t, func(ctx context.Context, _ int) error {
			return db.ApplyRecovery(ctx, choosing(o, person, s, store.NewID(), at(time.Minute)))
		})
		letters, err := db.Lease(t.Context(), at(time.Minute), at(time.Hour), 100)
		must(t, err)
		if won != 1 || len(letters) != 1 {
			t.Errorf("%d passwords were saved, %d letters tell of it", won, len(letters))
		}
	})
}

func TestATK038RenewalEndsEverySessionAndSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.MustRenew)
		other := enter(t, db, storetest.Person(t, db, o, storetest.Active), session.Full, start)
		laptop, phone := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, start)
		s := enter(t, db, person, session.Renewal, start)
		secret := give(t, db, person, "secret", start)
		once := []limit.Count{{Key: "typed", Rate: limit.Rate{Burst: 1, Every: time.Hour}}}
		_, _, err := db.Count(t.Context(), once, start)
		must(t, err)
		must(t, db.ApplyRecovery(t.Context(), choosing(o, person, s, "new hash", at(time.Minute))))
		for _, ended := range []session.Session{laptop, phone, s} {
			if why := ends(t, db, ended.ID); why != session.Renewed {
				t.Errorf("a session ended %q", why)
			}
		}
		if ends(t, db, other.ID) != "" {
			t.Error("someone else's session ended")
		}
		i, err := db.IssueByID(t.Context(), o.ID, secret.ID)
		must(t, err)
		hash, err := db.Hash(t.Context(), o.ID, person.ID)
		must(t, err)
		after := storetest.Person(t, db, o, storetest.MustRenew)
		allowed, _, err := db.Count(t.Context(), once, start)
		must(t, err)
		if i.Ended.IsZero() || hash != "new hash" || after.MustRenew || after.State != account.Active || !allowed ||
			after.Version != person.Version+1 {
			t.Errorf("issue %+v, hash %q, account %+v, count cleared %v", i, hash, after, allowed)
		}
	})
}

func TestFirstAccessMakesAnInvitedAccountActive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Invited)
		s := enter(t, db, person, session.Renewal, start)
		must(t, db.ApplyRecovery(t.Context(), choosing(o, person, s, "first hash", at(time.Minute))))
		if after := storetest.Person(t, db, o, storetest.Invited); after.State != account.Active {
			t.Errorf("the account is %s", after.State)
		}
	})
}

// A renewal that is over, late, idle, of the wrong stage or person, or from a clock that was set back sets no password.
func TestATK007ATK088RenewalThatDoesNotLiveSetsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		renewal := enter(t, db, person, session.Renewal, start)
		full := enter(t, db, person, session.Full, start)
		over := enter(t, db, person, session.Renewal, start)
		must(t, db.EndSession(t.Context(), o.ID, over.ID, session.SignedOut, audit.Entry{At: start}))
		short := storetest.Session(person, session.Renewal, start)
		short.Until = at(5 * time.Minute)
		must(t, db.ApplySignIn(t.Context(), signin.Change{Now: start, Organisation: o.ID, Account: person.ID, Open: &short}))
		other := storetest.Person(t, db, o, storetest.Mother)
		for what, change := range map[string]recovery.Change{
			"a full session":            choosing(o, person, full, "bad", at(time.Minute)),
			"a session that is over":    choosing(o, person, over, "bad", at(time.Minute)),
			"an idle session":           choosing(o, person, renewal, "bad", at(session.RenewalLasts)),
			"a late session":            choosing(o, person, short, "bad", at(5*time.Minute)),
			"a session from the future": choosing(o, person, renewal, "bad", at(-3*time.Minute)),
			"someone else's session":    choosing(o, other, renewal, "bad", at(time.Minute)),
			"no session":                choosing(o, person, session.Session{ID: "none"}, "bad", at(time.Minute)),
		} {
			want(t, what, db.ApplyRecovery(t.Context(), change), fault.Stale)
		}
		for _, p := range []account.Account{person, other} {
			hash, err := db.Hash(t.Context(), o.ID, p.ID)
			must(t, err)
			if hash != storetest.Hash {
				t.Errorf("the hash is %q", hash)
			}
		}
		items, err := db.Lease(t.Context(), at(time.Hour), at(2*time.Hour), 10)
		must(t, err)
		if len(items) > 0 || ends(t, db, renewal.ID) != "" {
			t.Error("a refused change left something behind")
		}
	})
}

func TestATK039ClosedAccountSetsNoPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Locked)
		err := db.ApplyRecovery(t.Context(), recovery.Change{Now: start, Organisation: o.ID, Account: person.ID, Hash: "bad"})
		want(t, "a password for a closed account", err, fault.Stale)
		if after := storetest.Person(t, db, o, storetest.Locked); after.State != account.Locked {
			t.Errorf("the account is %s", after.State)
		}
	})
}

func TestRequestIsAnsweredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		request := letter(o, "", courier.RequestPassword, start)
		must(t, db.Queue(t.Context(), request))
		answer := func() recovery.Change {
			return recovery.Change{
				Now: at(time.Second), Organisation: o.ID, Account: person.ID, Request: request.ID, EndIssues: true,
				Issue:   issue(person, store.NewID(), at(time.Second)),
				Letters: []courier.Item{letter(o, person.ID, courier.Link, at(time.Second))},
			}
		}
		want(t, "an answer to a request that nobody leased", db.ApplyRecovery(t.Context(), answer()), fault.Stale)
		leased, err := db.Lease(t.Context(), at(time.Second), at(time.Minute), 10)
		must(t, err)
		won := race(t, func(ctx context.Context, _ int) error { return db.ApplyRecovery(ctx, answer()) })
		letters, err := db.Lease(t.Context(), at(time.Hour), at(2*time.Hour), 100)
		must(t, err)
		if len(leased) != 1 || won != 1 || len(letters) != 1 {
			t.Errorf("%d leased, %d answers, %d letters", len(leased), won, len(letters))
		}
		must(t, db.Done(t.Context(), leased[0], at(time.Minute)))
	})
}

// Of parallel requests each ends the secrets before it: exactly one secret lives at the end.
func TestATK010NewSecretEndsTheOlderOnes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		together(50, func(int) {
			err := db.ApplyRecovery(t.Context(), recovery.Change{
				Now: start, Organisation: person.Organisation, Account: person.ID, EndIssues: true,
				Issue: issue(person, store.NewID(), start),
			})
			if err != nil {
				t.Errorf("a secret among many: %v", err)
			}
		})
		living, err := db.Number(t.Context(),
			`select count(*) from issue where account = $1 and used = 0 and ended = 0`, person.ID)
		must(t, err)
		if living != 1 {
			t.Errorf("%d secrets live", living)
		}
	})
}

func TestAccountAndOrganisationOfARecovery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		read, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		if diff := cmp.Diff(person, read); diff != "" {
			t.Error(diff)
		}
		_, err = db.Account(t.Context(), o.ID, "none")
		want(t, "no account", err, fault.Missing)
		_, err = db.Hash(t.Context(), o.ID, "none")
		want(t, "the hash of no account", err, fault.Missing)
		if _, err = db.Organisation(t.Context(), "none"); !errors.Is(err, fault.Missing) {
			t.Errorf("no organisation gave %v", err)
		}
	})
}
