package web_test

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
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

// goes asks for a page as a browser does that another site, or a page of ours, leads there.
func goes(b *housetest.Browser, path, referer, site string) housetest.Answer {
	b.Header.Set("Referer", referer)
	if site != "" {
		b.Header.Set("Sec-Fetch-Site", site)
	}
	defer b.Header.Del("Referer")
	defer b.Header.Del("Sec-Fetch-Site")
	return b.Get(path)
}

// explains wants the repair page to name a cause.
func explains(t *testing.T, a housetest.Answer, words string) {
	t.Helper()
	if a.Status != 200 || !strings.Contains(html.UnescapeString(a.Body), words) {
		t.Errorf("%d, without « %s »:\n%s", a.Status, words, a.Body)
	}
}

func TestLoopRefusedCookies(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	refuses := func() *housetest.Browser { return f.Browser(t, town) } // each request by a browser that has kept nothing
	want(t, refuses().Post("/signin", "identifier", storetest.Active, "password", before), 303, "/home")
	a := goes(refuses(), "/home", "http://"+town+"/signin", "same-origin")
	want(t, a, 303, "/repair?from=signin")
	a = refuses().Get(a.Location)
	want(t, a, 303, "/repair?from=signin&probe=1")
	explains(t, refuses().Get(a.Location), "refuse les petits fichiers")
	explains(t, refuses().Get(a.Location), "Selon le portail, nous sommes le")
}

// TestLoopStaleCookies brings cookies that an older version, or somebody else, has left.
func TestLoopStaleCookies(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	token := b.Cookie("loquet")
	dead := strings.Repeat("A", session.TokenLength)
	for _, line := range []string{
		"loquet=" + dead + "; loquet=" + token, "loquet=old; loquet=" + token, "loquet=; loquet=" + token + "; loquet=" + dead,
		strings.Repeat("loquet=old; ", 7) + "loquet=" + token,
	} {
		a := asked(t, f.Browser(t, town), "GET", "/home", "", "Cookie", line)
		if a.Status != 200 {
			t.Errorf("%q: %d %q: a stale cookie is in the way", line, a.Status, a.Location)
		}
	}
	if a := asked(t, f.Browser(t, town), "GET", "/home", "", "Cookie",
		strings.Repeat("loquet=old; ", 5000)+"loquet="+token); a.Status == 200 || a.Status >= 500 {
		t.Errorf("five thousand cookies: %d", a.Status)
	}

	// The browser keeps the old one and takes no new one.
	old := f.Browser(t, town)
	old.SetCookie("loquet", dead)
	want(t, old.Post("/signin", "identifier", storetest.Active, "password", before), 303, "/home")
	old.SetCookie("loquet", dead)
	a := goes(old, "/home", "http://"+town+"/signin", "same-origin")
	want(t, a, 303, "/repair?from=stale")
	explains(t, old.Get(a.Location), "garde un petit fichier trop ancien")

	// The same page, reloaded long after its session has ended, is no loop.
	f.Clock.Advance(24 * time.Hour)
	want(t, goes(b, "/home", "http://"+town+"/signin", "same-origin"), 303, "/signin")
	b.SetCookie("loquet", dead)
	want(t, goes(b, "/home", "http://"+town+"/signin", "same-origin"), 303, "/signin")

	// Whoever asks by themselves is told as well.
	a = old.Get("/repair")
	explains(t, old.Get(a.Location), "garde un petit fichier trop ancien")
	fresh := f.Browser(t, town)
	a = fresh.Get("/repair")
	explains(t, fresh.Get(a.Location), "rien ne semble manquer")
}

