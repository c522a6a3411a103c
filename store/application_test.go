package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// program adds an application that wants to be told of sign-outs.
func program(t *testing.T, db *store.DB, o organisation.Organisation, name string) application.Application {
	t.Helper()
	a := application.Application{
		ID: application.NewID(), Organisation: o.ID, Name: name, About: "Réserver les repas", URL: "https://a.example",
		Kind: application.OpenID, Template: application.Nextcloud, Tile: true, Redirects: []string{"https://a.example/cb"},
		LogoutRedirects: []string{}, BackChannel: "https://a.example/back", Secret: application.DigestOf("secret"),
		Rule:  application.Rule{Roles: []account.Role{account.Agent}, Offices: []string{"Mairie"}, Second: true},
		Signs: application.ES256, Pairwise: true, Created: start, Version: 1,
	}
	must(t, db.AddApplication(t.Context(), a, silent(start)))
	return a
}

// silent is a note that says when, and writes nothing.
func silent(when time.Time) audit.Entry { return audit.Entry{At: when} }

// held gives the application's grant of a session; its code and its token are named after it.
func held(a application.Application, s session.Session, id string) oidc.Grant {
	return oidc.Grant{
		ID: id, Organisation: a.Organisation, Application: a.ID, Account: s.Account, Family: s.Family, SID: "sid of " + id,
		Document: []byte(`{"of":"` + id + `"}`), Code: "code of " + id, CodeUntil: s.Opened.Add(time.Minute),
		Token: "token of " + id, Opened: s.Opened, Used: s.Opened, Until: s.Opened.Add(10 * day), Version: 1,
	}
}

// grant gives an application a grant of a session.
func grant(t *testing.T, db *store.DB, a application.Application, s session.Session, id string) oidc.Grant {
	t.Helper()
	g := held(a, s, id)
	must(t, db.OpenGrant(t.Context(), g, silent(start)))
	return g
}

// because reads why a grant ended, empty while it is in force.
func because(t *testing.T, db *store.DB, g oidc.Grant) oidc.End {
	t.Helper()
	h, err := db.Grant(t.Context(), g.Organisation, g.ID)
	must(t, err)
	if h.Grant.Ended.IsZero() != (h.Grant.Because == "") {
		t.Errorf("%s ended at %v because %q", g.ID, h.Grant.Ended, h.Grant.Because)
	}
	return h.Grant.Because
}

func TestAnApplicationIsReadAsItWasKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		wiki, drive := program(t, db, o, "Wiki"), program(t, db, o, "Étude")
		program(t, db, storetest.School(t, db), "Planning")
		want(t, "an ID twice", db.AddApplication(t.Context(), wiki, silent(start)), fault.Stale)
		all, err := db.Applications(t.Context(), o.ID)
		must(t, err)
		if diff := cmp.Diff([]application.Application{drive, wiki}, all); diff != "" {
			t.Error(diff)
		}
		changed := application.Application{
			ID: wiki.ID, Organisation: o.ID, Name: "Wiki 2", Kind: application.Forward, Version: 1,
			Template: application.AnyForward, Public: true, Own: true, Created: at(time.Hour), Revoked: at(time.Hour),
		}
		must(t, db.ChangeApplication(t.Context(), changed, note(storetest.Person(t, db, o, storetest.Agent),
			audit.ApplicationChanged, at(time.Hour))))
		want(t, "a change of what has changed", db.ChangeApplication(t.Context(), changed, silent(start)), fault.Stale)
		changed.Version, changed.Created, changed.Revoked = 2, start, time.Time{}
		for _, used := range []time.Duration{time.Hour, time.Minute, time.Hour + time.Minute - 1, 2 * time.Hour} {
			must(t, db.UseApplication(t.Context(), o.ID, wiki.ID, at(used)))
		}
		changed.Used = at(2 * time.Hour)
		kept, err := db.Application(t.Context(), o.ID, wiki.ID)
		must(t, err)
		if diff := cmp.Diff(changed, kept); diff != "" {
			t.Error(diff)
		}
		changed.ID = "none"
		want(t, "a change of none", db.ChangeApplication(t.Context(), changed, silent(start)), fault.Missing)
		must(t, db.UseApplication(t.Context(), o.ID, "none", start))
	})
}

