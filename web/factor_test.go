package web_test

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// TestC4AnAppIsAskedAfterThePassword enrols one as a family does, and signs in with it (ADR-0018).
func TestC4AnAppIsAskedAfterThePassword(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		other, b := inside(t, f, storetest.Active), inside(t, f, storetest.Active)
		app := f.AddApp(t, b)
		in(t, b)
		sure(t, f, b, session.Two, "pwd otp mfa")
		want(t, other.Get("/home"), 303, "/signin") // it rested on one proof of two

		c := pends(t, f, storetest.Active, before)
		if page := c.Get("/signin/second"); page.Status != 200 || !strings.Contains(page.Body, "Code à six chiffres") ||
			strings.Contains(page.Body, "Claire") || strings.Contains(page.Body, "codes de secours, sur papier") {
			t.Errorf("the page that asks for the code: %d", page.Status)
		}
		closed(t, c, "/signin/second")
		want(t, c.Get("/"), 303, "/signin/second")
		again(t, c, "/signin/second", "code", "")
		again(t, c, "/signin/second", "code", app.Code(5))
		typed := app.Next()
		want(t, c.Post("/signin/second", "code", " "+typed[:3]+"\u202f"+typed[3:]), 303, "/home")
		in(t, c)
		sure(t, f, c, session.Two, "pwd otp mfa")
		for _, act := range []audit.Act{audit.SecondAsked, audit.SecondRefused} {
			if n := written(t, f, act); n != 1 {
				t.Errorf("the journal has %d of %s, want one", n, act)
			}
		}
	})
}

// TestC4APrintedCodeStandsInOnce signs in from paper: the owner is told, and how many are left.
func TestC4APrintedCodeStandsInOnce(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		f.Quiet(t)
		count := f.Catcher.Total()
		c := pends(t, f, storetest.Active, before)
		typed := strings.ToLower(strings.ReplaceAll(p.codes[3], "-", " "))
		want(t, c.Post("/signin/second", "code", typed), 303, "/home")
		sure(t, f, c, session.Two, "pwd otp mfa")
		f.Quiet(t)
		l := f.Letter(t, claire, count)
		if !strings.Contains(l.Text, "Il vous en reste 9.") || strings.Contains(l.Text, p.codes[3]) ||
			f.Catcher.Total() != count+1 {
			t.Errorf("the letter of %d:\n%s", f.Catcher.Total()-count, l.Text)
		}
		codesLeft(t, f, credential.PrintedCodes-1)
		if n := written(t, f, audit.CodeUsed); n != 1 {
			t.Errorf("the journal says %d times that a code has served", n)
		}
	})
}

// TestC4PrintedCodesAreShownOnce makes them, says that they are on paper, and makes others.
func TestC4PrintedCodesAreShownOnce(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	want(t, b.Get("/account/factors/codes"), 303, "/account/factors") // nothing is there that they would stand in for
	want(t, b.Post("/account/factors/codes", "do", "make"), 303, "/account/factors")
	f.AddApp(t, b)
	first := f.PrintCodes(t, b)
	if page := b.Get("/account/factors/codes"); !strings.Contains(page.Body, first[0]) {
		t.Error("the codes are gone before they are on paper")
	}
	want(t, b.Post("/account/factors/codes", "do", "kept"), 303, "/account/factors")
	if page := b.Get("/account/factors/codes"); page.Status != 200 || strings.Contains(page.Body, first[0]) {
		t.Errorf("the codes that are on paper are shown again: %d", page.Status)
	}
	second := f.PrintCodes(t, b)
	f.Clock.Advance(11 * time.Minute)
	if page := b.Get("/account/factors/codes"); strings.Contains(page.Body, second[0]) {
		t.Error("the codes are shown for ever")
	}
	c := pends(t, f, storetest.Active, before)
	again(t, c, "/signin/second", "code", first[0]) // replaced
	want(t, c.Post("/signin/second", "code", second[9]), 303, "/home")
}

