package web_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"loquet/audit"
	"loquet/help"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
	"loquet/web/pages"
)

// writer gives a browser of the town's agent, who may write help pages.
func writer(t *testing.T, f *housetest.Fixture) *housetest.Browser {
	t.Helper()
	knows(t, f, storetest.Agent, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Agent, before)
	return b
}

// said gives a page's words, with plain blanks.
func said(a housetest.Answer) string {
	words := html.UnescapeString(regexp.MustCompile(`<(style|script)[^>]*>[^<]*</|<[^>]*>`).ReplaceAllString(a.Body, ""))
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(words)
}

func TestHelpIsThereForEverybody(t *testing.T) {
	f := open(t)
	for _, host := range []string{town, school} {
		for _, language := range []string{"fr", "en"} {
			b := f.Browser(t, host)
			b.SetCookie("loquet-language", language)
			list := b.Get("/help")
			for _, p := range help.Pages {
				a := b.Get("/help/" + p.Slug)
				if linked := strings.Contains(list.Body, `href="/help/`+p.Slug+`"`); p.Managers && (a.Status != 404 || linked) {
					t.Errorf("%s %s: %d and linked %v", host, p.Slug, a.Status, linked)
				} else if !p.Managers && (a.Status != 200 || !linked || strings.Contains(a.Body, "revisions")) {
					t.Errorf("%s %s in %s: %d", host, p.Slug, language, a.Status)
				}
			}
			if whole := b.Get("/help?all=1"); strings.Count(whole.Body, `class="chapter"`) != len(help.Pages)-1 {
				t.Errorf("%s: the printed help is not whole", host)
			}
		}
	}
}

// « Besoin d'aide » leads to a page that is there, from wherever one is stuck.
func TestHelpFitsWhereOneIsStuck(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for path, page := range map[string]string{
		"/signin": "connexion", "/recover": "mot-de-passe-oublie", "/identifier": "identifiant-oublie",
		"/enter": "premiere-connexion", "/recover/sent": "courriel-absent", "/identifier/sent": "courriel-absent",
		"/help": "", "/help/connexion": "",
	} {
		if page = strings.TrimSuffix("/help/"+page, "/"); !strings.Contains(b.Get(path).Body, `href="`+page+`"`) {
			t.Errorf("%s does not lead to %s", path, page)
		}
		want(t, b.Get(page), 200, "")
	}
	for _, path := range []string{"/signin/second", "/account/factors", "/account/factors/app"} {
		page := pages.HelpFor(path)
		if page != "/help/double-verification" {
			t.Errorf("%s leads to %s", path, page)
		}
		want(t, b.Get(page), 200, "")
	}
	if got := pages.HelpFor("/nowhere"); got != "/help" {
		t.Errorf("nowhere leads to %s", got)
	}
}

// What help names is what the other pages show: the very labels of their buttons, links and boxes.
func TestHelpNamesWhatPagesShow(t *testing.T) {
	f := open(t)
	button := regexp.MustCompile(`<button class="btn btn-primary"[^>]*>([^<]*)<`)
	way := regexp.MustCompile(`<a href="/(recover|identifier)"[^>]*>([^<]*)<`)
	for _, host := range []string{town, school} {
		for _, language := range []string{"fr", "en"} {
			b := f.Browser(t, host)
			b.SetCookie("loquet-language", language)
			page := func(slug string) string { return b.Get("/help/" + slug).Body }
			for path, slug := range map[string]string{
				"/signin": "connexion", "/recover": "mot-de-passe-oublie", "/identifier": "identifiant-oublie",
				"/enter": "premiere-connexion",
			} {
				m := button.FindStringSubmatch(b.Get(path).Body)
				if m == nil || !strings.Contains(page(slug), m[1]) {
					t.Errorf("%s in %s: %s does not name the button %q", host, language, slug, m)
				}
			}
			ways := way.FindAllStringSubmatch(b.Get("/signin").Body, -1)
			if len(ways) != 2 || !strings.Contains(page("mot-de-passe-oublie"), ">"+ways[0][2]+"</a>") ||
				!strings.Contains(page("identifiant-oublie"), ">"+ways[1][2]+"</a>") {
				t.Errorf("%s in %s: help does not name the links %v", host, language, ways)
			}
		}
	}
}

