package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// TestASecondProofPostedTwice leads home both times, one after the other in one tab.
func TestASecondProofPostedTwice(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		b := f.Browser(t, town)
		want(t, b.Post("/signin", "identifier", storetest.Active, "password", before), 303, "/signin/second")
		code := p.app.Next()
		want(t, b.Post("/signin/second", "code", code), 303, "/home")
		held := b.Cookie("loquet")
		want(t, b.Post("/signin/second", "code", code), 303, "/home")
		want(t, b.Post("/signin/second", "code", code, "next", "/account"), 303, "/account")
		want(t, b.Get("/signin/second"), 303, "/home") // the back button
		want(t, b.Get("/signin/second?next=%2Faccount"), 303, "/account")
		want(t, b.Post("/signin/second", "answer", "{}"), 303, "/home")
		if b.Cookie("loquet") != held || written(t, f, audit.SecondRefused) != 0 {
			t.Error("the second submission changed the session, or was refused")
		}

		enter := housetest.SayEnter(t, b, p.device)
		c := f.Browser(t, town)
		want(t, c.Post("/signin/passkey", "answer", enter), 303, "/home")
		in(t, c)
	})
}

// TestTheDoubleClickOnASecondProof sends the form twice at the same moment: whichever answer the browser keeps, the
// cookie of the one that won opens home.
func TestTheDoubleClickOnASecondProof(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		code := p.app.Next()
		b := pends(t, f, storetest.Active, before)
		tabs := []*housetest.Browser{b, b.Clone(), b.Clone(), b.Clone()}
		answers := together(len(tabs), func(i int) housetest.Answer { return tabs[i].Post("/signin/second", "code", code) })
		if home, out := to(answers, "/home"), to(answers, "/signin"); home != 1 || home+out != len(tabs) {
			t.Errorf("%d are home and %d are led to the sign-in page, want 1 and %d", home, out, len(tabs)-1)
		}
		for i, a := range answers {
			if c := setCookie(a)["loquet"]; a.Location == "/signin" && c != nil {
				t.Error("a loser takes the cookie of the winner away")
			} else if a.Location == "/home" {
				in(t, tabs[i])
				want(t, tabs[i].Get("/signin"), 303, "/home") // where the loser's answer leads
			}
		}
	})
}

// TestTwoTabsThatWait give the first proof twice in one browser: the older page is over, the newer goes on.
func TestTwoTabsThatWait(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	b := pends(t, f, storetest.Active, before)
	older := b.Clone()
	want(t, b.Post("/signin", "identifier", storetest.Active, "password", before), 303, "/signin/second")
	want(t, older.Post("/signin/second", "code", p.codes[0]), 303, "/signin")
	want(t, b.Post("/signin/second", "code", p.codes[0]), 303, "/home") // it was not spent by the older one

	// Another person signs in while the page waits.
	c := pends(t, f, storetest.Active, before)
	knows(t, f, storetest.Father, before)
	enters(t, c, storetest.Father, before)
	want(t, c.Post("/signin/second", "code", p.codes[1]), 303, "/home")
	if page := c.Get("/home"); !strings.Contains(page.Body, "Paul Durand") {
		t.Error("the code of one person has signed in another")
	}
	codesLeft(t, f, 9)
}

func TestTheSecondPageAfterItsTime(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	b := pends(t, f, storetest.Active, before)
	f.Clock.Advance(session.SecondLasts - time.Second)
	if page := b.Get("/signin/second"); page.Status != 200 {
		t.Errorf("a second before its end: %d", page.Status)
	}
	f.Clock.Advance(time.Second)
	want(t, b.Get("/signin/second"), 303, "/signin")
	if page := b.Get("/signin"); !strings.Contains(page.Body, "Votre connexion est terminée") {
		t.Error("the sign-in page does not say so")
	}
	want(t, b.Post("/signin/second", "code", p.codes[0]), 303, "/signin")

	c := pends(t, f, storetest.Active, before)
	left := c.Clone()
	want(t, c.Post("/signout"), 303, "/signin")
	for _, d := range []*housetest.Browser{c, left} {
		if a := d.Get("/signin/second"); !signedOut(a) {
			t.Errorf("after signing out: %d %q", a.Status, a.Location)
		}
		want(t, d.Post("/signin/second", "code", p.codes[0]), 303, "/signin")
	}
	want(t, f.Browser(t, town).Get("/signin/second"), 303, "/signin?next=%2Fsignin%2Fsecond")
	codesLeft(t, f, 10)
}

