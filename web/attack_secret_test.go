package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

func TestATK005ASecretServesOnce(t *testing.T) {
	f := open(t)
	owner, thief := f.Browser(t, town), f.Browser(t, town)
	temporary := recovers(t, f, owner, storetest.Active, claire, chosen)
	refused(t, thief, storetest.Active, temporary)
	sends(t, f, organisation.SendLink)
	path, code := link(t, f, owner, storetest.Active, claire)
	want(t, owner.Post(path), 303, "/renew")
	for _, a := range []housetest.Answer{thief.Post(path), thief.Post("/enter", "code", code)} {
		if a.Status != 422 || len(setCookie(a)) != 0 {
			t.Errorf("a used link or its code: %d %q", a.Status, a.Location)
		}
	}
	if a := thief.Get(path); a.Status != 410 || !strings.Contains(a.Body, "déjà servi") {
		t.Errorf("a used link is shown with %d", a.Status)
	}
	want(t, thief.Get("/renew"), 303, "/signin?next=%2Frenew")
	renews(t, owner, chosen+"7")
	if n := written(t, f, audit.PasswordRenewed); n != 2 {
		t.Errorf("%d renewals, want 2", n)
	}
}

// TestATK006OneOfFiftyWins uses one secret of each kind, and one renewal, fifty times at the same moment.
func TestATK006OneOfFiftyWins(t *testing.T) {
	const many = 50
	each(t, func(t *testing.T, f *housetest.Fixture) {
		wide(f)
		stranger := func(path string, fields ...string) func(int) housetest.Answer {
			return func(int) housetest.Answer { return f.Browser(t, town).Post(path, fields...) }
		}
		once := func(what string, answers []housetest.Answer) {
			t.Helper()
			for _, a := range answers {
				if !oneOf(a.Status, 303, 422) {
					t.Errorf("%s: a loser got %d", what, a.Status)
				}
			}
			if n := to(answers, "/renew"); n != 1 {
				t.Errorf("%s: %d of %d win, want exactly one", what, n, many)
			}
		}
		temporary := asks(t, f, f.Browser(t, town), storetest.Active, claire)
		once("temporary password", together(many, stranger("/signin", "identifier", storetest.Active, "password", temporary)))
		sends(t, f, organisation.SendLink)
		path, _ := link(t, f, f.Browser(t, town), storetest.Mother, storetest.Household)
		once("link", together(many, stranger(path)))
		_, code := link(t, f, f.Browser(t, town), storetest.Mother, storetest.Household)
		once("code", together(many, stranger("/enter", "code", code)))

		b := f.Browser(t, town)
		path, _ = link(t, f, b, storetest.Active, claire)
		want(t, b.Post(path), 303, "/renew")
		count := f.Catcher.Total()
		answers := together(many, func(i int) housetest.Answer {
			password := chosen + string(rune('A'+i%26)) + string(rune('a'+i/26))
			return b.Clone().Post("/renew", "new_password", password, "confirm_password", password)
		})
		if n := to(answers, "/signin"); n != many {
			t.Errorf("renewal: %d of %d are led to the sign-in page", n, many)
		}
		f.Quiet(t)
		if n, letters := written(t, f, audit.PasswordRenewed), f.Catcher.Total()-count; n != 1 || letters != 1 {
			t.Errorf("renewal: %d saved and %d notices, want one of each", n, letters)
		}
	})
}

func TestATK008ASecretIsBoundToItsPurpose(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	none := func(what string, a housetest.Answer) {
		t.Helper()
		if a.Location != "" || !oneOf(a.Status, 404, 422) {
			t.Errorf("%s: %d %q", what, a.Status, a.Location)
		}
	}
	none("temporary password as a code", b.Post("/enter", "code", temporary))
	none("temporary password as a link", b.Post("/enter/"+temporary))
	sends(t, f, organisation.SendLink)
	path, code := link(t, f, b, storetest.Active, claire)
	token := strings.TrimPrefix(path, "/enter/")
	none("link as a code", b.Post("/enter", "code", token))
	none("link as a password", b.Post("/signin", "identifier", storetest.Active, "password", token))
	none("code as a password", b.Post("/signin", "identifier", storetest.Active, "password", code))
	none("code as a link", b.Post("/enter/"+code))
	b.SetCookie("loquet", token) // a link's token has the length of a session's
	want(t, b.Get("/renew"), 303, "/signin?next=%2Frenew")
	want(t, b.Post(path), 303, "/renew")
	none("a session's token as a link", f.Browser(t, town).Post("/enter/"+b.Cookie("loquet")))
}

