package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// halfway are the paths that answer 200 to a GET by a session of each stage that waits, beside the pages that anybody
// may open and those that know nobody.
var halfway = map[session.Stage][]string{
	session.Second:  {"/signin/second"},
	session.SetUp:   {"/account/factors", "/account/factors/passkey", "/account/factors/app"},
	session.Renewal: {"/renew"},
}

// nobodys are pages that are the same whoever asks.
var nobodys = append([]string{
	"/signin/passkey", "/repair", "/.well-known/passkey-endpoints", "/help/accessibilite", "/help/{page}", "/help/search",
	oidc.DiscoveryPath, oidc.MetadataPath, oidc.KeysPath, oidc.LogoutPath, oidc.LeavePath,
}, open200...)

var (
	inner  = regexp.MustCompile(`^/(home|settings|account|documents)\b`)
	behind = regexp.MustCompile(`Durand|Benali|%PDF`) // names and files that half a session does not see
)

// TestATK034EveryRouteIsClosedToHalfASession walks every route of the program with a session that waits for the second
// proof, one that must set it up, and one that renews: nothing personal is shown, and nothing is done. What is new in
// the routes is closed until this test is told otherwise.
func TestATK034EveryRouteIsClosedToHalfASession(t *testing.T) {
	f := open(t)
	wide(f)
	p := equip(t, f, storetest.Agent)
	waiting := pends(t, f, storetest.Agent, before)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	setUp, renewing := f.Browser(t, town), f.Browser(t, town)
	knows(t, f, storetest.Active, before)
	leadsToSetUp(t, setUp, storetest.Active)
	starts(t, renewing, storetest.MustRenew, asks(t, f, renewing, storetest.MustRenew, "lea.petit@free.example"))
	document := nowDocument(t, f)
	victim := storetest.Person(t, f.DB, f.Town, storetest.Mother)
	fields := []string{
		"version", strconv.FormatInt(victim.Version, 10), "current_password", before, "proof", "{}", "code", p.codes[0],
	}
	for _, name := range everyField {
		if name != "version" && name != "code" {
			fields = append(fields, name, "x")
		}
	}
	f.Quiet(t)
	people, _, kept := side(t, f, f.Town)
	for stage, b := range map[session.Stage]*housetest.Browser{
		session.Second: waiting, session.SetUp: setUp, session.Renewal: renewing,
	} {
		at := halfway[stage][0]
		may := map[string]bool{}
		for _, path := range append(halfway[stage], nobodys...) {
			may[path] = true
		}
		held := b.Cookie("loquet")
		for _, route := range f.Web.Routes() {
			path := strings.Replace(route.Path, "{$}", "", 1)
			for _, id := range []string{victim.ID, document, "x"} {
				concrete := pathPart.ReplaceAllString(path, id)
				var a housetest.Answer
				switch {
				case route.Method == http.MethodGet:
					a = b.Get(concrete)
				case may[route.Path] || route.Path == "/signout" || route.Path == "/signin/passkey":
					continue // an entrance, a way out, or what the stage is for: other tests post there
				default:
					a = b.Post(concrete, fields...)
				}
				if a.Status == 200 && !may[route.Path] || behind.MatchString(a.Body) {
					t.Errorf("%s: %s %s answers %d", stage, route.Method, concrete, a.Status)
				}
				closed := inner.MatchString(path) && !may[route.Path] && stage != session.SetUp
				if closed && (a.Status != 303 || a.Location != at) {
					t.Errorf("%s: %s %s: %d %q, want 303 %s", stage, route.Method, concrete, a.Status, a.Location, at)
				}
				if a.Status >= 500 || b.Cookie("loquet") != held {
					t.Fatalf("%s: %s %s: %d, or another session", stage, route.Method, concrete, a.Status)
				}
			}
		}
		if s := holds(t, f, b); s.Stage != stage || !s.Ended.IsZero() {
			t.Errorf("the session of stage %s is %s, ended %v", stage, s.Stage, s.Ended)
		}
	}
	f.Quiet(t)
	peopleNow, _, keptNow := side(t, f, f.Town)
	if diff := cmp.Diff(people, peopleNow) + cmp.Diff(kept, keptNow); diff != "" {
		t.Errorf("something was written: %s", diff)
	}
}

// nowDocument gives the ID of the town's guide.
func nowDocument(t testing.TB, f *housetest.Fixture) string {
	t.Helper()
	all, err := f.DB.Documents(t.Context(), f.Town.ID)
	if err != nil || len(all) == 0 {
		t.Fatalf("no document: %v", err)
	}
	return all[0].ID
}

