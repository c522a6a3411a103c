package walk

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"loquet/house/housetest"
	"loquet/profile"
	"loquet/store/storetest"
)

// looks types into the search of a list, and waits for what it finds: as one types with script, by its button without.
func (v *visitor) looks(label, words, button, found string) {
	v.t.Helper()
	v.marks()
	v.types(label, words)
	if !v.view.script {
		v.clicks(button)
		v.wants(found)
		return
	}
	v.until("« "+found+" »",
		`document.querySelector('#found').innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes('`+found+`')`)
	v.has(`window.walked && document.activeElement === `+labelled(label), "same page, with the focus where one types")
}

// TestH3SettingsLines walks from the Gérant's home page to every identifier of the school, and has the agent of a
// commune do the same; nobody else gets in.
func TestH3SettingsLines(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		v.has(`(g => g.top < document.querySelector('main').getBoundingClientRect().top && g.height >= 24 &&
			g.right > innerWidth * 0.9)(`+named("Réglages")+`.getBoundingClientRect())`, "gear at the top right")
		v.clicks("Réglages")
		v.at("/settings")
		v.wants("1-1-1 Mes réglages", "1-2-1 Bureaux", "2-1-1 Apparence", "2-3-1 Actualités", "2-4-1 Documents",
			"2-5-1 Pages d’aide", "3-1-1 Lettres envoyées", "4-1-1 Sécurité : Utilisateurs", "4-2-1 Règles", "4-3-1 Journal")
		v.lacks("mot de passe")
		v.looks("Chercher une ligne", "4-1", "Chercher", "2 lignes trouvées")
		v.wants("Sécurité : Utilisateurs")
		v.looks("Chercher une ligne", "bidule", "Chercher", "0 ligne trouvée")
		v.clicks("Voir toutes les lignes")
		v.looks("Chercher une ligne", "secu util", "Chercher", "1 ligne trouvée")
		v.clicks("Gérer : Sécurité : Utilisateurs")
		v.at("/settings/users")
		v.wants("4-1-1 Utilisateurs", storetest.Manager, storetest.Bureau, storetest.Teacher, storetest.Leaver, karim, lucie,
			"sylvie.payet@orange.example", "tom.faure@gmail.example", "Gérant", "Complet", "Moniteur", "confirmée", "actif",
			"désactivé", "jamais")
		v.unbroken()
		v.unfolds("Exporter cette liste")
		list := v.downloads("Télécharger la liste")
		for _, w := range []string{storetest.Manager, storetest.Leaver, lucie} {
			if !strings.Contains(list, w) {
				t.Errorf("the list lacks %s:\n%s", w, list)
			}
		}
		v.clicks("Se déconnecter")

		for _, identifier := range []string{storetest.Bureau, storetest.Teacher} {
			h.knows(t, h.member(t, identifier), before)
			v.opensUp(identifier, before, false)
			v.closed(school)
		}
		h.knows(t, h.citizen(t, storetest.Active), before)
		v.signs(storetest.Active, before)
		v.closed(town)

		h.knows(t, h.citizen(t, storetest.Agent), before)
		v.signs(storetest.Agent, before)
		v.clicks("Réglages")
		v.wants("1-2-1 Services", "4-1-1 Sécurité : Familles et agents")
		v.clicks("Gérer : Sécurité : Familles et agents")
		v.wants("Familles et agents", storetest.Active, claire, storetest.NoEmail, "aucune adresse", "pas encore confirmée",
			"invité, pas encore entré", "bloqué")
		v.unbroken()
		v.lacks("clé", "Moniteur")
	})
}

// closed wants no way to the settings, and leaves.
func (v *visitor) closed(host string) {
	v.t.Helper()
	v.at("/home")
	v.has(`!document.querySelector('a[href="/settings"]')`, "page without a gear")
	for _, path := range []string{"/settings", "/settings/users", "/settings/journal"} {
		if status := v.opens(host, path); status != 403 {
			v.t.Errorf("%s: %s is answered with %d", v.view, path, status)
		}
		v.wants("Cette page ne vous est pas ouverte")
		v.lacks("@")
	}
	v.opens(host, "/home")
	v.clicks("Se déconnecter")
}

