package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/text"
)

// The samples of help pages stand for what help.Flow makes: the pages themselves are tested where they are made.
func helpSamples() []Sample {
	sample := func(name string, status int, page func(f Frame, t HelpText) templ.Component) Sample {
		return Sample{Name: name, Status: status, Form: status >= 422, page: func(f Frame) templ.Component {
			return page(f, sampleHelp(f))
		}}
	}
	all := []Sample{
		sample("help", 200, func(f Frame, t HelpText) templ.Component {
			return HelpPage(Help{Frame: f, Texts: []HelpText{t, sampleHelpLoop(f)}})
		}),
		sample("help-inside", 200, func(f Frame, t HelpText) templ.Component {
			managers := sampleHelpLoop(f)
			managers.Managers = true
			return HelpPage(Help{Frame: managing(f), Texts: []HelpText{t, managers}})
		}),
		sample("help-whole", 200, func(f Frame, t HelpText) templ.Component {
			return HelpPage(Help{Frame: f, Texts: []HelpText{t, sampleHelpLoop(f)}, Whole: true})
		}),
		sample("help-page", 200, func(f Frame, t HelpText) templ.Component {
			f.Path = "/help/" + t.Slug
			return HelpArticlePage(HelpArticle{Frame: f, Text: t})
		}),
		sample("help-page-writable", 200, func(f Frame, t HelpText) templ.Component {
			return HelpArticlePage(HelpArticle{Frame: managing(f), Text: t, Writable: true})
		}),
		sample("help-revisions", 200, func(f Frame, t HelpText) templ.Component {
			return HelpHistoryPage(HelpHistory{Frame: managing(f), Text: t, Revisions: sampleRevisions(f)})
		}),
		sample("help-pages", 200, func(f Frame, t HelpText) templ.Component {
			loop := sampleHelpLoop(f)
			loop.Managers, loop.Revision = true, HelpRevision{Restores: -1}
			english := t
			english.Language = "en"
			return HelpPagesPage(HelpPages{Frame: managing(f), Texts: map[string][]HelpText{
				text.Languages[0]: {t, loop}, text.Languages[1]: {english},
			}})
		}),
	}
	return append(append(all, helpRevisionSamples(sample)...), helpEditSamples()...)
}

func helpRevisionSamples(sample func(string, int, func(Frame, HelpText) templ.Component) Sample) []Sample {
	compared := func(f Frame, t HelpText, number int) HelpCompared {
		revisions := sampleRevisions(f)
		t.Revision = revisions[3-number]
		with := revisions[min(3, 4-number)]
		return HelpCompared{
			Frame: managing(f), Title: t.Title, Text: t, With: with, Difference: sampleDifference(), Newest: 3,
		}
	}
	return []Sample{
		sample("help-revision", 200, func(f Frame, t HelpText) templ.Component {
			return HelpComparedPage(compared(f, t, 2))
		}),
		sample("help-revision-now", 200, func(f Frame, t HelpText) templ.Component {
			p := compared(f, t, 3)
			p.Notice = Saved
			return HelpComparedPage(p)
		}),
		sample("help-revision-shipped", 200, func(f Frame, t HelpText) templ.Component {
			p := compared(f, t, 0)
			p.Difference = nil
			return HelpComparedPage(p)
		}),
		sample("help-revision-overtaken", 422, func(f Frame, t HelpText) templ.Component {
			p := compared(f, t, 2)
			p.Overtaken = true
			return HelpComparedPage(p)
		}),
		sample("help-revision-same", 422, func(f Frame, t HelpText) templ.Component {
			p := compared(f, t, 2)
			p.Problems = []Problem{{Key: "help.fault.unchanged"}}
			return HelpComparedPage(p)
		}),
	}
}

