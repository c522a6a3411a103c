package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/application"
	"loquet/session"
	"loquet/store/storetest"
)

// The rules of the RFCs (norms §8.3), one test each; OAU-07 is of package web, OAU-17 beside the keys.

func TestOAU01RedirectsAreComparedLetterByLetter(t *testing.T) {
	w := quick(t)
	b := w.in()
	for _, to := range []string{
		callback + "/", callback + "#f", callback + "%2f..", "https://cantine.example/callbac", "https://cantine.example:443/callback",
		"http://cantine.example/callback", "https://cantine.example/./callback", "https://cantine.example@evil.example/callback",
	} {
		if a := b.Get(w.asks("redirect_uri", to)); a.Status != http.StatusBadRequest || a.Location != "" {
			t.Errorf("%q: %d %s", to, a.Status, a.Location)
		}
	}
	status, said := w.token("grant_type", "authorization_code", "code", w.code(b), "redirect_uri", callback+"/", "code_verifier", verifier)
	if status != http.StatusBadRequest || said["error"] != "invalid_grant" {
		t.Errorf("another address at the token endpoint: %d %v", status, said)
	}
}

func TestOAU02PKCE(t *testing.T) {
	w := quick(t)
	b := w.in()
	if told := w.answered(b.Get(w.asks("code_challenge", "", "code_challenge_method", ""))); told.Get("error") != "invalid_request" {
		t.Errorf("without a challenge: %v", told)
	}
	for _, guess := range []string{"", verifier + "x", strings.Repeat("a", 43)} {
		status, said := w.token("grant_type", "authorization_code", "code", w.code(b), "redirect_uri", callback, "code_verifier", guess)
		if status != http.StatusBadRequest || said["error"] != "invalid_grant" {
			t.Errorf("verifier %q: %d %v", guess, status, said)
		}
	}
	w.change(func(a *application.Application) { a.NoPKCE = true })
	plain := w.code(b, "code_challenge", "", "code_challenge_method", "")
	if status, said := w.token("grant_type", "authorization_code", "code", plain, "redirect_uri", callback); status != http.StatusOK {
		t.Errorf("one that may do without: %d %v", status, said)
	}
	if status, said := w.token("grant_type", "authorization_code", "code", w.code(b), "redirect_uri", callback); status != http.StatusBadRequest {
		t.Errorf("one that may do without, and has not: %d %v", status, said)
	}
	w.change(func(a *application.Application) { a.Public, a.Secret = true, "" }) // and NoPKCE stays on
	if told := w.answered(b.Get(w.asks("code_challenge", "", "code_challenge_method", ""))); told.Get("error") != "invalid_request" {
		t.Errorf("a public one without a challenge: %v", told)
	}
}

func TestOAU03NoOtherGrants(t *testing.T) {
	w := quick(t)
	for _, fields := range [][]string{
		{"grant_type", "password", "username", "38162", "password", password}, // ATK-031: nor with a temporary one
		{"grant_type", "client_credentials"}, {"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", "x"},
		{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token", "x"}, {"grant_type", ""}, {},
	} {
		if status, said := w.token(fields...); status != http.StatusBadRequest || said["access_token"] != nil {
			t.Errorf("%v: %d %v", fields, status, said)
		}
	}
}

func TestOAU04RefreshTokensChangeAndComeBackOnce(t *testing.T) {
	each(t, func(w *world) {
		b := w.in()
		first, _ := w.tokens(b, "scope", "openid offline_access")["refresh_token"].(string)
		_, second := w.refresh(first)
		if second["refresh_token"] == nil || second["refresh_token"] == first {
			w.t.Fatalf("not replaced: %v", second)
		}
		if status, said := w.refresh(first); status != http.StatusBadRequest || said["error"] != "invalid_grant" {
			w.t.Errorf("the old one: %d %v", status, said)
		}
		token, _ := second["refresh_token"].(string)
		if status, said := w.refresh(token); status != http.StatusBadRequest {
			w.t.Errorf("the new one, after the old one came back: %d %v", status, said)
		}
		if status, _ := w.userInfo(second["access_token"]); status != http.StatusUnauthorized {
			w.t.Errorf("its access token: %d", status)
		}
		for _, because := range []session.End{session.SignedOut, session.Renewed} {
			b := w.in()
			got := w.tokens(b, "scope", "openid offline_access")
			w.ends(w.mother, because)
			held, _ := got["refresh_token"].(string)
			if status, said := w.refresh(held); status != http.StatusBadRequest {
				w.t.Errorf("after %s: %d %v", because, status, said)
			}
			if status, _ := w.userInfo(got["access_token"]); status != http.StatusUnauthorized {
				w.t.Errorf("the access token after %s: %d", because, status)
			}
		}
		other := w.in()
		still, _ := w.tokens(other, "scope", "openid offline_access")["refresh_token"].(string)
		w.Clock.Advance(31 * 24 * time.Hour) // ASVS 10.4.8
		if status, _ := w.refresh(still); status != http.StatusBadRequest {
			w.t.Errorf("after 31 days: %d", status)
		}
	})
}

func TestOAU05FormsLeadOnBy303(t *testing.T) {
	w := quick(t)
	b := w.browser()
	at, _ := url.Parse(b.Get(w.asks()).Location)
	page := b.Get(at.String())
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://cantine.example;") {
		t.Errorf("the form may not lead to the application: %s", csp)
	}
	signed := w.signIn(b, at.Query().Get("next"), "38162")
	if back := b.Get(signed.Location); back.Status != http.StatusSeeOther || w.answered(back).Get("code") == "" {
		t.Errorf("%d %s", back.Status, back.Location)
	}
}

