package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/application"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

const bye = "https://cantine.example/bye"

// leaver is a world whose application leads people back when they have signed out, a browser in it, and its ID token.
func leaver(t *testing.T) (w *world, b *housetest.Browser, hint string) {
	t.Helper()
	w = quick(t)
	w.change(func(a *application.Application) { a.LogoutRedirects = []string{bye} })
	b = w.in()
	hint, _ = w.tokens(b)["id_token"].(string)
	return w, b, hint
}

func leavesBy(fields ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		q.Set(fields[i], fields[i+1])
	}
	return "/oauth2/logout?" + q.Encode()
}

// isIn says whether the application would get a code without anybody being asked.
func (w *world) isIn(b *housetest.Browser) bool {
	w.t.Helper()
	w.Clock.Advance(2 * time.Second) // what any node has in memory is read anew
	return w.answered(b.Get(w.asks("prompt", "none"))).Get("code") != ""
}

func TestOIDC18SignOutByTheApplication(t *testing.T) {
	w, b, hint := leaver(t)
	a := b.Get(leavesBy("id_token_hint", hint, "post_logout_redirect_uri", bye, "state", "a&b"))
	if a.Status != http.StatusSeeOther || a.Location != bye+"?state=a%26b" || !strings.Contains(a.Header.Get("Clear-Site-Data"), "cache") {
		t.Fatalf("got %d %s %v", a.Status, a.Location, a.Header)
	}
	if w.isIn(b) {
		t.Error("prompt=none gives a code after it")
	}
	if a := b.Get(leavesBy("id_token_hint", hint, "post_logout_redirect_uri", bye)); a.Location != bye {
		t.Errorf("once more, with nobody in: %d %s", a.Status, a.Location)
	}
}

// Whatever is not the word of one's own token asks first, changes nothing, and leads nowhere (norms, OIDC-18).
func TestOIDC18WhatIsNotVouchedForAsks(t *testing.T) {
	w, b, hint := leaver(t)
	none := "eyJhbGciOiJub25lIn0." + strings.Split(hint, ".")[1] + "."
	for what, fields := range map[string][]string{
		"no params": {}, "only state": {"state", "x"}, "no hint": {"post_logout_redirect_uri", bye},
		"bad hint":      {"id_token_hint", "x.y.z", "post_logout_redirect_uri", bye},
		"modified hint": {"id_token_hint", none, "post_logout_redirect_uri", bye, "client_id", w.app.ID},
	} {
		a := b.Get(leavesBy(fields...))
		if a.Status != http.StatusOK || !strings.Contains(a.Body, "Voulez-vous vous déconnecter") || a.Header.Get("Clear-Site-Data") != "" ||
			strings.Contains(a.Header.Get("Content-Security-Policy"), "cantine.example") {
			t.Errorf("%s: %d %v\n%s", what, a.Status, a.Header, a.Body)
		}
		if !w.isIn(b) {
			t.Fatalf("%s: signed out unasked", what)
		}
	}
	if a := b.Get("/oauth2/logout?state=x&state=y"); a.Status != http.StatusBadRequest {
		t.Errorf("a parameter given twice: %d", a.Status)
	}
	a := b.Post("/oauth2/logout/leave", "leave", "here", "id_token_hint", "x.y.z", "post_logout_redirect_uri", bye)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "Vous êtes déconnecté(e)") || !strings.Contains(a.Body, "ne connaît pas") {
		t.Errorf("chosen: %d\n%s", a.Status, a.Body)
	}
	if w.isIn(b) {
		t.Error("still in after it was chosen")
	}
	if a := b.Get("/oauth2/logout"); a.Status != http.StatusOK || !strings.Contains(a.Body, "Vous êtes déconnecté(e)") {
		t.Errorf("with nobody in: %d\n%s", a.Status, a.Body)
	}
}

// No other site signs anybody out: not by an image, a frame or a link without the person's own token, nor by posting,
// nor by answering in the person's place.
func TestATK057NobodyIsSignedOutByAnotherSite(t *testing.T) {
	w, b, hint := leaver(t)
	theirs := w.browser()
	w.knows(w.Town, storetest.Father)
	w.signIn(theirs, "", storetest.Father)
	if a := theirs.Get(leavesBy("id_token_hint", hint, "post_logout_redirect_uri", bye)); a.Status != http.StatusOK || !w.isIn(theirs) {
		t.Errorf("somebody else's token: %d %s", a.Status, a.Location)
	}
	for _, cross := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example"}}} {
		b.Header = cross
		a := b.Post("/oauth2/logout", "leave", "everywhere", "state", "x", "other", "y")
		if a.Status != http.StatusSeeOther || a.Location != "/oauth2/logout?state=x" || len(a.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%v posts: %d %s", cross, a.Status, a.Location)
		}
		if a := b.Post("/oauth2/logout/leave", "leave", "everywhere"); a.Status != http.StatusForbidden {
			t.Errorf("%v answers: %d", cross, a.Status)
		}
		if a := b.Get("/oauth2/logout"); a.Header.Get("X-Frame-Options") != "DENY" {
			t.Error("the question may stand in a frame")
		}
	}
	b.Header = http.Header{}
	if !w.isIn(b) {
		t.Error("signed out by another site")
	}
	stranger := w.browser() // as the browser of somebody comes from another site's image: without its cookies
	if a := stranger.Get(leavesBy()); len(a.Header.Values("Set-Cookie")) > 0 || a.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("an image takes cookies away: %v", a.Header)
	}
}

// An application may post (OpenID Connect RP-Initiated Logout 1.0 §2): its browser comes again by GET, with its cookies.
func TestOIDC18ASignOutMayBePosted(t *testing.T) {
	w, b, hint := leaver(t)
	b.Header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	a := b.Post("/oauth2/logout", "id_token_hint", hint, "post_logout_redirect_uri", bye, "client_id", w.app.ID)
	if a = b.Get(a.Location); a.Location != bye {
		t.Fatalf("got %d %s", a.Status, a.Location)
	}
	if b.Header = nil; w.isIn(b) {
		t.Error("still in")
	}
}

// « Partout » ends every browser of the person, and what applications hold; the page that asks may lead on to the
// application.
func TestSignOutEverywhereFromAnApplication(t *testing.T) {
	w, b, _ := leaver(t)
	other := w.in()
	held := w.tokens(other)
	a := b.Get(leavesBy("client_id", w.app.ID, "post_logout_redirect_uri", bye))
	if !strings.Contains(a.Header.Get("Content-Security-Policy"), "form-action 'self' https://cantine.example;") ||
		!strings.Contains(a.Body, "Cantine") {
		t.Errorf("%v\n%s", a.Header, a.Body)
	}
	a = b.Post("/oauth2/logout/leave", "leave", "everywhere", "client_id", w.app.ID, "post_logout_redirect_uri", bye)
	if a.Status != http.StatusSeeOther || a.Location != bye {
		t.Fatalf("got %d %s\n%s", a.Status, a.Location, a.Body)
	}
	if w.isIn(b) || w.isIn(other) {
		t.Error("a browser is still in")
	}
	if status, _ := w.userInfo(held["access_token"]); status != http.StatusUnauthorized {
		t.Errorf("the application still asks: %d", status)
	}
}
