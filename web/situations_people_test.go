package web_test

import (
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/session"
	"loquet/store/storetest"
)

var families = []situation{
	{number: 47, who: "Second parent", what: "Veut son propre accès", walk: secondParent,
		serves: "L’agent l’ajoute au même dossier en `/settings/users/new`\u00a0: un compte, une adresse et un " +
			"mot de passe à soi"},
	{number: 48, who: "Second parent", what: "Séparés\u00a0: l’un ne doit rien voir de l’autre", walk: apart,
		serves: "`/home`, `/account`, `/account/data`, `/account/history`\u00a0: rien du second adulte du dossier",
		reason: "Les factures et le planning, par enfant, sont l’affaire du logiciel métier."},
	{number: 49, who: "Second parent", what: "L’ex-conjoint connaît le mot de passe commun", walk: exPartner,
		serves: "Un nouveau mot de passe en `/account/password` ferme toutes les autres connexions\u00a0; " +
			"l’autre adulte reçoit son propre compte"},
	{number: 50, who: "Parent", what: "Un enfant rattaché par erreur", out: business,
		reason: "les enfants sont dans le logiciel métier\u00a0; le portail ne connaît que des adultes et le " +
			"numéro de leur dossier."},
	{number: 51, who: "Parent", what: "Plusieurs comptes (fratrie, deux écoles)", walk: severalAccounts,
		serves: "`/identifier` les nomme tous\u00a0; `/recover` envoie une lettre pour chacun, qui le nomme",
		reason: "Réunir deux comptes en un seul viendra avec la reprise des fichiers."},
}

var team = []situation{
	{number: 52, who: "Gérant", what: "A tout perdu", walk: lostEverything,
		serves: "Un dossier en `/desk/new`\u00a0; le code du portable enregistré en " +
			"`/desk/{slug}/{case}/check`, une nouvelle adresse proposée, un second opérateur en " +
			"`/desk/{slug}/{case}/second`, sa confirmation, deux jours, puis `/recover`"},
	{number: 53, who: "Gérant", what: "Le Gérant est parti, est mort, a vendu", walk: succession,
		serves: "Des papiers vus par deux opérateurs en `/desk/{slug}/{case}/check`, un nouveau Gérant proposé " +
			"en `/desk/{slug}/{case}/propose`, sept jours où l’ancien, prévenu partout, peut s’y opposer"},
	{number: 54, who: "Gérant", what: "Seul administrateur, il se retire ou se supprime", walk: lastOfThem,
		serves: "Refusé\u00a0: en `/settings/users/{id}/stop`, en `/settings/users/{id}/delete` et au " +
			"changement de type, un Gérant reste toujours"},
	{number: 55, who: "Moniteur", what: "Quitte l’auto-école", walk: leaves,
		serves: "«\u00a0Désactiver\u00a0» `/settings/users/{id}/stop`, tout de suite ou après un dernier " +
			"jour\u00a0: connexions fermées, historique gardé, identifiant jamais redonné"},
	{number: 56, who: "Complet", what: "En congé\u00a0: la remplaçante prend son compte", walk: replacement,
		serves: "Un compte à elle en `/settings/users/new`, avec un dernier jour en " +
			"`/settings/users/{id}/stop`\u00a0; `/settings/journal` dit qui a fait quoi"},
	{number: 57, who: "Complet, Moniteur", what: "Un ordinateur pour tout le bureau", walk: sharedMachine,
		serves: "«\u00a0Changer d’utilisateur\u00a0» `/signout`\u00a0: le nom est en haut de chaque page, et " +
			"`/signin` demande «\u00a0À qui le tour\u00a0?\u00a0»"},
	{number: 58, who: "Moniteur", what: "Tablette perdue ou volée", walk: tabletStolen,
		serves: "«\u00a0Déconnecter cet appareil\u00a0», par la personne en `/account/devices` ou par le Gérant " +
			"en `/settings/users/{id}/sessions`"},
	{number: 59, who: "Gérant", what: "Plusieurs bureaux", walk: severalOffices,
		serves: "Les bureaux en `/settings/offices`, autant qu’on veut par personne en `/settings/users/{id}`, " +
			"et le filtre de `/settings/users`",
		reason: "Un administrateur d’un seul bureau\u00a0: plus tard."},
	{number: 60, who: "Moniteur", what: "A besoin d’un droit de plus", out: business,
		reason: "les trois types d’origine restent\u00a0; ce que chacun peut faire dans le logiciel s’y règle, " +
			"à partir du type et des bureaux que la porte lui donne."},
	{number: 61, who: "Gérant", what: "Le compte d’application d’un élève", out: business,
		reason: "les élèves n’entrent pas par cette porte\u00a0; leur application a ses propres comptes."},
}

