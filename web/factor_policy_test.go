package web_test

import (
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

const aWeek = 7 * 24 * time.Hour

// leadsToSetUp wants a sign-in to open the pages that set up a second proof, and nothing else.
func leadsToSetUp(t *testing.T, b *housetest.Browser, identifier string) {
	t.Helper()
	want(t, b.Post("/signin", "identifier", identifier, "password", before, "next", "/account"), 303, "/account/factors")
	want(t, b.Get("/home"), 303, "/account/factors")
}

// TestC4TheGraceRunsFromTheFirstQuestion follows the policy of the Gérants and agents over its whole time.
func TestC4TheGraceRunsFromTheFirstQuestion(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		f.Clock.Advance(aWeek) // nobody has signed in: nothing runs
		demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn, Grace: aWeek})
		b := inside(t, f, storetest.Active)
		asked := f.Clock.Now()
		for _, path := range []string{"/home", "/account/factors"} {
			if page := b.Get(path); page.Status != 200 || !strings.Contains(page.Body, "Avant le ") {
				t.Errorf("%s does not say by when: %d", path, page.Status)
			}
		}
		f.Clock.Advance(aWeek - time.Second)
		enters(t, b, storetest.Active, before)
		if kept := storetest.Person(t, f.DB, f.Town, storetest.Active).Factors.Asked; !kept.Equal(asked) {
			t.Errorf("the grace began anew: %v, want %v", kept, asked)
		}
		f.Clock.Advance(time.Second)
		in(t, b) // what is open stays open: it is asked at the next sign-in
		late := f.Browser(t, town)
		leadsToSetUp(t, late, storetest.Active)
		closed(t, late, "/account/factors")
		setUp := late.Get("/account/factors")
		if setUp.Status != 200 || !strings.Contains(setUp.Body, "/account/factors/app") ||
			!strings.Contains(setUp.Body, `action="/signout"`) {
			t.Errorf("the page that sets it up: %d", setUp.Status)
		}
		app := f.AddApp(t, late)
		if page := late.Get("/home"); page.Status != 200 || strings.Contains(page.Body, "Avant le ") {
			t.Errorf("home afterwards: %d", page.Status)
		}
		sure(t, f, late, session.Two, "pwd otp mfa")
		want(t, b.Get("/home"), 303, "/signin")
		c := pends(t, f, storetest.Active, before)
		want(t, c.Post("/signin/second", "code", app.Next()), 303, "/home")
	})
}

// TestC4TheWishToStaySurvivesTheSetUp asks to be remembered, and is once the second proof is there.
func TestC4TheWishToStaySurvivesTheSetUp(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	b := f.Browser(t, town)
	a := b.Post("/signin", "identifier", storetest.Active, "password", before, "remember", "1")
	want(t, a, 303, "/account/factors")
	if c := setCookie(a)["loquet"]; time.Duration(c.MaxAge)*time.Second > session.SetUpLasts {
		t.Errorf("half a session is kept for %d s", c.MaxAge)
	}
	f.AddApp(t, b)
	if s := holds(t, f, b); !s.Remembered || s.Until.Sub(f.Clock.Now()) != organisation.LongestRemember {
		t.Errorf("remembered %v, until %v", s.Remembered, s.Until)
	}
	f.Clock.Advance(session.RotateAfter)
	held := b.Cookie("loquet")
	in(t, b)
	if b.Cookie("loquet") == held {
		t.Error("its token does not change")
	}
}

func TestC4WithoutGraceTheNextSignInSetsItUp(t *testing.T) {
	f := open(t)
	was := inside(t, f, storetest.Active)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	in(t, was)
	b := f.Browser(t, town)
	leadsToSetUp(t, b, storetest.Active)
	device := housetest.Device(town)
	f.AddPasskey(t, b, device)
	in(t, b)
	want(t, was.Get("/home"), 303, "/signin")
	c := pends(t, f, storetest.Active, before)
	want(t, c.Post("/signin/second", "answer", housetest.SaySecond(t, c, device)), 303, "/home")
	for what, fields := range map[string][]string{
		"the last proof": {"do", "remove-passkey", "id", factorsOf(t, f, storetest.Active).Passkeys[0].ID},
		"the question":   {"do", "second-off"},
	} {
		a := again(t, c, "/account/factors", fields...)
		if !strings.Contains(a.Body, "Votre organisation demande la double vérification\u00a0: ajoutez d’abord") {
			t.Errorf("%s is refused without a word", what)
		}
	}
}

