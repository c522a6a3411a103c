package walk

import (
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

func TestF1FrontPage(t *testing.T) {
	walks(t, func(t *testing.T, _ *home, v *visitor) {
		if status := v.opens(town, "/"); status != 200 {
			t.Fatalf("the front page answers %d", status)
		}
		v.at("/signin")
		v.wants("Accès famille", "Identifiez-vous pour vous connecter à votre application enfance !",
			"Identifiant", "Mot de passe", "Connexion", "Mot de passe oublié", "Je ne connais pas mon identifiant",
			"Besoin d’aide", "Plan du site", "© 2026 Ville de Saint-Loup", "01 60 00 00 00")
		var title string
		v.see(`document.title`, &title)
		if plain(title) != "Accès famille – Ville de Saint-Loup" {
			t.Errorf("the window is titled %q", title)
		}
		v.wrong(v.clicks("Connexion"), "Identifiant")
		v.wants("Écrivez votre identifiant.", "Écrivez votre mot de passe.")
		v.wrong(v.signs(storetest.Active, "rien-de-bon"), "Mot de passe")
		v.wants("Cet identifiant et ce mot de passe ne vont pas ensemble.")
		if v.holds("Identifiant") != storetest.Active {
			t.Error("a refusal forgets the identifier")
		}
	})
}

func TestF2ForgottenPassword(t *testing.T) {
	walks(t, func(t *testing.T, h *home, v *visitor) {
		v.forgets(h, storetest.Active, claire)
		v.wants("Si un compte correspond, un mot de passe temporaire vient de vous être envoyé",
			"Veuillez suivre les instructions contenues dans le courriel", "Cliquez ici pour vous reconnecter",
			"spams", "indésirables", "promotions", "Vous ne recevez rien ?")
		known := v.reads()
		count := h.Catcher.Total()
		v.opens(town, "/recover")
		v.types("Identifiant", "99999")
		v.clicks("Recevoir un courriel")
		if v.reads() != known {
			t.Error("the answer tells known from unknown")
		}
		if n := len(h.letters(t, count)); n != 0 {
			t.Errorf("%d letters for nobody", n)
		}
		v.clicks("Cliquez ici pour vous reconnecter")
		v.at("/signin")
		v.clicks("Mot de passe oublié")
		v.wrong(v.clicks("Recevoir un courriel"), "Identifiant")
		v.types("Adresse e-mail", "quelquun@gmail.com")
		v.clicks("Recevoir un courriel")
		v.wants("Gmail range souvent ce courriel")
		v.has(named("Ouvrir Gmail")+`?.href.startsWith('https://mail.google.com/')`, "way to the mailbox")
	})
}

func TestF3Letter(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		l := v.forgets(h, storetest.Active, claire)
		if l.Subject != "Envoi de vos identifiants de connexion" {
			t.Errorf("the subject is %q", l.Subject)
		}
		secret := housetest.Secret(t, l)
		words := []string{"Bonjour Claire Martin", "Identifiant : " + storetest.Active, "Mot de passe temporaire :", secret,
			"Il est valable 24 heures", "ne sert qu’une fois", "http://" + town,
			"Cette demande a été faite le", "depuis", "Linux",
			"Ce n’était pas vous ?", "01 60 00 00 00", "Nous ne vous demanderons jamais votre mot de passe"}
		for _, w := range words {
			if !strings.Contains(plain(l.Text), plain(w)) {
				t.Errorf("the letter's text lacks « %s »:\n%s", w, l.Text)
			}
		}
		if strings.ContainsAny(secret, "0O1lI") {
			t.Errorf("%q holds letters that look alike", secret)
		}
		v.mails(l)
		v.wants(words...)
		v.fits()
		var outside int
		v.see(`document.querySelectorAll('img, link, script, iframe, [background]').length`, &outside)
		if outside != 0 {
			t.Errorf("the letter fetches %d things", outside)
		}
		v.clicks("Se connecter")
		v.at("/signin")
	})
}

