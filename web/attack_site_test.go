package web_test

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

// TestATK041ATK042NoFormFromElsewhere posts to every route as other sites would, and as the portal's own pages do.
func TestATK041ATK042NoFormFromElsewhere(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	all := []string{
		"/", "/signin", "/signout", "/recover", "/identifier", "/enter", "/enter/x", "/renew", "/repair", "/home", "/help",
		"//signin", "/signin/", "/nowhere", "/assets/x/y", "/.well-known/change-password",
	}
	for _, path := range all {
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site", "Origin", "http://" + town},
			{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://autre.famille.localhost:8080"},
			{"Origin", "http://" + school}, {"Origin", "http://famille.localhost"}, {"Origin",
				"http://" + town + ".evil.example"},
		} {
			for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
				if a := asked(t, b, method, path, "identifier=38162", headers...); a.Status != 403 || len(setCookie(a)) != 0 {
					t.Errorf("%s %s with %v: %d, want 403", method, path, headers, a.Status)
				}
			}
		}
	}
	if a := b.Get("/home"); a.Status != 200 {
		t.Errorf("another site signed the person out: %d", a.Status)
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin",
		"http://" + town}, {}} {
		want(t, asked(t, f.Browser(t, town), "POST", "/recover", "identifier=39999", headers...), 303, "/recover/sent")
	}
	f.Quiet(t)
	if f.Catcher.Total() != 0 {
		t.Error("another site had a letter sent")
	}
}

// nexts says where a sign-in leads for each next= that stays on this site.
var nexts = map[string]string{
	"/account": "/account", "/settings?tab=2": "/settings?tab=2", "/help/@home": "/help/@home", "/a/../home": "/home",
	"/home?next=//evil.example": "/home?next=//evil.example", "/%C3%A9": "/%C3%A9", "/%ff": "/%ff",
	"/.//evil.example": "/evil.example", "/..//evil.example": "/evil.example", "/;//evil.example": "/;/evil.example",
	"/\u2028/evil.example": "/%e2%80%a8/evil.example", "/\u00a0/evil.example": "/%c2%a0/evil.example",
}

// nextsElsewhere would lead to another site, or nowhere; they lead home instead.
var nextsElsewhere = []string{
	"//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/%09/evil.example",
	"/\n/evil.example", "/%0a/evil.example", "/%0d%0aLocation:%20//evil.example", "/%2F/evil.example",
	"/%2f%2fevil.example",
	"/%5Cevil.example", "https://evil.example", "http:evil.example", "http://" + town + "@evil.example",
	"javascript:alert(1)",
	"data:text/html,x", "@evil.example", "\x00//evil.example", "/\x7f/evil.example", " //evil.example", "evil.example",
	"?next=//evil.example", "#//evil.example", "", "/" + strings.Repeat("a", 2000), "／／evil.example", "/%zz",
}

// TestATK043NextLeadsNowhereElse follows each redirect as a browser would.
func TestATK043NextLeadsNowhereElse(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	cases := maps.Clone(nexts)
	for _, next := range nextsElsewhere {
		cases[next] = "/home"
	}
	for next, location := range cases {
		a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", before, "next", next)
		want(t, a, 303, location)
		u, err := url.Parse(a.Location)
		if err != nil {
			t.Fatal(err)
		}
		landed := (&url.URL{Scheme: "http", Host: town, Path: "/signin"}).ResolveReference(u)
		if landed.Host != town || landed.Scheme != "http" {
			t.Errorf("next=%q leads to %s", next, landed)
		}
		page := f.Browser(t, town).Get("/signin?next=" + url.QueryEscape(next))
		if page.Status != 200 || nexts[next] == "" && strings.Contains(page.Body, "evil.example") {
			t.Errorf("the page keeps next=%q", next)
		}
		if en := f.Browser(t, town).Get("/signin?lang=en&next=" + url.QueryEscape(next)); !strings.HasPrefix(en.Location,
			"/signin") {
			t.Errorf("the language link of next=%q leads to %s", next, en.Location)
		}
	}
}

// TestATK043NoPathLeadsElsewhere asks for paths that careless redirects turn into other hosts.
func TestATK043NoPathLeadsElsewhere(t *testing.T) {
	f := open(t)
	for _, path := range []string{
		"//evil.example", "//evil.example/..", "//evil.example/%2e%2e", "/%2F/evil.example", "/%5Cevil.example",
		"/.//evil.example",
		"/home//..//evil.example", "//evil.example?", "/%0d%0aLocation:%20//evil.example", "/enter//evil.example",
		"//evil.example/signin",
	} {
		for _, suffix := range []string{"", "?lang=en", "?lang=en&x=//evil.example"} {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				line := method + " " + path + suffix + " HTTP/1.1\r\n"
				a := raw(t, f, line+"Host: "+town+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				location := a.Header.Get("Location")
				if u, err := url.Parse(location); err != nil || u.Host != "" || strings.HasPrefix(location, "//") ||
					strings.Contains(location, "\\") {
					t.Errorf("%s %s leads to %q", method, path+suffix, location)
				}
			}
		}
	}
}

