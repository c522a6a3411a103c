package oidc_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/oidc"
	"loquet/store/storetest"
)

// away is a database that answers nothing but what it is asked to.
type away struct {
	oidc.Store
	writes bool // reads are answered
}

var errAway = errors.New("the database is away")

func (a away) SaveGrant(context.Context, oidc.Grant, ...audit.Entry) error { return errAway }

func (a away) GrantByToken(ctx context.Context, organisation, digest string) (oidc.Held, error) {
	if a.writes {
		return a.Store.GrantByToken(ctx, organisation, digest) //nolint:wrapcheck // a pass-through
	}
	return oidc.Held{}, errAway
}

func (a away) Grant(context.Context, string, string) (oidc.Held, error) { return oidc.Held{}, errAway }

func (a away) GrantByCode(context.Context, string, string) (oidc.Held, error) {
	return oidc.Held{}, errAway
}

// TestADatabaseThatIsAwayCostsNobodyTheirTokens takes the database away in each step, and gives it back.
func TestADatabaseThatIsAwayCostsNobodyTheirTokens(t *testing.T) {
	each(t, func(w *world) {
		b, kept := w.in(), w.OIDC.Store
		code := w.code(b)
		got := w.tokens(b, "scope", "openid offline_access")
		token, _ := got["refresh_token"].(string)
		access, _ := got["access_token"].(string)
		for _, writes := range []bool{false, true} {
			w.OIDC.Store = away{kept, writes}
			for name, ask := range map[string]func() (int, map[string]any){
				"a refresh":    func() (int, map[string]any) { return w.refresh(token) },
				"a redemption": func() (int, map[string]any) { return w.redeem(code) },
				"userinfo":     func() (int, map[string]any) { return w.userInfo(access) },
				"an introspection": func() (int, map[string]any) {
					return w.tells("/oauth2/introspect", basic(w.app.ID, w.secret), "token", access)
				},
				"a revocation": func() (int, map[string]any) {
					return w.tells("/oauth2/revoke", basic(w.app.ID, w.secret), "token", access)
				},
			} {
				status, said := ask()
				if status != http.StatusServiceUnavailable || said["error"] != "temporarily_unavailable" {
					w.t.Errorf("%s: %d %v", name, status, said)
				}
			}
			w.OIDC.Store = kept
		}
		if status, said := w.refresh(token); status != http.StatusOK {
			w.t.Errorf("the refresh token is lost: %d %v", status, said)
		}
		if status, said := w.redeem(code); status != http.StatusOK {
			w.t.Errorf("the code is lost: %d %v", status, said)
		}
	})
}

func TestFormPostComesAsAPageWithAButton(t *testing.T) {
	w := quick(t)
	page := w.in().Get(w.asks("response_mode", "form_post"))
	csp := page.Header.Get("Content-Security-Policy")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `<form method="post" action="`+callback+`"`) ||
		!strings.Contains(page.Body, `name="code"`) || !strings.Contains(page.Body, `value="s t&amp;te"`) ||
		strings.Contains(page.Body, "onload") || !strings.Contains(csp, "form-action 'self' https://cantine.example;") {
		t.Errorf("%d %s\n%.200s", page.Status, csp, page.Body[strings.Index(page.Body, "<main"):])
	}
	silent := w.browser().Get(w.asks("response_mode", "form_post", "prompt", "none"))
	if silent.Status != http.StatusOK || !strings.Contains(silent.Body, `value="login_required"`) {
		t.Errorf("an error: %d", silent.Status)
	}
}

// TestTheSignInNamesTheApplicationThatItOpens, also to whoever has mistyped, and not one that opens no more.
func TestTheSignInNamesTheApplicationThatItOpens(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Name = "Jeux & <i>livres" })
	const said = "Pour entrer dans Jeux &amp; &lt;i&gt;livres, identifiez-vous."
	b := w.browser()
	asked := b.Get(w.asks())
	at, err := url.Parse(asked.Location)
	w.must(err)
	next := at.Query().Get("next")
	for how, page := range map[string]housetest.Answer{
		"asked":               b.Get(asked.Location),
		"empty":               b.Post("/signin", "next", next),
		"wrong":               b.Post("/signin", "identifier", "38162", "password", "pas celui-ci", "next", next),
		"a passkey of nobody": b.Post("/signin/passkey", "answer", "{}", "next", next),
	} {
		if !strings.Contains(page.Body, said) {
			t.Errorf("%s: %d %s", how, page.Status, titleOf(page))
		}
	}
	w.must(w.Admin.CloseApplication(t.Context(), w.Town, w.app.ID))
	w.Clock.Advance(2 * time.Second)
	for _, path := range []string{asked.Location, "/signin", "/signin?next=/home", "/signin?next=" + oidc.AuthorizePath + "/nothing"} {
		if page := b.Get(path); page.Status != http.StatusOK || strings.Contains(page.Body, "Pour entrer dans") {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

func TestWhoMayNotEnterIsToldSo(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Rule.Roles = []account.Role{account.Agent} })
	b := w.in()
	page := b.Get(w.asks())
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "Cantine n’est pas ouverte à votre compte") {
		t.Errorf("%d %s", page.Status, titleOf(page))
	}
	agent := w.knows(w.Town, storetest.Agent)
	second := w.browser()
	w.signIn(second, "", agent.Identifier)
	if claims := w.claims(w.tokens(second)["id_token"]); claims["role"] != "agent" || strs(claims["offices"])[0] != "Mairie" {
		t.Errorf("%v", claims)
	}
	w.change(func(a *application.Application) { a.Rule.Offices = []string{"Gare"} })
	if page := second.Get(w.asks()); page.Status != http.StatusForbidden || !strings.Contains(page.Body, "bureau") {
		t.Errorf("another office: %d %s", page.Status, titleOf(page))
	}
	w.change(func(a *application.Application) { a.Rule = application.Rule{Second: true} })
	if page := second.Get(w.asks()); page.Status != http.StatusForbidden || !strings.Contains(page.Body, "double vérification") {
		t.Errorf("a second proof: %d %s", page.Status, titleOf(page))
	}
	entries, err := w.DB.JournalPage(t.Context(), w.Town.ID, journalOf(audit.ApplicationRefused))
	if err != nil || len(entries) == 0 || entries[0].Detail != "Cantine" {
		t.Errorf("the journal: %v %v", entries, err)
	}
}

