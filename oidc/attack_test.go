package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/organisation"
	"loquet/store/storetest"
)

func TestATK022And039OneGateForCodesTokensAndPages(t *testing.T) {
	for name, shut := range map[string]func(w *world){
		"disabled": func(w *world) { w.state(account.Disabled) },
		"locked":   func(w *world) { w.state(account.Locked) },
		"its application is revoked": func(w *world) {
			w.must(w.DB.RevokeApplication(t.Context(), w.Town.ID, w.app.ID, w.noteOf(w.Town, audit.ApplicationRevoked)))
		},
		"another role now": func(w *world) {
			w.change(func(a *application.Application) { a.Rule.Roles = []account.Role{account.Agent} })
		},
		"a second proof is asked now": func(w *world) { w.change(func(a *application.Application) { a.Rule.Second = true }) },
		"a second proof is asked of everybody at once": func(w *world) {
			o, err := w.DB.Organisation(t.Context(), w.Town.ID)
			w.must(err)
			o.Policy.Second[account.Famille] = organisation.Second{Demand: organisation.AtOnce}
			w.must(w.DB.UpdateOrganisation(t.Context(), o, w.noteOf(o, audit.PolicyChanged)))
		},
	} {
		w := quick(t)
		b := w.in()
		got := w.tokens(b, "scope", "openid offline_access")
		code := w.code(b)
		shut(w)
		w.Clock.Advance(2 * time.Second)
		if status, said := w.redeem(code); status == http.StatusOK {
			t.Errorf("%s: a code is still redeemed: %v", name, said)
		}
		refresh, _ := got["refresh_token"].(string)
		if status, said := w.refresh(refresh); status == http.StatusOK {
			t.Errorf("%s: a token is still refreshed: %v", name, said)
		}
		if status, _ := w.userInfo(got["access_token"]); status == http.StatusOK {
			t.Errorf("%s: an access token still serves", name)
		}
		if a := b.Get(w.asks()); strings.Contains(a.Location, "code=") {
			t.Errorf("%s: another code: %s", name, a.Location)
		}
	}
}

// state closes the mother's account, as a manager does.
func (w *world) state(s account.State) {
	w.t.Helper()
	c := admin.Change{
		Now: w.Clock.Now(), Organisation: w.Town.ID, Account: w.mother.ID, State: s, Note: w.noteOf(w.Town, audit.AccountStopped),
	}
	w.must(w.DB.ApplyAdmin(context.Background(), c)) // without ending anything: the gate alone must hold
}

func TestATK035ARequestIsOfTheBrowserThatBroughtIt(t *testing.T) {
	w := quick(t)
	began := w.browser()
	at, _ := url.Parse(began.Get(w.asks()).Location)
	next := at.Query().Get("next")
	victim := w.in()
	if told := w.answered(victim.Get(next)); told.Get("error") != "access_denied" || told.Get("code") != "" {
		t.Errorf("led on by another browser's request: %v", told)
	}
}

func TestATK044And045NoWildcardsAndNoDetours(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Redirects = []string{callback, "https://*.cantine.example/cb"} })
	b := w.in()
	for _, to := range []string{
		"https://evil.cantine.example/cb", "https://cantine.example@@evil.example/callback", callback + "/../x",
		"https://cantine.example/callback/..;/x", "https://cantine.example/%2e%2e/callback", "https://cantine.example\\@evil.example/",
		"javascript:alert(1)", "//evil.example/callback",
	} {
		if a := b.Get(w.asks("redirect_uri", to)); a.Status != http.StatusBadRequest || a.Location != "" {
			t.Errorf("%q: %d %s", to, a.Status, a.Location)
		}
	}
}

func TestATK046OnlyThePortOfALoopbackAddressMayVary(t *testing.T) {
	w := quick(t)
	w.app, w.secret = w.registers(w.Town, application.Application{
		Name: "Bureau", Own: true, Public: true, Redirects: []string{"http://127.0.0.1/cb", "http://[::1]:9000/cb"},
	})
	b := w.in()
	for to, fits := range map[string]bool{
		"http://127.0.0.1:51004/cb": true, "http://127.0.0.1/cb": true, "http://[::1]:7/cb": true,
		"http://127.0.0.1:51004/other": false, "http://127.0.0.1:51004/cb?x=1": false, "http://localhost:51004/cb": false,
		"http://127.0.0.2:51004/cb": false, "https://127.0.0.1:51004/cb": false, "http://127.0.0.1:51004/cb/": false,
	} {
		a := b.Get(w.asks("redirect_uri", to))
		if got := a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location, to+"?"); got != fits {
			t.Errorf("%q: %d %s", to, a.Status, a.Location)
		}
	}
}

