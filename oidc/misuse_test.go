package oidc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/oidc"
	"loquet/store/storetest"
)

// TestATK055ARefreshTokenSaysNothing: it lives for a month and has left no key behind, so it is no access token.
func TestATK055ARefreshTokenSaysNothing(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in(), "scope", "openid email offline_access")
	raw, _ := got["refresh_token"].(string)
	tab := w.browser()
	tab.Header.Set("Authorization", "Bearer\t"+raw)
	if a := tab.Get("/oauth2/userinfo"); a.Status != http.StatusUnauthorized {
		t.Errorf("a refresh token behind a tab: %d", a.Status)
	}
	if status, said := w.userInfo(raw); status != http.StatusUnauthorized || said["sub"] != nil {
		t.Errorf("a refresh token as an access token: %d %v", status, said)
	}
	if status, _ := w.userInfo(got["access_token"]); status != http.StatusOK {
		t.Errorf("the access token: %d", status)
	}
}

// TestATK094ATokenOfLessSaysLess: what was asked with fewer scopes opens no more than they do (RFC 6749 §3.3, §6).
func TestATK094ATokenOfLessSaysLess(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in(), "scope", "openid profile email offline_access")
	token, _ := got["refresh_token"].(string)
	_, less := w.token("grant_type", "refresh_token", "refresh_token", token, "scope", "openid email")
	if _, said := w.userInfo(less["access_token"]); said["email"] == nil || said["name"] != nil {
		t.Errorf("a token for openid and email tells %v", said)
	}
	if claims := w.claims(less["id_token"]); claims["email"] == nil || claims["name"] != nil {
		t.Errorf("an ID token for openid and email tells %v", claims)
	}
	if _, said := w.userInfo(got["access_token"]); said["name"] == nil {
		t.Errorf("the whole token tells %v", said)
	}
}

// push pushes a request of the application with some parameters changed, and gives what brings it.
func (w *world) push(change ...string) (int, string) {
	w.t.Helper()
	_, query, _ := strings.Cut(w.asks(change...), "?")
	values, err := url.ParseQuery(query)
	w.must(err)
	var fields []string
	for name := range values {
		fields = append(fields, name, values.Get(name))
	}
	status, said := w.tells("/oauth2/par", basic(w.app.ID, w.secret), fields...)
	name, _ := said["request_uri"].(string)
	return status, "/oauth2/authorize?" + url.Values{"client_id": {w.app.ID}, "request_uri": {name}}.Encode()
}

// TestOAU12OnlyWhatWasPushedCounts: whoever holds the browser's address bar adds nothing (RFC 9126 §4, RFC 9101 §6.3).
func TestOAU12OnlyWhatWasPushedCounts(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.NoPKCE, a.Redirects = true, []string{callback, callback + "2"} })
	b := w.in()
	_, brought := w.push("code_challenge", "", "code_challenge_method", "", "nonce", "", "state", "", "scope", "openid")
	more := "&" + url.Values{
		"nonce": {"theirs"}, "state": {"theirs"}, "prompt": {"login"}, "max_age": {"0"}, "response_mode": {"form_post"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
		"scope": {"openid email"}, "redirect_uri": {callback + "2"}, "id_token_hint": {"x"},
		"claims": {`{"id_token":{"email":null}}`},
	}.Encode()
	told := w.answered(b.Get(brought + more))
	if told.Get("state") != "" || told.Get("code") == "" {
		t.Fatalf("%v", told)
	}
	status, got := w.token("grant_type", "authorization_code", "code", told.Get("code"), "redirect_uri", callback)
	claims := w.claims(got["id_token"])
	if status != http.StatusOK || claims["nonce"] != nil || claims["email"] != nil || got["scope"] != "openid" {
		t.Errorf("%d %v %v", status, got, claims)
	}
	w.change(func(a *application.Application) { a.NoPKCE = false })
	for _, change := range [][]string{
		{"redirect_uri", ""}, {"response_type", ""}, {"scope", ""}, {"scope", "email"}, {"code_challenge", ""},
		{"code_challenge_method", "plain"}, {"response_mode", "fragment"}, {"prompt", "none login"}, {"request", "a.b.c"},
	} {
		if status, _ := w.push(change...); status != http.StatusBadRequest { // RFC 9126 §2.1; ASVS 10.4.12
			t.Errorf("%q is kept: %d", change, status)
		}
	}
}

