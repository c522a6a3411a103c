package walk

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/session"
	"loquet/store/storetest"
)

// sylvie is the mailbox of storetest.Manager.
const sylvie = "sylvie.payet@orange.example"

// TestC4RequiredAtOnce: the Gérant asks a second proof of every Gérant, and sees nothing else until there is one.
func TestC4RequiredAtOnce(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		v.wants("ajoutez une deuxième preuve")
		v.line("Règles")
		v.picks("Gérant", "Tout de suite")
		v.clicks("Enregistrer")
		v.at("/account/factors")
		v.wants("C’est enregistré.", "Votre compte aide d’autres personnes : il faut deux preuves pour y entrer.",
			"Un code d’application")
		for _, path := range []string{"/settings", "/settings/users", "/home", "/account", "/account/data", "/renew"} {
			v.opens(school, path)
			v.at("/account/factors")
			v.lacks("Réglages", "Mon compte", storetest.Manager)
		}
		v.unscripted()
		v.leads(chromedp.Click(`a.pick[href="/account/factors/app"]`, chromedp.ByQuery))
		a := v.addsApp(h)
		v.at("/account/factors/codes")
		v.wants("C’est enregistré. Reste à prévoir le jour où vous ne l’aurez pas sous la main.")
		v.clicks("Faire mes dix codes")
		codes := v.prints()
		v.clicks("J’ai mes codes sur papier")
		v.at("/account/factors")
		v.wants("Vos codes de secours sont prêts.", "10 codes restants", "en service", "Votre organisation la demande.",
			"Votre organisation demande la double vérification : ajoutez d’abord une autre preuve.")
		v.opens(school, "/account/factors/codes")
		v.lacks(codes...)
		v.line("Sécurité : Utilisateurs")
		v.wants(storetest.Manager, storetest.Bureau)

		// In another browser the key opens nothing but the question for the code.
		other := h.visitor(t, v.view)
		other.opensUp(storetest.Manager, before, false)
		other.at("/signin/second")
		other.opens(school, "/settings/users")
		other.at("/signin/second")
		other.lacks(storetest.Bureau)
		h.Clock.Advance(step)
		other.types("Code", a.code(t, h))
		other.clicks("Continuer")
		other.at("/home")
		other.line("Sécurité : Utilisateurs")
		other.wants(storetest.Bureau)
	})
}

// TestC4SecondProof: the agent of a commune sets up an app and printed codes within the grace, enters with one, the
// other and a passkey, and renews a forgotten password with a letter and a printed code.
func TestC4SecondProof(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		agent := h.citizen(t, storetest.Agent)
		h.knows(t, agent, before)
		v.signs(storetest.Agent, before)
		v.at("/home")
		v.clicks("Ajouter une deuxième preuve")
		v.at("/account/factors")
		v.wants("à mettre en service")
		if !v.view.script {
			v.wants("Une clé d’accès demande JavaScript, qui est désactivé dans ce navigateur.")
		}
		v.clicks("Ajouter une application")
		a := v.addsApp(h)
		v.clicks("Faire mes dix codes")
		codes := v.prints()
		v.clicks("J’ai mes codes sur papier")
		v.clicks("Se déconnecter")

		// The app's code, once.
		v.opens(town, "/signin?next=%2Faccount%2Ffactors")
		if !v.view.script {
			v.wants("activez JavaScript")
		}
		v.types("Identifiant", storetest.Agent)
		v.types("Mot de passe", before)
		v.clicks("Connexion")
		v.at("/signin/second")
		v.wants("Il ne manque qu’une deuxième preuve que c’est bien vous.")
		v.unfolds("Je n’ai plus rien de tout cela")
		v.wants("Cherchez vos codes de secours, sur papier", "peut retirer vos anciennes preuves")
		v.wrong(v.clicks("Continuer"), "Code")
		v.wants("Écrivez le code.")
		v.types("Code", a.code(t, h)) // that of the enrolment
		v.wrong(v.clicks("Continuer"), "Code")
		v.wants("Ce code n’est pas le bon, ou il a déjà servi.")
		h.Clock.Advance(step)
		used := a.code(t, h)
		v.types("Code", used[:3]+" "+used[3:])
		v.clicks("Continuer")
		v.at("/account/factors")
		v.wants("Dernier code le", "10 codes restants")
		v.clicks("Se déconnecter")

		// A printed one, once; « back » leads on.
		h.Quiet(t)
		count := h.Catcher.Total()
		v.signs(storetest.Agent, before)
		v.types("Code", strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")))
		v.clicks("Continuer")
		v.at("/home")
		if l := h.Letter(t, agent.Emails[0].Address, count); !strings.Contains(plain(l.Text), "Il vous en reste 9.") {
			t.Errorf("the letter does not say how many codes are left:\n%s", l.Text)
		}
		v.back()
		v.until("the home page", `location.pathname === '/home' && document.readyState === 'complete'`)
		v.clicks("Se déconnecter")
		v.signs(storetest.Agent, before)
		v.types("Code", codes[0])
		v.wrong(v.clicks("Continuer"), "Code")
		v.clicks("Revenir à la connexion")
		v.at("/signin")
		if v.view.script {
			v.secondPasskeyServes(h, a)
		}
		v.recoversWithPaper(h, codes[1:])
	})
}

