package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"loquet/organisation"
	"loquet/text"
	"loquet/web/assets"
)

func render(t *testing.T, page templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everyPage runs a test over every sample in every language and pack.
func everyPage(t *testing.T, test func(t *testing.T, s Sample, say *text.Printer, page string)) {
	for _, pack := range text.Packs {
		for _, lang := range text.Languages {
			say := text.For(lang, pack)
			for _, s := range Samples() {
				t.Run(s.Name+"/"+lang+"/"+string(pack), func(t *testing.T) {
					test(t, s, say, render(t, s.Page(say)))
				})
			}
		}
	}
}

func TestEveryPageIsWholeAndAccessible(t *testing.T) {
	everyPage(t, func(t *testing.T, s Sample, say *text.Printer, page string) {
		for _, bad := range []string{"⟦", "<no value>", "%!", "about:invalid", "<nil>"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		d := read(t, page)
		if strings.Contains(d.words, "<no value>") { // escaped on the page
			t.Error("a sentence lacks a value")
		}
		for _, fault := range d.faults {
			t.Error(fault)
		}
		if !strings.Contains(page, "<style>"+OrganisationStyle(s.Colour(say))+"</style>") {
			t.Errorf("the style sheet is not the one of %q, which the policy allows", s.Colour(say))
		}
		if d.lang != say.Language {
			t.Errorf("lang = %q, want %q", d.lang, say.Language)
		}
		if s.Form && s.Status >= 422 {
			if !strings.HasPrefix(d.title, "Erreur\u00a0: ") && !strings.HasPrefix(d.title, "Error: ") {
				t.Errorf("title of a refused form = %q", d.title)
			}
			if !d.ids["summary"] {
				t.Error("a refused form without a summary")
			}
		} else if s.Form && (strings.HasPrefix(d.title, "Err") || d.ids["summary"]) {
			t.Errorf("a form that was not refused says so: %q", d.title)
		}
	})
}

func TestSampleNamesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Samples() {
		if seen[s.Name] || s.Name != strings.ToLower(s.Name) {
			t.Errorf("%s: used twice, or not in small letters", s.Name)
		}
		seen[s.Name] = true
		if found, ok := SampleNamed(s.Name); !ok || found.Status != s.Status {
			t.Errorf("%s is not found by its name", s.Name)
		}
	}
}

// In the key pack nobody reads « mot de passe »: the word that people know is « clé ».
func TestTheKeyPackNeverSaysPassword(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)mots? de passe|passwords?`)
	for _, lang := range text.Languages {
		for _, s := range Samples() {
			if s.Name == "gallery" || strings.HasPrefix(s.Name, "mails") || strings.HasPrefix(s.Name, "platform") ||
				strings.HasPrefix(s.Name, "desk") {
				continue // the platform's own pages belong to no organisation
			}
			d := read(t, render(t, s.Page(text.For(lang, text.Key))))
			if m := forbidden.FindString(d.words); m != "" {
				t.Errorf("%s in %s says %q", s.Name, lang, m)
			}
		}
	}
}

func TestEveryFormKeepsWhatWasTypedButNoPassword(t *testing.T) {
	say := text.For("fr", text.Plain)
	page := render(t, SignInPage(SignIn{Frame: commune(say), State: SignInRefused, Identifier: "38162"}))
	if !strings.Contains(page, `value="38162"`) {
		t.Error("the identifier is not kept")
	}
	everyPage(t, func(t *testing.T, _ Sample, _ *text.Printer, page string) {
		if m := regexp.MustCompile(`<input[^>]*type="password"[^>]*value=`).FindString(page); m != "" {
			t.Errorf("a password field has a value: %s", m)
		}
	})
}

// The sentences of the two documents that people already know.
func TestTheWordsOfTheSeeds(t *testing.T) {
	plain, key := text.For("fr", text.Plain), text.For("fr", text.Key)
	for _, c := range []struct {
		sample string
		say    *text.Printer
		words  []string
	}{
		{"signin", plain, []string{
			"Accès famille", "Identifiez-vous pour vous connecter à votre application enfance !", "Identifiant",
			"Mot de passe", "Mot de passe oublié", "Connexion", "Plan du site", "Accessibilité : non conforme",
		}},
		{"sent", plain, []string{
			"un mot de passe temporaire vient de vous être envoyé",
			"Veuillez suivre les instructions contenues dans le courriel",
			"Cliquez ici pour vous reconnecter", "En règle générale, vous recevez le courriel dans les 5 minutes",
			"spams", "indésirables", "promotions",
		}},
		{"renew", plain, []string{
			"Choisissez votre mot de passe", "Pour améliorer la sécurité de votre application",
			"8 caractères minimum", "Au moins 1 majuscule", "Au moins 1 minuscule", "Au moins 1 caractère numérique",
			"Nouveau mot de passe", "Confirmation mot de passe", "Enregistrer",
			"Vous devrez vous identifier de nouveau après cette modification",
		}},
		{"home", plain, []string{
			"Bienvenue sur le portail famille", "Télécharger le guide",
			"si vous oubliez votre mot de passe, la procédure est la même",
		}},
		{"signin", key, []string{"Clé", "je reste connecté(e)", "Entrer", "Clé oubliée ?", "ne pas cocher cette case"}},
		{"recover", key, []string{"Renouveler ma clé", "adresse e-mail de référence"}},
		{"repair", key, []string{"À chaque clic, je retourne à la page d’identification", "Vider le cache"}},
	} {
		s, _ := SampleNamed(c.sample)
		said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(read(t, render(t, s.Page(c.say))).words)
		for _, w := range c.words {
			if !strings.Contains(said, w) {
				t.Errorf("%s does not say %q", c.sample, w)
			}
		}
	}
}

func TestTheSignInPageIsLight(t *testing.T) {
	for _, pack := range text.Packs {
		s, _ := SampleNamed("signin")
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, _ = w.Write([]byte(render(t, s.Page(text.For("fr", pack)))))
		_ = w.Close()
		if b.Len() > 11*1024 {
			t.Errorf("the sign-in page weighs %d bytes, at most %d", b.Len(), 11*1024)
		}
	}
}

// ATK-082, on pages: names that people and managers wrote stay words.
func TestATK082HostileNamesStayWords(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	for _, s := range Samples() {
		f := commune(text.For("fr", text.Plain))
		o := &f.Organisation
		o.Name, o.Contact.Service, o.Contact.Phone, o.Contact.Hours = hostile, hostile, hostile, hostile
		o.Contact.Address, o.Contact.Email, o.Hosts = hostile, hostile, []string{hostile}
		o.Legal.Publisher, o.Legal.Director, o.Legal.Host = hostile, hostile, hostile
		o.Legal.Controller, o.Legal.Officer, o.Legal.Copyright = hostile, hostile, hostile
		o.Appearance.Colour, o.Appearance.Logo = hostile, hostile
		o.News[0].Title, o.News[0].Body, o.Tiles[0].Name, o.Tiles[0].About = hostile, hostile, hostile, hostile
		o.Tiles[0].URL = "javascript:alert(1)"
		page := render(t, s.page(f))
		for _, bad := range []string{"<script>alert", "<img", "javascript:"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %q", s.Name, bad)
			}
		}
	}
	f := inside(commune(text.For("fr", text.Plain)))
	f.Person = hostile
	refused := []Problem{{Key: "signin.refused"}}
	mail := Mail{To: hostile, Subject: hostile, Text: hostile, HTML: hostile}
	for name, page := range map[string]templ.Component{
		"signin":     SignInPage(SignIn{Frame: f, Identifier: hostile, Next: hostile, Problems: refused}),
		"recover":    RecoverPage(Recover{Frame: f, Identifier: hostile, Email: hostile}),
		"identifier": IdentifierPage(Identifier{Frame: f, Email: hostile}),
		"enter":      EnterPage(Enter{Frame: f, Action: "/enter/" + hostile, Code: hostile}),
		"renew":      RenewPage(Renew{Frame: f, Identifier: hostile}),
		"fault":      FaultPage(Fault{Frame: f, Status: 500, Reference: hostile}),
		"mails":      MailsPage(Mails{Frame: f, Mails: []Mail{mail}}),
		"texts":      TextsPage(Texts{Frame: f, Texts: []Text{{To: hostile, Body: hostile}, {Body: "x http://a.example/" + hostile}}}),
		"home":       HomePage(Home{Frame: f, Tiles: []organisation.Tile{{Name: hostile, URL: "data:text/html,x"}}}),
	} {
		out := render(t, page)
		for _, bad := range []string{"<script>alert", "<img", "data:text"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		for _, fault := range read(t, out).faults {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// ATK-043, on pages: whatever was asked for, the language links stay on this page of this site.
func TestATK043LanguageLinksStayHere(t *testing.T) {
	here, _ := url.Parse("https://famille.example/signin?next=%2Fhome")
	for _, path := range []string{
		"", "/", "/signin", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "https://evil.example/",
		"javascript:alert(1)", "/a?b#c", "/a b", "/%2f%2fevil.example", "/é",
	} {
		for _, next := range []string{"", "/home", "//evil.example", "/a&lang=x#y"} {
			link, err := here.Parse(string(languageLink(path, "en", next)))
			if err != nil || link.Host != here.Host || link.Scheme != "https" || strings.Contains(link.EscapedPath(), `\`) {
				t.Errorf("languageLink(%q, %q) leads to %v (%v)", path, next, link, err)
				continue
			}
			if q := link.Query(); !slices.Equal(q["lang"], []string{"en"}) || q.Get("next") != next || link.Fragment != "" {
				t.Errorf("languageLink(%q, %q) says %v", path, next, link)
			}
		}
	}
}

func TestTheDoorNeedsNoSecondStyleRequest(t *testing.T) {
	say := text.For("fr", text.Plain)
	front := render(t, SignInPage(SignIn{Frame: commune(say)}))
	if !strings.Contains(front, string(assets.CSS)) || strings.Contains(front, `rel="stylesheet"`) {
		t.Error("the front page does not carry its style sheet")
	}
	home := render(t, HomePage(Home{Frame: inside(commune(say))}))
	if strings.Contains(home, string(assets.CSS)) || !strings.Contains(home, assets.Path("loquet.css")) {
		t.Error("a page inside carries its style sheet")
	}
}

func TestSentIsTheSameForEveryAddressOfAProvider(t *testing.T) {
	if got := ProviderOf("GMAIL.com."); got != Gmail {
		t.Errorf("ProviderOf(GMAIL.com.) = %q", got)
	}
	for _, domain := range []string{"", ".", "gmail.com.example", "notgmail.com", "mairie.fr", "gmail"} {
		if got := ProviderOf(domain); got.Known() {
			t.Errorf("ProviderOf(%q) = %q", domain, got)
		}
	}
	for _, p := range Providers {
		if !p.Known() || !strings.HasPrefix(p.Webmail(), "https://") {
			t.Errorf("%s has no webmail", p)
		}
	}
	if len(known) != len(Providers) {
		t.Errorf("%d providers are known, %d listed", len(known), len(Providers))
	}
}

func TestCriteriaFollowThePolicy(t *testing.T) {
	say := text.For("fr", text.Plain)
	for _, preset := range organisation.Presets {
		policy := preset.Policy().Password
		var names []string
		for _, r := range rules(commune(say), policy) {
			names = append(names, r.name)
		}
		want := []string{"length"}
		if policy.Upper {
			want = append(want, "upper", "lower", "digit")
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: criteria %v, want %v", preset, names, want)
		}
		if got := len(left(commune(say), policy)); got != len(want)+1 {
			t.Errorf("%s: %d sentences for %d criteria", preset, got, len(want))
		}
	}
}

func TestGalleryChoices(t *testing.T) {
	all := Choices()
	if len(all) != 8 {
		t.Fatalf("%d choices, want 8", len(all))
	}
	for _, c := range all {
		q := queryOf(t, c.query())
		if got := ChoiceOf(q); got != c {
			t.Errorf("ChoiceOf(%v) = %v", c.query(), got)
		}
	}
}