func helpEditSamples() []Sample {
	edit := func(name string, status int, change func(*HelpEdit)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			t := sampleHelp(f)
			p := HelpEdit{
				Frame: managing(f), Title: t.Title, Text: t, Base: 3, Longest: 12_000,
				Typed: "# " + t.Title + "\n\n1. Cliquez sur «\u202f{{bouton.entrer}}\u202f».\n\n{{contact}}\n",
				Names: []HelpName{
					{Name: "organisation", Value: f.Organisation.Name}, {Name: "contact", Block: true}, {Name: "contact.horaires"},
				},
				Facts: []HelpName{{Name: "telephone", Holds: true}, {Name: "bureaux"}},
			}
			change(&p)
			return HelpEditPage(p)
		}}
	}
	return []Sample{
		edit("help-edit", 200, func(*HelpEdit) {}),
		edit("help-edit-preview", 200, func(p *HelpEdit) { p.Previewed = true }),
		edit("help-edit-faults", 422, func(p *HelpEdit) {
			p.Previewed = true
			p.Problems = []Problem{
				{Field: "text", Key: "help.fault.unknown", Args: []any{"Line", 3, "Word", "delais", "Nearest", "delai"}},
				{Field: "text", Key: "help.fault.bad-link", Args: []any{"Line", 5, "Word", "exemple.fr", "Nearest", ""}},
			}
		}),
		edit("help-edit-overtaken", 422, func(p *HelpEdit) {
			p.Overtaken, p.Difference = &sampleRevisions(p.Frame)[0], sampleDifference()
			p.Theirs = "# Entrer\n\nEntrez par la porte de gauche.\n"
		}),
	}
}

// managing is the frame of somebody who writes help pages.
func managing(f Frame) Frame {
	f = inside(f)
	f.Gear, f.Role = true, account.Agent
	if f.Say.Pack == text.Key {
		f.Role = account.Gerant
	}
	return f
}

func sampleHelp(f Frame) HelpText {
	body := `<ol><li>Ouvrez la <a href="/signin">page d’identification</a>.</li><li>Cliquez sur ` +
		"«\u202fConnexion\u202f»" + `.</li></ol><h2 id="connexion-sinon">Si cela ne marche pas</h2><p>Appelez-nous.</p>`
	title := "Se connecter"
	if f.Say.Language == "en" {
		body = `<ol><li>Open the <a href="/signin">sign-in page</a>.</li><li>Click on “Sign in”.</li></ol>` +
			`<h2 id="connexion-sinon">If it does not work</h2><p>Call us.</p>`
		title = "Signing in"
	}
	return HelpText{
		Slug: "connexion", Language: f.Say.Language, Title: title, Body: body, Revision: sampleRevisions(f)[0],
	}
}

func sampleHelpLoop(f Frame) HelpText {
	return HelpText{
		Slug: "retour-a-la-page-d-identification", Language: f.Say.Language, Title: f.Say.Say("repair.title"),
		Body:     `<p>Ce n’est pas de votre faute.</p><h2 id="retour-encore">Si cela recommence</h2>`,
		Revision: HelpRevision{Restores: -1},
	}
}

// sampleRevisions are four, newest first: brought back, by somebody who has left, written, shipped.
func sampleRevisions(f Frame) []HelpRevision {
	by := inside(f).Person
	return []HelpRevision{
		{Number: 3, Restores: 1, By: by, At: sampleNow.Add(-time.Hour)},
		{Number: 2, Restores: 0, At: sampleNow.AddDate(0, 0, -4)},
		{Number: 1, Restores: -1, By: by, At: sampleNow.AddDate(0, -2, 0)},
		{Restores: -1},
	}
}

func sampleDifference() []HelpLine {
	return []HelpLine{
		{Left: 2},
		{Parts: []HelpPart{{"", "1. Entrez par la porte de "}, {"removed", "droite"}, {"added", "gauche"}, {"", "."}}},
		{},
		{Parts: []HelpPart{{"added", "2. Appelez-nous.↵"}}},
		{Left: 1},
	}
}