func TestOAU06ErrorsGoToKnownAddressesOnly(t *testing.T) {
	w := quick(t)
	for _, request := range []string{
		w.asks("redirect_uri", "https://evil.example/"), w.asks("client_id", "unknown"), w.asks("client_id", ""),
		"/oauth2/authorize", "/oauth2/authorize/unknown", w.asks() + "&state=again",
	} {
		a := w.browser().Get(request)
		if a.Status != http.StatusBadRequest || a.Location != "" || !strings.Contains(a.Body, "Vous n’y êtes pour rien") {
			t.Errorf("%s: %d %s", request, a.Status, a.Location)
		}
	}
}

func TestOAU08And09NoFramesAndNoMessages(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Own = false })
	b := w.in()
	page := b.Get(w.asks())
	csp := page.Header.Get("Content-Security-Policy")
	if page.Status != http.StatusOK || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(page.Body, "postMessage") {
		t.Errorf("%d %s", page.Status, csp)
	}
	for _, mode := range []string{"web_message", "fragment", "query.jwt", "json"} {
		if told := w.answered(b.Get(w.asks("response_mode", mode))); told.Get("error") != "invalid_request" {
			t.Errorf("response_mode %s: %v", mode, told)
		}
	}
}

func TestOAU10NoApplicationIsCalledLikeAPerson(t *testing.T) {
	w := quick(t)
	if id := application.NewID(); len(id) == len(w.mother.ID) || !strings.HasPrefix(id, "app") {
		t.Errorf("a client_id %q is shaped like a sub %q", id, w.mother.ID)
	}
	if told := w.browser().Get(w.asks("client_id", w.mother.ID)); told.Status != http.StatusBadRequest {
		t.Errorf("%d", told.Status)
	}
}

func TestOAU11TheIssuerIsInEveryAnswer(t *testing.T) {
	w := quick(t)
	b := w.in()
	for _, request := range []string{w.asks(), w.asks("prompt", "none"), w.asks("response_type", ""), w.asks("code_challenge", "")} {
		if told := w.answered(b.Get(request)); told.Get("iss") != issuer {
			t.Errorf("%v", told)
		}
	}
}