func secondParent(t *testing.T, f *housetest.Fixture) {
	const mailbox = "paule.martin@laposte.example"
	agent := inside(t, f, storetest.Agent)
	claires := inside(t, f, storetest.Active)
	l := next(t, f, mailbox, func() {
		adds(t, f, agent, f.Town, "identifier", "38195", "given_name", "Paule", "name", "Martin", "role", "famille",
			"household", "D-19", "email", mailbox, "send", "1")
	})
	b := f.Browser(t, town)
	comesBack(t, b, "38195", l)
	reads(t, b.Get("/home"), 200, "Paule Martin")
	reads(t, claires.Get("/home"), 200, "Claire Martin") // nobody was thrown out
	if a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", chosen); a.Status != 422 {
		t.Errorf("one adult's password opens the other's account: %d", a.Status)
	}
}

func apart(t *testing.T, f *housetest.Fixture) {
	for _, who := range []account.Account{
		{Identifier: "38196", GivenName: "Maud", FamilyName: "Perrin", Household: "D-20", Mobile: "+33611223344"},
		{Identifier: "38197", GivenName: "Yvan", FamilyName: "Colas", Household: "D-20"},
	} {
		who.Role = account.Famille
		person(t, f, f.Town, who, strings.ToLower(who.GivenName)+"@free.example")
	}
	isIn(t, f, town, "38196")
	b := isIn(t, f, town, "38197")
	for _, a := range []housetest.Answer{
		b.Get("/home"), b.Get("/account"), b.Get("/account/devices"), b.Get("/account/history"), b.Post("/account/data"),
		b.Get("/settings/users?q=perrin"), b.Get(about(t, f, f.Town, "38196")),
	} {
		silent(t, a, "Maud", "Perrin", "38196", "maud@free.example", "11 22 33 44", "611223344")
	}
	if a := b.Post("/account/data"); !strings.Contains(a.Body, "yvan@free.example") {
		t.Errorf("one's own data are not there: %d", a.Status)
	}
	reads(t, b.Get("/settings/users"), 403)
}

func exPartner(t *testing.T, f *housetest.Fixture) {
	const his = "paul.durand@free.example"
	own, ex := inside(t, f, storetest.Mother), isIn(t, f, town, storetest.Mother)
	a := own.Post("/account/password", "current_password", before, "new_password", chosen, "confirm_password", chosen)
	want(t, a, 303, "/account")
	want(t, ex.Get("/home"), 303, "/signin")
	refused(t, ex, storetest.Mother, before)
	want(t, own.Get("/home"), 200, "")
	agent := inside(t, f, storetest.Agent)
	l := next(t, f, his, func() {
		adds(t, f, agent, f.Town, "identifier", "38198", "given_name", "Paul", "name", "Durand", "role", "famille", "household", "D-17",
			"email", his, "send", "1")
	})
	comesBack(t, ex, "38198", l)
}