func TestATK047ACodeIsItsApplications(t *testing.T) {
	w := quick(t)
	code := w.code(w.in())
	other, secret := w.registers(w.Town, application.Application{Name: "Planning", Own: true})
	fields := []string{"grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier}
	if status, said := w.tells("/oauth2/token", basic(other.ID, secret), fields...); status == http.StatusOK {
		t.Errorf("another application has redeemed it: %v", said)
	}
	elsewhere, key := w.registers(w.School, application.Application{Name: "Planning", Own: true})
	stranger := w.Browser(t, school)
	stranger.Header = basic(elsewhere.ID, key)
	if a := stranger.Post("/oauth2/token", append(fields[:3:3], append([]string{w.code(w.in())}, fields[4:]...)...)...); a.Status == http.StatusOK {
		t.Errorf("another organisation has redeemed it: %s", a.Body)
	}
	if status, said := w.tells("/oauth2/token", basic(elsewhere.ID, key), "grant_type", "refresh_token", "refresh_token", "x"); status != http.StatusUnauthorized {
		t.Errorf("the application of another organisation: %d %v", status, said)
	}
}

func TestATK048ACodeServesOnceAndForAMinute(t *testing.T) {
	each(t, func(w *world) {
		const racers = 4
		for range 3 {
			code, won := w.code(w.in()), make(chan map[string]any, racers)
			var all sync.WaitGroup
			for range racers {
				all.Go(func() {
					if status, got := w.redeem(code); status == http.StatusOK {
						won <- got
					}
				})
			}
			all.Wait()
			if len(won) != 1 {
				w.t.Errorf("%d of %d redemptions of one code have won", len(won), racers)
			}
		}
		token, _ := w.tokens(w.in(), "scope", "openid offline_access")["refresh_token"].(string)
		won := make(chan struct{}, racers)
		var all sync.WaitGroup
		for range racers {
			all.Go(func() {
				if status, _ := w.refresh(token); status == http.StatusOK {
					won <- struct{}{}
				}
			})
		}
		all.Wait()
		if len(won) > 1 {
			w.t.Errorf("%d refreshes of one token have won", len(won))
		}
		late := w.code(w.in())
		w.Clock.Advance(2 * time.Minute)
		// The library looks at the machine's clock, the gate at the house's: both must agree that it is over.
		if h, err := w.DB.GrantByCode(w.t.Context(), w.Town.ID, application.DigestOf(late)); err != nil || w.Clock.Now().Before(h.Grant.CodeUntil) {
			w.t.Errorf("a code that is two minutes old lives: %v", err)
		}
		if status, said := w.redeem(late); status != http.StatusBadRequest || said["error"] != "invalid_grant" {
			w.t.Errorf("late: %d %v", status, said)
		}
	})
}

func TestATK049NoDowngradeOfPKCE(t *testing.T) {
	w := quick(t)
	b := w.in()
	for _, method := range []string{"plain", "S512", ""} {
		if told := w.answered(b.Get(w.asks("code_challenge_method", method))); told.Get("error") != "invalid_request" {
			t.Errorf("method %q: %v", method, told)
		}
	}
	w.change(func(a *application.Application) { a.NoPKCE = true })
	code := w.code(b, "code_challenge", "", "code_challenge_method", "")
	if status, said := w.redeem(code); status == http.StatusOK { // RFC 9700 §4.8.2
		t.Errorf("a verifier where there was no challenge: %v", said)
	}
}

func TestATK050And051EveryStepLooksAtTheApplicationAsItIs(t *testing.T) {
	w := quick(t)
	b := w.browser()
	at, _ := url.Parse(b.Get(w.asks()).Location)
	next := w.signIn(b, at.Query().Get("next"), "38162").Location
	w.change(func(a *application.Application) { a.Own = false })
	page := b.Get(next + "?response_type=token&consent=yes&prompt=none")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "demande à vous connaître") {
		t.Fatalf("consent is not asked: %d %s", page.Status, page.Location)
	}
	if told := w.answered(b.Get(w.asks("prompt", "none"))); told.Get("error") != "consent_required" {
		t.Errorf("silently: %v", told)
	}
	if told := w.answered(b.Post(next, "consent", "no")); told.Get("error") != "access_denied" {
		t.Errorf("refused: %v", told)
	}
	asked := b.Get(w.asks())
	_, action, _ := strings.Cut(asked.Body, `<form method="post" action="`)
	action, _, _ = strings.Cut(action, `"`)
	if told := w.answered(b.Post(action, "consent", "yes")); told.Get("code") == "" {
		t.Errorf("accepted: %v", told)
	}
	if told := w.answered(b.Get(w.asks())); told.Get("code") == "" {
		t.Errorf("asked again: %v", told)
	}
	if more := b.Get(w.asks("scope", "openid profile email phone")); more.Status != http.StatusOK || !strings.Contains(more.Body, "numéro de portable") {
		t.Errorf("more is not asked for: %d", more.Status)
	}
	w.Clock.Advance(time.Second)
	if again := b.Get(w.asks("prompt", "consent")); again.Status != http.StatusOK {
		t.Errorf("prompt=consent: %d %s", again.Status, again.Location)
	}
}