// TestATK034SetUpTakesNothingAway: a session that must add a proof cannot change any.
func TestATK034SetUpTakesNothingAway(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	b := f.Browser(t, town)
	leadsToSetUp(t, b, storetest.Active)
	for _, do := range []string{
		"remove-password", "remove-app", "remove-passkey", "second-on", "second-off", "rename-passkey",
	} {
		if a := b.Post("/account/factors", "do", do, "id", "x", "name", "x"); !oneOf(a.Status, 403, 422) {
			t.Errorf("%s: %d %q", do, a.Status, a.Location)
		}
	}
	a := b.Post("/account/factors/codes", "do", "make")
	if !oneOf(a.Status, 303, 403) || a.Location == "/account/factors/codes" {
		t.Errorf("codes before any proof: %d %q", a.Status, a.Location)
	}
	if a := b.Get("/account/prove"); a.Status != 404 {
		t.Errorf("there is nothing to prove with: %d", a.Status)
	}
	has := storetest.Person(t, f.DB, f.Town, storetest.Active).Factors
	if !has.Password || has.Any() || has.Second {
		t.Errorf("it has changed %+v", has)
	}
	f.Clock.Advance(session.SetUpLasts)
	want(t, b.Get("/account/factors"), 303, "/signin?next=%2Faccount%2Ffactors")
}

// codeTaken wants an app code that has served to be told as a wrong one.
func codeTaken(t *testing.T, b *housetest.Browser, code string) {
	t.Helper()
	if a := again(t, b, "/signin/second", "code", code); !strings.Contains(a.Body, "ou il a déjà servi") {
		t.Error("the page does not say that the code may have served")
	}
}

// TestATK064AnAppCodeServesOnce gives it again in another browser, on another node, and after a restart; older codes
// are over too, and so is the one that confirmed the app.
func TestATK064AnAppCodeServesOnce(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := inside(t, f, storetest.Active)
		app := f.AddApp(t, b)
		first := pends(t, f, storetest.Active, before)
		codeTaken(t, first, app.Code(0)) // it confirmed the app
		f.Clock.Advance(30 * time.Second)
		code := app.Code(0)
		want(t, first.Post("/signin/second", "code", code), 303, "/home")
		codeTaken(t, pends(t, f, storetest.Active, before), code)
		node := f.Beside(t)
		codeTaken(t, pends(t, node, storetest.Active, before), code)
		codeTaken(t, pends(t, node, storetest.Active, before), app.Code(-1)) // older than one that has served
		f.Clock.Advance(30 * time.Second)
		late := pends(t, node, storetest.Active, before)
		codeTaken(t, late, code)
		want(t, late.Post("/signin/second", "code", app.Code(0)), 303, "/home")
		codeTaken(t, pends(t, f, storetest.Active, before), app.Code(0))
	})
}

// TestATK064FiftyAtOnceOnTwoNodes gives one app code, and one printed one, in fifty browsers at the same moment.
func TestATK064FiftyAtOnceOnTwoNodes(t *testing.T) {
	const many = 50
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		nodes := []*housetest.Fixture{f, f.Beside(t)}
		for _, n := range nodes {
			wide(n)
			n.SignIn.Limits.App, n.SignIn.Limits.Printed = []limit.Rate{noLimit}, []limit.Rate{noLimit}
		}
		f.Clock.Advance(time.Minute)
		for what, code := range map[string]string{"app": p.app.Code(0), "printed": p.codes[5]} {
			tabs := make([]*housetest.Browser, many)
			for i := range tabs {
				if i < 10 {
					tabs[i] = pends(t, nodes[i%2], storetest.Active, before)
				} else {
					tabs[i] = tabs[i%10].Clone() // five tabs that wait in one session
				}
			}
			answers := together(many, func(i int) housetest.Answer { return tabs[i].Post("/signin/second", "code", code) })
			for _, a := range answers {
				if !oneOf(a.Status, 303, 422) || !slices.Contains([]string{"", "/home", "/signin"}, a.Location) {
					t.Errorf("%s: a loser got %d %q", what, a.Status, a.Location)
				}
			}
			if n := to(answers, "/home"); n != 1 {
				t.Errorf("%s: %d of %d are in, want exactly one", what, n, many)
			}
		}
		f.Quiet(t)
		if n := written(t, f, audit.CodeUsed); n != 1 {
			t.Errorf("the journal says %d times that a printed code has served", n)
		}
		codesLeft(t, f, credential.PrintedCodes-1)
	})
}

// act posts a form, with more fields.
type act func(fields ...string) housetest.Answer

