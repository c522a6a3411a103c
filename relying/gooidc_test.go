package relying

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"loquet/account"
	"loquet/application"
	"loquet/organisation"
	"loquet/store/storetest"
)

// claims are those of the contract, as an application in Go reads them.
type claims struct {
	Subject   string   `json:"sub"`
	Username  string   `json:"preferred_username"`
	Name      string   `json:"name"`
	Given     string   `json:"given_name"`
	Family    string   `json:"family_name"`
	Email     string   `json:"email"`
	Proven    bool     `json:"email_verified"`
	Phone     string   `json:"phone_number"`
	Locale    string   `json:"locale"`
	Org       string   `json:"org"`
	Role      string   `json:"role"`
	Offices   []string `json:"offices"`
	Household string   `json:"household"`
	AMR       []string `json:"amr"`
	ACR       string   `json:"acr"`
	AuthTime  int64    `json:"auth_time"`
	SID       string   `json:"sid"`
}

// party is a relying party written with go-oidc and x/oauth2.
type party struct {
	provider *oidc.Provider
	config   oauth2.Config
	told     chan string // logout tokens
	ctx      context.Context
}

// goParty registers an application of an organisation and discovers its provider.
func goParty(t *testing.T, e *estate, o organisation.Organisation, a application.Application) party {
	t.Helper()
	p := party{told: make(chan string, 8)}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.told <- r.PostFormValue("logout_token")
	}))
	t.Cleanup(listener.Close)
	if len(a.Redirects) == 0 {
		a.Redirects = []string{back}
	}
	a.BackChannel = listener.URL + "/backchannel"
	kept, secret := e.registers(t, o, a)
	transport := local()
	t.Cleanup(transport.CloseIdleConnections)
	p.ctx = oidc.ClientContext(t.Context(), &http.Client{Transport: transport, Timeout: patience})
	var err error
	if p.provider, err = oidc.NewProvider(p.ctx, issuer(o)); err != nil {
		t.Fatal(err)
	}
	p.config = oauth2.Config{
		ClientID: kept.ID, ClientSecret: secret, Endpoint: p.provider.Endpoint(), RedirectURL: kept.Redirects[0],
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", "phone", oidc.ScopeOfflineAccess},
	}
	return p
}

// enters leads a browser through, signing in on the way, and gives the tokens and the ID token.
func (p party) enters(t *testing.T, b *browser, identifier string) (*oauth2.Token, *oidc.IDToken) {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	address := p.config.AuthCodeURL("the-state", oidc.Nonce("the-nonce"), oauth2.S256ChallengeOption(verifier))
	said := b.answered(t, address, back, identifier).Query()
	if said.Get("state") != "the-state" {
		t.Fatalf("the answer: %v", said)
	}
	token, err := p.config.Exchange(p.ctx, said.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(p.ctx, raw)
	if err != nil {
		t.Fatalf("the ID token: %v: %q", err, raw)
	}
	if id.Nonce != "the-nonce" || said.Get("iss") != id.Issuer {
		t.Errorf("nonce %q, iss of the answer %q", id.Nonce, said.Get("iss"))
	}
	return token, id
}

func TestGoOIDC(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		e := openOn(t, url, loopbackApplications)
		mother := e.knows(t, e.Town, storetest.Mother)
		teacher := e.knows(t, e.School, storetest.Teacher)
		t.Run("claims, userinfo, refresh", func(t *testing.T) { tells(t, e, mother) })
		t.Run("pairwise, and for who may", func(t *testing.T) { pairs(t, e, teacher) })
		t.Run("form_post", func(t *testing.T) { posts(t, e) })
		t.Run("back-channel logout", func(t *testing.T) { hears(t, e, teacher) })
	})
}

