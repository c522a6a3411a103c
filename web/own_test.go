package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loquet/admin"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/oidc"
	"loquet/profile"
	"loquet/session"
	"loquet/store/storetest"
)

// inside gives a browser in which one of the town is signed in, by a password that is known.
func inside(t *testing.T, f *housetest.Fixture, identifier string) *housetest.Browser {
	t.Helper()
	knows(t, f, identifier, before)
	b := f.Browser(t, town)
	enters(t, b, identifier, before)
	return b
}

// The sensitive acts on one's own account, by path and form.
var sensitive = map[string][]string{
	"/account/password": {"new_password", chosen, "confirm_password", chosen},
	"/account/email":    {"email", fresh},
	"/account/mobile":   {"mobile", "06 99 99 99 99"},
	"/account/devices":  {"others", "1"},
	"/account/data":     nil,
}

// ATK-065: whoever has only a copied cookie changes nothing and takes nothing away: each act asks for the password,
// however it is left out, and a wrong one is in the journal.
func TestATK065SensitiveActsNeedAFreshProof(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		wide(f)
		b := inside(t, f, storetest.Active)
		other := f.Browser(t, town)
		enters(t, other, storetest.Active, before)
		f.Clock.Advance(session.Fresh)
		was := storetest.Person(t, f.DB, f.Town, storetest.Active)
		for path, fields := range sensitive {
			for _, proof := range []string{"", "not-" + before} {
				a := b.Post(path, append(fields, "current_password", proof)...)
				if a.Status != 422 || !strings.Contains(a.Body, `id="current_password"`) && !strings.Contains(a.Body, `name="current_password"`) ||
					!strings.Contains(a.Body, `aria-invalid="true"`) || strings.Contains(a.Body, before) {
					t.Errorf("%s with the proof %q: %d\n%s", path, proof, a.Status, a.Body)
				}
			}
		}
		now := storetest.Person(t, f.DB, f.Town, storetest.Active)
		if now.Version != was.Version || f.Catcher.Total() > 0 || len(f.Texts.Texts(9)) > 0 || written(t, f, audit.AddressAsked) > 0 {
			t.Errorf("something has changed: %+v", now)
		}
		if n := written(t, f, audit.ProofRefused); n != len(sensitive) {
			t.Errorf("the journal has %d wrong proofs, want %d", n, len(sensitive))
		}
		want(t, other.Get("/home"), 200, "")
	})
}

// A right proof opens each act, under a new session ID each time (ASVS 7.2.4), and lasts for five minutes.
func TestATK065AProofOpensSensitiveActs(t *testing.T) {
	for path, fields := range sensitive {
		f := open(t)
		b := inside(t, f, storetest.Active)
		f.Clock.Advance(session.Fresh)
		thief := b.Clone()
		a := b.Post(path, append(fields, "current_password", before)...)
		if a.Status != 303 && (path != "/account/data" || a.Status != 200) {
			t.Errorf("%s: %d\n%s", path, a.Status, a.Body)
		}
		if b.Cookie("loquet") == thief.Cookie("loquet") {
			t.Errorf("%s: the browser keeps its session ID", path)
		}
		want(t, b.Get("/home"), 200, "")
		want(t, thief.Get("/home"), 303, "/signin")
		if path == "/account/password" {
			continue
		}
		if a := b.Post("/account/devices", "others", "1"); a.Status != 303 {
			t.Errorf("%s: the proof does not last: %d", path, a.Status)
		}
		f.Clock.Advance(session.Fresh)
		if a := b.Post("/account/devices", "others", "1"); a.Status != 422 {
			t.Errorf("%s: the proof lasts for ever: %d", path, a.Status)
		}
	}
}

// ATK-019: the two doors are one: wrong proofs and wrong sign-ins are counted together, before they are checked.
func TestATK019ProofsAreCountedWithSignIns(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	f.Clock.Advance(session.Fresh)
	for range 5 {
		refused(t, f.Browser(t, town), storetest.Active, "wrong")
	}
	answers := together(40, func(int) housetest.Answer { return b.Clone().Post("/account/data", "current_password", "wrong") })
	tried, waits := 0, 0
	for _, a := range answers {
		switch a.Status {
		case 422:
			tried++
		case 429:
			waits++
			if a.Header.Get("Retry-After") == "" {
				t.Error("a wait without Retry-After")
			}
		}
	}
	if tried != 5 || waits != 35 {
		t.Errorf("%d were tried and %d had to wait", tried, waits)
	}
	if a := b.Post("/account/data", "current_password", before); a.Status != 429 {
		t.Errorf("the right password during the wait: %d", a.Status)
	}
	if a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", before); a.Status != 429 {
		t.Errorf("the sign-in page does not wait: %d", a.Status)
	}
}

