package help

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// manager gives whoever manages an organisation of a preset.
func manager(preset organisation.Preset) Actor {
	o := organisation.Organisation{
		ID: "o", Name: "Ville de Saint-Loup", Hosts: []string{"famille.saint-loup.example"}, Preset: preset,
		Wording: preset.Wording(), Policy: preset.Policy(), Contact: organisation.Contact{
			Service: "Service Enfance", Phone: "03 53 01 38 16", Email: "enfance@saint-loup.example",
			Hours: "du lundi au vendredi\nle samedi", Address: "Mairie\n1 place de la Mairie",
		},
	}
	role := o.Roles()[0]
	person := account.Account{ID: "p", Organisation: "o", Identifier: "AGENT", Role: role, State: account.Active}
	return Actor{Organisation: o, Person: person}
}

// everywhere runs a test for each page, language and preset, under each thing that may be sent and asked for.
func everywhere(t *testing.T, test func(t *testing.T, a Actor, page Page, language string)) {
	for _, preset := range organisation.Presets {
		for _, send := range organisation.Sends {
			for _, ask := range []organisation.Ask{organisation.AskEither, organisation.AskBoth} {
				a := manager(preset)
				a.Organisation.Policy.Recovery.Send, a.Organisation.Policy.Recovery.Ask = send, ask
				for _, page := range Pages {
					for _, language := range text.Languages {
						name := strings.Join([]string{string(preset), string(send), string(ask), page.Slug, language}, " ")
						t.Run(name, func(t *testing.T) { test(t, a, page, language) })
					}
				}
			}
		}
	}
}

func TestEveryShippedPageIsCompleteAndMayBeSaved(t *testing.T) {
	everywhere(t, func(t *testing.T, a Actor, page Page, language string) {
		source := shipped(a.Organisation, page.Slug, language)
		faults, err := check(source, a.world(language))
		if err != nil || len(faults) > 0 {
			t.Fatalf("the shipped text could not be saved: %v %v", faults, err)
		}
		article, err := a.article(origin(a, page.Slug, language))
		if err != nil {
			t.Fatal(err)
		}
		if article.Title == "" || len(article.Body) < 400 {
			t.Errorf("%q: %d bytes", article.Title, len(article.Body))
		}
		for _, bad := range []string{"{{", "}}", "⟦", "<no value>", "« »", "“”", "  ", "()", "\\"} {
			if strings.Contains(article.Title+article.Body, bad) {
				t.Errorf("the page holds %q:\n%s", bad, article.Body)
			}
		}
	})
}

// An organisation that has told nothing about itself still has whole sentences.
func TestShippedPagesDoNotNeedAContact(t *testing.T) {
	everywhere(t, func(t *testing.T, a Actor, page Page, language string) {
		a.Organisation.Contact = organisation.Contact{}
		article, err := a.article(origin(a, page.Slug, language))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<p></p>", "<strong></strong>", "tel:", "mailto:", "****"} {
			if strings.Contains(article.Body, bad) {
				t.Errorf("the page holds %q:\n%s", bad, article.Body)
			}
		}
	})
}

func TestEveryWordingAndLanguageHasEveryPageAndNoOther(t *testing.T) {
	found := 0
	for _, language := range text.Languages {
		for _, wording := range []organisation.Wording{organisation.Password, organisation.Key} {
			for _, page := range Pages {
				if _, err := files.ReadFile("pages/" + language + "/" + string(wording) + "/" + page.Slug + ".md"); err != nil {
					t.Error(err)
				}
				found++
			}
		}
	}
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			found--
		}
		return err
	})
	if found != 0 {
		t.Errorf("%d files too few", found)
	}
}

func TestTheKeyPagesNeverSayPassword(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)mots? de passe|passwords?`)
	a := manager(organisation.AutoEcole)
	for _, page := range Pages {
		for _, language := range text.Languages {
			article, err := a.article(origin(a, page.Slug, language))
			if err != nil {
				t.Fatal(err)
			}
			links := regexp.MustCompile(`href="[^"]*"`)
			if m := forbidden.FindString(links.ReplaceAllString(article.Title+article.Body, "")); m != "" {
				t.Errorf("%s in %s says %q", page.Slug, language, m)
			}
		}
	}
}

