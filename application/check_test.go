package application_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"loquet/account"
	"loquet/application"
)

// good is an application that may be let in.
func good() application.Application {
	return application.Application{
		ID: application.NewID(), Name: "Cantine", Kind: application.OpenID, URL: "https://cantine.example/", Tile: true,
		Redirects: []string{"https://cantine.example/retour"}, Signs: application.RS256,
	}
}

func guarded(url string) application.Application {
	return application.Application{Name: "Gestion", Kind: application.Forward, URL: url, Signs: application.RS256}
}

// wants checks an application as it is kept.
func wants(t *testing.T, a application.Application, want ...application.Refusal) {
	t.Helper()
	if found := application.Check(application.Clean(a), "https"); !slices.Equal(found, want) {
		t.Errorf("%+v: %q, want %q", a, found, want)
	}
}

// goodRedirects and badRedirects are of every application; publicRedirects of public ones only.
var (
	goodRedirects = []string{
		"https://cantine.example/retour", "https://cantine.example", "https://cantine.example:8443/a/b?c=d&e=f",
		"https://[2001:db8::1]/cb", "http://localhost:3000/cb", "http://app.localhost/cb", "http://127.0.0.1/cb",
		"http://127.8.9.10:51004/cb", "http://[::1]:8080/cb", "https://cantine.example/a%20b",
	}
	publicRedirects = []string{"com.example.app:/retour", "com.example.app://retour", "com.example.app:retour"}
	badRedirects    = []string{
		"cantine.example/retour", "/retour", "//cantine.example/retour", "https:///retour", "https:retour", "https://:443/",
		"https://cantine.example:/", "http://cantine.example/retour", "http://10.0.0.1/", "http://127.0.0.1.evil.example/",
		"http://localhost.evil.example/", "http://2130706433/", "http://[::ffff:8.8.8.8]/",
		"https://cantine.example/#x", "https://cantine.example/#", "https://user@cantine.example/", "https://a:b@cantine.example/",
		"https://*.example/retour", "https://cantine.example/*", "https://cantine.example/a/../b", "https://cantine.example/%2e%2e/b",
		"https://cantine.example/..%2fb", "https://cantine.example/./b", `https://cantine.example\@evil.example/`, `https:\\cantine.example/`,
		"https://cantine.example/%5c", "https://cantine.example/a b", "https://cantine.example/\x00", "https://cantine.example/%00",
		"https://cantine.example/%0d%0aSet-Cookie", "https://cantine%2eexample/", "https://exämple.example/", "https://cantine.example/é",
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "app:/retour", "https.example", "ftp://cantine.example/",
		"https://cantine.example/" + strings.Repeat("a", 500),
	}
)

// ATK-043, ATK-045: where a code may be sent (RFC 9700 §2.1, RFC 8252 §7).
func TestATK045Redirects(t *testing.T) {
	for _, public := range []bool{false, true} {
		with := func(address string) application.Application {
			a := good()
			a.Public, a.Redirects = public, []string{address}
			return a
		}
		for _, address := range goodRedirects {
			wants(t, with(address))
		}
		for _, address := range publicRedirects {
			if public {
				wants(t, with(address))
			} else {
				wants(t, with(address), application.RedirectUnfit)
			}
		}
		for _, address := range badRedirects {
			wants(t, with(address), application.RedirectUnfit)
			a := good()
			a.Public, a.LogoutRedirects = public, []string{"https://cantine.example/", address}
			wants(t, a, application.LogoutUnfit)
		}
	}
	a := good()
	a.Redirects = []string{" ", ""}
	wants(t, a, application.RedirectEmpty)
	for n := range 11 {
		a.Redirects = append(a.Redirects, "https://cantine.example/"+strings.Repeat("a", n))
	}
	a.LogoutRedirects = a.Redirects
	wants(t, a, application.RedirectsMany, application.LogoutsMany)
	a.Redirects, a.LogoutRedirects = a.Redirects[:12], nil
	wants(t, a)
}

// ATK-056, as far as a name can tell: the address that the portal calls by itself.
func TestATK056BackChannelAddress(t *testing.T) {
	for _, address := range badRedirects {
		a := good()
		a.BackChannel = address
		wants(t, a, application.BackUnfit)
	}
	a := good()
	a.Public, a.BackChannel = true, "com.example.app:/retour"
	wants(t, a, application.BackUnfit)
	a.BackChannel = "https://cantine.example/logout"
	wants(t, a)
}

// ATK-092: a name is read by people, in lists and on tiles.
func TestATK092Names(t *testing.T) {
	for name, want := range map[string][]application.Refusal{
		"Cantine & cie <3": nil, "Éloïse’s 日本": nil, strings.Repeat("é", 60): nil,
		"": {application.NameEmpty}, " \t ": {application.NameEmpty},
		strings.Repeat("é", 61): {application.NameUnfit}, "a\x00b": {application.NameUnfit}, "a\u202eb": {application.NameUnfit},
		"a\u200bb": {application.NameUnfit}, "a\xff": {application.NameUnfit},
	} {
		a := good()
		a.Name = name
		wants(t, a, want...)
	}
	a := good()
	a.About = strings.Repeat("x", 121)
	wants(t, a, application.AboutUnfit)
}

