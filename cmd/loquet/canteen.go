package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"loquet/application"
	"loquet/audit"
	"loquet/canteen"
	"loquet/config"
	"loquet/house"
)

// demoCanteen is the application that stands behind the door of the demo's commune.
type demoCanteen struct {
	host string
	*canteen.Canteen
}

// canteenName is what the commune calls it.
const canteenName = "Cantine et garderie"

// settleCanteen registers the canteen, or leads that of an earlier run to this port, with a secret of this run: nothing
// but the portal keeps one, and only its hash.
func settleCanteen(ctx context.Context, h *house.House, s config.Settings, port string) (demoCanteen, error) {
	host := "cantine.localhost:" + port
	self, secret := "http://"+host, application.NewSecret()
	o, err := h.DB.OrganisationBySlug(ctx, "famille")
	if err != nil {
		return demoCanteen{}, fmt.Errorf("looking for the canteen's commune: %w", err)
	}
	all, err := h.DB.Applications(ctx, o.ID)
	if err != nil {
		return demoCanteen{}, fmt.Errorf("looking for the canteen: %w", err)
	}
	a := application.Application{
		ID: application.NewID(), Organisation: o.ID, Name: canteenName, Kind: application.OpenID, Template: application.AnyOpenID,
		About: "Réserver ou annuler un repas, une heure de garderie", Own: true, Tile: true, Signs: application.RS256,
		Created: time.Now(),
	}
	known := false
	for _, one := range all {
		if one.Name == canteenName {
			a, known = one, true
		}
	}
	a.URL, a.Redirects, a.LogoutRedirects = self+"/", []string{self + canteen.CallbackPath}, []string{self + canteen.LeftPath}
	a.BackChannel, a.Secret = self+canteen.ToldPath, application.DigestOf(secret)
	write, note := h.DB.AddApplication, audit.Entry{
		Organisation: o.ID, At: time.Now(), Act: audit.ApplicationAdded, Actor: audit.System, Detail: canteenName,
	}
	if known {
		write, note.Act = h.DB.ChangeApplication, audit.ApplicationChanged
	}
	if err := write(ctx, a, note); err != nil {
		return demoCanteen{}, fmt.Errorf("registering the canteen: %w", err)
	}
	return demoCanteen{host, canteen.New(canteen.Settings{
		Self: self, Portal: h.OIDC.Issuer(o), Client: a.ID, Secret: secret, HTTP: reaching(s.Listen), Log: h.Log,
	})}, nil
}

// reaching gives a client that finds every host of the demo where it listens: not every resolver knows *.localhost
// (RFC 6761 §6.3).
func reaching(address string) *http.Client {
	var d net.Dialer
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, address)
		},
	}}
}

// beside puts the canteen on its host, and the portal on all others.
func (c demoCanteen) beside(portal http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == c.host {
			c.ServeHTTP(w, r)
			return
		}
		portal.ServeHTTP(w, r)
	})
}