// The words of the second document that people already know.
func TestTheWordsOfTheSeed(t *testing.T) {
	a := manager(organisation.AutoEcole)
	for slug, words := range map[string][]string{
		"connexion": {"je reste connecté(e)", "Entrer", "matériel est utilisé par plusieurs personnes"},
		"mot-de-passe-oublie": {
			"Clé oubliée ?", "identifiant, puis l’adresse e-mail de référence de cet identifiant", "Renouveler ma clé",
		},
		"identifiant-oublie": {
			"4-1-1 Sécurité : Utilisateurs", "Gérer", "Complet ou Moniteur", "téléphone mobile enregistré",
		},
		"retour-a-la-page-d-identification": {
			"À chaque clic, je retourne à la page d’identification", "Vider le cache",
		},
		"numero-ou-adresse-change": {"modifier", "adresses de référence"},
		"double-verification":      {"passkey", "code de secours", "Adressez-vous au gérant", "Gérant : elle est demandée"},
		"gerer-les-utilisateurs":   {"4-1-1 Sécurité : Utilisateurs", "modifier", "ensemble des identifiants"},
	} {
		article, err := a.article(origin(a, slug, "fr"))
		if err != nil {
			t.Fatal(err)
		}
		said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(article.Title + plainWords(article.Body))
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("%s does not say %q", slug, w)
			}
		}
	}
}

func TestAPolicyChangesTheText(t *testing.T) {
	body := func(a Actor, slug, language string) string {
		article, err := a.article(origin(a, slug, language))
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(article.Body)
	}
	for _, c := range []struct {
		slug          string
		change        func(*organisation.Organisation)
		before, after string
	}{
		{"mot-de-passe-oublie", func(o *organisation.Organisation) { o.Policy.Recovery.Lifetime = 2 * time.Hour },
			"24 heures", "2 heures"},
		{"mot-de-passe-oublie", func(o *organisation.Organisation) { o.Policy.Recovery.Send = organisation.SendCode },
			"mot de passe temporaire", "recevez un code"},
		{"mot-de-passe-oublie", func(o *organisation.Organisation) { o.Policy.Recovery.Ask = organisation.AskBoth },
			"Un des deux suffit", "puis l’adresse e-mail de référence"},
		{"mot-de-passe-oublie", func(o *organisation.Organisation) { o.Policy.Password.MinLength = 15 },
			"8 caractères", "15 caractères"},
		{"premiere-connexion", func(o *organisation.Organisation) { o.Contact.Phone = "01 02" },
			"tel:0353013816", "tel:0102"},
		{"connexion", func(o *organisation.Organisation) { o.Hosts = []string{"autre.example"} },
			"famille.saint-loup.example", "autre.example"},
		{"connexion", func(o *organisation.Organisation) { o.Policy = organisation.Strict.Policy() }, "La case «", ""},
		{"double-verification", func(o *organisation.Organisation) {
			o.Policy.Second = map[account.Role]organisation.Second{account.Famille: {Demand: organisation.AtOnce}}
		}, "Famille : qui veut la met en place", "Famille : elle est demandée"},
		{"double-verification", func(o *organisation.Organisation) { o.Policy.Second = nil },
			"Agent : elle est demandée", "Agent : qui veut"},
		{"double-verification", func(o *organisation.Organisation) { o.Policy.Second = nil }, "avant quel jour", ""},
		{"gerer-les-utilisateurs", func(o *organisation.Organisation) {
			o.Policy.Second[account.Agent] = organisation.Second{Demand: organisation.AtNextSignIn, Grace: 72 * time.Hour}
		}, "14 jours", "3 jours"},
		{"connexion", func(o *organisation.Organisation) { o.Preset = organisation.Default }, "courriers du service", ""},
		{"gerer-les-utilisateurs", func(o *organisation.Organisation) { o.Offices = []string{"Lac", "Gare"} },
			"", "Choisissez aussi son service"},
	} {
		a := manager(organisation.PortailFamille)
		was := body(a, c.slug, "fr")
		c.change(&a.Organisation)
		now := body(a, c.slug, "fr")
		if c.before != "" && (!strings.Contains(was, c.before) || strings.Contains(now, c.before)) {
			t.Errorf("%s: %q stood there before, and now not", c.slug, c.before)
		}
		if c.after != "" && (strings.Contains(was, c.after) || !strings.Contains(now, c.after)) {
			t.Errorf("%s: %q stands there now, and did not before:\n%s", c.slug, c.after, now)
		}
	}
}