// TestC4APasskeyAsSecondProof switches it on, and gives it after the password: presence is enough there.
func TestC4APasskeyAsSecondProof(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b, device := withPasskey(t, f, storetest.Active)
		enters(t, f.Browser(t, town), storetest.Active, before) // a passkey that is convenient is not asked for
		want(t, b.Post("/account/factors", "do", "second-on"), 303, "/account/factors")
		c := pends(t, f, storetest.Active, before)
		if page := c.Get("/signin/second"); strings.Contains(page.Body, `name="code"`) {
			t.Error("a code is asked of whoever has none")
		}
		device.Flags = passkeytest.Present
		want(t, c.Post("/signin/second", "answer", housetest.SaySecond(t, c, device)), 303, "/home")
		in(t, c)
		sure(t, f, c, session.Two, "pwd hwk user mfa")
		want(t, c.Post("/account/factors", "do", "second-off"), 303, "/account/factors")
		enters(t, f.Browser(t, town), storetest.Active, before)
	})
}

// TestC4APasskeyAloneEnters is the sign-in without an identifier and without a password.
func TestC4APasskeyAloneEnters(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b, device := withPasskey(t, f, storetest.Active)
		c := f.Browser(t, town)
		want(t, c.Post("/signin/passkey", "answer", housetest.SayEnter(t, c, device), "next", "/account"), 303, "/account")
		in(t, c)
		sure(t, f, c, session.Two, "hwk user mfa")
		want(t, b.Post("/account/factors", "do", "second-on"), 303, "/account/factors")
		want(t, c.Post("/signin/passkey", "answer", housetest.SayEnter(t, c, device)), 303, "/home") // two proofs in one
		if n := written(t, f, audit.SignedIn); n != 3 {
			t.Errorf("the journal has %d sign-ins, want 3", n)
		}
	})
}

// TestC4TheWishToStaySurvivesTheSecondPage asks to be remembered, with each second proof and by passkey alone.
func TestC4TheWishToStaySurvivesTheSecondPage(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	for name, give := range map[string]func(b *housetest.Browser) housetest.Answer{
		"app":     func(b *housetest.Browser) housetest.Answer { return b.Post("/signin/second", "code", p.app.Next()) },
		"printed": func(b *housetest.Browser) housetest.Answer { return b.Post("/signin/second", "code", p.codes[0]) },
		"passkey": func(b *housetest.Browser) housetest.Answer {
			return b.Post("/signin/second", "answer", housetest.SaySecond(t, b, p.device))
		},
	} {
		for _, remember := range []string{"", "1"} {
			if name == "printed" && remember == "" {
				continue // a code is a code
			}
			b := f.Browser(t, town)
			a := b.Post("/signin", "identifier", storetest.Active, "password", before, "remember", remember)
			want(t, a, 303, "/signin/second")
			if waiting := holds(t, f, b); waiting.Until.Sub(f.Clock.Now()) > session.SecondLasts {
				t.Errorf("%s: the session that waits lasts until %v", name, waiting.Until)
			}
			a = give(b)
			want(t, a, 303, "/home")
			c, wish := setCookie(a)["loquet"], remember == "1"
			if holds(t, f, b).Remembered != wish || (c.MaxAge > 24*60*60) != wish {
				t.Errorf("%s: with the wish %q the cookie lasts %d s", name, remember, c.MaxAge)
			}
		}
	}
	b := f.Browser(t, town)
	a := b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device), "remember", "1")
	want(t, a, 303, "/home")
	if !holds(t, f, b).Remembered || setCookie(a)["loquet"].MaxAge <= 24*60*60 {
		t.Error("a passkey alone is not remembered")
	}
}

