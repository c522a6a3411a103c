package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/application"
	"loquet/store/storetest"
)

// The assertions of the OpenID Foundation's certification profiles (norms §8.2), one test each.

func TestOIDC01MissingResponseType(t *testing.T) {
	w := quick(t)
	for _, kind := range []string{"", "token", "id_token", "code token", "nonsense"} {
		told := w.answered(w.in().Get(w.asks("response_type", kind)))
		if !slices.Contains([]string{"invalid_request", "unsupported_response_type"}, told.Get("error")) ||
			told.Get("state") != "s t&te" || told.Get("code") != "" {
			t.Errorf("response_type %q: %v", kind, told)
		}
	}
}

func TestOIDC02IDTokensAreRS256UnlessTheApplicationSaysOtherwise(t *testing.T) {
	w := quick(t)
	b := w.in()
	for _, alg := range application.Algorithms {
		w.change(func(a *application.Application) { a.Signs = alg })
		claims := w.claims(w.tokens(b)["id_token"]) // by a published key of the algorithm that its header names
		if claims["iss"] != issuer || claims["aud"] != w.app.ID || claims["nonce"] != "n" || claims["sub"] != w.mother.ID {
			t.Errorf("%s: %v", alg, claims)
		}
	}
	w.change(func(a *application.Application) { a.Signs = "" })
	raw, _ := w.tokens(b)["id_token"].(string)
	if header := decoded(t, raw, 0); header["alg"] != "RS256" || header["kid"] == "" {
		t.Errorf("by default: %v", header)
	}
}

func TestOIDC03UserInfoByGetAndPost(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in())
	status, said := w.userInfo(got["access_token"])
	if status != http.StatusOK || said["sub"] != w.mother.ID || said["preferred_username"] != "38162" ||
		said["org"] != w.Town.Slug || said["role"] != "famille" || said["email"] == nil || said["phone_number"] != nil {
		t.Errorf("GET: %d %v", status, said)
	}
	token, _ := got["access_token"].(string)
	status, posted := w.tells("/oauth2/userinfo", http.Header{"Authorization": {"Bearer " + token}})
	if status != http.StatusOK || posted["sub"] != said["sub"] {
		t.Errorf("POST with a header: %d %v", status, posted)
	}
	if status, said := w.userInfo(token + "x"); status != http.StatusUnauthorized {
		t.Errorf("a bad token: %d %v", status, said)
	}
}

func TestOIDC04NonceIsOptional(t *testing.T) {
	w := quick(t)
	if claims := w.claims(w.tokens(w.in(), "nonce", "")["id_token"]); claims["nonce"] != nil {
		t.Errorf("%v", claims)
	}
}

func TestOIDC05ScopesInAnyOrderAndUnknownParameters(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in(), "scope", "email groups openid address", "extra", "foobar", "scope2", "x")
	if scope, _ := got["scope"].(string); strings.Contains(scope, "groups") || !strings.Contains(scope, "email") {
		t.Errorf("scope %q", scope)
	}
	if claims := w.claims(got["id_token"]); claims["email"] == nil || claims["name"] != nil {
		t.Errorf("%v", claims)
	}
}

func TestOIDC06PromptLogin(t *testing.T) {
	w := quick(t)
	b := w.in()
	first := w.claims(w.tokens(b)["id_token"])
	w.Clock.Advance(time.Minute)
	asked := b.Get(w.asks("prompt", "login"))
	at, _ := url.Parse(asked.Location)
	if asked.Status != http.StatusSeeOther || at.Path != "/signin" || at.Query().Get("again") != "1" {
		t.Fatalf("%d %s", asked.Status, asked.Location)
	}
	page := b.Get(asked.Location)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Identifiez-vous encore une fois") {
		t.Fatalf("%d %s", page.Status, titleOf(page))
	}
	next := at.Query().Get("next")
	if back := b.Get(next); !strings.HasPrefix(back.Location, "/signin?") {
		t.Errorf("without signing in: %d %s", back.Status, back.Location)
	}
	status, got := w.redeem(w.answered(b.Get(w.signIn(b, next, "38162").Location)).Get("code"))
	again := w.claims(got["id_token"])
	if status != http.StatusOK || again["auth_time"].(float64) <= first["auth_time"].(float64) || again["sub"] != first["sub"] {
		t.Errorf("%d: auth_time %v after %v", status, again["auth_time"], first["auth_time"])
	}
}

func TestOIDC07PromptNone(t *testing.T) {
	w := quick(t)
	if told := w.answered(w.browser().Get(w.asks("prompt", "none"))); told.Get("error") != "login_required" ||
		told.Get("state") != "s t&te" {
		t.Errorf("nobody in: %v", told)
	}
	b := w.in()
	first := w.claims(w.tokens(b)["id_token"])
	again := w.claims(w.tokens(b, "prompt", "none")["id_token"])
	if first["sub"] != again["sub"] || first["auth_time"] != again["auth_time"] {
		t.Errorf("%v, then %v", first, again)
	}
	if told := w.answered(b.Get(w.asks("prompt", "none login"))); told.Get("error") != "invalid_request" {
		t.Errorf("none and login: %v", told)
	}
}

