package help

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loquet/organisation"
)

func TestWhatKeepsATextFromBeingSaved(t *testing.T) {
	a := manager(organisation.PortailFamille)
	seen := map[Wrong]bool{Unchanged: true} // the flow's own
	for source, want := range map[string][]Fault{
		"":                               {{Wrong: Empty}},
		" \n\t\n":                        {{Wrong: Empty}},
		strings.Repeat("é", Longest):     {{Wrong: TooLong}}, // and its line end
		"Pas de titre":                   {{Wrong: NoTitle, Line: 1}},
		"## Pas de titre":                {{Wrong: NoTitle, Line: 1}},
		"#\n\nx":                         {{Wrong: NoTitle, Line: 1}},
		"# T\n\n{{delais}}":              {{Unknown, 3, "delais", "delai"}},
		"# T\n\n{{Bouton.Entrer}}":       {{Unknown, 3, "Bouton.Entrer", "bouton.entrer"}},
		"# T\n{{contact.tel}} {{ x }}":   {{Unknown, 2, "contact.tel", "contact"}, {Unknown, 2, "x", "envoi"}},
		"# T\n{{}}":                      {{Unknown, 2, "", "envoi"}},
		"# T\n{{#telefon}}x{{/telefon}}": {{UnknownFact, 2, "telefon", "telephone"}},
		"# T\n{{#telephone}}\nx":         {{NotClosed, 2, "telephone", "telephone"}},
		"# T\n{{#telephone}}{{#courriel}}x{{/courriel}}":         {{NotClosed, 2, "telephone", "telephone"}},
		"# T\nx{{/courriel}}":                                    {{NotOpened, 2, "courriel", "courriel"}},
		"# T\nVoici : {{criteres}}":                              {{NotAlone, 2, "criteres", "criteres"}},
		"# T\n{{delai":                                           {{Wrong: Braces, Line: 2, Word: "{{delai"}},
		"# T\n{{#telephone}}\nx\n{{/telephone}}\n}} y":           {{Wrong: Braces, Line: 5, Word: "}} y"}},
		"# T\n\n[x](exemple.fr)":                                 {{Wrong: BadLink, Line: 3, Word: "exemple.fr"}},
		"# T\n\n![x](https://a.example/p)":                       {{Wrong: BadLink, Line: 3, Word: "https://a.example/p"}},
		"# T\n\n{{#envoi-code}}[x](javascript:y){{/envoi-code}}": {{Wrong: BadLink, Line: 3, Word: "javascript:y"}},
		"# T\n\n" + strings.Repeat("> ", deepest+1) + "x":        {{Wrong: TooDeep}},
		"# T\n\nAppelez le {{contact.telephone}} ; {{ delai }}.\n\n1. a\n   {{criteres}}\n": nil,
		"# T\n{{#telephone}}\nx\n{{/telephone}}\n{{# courriel }}y{{/ courriel }}":           nil,
	} {
		got, err := check(tidy(source), a.world("fr"))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v%s", source, err, diff)
		}
		for _, f := range got {
			seen[f.Wrong] = true
		}
	}
	for _, w := range Wrongs {
		if !seen[w] {
			t.Errorf("nothing was %s", w)
		}
	}
}

func TestNamesStandWhereTheyAreWritten(t *testing.T) {
	a := manager(organisation.PortailFamille)
	for source, want := range map[string]string{
		"a {{delai}} b": "a 24 heures b",
		"a\n{{#telephone}}\nb\n{{/telephone}}\nc":   "a\nb\nc",
		"a\n{{#envoi-code}}\nb\n{{/envoi-code}}\nc": "a\nc",
		"a {{#envoi-code}}b{{/envoi-code}} c":       "a  c",
		"a {{#telephone}}b{{/telephone}} c":         "a b c",
		"{{nothing}}{{#nothing}}x{{/nothing}}y":     "y",
		"a\n{{#telephone}}\nb":                      "a\nb",
		"a\n{{#envoi-code}}\nb":                     "a\n",
		"{{contact.service}} {{contact.telephone}}": `Service Enfance [03 53 01 38 16](tel:0353013816)`,
		"{{contact.horaires}}":                      `du lundi au vendredi\, le samedi`,
		"  {{contact}}\n": "  **Service Enfance**\n  Mairie\n  1 place de la Mairie\n" +
			"  [03 53 01 38 16](tel:0353013816)\n" +
			"  [enfance\\@saint\\-loup\\.example](mailto:enfance@saint-loup.example)\n" +
			"  du lundi au vendredi\n  le samedi\n",
	} {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(fill(source, a.world("fr")))
		if got != want {
			t.Errorf("%q gives %q, want %q", source, got, want)
		}
	}
}

func TestTidyTexts(t *testing.T) {
	for source, want := range map[string]string{
		"# T\r\n\r\nx  \r\n": "# T\n\nx\n", "\n\n# T": "# T\n", "a\rb": "a\nb\n", "\ufeff# T\x00\x1b": "# T\n", "": "",
		"« a\u202f»\n\n\n": "« a\u202f»\n",
	} {
		if got := tidy(source); got != want || tidy(got) != got {
			t.Errorf("%q gives %q, want %q", source, got, want)
		}
	}
}