// A last use within the minute of the one before is not written; a later one is.
func TestALastUseIsKeptToTheMinute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := program(t, db, storetest.Town(t, db), "Wiki")
		for _, try := range []struct{ use, kept time.Duration }{
			{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {-time.Hour, time.Minute},
		} {
			must(t, db.UseApplication(t.Context(), a.Organisation, a.ID, at(try.use)))
			if kept, err := db.Application(t.Context(), a.Organisation, a.ID); err != nil || !kept.Used.Equal(at(try.kept)) {
				t.Errorf("%v: used at %v, %v", try.use, kept.Used, err)
			}
		}
	})
}

func TestARevokedApplicationHoldsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		mother := storetest.Person(t, db, o, storetest.Mother)
		wiki, drive := program(t, db, o, "Wiki"), program(t, db, o, "Drive")
		s, hers := enter(t, db, person, session.Full, start), enter(t, db, mother, session.Full, start)
		grants := []oidc.Grant{grant(t, db, wiki, s, "a"), grant(t, db, wiki, hers, "b"), grant(t, db, drive, s, "c")}
		for _, a := range []application.Application{wiki, drive} {
			must(t, db.SaveConsent(t.Context(), oidc.Consent{
				Organisation: o.ID, Application: a.ID, Account: person.ID, Scopes: []string{"openid"}, Given: start,
			}, silent(start)))
		}
		if n, err := db.GrantCounts(t.Context(), o.ID, wiki.ID, start); n != 2 || err != nil {
			t.Errorf("it knows %d people, %v", n, err)
		}
		won := race(t, func(ctx context.Context, _ int) error {
			err := db.RevokeApplication(ctx, o.ID, wiki.ID, note(person, audit.ApplicationRevoked, at(time.Minute)))
			if err != nil {
				want(t, "a revocation that comes second", err, fault.Missing)
				return fault.Stale
			}
			return nil
		})
		ended := []oidc.End{because(t, db, grants[0]), because(t, db, grants[1]), because(t, db, grants[2])}
		consents, err := db.ConsentsOf(t.Context(), o.ID, person.ID)
		must(t, err)
		n, err := db.GrantCounts(t.Context(), o.ID, wiki.ID, start)
		must(t, err)
		if won != 1 || !slices.Equal(ended, []oidc.End{oidc.Shut, oidc.Shut, ""}) || len(consents) != 1 || n != 0 {
			t.Errorf("%d won, ended %v, consents %v, knows %d", won, ended, consents, n)
		}
		promised(t, db, at(time.Minute), "a", "b")
		kept, err := db.Application(t.Context(), o.ID, wiki.ID)
		must(t, err)
		if !kept.Revoked.Equal(at(time.Minute)) || kept.Open() || kept.Version != 2 {
			t.Errorf("%+v", kept)
		}
		want(t, "a grant of it", db.OpenGrant(t.Context(), held(wiki, s, "d"), silent(start)), fault.Stale)
		kept.Name = "Wiki 2"
		want(t, "a change of it", db.ChangeApplication(t.Context(), kept, silent(start)), fault.Stale)
		want(t, "a consent to it", db.SaveConsent(t.Context(), oidc.Consent{
			Organisation: o.ID, Application: wiki.ID, Account: person.ID,
		}, silent(start)), fault.Stale)
		if all, err := db.Applications(t.Context(), o.ID); err != nil || len(all) != 1 || all[0].ID != drive.ID {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestConsents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := program(t, db, o, "Wiki")
		if c, err := db.Consent(t.Context(), o.ID, person.ID, a.ID); err != nil || c.Given != (time.Time{}) {
			t.Errorf("%+v, %v", c, err)
		}
		c := oidc.Consent{Organisation: o.ID, Application: a.ID, Account: person.ID, Scopes: []string{"openid"}, Given: start}
		must(t, db.SaveConsent(t.Context(), c, note(person, audit.ApplicationConsented, start)))
		c.Scopes, c.Given = []string{"openid", "email"}, at(time.Minute)
		must(t, db.SaveConsent(t.Context(), c, silent(start)))
		kept, err := db.Consent(t.Context(), o.ID, person.ID, a.ID)
		must(t, err)
		all, err := db.ConsentsOf(t.Context(), o.ID, person.ID)
		must(t, err)
		if diff := cmp.Diff([]oidc.Consent{c, c}, append(all, kept)); diff != "" {
			t.Error(diff)
		}
		c.Account = "none"
		want(t, "of nobody", db.SaveConsent(t.Context(), c, silent(start)), fault.Stale)
		for _, of := range []string{person.ID, person.ID, "none"} {
			withdrawn := note(person, audit.ApplicationWithdrawn, start)
			must(t, db.EndGrants(t.Context(), o.ID, of, a.ID, oidc.Withdrawn, withdrawn))
		}
		if all, err = db.ConsentsOf(t.Context(), o.ID, person.ID); err != nil || len(all) > 0 {
			t.Errorf("%v, %v", all, err)
		}
		wanted := []audit.Act{audit.AccountCreated, audit.ApplicationConsented, audit.ApplicationWithdrawn}
		if diff := cmp.Diff(wanted, acts(t, db, person)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSigningKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		k := oidc.Key{
			Organisation: o.ID, ID: "second", Algorithm: application.ES256, Sealed: []byte{0, 255, 7}, From: at(day),
			Until: at(2 * day), Gone: at(3 * day),
		}
		first := k
		first.ID, first.From, first.Gone = "first", start, at(2*day)
		rsa := first
		rsa.ID, rsa.Algorithm = "rsa", application.RS256
		for _, k := range []oidc.Key{k, first, rsa} {
			must(t, db.AddKey(t.Context(), k))
		}
		for now, wanted := range map[time.Duration][]oidc.Key{
			0: {first, rsa, k}, 2*day - 1: {first, rsa, k}, 2 * day: {k}, 3 * day: nil,
		} {
			all, err := db.Keys(t.Context(), o.ID, at(now))
			must(t, err)
			if diff := cmp.Diff(wanted, all); diff != "" {
				t.Errorf("after %v: %s", now, diff)
			}
		}
		won := race(t, func(ctx context.Context, n int) error {
			other := k
			other.ID, other.From = string(rune('A'+n)), at(5*day)
			return db.AddKey(ctx, other)
		})
		holders, err := db.KeyHolders(t.Context())
		must(t, err)
		if won != 1 || !slices.Equal(holders, []string{o.ID}) {
			t.Errorf("%d keys of 50, %v", won, holders)
		}
	})
}

