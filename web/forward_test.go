package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/oidc"
	"loquet/store"
	"loquet/store/storetest"
)

// TestOAU07TheWayIntoAnApplicationBehindAProxy goes it once, and reads what the application is told.
func TestOAU07TheWayIntoAnApplicationBehindAProxy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openGate(t, db)
		b := g.inside()
		a := g.asks(b, "/page", "X-Auth-Request-User", "somebody", "X-Auth-Request-Role", "agent")
		person := storetest.Person(t, g.DB, g.Town, storetest.Active)
		for name, value := range map[string]string{
			"User": person.ID, "Preferred-Username": "38162", "Email": claire, "Org": "famille", "Role": "famille",
		} {
			if got := a.Header.Values("X-Auth-Request-" + name); len(got) != 1 || got[0] != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		token := a.Header.Get("X-Auth-Request-Token")
		var claims struct {
			Issuer, Subject, Audience, SID string
			Expires, Issued                int64
		}
		read := map[string]any{}
		if err := g.OIDC.Verify(t.Context(), g.Town.ID, token, &read); err != nil {
			t.Fatal(err)
		}
		claims.Issuer, _ = read["iss"].(string)
		claims.Audience, _ = read["aud"].(string)
		claims.Subject, _ = read["sub"].(string)
		claims.SID, _ = read["sid"].(string)
		expires, _ := read["exp"].(float64)
		left := time.Unix(int64(expires), 0).Sub(g.Clock.Now())
		if claims.Issuer != "http://"+town || claims.Audience != g.wiki.ID || claims.Subject != person.ID || claims.SID == "" ||
			left <= 0 || left > 5*time.Minute || read["role"] != "famille" || read["acr"] != "aal1" {
			t.Errorf("the token says %v", read)
		}
		if again := g.asks(b, "/page").Header.Get("X-Auth-Request-Token"); again != token {
			t.Error("a token was signed for the next request")
		}
		g.Clock.Advance(2 * time.Minute)
		if again := g.asks(b, "/page").Header.Get("X-Auth-Request-Token"); again == token || again == "" {
			t.Error("a token is sent for longer than a minute")
		}
		g.Settle()
		if kept, _ := g.DB.Application(t.Context(), g.Town.ID, g.wiki.ID); kept.Used.IsZero() {
			t.Error("the application's last use is not known")
		}
	})
}

func TestABrowserIsLedInByAnyProxy(t *testing.T) {
	g := quickGate(t)
	b := g.Browser(t, town)
	start := "http://" + wikiHost + "/.loquet/start?application=" + g.wiki.ID + "&to=%2Fpage"
	want(t, g.asks(b, "/page"), 303, start)
	whole := "http://" + wikiHost + "/page"
	want(t, g.asks(b, "/page", "X-Original-Url", whole), 401, start)
	for _, other := range [][]string{
		{"Accept", "application/json"}, {"X-Forwarded-Method", "POST"}, {"X-Original-Method", "PUT"}, {"Sec-Fetch-Mode", "cors"},
	} {
		want(t, g.asks(b, "/page", other...), 401, "")
	}
	want(t, g.led(b, "HEAD", "/forward-auth", "X-Forwarded-Uri", "/page", "X-Forwarded-Method", "GET"), 303, start)
	if a := g.asks(g.inside(), "/page", "X-Original-Url", whole, "X-Forwarded-Method", "POST"); a.Status != 200 {
		t.Errorf("a form that somebody sends who is in: %d", a.Status)
	}
	if a := g.led(g.inside(), "DELETE", "/forward-auth"); a.Status != 200 {
		t.Errorf("by another method: %d", a.Status)
	}
}

// TestAnIdleApplicationClosesAndAUsedOneDoesNot comes back each quarter of an hour.
func TestAnIdleApplicationClosesAndAUsedOneDoesNot(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	limits := g.Town.Policy.LimitsFor(account.Famille)
	for range int(limits.Absolute/(limits.Idle/2)) - 1 {
		g.Clock.Advance(limits.Idle / 2)
		want(t, g.asks(b, "/page"), 200, "")
		g.Settle()
	}
	g.Clock.Advance(limits.Idle)
	g.barred(g.asks(b, "/page", "Accept", "*/*"), 401)
}

