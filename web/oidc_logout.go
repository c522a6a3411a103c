package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
	"loquet/web/pages"
)

// SignOut decides what applications ask for when they sign a person out.
type SignOut interface {
	Leave(ctx context.Context, l oidc.Leaving) (oidc.Left, error)
}

func (w *Web) logoutRoutes() map[string]methods {
	return map[string]methods{
		oidc.LogoutPath: {"GET": w.logoutPage, "POST": w.logoutForm},
		oidc.LeavePath:  {"POST": w.leaveForm},
	}
}

// leavingFields are what an application may send (OpenID Connect RP-Initiated Logout 1.0 §2) and what is looked at.
var leavingFields = []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"}

func leaving(f form) oidc.Leaving {
	return oidc.Leaving{
		Hint: f["id_token_hint"], Client: f["client_id"], Back: f["post_logout_redirect_uri"], State: f["state"],
	}
}

// logoutPage is where an application sends a person to sign out.
func (w *Web) logoutPage(rw http.ResponseWriter, r *http.Request) error {
	f, err := fieldsOf(r.URL.RawQuery)
	if err != nil {
		return err
	}
	return w.leave(rw, r, leaving(f))
}

// logoutForm is the same by POST, which other sites may send here, without our cookies: it does nothing but have the
// browser come again, by GET and with them (norms C12).
func (w *Web) logoutForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	query := url.Values{}
	for _, name := range leavingFields {
		if f[name] != "" {
			query.Set(name, f[name])
		}
	}
	if len(query) == 0 {
		return see(rw, r, oidc.LogoutPath)
	}
	return see(rw, r, oidc.LogoutPath+"?"+query.Encode())
}

// leaveForm is the answer of whoever was asked. Only our own page may send it (ATK-057).
func (w *Web) leaveForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	l := leaving(f)
	l.Choice = oidc.Choice(f["leave"])
	return w.leave(rw, r, l)
}

func (w *Web) leave(rw http.ResponseWriter, r *http.Request, l oidc.Leaving) error {
	l.Organisation = visitOf(r).organisation
	s, _, err := w.who(r)
	switch {
	case err != nil && !errors.Is(err, fault.Missing):
		return err
	case err == nil && s.Alive(w.Now()):
		l.Session = s
	}
	left, err := w.SignOut.Leave(r.Context(), l)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if err := w.endAt(rw, r, left.End, l.Session); err != nil {
		return err
	}
	if left.Show == oidc.LogoutReturn {
		return see(rw, r, left.Back)
	}
	p := pages.Logout{
		Frame: w.frame(r), State: pages.LogoutState(left.Show), Application: left.Application,
		Everywhere: left.End == oidc.Everywhere,
		Hint:       l.Hint, Client: l.Client, Back: l.Back, Given: l.State, Action: oidc.LeavePath,
	}
	visitOf(r).leads = originOf(left.Back)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.LogoutPage(p))
}

// endAt ends what is to end, and takes its cookie and what the browser keeps of our pages (WEB-19; ATK-085). Where
// nothing ends, nothing is taken: whoever has a browser ask cannot sign it out.
func (w *Web) endAt(rw http.ResponseWriter, r *http.Request, end oidc.Choice, s session.Session) error {
	var err error
	switch end {
	case oidc.Here:
		err = w.Sessions.Leave(r.Context(), s, w.browser(r))
	case oidc.Everywhere:
		err = w.Sessions.LeaveEverywhere(r.Context(), s, w.browser(r))
	case oidc.NotAsked:
		return nil
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	w.dropCookie(rw, sessionCookie)
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return nil
}

// fieldsOf reads a query as strictly as readForm reads a body.
func fieldsOf(query string) (form, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, refusal{Status: http.StatusBadRequest}
	}
	f := make(form, len(values))
	for name, given := range values {
		if len(given) != 1 {
			return nil, refusal{Status: http.StatusBadRequest}
		}
		f[name] = given[0]
	}
	return f, nil
}
