package walk

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"loquet/house/housetest"
	"loquet/session"
	"loquet/store/storetest"
)

// TestC4FamilyForgetsPasswords: a family makes passkeys, does without a password, enters with what the browser fills in,
// and comes back from the loss of its telephone.
func TestC4FamilyForgetsPasswords(t *testing.T) {
	walksIn(t, some(keyed[:1], keyed), func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		v.signs(storetest.Active, before)
		v.at("/home")
		v.wants("Plus de mot de passe à retenir")
		fillsIn := v.unaided()
		old := v.device()
		v.firstPasskey(old)
		removed := old.lost()
		d := v.secondPasskey(h, v.device(), removed)

		// No password any more: the passkey that is left stays.
		v.lacks("C’est votre dernière façon d’entrer")
		v.unfolds("Ne plus utiliser de mot de passe")
		v.wants("Vous entrerez seulement avec votre clé d’accès.")
		v.clicks("Effacer mon mot de passe")
		v.wants("Votre mot de passe est effacé.", "C’est votre dernière façon d’entrer", "Aucun mot de passe")
		v.has(`!`+named("Retirer L’ordinateur de la cuisine"), "last passkey that stays")
		v.clicks("Se déconnecter")
		v.wrong(v.signs(storetest.Active, before), "Mot de passe")
		v.entersByPasskey(h, d)
		fillsIn()
		kept := v.fillsIn(d)

		// A passkey that was removed opens nothing, and the browser's manager hears of it.
		v.unaided()
		v.opens(town, "/signin")
		d = v.device(removed...)
		if status := v.clicks("Entrer avec une clé d’accès"); status != 422 {
			t.Errorf("a passkey that was removed is answered with %d", status)
		}
		v.at("/signin/passkey")
		v.wants("Cette clé d’accès n’a pas été acceptée")
		v.until("the focus on the summary", `document.activeElement.id === 'summary' && document.title.startsWith('Erreur')`)
		d.forgets(0)
		d.lost()
		v.comesBack(h, kept[0].CredentialID)
	})
}

// firstPasskey goes from the home page to a first passkey, which its person does not unlock at once.
func (v *visitor) firstPasskey(d *device) {
	v.t.Helper()
	v.clicks("Mon compte")
	v.wants("Double vérification pas demandée")
	v.clicks("Gérer : Double vérification")
	v.wants("Ajoutez d’abord une clé d’accès ou un code d’application.", "C’est votre dernière façon d’entrer")
	v.clicks("Créer une clé d’accès")
	v.types("Nom de cette clé d’accès", "Téléphone de Claire")
	d.cannot("Créer ma clé d’accès")
	if n := len(d.keeps()); n != 0 || v.holds("Nom de cette clé d’accès") != "Téléphone de Claire" {
		v.t.Errorf("%d passkeys come of nothing, or the name is gone", n)
	}
	v.clicks("Créer ma clé d’accès")
	v.at("/account/factors")
	v.wants("Votre clé d’accès est enregistrée.", "Téléphone de Claire", "synchronisée", "Jamais utilisée.", "pas demandée")
	v.clicks("Créer une autre clé d’accès")
	v.tries("Créer ma clé d’accès", "Cet appareil a déjà une clé d’accès pour ce compte")
}

// secondPasskey makes one on another device, names it, and removes the first, proven by the new one: the device of the first
// is there again by then, and forgets it.
func (v *visitor) secondPasskey(h *home, d *device, first []*webauthn.Credential) *device {
	v.t.Helper()
	h.Clock.Advance(time.Minute)
	v.opens(town, "/account/factors/passkey")
	v.clicks("Créer ma clé d’accès")
	v.wants("Téléphone de Claire", "Clé d’accès n° 2")
	h.Clock.Advance(session.Fresh)
	v.opens(town, "/account/factors")
	v.unfolds("Renommer Clé d’accès n° 2")
	v.types("Nom de cette clé d’accès", "L’ordinateur de la cuisine")
	v.wrong(v.clicks("Enregistrer"), "Votre mot de passe actuel")
	if v.holds("Nom de cette clé d’accès") != "L’ordinateur de la cuisine" {
		v.t.Error("a refusal forgets the name")
	}
	d.cannot("Prouver avec ma clé d’accès")
	v.tries("Prouver avec ma clé d’accès", "C’est bien vous.")
	v.clicks("Enregistrer")
	v.wants("Le nouveau nom est enregistré.", "L’ordinateur de la cuisine", "Utilisée le")
	v.unfolds("Retirer Téléphone de Claire")
	v.wants("Elle n’ouvrira plus ce compte.")
	kept := d.lost()
	d = v.device(first...)
	v.clicks("Retirer cette clé d’accès")
	v.wants("La clé d’accès est retirée.")
	v.lacks("Téléphone de Claire")
	d.forgets(0)
	d.lost()
	return v.device(kept...)
}