// TestOAU01NoOtherSpelling of a registered address is taken for it (ASVS 10.4.1).
func TestOAU01NoOtherSpelling(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) {
		a.Redirects = []string{callback, "https://cantine.example/%C3%A9t%C3%A9"}
	})
	b := w.in()
	for _, to := range []string{"HTTPS://cantine.example/callback", callback + "#", "https://cantine.example/été"} {
		if a := b.Get(w.asks("redirect_uri", to)); a.Status != http.StatusBadRequest || a.Location != "" {
			t.Errorf("%q: %d %s", to, a.Status, a.Location)
		}
		if status, _ := w.push("redirect_uri", to); status != http.StatusBadRequest {
			t.Errorf("%q is pushed: %d", to, status)
		}
	}
}

// TestOAU15IntrospectionAcrossApplications: one that is not the organisation's own learns nothing of a token that is not
// its own, nor of its own what nobody has let it know (RFC 7662 §4, §5; ASVS 10.7.1).
func TestOAU15IntrospectionAcrossApplications(t *testing.T) {
	w := quick(t)
	b := w.in()
	ours, _ := w.tokens(b)["access_token"].(string)
	stranger, secret := w.registers(w.Town, application.Application{Name: "Jeux", Pairwise: true})
	ask := func(id, secret, token string) map[string]any {
		_, said := w.tells("/oauth2/introspect", basic(id, secret), "token", token)
		return said
	}
	if said := ask(stranger.ID, secret, ours); said["active"] != false || len(said) != 1 {
		t.Errorf("of another one's token: %v", said)
	}
	home, key := w.app, w.secret
	w.app, w.secret = stranger, secret
	page := b.Get(w.asks("scope", "openid"))
	_, action, _ := strings.Cut(page.Body, `<form method="post" action="`)
	action, _, _ = strings.Cut(action, `"`)
	status, got := w.redeem(w.answered(b.Post(action, "consent", "yes")).Get("code"))
	theirs, _ := got["access_token"].(string)
	said := ask(stranger.ID, secret, theirs)
	if status != http.StatusOK || said["active"] != true || said["username"] != nil {
		t.Errorf("of its own token: %d %v", status, said)
	}
	if said := ask(home.ID, key, theirs); said["active"] != true { // a resource server of the organisation's
		t.Errorf("by one of the organisation's own: %v", said)
	}
	w.app, w.secret = home, key
	refresh, _ := w.tokens(b, "scope", "openid offline_access")["refresh_token"].(string)
	other, third := w.registers(w.Town, application.Application{Name: "Planning", Own: true})
	if said := ask(other.ID, third, refresh); said["active"] != false || len(said) != 1 { // nobody is to bring it one
		t.Errorf("a refresh token, by another application: %v", said)
	}
}

// TestASVS1071NoIsNo also where yes was said in another tab a moment before.
func TestASVS1071NoIsNo(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Own = false })
	b := w.in()
	var actions []string
	for range 2 {
		_, action, _ := strings.Cut(b.Get(w.asks()).Body, `<form method="post" action="`)
		action, _, _ = strings.Cut(action, `"`)
		actions = append(actions, action)
	}
	if told := w.answered(b.Post(actions[0], "consent", "yes")); told.Get("code") == "" {
		t.Errorf("yes: %v", told)
	}
	if told := w.answered(b.Post(actions[1], "consent", "no")); told.Get("error") != "access_denied" {
		t.Errorf("no: %v", told)
	}
}

// TestOIDC15WhatIsAskedOfASubjectHolds: a sub asked by value is met or refused (OpenID Connect Core 1.0 §3.1.2.2), and so
// is an essential acr (§5.5.1.1).
func TestOIDC15WhatIsAskedOfASubjectHolds(t *testing.T) {
	w := quick(t)
	b := w.in()
	father := storetest.Person(t, w.DB, w.Town, storetest.Father)
	asks := func(claim string, wanted map[string]any) string {
		said, _ := json.Marshal(map[string]any{"id_token": map[string]any{claim: wanted}})
		return w.asks("prompt", "none", "claims", string(said))
	}
	for request, want := range map[string]string{
		asks("sub", map[string]any{"value": w.mother.ID}):                                   "",
		asks("sub", map[string]any{"value": father.ID}):                                     "login_required",
		asks("sub", map[string]any{"values": []string{father.ID}}):                          "login_required",
		asks("acr", map[string]any{"essential": true, "value": "urn:x"}):                    "unmet_authentication_requirements",
		asks("acr", map[string]any{"essential": true, "values": []string{"urn:x", "aal1"}}): "",
		asks("acr", map[string]any{"essential": true}):                                      "",
		asks("acr", map[string]any{"value": "urn:x"}):                                       "",
	} {
		if told := w.answered(b.Get(request)); told.Get("error") != want || (want == "") != (told.Get("code") != "") {
			t.Errorf("%s: %v", request, told)
		}
	}
}

