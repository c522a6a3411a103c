package walk

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
)

// patronne is the Gérante of these walks: she has lost her identifier, her key and her mailbox.
const (
	patronne   = "LAC.PATRONNE"
	lost       = "aline.robert@lac.example"
	found      = "aline@neuf.example"
	registered = "+33612345678"
)

// calls brings the Gérante to the school, whose number on record came into force so long ago.
func (h *home) calls(t testing.TB, identifier, name, mobile string, age time.Duration) account.Account {
	t.Helper()
	a := account.Account{
		Identifier: identifier, GivenName: "Aline", FamilyName: name, Role: account.Gerant, State: account.Active,
		Emails: []account.Email{{Address: lost, Proven: true}},
	}
	if mobile != "" {
		a.Mobile, a.MobileProven, a.MobileSince = mobile, true, h.Clock.Now().Add(-age)
	}
	return h.joins(t, a)
}

// operates signs an operator in at the platform's host, with two proofs.
func (v *visitor) operates(h *home, identifier string) {
	v.t.Helper()
	_, _, app := h.Operator(v.t, identifier)
	v.opens(platform, "/desk")
	v.at("/signin")
	v.types("Identifiant", identifier)
	v.types("Mot de passe", housetest.OperatorPassword)
	v.clicks("Connexion")
	v.at("/signin/second")
	v.types("Code à six chiffres", app.Next())
	v.clicks("Continuer")
	v.at("/desk")
	v.wants(identifier)
}

// takes opens a case about somebody who calls, and finds the person.
func (v *visitor) takes(reason, name string) {
	v.t.Helper()
	v.opens(platform, "/desk")
	v.clicks("Nouvel appel")
	v.types("Quelle organisation ?", "lac")
	v.clicks("Chercher")
	v.lacks("Saint-Loup")
	v.wrong(v.clicks("Ouvrir le dossier"), "Ce qu’elle dit")
	v.chose("Auto-école du Lac – autoecole.localhost:8080")
	v.chose(reason)
	v.types("Ce qu’elle dit", "Elle ne retrouve plus rien, et la rentrée est lundi.")
	v.types("Numéro affiché (ne prouve rien)", "06 12 34 56 78")
	v.clicks("Ouvrir le dossier")
	v.wants("Numéro affiché (ne prouve rien) 06 12 34 56 78", "Retrouvez d’abord la personne.")
	v.types("Ce que l’appelant dit de lui", "Robert")
	v.wrong(v.clicks("Chercher"), "Ce que l’appelant dit de lui")
	v.types("Ce que l’appelant dit de lui", "aline "+name)
	v.clicks("Chercher")
	v.lacks(lost, patronne, registered)
	v.clicks("C’est elle Aline " + name)
	v.wants("Le dossier est au nom de cette personne.", "a…t@lac.example", "se montre une fois qu’il peut être dit")
	v.lacks(lost, patronne)
}

var sixDigits = regexp.MustCompile(`\b\d{3}[ \x{a0}]?\d{3}\b`)

// hears gives the code that the Gérante reads on her telephone.
func (h *home) hears(t testing.TB) string {
	t.Helper()
	h.Quiet(t)
	m, err := h.Texts.Wait(t.Context(), registered)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Body, "VOUS") {
		t.Errorf("the text message does not say whom the code is for: %q", m.Body)
	}
	return sixDigits.FindString(m.Body)
}

// TestH5TheGeranteCallsFromHerMobile: who has lost identifier, key and mailbox is checked by a code, told the
// identifier, given a new address by two operators, and is back in.
func TestH5TheGeranteCallsFromHerMobile(t *testing.T) {
	walksIn(t, extremes[:1], func(t *testing.T, h *home, v *visitor) {
		h.calls(t, patronne, "Robert", registered, 365*24*time.Hour)
		sacha := h.visitor(t, v.view)
		sacha.operates(h, "OPERATEUR.SACHA")
		v.operates(h, "OPERATEUR.CAMILLE")
		v.takes("Boîte aux lettres perdue", "Robert")
		v.wants("Le numéro affiché peut être imité.", "Fermé : vérifiez d’abord l’appelant.")
		v.clicks("Envoyer le code")
		v.wants("Le code est parti au numéro enregistré.", "Il reste 5 essais.")
		code := h.hears(t)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		v.types("Le code que lit l’appelant", wrong)
		v.wrong(v.clicks("Vérifier le code"), "Le code que lit l’appelant")
		v.wants("Ce n’est pas le bon code.", "Il reste 4 essais.")
		v.types("Le code que lit l’appelant", code)
		v.clicks("Vérifier le code")
		v.wants("L’appelant est vérifié, pour une heure.", "vérifié par code", "Connecté nulle part.")
		v.clicks("Montrer l’identifiant")
		v.wants("Vous pouvez dire l’identifiant.", "« Votre identifiant est "+patronne+". »")
		v.unfolds("Proposer une adresse")
		v.types("Nouvelle adresse e-mail", "aline chez neuf")
		v.wrong(v.clicks("Proposer"), "Nouvelle adresse e-mail")
		v.types("Nouvelle adresse e-mail", found)
		v.clicks("Proposer")
		v.wants("C’est proposé.", "Un autre opérateur doit le valider : ni vous, ni qui a vérifié l’appelant.", "a…e@neuf.example")
		v.lacks(found)

		var number string
		v.see(`document.querySelector('h1 .code').innerText`, &number)
		sacha.opens(platform, "/desk")
		sacha.wants("À valider par un second opérateur", "Remplacer l’adresse e-mail")
		sacha.clicks("Ouvrir le dossier " + number)
		sacha.wants("Relisez le dossier.")
		sacha.clicks("Valider")
		sacha.wants("C’est fait.", "Validé par OPERATEUR.SACHA")

		// The new mailbox confirms, the old one is told, and after two days the key is renewed as everybody's is.
		letter := h.Letter(t, found, 0)
		h.Letter(t, lost, 0)
		caller := h.visitor(t, v.view)
		caller.opens(school, regexp.MustCompile(`/confirm/[A-Za-z0-9_-]+`).FindString(letter.Text))
		caller.clicks("Confirmer")
		h.Clock.Advance(49 * time.Hour)
		h.Turn(t.Context())
		before := h.Catcher.Total()
		caller.renewsKey(patronne, found)
		secret := housetest.Secret(t, h.Letter(t, found, before))
		caller.opensUp(patronne, secret, false)
		caller.picksKey(chosen)
		caller.opensUp(patronne, chosen, false)
		caller.at("/home")
		caller.line("Journal")
		caller.wants("Assistance (OPERATEUR.CAMILLE)", "Assistance (OPERATEUR.SACHA)", "Assistance : appelant vérifié")
	})
}