// TestH3TableByKeyboard finds somebody among more than a hundred, changes a name and saves, without a mouse.
func TestH3TableByKeyboard(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		h.crowd(t, 120)
		v.manages(h)
		v.opens(school, "/settings/users")
		v.wants("1–50 sur 124")
		v.enters("Identifiant") // twice: the other way round
		v.enters("Identifiant")
		v.has(`document.querySelector('[aria-sort="descending"]')`, "column that says how it is ordered")
		v.has(`document.querySelector('[data-row]').innerText.startsWith('Zoé Nom119')`, "last identifier on top")
		v.enters("Page suivante")
		v.wants("51–100 sur 124")
		v.enters("Dernière page")
		v.wants("75–124 sur 124", storetest.Manager)
		v.enters("Première page")
		v.wants("1–50 sur 124")

		const filter = "Chercher une personne"
		if v.view.script {
			v.marks()
			v.do(chromedp.KeyEvent("/"))
			v.has(`document.activeElement === `+labelled(filter), "focus in the filter after « / »")
			v.do(chromedp.KeyEvent("zoe nom04"))
			v.until("ten people", `document.getElementById('count').innerText.startsWith('10')`)
			v.do(chromedp.KeyEvent("2"))
			v.until("one person", `document.getElementById('count').innerText.startsWith('1 ') ||
				document.getElementById('count').innerText.startsWith('1\u00a0')`)
			v.has(`window.walked && document.activeElement === `+labelled(filter), "same page, with the focus where one types")
			v.has(`document.getElementById('found-said').innerText.includes('1')`, "count that is said aloud")
			v.do(chromedp.KeyEvent(kb.ArrowDown))
			v.has(`document.activeElement === `+named("Zoé Nom042"), "focus on the person")
			v.do(chromedp.KeyEvent(kb.ArrowUp))
			v.has(`document.activeElement === `+labelled(filter), "focus back in the filter")
			v.do(chromedp.KeyEvent(kb.ArrowDown))
		} else {
			v.keys(filter, "zoe nom042")
			v.leads(chromedp.KeyEvent(kb.Enter))
			v.wants("1 personne")
			v.tabs(named("Zoé Nom042"), "person found")
		}
		v.leads(chromedp.KeyEvent(kb.Enter))
		v.keys("Nom", "Hoareau")
		v.enters("Enregistrer")
		v.wants("C’est enregistré.", "Zoé Hoareau")
		v.enters("Utilisateurs")
		v.keys(filter, "hoareau")
		v.leads(chromedp.KeyEvent(kb.Enter))
		v.wants("Zoé Hoareau", "ELEVE.042", "1 personne")
		v.lacks("Nom041")
	})
}