// entersByPasskey enters by the button, and proves a sensitive act in the same way: there is no password to ask for.
func (v *visitor) entersByPasskey(h *home, d *device) {
	v.t.Helper()
	const young = "claire@nouvelle.example"
	v.opens(town, "/signin?next=%2Faccount")
	v.ticks("Rester connecté(e)")
	d.cannot("Entrer avec une clé d’accès")
	v.clicks("Entrer avec une clé d’accès")
	v.at("/account")
	if c := v.cookie(); c == nil || c.Session {
		v.t.Errorf("the wish to stay is lost: %+v", c)
	}
	v.wants("Aucun mot de passe : vous entrez avec votre clé d’accès.", "clé d’accès seule")
	h.Clock.Advance(session.Fresh)
	v.clicks("Modifier : Adresse e-mail")
	v.lacks("Votre mot de passe actuel")
	v.types("Nouvelle adresse e-mail", young)
	if status := v.clicks("Demander le changement"); status != 422 {
		v.t.Errorf("without a proof the answer is %d", status)
	}
	v.wants("Prouvez d’abord que c’est bien vous, avec votre clé d’accès.")
	if v.holds("Nouvelle adresse e-mail") != young {
		v.t.Error("a refusal forgets the address")
	}
	d.cannot("Prouver avec ma clé d’accès")
	v.tries("Prouver avec ma clé d’accès", "C’est bien vous.")
	v.clicks("Demander le changement")
	v.wants("Regardez votre nouvelle messagerie")
	v.clicks("Se déconnecter")
}

// fillsIn enters with what the browser offers by itself, to whoever types nothing and presses nothing: on the page alone,
// and on one that has refused a password, where the wish to stay is kept. It gives what the device has kept.
func (v *visitor) fillsIn(d *device) []*webauthn.Credential {
	v.t.Helper()
	const inside = `location.pathname === '/home' && document.readyState === 'complete'`
	v.opens(town, "/signin")
	v.until("the home page", inside)
	if c := v.cookie(); c == nil || !c.Session {
		v.t.Errorf("a wish that nobody had is granted: %+v", c)
	}
	d.sleeps()
	v.clicks("Se déconnecter")
	v.types("Identifiant", storetest.Active)
	v.types("Mot de passe", before)
	v.ticks("Rester connecté(e)")
	d.wakes()
	v.clicks("Connexion")
	v.until("the home page", inside)
	if c := v.cookie(); c == nil || c.Session {
		v.t.Errorf("the wish to stay is lost: %+v", c)
	}

	// Whoever presses the button takes the question from the browser, which asks one at a time.
	d.sleeps()
	defer v.watches()()
	v.clicks("Se déconnecter")
	v.until("the offer", offered)
	d.wakes()
	v.do(chromedp.Evaluate(named("Entrer avec une clé d’accès")+`?.click()`, nil))
	v.until("the home page", inside)
	d.sleeps()
	v.clicks("Se déconnecter")
	return d.lost()
}

// comesBack makes a new passkey in the place of a forgotten password, as one who has lost the device of the only one.
func (v *visitor) comesBack(h *home, lost string) {
	v.t.Helper()
	d := v.device()
	v.signs(storetest.Active, housetest.Secret(v.t, v.forgets(h, storetest.Active, claire)))
	v.at("/renew")
	v.wants("Ou créez une clé d’accès")
	d.cannot("Créer ma clé d’accès")
	v.clicks("Créer ma clé d’accès")
	v.at("/signin")
	v.wants("Votre clé d’accès est enregistrée.", "Entrez avec elle")
	v.clicks("Entrer avec une clé d’accès")
	v.at("/home")
	v.opens(town, "/account/factors")
	v.wants("L’ordinateur de la cuisine", "Clé d’accès n° 2")
	v.unfolds("Retirer L’ordinateur de la cuisine")
	v.clicks("Retirer cette clé d’accès")
	v.wants("La clé d’accès est retirée.", "C’est votre dernière façon d’entrer")
	if keys := d.keeps(); len(keys) != 1 || keys[0].CredentialID == lost {
		v.t.Errorf("the new device keeps %d passkeys", len(keys))
	}
}
