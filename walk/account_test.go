package walk

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"loquet/session"
	"loquet/store/storetest"
	"loquet/text"
)

// TestH10OwnSettings walks line 1-1-1.
func TestH10OwnSettings(t *testing.T) {
	const (
		mailbox = "sylvie.payet@orange.example"
		young   = "sylvie@payet.example"
		proof   = "Votre clé actuelle"
	)
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		v.line("Mes réglages")
		v.at("/account")
		v.wants("1-1-1 Mon compte", storetest.Manager, mailbox, "confirmée", "aucun numéro", "1 appareil connecté")

		// After five minutes a proof is asked for, and what was typed waits for it.
		h.Clock.Advance(session.Fresh)
		v.clicks("Modifier : Adresse e-mail")
		v.types("Nouvelle adresse e-mail", young)
		v.wrong(v.clicks("Demander le changement"), proof)
		v.types(proof, "Tilleul-Faux-31")
		v.wrong(v.clicks("Demander le changement"), proof)
		v.wants("Ce n’est pas votre clé actuelle.")
		if v.holds(proof) != "" || v.holds("Nouvelle adresse e-mail") != young {
			t.Error("the page keeps the key, or loses the address")
		}
		v.types(proof, before)
		v.clicks("Demander le changement")
		v.wants("Regardez votre nouvelle messagerie", "Changement d’adresse e-mail en attente")
		v.has(`!document.querySelector('[name=current_password]')`, "page that takes the proof of just now")

		// The new address, confirmed where one is signed in, serves at once.
		if l := h.Letter(t, mailbox, 0); !strings.Contains(l.Text, "/stop/") {
			t.Errorf("the old address cannot object:\n%s", l.Text)
		}
		v.opens(school, changeLink(t, h.Letter(t, young, 0).Text))
		v.wants("vous avez demandé à utiliser " + young)
		v.clicks("Confirmer")
		v.wants("C’est confirmé", young+" sert maintenant")
		v.clicks("Mon compte")
		v.wants(young)

		// A mobile, the same way.
		v.clicks("Modifier : Portable")
		v.types("Nouveau numéro de portable", "06 92 00 11")
		v.wrong(v.clicks("Demander le changement"), "Nouveau numéro de portable")
		v.types("Nouveau numéro de portable", "06 92 00 11 22")
		v.clicks("Demander le changement")
		v.wants("Votre demande est enregistrée.")
		h.Quiet(t)
		v.opens(school, changeLink(t, h.Texts.Texts(1)[0].Body))
		v.clicks("Confirmer")
		v.opens(school, "/account")
		v.wants("06 92 00 11 22")

		// The key: the one in force is asked for, fresh or not.
		v.clicks("Modifier : Clé")
		v.types("Nouvelle clé", "abc")
		if v.view.script {
			v.wants("Au moins 1 minuscule (rempli)")
			v.lacks("Au moins 1 majuscule (rempli)")
		}
		v.types("Confirmation de la clé", "abc")
		v.wrong(v.clicks("Enregistrer"), proof)
		v.types(proof, before)
		v.types("Nouvelle clé", "abc")
		v.types("Confirmation de la clé", "abc")
		v.wrong(v.clicks("Enregistrer"), "Nouvelle clé")
		v.wants("Il manque une majuscule à la clé.")
		v.types(proof, before)
		v.types("Nouvelle clé", chosen)
		v.types("Confirmation de la clé", chosen)
		v.clicks("Enregistrer")
		v.at("/account")
		v.wants("Votre nouvelle clé est enregistrée.")

		// English and back.
		v.picks("Langue des pages et des courriels", "English")
		v.clicks("Enregistrer")
		english := text.For("en", text.Key)
		v.wants(english.Say("account.notice.language-chosen"), english.Say("account.history"))
		v.picks(english.Say("account.language.label"), "Français")
		v.clicks(english.Say("team.save"))
		v.wants("Votre langue est enregistrée.")

		v.clicks("Voir : Historique")
		v.wants("Clé changée", "Nouvelle adresse en vigueur", "Connexion", "Langue choisie", "Linux")

		// One's own data.
		h.Clock.Advance(session.Fresh)
		v.opens(school, "/account")
		v.clicks("Voir : Mes données")
		v.wrong(v.clicks("Télécharger mes données"), proof)
		v.types(proof, chosen)
		own := v.downloads("Télécharger mes données")
		if !json.Valid([]byte(own)) {
			t.Errorf("the data are no JSON: %.200s", own)
		}
		for _, w := range []string{storetest.Manager, "Sylvie", young, "+262692001122"} {
			if !strings.Contains(own, w) {
				t.Errorf("the data lack %s:\n%s", w, own)
			}
		}
		secret := regexp.MustCompile(`argon2|` + chosen + `|/(stop|confirm)/|@autoecole|Lucie`)
		if secret := secret.FindString(own); secret != "" {
			t.Errorf("the data hold %q:\n%s", secret, own)
		}
		if c := v.cookie(); c == nil || strings.Contains(own, c.Value) {
			t.Errorf("the data hold the session's secret, or the session is gone: %v", c)
		}
	})
}