// TestH4ReferenceAddress: the Gérant gives a colleague a new address. Its owner confirms, the old one can object, and
// recovery trusts the new one after the cooling-off only.
func TestH4ReferenceAddress(t *testing.T) {
	const young = "lucie.neuve@gmail.example"
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		mailbox := h.visitor(t, v.view) // whoever reads these letters is signed in nowhere
		v.opensPerson("Lucie Grondin")
		page := v.path()
		asks := func(address string) {
			v.opens(school, page)
			v.types("Adresse e-mail de référence", address)
			v.presses(`document`, "Enregistrer")
			v.wants("C’est enregistré. Une demande de confirmation est partie à", "Changement d’adresse e-mail en attente")
		}
		v.types("Adresse e-mail de référence", "lucie@")
		v.wrong(v.clicks("Enregistrer"), "Adresse e-mail de référence")
		if v.holds("Adresse e-mail de référence") != "lucie@" {
			t.Error("a refusal forgets what was typed")
		}

		// The old address objects.
		asks("quelquun@gmail.example")
		stop := h.Letter(t, lucie, 0)
		if !strings.Contains(stop.Text, "Sylvie Payet") {
			t.Errorf("the old address is not told who asked:\n%s", stop.Text)
		}
		mailbox.opens(school, changeLink(t, stop.Text))
		mailbox.wants("Arrêter ce changement d’adresse", "Sylvie Payet a demandé")
		mailbox.clicks("Arrêter ce changement")
		mailbox.wants("Le changement est arrêté", "n’aura pas lieu")
		v.opens(school, page)
		v.lacks("en attente")

		// The new one confirms.
		h.Quiet(t)
		count := h.Catcher.Total()
		asks(young)
		h.Quiet(t)
		v.opens(school, page)
		v.wants("Nouvelle adresse : "+young, "par Sylvie Payet", "Elle n’est pas encore confirmée.")
		v.line("Sécurité : Utilisateurs")
		v.wants(lucie, "changement en attente")
		v.lacks(young)
		confirm := changeLink(t, h.Letter(t, young, count).Text)
		mailbox.opens(school, confirm)
		mailbox.wants("Confirmer cette adresse e-mail", "Ouvrir ce lien n’a encore rien changé.")
		mailbox.clicks("Confirmer")
		mailbox.wants("C’est confirmé", "ne sert pas encore", "D’ici là, l’adresse actuelle reste en vigueur.")
		mailbox.opens(school, confirm)
		mailbox.wants("Ce lien ne sert plus")
		v.opens(school, page)
		v.wants("Confirmée le", "Elle servira à partir du")

		// Recovery follows.
		h.writes(t, mailbox, lucie, young)
		h.Clock.Advance(profile.CoolingOff)
		h.Turn(t.Context())
		h.writes(t, mailbox, young, lucie)
		v.manages(h)
		v.line("Sécurité : Utilisateurs")
		v.wants(young)
		v.lacks("changement en attente")

		// A letter that comes back.
		v.opensPerson("Karim Hoarau")
		v.types("Adresse e-mail de référence", unknown)
		v.clicks("Enregistrer")
		h.Quiet(t)
		v.opens(school, v.path())
		v.wants("La demande de confirmation n’est pas arrivée.", "Ce que l’autre côté a répondu :", "550", "Boîte inconnue")
		v.presses(`document.querySelector('.pending')`, "Annuler ce changement")
		v.wants("Le changement d’adresse est annulé.")
		v.lacks("en attente")
	})
}

// writes wants « Clé oubliée ? » to write to one address of Lucie's and not to the other.
func (h *home) writes(t *testing.T, v *visitor, to, not string) {
	t.Helper()
	h.Quiet(t)
	count := h.Catcher.Total()
	v.renewsKey(storetest.Teacher, not)
	v.renewsKey(storetest.Teacher, to)
	letters := h.letters(t, count)
	if len(letters) != 1 || letters[0].To != to {
		t.Fatalf("%d letters, want one to %s: %+v", len(letters), to, letters)
	}
	housetest.Secret(t, letters[0])
}

