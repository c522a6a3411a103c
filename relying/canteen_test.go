package relying

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"loquet/application"
	"loquet/canteen"
	"loquet/store/storetest"
)

// TestCanteen is the demo's own application: a meal is booked without another password, the portal's sign-out is known
// there at once, and nobody is led in by an answer that they have not asked for.
func TestCanteen(t *testing.T) {
	t.Parallel()
	e := open(t, loopbackApplications)
	e.knows(t, e.Town, storetest.Active)
	server := httptest.NewUnstartedServer(nil)
	self := "http://" + server.Listener.Addr().String()
	a, secret := e.registers(t, e.Town, application.Application{
		Name: "Cantine", URL: self + "/", Redirects: []string{self + canteen.CallbackPath},
		LogoutRedirects: []string{self + canteen.LeftPath}, BackChannel: self + canteen.ToldPath,
	})
	transport := local()
	t.Cleanup(transport.CloseIdleConnections)
	server.Config.Handler = canteen.New(canteen.Settings{
		Self: self, Portal: issuer(e.Town), Client: a.ID, Secret: secret, HTTP: &http.Client{Transport: transport}, Log: e.House.Log,
	})
	server.Start()
	t.Cleanup(server.Close)

	b := browse(t)
	in := b.signsIn(b.opens(self+"/").wants(t, http.StatusOK, issuer(e.Town)+"/signin"), storetest.Active)
	in.wants(t, http.StatusOK, self+"/")
	if !strings.Contains(in.Body, "La cantine de Claire Martin") {
		t.Fatalf("not in: %.300s", in.Body)
	}
	booked := b.do(http.MethodPost, self+"/", url.Values{"day": {"mardi"}}.Encode())
	if booked = b.follow(booked); !strings.Contains(booked.Body, "Annuler mardi") || strings.Contains(booked.Body, "Annuler lundi") {
		t.Errorf("not booked: %.300s", booked.Body)
	}
	stranger := browse(t)
	if p := stranger.get(self + canteen.CallbackPath + "?code=x&state=y&iss=" + issuer(e.Town)); p.Status != http.StatusBadGateway {
		t.Errorf("an answer that nobody has asked for: %d", p.Status)
	}
	if p := stranger.do(http.MethodPost, self+canteen.ToldPath, "logout_token=x.y.z"); p.Status != http.StatusBadRequest {
		t.Errorf("a forged sign-out: %d", p.Status)
	}
	b.do(http.MethodPost, issuer(e.Town)+"/signout", "")
	until(t, "the canteen knows of the sign-out", func() bool {
		p := b.get(self + "/")
		return p.Status == http.StatusFound && strings.HasPrefix(p.Header.Get("Location"), issuer(e.Town)+"/oauth2/authorize")
	})
}