// TestH5WhoCannotBeCheckedSo: the number is forged, was changed yesterday, or is lost. Nothing opens but papers, which
// two operators see, and then a wait that the owner ends with one click.
func TestH5WhoCannotBeCheckedSo(t *testing.T) {
	walksIn(t, extremes[1:], func(t *testing.T, h *home, v *visitor) {
		h.calls(t, patronne, "Robert", registered, 365*24*time.Hour)
		h.calls(t, "LAC.HIER", "Hierry", "+33698765432", 24*time.Hour)
		h.calls(t, "LAC.SANS", "Sanson", "", 0)
		sacha := h.visitor(t, v.view)
		sacha.operates(h, "OPERATEUR.SACHA")
		v.operates(h, "OPERATEUR.CAMILLE")

		// Forged: the caller shows the number on record, and cannot read what is sent to it.
		v.takes("Identifiant oublié", "Robert")
		v.clicks("Envoyer le code")
		code := h.hears(t)
		guess := "123456"
		if guess == code {
			guess = "654321"
		}
		for range 4 {
			v.types("Le code que lit l’appelant", guess)
			v.wrong(v.clicks("Vérifier le code"), "Le code que lit l’appelant")
		}
		v.types("Le code que lit l’appelant", guess)
		v.clicks("Vérifier le code")
		v.wants("Ce code ne vaut plus rien.", "Fermé : vérifiez d’abord l’appelant.", "Envoyer le code")
		v.lacks(patronne, "Montrer l’identifiant", "Proposer une adresse")

		// Changed yesterday: it proves nothing yet.
		v.takes("Boîte aux lettres perdue", "Hierry")
		v.wants("il doit avoir 7 jours pour prouver quelque chose.")
		v.lacks("Envoyer le code", "Rappeler au numéro enregistré", "LAC.HIER")

		// Lost: papers, a second operator, three days, and one click of the owner's.
		v.takes("Portable perdu ou changé", "Sanson")
		v.wants("Aucun numéro confirmé n’est enregistré.")
		v.clicks("Noter les papiers")
		v.wants("Ces papiers n’y suffisent pas")
		v.chose("Extrait Kbis de moins de trois mois")
		v.chose("Pièce d’identité de l’appelant")
		v.types("SIRET", "732 829 320 00075")
		v.wrong(v.clicks("Noter les papiers"), "SIRET")
		v.types("SIRET", "732 829 320 00074")
		v.clicks("Noter les papiers")
		v.wants("Les papiers sont notés.", "Un second opérateur doit voir ces papiers")
		path := v.path()

		sacha.opens(platform, path)
		sacha.clicks("J’ai vu ces papiers moi aussi")
		sacha.wants("vérifié par papiers")
		sacha.unfolds("Proposer une adresse")
		sacha.types("Nouvelle adresse e-mail", found)
		sacha.clicks("Proposer")
		v.opens(platform, path)
		v.clicks("Valider")
		v.wants("C’est validé. La personne est prévenue partout, et peut l’arrêter.")
		letter := h.Letter(t, lost, 0)
		owner := h.visitor(t, v.view)
		owner.opens(school, regexp.MustCompile(`/stop/[A-Za-z0-9_-]+`).FindString(letter.Text))
		owner.wants("Quelqu’un a demandé à l’assistance de remplacer l’adresse e-mail du compte « Aline Sanson »", "a…e@neuf.example")
		owner.clicks("Ce n’est pas moi : arrêter")
		owner.wants("C’est arrêté")
		v.opens(platform, path)
		v.wants("arrêté par la personne")
		h.Clock.Advance(73 * time.Hour)
		h.Turn(t.Context())
		h.Quiet(t)
		for _, l := range h.Catcher.Letters(100) {
			if l.To == found {
				t.Errorf("a letter went to %s: %s", found, l.Subject)
			}
		}
	})
}
