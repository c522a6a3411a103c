package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

func TestAGrantIsReadAsItWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := program(t, db, o, "Wiki")
		s := enter(t, db, person, session.Full, start)
		person = again(t, db, person)
		g := grant(t, db, a, s, "a")
		wanted := oidc.Held{Grant: g, Person: person}
		look := func(what string, h oidc.Held, err error) {
			t.Helper()
			must(t, err)
			if diff := cmp.Diff(wanted, h); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
		h, err := db.Grant(t.Context(), o.ID, "a")
		look("by its ID", h, err)
		h, err = db.GrantByCode(t.Context(), o.ID, "code of a")
		look("by its code", h, err)
		h, err = db.GrantByToken(t.Context(), o.ID, "token of a")
		look("by its token", h, err)
		g.Document, g.Code, g.CodeUntil, g.Token, g.Retired = []byte(`{}`), "", time.Time{}, "token 2", "token of a"
		g.Used, g.Until = at(time.Hour), at(20*day)
		must(t, db.SaveGrant(t.Context(), g))
		g.Version, g.Retired = 2, ""
		wanted.Grant = g
		h, err = db.GrantByToken(t.Context(), o.ID, "token 2")
		look("by its new token", h, err)
		wanted.Reused = true
		h, err = db.GrantByToken(t.Context(), o.ID, "token of a")
		look("by its retired token", h, err)
		all, err := db.GrantsOf(t.Context(), o.ID, person.ID, at(20*day-1))
		must(t, err)
		if diff := cmp.Diff([]oidc.Grant{g}, all); diff != "" {
			t.Error(diff)
		}
		for now, of := range map[time.Duration]string{20 * day: person.ID, 0: "none"} {
			if all, err = db.GrantsOf(t.Context(), o.ID, of, at(now)); err != nil || len(all) > 0 {
				t.Errorf("%v, %v", all, err)
			}
		}
		for what, digest := range map[string]string{"a used code": "code of a", "no code": ""} {
			_, err = db.GrantByCode(t.Context(), o.ID, digest)
			want(t, what, err, fault.Missing)
		}
		_, err = db.GrantByToken(t.Context(), o.ID, "")
		want(t, "no token", err, fault.Missing)
		family, of, err := db.FamilyBySID(t.Context(), o.ID, "sid of a")
		if must(t, err); family != s.Family || of != person.ID {
			t.Errorf("the sign-in is %s of %s", family, of)
		}
		_, _, err = db.FamilyBySID(t.Context(), o.ID, "")
		want(t, "no SID", err, fault.Missing)
	})
}

// A grant is given by a living sign-in of an open account to an application that is let in, and by nothing else.
func TestATK038AGrantNeedsALivingSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		mother, father := storetest.Person(t, db, o, storetest.Mother), storetest.Person(t, db, o, storetest.Father)
		a, foreign := program(t, db, o, "Wiki"), program(t, db, storetest.School(t, db), "Planning")
		s, hers := enter(t, db, person, session.Full, start), enter(t, db, mother, session.Full, start)
		over := enter(t, db, person, session.Full, start)
		must(t, db.EndSession(t.Context(), o.ID, over.ID, session.SignedOut, silent(start)))
		his := enter(t, db, father, session.Full, start)
		_, err := db.Exec(t.Context(), `update account set state = 'locked' where id = $1`, father.ID)
		must(t, err)
		_, err = db.Exec(t.Context(), `update account set leaves = $2 where id = $1`, mother.ID, start.UnixMicro())
		must(t, err)
		for what, g := range map[string]oidc.Grant{
			"a closed account": held(a, his, "1"), "an account that has left": held(a, hers, "2"),
			"a session that has ended": held(a, over, "3"), "another organisation's application": held(foreign, s, "4"),
			"a renewal":             held(a, enter(t, db, person, session.Renewal, start), "5"),
			"half a sign-in":        held(a, enter(t, db, person, session.Second, start), "6"),
			"no session":            held(a, session.Session{Account: person.ID, Family: "none", Opened: start}, "7"),
			"somebody else's":       held(a, session.Session{Account: person.ID, Family: hers.Family, Opened: start}, "8"),
			"a session that is old": held(a, session.Session{Account: person.ID, Family: s.Family, Opened: at(day)}, "9"),
		} {
			g.Organisation = o.ID
			want(t, what, db.OpenGrant(t.Context(), g, note(person, audit.ApplicationEntered, start)), fault.Stale)
		}
		must(t, db.OpenGrant(t.Context(), held(a, s, "good"), note(person, audit.ApplicationEntered, start)))
		all, err := db.Number(t.Context(), `select count(*) from oidc_grant`)
		must(t, err)
		written := slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool { return a != audit.ApplicationEntered })
		if all != 1 || len(written) != 1 {
			t.Errorf("%d grants, %v", all, written)
		}
	})
}

