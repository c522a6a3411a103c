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

// shared is the mailbox that everybody of the school's office reads.
const shared = "bureau@autoecole-du-lac.example"

var forgotten = []situation{
	{number: 13, who: "Parent", what: "Mot de passe oublié, adresse e-mail bonne", walk: passwordForgotten,
		serves: "«\u00a0Mot de passe oublié\u00a0» `/recover` → courriel → `/signin` → `/renew` → `/signin` → " +
			"`/home`"},
	{number: 14, who: "Parent", what: "Le courriel est dans les spams ou les promotions", walk: lostInSpam,
		serves: "`/recover/sent` dit où chercher, pour la messagerie que la personne a écrite\u00a0; " +
			"l’expéditeur porte le nom de la commune"},
	{number: 15, who: "Parent", what: "Le courriel n’est jamais parti, ou a été refusé", walk: mailRefused,
		serves: "L’agent lit la réponse du serveur en `/settings/users/{id}` et en `/settings/mail`, et corrige " +
			"l’adresse"},
	{number: 16, who: "Parent", what: "Demande plusieurs fois, se sert du plus ancien courriel", walk: oldestLetter,
		serves: "`/recover`\u00a0: seul le dernier courriel sert (ADR-0005)\u00a0; `/signin` dit qu’un plus " +
			"récent a remplacé le sien"},
	{number: 17, who: "Parent", what: "Le lien est périmé", walk: linkTooLate,
		serves: "`/enter/{token}` dit que son temps est passé et mène à `/recover`, qui en envoie un autre"},
	{number: 18, who: "Parent", what: "Le lien a été «\u00a0mangé\u00a0» par un antivirus de messagerie", walk: scannersEatNothing,
		serves: "`/enter/{token}`\u00a0: l’ouvrir ne consomme rien, seul le bouton le fait"},
	{number: 19, who: "Parent", what: "Mot de passe temporaire collé avec une espace ou un retour à la ligne", walk: pastedWithBlanks,
		serves: "`/signin` les retire du mot de passe temporaire, et de lui seul"},
	{number: 20, who: "Parent", what: "Mot de passe temporaire mal recopié", walk: mistypedTemporary,
		serves: "`/signin`\u00a0: groupes, casse indifférente, aucun signe qui ressemble à un autre\u00a0; une " +
			"faute ne le brûle pas"},
	{number: 21, who: "Parent", what: "Croit que le mot de passe temporaire est définitif, ou l’inverse", walk: temporaryIsOver,
		serves: "`/signin` dit que le mot de passe temporaire ne vaut plus, à qui le tient et à personne d’autre"},
	{number: 22, who: "Parent", what: "Doit s’identifier encore une fois après son choix", walk: signInAgain,
		serves: "`/renew` le dit avant, `/signin` après\u00a0; toutes les autres connexions sont fermées",
		reason: "Le texte d’origine veut cette étape (ADR-0005)\u00a0: rester connecté a été écarté."},
	{number: 23, who: "Tous", what: "Nouveau mot de passe refusé, règles obscures", walk: rulesAreSaid,
		serves: "`/renew` montre les critères avant, redit en mots ceux qui manquent, et prend les longues " +
			"phrases sans les couper"},
	{number: 24, who: "Tous", what: "Le téléphone remet l’ancien mot de passe", walk: phoneRemembersTheOld,
		serves: "`/signin` et `/renew` disent au navigateur quel champ est quoi\u00a0; après un changement, " +
			"`/signin` invite à remplacer l’ancien"},
	{number: 25, who: "Tous", what: "Verrouillage des majuscules, majuscule ajoutée par le téléphone", walk: capitals,
		serves: "`/signin`\u00a0: majuscules indifférentes dans l’identifiant et le mot de passe temporaire, " +
			"touche bloquée signalée, bouton «\u00a0Afficher\u00a0»"},
	{number: 26, who: "Tous", what: "Captcha incompris, ou périmé pendant qu’on cherche ses papiers", walk: noCaptcha,
		serves: "Aucun captcha (ADR-0011)\u00a0: `/recover` laissé ouvert tout un jour part encore"},
	{number: 27, who: "Complet, Moniteur", what: "Clé perdue", walk: keyLost,
		serves: "«\u00a0Clé oubliée\u00a0?\u00a0» `/recover`\u00a0: identifiant, puis adresse de référence → " +
			"«\u00a0Renouveler ma clé\u00a0» → `/renew`"},
	{number: 28, who: "Complet, Moniteur", what: "L’adresse de référence est la boîte commune de l’auto-école", walk: sharedOffice,
		serves: "`/recover`\u00a0: une lettre par personne, qui la nomme, et qui n’ouvre que son compte"},
	{number: 29, who: "Tous", what: "Réponse à la question secrète oubliée", walk: noSecretQuestion,
		serves: "Il n’y en a pas\u00a0: `/recover` et `/identifier` ne demandent que ce que la personne sait " +
			"d’elle-même"},
	{number: 30, who: "Tous", what: "Sait le mot de passe, n’a plus la deuxième preuve", walk: secondProofLost,
		serves: "Un code de secours en `/signin/second`\u00a0; s’il n’y en a plus, un collègue retire les " +
			"anciennes en `/settings/users/{id}/factors`"},
}

