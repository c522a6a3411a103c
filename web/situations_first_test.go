package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

// ines is the mailbox of storetest.Invited.
const ines = "ines.garcia@gmail.example"

var firstAccess = []situation{
	{number: 1, who: "Parent", what: "N’a jamais reçu d’accès", walk: neverGotIn,
		serves: "Le même chemin que pour un oubli\u00a0: `/recover` → courriel → `/renew` → `/signin`. L’agent " +
			"lit où chacun en est en `/settings/users/{id}`"},
	{number: 2, who: "Parent", what: "Ne sait pas s’il a un compte", walk: isThereAnAccount,
		serves: "`/identifier`\u00a0: la même réponse pour tous, et un courriel à qui a un compte\u00a0; rien " +
			"ne crée de doublon"},
	{number: 3, who: "Parent", what: "Deux codes à la fois\u00a0: le compte, puis le rattachement au dossier", walk: oneLetterForBoth,
		serves: "L’agent ajoute la personne avec son dossier en `/settings/users/new`\u00a0: un seul courriel, " +
			"un seul secret"},
	{number: 4, who: "Parent", what: "Bulletin papier perdu ou périmé", walk: olderSlip,
		serves: "L’agent en imprime un autre en `/settings/users/{id}/slip`\u00a0; l’ancien, tapé en `/enter`, " +
			"dit de quel jour est le nouveau et à qui s’adresser"},
	{number: 5, who: "Parent", what: "Recopie le code avec des espaces, sans tirets, en minuscules", walk: typesTheCodeTheirWay,
		serves: "`/enter`\u00a0: blancs, tirets et casse ne comptent pas, et aucun code n’a de 0, O, 1, I ni L"},
	{number: 6, who: "Parent", what: "Son nom est écrit autrement dans le dossier", walk: nameSpeltOtherwise,
		serves: "`/recover` ne demande aucun nom, `/signin` accepte l’adresse dans toutes les casses\u00a0; " +
			"l’agent cherche sans accents en `/settings/users`"},
	{number: 7, who: "Parent", what: "N’est pas sur le bon site", walk: wrongSite,
		serves: "`/signin` nomme l’organisation et son service, la plateforme `/` les nomme toutes\u00a0; une " +
			"adresse inconnue le dit"},
	{number: 8, who: "Parent", what: "Son identifiant a changé avec le logiciel", walk: olderIdentifier,
		serves: "L’ancien reste un autre nom du même compte, pour `/signin` et pour `/recover`",
		reason: "La reprise d’un fichier, qui note les anciens identifiants, vient plus tard."},
	{number: 9, who: "Tous", what: "Ouvre l’invitation sur le téléphone, travaille sur l’ordinateur", walk: twoDevices,
		serves: "Le lien `/enter/{token}` s’ouvre sur n’importe quel appareil, et le code du même courriel se " +
			"tape en `/enter` sur l’autre"},
	{number: 10, who: "Moniteur", what: "Figure au planning mais ne peut pas entrer", walk: addedButNotInvited,
		serves: "Sa page `/settings/users/{id}` dit «\u00a0pas encore entré\u00a0», et «\u00a0Envoyer un " +
			"accès\u00a0» `/settings/users/{id}/access` le fait entrer"},
	{number: 11, who: "Gérant", what: "Limite de licences atteinte à l’ajout d’une personne", out: otherwise,
		reason: "Loquet ne compte pas de licences\u00a0; désactiver ne détruit jamais l’historique (n° 55)."},
	{number: 12, who: "Agent", what: "Premier accès de l’agent lui-même", walk: agentsFirstDay,
		serves: "Un collègue l’ajoute en `/settings/users/new`\u00a0; le courriel vaut 24 heures et se renvoie " +
			"par `/settings/users/{id}/access`",
		reason: "ProConnect vient plus tard."},
}

func neverGotIn(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	path := about(t, f, f.Town, storetest.Invited)
	reads(t, agent.Get(path), 200, "invité, pas encore entré")
	b := f.Browser(t, town)
	want(t, b.Get("/"), 303, "/signin")
	if a := b.Get("/signin"); !strings.Contains(a.Body, `href="/recover"`) {
		t.Error("the front page does not lead to the way in")
	}
	temporary := asks(t, f, b, storetest.Invited, ines)
	starts(t, b, storetest.Invited, temporary)
	reads(t, b.Get("/renew"), 200, "Bienvenue !", "Choisissez votre mot de passe")
	renews(t, b, chosen)
	enters(t, b, storetest.Invited, chosen)
	reads(t, b.Get("/home"), 200, "Bienvenue sur le portail famille", "Inès Garcia")
	silent(t, agent.Get(path), "pas encore entré")
}