func TestATK009TheAccountComesFromTheSecretAlone(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	knows(t, f, storetest.Father, before)
	b := f.Browser(t, town)
	path, _ := link(t, f, b, storetest.Active, claire)
	father := storetest.Person(t, f.DB, f.Town, storetest.Father)
	aim := []string{"identifier", storetest.Father, "account", father.ID, "user_id", father.ID, "email",
		storetest.Household, "role", "agent"}
	want(t, b.Post(path+"?account="+father.ID, aim...), 303, "/renew")
	aim = append(aim, "new_password", chosen, "confirm_password", chosen)
	want(t, b.Post("/renew?identifier="+storetest.Father, aim...), 303, "/signin")
	enters(t, f.Browser(t, town), storetest.Active, chosen)
	enters(t, f.Browser(t, town), storetest.Father, before)
	refused(t, f.Browser(t, town), storetest.Father, chosen)
	if now := storetest.Person(t, f.DB, f.Town, storetest.Active); now.Role != account.Famille {
		t.Errorf("a form changed the role to %s", now.Role)
	}
}

func TestATK010OlderSecretsDie(t *testing.T) {
	f := open(t)
	b, thief := f.Browser(t, town), f.Browser(t, town)
	first := asks(t, f, b, storetest.Active, claire)
	second := asks(t, f, b, storetest.Active, claire)
	refused(t, thief, storetest.Active, first)
	sends(t, f, organisation.SendLink)
	path, code := link(t, f, b, storetest.Active, claire)
	refused(t, thief, storetest.Active, second)
	want(t, b.Post("/enter", "code", code), 303, "/renew")
	asks := letter(t, f, thief, storetest.Active, claire) // somebody asks again while the owner is choosing
	later := strings.TrimPrefix(housetest.Link(t, asks), "http://"+town)
	renews(t, b, chosen)
	for _, dead := range []string{path, later} {
		if a := thief.Post(dead); a.Status != 422 {
			t.Errorf("a link lives on after the renewal: %d %q", a.Status, a.Location)
		}
	}
	path, _ = link(t, f, b, storetest.Active, claire)
	becomes(t, f, storetest.Active, account.Locked)
	becomes(t, f, storetest.Active, account.Active)
	if a := thief.Post(path); a.Status != 422 {
		t.Errorf("a link outlived the closing of its account: %d", a.Status)
	}
}

func TestATK012AnExpiredSecretIsDeadWhileItsRowIsThere(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	f.Clock.Advance(24 * time.Hour)
	if a := b.Post("/signin", "identifier", storetest.Active, "password", temporary); a.Status != 422 ||
		b.Cookie("loquet") != "" {
		t.Errorf("a late temporary password got %d", a.Status)
	}
	sends(t, f, organisation.SendLink)
	path, code := link(t, f, b, storetest.Active, claire)
	f.Clock.Advance(24*time.Hour - time.Microsecond)
	if a := b.Get(path); a.Status != 200 {
		t.Errorf("a link is shown with %d just before its end", a.Status)
	}
	f.Clock.Advance(time.Microsecond)
	if a := b.Get(path); a.Status != 410 {
		t.Errorf("a late link is shown with %d", a.Status)
	}
	for _, a := range []housetest.Answer{b.Post(path), b.Post("/enter", "code", code)} {
		if a.Status != 422 || !strings.Contains(a.Body, "son temps est passé") {
			t.Errorf("a late secret got %d %q", a.Status, a.Location)
		}
	}
}

func TestATK013NothingIsNoSecret(t *testing.T) {
	f := open(t)
	wide(f)
	f.SignIn.Limits.Typed = nil
	b := f.Browser(t, town)
	for _, send := range organisation.Sends {
		sends(t, f, send)
		letter(t, f, b, storetest.Active, claire) // so that there is something to hit
		for _, typed := range []string{"", " ", "0", "-", "null", "undefined", "[]", "{}", "true", "%", "*", "\x00", "NaN",
			"' or 1=1 --"} {
			if a := b.Post("/enter", "code", typed); a.Status != 422 {
				t.Errorf("code %q: %d", typed, a.Status)
			}
			if a := b.Post("/signin", "identifier", storetest.Active, "password", typed); a.Status != 422 {
				t.Errorf("password %q: %d", typed, a.Status)
			}
		}
		for _, path := range []string{"/enter/0", "/enter/-", "/enter/null", "/enter/%00", "/enter/%20", "/enter/[]"} {
			if get, post := b.Get(path), b.Post(path); get.Status != 404 || post.Status != 422 {
				t.Errorf("%s: %d and %d", path, get.Status, post.Status)
			}
		}
	}
	if a := b.PostBody("/enter", form, "code[]=x"); a.Status != 422 {
		t.Errorf("a list of codes: %d", a.Status)
	}
}

