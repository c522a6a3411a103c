package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/profile"
	"loquet/store/storetest"
)

var identifiers = []situation{
	{number: 31, who: "Parent", what: "Identifiant (numéro) oublié", walk: numberForgotten,
		serves: "`/signin` prend aussi l’adresse e-mail\u00a0; «\u00a0Je ne connais pas mon identifiant\u00a0» " +
			"`/identifier` l’envoie"},
	{number: 32, who: "Parent", what: "Écrit son adresse ou son portable là où un numéro est demandé", walk: anyNameOpens,
		serves: "`/signin`\u00a0: un seul champ pour l’identifiant, l’adresse e-mail et le portable, de quelque " +
			"façon qu’il soit écrit"},
	{number: 33, who: "Parent", what: "A perdu l’identifiant et le mot de passe", walk: bothLost,
		serves: "`/recover` avec la seule adresse\u00a0: la lettre donne les deux"},
	{number: 34, who: "Complet, Moniteur", what: "Identifiant perdu", walk: teachersIdentifier,
		serves: "Seul, par `/identifier`\u00a0; ou par le Gérant, qui le lit en `/settings/users` (4-1-1) et " +
			"envoie l’accès par `/settings/users/{id}/access`"},
	{number: 35, who: "Gérant", what: "Identifiant perdu", walk: managersIdentifier,
		serves: "Seul, par `/identifier`\u00a0; sinon l’assistance, qui appelle le portable enregistré, vérifie " +
			"le code en `/desk/{slug}/{case}/check` et le dit"},
	{number: 36, who: "Tous", what: "Deux personnes, le même identifiant", walk: oneIdentifierEach,
		serves: "Refusé en `/settings/users/new`, quelle que soit l’écriture\u00a0; une adresse partagée donne " +
			"par `/recover` une lettre par personne"},
	{number: 37, who: "Parent", what: "L’identifiant ne peut pas être changé", walk: otherNamesChange,
		serves: "On entre en `/signin` par l’adresse, qui se change en `/account/email`",
		reason: "L’identifiant lui-même ne change pas, et n’est jamais donné à un autre\u00a0: il est sur les " +
			"courriers (`/settings/users/{id}` le dit)."},
}

var addresses = []situation{
	{number: 38, who: "Parent", what: "Adresse d’un ancien fournisseur, morte", walk: deadMailbox,
		serves: "Au retour d’un courriel, `/home` le dit à la personne, qui en donne une autre en `/account/email`"},
	{number: 39, who: "Parent", what: "Adresse mal écrite à l’inscription", walk: mistypedAddress,
		serves: "«\u00a0Pas encore confirmée\u00a0» en `/settings/users`\u00a0; l’agent la corrige en " +
			"`/settings/users/{id}`, et l’accès part à la bonne"},
	{number: 40, who: "Parent", what: "Change d’adresse, ne confirme jamais la nouvelle", walk: neverConfirmed,
		serves: "`/account/email`\u00a0: l’ancienne reste en vigueur, est prévenue, et peut tout arrêter par " +
			"`/stop/{token}`"},
	{number: 41, who: "Parent", what: "N’a pas d’adresse e-mail", walk: noMailbox,
		serves: "Le champ reste vide en `/settings/users/new`\u00a0; le bulletin imprimé en " +
			"`/settings/users/{id}/slip` ouvre par `/enter`, la première fois comme les suivantes"},
	{number: 42, who: "Parents", what: "Une seule boîte pour le couple", walk: oneMailboxForTwo,
		serves: "`/recover` et `/identifier`\u00a0: chacun garde son compte, sa lettre et son secret"},
	{number: 43, who: "Parent", what: "Boîte e-mail piratée", walk: mailboxHacked,
		serves: "Un changement de mot de passe est annoncé à chaque adresse confirmée\u00a0; `/account/history` " +
			"et `/account/devices` montrent qui est entré"},
	{number: 44, who: "Parent", what: "Portable changé", walk: mobileChanged,
		serves: "`/account/mobile`, confirmé au nouveau numéro par `/confirm/{token}`, annoncé à l’adresse e-mail"},
	{number: 45, who: "Gérant", what: "Adresse de référence du Gérant perdue", walk: managersMailbox,
		serves: "Un second Gérant la change en `/settings/users/{id}`\u00a0; elle sert après deux jours, et " +
			"l’ancienne peut s’y opposer",
		reason: "Sans second Gérant\u00a0: l’assistance (n° 52)."},
	{number: 46, who: "Complet, Moniteur", what: "Adresse de référence perdue", walk: teachersMailbox,
		serves: "Le Gérant la change par «\u00a0modifier\u00a0» en `/settings/users/{id}`, ou la personne " +
			"elle-même en `/account/email`\u00a0; la nouvelle se confirme"},
}