// TestC4AtOnceReachesOpenSessions: without a second proof it is led to set one up; with one and a single proof given,
// it is out; with both it goes on.
func TestC4AtOnceReachesOpenSessions(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		none, one := inside(t, f, storetest.Active), inside(t, f, storetest.Father)
		both, device := withPasskey(t, f, storetest.Father)
		f.Clock.Advance(session.Fresh)
		demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtOnce})

		want(t, one.Get("/home"), 303, "/signin")
		if page := one.Get("/signin"); page.Status != 200 || !strings.Contains(page.Body, "Votre connexion est terminée") {
			t.Errorf("the sign-in page afterwards: %d", page.Status)
		}
		if page := both.Get("/home"); page.Status != 200 {
			t.Errorf("with both proofs: %d %q", page.Status, page.Location)
		}
		c := pends(t, f, storetest.Father, before)
		want(t, c.Post("/signin/second", "answer", housetest.SaySecond(t, c, device)), 303, "/home")

		closed(t, none, "/account/factors")
		setup, app := f.StartApp(t, none)
		if a := none.Post("/account/factors/app", "setup", setup, "code", app.Code(0)); a.Status != 422 {
			t.Errorf("set up by an old session without a fresh proof: %d %q", a.Status, a.Location)
		}
		a := none.Post("/account/factors/app", "setup", setup, "code", app.Code(0), "current_password", before)
		want(t, a, 303, "/account/factors/codes")
		in(t, none)
		sure(t, f, none, session.Two, "pwd otp mfa")
	})
}

// TestATK034AReplacedTokenIsAskedAtOnceToo comes back with the token before the last, which still serves while its
// successor may have been lost (ATK-037).
func TestATK034AReplacedTokenIsAskedAtOnceToo(t *testing.T) {
	for _, later := range []time.Duration{0, session.Overlap} {
		f := open(t)
		withPasskey(t, f, storetest.Father)
		knows(t, f, storetest.Active, before)
		none, one := f.Browser(t, town), f.Browser(t, town)
		stays(t, none, storetest.Active, before)
		stays(t, one, storetest.Father, before)
		oldNone, oldOne := none.Clone(), one.Clone()
		f.Clock.Advance(session.RotateAfter)
		for b, old := range map[*housetest.Browser]*housetest.Browser{none: oldNone, one: oldOne} {
			if a := b.Get("/home"); a.Status != 200 || b.Cookie("loquet") == old.Cookie("loquet") {
				t.Fatalf("the token has not changed: %d", a.Status)
			}
		}
		demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtOnce})
		f.Clock.Advance(later)
		for range 3 {
			want(t, oldNone.Get("/home"), 303, "/account/factors")
			if page := oldNone.Get("/account/factors"); page.Status != 200 {
				t.Errorf("the page that sets it up: %d %q", page.Status, page.Location)
			}
			want(t, oldOne.Get("/home"), 303, "/signin")
		}
		want(t, one.Get("/home"), 303, "/signin")
		if later == 0 {
			continue // what changes something wants the token in force
		}
		setup, app := f.StartApp(t, oldNone)
		a := oldNone.Post("/account/factors/app", "setup", setup, "code", app.Code(0), "current_password", before)
		want(t, a, 303, "/account/factors/codes")
		in(t, oldNone)
	}
}

// TestC4WhereNothingIsOffered leads nobody to a second proof; one that exists goes on being asked for.
func TestC4WhereNothingIsOffered(t *testing.T) {
	f := open(t)
	const offer = `href="/account/factors/passkey"`
	b := inside(t, f, storetest.Active)
	if !strings.Contains(b.Get("/home").Body, offer) {
		t.Error("the offer is not there to begin with")
	}
	app := f.AddApp(t, b)
	knows(t, f, storetest.Father, before)
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.NotOffered})
	c := f.Browser(t, town)
	enters(t, c, storetest.Father, before)
	if page := c.Get("/home"); page.Status != 200 || strings.Contains(page.Body, offer) {
		t.Errorf("home offers what is not offered: %d", page.Status)
	}
	d := pends(t, f, storetest.Active, before)
	want(t, d.Post("/signin/second", "code", app.Next()), 303, "/home")
}

// TestC4AnAgentTakesAwayWhatAFamilyHasLost resets a family's proofs: the password, or a letter, is enough again.
func TestC4AnAgentTakesAwayWhatAFamilyHasLost(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	waiting := pends(t, f, storetest.Active, before)
	agent := inside(t, f, storetest.Agent)
	path := "/settings/users/" + storetest.Person(t, f.DB, f.Town, storetest.Active).ID
	f.Quiet(t)
	count := f.Catcher.Total()
	want(t, agent.Post(path+"/factors", "version", shownVersion(t, agent.Get(path).Body)), 303, path)
	if has := factorsOf(t, f, storetest.Active); len(has.Passkeys) > 0 || has.App != nil || len(has.Codes) > 0 {
		t.Error("something is left")
	}
	if l := f.Letter(t, claire, count); !strings.Contains(l.Text, "Nadia Benali") {
		t.Errorf("the letter:\n%s", l.Text)
	}
	want(t, p.b.Get("/home"), 303, "/signin")
	want(t, waiting.Post("/signin/second", "code", p.codes[0]), 303, "/signin")
	b := f.Browser(t, town)
	if a := b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device)); a.Status != 422 {
		t.Errorf("the passkey that was lost: %d %q", a.Status, a.Location)
	}
	enters(t, b, storetest.Active, before)
	recovers(t, f, f.Browser(t, town), storetest.Active, claire, chosen)
	if n := written(t, f, audit.FactorsReset); n != 1 {
		t.Errorf("the journal says it %d times", n)
	}
}
