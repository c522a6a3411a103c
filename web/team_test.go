package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// the page of somebody of the school.
func pageOf(t testing.TB, f *housetest.Fixture, identifier string) string {
	t.Helper()
	return "/settings/users/" + storetest.Person(t, f.DB, f.School, identifier).ID
}

// H8: a person is added, comes in by the letter, is stopped, comes back, and is deleted; the journal keeps it all.
func TestH8TheLifeOfAPerson(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	const mailbox = "nina.faure@gmail.example"
	count := f.Catcher.Total()
	a := b.Post("/settings/users/new", "identifier", "AUTOECOLE.MONITEUR3", "given_name", "Nina", "name", "Faure", "role", "moniteur",
		"email", mailbox, "offices", "Lac", "send", "1")
	nina := storetest.Person(t, f.DB, f.School, "AUTOECOLE.MONITEUR3")
	path := "/settings/users/" + nina.ID
	want(t, a, 303, path)
	if nina.State != account.Invited || nina.Reference().Proven || !nina.In("Lac") {
		t.Fatalf("%+v", nina)
	}
	key := housetest.Secret(t, f.Letter(t, mailbox, count))
	own := f.Browser(t, f.School.Host())
	starts(t, own, nina.Identifier, key)
	renews(t, own, chosen)
	enters(t, own, nina.Identifier, chosen)
	nina = storetest.Person(t, f.DB, f.School, "AUTOECOLE.MONITEUR3")
	if nina.State != account.Active || !nina.Reference().Proven || nina.SignedIn.IsZero() {
		t.Errorf("after the first access: %+v", nina)
	}

	want(t, b.Post(path+"/stop", "when", "now"), 303, path)
	want(t, own.Get("/home"), 303, "/signin")
	if a := f.Browser(t, f.School.Host()).Post("/signin", "identifier", nina.Identifier, "password", chosen); a.Status != 422 {
		t.Errorf("a stopped person signs in: %d", a.Status)
	}
	want(t, b.Post(path+"/start"), 303, path)
	enters(t, own, nina.Identifier, chosen)
	want(t, b.Post(path+"/sessions"), 303, path)
	want(t, own.Get("/home"), 303, "/signin")

	if a := b.Post(path+"/delete", "identifier", "AUTOECOLE.MONITEUR1"); a.Status != 422 {
		t.Errorf("deleted under another name: %d", a.Status)
	}
	want(t, b.Post(path+"/delete", "identifier", "autoecole.moniteur3"), 303, "/settings/users")
	if a := b.Get(path); a.Status != 404 {
		t.Errorf("a deleted person's page: %d", a.Status)
	}
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[audit.Act]bool{}
	for _, e := range entries {
		if e.Target == nina.ID {
			acts[e.Act] = true
		}
	}
	for _, act := range []audit.Act{
		audit.AccountCreated, audit.AccessSent, audit.PasswordRenewed, audit.SignedIn, audit.AccountStopped, audit.AccountStarted,
		audit.SessionsEnded, audit.AccountDeleted,
	} {
		if !acts[act] {
			t.Errorf("the journal has no %s", act)
		}
	}
}

// A last day ends at midnight where the organisation is: to the moment, in memory too, and the state follows.
func TestH8LastDay(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	own := f.Browser(t, f.School.Host())
	path := pageOf(t, f, storetest.Teacher)
	zone := f.School.Location()
	for _, bad := range []string{"2020-01-01", "bientôt", ""} {
		if a := b.Post(path+"/stop", "when", "day", "day", bad); a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) {
			t.Errorf("%q is a last day: %d", bad, a.Status)
		}
	}
	today := f.Clock.Now().In(zone)
	want(t, b.Post(path+"/stop", "when", "day", "day", today.Format("02/01/2006")), 303, path)
	if a := b.Get(path); !strings.Contains(a.Body, "value=\"never\"") && !strings.Contains(a.Body, "never") {
		t.Error("the last day cannot be taken back")
	}
	midnight := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, zone)
	f.Clock.Advance(midnight.Sub(f.Clock.Now()) - 30*time.Second)
	enters(t, own, storetest.Teacher, before)
	f.Clock.Advance(29*time.Second + 500*time.Millisecond)
	want(t, own.Get("/settings"), 403, "") // still in, and still no manager
	f.Clock.Advance(time.Second)
	want(t, own.Get("/home"), 303, "/signin")
	if a := own.Post("/signin", "identifier", storetest.Teacher, "password", before); a.Status != 422 {
		t.Errorf("whoever has left signs in: %d", a.Status)
	}
	f.Turn(t.Context())
	if now := storetest.Person(t, f.DB, f.School, storetest.Teacher); now.State != account.Disabled {
		t.Errorf("the account is %s", now.State)
	}
}