func numberForgotten(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Active, before)
	enters(t, f.Browser(t, town), claire, before)
	b := f.Browser(t, town)
	l := next(t, f, claire, func() { want(t, b.Post("/identifier", "email", claire), 303, "/identifier/sent") })
	if !strings.Contains(l.Text, storetest.Active) {
		t.Errorf("the letter does not name the identifier:\n%s", l.Text)
	}
}

func anyNameOpens(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Active, before)
	for _, typed := range []string{
		storetest.Active, " 38 162 ", claire, "Claire.Martin@Orange.Example", "06 12 34 56 78", "06.12.34.56.78", "+33 (0)6 12 34 56 78",
	} {
		enters(t, f.Browser(t, town), typed, before)
	}
	refused(t, f.Browser(t, town), "06 12 34 56 79", before)
}

func bothLost(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	l := next(t, f, claire, func() { want(t, b.Post("/recover", "email", claire), 303, "/recover/sent") })
	if !strings.Contains(l.Text, storetest.Active) {
		t.Errorf("the letter does not name the identifier:\n%s", l.Text)
	}
	comesBack(t, b, storetest.Active, l)
}

func teachersIdentifier(t *testing.T, f *housetest.Fixture) {
	const mailbox = "lucie.grondin@free.example"
	b := f.Browser(t, school)
	l := next(t, f, mailbox, func() { want(t, b.Post("/identifier", "email", mailbox), 303, "/identifier/sent") })
	if !strings.Contains(l.Text, storetest.Teacher) {
		t.Errorf("the letter does not name the identifier:\n%s", l.Text)
	}
	gerant, _ := manager(t, f)
	reads(t, gerant.Get("/settings"), 200, "4-1-1")
	reads(t, gerant.Get("/settings/users"), 200, storetest.Teacher, storetest.Bureau)
	path := about(t, f, f.School, storetest.Teacher)
	l = next(t, f, mailbox, func() { want(t, gerant.Post(path+"/access"), 303, path) })
	if !strings.Contains(l.Text, storetest.Teacher) {
		t.Errorf("the letter with the way in does not name the identifier:\n%s", l.Text)
	}
	comesBack(t, b, storetest.Teacher, l)
}

func oneIdentifierEach(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	for _, taken := range []string{storetest.Active, " 38 162", "agent.enfance", "Agent", storetest.Disabled} {
		a := agent.Post("/settings/users/new", "identifier", taken, "given_name", "Zoé", "role", "famille")
		reads(t, a, 422, "déjà donné")
	}
	b := f.Browser(t, town)
	want(t, b.Post("/recover", "email", storetest.Household), 303, "/recover/sent")
	f.Quiet(t)
	letters := f.Catcher.Letters(9)
	if len(letters) != 2 || !slices.ContainsFunc(letters, containing("Anne Durand")) ||
		!slices.ContainsFunc(letters, containing("Paul Durand")) {
		t.Errorf("%d letters, want one for each adult, by name", len(letters))
	}
}

func otherNamesChange(t *testing.T, f *housetest.Fixture) {
	agent, path := inside(t, f, storetest.Agent), about(t, f, f.Town, storetest.Active)
	reads(t, agent.Get(path), 200, "Un identifiant ne change pas")
	who := storetest.Person(t, f.DB, f.Town, storetest.Active)
	want(t, modifies(t, agent, path, who, "identifier", "99999"), 303, path)
	refused(t, f.Browser(t, town), "99999", before)
	b := inside(t, f, storetest.Active)
	confirm, _ := moves(t, f, b, claire, fresh)
	presses(t, b, confirm, 200, "C’est confirmé")
	enters(t, f.Browser(t, town), fresh, before)
	enters(t, f.Browser(t, town), storetest.Active, before)
	refused(t, f.Browser(t, town), claire, before)
}