func TestOIDC08MaxAge(t *testing.T) {
	w := quick(t)
	b := w.in()
	first := w.claims(w.tokens(b)["id_token"])
	w.Clock.Advance(5 * time.Second)
	if told := w.answered(b.Get(w.asks("max_age", "10000"))); told.Get("code") == "" {
		t.Errorf("max_age=10000: %v", told)
	}
	if told := w.answered(b.Get(w.asks("max_age", "1", "prompt", "none"))); told.Get("error") != "login_required" {
		t.Errorf("max_age=1 silently: %v", told)
	}
	at, _ := url.Parse(b.Get(w.asks("max_age", "1")).Location)
	if at.Path != "/signin" {
		t.Fatalf("max_age=1 leads to %s", at)
	}
	_, got := w.redeem(w.answered(b.Get(w.signIn(b, at.Query().Get("next"), "38162").Location)).Get("code"))
	if again := w.claims(got["id_token"]); again["auth_time"].(float64) <= first["auth_time"].(float64) {
		t.Errorf("auth_time %v after %v", again["auth_time"], first["auth_time"])
	}
}

func TestOIDC09HintsNeverHurt(t *testing.T) {
	w := quick(t)
	b := w.in()
	hint, _ := w.tokens(b)["id_token"].(string)
	for _, c := range [][]string{
		{"id_token_hint", hint, "prompt", "none"}, {"login_hint", "38162"}, {"ui_locales", "se fr-FR"},
		{"claims_locales", "xx"}, {"acr_values", "1 2 urn:x"}, {"acr_values", "aal1"}, {"display", "page"}, {"display", "popup"},
		{"display", "hologram"},
	} {
		if told := w.answered(b.Get(w.asks(c...))); told.Get("code") == "" {
			t.Errorf("%v: %v", c, told)
		}
	}
	shown := w.browser()
	page := shown.Get(shown.Get(w.asks("login_hint", "38162")).Location)
	if !strings.Contains(page.Body, `value="38162"`) {
		t.Error("login_hint is not in the form")
	}
	// Whoever else is in does not answer for the person that the application expects.
	other := w.knows(w.Town, storetest.Father)
	second := w.browser()
	w.signIn(second, "", other.Identifier)
	if told := w.answered(second.Get(w.asks("id_token_hint", hint, "prompt", "none"))); told.Get("error") != "login_required" {
		t.Errorf("somebody else: %v", told)
	}
	if told := w.answered(b.Get(w.asks("id_token_hint", hint[:len(hint)-4]+"AAAA"))); told.Get("error") != "invalid_request" {
		t.Errorf("a forged hint: %v", told)
	}
}

func TestOIDC10ACodeThatComesTwice(t *testing.T) {
	each(t, func(w *world) {
		code := w.code(w.in())
		status, got := w.redeem(code)
		if status != http.StatusOK {
			w.t.Fatalf("%d %v", status, got)
		}
		for range 2 {
			if status, said := w.redeem(code); status != http.StatusBadRequest || said["error"] != "invalid_grant" {
				w.t.Errorf("again: %d %v", status, said)
			}
		}
		if status, _ := w.userInfo(got["access_token"]); status != http.StatusUnauthorized {
			w.t.Errorf("its access token still serves: %d", status)
		}
	})
}

func TestOIDC11AnUnknownAddressIsNotFollowed(t *testing.T) {
	w := quick(t)
	for _, to := range []string{"https://evil.example/cb", callback + "/x", callback + "?x=1", strings.ToUpper(callback), ""} {
		a := w.in().Get(w.asks("redirect_uri", to))
		if a.Status != http.StatusBadRequest || a.Location != "" || !strings.Contains(a.Body, "Erreur") {
			t.Errorf("%q: %d %s", to, a.Status, a.Location)
		}
	}
}

func TestOIDC12ARequestMayBePosted(t *testing.T) {
	w := quick(t)
	b := w.in()
	b.Header.Set("Origin", "https://cantine.example")
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	_, query, _ := strings.Cut(w.asks(), "?")
	posted := b.PostBody("/oauth2/authorize", "application/x-www-form-urlencoded", query)
	if posted.Status != http.StatusSeeOther || !strings.HasPrefix(posted.Location, "/oauth2/authorize?") {
		t.Fatalf("%d %s", posted.Status, posted.Location)
	}
	if told := w.answered(b.Get(posted.Location)); told.Get("code") == "" {
		t.Errorf("%v", told)
	}
}

func TestOIDC13TheSecretInTheHeaderOrInTheBody(t *testing.T) {
	w := quick(t)
	b := w.in()
	for _, secret := range []string{w.secret, "", "wrong", w.secret[:len(w.secret)-1], strings.ToLower(w.secret)} {
		want := http.StatusUnauthorized
		if secret == w.secret {
			want = http.StatusOK
		}
		fields := []string{"grant_type", "authorization_code", "redirect_uri", callback, "code_verifier", verifier, "code"}
		if status, said := w.tells("/oauth2/token", basic(w.app.ID, secret), append(fields, w.code(b))...); status != want {
			t.Errorf("in the header: %d %v", status, said)
		}
		body := append(fields, w.code(b), "client_id", w.app.ID, "client_secret", secret)
		if status, said := w.tells("/oauth2/token", nil, body...); status != want {
			t.Errorf("in the body: %d %v", status, said)
		}
	}
}