func passwordForgotten(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	want(t, b.Get("/"), 303, "/signin")
	recovers(t, f, b, storetest.Active, claire, chosen)
	enters(t, b, storetest.Active, chosen)
	reads(t, b.Get("/home"), 200, "Claire Martin")
	want(t, b.Post("/signout"), 303, "/signin")
	recovers(t, f, b, storetest.Active, claire, chosen+"2") // and the same for ever
}

func lostInSpam(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	l := next(t, f, ines, func() { want(t, b.Post("/recover", "email", ines), 303, "/recover/sent") })
	reads(t, b.Get("/recover/sent"), 200, "dans les 5 minutes", "les spams", "les indésirables", "les promotions")
	want(t, b.Post("/recover", "email", "quelquun@gmail.com"), 303, "/recover/sent")
	a := b.Get("/recover/sent")
	reads(t, a, 200, "Gmail range souvent ce courriel sous l’onglet « Promotions »")
	if !strings.Contains(a.Body, `href="https://mail.google.com`) {
		t.Error("the page does not lead to the mailbox")
	}
	if !strings.Contains(l.From, "Saint-Loup") || strings.Contains(strings.ToLower(l.Subject), "mot de passe") {
		t.Errorf("the letter comes from %q about %q", l.From, l.Subject)
	}
}

func mailRefused(t *testing.T, f *housetest.Fixture) {
	const dead, alive = "jeanne.brun@" + gone, "jeanne.brun@free.example"
	jeanne := family(t, f, "38191", "Jeanne", "Brun", dead)
	b := f.Browser(t, town)
	want(t, b.Post("/recover", "identifier", "38191"), 303, "/recover/sent")
	f.Quiet(t)
	silent(t, b.Get("/recover/sent"), "refusé", gone) // never to a stranger
	agent := inside(t, f, storetest.Agent)
	path := "/settings/users/" + jeanne.ID
	reads(t, agent.Get(path), 200, "injoignable", gone, "no such mailbox")
	reads(t, agent.Get("/settings/mail?failed=1"), 200, "Jeanne Brun", "no such mailbox")
	l := next(t, f, alive, func() { want(t, modifies(t, agent, path, jeanne, "email", alive), 303, path) })
	presses(t, f.Browser(t, town), changeLink(t, l.Text, "confirm"), 200, "C’est confirmé")
}

func oldestLetter(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	oldest := asks(t, f, b, storetest.Active, claire)
	asks(t, f, b, storetest.Active, claire)
	newest := asks(t, f, b, storetest.Active, claire)
	a := b.Post("/signin", "identifier", storetest.Active, "password", oldest)
	reads(t, a, 422, "un courriel plus récent l’a remplacé", "Demandez-en un autre")
	starts(t, b, storetest.Active, newest)
	renews(t, b, chosen)
}

func linkTooLate(t *testing.T, f *housetest.Fixture) {
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, _ := link(t, f, b, storetest.Active, claire)
	f.Clock.Advance(organisation.LongestRecovery)
	a := b.Get(path)
	reads(t, a, 410, "son temps est passé", "Recevoir un nouveau courriel")
	if !strings.Contains(a.Body, `href="/recover"`) {
		t.Error("the page does not lead to another letter")
	}
	reads(t, b.Post(path), 422, "son temps est passé")
	path, _ = link(t, f, b, storetest.Active, claire)
	want(t, b.Post(path), 303, "/renew")
}

