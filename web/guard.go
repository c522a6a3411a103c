package web

import (
	"errors"
	"net/http"
	"net/url"

	"loquet/account"
	"loquet/fault"
	"loquet/session"
)

// who gives the session that the request's cookie names, and whose it is; fault.Missing when it names none.
func (w *Web) who(r *http.Request) (session.Session, account.Account, error) {
	token := w.cookie(r, sessionCookie)
	if token == "" {
		return session.Session{}, account.Account{}, fault.Missing
	}
	return w.Sessions.Who(r.Context(), visitOf(r).organisation.ID, token) //nolint:wrapcheck // the flow says what it was doing
}

// entered gives the session and person of a request that may see personal pages. When it may not, it has sent the
// browser where it belongs and ok is false: everything but the renewal page is closed to a renewal session (ATK-032).
func (w *Web) entered(rw http.ResponseWriter, r *http.Request) (s session.Session, person account.Account, ok bool, err error) {
	s, person, err = w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return s, person, false, w.outside(rw, r)
	case err != nil:
		return s, person, false, err
	case !s.Alive(w.Now()):
		w.notice(rw, noticeEnded)
		return s, person, false, w.toSignin(rw, r)
	case s.Stage != session.Full || s.AccountRenews:
		return s, person, false, see(rw, r, "/renew")
	}
	return s, person, true, nil
}

// outside sends whoever has no session to the sign-in page, or to the repair page when the browser comes straight from
// it: it was given a cookie there and has brought nothing back (H6).
func (w *Web) outside(rw http.ResponseWriter, r *http.Request) error {
	from, err := url.Parse(r.Referer())
	if err == nil && from.Host == r.Host && from.Path == "/signin" &&
		w.cookie(r, sessionCookie) == "" && w.cookie(r, noticeCookie) == "" {
		return see(rw, r, "/repair?from=signin")
	}
	return w.toSignin(rw, r)
}

func (w *Web) toSignin(rw http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.RequestURI())
	if r.Method != http.MethodGet && r.Method != http.MethodHead || next == "/home" || next == "" {
		return see(rw, r, "/signin")
	}
	return see(rw, r, "/signin?next="+url.QueryEscape(next))
}

// behindRenewal stands for personal pages that have no content of their own yet: they obey the guard like all others.
func (w *Web) behindRenewal(rw http.ResponseWriter, r *http.Request) error {
	_, _, ok, err := w.entered(rw, r)
	if err != nil || !ok {
		return err
	}
	return fault.Missing
}
