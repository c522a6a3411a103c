package web_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/house/housetest"
	"loquet/session"
	"loquet/store/storetest"
)

var browsers = []situation{
	{number: 62, who: "Tous", what: "Chaque clic ramène à l’identification", walk: inCircles,
		serves: "Le portail s’en aperçoit, nomme la cause en `/repair`, et un bouton remet tout à neuf"},
	{number: 63, who: "Tous", what: "Le navigateur refuse les cookies", walk: cookiesRefused,
		serves: "`/repair` le constate sans script, dit que faire dans chaque navigateur et donne l’heure du portail",
		reason: "Après le premier essai, non avant\u00a0: le dire plus tôt coûterait un détour à tout le monde."},
	{number: 64, who: "Parent", what: "On accuse les fenêtres surgissantes", walk: noPopUps,
		serves: "Il n’y en a aucune\u00a0: `/signin`, `/recover`, `/recover/sent`, `/home` et `/account` " +
			"n’ouvrent jamais de fenêtre"},
	{number: 65, who: "Parent", what: "Vieux téléphone", walk: oldTelephone,
		serves: "De `/` à `/home` par `/recover` et `/renew`\u00a0: de simples formulaires, sans script, rien " +
			"d’un autre site, peu d’octets",
		reason: "La chaîne de certificats des vieux Android\u00a0: voir le guide d’exploitation."},
	{number: 66, who: "Parent", what: "Lecteur d’écran, clavier, grossissement", walk: screenReader,
		serves: "`/signin`, `/recover`, `/enter`, `/identifier`\u00a0: chaque champ a son étiquette, chaque " +
			"refus est dit en haut et à son champ",
		reason: "Les parcours au clavier et au lecteur d’écran sont joués dans un vrai navigateur."},
	{number: 67, who: "Parent", what: "Lit mal, âgé, ou lit une autre langue", walk: otherLanguage,
		serves: "La langue se choisit sur `/signin` et suit le compte (`/account/language`), courriels " +
			"compris\u00a0; `/help` explique pas à pas et s’imprime"},
	{number: 68, who: "Parent", what: "Trop d’essais", walk: tooManyTries,
		serves: "`/signin` ralentit, dit combien de minutes et ne bloque jamais pour de bon\u00a0; `/recover` " +
			"fait entrer pendant l’attente"},
	{number: 69, who: "Tous", what: "La connexion expire pendant un formulaire", walk: expiredInTheMiddle,
		serves: "Le mot de passe est redemandé dans le formulaire même, en `/settings/users/{id}` comme en " +
			"`/account/email`, et rien de ce qui était écrit ne se perd",
		reason: "Une connexion tout à fait terminée ramène à l’identification\u00a0: ce qui était écrit est " +
			"alors perdu."},
	{number: 70, who: "Tous", what: "Faux courriel, faux site", walk: fakeMail,
		serves: "Chaque lettre dit ce que nous ne demandons jamais, et ne mène qu’au portail\u00a0; un " +
			"formulaire d’un autre site est refusé par `/signin`"},
}

func inCircles(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	b.SetCookie("loquet", strings.Repeat("A", session.TokenLength))
	want(t, b.Post("/signin", "identifier", storetest.Active, "password", before), 303, "/home")
	b.SetCookie("loquet", strings.Repeat("A", session.TokenLength)) // one that will not be replaced
	a := goes(b, "/home", "http://"+town+"/signin", "same-origin")
	want(t, a, 303, "/repair?from=stale")
	reads(t, b.Get(a.Location), 200, "garde un petit fichier trop ancien", "Réparer la connexion")
	want(t, b.Post("/repair", "cause", "stale"), 303, "/repair?done=1")
	reads(t, b.Get("/repair?done=1"), 200, "C’est fait")
	if b.Cookie("loquet") != "" {
		t.Error("the cookie is still there")
	}
	enters(t, b, storetest.Active, before)
	want(t, goes(b, "/home", "http://"+town+"/signin", "same-origin"), 200, "")
	reads(t, f.Browser(t, school).Get("/repair?from=stale"), 200, "Vider le cache")
}

func cookiesRefused(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Active, before)
	refuses := func() *housetest.Browser { return f.Browser(t, town) } // each request by a browser that has kept nothing
	want(t, refuses().Post("/signin", "identifier", storetest.Active, "password", before), 303, "/home")
	a := goes(refuses(), "/home", "http://"+town+"/signin", "same-origin")
	want(t, a, 303, "/repair?from=signin")
	a = refuses().Get(a.Location)
	want(t, a, 303, "/repair?from=signin&probe=1")
	reads(t, refuses().Get(a.Location), 200, "refuse les petits fichiers", "Sur iPhone", "Sur Firefox", "Selon le portail")
}

