package housetest

import (
	"encoding/base32"
	"encoding/json"
	"html"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
)

// Device gives a device that makes and keeps passkeys of a host.
func Device(host string) *passkeytest.Authenticator {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return passkeytest.New(name)
}

// Origin is what a browser says of where it is.
func Origin(host string) string { return "http://" + host }

// App makes app codes by the clock of the house.
type App struct {
	secret []byte
	clock  *Clock
}

// Code gives what the app shows now, and so many steps of thirty seconds later, or before.
func (a App) Code(later int64) string {
	return credential.AppCode(a.secret, credential.AppStep(a.clock.Now())+later)
}

// Next waits until the app shows another code, and gives it.
func (a App) Next() string {
	a.clock.Advance(30 * time.Second)
	return a.Code(0)
}

var (
	secretOn  = regexp.MustCompile(`class="secret code"[^>]*>([A-Z2-7 ]+)<`)
	setupOn   = regexp.MustCompile(`name="setup" value="([^"]+)"`)
	optionsOn = regexp.MustCompile(`data-options="([^"]+)"`)
	codesOn   = regexp.MustCompile(`<li class="code">([^<]+)</li>`)
)

// first gives what an expression finds on a page.
func first(t testing.TB, what string, at *regexp.Regexp, a Answer) string {
	t.Helper()
	m := at.FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("no %s on the page: %d %q\n%s", what, a.Status, a.Location, a.Body)
	}
	return html.UnescapeString(m[1])
}

// StartApp opens the page that adds an app, and gives the field setup and the app that was given its secret.
func (f *Fixture) StartApp(t testing.TB, b *Browser) (setup string, app App) {
	t.Helper()
	page := b.Get("/account/factors/app")
	text := strings.ReplaceAll(first(t, "secret", secretOn, page), " ", "")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return first(t, "setup", setupOn, page), App{secret, f.Clock}
}

// AddApp adds an app to the account that a browser is signed in to. Fields are added to the form.
func (f *Fixture) AddApp(t testing.TB, b *Browser, fields ...string) App {
	t.Helper()
	setup, app := f.StartApp(t, b)
	a := b.Post("/account/factors/app", append(fields, "setup", setup, "code", app.Code(0))...)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/account/factors") {
		t.Fatalf("adding an app: %d %q", a.Status, a.Location)
	}
	return app
}

// Options gives what a page, or the answer to a script, asks a passkey with.
func Options(t testing.TB, a Answer) []byte {
	t.Helper()
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		var said struct{ Options json.RawMessage }
		if err := json.Unmarshal([]byte(a.Body), &said); err != nil || len(said.Options) == 0 {
			t.Fatalf("no options in %q: %v", a.Body, err)
		}
		return said.Options
	}
	return []byte(first(t, "options", optionsOn, a))
}

// AddPasskey makes a passkey on a device, for the account that a browser is signed in to.
func (f *Fixture) AddPasskey(t testing.TB, b *Browser, d *passkeytest.Authenticator) {
	t.Helper()
	answer := d.Create(Options(t, b.Get("/account/factors/passkey")), Origin(b.host))
	a := b.Post("/account/factors/passkey", "answer", string(answer))
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/account/factors") {
		t.Fatalf("adding a passkey: %d %q", a.Status, a.Location)
	}
}

// PrintCodes makes printed codes and reads them from the page.
func (f *Fixture) PrintCodes(t testing.TB, b *Browser) []string {
	t.Helper()
	if a := b.Post("/account/factors/codes", "do", "make"); a.Location != "/account/factors/codes" {
		t.Fatalf("making codes: %d %q", a.Status, a.Location)
	}
	var codes []string
	for _, m := range codesOn.FindAllStringSubmatch(b.Get("/account/factors/codes").Body, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != credential.PrintedCodes {
		t.Fatalf("%d codes are on the page", len(codes))
	}
	return codes
}

// SayEnter has a device answer the sign-in page.
func SayEnter(t testing.TB, b *Browser, d *passkeytest.Authenticator) string {
	t.Helper()
	return string(d.Get(Options(t, b.Get("/signin/passkey")), Origin(b.host)))
}

// SaySecond has a device answer the page that asks for a second proof.
func SaySecond(t testing.TB, b *Browser, d *passkeytest.Authenticator) string {
	t.Helper()
	return string(d.Get(Options(t, b.Get("/signin/second")), Origin(b.host)))
}

// SayProof has a device prove once more who is signed in.
func SayProof(t testing.TB, b *Browser, d *passkeytest.Authenticator) string {
	t.Helper()
	return string(d.Get(Options(t, b.Get("/account/prove")), Origin(b.host)))
}
