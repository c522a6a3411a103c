package web_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"loquet/config"
	"loquet/house/housetest"
	"loquet/signin"
	"loquet/store/storetest"
	"loquet/web"
)

// open200 are the pages that anybody may open.
var open200 = []string{
	"/signin", "/recover", "/recover/sent", "/identifier", "/identifier/sent", "/enter", "/help", "/sitemap", "/legal",
	"/privacy", "/accessibilite",
}

// routes says what a stranger gets on each path, by GET and by an empty form: a status, and for 303 where to.
var routes = []struct{ path, get, post string }{
	{"/", "303 /signin", "405"},
	{"/signin", "200", "422"},
	{"/signout", "405", "303 /signin"},
	{"/recover", "200", "422"},
	{"/recover/sent", "200", "405"},
	{"/identifier", "200", "422"},
	{"/identifier/sent", "200", "405"},
	{"/enter", "200", "422"},
	{"/enter/unknown", "404", "422"},
	{"/renew", "303 /signin?next=%2Frenew", "303 /signin"},
	{"/home", "303 /signin", "405"},
	{"/account", "303 /signin?next=%2Faccount", "405"},
	{"/settings", "303 /signin?next=%2Fsettings", "405"},
	{"/documents/x", "303 /signin?next=%2Fdocuments%2Fx", "405"},
	{"/repair", "303 /repair?probe=1", "303 /repair?done=1"},
	{"/help", "200", "405"},
	{"/help/connexion", "200", "405"},
	{"/help/nowhere", "404", "405"},
	{"/help/connexion/revisions", "303 /signin?next=%2Fhelp%2Fconnexion%2Frevisions", "405"},
	{"/help/connexion/revisions/0", "303 /signin?next=%2Fhelp%2Fconnexion%2Frevisions%2F0", "405"},
	{"/settings/help", "303 /signin?next=%2Fsettings%2Fhelp", "405"},
	{"/settings/help/connexion", "303 /signin?next=%2Fsettings%2Fhelp%2Fconnexion", "303 /signin"},
	{"/settings/help/connexion/restore", "405", "303 /signin"},
	{"/sitemap", "200", "405"},
	{"/legal", "200", "405"},
	{"/privacy", "200", "405"},
	{"/accessibilite", "200", "405"},
	{"/assets/x/y", "404", "405"},
	{"/.well-known/change-password", "303 /recover", "405"},
	{"/.well-known/security.txt", "200", "405"},
	{"/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", "404", "404"},
	{"/signin/second", "303 /signin?next=%2Fsignin%2Fsecond", "303 /signin"},
	{"/renew/passkey", "405", "303 /signin"},
	{"/account/factors", "303 /signin?next=%2Faccount%2Ffactors", "303 /signin"},
	{"/account/factors/passkey", "303 /signin?next=%2Faccount%2Ffactors%2Fpasskey", "303 /signin"},
	{"/account/factors/app", "303 /signin?next=%2Faccount%2Ffactors%2Fapp", "303 /signin"},
	{"/account/factors/codes", "303 /signin?next=%2Faccount%2Ffactors%2Fcodes", "303 /signin"},
	{"/account/prove", "303 /signin?next=%2Faccount%2Fprove", "405"},
	{"/forward-auth/enter", "303 /signin?next=%2Fforward-auth%2Fenter", "405"},
	{"/forward-auth/leave", "303 /signin", "405"},
	{"/.loquet/start", "404", "405"},
	{"/.loquet/enter", "404", "405"},
	{"/nowhere", "404", "404"},
	{"/healthz", "404", "404"},
	{"/readyz", "404", "404"},
	{"/metrics", "404", "404"},
	{"/demo/mail", "404", "404"},
	{"/demo/mail.json", "404", "404"},
	{"/demo/sms", "404", "404"},
	{"/signin/", "404", "404"},
	{"/Signin", "404", "404"},
}

func got(a housetest.Answer) string { return strings.TrimSpace(fmt.Sprint(a.Status, " ", a.Location)) }