func TestH10OnesOwnPassword(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := inside(t, f, storetest.Active)
		other := f.Browser(t, town)
		enters(t, other, storetest.Active, before)
		mailed, _ := link2(t, f)
		for said, fields := range map[string][]string{
			"proof-missing": {"new_password", chosen, "confirm_password", chosen},
			"wrong":         {"current_password", "x", "new_password", chosen, "confirm_password", chosen},
			"different":     {"current_password", before, "new_password", chosen, "confirm_password", chosen + "x"},
			"short":         {"current_password", before, "new_password", "Ab1", "confirm_password", "Ab1"},
			"the same":      {"current_password", before, "new_password", before, "confirm_password", before},
			"own name":      {"current_password", before, "new_password", "ClaireMartin1", "confirm_password", "ClaireMartin1"},
			"the mailed":    {"current_password", before, "new_password", mailed, "confirm_password", mailed},
			"nothing":       {"current_password", before},
		} {
			if a := b.Post("/account/password", fields...); a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) {
				t.Errorf("%s: %d", said, a.Status)
			}
		}
		count := f.Catcher.Total()
		want(t, b.Post("/account/password", "current_password", before, "new_password", chosen, "confirm_password", chosen), 303, "/account")
		if a := b.Get("/account"); a.Status != 200 || !strings.Contains(a.Body, "nouveau mot de passe est enregistré") {
			t.Errorf("after the change: %d", a.Status)
		}
		want(t, other.Get("/home"), 303, "/signin")
		if l := f.Letter(t, claire, count); !strings.Contains(l.Subject, "mot de passe a été modifié") {
			t.Errorf("the owner is told %q", l.Subject)
		}
		refused(t, f.Browser(t, town), storetest.Active, before)
		if a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", mailed); a.Status == 303 {
			t.Error("ATK-010: what was mailed before still opens")
		}
		enters(t, f.Browser(t, town), storetest.Active, chosen)
		if n := written(t, f, audit.PasswordChanged); n != 1 {
			t.Errorf("the journal has %d changes", n)
		}
	})
}

// link2 has a temporary password mailed to Claire, who is signed in.
func link2(t *testing.T, f *housetest.Fixture) (temporary, subject string) {
	t.Helper()
	l := letter(t, f, f.Browser(t, town), storetest.Active, claire)
	return housetest.Secret(t, l), l.Subject
}

func TestH9Devices(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	others := make([]*housetest.Browser, 3)
	for i := range others {
		others[i] = f.Browser(t, town)
		enters(t, others[i], storetest.Active, before)
	}
	mother := inside(t, f, storetest.Mother)
	theirs := session.IDOf(mother.Cookie("loquet"))
	want(t, b.Post("/account/devices", "session", theirs), 303, "/account/devices")
	want(t, mother.Get("/home"), 200, "") // ATK-069: not one's own
	want(t, b.Post("/account/devices", "session", session.IDOf(others[0].Cookie("loquet"))), 303, "/account/devices")
	want(t, others[0].Get("/home"), 303, "/signin")
	want(t, others[1].Get("/home"), 200, "")
	if a := b.Get("/account/devices"); strings.Count(a.Body, `name="session"`) != 2 || !strings.Contains(a.Body, "cet appareil") {
		t.Errorf("the list:\n%s", a.Body)
	}
	want(t, b.Post("/account/devices", "others", "1"), 303, "/account/devices")
	want(t, others[1].Get("/home"), 303, "/signin")
	want(t, others[2].Get("/home"), 303, "/signin")
	want(t, b.Get("/home"), 200, "")
}