// stolenActs are what somebody would do with a stolen session to the proofs of its owner.
func stolenActs(t *testing.T, f *housetest.Fixture, b *housetest.Browser) map[string]act {
	t.Helper()
	id := factorsOf(t, f, storetest.Active).Passkeys[0].ID
	post := func(path string, given ...string) act {
		return func(fields ...string) housetest.Answer { return b.Post(path, append(given, fields...)...) }
	}
	return map[string]act{
		"an app": func(fields ...string) housetest.Answer {
			setup, app := f.StartApp(t, b)
			return b.Post("/account/factors/app", append(fields, "setup", setup, "code", app.Code(0))...)
		},
		"a passkey":           post("/account/factors/passkey", "answer", "{}"),
		"proving for one":     post("/account/factors/passkey", "do", "prove"),
		"printed codes":       post("/account/factors/codes", "do", "make"),
		"a name":              post("/account/factors", "do", "rename-passkey", "id", id, "name", "Moi"),
		"removing a passkey":  post("/account/factors", "do", "remove-passkey", "id", id),
		"removing the app":    post("/account/factors", "do", "remove-app"),
		"removing a password": post("/account/factors", "do", "remove-password"),
		"switching it off":    post("/account/factors", "do", "second-off"),
		"switching it on":     post("/account/factors", "do", "second-on"),
	}
}

// TestATK065AStolenSessionChangesNoProof tries each act with a session that proved its person five minutes ago.
func TestATK065AStolenSessionChangesNoProof(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	f.SignIn.Limits.Typed = []limit.Rate{noLimit}
	early := housetest.Options(t, p.b.Get("/account/factors/passkey")) // asked for in time
	f.Clock.Advance(session.Fresh)
	thief := p.b.Clone()
	held, was := thief.Cookie("loquet"), factorsOf(t, f, storetest.Active)
	if page := thief.Get("/account/factors/passkey"); page.Status != 200 || strings.Contains(page.Body, "data-options") {
		t.Errorf("the page that makes a passkey gives the options to whoever comes: %d", page.Status)
	}
	if page := thief.Get("/account/factors/codes"); strings.Contains(page.Body, p.codes[0]) {
		t.Error("the printed codes are shown")
	}
	acts := stolenActs(t, f, thief)
	acts["a passkey that was asked for in time"] = func(fields ...string) housetest.Answer {
		made := housetest.Device(town).Create(early, housetest.Origin(town))
		return thief.Post("/account/factors/passkey", append(fields, "answer", string(made))...)
	}
	for name, act := range acts {
		for _, proof := range [][]string{
			nil, {"current_password", "Faux-Faux-1"}, {"proof", "{}"}, {"proof", "x", "current_password", ""},
		} {
			a := act(proof...)
			if name == "a passkey" && a.Status == 422 && strings.Contains(a.Body, "factors.fault") {
				t.Errorf("%s: it was looked at", name)
			}
			if a.Status != 422 || thief.Cookie("loquet") != held || !strings.Contains(a.Body, "current_password") {
				t.Errorf("%s with %q: %d %q", name, proof, a.Status, a.Location)
			}
		}
		if diff := cmp.Diff(was, factorsOf(t, f, storetest.Active)); diff != "" {
			t.Fatalf("%s has changed the proofs: %s", name, diff)
		}
	}
	f.Clock.Advance(24 * time.Hour)
	b := pends(t, f, storetest.Active, before)
	want(t, b.Post("/signin/second", "code", p.app.Next()), 303, "/home")
	for _, act := range []struct{ name, to string }{
		{"a name", "/account/factors"}, {"an app", "/account/factors"}, {"printed codes", "/account/factors/codes"},
		{"removing the app", "/account/factors"}, {"switching it off", "/account/factors"},
		{"removing a password", "/account/factors"},
	} {
		f.Clock.Advance(session.Fresh)
		want(t, stolenActs(t, f, b)[act.name]("current_password", before), 303, act.to)
	}
}

// TestATK065AFreshSessionOfOneProofManagesNothing: the password alone is not what the account asks (NIST SP 800-63B-4
// §4.1.2.1), however lately it was typed.
func TestATK065AFreshSessionOfOneProofManagesNothing(t *testing.T) {
	f := open(t)
	_, device := withPasskey(t, f, storetest.Active)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	id := factorsOf(t, f, storetest.Active).Passkeys[0].ID
	for _, fields := range [][]string{
		{"do", "remove-passkey", "id", id}, {"do", "remove-password"}, {"do", "second-off"},
		{"do", "rename-passkey", "id", id, "name", "x"},
	} {
		if a := b.Post("/account/factors", append(fields, "current_password", before)...); !oneOf(a.Status, 403, 422) {
			t.Errorf("%q: %d %q", fields, a.Status, a.Location)
		}
	}
	for _, path := range []string{"/account/factors/passkey", "/account/factors/app", "/account/factors/codes"} {
		if a := b.Get(path); strings.Contains(a.Body, "data-options") || strings.Contains(a.Body, "secret code") {
			t.Errorf("%s is open: %d", path, a.Status)
		}
	}
	want(t, b.Post("/account/factors", "do", "prove", "proof", housetest.SayProof(t, b, device)), 303, "/account/factors")
	f.AddApp(t, b)
}

