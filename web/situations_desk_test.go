package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

var desks = []situation{
	{number: 71, who: "Agent", what: "Un parent au guichet, sans accès à sa boîte", walk: atTheCounter,
		serves: "Une pièce d’identité vue, l’agent imprime un bulletin en `/settings/users/{id}/slip`\u00a0; le " +
			"parent tape le code en `/enter` et choisit seul en `/renew`"},
	{number: 72, who: "Agent", what: "Un parent au téléphone", walk: onTheTelephone,
		serves: "Un seul geste, sans risque\u00a0: «\u00a0Envoyer un accès\u00a0» " +
			"`/settings/users/{id}/access`, à l’adresse déjà notée et à nulle autre"},
	{number: 73, who: "Agent", what: "Voit un mot de passe à l’écran", walk: noPasswordOnScreen,
		serves: "Impossible\u00a0: ni `/settings/users/{id}`, ni `/settings/mail`, ni `/settings/journal`, ni " +
			"l’export `/settings/users/export` n’en montrent ni n’en prennent"},
	{number: 74, who: "Agent", what: "La rentrée\u00a0: 300 parents d’un coup", out: postponed,
		reason: "la reprise d’un fichier et les bulletins en nombre viennent avec les lignes F11 et F13\u00a0; " +
			"d’ici là chacun se sert lui-même par «\u00a0Mot de passe oublié\u00a0»."},
	{number: 75, who: "Opérateur", what: "Un imposteur se fait passer pour le Gérant", walk: impostor,
		serves: "Le numéro affiché ne prouve rien\u00a0: sans le code, `/desk/{slug}/{case}/propose` refuse " +
			"tout, un opérateur seul ne peut rien, et la personne, prévenue partout, arrête ce qui attend par " +
			"`/stop/{token}`"},
	{number: 76, who: "Opérateur", what: "Doit regarder le compte d’un client", walk: assistance,
		serves: "Un dossier avec son motif\u00a0; `/desk/{slug}/{case}` dessine où en est la personne, une fois " +
			"vérifiée, sans rien de ce qu’elle lit\u00a0; l’organisation lit qui a regardé en " +
			"`/settings/journal`"},
	{number: 77, who: "Opérateur", what: "Le courrier est en panne, ou refusé partout", walk: mailIsDown,
		serves: "Rien n’est perdu\u00a0: `/recover` répond comme toujours, `/settings/mail` dit ce qui attend " +
			"et pourquoi, et les lettres partent dès que le serveur revient"},
	{number: 78, who: "Agent", what: "L’agent change de poste ou s’en va", walk: agentLeaves,
		serves: "Un collègue le désactive en `/settings/users/{id}/stop`\u00a0: connexions fermées, gestes " +
			"gardés en `/settings/journal`",
		reason: "ProConnect vient plus tard."},
	{number: 79, who: "Opérateur, agent", what: "Tout renouveler après une fuite", walk: mustRenew,
		serves: "Qui doit renouveler n’entre plus que par `/renew`\u00a0: `/home`, `/account` et tout le reste " +
			"y ramènent",
		reason: "Le demander à tout un groupe, avec un motif, vient plus tard."},
	{number: 80, who: "Agent", what: "L’identité FranceConnect ne correspond pas au dossier", out: postponed,
		reason: "FranceConnect et ProConnect viennent avec la ligne C6\u00a0; d’ici là le compte du portail suffit."},
}

func atTheCounter(t *testing.T, f *housetest.Fixture) {
	agent, path := inside(t, f, storetest.Agent), about(t, f, f.Town, storetest.Active)
	reads(t, agent.Post(path+"/slip"), 422, "pièce d’identité")
	var code string
	l := next(t, f, claire, func() { code, _ = prints(t, f, agent, storetest.Active) })
	if !strings.Contains(l.Text, "Nadia Benali") || strings.Contains(l.Text, code) {
		t.Errorf("the owner reads\n%s", l.Text)
	}
	b := f.Browser(t, town)
	want(t, b.Post("/enter", "code", code), 303, "/renew")
	renews(t, b, chosen)
	enters(t, b, storetest.Active, chosen)
	silent(t, agent.Get(path), code)
}