func TestRequestsOfApplications(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		a := program(t, db, o, "Wiki")
		q := oidc.Request{
			ID: "request", Organisation: o.ID, Application: a.ID, Handle: "handle", Document: []byte(`{}`),
			Until: at(time.Minute),
		}
		must(t, db.SaveRequest(t.Context(), q))
		want(t, "a new one twice", db.SaveRequest(t.Context(), q), fault.Stale)
		other := q
		other.ID = "other"
		want(t, "a handle twice", db.SaveRequest(t.Context(), other), fault.Stale)
		other.Handle = ""
		must(t, db.SaveRequest(t.Context(), other))
		q.Version = 1
		kept, err := db.RequestByHandle(t.Context(), o.ID, "handle")
		must(t, err)
		if diff := cmp.Diff(q, kept); diff != "" {
			t.Error(diff)
		}
		won := race(t, func(ctx context.Context, _ int) error {
			mine := q
			mine.Handle, mine.Over = "", true
			return db.SaveRequest(ctx, mine)
		})
		kept, err = db.Request(t.Context(), o.ID, "request")
		must(t, err)
		if won != 1 || !kept.Over || kept.Version != 2 {
			t.Errorf("%d won, %+v", won, kept)
		}
		for what, digest := range map[string]string{"a used handle": "handle", "no handle": ""} {
			_, err = db.RequestByHandle(t.Context(), o.ID, digest)
			want(t, what, err, fault.Missing)
		}
	})
}

// ATK-052: what serves once serves once in each organisation, whoever races.
func TestATK052WhatServesOnceIsSpentOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, school := storetest.Town(t, db), storetest.School(t, db)
		won := race(t, func(ctx context.Context, _ int) error { return db.Spend(ctx, o.ID, "proof", at(time.Minute)) })
		must(t, db.Spend(t.Context(), o.ID, "PROOF", at(time.Minute)))
		must(t, db.Spend(t.Context(), school.ID, "proof", at(time.Minute)))
		want(t, "nothing", db.Spend(t.Context(), o.ID, "", at(time.Minute)), fault.Stale)
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}