func TestTheRestOfAnApplication(t *testing.T) {
	for refusal, change := range map[application.Refusal]func(*application.Application){
		application.KindUnknown:     func(a *application.Application) { a.Kind = "saml" },
		application.URLEmpty:        func(a *application.Application) { a.URL = "" },
		application.URLUnfit:        func(a *application.Application) { a.URL = "javascript:alert(1)" },
		application.PublicNoPKCE:    func(a *application.Application) { a.Public, a.NoPKCE = true, true },
		application.PublicHasSecret: func(a *application.Application) { a.Public, a.Secret = true, "x" },
		application.SignsUnknown:    func(a *application.Application) { a.Signs = "none" },
		application.RoleUnknown:     func(a *application.Application) { a.Rule.Roles = []account.Role{"owner"} },
	} {
		a := good()
		change(&a)
		wants(t, a, refusal)
	}
	a := good()
	a.URL, a.Tile = "", false
	wants(t, a)
}

// ATK-063: what a proxy guards is a plain path, in one spelling.
func TestATK063Areas(t *testing.T) {
	for typed, kept := range map[string]string{
		"https://gestion.example":        "https://gestion.example/",
		"https://GESTION.example:443/a":  "https://gestion.example/a/",
		"https://gestion.example:8443/a": "https://gestion.example:8443/a/",
		" https://gestion.example/a/ ":   "https://gestion.example/a/",
	} {
		a := application.Clean(guarded(typed))
		if a.URL != kept {
			t.Errorf("%q is kept as %q, want %q", typed, a.URL, kept)
		}
		wants(t, a)
	}
	for _, area := range []string{
		"https://gestion.example/?x=1", "https://gestion.example/?", "https://gestion.example/a//b/", "https://gestion.example/a;b/",
		"https://gestion.example/a%20b/", "https://gestion.example/a%2fb/", "http://localhost:3000/",
	} {
		wants(t, guarded(area), application.AreaUnfit)
	}
	for _, none := range []string{"https://gestion.example/../", "https://gestion.example/#x", "gestion.example", "http://gestion.example/"} {
		wants(t, guarded(none), application.URLUnfit)
	}
	wants(t, guarded(""), application.URLEmpty)
	if found := application.Check(application.Clean(guarded("http://localhost:3000/")), "http"); len(found) > 0 {
		t.Errorf("a loopback area of a loopback portal: %q", found)
	}
}

// What is of OpenID alone is kept of nobody else, and cleaning twice changes nothing.
func TestCleanIsOnce(t *testing.T) {
	a := good()
	a.Kind, a.Public, a.Pairwise, a.Secret, a.BackChannel = application.Forward, true, true, "x", "https://x.example/"
	c := application.Clean(a)
	if len(c.Redirects) > 0 || c.Public || c.Pairwise || c.Secret != "" || c.BackChannel != "" || !c.Own {
		t.Errorf("%+v", c)
	}
	if again := application.Clean(c); again.URL != c.URL || again.Name != c.Name {
		t.Errorf("%+v, then %+v", c, again)
	}
}

// Every template gives an application that may be let in, with its address alone, and what the manager wrote stays.
func TestEveryTemplateIsLetIn(t *testing.T) {
	for _, s := range application.Templates {
		a := s.Fill(application.Application{Name: "X", URL: "https://x.example/sous/"})
		if s.Template == application.AnyOpenID {
			wants(t, a, application.RedirectEmpty)
			continue
		}
		wants(t, a)
		for _, r := range a.Redirects {
			if u, err := url.Parse(r); err != nil || u.Host != "x.example" || !strings.HasPrefix(u.Path, "/sous/") || strings.Contains(r, "//s") {
				t.Errorf("%s: %s", s.Template, r)
			}
		}
		if s.Kind == application.Forward {
			continue
		}
		own := s.Fill(application.Application{Redirects: []string{"https://y.example/"}, Public: true})
		if !slices.Equal(own.Redirects, []string{"https://y.example/"}) || own.NoPKCE {
			t.Errorf("%s: %+v", s.Template, own)
		}
	}
}

func FuzzRedirect(f *testing.F) {
	for _, a := range slices.Concat(goodRedirects, publicRedirects, badRedirects) {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		a := good()
		address = strings.TrimSpace(address)
		a.Redirects = []string{address}
		if len(application.Check(application.Clean(a), "https")) > 0 {
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" ||
			strings.ContainsAny(address, "\\*\r\n") || strings.Contains(u.Path, "..") && strings.Contains(u.Path, "/../") {
			t.Errorf("%q may be a redirect address", address)
		}
	})
}