// TestATK019ParallelCodes tries 200 wrong codes at the same moment, in one session and in many.
func TestATK019ParallelCodes(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		b := pends(t, f, storetest.Active, before)
		f.Clock.Advance(30 * time.Second)
		answers := together(200, func(int) housetest.Answer {
			return b.Clone().Post("/signin/second", "code", p.app.Code(9))
		})
		looked := 0
		for _, a := range answers {
			if a.Status == 422 {
				looked++
			} else if a.Status != 429 || a.Header.Get("Retry-After") == "" {
				t.Errorf("%d %q", a.Status, a.Location)
			}
		}
		if n := written(t, f, audit.SecondRefused); n != looked || looked != f.SignIn.Limits.App[0].Burst {
			t.Errorf("%d codes were looked at and the journal has %d", looked, n)
		}
		if a := b.Post("/signin/second", "code", p.app.Code(0)); a.Status != 429 {
			t.Errorf("the right code got %d at try 201, want 429", a.Status)
		}
	})
}

// garbage is what no browser sends.
var garbage = []string{
	"{", "[]", "null", "0", `"x"`, "{}", `{"id":""}`, `{"id":"x","rawId":"x","type":"public-key","response":{}}`,
	`{"id":null,"response":null}`, strings.Repeat("[", 5000), strings.Repeat("a", 13<<10), "\x00", "\u202e", "é\u0301",
	"' or 1=1 --", "%00", "<script>alert(1)</script>", "１２３４５６", "000000", strings.Repeat("2", 300), "-1", "1e9",
}

// TestGarbageInEveryField fills the fields of the second proofs in with what no browser sends: every answer is a page
// that refuses, nothing is shown back that runs, and nothing changes.
func TestGarbageInEveryField(t *testing.T) {
	f := open(t)
	f.SignIn.Limits.App = []limit.Rate{noLimit}
	p := equip(t, f, storetest.Active)
	waiting, renewing, stranger := pends(t, f, storetest.Active, before), f.Browser(t, town), f.Browser(t, town)
	starts(t, renewing, storetest.Father, asks(t, f, renewing, storetest.Father, storetest.Household))
	was := factorsOf(t, f, storetest.Active)
	id := was.Passkeys[0].ID
	for _, at := range []struct {
		b          *housetest.Browser
		path, name string
		more       []string
	}{
		{waiting, "/signin/second", "code", nil},
		{waiting, "/signin/second", "answer", nil},
		{waiting, "/signin/second", "answer", []string{"code", "000000"}},
		{stranger, "/signin/passkey", "answer", nil},
		{renewing, "/renew/passkey", "answer", nil},
		{p.b, "/account/factors/app", "setup", []string{"code", p.app.Code(1)}},
		{p.b, "/account/factors/app", "code", []string{"setup", "x"}},
		{p.b, "/account/factors/passkey", "answer", []string{"name", "x"}},
		{p.b, "/account/factors", "id", []string{"do", "remove-passkey"}},
		{p.b, "/account/factors", "id", []string{"do", "rename-passkey", "name", "x"}},
		{p.b, "/account/factors", "do", nil},
		{p.b, "/account/factors", "proof", []string{"do", "prove"}},
		{p.b, "/account/factors/passkey", "proof", []string{"do", "proof"}},
	} {
		held := at.b.Cookie("loquet")
		for _, value := range garbage {
			a := at.b.Post(at.path, append([]string{at.name, value}, at.more...)...)
			if a.Status < 400 || a.Status >= 500 || a.Status == 404 || at.b.Cookie("loquet") != held {
				t.Errorf("%s: %s=%.40q: %d %q", at.path, at.name, value, a.Status, a.Location)
			}
			if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "⟦") {
				t.Errorf("%s: %s=%.40q is shown as it is, or words are missing", at.path, at.name, value)
			}
		}
		twice := url.Values{at.name: {"a", "b"}}
		if a := at.b.PostBody(at.path, form, twice.Encode()); a.Status != 400 {
			t.Errorf("%s: %s twice: %d", at.path, at.name, a.Status)
		}
		if a := at.b.PostBody(at.path, "application/json", `{"answer":{}}`); a.Status != 415 {
			t.Errorf("%s: JSON: %d", at.path, a.Status)
		}
		if a := at.b.PostBody(at.path, form, at.name+"="+strings.Repeat("a", 16<<10)); a.Status != 413 {
			t.Errorf("%s: a long %s: %d", at.path, at.name, a.Status)
		}
	}
	for _, name := range []string{strings.Repeat("a", 61), "a\x00b", "a\nb", "\u202eab", "\xff"} {
		a := p.b.Post("/account/factors", "do", "rename-passkey", "id", id, "name", name)
		if !oneOf(a.Status, 400, 422) {
			t.Errorf("the name %q: %d", name, a.Status)
		}
	}
	now := factorsOf(t, f, storetest.Active)
	if diff := cmp.Diff(was, now); diff != "" {
		t.Errorf("something has changed: %s", diff)
	}
	a := p.b.Post("/account/factors", "do", "rename-passkey", "id", id, "name", `<script>alert(1)</script>`)
	want(t, a, 303, "/account/factors")
	if page := p.b.Get("/account/factors"); strings.Contains(page.Body, "<script>alert") {
		t.Error("a name runs")
	}
}