// TestSigningInAgainKeepsWhatApplicationsHold: the same person in the same browser; somebody else ends it.
func TestSigningInAgainKeepsWhatApplicationsHold(t *testing.T) {
	each(t, func(w *world) {
		b := w.in()
		token, _ := w.tokens(b, "scope", "openid offline_access")["refresh_token"].(string)
		w.signIn(b, "", "38162")
		w.Clock.Advance(2 * time.Second)
		status, next := w.refresh(token)
		if status != http.StatusOK {
			w.t.Fatalf("the same person: %d %v", status, next)
		}
		father := w.knows(w.Town, storetest.Father)
		w.signIn(b, "", father.Identifier)
		w.Clock.Advance(2 * time.Second)
		held, _ := next["refresh_token"].(string)
		if status, said := w.refresh(held); status == http.StatusOK {
			w.t.Errorf("somebody else: %v", said)
		}
	})
}

// TestTheSecondProofIsAskedForAnApplicationThatWantsIt, of somebody whom no policy asks: they sign in once more.
func TestTheSecondProofIsAskedForAnApplicationThatWantsIt(t *testing.T) {
	w := quick(t)
	w.change(func(a *application.Application) { a.Rule.Second = true })
	device := housetest.Device(town)
	w.AddPasskey(t, w.in(), device)
	b := w.in()
	if page := b.Get(w.asks()); page.Status != http.StatusForbidden || !strings.Contains(page.Body, "/signin?again=1") {
		t.Fatalf("%d %s", page.Status, titleOf(page))
	}
	_, next, _ := strings.Cut(b.Get(w.asks()).Body, `href="/signin?again=1&amp;next=`)
	next, _, _ = strings.Cut(next, `"`)
	next, err := url.QueryUnescape(next)
	w.must(err)
	a := w.signIn(b, next, "38162")
	if !strings.HasPrefix(a.Location, "/signin/second?next=") {
		t.Fatalf("not asked: %s", a.Location)
	}
	given := b.Post("/signin/second", "answer", housetest.SaySecond(t, b, device), "next", next)
	if given.Status != http.StatusSeeOther || given.Location != next {
		t.Fatalf("%d %s", given.Status, given.Location)
	}
	status, got := w.redeem(w.answered(b.Get(next)).Get("code"))
	if claims := w.claims(got["id_token"]); status != http.StatusOK || claims["acr"] != "aal2" {
		t.Errorf("%d %v", status, claims)
	}
}

// TestH6AnApplicationThatAsksAgainAndAgainIsNamed: a browser that is sent in circles, and programs that are none.
func TestH6AnApplicationThatAsksAgainAndAgainIsNamed(t *testing.T) {
	w := quick(t)
	b := w.in()
	for range 20 {
		w.code(b) // no browser
	}
	b.Header.Set("Sec-Fetch-Dest", "document")
	for range 5 {
		w.code(b)
	}
	caught := b.Get(w.asks())
	if caught.Status != http.StatusSeeOther || caught.Location != "/repair?from=application&app=cantine.example" {
		t.Fatalf("%d %s", caught.Status, caught.Location)
	}
	if page := b.Get(caught.Location); !strings.Contains(page.Body, "Cantine") {
		t.Errorf("not named: %s", titleOf(page))
	}
	entries, err := w.DB.JournalPage(t.Context(), w.Town.ID, journalOf(audit.LoopRepaired))
	if err != nil || len(entries) != 1 || entries[0].Detail != "application Cantine" {
		t.Errorf("the journal: %v %v", entries, err)
	}
	w.Clock.Advance(time.Minute)
	w.code(b)
}

// TestThePortalItselfIsToldWhoIsIn asks forward-auth where no application stands: all of the contract's headers, and a
// token that is for the portal.
func TestThePortalItselfIsToldWhoIsIn(t *testing.T) {
	w := quick(t)
	a := w.in().Get("/forward-auth")
	if a.Status != http.StatusOK || a.Header.Get("X-Auth-Request-User") != w.mother.ID {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
	claims := w.claims(a.Header.Get("X-Auth-Request-Token"))
	if claims["aud"] != issuer || claims["preferred_username"] != "38162" || claims["role"] != "famille" {
		t.Errorf("%v", claims)
	}
}
