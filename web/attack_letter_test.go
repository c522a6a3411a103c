package web_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

func TestATK001OnlyOneScalarAndOnlyTheAddressOnFile(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	thief := "thief@evil.example"
	for _, c := range []struct {
		media, body string
		status      int
	}{
		{form, "email=" + claire + "&email=" + thief, 400},
		{form, "identifier=38162&identifier=38163", 400},
		{form, "identifier=38162&email=" + claire + "&email=" + thief, 400},
		{form, "email[]=" + claire + "&email[]=" + thief, 400},
		{form, "email[0]=" + claire + "&email[1]=" + thief, 422},
		{"application/json", `{"email":["` + claire + `","` + thief + `"]}`, 415},
		{"application/json", `{"identifier":"38162"}`, 415},
		{"text/plain", "identifier=38162", 415},
		{form, "identifier=38162&email=" + thief, 303}, // a pair that does not belong together: silence
		{form, "identifier=38162%2C38163", 303},
		{form, "identifier=" + url.QueryEscape(claire+","+thief), 303},
	} {
		if a := b.PostBody("/recover", c.media, c.body); a.Status != c.status {
			t.Errorf("%s: got %d, want %d", c.body, a.Status, c.status)
		}
	}
	f.Quiet(t)
	if n := f.Catcher.Total(); n != 0 {
		t.Fatalf("%d letters, want none: %+v", n, f.Catcher.Letters(1))
	}
	want(t, b.Post("/recover", "email", "CLAIRE.Martin@Orange.EXAMPLE"), 303, "/recover/sent")
	f.Quiet(t)
	if l := f.Letter(t, claire, 0); l.To != claire || f.Catcher.Total() != 1 {
		t.Errorf("%d letters, the first to %s: it goes to the address on file as it is kept", f.Catcher.Total(), l.To)
	}
}

func TestATK002NoSecondRecipientInAnAddress(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for _, typed := range []string{
		claire + "\r\ncc:thief@evil.example", claire + "\ncc: thief@evil.example", claire + "%0d%0abcc:thief@evil.example",
		claire + ",thief@evil.example", claire + ";thief@evil.example", claire + "|thief@evil.example",
		claire + " thief@evil.example", "thief@evil.example," + claire, "<" + claire + ">", "Claire <" + claire + ">",
		claire + "\x00@evil.example", `"claire.martin@orange.example"@evil.example.`, "claire.martin%40orange.example@evil",
	} {
		for _, path := range []string{"/recover", "/identifier"} {
			if a := b.Post(path, "email", typed); a.Status != 422 {
				t.Errorf("%s %q: got %d, want 422", path, typed, a.Status)
			}
		}
		if a := b.Post("/recover", "identifier", typed); a.Status != 303 {
			t.Errorf("identifier %q: got %d, want 303", typed, a.Status)
		}
	}
	f.Quiet(t)
	if n := f.Catcher.Total(); n != 0 {
		t.Errorf("%d letters, want none: %+v", n, f.Catcher.Letters(1)[0].To)
	}
}

func TestATK003HostHeadersNeverReachALetter(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	for _, name := range []string{
		"X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-HTTP-Host-Override", "X-Original-Host", "X-Original-URL",
		"X-Rewrite-URL", "Forwarded", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
	} {
		b.Header[name] = []string{"evil.example"}
	}
	b.Header["Forwarded"] = []string{"for=1.2.3.4;host=evil.example;proto=https"}
	l := letter(t, f, b, storetest.Active, claire)
	if got := housetest.Link(t, l); !strings.HasPrefix(got, "http://"+town+"/enter/") {
		t.Errorf("the link leads to %s", got)
	}
	if strings.Contains(string(l.Raw)+l.Text+l.HTML, "evil") {
		t.Errorf("the letter names a host that a request brought:\n%s", l.Raw)
	}
}

func TestATK003UnknownHostsLeadNowhere(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for _, host := range []string{
		"evil.example", "famille.localhost", "famille.localhost:9999", town + ".evil.example", "evil.example:8080",
		"famille.localhost.:8080", "xn--famille.localhost:8080", "127.0.0.1:8080", "[::1]:8080",
	} {
		for _, a := range []housetest.Answer{
			asked(t, b, "GET", "/signin", "", "Host", host), asked(t, b, "POST", "/recover", "identifier=38162", "Host", host),
			asked(t, b, "GET", "/.well-known/security.txt", "", "Host", host), asked(t, b, "GET", "/?lang=en", "", "Host", host),
		} {
			if a.Status != 421 || a.Location != "" || len(setCookie(a)) != 0 {
				t.Errorf("%s: %d %q", host, a.Status, a.Location)
			}
			if strings.Contains(a.Body, "evil") {
				t.Errorf("%s: the page repeats the host", host)
			}
		}
	}
	f.Quiet(t)
	if f.Catcher.Total() != 0 {
		t.Error("a request to an unknown host was heard")
	}
}

