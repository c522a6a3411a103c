package web

import (
	"errors"
	"net/http"
	"net/url"

	"loquet/admin"
	"loquet/courier"
	"loquet/limit"
	"loquet/text"
	"loquet/web/pages"
)

// slipForm prints a paper slip for somebody at the counter. The answer is the sheet itself, and no redirect: what opens
// an account is to stand in no address and in no memory of the browser. Sending the form again prints a new one.
func (w *Web) slipForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	if problem != nil {
		return w.personAgain(rw, r, a, pages.ActSlip, f, problem.Status, problem.Problem)
	}
	slip, found, err := w.Admin.PrintSlip(r.Context(), a, r.PathValue("id"), f["identity_seen"] == "1")
	var over limit.Over
	switch {
	case errors.As(err, &over):
		wait(rw, over.Wait)
		problem := pages.Problem{Key: "person.fault." + string(admin.SlipsTooOften)}
		return w.personAgain(rw, r, a, pages.ActSlip, f, http.StatusTooManyRequests, problem)
	case err != nil:
		return err //nolint:wrapcheck // the flow says what it was doing
	case len(found) > 0:
		problems := faults(found, "person.fault.", slipFields)
		return w.personAgain(rw, r, a, pages.ActSlip, f, http.StatusUnprocessableEntity, problems...)
	}
	p := w.slip(r, a, slip)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.SlipPage(p))
}

var slipFields = map[admin.Fault]string{admin.IdentityUnseen: "identity_seen"}

// slip gives the sheet in the language of whoever takes it home, on a page in that of whoever prints it.
func (w *Web) slip(r *http.Request, a admin.Actor, s courier.Slip) pages.Slip {
	language := s.Person.Language
	if !text.Known(language) {
		language = s.Organisation.Language
	}
	p := pages.Slip{
		Frame: w.inside(r, a.Person), Paper: text.For(language, packOf(s.Organisation)), Who: s.Person, Code: s.Code, Link: s.Link,
		PortalURL: s.PortalURL, Printed: s.Printed, Expires: s.Expires,
	}
	p.Path = "/settings/users/" + url.PathEscape(s.Person.ID) // nothing is shown at this page's own address
	return p
}