func scannersEatNothing(t *testing.T, f *housetest.Fixture) {
	sends(t, f, organisation.SendLink)
	b := f.Browser(t, town)
	path, _ := link(t, f, b, storetest.Active, claire)
	for range 5 {
		scanner := f.Browser(t, town)
		want(t, scanner.Get(path), 200, "")
		want(t, asked(t, scanner, "HEAD", path, ""), 200, "")
		want(t, scanner.Get("/renew"), 303, "/signin?next=%2Frenew")
	}
	want(t, b.Post(path), 303, "/renew")
	renews(t, b, chosen)
}

func pastedWithBlanks(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	for _, around := range []string{" %s", "%s\r\n", "\t%s\u00a0", "\ufeff%s\u200b"} {
		starts(t, b, storetest.Active, strings.Replace(around, "%s", asks(t, f, b, storetest.Active, claire), 1))
	}
	renews(t, b, chosen)
	refused(t, f.Browser(t, town), storetest.Active, chosen+" ") // a password of one's own is taken as it is
	enters(t, b, storetest.Active, chosen)
}

func mistypedTemporary(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	if strings.ContainsAny(temporary, "0O1Il") || strings.Count(temporary, "-") < 2 {
		t.Errorf("%q is hard to copy", temporary)
	}
	wrong := "2"
	if temporary[0] == '2' {
		wrong = "3"
	}
	refused(t, b, storetest.Active, wrong+temporary[1:])
	refused(t, b, storetest.Active, temporary[:len(temporary)-1])
	starts(t, b, storetest.Active, strings.ToLower(strings.ReplaceAll(temporary, "-", "")))
}

func temporaryIsOver(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	temporary := recovers(t, f, b, storetest.Active, claire, chosen)
	a := b.Post("/signin", "identifier", storetest.Active, "password", temporary)
	reads(t, a, 422, "Ce mot de passe temporaire n’est plus valable", "il a déjà servi")
	a = b.Post("/signin", "identifier", storetest.Active, "password", before)
	reads(t, a, 422, "ne vont pas ensemble")
	silent(t, a, "temporaire")
	enters(t, b, storetest.Active, chosen)
}

func signInAgain(t *testing.T, f *housetest.Fixture) {
	other := inside(t, f, storetest.Active)
	b := f.Browser(t, town)
	starts(t, b, storetest.Active, asks(t, f, b, storetest.Active, claire))
	reads(t, b.Get("/renew"), 200, "Vous devrez vous identifier de nouveau")
	l := next(t, f, claire, func() { renews(t, b, chosen) })
	reads(t, b.Get("/signin"), 200, "nouveau mot de passe est enregistré", "Identifiez-vous de nouveau")
	want(t, b.Get("/home"), 303, "/signin")
	want(t, other.Get("/home"), 303, "/signin")
	if !strings.Contains(l.Subject, "a été modifié") {
		t.Errorf("the owner is told %q", l.Subject)
	}
	enters(t, b, storetest.Active, chosen)
}

func rulesAreSaid(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	starts(t, b, storetest.Active, asks(t, f, b, storetest.Active, claire))
	criteria := []string{"8 caractères minimum", "Au moins 1 majuscule", "Au moins 1 minuscule", "Au moins 1 caractère numérique"}
	reads(t, b.Get("/renew"), 200, criteria...)
	a := b.Post("/renew", "new_password", "abc", "confirm_password", "abcd")
	reads(t, a, 422, "il manque 5 caractères", "Il manque une majuscule", "Il manque un chiffre", "ne sont pas les mêmes")
	reads(t, b.Post("/renew", "new_password", "Motdepasse1", "confirm_password", "Motdepasse1"), 422, "trop courant")
	phrase := "Le chat de la voisine dort 3 heures sur le mur du jardin, puis rentre en silence" // over the 72 bytes of bcrypt
	renews(t, b, phrase)
	refused(t, b, storetest.Active, phrase[:72])
	enters(t, b, storetest.Active, phrase)
}

func phoneRemembersTheOld(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	starts(t, b, storetest.Active, asks(t, f, b, storetest.Active, claire))
	a := b.Get("/renew").Body
	if strings.Count(a, `autocomplete="new-password"`) != 2 || !strings.Contains(a, `autocomplete="username"`) ||
		strings.Contains(a, "current-password") {
		t.Error("a browser cannot know what to keep")
	}
	renews(t, b, chosen)
	page := b.Get("/signin")
	reads(t, page, 200, "propose encore l’ancien, remplacez-le")
	if !strings.Contains(page.Body, `autocomplete="current-password`) || !strings.Contains(page.Body, `autocomplete="username`) {
		t.Error("a browser cannot know what to fill in")
	}
}