// TestH6AnIdThatIsNoApplicationsOfOpenID is no reason to fail, however often it is asked.
func TestH6AnIdThatIsNoApplicationsOfOpenID(t *testing.T) {
	w := quick(t)
	guarded := application.Application{
		ID: application.NewID(), Organisation: w.Town.ID, Name: "Wiki", Kind: application.Forward, Own: true,
		URL: "https://wiki.example/", Signs: application.RS256, Created: w.Clock.Now(),
	}
	w.must(w.DB.AddApplication(t.Context(), guarded, w.noteOf(w.Town, "application-added")))
	w.Clock.Advance(2 * time.Second)
	b := w.in()
	b.Header.Set("Sec-Fetch-Dest", "document")
	for range 8 {
		if a := b.Get(w.asks("client_id", guarded.ID)); a.Status != http.StatusBadRequest {
			t.Fatalf("%d %s", a.Status, a.Location)
		}
	}
}

// TestATK095NoCookieGrowsByAnAddress: proxies refuse whoever brings more than 8 KiB of them, for as long as they live.
func TestATK095NoCookieGrowsByAnAddress(t *testing.T) {
	w := quick(t)
	b := w.in()
	b.Header.Set("Sec-Fetch-Dest", "document")
	long := strings.Repeat("x", 3900)
	for _, path := range []string{
		"/signin?again=1&next=" + url.QueryEscape("/oauth2/authorize/"+long),
		"/signin?again=1&next=" + url.QueryEscape("/forward-auth/enter?application="+long), w.asks("client_id", long),
	} {
		for _, c := range b.Get(path).Header["Set-Cookie"] {
			if len(c) > 2500 {
				t.Errorf("%.40s: a cookie of %d bytes", path, len(c))
			}
		}
	}
}

// TestATK095Garbage is answered, and is no failure.
func TestATK095Garbage(t *testing.T) {
	each(t, func(w *world) {
		b := w.in()
		for _, bad := range []string{
			"\x00", "\xff\xfe", "a\x00b", "\u202e", strings.Repeat("é", 1500), "{", `{"id_token":[]}`, "-1", "99999999999999999999",
		} {
			for _, name := range []string{
				"client_id", "scope", "state", "nonce", "claims", "max_age", "prompt", "login_hint", "acr_values", "display",
				"ui_locales", "code_challenge", "response_type", "response_mode", "redirect_uri", "request_uri", "id_token_hint",
				"dpop_jkt",
			} {
				if a := b.Get(w.asks(name, bad)); a.Status >= 500 {
					w.t.Errorf("%s=%q: %d", name, bad, a.Status)
				}
			}
			for _, path := range []string{
				"/oauth2/authorize/" + url.PathEscape(bad), "/forward-auth/enter?application=" + url.QueryEscape(bad),
				"/oauth2/logout?client_id=" + url.QueryEscape(bad), "/oauth2/logout?id_token_hint=" + url.QueryEscape(bad),
				"/signin?again=1&next=" + url.QueryEscape("/oauth2/authorize/"+url.PathEscape(bad)),
				"/signin?again=1&next=" + url.QueryEscape("/oauth2/authorize/"+bad),
			} {
				if a := b.Get(path); a.Status >= 500 {
					w.t.Errorf("%s: %d", path, a.Status)
				}
			}
			for _, path := range []string{
				"/oauth2/token", "/oauth2/par", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/userinfo",
			} {
				for _, header := range []http.Header{nil, basic(bad, bad), basic(w.app.ID, w.secret)} {
					for _, grant := range []string{"authorization_code", "refresh_token", bad} {
						status, said := w.tells(path, header, "grant_type", grant, "code", bad, "refresh_token", bad, "token", bad,
							"client_id", bad, "redirect_uri", bad, "code_verifier", bad, "scope", bad)
						if status >= 500 {
							w.t.Errorf("%s %q: %d %v", path, bad, status, said)
						}
					}
				}
			}
		}
	})
}

