package web_test

import (
	"strings"
	"testing"

	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

// saysSaved wants the next page to say that the password is saved, once.
func saysSaved(t *testing.T, b *housetest.Browser) {
	t.Helper()
	if a := b.Get("/signin"); !strings.Contains(a.Body, "nouveau mot de passe est enregistré") {
		t.Error("the sign-in page does not say that the password is saved")
	}
	if a := b.Get("/signin"); strings.Contains(a.Body, "nouveau mot de passe est enregistré") {
		t.Error("the sign-in page says it for ever")
	}
}

func TestTheTemporaryPasswordPostedTwice(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := f.Browser(t, town)
		temporary := asks(t, f, b, storetest.Active, claire)
		starts(t, b, storetest.Active, temporary)
		cookie := b.Cookie("loquet")
		starts(t, b, storetest.Active, temporary)
		if b.Cookie("loquet") != cookie {
			t.Error("the second submission opened a second renewal")
		}
		refused(t, f.Browser(t, town), storetest.Active, temporary) // without the cookie it is over
		renews(t, b, chosen)
		if n := written(t, f, audit.SecretUsed); n != 1 {
			t.Errorf("the journal says %d times that it was used", n)
		}
	})
}

func TestALinkPostedTwice(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, code := link(t, f, b, storetest.Active, claire)
	for _, a := range []housetest.Answer{b.Post(path), b.Post(path), b.Post("/enter", "code", code)} {
		want(t, a, 303, "/renew")
	}
	renews(t, b, chosen)
}

func TestTheNewPasswordPostedTwice(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := f.Browser(t, town)
		temporary := asks(t, f, b, storetest.Active, claire)
		starts(t, b, storetest.Active, temporary)
		second := b.Clone()
		renews(t, b, chosen)
		renews(t, second, chosen)
		saysSaved(t, b)
		saysSaved(t, second)
		if n := written(t, f, audit.PasswordRenewed); n != 1 {
			t.Errorf("saved %d times", n)
		}
		enters(t, b, storetest.Active, chosen)
	})
}

// TestTwoTabsAtTheSameMoment is the double click: whichever answer the browser keeps says that the password is saved.
func TestTwoTabsAtTheSameMoment(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := f.Browser(t, town)
		temporary := asks(t, f, b, storetest.Active, claire)
		starts(t, b, storetest.Active, temporary)
		tabs := make([]*housetest.Browser, 4)
		for i := range tabs {
			tabs[i] = b.Clone()
		}
		for _, a := range together(len(tabs), func(i int) housetest.Answer {
			return tabs[i].Post("/renew", "new_password", chosen, "confirm_password", chosen)
		}) {
			want(t, a, 303, "/signin")
			if c := setCookie(a)["loquet"]; c == nil || c.Value != "" {
				t.Error("a tab keeps its renewal")
			}
		}
		for _, tab := range tabs {
			saysSaved(t, tab)
		}
		enters(t, b, storetest.Active, chosen)
	})
}

func TestTheBackButton(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := recovers(t, f, b, storetest.Active, claire, chosen)
	if a := b.Get("/renew"); a.Location != "/signin?next=%2Frenew" {
		t.Errorf("back to the renewal page: %d %q", a.Status, a.Location)
	}
	refused(t, b, storetest.Active, temporary) // back to the sign-in page, with what it was filled in with
	enters(t, b, storetest.Active, chosen)
	want(t, b.Get("/renew"), 303, "/home")
	want(t, b.Post("/renew", "new_password", chosen+"1", "confirm_password", chosen+"1"), 303, "/home")
	want(t, b.Post("/signout"), 303, "/signin")
	renews(t, b, chosen+"1")
	enters(t, b, storetest.Active, chosen)
}

// TestRenewalAfterSignOut leaves in one tab and saves in the other.
func TestRenewalAfterSignOut(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	starts(t, b, storetest.Active, temporary)
	old := b.Clone()
	want(t, b.Post("/signout"), 303, "/signin")
	renews(t, old, chosen)
	if a := old.Get("/signin"); strings.Contains(a.Body, "est enregistré") ||
		!strings.Contains(a.Body, "Votre connexion est terminée") {
		t.Error("the page does not say that nothing was saved")
	}
	refused(t, b, storetest.Active, chosen)
	recovers(t, f, b, storetest.Active, claire, chosen)
}

// TestARefusedRenewalBurnsNothing mends the form three times.
func TestARefusedRenewalBurnsNothing(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	starts(t, b, storetest.Active, temporary)
	for _, pair := range [][2]string{{"", ""}, {"court", "court"}, {chosen, chosen + "x"}, {"Claire-Martin-38162",
		"Claire-Martin-38162"}} {
		want(t, b.Post("/renew", "new_password", pair[0], "confirm_password", pair[1]), 422, "")
	}
	renews(t, b, chosen)
}