// raw sends bytes as they are and gives the first answer.
func raw(t *testing.T, f *housetest.Fixture, request string) *http.Response {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", f.Server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the answer has been read
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	a, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	body, _ := io.ReadAll(a.Body) // cut off where the server refuses the request itself
	a.Body = io.NopCloser(strings.NewReader(string(body)))
	return a
}

func TestATK077ALookAlikeIdentifierIsNobody(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Agent, before)
	for _, typed := range []string{"АGENT.ENFANCE", "AGENT.ENFАNCE", "AGENT․ENFANCE", "AGENT.ENFANCE\u0301",
		"4GENT.ENFANCE", "AGENΤ.ENFANCE"} {
		refused(t, f.Browser(t, town), typed, before)
	}
	enters(t, f.Browser(t, town), "agent", before) // the alias
}

func TestATK079LongUnicodeIsAnsweredAtOnce(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for _, rune := range []string{"ﷺ", "\u0301", "e\u0301", "İ", "𝐀", "\u1e9b\u0323", "\u202e"} {
		long := strings.Repeat(rune, 15<<10/3/len(rune))
		started := time.Now()
		for _, path := range []string{"/signin", "/recover", "/identifier", "/enter"} {
			a := b.Post(path, "identifier", long, "password", long, "email", long+"@x.example", "code", long)
			if !oneOf(a.Status, 303, 413, 422) {
				t.Errorf("%s with %d × %q: %d", path, len(long)/len(rune), rune, a.Status)
			}
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%q took %v", rune, took)
		}
	}
}

func TestATK080NothingOfAPasswordIsCutOff(t *testing.T) {
	f := open(t)
	long := strings.Repeat("Tilleul9", 10) // 80 bytes
	knows(t, f, storetest.Active, long)
	f.SignIn.Limits.Typed = nil
	for _, near := range []string{long[:72], long + "\x00", long + "\x00x", "\x00" + long, long[:79] + "X", long + " ",
		long[:40] + "\x00" + long[40:]} {
		refused(t, f.Browser(t, town), storetest.Active, near)
	}
	enters(t, f.Browser(t, town), storetest.Active, long)
}

// TestATK086NothingSecretIsKept walks through everything and then searches the log and the journal.
func TestATK086NothingSecretIsKept(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	secrets := []string{recovers(t, f, b, storetest.Active, claire, chosen), chosen}
	enters(t, b, storetest.Active, chosen)
	secrets = append(secrets, b.Cookie("loquet"))
	for _, send := range []organisation.Send{organisation.SendLink, organisation.SendCode} {
		sends(t, f, send)
		l := letter(t, f, b, storetest.Active, claire)
		code := housetest.Secret(t, l)
		want(t, b.Post("/enter", "code", code), 303, "/renew")
		secrets = append(secrets, code, b.Cookie("loquet"))
		if send == organisation.SendLink {
			path := strings.TrimPrefix(housetest.Link(t, l), "http://"+town)
			b.Get(path)
			b.Post(path + "?code=" + code)
			secrets = append(secrets, strings.TrimPrefix(path, "/enter/"))
		}
	}
	wrong := "Mauvais-Mot-De-Passe-9"
	b.Post("/signin", "identifier", "INCONNU-7731", "password", wrong, "next", "/home")
	b.Post("/renew", "new_password", wrong+"1", "confirm_password", wrong+"2")
	b.Get("/signin?password=" + wrong + "&identifier=INCONNU-7731")
	b.Post("/identifier", "email", claire)
	b.Post("/recover", "email", "inconnu-7731@evil.example")
	b.PostBody("/signin", "application/json", `{"password":"`+wrong+`"}`)
	b.Header.Set("User-Agent", "Mozilla/5.0 {\"level\":\"ERROR\"} "+wrong)
	b.Post("/recover/%0d%0aERROR", "identifier", storetest.Active)
	f.Quiet(t)
	f.Settle()
	f.Server.Close()
	secrets = append(secrets, wrong, "INCONNU-7731", "inconnu-7731@evil.example", claire, strings.ToUpper(claire))
	for _, kept := range []struct{ name, text string }{{"log", f.Log.String()}, {"journal", fmt.Sprintf("%+v", journal(t,
		f))}} {
		for _, secret := range secrets {
			if len(secret) < 8 || strings.Contains(kept.text, secret) ||
				strings.Contains(kept.text, strings.ReplaceAll(secret, "-", "")) {
				t.Errorf("the %s holds %q", kept.name, secret)
			}
		}
		if len(kept.text) < 1000 {
			t.Errorf("the %s is empty", kept.name)
		}
	}
	if err := f.DB.VerifyJournal(t.Context(), f.Town.ID); err != nil {
		t.Error(err)
	}
}