func TestEveryPathAndMethod(t *testing.T) {
	f := open(t, func(s *config.Settings) { s.SecurityMail = "securite@saint-loup.example" })
	for _, route := range routes {
		b := f.Browser(t, town)
		get := b.Get(route.path)
		if got(get) != route.get {
			t.Errorf("GET %s: %s, want %s", route.path, got(get), route.get)
		}
		if head := asked(t, f.Browser(t, town), "HEAD", route.path, ""); got(head) != route.get || head.Body != "" {
			t.Errorf("HEAD %s: %s, want %s and no body", route.path, got(head), route.get)
		}
		post := f.Browser(t, town).PostBody(route.path, form, "")
		if got(post) != route.post {
			t.Errorf("POST %s: %s, want %s", route.path, got(post), route.post)
		}
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"} {
			a := asked(t, b, method, route.path, "")
			wanted := 405
			if route.get == "404" && route.post == "404" {
				wanted = 404
			}
			if a.Status != wanted {
				t.Errorf("%s %s: %d, want %d", method, route.path, a.Status, wanted)
			}
			for method, takes := range map[string]bool{"GET": get.Status != 405, "HEAD": get.Status != 405,
				"POST": post.Status != 405} {
				if wanted == 405 && strings.Contains(a.Header.Get("Allow"), method) != takes {
					t.Errorf("%s: Allow is %q", route.path, a.Header.Get("Allow"))
				}
			}
			page(t, a)
		}
		for _, a := range []housetest.Answer{get, post} {
			page(t, a)
		}
	}
}

var titles = regexp.MustCompile(`<title>([^<]*)</title>`)

// page wants an answer to keep what every answer promises.
func page(t *testing.T, a housetest.Answer) {
	t.Helper()
	for name, wanted := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control": "no-store",
	} {
		if a.Header.Get(name) != wanted {
			t.Errorf("%s: %s is %q, want %q", got(a), name, a.Header.Get(name), wanted)
		}
	}
	csp := a.Header.Get("Content-Security-Policy")
	for _, wanted := range []string{
		"default-src 'none'", "script-src 'self'", "form-action 'self'", "base-uri 'none'", "object-src 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	} {
		if !strings.Contains(csp, wanted) || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy %q lacks %s", got(a), csp, wanted)
		}
	}
	if a.Header.Get("Permissions-Policy") == "" || a.Header.Get("Server") != "" || a.Header.Get("X-Powered-By") != "" {
		t.Errorf("%s: headers %v", got(a), a.Header)
	}
	if a.Body == "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	if strings.Contains(a.Body, "⟦") || strings.Contains(a.Body, "<no value>") {
		t.Errorf("%s: a sentence is missing: %s", got(a), regexp.MustCompile(`⟦[^⟧]*⟧`).FindString(a.Body))
	}
	m := titles.FindStringSubmatch(a.Body)
	if a.Status == 303 {
		return
	}
	if m == nil || strings.HasPrefix(m[1], "Erreur") != (a.Status >= 400 && a.Status != 410) {
		t.Errorf("%s: the title is %q", got(a), m)
	}
	if a.Header.Get("Content-Language") != "fr" || !strings.Contains(a.Body, `<html lang="fr"`) {
		t.Errorf("%s: the language is %q", got(a), a.Header.Get("Content-Language"))
	}
}

// TestRefusedFormsSayWhere posts each form wrongly and wants the fault at its field.
func TestRefusedFormsSayWhere(t *testing.T) {
	f := open(t)
	b, other := f.Browser(t, town), f.Browser(t, school)
	renewing := f.Browser(t, town)
	temporary := asks(t, f, renewing, storetest.Active, claire)
	starts(t, renewing, storetest.Active, temporary)
	for _, c := range []struct {
		b      *housetest.Browser
		path   string
		fields []string
		wrong  []string // the fields that are at fault
	}{
		{b, "/signin", nil, []string{"identifier", "password"}},
		{b, "/signin", []string{"identifier", "38162"}, []string{"password"}},
		{b, "/signin", []string{"password", "x"}, []string{"identifier"}},
		{b, "/signin", []string{"identifier", "38162", "password", "x"}, []string{"identifier", "password"}},
		{b, "/signin", []string{"identifier", "38162", "password", temporary}, []string{"password"}}, // it has served
		{b, "/recover", nil, []string{"identifier"}},
		{b, "/recover", []string{"email", "claire"}, []string{"email"}},
		{b, "/recover", []string{"identifier", "  "}, []string{"identifier"}},
		{other, "/recover", nil, []string{"identifier", "email"}},
		{other, "/recover", []string{"identifier", "AUTOECOLE.GERANT"}, []string{"email"}},
		{other, "/recover", []string{"email", "sylvie.payet@orange.example"}, []string{"identifier"}},
		{b, "/identifier", nil, []string{"email"}},
		{b, "/identifier", []string{"email", "38162"}, []string{"email"}},
		{b, "/enter", nil, []string{"code"}},
		{b, "/enter", []string{"code", "2222-3333-4444"}, []string{"code"}},
		{renewing, "/renew", nil, []string{"new_password"}},
		{renewing, "/renew", []string{"new_password", "x", "confirm_password", "x"}, []string{"new_password"}},
		{renewing, "/renew", []string{"new_password", chosen, "confirm_password", "x"}, []string{"confirm_password"}},
		{renewing, "/renew", []string{"new_password", temporary, "confirm_password", temporary}, []string{"new_password"}},
	} {
		a := c.b.Post(c.path, c.fields...)
		if a.Status != 422 {
			t.Errorf("%s %v: %d, want 422", c.path, c.fields, a.Status)
			continue
		}
		page(t, a)
		if !strings.Contains(a.Body, `id="summary"`) {
			t.Errorf("%s %v: no summary on top", c.path, c.fields)
		}
		for _, field := range []string{"identifier", "password", "email", "code", "new_password", "confirm_password"} {
			input := regexp.MustCompile(`<input[^>]*id="` + field + `"[^>]*>`).FindString(a.Body)
			at := strings.Contains(" "+strings.Join(c.wrong, " ")+" ", " "+field+" ")
			if strings.Contains(input, `aria-invalid="true"`) != at {
				t.Errorf("%s %v: %s is marked wrongly: %s", c.path, c.fields, field, input)
			}
			if at {
				described(t, a.Body, input)
			}
		}
	}
}