// secondPasskeyServes makes a passkey beside the app, and gives it in the place of a code.
func (v *visitor) secondPasskeyServes(h *home, a app) {
	v.t.Helper()
	v.unaided()
	d := v.device()
	h.Clock.Advance(step)
	v.signs(storetest.Agent, before)
	v.has(`!`+named("Utiliser ma clé d’accès"), "page without passkeys")
	v.types("Code", a.code(v.t, h))
	v.clicks("Continuer")
	v.opens(town, "/account/factors/passkey")
	v.clicks("Créer ma clé d’accès")
	v.at("/account/factors")
	v.clicks("Se déconnecter")
	v.signs(storetest.Agent, before)
	d.cannot("Utiliser ma clé d’accès")
	v.enters("Utiliser ma clé d’accès")
	v.at("/home")
	v.clicks("Se déconnecter")

	// It counts for two where it is all that is given.
	v.enters("Entrer avec une clé d’accès")
	v.at("/home")
	v.opens(town, "/account/factors")
	v.lacks("Cette connexion ne repose que sur une preuve.")
	v.clicks("Se déconnecter")
	d.lost()
}

// recoversWithPaper renews a forgotten password: the letter alone opens nothing.
func (v *visitor) recoversWithPaper(h *home, codes []string) {
	v.t.Helper()
	h.Quiet(v.t)
	letter := v.forgets(h, storetest.Agent, "nadia.benali@saint-loup.example")
	v.signs(storetest.Agent, housetest.Secret(v.t, letter))
	v.at("/signin/second")
	v.wants("Votre mot de passe sera renouvelé ensuite.")
	v.opens(town, "/renew")
	v.at("/signin/second")
	v.types("Code", "ABCD-EFGH-JKMN-PQRS")
	v.wrong(v.clicks("Continuer"), "Code")
	v.types("Code", codes[0])
	v.clicks("Continuer")
	v.chooses(chosen)
	v.signs(storetest.Agent, chosen)
	v.types("Code", codes[1])
	v.clicks("Continuer")
	v.at("/home")
	v.opens(town, "/account/factors")
	v.wants("7 codes restants")
}

