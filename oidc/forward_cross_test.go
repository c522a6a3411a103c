package oidc_test

import (
	"errors"
	"net/http"
	"testing"

	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
	"loquet/signin"
)

// TestATK094WhatProxiesHoldIsNoToken brings the code and the cookie of an application behind a proxy to the provider, and a
// refresh token to the proxy's gate.
func TestATK094WhatProxiesHoldIsNoToken(t *testing.T) {
	w := quick(t)
	wiki := application.Application{
		ID: application.NewID(), Organisation: w.Town.ID, Name: "Wiki", URL: "https://wiki.example/", Kind: application.Forward,
		Template: application.AnyForward, Own: true, Signs: application.RS256, Created: w.Clock.Now(),
	}
	w.must(w.DB.AddApplication(t.Context(), wiki, w.noteOf(w.Town, audit.ApplicationAdded)))
	b := w.in()
	used, err := w.Sessions.Who(t.Context(), signin.Use{Organisation: w.Town, Token: b.Cookie("loquet")})
	w.must(err)
	nonce, state := oidc.NewNonce()
	enter := func() string {
		t.Helper()
		in, err := w.OIDC.Enter(t.Context(), oidc.Entering{
			Organisation: w.Town, Person: used.Person, Session: used.Session, Application: wiki.ID, State: state,
			Browser: session.Browser{},
		})
		w.must(err)
		return in.Code
	}
	code := enter()
	if status, said := w.redeem(code); status != http.StatusBadRequest || said["error"] != "invalid_grant" {
		t.Errorf("the code of a proxy at the token endpoint: %d %v", status, said)
	}
	taken, err := w.OIDC.Take(t.Context(), oidc.Taking{
		Organisation: w.Town, Application: wiki, Code: code, Nonces: []string{nonce},
	})
	w.must(err)
	if status, said := w.refresh(taken.Token); status != http.StatusBadRequest || said["error"] != "invalid_grant" {
		t.Errorf("the cookie of a proxy as a refresh token: %d %v", status, said)
	}
	_, said := w.tells("/oauth2/introspect", basic(w.app.ID, w.secret), "token", taken.Token)
	if said["active"] != false {
		t.Errorf("the cookie of a proxy is told of: %v", said)
	}
	if status, _ := w.userInfo(taken.Token); status != http.StatusUnauthorized {
		t.Errorf("the cookie of a proxy as an access token: %d", status)
	}
	question := oidc.Question{
		Organisation: w.Town, Forwarded: true, Trusted: true, At: oidc.At{Host: "wiki.example", URI: "/"},
		Tokens: func(application.Application) []string { return []string{taken.Token} },
	}
	reply, err := w.OIDC.Guard(t.Context(), question)
	w.must(err)
	if reply.Answer != oidc.Let {
		t.Errorf("after all of that its own gate says %s", reply.Answer)
	}
	if status, _ := w.userInfo(reply.Identity.Headers["X-Auth-Request-Token"][0]); status != http.StatusUnauthorized {
		t.Errorf("the token of a proxy as an access token: %d", status)
	}
	refresh, _ := w.tokens(b, "scope", "openid offline_access")["refresh_token"].(string)
	question.Tokens = func(application.Application) []string { return []string{refresh} }
	if reply, err = w.OIDC.Guard(t.Context(), question); err != nil || reply.Answer != oidc.ComeIn || refresh == "" {
		t.Errorf("a refresh token at the gate: %s %v", reply.Answer, err)
	}
	oidcCode := w.code(b)
	if _, err := w.OIDC.Take(t.Context(), oidc.Taking{
		Organisation: w.Town, Application: wiki, Code: oidcCode, Nonces: []string{nonce},
	}); !errors.Is(err, fault.Missing) {
		t.Errorf("a code of the provider made a cookie: %v", err)
	}
}