func deadMailbox(t *testing.T, f *housetest.Fixture) {
	const dead, alive = "jeanne.brun@" + gone, "jeanne.brun@free.example"
	family(t, f, "38191", "Jeanne", "Brun", dead)
	b := isIn(t, f, town, "38191")
	silent(t, b.Get("/home"), "Vos courriels reviennent")
	want(t, f.Browser(t, town).Post("/recover", "identifier", "38191"), 303, "/recover/sent")
	f.Quiet(t)
	b = isIn(t, f, town, "38191")
	a := b.Get("/home")
	reads(t, a, 200, "Vos courriels reviennent : donnez une autre adresse")
	if !strings.Contains(a.Body, `href="/account/email"`) {
		t.Error("home does not lead to the cure")
	}
	reads(t, b.Get("/account/email"), 200, "est revenu")
	l := next(t, f, alive, func() { want(t, b.Post("/account/email", "email", alive), 303, "/account/email") })
	presses(t, b, changeLink(t, l.Text, "confirm"), 200, "C’est confirmé")
	silent(t, b.Get("/home"), "Vos courriels reviennent")
	starts(t, b, "38191", asks(t, f, b, "38191", alive))
}

func mistypedAddress(t *testing.T, f *housetest.Fixture) {
	const wrong, right = "zoe.noel@gmial.example", "zoe.noel@gmail.example"
	agent := inside(t, f, storetest.Agent)
	who, path := adds(t, f, agent, f.Town, "identifier", "38192", "given_name", "Zoé", "name", "Noël", "role", "famille",
		"email", wrong, "send", "1")
	reads(t, agent.Get("/settings/users?q=38192"), 200, wrong, "pas encore confirmée")
	l := next(t, f, right, func() { want(t, modifies(t, agent, path, who, "email", right), 303, path) })
	presses(t, f.Browser(t, town), changeLink(t, l.Text, "confirm"), 200, "C’est confirmé")
	l = next(t, f, right, func() { want(t, agent.Post(path+"/access"), 303, path) })
	comesBack(t, f.Browser(t, town), "38192", l)
	if r := reference(t, f, "38192"); r != (account.Email{Address: right, Proven: true}) {
		t.Errorf("%v is in force", r)
	}
}

func neverConfirmed(t *testing.T, f *housetest.Fixture) {
	b := inside(t, f, storetest.Active)
	confirm, _ := moves(t, f, b, claire, fresh)
	f.Quiet(t)
	reads(t, b.Get("/account/email"), 200, "pas encore confirmée", claire)
	f.Clock.Advance(profile.ConfirmWithin)
	f.Turn(t.Context())
	presses(t, f.Browser(t, town), confirm, 422, "temps est passé")
	b = isIn(t, f, town, storetest.Active)
	confirm, stop := moves(t, f, b, claire, fresh)
	want(t, f.Browser(t, town).Get(stop), 200, "")
	presses(t, f.Browser(t, town), stop, 200, "Le changement est arrêté")
	presses(t, b, confirm, 422, "annulé")
	if l := letter(t, f, f.Browser(t, town), storetest.Active, claire); l.To != claire {
		t.Errorf("recovery writes to %s", l.To)
	}
}

func noMailbox(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	_, path := adds(t, f, agent, f.Town, "identifier", "38193", "given_name", "Jean", "name", "Roux", "role", "famille", "send", "1")
	reads(t, agent.Get(path), 200, "Aucun courriel n’est parti", "aucune adresse")
	reads(t, agent.Post(path+"/access"), 422, "n’a pas d’adresse")
	for _, password := range []string{chosen, chosen + "2"} {
		b := f.Browser(t, town)
		code, _ := prints(t, f, agent, "38193")
		want(t, b.Post("/enter", "code", code), 303, "/renew")
		renews(t, b, password)
		enters(t, b, "38193", password)
		reads(t, b.Get("/home"), 200, "Jean Roux")
		f.Clock.Advance(time.Minute)
	}
}

func oneMailboxForTwo(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Father, before)
	b := f.Browser(t, town)
	recovers(t, f, b, storetest.Mother, storetest.Household, chosen)
	enters(t, b, storetest.Mother, chosen)
	enters(t, f.Browser(t, town), storetest.Father, before)
	l := next(t, f, storetest.Household, func() {
		want(t, b.Post("/identifier", "email", storetest.Household), 303, "/identifier/sent")
	})
	if !strings.Contains(l.Text, storetest.Mother) || !strings.Contains(l.Text, storetest.Father) {
		t.Errorf("the letter does not list both:\n%s", l.Text)
	}
}