func severalAccounts(t *testing.T, f *housetest.Fixture) {
	const mailbox = "lina.roche@free.example"
	family(t, f, "41001", "Lina", "Roche", mailbox)
	family(t, f, "52002", "Lina", "Roche", mailbox)
	b := f.Browser(t, town)
	l := next(t, f, mailbox, func() { want(t, b.Post("/identifier", "email", mailbox), 303, "/identifier/sent") })
	if !strings.Contains(l.Text, "41001") || !strings.Contains(l.Text, "52002") {
		t.Errorf("the letter does not name both:\n%s", l.Text)
	}
	want(t, b.Post("/recover", "email", mailbox), 303, "/recover/sent")
	f.Quiet(t)
	opened := map[string]bool{}
	for _, l := range f.Catcher.Letters(2) {
		for _, identifier := range []string{"41001", "52002"} {
			if strings.Contains(l.Text, identifier) {
				starts(t, f.Browser(t, town), identifier, housetest.Secret(t, l))
				opened[identifier] = true
			}
		}
	}
	if len(opened) != 2 {
		t.Errorf("opened are %v", opened)
	}
}

func lastOfThem(t *testing.T, f *housetest.Fixture) {
	b, self := manager(t, f)
	path := "/settings/users/" + self.ID
	reads(t, b.Get(path), 200, "C’est vous")
	for name, a := range map[string]housetest.Answer{
		"stopped":  b.Post(path+"/stop", "when", "now"),
		"deleted":  b.Post(path+"/delete", "identifier", storetest.Manager),
		"demoted":  b.Post(path, "version", num(self.Version), "given_name", "Sylvie", "name", "Payet", "role", "moniteur"),
		"will end": b.Post(path+"/stop", "when", "day", "day", "31/12/2099"),
	} {
		if a.Status != 403 && a.Status != 422 {
			t.Errorf("%s: %d %q", name, a.Status, a.Location)
		}
	}
	// Two may remove each other; the one who is left stays.
	person(t, f, f.School, account.Account{Identifier: "AUTOECOLE.GERANT2", GivenName: "Ravi", FamilyName: "Sinama", Role: account.Gerant})
	second := isIn(t, f, school, "AUTOECOLE.GERANT2")
	want(t, second.Post(path+"/stop", "when", "now"), 303, path)
	want(t, b.Get("/settings/users"), 303, "/signin?next=%2Fsettings%2Fusers")
	own := about(t, f, f.School, "AUTOECOLE.GERANT2")
	if a := second.Post(own+"/stop", "when", "now"); a.Status != 403 && a.Status != 422 {
		t.Errorf("the last one was stopped: %d", a.Status)
	}
	want(t, second.Get("/settings/users"), 200, "")
}

func leaves(t *testing.T, f *housetest.Fixture) {
	b, _ := manager(t, f)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	own, path := isIn(t, f, school, storetest.Teacher), about(t, f, f.School, storetest.Teacher)
	want(t, b.Post(path+"/stop", "when", "now"), 303, path)
	want(t, own.Get("/home"), 303, "/signin")
	reads(t, own.Post("/signin", "identifier", storetest.Teacher, "password", before), 422, "fermé pour l’instant")
	if now := storetest.Person(t, f.DB, f.School, storetest.Teacher); now.State != account.Disabled {
		t.Errorf("the account is %s", now.State)
	}
	reads(t, b.Get("/settings/journal?person="+storetest.Teacher), 200, "Lucie Grondin")
	a := b.Post("/settings/users/new", "identifier", storetest.Teacher, "given_name", "Autre", "role", "moniteur")
	reads(t, a, 422, "déjà donné, l’a été")

	bureau := about(t, f, f.School, storetest.Bureau)
	knowsAt(t, f, f.School, storetest.Bureau, before)
	last := f.Clock.Now().In(f.School.Location()).AddDate(0, 0, 2)
	want(t, b.Post(bureau+"/stop", "when", "day", "day", last.Format("02/01/2006")), 303, bureau)
	isIn(t, f, school, storetest.Bureau)
	f.Clock.Advance(3 * 24 * time.Hour)
	a = f.Browser(t, school).Post("/signin", "identifier", storetest.Bureau, "password", before)
	reads(t, a, 422, "fermé pour l’instant")
}

