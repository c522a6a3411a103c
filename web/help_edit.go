package web

import (
	"net/http"

	"loquet/admin"
	"loquet/help"
	"loquet/web/pages"
)

// longestHelp is how long the form of a help page may be, in bytes: each of its characters may take twelve once it is
// spelled for a form. It is read for managers only; every other form keeps longestBody.
const longestHelp = 12*help.Longest + 1<<10

func (w *Web) helpEdit(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	written, err := w.Help.Open(r.Context(), writer(a), r.PathValue("page"), helpLanguage(r))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.showHelpEdit(rw, r, a, http.StatusOK, written)
}

func (w *Web) helpForm(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	f, err := readFormUpTo(rw, r, longestHelp)
	if err != nil {
		return err
	}
	base, err := revisionNumber(f["base"])
	if err != nil {
		return refusal{Status: http.StatusBadRequest}
	}
	d := help.Draft{Page: r.PathValue("page"), Language: f["language"], Base: base, Text: f["text"]}
	var written help.Written
	switch f["do"] {
	case "preview":
		written, err = w.Help.Preview(r.Context(), writer(a), d)
	case "save", "": // the Enter key names no button
		written, err = w.Help.Save(r.Context(), writer(a), d)
	default:
		err = refusal{Status: http.StatusBadRequest}
	}
	switch {
	case err != nil:
		return err //nolint:wrapcheck // the flow says what it was doing
	case written.Saved != nil:
		return w.done(rw, r, pages.Saved, pages.HelpRevisionPath(d.Page, d.Language, written.Saved.Number))
	case len(written.Faults) > 0 || written.Meanwhile != nil:
		return w.showHelpEdit(rw, r, a, http.StatusUnprocessableEntity, written)
	}
	return w.showHelpEdit(rw, r, a, http.StatusOK, written)
}

// showHelpEdit shows the form with what came of it; nothing that was typed is lost.
func (w *Web) showHelpEdit(
	rw http.ResponseWriter, r *http.Request, a admin.Actor, status int, written help.Written,
) error {
	current, err := w.Help.Read(r.Context(), writer(a), written.Page, written.Language)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.HelpEdit{
		Frame: w.inside(r, a.Person), Title: current.Title, Typed: written.Text, Base: written.Base, Longest: help.Longest,
		Previewed: r.Method == http.MethodPost && written.Shown.Body != "", Text: helpText(written.Shown),
		Problems: helpProblems(written.Faults),
	}
	p.Text.Slug, p.Text.Language = written.Page, written.Language
	if written.Meanwhile != nil {
		by := helpRevision(*written.Meanwhile)
		p.Overtaken, p.Difference, p.Theirs = &by, helpLines(written.Difference), written.Meanwhile.Text
		p.Previewed = false
	}
	named, known := writer(a).Words(written.Language)
	for _, n := range named {
		p.Names = append(p.Names, pages.HelpName{Name: n.Name, Value: n.Value, Block: n.Block})
	}
	for _, n := range known {
		p.Facts = append(p.Facts, pages.HelpName{Name: n.Name, Holds: n.Holds})
	}
	return w.render(rw, r, status, p.Frame, pages.HelpEditPage(p))
}

// helpProblems puts faults at the field of the text; the greatest length stands beside the field already.
func helpProblems(faults []help.Fault) []pages.Problem {
	var problems []pages.Problem
	for _, f := range faults {
		problems = append(problems, pages.Problem{
			Field: "text", Key: "help.fault." + string(f.Wrong),
			Args: []any{"Line", f.Line, "Word", f.Word, "Nearest", f.Nearest},
		})
	}
	return problems
}

func (w *Web) helpRestore(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	number, err := revisionNumber(f["revision"])
	if err != nil {
		return err
	}
	base, err := revisionNumber(f["base"])
	if err != nil {
		return err
	}
	page, language := r.PathValue("page"), f["language"]
	written, err := w.Help.Restore(r.Context(), writer(a), page, language, number, base)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if written.Saved != nil {
		return w.done(rw, r, pages.Saved, pages.HelpRevisionPath(page, language, written.Saved.Number))
	}
	p, err := w.compared(r, a, language, number, written.Current.Number)
	if err != nil {
		return err
	}
	if p.Overtaken = written.Meanwhile != nil; !p.Overtaken {
		p.Problems = helpProblems(written.Faults)
		for i := range p.Problems {
			p.Problems[i].Field = "" // there is no field to mend it at
		}
	}
	return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.HelpComparedPage(p))
}