func capitals(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	a := b.Get("/signin").Body
	for _, mark := range []string{`autocapitalize="none"`, "La touche Majuscule est bloquée.", "Afficher"} {
		if !strings.Contains(a, mark) {
			t.Errorf("the front page has no %q", mark)
		}
	}
	knows(t, f, storetest.Agent, before)
	enters(t, b, "Agent.enfance", before)
	temporary := asks(t, f, b, storetest.Active, claire)
	starts(t, f.Browser(t, town), storetest.Active, temporary[:1]+strings.ToLower(temporary[1:]))
}

func noCaptcha(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	for _, path := range []string{"/signin", "/recover", "/identifier", "/enter"} {
		a := b.Get(path)
		if strings.Contains(strings.ToLower(a.Body), "captcha") || slices.Contains(fields(a), "token") {
			t.Errorf("%s asks for a puzzle", path)
		}
	}
	f.Clock.Advance(24 * time.Hour)
	if l := letter(t, f, b, storetest.Active, claire); l.To != claire {
		t.Errorf("the letter goes to %s", l.To)
	}
}

func keyLost(t *testing.T, f *housetest.Fixture) {
	const mailbox = "lucie.grondin@free.example"
	b := f.Browser(t, school)
	reads(t, b.Get("/recover"), 200, "Clé oubliée ?", "Renouveler ma clé", "Adresse e-mail de référence")
	reads(t, b.Post("/recover", "identifier", storetest.Teacher), 422, "adresse e-mail de référence")
	l := next(t, f, mailbox, func() {
		want(t, b.Post("/recover", "identifier", storetest.Teacher, "email", mailbox), 303, "/recover/sent")
	})
	starts(t, b, storetest.Teacher, housetest.Secret(t, l))
	reads(t, b.Get("/renew"), 200, "Choisissez votre clé")
	renews(t, b, chosen)
	enters(t, b, storetest.Teacher, chosen)
}

func sharedOffice(t *testing.T, f *housetest.Fixture) {
	person(t, f, f.School, account.Account{
		Identifier: "AUTOECOLE.ACCUEIL", GivenName: "Julie", FamilyName: "Técher", Role: account.Complet,
	}, shared)
	b := f.Browser(t, school)
	key := func(identifier, name string) string {
		l := next(t, f, shared, func() {
			want(t, b.Post("/recover", "identifier", identifier, "email", shared), 303, "/recover/sent")
		})
		if !strings.Contains(l.Text, name) || !strings.Contains(l.Text, identifier) {
			t.Errorf("the letter does not say whose it is:\n%s", l.Text)
		}
		return housetest.Secret(t, l)
	}
	karim, julie := key(storetest.Bureau, "Karim Hoarau"), key("AUTOECOLE.ACCUEIL", "Julie Técher")
	refused(t, b, storetest.Bureau, julie)
	refused(t, b, shared, julie) // the address says which mailbox, not who
	starts(t, f.Browser(t, school), storetest.Bureau, karim)
	starts(t, b, "AUTOECOLE.ACCUEIL", julie)
}

func noSecretQuestion(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	for path, asks := range map[string][]string{"/recover": {"identifier", "email"}, "/identifier": {"email"}} {
		if a := b.Get(path); !slices.Equal(fields(a), asks) {
			t.Errorf("%s asks for %v", path, fields(a))
		}
	}
}

func secondProofLost(t *testing.T, f *housetest.Fixture) {
	has := equip(t, f, storetest.Active)
	want(t, has.b.Post("/signout"), 303, "/signin")
	b := pends(t, f, storetest.Active, before)
	want(t, b.Post("/signin/second", "code", has.codes[0]), 303, "/home")
	again(t, pends(t, f, storetest.Active, before), "/signin/second", "code", has.codes[0])

	a := pends(t, f, storetest.Active, before).Get("/signin/second")
	reads(t, a, 200, "Je n’ai plus rien de tout cela", "après vous avoir reconnu(e)")
	agent, path := inside(t, f, storetest.Agent), about(t, f, f.Town, storetest.Active)
	l := next(t, f, claire, func() {
		want(t, agent.Post(path+"/factors", "version", shownVersion(t, agent.Get(path).Body)), 303, path)
	})
	if !strings.Contains(l.Text, "Nadia Benali") {
		t.Errorf("the owner is not told by whom:\n%s", l.Text)
	}
	enters(t, f.Browser(t, town), storetest.Active, before)
}
