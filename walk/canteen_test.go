package walk

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/network"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/canteen"
	"loquet/session"
	"loquet/store/storetest"
)

// opensCanteen registers the canteen in the town and puts it beside the house.
func (h *home) opensCanteen(t testing.TB, rule application.Rule) {
	t.Helper()
	self, secret := "http://"+meals, application.NewSecret()
	a := application.Application{
		ID: application.NewID(), Organisation: h.Town.ID, Name: "Cantine", About: "Réserver les repas", Kind: application.OpenID,
		URL: self + "/", Own: true, Tile: true, Rule: rule, Signs: application.RS256, Created: h.Clock.Now(),
		Redirects: []string{self + canteen.CallbackPath}, LogoutRedirects: []string{self + canteen.LeftPath},
		Secret: application.DigestOf(secret),
	}
	note := audit.Entry{Organisation: h.Town.ID, At: a.Created, Act: audit.ApplicationAdded, Actor: audit.System}
	if err := h.DB.AddApplication(t.Context(), a, note); err != nil {
		t.Fatal(err)
	}
	c := canteen.New(canteen.Settings{
		Self: self, Portal: "http://" + town, Client: a.ID, Secret: secret, Log: h.House.Log,
		HTTP: &http.Client{Transport: within{h.handler}},
	})
	h.handler = beside(c.ServeHTTP)(h.handler)
}

// within hands the requests of a program to a handler, without a network.
type within struct{ handler http.Handler }

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	r.RemoteAddr, r.Host = "127.0.0.1:1", r.URL.Host
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// TestC5OneSignInForTheApplications goes from the canteen to the portal's door and back, looks at what the canteen knows,
// and leaves by it.
func TestC5OneSignInForTheApplications(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		claire := h.citizen(t, storetest.Active)
		h.knows(t, claire, before)
		h.opensCanteen(t, application.Rule{Roles: []account.Role{account.Famille}})
		v.opens(meals, "/")
		v.at("/signin")
		v.wants("Pour entrer dans Cantine, identifiez-vous.")
		v.types("Identifiant", storetest.Active)
		v.types("Mot de passe", "pas celui-ci")
		v.clicks("Connexion")
		v.wants("ne vont pas ensemble")
		v.types("Mot de passe", before)
		v.clicks("Connexion") // the form leads to another site in the end: the policy of content must allow it
		v.until("the canteen", `location.host === '`+meals+`' && document.body.innerText.includes('La cantine de Claire Martin')`)
		v.wants("par le portail (famille)")
		v.clicks("Réserver lundi")
		v.wants("repas réservé", "Annuler lundi")

		v.opens(town, "/home")
		v.has(`document.querySelector('.tiles a[href="http://`+meals+`/"]')`, "tile that leads to the canteen")
		v.opens(town, "/account/applications")
		v.wants("Cantine")

		v.do(network.DeleteCookies("canteen").WithURL("http://" + meals)) // as after the canteen's own time
		v.opens(meals, "/")
		v.until("the canteen without a question", `document.body.innerText.includes('La cantine de Claire Martin')`)
		v.clicks("Quitter la cantine")
		v.until("the way out", `location.host === '`+meals+`' && document.body.innerText.includes('Vous êtes sorti(e) de la cantine')`)
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
		v.opens(meals, "/")
		v.wants("Cantine n’est pas ouverte à votre compte", "Si elle devrait vous être ouverte, dites-le au service.")
		v.clicks("Se déconnecter")
		v.at("/signin")
		v.opens(meals, "/")
		v.at("/signin")
		v.types("Identifiant", storetest.MustRenew)
		v.types("Mot de passe", before)
		v.clicks("Connexion")
		v.at("/renew")
		v.opens(meals, "/")
		v.at("/renew")
	})
}
