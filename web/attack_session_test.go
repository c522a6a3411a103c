package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/config"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// personal are the paths behind the door.
var personal = []string{"/home", "/account", "/settings", "/documents/x"}

// closed wants a browser to be led away from everything personal, and no page to name a person.
func closed(t *testing.T, b *housetest.Browser, location string) {
	t.Helper()
	for _, path := range personal {
		if a := b.Get(path); a.Status != 303 || !strings.HasPrefix(a.Location, location) {
			t.Errorf("%s: %d %q, want 303 %s", path, a.Status, a.Location, location)
		}
	}
	for _, path := range open200 {
		if a := b.Get(path); a.Status != 200 || strings.Contains(a.Body, "Martin") ||
			strings.Contains(a.Body, storetest.Active) {
			t.Errorf("%s: %d, or it names the person", path, a.Status)
		}
	}
}

func TestATK029ALinkOpensTheRenewalAndNothingElse(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, _ := link(t, f, b, storetest.Active, claire)
	want(t, b.Post(path+"?next=/home", "next", "/home", "remember", "1"), 303, "/renew")
	closed(t, b, "/renew")
	want(t, b.Get("/"), 303, "/renew")
	if c := b.Cookie("loquet"); c == "" {
		t.Fatal("no renewal was opened")
	}
	f.Clock.Advance(session.RenewalLasts)
	closed(t, b, "/signin")
	want(t, b.Get("/renew"), 303, "/signin")
}

func TestATK007ATK030NoPasswordWithoutAProof(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	link(t, f, b, storetest.Active, claire) // asked for, and never opened
	skips := []string{
		"new_password", chosen, "confirm_password", chosen, "identifier", storetest.Active, "skip_old", "true",
		"skipOldPwdCheck", "1", "action", "changePassword", "state", "proven", "tryAnotherWay", "on",
	}
	for _, path := range []string{"/renew", "/renew?execution=proven", "/recover/sent", "/enter", "/account",
		"/account/password", "/settings/users"} {
		if a := b.Post(path, skips...); a.Status == 200 || a.Location == "/renew" || a.Location == "/home" {
			t.Errorf("%s: %d %q", path, a.Status, a.Location)
		}
	}
	enters(t, b, storetest.Active, before)
	want(t, b.Post("/renew", skips...), 303, "/home") // a full session is no proof for this either
	enters(t, f.Browser(t, town), storetest.Active, before)
	if written(t, f, audit.PasswordRenewed) != 0 {
		t.Error("a password was set without a proof")
	}
}

// TestATK031ATemporaryPasswordOpensOnlyTheRenewal walks every route with it.
func TestATK031ATemporaryPasswordOpensOnlyTheRenewal(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	r := asked(t, f.Browser(t, town), "GET", "/home", "", "Authorization", "Basic MzgxNjI6"+temporary)
	want(t, r, 303, "/signin")
	want(t, b.Post("/signin", "identifier", storetest.Active, "password", temporary, "next", "/home", "remember", "1"),
		303, "/renew")
	if c := b.Cookie("loquet"); len(c) != session.TokenLength {
		t.Fatal("no renewal was opened")
	}
	closed(t, b, "/renew")
	for _, path := range []string{"/oauth2/authorize", "/oauth2/token", "/oauth2/userinfo", "/forward-auth",
		"/api/v1/users", "/desk/", "/settings/users"} {
		for _, a := range []housetest.Answer{b.Get(path), b.Post(path, "grant_type", "password", "username",
			storetest.Active, "password", temporary)} {
			if !oneOf(a.Status, 303, 400, 401, 403, 404, 405) || strings.Contains(a.Body, "access_token") || a.Header.Get("X-Auth-Request-User") != "" {
				t.Errorf("%s: %d", path, a.Status)
			}
		}
	}
	if page := b.Get("/renew"); page.Status != 200 {
		t.Errorf("/renew: %d", page.Status)
	}
}