// shown gives the pages of somebody's way from the door to the inside and back.
func shown(t *testing.T, f *housetest.Fixture) map[string]housetest.Answer {
	t.Helper()
	b := f.Browser(t, town)
	pages := map[string]housetest.Answer{}
	for _, path := range []string{"/signin", "/recover", "/identifier", "/enter", "/repair?from=stale", "/help"} {
		pages[path] = b.Get(path)
	}
	temporary := asks(t, f, b, storetest.Active, claire)
	pages["/recover/sent"] = b.Get("/recover/sent")
	starts(t, b, storetest.Active, temporary)
	pages["/renew"] = b.Get("/renew")
	renews(t, b, chosen)
	enters(t, b, storetest.Active, chosen)
	for _, path := range []string{"/home", "/account", "/account/email"} {
		pages[path] = b.Get(path)
	}
	return pages
}

var scripts = regexp.MustCompile(`<script[^>]*src="([^"]+)"`)

func noPopUps(t *testing.T, f *housetest.Fixture) {
	seen := 0
	for path, a := range shown(t, f) {
		reads(t, a, 200)
		if strings.Contains(a.Body, "target=") || strings.Contains(a.Body, "window.open") {
			t.Errorf("%s opens a window", path)
		}
		for _, m := range scripts.FindAllStringSubmatch(a.Body, -1) {
			seen++
			if js := f.Browser(t, town).Get(m[1]); js.Status != 200 || strings.Contains(js.Body, "window.open") {
				t.Errorf("%s of %s: %d", m[1], path, js.Status)
			}
		}
	}
	if seen == 0 {
		t.Error("no script was looked at")
	}
}

var (
	loads   = regexp.MustCompile(`(?:src|srcset|action)="([^"]+)"`)
	forms   = regexp.MustCompile(`<form[^>]*>`)
	heavy   = 60 << 10
	unaided = []string{"/signin", "/recover", "/renew"} // their forms need no script
)

func oldTelephone(t *testing.T, f *housetest.Fixture) {
	want(t, f.Browser(t, town).Get("/"), 303, "/signin")
	pages := shown(t, f) // none of its requests says more of itself than a browser of 2010 did
	for path, a := range pages {
		if len(a.Body) > heavy {
			t.Errorf("%s has %d bytes", path, len(a.Body))
		}
		for _, m := range loads.FindAllStringSubmatch(a.Body, -1) {
			if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
				t.Errorf("%s needs %s of another site", path, m[1])
			}
		}
	}
	for _, path := range unaided {
		i := slices.IndexFunc(forms.FindAllString(pages[path].Body, -1), func(form string) bool {
			return strings.Contains(form, `method="post"`) && strings.Contains(form, `action="`+path+`"`)
		})
		if i < 0 {
			t.Errorf("%s has no plain form", path)
		}
	}
}

var (
	inputs   = regexp.MustCompile(`<input[^>]*>`)
	idOf     = regexp.MustCompile(`\sid="([^"]+)"`)
	describe = regexp.MustCompile(`aria-describedby="([^"]+)"`)
)

func screenReader(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	for _, path := range []string{"/signin", "/recover", "/enter", "/identifier"} {
		for _, a := range []housetest.Answer{b.Get(path), b.Post(path, "identifier", "", "email", "", "code", "", "password", "")} {
			for _, input := range inputs.FindAllString(a.Body, -1) {
				id := idOf.FindStringSubmatch(input)
				if !strings.Contains(input, `type="hidden"`) && (id == nil || !strings.Contains(a.Body, `<label for="`+id[1]+`"`)) {
					t.Errorf("%s: no label for %s", path, input)
				}
				if strings.Contains(input, "onpaste") {
					t.Errorf("%s: nothing can be pasted into %s", path, input)
				}
			}
			for _, m := range describe.FindAllStringSubmatch(a.Body, -1) {
				for id := range strings.FieldsSeq(m[1]) {
					if !strings.Contains(a.Body, `id="`+id+`"`) {
						t.Errorf("%s: what describes a field, %q, is not there", path, id)
					}
				}
			}
		}
		refusal := b.Post(path, "identifier", "", "email", "", "code", "", "password", "")
		reads(t, refusal, 422, "À vérifier")
		for _, mark := range []string{"<title>Erreur", `aria-invalid="true"`, `id="summary"`, `role="alert"`} {
			if !strings.Contains(refusal.Body, mark) {
				t.Errorf("%s: the refusal has no %s", path, mark)
			}
		}
	}
}

