package web

import (
	"errors"
	"net/http"
	"net/url"

	"loquet/desk"
	"loquet/fault"
	"loquet/organisation"
	"loquet/web/pages"
)

// operator gives whom operates has let through, as the flow knows them.
func (w *Web) operator(r *http.Request) desk.Operator {
	who := deskActor(r)
	return desk.Operator{Person: who.person, Session: who.session, Browser: w.browser(r)}
}

// casePath gives the path of a case.
func casePath(o organisation.Organisation, id string) string {
	return "/desk/" + url.PathEscape(o.Slug) + "/" + url.PathEscape(id)
}

func (w *Web) deskPage(rw http.ResponseWriter, r *http.Request) error {
	op := w.operator(r)
	board, err := w.Desk.Board(r.Context(), op)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.Desk{
		Frame: w.inside(r, op.Person), Cases: w.deskRows(board.Cases), ToSecond: w.deskRows(board.ToSecond),
		Waiting: w.deskRows(board.Waiting), Notice: w.told(rw, r),
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.DeskPage(p))
}

func (w *Web) deskRows(listed []desk.Listed) []pages.DeskRow {
	rows := make([]pages.DeskRow, len(listed))
	for i, l := range listed {
		c := l.Case
		rows[i] = pages.DeskRow{
			Path: casePath(l.Organisation, c.ID), Number: c.Number, House: l.Organisation.Name, Reason: string(c.Reason),
			Opened: c.Opened, By: c.OpenedBy, Standing: string(c.Stands(w.Now())), Deed: deskDeed(l.Deed),
		}
	}
	return rows
}

func (w *Web) newCasePage(rw http.ResponseWriter, r *http.Request) error {
	p, err := w.newCase(r, r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.DeskNewPage(p))
}

func (w *Web) newCase(r *http.Request, query string) (pages.DeskNew, error) {
	op := w.operator(r)
	p := pages.DeskNew{Frame: w.inside(r, op.Person), Query: query}
	for _, reason := range desk.Reasons {
		p.Reasons = append(p.Reasons, string(reason))
	}
	var err error
	p.Found, err = w.Desk.Organisations(r.Context(), op, query)
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

// openingFields says at which field of a new case a fault is mended.
var openingFields = map[desk.Fault]string{desk.ReasonUnknown: "reason", desk.SaidMissing: "said", desk.SaidLong: "said"}

func (w *Web) newCaseForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	var found []desk.Fault
	var opened desk.Case
	o, err := w.Organisations.OrganisationBySlug(r.Context(), f["organisation"])
	unknown := errors.Is(err, fault.Missing)
	if !unknown && err != nil {
		return err //nolint:wrapcheck // the store says what it was doing
	}
	if !unknown {
		opened, found, err = w.Desk.Open(r.Context(), w.operator(r), desk.Opening{
			Organisation: o.ID, Reason: desk.Reason(f["reason"]), Said: f["said"], Caller: f["caller"],
		})
		unknown = errors.Is(err, fault.Missing)
	}
	pause, over := tooOften(err)
	if err != nil && !unknown && !over {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if err == nil && len(found) == 0 {
		return see(rw, r, casePath(o, opened.ID))
	}
	p, err := w.newCase(r, f["q"])
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	p.Typed, p.Problems = f.typed(), deskProblems(found, openingFields)
	if unknown {
		p.Problems = append(p.Problems, pages.Problem{Field: "organisation", Key: "desk.fault.organisation"})
	}
	if over {
		wait(rw, pause)
		status, p.Wait = http.StatusTooManyRequests, pause
	}
	return w.render(rw, r, status, p.Frame, pages.DeskNewPage(p))
}

// deskProblems puts the faults of the desk at the fields of a form.
func deskProblems(found []desk.Fault, fields map[desk.Fault]string) []pages.Problem {
	problems := make([]pages.Problem, 0, len(found))
	for _, f := range found {
		problems = append(problems, pages.Problem{Field: fields[f], Key: "desk.fault." + string(f)})
	}
	return problems
}