// ATK-048: of all who redeem one code, or renew one token, at once, one wins; what was replaced is found as such.
func TestATK048OneOfManyParallelRedemptionsWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := program(t, db, o, "Wiki")
		g := grant(t, db, a, enter(t, db, person, session.Full, start), "a")
		won := race(t, func(ctx context.Context, n int) error {
			mine, err := db.GrantByCode(ctx, o.ID, g.Code)
			if err != nil {
				return err
			}
			if mine.Grant.Token != g.Token {
				return fault.Stale
			}
			mine.Grant.Token, mine.Grant.Retired = fmt.Sprint("token ", n), g.Token
			return db.SaveGrant(ctx, mine.Grant, note(person, audit.ApplicationEntered, start))
		})
		h, err := db.GrantByToken(t.Context(), o.ID, g.Token)
		must(t, err)
		retired, err := db.Number(t.Context(), `select count(*) from oidc_token`)
		must(t, err)
		if won != 1 || !h.Reused || h.Grant.Version != 2 || retired != 1 {
			t.Errorf("%d won, %d retired, %+v", won, retired, h)
		}
		written := slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool { return a != audit.ApplicationEntered })
		if len(written) != 1 {
			t.Errorf("the journal says %v", written)
		}
		ended := h.Grant
		ended.Ended, ended.Because = at(time.Minute), oidc.Replayed
		must(t, db.SaveGrant(t.Context(), ended, note(person, audit.GrantReplayed, at(time.Minute))))
		for _, version := range []int64{2, 3} {
			h.Grant.Version = version
			want(t, "bringing back what has ended", db.SaveGrant(t.Context(), h.Grant), fault.Stale)
		}
		if because(t, db, g) != oidc.Replayed {
			t.Error("it is in force")
		}
		promised(t, db, at(time.Minute))
	})
}

// OAU-04: every token that was ever in force leads to its grant, so that its return is noticed.
func TestOAU04EveryRetiredTokenIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := program(t, db, o, "Wiki")
		g := grant(t, db, a, enter(t, db, person, session.Full, start), "a")
		for i := range 3 {
			g.Retired, g.Token = g.Token, fmt.Sprint("token ", i)
			must(t, db.SaveGrant(t.Context(), g))
			g.Version++
		}
		for token, reused := range map[string]bool{"token of a": true, "token 0": true, "token 1": true, "token 2": false} {
			h, err := db.GrantByToken(t.Context(), o.ID, token)
			if must(t, err); h.Reused != reused || h.Grant.ID != "a" || h.Person.ID != person.ID {
				t.Errorf("%s: %+v", token, h)
			}
		}
	})
}

// Each end that an application has no part in promises it one notice, and no other end does.
func TestWhichEndsAreTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := program(t, db, o, "Wiki")
		s := enter(t, db, person, session.Full, start)
		told := []string{}
		for _, end := range oidc.Ends {
			g := grant(t, db, a, s, string(end))
			g.Ended, g.Because = at(time.Minute), end
			must(t, db.SaveGrant(t.Context(), g))
			if end == oidc.SignedOut || end == oidc.Withdrawn || end == oidc.Shut {
				told = append(told, g.ID)
			}
		}
		deaf := program(t, db, o, "Drive")
		deaf.BackChannel = ""
		must(t, db.ChangeApplication(t.Context(), deaf, silent(start)))
		g := grant(t, db, deaf, s, "deaf")
		must(t, db.EndGrants(t.Context(), o.ID, person.ID, deaf.ID, oidc.Withdrawn, silent(start)))
		if because(t, db, g) != oidc.Withdrawn {
			t.Error("it is in force")
		}
		promised(t, db, at(time.Minute), told...)
	})
}

// promised leases all that is due at a time, and looks that it is one notice of each of these grants and nothing else.
func promised(t *testing.T, db *store.DB, now time.Time, grants ...string) {
	t.Helper()
	items, err := db.Lease(t.Context(), now, now.Add(time.Hour), 1000)
	must(t, err)
	wanted, found := map[string]int{}, map[string]int{}
	for _, id := range grants {
		wanted[`{"grant":"`+id+`"}`]++
	}
	for _, i := range items {
		found[string(i.Payload)]++
		if i.Kind != courier.LogoutNotice || i.Account == "" || i.Recipient != "" || i.Expires.Sub(i.Due) != time.Hour {
			t.Errorf("promised is %+v", i)
		}
	}
	if diff := cmp.Diff(wanted, found); diff != "" {
		t.Errorf("notices: %s", diff)
	}
}