// TestATK009SomebodyElsesProofsAreNobodys names the passkey and the app of another account, of the same town.
func TestATK009SomebodyElsesProofsAreNobodys(t *testing.T) {
	f := open(t)
	mine, theirs := equip(t, f, storetest.Active), equip(t, f, storetest.Father)
	id := factorsOf(t, f, storetest.Father).Passkeys[0].ID
	for _, fields := range [][]string{
		{"do", "remove-passkey", "id", id}, {"do", "rename-passkey", "id", id, "name", "Moi"},
	} {
		theirsAnswer := again(t, mine.b, "/account/factors", fields...)
		fields[3] = strings.Repeat("A", len(id))
		nobodys := again(t, mine.b, "/account/factors", fields...)
		if told(theirsAnswer, id) != told(nobodys, fields[3]) {
			t.Errorf("%q tells that it exists: %s", fields[:2], difference(told(theirsAnswer, id), told(nobodys, fields[3])))
		}
	}
	setup, app := f.StartApp(t, theirs.b)
	again(t, mine.b, "/account/factors/app", "setup", setup, "code", app.Code(0))
	waiting := pends(t, f, storetest.Active, before)
	f.Clock.Advance(30 * time.Second)
	again(t, waiting, "/signin/second", "code", theirs.app.Code(0))
	again(t, waiting, "/signin/second", "code", theirs.codes[0])
	has := factorsOf(t, f, storetest.Father)
	if len(has.Passkeys) != 1 || has.Passkeys[0].Name == "Moi" || has.CodesLeft() != 10 {
		t.Error("the other one's proofs have changed")
	}
	// A set-up is the account's, whichever of its sessions asked, until its time is over.
	setup, app = f.StartApp(t, mine.b)
	f.Clock.Advance(30 * time.Minute)
	again(t, mine.b, "/account/factors/app", "setup", setup, "code", app.Code(0), "current_password", before)
}

// TestC4EverythingButPasskeysWorksWithoutScript: the pages say what a passkey needs, and show a form beside it (C5).
func TestC4EverythingButPasskeysWorksWithoutScript(t *testing.T) {
	f := open(t)
	b, _ := withPasskey(t, f, storetest.Active)
	says := func(b *housetest.Browser, path string) {
		t.Helper()
		page, found := b.Get(path), false
		for _, part := range strings.Split(page.Body, "<noscript>")[1:] {
			inside, _, _ := strings.Cut(part, "</noscript>")
			found = found || strings.Contains(inside, "JavaScript")
		}
		if page.Status != 200 || !found {
			t.Errorf("%s does not say that passkeys need JavaScript: %d", path, page.Status)
		}
	}
	says(f.Browser(t, town), "/signin")
	says(b, "/account/factors")
	says(b, "/account/factors/passkey")
	want(t, b.Post("/account/factors", "do", "second-on"), 303, "/account/factors")
	waiting := pends(t, f, storetest.Active, before)
	says(waiting, "/signin/second")
	demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
	knows(t, f, storetest.Father, before)
	c := f.Browser(t, town)
	leadsToSetUp(t, c, storetest.Father)
	says(c, "/account/factors")
	for _, page := range []housetest.Answer{
		waiting.Get("/signin/second"), c.Get("/account/factors"), b.Get("/account/factors/passkey"),
	} {
		for _, form := range strings.Split(page.Body, "<form")[1:] {
			tag, _, _ := strings.Cut(form, ">")
			if strings.Contains(form, `name="answer"`) && !strings.Contains(tag, "hidden") {
				t.Error("a form that only a script can fill in is shown without one")
			}
		}
	}
	f.AddApp(t, c) // by plain forms, as every other test here
	if page := c.Get("/home"); page.Status != 200 {
		t.Errorf("home: %d", page.Status)
	}
}