func TestOAU12PushedRequests(t *testing.T) {
	w := quick(t)
	_, query, _ := strings.Cut(w.asks(), "?")
	values, _ := url.ParseQuery(query)
	var fields []string
	for name := range values {
		fields = append(fields, name, values.Get(name))
	}
	push := func(secret string, more ...string) (int, map[string]any) {
		return w.tells("/oauth2/par", basic(w.app.ID, secret), append(append([]string{}, fields...), more...)...)
	}
	if status, said := push("wrong"); status != http.StatusUnauthorized {
		t.Errorf("another secret: %d %v", status, said)
	}
	if status, said := push(w.secret, "request_uri", "urn:x"); status != http.StatusBadRequest {
		t.Errorf("a request_uri: %d %v", status, said)
	}
	if status, said := push(w.secret, "redirect_uri", "https://evil.example/"); status != http.StatusBadRequest {
		t.Errorf("another address: %d %v", status, said)
	}
	status, said := push(w.secret)
	lives, _ := said["expires_in"].(float64)
	if status != http.StatusCreated || lives < 5 || lives > 600 {
		t.Fatalf("%d %v", status, said)
	}
	name, _ := said["request_uri"].(string)
	brought := "/oauth2/authorize?" + url.Values{"client_id": {w.app.ID}, "request_uri": {name}}.Encode()
	other, _ := w.registers(w.Town, application.Application{Name: "Planning", Own: true})
	foreign := "/oauth2/authorize?" + url.Values{"client_id": {other.ID}, "request_uri": {name}}.Encode()
	b := w.in()
	if told := w.answered(b.Get(brought)); told.Get("code") == "" || told.Get("state") != "s t&te" {
		t.Errorf("%v", told)
	}
	if again := w.in().Get(brought); again.Status != http.StatusBadRequest || again.Location != "" {
		t.Errorf("a second time: %d %s", again.Status, again.Location)
	}
	if again := b.Get(foreign); again.Status != http.StatusBadRequest {
		t.Errorf("another application: %d %s", again.Status, again.Location)
	}
	_, said = push(w.secret)
	name, _ = said["request_uri"].(string)
	w.Clock.Advance(2 * time.Minute)
	if late := b.Get("/oauth2/authorize?" + url.Values{"client_id": {w.app.ID}, "request_uri": {name}}.Encode()); late.Status != http.StatusBadRequest {
		t.Errorf("late: %d %s", late.Status, late.Location)
	}
}

