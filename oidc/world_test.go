package oidc_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	town     = "famille.localhost:8080"
	school   = "autoecole.localhost:8080"
	issuer   = "http://" + town
	callback = "https://cantine.example/callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	password = "Lilas-Bleu-74"
)

// world is a house with one application of the town, and a mother of two who may enter it.
type world struct {
	t *testing.T
	*housetest.Fixture
	app    application.Application
	secret string
	mother account.Account
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, Fixture: housetest.New(t, db)}
	w.app, w.secret = w.registers(w.Town, application.Application{})
	w.mother = w.knows(w.Town, "38162")
	return w
}

func each(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newWorld(t, db)) })
}

// quick is for what does not depend on the engine.
func quick(t *testing.T) *world { return newWorld(t, storetest.Open(t, storetest.SQLite(t))) }

// knows gives somebody the password.
func (w *world) knows(o organisation.Organisation, identifier string) account.Account {
	w.t.Helper()
	person := storetest.Person(w.t, w.DB, o, identifier)
	old, err := w.DB.Hash(w.t.Context(), o.ID, person.ID)
	w.must(err)
	hash, err := w.Hasher.Hash(w.t.Context(), password)
	w.must(err)
	w.must(w.DB.StoreHash(w.t.Context(), o.ID, person.ID, old, hash))
	return person
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// registers lets an application in: one of OpenID with a secret, the organisation's own, where nothing else is said.
func (w *world) registers(o organisation.Organisation, a application.Application) (application.Application, string) {
	w.t.Helper()
	a.ID, a.Organisation, a.Created, a.Kind = application.NewID(), o.ID, w.Clock.Now(), application.OpenID
	if a.Name == "" {
		a.Name, a.Own = "Cantine", true
	}
	if a.Signs == "" {
		a.Signs = application.RS256
	}
	if a.Redirects == nil {
		a.Redirects = []string{callback}
	}
	secret := ""
	if !a.Public {
		secret = application.NewSecret()
		a.Secret = application.DigestOf(secret)
	}
	w.must(w.DB.AddApplication(w.t.Context(), a, w.noteOf(o, audit.ApplicationAdded)))
	kept, err := w.DB.Application(w.t.Context(), o.ID, a.ID)
	w.must(err)
	return kept, secret
}

func (w *world) noteOf(o organisation.Organisation, act audit.Act) audit.Entry {
	return audit.Entry{Organisation: o.ID, At: w.Clock.Now(), Act: act, Actor: audit.System}
}

// change changes an application, and lets every node know.
func (w *world) change(change func(*application.Application)) {
	w.t.Helper()
	change(&w.app)
	w.must(w.DB.ChangeApplication(w.t.Context(), w.app, w.noteOf(w.Town, audit.ApplicationChanged)))
	var err error
	w.app, err = w.DB.Application(w.t.Context(), w.Town.ID, w.app.ID)
	w.must(err)
	w.Clock.Advance(2 * time.Second)
}

// browser opens a browser on the town's host.
func (w *world) browser() *housetest.Browser { return w.Browser(w.t, town) }

// in opens a browser in which the mother is signed in.
func (w *world) in() *housetest.Browser {
	w.t.Helper()
	b := w.browser()
	w.signIn(b, "", "38162")
	return b
}

func (w *world) signIn(b *housetest.Browser, next, identifier string) housetest.Answer {
	w.t.Helper()
	a := b.Post("/signin", "identifier", identifier, "password", password, "next", next)
	if a.Status != http.StatusSeeOther {
		w.t.Fatalf("signing in: %d %s", a.Status, titleOf(a))
	}
	return a
}

// asks gives an authorization request: what the application asks by default, with some parameters changed ("" leaves one
// out).
func (w *world) asks(change ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {w.app.ID}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile email"},
		"state": {"s t&te"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
		"code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		q.Set(change[i], change[i+1])
		if change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return "/oauth2/authorize?" + q.Encode()
}

// answered gives what a redirect to the application tells it.
func (w *world) answered(a housetest.Answer) url.Values {
	w.t.Helper()
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, callback) {
		w.t.Fatalf("no answer to the application: %d %s\n%s", a.Status, a.Location, titleOf(a))
	}
	u, err := url.Parse(a.Location)
	w.must(err)
	if u.RawQuery == "" { // RFC 6749 §4.2.2.1: what was asked without a code is told behind a #
		said, err := url.ParseQuery(u.EscapedFragment())
		w.must(err)
		return said
	}
	return u.Query()
}

// code gives the code that the application gets without anybody being asked.
func (w *world) code(b *housetest.Browser, change ...string) string {
	w.t.Helper()
	told := w.answered(b.Get(w.asks(change...)))
	if told.Get("code") == "" {
		w.t.Fatalf("no code: %v", told)
	}
	return told.Get("code")
}

// tells asks as a program does, and gives the status and what was answered.
func (w *world) tells(path string, header http.Header, fields ...string) (int, map[string]any) {
	w.t.Helper()
	program := w.browser()
	maps.Copy(program.Header, header)
	a := program.Post(path, fields...)
	var said map[string]any
	if a.Body != "" {
		if err := json.Unmarshal([]byte(a.Body), &said); err != nil {
			w.t.Fatalf("%s: %d %v\n%s", path, a.Status, err, a.Body)
		}
	}
	return a.Status, said
}

func basic(id, secret string) http.Header {
	pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
	return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}}
}

