package web_test

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// letsIn lets an application in, as whoever runs the machine.
func letsIn(t testing.TB, f *housetest.Fixture, o organisation.Organisation, p admin.Program) (application.Application, string) {
	t.Helper()
	if p.Template == "" {
		p.Template = application.AnyOpenID
	}
	added, secret, found, err := f.Admin.RegisterApplication(t.Context(), o, p)
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	return added, secret
}

var (
	shownID     = regexp.MustCompile(`id="client_id"[^>]*value="(app[a-z0-9]+)"`)
	shownSecret = regexp.MustCompile(`id="secret"[^>]*value="([A-Z0-9]+)"`)
)

// handed reads what the answer shows once.
func handed(t *testing.T, a housetest.Answer) (id, secret string) {
	t.Helper()
	first, second := shownID.FindStringSubmatch(a.Body), shownSecret.FindStringSubmatch(a.Body)
	if a.Status != 200 || first == nil || second == nil || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no secret is shown: %d\n%s", a.Status, said(a))
	}
	return first[1], second[1]
}

func kept(t *testing.T, f *housetest.Fixture, o organisation.Organisation, id string) application.Application {
	t.Helper()
	a, err := f.DB.Application(t.Context(), o.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// detailsOf gives the details of the school's journal for some acts, in order.
func detailsOf(t *testing.T, f *housetest.Fixture, o organisation.Organisation, acts ...audit.Act) (all []string) {
	t.Helper()
	entries, err := f.DB.Journal(t.Context(), o.ID, 1, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if slices.Contains(acts, e.Act) {
			all = append(all, string(e.Act)+" "+e.Detail)
		}
	}
	return all
}

// C5: a manager lets an application in, is told its secret once, changes it, has another secret made, and shuts it out.
func TestC5TheLifeOfAnApplication(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	const list = "/settings/applications"
	if a := b.Get(list + "/new"); a.Status != 200 || strings.Count(a.Body, "?template=") != len(application.Templates) {
		t.Fatalf("the choice of programs: %d", a.Status)
	}
	form := []string{
		"template", "nextcloud", "name", "Fichiers", "url", "https://fichiers.example", "about", "Partager", "tile", "1", "own", "1",
		"roles", "gerant\ncomplet", "offices", "Lac", "signs", "RS256",
	}
	id, secret := handed(t, b.Post(list+"/new", form...))
	now := kept(t, f, f.School, id)
	if !now.Knows(secret) || !slices.Equal(now.Redirects, []string{"https://fichiers.example/apps/user_oidc/code"}) ||
		!slices.Equal(now.Rule.Roles, []account.Role{account.Gerant, account.Complet}) || !slices.Equal(now.Rule.Offices, []string{"Lac"}) {
		t.Fatalf("%+v", now)
	}
	if a := b.Post(list+"/new", form...); a.Status != 422 || !strings.Contains(a.Body, `value="Fichiers"`) {
		t.Errorf("the form sent twice lets two in: %d", a.Status)
	}
	path := list + "/" + id
	for _, page := range []string{list, path, path + "/revoke", "/settings/journal"} {
		if a := b.Get(page); a.Status != 200 || strings.Contains(a.Body, secret) || strings.Contains(a.Body, now.Secret) {
			t.Errorf("%s: %d, or it shows the secret again", page, a.Status)
		}
	}

	want(t, b.Post(path, "version", "1", "name", "Fichiers partagés", "url", "https://fichiers.example/", "own", "1",
		"redirects", "https://fichiers.example/a\r\nhttps://fichiers.example/b", "signs", "ES256", "second", "1"), 303, path)
	changed := kept(t, f, f.School, id)
	if changed.Name != "Fichiers partagés" || len(changed.Redirects) != 2 || changed.Tile || !changed.Rule.Second ||
		len(changed.Rule.Roles) > 0 || !changed.Knows(secret) || changed.Signs != application.ES256 {
		t.Errorf("%+v", changed)
	}
	if a := b.Post(path, "version", "1", "name", "Trop tard", "signs", "RS256", "redirects", "https://x.example/"); a.Status != 422 ||
		!strings.Contains(a.Body, "Trop tard") {
		t.Errorf("the second editor: %d", a.Status)
	}
	sameID, renewed := handed(t, b.Post(path+"/secret", "version", "2"))
	if now := kept(t, f, f.School, id); sameID != id || !now.Knows(renewed) || now.Knows(secret) {
		t.Error("the old secret is good, or the new one is not")
	}
	if a := b.Post(path+"/secret", "version", "2"); a.Status != 422 {
		t.Errorf("the same form made a second secret: %d", a.Status)
	}

	if a := b.Post(path+"/revoke", "name", "Fichiers"); a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) {
		t.Errorf("revoked under another name: %d", a.Status)
	}
	want(t, b.Post(path+"/revoke", "name", " fichiers PARTAGÉS "), 303, list)
	if kept(t, f, f.School, id).Open() {
		t.Error("it is let in")
	}
	for _, gone := range []string{path, path + "/revoke"} {
		if a := b.Get(gone); a.Status != 404 {
			t.Errorf("%s: %d", gone, a.Status)
		}
	}
	want(t, b.Post(path+"/secret", "version", "3"), 404, "")
	all := detailsOf(t, f, f.School, audit.ApplicationAdded, audit.ApplicationChanged, audit.ApplicationSecret, audit.ApplicationRevoked)
	if !slices.Equal(all, []string{
		"application-added Fichiers", "application-changed Fichiers partagés", "application-secret Fichiers partagés",
		"application-revoked Fichiers partagés",
	}) {
		t.Errorf("the journal has %q", all)
	}
}

// Nothing is let in that Check refuses, and nothing that was typed is lost.
func TestC5RefusedApplications(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	const path = "/settings/applications/new"
	for field, typed := range map[string][]string{
		"name":         {"template", "openid", "name", "", "redirects", "https://a.example/retour"},
		"url":          {"template", "openid", "name", "A", "redirects", "https://a.example/retour", "url", "javascript:alert(1)"},
		"redirects":    {"template", "openid", "name", "A", "redirects", "https://a.example/*"},
		"back_channel": {"template", "openid", "name", "A", "redirects", "https://a.example/retour", "back_channel", "http://10.0.0.1/"},
		"no_pkce":      {"template", "openid", "name", "A", "redirects", "https://a.example/retour", "public", "1", "no_pkce", "1"},
		"":             {"template", "openid", "name", "A", "redirects", "https://a.example/retour", "offices", "Ailleurs", "roles", "owner"},
	} {
		a := b.Post(path, typed...)
		if a.Status != 422 || field != "" && !strings.Contains(a.Body, `href="#`+field+`"`) || strings.Contains(a.Body, "⟦") ||
			!strings.Contains(html.UnescapeString(a.Body), typed[len(typed)-1]) && field != "no_pkce" && field != "" {
			t.Errorf("%s: %d\n%s", field, a.Status, said(a))
		}
	}
	want(t, b.Post(path, "template", "saml", "name", "A"), 303, path)
	forward := []string{"template", "forward", "name", "Gestion", "url", "http://gestion.localhost/"}
	if a := b.Post(path, forward...); a.Status != 303 || !strings.HasPrefix(a.Location, "/settings/applications/app") {
		t.Fatalf("behind a proxy: %d", a.Status)
	}
	forward[3] = "Autre"
	forward[5] = "http://GESTION.localhost:80"
	if a := b.Post(path, forward...); a.Status != 422 {
		t.Errorf("two guard one area: %d", a.Status)
	}
	all, err := f.DB.Applications(t.Context(), f.School.ID)
	if err != nil || len(all) != 1 {
		t.Errorf("%d applications: %v", len(all), err)
	}
}

// ATK-065, ATK-069: who may not change applications, and from when on a proof is asked anew.
func TestATK065ApplicationsNeedAFreshProof(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	one, secret := letsIn(t, f, f.School, admin.Program{Name: "Planning", Redirects: []string{"https://planning.example/"}})
	path := "/settings/applications/" + one.ID
	f.Clock.Advance(20 * time.Minute)
	for to, fields := range map[string][]string{
		"/settings/applications/new": {"template", "openid", "name", "A", "redirects", "https://a.example/"},
		path:                         {"version", "1", "name", "A", "redirects", "https://a.example/", "signs", "RS256"},
		path + "/secret":             {"version", "1"},
		path + "/revoke":             {"name", "Planning"},
	} {
		if a := b.Post(to, fields...); a.Status != 422 || !strings.Contains(a.Body, `name="current_password"`) {
			t.Errorf("%s: %d", to, a.Status)
		}
	}
	if now := kept(t, f, f.School, one.ID); now.Version != one.Version && now.Version != 1 || !now.Knows(secret) || !now.Open() {
		t.Errorf("%+v", now)
	}
	knowsAt(t, f, f.School, storetest.Bureau, before)
	bureau := f.Browser(t, f.School.Host())
	enters(t, bureau, storetest.Bureau, before)
	want(t, bureau.Get(path), 403, "")
	want(t, bureau.Post(path+"/secret", "version", "1", "current_password", before), 403, "")
}

// ATK-070: what the form does not have is not looked at.
func TestATK070AnApplicationsOwnThings(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	a := b.Post("/settings/applications/new", "template", "openid", "name", "A", "redirects", "https://a.example/", "id", "app1",
		"client_id", "app1", "organisation", f.Town.ID, "secret", "mine", "client_secret", "mine", "kind", "forward", "created", "1",
		"used", "1", "revoked", "1", "version", "9", "signs", "RS256")
	id, secret := handed(t, a)
	now := kept(t, f, f.School, id)
	if id == "app1" || now.Organisation != f.School.ID || now.Kind != application.OpenID || now.Knows("mine") || !now.Knows(secret) ||
		!now.Used.IsZero() || !now.Open() {
		t.Errorf("%+v", now)
	}
	want(t, b.Post("/settings/applications/"+id, "version", "1", "name", "A", "redirects", "https://a.example/", "signs", "RS256",
		"secret", "mine", "organisation", f.Town.ID, "kind", "forward", "template", "nextcloud"), 303, "/settings/applications/"+id)
	if now := kept(t, f, f.School, id); !now.Knows(secret) || now.Kind != application.OpenID || now.Template != application.AnyOpenID {
		t.Errorf("%+v", now)
	}
}

// ATK-092: what a manager calls an application is words wherever people read it.
func TestATK092AnApplicationsNameStaysWords(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	const hostile = `"><img src=x onerror=alert(1)>`
	one, _ := letsIn(t, f, f.School, admin.Program{
		Name: hostile, About: hostile, URL: `https://a.example/?"><img>`[:18], Tile: true, Redirects: []string{"https://a.example/"},
	})
	for _, path := range []string{"/home", "/settings/applications", "/settings/applications/" + one.ID, "/settings/applications/" + one.ID + "/revoke", "/settings/journal"} {
		a := b.Get(path)
		if a.Status != 200 || strings.Contains(a.Body, "<img") || !strings.Contains(html.UnescapeString(a.Body), hostile) {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

// F7: a tile is shown to whoever may enter, and at once to nobody once it is shut out.
func TestF7TilesOfApplications(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	teacher := f.Browser(t, f.School.Host())
	enters(t, teacher, storetest.Teacher, before)
	program := admin.Program{
		Name: "Comptabilité", URL: "https://compta.example/", Tile: true, Redirects: []string{"https://compta.example/"},
		Rule: application.Rule{Roles: []account.Role{account.Gerant}},
	}
	one, _ := letsIn(t, f, f.School, program)
	program.Name, program.Tile = "Sans case", false
	letsIn(t, f, f.School, program)
	f.Clock.Advance(time.Second)
	home := b.Get("/home")
	if !strings.Contains(home.Body, `href="https://compta.example/"`) || strings.Contains(home.Body, "Sans case") {
		t.Error("the manager has no tile, or one too many")
	}
	if strings.Contains(teacher.Get("/home").Body, "Comptabilité") {
		t.Error("a teacher has the manager's tile")
	}
	want(t, b.Post("/settings/applications/"+one.ID+"/revoke", "name", "Comptabilité"), 303, "/settings/applications")
	if strings.Contains(b.Get("/home").Body, "Comptabilité") {
		t.Error("the tile of what is shut out is still there")
	}
}

// isInside gives a person's application something to hold, of the browser's own sign-in.
func isInside(t *testing.T, f *housetest.Fixture, b *housetest.Browser, o organisation.Organisation, person account.Account, a application.Application) {
	t.Helper()
	sessions, err := f.DB.SessionsOf(t.Context(), o.ID, person.ID)
	if err != nil || len(sessions) == 0 {
		t.Fatal(err, len(sessions))
	}
	i := slices.IndexFunc(sessions, func(s session.Session) bool { return s.ID == session.IDOf(b.Cookie("loquet")) })
	if i < 0 {
		t.Fatal("the browser has no session")
	}
	now := f.Clock.Now()
	err = f.DB.OpenGrant(t.Context(), oidc.Grant{
		ID: store.NewID(), Organisation: o.ID, Application: a.ID, Account: person.ID, Family: sessions[i].Family, SID: store.NewID(),
		Document: []byte(`{"scopes":"openid email"}`), Opened: now, Used: now, Until: now.Add(time.Hour), Token: store.NewID(),
	}, audit.Entry{Organisation: o.ID, At: now, Act: audit.ApplicationEntered, Actor: person.ID, Target: person.ID, Detail: a.Name})
	if err != nil {
		t.Fatal(err)
	}
}

// C5: whoever is in an application sees what it knows, and leaves it; leaving everywhere leaves it too.
func TestC5WhatIAmIn(t *testing.T) {
	f := open(t)
	person := knows(t, f, storetest.Active, before)
	b, other := f.Browser(t, town), f.Browser(t, town)
	enters(t, b, person.Identifier, before)
	enters(t, other, person.Identifier, before)
	one, _ := letsIn(t, f, f.Town, admin.Program{Name: "Cantine", Redirects: []string{"https://cantine.example/"}})
	const path = "/account/applications"
	if a := b.Get(path); a.Status != 200 || strings.Contains(a.Body, "Cantine") {
		t.Fatalf("%d, or in what nobody entered", a.Status)
	}
	isInside(t, f, b, f.Town, person, one)
	a := b.Get(path)
	if words := said(a); !strings.Contains(words, "Cantine") || !strings.Contains(words, "adresse e-mail") || strings.Contains(words, "votre portable") {
		t.Errorf("it does not say what Cantine knows:\n%s", words)
	}
	want(t, b.Post(path, "application", "app-of-nobody"), 303, path)
	want(t, b.Post(path, "application", one.ID), 303, path)
	if strings.Contains(b.Get(path).Body, "Cantine") {
		t.Error("it still holds something")
	}
	if got := detailsOf(t, f, f.Town, audit.ApplicationWithdrawn); !slices.Equal(got, []string{"application-withdrawn Cantine"}) {
		t.Errorf("the journal has %q", got)
	}
	in(t, b) // the portal stays

	isInside(t, f, other, f.Town, person, one)
	out := b.Post("/signout", "everywhere", "1")
	want(t, out, 303, "/signin")
	if out.Header.Get("Clear-Site-Data") == "" {
		t.Error("the cache stays")
	}
	closed(t, other, "/signin")
	grants, err := f.DB.GrantsOf(t.Context(), f.Town.ID, person.ID, f.Clock.Now())
	if err != nil || len(grants) > 0 {
		t.Errorf("applications hold %d: %v", len(grants), err)
	}
}

// H6: an application of the organisation that sends people back is named to the person, to the manager and in the journal;
// anybody's page is not.
func TestH6AnApplicationInCircles(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	letsIn(t, f, f.School, admin.Program{Name: "Planning", Redirects: []string{"https://planning.example/retour"}})
	circles := func(from string) housetest.Answer {
		var a housetest.Answer
		for range 3 {
			a = goes(b, "/home", from, "cross-site")
		}
		return a
	}
	a := circles("https://planning.example/")
	want(t, a, http.StatusSeeOther, "/repair?from=application&app=planning.example")
	explains(t, b.Get(a.Location), "L’application «\u202fPlanning\u202f» vous renvoie toujours ici.")
	circles("https://evil.example/")
	if got := detailsOf(t, f, f.School, audit.LoopRepaired); !slices.Equal(got, []string{"loop-repaired application Planning"}) {
		t.Errorf("the journal has %q", got)
	}
	explains(t, b.Get("/settings/applications"), "renvoie les gens en boucle")
	explains(t, b.Get("/settings/journal"), "Planning renvoyait la personne en boucle")
	f.Clock.Advance(8 * 24 * time.Hour)
	enters(t, b, storetest.Manager, before)
	if strings.Contains(b.Get("/settings/applications").Body, "en boucle") {
		t.Error("last week's loops are told for ever")
	}
}