// TestC4WhereOneWasGoingSurvivesTheSecondPage carries next along, and only a path of this host (ATK-042).
func TestC4WhereOneWasGoingSurvivesTheSecondPage(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	app := f.AddApp(t, b)
	for next, wanted := range map[string]string{
		"/account/devices?lang": "/account/devices?lang", "/help?q=a&b=c": "/help?q=a&b=c", "//evil.example": "/home",
		"https://evil.example/": "/home", `/\evil.example`: "/home", "javascript:alert(1)": "/home",
	} {
		c := f.Browser(t, town)
		a := c.Post("/signin", "identifier", storetest.Active, "password", before, "next", next)
		page := c.Get(a.Location)
		shown := ""
		if _, rest, ok := strings.Cut(page.Body, `name="next" value="`); ok {
			shown, _, _ = strings.Cut(rest, `"`)
		}
		if !strings.HasPrefix(a.Location, "/signin/second") || page.Status != 200 || strings.Contains(page.Body, "evil") {
			t.Fatalf("%q: %d %q", next, a.Status, a.Location)
		}
		refusedOnce := again(t, c, "/signin/second", "code", "000000", "next", html.UnescapeString(shown))
		if shown != "" && !strings.Contains(refusedOnce.Body, `name="next" value="`+shown+`"`) {
			t.Errorf("%q is forgotten by a refused code", next)
		}
		want(t, c.Post("/signin/second", "code", app.Next(), "next", html.UnescapeString(shown)), 303, wanted)
		for _, planted := range []string{"//evil.example", "https://evil.example"} {
			want(t, c.Get("/signin/second?next="+planted), 303, "/home")
		}
	}
}

// TestC4RecoveryAsksForTheSecondProof goes by each letter and each second proof to a new password: the proofs are
// untouched, and asked for again at the sign-in (ATK-034).
func TestC4RecoveryAsksForTheSecondProof(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	has := factorsOf(t, f, storetest.Active)
	gives := []func(b *housetest.Browser, n int) housetest.Answer{
		func(b *housetest.Browser, _ int) housetest.Answer {
			return b.Post("/signin/second", "code", p.app.Next())
		},
		func(b *housetest.Browser, n int) housetest.Answer {
			return b.Post("/signin/second", "code", p.codes[n])
		},
		func(b *housetest.Browser, _ int) housetest.Answer {
			return b.Post("/signin/second", "answer", housetest.SaySecond(t, b, p.device))
		},
	}
	for n, send := range organisation.Sends {
		sends(t, f, send)
		for i, give := range gives {
			f.Clock.Advance(2 * time.Hour)
			b, password := f.Browser(t, town), fmt.Sprintf("%s-%d%d", chosen, n, i)
			l := letter(t, f, b, storetest.Active, claire)
			var begin func() housetest.Answer
			switch send {
			case organisation.SendTemporary:
				begin = func() housetest.Answer {
					return b.Post("/signin", "identifier", storetest.Active, "password", housetest.Secret(t, l))
				}
			case organisation.SendLink:
				begin = func() housetest.Answer { return b.Post(housetest.Link(t, l)) }
			default:
				begin = func() housetest.Answer { return b.Post("/enter", "code", housetest.Secret(t, l)) }
			}
			want(t, begin(), 303, "/signin/second")
			if page := b.Get("/signin/second"); !strings.Contains(page.Body, "sera renouvelé ensuite") {
				t.Errorf("%s: the page does not say what comes next", send)
			}
			want(t, b.Get("/renew"), 303, "/signin/second")
			want(t, b.Post("/renew", "new_password", chosen, "confirm_password", chosen), 303, "/signin/second")
			want(t, begin(), 303, "/signin/second") // posted twice
			want(t, give(b, n), 303, "/renew")
			want(t, b.Get("/home"), 303, "/renew")
			want(t, begin(), 303, "/signin/second") // once more, from the letter that is still open in another tab
			want(t, b.Get("/signin/second"), 303, "/renew")
			renews(t, b, password)
			c := pends(t, f, storetest.Active, password)
			want(t, c.Post("/signin/second", "code", p.app.Next()), 303, "/home")
		}
	}
	now := factorsOf(t, f, storetest.Active)
	if len(now.Passkeys) != 1 || now.App == nil || now.App.Seed != has.App.Seed || now.Batch != has.Batch ||
		now.CodesLeft() != credential.PrintedCodes-len(organisation.Sends) {
		t.Errorf("the recoveries have changed the proofs: %d codes left", now.CodesLeft())
	}
	if err := f.DB.VerifyJournal(t.Context(), f.Town.ID); err != nil {
		t.Error(err)
	}
}

