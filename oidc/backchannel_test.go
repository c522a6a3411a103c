package oidc_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	relying "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"loquet/application"
	"loquet/config"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/profile"
	"loquet/store"
	"loquet/store/storetest"
)

// listener is an application that is told of sign-outs, and answers as a test wishes.
type listener struct {
	*httptest.Server
	heard   chan string // logout tokens
	answers chan int    // what it answers next; 200 when there is none
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{heard: make(chan string, 16), answers: make(chan int, 16)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Cookie") != "" {
			t.Errorf("told by %s %v", r.Method, r.Header)
		}
		token := r.PostFormValue("logout_token")
		select {
		case status := <-l.answers:
			rw.Header().Set("Location", l.URL+"/elsewhere")
			rw.WriteHeader(status)
			_, _ = rw.Write(bytes.Repeat([]byte("x"), 64<<10)) // more than anybody reads
		default:
		}
		l.heard <- token
	}))
	t.Cleanup(l.Close)
	return l
}

// told waits for the next token.
func (l *listener) told(t *testing.T) string {
	t.Helper()
	select {
	case token := <-l.heard:
		return token
	case <-time.After(20 * time.Second):
		t.Fatal("the application was not told")
		return ""
	}
}

// hears gives a world whose application is told of sign-outs.
func hears(t *testing.T, f *housetest.Fixture, l *listener) *world {
	t.Helper()
	w := &world{t: t, Fixture: f}
	w.app, w.secret = w.registers(w.Town, application.Application{Name: "Cantine", Own: true, BackChannel: l.URL, Pairwise: true})
	w.mother = w.knows(w.Town, "38162")
	return w
}

func onLoopback(s *config.Settings) { s.ApplicationNetworks = []string{"127.0.0.0/8"} }

// verifies checks a logout token as a relying party does, and gives its claims.
func (w *world) verifies(token string) map[string]any {
	w.t.Helper()
	var set jose.JSONWebKeySet
	w.must(json.Unmarshal([]byte(w.browser().Get("/oauth2/jwks").Body), &set))
	keys := &relying.StaticKeySet{}
	for _, k := range set.Keys {
		keys.PublicKeys = append(keys.PublicKeys, k.Key)
	}
	verifier := relying.NewVerifier(issuer, keys, &relying.Config{ClientID: w.app.ID, Now: w.Clock.Now})
	checked, err := verifier.VerifyLogout(w.t.Context(), token)
	w.must(err)
	claims := map[string]any{}
	w.must(checked.Claims(&claims))
	return claims
}

// Signing out in the portal tells the application, within a second and once, in the words of OpenID Connect Back-Channel
// Logout 1.0 §2.4 (ASVS 10.5.5).
func TestOIDC19SigningOutTellsTheApplication(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newListener(t)
		w := hears(t, housetest.New(t, db, onLoopback), l)
		var discovery map[string]any
		w.must(json.Unmarshal([]byte(w.browser().Get("/.well-known/openid-configuration").Body), &discovery))
		if discovery["end_session_endpoint"] != issuer+"/oauth2/logout" || discovery["backchannel_logout_supported"] != true ||
			discovery["backchannel_logout_session_supported"] != true {
			t.Errorf("discovery says %v", discovery)
		}
		b := w.in()
		id := w.claims(w.tokens(b)["id_token"])
		begun := time.Now()
		b.Post("/signout")
		token := l.told(t)
		if took := time.Since(begun); took > time.Second {
			t.Errorf("told after %v", took)
		}
		claims := w.verifies(token)
		exp, _ := claims["exp"].(float64)
		iat, _ := claims["iat"].(float64)
		events, _ := claims["events"].(map[string]any)
		event, isObject := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
		_, nonce := claims["nonce"]
		if claims["sub"] != id["sub"] || claims["sid"] != id["sid"] || claims["sid"] == nil || claims["jti"] == "" || nonce ||
			exp-iat > 120 || len(events) != 1 || !isObject || len(event) != 0 || claims["sub"] == w.mother.ID {
			t.Errorf("told %v of %v", claims, id)
		}
		if header := decoded(t, token, 0); header["typ"] != "logout+jwt" || header["alg"] != "RS256" {
			t.Errorf("header %v", header)
		}
		w.Quiet(t)
		select {
		case again := <-l.heard:
			t.Errorf("told twice: %s", again)
		default:
		}
		sent, err := db.Deliveries(t.Context(), w.Town.ID, "", 100)
		w.must(err)
		if slices.ContainsFunc(sent, func(d courier.Delivery) bool { return d.Kind == courier.LogoutNotice }) {
			t.Error("the manager's page of letters lists it")
		}
		own, err := db.LettersOf(t.Context(), w.Town.ID, w.mother.ID)
		w.must(err)
		if slices.ContainsFunc(own, func(l profile.Letter) bool { return l.Kind == courier.LogoutNotice }) {
			t.Error("it is among the person's letters")
		}
		w.must(db.VerifyJournal(t.Context(), w.Town.ID))
	})
}

