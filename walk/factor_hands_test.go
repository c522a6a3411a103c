package walk

import (
	"context"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/store"
	"loquet/store/storetest"
)

// keyed are the views of walks that need passkeys, and so the script.
var keyed = []view{{1280, true}, {360, true}}

// device keeps passkeys, and is unlocked by its person: a telephone or a computer. A window has one at a time.
type device struct {
	v  *visitor
	id webauthn.AuthenticatorID
}

// device gives the window a device on which these passkeys are kept. It answers as soon as it is asked.
func (v *visitor) device(keys ...*webauthn.Credential) *device {
	v.t.Helper()
	d := &device{v: v}
	v.do(webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		d.id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true, DefaultBackupEligibility: true, DefaultBackupState: true,
		}).Do(ctx)
		return err //nolint:wrapcheck // a test says which step it was
	}))
	for _, k := range keys {
		v.do(webauthn.AddCredential(d.id, k))
	}
	v.t.Cleanup(func() { v.do(webauthn.Disable()) })
	return d
}

// unaided takes from the window that passkeys are among what it fills in, as older browsers have it, from the next page
// until back is called. A device of these walks would answer to that before any button is pressed.
func (v *visitor) unaided() (back func()) {
	v.t.Helper()
	return v.before(`self.PublicKeyCredential && (PublicKeyCredential.isConditionalMediationAvailable = async () => false)`)
}

// offered is true in a page that the window has offered a passkey on, where watches was called before.
const offered = `window.offered`

// watches notes when a page has the window offer a passkey, from the next page until back is called.
func (v *visitor) watches() (back func()) {
	v.t.Helper()
	return v.before(`self.CredentialsContainer && (CredentialsContainer.prototype.get = (get => function (request) {
		window.offered = request.mediation === 'conditional'
		return get.call(this, request)
	})(CredentialsContainer.prototype.get))`)
}

// before runs something in every page before its own script, until back is called.
func (v *visitor) before(source string) (back func()) {
	v.t.Helper()
	var id page.ScriptIdentifier
	v.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		id, err = page.AddScriptToEvaluateOnNewDocument(source).Do(ctx)
		return err //nolint:wrapcheck // a test says which step it was
	}))
	back = sync.OnceFunc(func() { v.do(page.RemoveScriptToEvaluateOnNewDocument(id)) })
	v.t.Cleanup(back)
	return back
}

// wakes lets the device answer again to what it is asked from now on.
func (d *device) wakes() { d.v.t.Helper(); d.v.do(webauthn.SetAutomaticPresenceSimulation(d.id, true)) }

// sleeps leaves the device in a pocket: what it is asked then is never answered.
func (d *device) sleeps() {
	d.v.t.Helper()
	d.v.do(webauthn.SetAutomaticPresenceSimulation(d.id, false))
}

// knows says whether whoever holds the device can unlock it.
func (d *device) knows(person bool) { d.v.t.Helper(); d.v.do(webauthn.SetUserVerified(d.id, person)) }

// lost takes the device away, and gives what was kept on it.
func (d *device) lost() []*webauthn.Credential {
	d.v.t.Helper()
	keys := d.keeps()
	d.v.do(webauthn.RemoveVirtualAuthenticator(d.id))
	return keys
}

// keeps gives the passkeys on the device.
func (d *device) keeps() (keys []*webauthn.Credential) {
	d.v.t.Helper()
	d.v.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		keys, err = webauthn.GetCredentials(d.id).Do(ctx)
		return err //nolint:wrapcheck // a test says which step it was
	}))
	return keys
}

// forgets waits until so many passkeys are left on the device.
func (d *device) forgets(left int) {
	d.v.t.Helper()
	for end := time.Now().Add(patience); len(d.keeps()) != left; {
		if time.Now().After(end) {
			d.v.t.Fatal("the device goes on offering what opens nothing")
		}
	}
}

// cannot presses a button that asks the device, which nobody unlocks: the page says so calmly, and stays.
func (d *device) cannot(words string) {
	d.v.t.Helper()
	path, count := d.v.path(), len(d.v.asked())
	d.knows(false)
	d.v.tries(words, "Rien n’a été envoyé.")
	d.knows(true)
	d.v.at(path)
	for _, url := range d.v.asked()[count:] {
		if !strings.HasSuffix(url, "/signin/passkey") && !strings.HasSuffix(url, "/account/prove") {
			d.v.t.Errorf("%s: something was sent to %s", d.v.view, url)
		}
	}
}

