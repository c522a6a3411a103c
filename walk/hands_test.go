package walk

import (
	"flag"
	"testing"

	"github.com/chromedp/chromedp"

	"loquet/house/housetest"
	"loquet/store/storetest"
)

// extremes are the views that differ most.
var extremes = []view{{1280, true}, {360, false}}

// everyView has the long walks walked in each view, as before a release; otherwise each is walked in one of the extremes.
var everyView = flag.Bool("views", false, "walk the long walks in every view")

// some gives a few views, or all where everyView asks for them.
func some(few, all []view) []view {
	if *everyView {
		return all
	}
	return few
}

// wide and narrow give the view of a long walk: the wide window with script, or the telephone without.
func wide() []view   { return some(extremes[:1], extremes) }
func narrow() []view { return some(extremes[1:], extremes) }

// TestKeyboardAlone walks F1 to F7 with Tab, letters and Enter, and sees where the focus is at each stop.
func TestKeyboardAlone(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.opens(town, "/")
		v.tabs(named("Aller au contenu"), "« Aller au contenu »")
		v.has(`(b => b.width > 24 && b.height >= 24 && b.top >= 0)(document.activeElement.getBoundingClientRect())`,
			"visible link that skips to the page's own part")
		v.enters("Mot de passe oublié")
		v.keys("Identifiant", storetest.Active)
		v.enters("Recevoir un courriel")
		v.at("/recover/sent")
		temporary := housetest.Secret(t, h.Letter(t, claire, 0))
		v.enters("Cliquez ici pour vous reconnecter")
		v.keys("Identifiant", storetest.Active)
		v.keys("Mot de passe", temporary)
		v.enters("Connexion")
		v.at("/renew")
		v.keys("Nouveau mot de passe", chosen)
		v.enters("Enregistrer")
		v.at("/renew") // refused: the second field is empty
		v.keys("Nouveau mot de passe", chosen)
		v.keys("Confirmation mot de passe", chosen)
		v.enters("Enregistrer")
		v.at("/signin")
		v.keys("Identifiant", storetest.Active)
		v.keys("Mot de passe", chosen)
		v.enters("Connexion")
		v.at("/home")
		v.enters("Se déconnecter")
		v.at("/signin")
	})
}

// TestDoubleClickSpendsNothingTwice presses the button of a one-use password twice, as many people press all buttons.
func TestDoubleClickSpendsNothingTwice(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		temporary := housetest.Secret(t, v.forgets(h, storetest.Active, claire))
		v.opens(town, "/signin")
		v.types("Identifiant", storetest.Active)
		v.types("Mot de passe", temporary)
		v.do(chromedp.DoubleClick(named("Connexion"), chromedp.ByJSPath))
		v.until("the renewal page", `location.pathname === '/renew' && document.readyState === 'complete'`)
		v.types("Nouveau mot de passe", chosen)
		v.types("Confirmation mot de passe", chosen)
		v.do(chromedp.DoubleClick(named("Enregistrer"), chromedp.ByJSPath))
		v.until("the sign-in page", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.wants("Votre nouveau mot de passe est enregistré.")
		v.signs(storetest.Active, chosen)
		v.at("/home")
	})
}

// TestATK085BackShowsNothingPersonal presses « back » after the renewal and after signing out.
func TestATK085BackShowsNothingPersonal(t *testing.T) {
	walksIn(t, wide(), func(t *testing.T, h *home, v *visitor) {
		v.signs(storetest.Active, housetest.Secret(t, v.forgets(h, storetest.Active, claire)))
		v.chooses(chosen)
		v.back()
		v.at("/signin")
		v.lacks("Choisissez votre mot de passe")
		v.signs(storetest.Active, chosen)
		v.at("/home")
		v.clicks("Se déconnecter")
		v.nobody()
		v.back()
		v.until("the door", `location.pathname === '/signin' && document.readyState === 'complete'`)
		v.nobody()
	})
}

// TestTwoTabs does the same thing twice at once, as people who have lost sight of a window do.
func TestTwoTabs(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		v.forgets(h, storetest.Active, claire)
		h.Quiet(t)
		tab := v.tab()
		second := housetest.Secret(t, tab.forgets(h, storetest.Active, claire))
		v.signs(storetest.Active, second)
		v.at("/renew")
		tab.opens(town, "/")
		tab.at("/renew")
		v.chooses(chosen)
		tab.types("Nouveau mot de passe", next)
		tab.types("Confirmation mot de passe", next)
		tab.clicks("Enregistrer")
		tab.at("/signin") // the first has saved, the second nothing
		tab.wants("Votre connexion est terminée.")
		v.signs(storetest.Active, chosen)
		tab.opens(town, "/")
		tab.at("/home")
		v.clicks("Se déconnecter")
		tab.clicks("Télécharger le guide")
		tab.at("/signin")
		tab.nobody()
		tab.clicks("Plan du site")
		tab.at("/sitemap")
		tab.nobody()
	})
}
