package web

import (
	"net/http"
	"strings"

	"loquet/admin"
	"loquet/application"
	"loquet/web/pages"
)

// lines gives what a field of several lines holds, each without the blanks around it.
func lines(typed string) (all []string) {
	for line := range strings.Lines(typed) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func (w *Web) applicationPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.application(r, a)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationFormPage(p))
}

func (w *Web) application(r *http.Request, a admin.Actor) (pages.ApplicationForm, error) {
	listed, err := w.Admin.Application(r.Context(), a, r.PathValue("id"))
	if err != nil {
		return pages.ApplicationForm{}, err //nolint:wrapcheck // the flow says what it was doing
	}
	p := w.newApplication(r, a, string(listed.Template))
	p.Application, p.People, p.Shape.Kind = listed.Application, listed.People, listed.Kind
	return p, nil
}

// applicationAgain shows the page with what was typed in one of its forms, and why it was refused.
func (w *Web) applicationAgain(
	rw http.ResponseWriter, r *http.Request, a admin.Actor, act pages.ApplicationAct, f form, g again,
) error {
	p, err := w.application(r, a)
	if err != nil {
		return err
	}
	p.Act, p.Typed, p.Stale, p.Problems = act, f.typed(), g.stale, g.problems
	return w.render(rw, r, g.status, p.Frame, pages.ApplicationFormPage(p))
}

func (w *Web) applicationForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	return w.saveSettings(rw, r, &a, f, pages.Saved, func() ([]pages.Problem, error) {
		found, err := w.Admin.ChangeApplication(r.Context(), a, r.PathValue("id"), f.version(), programOf(f))
		w.doors.forget(a.Organisation.ID)
		return refusals(found), err //nolint:wrapcheck // the flow says what it was doing
	}, func(g again) error { return w.applicationAgain(rw, r, a, pages.ActProgram, f, g) })
}

// secretForm gives an application another secret.
func (w *Web) secretForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	if problem != nil {
		refused := again{status: problem.Status, problems: []pages.Problem{problem.Problem}}
		return w.applicationAgain(rw, r, a, pages.ActSecret, f, refused)
	}
	of, secret, err := w.Admin.RenewSecret(r.Context(), a, r.PathValue("id"), f.version())
	if stale(err) {
		return w.applicationAgain(rw, r, a, pages.ActSecret, f, again{status: http.StatusUnprocessableEntity, stale: true})
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.showSecret(rw, r, a, of, secret, of.Secret != "")
}

func (w *Web) revokePage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.revocation(r, a)
	if err != nil {
		return err
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationRevokePage(p))
}

func (w *Web) revocation(r *http.Request, a admin.Actor) (pages.ApplicationRevoke, error) {
	listed, err := w.Admin.Application(r.Context(), a, r.PathValue("id"))
	return pages.ApplicationRevoke{
		Frame: w.inside(r, a.Person), Application: listed.Application, People: listed.People, Fresh: w.freshForTeam(a.Session),
	}, err //nolint:wrapcheck // the flow says what it was doing
}

// revokeForm shuts an application out for good, under its name.
func (w *Web) revokeForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	p, err := w.revocation(r, a)
	if err != nil {
		return err
	}
	p.Typed = f.typed()
	if problem != nil {
		p.Problems = []pages.Problem{problem.Problem}
		return w.render(rw, r, problem.Status, p.Frame, pages.ApplicationRevokePage(p))
	}
	var found []application.Refusal
	if found, err = w.Admin.RevokeApplication(r.Context(), a, p.Application.ID, f["name"]); err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if len(found) > 0 {
		p.Problems = refusals(found)
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.ApplicationRevokePage(p))
	}
	w.doors.forget(a.Organisation.ID)
	return w.done(rw, r, pages.Removed, "/settings/applications")
}