func TestOAU14NoDeviceFlow(t *testing.T) {
	w := quick(t)
	if status, said := w.token("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "x"); status != http.StatusBadRequest ||
		said["error"] != "unsupported_grant_type" {
		t.Errorf("%d %v", status, said)
	}
	for _, path := range []string{"/device_authorization", "/oauth2/device", "/device", "/register", "/oauth2/register"} {
		if a := w.browser().Post(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

func TestOAU15RevocationAndIntrospection(t *testing.T) {
	w := quick(t)
	me := basic(w.app.ID, w.secret)
	got := w.tokens(w.in(), "scope", "openid offline_access")
	access, _ := got["access_token"].(string)
	refresh, _ := got["refresh_token"].(string)
	if status, said := w.tells("/oauth2/introspect", nil, "token", access); status != http.StatusUnauthorized {
		t.Errorf("introspection by nobody: %d %v", status, said)
	}
	public, _ := w.registers(w.Town, application.Application{Name: "Mobile", Own: true, Public: true})
	if status, said := w.tells("/oauth2/introspect", nil, "token", access, "client_id", public.ID); status == http.StatusOK && said["active"] != false {
		t.Errorf("introspection by a public application: %d %v", status, said)
	}
	for _, token := range []string{access, refresh} {
		if status, said := w.tells("/oauth2/introspect", me, "token", token); status != http.StatusOK || said["active"] != true {
			t.Errorf("introspection: %d %v", status, said)
		}
	}
	for _, token := range []string{"unknown", access + "x", "a.b.c", strings.Repeat("x", 5000)} {
		status, said := w.tells("/oauth2/introspect", me, "token", token)
		if status != http.StatusOK || said["active"] != false || len(said) != 1 {
			t.Errorf("introspection of %.10q: %d %v", token, status, said)
		}
		if status, said := w.tells("/oauth2/revoke", me, "token", token); status != http.StatusOK {
			t.Errorf("revocation of %.10q: %d %v", token, status, said)
		}
	}
	other, secret := w.registers(w.Town, application.Application{Name: "Planning", Own: true})
	_, _ = w.tells("/oauth2/revoke", basic(other.ID, secret), "token", refresh)
	if status, said := w.tells("/oauth2/introspect", me, "token", refresh); status != http.StatusOK || said["active"] != true {
		t.Errorf("another application has revoked it: %d %v", status, said)
	}
	if status, said := w.tells("/oauth2/revoke", me, "token", refresh, "token_type_hint", "refresh_token"); status != http.StatusOK {
		t.Errorf("revocation: %d %v", status, said)
	}
	for _, token := range []string{access, refresh} {
		if _, said := w.tells("/oauth2/introspect", me, "token", token); said["active"] != false || len(said) != 1 {
			t.Errorf("introspection of what was revoked: %v", said)
		}
	}
}

func TestOAU16AccessTokensSayWhatTheyAre(t *testing.T) {
	w := quick(t)
	got := w.tokens(w.in())
	raw, _ := got["access_token"].(string)
	header, claims := decoded(t, raw, 0), decoded(t, raw, 1)
	if header["typ"] != "at+jwt" || header["alg"] != "ES256" || claims["client_id"] != w.app.ID || claims["aud"] != issuer ||
		claims["iss"] != issuer || claims["sub"] != w.mother.ID || claims["jti"] == nil {
		t.Errorf("%v %v", header, claims)
	}
	id, _ := got["id_token"].(string)
	if status, _ := w.userInfo(id); status != http.StatusUnauthorized { // RFC 8725 §3.11
		t.Errorf("an ID token as an access token: %d", status)
	}
}

func TestOAU18SubIsOpaque(t *testing.T) {
	w := quick(t)
	b := w.in()
	public, _ := w.claims(w.tokens(b)["id_token"])["sub"].(string)
	w.change(func(a *application.Application) { a.Pairwise = true })
	got := w.tokens(b)
	pairwise, _ := w.claims(got["id_token"])["sub"].(string)
	_, said := w.userInfo(got["access_token"])
	if public != w.mother.ID || pairwise == public || len(pairwise) > 255 || len(pairwise) < 22 || said["sub"] != pairwise {
		t.Errorf("public %q, pairwise %q, by userinfo %q", public, pairwise, said["sub"])
	}
	for _, sub := range []string{public, pairwise} {
		if strings.Contains(sub, "38162") || strings.Contains(sub, "@") {
			t.Errorf("%q names the person", sub)
		}
	}
	first := w.app
	w.app, w.secret = w.registers(w.Town, application.Application{Name: "Planning", Own: true, Pairwise: true})
	if second := w.claims(w.tokens(b)["id_token"])["sub"]; second == pairwise || first.ID == w.app.ID {
		t.Error("two applications know the person by one pairwise sub")
	}
	if again := w.claims(w.tokens(w.in())["id_token"])["sub"]; again == pairwise || again == nil {
		t.Error("the sub is not its own")
	}
}

func TestOAU19WhatTheSignInRestsOn(t *testing.T) {
	w := quick(t)
	b := w.in()
	claims := w.claims(w.tokens(b)["id_token"])
	amr, _ := json.Marshal(claims["amr"])
	if string(amr) != `["pwd"]` || claims["acr"] != "aal1" || claims["sid"] == nil {
		t.Errorf("amr %s, acr %v, sid %v", amr, claims["acr"], claims["sid"])
	}
	asked, _ := json.Marshal(map[string]any{"id_token": map[string]any{"acr": map[string]any{"essential": true, "values": []string{"aal2"}}}})
	page := b.Get(w.asks("claims", string(asked)))
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "double vérification") {
		t.Errorf("a level that the session has not: %d", page.Status)
	}
	if told := w.answered(b.Get(w.asks("claims", string(asked), "prompt", "none"))); told.Get("error") != "interaction_required" {
		t.Errorf("silently: %v", told)
	}
	// A session of recovery opens nothing but the renewal, whatever an application asks.
	lea := w.knows(w.Town, storetest.MustRenew)
	held := w.browser()
	at, _ := url.Parse(held.Get(w.asks()).Location)
	if a := w.signIn(held, at.Query().Get("next"), lea.Identifier); a.Location != "/renew" {
		t.Errorf("whoever must renew is led to %s", a.Location)
	}
	if a := held.Get(w.asks()); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/renew") {
		t.Errorf("and then to %s", a.Location)
	}
	if told := w.answered(held.Get(w.asks("prompt", "none"))); told.Get("error") != "login_required" {
		t.Errorf("silently: %v", told)
	}
}
