package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

// TestATK043NoWayInLeadsElsewhere tries addresses that would lead a browser to another site, at each step.
func TestATK043NoWayInLeadsElsewhere(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	for _, evil := range []string{
		"//evil.example", `/\evil.example`, "https://evil.example", "/%09/evil.example", "/%5cevil.example", "evil.example",
		"/\tx", "javascript:alert(1)", "/%2f/evil.example", "", "/.loquet/start?to=/x",
	} {
		to := url.QueryEscape(evil)
		for _, path := range []string{"/.loquet/start?to=" + to, "/.loquet/enter?code=x&to=" + to} {
			a := g.led(b, "GET", path+"&application="+g.wiki.ID)
			if !strings.HasPrefix(a.Location, "http://"+town+"/forward-auth/enter?") || !strings.Contains(a.Location, "to=%2F&") &&
				!strings.HasSuffix(a.Location, "to=%2F") {
				t.Errorf("%s leads to %q", path, a.Location)
			}
		}
		a := b.Get("/forward-auth/enter?application=" + g.wiki.ID + "&state=" + strings.Repeat("a", 43) + "&to=" + to)
		g.Clock.Advance(time.Minute)
		if !strings.HasPrefix(a.Location, "http://"+wikiHost+"/.loquet/enter?") || !strings.HasSuffix(a.Location, "to=%2F") {
			t.Errorf("the portal leads %q to %q", evil, a.Location)
		}
		if a := g.asks(g.Browser(t, town), evil); strings.Contains(a.Location, "evil") {
			t.Errorf("the proxy is told %q", a.Location)
		}
	}
}

// TestATK059WhatCannotBeReadIsNobody sends broken cookies, as authentik once took for somebody without a name.
func TestATK059WhatCannotBeReadIsNobody(t *testing.T) {
	g := quickGate(t)
	name := "loquet-" + g.wiki.ID
	for _, value := range []string{
		"", "x", `"`, "=", strings.Repeat("A", 52), strings.Repeat("A", 43), strings.Repeat("x", 4000), "%00", "\u00e9", "a b, c;",
	} {
		for _, cookie := range []string{name, "loquet", "loquet-app"} {
			b := g.Browser(t, town)
			g.barred(g.asks(b, "/", "Cookie", cookie+"="+value, "Accept", "*/*"), 401)
			g.barred(asked(t, b, "GET", "/forward-auth", "", "Cookie", cookie+"="+value), 401)
			g.barred(g.asks(b, "/", "Authorization", "Basic MzgxNjI6eA==", "Accept", "*/*"), 401)
		}
	}
	b := g.inside()
	g.barred(asked(t, b, "GET", "/forward-auth", "", "X-Forwarded-For", "not an address", "Cookie", "loquet="+b.Cookie("loquet")), 401)
}