// TestH7TypesOfUsers: who runs the school can hand it on, never leave it without anybody; nobody changes
// themselves.
func TestH7TypesOfUsers(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		v.line("Sécurité : Utilisateurs")
		v.clicks("modifier Sylvie Payet")
		v.wants("C’est vous.", "votre type et votre état, seul un autre responsable peut les changer")
		v.has(`!document.querySelector('main form')`, "page on which one changes nothing about oneself")
		v.clicks("Mon compte")
		v.wants("Type : Gérant.")

		// Karim, Complet, becomes a second Gérant.
		h.knows(t, h.member(t, storetest.Bureau), before)
		second := h.visitor(t, v.view)
		second.opensUp(storetest.Bureau, before, false)
		second.clicks("Mon compte")
		second.wants("Type : Complet.", "demandez au gérant")
		v.opensPerson("Karim Hoarau")
		v.wants("Tout, et la sécurité", "Fiches élèves, comptes, planning, reçus, examens.", "Fiches élèves et planning.")
		v.lacks("Famille")
		v.chose("Gérant")
		v.clicks("Enregistrer")
		v.wants("C’est enregistré.")
		second.out() // what the applications know of him holds no more
		second.opensUp(storetest.Bureau, before, false)
		second.clicks("Réglages")

		// Sylvie will leave: Karim is the one on whom the school counts, also in her eyes.
		second.opensPerson("Sylvie Payet")
		second.unfolds("Désactiver")
		second.chose("Après un dernier jour")
		week := h.Clock.Now().In(h.School.Location()).AddDate(0, 0, 7)
		second.dates("Dernier jour", week.Format(time.DateOnly))
		second.presses(unfolded("Désactiver"), "Enregistrer")
		second.wants("C’est noté : le dernier jour est le")
		const last = "C’est la dernière personne qui peut tout gérer."
		v.opensPerson("Karim Hoarau")
		v.wants(last, "donnez d’abord ce rôle à quelqu’un d’autre")
		v.has(`!document.querySelector('[type=radio][name=role]')`, "type that cannot be changed")
		v.unfolds("Désactiver")
		v.has(`(e => !e.querySelector('form') && e.innerText.includes('`+last+`'))(`+unfolded("Désactiver")+`)`,
			"sentence instead of the form that deactivates")
		v.unfolds("Supprimer")
		v.has(`!`+unfolded("Supprimer")+`.querySelector('a')`, "sentence instead of the way to delete")
		v.opens(school, v.path()+"/delete")
		v.wants(last)
		v.has(`!document.querySelector('main form')`, "page that does not delete")

		// She stays after all, and becomes a Moniteur: no gear any more.
		second.unfolds("Désactiver")
		second.chose("Plus du tout : la personne reste")
		second.presses(unfolded("Désactiver"), "Enregistrer")
		second.wants("plus aucun départ n’est prévu")
		second.chose("Moniteur")
		second.clicks("Enregistrer")
		v.out()
		v.opensUp(storetest.Manager, before, false)
		v.closed(school)
	})
}

// TestH8LifeOfAUser: somebody comes, goes, comes back, and is erased; the journal says all of it.
func TestH8LifeOfAUser(t *testing.T) {
	const (
		identifier = "AUTOECOLE.MONITEUR3"
		nina       = "nina.faure@gmail.example"
	)
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		adds := func(identifier, email string) int64 {
			v.line("Sécurité : Utilisateurs")
			v.clicks("Ajouter une personne")
			v.types("Identifiant", identifier)
			v.types("Prénom", "Nina")
			v.types("Nom", "Faure")
			v.chose("Moniteur")
			v.types("Adresse e-mail de référence", email)
			return v.clicks("Ajouter")
		}
		v.wrong(adds("nina.faure", "nina@"), "Adresse e-mail de référence")
		v.wants("Cette adresse e-mail est incomplète.")
		v.types("Adresse e-mail de référence", nina)
		v.types("Identifiant", storetest.Manager)
		v.wrong(v.clicks("Ajouter"), "Identifiant")
		v.wants("Cet identifiant est déjà donné, l’a été, ou ressemble trop à un autre.")
		if v.holds("Nom") != "Faure" || v.holds("Adresse e-mail de référence") != nina {
			t.Error("a refusal forgets what was typed")
		}
		v.types("Identifiant", identifier)
		v.clicks("Ajouter")
		v.wants("La personne est ajoutée, et son accès est en route.", "Nina Faure", "invité, pas encore entré")
		page := v.path()

		own := h.visitor(t, v.view)
		own.opensUp(identifier, housetest.Secret(t, h.Letter(t, nina, 0)), false)
		own.picksKey(chosen)
		own.opensUp(identifier, chosen, false)
		own.at("/home")
		own.wants("Nina Faure")
		v.opens(school, page)
		v.wants("actif", "confirmée", "dernière connexion")

		// Deactivated now: thrown out at the next click, and told why after the right key only.
		v.unfolds("Désactiver")
		v.presses(unfolded("Désactiver"), "Enregistrer")
		v.wants("Le compte est désactivé, et ses appareils sont déconnectés.")
		own.out()
		own.opensUp(identifier, chosen, false)
		own.wants("Ce compte est fermé pour l’instant. Le gérant de l’auto-école peut le rouvrir.")
		v.unfolds("Réactiver")
		v.clicks("Réactiver le compte")
		v.wants("Le compte est réactivé.")

		// A last day, to its end.
		zone := h.School.Location()
		today := h.Clock.Now().In(zone)
		v.unfolds("Désactiver")
		v.chose("Après un dernier jour")
		v.wrong(v.presses(unfolded("Désactiver"), "Enregistrer"), "Dernier jour")
		v.dates("Dernier jour", today.Format(time.DateOnly))
		v.presses(unfolded("Désactiver"), "Enregistrer")
		v.wants("C’est noté : le dernier jour est le", "part le")
		midnight := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 0, 0, 0, zone)
		h.Clock.Advance(midnight.Sub(h.Clock.Now()) - time.Second)
		own.opensUp(identifier, chosen, false)
		own.at("/home")
		h.Clock.Advance(2 * time.Second)
		own.out()
		h.Turn(t.Context())

		// Erased, by name.
		h.Clock.Advance(2 * time.Hour) // the Gérant has been away, whatever the time of day was
		v.manages(h)
		v.opens(school, page)
		v.wants("désactivé")
		v.unfolds("Supprimer")
		v.clicks("Supprimer…")
		v.wants("Cela ne peut pas être annulé.", "n’est jamais donné à quelqu’un d’autre")
		v.types("Pour confirmer, recopiez son identifiant", storetest.Teacher)
		v.wrong(v.clicks("Supprimer Nina Faure"), "Pour confirmer, recopiez son identifiant")
		v.types("Pour confirmer, recopiez son identifiant", identifier)
		v.clicks("Supprimer Nina Faure")
		v.at("/settings/users")
		v.wants("Le compte est supprimé. Ce qu’il a fait reste dans le journal.")
		v.lacks("Nina Faure", nina)
		v.wrong(adds("autoecole.moniteur3", nina), "Identifiant")
		v.wants("Cet identifiant est déjà donné, l’a été")

		v.line("Journal")
		v.wants("Compte créé", "Accès envoyé par un responsable", "Nouvelle clé choisie", "Compte désactivé",
			"Compte réactivé", "Dernier jour fixé", "Compte supprimé", "Connexion refusée, compte fermé", "personne supprimée", "Sylvie Payet")
		v.lacks("Nina", nina)
	})
}