func TestHelpNamesTheCriteriaOfTheRenewalPage(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	starts(t, b, storetest.Active, asks(t, f, b, storetest.Active, claire))
	renewal, article := b.Get("/renew").Body, said(f.Browser(t, town).Get("/help/mot-de-passe-oublie"))
	criteria := regexp.MustCompile(`<li[^>]*data-rule[^>]*>([^<]*)<`).FindAllStringSubmatch(renewal, -1)
	if len(criteria) != 4 {
		t.Fatalf("the renewal page names %v", criteria)
	}
	for _, c := range criteria {
		words := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(html.UnescapeString(c[1]))
		if !strings.Contains(article, words) {
			t.Errorf("help does not name %q", words)
		}
	}
}

// A policy that changes is a help text that changes, for everybody, at once.
func TestAPolicyChangeChangesTheHelpText(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	for send, words := range map[organisation.Send]string{
		organisation.SendCode: "Vous y recevez un code.", organisation.SendLink: "Vous y recevez un lien et un code.",
		organisation.SendTemporary: "Vous y recevez un mot de passe temporaire.",
	} {
		sends(t, f, send)
		if a := b.Get("/help/mot-de-passe-oublie"); !strings.Contains(said(a), words) {
			t.Errorf("%s: help does not say %q", send, words)
		}
	}
}

func TestWhoMaySeeRevisionsAndWriteHelp(t *testing.T) {
	f := open(t)
	agent := writer(t, f)
	knows(t, f, storetest.Active, before)
	family, stranger := f.Browser(t, town), f.Browser(t, town)
	enters(t, family, storetest.Active, before)
	for _, path := range []string{
		"/help/connexion/revisions", "/help/connexion/revisions/0", "/help/connexion/revisions/0?with=0", "/settings/help",
		"/settings/help/connexion", "/help/nowhere/revisions", "/settings/help/nowhere",
	} {
		want(t, stranger.Get(path), 303, "/signin?next="+url.QueryEscape(path))
		want(t, family.Get(path), 403, "")
		wanted := 200
		if strings.Contains(path, "nowhere") {
			wanted = 404
		}
		want(t, agent.Get(path), wanted, "")
	}
	for _, path := range []string{
		"/settings/help/connexion", "/settings/help/nowhere", "/settings/help/connexion/restore",
	} {
		fields := []string{"text", "# X", "base", "0", "language", "fr", "revision", "0"}
		want(t, stranger.Post(path, fields...), 303, "/signin")
		want(t, family.Post(path, fields...), 403, "")
	}
	for _, path := range []string{
		"/help/connexion/revisions/1", "/help/connexion/revisions/-1", "/help/connexion/revisions/00",
		"/help/connexion/revisions/x",
		"/help/connexion/revisions/0?with=1", "/help/connexion/revisions/0?with=x", "/help/connexion/revisions?language=de",
		"/help/connexion/revisions/99999999999999999999", "/help/connexion/nowhere", "/settings/help/connexion?language=de",
	} {
		want(t, agent.Get(path), 404, "")
	}
	if n := written(t, f, audit.HelpChanged); n != 0 {
		t.Errorf("%d changes in the journal", n)
	}
	managers := agent.Get("/help/gerer-les-utilisateurs")
	if managers.Status != 200 || !strings.Contains(managers.Body, "Gérer les comptes") {
		t.Errorf("the agent's own page: %d", managers.Status)
	}
	want(t, family.Get("/help/gerer-les-utilisateurs"), 404, "")
}

const mine = "# Entrer ici\r\n\r\n1. Cliquez sur « {{bouton.entrer}} ».\r\n\r\n{{contact}}\r\n"