func isThereAnAccount(t *testing.T, f *housetest.Fixture) {
	all := func() int {
		people, err := f.DB.Accounts(t.Context(), f.Town.ID, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		return len(people)
	}
	there := all()
	const nobody = "jamais.vue@orange.example"
	for _, path := range []string{"/identifier", "/recover"} {
		known, unknown := f.Browser(t, town), f.Browser(t, town)
		a, b := known.Post(path, "email", claire), unknown.Post(path, "email", nobody)
		want(t, a, 303, path+"/sent")
		if told(a, claire) != told(b, nobody) || known.Get(a.Location).Body != unknown.Get(b.Location).Body {
			t.Errorf("%s tells who has an account", path)
		}
	}
	f.Quiet(t)
	if posted(f, nobody, "") > 0 || posted(f, claire, "") != 2 {
		t.Errorf("%d letters to nobody, %d to Claire", posted(f, nobody, ""), posted(f, claire, ""))
	}
	if l := f.Catcher.Letters(9); !slices.ContainsFunc(l, containing(storetest.Active)) {
		t.Error("no letter names the identifier")
	}
	if now := all(); now != there {
		t.Errorf("asking has made %d accounts", now-there)
	}
}

func oneLetterForBoth(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	var who account.Account
	l := next(t, f, "noe.durand@free.example", func() {
		who, _ = adds(t, f, agent, f.Town, "identifier", "38172", "given_name", "Noé", "name", "Durand", "role", "famille",
			"household", "D-17", "email", "noe.durand@free.example", "send", "1")
	})
	comesBack(t, f.Browser(t, town), "38172", l)
	f.Quiet(t)
	if who.Household != "D-17" || posted(f, "noe.durand@free.example", l.Subject) != 1 {
		t.Errorf("the file is %q, and %d letters came", who.Household, posted(f, "noe.durand@free.example", l.Subject))
	}
}

func olderSlip(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	older, _ := prints(t, f, agent, storetest.NoEmail)
	f.Clock.Advance(time.Minute)
	newer, _ := prints(t, f, agent, storetest.NoEmail)
	b := f.Browser(t, town)
	reads(t, b.Post("/enter", "code", older), 422, "Un bulletin plus récent a été imprimé le", "01 60 00 00 00")
	want(t, b.Post("/enter", "code", newer), 303, "/renew")
	late, _ := prints(t, f, agent, storetest.NoEmail)
	f.Clock.Advance(organisation.SlipLives)
	reads(t, b.Post("/enter", "code", late), 422, "Ce bulletin n’est plus valable", "01 60 00 00 00")
}

func typesTheCodeTheirWay(t *testing.T, f *housetest.Fixture) {
	sends(t, f, organisation.SendCode)
	b := f.Browser(t, town)
	for i, way := range []func(string) string{
		strings.ToLower,
		func(code string) string { return strings.ReplaceAll(code, "-", "") },
		func(code string) string { return "\u00a0" + strings.ReplaceAll(code, "-", " – ") + "\r\n" },
	} {
		code := housetest.Secret(t, letter(t, f, b, storetest.Active, claire))
		if strings.ContainsAny(code, "0O1IL") {
			t.Errorf("%q has signs that look like others", code)
		}
		reads(t, b.Post("/enter", "code", "0"+code[1:]), 422, "Ce code n’est pas le bon")
		want(t, b.Post("/enter", "code", way(code)), 303, "/renew")
		renews(t, b, chosen+strings.Repeat("x", i))
	}
}

func nameSpeltOtherwise(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	if names := fields(b.Get("/recover")); !slices.Equal(names, []string{"identifier", "email"}) {
		t.Errorf("the page asks for %v", names)
	}
	l := next(t, f, ines, func() { want(t, b.Post("/recover", "email", "INES.Garcia@Gmail.Example"), 303, "/recover/sent") })
	comesBack(t, b, "INES.GARCIA@gmail.example ", l)
	for _, typed := range []string{"garcia ines", "GARCÍA", "38166"} {
		found := inside(t, f, storetest.Agent).Get("/settings/users?q=" + strings.ReplaceAll(typed, " ", "+"))
		reads(t, found, 200, "Inès Garcia")
	}
}

func wrongSite(t *testing.T, f *housetest.Fixture) {
	f.Platform(t)
	reads(t, f.Browser(t, town).Get("/signin"), 200, "Ville de Saint-Loup", "Accès famille")
	reads(t, f.Browser(t, school).Get("/signin"), 200, "Auto-école du Lac")
	a := f.Browser(t, platformHost).Get("/")
	reads(t, a, 200, "Ville de Saint-Loup", "Auto-école du Lac")
	if !strings.Contains(a.Body, `href="http://`+town) || !strings.Contains(a.Body, `href="http://`+school) {
		t.Error("the platform's page leads nowhere")
	}
	reads(t, f.Browser(t, "portail.localhost:8080").Get("/signin"), 421, "Aucun portail à cette adresse")
}

func olderIdentifier(t *testing.T, f *housetest.Fixture) {
	const mailbox = "remi.noel@free.example"
	who := account.Account{Identifier: "38190", Aliases: []string{"FAM-0042"}, GivenName: "Rémi", FamilyName: "Noël", Role: account.Famille}
	person(t, f, f.Town, who, mailbox)
	isIn(t, f, town, "fam-0042")
	b := f.Browser(t, town)
	starts(t, b, "38190", asks(t, f, b, "FAM-0042", mailbox))
	if a := inside(t, f, storetest.Agent).Post("/settings/users/new", "identifier", "fam-0042", "role", "famille"); a.Status != 422 {
		t.Errorf("the older identifier was given away: %d", a.Status)
	}
}

func twoDevices(t *testing.T, f *housetest.Fixture) {
	sends(t, f, organisation.SendLink)
	pc, phone := f.Browser(t, town), f.Browser(t, town)
	path, _ := link(t, f, pc, storetest.Invited, ines)
	reads(t, phone.Get(path), 200, "Encore une étape")
	want(t, phone.Post(path), 303, "/renew")
	renews(t, phone, chosen)
	enters(t, pc, storetest.Invited, chosen)

	path, code := link(t, f, phone, storetest.Invited, ines)
	want(t, phone.Get(path), 200, "") // opened on the phone, and left there
	typing := f.Browser(t, town)
	want(t, typing.Post("/enter", "code", code), 303, "/renew")
	renews(t, typing, chosen+"2")
}

func addedButNotInvited(t *testing.T, f *housetest.Fixture) {
	b, _ := manager(t, f)
	const mailbox = "nina.faure@gmail.example"
	_, path := adds(t, f, b, f.School, "identifier", "AUTOECOLE.MONITEUR3", "given_name", "Nina", "name", "Faure", "role", "moniteur",
		"email", mailbox)
	reads(t, b.Get(path), 200, "Aucun courriel n’est parti", "invité, pas encore entré", "Envoyer un accès")
	own := f.Browser(t, school)
	refused(t, own, "AUTOECOLE.MONITEUR3", before)
	l := next(t, f, mailbox, func() { want(t, b.Post(path+"/access"), 303, path) })
	reads(t, b.Get(path), 200, "L’accès est envoyé")
	comesBack(t, own, "AUTOECOLE.MONITEUR3", l)
}

func agentsFirstDay(t *testing.T, f *housetest.Fixture) {
	agent := inside(t, f, storetest.Agent)
	const mailbox = "yann.le-goff@saint-loup.example"
	var path string
	l := next(t, f, mailbox, func() {
		_, path = adds(t, f, agent, f.Town, "identifier", "AGENT.PERISCO", "given_name", "Yann", "name", "Le Goff", "role", "agent",
			"email", mailbox, "send", "1")
	})
	b := f.Browser(t, town)
	f.Clock.Advance(24 * time.Hour)
	reads(t, b.Post("/signin", "identifier", "AGENT.PERISCO", "password", housetest.Secret(t, l)), 422, "n’est plus valable")
	agent = isIn(t, f, town, storetest.Agent) // a day later, colleagues have to come in anew too
	l = next(t, f, mailbox, func() { want(t, agent.Post(path+"/access"), 303, path) })
	f.Clock.Advance(23 * time.Hour)
	comesBack(t, b, "AGENT.PERISCO", l)
	reads(t, b.Get("/settings/users"), 200, "Claire Martin")
}
