package web_test

import (
	"strings"
	"testing"
	"time"

	"loquet/courier"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

// returns has a letter to somebody come back: there is no such address.
func returns(t *testing.T, f *housetest.Fixture, identifier string) {
	t.Helper()
	f.Quiet(t)
	person := storetest.Person(t, f.DB, f.Town, identifier)
	letters, err := f.DB.Deliveries(t.Context(), f.Town.ID, person.ID, 1)
	if err != nil || len(letters) != 1 || letters[0].Outcome != courier.Accepted {
		t.Fatalf("the last letter is %+v, %v", letters, err)
	}
	err = f.DB.Returned(t.Context(), courier.Return{
		Item: letters[0].Item, Recipient: letters[0].Recipient, Outcome: courier.Bounced, Gone: true, Status: "5.1.1",
		By: "mx.orange.example", Said: "550 5.1.1 no such user", At: f.Clock.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever nothing reaches is told so after sign-in and at the address, nobody else is; confirming the same address again
// lifts it, and so does coming back in through a letter.
func TestWhoeverNothingReachesIsAskedForAnAddress(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		const cure = "Vos courriels reviennent"
		b := inside(t, f, storetest.Active)
		tells := func() bool {
			t.Helper()
			f.Clock.Advance(2 * time.Second) // past what sessions keep in memory
			home, email := b.Get("/home"), b.Get("/account/email")
			want(t, home, 200, "")
			if strings.Contains(home.Body, cure) != strings.Contains(email.Body, cure) {
				t.Error("one page says it and the other does not")
			}
			return strings.Contains(home.Body, cure)
		}
		if a := b.Post("/account/email", "email", claire); a.Status != 422 || tells() {
			t.Fatalf("an address in force may be asked for again: %d", a.Status)
		}
		letter(t, f, f.Browser(t, town), storetest.Active, claire)
		returns(t, f, storetest.Active)
		if !tells() {
			t.Fatal("nothing is said after a letter has come back")
		}
		stranger := f.Browser(t, town)
		for _, path := range []string{"/signin", "/recover", "/recover/sent", "/identifier"} {
			if strings.Contains(stranger.Get(path).Body, cure) {
				t.Errorf("%s tells a stranger", path)
			}
		}
		f.Quiet(t)
		before := f.Catcher.Total()
		want(t, b.Post("/account/email", "email", claire), 303, "/account/email")
		f.Quiet(t)
		confirm := ""
		for _, l := range f.Catcher.Letters(f.Catcher.Total() - before) {
			if strings.Contains(l.Text, "/confirm/") {
				confirm = changeLink(t, l.Text, "confirm")
			}
		}
		presses(t, b, confirm, 200, "C’est confirmé")
		if tells() || !reference(t, f, storetest.Active).Proven {
			t.Errorf("after confirming: %+v", reference(t, f, storetest.Active))
		}
		letter(t, f, f.Browser(t, town), storetest.Active, claire)
		returns(t, f, storetest.Active)
		if !tells() {
			t.Fatal("nothing is said the second time")
		}
		entrant := f.Browser(t, town)
		l := letter(t, f, entrant, storetest.Active, claire)
		want(t, entrant.Post("/signin", "identifier", storetest.Active, "password", housetest.Secret(t, l)), 303, "/renew")
		const password = "Lilas-Bleu-75"
		want(t, entrant.Post("/renew", "new_password", password, "confirm_password", password), 303, "/signin")
		if reference(t, f, storetest.Active).Unreachable {
			t.Error("whoever came in through a letter is still out of reach")
		}
	})
}
