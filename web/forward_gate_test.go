package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"loquet/application"
	"loquet/audit"
	"loquet/config"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// wikiHost is where an application of the town stands behind a proxy.
const wikiHost = "wiki.localhost:9000"

// gate is a house with a proxy before an application: these tests are the proxy.
type gate struct {
	t testing.TB
	*housetest.Fixture
	wiki application.Application
	held string // cookie of the application, of the browser that inside opened last
}

func openGate(t testing.TB, db *store.DB, change ...func(*application.Application)) *gate {
	t.Helper()
	f := housetest.New(t, db, func(s *config.Settings) { s.TrustedProxies = []string{"127.0.0.1"} })
	g := &gate{t: t, Fixture: f}
	g.wiki = g.registers(f.Town, "http://"+wikiHost+"/", change...)
	knows(t, f, storetest.Active, before)
	return g
}

func quickGate(t testing.TB, change ...func(*application.Application)) *gate {
	t.Helper()
	return openGate(t, storetest.Open(t, storetest.SQLite(t)), change...)
}

// registers lets an application behind a proxy in.
func (g *gate) registers(
	o organisation.Organisation, address string, change ...func(*application.Application),
) application.Application {
	g.t.Helper()
	a := application.Application{
		ID: application.NewID(), Organisation: o.ID, Name: "Wiki", URL: address, Kind: application.Forward,
		Template: application.AnyForward, Own: true, Signs: application.RS256, Created: g.Clock.Now(),
	}
	for _, c := range change {
		c(&a)
	}
	note := audit.Entry{Organisation: o.ID, At: a.Created, Act: audit.ApplicationAdded, Actor: audit.System, Detail: a.Name}
	if err := g.DB.AddApplication(g.t.Context(), a, note); err != nil {
		g.t.Fatal(err)
	}
	kept, err := g.DB.Application(g.t.Context(), o.ID, a.ID)
	if err != nil {
		g.t.Fatal(err)
	}
	return kept
}

// asks asks about a request as a proxy does that redirects browsers (Caddy, Traefik), with the cookies that a browser has
// for the application's host. More headers are names and values in turn.
func (g *gate) asks(b *housetest.Browser, path string, headers ...string) housetest.Answer {
	g.t.Helper()
	return g.led(b, "GET", "/forward-auth", append([]string{"X-Forwarded-Uri", path}, headers...)...)
}

// led asks Loquet for a path as a proxy before the application does.
func (g *gate) led(b *housetest.Browser, method, path string, headers ...string) housetest.Answer {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+wikiHost+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	r.Host = town
	r.Header.Set("X-Forwarded-Host", wikiHost)
	r.Header.Set("X-Forwarded-Proto", "http")
	r.Header.Set("Accept", "text/html")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.Do(r)
}

// follows goes where an answer leads, through the proxy where it is the application's host.
func (g *gate) follows(b *housetest.Browser, a housetest.Answer) housetest.Answer {
	g.t.Helper()
	if a.Status != http.StatusSeeOther {
		g.t.Fatalf("it leads nowhere: %d %s", a.Status, a.Body)
	}
	if rest, ok := strings.CutPrefix(a.Location, "http://"+wikiHost); ok {
		return g.led(b, "GET", rest)
	}
	return b.Get(a.Location)
}

// dance leads a browser that is signed in, or signs in on its way, into the application.
func (g *gate) dance(b *housetest.Browser, path string) housetest.Answer {
	g.t.Helper()
	start := g.asks(b, path)
	enter := g.follows(b, start)
	code := g.follows(b, enter)
	if strings.HasPrefix(code.Location, "/signin") {
		next := code.Location[strings.Index(code.Location, "next=")+len("next="):]
		next, _ = url.QueryUnescape(next)
		code = g.follows(b, b.Post("/signin", "identifier", storetest.Active, "password", before, "next", next))
	}
	return g.follows(b, code)
}

// inside opens a browser that has entered the application.
func (g *gate) inside() *housetest.Browser {
	g.t.Helper()
	b := g.Browser(g.t, town)
	entered := g.dance(b, "/page?a=1")
	want(g.t, entered, 303, "/page?a=1")
	g.held, _, _ = strings.Cut(entered.Header.Get("Set-Cookie"), ";")
	want(g.t, g.asks(b, "/page"), 200, "")
	return b
}

// barred wants an answer that lets nobody through and names nobody.
func (g *gate) barred(a housetest.Answer, status int) {
	g.t.Helper()
	if a.Status != status {
		g.t.Errorf("%d, want %d", a.Status, status)
	}
	for name := range a.Header {
		if strings.HasPrefix(name, "X-Auth-Request-") {
			g.t.Errorf("%d: %s is told", a.Status, name)
		}
	}
}