// TestATK095RequestsThatWaitAreCounted by the place that begins them: each is kept for half an hour, for nobody yet.
func TestATK095RequestsThatWaitAreCounted(t *testing.T) {
	w := quick(t)
	stranger, waits := w.browser(), 0
	answered := housetest.Answer{}
	for ; waits < 700 && answered.Status != http.StatusTooManyRequests; waits++ {
		answered = stranger.Get(w.asks())
	}
	if waits < 500 || answered.Status != http.StatusTooManyRequests || answered.Header.Get("Retry-After") == "" {
		t.Fatalf("after %d: %d", waits, answered.Status)
	}
	if told := w.answered(w.in().Get(w.asks())); told.Get("code") == "" {
		t.Errorf("whoever is in waits for nothing: %v", told)
	}
	w.Clock.Advance(time.Second)
	if a := stranger.Get(w.asks()); a.Status != http.StatusSeeOther {
		t.Errorf("a second later: %d", a.Status)
	}
	half := strings.Repeat("x", 4000)
	if a := stranger.Get(w.asks("state", half, "nonce", half, "login_hint", half)); a.Status != http.StatusBadRequest {
		t.Errorf("twelve thousand bytes: %d", a.Status)
	}
}

// raced is a store in which somebody uses each grant a moment before it ends.
type raced struct{ oidc.Store }

func (r raced) SaveGrant(ctx context.Context, g oidc.Grant, notes ...audit.Entry) error {
	if h, err := r.Grant(ctx, g.Organisation, g.ID); err == nil && !g.Ended.IsZero() && h.Grant.Version < 4 {
		if err := r.Store.SaveGrant(ctx, h.Grant); err != nil {
			return err //nolint:wrapcheck // a pass-through
		}
	}
	return r.Store.SaveGrant(ctx, g, notes...) //nolint:wrapcheck // a pass-through
}

// TestOAU15WhoTakesBackWins against whoever uses it at that moment (RFC 7009 §2.1).
func TestOAU15WhoTakesBackWins(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in(), "scope", "openid offline_access")
	token, _ := got["refresh_token"].(string)
	w.OIDC.Store = raced{w.OIDC.Store}
	if status, said := w.tells("/oauth2/revoke", basic(w.app.ID, w.secret), "token", token); status != http.StatusOK {
		t.Errorf("revocation: %d %v", status, said)
	}
	if status, said := w.refresh(token); status != http.StatusBadRequest {
		t.Errorf("it still serves: %d %v", status, said)
	}
	entries, err := w.DB.JournalPage(t.Context(), w.Town.ID, journalOf(audit.GrantReturned))
	if err != nil || len(entries) != 1 {
		t.Errorf("the journal: %v %v", entries, err)
	}
}

// TestATK035TheBrowserIsKnownAsLongAsItsLastRequestWaits, and not half an hour from its first one.
func TestATK035TheBrowserIsKnownAsLongAsItsLastRequestWaits(t *testing.T) {
	w := quick(t)
	b := w.browser()
	b.Get(w.asks())
	held := b.Cookie("loquet-request")
	again := b.Get(w.asks()).Header.Values("Set-Cookie")
	if held == "" || !slices.ContainsFunc(again, func(c string) bool {
		return strings.HasPrefix(c, "loquet-request="+held+";") && strings.Contains(c, "Max-Age=1800")
	}) {
		t.Errorf("the second request: %q", again)
	}
}

// TestATK088AClockThatWasSetBackMakesNoKeys, and stops nobody from checking those that there are.
func TestATK088AClockThatWasSetBackMakesNoKeys(t *testing.T) {
	w := quick(t)
	before := w.browser().Get("/oauth2/jwks").Body
	w.Clock.Advance(-48 * time.Hour)
	for range 3 {
		if a := w.browser().Get("/oauth2/jwks"); a.Status != http.StatusOK || a.Body != before {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		w.Clock.Advance(2 * time.Second)
	}
	if told := w.answered(w.in().Get(w.asks())); told.Get("code") == "" {
		t.Errorf("%v", told)
	}
}