func TestF4LetterIsThereWithinSeconds(t *testing.T) {
	walks(t, func(t *testing.T, h *home, v *visitor) {
		began := time.Now()
		v.forgets(h, storetest.Active, claire)
		if took := time.Since(began); took > seconds {
			t.Errorf("the letter took %v, clicks included", took)
		}
		v.wants("En règle générale, vous recevez le courriel dans les 5 minutes.", "faute de frappe",
			"Vous avez changé d’adresse e-mail ?", "01 60 00 00 00")
		v.clicks("refaire la demande")
		v.at("/recover")
	})
}

func TestF5ChooseYourPassword(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		temporary := housetest.Secret(t, v.forgets(h, storetest.Active, claire))
		typed := "  " + strings.ToLower(strings.ReplaceAll(temporary, "-", " ")) + " " // as people copy it
		v.signs(storetest.Active, typed)
		v.at("/renew")
		v.opens(town, "/home")
		v.at("/renew")
		v.wants("Choisissez votre mot de passe", "Pour améliorer la sécurité de votre application", "8 caractères minimum",
			"Au moins 1 majuscule", "Au moins 1 minuscule", "Au moins 1 caractère numérique",
			"Vous devrez vous identifier de nouveau après cette modification.")
		v.lacks("(rempli)")
		v.types("Nouveau mot de passe", "abc")
		if v.view.script {
			v.wants("Au moins 1 minuscule (rempli)")
			v.lacks("Au moins 1 majuscule (rempli)", "8 caractères minimum (rempli)")
			v.until("the criteria being told", `document.getElementById('criteria-status').textContent.includes('Encore')`)
		}
		v.types("Confirmation mot de passe", "abd")
		v.wrong(v.clicks("Enregistrer"), "Nouveau mot de passe")
		v.wants("il manque 5 caractères", "Il manque une majuscule", "Il manque un chiffre")
		v.types("Nouveau mot de passe", chosen)
		v.types("Confirmation mot de passe", chosen+"x")
		v.wrong(v.clicks("Enregistrer"), "Confirmation mot de passe")
		v.wants("Les deux mots de passe ne sont pas les mêmes.")
		v.types("Nouveau mot de passe", before)
		v.types("Confirmation mot de passe", before)
		v.wrong(v.clicks("Enregistrer"), "Nouveau mot de passe")
		v.wants("C’est le mot de passe que vous aviez, ou le mot de passe temporaire.")
		if v.view.script {
			v.types("Nouveau mot de passe", chosen)
			v.until("all criteria being met", `document.getElementById('criteria-status').textContent.startsWith('Tous')`)
			v.shows(chosen)
		}
		v.chooses(chosen)
	})
}

func TestF6SignInAgain(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		other := h.visitor(t, v.view)
		other.signs(storetest.Active, before)
		other.at("/home")
		temporary := housetest.Secret(t, v.forgets(h, storetest.Active, claire))
		other.opens(town, "/home")
		other.at("/home") // asking closes nothing
		v.signs(storetest.Active, temporary)
		count := h.Catcher.Total()
		v.chooses(chosen)
		other.opens(town, "/home")
		other.at("/signin")
		other.wants("Votre connexion est terminée.")
		if l := h.Letter(t, claire, count); l.Subject != "Votre mot de passe a été modifié" {
			t.Errorf("the person is told by %q", l.Subject)
		}
		v.wrong(v.signs(storetest.Active, temporary), "Mot de passe")
		v.wants("Ce mot de passe temporaire n’est plus valable")
		v.wrong(v.signs(storetest.Active, before), "Mot de passe")
		v.signs(storetest.Active, chosen)
		v.at("/home")
	})
}

func TestF7Home(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		h.knows(t, h.citizen(t, storetest.Active), before)
		v.signs(storetest.Active, before)
		v.at("/home")
		v.wants("Bienvenue sur le portail famille", "Claire Martin", "Se déconnecter", "Télécharger le guide", "Actualités",
			"Rentrée", "Les inscriptions sont ouvertes.", "Cantine", "Réserver les repas", "Service Enfance", "01 60 00 00 00",
			"enfance@saint-loup.example", "du lundi au vendredi, 8 h 30 – 12 h",
			"si vous oubliez votre mot de passe, la procédure est la même")
		v.has(`document.querySelector('.tiles a[href="https://cantine.example"]')`, "tile that leads to its application")
		if guide := v.downloads("Télécharger le guide"); !strings.HasPrefix(guide, "%PDF-") {
			t.Errorf("the guide is no PDF: %.20q", guide)
		}
		v.clicks("Se déconnecter")
		v.at("/signin")
		v.wants("Vous êtes déconnecté(e).")
		v.opens(town, "/home")
		v.at("/signin")
	})
}

