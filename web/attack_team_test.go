package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
	"loquet/web"
)

// everyField is what some form of the program takes, and what attackers would like it to take (ATK-070).
var everyField = []string{
	"identifier", "name", "given_name", "role", "offices", "email", "mobile", "language", "household", "version", "when",
	"day", "session", "others", "stop", "change", "send", "do", "office", "item", "title", "body", "document", "text", "base",
	"revision", "person", "act", "q", "new_password", "confirm_password", "code", "next", "remember", "switch",
	"org_id", "organisation", "user_id", "account", "state", "is_admin", "password", "hash", "id", "version", "identity_seen",
}

// knowsAt is knows for any organisation.
func knowsAt(t testing.TB, f *housetest.Fixture, o organisation.Organisation, identifier, password string) account.Account {
	t.Helper()
	person := storetest.Person(t, f.DB, o, identifier)
	old, err := f.DB.Hash(t.Context(), o.ID, person.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := f.Hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.DB.StoreHash(t.Context(), o.ID, person.ID, old, hash); err != nil {
		t.Fatal(err)
	}
	return person
}

// side is an organisation under attack as its rows and journal say it is.
func side(t testing.TB, f *housetest.Fixture, o organisation.Organisation) (people []account.Account, acts int, kept organisation.Organisation) {
	t.Helper()
	people, err := f.DB.Accounts(t.Context(), o.ID, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	end, err := f.DB.JournalEnd(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept, err = f.DB.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return people, int(end), kept
}

var pathPart = regexp.MustCompile(`\{[a-z]+\}`)

// ATK-069 to ATK-072, on every route of the program with two organisations: whoever may not reads nothing, writes nothing,
// and cannot tell what belongs to others from what does not exist.
func TestATK069EveryRouteTwoOrganisations(t *testing.T) {
	f := open(t)
	wide(f)
	knowsAt(t, f, f.School, storetest.Manager, before)
	knowsAt(t, f, f.School, storetest.Bureau, before)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	knowsAt(t, f, f.Town, storetest.Active, before)
	theirs, actsBefore, townBefore := side(t, f, f.Town)
	victim := storetest.Person(t, f.DB, f.Town, storetest.Agent)
	browsers := map[string]*housetest.Browser{}
	for _, identifier := range []string{storetest.Manager, storetest.Bureau, storetest.Teacher} {
		browsers[identifier] = f.Browser(t, f.School.Host())
		enters(t, browsers[identifier], identifier, before)
	}
	sessions, err := f.DB.SessionsOf(t.Context(), f.Town.ID, victim.ID)
	if err != nil || len(sessions) > 0 {
		t.Fatal(err, sessions)
	}
	documents, err := f.DB.Documents(t.Context(), f.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	canteen, _ := letsIn(t, f, f.Town, admin.Program{Name: "Cantine secrète", Redirects: []string{"https://cantine.example/"}})
	actsBefore++
	foreign := []string{victim.ID, documents[0].ID, canteen.ID, storetest.Person(t, f.DB, f.Town, storetest.Active).ID}
	var routes []web.Route
	for _, r := range f.Web.Routes() {
		if r.Path != "/signout" && r.Path != "/account/password" && r.Path != "/repair" && r.Path != "/signin" {
			routes = append(routes, r) // those end the session of the browser that attacks
		}
	}
	attacks := rapid.Custom(func(rt *rapid.T) []string {
		var fields []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(everyField), 0, 8, rapid.ID).Draw(rt, "fields") {
			fields = append(fields, name, rapid.SampledFrom([]string{
				victim.ID, f.Town.ID, "gerant", "agent", "1", "0", "-1", storetest.Agent, "x@evil.example", "Tilleul-Bleu-77", "save", "preview",
			}).Draw(rt, name))
		}
		return fields
	})
	tried := 0
	for _, route := range routes {
		for _, actor := range []string{storetest.Manager, storetest.Bureau, storetest.Teacher} {
			if strings.HasPrefix(route.Path, "/settings") && actor == storetest.Manager && !strings.Contains(route.Path, "{") {
				continue // the manager's own house: what names somebody or something is tried
			}
			for seed := range len(foreign) {
				fields := attacks.Example(len(route.Path)*100 + seed)
				tried++
				attack(t, browsers[actor], route, actor, foreign[seed%len(foreign)], fields, theirs)
			}
		}
	}
	t.Logf("%d attacks on %d routes", tried, len(routes))
	for actor, b := range browsers {
		if a := b.Get("/home"); a.Status != 200 {
			t.Errorf("%s was signed out on the way, so that nothing was tried: %d", actor, a.Status)
		}
	}
	people, acts, town := side(t, f, f.Town)
	if diff := cmp.Diff(theirs, people); diff != "" {
		t.Errorf("somebody of the other organisation was changed: %s", diff)
	}
	if diff := cmp.Diff(townBefore, town); diff != "" {
		t.Errorf("the other organisation was changed: %s", diff)
	}
	if acts != actsBefore {
		t.Errorf("%d entries in the other organisation's journal", acts-actsBefore)
	}
	if _, err := f.DB.AccountByIdentifier(t.Context(), f.School.ID, storetest.Agent); err == nil {
		t.Error("a person without rights added somebody")
	}
	own := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	if own.Role != account.Moniteur {
		t.Errorf("the teacher is a %s now", own.Role)
	}
}

// attack asks one route for what belongs to another organisation, and for what does not exist.
func attack(t *testing.T, b *housetest.Browser, route web.Route, actor, foreign string, fields []string, theirs []account.Account) {
	t.Helper()
	answer := func(id string) (housetest.Answer, string) {
		path := pathPart.ReplaceAllString(route.Path, id)
		if route.Path == "/{$}" {
			path = "/"
		}
		var a housetest.Answer
		if route.Method == http.MethodGet {
			a = b.Get(path)
		} else {
			a = b.Post(path, slices.Clone(fields)...)
		}
		return a, strings.ReplaceAll(a.Body, id, "ID")
	}
	a, told := answer(foreign)
	nobodys, toldOfNobody := answer(strings.Repeat("a", len(foreign)))
	where := route.Method + " " + route.Path + " by " + actor
	switch named := strings.Contains(route.Path, "{"); {
	case a.Status >= 500:
		t.Errorf("%s with %v: %d", where, fields, a.Status)
	case strings.HasPrefix(route.Path, "/settings") && actor != storetest.Manager && a.Status != 403:
		t.Errorf("%s: %d %s", where, a.Status, a.Location)
	case strings.HasPrefix(route.Path, "/settings/") && strings.Contains(route.Path, "/{id}") && a.Status < 400:
		t.Errorf("%s on another organisation's: %d", where, a.Status)
	case named && (a.Status != nobodys.Status || told != toldOfNobody):
		t.Errorf("%s with %v tells another organisation's from nobody's: %d, %d", where, fields, a.Status, nobodys.Status)
	}
	for _, p := range theirs {
		for _, secret := range []string{p.Name(), p.Reference().Address} {
			if secret != "" && strings.Contains(a.Body, secret) {
				t.Errorf("%s tells %q", where, secret)
			}
		}
	}
}

// ATK-069: a cookie of one organisation is nothing at another's host.
func TestATK069CookieOfAnotherOrganisation(t *testing.T) {
	f := open(t)
	knowsAt(t, f, f.School, storetest.Manager, before)
	b := f.Browser(t, f.School.Host())
	enters(t, b, storetest.Manager, before)
	thief := f.Browser(t, f.Town.Host())
	thief.SetCookie("loquet", b.Cookie("loquet"))
	for _, path := range []string{"/settings", "/settings/users", "/settings/journal", "/account", "/home"} {
		if a := thief.Get(path); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/signin") && !strings.HasPrefix(a.Location, "/repair") {
			t.Errorf("%s: %d %s", path, a.Status, a.Location)
		}
	}
}

// manager signs the school's Gérant in.
func manager(t testing.TB, f *housetest.Fixture) (*housetest.Browser, account.Account) {
	t.Helper()
	person := knowsAt(t, f, f.School, storetest.Manager, before)
	b := f.Browser(t, f.School.Host())
	if a := b.Post("/signin", "identifier", storetest.Manager, "password", before); a.Location != "/home" {
		t.Fatalf("signing in: %d %s", a.Status, a.Location)
	}
	return b, person
}

// ATK-070: fields that no form has are not looked at, whatever they would like to be.
func TestATK070MassAssignment(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	teacher := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	a := b.Post("/settings/users/"+teacher.ID, "version", "1", "given_name", "Lucie", "name", "Grondin", "offices", "Lac",
		"role", string(account.Moniteur), "state", "disabled", "must_renew", "1", "identifier", "ROOT", "organisation", f.Town.ID,
		"id", "x", "account", "x", "password", "x", "hash", "x", "leaves", "1", "proven", "1", "aliases", "ADMIN", "is_admin", "1")
	want(t, a, 303, "/settings/users/"+teacher.ID)
	now := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	teacher.Offices, teacher.Version = []string{"Lac"}, now.Version
	if diff := cmp.Diff(teacher, now); diff != "" {
		t.Errorf("more was written than the form has: %s", diff)
	}
	for _, role := range []string{"admin", "agent", "famille", "GERANT", "gerant,complet"} {
		if a := b.Post("/settings/users/new", "identifier", "ECOLE.NEU", "role", role); a.Status != 422 {
			t.Errorf("a %q was added: %d", role, a.Status)
		}
	}
}

// ATK-071: no page of the manager shows, takes or sets a password, and what is sent is a way in that only its owner gets.
func TestATK071ManagerNeverSeesAPassword(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	teacher := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	hash, err := f.DB.Hash(t.Context(), f.School.ID, teacher.ID)
	if err != nil {
		t.Fatal(err)
	}
	person := "/settings/users/" + teacher.ID
	for _, path := range []string{"/settings/users", "/settings/users/new", person, person + "/delete", "/settings/journal", "/settings/mail"} {
		a := b.Get(path)
		if a.Status != 200 {
			t.Errorf("%s: %d", path, a.Status)
		}
		for _, sign := range []string{hash, "$argon2id", `name="new_password"`, `name="password"`} {
			if strings.Contains(a.Body, sign) {
				t.Errorf("%s shows %q", path, sign)
			}
		}
	}
	count := f.Catcher.Total()
	want(t, b.Post(person+"/access"), 303, person)
	secret := housetest.Secret(t, f.Letter(t, teacher.Reference().Address, count))
	for _, path := range []string{person, "/settings/journal", "/settings/mail", "/settings/users"} {
		if strings.Contains(b.Get(path).Body, secret) {
			t.Errorf("%s shows the secret that was sent", path)
		}
	}
	for _, field := range []string{"password", "new_password", "hash"} {
		b.Post(person, "version", "1", "name", "Grondin", "given_name", "Lucie", field, "Tilleul-Bleu-77")
	}
	now, err := f.DB.Hash(t.Context(), f.School.ID, teacher.ID)
	if err != nil || now != hash {
		t.Error("the manager set somebody's password", err)
	}
}

// ATK-071: the export asks for a fresh proof, is in the journal, and runs nowhere.
func TestATK071ExportIsProvenAndJournaled(t *testing.T) {
	f := open(t)
	b, person := manager(t, f)
	f.Clock.Advance(20 * time.Minute)
	if a := b.Post("/settings/users/export"); a.Status != 422 || !strings.Contains(a.Body, `name="current_password"`) {
		t.Fatalf("without a proof: %d", a.Status)
	}
	if a := b.Post("/settings/users/export", "current_password", "Tilleul-Faux-31"); a.Status != 422 {
		t.Fatalf("with a wrong one: %d", a.Status)
	}
	a := b.Post("/settings/users/export", "current_password", before)
	if a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(a.Body, storetest.Bureau) {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
	if strings.Contains(a.Body, storetest.Agent) || strings.Contains(a.Body, "argon2") {
		t.Error("the export holds what it must not")
	}
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.Act == audit.PeopleExported && e.Actor == person.ID }) {
		t.Error("the journal does not say that people were exported")
	}
}

// ATK-072: the last Gérant stays, whatever is tried, also by two who remove each other at once.
func TestATK072LastManager(t *testing.T) {
	f := open(t)
	b, me := manager(t, f)
	self := "/settings/users/" + me.ID
	for path, fields := range map[string][]string{
		self: {"version", "1", "role", "complet", "name", "Payet"}, self + "/stop": {"when", "now"},
		self + "/delete": {"identifier", me.Identifier},
	} {
		if a := b.Post(path, fields...); a.Status != 403 {
			t.Errorf("%s on oneself: %d", path, a.Status)
		}
	}
	now := storetest.Person(t, f.DB, f.School, storetest.Manager)
	if !now.Stays() || now.Role != account.Gerant {
		t.Errorf("%+v", now)
	}
	// A second one is named, and both try to remove the other.
	bureau := storetest.Person(t, f.DB, f.School, storetest.Bureau)
	want(t, b.Post("/settings/users/"+bureau.ID, "version", "1", "role", "gerant", "name", bureau.FamilyName, "given_name", bureau.GivenName),
		303, "/settings/users/"+bureau.ID)
	knowsAt(t, f, f.School, storetest.Bureau, before)
	second := f.Browser(t, f.School.Host())
	enters(t, second, storetest.Bureau, before)
	done := make(chan int, 2)
	go func() { done <- b.Post("/settings/users/"+bureau.ID+"/stop", "when", "now").Status }()
	go func() { done <- second.Post("/settings/users/"+me.ID+"/stop", "when", "now").Status }()
	<-done
	<-done
	stayers, err := f.DB.Stayers(t.Context(), f.School.ID)
	if err != nil || stayers != 1 {
		t.Errorf("%d managers are left: %v", stayers, err)
	}
}

// ATK-077: an identifier that was given once is never given again, nor one that reads like it.
func TestATK077IdentifierNeverGivenAgain(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	teacher := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	want(t, b.Post("/settings/users/"+teacher.ID+"/delete", "identifier", "autoecole.moniteur1"), 303, "/settings/users")
	for _, typed := range []string{storetest.Teacher, "autoecole.moniteur1", " AUTOECOLE . MONITEUR1", "AUTOECOLE.MONITEUR1\u200b", storetest.Bureau} {
		if a := b.Post("/settings/users/new", "identifier", typed, "role", "moniteur"); a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) {
			t.Errorf("%q was given again: %d", typed, a.Status)
		}
	}
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil || !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.Act == audit.AccountDeleted && e.Target == teacher.ID }) {
		t.Error("the history of who was deleted is gone", err)
	}
}