// The rules of the Imprimerie nationale that a reader notices.
func TestFrenchTypographyOfShippedPages(t *testing.T) {
	for name, bad := range map[string]*regexp.Regexp{
		"a straight apostrophe":               regexp.MustCompile(`'`),
		"no narrow no-break space before ;?!": regexp.MustCompile(`[^\x{202f}?!][;?!](?:[^a-z]|$)`),
		"no no-break space before a colon":    regexp.MustCompile(`[^\x{a0}]:(?:\s|$)`),
		"no narrow no-break space in « »":     regexp.MustCompile(`«[^\x{202f}]|[^\x{202f}]»`),
		"three dots":                          regexp.MustCompile(`\.\.\.`),
		"a capital without its accent":        regexp.MustCompile(`\b(?:A|Etat|Ecole|Ecrivez)\b[^’]`),
		"two blanks":                          regexp.MustCompile(`[^\n ] {2}`),
	} {
		for _, wording := range []string{"password", "key"} {
			for _, page := range Pages {
				data, _ := files.ReadFile("pages/fr/" + wording + "/" + page.Slug + ".md")
				for n, line := range strings.Split(string(data), "\n") {
					if m := bad.FindString(line); m != "" {
						t.Errorf("%s/%s.md:%d: %s in %q", wording, page.Slug, n+1, name, line)
					}
				}
			}
		}
	}
}

// Links that ship lead to pages of this site, and those to help to pages that exist.
func TestShippedLinksLeadSomewhere(t *testing.T) {
	known := map[string]bool{}
	for _, p := range Pages {
		known["/help/"+p.Slug] = true
	}
	for _, path := range []string{
		"/signin", "/recover", "/identifier", "/enter", "/repair", "/home", "/account", "/account/devices", "/settings",
		"/settings/users", "/settings/users/new", "/settings/help", "/account/factors", "/account/factors/passkey",
		"/account/factors/app", "/account/factors/codes",
	} {
		known[path] = true
	}
	links := regexp.MustCompile(`href="([^"]*)"`)
	everywhere(t, func(t *testing.T, a Actor, page Page, language string) {
		article, err := a.article(origin(a, page.Slug, language))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(article.Body, -1) {
			if !known[m[1]] && !strings.HasPrefix(m[1], "tel:") && !strings.HasPrefix(m[1], "mailto:") {
				t.Errorf("a link leads to %s", m[1])
			}
		}
	})
}

// The delay that managers read is the longest that one of their people has; a role that the organisation does not have
// does not count.
func TestTheLongestGrace(t *testing.T) {
	asked := func(days int) organisation.Second {
		return organisation.Second{Demand: organisation.AtNextSignIn, Grace: time.Duration(days) * 24 * time.Hour}
	}
	for days, second := range map[int]map[account.Role]organisation.Second{
		-1: {account.Agent: {Demand: organisation.Offered, Grace: time.Hour}, account.Gerant: asked(9)},
		0:  {account.Agent: {Demand: organisation.AtOnce, Grace: time.Hour}, account.Famille: asked(0)},
		7:  {account.Agent: asked(7), account.Famille: asked(3)},
		8:  {account.Agent: asked(3), account.Famille: asked(8)},
	} {
		a := manager(organisation.PortailFamille)
		a.Organisation.Policy.Second = second
		want := time.Duration(days) * 24 * time.Hour
		if days < 0 {
			want = -1
		}
		if got := longestGrace(a.Organisation); got != want {
			t.Errorf("%v: %s, want %s", second, got, want)
		}
	}
}