// TestF8AgainForEver forgets and forgets again, and walks the same path for a first access.
func TestF8AgainForEver(t *testing.T) {
	walksIn(t, narrow(), func(t *testing.T, h *home, v *visitor) {
		again := func(identifier, mailbox, password string) {
			v.signs(identifier, housetest.Secret(t, v.forgets(h, identifier, mailbox)))
			v.chooses(password)
			v.types("Identifiant", identifier)
			v.types("Mot de passe", password)
			v.clicks("Connexion")
			v.at("/home")
			v.clicks("Se déconnecter")
			h.Clock.Advance(time.Hour)
		}
		again(storetest.Active, claire, chosen)
		again(storetest.Active, claire, next)
		again(storetest.Invited, "ines.garcia@gmail.example", chosen)
	})
}

// TestF9Sitemap follows every link of the foot of every public page, and wants all public pages on the plan.
func TestF9Sitemap(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		public := []string{"/signin", "/recover", "/identifier", "/enter", "/repair", "/help", "/legal", "/privacy",
			"/accessibilite", "/sitemap"}
		v.opens(town, "/")
		v.clicks("Plan du site")
		v.at("/sitemap")
		var listed []string
		v.see(`[...document.querySelectorAll('main a')].map(a => a.pathname)`, &listed)
		for _, path := range public {
			if !contains(listed, path) {
				t.Errorf("the plan lacks %s", path)
			}
		}
		seen := map[string]bool{}
		for _, path := range public {
			if status := v.opens(town, path); status != 200 {
				t.Errorf("%s answers %d", path, status)
			}
			v.wants("Plan du site", "Mentions légales", "Données personnelles", "Accessibilité", "English")
			var foot []string
			v.see(`[...document.querySelectorAll('footer a')].map(a => a.pathname + a.search)`, &foot)
			for _, link := range foot {
				seen[link] = true
			}
		}
		for link := range seen {
			if a := h.Browser(t, town).Get(link); a.Status >= 400 {
				t.Errorf("%s, linked at the foot, answers %d %s", link, a.Status, a.Location)
			}
		}
	})
}

func TestF10ForgottenIdentifier(t *testing.T) {
	walksIn(t, extremes, func(t *testing.T, h *home, v *visitor) {
		h.settles(t, account.Account{
			Identifier: "38199", GivenName: "Claire", FamilyName: "Martin", Role: account.Famille, State: account.Active,
			Emails: []account.Email{{Address: claire, Proven: true}},
		})
		asks := func(mailbox string) []courier.Caught {
			count := h.Catcher.Total()
			v.opens(town, "/")
			v.clicks("Je ne connais pas mon identifiant")
			v.types("Adresse e-mail", mailbox)
			v.clicks("Recevoir mes identifiants")
			v.at("/identifier/sent")
			v.wants("Si un compte correspond, vos identifiants viennent de vous être envoyés",
				"Cliquez ici pour vous reconnecter")
			return h.letters(t, count)
		}
		for mailbox, want := range map[string][]string{
			storetest.Household: {storetest.Mother, storetest.Father, "Anne Durand", "Paul Durand"},
			claire:              {storetest.Active, "38199"},
		} {
			letters := asks(mailbox)
			if len(letters) != 1 || letters[0].To != mailbox {
				t.Fatalf("%d letters for %s, want one", len(letters), mailbox)
			}
			for _, w := range want {
				if !strings.Contains(letters[0].Text, w) || !strings.Contains(letters[0].HTML, w) {
					t.Errorf("the letter to %s lacks %s:\n%s", mailbox, w, letters[0].Text)
				}
			}
		}
		if n := len(asks("personne@gmail.example")); n != 0 {
			t.Errorf("%d letters for nobody", n)
		}
		v.opens(town, "/identifier")
		v.wrong(v.clicks("Recevoir mes identifiants"), "Adresse e-mail")
	})
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}