func TestATK032RenewalCannotBeSkipped(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.MustRenew, before)
	b := f.Browser(t, town)
	want(t, b.Post("/signin", "identifier", storetest.MustRenew, "password", before, "next", "/account"), 303, "/renew")
	closed(t, b, "/renew")

	// Asked for while the person is inside: the open session leads to it too.
	knows(t, f, storetest.Active, before)
	inside := f.Browser(t, town)
	enters(t, inside, storetest.Active, before)
	person := storetest.Person(t, f.DB, f.Town, storetest.Active)
	note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountStopped, Target: person.ID}
	if err := f.DB.SetMustRenew(t.Context(), f.Town.ID, person.ID, true, note); err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(time.Second)
	want(t, inside.Get("/home"), 303, "/renew")
	want(t, inside.Get("/renew"), 303, "/signin") // a proof is asked for again
	starts(t, inside, storetest.Active, before)
	want(t, inside.Get("/home"), 303, "/renew")
	want(t, inside.Post("/renew", "new_password", before, "confirm_password", before), 422, "")
	renews(t, inside, chosen)
	enters(t, inside, storetest.Active, chosen)
}

func TestATK035SignInChangesTheSession(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	planted := strings.Repeat("A", session.TokenLength)
	b.SetCookie("loquet", planted)
	enters(t, b, storetest.Active, before)
	first := b.Cookie("loquet")
	if first == planted || len(first) != session.TokenLength {
		t.Fatal("the planted session was taken over")
	}
	thief := f.Browser(t, town)
	thief.SetCookie("loquet", planted)
	closed(t, thief, "/signin")
	enters(t, b, storetest.Active, before)
	if b.Cookie("loquet") == first {
		t.Error("signing in again keeps the session's token")
	}
	f.Clock.Advance(time.Second)
	thief.SetCookie("loquet", first)
	closed(t, thief, "/signin") // the session that this browser held has ended

	sends(t, f, organisation.SendLink)
	path, _ := link(t, f, b, storetest.Active, claire)
	full := b.Cookie("loquet")
	want(t, b.Post(path), 303, "/renew")
	renewal := b.Cookie("loquet")
	renews(t, b, chosen)
	enters(t, b, storetest.Active, chosen)
	if now := b.Cookie("loquet"); renewal == full || now == renewal || now == full {
		t.Error("a token outlived a change of what it opens")
	}
}

func TestATK036ATokenNeverComesBack(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	knows(t, f, storetest.Father, before)
	b, thief := f.Browser(t, town), f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	old := b.Cookie("loquet")
	want(t, b.Post("/signout"), 303, "/signin")
	enters(t, b, storetest.Father, before)
	thief.SetCookie("loquet", old)
	closed(t, thief, "/signin")
	if page := b.Get("/home"); !strings.Contains(page.Body, "Paul Durand") {
		t.Error("home does not name who signed in")
	}
}

// TestATK037ACookieBelongsToItsRow swaps cookies between people, hosts and forms.
func TestATK037ACookieBelongsToItsRow(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	signed := b.Post("/signin", "identifier", storetest.Active, "password", before, "remember", "1")
	want(t, signed, 303, "/home")
	c := setCookie(signed)["loquet"]
	if c == nil || !c.HttpOnly || c.Path != "/" || c.Domain != "" ||
		time.Duration(c.MaxAge)*time.Second > organisation.LongestRemember {
		t.Fatalf("the cookie: %+v", c)
	}
	other := f.Browser(t, school)
	other.SetCookie("loquet", c.Value)
	for _, path := range personal {
		if a := other.Get(path); !strings.HasPrefix(a.Location, "/signin") {
			t.Errorf("a session of the town opens %s of the school: %d", path, a.Status)
		}
	}
	if a := other.Get("/help"); strings.Contains(a.Body, "Martin") {
		t.Error("a session of the town names its person at the school")
	}
	want(t, other.Post("/signout"), 303, "/signin")
	if a := b.Get("/home"); a.Status != 200 {
		t.Errorf("the school signed a person of the town out: %d", a.Status)
	}
	person := storetest.Person(t, f.DB, f.Town, storetest.Father)
	for _, forged := range []string{
		storetest.Active, person.ID, person.ID + ":" + c.Value, c.Value + "." + person.ID, strings.ToUpper(c.Value),
		session.IDOf(c.Value), // what a stolen database holds
	} {
		thief := f.Browser(t, town)
		thief.SetCookie("loquet", forged)
		closed(t, thief, "/signin")
	}
}

