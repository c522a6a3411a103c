package web_test

import (
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// noLimit is a rate that no test reaches; the code of the limits still runs.
var noLimit = limit.Rate{Burst: 1_000_000, Every: time.Second}

// proofs is what Claire of the town can be proved with, and the browser in which she has set it up.
type proofs struct {
	b      *housetest.Browser
	app    housetest.App
	device *passkeytest.Authenticator
	codes  []string
}

// equip gives somebody of the town a password that is known, an app, a passkey and printed codes, made on the pages.
func equip(t *testing.T, f *housetest.Fixture, identifier string) proofs {
	t.Helper()
	p := proofs{b: inside(t, f, identifier), device: housetest.Device(town)}
	p.app = f.AddApp(t, p.b)
	f.AddPasskey(t, p.b, p.device)
	p.codes = f.PrintCodes(t, p.b)
	return p
}

// withPasskey gives somebody of the town a password that is known, and a passkey.
func withPasskey(t *testing.T, f *housetest.Fixture, identifier string) (
	*housetest.Browser, *passkeytest.Authenticator,
) {
	t.Helper()
	b, device := inside(t, f, identifier), housetest.Device(town)
	f.AddPasskey(t, b, device)
	return b, device
}

// pends gives a browser in which the password was right, and the second proof is asked.
func pends(t testing.TB, f *housetest.Fixture, identifier, password string) *housetest.Browser {
	t.Helper()
	b := f.Browser(t, town)
	a := b.Post("/signin", "identifier", identifier, "password", password)
	if a.Status != 303 || a.Location != "/signin/second" {
		t.Fatalf("%s got %d %q, want 303 /signin/second", identifier, a.Status, a.Location)
	}
	return b
}

// holds gives the session that a browser holds, as it is kept.
func holds(t testing.TB, f *housetest.Fixture, b *housetest.Browser) session.Session {
	t.Helper()
	s, _, err := f.DB.Session(t.Context(), session.IDOf(b.Cookie("loquet")))
	if err != nil {
		t.Fatalf("the session of a browser: %v", err)
	}
	return s
}

// sure wants a browser to be in with so many proofs.
func sure(t testing.TB, f *housetest.Fixture, b *housetest.Browser, level session.Level, proof string) {
	t.Helper()
	s := holds(t, f, b)
	if s.Stage != session.Full || s.Level() != level || strings.Join(s.Proof, " ") != proof {
		t.Errorf("the session is %s, %s by %q; want full, %s by %q", s.Stage, s.Level(), s.Proof, level, proof)
	}
}

// factorsOf gives what somebody of the town can be proved with, as it is kept.
func factorsOf(t testing.TB, f *housetest.Fixture, identifier string) credential.Factors {
	t.Helper()
	has, err := f.DB.Factors(t.Context(), f.Town.ID, storetest.Person(t, f.DB, f.Town, identifier).ID)
	if err != nil {
		t.Fatal(err)
	}
	return has
}

// codesLeft wants so many printed codes of Claire to be left.
func codesLeft(t testing.TB, f *housetest.Fixture, n int) {
	t.Helper()
	if left := factorsOf(t, f, storetest.Active).CodesLeft(); left != n {
		t.Errorf("%d printed codes are left, want %d", left, n)
	}
}

// signedOut says whether an answer leads to the sign-in page.
func signedOut(a housetest.Answer) bool {
	return a.Status == 303 && strings.HasPrefix(a.Location, "/signin") && a.Location != "/signin/second"
}

// demands changes what the town asks of a role.
func demands(t testing.TB, f *housetest.Fixture, role account.Role, s organisation.Second) {
	t.Helper()
	o := nowAt(t, f, f.Town)
	o.Policy.Second[role] = s
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.PolicyChanged, Actor: audit.System}
	if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(time.Second) // a host name is looked up anew after that
}

// again wants the page that asks for a second proof to come back, with the same session.
func again(t testing.TB, b *housetest.Browser, path string, fields ...string) housetest.Answer {
	t.Helper()
	held := b.Cookie("loquet")
	a := b.Post(path, fields...)
	if a.Status != 422 || a.Location != "" || b.Cookie("loquet") != held {
		t.Errorf("%s with %.60q: %d %q, want 422 and the same session", path, fields, a.Status, a.Location)
	}
	if strings.Contains(a.Body, "⟦") {
		t.Errorf("%s with %.60q: words are missing", path, fields)
	}
	return a
}