// TestLoopApplication lets an application send a person back three times.
func TestLoopApplication(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	o, err := f.DB.Organisation(t.Context(), f.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.Tiles = []organisation.Tile{{Name: "Cantine & garderie", URL: "https://cantine.example/entrer"}}
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
	if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(time.Second)
	for _, c := range []struct{ path, referer, site, leads, words string }{
		{"/home", "https://cantine.example/", "cross-site", "&app=cantine.example", "L’application « Cantine & garderie »"},
		{"/home", "https://autre.example:8443/", "same-site", "&app=autre.example%3A8443", "« autre.example:8443 »"},
		{"/home", "", "cross-site", "", "Une application vous renvoie"},
		{"/signin?next=%2Faccount", "https://cantine.example/", "cross-site", "&app=cantine.example", "Cantine & garderie"},
	} {
		b := f.Browser(t, town)
		enters(t, b, storetest.Active, before)
		for range 2 {
			if a := goes(b, c.path, c.referer, c.site); strings.HasPrefix(a.Location, "/repair") {
				t.Fatalf("%s: taken for a loop too early", c.path)
			}
			f.Clock.Advance(10 * time.Second)
		}
		a := goes(b, c.path, c.referer, c.site)
		want(t, a, 303, "/repair?from=application"+c.leads)
		explains(t, b.Get(a.Location), strings.NewReplacer(" »", "\u202f»", "« ", "«\u202f").Replace(c.words))
		if a := goes(b, "/home", c.referer, c.site); a.Status != 200 {
			t.Errorf("%s: counting does not begin anew: %d %q", c.path, a.Status, a.Location)
		}
	}
	// Not by the portal's own links, not slowly, not by whoever is not in, and not twice for one return.
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for range 5 {
		for _, site := range []string{"same-origin", "none", ""} {
			if a := goes(b, "/home", "http://"+town+"/home", site); a.Status != 200 {
				t.Errorf("%q: %d %q", site, a.Status, a.Location)
			}
		}
		if a := goes(b, "/home", "", "cross-site"); a.Status != 200 {
			t.Errorf("slowly: %d %q", a.Status, a.Location)
		}
		f.Clock.Advance(16 * time.Second)
		want(t, goes(f.Browser(t, town), "/home", "", "cross-site"), 303, "/signin")
	}
	b = f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for range 2 {
		want(t, goes(b, "/", "", "cross-site"), 303, "/home")
		want(t, goes(b, "/signin", "", "cross-site"), 303, "/home")
		if a := goes(b, "/home", "", "cross-site"); a.Status != 200 {
			t.Errorf("%d %q", a.Status, a.Location)
		}
	}
	for _, forged := range []string{"x", "99999999999999999999", "-1.-2.-3", strings.Repeat("1.", 900), "9999999999.9999999999"} {
		b.SetCookie("loquet-returns", forged)
		if a := goes(b, "/home", "", "cross-site"); a.Status != 200 {
			t.Errorf("%.20q: %d", forged, a.Status)
		}
	}
	for _, app := range []string{"<b>x</b>", "Votre+compte+est+fermé", "javascript:alert(1)", "a/b", strings.Repeat("a", 400)} {
		a := b.Get("/repair?from=application&app=" + app)
		if explains(t, a, "Une application vous renvoie"); strings.Contains(a.Body, "fermé") || strings.Contains(a.Body, "<b>x") {
			t.Errorf("%q is shown", app)
		}
	}
}

// TestLoopRestored clicks on a page that has stayed on the screen after its session had ended.
func TestLoopRestored(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	want(t, b.Post("/signout"), 303, "/signin")
	explains(t, b.Get("/signin"), "Vous êtes déconnecté(e).")
	want(t, goes(b, "/account", "http://"+town+"/home", "same-origin"), 303, "/signin?next=%2Faccount")
	explains(t, b.Get("/signin"), "La page affichée datait d’une connexion terminée.")
	explains(t, b.Get("/repair?from=restored"), "de la mémoire de votre navigateur")
	explains(t, b.Get("/repair?from=clock"), "n’est pas à l’heure")
	// What another site says of where one comes from changes nothing.
	other := f.Browser(t, town)
	want(t, goes(other, "/account", "http://evil.example/home", "cross-site"), 303, "/signin?next=%2Faccount")
	if a := other.Get("/signin"); strings.Contains(a.Body, "datait") {
		t.Error("a stranger is told of a page that was never there")
	}
}

// TestRepairTakesEverythingAway posts the form of the repair page.
func TestRepairTakesEverythingAway(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	thief := b.Clone()
	a := b.Post("/repair", "cause", "stale")
	want(t, a, 303, "/repair?done=1")
	if clears := a.Header.Get("Clear-Site-Data"); clears != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data: %s", clears)
	}
	forms := map[string]bool{}
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Value != "" || c.MaxAge >= 0 || !c.HttpOnly {
			t.Errorf("%+v does not take a cookie away", c)
		}
		forms[fmt.Sprint(c.Name, " ", c.Path, " ", c.Domain, " ", c.Secure)] = true
	}
	for _, form := range []string{
		"loquet /  false", "loquet /  true", "loquet /home  false", "loquet / famille.localhost false",
		"loquet-notice /  false", "loquet-language /  false", "loquet-probe /  false", "loquet-returns /  false",
	} {
		if !forms[form] {
			t.Errorf("the cookie %q stays", form)
		}
	}
	explains(t, b.Get(a.Location), "C’est fait.")
	closed(t, thief, "/signin") // the session has ended, not only its cookie
	b.Post("/repair", "cause", "<forged>")
	b.Post("/repair")
	var causes []string
	for _, e := range journal(t, f) {
		if e.Act == audit.LoopRepaired {
			causes = append(causes, e.Detail)
		}
	}
	if !slices.Equal(causes, []string{"stale", "asked", "asked"}) {
		t.Errorf("the journal has %q", causes)
	}
	enters(t, b, storetest.Active, before)
}

