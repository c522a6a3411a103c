package walk

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"loquet/account"
	"loquet/store/storetest"
)

// TestC5TheManagerRegistersAnApplication lets one in, mistyping first, sees its secret once, says who may enter it, and
// shuts it out under its name.
func TestC5TheManagerRegistersAnApplication(t *testing.T) {
	walksIn(t, extremes[:1], func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Agent), before)
		v.signs(storetest.Agent, before)
		v.tile(false)
		v.opens(town, "/settings")
		v.clicks("Gérer : Applications")
		v.wants("Aucune application pour l’instant.")
		v.clicks("Ajouter une application")
		v.leads(chromedp.Click(pick("Autre programme OpenID Connect"), chromedp.ByJSPath))
		v.registers()
		id := v.given(h)
		v.tile(true)

		v.opens(town, "/settings/applications")
		v.wants("tout le monde")
		v.clicks("Cantine")
		v.chose("Famille")
		v.clicks("Enregistrer")
		v.wants("C’est enregistré.")
		kept, err := h.DB.Application(t.Context(), h.Town.ID, id)
		if err != nil || !slices.Equal(kept.Rule.Roles, []account.Role{account.Famille}) {
			t.Errorf("%v may enter: %v", kept.Rule.Roles, err)
		}
		v.tile(false)

		v.opens(town, "/settings/applications/"+id)
		v.chose("Agent")
		v.clicks("Enregistrer")
		v.tile(true)
		v.shuts(id)
		v.tile(false)
	})
}

// tile looks for the canteen among what the home page leads to.
func (v *visitor) tile(there bool) {
	v.t.Helper()
	v.opens(town, "/home")
	const found = `!!document.querySelector('.tiles a[href="https://cantine.saint-loup.example/"]')`
	v.has(fmt.Sprintf(`%s === %t`, found, there), fmt.Sprintf("home page where a tile of the canteen is %t", there))
}

// pick finds a choice by its first line.
func pick(words string) string {
	return `[...document.querySelectorAll('a.pick')].find(e => e.querySelector('strong').innerText.trim() === '` + words + `')`
}

// registers fills the form of a new application, badly once.
func (v *visitor) registers() {
	v.t.Helper()
	v.types("Nom", "Cantine")
	v.types("Adresse", "cantine.saint-loup.example")
	v.types("En une ligne", "Réserver les repas")
	v.types("Adresses de retour", "https://cantine.saint-loup.example/callback")
	v.wrong(v.clicks("Ajouter l’application"), "Adresse")
	for label, typed := range map[string]string{
		"Nom": "Cantine", "Adresse": "cantine.saint-loup.example", "En une ligne": "Réserver les repas",
		"Adresses de retour": "https://cantine.saint-loup.example/callback",
	} {
		if held := v.holds(label); held != typed {
			v.t.Errorf("« %s » holds %q", label, held)
		}
	}
	v.types("Adresse", "https://cantine.saint-loup.example/")
	v.clicks("Ajouter l’application")
}

// given reads what is shown once, which a reload does not show again, and gives the application's ID.
func (v *visitor) given(h *home) (id string) {
	v.t.Helper()
	v.wants("« Cantine » est prête.", "il ne sera plus jamais montré")
	id = v.holds("Identifiant de l’application (client_id)")
	secret := v.holds("Secret (client_secret)")
	if kept, err := h.DB.Application(v.t.Context(), h.Town.ID, id); err != nil || !kept.Knows(secret) {
		v.t.Errorf("the secret that is shown is not the application's: %v", err)
	}
	v.leads(chromedp.Reload()) // sends the form again
	v.wants("Une application porte déjà ce nom.")
	v.unseen(secret)
	v.back()
	v.unseen(secret)
	v.opens(town, "/settings/applications/"+id)
	v.wants("personne n’y est encore entré")
	v.unseen(secret)
	return id
}

// unseen wants a secret nowhere in the page, not even in a field.
func (v *visitor) unseen(secret string) {
	v.t.Helper()
	v.has(`!document.documentElement.outerHTML.includes('`+secret+`')`, "page without the secret")
}

// shuts takes the canteen out, not without its name.
func (v *visitor) shuts(id string) {
	v.t.Helper()
	const confirmation = "Pour confirmer, recopiez son nom"
	v.opens(town, "/settings/applications/"+id)
	v.unfolds("Retirer")
	v.clicks("Retirer…")
	v.types(confirmation, "Cantines")
	v.wrong(v.clicks("Retirer Cantine"), confirmation)
	v.types(confirmation, "Cantine")
	v.clicks("Retirer Cantine")
	v.at("/settings/applications")
	v.wants("C’est retiré.", "Aucune application pour l’instant.")
}