// An application that is down is told later, by another token; one that refuses is not told again.
func TestOIDC19AnApplicationThatIsDownIsToldLater(t *testing.T) {
	l := newListener(t)
	w := hears(t, housetest.New(t, storetest.Open(t, storetest.SQLite(t)), onLoopback), l)
	l.answers <- http.StatusServiceUnavailable
	b := w.in()
	w.tokens(b)
	b.Post("/signout")
	first := w.verifies(l.told(t))
	w.waits(1)
	w.Clock.Advance(courier.Retries[0])
	second := w.verifies(l.told(t))
	if first["jti"] == second["jti"] || first["sid"] != second["sid"] {
		t.Errorf("told %v, then %v", first, second)
	}
	w.Quiet(t)
	for _, refusal := range []int{http.StatusBadRequest, http.StatusTemporaryRedirect, http.StatusNotImplemented} {
		l.answers <- refusal
		b := w.in()
		w.tokens(b)
		b.Post("/signout")
		l.told(t)
		if refusal < 500 {
			w.Quiet(t)
		}
	}
	if log := w.Log.String(); strings.Count(log, "was not told of a sign-out") != 2 || !strings.Contains(log, "redirects are not followed") {
		t.Errorf("the log says %s", log)
	}
}

// waits waits until so many items wait for another try.
func (w *world) waits(many int) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		if strings.Count(w.Log.String(), "an item will be tried again") == many {
			return
		}
		<-tick.C
	}
	w.t.Fatal("nothing is tried again")
}

// What was promised before the program was killed is told by the next one.
func TestOIDC19WhatWasPromisedSurvivesACrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newListener(t)
		w := hears(t, housetest.Still(t, db, onLoopback), l)
		b := w.in()
		id := w.claims(w.tokens(b)["id_token"])
		b.Post("/signout")
		select {
		case <-l.heard:
			t.Fatal("told by nobody")
		default:
		}
		w.Deliver(t, w.Catcher) // the next program, on the same database
		if claims := w.verifies(l.told(t)); claims["sid"] != id["sid"] {
			t.Errorf("told %v", claims)
		}
	})
}

// An address inside is not called, whatever a manager has typed: the log says so, and nothing is tried again.
func TestATK056AnApplicationInsideIsNotCalled(t *testing.T) {
	l := newListener(t)
	w := hears(t, housetest.New(t, storetest.Open(t, storetest.SQLite(t))), l)
	b := w.in()
	w.tokens(b)
	b.Post("/signout")
	w.Quiet(t)
	if len(l.heard) != 0 || !strings.Contains(w.Log.String(), "no network of application_networks") {
		t.Errorf("%d calls; the log says %s", len(l.heard), w.Log.String())
	}
}

// No key is at rest that anybody could read: not in the file of the database, nor beside it.
func TestNoKeyIsInTheDatabaseAsItIs(t *testing.T) {
	address := storetest.SQLite(t)
	w := newWorld(t, storetest.Open(t, address))
	w.claims(w.tokens(w.in())["id_token"])
	keys, err := w.DB.Keys(t.Context(), w.Town.ID, w.Clock.Now())
	w.must(err)
	if len(keys) != len(application.Algorithms) {
		t.Fatalf("%d keys", len(keys))
	}
	files, err := filepath.Glob(strings.TrimPrefix(address, "sqlite:") + "*")
	w.must(err)
	found := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		w.must(err)
		found = found || bytes.Contains(content, keys[0].Sealed[:16])
		for what, plain := range map[string]string{
			"PEM": "PRIVATE", "RSA": "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "EC": "\x2a\x86\x48\xce\x3d\x02\x01",
			"Ed25519": "\x06\x03\x2b\x65\x70", // the names of PKCS #8 (RFC 5958) for what a key is
		} {
			if bytes.Contains(content, []byte(plain)) {
				t.Errorf("%s holds a key of %s", filepath.Base(file), what)
			}
		}
	}
	if !found {
		t.Errorf("the sealed keys are in none of %v", files)
	}
	w.Clock.Advance(89 * 24 * time.Hour)
	w.Turn(t.Context()) // as each minute
	if keys, err = w.DB.Keys(t.Context(), w.Town.ID, w.Clock.Now()); err != nil || len(keys) != 2*len(application.Algorithms) {
		t.Errorf("a day before they sign, the next keys are not there: %d, %v", len(keys), err)
	}
}