func tells(t *testing.T, e *estate, mother account.Account) {
	p := goParty(t, e, e.Town, application.Application{Name: "Planning", Signs: application.ES256})
	before := time.Now().Add(-time.Second)
	token, id := p.enters(t, browse(t), storetest.Mother)
	var got claims
	if err := id.Claims(&got); err != nil {
		t.Fatal(err)
	}
	if got.Subject != mother.ID || got.SID == "" || got.ACR == "" || !slices.Contains(got.AMR, "pwd") ||
		got.AuthTime < before.Unix() || got.AuthTime > time.Now().Unix() {
		t.Errorf("the ID token says %+v", got)
	}
	info, err := p.provider.UserInfo(p.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	var who claims
	if err := info.Claims(&who); err != nil {
		t.Fatal(err)
	}
	want := claims{
		Subject: mother.ID, Username: storetest.Mother, Name: "Anne Durand", Given: "Anne", Family: "Durand",
		Email: storetest.Household, Proven: true, Phone: "+33611111111", Locale: "fr", Org: "famille", Role: "famille",
		Household: "D-17",
	}
	who.AMR, who.ACR, who.AuthTime, who.SID = nil, "", 0, ""
	if diff := cmp.Diff(want, who); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	old := *token
	old.Expiry = time.Now().Add(-time.Minute)
	newer, err := p.config.TokenSource(p.ctx, &old).Token()
	if err != nil || newer.AccessToken == token.AccessToken || newer.RefreshToken == token.RefreshToken {
		t.Errorf("refreshing: %v", err)
	}
	e.stops(t, mother)
	old = *newer
	old.Expiry = time.Now().Add(-time.Minute)
	if _, err := p.config.TokenSource(p.ctx, &old).Token(); err == nil {
		t.Error("ATK-039: a closed account refreshes")
	}
	if _, err := p.provider.UserInfo(p.ctx, oauth2.StaticTokenSource(newer)); err == nil {
		t.Error("ATK-039: a closed account is told of")
	}
}

// pairs shows that two applications cannot compare whom they know, and that a rule holds.
func pairs(t *testing.T, e *estate, teacher account.Account) {
	b := browse(t)
	first := goParty(t, e, e.School, application.Application{Name: "Leçons", Pairwise: true, Signs: application.EdDSA})
	second := goParty(t, e, e.School, application.Application{Name: "Véhicules", Pairwise: true})
	token, one := first.enters(t, b, storetest.Teacher)
	_, other := second.enters(t, b, storetest.Teacher)
	_, again := first.enters(t, b, storetest.Teacher)
	if one.Subject == other.Subject || one.Subject != again.Subject || one.Subject == teacher.ID {
		t.Errorf("known as %s, as %s and as %s", one.Subject, other.Subject, again.Subject)
	}
	info, err := first.provider.UserInfo(first.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	var who claims
	if err := info.Claims(&who); err != nil || who.Role != "moniteur" || !slices.Equal(who.Offices, teacher.Offices) {
		t.Errorf("userinfo: %+v %v", who, err)
	}
	closed := goParty(t, e, e.School, application.Application{
		Name: "Comptabilité", Rule: application.Rule{Roles: []account.Role{account.Gerant}},
	})
	p := b.opens(closed.config.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	p.wants(t, http.StatusForbidden, issuer(e.School))
	if !strings.Contains(p.Body, "Comptabilité") {
		t.Errorf("the page does not say what is closed:\n%s", p.Body)
	}
}

// posts shows that a browser without script can post the answer, and that the page's policy lets it.
func posts(t *testing.T, e *estate) {
	answers := make(chan url.Values, 1)
	back := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // an empty form says so
		answers <- r.PostForm
	}))
	t.Cleanup(back.Close)
	p := goParty(t, e, e.School, application.Application{Name: "Examens", Redirects: []string{back.URL + "/back"}})
	verifier := oauth2.GenerateVerifier()
	b := browse(t)
	at := b.signsIn(b.opens(p.config.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("response_mode", "form_post"))), storetest.Teacher)
	b.presses(at.wants(t, http.StatusOK, issuer(e.School)), back.URL+"/back")
	said := <-answers
	if said.Get("state") != "the-state" || said.Get("iss") != issuer(e.School) {
		t.Errorf("the answer: %v", said)
	}
	if _, err := p.config.Exchange(p.ctx, said.Get("code"), oauth2.VerifierOption(verifier)); err != nil {
		t.Error(err)
	}
}

// hears shows that signing out of the portal is told to the application, once, in a token that it can check.
func hears(t *testing.T, e *estate, teacher account.Account) {
	p := goParty(t, e, e.School, application.Application{Name: "Planning"})
	b := browse(t)
	token, id := p.enters(t, b, storetest.Teacher)
	var in claims
	if err := id.Claims(&in); err != nil {
		t.Fatal(err)
	}
	left := time.Now()
	b.presses(b.opens(issuer(e.School)+"/home"), "/signout")
	var raw string
	select {
	case raw = <-p.told:
	case <-time.After(patience):
		t.Fatal("the application was not told")
	}
	if late := time.Since(left); late > 3*time.Second {
		t.Errorf("told after %v", late)
	}
	notice, err := p.provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}).VerifyLogout(p.ctx, raw)
	if err != nil {
		t.Fatalf("%v: %q", err, raw)
	}
	if notice.Subject != teacher.ID || notice.SessionID != in.SID || notice.TokenID == "" ||
		notice.Expiry.Sub(notice.IssuedAt) > 2*time.Minute {
		t.Errorf("the logout token says %+v", notice)
	}
	if head := headOf(t, raw); head["typ"] != "logout+jwt" || head["alg"] != "RS256" || head["kid"] == "" {
		t.Errorf("its header: %v", head)
	}
	if _, err := p.provider.UserInfo(p.ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the access token outlives the sign-in")
	}
	b.opens(issuer(e.School) + "/home")
	if n := len(p.told); n != 0 {
		t.Errorf("told %d times more", n)
	}
}

// headOf reads the header of a JWT.
func headOf(t *testing.T, raw string) (head map[string]any) {
	t.Helper()
	first, _, _ := strings.Cut(raw, ".")
	body, err := base64.RawURLEncoding.DecodeString(first)
	if err == nil {
		err = json.Unmarshal(body, &head)
	}
	if err != nil {
		t.Fatal(err)
	}
	return head
}