// TestH9ChangeUserAndDevices: one machine for several people, and several machines for one.
func TestH9ChangeUserAndDevices(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		for _, identifier := range []string{storetest.Bureau, storetest.Teacher} {
			h.knows(t, h.member(t, identifier), before)
		}
		v.opensUp(storetest.Bureau, before, false)
		for _, path := range []string{"/home", "/account", "/account/devices", "/account/history", "/help"} {
			v.opens(school, path)
			v.has(`document.querySelector('.top').innerText.includes('Karim Hoarau')`, "name on top of "+path)
		}
		v.opens(school, "/account")
		v.clicks("Changer d’utilisateur")
		v.at("/signin")
		v.wants("À qui le tour ?")
		v.back()
		v.until("the door", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.lacks("Mon compte", karim)
		v.opensUp(storetest.Teacher, before, false)
		v.wants("Lucie Grondin")
		v.lacks("Karim Hoarau")

		// Two browsers: one ends the other, and then all others.
		other := h.visitor(t, v.view)
		for _, end := range []string{"Déconnecter cet appareil", "Déconnecter tous les autres"} {
			other.opensUp(storetest.Teacher, before, false)
			other.at("/home")
			v.opens(school, "/account")
			v.wants("2 appareils connectés")
			v.clicks("Voir : Mes appareils")
			v.wants("cet appareil", "Linux", "Connecté le", "Vu le")
			v.presses(`document.querySelector('main')`, end)
			v.at("/account/devices")
			v.wants("déconnecté")
			v.has(`document.querySelectorAll('.devices li').length === 1`, "list of this browser alone")
			other.out()
		}

		// The Gérant ends a colleague's.
		other.manages(h)
		other.opensPerson("Lucie Grondin")
		other.unfolds("Appareils connectés")
		other.presses(unfolded("Appareils connectés"), "Déconnecter cet appareil")
		other.wants("L’appareil est déconnecté.")
		v.out()
		v.back()
		v.until("the door", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.lacks("Lucie Grondin")
	})
}
