// Package canteen is an application behind the door: it books meals, for the demo and for walks.
//
// It promises to be as anybody's application is: it knows nothing of Loquet but the address of a portal, a client_id and a
// secret, and relies on libraries of others for who somebody is (go-oidc, x/oauth2). It keeps nothing but in memory.
package canteen

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Settings are what the portal's manager gives to whoever runs the canteen.
type Settings struct {
	Self   string // own address, without a slash at its end: "http://cantine.localhost:8080"
	Portal string // the portal's, likewise
	Client string // client_id
	Secret string // client_secret
	HTTP   *http.Client
	Log    *slog.Logger
}

// The addresses that are registered at the portal, behind Self.
const (
	CallbackPath = "/callback"
	LeftPath     = "/left"
	ToldPath     = "/told" // back-channel logout
)

// Canteen is the application. It is safe for use by many goroutines.
type Canteen struct {
	Settings

	mu     sync.Mutex
	portal *oidc.Provider      // found at the first visit
	begun  map[string]entry    // by state
	guests map[string]guest    // by cookie
	meals  map[string][]string // days that are booked, by sub
}

// entry is a way to the portal that somebody has set out on.
type entry struct {
	verifier, nonce string
	began           time.Time
}

// guest is somebody who is in.
type guest struct {
	Name, Role string
	sub, sid   string
	token      string // the ID token, to leave with
}

// New gives a canteen that has no guests.
func New(s Settings) *Canteen {
	return &Canteen{Settings: s, begun: map[string]entry{}, guests: map[string]guest{}, meals: map[string][]string{}}
}

// days are those of a school week.
var days = []string{"lundi", "mardi", "jeudi", "vendredi"}

const cookieName = "canteen"

// mostBegun bounds the memory of entries that nobody finishes.
const mostBegun = 1000

//go:embed *.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "*.html"))

// ServeHTTP answers browsers, and the portal where it tells of a sign-out.
func (c *Canteen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	var err error
	switch r.Method + " " + r.URL.Path {
	case "GET /":
		err = c.home(w, r)
	case "POST /":
		err = c.book(w, r)
	case "GET " + CallbackPath:
		err = c.callback(w, r)
	case "GET " + LeftPath:
		err = page.ExecuteTemplate(w, "left.html", nil)
	case "POST " + ToldPath:
		err = c.told(w, r)
	default:
		http.NotFound(w, r)
	}
	if err != nil {
		c.Log.Error("canteen", "path", r.URL.Path, "error", err)
		w.WriteHeader(http.StatusBadGateway)
		_ = page.ExecuteTemplate(w, "lost.html", nil) // the browser may have gone
	}
}

// found gives the portal, which is asked once for what it can.
func (c *Canteen) found() (*oidc.Provider, oauth2.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.portal == nil {
		// Not a request's context: the provider fetches keys with it for as long as it lives.
		p, err := oidc.NewProvider(oidc.ClientContext(context.Background(), c.HTTP), c.Portal)
		if err != nil {
			return nil, oauth2.Config{}, fmt.Errorf("finding the portal: %w", err)
		}
		c.portal = p
	}
	return c.portal, oauth2.Config{
		ClientID: c.Client, ClientSecret: c.Secret, Endpoint: c.portal.Endpoint(), RedirectURL: c.Self + CallbackPath,
		Scopes: []string{oidc.ScopeOpenID, "profile"},
	}, nil
}

// home shows a guest their meals, and sends everybody else to the portal.
func (c *Canteen) home(w http.ResponseWriter, r *http.Request) error {
	g, ok := c.guest(r)
	if !ok {
		return c.enter(w, r)
	}
	portal, _, err := c.found()
	if err != nil {
		return err
	}
	var says struct {
		Leave string `json:"end_session_endpoint"`
	}
	if err := portal.Claims(&says); err != nil {
		return fmt.Errorf("reading where to sign out: %w", err)
	}
	type day struct {
		Name   string
		Booked bool
	}
	shown := struct {
		guest
		Days          []day
		Portal, Leave string
	}{guest: g, Portal: c.Portal, Leave: says.Leave + "?" + url.Values{
		"id_token_hint": {g.token}, "post_logout_redirect_uri": {c.Self + LeftPath},
	}.Encode()}
	c.mu.Lock()
	for _, name := range days {
		booked := false
		for _, b := range c.meals[g.sub] {
			booked = booked || b == name
		}
		shown.Days = append(shown.Days, day{name, booked})
	}
	c.mu.Unlock()
	return page.ExecuteTemplate(w, "meals.html", shown) //nolint:wrapcheck // says which page
}