// tries presses a button that leads to no other page, and wants a sentence to be said.
func (v *visitor) tries(words, said string) {
	v.t.Helper()
	v.marks()
	v.has(named(words), "« "+words+" » to click")
	v.do(chromedp.Click(named(words), chromedp.ByJSPath))
	v.until("« "+said+" »", `window.walked && [...document.querySelectorAll('[role=status]')].some(e =>
		e.getClientRects().length && e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes('`+said+`'))`)
}

// asked gives the addresses that the window has asked for, in their order.
func (v *visitor) asked() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	addresses := make([]string, len(v.fetched))
	for i, e := range v.fetched {
		addresses[i] = e.Response.URL
	}
	return addresses
}

// app is an application of codes.
type app struct{ secret []byte }

// copies types what the page shows into an app.
func (v *visitor) copies() app {
	v.t.Helper()
	var shown string
	v.see(`document.querySelector('.secret').innerText`, &shown)
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(plain(shown), " ", ""))
	if err != nil {
		v.t.Fatalf("no app takes the secret %q: %v", shown, err)
	}
	return app{secret}
}

// code is what the app shows now.
func (a app) code(t testing.TB, h *home) string {
	t.Helper()
	return credential.AppCode(a.secret, credential.AppStep(h.Clock.Now()))
}

// step is how long an app shows a code.
const step = 30 * time.Second

// addsApp copies the secret into an app, types one wrong code and then the one that it shows.
func (v *visitor) addsApp(h *home) app {
	v.t.Helper()
	v.at("/account/factors/app")
	v.has(`document.querySelector('svg.qr[role=img]')?.getBoundingClientRect().width > 120`, "square code to scan")
	a := v.copies()
	v.types("Code à six chiffres", "000000")
	v.wrong(v.clicks("Confirmer"), "Code à six chiffres")
	if again := v.copies(); !slices.Equal(again.secret, a.secret) {
		v.t.Error("a wrong code changes the secret")
	}
	v.types("Code à six chiffres", a.code(v.t, h))
	v.clicks("Confirmer")
	return a
}

// prints gives the ten codes of the page. On paper there is nothing beside them but whose they are, and what for.
func (v *visitor) prints() (codes []string) {
	v.t.Helper()
	v.wants("Ces codes ne sont affichés que maintenant.")
	v.see(`[...document.querySelectorAll('.codes li')].map(e => e.innerText.trim())`, &codes)
	if len(codes) != credential.PrintedCodes {
		v.t.Fatalf("%d codes: %q", len(codes), codes)
	}
	v.has(`!!document.querySelector('[data-print] button')?.getClientRects().length === `+strconv.FormatBool(v.view.script),
		"button to print where it works, and none elsewhere")
	v.do(emulation.SetEmulatedMedia().WithMedia("print"))
	v.wants(append([]string{"Codes de secours", "Identifiant : ", "Faits le"}, codes...)...)
	v.lacks("J’ai mes codes sur papier", "Imprimer", "Se déconnecter", "Mentions légales", "Ces codes ne sont")
	v.do(emulation.SetEmulatedMedia().WithMedia(""))
	return codes
}

// unscripted wants the pages to say that passkeys need what this window does not have, and what to do instead.
func (v *visitor) unscripted() {
	v.t.Helper()
	if v.view.script {
		v.has(`document.querySelector('a.pick[href="/account/factors/passkey"]').getClientRects().length`, "passkey to choose")
		return
	}
	const why = "Une passkey demande JavaScript, qui est désactivé dans ce navigateur."
	v.wants(why)
	v.opens(school, "/account/factors/passkey")
	v.wants(why)
	v.has(`!`+named("Créer ma passkey"), "button that would do nothing")
	v.clicks("Choisir une autre preuve")
	v.at("/account/factors")
}

// joins gives somebody of the school another account.
func (h *home) joins(t testing.TB, a account.Account) account.Account {
	t.Helper()
	a.ID, a.Organisation = store.NewID(), h.School.ID
	note := audit.Entry{
		Organisation: a.Organisation, At: h.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System, Target: a.ID,
	}
	err := h.DB.CreateAccounts(t.Context(), []store.NewAccount{{Account: a, Hash: storetest.Hash, Note: note}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