// C12: what is kept about one is handed out whole, readable, without secrets and without others' data.
func TestC12OnesOwnData(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	confirm, stop := moves(t, f, b, claire, fresh)
	agent := inside(t, f, storetest.Agent)
	agent.Get("/settings/users")
	person := storetest.Person(t, f.DB, f.Town, storetest.Active)
	canteen, _ := letsIn(t, f, f.Town, admin.Program{Name: "Cantine", Redirects: []string{"https://cantine.example/"}})
	isInside(t, f, b, f.Town, person, canteen)
	toys, _ := letsIn(t, f, f.Town, admin.Program{Name: "Ludothèque", Redirects: []string{"https://jeux.example/"}})
	letsIn(t, f, f.Town, admin.Program{Name: "Wiki des autres", Redirects: []string{"https://wiki.example/"}})
	agreed := oidc.Consent{
		Organisation: f.Town.ID, Application: toys.ID, Account: person.ID, Scopes: []string{"openid", "phone"}, Given: f.Clock.Now(),
	}
	note := audit.Entry{Organisation: f.Town.ID, At: agreed.Given, Act: audit.ApplicationConsented, Actor: person.ID, Target: person.ID}
	if err := f.DB.SaveConsent(t.Context(), agreed, note); err != nil {
		t.Fatal(err)
	}
	f.Quiet(t)
	a := b.Post("/account/data")
	if a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", a.Status, a.Header)
	}
	var data struct {
		Account struct {
			Identifier string
			Emails     []map[string]any
		}
		Changes  []map[string]any `json:"changes_of_address"`
		Sessions []map[string]any
		Entered  []struct {
			Name   string
			Used   string `json:"last_used"`
			Agreed string
			Knows  []string `json:"may_know"`
		} `json:"applications"`
		Letters []map[string]any
		Journal []map[string]any
	}
	if err := json.Unmarshal([]byte(a.Body), &data); err != nil {
		t.Fatal(err)
	}
	if data.Account.Identifier != storetest.Active || len(data.Account.Emails) != 1 || len(data.Changes) != 1 || len(data.Sessions) != 1 ||
		len(data.Letters) != 2 || len(data.Journal) < 3 {
		t.Errorf("it holds %+v", data)
	}
	var entered []string
	for _, e := range data.Entered {
		entered = append(entered, fmt.Sprintf("%s %t %t %v", e.Name, e.Used != "", e.Agreed != "", e.Knows))
	}
	if !slices.Equal(entered, []string{"Cantine true false [email]", "Ludothèque false true [phone]"}) {
		t.Errorf("applications: %q", entered)
	}
	hash, err := f.DB.Hash(t.Context(), f.Town.ID, person.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		hash, "argon2", b.Cookie("loquet"), session.IDOf(b.Cookie("loquet")), strings.TrimPrefix(confirm, "/confirm/"),
		strings.TrimPrefix(stop, "/stop/"), "Benali", "digest",
	} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("it holds %q", secret)
		}
	}
	if n := written(t, f, audit.DataDownloaded); n != 1 {
		t.Errorf("the journal has it %d times", n)
	}
}

func TestC7OnesOwnHistory(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	person := storetest.Person(t, f.DB, f.Town, storetest.Active)
	agent := storetest.Person(t, f.DB, f.Town, storetest.Agent)
	by := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountChanged, Actor: agent.ID, Target: person.ID,
		Address: "203.0.113.9", Device: "Netscape", Detail: "name"}
	foreign := by
	foreign.Target, foreign.Detail = agent.ID, "somebody-elses"
	if err := f.DB.Note(t.Context(), by, foreign); err != nil {
		t.Fatal(err)
	}
	for range profile.HistoryPage {
		if err := f.DB.Note(t.Context(), audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.SignedIn, Actor: person.ID, Target: person.ID}); err != nil {
			t.Fatal(err)
		}
	}
	first := b.Get("/account/history")
	next := regexp.MustCompile(`/account/history\?before=\d+`).FindString(first.Body)
	if first.Status != 200 || next == "" {
		t.Fatalf("the first page: %d", first.Status)
	}
	second := b.Get(next)
	if !strings.Contains(second.Body, "Nadia Benali") || strings.Contains(second.Body, "203.0.113.9") || strings.Contains(second.Body, "Netscape") ||
		strings.Contains(first.Body+second.Body, "somebody-elses") {
		t.Errorf("the second page:\n%s", second.Body)
	}
	for _, odd := range []string{"?before=-1", "?before=x", "?before=99999999999999999999"} {
		want(t, b.Get("/account/history"+odd), 200, "")
	}
}

func TestOnesOwnLanguage(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	if a := b.Post("/account/language", "language", "xx"); a.Status != 422 {
		t.Errorf("an unknown language: %d", a.Status)
	}
	want(t, b.Post("/account/language", "language", "en"), 303, "/account")
	if a := b.Get("/account"); !strings.Contains(a.Body, `lang="en"`) {
		t.Error("the page is not in English")
	}
	if p := storetest.Person(t, f.DB, f.Town, storetest.Active); p.Language != "en" {
		t.Errorf("kept is %q", p.Language)
	}
	if l := letter(t, f, f.Browser(t, town), storetest.Active, claire); !strings.Contains(l.Text, "Hello") {
		t.Errorf("the letter is not in English:\n%s", l.Text)
	}
}

// Everything under /account is closed to whoever is not signed in, and to a renewal (ATK-032).
func TestATK032TheAccountIsBehindTheDoor(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.MustRenew, before)
	renewing := f.Browser(t, town)
	starts(t, renewing, storetest.MustRenew, before)
	for _, path := range []string{
		"/account", "/account/password", "/account/email", "/account/mobile", "/account/devices", "/account/history", "/account/data",
	} {
		want(t, f.Browser(t, town).Get(path), 303, "/signin?next="+url.QueryEscape(path))
		want(t, renewing.Get(path), 303, "/renew")
		if path != "/account" && path != "/account/history" {
			want(t, renewing.Post(path), 303, "/renew")
		}
	}
	want(t, renewing.Post("/account/language", "language", "en"), 303, "/renew")
}

func num(n int64) string { return strconv.FormatInt(n, 10) }