// token asks the token endpoint in the name of the application.
func (w *world) token(fields ...string) (int, map[string]any) {
	w.t.Helper()
	return w.tells("/oauth2/token", basic(w.app.ID, w.secret), fields...)
}

func (w *world) redeem(code string) (int, map[string]any) {
	w.t.Helper()
	return w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

// tokens gives what a code was redeemed for.
func (w *world) tokens(b *housetest.Browser, change ...string) map[string]any {
	w.t.Helper()
	status, got := w.redeem(w.code(b, change...))
	if status != http.StatusOK {
		w.t.Fatalf("redeeming: %d %v", status, got)
	}
	return got
}

func (w *world) refresh(token string) (int, map[string]any) {
	w.t.Helper()
	return w.token("grant_type", "refresh_token", "refresh_token", token)
}

// claims checks an ID token as an application does, and gives what it says.
func (w *world) claims(token any) map[string]any {
	w.t.Helper()
	raw, _ := token.(string)
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	w.must(err)
	var set jose.JSONWebKeySet
	w.must(json.Unmarshal([]byte(w.browser().Get("/oauth2/jwks").Body), &set))
	keys := set.Key(parsed.Headers[0].KeyID)
	if len(keys) != 1 || !keys[0].IsPublic() || keys[0].Algorithm != parsed.Headers[0].Algorithm {
		w.t.Fatalf("the key %q is not published once: %v", parsed.Headers[0].KeyID, keys)
	}
	claims := map[string]any{}
	w.must(parsed.Claims(keys[0], &claims))
	return claims
}

// userInfo asks who somebody is, by an access token.
func (w *world) userInfo(token any) (int, map[string]any) {
	w.t.Helper()
	b := w.browser()
	raw, _ := token.(string)
	b.Header.Set("Authorization", "Bearer "+raw)
	a := b.Get("/oauth2/userinfo")
	said := map[string]any{}
	_ = json.Unmarshal([]byte(a.Body), &said)
	return a.Status, said
}

// ends ends every session of somebody, as a manager's click does.
func (w *world) ends(person account.Account, because session.End) {
	w.t.Helper()
	note := w.noteOf(w.Town, audit.SignedOut)
	w.must(w.DB.EndSessionsOf(context.Background(), person.Organisation, person.ID, because, note))
	w.Clock.Advance(2 * time.Second)
}

// decoded gives a part of a token as it stands: 0 the header, 1 the claims.
func decoded(t *testing.T, token string, part int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[part])
	said := map[string]any{}
	if err == nil {
		err = json.Unmarshal(raw, &said)
	}
	if err != nil {
		t.Fatalf("a token that cannot be read: %v", err)
	}
	return said
}

// titleOf gives the title of a page, for messages.
func titleOf(a housetest.Answer) string {
	_, rest, _ := strings.Cut(a.Body, "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	return title
}

func journalOf(act audit.Act) admin.JournalFilter {
	return admin.JournalFilter{Acts: []audit.Act{act}, Max: 10}
}