// TestATK060OnlyTrustedProxiesAreBelieved sends what a proxy says from another address.
func TestATK060OnlyTrustedProxiesAreBelieved(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	enters(t, b, storetest.Active, before)
	g.Web.Config.TrustedProxies = nil
	for _, name := range []string{
		"X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Proto", "X-Original-Url", "X-Original-Method",
		"Forwarded", "X-Forwarded-Prefix",
	} {
		g.barred(asked(t, b, "GET", "/forward-auth", "", name, "/", "Cookie", "loquet="+b.Cookie("loquet")), 401)
	}
	a := g.asks(b, "/page")
	g.barred(a, 401)
	if a.Location != "" {
		t.Errorf("it leads to %s", a.Location)
	}
	for _, path := range []string{"/.loquet/start?to=/", "/.loquet/enter?code=x&to=/", "/.loquet/signout?to=/"} {
		if a := g.led(b, "GET", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	if lines := strings.Count(g.Log.String(), "trusted_proxies"); lines != 1 {
		t.Errorf("the log says it %d times in a minute", lines)
	}
	g.Clock.Advance(time.Minute)
	g.asks(b, "/page")
	if lines := strings.Count(g.Log.String(), "trusted_proxies"); lines != 2 {
		t.Errorf("the log says it %d times in two minutes", lines)
	}
}

// TestATK060WhatTheBrowserAddsIsNotBelieved adds to what a trusted proxy sets.
func TestATK060WhatTheBrowserAddsIsNotBelieved(t *testing.T) {
	g := quickGate(t)
	g.registers(g.Town, "http://open.localhost:9000/", func(a *application.Application) { a.Name = "Open" })
	g.Clock.Advance(time.Second)
	b := g.inside()
	for _, added := range [][]string{
		{"X-Original-Url", "http://open.localhost:9000/page"}, {"X-Original-Url", "http://" + wikiHost + "/else"},
		{"X-Original-Url", "/else"}, {"X-Original-Url", "http:"}, {"X-Forwarded-Host", "open.localhost:9000"},
		{"X-Forwarded-Host", wikiHost + ",open.localhost:9000"}, {"X-Forwarded-Host", "unknown.localhost:9000"},
	} {
		if a := g.asks(b, "/page", added...); a.Status == 200 {
			t.Errorf("%v: let in", added)
		}
	}
	g.barred(g.asks(b, "/page", "X-Forwarded-Host", "unknown.localhost:9000"), 403)
}

// TestATK061NoProgramIsLetInByItsName names programs that watch whether a page answers.
func TestATK061NoProgramIsLetInByItsName(t *testing.T) {
	g := quickGate(t)
	for _, agent := range []string{"GoogleHC/1.0", "kube-probe/1.29", "ELB-HealthChecker/2.0", "Uptime-Kuma/1.23", "curl/8"} {
		g.barred(g.asks(g.Browser(t, town), "/", "User-Agent", agent, "Accept", "*/*"), 401)
		g.barred(asked(t, g.Browser(t, town), "GET", "/forward-auth", "", "User-Agent", agent), 401)
	}
}

// TestATK063AmbiguousPathsAreRefused asks for paths below an application that guards a part of a host.
func TestATK063AmbiguousPathsAreRefused(t *testing.T) {
	g := quickGate(t, func(a *application.Application) { a.URL = "http://" + wikiHost + "/wiki/" })
	b := g.Browser(t, town)
	want(t, g.dance(b, "/wiki/page"), 303, "/wiki/page")
	want(t, g.asks(b, "/wiki/page"), 200, "")
	for _, path := range []string{
		"/", "/wikis", "/wiki/../admin", "/wiki/%2e%2e/admin", "/wiki/%2Fx", "/wiki//x", "/wiki/;x", `/wiki/\x`, "/Wiki/x",
	} {
		g.barred(g.asks(b, path), 403)
	}
}

// TestATK031OnlyAFullSessionOpensAnApplication signs in with what opens a renewal, and nothing else.
func TestATK031OnlyAFullSessionOpensAnApplication(t *testing.T) {
	g := quickGate(t)
	b := g.Browser(t, town)
	temporary := asks(t, g.Fixture, b, storetest.Active, claire)
	starts(t, b, storetest.Active, temporary)
	want(t, g.follows(b, g.follows(b, g.asks(b, "/"))), 303, "/renew")
	g.barred(asked(t, b, "GET", "/forward-auth", "", "Cookie", "loquet="+b.Cookie("loquet")), 401)
}

// TestATK032WhoMustRenewIsHeldThere asks it of somebody who has entered already, too.
func TestATK032WhoMustRenewIsHeldThere(t *testing.T) {
	g := quickGate(t)
	b := g.inside()
	note := audit.Entry{Organisation: g.Town.ID, At: g.Clock.Now(), Act: audit.AccountChanged, Actor: audit.System}
	person := storetest.Person(t, g.DB, g.Town, storetest.Active)
	if err := g.DB.SetMustRenew(t.Context(), g.Town.ID, person.ID, true, note); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(time.Second)
	a := g.asks(b, "/page")
	g.barred(a, 303)
	want(t, g.follows(b, g.follows(b, a)), 303, "/renew")
}

// TestATK038AnEndIsHonouredWithinASecond ends what an application's cookie rests on, in every way.
func TestATK038AnEndIsHonouredWithinASecond(t *testing.T) {
	for name, ends := range map[string]func(g *gate, b *housetest.Browser){
		"sign-out": func(g *gate, b *housetest.Browser) { want(g.t, b.Post("/signout"), 303, "/signin") },
		"ATK-039 a disabled account": func(g *gate, _ *housetest.Browser) {
			becomes(g.t, g.Fixture, storetest.Active, account.Disabled)
		},
		"ATK-039 a locked account": func(g *gate, _ *housetest.Browser) {
			becomes(g.t, g.Fixture, storetest.Active, account.Locked)
		},
		"the application's own": func(g *gate, b *housetest.Browser) {
			want(g.t, g.led(b, "POST", "/.loquet/signout?application="+g.wiki.ID), 303,
				"http://"+town+"/forward-auth/leave?application="+g.wiki.ID+"&left=1")
		},
		"a revoked application": func(g *gate, _ *housetest.Browser) {
			note := audit.Entry{Organisation: g.Town.ID, At: g.Clock.Now(), Act: audit.ApplicationRevoked, Actor: audit.System}
			if err := g.DB.RevokeApplication(g.t.Context(), g.Town.ID, g.wiki.ID, note); err != nil {
				g.t.Fatal(err)
			}
		},
		"time": func(g *gate, _ *housetest.Browser) { g.Clock.Advance(24 * time.Hour) },
	} {
		g := quickGate(t)
		b := g.inside()
		second := g.Beside(t)
		second.Web.Config.TrustedProxies = g.Web.Config.TrustedProxies
		there := second.Browser(t, town)
		want(t, g.asks(there, "/page", "Cookie", g.held), 200, "") // another node has just read it
		ends(g, b)
		g.Clock.Advance(time.Second)
		g.barred(g.asks(there, "/page", "Cookie", g.held, "Accept", "*/*"), statusAfter(name))
		g.barred(g.asks(b, "/page", "Accept", "*/*"), statusAfter(name))
	}
}

// statusAfter gives what a proxy is told after an end.
func statusAfter(name string) int {
	if name == "a revoked application" {
		return http.StatusForbidden // nothing is guarded there any more
	}
	return http.StatusUnauthorized
}