// TestATK066APrintedCodeIsNoFirstProof types it wherever something is typed before the second page.
func TestATK066APrintedCodeIsNoFirstProof(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	code := p.codes[0]
	b := f.Browser(t, town)
	refused(t, b, storetest.Active, code)
	refused(t, b, code, code)
	for _, path := range []string{"/enter", "/enter/" + code} {
		if a := b.Post(path, "code", code); !oneOf(a.Status, 404, 422) {
			t.Errorf("%s: %d %q", path, a.Status, a.Location)
		}
	}
	want(t, b.Get("/signin/second"), 303, "/signin?next=%2Fsignin%2Fsecond")
	want(t, b.Post("/signin/second", "code", code), 303, "/signin")
	if b.Cookie("loquet") != "" {
		t.Error("it opened something")
	}
	codesLeft(t, f, credential.PrintedCodes)
	// The secret of a letter is no second proof either.
	temporary := asks(t, f, b, storetest.Active, claire)
	c := pends(t, f, storetest.Active, before)
	again(t, c, "/signin/second", "code", temporary)
	want(t, b.Post("/signin", "identifier", storetest.Active, "password", temporary), 303, "/signin/second")
	again(t, b, "/signin/second", "code", temporary)
	want(t, b.Post("/signin/second", "code", code), 303, "/renew")
	d := pends(t, f, storetest.Active, before)
	again(t, d, "/signin/second", "code", code) // spent by the recovery
	refused(t, f.Browser(t, town), storetest.Active, code)
	if n := written(t, f, audit.SecretUsed); n != 1 {
		t.Errorf("one sign-in has spent %d secrets", n)
	}
	codesLeft(t, f, credential.PrintedCodes-1)
}

// TestATK066ACodeIsSpentWithTheSessionThatItOpens: where nothing opens, nothing is spent.
func TestATK066ACodeIsSpentWithTheSessionThatItOpens(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		for _, stop := range []func(b *housetest.Browser){
			func(*housetest.Browser) {
				becomes(t, f, storetest.Active, account.Locked)
				f.Clock.Advance(time.Second)
			},
			func(b *housetest.Browser) { want(t, b.Clone().Post("/signout"), 303, "/signin") },
			func(*housetest.Browser) { f.Clock.Advance(session.SecondLasts) },
		} {
			b := pends(t, f, storetest.Active, before)
			stop(b)
			want(t, b.Post("/signin/second", "code", p.codes[0]), 303, "/signin")
			want(t, b.Get("/home"), 303, "/signin")
			becomes(t, f, storetest.Active, account.Active)
			f.Clock.Advance(time.Second)
		}
		codesLeft(t, f, credential.PrintedCodes)
		b := pends(t, f, storetest.Active, before)
		want(t, b.Post("/signin/second", "code", p.codes[0]), 303, "/home")
	})
}

// TestATK038WhatWaitsEndsWithItsFirstProof changes the password, takes it away, and renews it, while somebody who knew
// it waits at the second page; an app and codes that were replaced are over as well.
func TestATK038WhatWaitsEndsWithItsFirstProof(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	waiting := pends(t, f, storetest.Active, before)
	want(t, p.b.Post("/account/password", "current_password", before, "new_password", chosen, "confirm_password", chosen),
		303, "/account")
	want(t, waiting.Post("/signin/second", "code", p.codes[0]), 303, "/signin")

	waiting = pends(t, f, storetest.Active, chosen)
	replaced, codes := p.app, p.codes
	p.app, p.codes = f.AddApp(t, p.b), f.PrintCodes(t, p.b)
	f.Clock.Advance(time.Minute)
	again(t, waiting, "/signin/second", "code", replaced.Code(0))
	again(t, waiting, "/signin/second", "code", codes[0])
	want(t, waiting.Post("/signin/second", "code", p.app.Code(0)), 303, "/home")

	waiting = pends(t, f, storetest.Active, chosen)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	want(t, b.Post("/signin", "identifier", storetest.Active, "password", temporary), 303, "/signin/second")
	want(t, b.Post("/signin/second", "code", p.codes[1]), 303, "/renew")
	renews(t, b, before)
	want(t, waiting.Post("/signin/second", "code", p.codes[2]), 303, "/signin")

	waiting = pends(t, f, storetest.Active, before)
	b = f.Browser(t, town)
	want(t, b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device)), 303, "/home")
	want(t, b.Post("/account/factors", "do", "remove-password"), 303, "/account/factors")
	want(t, waiting.Post("/signin/second", "code", p.codes[2]), 303, "/signin")
	codesLeft(t, f, credential.PrintedCodes-1)
}
