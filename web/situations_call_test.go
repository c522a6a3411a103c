package web_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/profile"
	"loquet/store/storetest"
)

// Aline runs a school with a mobile on record since a year, which she has confirmed.
const (
	aline      = "LAC.PATRONNE"
	alines     = "aline.robert@orange.example"
	registered = "+33612121212"
)

func patronne(t *testing.T, f *housetest.Fixture) account.Account {
	t.Helper()
	return person(t, f, f.School, account.Account{
		Identifier: aline, GivenName: "Aline", FamilyName: "Robert", Role: account.Gerant, Mobile: registered, MobileProven: true,
		MobileSince: f.Clock.Now().Add(-365 * 24 * time.Hour),
	}, alines)
}

var (
	sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)
	deedID    = regexp.MustCompile(`name="deed" value="([^"]+)"`)
	namedID   = regexp.MustCompile(`name="account" value="([^"]+)"`)
)

// code gives what the registered mobile reads.
func code(t *testing.T, f *housetest.Fixture) string {
	t.Helper()
	f.Quiet(t)
	texts := f.Texts.Texts(99)
	i := slices.IndexFunc(texts, texted(registered))
	if i < 0 || !strings.Contains(texts[i].Body, "opérateur que VOUS avez appelé") {
		t.Fatalf("no code, or it does not say for whom: %+v", texts)
	}
	return sixDigits.FindString(texts[i].Body)
}

// opens opens a case for the school as a caller tells it, finds the person by what they say, and gives its path.
func opens(t *testing.T, b *housetest.Browser, reason, caller string) string {
	t.Helper()
	want(t, b.Get("/desk/new?q=lac"), 200, "")
	a := b.Post("/desk/new", "organisation", "autoecole", "reason", reason, "said", "Elle a tout perdu.", "caller", caller)
	path := a.Location
	want(t, a, 303, path)
	found := b.Post(path+"/find", "q", "Aline Robert")
	m := namedID.FindStringSubmatch(found.Body)
	if found.Status != 200 || m == nil {
		t.Fatalf("nobody is found: %d\n%s", found.Status, said(found))
	}
	want(t, b.Post(path+"/name", "account", m[1]), 303, path)
	return path
}

// checks has the caller read the code of the registered mobile.
func checks(t *testing.T, f *housetest.Fixture, b *housetest.Browser, path string) {
	t.Helper()
	want(t, b.Post(path+"/check", "do", "give-code", "code", readCode(t, f, b, path)), 303, path)
	reads(t, b.Get(path), 200, "vérifié par code")
}

// seconds allows what another operator has proposed.
func seconds(t *testing.T, b *housetest.Browser, path string) {
	t.Helper()
	want(t, b.Post(path+"/second", "deed", deedOf(t, b.Get(path))), 303, path)
}

// lastTo gives the last letter to a mailbox that has a word.
func lastTo(t *testing.T, f *housetest.Fixture, mailbox, word string) courier.Caught {
	t.Helper()
	f.Quiet(t)
	for _, l := range f.Catcher.Letters(courier.Kept) {
		if l.To == mailbox && strings.Contains(l.Text, word) {
			return l
		}
	}
	t.Fatalf("no letter to %s has %q", mailbox, word)
	return courier.Caught{}
}

// papers is the form of papers that are enough.
const papers = "do=note-papers&papers=identity&papers=kbis&papers=transfer&siret=732+829+320+00074&note=Courrier+12"

func managersIdentifier(t *testing.T, f *housetest.Fixture) {
	one, _, _ := atDesk(t, f)
	b := f.Browser(t, school)
	l := next(t, f, alines, func() { want(t, b.Post("/identifier", "email", alines), 303, "/identifier/sent") })
	if !strings.Contains(l.Text, aline) {
		t.Errorf("the letter does not name the identifier:\n%s", l.Text)
	}
	path := opens(t, one, "identifier", "")
	checks(t, f, one, path)
	silent(t, one.Get(path), aline)
	want(t, one.Post(path+"/propose", "act", "tell-identifier"), 303, path)
	reads(t, one.Get(path), 200, "« Votre identifiant est "+aline)
	enters(t, b, strings.ToLower(aline), before)
}

// lostEverything leads a Gérante who has nothing left but her telephone back in: two operators, the confirmation of
// the new address, and the cooling-off.
func lostEverything(t *testing.T, f *housetest.Fixture) {
	const mailbox = "aline@neuf.example"
	one, two, _ := atDesk(t, f)
	path := opens(t, one, "mailbox", registered)
	checks(t, f, one, path)
	want(t, one.Post(path+"/propose", "act", "replace-address", "address", mailbox), 303, path)
	reads(t, two.Get("/desk"), 200, "À valider par un second opérateur", "Auto-école du Lac")
	seconds(t, two, path)
	if l := lastTo(t, f, alines, "OPERATEUR."); strings.Contains(l.Text, mailbox) {
		t.Errorf("the address on file reads the new one:\n%s", l.Text)
	}
	b := f.Browser(t, school)
	presses(t, b, changeLink(t, lastTo(t, f, mailbox, "/confirm/").Text, "confirm"), 200, "ne sert pas encore")
	f.Clock.Advance(profile.CoolingOff)
	f.Turn(t.Context())
	l := next(t, f, mailbox, func() {
		want(t, b.Post("/recover", "identifier", aline, "email", mailbox), 303, "/recover/sent")
	})
	comesBack(t, b, aline, l)
	reads(t, b.Get("/settings/journal"), 200, "OPERATEUR.UN", "OPERATEUR.DEUX")
}

