package web_test

import (
	"testing"

	"loquet/house/housetest"
	"loquet/store/storetest"
)

// TestTheBackButtonIsNoLoop tells a browser that refuses cookies (H6) from one that comes back after leaving: browsers
// name the sign-in page as where they come from in both cases.
func TestTheBackButtonIsNoLoop(t *testing.T) {
	f := open(t)
	person := knows(t, f, storetest.Active, chosen)
	b := f.Browser(t, town)
	from := func(b *housetest.Browser, path string) housetest.Answer {
		b.Header.Set("Referer", "http://"+town+"/signin")
		defer b.Header.Del("Referer")
		return b.Get(path)
	}
	want(t, from(b, "/home"), 303, "/repair?from=signin")
	enters(t, b, person.Identifier, chosen)
	want(t, b.Post("/signout"), 303, "/signin")
	want(t, from(b, "/home"), 303, "/signin") // before the page that says so
	if a := b.Get("/signin"); a.Status != 200 {
		t.Fatalf("the sign-in page answers %d", a.Status)
	}
	want(t, from(b, "/home"), 303, "/signin")
	want(t, from(b, "/renew"), 303, "/signin?next=%2Frenew")
	enters(t, b, person.Identifier, chosen)
	b.SetCookie("loquet", "")
	want(t, from(b, "/home"), 303, "/repair?from=signin") // what the last sign-in gave has not come back
}