// TestC4ARenewalByPasskeyEndsThePassword makes one in the place of a new password; the same account is recovered by
// mail afterwards as any other (ADR-0019).
func TestC4ARenewalByPasskeyEndsThePassword(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		b, device := f.Browser(t, town), housetest.Device(town)
		temporary := asks(t, f, b, storetest.Active, claire)
		starts(t, b, storetest.Active, temporary)
		page := b.Get("/renew")
		for _, broken := range []string{"", "{}", "[]", strings.Repeat("x", 300)} {
			again(t, b, "/renew/passkey", "answer", broken)
		}
		f.Quiet(t)
		count := f.Catcher.Total()
		answer := string(device.Create(housetest.Options(t, page), housetest.Origin(town)))
		second := b.Clone()
		want(t, b.Post("/renew/passkey", "answer", answer), 303, "/signin")
		if a := b.Get("/signin"); !strings.Contains(a.Body, "Votre clé d’accès est enregistrée") {
			t.Error("the sign-in page does not say that the passkey is there")
		}
		want(t, second.Post("/renew/passkey", "answer", answer), 303, "/signin")
		f.Quiet(t)
		if l := f.Letter(t, claire, count); !strings.Contains(l.Text, "clé d’accès") || f.Catcher.Total() != count+1 {
			t.Errorf("the letter:\n%s", l.Text)
		}
		person := storetest.Person(t, f.DB, f.Town, storetest.Active)
		if hash, err := f.DB.Hash(t.Context(), f.Town.ID, person.ID); err != nil || hash != "" || person.Factors.Password {
			t.Error("the password is still there")
		}
		refused(t, f.Browser(t, town), storetest.Active, before)
		refused(t, f.Browser(t, town), storetest.Active, temporary)
		c := f.Browser(t, town)
		want(t, c.Post("/signin/passkey", "answer", housetest.SayEnter(t, c, device)), 303, "/home")
		in(t, c)

		d := f.Browser(t, town) // the telephone is lost
		f.Clock.Advance(time.Hour)
		recovers(t, f, d, storetest.Active, claire, chosen)
		enters(t, d, storetest.Active, chosen)
	})
}

// TestC4OneProvesByPasskeyWhatThePasswordWouldProve asks for a fresh proof of whoever has no password.
func TestC4OneProvesByPasskeyWhatThePasswordWouldProve(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b, device := withPasskey(t, f, storetest.Active)
		want(t, b.Post("/account/factors", "do", "remove-password"), 303, "/account/factors")
		refused(t, f.Browser(t, town), storetest.Active, before)
		f.Clock.Advance(session.Fresh + time.Minute)
		again(t, b, "/account/password", "new_password", chosen, "confirm_password", chosen)
		again(t, b, "/account/factors", "do", "second-on", "current_password", before)
		id := factorsOf(t, f, storetest.Active).Passkeys[0].ID
		want(t, b.Post("/account/factors", "do", "rename-passkey", "id", id, "name", "Téléphone",
			"proof", housetest.SayProof(t, b, device)), 303, "/account/factors")
		if page := b.Get("/account/factors"); !strings.Contains(page.Body, "Téléphone") {
			t.Error("the passkey has no name")
		}
		again(t, b, "/account/factors", "do", "remove-passkey", "id", id) // the last way in
		want(t, b.Post("/account/password", "new_password", chosen, "confirm_password", chosen), 303, "/account")
		enters(t, f.Browser(t, town), storetest.Active, chosen)
	})
}