// TestPolicyJournalMail: what the Gérant decides, what has happened, and what did not arrive.
func TestPolicyJournalMail(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.manages(h)
		v.line("Règles")
		v.wants("47,6 bits", "La CNIL en demande 50")
		v.types("Longueur minimale", "7")
		v.wrong(v.clicks("Enregistrer"), "Longueur minimale")
		v.wants("Au moins 8 caractères")
		v.types("Longueur minimale", "10")
		v.picks("Ce que la personne doit écrire", "L’identifiant ou l’adresse e-mail")
		v.clicks("Enregistrer")
		v.wants("C’est enregistré.", "59,5 bits")
		if v.holds("Longueur minimale") != "10" {
			t.Error("the rule does not show at once")
		}

		// An access that cannot arrive.
		v.line("Lettres envoyées")
		v.wants("Aucune lettre pour l’instant.")
		v.opens(school, "/settings/users/new")
		v.types("Identifiant", "AUTOECOLE.MONITEUR3")
		v.types("Nom", "Sanschance")
		v.chose("Moniteur")
		v.types("Adresse e-mail de référence", unknown)
		v.clicks("Ajouter")
		h.Quiet(t)
		v.line("Lettres envoyées")
		v.clicks("Celles qui ne sont pas arrivées")
		v.wants("Premier accès", "Sanschance", "pas arrivée", "Boîte inconnue")
		v.lacks(unknown)

		// The journal: by person, by act, by day.
		v.line("Journal")
		v.wants("Règles changées", "Lettre non arrivée", "Compte créé", "Connexion")
		v.types("Personne", "AUTOECOLE.PERSONNE")
		v.clicks("Filtrer")
		v.wants("Personne n’a l’identifiant AUTOECOLE.PERSONNE.")
		v.types("Personne", storetest.Manager)
		v.picks("Événement", "Règles changées")
		v.clicks("Filtrer")
		v.has(`document.querySelectorAll('tbody tr').length === 1`, "one line")
		v.wants("Sylvie Payet", "Linux")
		v.clicks("Vérifier")
		v.wants("Le journal est entier.", "Chaque ligne gardée est telle qu’elle a été écrite.")
		v.has(`document.querySelectorAll('tbody tr').length === 1`, "filter that stays")
		h.Clock.Advance(session.FreshForTeam)
		v.opens(school, "/settings/journal?act=policy-changed")
		v.wrong(v.clicks("Télécharger le journal"), "Votre clé actuelle")
		v.types("Votre clé actuelle", before)
		lines := strings.Split(strings.TrimSpace(v.downloads("Télécharger le journal")), "\n")
		if len(lines) != 2 || !strings.Contains(lines[1], "policy-changed") {
			t.Errorf("the export has %q", lines)
		}
		v.line("Journal")
		v.wants("Journal exporté", "Journal vérifié", "Identité vérifiée de nouveau")
	})
}