// succession names a new Gérant on papers that two operators have seen, after a week in which the one before is told.
func succession(t *testing.T, f *housetest.Fixture) {
	const mailbox = "leo@lac.example"
	one, two, _ := atDesk(t, f)
	path := opens(t, one, "sold", "")
	want(t, one.PostBody(path+"/check", form, papers), 303, path)
	reads(t, one.Post(path+"/check", "do", "second-papers"), 422, "C’est à un autre opérateur")
	want(t, two.Post(path+"/check", "do", "second-papers"), 303, path)
	want(t, one.Post(path+"/propose", "act", "name-manager", "identifier", "LAC.LEO", "given_name", "Léo", "family_name", "Payet",
		"address", mailbox), 303, path)
	seconds(t, two, path)
	reads(t, two.Get(path), 200, "La personne peut l’arrêter")
	lastTo(t, f, alines, "/stop/")
	f.Clock.Advance(7*24*time.Hour - time.Minute)
	f.Turn(t.Context())
	own := isIn(t, f, school, aline)
	if posted(f, mailbox, "") > 0 {
		t.Error("the new one is invited before the week is over")
	}
	f.Clock.Advance(2 * time.Minute)
	f.Turn(t.Context())
	comesBack(t, f.Browser(t, school), "LAC.LEO", lastTo(t, f, mailbox, "LAC.LEO"))
	want(t, own.Get("/home"), 303, "/signin")
	reads(t, own.Post("/signin", "identifier", aline, "password", before), 422, "fermé pour l’instant")
}

// impostor calls from a number that looks like hers, and knows her name: nothing opens, and she stops what a deceived
// pair of operators began.
func impostor(t *testing.T, f *housetest.Fixture) {
	const thief = "imposteur@free.example"
	one, two, _ := atDesk(t, f)
	path := opens(t, one, "mailbox", registered)
	reads(t, one.Get(path), 200, "Le numéro affiché peut être imité")
	for _, act := range []string{"tell-identifier", "send-access", "replace-address", "reset-factors", "name-manager"} {
		a := one.Post(path+"/propose", "act", act, "address", thief)
		reads(t, a, 422, "Cette vérification ne le permet pas")
	}
	code := readCode(t, f, one, path)
	reads(t, one.Post(path+"/check", "do", "give-code", "code", other(code)), 422, "Ce n’est pas le bon code")
	want(t, one.PostBody(path+"/check", form, papers), 303, path) // forged ones, which deceive both
	want(t, two.Post(path+"/check", "do", "second-papers"), 303, path)
	want(t, one.Post(path+"/propose", "act", "replace-address", "address", thief), 303, path)
	reads(t, one.Post(path+"/second", "deed", deedOf(t, one.Get(path))), 422, "C’est à un autre opérateur")
	seconds(t, two, path)
	owner, stop := f.Browser(t, school), changeLink(t, lastTo(t, f, alines, "/stop/").Text, "stop")
	presses(t, owner, stop, 200, "C’est arrêté")
	f.Clock.Advance(30 * 24 * time.Hour)
	f.Turn(t.Context())
	f.Quiet(t)
	now := storetest.Person(t, f.DB, f.School, aline)
	if posted(f, thief, "") > 0 || len(now.Emails) != 1 || now.Reference().Address != alines {
		t.Errorf("%v are in force", now.Emails)
	}
}

// assistance shows an operator where a person stands, once they were checked, and nothing of what they can read; the
// organisation reads who looked.
func assistance(t *testing.T, f *housetest.Fixture) {
	one, _, _ := atDesk(t, f)
	secret := housetest.Secret(t, next(t, f, alines, func() {
		want(t, f.Browser(t, school).Post("/recover", "identifier", aline, "email", alines), 303, "/recover/sent")
	}))
	path := opens(t, one, "no-letter", "")
	reads(t, one.Get(path), 200, "Se montre une fois l’appelant vérifié")
	checks(t, f, one, path)
	a := one.Get(path)
	reads(t, a, 200, "De quoi entrer a été demandé", "…@orange.example")
	if strings.Contains(a.Body, secret) || strings.Contains(a.Body, alines) || strings.Contains(a.Body, registered) {
		t.Error("the operator reads more than the case needs")
	}
	for _, route := range []string{"/home", "/account", "/settings/users"} { // the school's own, with the operator's cookie
		b := f.Browser(t, school)
		b.SetCookie("loquet", one.Cookie("loquet"))
		if a := b.Get(route); !signedOut(a) {
			t.Errorf("%s opens to an operator: %d %q", route, a.Status, a.Location)
		}
	}
	reads(t, isIn(t, f, school, aline).Get("/settings/journal"), 200, "Assistance (OPERATEUR.UN)")
}