// Two managers edit one person: the second is told, nothing typed is lost, and nothing is overwritten.
func TestH8TwoEditors(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	path := pageOf(t, f, storetest.Teacher)
	version := regexp.MustCompile(`name="version"\s+value="(\d+)"|value="(\d+)"\s+name="version"`).FindStringSubmatch(b.Get(path).Body)
	if version == nil {
		t.Fatal("the form carries no version")
	}
	seen := version[1] + version[2]
	want(t, b.Post(path, "version", seen, "given_name", "Lucie", "name", "Grondin-Hoarau", "role", "moniteur"), 303, path)
	a := b.Post(path, "version", seen, "given_name", "Lucile", "name", "Grondin", "role", "moniteur")
	if a.Status != 422 || !strings.Contains(a.Body, "Lucile") || !strings.Contains(a.Body, "Grondin-Hoarau") {
		t.Errorf("the second editor: %d", a.Status)
	}
	if now := storetest.Person(t, f.DB, f.School, storetest.Teacher); now.FamilyName != "Grondin-Hoarau" {
		t.Errorf("the first edit is lost: %q", now.FamilyName)
	}
}

// A refused address leaves the rest of the form unwritten too.
func TestH8NothingHalfWritten(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	path, before := pageOf(t, f, storetest.Teacher), storetest.Person(t, f.DB, f.School, storetest.Teacher)
	for field, typed := range map[string]string{"email": "lucie@", "mobile": "12"} {
		a := b.Post(path, "version", fmt.Sprint(before.Version), "name", "Autre", "given_name", "Lucie", field, typed)
		if a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) || !strings.Contains(a.Body, `value="Autre"`) ||
			strings.Contains(a.Body, "⟦") {
			t.Errorf("%s: %d", field, a.Status)
		}
	}
	if now := storetest.Person(t, f.DB, f.School, storetest.Teacher); now.FamilyName != before.FamilyName || now.Version != before.Version {
		t.Errorf("half of it was written: %+v", now)
	}
}