func onTheTelephone(t *testing.T, f *housetest.Fixture) {
	agent, path := inside(t, f, storetest.Agent), about(t, f, f.Town, storetest.Active)
	l := next(t, f, claire, func() {
		want(t, agent.Post(path+"/access", "email", "imposteur@free.example", "to", "imposteur@free.example"), 303, path)
	})
	f.Quiet(t)
	if posted(f, "imposteur@free.example", "") > 0 {
		t.Error("a letter went where the caller wanted")
	}
	if entries := journal(t, f); !slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return e.Act == audit.AccessSent && e.Actor == storetest.Person(t, f.DB, f.Town, storetest.Agent).ID
	}) {
		t.Error("the journal does not say who sent it")
	}
	comesBack(t, f.Browser(t, town), storetest.Active, l)
}

func noPasswordOnScreen(t *testing.T, f *housetest.Fixture) {
	agent, path := inside(t, f, storetest.Agent), about(t, f, f.Town, storetest.Active)
	temporary := housetest.Secret(t, next(t, f, claire, func() { want(t, agent.Post(path+"/access"), 303, path) }))
	hash, err := f.DB.Hash(t.Context(), f.Town.ID, storetest.Person(t, f.DB, f.Town, storetest.Active).ID)
	if err != nil {
		t.Fatal(err)
	}
	f.Quiet(t)
	for _, a := range []housetest.Answer{
		agent.Get(path), agent.Get("/settings/mail"), agent.Get("/settings/journal"), agent.Get("/settings/users?q=martin"),
		agent.Post("/settings/users/export"),
	} {
		if a.Status != 200 || strings.Contains(a.Body, temporary) || strings.Contains(a.Body, hash) || strings.Contains(a.Body, "/enter/") {
			t.Errorf("%d: a secret is on the screen", a.Status)
		}
		if slices.Contains(fields(a), "password") || slices.Contains(fields(a), "new_password") {
			t.Error("a page takes a password")
		}
	}
	who := storetest.Person(t, f.DB, f.Town, storetest.Active)
	modifies(t, agent, path, who, "password", chosen, "new_password", chosen)
	refused(t, f.Browser(t, town), storetest.Active, chosen)
}

func mailIsDown(t *testing.T, f *housetest.Fixture) {
	const mailbox = "gaelle.lucas@" + down
	family(t, f, "38199", "Gaëlle", "Lucas", mailbox)
	agent, b := inside(t, f, storetest.Agent), f.Browser(t, town)
	well, ill := b.Post("/recover", "identifier", storetest.Active), b.Post("/recover", "identifier", "38199")
	if told(well) != told(ill) {
		t.Error("a stranger is told that mail is down")
	}
	var a housetest.Answer
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(said(a), "not accepting"); {
		if a = agent.Get("/settings/mail"); time.Now().After(deadline) {
			t.Fatalf("the page does not say what waits, and why:\n%s", said(a))
		}
	}
	reads(t, a, 200, "Gaëlle Lucas", "retardé")
	f.Clock.Advance(courier.Retries[0])
	want(t, b.Post("/recover", "identifier", storetest.Father), 303, "/recover/sent") // which wakes the worker
	comesBack(t, b, "38199", f.Letter(t, mailbox, 0))
}

func agentLeaves(t *testing.T, f *housetest.Fixture) {
	person(t, f, f.Town, account.Account{Identifier: "AGENT.PERISCO", GivenName: "Yann", FamilyName: "Le Goff", Role: account.Agent})
	yann, path := isIn(t, f, town, "AGENT.PERISCO"), about(t, f, f.Town, "AGENT.PERISCO")
	want(t, yann.Get("/settings/users"), 200, "")
	agent := inside(t, f, storetest.Agent)
	want(t, agent.Post(path+"/stop", "when", "now"), 303, path)
	want(t, yann.Get("/settings/users"), 303, "/signin?next=%2Fsettings%2Fusers")
	reads(t, yann.Post("/signin", "identifier", "AGENT.PERISCO", "password", before), 422, "fermé pour l’instant")
	reads(t, agent.Get("/settings/journal?person=AGENT.PERISCO"), 200, "Yann Le Goff", "Nadia Benali")
}

func mustRenew(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.MustRenew, before)
	b := f.Browser(t, town)
	starts(t, b, storetest.MustRenew, before)
	for _, path := range []string{"/home", "/account", "/account/data", "/settings"} {
		want(t, b.Get(path), 303, "/renew")
	}
	reads(t, b.Post("/renew", "new_password", before, "confirm_password", before), 422, "que vous aviez")
	renews(t, b, chosen)
	enters(t, b, storetest.MustRenew, chosen)
}