func TestATK038RenewalEndsEverySession(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	tablet, thief, b := f.Browser(t, town), f.Browser(t, town), f.Browser(t, town)
	enters(t, tablet, storetest.Active, before)
	want(t, thief.Post("/signin", "identifier", storetest.Active, "password", before, "remember", "1"), 303, "/home")
	for _, open := range []*housetest.Browser{tablet, thief} {
		if a := open.Get("/home"); a.Status != 200 {
			t.Fatal("not signed in")
		}
	}
	recovers(t, f, b, storetest.Active, claire, chosen)
	closed(t, tablet, "/signin") // at once: the clock has not moved
	closed(t, thief, "/signin")
	refused(t, thief, storetest.Active, before)
}

func TestATK039AClosedAccountIsOutWithinASecond(t *testing.T) {
	for _, state := range []account.State{account.Locked, account.Disabled} {
		f := open(t)
		knows(t, f, storetest.Active, before)
		b := f.Browser(t, town)
		enters(t, b, storetest.Active, before)
		if a := b.Get("/home"); a.Status != 200 {
			t.Fatal("not signed in")
		}
		becomes(t, f, storetest.Active, state)
		f.Clock.Advance(time.Second)
		closed(t, b, "/signin")
		becomes(t, f, storetest.Active, account.Active)
		f.Clock.Advance(time.Second)
		closed(t, b, "/signin") // opening the account again revives no session
	}
}

func TestATK040SignInCannotBeForced(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	victim := f.Browser(t, town)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin",
			"null"},
	} {
		a := asked(t, victim, "POST", "/signin", "identifier=38162&password="+before, headers...)
		if a.Status != 403 || len(setCookie(a)) != 0 || victim.Cookie("loquet") != "" {
			t.Errorf("%v: %d", headers, a.Status)
		}
	}
}

// TestATK085NothingStaysBehind signs out and presses Back.
func TestATK085NothingStaysBehind(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for _, path := range []string{"/home", "/help", "/renew", "/signin", "/account"} {
		if a := b.Get(path); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, a.Header.Get("Cache-Control"))
		}
	}
	out := b.Post("/signout")
	want(t, out, 303, "/signin")
	c := setCookie(out)["loquet"]
	if c == nil || c.Value != "" || c.MaxAge >= 0 || !c.HttpOnly {
		t.Errorf("the HttpOnly cookie does not change on sign-out: %+v", c)
	}
	clears := out.Header.Get("Clear-Site-Data")
	if !strings.Contains(clears, `"cache"`) || !strings.Contains(clears, `"storage"`) ||
		out.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Clear-Site-Data: %s", clears)
	}
	if page := b.Get("/signin"); !strings.Contains(page.Body, "déconnecté") || strings.Contains(page.Body, "Martin") {
		t.Error("the page after signing out does not say so, or names the person")
	}
	closed(t, b, "/signin")
	want(t, b.Post("/signout"), 303, "/signin") // a second tab
}

// TestATK041CookiesAreBoundToTheHost reads the cookies of an installation with TLS.
func TestATK041CookiesAreBoundToTheHost(t *testing.T) {
	f := open(t, func(s *config.Settings) { s.PublicScheme = "https" })
	knows(t, f, storetest.Active, before)
	a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", before, "remember", "1")
	want(t, a, 303, "/home")
	sent := f.Browser(t, town).Post("/recover", "identifier", storetest.Active)
	repaired := f.Browser(t, town).Post("/repair")
	size := 0
	for _, line := range slices.Concat(a.Header["Set-Cookie"], sent.Header["Set-Cookie"], repaired.Header["Set-Cookie"]) {
		if strings.Contains(line, "=; ") && strings.Contains(line, "; Max-Age=0") {
			size += len(line)
			continue // what is only taken away, in whatever form it may have been set
		}
		for _, attribute := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(line, attribute) || !strings.HasPrefix(line, "__Host-loquet") ||
				strings.Contains(line, "Domain") {
				t.Errorf("%s: lacks %q or its prefix", line, attribute)
			}
		}
	}
	if size == 0 || size > 4096 {
		t.Errorf("what takes cookies away weighs %d bytes: proxies refuse longer headers", size)
	}
	if got := a.Header.Get("Strict-Transport-Security"); !strings.Contains(got, "max-age=63072000") {
		t.Errorf("Strict-Transport-Security: %q", got)
	}
}
