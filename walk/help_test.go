package walk

import (
	"testing"

	"loquet/store/storetest"
)

// H11: whoever is stuck finds the page that fits; the Gérant writes it anew, looks at what has changed, and brings the
// original text back.
func TestH11HelpPages(t *testing.T) {
	const loop = "/help/retour-a-la-page-d-identification"
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.opens(school, "/signin")
		v.clicks("Besoin d’aide")
		v.at("/help/connexion")
		v.wants("Se connecter", "Cliquez simplement sur « Entrer »", "La case « je reste connecté(e) »")
		v.clicks("J’ai perdu ma clé")
		v.wants("Clé oubliée ?", "Renouveler ma clé", "une clé temporaire", "24 heures", "Au moins 1 majuscule")
		v.clicks("Toutes les pages d’aide")
		v.at("/help")
		v.lacks("Gérer les utilisateurs")
		v.clicks("À chaque clic, je retourne à la page d’identification")
		v.at(loop)
		v.wants("Vider le cache")

		h.knows(t, h.member(t, storetest.Manager), before)
		v.opensUp(storetest.Manager, before, false)
		v.opens(school, "/help")
		v.wants("Gérer les utilisateurs", "Pour les gestionnaires")
		v.opens(school, loop)
		v.clicks("Modifier cette page")
		v.types("Texte de la page", "# Vider le cache\n\nCliquez sur {{bouton.reparer}}, puis {{bouton.entre}}.")
		if status := v.clicks("Enregistrer"); status != 422 {
			t.Errorf("a text with an unknown name is answered with %d", status)
		}
		v.wants("« bouton.entre » n’est pas un nom connu", "bouton.entrer")
		v.types("Texte de la page", "# Vider le cache\n\nCliquez sur {{bouton.reparer}}.")
		v.clicks("Aperçu")
		v.wants("Rien n’est encore enregistré", "Cliquez sur Vider le cache.")
		v.clicks("Enregistrer")
		v.at(loop + "/revisions/1")
		v.wants("C’est enregistré", "C’est le texte en vigueur",
			storetest.Person(t, h.DB, h.School, storetest.Manager).Name())
		v.has(`document.querySelector('del')`, "words that were taken away")
		v.has(`document.querySelector('ins')`, "words that were added")
		v.clicks("Révision précédente")
		v.at(loop + "/revisions/0")
		v.clicks("Révision suivante")
		v.at(loop + "/revisions/1")
		v.clicks("Révisions")
		v.at(loop + "/revisions")
		v.clicks("texte d’origine")
		v.clicks("Rétablir ce texte")
		v.at(loop + "/revisions/2")
		v.wants("Elle a rétabli le texte d’origine")
		v.clicks("Se déconnecter")
		v.opens(school, loop)
		v.wants("il suffit le plus souvent de vider le cache")
	})
}