func TestATK052AProofServesOnce(t *testing.T) {
	each(t, func(w *world) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		w.must(err)
		proof := w.proof(key, "POST", issuer+"/oauth2/token", "", "one")
		bound := func(code string, proofs ...string) (int, map[string]any) {
			header := basic(w.app.ID, w.secret)
			header["Dpop"] = proofs
			return w.tells("/oauth2/token", header, "grant_type", "authorization_code", "code", code,
				"redirect_uri", callback, "code_verifier", verifier)
		}
		b := w.in()
		status, got := bound(w.code(b), proof)
		if status != http.StatusOK || got["token_type"] != "DPoP" {
			w.t.Fatalf("%d %v", status, got)
		}
		if status, said := bound(w.code(b), proof); status == http.StatusOK {
			w.t.Errorf("a proof has served twice: %v", said)
		}
		assertion := []string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", proof}
		if status, said := w.tells("/oauth2/token", nil, append(assertion, "grant_type", "authorization_code", "code", w.code(b))...); status == http.StatusOK {
			w.t.Errorf("an assertion, which is not offered: %v", said)
		}
	})
}

// proof makes a DPoP proof (RFC 9449 §4.2).
func (w *world) proof(key *ecdsa.PrivateKey, method, address, access, id string) string {
	w.t.Helper()
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	w.must(err)
	ath := ""
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		ath = fmt.Sprintf(`,"ath":%q`, base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	signed, err := signer.Sign(fmt.Appendf(nil, `{"jti":%q,"htm":%q,"htu":%q,"iat":%d%s}`, id, method, address, time.Now().Unix(), ath))
	w.must(err)
	raw, err := signed.CompactSerialize()
	w.must(err)
	return raw
}

func TestOAU13DPoPBindsTokensToAKey(t *testing.T) {
	w := quick(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	thief, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	header := basic(w.app.ID, w.secret)
	header["Dpop"] = []string{w.proof(key, "POST", issuer+"/oauth2/token", "", "1")}
	b := w.in()
	status, got := w.tells("/oauth2/token", header, "grant_type", "authorization_code", "code", w.code(b),
		"redirect_uri", callback, "code_verifier", verifier)
	access, _ := got["access_token"].(string)
	if cnf := decoded(t, access, 1)["cnf"]; status != http.StatusOK || cnf == nil {
		t.Fatalf("%d %v", status, got)
	}
	ask := func(scheme, proof string) int {
		b := w.browser()
		b.Header.Set("Authorization", scheme+" "+access)
		if proof != "" {
			b.Header.Set("DPoP", proof)
		}
		return b.Get("/oauth2/userinfo").Status
	}
	at := issuer + "/oauth2/userinfo"
	if status := ask("DPoP", w.proof(key, "GET", at, access, "2")); status != http.StatusOK {
		t.Errorf("its own key: %d", status)
	}
	for name, proof := range map[string]string{
		"no proof": "", "another key": w.proof(thief, "GET", at, access, "3"), "another method": w.proof(key, "POST", at, access, "4"),
		"another address": w.proof(key, "GET", issuer+"/oauth2/token", access, "5"), "another token": w.proof(key, "GET", at, "x", "6"),
	} {
		if status := ask("DPoP", proof); status == http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
		if status := ask("Bearer", proof); status == http.StatusOK {
			t.Errorf("%s, as a bearer token: %d", name, status)
		}
	}
}

func TestATK054AnAddressNamesNobody(t *testing.T) {
	w := quick(t)
	unproven := w.knows(w.Town, storetest.Unproven)
	b := w.browser()
	w.signIn(b, "", unproven.Identifier)
	if claims := w.claims(w.tokens(b)["id_token"]); claims["email"] == nil || claims["email_verified"] != false {
		t.Errorf("an address that nobody has confirmed: %v", claims)
	}
	var subs []any
	for _, one := range []string{storetest.Mother, storetest.Father} {
		person := w.knows(w.Town, one)
		b := w.browser()
		w.signIn(b, "", person.Identifier)
		subs = append(subs, w.claims(w.tokens(b)["id_token"])["sub"])
	}
	if subs[0] == subs[1] {
		t.Error("two adults of one mailbox are one person")
	}
}

func TestATK055NoTokenOfOneKindServesAsAnother(t *testing.T) {
	w := quick(t)
	b := w.in()
	code := w.code(b)
	_, got := w.redeem(w.code(b, "scope", "openid offline_access"))
	for name, token := range map[string]any{"ID": got["id_token"], "access": got["access_token"], "refresh": got["refresh_token"], "code": code} {
		raw, _ := token.(string)
		stranger := w.browser()
		stranger.SetCookie("loquet", raw)
		if a := stranger.Get("/home"); a.Status == http.StatusOK {
			t.Errorf("the %s token opens the portal", name)
		}
		if status, _ := w.refresh(raw); name != "refresh" && status == http.StatusOK {
			t.Errorf("the %s token is refreshed", name)
		}
		if status, _ := w.redeem(raw); name != "code" && status == http.StatusOK {
			t.Errorf("the %s token is redeemed", name)
		}
		if status, _ := w.userInfo(raw); name != "access" && status == http.StatusOK {
			t.Errorf("the %s token says who somebody is", name)
		}
	}
}

func TestATK094ARefreshNeverGrows(t *testing.T) {
	w := quick(t)
	token, _ := w.tokens(w.in(), "scope", "openid email offline_access")["refresh_token"].(string)
	status, said := w.token("grant_type", "refresh_token", "refresh_token", token, "scope", "openid email phone profile")
	if status == http.StatusOK {
		t.Fatalf("%v", said)
	}
	status, less := w.token("grant_type", "refresh_token", "refresh_token", token, "scope", "openid")
	if status != http.StatusOK || less["scope"] != "openid" {
		t.Errorf("less: %d %v", status, less)
	}
}

func TestATK095WhatIsTooLongIsNotRead(t *testing.T) {
	w := quick(t)
	long := strings.Repeat("x", 40_000)
	dots := strings.Repeat("a.", 8_000)
	if status, said := w.token("grant_type", "authorization_code", "code", long); status != http.StatusBadRequest {
		t.Errorf("a long form: %d %v", status, said)
	}
	if a := w.in().Get(w.asks("id_token_hint", dots)); a.Status != http.StatusBadRequest {
		t.Errorf("a long hint: %d %s", a.Status, a.Location)
	}
	if status, said := w.token("grant_type", "refresh_token", "refresh_token", dots); status != http.StatusBadRequest {
		t.Errorf("a token of many parts: %d %v", status, said)
	}
	if status, _ := w.tells("/oauth2/token", basic(w.app.ID, w.secret), "grant_type", "refresh_token", "grant_type", "x"); status != http.StatusBadRequest {
		t.Errorf("%d", status)
	}
}