// TestLoginCSRFOfTheHandOver brings a code in a browser that has not asked for it.
func TestLoginCSRFOfTheHandOver(t *testing.T) {
	g := quickGate(t)
	thief, victim := g.Browser(t, town), g.Browser(t, town)
	enters(t, thief, storetest.Active, before)
	code := g.follows(thief, g.follows(thief, g.asks(thief, "/")))
	lost := g.follows(victim, code)
	if !strings.Contains(lost.Location, "lost=1") || victim.Cookie("loquet-"+g.wiki.ID) != "" {
		t.Errorf("a code entered without its nonce: %s", lost.Location)
	}
	g.follows(victim, g.asks(victim, "/")) // it now has a nonce, of its own
	if lost := g.follows(victim, code); !strings.Contains(lost.Location, "lost=1") {
		t.Errorf("a code entered with another nonce: %s", lost.Location)
	}
	g.barred(g.asks(victim, "/", "Accept", "*/*"), 401)
	if page := thief.Get(lost.Location); page.Status != 200 || !strings.Contains(page.Body, "Wiki") {
		t.Errorf("the page that says so: %d", page.Status)
	}
}

// TestACodeOfTheHandOverServesOnce has many browsers race for one code, on both engines, and brings it back later.
func TestACodeOfTheHandOverServesOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openGate(t, db)
		b := g.Browser(t, town)
		enters(t, b, storetest.Active, before)
		nonce := g.follows(b, g.asks(b, "/"))
		held := nonce.Header.Get("Set-Cookie")
		held, _, _ = strings.Cut(held, ";")
		code := g.follows(b, nonce)
		path := strings.TrimPrefix(code.Location, "http://"+wikiHost)
		var won sync.Map
		var race sync.WaitGroup
		for n := range 4 {
			other := g.Browser(t, town)
			race.Go(func() {
				if a := g.led(other, "GET", path, "Cookie", held); strings.Contains(a.Header.Get("Set-Cookie"), "loquet-app") {
					won.Store(n, a.Header.Get("Set-Cookie"))
				}
			})
		}
		race.Wait()
		var cookies []string
		won.Range(func(_, c any) bool { cookies = append(cookies, c.(string)); return true }) //nolint:forcetypeassert // strings only
		if len(cookies) != 1 {
			t.Fatalf("%d of 4 won", len(cookies))
		}
		if lost := g.led(b, "GET", path); !strings.Contains(lost.Location, "lost=1") {
			t.Errorf("it served again: %s", lost.Location)
		}
		g.Clock.Advance(time.Second)
		for _, cookie := range cookies {
			cookie, _, _ = strings.Cut(cookie, ";")
			g.barred(g.asks(b, "/", "Cookie", cookie, "Accept", "*/*"), 401) // what it had opened is closed
		}
	})
}

// TestTheBrowserThatHasUsedACodeMayGoBack brings a code again in the browser that has its cookie.
func TestTheBrowserThatHasUsedACodeMayGoBack(t *testing.T) {
	g := quickGate(t)
	b := g.Browser(t, town)
	enters(t, b, storetest.Active, before)
	code := g.follows(b, g.follows(b, g.asks(b, "/page")))
	want(t, g.follows(b, code), 303, "/page")
	want(t, g.follows(b, code), 303, "/page")
	want(t, g.asks(b, "/page"), 200, "")
	late := g.Browser(t, town)
	enters(t, late, storetest.Active, before)
	code = g.follows(late, g.follows(late, g.asks(late, "/page")))
	g.Clock.Advance(time.Minute)
	if lost := g.follows(late, code); !strings.Contains(lost.Location, "lost=1") {
		t.Errorf("a code of a minute ago served: %s", lost.Location)
	}
}