// described wants the first sentence that an input is described by to be on the page.
func described(t *testing.T, body, input string) {
	t.Helper()
	m := regexp.MustCompile(`aria-describedby="([^" ]+)`).FindStringSubmatch(input)
	if m == nil || !strings.Contains(body, `id="`+m[1]+`"`) {
		t.Errorf("nothing on the page describes %s", input)
	}
}

// TestTypedValuesAreKeptAndPasswordsAreNot reads every page that comes back after a refusal.
func TestTypedValuesAreKeptAndPasswordsAreNot(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	secret, typed := "Mon-Vrai-Mot-De-Passe-8", `38"><b>162`
	kept := func(a housetest.Answer, value string) {
		t.Helper()
		if !strings.Contains(a.Body, `value="`+html.EscapeString(value)+`"`) || strings.Contains(a.Body, secret) ||
			strings.Contains(a.Body, "<b>162") {
			t.Errorf("%d: what was typed is lost, or shown as more than words, or a password came back", a.Status)
		}
	}
	for range 11 {
		kept(b.Post("/signin", "identifier", typed, "password", secret, "remember", "1"), typed)
	}
	kept(b.Post("/recover", "email", typed, "identifier", secret[:3]), typed)
	kept(b.Post("/identifier", "email", typed), typed)
	kept(b.Post("/enter", "code", typed), typed)
	temporary := asks(t, f, b, storetest.Active, claire)
	starts(t, b, storetest.Active, temporary)
	a := b.Post("/renew", "new_password", secret, "confirm_password", secret+"9")
	kept(a, storetest.Active)
	if strings.Contains(a.Body, temporary) {
		t.Error("the temporary password came back")
	}
}

