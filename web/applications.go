package web

import (
	"context"
	"net/http"
	"net/url"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/organisation"
	"loquet/web/pages"
)

// Applications is what managers do to the programs behind the door.
type Applications interface {
	Applications(ctx context.Context, a admin.Actor) ([]admin.Listed, error)
	Application(ctx context.Context, a admin.Actor, id string) (admin.Listed, error)
	AddApplication(ctx context.Context, a admin.Actor, p admin.Program) (
		application.Application, string, []application.Refusal, error)
	ChangeApplication(ctx context.Context, a admin.Actor, id string, version int64, p admin.Program) (
		[]application.Refusal, error)
	RenewSecret(ctx context.Context, a admin.Actor, id string, version int64) (application.Application, string, error)
	RevokeApplication(ctx context.Context, a admin.Actor, id, typed string) ([]application.Refusal, error)
}

// applicationRoutes gives the paths of the programs behind the door: for managers, and for whoever is in one.
func (w *Web) applicationRoutes() map[string]methods {
	const path, one = "/settings/applications", "/settings/applications/{id}"
	lists := []string{"roles", "offices"}
	return map[string]methods{
		path: {"GET": w.manages(w.applicationsPage)},
		path + "/new": {
			"GET": w.manages(w.newApplicationPage), "POST": w.manageForm(w.newApplicationForm, lists...),
		},
		one:                     {"GET": w.manages(w.applicationPage), "POST": w.manageForm(w.applicationForm, lists...)},
		one + "/secret":         {"POST": w.manageForm(w.secretForm)},
		one + "/revoke":         {"GET": w.manages(w.revokePage), "POST": w.manageForm(w.revokeForm)},
		"/account/applications": {"GET": w.own(w.entriesPage), "POST": w.ownForm(w.withdrawForm)},
	}
}

func (w *Web) applicationsPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	listed, err := w.Admin.Applications(r.Context(), a)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.Applications{Frame: w.inside(r, a.Person), Notice: w.told(rw, r)}
	for _, l := range listed {
		p.Rows = append(p.Rows, pages.ApplicationRow{
			Application: l.Application, People: l.People, Loops: l.Loops, LoopsAt: l.LoopsAt,
		})
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationsPage(p))
}

// newApplicationPage asks which program it is, and then for what a program of that kind needs.
func (w *Web) newApplicationPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := w.newApplication(r, a, r.URL.Query().Get("template"))
	if p.Shape.Template == "" {
		return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationPickPage(pages.ApplicationPick{Frame: p.Frame}))
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationFormPage(p))
}

func (w *Web) newApplication(r *http.Request, a admin.Actor, template string) pages.ApplicationForm {
	p := pages.ApplicationForm{
		Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Issuer: w.issuer(a.Organisation),
	}
	p.Shape, _ = application.ShapeOf(application.Template(template)) // none of ours shows the choice
	return p
}

func (w *Web) newApplicationForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	p := w.newApplication(r, a, f["template"])
	if p.Shape.Template == "" {
		return see(rw, r, "/settings/applications/new")
	}
	p.Typed = f.typed()
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	if problem != nil {
		p.Problems = []pages.Problem{problem.Problem}
		return w.render(rw, r, problem.Status, p.Frame, pages.ApplicationFormPage(p))
	}
	p.Fresh = true
	added, secret, found, err := w.Admin.AddApplication(r.Context(), a, programOf(f))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if len(found) > 0 {
		p.Problems = refusals(found)
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.ApplicationFormPage(p))
	}
	w.doors.forget(a.Organisation.ID)
	if secret == "" {
		return w.done(rw, r, pages.Added, "/settings/applications/"+url.PathEscape(added.ID))
	}
	return w.showSecret(rw, r, a, added, secret, false)
}

// showSecret answers with a client secret, and with no redirect: it is to stand in no address and in no memory of the
// browser. Sending the form again makes another one, or is refused.
func (w *Web) showSecret(
	rw http.ResponseWriter, r *http.Request, a admin.Actor, of application.Application, secret string, renewed bool,
) error {
	p := pages.ApplicationSecret{
		Frame: w.inside(r, a.Person), Application: of, Secret: secret, Issuer: w.issuer(a.Organisation), Renewed: renewed,
	}
	p.Path = "/settings/applications/" + url.PathEscape(of.ID) // nothing is shown at this page's own address
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ApplicationSecretPage(p))
}

// issuer gives the public address of an organisation's portal.
func (w *Web) issuer(o organisation.Organisation) string { return w.Config.Scheme + "://" + o.Host() }

// programOf reads an application's form.
func programOf(f form) admin.Program {
	p := admin.Program{
		Template: application.Template(f["template"]), Name: f["name"], About: f["about"], URL: f["url"],
		Tile: f["tile"] == "1", Own: f["own"] == "1", Redirects: lines(f["redirects"]), LogoutRedirects: lines(f["logout_redirects"]),
		BackChannel: f["back_channel"], Public: f["public"] == "1", NoPKCE: f["no_pkce"] == "1",
		Signs: application.Algorithm(f["signs"]), Pairwise: f["pairwise"] == "1",
	}
	p.Rule.Second, p.Rule.Offices = f["second"] == "1", lines(f["offices"])
	for _, role := range lines(f["roles"]) {
		p.Rule.Roles = append(p.Rule.Roles, account.Role(role))
	}
	return p
}

// applicationFields says at which field a refusal of an application's form stands.
var applicationFields = map[application.Refusal]string{
	application.NameEmpty: "name", application.NameUnfit: "name", application.NameTaken: "name",
	application.NotNamed: "name", application.AboutUnfit: "about", application.URLEmpty: "url",
	application.URLUnfit: "url", application.AreaUnfit: "url", application.AreaTaken: "url",
	application.RedirectEmpty: "redirects", application.RedirectUnfit: "redirects",
	application.RedirectsMany: "redirects", application.LogoutUnfit: "logout_redirects",
	application.LogoutsMany: "logout_redirects", application.BackUnfit: "back_channel",
	application.PublicNoPKCE: "no_pkce", application.SignsUnknown: "signs",
}

func refusals(found []application.Refusal) []pages.Problem {
	problems := make([]pages.Problem, len(found))
	for i, r := range found {
		problems[i] = pages.Problem{Field: applicationFields[r], Key: "application.fault." + string(r)}
	}
	return problems
}