// TestC4LostPasskey: a Gérant whose telephone is lost comes back with a letter and two printed codes; one who has lost
// those too, by a colleague.
func TestC4LostPasskey(t *testing.T) {
	walksIn(t, keyed[1:], func(t *testing.T, h *home, v *visitor) {
		v.unaided()
		d := v.device()
		v.manages(h)
		v.opens(school, "/account/factors")
		v.clicks("Créer une passkey")
		v.types("Nom de cette passkey", "Téléphone perdu")
		v.clicks("Créer ma passkey")
		v.at("/account/factors/codes")
		v.clicks("Faire mes dix codes")
		codes := v.prints()
		v.clicks("J’ai mes codes sur papier")
		v.clicks("Se déconnecter")
		d.lost()

		d = v.device()
		h.Quiet(t)
		count := h.Catcher.Total()
		v.renewsKey(storetest.Manager, sylvie)
		v.opensUp(storetest.Manager, housetest.Secret(t, h.Letter(t, sylvie, count)), false)
		v.at("/signin/second")
		v.wants("Votre clé sera renouvelée ensuite.")
		v.tries("Utiliser ma passkey", "Rien n’a été envoyé.")
		v.types("Code de secours", codes[0])
		v.clicks("Continuer")
		v.picksKey(chosen)
		v.opensUp(storetest.Manager, chosen, false)
		v.types("Code de secours", codes[1])
		v.clicks("Continuer")
		v.at("/home")
		v.opens(school, "/account/factors")
		v.wants("8 codes restants", "ajoutez d’abord une autre preuve")
		v.clicks("Créer une autre passkey")
		v.types("Nom de cette passkey", "Téléphone neuf")
		v.leads(chromedp.DoubleClick(named("Créer ma passkey"), chromedp.ByJSPath))
		if n := len(d.keeps()); n != 1 {
			t.Errorf("pressed twice, the button makes %d passkeys", n)
		}
		v.unfolds("Retirer Téléphone perdu")
		v.clicks("Retirer cette passkey")
		v.wants("La passkey est retirée.", "Téléphone neuf")
		v.clicks("Se déconnecter")
		v.opensUp(storetest.Manager, chosen, false)
		v.clicks("Utiliser ma passkey")
		v.at("/home")
		v.clicks("Se déconnecter")

		d.lost()
		v.reset(h)
	})
}

// reset has another Gérant take away what is lost, within the grace: whoever has had a second proof has none of it.
func (v *visitor) reset(h *home) {
	v.t.Helper()
	colleague := h.joins(v.t, account.Account{
		Identifier: "AUTOECOLE.GERANT2", GivenName: "Paul", FamilyName: "Técher", Role: account.Gerant, State: account.Active,
	})
	h.knows(v.t, colleague, before)
	other := h.visitor(v.t, view{1280, true})
	other.opensUp(colleague.Identifier, before, false)
	other.opensPerson("Sylvie Payet")
	other.unfolds("Double vérification")
	other.wants("1 passkey", "8 codes de secours", "Elle est demandée à chaque connexion.", "seulement après l’avoir reconnue")
	h.Clock.Advance(session.FreshForTeam)
	other.opens(school, other.path())
	other.unfolds("Double vérification")
	if status := other.clicks("Retirer ses moyens de double vérification"); status != 422 {
		v.t.Errorf("without a proof the answer is %d", status)
	}
	proof := unfolded("Double vérification") + `?.querySelector('[name=current_password][aria-invalid=true]')`
	other.has(proof, "mark at the field of the proof")
	other.do(chromedp.Click(proof, chromedp.ByJSPath), chromedp.KeyEvent(before))
	h.Quiet(v.t)
	count := h.Catcher.Total()
	other.clicks("Retirer ses moyens de double vérification")
	other.wants("Les moyens de double vérification sont retirés, et la personne est prévenue.")
	if l := h.Letter(v.t, sylvie, count); !strings.Contains(l.Text, "Paul Técher") {
		v.t.Errorf("the letter does not say who did it:\n%s", l.Text)
	}

	v.opensUp(storetest.Manager, chosen, false)
	v.at("/account/factors")
	v.wants("Il faut une deuxième preuve")
	for _, path := range []string{"/home", "/settings/users", "/account/email"} {
		v.opens(school, path)
		v.at("/account/factors")
	}
	v.device()
	v.leads(chromedp.Click(`a.pick[href="/account/factors/passkey"]`, chromedp.ByQuery))
	v.clicks("Créer ma passkey")
	v.at("/account/factors/codes")
	v.clicks("Plus tard")
	v.at("/home")
}