// TestMalformedFormsAreRefusedNotFeared sends each route what no browser sends.
func TestMalformedFormsAreRefusedNotFeared(t *testing.T) {
	f := open(t)
	renewing := f.Browser(t, town)
	temporary := asks(t, f, renewing, storetest.Active, claire)
	starts(t, renewing, storetest.Active, temporary)
	long := strings.Repeat("a", 10_000)
	for _, path := range []string{"/signin", "/recover", "/identifier", "/enter", "/enter/x", "/renew", "/repair"} {
		for _, c := range []struct {
			media, body string
			status      []int
		}{
			{"application/json", `{"identifier":"38162"}`, []int{415}},
			{"", "identifier=38162", []int{415}},
			{"application/x-www-form-urlencoded; charset", "identifier=38162", []int{415}},
			{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"identifier\"\r\n\r\n38162",
				[]int{415}},
			{"multipart/form-data", "broken", []int{415}},
			{form, strings.Repeat("a", 16<<10+1), []int{413}},
			{form, "identifier=1&identifier=2&email=1&email=2&code=1&code=2&new_password=1&new_password=2", []int{400}},
			{form, "identifier=%zz", []int{400}},
			{form, "identifier=\xff\xfe", []int{400}},
			{form, "identifier=%ff%fe&email=%c3%28&code=%f0%28&new_password=%ff", []int{400}},
			{form, "identifier=%00&password=%00&email=%00&code=%00&new_password=%00&confirm_password=%00", []int{303, 422}},
			{form, "identifier=" + long + "&email=x", []int{303, 422}},
			{form, "identifier=" + long + "&password=x", []int{303, 422}},
			{form, "new_password=" + long + "&confirm_password=x", []int{303, 422}},
			{form, "code=" + long, []int{303, 422}},
			{form, "email=" + long + "@x.example", []int{303, 422}},
			{form, "\x00\x01\x02\x03", []int{303, 422}},
			{form, "=&=", []int{400}},
			{form, "&&&&", []int{303, 422}},
		} {
			b := renewing.Clone()
			if path == "/repair" { // ends the session, as it says
				b = f.Browser(t, town)
			}
			a := b.PostBody(path, c.media, c.body)
			if !oneOf(a.Status, c.status...) {
				t.Errorf("%s with %q %.40q: %d, want %v", path, c.media, c.body, a.Status, c.status)
			}
			page(t, a)
		}
	}
	if a := renewing.Get("/renew"); a.Status != 200 {
		t.Errorf("a broken form ended the renewal: %d", a.Status)
	}
}

// TestNoInputIsA500 puts hostile strings into paths, cookies, headers and queries.
func TestNoInputIsA500(t *testing.T) {
	f := open(t)
	hostile := []string{"%00", "%ff", "%F0%28", strings.Repeat("a", 4000), "..%2f..%2fetc%2fpasswd", "%E2%80%AE",
		"'\"<>", "{{.}}", "%0d%0aX:%20y"}
	for _, h := range hostile {
		for _, path := range []string{"/" + h, "/enter/" + h, "/documents/" + h, "/assets/" + h + "/loquet.css",
			"/signin?next=" + h, "/signin?lang=" + h, "/repair?probe=" + h, "/help?" + h} {
			request := "GET " + strings.NewReplacer("\"", "%22", "<", "%3C", ">",
				"%3E").Replace(path) + " HTTP/1.1\r\nHost: " + town + "\r\nConnection: close\r\n\r\n"
			if a := raw(t, f, request); a.StatusCode >= 500 {
				t.Errorf("%s: %d", path, a.StatusCode)
			}
		}
		for _, name := range []string{"Cookie", "Accept-Language", "Accept-Encoding", "User-Agent", "Referer",
			"X-Forwarded-For"} {
			value := h
			if name == "Cookie" {
				value = "loquet=" + h + "; loquet-notice=" + h + "; loquet-language=" + h
			}
			for _, path := range []string{"/signin", "/home", "/recover/sent", "/renew", "/"} {
				if a := asked(t, f.Browser(t, town), "GET", path, "", name, value); a.Status >= 500 {
					t.Errorf("%s with %s %q: %d", path, name, value, a.Status)
				}
			}
		}
	}
}

// TestWaitsAreTheSameForEverybody tries until it must wait, for what exists and what does not (contract: at most 30).
func TestWaitsAreTheSameForEverybody(t *testing.T) {
	f := open(t)
	var waits []string
	for _, typed := range []string{storetest.Active, "39999", claire, "personne@orange.example", "0612345678",
		"0699999999", storetest.Locked} {
		tries := 1
		a := f.Browser(t, town).Post("/signin", "identifier", typed, "password", "Faux-1")
		for ; a.Status == 422 && tries <= 30; tries++ {
			a = f.Browser(t, town).Post("/signin", "identifier", typed, "password", "Faux-1")
		}
		if seconds, err := strconv.Atoi(a.Header.Get("Retry-After")); a.Status != http.StatusTooManyRequests ||
			err != nil || seconds < 1 {
			t.Errorf("%s: %d with Retry-After %q after %d tries", typed, a.Status, a.Header.Get("Retry-After"), tries)
		}
		page(t, a)
		waits = append(waits, fmt.Sprint(tries, " ", a.Header.Get("Retry-After")))
	}
	for _, w := range waits {
		if w != waits[0] {
			t.Errorf("tries and waits differ: %q", waits)
			break
		}
	}
	t.Logf("tries and wait in seconds: %s", waits[0])
}