// The table: filter, narrowing, sort, and pages that show everybody once.
func TestH3UsersTable(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	for i := range 120 {
		a := account.Account{
			ID: fmt.Sprintf("bulk%03d", i), Organisation: f.School.ID, Identifier: fmt.Sprintf("ELEVE.%03d", i), GivenName: "Zoé",
			FamilyName: fmt.Sprintf("Nom%03d", i), Role: account.Moniteur, State: account.Active,
		}
		if err := f.DB.CreateAccount(t.Context(), a, "", audit.Entry{Organisation: f.School.ID, At: f.Clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	for query, count := range map[string]int{
		"?q=nom001": 1, "?q=ZOE+nom00": 10, "?q=personne": 0, "?role=gerant": 1, "?state=disabled": 1, "?q=moniteur2&state=active": 0,
		"?q=%C3%A9&sort=<script>&desc=x": 50, "?q=grondin&after=garbage": 1,
	} {
		a := b.Get("/settings/users" + query)
		if got := len(usersOn(a.Body)); a.Status != 200 || got != count {
			t.Errorf("%s: %d, %d people", query, a.Status, got)
		}
	}
	for _, sort := range []string{"name", "identifier", "role", "state", "signed-in"} {
		for _, desc := range []string{"", "1"} {
			seen, pages := map[string]bool{}, 0
			for path := "/settings/users?sort=" + sort + "&desc=" + desc; path != "" && pages < 10; pages++ {
				a := b.Get(path)
				for _, id := range usersOn(a.Body) {
					if seen[id] {
						t.Errorf("%s %s: somebody twice", sort, desc)
					}
					seen[id] = true
				}
				path = ""
				if m := regexp.MustCompile(`href="(/settings/users\?[^"]*after=[^"]*)"`).FindStringSubmatch(a.Body); m != nil {
					path = strings.ReplaceAll(m[1], "&amp;", "&")
				}
			}
			if len(seen) != 124 || pages != 3 {
				t.Errorf("%s %s: %d people on %d pages", sort, desc, len(seen), pages)
			}
		}
	}
}

// usersOn gives the people that a table has, by the ID in the links to their pages.
func usersOn(page string) (ids []string) {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`href="/settings/users/([a-z0-9]{7,})"`).FindAllStringSubmatch(page, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			ids = append(ids, m[1])
		}
	}
	return ids
}

// now reads the school as it is.
func nowAt(t testing.TB, f *housetest.Fixture, o organisation.Organisation) organisation.Organisation {
	t.Helper()
	kept, err := f.DB.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestSettingsOfTheHouse(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	v := func() string { return fmt.Sprint(nowAt(t, f, f.School).Version) }

	want(t, b.Post("/settings/offices", "do", "add", "office", "Plage", "version", v()), 303, "/settings/offices")
	if a := b.Get("/settings/offices"); !strings.Contains(a.Body, "Plage") {
		t.Error("the office does not show at once")
	}
	stale := v()
	want(t, b.Post("/settings/contact", "service", "Accueil", "phone", "04 50 00 00 00", "email", "bureau@lac.example", "version", stale), 303, "/settings/contact")
	if a := b.Post("/settings/contact", "service", "Autre", "version", stale); a.Status != 422 || !strings.Contains(a.Body, "Autre") {
		t.Errorf("the second editor of the contact: %d", a.Status)
	}
	if a := b.Post("/settings/appearance", "name", "Auto-école du Port", "colour", "#227744", "do", "preview", "version", v()); a.Status != 200 ||
		!strings.Contains(a.Body, "Auto-école du Port") || nowAt(t, f, f.School).Name == "Auto-école du Port" {
		t.Errorf("a preview: %d", a.Status)
	}
	want(t, b.Post("/settings/appearance", "name", "Auto-école du Port", "colour", "#227744", "logo", "AP", "version", v()), 303, "/settings/appearance")
	if a := f.Browser(t, f.School.Host()).Get("/signin"); !strings.Contains(a.Body, "Auto-école du Port") {
		t.Error("the door keeps the old name")
	}
	want(t, b.Post("/settings/news", "do", "add", "title", "Fermeture", "body", "Lundi", "version", v()), 303, "/settings/news")
	if a := b.Get("/home"); !strings.Contains(a.Body, "Fermeture") {
		t.Error("the news is not at home")
	}
	want(t, b.Post("/settings/news", "do", "remove", "item", "0", "version", v()), 303, "/settings/news")
	if n := len(nowAt(t, f, f.School).News); n != 0 {
		t.Errorf("%d news are left", n)
	}
	for path, fields := range map[string][]string{
		"/settings/offices":    {"do", "add", "office", ""},
		"/settings/contact":    {"email", "x@"},
		"/settings/appearance": {"name", "", "colour", "#227744"},
		"/settings/news":       {"do", "add", "title", "", "body", "x"},
	} {
		a := b.Post(path, append(fields, "version", v())...)
		if a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s with %v: %d", path, fields, a.Status)
		}
	}
}

func TestPolicyIsSavedOrRefusedAtItsField(t *testing.T) {
	f := open(t)
	b, person := manager(t, f)
	fields := func(change ...string) []string {
		v := url.Values{}
		for name, value := range map[string]string{
			"password_length": "10", "password_upper": "1", "recovery_ask": "either", "recovery_send": "link", "recovery_lifetime": "60",
			"idle_gerant": "60", "absolute_gerant": "720", "remember_gerant": "0", "idle_complet": "120", "absolute_complet": "720",
			"remember_complet": "7", "idle_moniteur": "120", "absolute_moniteur": "720", "remember_moniteur": "0",
			"version": fmt.Sprint(nowAt(t, f, f.School).Version),
		} {
			v.Set(name, value)
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		var all []string
		for name := range v {
			all = append(all, name, v.Get(name))
		}
		return all
	}
	for field, value := range map[string]string{
		"password_length": "7", "recovery_lifetime": "1441", "recovery_ask": "nothing", "remember_gerant": "1", "remember_complet": "31",
		"idle_moniteur": "0", "absolute_complet": "x",
	} {
		a := b.Post("/settings/policy", fields(field, value)...)
		if a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s=%s: %d", field, value, a.Status)
		}
	}
	want(t, b.Post("/settings/policy", fields()...), 303, "/settings/policy")
	p := nowAt(t, f, f.School).Policy
	if p.Password.MinLength != 10 || p.Recovery.Send != organisation.SendLink || p.Sessions[account.Complet].Remember != 7*24*time.Hour ||
		p.Sessions[account.Famille] != f.School.Policy.Sessions[account.Famille] {
		t.Errorf("%+v", p)
	}
	f.Clock.Advance(session.FreshForTeam + time.Second)
	if a := b.Post("/settings/policy", fields("password_length", "8")...); a.Status != 422 || nowAt(t, f, f.School).Policy.Password.MinLength != 10 {
		t.Errorf("without a fresh proof: %d", a.Status)
	}
	want(t, b.Post("/settings/policy", fields("password_length", "9", "current_password", before)...), 303, "/settings/policy")
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil || entries[len(entries)-1].Act != audit.PolicyChanged || entries[len(entries)-1].Actor != person.ID {
		t.Errorf("the journal ends with %+v, %v", entries[len(entries)-1], err)
	}
}

func TestDocumentsAreUploaded(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	upload := func(file string, body []byte, fields ...string) housetest.Answer {
		var out bytes.Buffer
		form := multipart.NewWriter(&out)
		for i := 0; i+1 < len(fields); i += 2 {
			_ = form.WriteField(fields[i], fields[i+1]) // to memory
		}
		part, _ := form.CreateFormFile("file", file)
		_, _ = part.Write(body)
		_ = form.Close()
		return b.PostBody("/settings/documents", form.FormDataContentType(), out.String())
	}
	want(t, upload("Règlement.pdf", []byte("%PDF-1.4 règlement"), "title", "Règlement intérieur", "guide", "1"), 303, "/settings/documents")
	home := b.Get("/home").Body
	m := regexp.MustCompile(`href="(/documents/[a-z0-9]+)"[^>]*>[^<]*Règlement`).FindStringSubmatch(home)
	if m == nil {
		t.Fatal("the document is not at home")
	}
	if a := b.Get(m[1]); a.Body != "%PDF-1.4 règlement" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %v %q", a.Status, a.Header, a.Body)
	}
	for name, a := range map[string]housetest.Answer{
		"a page":    upload("page.html", []byte("<script>"), "title", "X"),
		"a program": upload("x.exe", []byte("MZ"), "title", "X"),
		"no title":  upload("x.pdf", []byte("%PDF"), "title", ""),
		"no file":   upload("x.pdf", nil, "title", "X"),
	} {
		if a.Status != 422 || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	if a := upload("x.pdf", make([]byte, 6<<20), "title", "X"); a.Status != 413 && a.Status != 422 {
		t.Errorf("six megabytes: %d", a.Status)
	}
	if a := upload("x.pdf", []byte("%PDF"), "title", "X", "title", "Y"); a.Status != 400 {
		t.Errorf("a field twice: %d", a.Status)
	}
	id := strings.TrimPrefix(m[1], "/documents/")
	want(t, b.Post("/settings/documents", "do", "remove", "document", id), 303, "/settings/documents")
	if a := b.Get(m[1]); a.Status != 404 {
		t.Errorf("the document is still there: %d", a.Status)
	}
}

func TestJournalPage(t *testing.T) {
	f := open(t)
	b, person := manager(t, f)
	own := f.Browser(t, f.School.Host())
	own.Post("/signin", "identifier", storetest.Teacher, "password", "Tilleul-Faux-31")
	for query, want := range map[string][2]string{
		"":                                    {"Sylvie Payet", "⟦"},
		"?person=" + storetest.Teacher:        {"Lucie Grondin", "Sylvie Payet</td>"},
		"?act=sign-in-refused":                {"Lucie Grondin", "⟦"},
		"?person=personne":                    {"personne", "Lucie Grondin"},
		"?from=2031-01-01":                    {"2031", "Lucie Grondin"},
		"?until=" + "2020-01-01":              {"2020", "Lucie Grondin"},
		"?act=rien&before=x&from=&until=&q=<": {"Sylvie Payet", "⟦"},
	} {
		a := b.Get("/settings/journal" + query)
		if a.Status != 200 || !strings.Contains(a.Body, want[0]) || strings.Contains(a.Body, want[1]) {
			t.Errorf("%s: %d; it lacks %q or has %q", query, a.Status, want[0], want[1])
		}
	}
	if a := b.Get("/settings/journal?from=hier"); a.Status != 422 || !strings.Contains(a.Body, `value="hier"`) {
		t.Errorf("a day that is none: %d", a.Status)
	}
	if a := b.Post("/settings/journal/verify"); a.Status != 200 {
		t.Errorf("verifying: %d", a.Status)
	}
	a := b.Post("/settings/journal/export", "person", storetest.Manager)
	if a.Status != 200 || !strings.Contains(a.Body, person.ID) || strings.Contains(a.Body, storetest.Person(t, f.DB, f.School, storetest.Teacher).ID) {
		t.Errorf("the export: %d", a.Status)
	}
}

// ATK-086: nothing that these pages take from people comes into the log as it was typed, nor any secret.
func TestATK086NothingTypedInTheLog(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	count := f.Catcher.Total()
	b.Post("/settings/users/new", "identifier", "LOG\r\nINJECTION", "role", "moniteur", "name", "Kerguelen", "email", "kerguelen@gmail.example", "send", "1")
	b.Post("/settings/users/new", "identifier", "AUTOECOLE.LOG", "role", "moniteur", "name", "Kerguelen", "email", "kerguelen@gmail.example", "send", "1")
	secret := housetest.Secret(t, f.Letter(t, "kerguelen@gmail.example", count))
	f.Clock.Advance(time.Hour - time.Minute)
	b.Post("/settings/users/export", "current_password", "Tilleul-Faux-31")
	b.Get("/settings/users?q=Kerguelen")
	f.Quiet(t)
	for _, told := range []string{secret, before, "Tilleul-Faux-31", "Kerguelen", "kerguelen@", "INJECTION", b.Cookie("loquet")} {
		if strings.Contains(f.Log.String(), told) {
			t.Errorf("the log has %q", told)
		}
	}
}
