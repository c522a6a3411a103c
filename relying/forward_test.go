package relying

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/config"
	"loquet/store/storetest"
)

// wiki is an application for families behind a proxy, with its file of docs/forward-auth.
type wiki struct {
	*estate

	url string // without a slash at its end
	app application.Application
}

// behind opens a house that trusts proxies on this machine, and lets the wiki in. Nothing listens on its port yet.
func behind(t *testing.T) (w wiki, port string) {
	t.Helper()
	w.estate, port = open(t, func(s *config.Settings) { s.TrustedProxies = []string{"127.0.0.1"} }), free(t)
	w.url = "http://wiki.localhost:" + port
	w.app, _ = w.registers(t, w.Town, application.Application{
		Name: "Wiki", URL: w.url + "/", Kind: application.Forward,
		Rule: application.Rule{Roles: []account.Role{account.Famille}},
	})
	return w, port
}

// holds tries everything that a proxy has to hold, but for the attacks that stand in attack_test.go.
func (w wiki) holds(t *testing.T) {
	t.Helper()
	mother := w.knows(t, w.Town, storetest.Active)
	w.knows(t, w.Town, storetest.Agent)
	w.knows(t, w.Town, storetest.MustRenew)

	t.Run("a mother enters, and the application is told who she is", func(t *testing.T) { w.enters(t, mother) })
	t.Run("programs are told, not led", w.tellsPrograms)
	t.Run("an agent is refused what is for families", w.refusesAgent)
	t.Run("whoever must renew is held at the renewal page", w.holdsRenewal)
	t.Run("signing out of the portal is honoured within a second", w.leavesFromPortal)
	t.Run("signing out of the application offers the portal's", w.leavesFromApplication)
	t.Run("ATK-039: a closed account is out", func(t *testing.T) { w.closes(t, mother) })
}

// comes gives a browser in which somebody has signed in on the way to a page of the application.
func (w wiki) comes(t *testing.T, identifier, path string) (*browser, page) {
	t.Helper()
	b := browse(t)
	p := b.opens(w.url+path).wants(t, http.StatusOK, issuer(w.Town)+"/signin")
	return b, b.signsIn(p, identifier)
}

func (w wiki) enters(t *testing.T, mother account.Account) {
	b, p := w.comes(t, storetest.Active, "/menus?semaine=45")
	p.wants(t, http.StatusOK, w.url+"/menus?semaine=45")
	for name, want := range map[string]string{
		"X-Auth-Request-User": mother.ID, "X-Auth-Request-Preferred-Username": storetest.Active,
		"X-Auth-Request-Email": mother.Reference().Address, "X-Auth-Request-Org": w.Town.Slug, "X-Auth-Request-Role": "famille",
		"Request": "GET /menus?semaine=45",
	} {
		if got := said(p.Body, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	claims := map[string]any{}
	if err := w.OIDC.Verify(t.Context(), w.Town.ID, said(p.Body, "X-Auth-Request-Token"), &claims); err != nil ||
		claims["aud"] != w.app.ID || claims["iss"] != issuer(w.Town) {
		t.Errorf("the token says %v (%v)", claims, err)
	}
	p = b.do(http.MethodPost, w.url+"/order", "meal=1").wants(t, http.StatusOK, w.url+"/order")
	if said(p.Body, "Request") != "POST /order" || said(p.Body, "Body") != "meal=1" {
		t.Errorf("of a form the application got:\n%s", p.Body)
	}
}

func (w wiki) tellsPrograms(t *testing.T) {
	b := browse(t)
	b.Header["Accept"] = []string{"application/json"}
	if p := b.get(w.url + "/api"); p.Status != http.StatusUnauthorized || p.next() != nil {
		t.Errorf("%d %v", p.Status, p.next())
	}
}

func (w wiki) refusesAgent(t *testing.T) {
	b, p := w.comes(t, storetest.Agent, "/")
	p.wants(t, http.StatusForbidden, issuer(w.Town)+"/forward-auth/enter")
	if !strings.Contains(p.Body, "Wiki") {
		t.Errorf("the page does not name the application:\n%s", p.Body)
	}
	if p = b.get(w.url + "/"); p.Status != http.StatusSeeOther {
		t.Errorf("let through: %d", p.Status)
	}
}

func (w wiki) holdsRenewal(t *testing.T) {
	b, p := w.comes(t, storetest.MustRenew, "/")
	p.wants(t, http.StatusOK, issuer(w.Town)+"/renew")
	b.opens(w.url+"/").wants(t, http.StatusOK, issuer(w.Town)+"/renew")
	const own = "Mésange-Charbonnière-8"
	p = b.submits(p, "new_password", own, "confirm_password", own)
	b.submits(p.wants(t, http.StatusOK, issuer(w.Town)+"/signin"), "identifier", storetest.MustRenew, "password", own)
	p = b.opens(w.url+"/").wants(t, http.StatusOK, w.url+"/")
	if got := said(p.Body, "X-Auth-Request-Preferred-Username"); got != storetest.MustRenew {
		t.Errorf("after the renewal the application knows %q", got)
	}
}

// gone waits until the application is closed to a browser, and wants that within a second and a little.
func (w wiki) gone(t *testing.T, b *browser) {
	t.Helper()
	since := time.Now()
	until(t, "the application is closed", func() bool { return b.get(w.url+"/").Status == http.StatusSeeOther })
	if took := time.Since(since); took > 2*time.Second {
		t.Errorf("it was open for another %v", took)
	}
}

func (w wiki) leavesFromPortal(t *testing.T) {
	b, p := w.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, w.url+"/")
	b.presses(b.opens(issuer(w.Town)+"/home"), "/signout")
	w.gone(t, b)
	b.opens(w.url+"/").wants(t, http.StatusOK, issuer(w.Town)+"/signin")
}

func (w wiki) leavesFromApplication(t *testing.T) {
	b, p := w.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, w.url+"/")
	p = b.opens(w.url+"/.loquet/signout").wants(t, http.StatusOK, issuer(w.Town)+"/forward-auth/leave")
	b.opens(w.url+"/").wants(t, http.StatusOK, w.url+"/")
	b.presses(p, "/signout")
	w.gone(t, b)
	b.opens(issuer(w.Town)+"/home").wants(t, http.StatusOK, issuer(w.Town)+"/signin")
}

func (w wiki) closes(t *testing.T, mother account.Account) {
	b, p := w.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, w.url+"/")
	w.stops(t, mother)
	w.gone(t, b)
	b.opens(w.url+"/").wants(t, http.StatusOK, issuer(w.Town)+"/signin")
}
