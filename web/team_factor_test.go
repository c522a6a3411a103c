package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/profile"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// hasProofs gives somebody of an organisation an app and three printed codes.
func hasProofs(t testing.TB, f *housetest.Fixture, o organisation.Organisation, identifier string) account.Account {
	t.Helper()
	who, on := storetest.Person(t, f.DB, o, identifier), true
	codes := []credential.PrintedCode{{Digest: who.ID + "1"}, {Digest: who.ID + "2"}, {Digest: who.ID + "3"}}
	err := f.DB.ApplyProfile(t.Context(), profile.Change{
		Now: f.Clock.Now(), Organisation: o.ID, Account: who.ID, Factor: &credential.FactorChange{
			Version: who.Version, App: &credential.App{Seed: store.NewID(), Created: f.Clock.Now()}, Second: &on,
			Batch: store.NewID(), Codes: codes,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Sessions.ForgetAccount(o.ID, who.ID)
	return storetest.Person(t, f.DB, o, identifier)
}

func shownVersion(t testing.TB, page string) string {
	t.Helper()
	m := regexp.MustCompile(`name="version"\s+value="(\d+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the form carries no version")
	}
	return m[1]
}

// C4: a colleague takes away what somebody has lost. The person is signed out and told who did it; the journal too.
func TestC4AColleagueResetsWhatIsLost(t *testing.T) {
	f := open(t)
	b, gerant := manager(t, f)
	knowsAt(t, f, f.School, storetest.Bureau, before)
	own := f.Browser(t, f.School.Host())
	enters(t, own, storetest.Bureau, before)
	bureau := hasProofs(t, f, f.School, storetest.Bureau)
	path := pageOf(t, f, storetest.Bureau)
	page := b.Get(path)
	for _, want := range []string{
		"un code d’application", "3 codes de secours", "demandée à chaque connexion", path + "/factors",
	} {
		if !strings.Contains(strings.ReplaceAll(page.Body, "\u00a0", " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	f.Quiet(t)
	count := f.Catcher.Total()
	want(t, b.Post(path+"/factors", "version", shownVersion(t, page.Body)), 303, path)
	after := b.Get(path).Body
	if !strings.Contains(after, "Les moyens de double vérification sont retirés") ||
		strings.Contains(after, path+"/factors") {
		t.Error("the page does not say that it is done")
	}
	if has := storetest.Person(t, f.DB, f.School, storetest.Bureau).Factors; has.Any() || has.Second || !has.Password {
		t.Errorf("left: %+v", has)
	}
	want(t, own.Get("/home"), 303, "/signin")
	l := f.Letter(t, bureau.Reference().Address, count)
	if !strings.Contains(l.Text, gerant.Name()) || !strings.Contains(l.Text, "/recover") {
		t.Errorf("the letter says\n%s", l.Text)
	}
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range entries {
		if e.Act == audit.FactorsReset && e.Actor == gerant.ID && e.Target == bureau.ID {
			noted++
		}
	}
	if noted != 1 {
		t.Errorf("the journal says it %d times", noted)
	}
	enters(t, own, storetest.Bureau, before) // the password stays; no role of this policy must have two
}

// ATK-034, ATK-069, ATK-072: a reset by whoever may not, of whom one may not, without a fresh proof, or of another
// version takes nothing away.
func TestATK072ResetsThatAreRefused(t *testing.T) {
	f := open(t)
	b, gerant := manager(t, f)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	teacher := f.Browser(t, f.School.Host())
	enters(t, teacher, storetest.Teacher, before)
	bureau, agent := hasProofs(t, f, f.School, storetest.Bureau), hasProofs(t, f, f.Town, storetest.Agent)
	path, version := pageOf(t, f, storetest.Bureau)+"/factors", fmt.Sprint(bureau.Version)
	bare := storetest.Person(t, f.DB, f.School, storetest.Teacher)
	resets := func(id string, version int64) housetest.Answer {
		return b.Post("/settings/users/"+id+"/factors", "version", fmt.Sprint(version))
	}
	kept := func(name string) {
		t.Helper()
		if !storetest.Person(t, f.DB, f.School, storetest.Bureau).Factors.App ||
			!storetest.Person(t, f.DB, f.Town, storetest.Agent).Factors.App {
			t.Fatalf("%s: the proofs are gone", name)
		}
	}
	for name, c := range map[string]struct {
		a      housetest.Answer
		status int
	}{
		"a teacher":           {teacher.Post(path, "version", version), http.StatusForbidden},
		"nobody":              {f.Browser(t, f.School.Host()).Post(path, "version", version), http.StatusSeeOther},
		"another house":       {resets(agent.ID, agent.Version), http.StatusNotFound},
		"who does not exist":  {resets(strings.Repeat("a", 26), 1), http.StatusNotFound},
		"oneself":             {resets(gerant.ID, gerant.Version), http.StatusForbidden},
		"an older version":    {resets(bureau.ID, bureau.Version-1), http.StatusUnprocessableEntity},
		"no version":          {b.Post(path), http.StatusUnprocessableEntity},
		"nothing to be taken": {resets(bare.ID, bare.Version), http.StatusUnprocessableEntity},
	} {
		if c.a.Status != c.status || strings.Contains(c.a.Body, "⟦") {
			t.Errorf("%s: %d, want %d", name, c.a.Status, c.status)
		}
		kept(name)
	}
	f.Clock.Advance(session.FreshForTeam + time.Second)
	for _, proof := range []string{"", "Tilleul-Faux-31"} {
		a := b.Post(path, "version", version, "current_password", proof)
		if a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) {
			t.Errorf("with the proof %q: %d", proof, a.Status)
		}
		kept("without a fresh proof")
	}
	want(t, b.Post(path, "version", version, "current_password", before), 303, pageOf(t, f, storetest.Bureau))
}

// ATK-034: a manager who has two proofs and has come in with one takes no two from anybody.
func TestATK034OneProofOfAManagerTakesNoTwo(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	bureau := hasProofs(t, f, f.School, storetest.Bureau)
	path := pageOf(t, f, storetest.Bureau)
	hasProofs(t, f, f.School, storetest.Manager) // in another browser: this one has given the password only
	a := b.Post(path+"/factors", "version", fmt.Sprint(bureau.Version))
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "une seule preuve") {
		t.Errorf("with one proof: %d", a.Status)
	}
	if !storetest.Person(t, f.DB, f.School, storetest.Bureau).Factors.App {
		t.Error("the proofs are gone")
	}
}

// The list marks whom the policy asks for a second proof that they do not have, and nobody else.
func TestC4TheListMarksWhoLacksASecondProof(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	if n := strings.Count(b.Get("/settings/users").Body, "sans double vérification"); n != 1 { // the Gérant
		t.Errorf("%d people are marked", n)
	}
	o := nowAt(t, f, f.School)
	for _, role := range o.Roles() {
		o.Policy.Second[role] = organisation.Second{Demand: organisation.Offered}
	}
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.PolicyChanged, Actor: audit.System}
	if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(2 * time.Second)
	if strings.Contains(b.Get("/settings/users").Body, "sans double vérification") {
		t.Error("somebody is marked whom nobody asks")
	}
}

// C4: of whom a second proof is asked is saved, or refused at its field, and the journal says when it is asked less.
func TestC4WhoIsAskedForASecondProof(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	fields := func(change ...string) []string {
		v := url.Values{}
		for i, pairs := 0, append([]string{
			"password_length", "8", "password_upper", "1", "password_lower", "1", "password_digit", "1", "recovery_ask", "both",
			"recovery_send", "temporary-password", "recovery_lifetime", "1440",
			"idle_gerant", "60", "absolute_gerant", "720", "remember_gerant", "0", "idle_complet", "120",
			"absolute_complet", "720", "remember_complet", "30", "idle_moniteur", "120",
			"absolute_moniteur", "720", "remember_moniteur", "30",
			"version", fmt.Sprint(nowAt(t, f, f.School).Version),
		}, change...); i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		var all []string
		for name := range v {
			all = append(all, name, v.Get(name))
		}
		return all
	}
	lastDetail := func() string {
		entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if e := entries[len(entries)-1]; e.Act == audit.PolicyChanged {
			return e.Detail
		}
		return ""
	}
	page := b.Get("/settings/policy").Body
	for _, part := range []string{
		`name="second_gerant"`, `name="second_complet"`, `name="second_moniteur"`, `name="grace"`, `value="14"`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the form lacks %s", part)
		}
	}
	if strings.Contains(page, "suffit pour gérer les autres") || strings.Contains(page, "second_famille") {
		t.Error("a warning of what is not, or a role that the school does not have")
	}
	for field, value := range map[string]string{
		"second_gerant": "always", "second_moniteur": "", "grace": "91", "second_complet": "<script>",
	} {
		a := b.Post("/settings/policy", fields(field, value)...)
		if a.Status != 422 || !strings.Contains(a.Body, `aria-invalid="true"`) ||
			!strings.Contains(a.Body, `href="#`+field+`"`) || strings.Contains(a.Body, "⟦") {
			t.Errorf("%s=%s: %d", field, value, a.Status)
		}
	}
	for _, grace := range []string{"-1", "deux", ""} {
		if a := b.Post("/settings/policy", fields("grace", grace)...); a.Status != 422 {
			t.Errorf("a grace of %q: %d", grace, a.Status)
		}
	}
	was := nowAt(t, f, f.School).Policy
	// A form from before second proofs loosens nothing.
	want(t, b.Post("/settings/policy", fields()...), 303, "/settings/policy")
	for role, s := range was.Second {
		if got := nowAt(t, f, f.School).Policy.SecondFor(role); got != s {
			t.Errorf("a %s is asked %+v, and was %+v", role, got, s)
		}
	}
	asked := fields("second_moniteur", "next-sign-in", "second_complet", "offered", "grace", "7")
	want(t, b.Post("/settings/policy", asked...), 303, "/settings/policy")
	p := nowAt(t, f, f.School).Policy
	week := organisation.Second{Demand: organisation.AtNextSignIn, Grace: 7 * 24 * time.Hour}
	if got := p.SecondFor(account.Moniteur); got != week {
		t.Errorf("a moniteur is asked %+v", got)
	}
	if got := p.SecondFor(account.Gerant); got != week || p.SecondFor(account.Agent) != was.SecondFor(account.Agent) {
		t.Errorf("a gérant is asked %+v", got)
	}
	if d := lastDetail(); d != "second" {
		t.Errorf("the journal says %q", d)
	}
	want(t, b.Post("/settings/policy", fields("second_gerant", "offered", "grace", "7")...), 303, "/settings/policy")
	if d := lastDetail(); d != "second-less" {
		t.Errorf("the journal says %q", d)
	}
	if page := b.Get("/settings/policy").Body; !strings.Contains(page, "suffit pour gérer les autres") {
		t.Error("no warning that a password alone manages others")
	}
	if a := b.Post("/settings/policy", fields("second_gerant", "now", "version", "1")...); a.Status != 422 ||
		nowAt(t, f, f.School).Policy.SecondFor(account.Gerant).Demand != organisation.Offered {
		t.Errorf("an older form: %d", a.Status)
	}
}