// A page is written, previewed, saved, looked at and brought back.
func TestWritingAHelpPage(t *testing.T) {
	f := open(t)
	b, visitor := writer(t, f), f.Browser(t, town)
	const path = "/settings/help/connexion"
	form := []string{"text", mine, "base", "0", "language", "fr", "do", "preview"}
	preview := b.Post(path, form...)
	if preview.Status != 200 || !strings.Contains(said(preview), "Cliquez sur « Connexion »") ||
		!strings.Contains(preview.Body, "{{bouton.entrer}}") {
		t.Errorf("the preview: %d", preview.Status)
	}
	page(t, preview)
	if a := visitor.Get("/help/connexion"); strings.Contains(a.Body, "Entrer ici") {
		t.Fatal("a preview is in force")
	}
	form[7] = "save"
	want(t, b.Post(path, form...), 303, "/help/connexion/revisions/1?language=fr")
	shown := b.Get("/help/connexion/revisions/1?language=fr")
	author := storetest.Person(t, f.DB, f.Town, storetest.Agent).Name()
	for _, words := range []string{
		"C’est enregistré", "C’est le texte en vigueur", "Révision 1, par " + author, "Ajouté :", "Retiré :",
		"Ce qui change par rapport à : texte d’origine",
	} {
		if !strings.Contains(said(shown), words) {
			t.Errorf("the revision does not say %q", words)
		}
	}
	page(t, shown)
	if a := visitor.Get("/help/connexion"); !strings.Contains(said(a), "Entrer ici") ||
		!strings.Contains(said(a), "Service Enfance") {
		t.Error("what was saved is not in force")
	}
	if a := visitor.Get("/help"); !strings.Contains(a.Body, "Entrer ici") {
		t.Error("the list has the old title")
	}
	unchanged := b.Post(path, "text", mine, "base", "1", "language", "fr", "do", "save")
	if unchanged.Status != 422 || !strings.Contains(said(unchanged), "rien n’est à enregistrer") {
		t.Errorf("the same again: %d", unchanged.Status)
	}
	restore := []string{"revision", "0", "base", "1", "language", "fr"}
	want(t, b.Post(path+"/restore", restore...), 303, "/help/connexion/revisions/2?language=fr")
	if a := visitor.Get("/help/connexion"); !strings.Contains(a.Body, "Se connecter") {
		t.Error("the original text is not back")
	}
	history := b.Get("/help/connexion/revisions")
	for _, words := range []string{"Révision 2", "Révision 1", "texte d’origine", "suit ses mises à jour"} {
		if !strings.Contains(said(history), words) {
			t.Errorf("the history does not say %q", words)
		}
	}
	page(t, history)
	if n := written(t, f, audit.HelpChanged); n != 2 {
		t.Errorf("%d changes in the journal, want 2", n)
	}
	want(t, b.Post(path+"/restore", "revision", "7", "base", "2", "language", "fr"), 404, "")
}

func TestTheSecondEditorOfAHelpPageIsTold(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		first := writer(t, f)
		second := first.Clone()
		const path = "/settings/help/connexion"
		answers := together(2, func(i int) housetest.Answer {
			b := []*housetest.Browser{first, second}[i]
			text := fmt.Sprintf("# Page\n\nTexte numéro %d.\n", i)
			return b.Post(path, "text", text, "base", "0", "language", "fr", "do", "save")
		})
		if answers[0].Status > answers[1].Status {
			answers[0], answers[1] = answers[1], answers[0]
		}
		want(t, answers[0], 303, "/help/connexion/revisions/1?language=fr")
		told := answers[1]
		if told.Status != 422 || strings.Count(told.Body, "Texte numéro 0") == 0 ||
			strings.Count(told.Body, "Texte numéro 1") == 0 ||
			!strings.Contains(told.Body, "pendant que vous écriviez") || !strings.Contains(told.Body, `name="base" value="1"`) {
			t.Errorf("the second editor is not told: %d\n%s", told.Status, said(told))
		}
		page(t, told)
		late := first.Post(path+"/restore", "revision", "0", "base", "0", "language", "fr")
		if late.Status != 422 || !strings.Contains(late.Body, "rien n’a été rétabli") {
			t.Errorf("a restoration that was overtaken: %d", late.Status)
		}
		page(t, late)
		if n := written(t, f, audit.HelpChanged); n != 1 {
			t.Errorf("%d changes in the journal", n)
		}
	})
}

