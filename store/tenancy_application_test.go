package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/application"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// What applications hold is neither read nor changed in the name of another organisation, with whatever of it is known
// there (ATK-069).
func TestATK069NoApplicationIsKnownToAnotherOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		a, s := program(t, db, o, "Wiki"), enter(t, db, person, session.Full, start)
		g := grant(t, db, a, s, "a")
		g.Retired, g.Token = g.Token, "token 2"
		must(t, db.SaveGrant(t.Context(), g))
		g.Version, g.Retired = 2, ""
		q := oidc.Request{ID: "q", Organisation: o.ID, Application: a.ID, Handle: "h", Document: []byte(`{}`), Until: at(day)}
		must(t, db.SaveRequest(t.Context(), q))
		c := oidc.Consent{Organisation: o.ID, Application: a.ID, Account: person.ID, Scopes: []string{"openid"}, Given: start}
		must(t, db.SaveConsent(t.Context(), c, silent(start)))
		must(t, db.AddKey(t.Context(), oidc.Key{Organisation: o.ID, ID: "k", Algorithm: application.RS256, Gone: at(day)}))
		before := ofApplications(t, db)

		ctx, to, now := t.Context(), school.ID, silent(at(time.Minute))
		none := func(_ any, err error) error { return err }
		a.Organisation, g.Organisation, q.Organisation, q.Version, c.Organisation = to, to, to, 1, to
		hers := g
		hers.ID, hers.Account = "b", manager.ID
		q.Over = true
		_, _, noSID := db.FamilyBySID(ctx, to, g.SID)
		for method, try := range map[string]attempt{
			"Application":           {none(db.Application(ctx, to, a.ID)), fault.Missing},
			"ChangeApplication":     {db.ChangeApplication(ctx, a, now), fault.Missing},
			"RevokeApplication":     {db.RevokeApplication(ctx, to, a.ID, now), fault.Missing},
			"UseApplication":        {db.UseApplication(ctx, to, a.ID, now.At), nil},
			"SaveRequest":           {db.SaveRequest(ctx, q), fault.Stale},
			"Request":               {none(db.Request(ctx, to, "q")), fault.Missing},
			"RequestByHandle":       {none(db.RequestByHandle(ctx, to, "h")), fault.Missing},
			"OpenGrant":             {db.OpenGrant(ctx, g, now), fault.Stale},
			"OpenGrant to another":  {db.OpenGrant(ctx, hers, now), fault.Stale},
			"SaveGrant":             {db.SaveGrant(ctx, g, now), fault.Stale},
			"Grant":                 {none(db.Grant(ctx, to, "a")), fault.Missing},
			"GrantByCode":           {none(db.GrantByCode(ctx, to, g.Code)), fault.Missing},
			"GrantByToken":          {none(db.GrantByToken(ctx, to, g.Token)), fault.Missing},
			"GrantByToken, retired": {none(db.GrantByToken(ctx, to, "token of a")), fault.Missing},
			"EndGrants":             {db.EndGrants(ctx, to, person.ID, a.ID, oidc.Withdrawn, now), nil},
			"FamilyBySID":           {noSID, fault.Missing},
			"SaveConsent":           {db.SaveConsent(ctx, c, now), fault.Stale},
		} {
			want(t, method, try.err, try.want)
		}
		applications, err := db.Applications(ctx, to)
		must(t, err)
		grants, err := db.GrantsOf(ctx, to, person.ID, start)
		must(t, err)
		consents, err := db.ConsentsOf(ctx, to, person.ID)
		must(t, err)
		consent, err := db.Consent(ctx, to, person.ID, a.ID)
		must(t, err)
		keys, err := db.Keys(ctx, to, start)
		must(t, err)
		people, err := db.GrantCounts(ctx, to, a.ID, start)
		must(t, err)
		if len(applications)+len(grants)+len(consents)+len(consent.Scopes)+len(keys)+people > 0 {
			t.Errorf("found: %v, %v, %v, %v, %v, %d", applications, grants, consents, consent, keys, people)
		}
		if diff := cmp.Diff(before, ofApplications(t, db)); diff != "" {
			t.Errorf("something was done in the name of another organisation: %s", diff)
		}
	})
}

// ofApplications counts what the attacks above would change.
func ofApplications(t *testing.T, db *store.DB) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for _, query := range []string{
		`select count(*) from application where revoked = 0 and used = 0 and version = 1`,
		`select count(*) from oidc_grant where ended = 0 and version = 2`, `select count(*) from oidc_token`,
		`select count(*) from oidc_grant`, `select count(*) from oidc_request where version = 1 and over = false`,
		`select count(*) from oidc_request`, `select count(*) from consent`, `select count(*) from signing_key`,
		`select count(*) from session where ended = 0`, `select count(*) from outbox`,
	} {
		n, err := db.Number(t.Context(), query)
		must(t, err)
		found[query] = n
	}
	return found
}