func TestATK014SecretsNeverRepeat(t *testing.T) {
	f := open(t)
	wide(f)
	f.Recovery.Limits.Letters = nil
	b := f.Browser(t, town)
	seen := map[string]bool{}
	for range 20 {
		temporary := asks(t, f, b, storetest.Active, claire)
		starts(t, b, storetest.Active, temporary)
		for _, secret := range append(strings.Split(temporary, "-"), b.Cookie("loquet"), b.Cookie("loquet")[:8]) {
			if seen[secret] {
				t.Fatalf("%q was given twice", secret)
			}
			seen[secret] = true
		}
	}
}

func TestATK015TruncatedSecretsAreRefused(t *testing.T) {
	f := open(t)
	wide(f)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	f.SignIn.Limits.Typed = nil
	for n := 1; n < len(strings.TrimRight(temporary, "-")); n++ {
		if a := b.Post("/signin", "identifier", storetest.Active, "password", temporary[:n]); a.Status != 422 {
			t.Fatalf("%d characters: %d %q", n, a.Status, a.Location)
		}
	}
	sends(t, f, organisation.SendLink)
	path, _ := link(t, f, b, storetest.Active, claire)
	for n := len("/enter/") + 1; n < len(path); n++ {
		if get, post := b.Get(path[:n]), b.Post(path[:n]); get.Status != 404 || post.Status != 422 {
			t.Fatalf("%d characters of a link: %d and %d", n, get.Status, post.Status)
		}
	}
	for _, longer := range []string{path + "A", path + "=", path + "%0a", path + "%20", path + "."} {
		if a := b.Post(longer); a.Status != 422 {
			t.Errorf("%s: %d", longer, a.Status)
		}
	}
	want(t, b.Post(path), 303, "/renew")
	cookie := b.Cookie("loquet")
	for n := range cookie {
		b.SetCookie("loquet", cookie[:n])
		if a := b.Get("/renew"); !strings.HasPrefix(a.Location, "/signin") {
			t.Fatalf("%d characters of a session's token: %d %q", n, a.Status, a.Location)
		}
	}
}

func TestATK016LinkLeaksNowhere(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, code := link(t, f, b, storetest.Active, claire)
	page := b.Get(path)
	token := strings.TrimPrefix(path, "/enter/")
	if p := page.Header.Get("Referrer-Policy"); !oneOf(len(p), len("same-origin"), len("no-referrer")) {
		t.Errorf("Referrer-Policy: %q lets the link out to other sites", p)
	}
	for _, outside := range []string{`src="http`, `href="http`, `href="//`, `src="//`} {
		if strings.Contains(page.Body, outside) {
			t.Errorf("the page of a link leads to another site: %s", outside)
		}
	}
	if n := strings.Count(page.Body, token); n != 1 {
		t.Errorf("the page holds the link %d times, want once: in its form", n)
	}
	a := b.Post(path)
	want(t, a, 303, "/renew")
	f.Settle()
	if log := f.Log.String(); strings.Contains(log, token) || strings.Contains(log, code) ||
		!strings.Contains(log, "/enter/…") {
		t.Error("the log holds a link or its code, or no requests at all")
	}
}

// TestATK017ScannersConsumeNothing opens a link as mail scanners do, and then as its owner.
func TestATK017ScannersConsumeNothing(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, _ := link(t, f, b, storetest.Active, claire)
	end := len(journal(t, f))
	scanner := f.Browser(t, town)
	first := told(scanner.Get(path))
	for range 5 {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut} {
			a := asked(t, scanner, method, path, "", "User-Agent", "SafeLinks", "Purpose", "prefetch")
			if a.Status != 200 && a.Status != 405 || len(setCookie(a)) != 0 {
				t.Errorf("%s: %d", method, a.Status)
			}
		}
	}
	if again := told(scanner.Get(path)); again != first || len(journal(t, f)) != end {
		t.Error("opening a link changed something")
	}
	if strings.Contains(first, "autofocus") || strings.Contains(first, "<script>") {
		t.Error("the page of a link may act by itself")
	}
	want(t, b.Post(path), 303, "/renew")
}

// TestATK018WrongCodesAreCounted holds whatever browser is used: the count is the address's, and the right code of a
// person still enters (contract).
func TestATK018WrongCodesAreCounted(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendCode)
	owner := f.Browser(t, town)
	code := housetest.Secret(t, letter(t, f, owner, storetest.Active, claire))
	tries := 0
	for a := (housetest.Answer{}); a.Status != 429; tries++ {
		if tries > 30 {
			t.Fatal("more than 30 wrong codes from one address")
		}
		a = f.Browser(t, town).Post("/enter", "code", "2222-3333-"+strings.Repeat(string("456789ABC"[tries%9]), 4))
		if !oneOf(a.Status, 422, 429) || a.Status == 429 && a.Header.Get("Retry-After") == "" {
			t.Fatalf("try %d: %d", tries, a.Status)
		}
	}
	t.Logf("429 at try %d", tries)
	want(t, owner.Post("/enter", "code", code), 303, "/renew")
}