func TestATK088AClockSetBackRevivesNothing(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	temporary := asks(t, f, b, storetest.Active, claire)
	f.Clock.Advance(-time.Hour)
	closed(t, b, "/signin")
	refused(t, f.Browser(t, town), storetest.Active, temporary)
	f.Clock.Advance(time.Hour + 24*time.Hour)
	refused(t, f.Browser(t, town), storetest.Active, temporary)
}

// TestATK089OnlyTheBodyCounts sends fields in the address, twice, and requests whose end is unclear.
func TestATK089OnlyTheBodyCounts(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	if a := b.PostBody("/signin?identifier=38162&password="+before, form, ""); a.Status != 422 {
		t.Errorf("fields in the address: %d", a.Status)
	}
	if a := b.PostBody("/signin?password="+before, form, "identifier=38162&password=x"); a.Status != 422 {
		t.Errorf("a password in the address beside one in the body: %d", a.Status)
	}
	if a := b.Get("/signin?identifier=38162&password=" + before); a.Status != 200 || strings.Contains(a.Body, before) {
		t.Errorf("a GET with a password: %d", a.Status)
	}
	for _, body := range []string{
		"identifier=38162&password=x&password=" + before, "identifier=38162&identifier=38162&password=" + before,
		"identifier=38162;password=" + before, "identifier=38162&password=" + before + "&%zz",
		"identifier=38162&password=" + before + "&remember=1&remember=1",
	} {
		if a := b.PostBody("/signin", form, body); a.Status != 400 {
			t.Errorf("%s: %d, want 400", body, a.Status)
		}
	}
	head := "POST /recover HTTP/1.1\r\nHost: " + town + "\r\nContent-Type: " + form + "\r\n"
	for _, request := range []string{
		head + "Content-Length: 16\r\nContent-Length: 5\r\n\r\nidentifier=38162",
		head + "Content-Length: +16\r\n\r\nidentifier=38162", head + "Transfer-Encoding: xchunked\r\n\r\nidentifier=38162",
		head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nidentifier=38162\r\n0\r\n\r\n",
		head + "Content-Length : 16\r\n\r\nidentifier=38162", "POST /recover HTTP/1.1\r\nHost: " + town +
			"\r\nHost: evil.example\r\n\r\n",
	} {
		if a := raw(t, f, request); a.StatusCode < 400 || a.StatusCode == 500 {
			t.Errorf("%q: %d", request, a.StatusCode)
		}
	}
	f.Quiet(t)
	if f.Catcher.Total() != 0 {
		t.Error("an unclear request was heard")
	}
}

func TestATK091ATK084NoPuzzleAndNoFrame(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for range 12 {
		b.Post("/signin", "identifier", "39999", "password", "Faux-1")
	}
	pages := []housetest.Answer{b.Post("/signin", "identifier", "39999", "password", "Faux-1"), b.Post("/recover"),
		b.Get("/nowhere")}
	for _, path := range open200 {
		pages = append(pages, b.Get(path))
	}
	for _, p := range pages {
		for _, word := range []string{"captcha", "turnstile", "challenge", "<iframe", "je ne suis pas un robot"} {
			if strings.Contains(strings.ToLower(p.Body), word) {
				t.Errorf("a page has a puzzle or a frame: %s", word)
			}
		}
		csp := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "frame-ancestors 'none'") || p.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("a page may be framed: %s", csp)
		}
	}
}

func TestATK093NoSetupPage(t *testing.T) {
	f := open(t)
	for _, host := range []string{town, school, "localhost:8080"} {
		b := f.Browser(t, host)
		for _, path := range []string{"/setup", "/install", "/init", "/setup/", "/install.php", "/admin", "/first-run",
			"/api/setup", "/config", "/debug/pprof/"} {
			for _, a := range []housetest.Answer{b.Get(path), b.Post(path, "identifier", "ROOT", "password", chosen)} {
				if a.Status != 404 {
					t.Errorf("%s%s: %d, want 404", host, path, a.Status)
				}
			}
		}
	}
	if n := written(t, f, audit.AccountCreated); n != len(people(t, f)) {
		t.Errorf("%d accounts", n)
	}
}

func people(t *testing.T, f *housetest.Fixture) []account.Account {
	t.Helper()
	all, err := f.DB.Accounts(t.Context(), f.Town.ID, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
