package walk

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/session"
	"loquet/store/storetest"
)

// booking is an application of others' making behind the door: a few pages that rely on a library for who somebody is.
type booking struct {
	t        testing.TB
	ctx      context.Context //nolint:containedctx // of the library's own requests to the house
	oauth    oauth2.Config
	provider *gooidc.Provider

	mu   sync.Mutex
	in   map[string]*gooidc.IDToken // by cookie
	kept string                     // the last ID token, as it was sent
}

const visitCookie = "booking"

// opensCanteen registers the canteen in the town and puts it beside the house.
func (h *home) opensCanteen(t testing.TB, rule application.Rule) *booking {
	t.Helper()
	secret := application.NewSecret()
	a := application.Application{
		ID: application.NewID(), Organisation: h.Town.ID, Name: "Cantine", About: "Réserver les repas", Kind: application.OpenID,
		URL: "http://" + canteen + "/", Own: true, Tile: true, Rule: rule, Signs: application.RS256, Created: h.Clock.Now(),
		Redirects: []string{"http://" + canteen + "/callback"}, LogoutRedirects: []string{"http://" + canteen + "/left"},
		Secret: application.DigestOf(secret),
	}
	note := audit.Entry{Organisation: h.Town.ID, At: a.Created, Act: audit.ApplicationAdded, Actor: audit.System}
	if err := h.DB.AddApplication(t.Context(), a, note); err != nil {
		t.Fatal(err)
	}
	direct := &http.Client{Transport: within{h.handler}}
	b := &booking{t: t, ctx: gooidc.ClientContext(context.Background(), direct), in: map[string]*gooidc.IDToken{}}
	var err error
	if b.provider, err = gooidc.NewProvider(b.ctx, "http://"+town); err != nil {
		t.Fatal(err)
	}
	b.oauth = oauth2.Config{
		ClientID: a.ID, ClientSecret: secret, Endpoint: b.provider.Endpoint(), RedirectURL: a.Redirects[0],
		Scopes: []string{gooidc.ScopeOpenID, "profile"},
	}
	h.handler = beside(b.serve)(h.handler)
	return b
}

// within hands the requests of a program to a handler, without a network.
type within struct{ handler http.Handler }

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	r.RemoteAddr, r.Host = "127.0.0.1:1", r.URL.Host
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer.Result(), nil
}

func (b *booking) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	const page = `<!doctype html><html lang="fr"><title>Cantine</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">`
	switch r.URL.Path {
	case "/left":
		fmt.Fprint(w, page+`<h1>Vous êtes sorti de la cantine</h1><a href="/">Revenir à la cantine</a>`)
	case "/callback":
		b.callback(w, r)
	default:
		c, err := r.Cookie(visitCookie)
		b.mu.Lock()
		token := b.in[valueOf(c, err)]
		b.mu.Unlock()
		if token == nil {
			http.Redirect(w, r, b.oauth.AuthCodeURL("state", gooidc.Nonce("nonce"), oauth2.S256ChallengeOption(challenge)), http.StatusFound)
			return
		}
		var who struct{ Name, Role string }
		if err := token.Claims(&who); err != nil {
			b.t.Error(err)
		}
		fmt.Fprintf(w, page+`<h1>La cantine de %s (%s)</h1><a href="http://%s/oauth2/logout?id_token_hint=%s&post_logout_redirect_uri=http://%s/left">Quitter la cantine</a> <a href="http://%s/home">Le portail</a>`,
			html.EscapeString(who.Name), who.Role, town, b.kept, canteen, town)
	}
}

// challenge is the same for all walks: what it is worth is tested elsewhere.
const challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func valueOf(c *http.Cookie, err error) string {
	if err != nil {
		return ""
	}
	return c.Value
}

func (b *booking) callback(w http.ResponseWriter, r *http.Request) {
	got, err := b.oauth.Exchange(b.ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(challenge))
	if err != nil {
		b.t.Errorf("redeeming: %v (%s)", err, r.URL.RawQuery)
		return
	}
	raw, _ := got.Extra("id_token").(string)
	token, err := b.provider.Verifier(&gooidc.Config{ClientID: b.oauth.ClientID}).Verify(b.ctx, raw)
	if err != nil || token.Nonce != "nonce" {
		b.t.Errorf("the ID token: %v", err)
		return
	}
	b.mu.Lock()
	b.in[token.Subject], b.kept = token, raw
	b.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: visitCookie, Value: token.Subject, Path: "/", HttpOnly: true})
	http.Redirect(w, r, "/", http.StatusFound)
}

// forget has the canteen forget everybody, as it would after its own time.
func (b *booking) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.in)
}

// TestC5OneSignInForTheApplications goes from the canteen to the portal's door and back, looks at what the canteen knows,
// and leaves by it.
func TestC5OneSignInForTheApplications(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		claire := h.citizen(t, storetest.Active)
		h.knows(t, claire, before)
		canteenOf := h.opensCanteen(t, application.Rule{Roles: []account.Role{account.Famille}})
		v.opens(canteen, "/")
		v.at("/signin")
		v.types("Identifiant", storetest.Active)
		v.types("Mot de passe", "pas celui-ci")
		v.clicks("Connexion")
		v.wants("ne vont pas ensemble")
		v.types("Mot de passe", before)
		v.clicks("Connexion") // the form leads to another site in the end: the policy of content must allow it
		v.until("the canteen", `location.host === '`+canteen+`' && document.body.innerText.includes('La cantine de Claire Martin (famille)')`)

		v.opens(town, "/home")
		v.has(`document.querySelector('.tiles a[href="http://`+canteen+`/"]')`, "tile that leads to the canteen")
		v.opens(town, "/account/applications")
		v.wants("Cantine")

		canteenOf.forget()
		v.opens(canteen, "/")
		v.until("the canteen without a question", `document.body.innerText.includes('La cantine de Claire Martin')`)
		v.clicks("Quitter la cantine")
		v.until("the way out", `location.host === '`+canteen+`' && document.body.innerText.includes('Vous êtes sorti de la cantine')`)
		v.opens(town, "/home")
		v.at("/signin")
		if open, err := h.DB.SessionsOf(t.Context(), h.Town.ID, claire.ID); err != nil || living(open) != 0 {
			t.Errorf("%d sessions are open: %v", living(open), err)
		}
	})
}

func living(all []session.Session) (n int) {
	for _, s := range all {
		if s.Ended.IsZero() {
			n++
		}
	}
	return n
}

// TestC5WhoMayNotEnterIsToldSo keeps a family out of what is the agents', and holds whoever must renew at the renewal.
func TestC5WhoMayNotEnterIsToldSo(t *testing.T) {
	walksIn(t, extremes[1:], func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		h.knows(t, h.citizen(t, storetest.MustRenew), before)
		h.opensCanteen(t, application.Rule{Roles: []account.Role{account.Agent}})
		v.signs(storetest.Active, before)
		v.at("/home")
		v.opens(canteen, "/")
		v.wants("Cantine n’est pas ouverte à votre compte", "Si elle devrait vous être ouverte, dites-le au service.")
		v.clicks("Se déconnecter")
		v.at("/signin")
		v.opens(canteen, "/")
		v.at("/signin")
		v.types("Identifiant", storetest.MustRenew)
		v.types("Mot de passe", before)
		v.clicks("Connexion")
		v.at("/renew")
		v.opens(canteen, "/")
		v.at("/renew")
	})
}