func otherLanguage(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	if a := b.Get("/signin"); !strings.Contains(a.Body, "lang=en") {
		t.Error("the front page offers no other language")
	}
	want(t, b.Get("/signin?lang=en"), 303, "/signin")
	a := b.Get("/signin")
	reads(t, a, 200, "Forgotten password")
	if !strings.Contains(a.Body, `<html lang="en"`) {
		t.Error("the page does not say its language")
	}
	reads(t, b.Get("/help"), 200, "Forgotten password")
	if all := b.Get("/help?all=1"); strings.Count(all.Body, `class="chapter"`) < 5 {
		t.Error("the help cannot be printed whole")
	}
	knows(t, f, storetest.Active, before)
	enters(t, b, storetest.Active, before)
	want(t, b.Post("/account/language", "language", "en"), 303, "/account")
	if l := letter(t, f, f.Browser(t, town), storetest.Active, claire); !strings.Contains(l.Text, "Temporary password") {
		t.Errorf("the letter is not in English:\n%s", l.Text)
	}
}

var minutes = regexp.MustCompile(`Réessayez dans \d+ minutes?`)

func tooManyTries(t *testing.T, f *housetest.Fixture) {
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	var a housetest.Answer
	for tries := 0; a.Status != 429; tries++ {
		if a = b.Post("/signin", "identifier", storetest.Active, "password", "Faux-Lilas-1"); tries > 30 {
			t.Fatal("nothing slows down who guesses")
		}
	}
	if !minutes.MatchString(said(a)) || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `href="/recover"`) {
		t.Errorf("the page says neither how long, nor the way round:\n%s", said(a))
	}
	if a = b.Post("/signin", "identifier", storetest.Active, "password", before); a.Status != 429 {
		t.Errorf("the right password during the wait: %d", a.Status)
	}
	starts(t, b, storetest.Active, asks(t, f, b, storetest.Active, claire))
	renews(t, b, chosen)
	enters(t, b, storetest.Active, chosen) // the wait is over with the renewal
}

func expiredInTheMiddle(t *testing.T, f *housetest.Fixture) {
	agent, own := inside(t, f, storetest.Agent), inside(t, f, storetest.Active)
	who, path := storetest.Person(t, f.DB, f.Town, storetest.Father), about(t, f, f.Town, storetest.Father)
	agent.Get(path)
	f.Clock.Advance(30 * time.Minute)
	typed := []string{"given_name", "Paul-Émile", "version", num(who.Version)}
	a := modifies(t, agent, path, who, typed...)
	reads(t, a, 422, "mot de passe actuel")
	if !strings.Contains(html.UnescapeString(a.Body), `value="Paul-Émile"`) || !slices.Contains(fields(a), "current_password") {
		t.Error("what was typed is lost, or the password is not asked for in place")
	}
	want(t, modifies(t, agent, path, who, append(typed, "current_password", before)...), 303, path)
	reads(t, agent.Get(path), 200, "Paul-Émile Durand")

	a = own.Post("/account/email", "email", fresh)
	reads(t, a, 422, "mot de passe actuel")
	if !strings.Contains(a.Body, `value="`+fresh+`"`) {
		t.Error("the address that was typed is lost")
	}
	want(t, own.Post("/account/email", "email", fresh, "current_password", before), 303, "/account/email")
}

var anyLink = regexp.MustCompile(`https?://[^\s"<>]+`)

func fakeMail(t *testing.T, f *housetest.Fixture) {
	b := f.Browser(t, town)
	asks(t, f, b, storetest.Active, claire)
	next(t, f, claire, func() { want(t, b.Post("/identifier", "email", claire), 303, "/identifier/sent") })
	for _, l := range f.Catcher.Letters(9) {
		if !strings.Contains(l.Text, "Nous ne vous demanderons jamais votre mot de passe") {
			t.Errorf("« %s » does not say what is never asked", l.Subject)
		}
		for _, link := range anyLink.FindAllString(l.Text+" "+l.HTML, -1) {
			if !strings.HasPrefix(link, "http://"+town) && !strings.HasPrefix(link, "http://www.w3.org/") {
				t.Errorf("« %s » leads to %s", l.Subject, link)
			}
		}
	}
	knows(t, f, storetest.Active, before)
	form := "identifier=" + storetest.Active + "&password=" + before
	a := asked(t, b, "POST", "/signin", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://famille-saint-loup.example")
	reads(t, a, 403)
	reads(t, asked(t, b, "GET", "/signin", "", "Host", "famille-saint-loup.example"), 421)
}