// TestACodeAndACookieOpenTheirOwnApplicationOnly takes both to another application, and to another organisation.
func TestACodeAndACookieOpenTheirOwnApplicationOnly(t *testing.T) {
	g := quickGate(t)
	blog := g.registers(g.Town, "http://blog.localhost:9000/")
	g.registers(g.School, "http://wiki.school.localhost:9000/")
	g.Clock.Advance(time.Second)
	b := g.Browser(t, town)
	enters(t, b, storetest.Active, before)
	start := g.follows(b, g.asks(b, "/"))
	nonce, _, _ := strings.Cut(start.Header.Get("Set-Cookie"), ";")
	code := g.follows(b, start)
	path := strings.TrimPrefix(strings.Replace(code.Location, g.wiki.ID, blog.ID, 1), "http://"+wikiHost)
	a := g.led(b, "GET", path, "X-Forwarded-Host", "blog.localhost:9000", "Cookie", nonce)
	if !strings.Contains(a.Location, "lost=1") {
		t.Errorf("a code served another application: %s", a.Location)
	}
	token := cookieOf(g.follows(b, code))
	want(t, g.asks(g.Browser(t, town), "/", "Cookie", "loquet-"+g.wiki.ID+"="+token), 200, "")
	g.barred(g.asks(g.Browser(t, town), "/", "X-Forwarded-Host", "blog.localhost:9000", "Cookie", "loquet-"+blog.ID+"="+token,
		"Accept", "*/*"), 401)
	abroad, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+school+"/forward-auth", nil)
	if err != nil {
		t.Fatal(err)
	}
	abroad.Header.Set("X-Forwarded-Host", wikiHost)
	abroad.Header.Set("X-Forwarded-Uri", "/")
	abroad.Header.Set("Cookie", "loquet-"+g.wiki.ID+"="+token)
	g.barred(g.Browser(t, school).Do(abroad), 403)
}

// cookieOf gives the value of the application's cookie that an answer sets.
func cookieOf(a housetest.Answer) string {
	_, value, _ := strings.Cut(a.Header.Get("Set-Cookie"), "=")
	value, _, _ = strings.Cut(value, ";")
	return value
}

// TestTheRuleOfAnApplicationBehindAProxy lets in whom it is for, and tells others why.
func TestTheRuleOfAnApplicationBehindAProxy(t *testing.T) {
	g := quickGate(t, func(a *application.Application) { a.Rule.Roles = []account.Role{account.Agent} })
	b := g.Browser(t, town)
	enters(t, b, storetest.Active, before)
	closed := g.follows(b, g.follows(b, g.asks(b, "/")))
	if closed.Status != 403 || !strings.Contains(closed.Body, "Wiki") {
		t.Errorf("%d", closed.Status)
	}
	second := quickGate(t, func(a *application.Application) { a.Rule.Second = true })
	b = second.Browser(t, town)
	enters(t, b, storetest.Active, before)
	closed = second.follows(b, second.follows(b, second.asks(b, "/")))
	if closed.Status != 403 || !strings.Contains(closed.Body, "/account/factors") {
		t.Errorf("%d", closed.Status)
	}
}

// TestARuleThatNarrowsPutsOut changes whom an application is for while somebody is in.
func TestARuleThatNarrowsPutsOut(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	g.wiki.Rule.Roles = []account.Role{account.Agent}
	note := audit.Entry{Organisation: g.Town.ID, At: g.Clock.Now(), Act: audit.ApplicationChanged, Actor: audit.System}
	if err := g.DB.ChangeApplication(t.Context(), g.wiki, note); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(time.Second)
	g.barred(g.asks(b, "/page", "Accept", "*/*"), 403)
	if closed := g.follows(b, g.follows(b, g.asks(b, "/page"))); closed.Status != 403 {
		t.Errorf("the page that says why: %d", closed.Status)
	}
}