// TestC4ASessionBecomesSureByPasskey proves a session of one proof right after the password: being fresh is not enough.
func TestC4ASessionBecomesSureByPasskey(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		_, device := withPasskey(t, f, storetest.Active)
		b := f.Browser(t, town)
		enters(t, b, storetest.Active, before)
		again(t, b, "/account/factors", "do", "second-on")
		again(t, b, "/account/factors", "do", "prove")
		want(t, b.Post("/account/factors", "do", "prove", "proof", housetest.SayProof(t, b, device)), 303, "/account/factors")
		sure(t, f, b, session.Two, "pwd hwk user mfa")
		want(t, b.Post("/account/factors", "do", "second-on"), 303, "/account/factors")
		pends(t, f, storetest.Active, before)
	})
}

// TestC4ALostPasskeyAndNoPassword recovers whoever has forgotten passwords for good, under a policy that asks for two
// proofs: the letter and a printed code stand in, and neither of them alone.
func TestC4ALostPasskeyAndNoPassword(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b, device := withPasskey(t, f, storetest.Active)
		codes := f.PrintCodes(t, b)
		want(t, b.Post("/account/factors", "do", "remove-password"), 303, "/account/factors")
		demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
		c := f.Browser(t, town)
		want(t, c.Post("/signin/passkey", "answer", housetest.SayEnter(t, c, device)), 303, "/home") // it is two proofs
		temporary := asks(t, f, c, storetest.Active, claire)
		want(t, c.Post("/signin", "identifier", storetest.Active, "password", temporary), 303, "/signin/second")
		closed(t, c, "/signin/second")
		want(t, c.Post("/signin/second", "code", codes[0]), 303, "/renew")
		renews(t, c, chosen)
		d := pends(t, f, storetest.Active, chosen)
		again(t, d, "/signin/second", "code", codes[0])
		want(t, d.Post("/signin/second", "code", codes[1]), 303, "/home")
		id := factorsOf(t, f, storetest.Active).Passkeys[0].ID
		again(t, d, "/account/factors", "do", "remove-passkey", "id", id) // another one first
		app := f.AddApp(t, d)
		want(t, d.Post("/account/factors", "do", "remove-passkey", "id", id), 303, "/account/factors")
		again(t, c, "/signin/passkey", "answer", housetest.SayEnter(t, c, device)) // whoever found it
		e := pends(t, f, storetest.Active, chosen)
		want(t, e.Post("/signin/second", "code", app.Next()), 303, "/home")
	})
}

// TestWhatScriptsAskForIsBareJSON reads what no page shows: nothing of it is kept, framed or run.
func TestWhatScriptsAskForIsBareJSON(t *testing.T) {
	f := open(t)
	b, _ := withPasskey(t, f, storetest.Active)
	for _, path := range []string{"/signin/passkey", "/account/prove", "/.well-known/passkey-endpoints"} {
		a := b.Get(path)
		if a.Status != 200 || !json.Valid([]byte(a.Body)) || strings.Contains(a.Body, "Claire") {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
		for name, wanted := range map[string]string{
			"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Get(name); got != wanted {
				t.Errorf("%s: %s is %q, want %q", path, name, got, wanted)
			}
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		if head := asked(t, b, "HEAD", path, ""); head.Status != 200 || head.Body != "" {
			t.Errorf("HEAD %s: %d", path, head.Status)
		}
	}
	var at struct{ Enroll, Manage string }
	const endpoints = "/.well-known/passkey-endpoints"
	err := json.Unmarshal([]byte(f.Browser(t, town).Get(endpoints).Body), &at)
	const manage = "http://" + town + "/account/factors"
	if err != nil || at.Enroll != manage+"/passkey" || at.Manage != manage {
		t.Errorf("where passkeys are managed: %+v, %v", at, err)
	}
	if a := asked(t, f.Browser(t, town), "GET", endpoints, "", "Host", "evil.example"); a.Status != 421 {
		t.Errorf("of a host that nobody answers on: %d", a.Status)
	}
}