func replacement(t *testing.T, f *housetest.Fixture) {
	const mailbox = "alice.hoareau@free.example"
	b, _ := manager(t, f)
	var path string
	l := next(t, f, mailbox, func() {
		_, path = adds(t, f, b, f.School, "identifier", "AUTOECOLE.REMPLACE", "given_name", "Alice", "name", "Hoareau", "role", "complet",
			"email", mailbox, "send", "1")
	})
	last := f.Clock.Now().In(f.School.Location()).AddDate(0, 0, 14)
	want(t, b.Post(path+"/stop", "when", "day", "day", last.Format("02/01/2006")), 303, path)
	own := f.Browser(t, school)
	comesBack(t, own, "AUTOECOLE.REMPLACE", l)
	a := b.Get("/settings/journal?person=AUTOECOLE.REMPLACE")
	reads(t, a, 200, "Alice Hoareau")
	silent(t, a, "Karim Hoarau")
	f.Clock.Advance(15 * 24 * time.Hour)
	want(t, own.Get("/home"), 303, "/signin")
	reads(t, own.Post("/signin", "identifier", "AUTOECOLE.REMPLACE", "password", chosen), 422, "fermé pour l’instant")
}

func sharedMachine(t *testing.T, f *housetest.Fixture) {
	knowsAt(t, f, f.School, storetest.Bureau, before)
	knowsAt(t, f, f.School, storetest.Teacher, before)
	b := f.Browser(t, school)
	reads(t, b.Get("/signin"), 200, "Il est conseillé de ne pas cocher cette case")
	enters(t, b, storetest.Bureau, before)
	for _, path := range []string{"/home", "/account", "/help"} {
		reads(t, b.Get(path), 200, "Karim Hoarau", "Changer d’utilisateur")
	}
	want(t, b.Post("/signout", "switch", "1"), 303, "/signin")
	a := b.Get("/signin")
	reads(t, a, 200, "Karim Hoarau est déconnecté(e). À qui le tour ?")
	if strings.Contains(a.Body, `value="`+storetest.Bureau) || !strings.Contains(a.Body, `autocomplete="off"`) {
		t.Error("the page offers the name of whoever has left")
	}
	enters(t, b, storetest.Teacher, before)
	reads(t, b.Get("/home"), 200, "Lucie Grondin")
}

func tabletStolen(t *testing.T, f *housetest.Fixture) {
	knowsAt(t, f, f.School, storetest.Teacher, before)
	b, path := f.Browser(t, school), about(t, f, f.School, storetest.Teacher)
	steals := func() (*housetest.Browser, string) {
		tablet := f.Browser(t, school)
		want(t, tablet.Post("/signin", "identifier", storetest.Teacher, "password", before, "remember", "1"), 303, "/home")
		return tablet, session.IDOf(tablet.Cookie("loquet"))
	}
	enters(t, b, storetest.Teacher, before)
	tablet, id := steals()
	want(t, b.Post("/account/devices", "session", id), 303, "/account/devices")
	want(t, tablet.Get("/home"), 303, "/signin")
	want(t, b.Get("/home"), 200, "")

	tablet, id = steals()
	gerant, _ := manager(t, f)
	if a := gerant.Get(path); !strings.Contains(a.Body, id) {
		t.Error("the Gérant does not see the tablet")
	}
	want(t, gerant.Post(path+"/sessions", "session", id), 303, path)
	want(t, tablet.Get("/home"), 303, "/signin")
	want(t, b.Get("/home"), 200, "")
}

func severalOffices(t *testing.T, f *housetest.Fixture) {
	b, _ := manager(t, f)
	for _, office := range []string{"Lac", "Gare", "Plage"} {
		a := b.Post("/settings/offices", "do", "add", "office", office, "version", num(nowAt(t, f, f.School).Version))
		want(t, a, 303, "/settings/offices")
	}
	who, path := storetest.Person(t, f.DB, f.School, storetest.Teacher), about(t, f, f.School, storetest.Teacher)
	form := "version=" + num(who.Version) + "&given_name=Lucie&name=Grondin&role=moniteur&offices=Gare&offices=Plage"
	want(t, b.PostBody(path, "application/x-www-form-urlencoded", form), 303, path)
	reads(t, b.Get("/settings/users?office=Plage"), 200, "Lucie Grondin")
	a := b.Get("/settings/users?office=Lac")
	reads(t, a, 200, "Karim Hoarau")
	silent(t, a, "Lucie Grondin")
}