// TestAnApplicationOnThePortalsOwnHost is let in by the portal's cookie, without a hand-over.
func TestAnApplicationOnThePortalsOwnHost(t *testing.T) {
	g := quickGate(t, func(a *application.Application) { a.URL = "http://" + town + "/wiki/" })
	b := g.Browser(t, town)
	asks := func() housetest.Answer {
		return asked(t, b, "GET", "/forward-auth", "", "X-Forwarded-Host", town, "X-Forwarded-Uri", "/wiki/page", "Accept",
			"text/html", "Cookie", "loquet="+b.Cookie("loquet"))
	}
	enter := "http://" + town + "/forward-auth/enter?application=" + g.wiki.ID + "&to=%2Fwiki%2Fpage"
	want(t, asks(), 303, enter)
	enters(t, b, storetest.Active, before)
	want(t, asks(), 200, "")
	want(t, b.Get(enter), 303, "http://"+town+"/wiki/page")
	g.barred(asked(t, b, "GET", "/forward-auth", "", "X-Forwarded-Host", town, "X-Forwarded-Uri", "/wiki/../settings", "Cookie",
		"loquet="+b.Cookie("loquet")), 403)
	plain := asked(t, b, "GET", "/forward-auth", "", "Cookie", "loquet="+b.Cookie("loquet"))
	if plain.Status != 200 || plain.Header.Get("X-Auth-Request-User") == "" || plain.Header.Get("X-Auth-Request-Token") == "" {
		t.Errorf("asked without a proxy: %d %v", plain.Status, plain.Header)
	}
}

// TestASignInThatLeadsToAnApplicationMayLeadThere reads the policy of the sign-in page: browsers look at redirects after
// a form.
func TestASignInThatLeadsToAnApplicationMayLeadThere(t *testing.T) {
	g := quickGate(t)
	b := g.Browser(t, town)
	signin := g.follows(b, g.follows(b, g.asks(b, "/")))
	page := b.Get(signin.Location)
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http://"+wikiHost+";") {
		t.Errorf("the policy is %s", csp)
	}
	if !strings.Contains(page.Body, "Pour entrer dans Wiki, identifiez-vous.") {
		t.Error("the page does not say what it opens")
	}
}

// TestAnApplicationThatNeverKeepsItsCookieIsNamed goes in circles (H6).
func TestAnApplicationThatNeverKeepsItsCookieIsNamed(t *testing.T) {
	g := quickGate(t)
	b := g.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for range 5 {
		if a := g.follows(b, g.follows(b, g.asks(b, "/"))); !strings.HasPrefix(a.Location, "http://"+wikiHost+"/.loquet/enter") {
			t.Fatalf("led to %s", a.Location)
		}
	}
	want(t, g.follows(b, g.follows(b, g.asks(b, "/"))), 303, "/repair?from=application&app="+url.QueryEscape(wikiHost))
}

func TestLeavingAnApplicationOffersThePortal(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	asks := g.led(b, "GET", "/.loquet/signout?application="+g.wiki.ID)
	page := g.follows(b, asks)
	if page.Status != 200 || !strings.Contains(page.Body, `action="/signout"`) {
		t.Errorf("%d", page.Status)
	}
	want(t, g.asks(b, "/page"), 200, "") // a link signs nobody out
	if a := g.led(b, "POST", "/.loquet/signout?application="+g.wiki.ID, "Sec-Fetch-Site", "cross-site"); a.Status != 403 {
		t.Errorf("another site signs people out: %d", a.Status)
	}
}

// away is a store that cannot read what proxies ask about.
type away struct {
	*store.DB
	err error
}

func (a away) GrantByToken(context.Context, string, string) (oidc.Held, error) {
	return oidc.Held{}, a.err
}

// TestAFailureLetsNobodyInAndSignsNobodyOut takes the database away.
func TestAFailureLetsNobodyInAndSignsNobodyOut(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	g.OIDC.Store = away{g.DB, errors.New("the disk is gone")}
	g.Clock.Advance(2 * time.Second)
	a := g.asks(b, "/page")
	g.barred(a, 503)
	if a.Header.Get("Retry-After") == "" || a.Location != "" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("%v", a.Header)
	}
	g.OIDC.Store = g.DB
	want(t, g.asks(b, "/page"), 200, "")
}