func mailboxHacked(t *testing.T, f *housetest.Fixture) {
	const hacked, safe = "rose.blin@" + "orange.example", "rose.blin@travail.example"
	family(t, f, "38194", "Rose", "Blin", hacked, safe)
	own, thief := isIn(t, f, town, "38194"), f.Browser(t, town)
	starts(t, thief, "38194", asks(t, f, thief, "38194", hacked))
	l := next(t, f, safe, func() { renews(t, thief, chosen) })
	if !strings.Contains(l.Subject, "a été modifié") || !strings.Contains(l.Text, "/recover") {
		t.Errorf("the other address reads %q\n%s", l.Subject, l.Text)
	}
	want(t, own.Get("/home"), 303, "/signin")
	f.Clock.Advance(time.Minute)
	own = f.Browser(t, town)
	enters(t, thief, "38194", chosen)
	l = next(t, f, safe, func() { want(t, own.Post("/recover", "email", safe), 303, "/recover/sent") })
	starts(t, own, "38194", housetest.Secret(t, l))
	renews(t, own, chosen+"9")
	want(t, thief.Get("/home"), 303, "/signin")
	enters(t, own, "38194", chosen+"9")
	reads(t, own.Get("/account/history"), 200, "Nouveau mot de passe choisi", "r…n@orange.example")
	reads(t, own.Get("/account/devices"), 200, "cet appareil")
}

func mobileChanged(t *testing.T, f *housetest.Fixture) {
	b := inside(t, f, storetest.Active)
	l := next(t, f, claire, func() { want(t, b.Post("/account/mobile", "mobile", "06 99 99 99 99"), 303, "/account/mobile") })
	if !strings.Contains(l.Text, "numéro") {
		t.Errorf("the e-mail address is told\n%s", l.Text)
	}
	f.Quiet(t)
	texts := f.Texts.Texts(9)
	i := slices.IndexFunc(texts, texted("+33699999999"))
	if i < 0 {
		t.Fatalf("no text to the new number: %v", texts)
	}
	presses(t, b, changeLink(t, texts[i].Body, "confirm"), 200, "C’est confirmé")
	enters(t, f.Browser(t, town), "0699999999", before)
	refused(t, f.Browser(t, town), "0612345678", before)
}

func managersMailbox(t *testing.T, f *housetest.Fixture) {
	const old, other = "sylvie.payet@orange.example", "sylvie@autoecole-du-lac.example"
	person(t, f, f.School, account.Account{
		Identifier: "AUTOECOLE.GERANT2", GivenName: "Ravi", FamilyName: "Sinama", Role: account.Gerant,
	}, "ravi@autoecole-du-lac.example")
	second, path := isIn(t, f, school, "AUTOECOLE.GERANT2"), about(t, f, f.School, storetest.Manager)
	sylvie := storetest.Person(t, f.DB, f.School, storetest.Manager)
	count := f.Catcher.Total()
	want(t, modifies(t, second, path, sylvie, "email", other), 303, path)
	told := f.Letter(t, old, count)
	if !strings.Contains(told.Text, "Ravi Sinama") || changeLink(t, told.Text, "stop") == "" {
		t.Errorf("the old address reads\n%s", told.Text)
	}
	presses(t, f.Browser(t, school), changeLink(t, f.Letter(t, other, count).Text, "confirm"), 200, "ne sert pas encore")
	f.Clock.Advance(profile.CoolingOff)
	f.Turn(t.Context())
	b := f.Browser(t, school)
	l := next(t, f, other, func() {
		want(t, b.Post("/recover", "identifier", storetest.Manager, "email", other), 303, "/recover/sent")
	})
	starts(t, b, storetest.Manager, housetest.Secret(t, l))
}

func teachersMailbox(t *testing.T, f *housetest.Fixture) {
	const other, third = "lucie@laposte.example", "lucie@autoecole-du-lac.example"
	gerant, _ := manager(t, f)
	path := about(t, f, f.School, storetest.Teacher)
	l := next(t, f, other, func() {
		want(t, modifies(t, gerant, path, storetest.Person(t, f.DB, f.School, storetest.Teacher), "email", other), 303, path)
	})
	presses(t, f.Browser(t, school), changeLink(t, l.Text, "confirm"), 200, "ne sert pas encore")
	f.Clock.Advance(profile.CoolingOff)
	f.Turn(t.Context())
	knowsAt(t, f, f.School, storetest.Teacher, before)
	b := isIn(t, f, school, other)
	l = next(t, f, third, func() { want(t, b.Post("/account/email", "email", third), 303, "/account/email") })
	presses(t, b, changeLink(t, l.Text, "confirm"), 200, "C’est confirmé")
	enters(t, f.Browser(t, school), third, before)
}