// book books the meal of a day, or gives it back. Only the canteen's own page may ask (SameSite, and no other origin).
func (c *Canteen) book(w http.ResponseWriter, r *http.Request) error {
	g, ok := c.guest(r)
	if err := http.NewCrossOriginProtection().Check(r); err != nil || !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	wanted := r.PostFormValue("day")
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := []string{}
	booked := false
	for _, d := range c.meals[g.sub] {
		if d == wanted {
			booked = true
			continue
		}
		kept = append(kept, d)
	}
	for _, d := range days {
		if d == wanted && !booked {
			kept = append(kept, d)
		}
	}
	c.meals[g.sub] = kept
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (c *Canteen) guest(r *http.Request) (guest, bool) {
	held, err := r.Cookie(cookieName)
	if err != nil {
		return guest{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.guests[held.Value]
	return g, ok
}

// enter sends somebody to the portal, with a state that only this browser holds.
func (c *Canteen) enter(w http.ResponseWriter, r *http.Request) error {
	_, ask, err := c.found()
	if err != nil {
		return err
	}
	state, e := rand.Text(), entry{oauth2.GenerateVerifier(), rand.Text(), time.Now()}
	c.mu.Lock()
	if len(c.begun) >= mostBegun {
		clear(c.begun)
	}
	c.begun[state] = e
	c.mu.Unlock()
	c.cookie(w, cookieName+"-"+state, "begun") // one for each tab
	http.Redirect(w, r, ask.AuthCodeURL(state, oidc.Nonce(e.nonce), oauth2.S256ChallengeOption(e.verifier)), http.StatusFound)
	return nil
}

func (c *Canteen) cookie(w http.ResponseWriter, name, value string) {
	u, err := url.Parse(c.Self)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: err == nil && u.Scheme == "https",
	})
}

// callback takes the portal's answer.
func (c *Canteen) callback(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	_, err := r.Cookie(cookieName + "-" + asked.Get("state"))
	c.mu.Lock()
	e, ok := c.begun[asked.Get("state")]
	delete(c.begun, asked.Get("state"))
	c.mu.Unlock()
	if err != nil || !ok || asked.Get("iss") != c.Portal || asked.Get("code") == "" {
		return fmt.Errorf("an answer that nobody here has asked for, or a refusal: %q", asked.Get("error"))
	}
	g, err := c.redeem(r, asked.Get("code"), e)
	if err != nil {
		return err
	}
	visit := rand.Text()
	c.mu.Lock()
	c.guests[visit] = g
	c.mu.Unlock()
	c.cookie(w, cookieName, visit)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

func (c *Canteen) redeem(r *http.Request, code string, e entry) (guest, error) {
	portal, ask, err := c.found()
	if err != nil {
		return guest{}, err
	}
	ctx := oidc.ClientContext(r.Context(), c.HTTP)
	got, err := ask.Exchange(ctx, code, oauth2.VerifierOption(e.verifier))
	if err != nil {
		return guest{}, fmt.Errorf("redeeming a code: %w", err)
	}
	raw, _ := got.Extra("id_token").(string)
	token, err := portal.Verifier(&oidc.Config{ClientID: c.Client}).Verify(ctx, raw)
	if err != nil {
		return guest{}, fmt.Errorf("checking an ID token: %w", err)
	}
	if token.Nonce != e.nonce {
		return guest{}, errors.New("the ID token is for another entry")
	}
	var says struct{ Name, Role, SID string }
	if err := token.Claims(&says); err != nil {
		return guest{}, fmt.Errorf("reading an ID token: %w", err)
	}
	return guest{says.Name, says.Role, token.Subject, says.SID, raw}, nil
}

// told signs out whom the portal has signed out (OpenID Connect Back-Channel Logout 1.0 §2.5).
func (c *Canteen) told(w http.ResponseWriter, r *http.Request) error {
	portal, _, err := c.found()
	if err != nil {
		return err
	}
	token, err := portal.Verifier(&oidc.Config{ClientID: c.Client}).VerifyLogout(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(w, "no logout token of the portal", http.StatusBadRequest)
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for visit, g := range c.guests {
		if g.sid == token.SessionID || token.SessionID == "" && g.sub == token.Subject {
			delete(c.guests, visit)
		}
	}
	return nil
}