// TestWhoIsInIsLedOn asks for the sign-in page once more.
func TestWhoIsInIsLedOn(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for next, leads := range map[string]string{
		"": "/home", "?next=%2Faccount": "/account", "?next=%2F": "/home", "?next=https%3A%2F%2Fevil.example": "/home",
		"?next=%2F%2Fevil.example": "/home",
	} {
		want(t, b.Get("/signin"+next), 303, leads)
	}
}

// TestNextUser leaves a shared machine to the next person (H9).
func TestNextUser(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	knows(t, f, storetest.Father, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	out := b.Post("/signout", "switch", "1")
	want(t, out, 303, "/signin")
	for _, c := range out.Header["Set-Cookie"] {
		if strings.Contains(c, "Martin") || strings.Contains(c, storetest.Active) {
			t.Errorf("a cookie names the person: %s", c)
		}
	}
	page := b.Get("/signin")
	explains(t, page, "Claire Martin est déconnecté(e). À qui le tour\u202f?")
	if strings.Contains(page.Body, storetest.Active) || strings.Contains(page.Body, "username") ||
		!strings.Contains(page.Body, `data-private="1"`) {
		t.Error("the page offers the identifier of the one before, or may come back from the browser's memory")
	}
	again := b.Get("/signin")
	if strings.Contains(again.Body, "Martin") || strings.Contains(again.Body, "déconnect") {
		t.Error("the page says so again")
	}
	closed(t, b, "/signin")
	enters(t, b, storetest.Father, before)
	if a := b.Get("/home"); !strings.Contains(a.Body, "Paul Durand") || strings.Contains(a.Body, "Martin") {
		t.Error("home does not name the next one alone")
	}
	// Nobody is named late, or by whoever is not out.
	token := b.Cookie("loquet")
	b.Post("/signout", "switch", "1")
	f.Clock.Advance(2 * time.Minute)
	explains(t, b.Get("/signin"), "La personne précédente est déconnectée.")
	living := f.Browser(t, town)
	enters(t, living, storetest.Father, before)
	other := f.Browser(t, town)
	for _, said := range []string{living.Cookie("loquet"), token, "x", ""} {
		other.SetCookie("loquet-notice", "switched."+said)
		if a := other.Get("/signin"); strings.Contains(a.Body, "Durand") {
			t.Errorf("%.8q names somebody", said)
		}
	}
}

// TestATK057SignOutCannotBeForced tries what another site can: an image, a frame, a form.
func TestATK057SignOutCannotBeForced(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	for _, into := range []string{"image", "iframe", "document", "empty"} {
		a := asked(t, b, "GET", "/signout", "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", into)
		if a.Status != 405 || a.Header.Get("Allow") != "POST" || a.Header.Get("Clear-Site-Data") != "" {
			t.Errorf("as %s: %d, Allow %q", into, a.Status, a.Header.Get("Allow"))
		}
	}
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, path := range []string{"/signout", "/repair"} {
			if a := asked(t, b, "POST", path, "switch=1", headers...); a.Status != 403 || len(setCookie(a)) != 0 {
				t.Errorf("%s, %v: %d", path, headers, a.Status)
			}
		}
	}
	in(t, b)
	if a := b.Get("/home"); a.Header.Get("X-Frame-Options") != "DENY" {
		t.Error("a frame may show who is in")
	}
}
