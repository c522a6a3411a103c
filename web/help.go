package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"loquet/admin"
	"loquet/fault"
	"loquet/help"
	"loquet/session"
	"loquet/text"
	"loquet/web/pages"
)

// Help is the flow of help pages.
type Help interface {
	List(ctx context.Context, a help.Actor, language string) ([]help.Article, error)
	Whole(ctx context.Context, a help.Actor, language string) ([]help.Article, error)
	Read(ctx context.Context, a help.Actor, slug, language string) (help.Article, error)
	Open(ctx context.Context, a help.Actor, slug, language string) (help.Written, error)
	Preview(ctx context.Context, a help.Actor, d help.Draft) (help.Written, error)
	Save(ctx context.Context, a help.Actor, d help.Draft) (help.Written, error)
	Restore(ctx context.Context, a help.Actor, slug, language string, number, base int64) (help.Written, error)
	Revisions(ctx context.Context, a help.Actor, slug, language string) (help.History, error)
	Compare(ctx context.Context, a help.Actor, slug, language string, number, with int64) (help.Compared, error)
}

// helpRoutes gives the paths of help pages: those under /help that show revisions, and all under /settings, are for
// managers only.
func (w *Web) helpRoutes() map[string]methods {
	return map[string]methods{
		"/help":                           {"GET": w.helpList},
		"/help/{page}":                    {"GET": w.helpPage},
		"/help/{page}/revisions":          {"GET": w.manages(w.helpRevisions)},
		"/help/{page}/revisions/{number}": {"GET": w.manages(w.helpRevision)},
		"/settings/help":                  {"GET": w.manages(w.helpPages)},
		"/settings/help/{page}":           {"GET": w.manages(w.helpEdit), "POST": w.manages(w.helpForm)},
		"/settings/help/{page}/restore":   {"POST": w.manageForm(w.helpRestore)},
	}
}

// reader gives whoever reads: the person of a living session, else nobody in particular. Help is for people who cannot
// get in, so that no session is no obstacle.
func (w *Web) reader(r *http.Request) (help.Actor, pages.Frame, error) {
	a, f := help.Actor{Organisation: visitOf(r).organisation}, w.frame(r)
	s, person, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return a, f, nil
	case err != nil:
		return a, f, err
	case s.Alive(w.Now()) && s.Stage == session.Full && !s.AccountRenews:
		a.Person = person
		f = w.inside(r, person)
	}
	return a, f, nil
}

func (w *Web) helpList(rw http.ResponseWriter, r *http.Request) error {
	a, f, err := w.reader(r)
	if err != nil {
		return err
	}
	p, list := pages.Help{Frame: f, Whole: r.URL.Query().Get("all") == "1"}, w.Help.List
	if p.Whole {
		list = w.Help.Whole
	}
	all, err := list(r.Context(), a, f.Say.Language)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	for _, article := range all {
		p.Texts = append(p.Texts, helpText(article))
	}
	return w.render(rw, r, http.StatusOK, f, pages.HelpPage(p))
}

func (w *Web) helpPage(rw http.ResponseWriter, r *http.Request) error {
	a, f, err := w.reader(r)
	if err != nil {
		return err
	}
	article, err := w.Help.Read(r.Context(), a, r.PathValue("page"), f.Say.Language)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.HelpArticle{Frame: f, Text: helpText(article), Writable: a.May()}
	return w.render(rw, r, http.StatusOK, f, pages.HelpArticlePage(p))
}

func (w *Web) helpRevisions(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	h, err := w.Help.Revisions(r.Context(), writer(a), r.PathValue("page"), helpLanguage(r))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.HelpHistory{Frame: w.inside(r, a.Person), Text: helpText(h.Current)}
	for _, revision := range h.All {
		p.Revisions = append(p.Revisions, helpRevision(revision))
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.HelpHistoryPage(p))
}

func (w *Web) helpRevision(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	number, err := revisionNumber(r.PathValue("number"))
	if err != nil {
		return err
	}
	with := int64(-1)
	if wanted := r.URL.Query().Get("with"); wanted != "" {
		if with, err = revisionNumber(wanted); err != nil {
			return err
		}
	}
	p, err := w.compared(r, a, helpLanguage(r), number, with)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.HelpComparedPage(p))
}

func (w *Web) compared(
	r *http.Request, a admin.Actor, language string, number, with int64,
) (pages.HelpCompared, error) {
	c, err := w.Help.Compare(r.Context(), writer(a), r.PathValue("page"), language, number, with)
	if err != nil {
		return pages.HelpCompared{}, err //nolint:wrapcheck // the flow says what it was doing
	}
	return pages.HelpCompared{
		Frame: w.inside(r, a.Person), Title: c.Title, Text: helpText(c.Shown), With: helpRevision(c.With),
		Difference: helpLines(c.Difference), Newest: c.Newest,
	}, nil
}

// writer is the manager as the flow of help pages knows them.
func writer(a admin.Actor) help.Actor {
	return help.Actor{Organisation: a.Organisation, Person: a.Person, Browser: a.Browser}
}

// helpLanguage gives the language of the text that a page is about, which need not be the reader's own.
func helpLanguage(r *http.Request) string {
	if wanted := r.URL.Query().Get("language"); wanted != "" {
		return wanted // the flow knows no page in a language that is not ours
	}
	return visitOf(r).language
}

// revisionNumber reads a number as addresses and forms spell it, in one way only; anything else names no revision.
func revisionNumber(spelled string) (int64, error) {
	n, err := strconv.ParseInt(spelled, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != spelled {
		return 0, fault.Missing
	}
	return n, nil
}

func helpText(a help.Article) pages.HelpText {
	return pages.HelpText{
		Slug: a.Slug, Language: a.Language, Title: a.Title, Body: a.Body, Managers: a.Managers,
		Revision: helpRevision(a.Revision),
	}
}

func helpRevision(r help.Revision) pages.HelpRevision {
	return pages.HelpRevision{Number: r.Number, Restores: r.Restores, By: r.By, At: r.At}
}

func helpLines(lines []help.Line) []pages.HelpLine {
	var all []pages.HelpLine
	for _, l := range lines {
		line := pages.HelpLine{Left: l.Left}
		for _, p := range l.Parts {
			line.Parts = append(line.Parts, pages.HelpPart{Became: string(p.Became), Words: p.Words})
		}
		all = append(all, line)
	}
	return all
}

// helpPages is line 2-5-1 of the settings.
func (w *Web) helpPages(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.HelpPages{Frame: w.inside(r, a.Person), Texts: map[string][]pages.HelpText{}}
	for _, language := range text.Languages {
		all, err := w.Help.List(r.Context(), writer(a), language)
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		for _, article := range all {
			p.Texts[language] = append(p.Texts[language], helpText(article))
		}
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.HelpPagesPage(p))
}