func TestFaultsOfAHelpPageAreSaidAtTheField(t *testing.T) {
	f := open(t)
	b := writer(t, f)
	for text, words := range map[string]string{
		"":                         "Écrivez un texte",
		"Sans titre":               "La première ligne doit être un titre",
		"# T\n\n{{delais}}":        "Ligne 3 : « delais » n’est pas un nom connu. Vouliez-vous écrire « delai » ?",
		"# T\n\n[x](javascript:y)": "le lien « javascript:y » ne mène nulle part",
		"# T\n" + strings.Repeat("x", help.Longest): "12 000 caractères au plus",
	} {
		a := b.Post("/settings/help/connexion", "text", text, "base", "0", "language", "fr", "do", "save")
		if a.Status != 422 || !strings.Contains(said(a), words) || !strings.Contains(a.Body, `id="text-fault"`) {
			t.Errorf("%.30q: %d, not said: %q", text, a.Status, words)
		}
		page(t, a)
	}
	for _, fields := range [][]string{
		{"text", "# T", "language", "fr"}, {"text", "# T", "base", "x", "language", "fr"},
		{"text", "# T", "base", "0", "language", "fr", "do", "else"},
	} {
		want(t, b.Post("/settings/help/connexion", fields...), 400, "")
	}
	want(t, b.Post("/settings/help/connexion", "text", "# T", "base", "0", "language", "de"), 404, "")
}

// ATK-078: a help page may be longer than other forms, for managers only, and not without end.
func TestATK078HelpFormsAreBounded(t *testing.T) {
	f := open(t)
	b, stranger := writer(t, f), f.Browser(t, town)
	accents := "# T\n\n" + strings.Repeat("é", help.Longest-10)
	want(t, b.Post("/settings/help/connexion", "text", accents, "base", "0", "language", "fr"), 303,
		"/help/connexion/revisions/1?language=fr")
	endless := []string{"text", strings.Repeat("x", 1<<20), "base", "1", "language", "fr"}
	want(t, b.Post("/settings/help/connexion", endless...), 413, "")
	want(t, stranger.Post("/settings/help/connexion", endless...), 303, "/signin")
	want(t, b.Post("/settings/help/connexion/restore", endless...), 413, "")
}

// ATK-082, over HTTP: what a manager writes runs nowhere, in the preview, on the page or among the revisions.
func TestATK082HelpPagesRunNothing(t *testing.T) {
	f := open(t)
	b := writer(t, f)
	const hostile = "# <script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n</textarea><script>alert(3)</script>\n"
	fields := []string{"text", hostile, "base", "0", "language", "fr", "do", "preview"}
	answers := []housetest.Answer{b.Post("/settings/help/connexion", fields...)}
	fields[7] = "save"
	want(t, b.Post("/settings/help/connexion", fields...), 303, "/help/connexion/revisions/1?language=fr")
	for _, path := range []string{
		"/help", "/help?all=1", "/help/connexion", "/help/connexion/revisions", "/help/connexion/revisions/1",
		"/settings/help", "/settings/help/connexion",
	} {
		answers = append(answers, b.Get(path))
	}
	for i, a := range answers {
		if a.Status != 200 || strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<img") {
			t.Errorf("answer %d: %d", i, a.Status)
		}
	}
}

// ATK-069: another organisation's managers neither see nor change what was written.
func TestATK069HelpBelongsToOneOrganisation(t *testing.T) {
	f := open(t)
	b := writer(t, f)
	want(t, b.Post("/settings/help/connexion", "text", mine, "base", "0", "language", "fr"), 303,
		"/help/connexion/revisions/1?language=fr")
	elsewhere := f.Browser(t, school)
	elsewhere.SetCookie("loquet", b.Cookie("loquet"))
	if a := elsewhere.Get("/help/connexion"); a.Status != 200 || strings.Contains(a.Body, "Entrer ici") {
		t.Errorf("the school reads the town's page: %d", a.Status)
	}
	for _, path := range []string{"/help/connexion/revisions/1", "/settings/help/connexion"} {
		if a := elsewhere.Get(path); a.Status != 303 {
			t.Errorf("%s at the school: %d", path, a.Status)
		}
	}
}