func TestOIDC14RequestObjectsAreRefusedAndNeverIgnored(t *testing.T) {
	w := quick(t)
	b := w.in()
	if told := w.answered(b.Get(w.asks("request", "eyJhbGciOiJub25lIn0.e30."))); told.Get("error") != "request_not_supported" {
		t.Errorf("request: %v", told)
	}
	a := b.Get(w.asks("request_uri", "https://cantine.example/request.jwt"))
	if !strings.Contains(a.Location+a.Body, "request_uri_not_supported") {
		t.Errorf("request_uri: %d %s", a.Status, a.Location)
	}
}

func TestOIDC15ClaimsByName(t *testing.T) {
	w := quick(t)
	asked, _ := json.Marshal(map[string]any{
		"userinfo": map[string]any{"name": map[string]bool{"essential": true}}, "id_token": map[string]any{"email": nil},
	})
	got := w.tokens(w.in(), "scope", "openid", "claims", string(asked))
	_, said := w.userInfo(got["access_token"])
	if said["name"] == nil || said["email"] != nil {
		t.Errorf("userinfo: %v", said)
	}
	if claims := w.claims(got["id_token"]); claims["email"] == nil || claims["name"] != nil {
		t.Errorf("ID token: %v", claims)
	}
}

func TestOIDC16ARefreshTokenIsItsApplications(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in(), "scope", "openid offline_access")
	token, _ := got["refresh_token"].(string)
	other, secret := w.registers(w.Town, application.Application{Name: "Planning", Own: true})
	status, said := w.tells("/oauth2/token", basic(other.ID, secret), "grant_type", "refresh_token", "refresh_token", token)
	if status != http.StatusBadRequest || said["error"] != "invalid_grant" {
		t.Errorf("another application: %d %v", status, said)
	}
	status, next := w.refresh(token)
	if status != http.StatusOK || next["refresh_token"] == token || next["access_token"] == nil {
		t.Fatalf("%d %v", status, next)
	}
	if a, b := w.claims(got["id_token"]), w.claims(next["id_token"]); a["sub"] != b["sub"] || a["auth_time"] != b["auth_time"] {
		t.Errorf("%v, then %v", a, b)
	}
	if got := w.tokens(w.in()); got["refresh_token"] != nil {
		t.Error("a refresh token that nobody has asked for")
	}
}

func TestOIDC17Discovery(t *testing.T) {
	w := quick(t)
	var said map[string]any
	a := w.browser().Get("/.well-known/openid-configuration")
	w.must(json.Unmarshal([]byte(a.Body), &said))
	if same := w.browser().Get("/.well-known/oauth-authorization-server"); same.Body != a.Body { // RFC 8414
		t.Errorf("the metadata: %d %s", same.Status, same.Body)
	}
	for key, want := range map[string]string{
		"issuer": issuer, "authorization_endpoint": issuer + "/oauth2/authorize", "token_endpoint": issuer + "/oauth2/token",
		"userinfo_endpoint": issuer + "/oauth2/userinfo", "jwks_uri": issuer + "/oauth2/jwks",
		"end_session_endpoint": issuer + "/oauth2/logout", "revocation_endpoint": issuer + "/oauth2/revoke",
		"introspection_endpoint": issuer + "/oauth2/introspect", "pushed_authorization_request_endpoint": issuer + "/oauth2/par",
	} {
		if said[key] != want {
			t.Errorf("%s is %v, want %s", key, said[key], want)
		}
	}
	for key, wanted := range map[string][]string{
		"scopes_supported": {"openid"}, "subject_types_supported": {"public", "pairwise"},
		"id_token_signing_alg_values_supported": {"RS256", "ES256", "EdDSA"}, "code_challenge_methods_supported": {"S256"},
		"token_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post", "none"},
	} {
		for _, one := range wanted {
			if !slices.Contains(strs(said[key]), one) {
				t.Errorf("%s lacks %s: %v", key, one, said[key])
			}
		}
	}
	if kinds := strs(said["response_types_supported"]); len(kinds) != 1 || kinds[0] != "code" || said["registration_endpoint"] != nil {
		t.Errorf("offered: %v, %v", kinds, said["registration_endpoint"])
	}
	if said["authorization_response_iss_parameter_supported"] != true || said["backchannel_logout_supported"] != true ||
		said["request_parameter_supported"] != false {
		t.Errorf("%v", said)
	}
	if got := w.Browser(t, school).Get("/.well-known/openid-configuration"); !strings.Contains(got.Body, "http://"+school+"/oauth2/token") {
		t.Errorf("the school's: %s", got.Body)
	}
}

func strs(list any) (all []string) {
	items, _ := list.([]any)
	for _, i := range items {
		s, _ := i.(string)
		all = append(all, s)
	}
	return all
}