// TestOperationsStayInside asks the platform's own host as well for what only the operations listener may tell.
func TestOperationsStayInside(t *testing.T) {
	f := open(t)
	for _, host := range []string{town, school, "localhost:8080"} {
		b := f.Browser(t, host)
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/debug/vars"} {
			if a := b.Get(path); a.Status != 404 {
				t.Errorf("%s%s: %d, want 404", host, path, a.Status)
			}
		}
		if a := b.Get("/"); !oneOf(a.Status, 200, 303) {
			t.Errorf("%s: %d", host, a.Status)
		}
	}
}

func TestLanguages(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	b.Header.Set("Accept-Language", "en-GB,en;q=0.8,fr;q=0.5")
	if a := b.Get("/signin"); a.Header.Get("Content-Language") != "en" || !strings.Contains(a.Body, `<html lang="en"`) {
		t.Error("Accept-Language is not heard")
	}
	b.Header.Set("Accept-Language", "zh-Hant")
	if a := b.Get("/signin"); a.Header.Get("Content-Language") != "fr" {
		t.Error("an unknown language does not fall back to French")
	}
	a := b.Get("/recover?x=1&lang=en")
	want(t, a, 303, "/recover?x=1")
	if c := setCookie(a)["loquet-language"]; c == nil || c.Value != "en" || !c.HttpOnly {
		t.Errorf("the choice is kept as %+v", c)
	}
	if a := b.Get("/recover"); a.Header.Get("Content-Language") != "en" ||
		!strings.Contains(strings.Join(a.Header["Vary"], ","), "Cookie") {
		t.Error("the choice is not heard")
	}
	want(t, b.Get("/recover?lang=fr"), 303, "/recover")
	if a := b.Get("/recover?lang=xx"); a.Status != 200 || a.Header.Get("Content-Language") != "fr" {
		t.Error("an unknown ?lang= is not passed over")
	}
}

func TestWellKnown(t *testing.T) {
	f := open(t, func(s *config.Settings) { s.SecurityMail = "securite@saint-loup.example" })
	a := f.Browser(t, town).Get("/.well-known/security.txt")
	for _, line := range []string{"Contact: mailto:securite@saint-loup.example\n", "\nExpires: ",
		"\nPreferred-Languages: fr, en\n", "\nCanonical: http://" + town + "/.well-known/security.txt\n"} {
		if !strings.Contains(a.Body, line) || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("security.txt lacks %q:\n%s", line, a.Body)
		}
	}
	if a := open(t).Browser(t, town).Get("/.well-known/security.txt"); a.Status != 404 {
		t.Errorf("security.txt without an address: %d", a.Status)
	}
}

// TestAssetsAreKeptForEver reads what the sign-in page names, with the headers of every answer.
func TestAssetsAreKeptForEver(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	paths := regexp.MustCompile(`/assets/[^"]+`).FindAllString(b.Get("/signin").Body, -1)
	if len(paths) == 0 {
		t.Fatal("the page names no file")
	}
	for _, path := range paths {
		a := b.Get(path)
		if a.Status != 200 || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || len(setCookie(a)) != 0 {
			t.Errorf("%s: %d %s", path, a.Status, a.Header.Get("Cache-Control"))
		}
		a.Header.Set("Cache-Control", "no-store") // the one header that is its own
		a.Header.Set("Content-Type", "")
		page(t, a)
	}
}

// boom is a sign-in that breaks.
type boom struct {
	web.SignIn

	how func() error
}

func (b boom) Try(context.Context, signin.Attempt) (signin.Outcome, error) {
	return signin.Outcome{}, b.how()
}

// TestAFailureIsAPageWithAReference breaks the flow and wants a number that the log has too, and nothing else of it.
func TestAFailureIsAPageWithAReference(t *testing.T) {
	for name, how := range map[string]func() error{
		"error": func() error { return errors.New("pq: relation account is gone") },
		"panic": func() error { panic("relation account is gone") },
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			f.Web.SignIn = boom{how: how}
			a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", before)
			m := regexp.MustCompile(`<strong class="code">([A-Z0-9]{10})</strong>`).FindStringSubmatch(a.Body)
			if a.Status != 500 || m == nil || strings.Contains(a.Body, "relation") {
				t.Fatalf("%d:\n%s", a.Status, a.Body)
			}
			page(t, a)
			f.Server.Close()
			if log := f.Log.String(); !strings.Contains(log, m[1]) || !strings.Contains(log, "relation account is gone") ||
				strings.Contains(log, before) {
				t.Errorf("the log lacks the reference or the cause, or holds the password:\n%s", log)
			}
		})
	}
}