func TestATK004LookAlikesGetNoLetter(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for _, typed := range []string{
		"claıre.martin@orange.example", "claire.martın@orange.example", "claire.martin@orange.examplе",
		"сlaire.martin@orange.example",
		"claire.martin@оrange.example", "ｃlaire.martin@orange.example", "claire.martin@ⓞrange.example.evil",
		"claire.martin@orange.example\u200b.evil",
	} {
		for _, field := range []string{"email", "identifier"} {
			if a := b.Post("/recover", field, typed); !oneOf(a.Status, 303, 422) {
				t.Errorf("%s %q: %d", field, typed, a.Status)
			}
		}
	}
	f.Quiet(t)
	if f.Catcher.Total() != 0 {
		t.Errorf("a look-alike was written to: %s", f.Catcher.Letters(1)[0].To)
	}
	want(t, b.Post("/recover", "identifier", "３８１６２"), 303, "/recover/sent") // full-width digits are the same digits
	f.Quiet(t)
	if l := f.Letter(t, claire, 0); l.To != claire {
		t.Errorf("the letter went to %s", l.To)
	}
}

// broken is a mail server that takes nothing.
type broken struct {
	courier.Sender

	mu    sync.Mutex
	tried chan struct{}
}

func (b *broken) Send(context.Context, string, string, []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tried != nil {
		close(b.tried)
		b.tried = nil
	}
	return errors.New("the mail server is on fire")
}

func TestATK027FailingMailTellsNobody(t *testing.T) {
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	b := f.Browser(t, town)
	known, unknown := b.Post("/recover", "identifier", storetest.Active), b.Post("/recover", "identifier", "39999")
	if got, wanted := told(known, storetest.Active), told(unknown, "39999"); got != wanted {
		t.Errorf("before any delivery: %s", difference(got, wanted))
	}
	if stats, err := f.DB.Stats(t.Context()); err != nil || stats.Waiting != 2 || f.Catcher.Total() != 0 {
		t.Errorf("%+v, %v: asking records one row and sends nothing", stats, err)
	}
	sender := &broken{Sender: f.Catcher, tried: make(chan struct{})}
	tried := sender.tried
	f.Deliver(t, sender)
	<-tried
	again, never := b.Post("/recover", "identifier", storetest.Active), b.Post("/recover", "identifier", "39999")
	if got, wanted := told(again, storetest.Active), told(never, "39999"); got != wanted ||
		got != told(known, storetest.Active) {
		t.Errorf("while mail fails: %s", difference(got, wanted))
	}
	if a, other := b.Get("/recover/sent"), f.Browser(t, town).Get("/recover/sent"); a.Body != other.Body {
		t.Error("the page after asking depends on what became of the letter")
	}
}

func TestATK081ATK082HostileNamesStayWords(t *testing.T) {
	f := open(t)
	eve := account.Account{
		ID: store.NewID(), Organisation: f.Town.ID, Identifier: "38199", Role: account.Famille, State: account.Active,
		GivenName: "Eve\r\nBcc: thief@evil.example\r\n\r\n.", FamilyName: `<img src=x onerror=alert(1)>`,
		Emails: []account.Email{{Address: "eve@free.example", Proven: true}},
	}
	note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Target: eve.ID}
	if err := f.DB.CreateAccount(t.Context(), eve, "", note); err != nil {
		t.Fatal(err)
	}
	b := f.Browser(t, town)
	recovers(t, f, b, "38199", "eve@free.example", chosen)
	f.Quiet(t)
	for _, l := range f.Catcher.Letters(10) {
		_, bcc := l.Headers["Bcc"]
		if l.To != "eve@free.example" || bcc || strings.Contains(l.HTML, "<img src=x") {
			t.Errorf("a name became more than a name:\n%s", l.Raw)
		}
	}
	enters(t, b, "38199", chosen)
	if page := b.Get("/home"); strings.Contains(page.Body, "<img") || !strings.Contains(page.Body, "&lt;img") {
		t.Error("home does not show the name as words")
	}
}
