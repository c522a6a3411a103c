package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
	"loquet/web/pages"
)

// nonceCookie binds the way into an application to one browser; nonceLasts is how long somebody may take to sign in.
const (
	nonceCookie = "loquet-nonce"
	nonceLasts  = 30 * time.Minute
)

// enterPath is where the portal lets somebody into an application behind a proxy.
const enterPath = forwardPath + "/enter"

// forwardRoutes gives the pages of forward-auth: those of the portal, and those that a proxy leads to us on the host of
// an application. forwardPath itself is answered apart from all routes.
func (w *Web) forwardRoutes() map[string]methods {
	return map[string]methods{
		enterPath:             {"GET": w.forwardEnter},
		"/forward-auth/leave": {"GET": w.forwardLeave},
		"/.loquet/start":      {"GET": w.behindProxy(w.forwardStart)},
		"/.loquet/enter":      {"GET": w.behindProxy(w.forwardTake)},
		"/.loquet/signout":    {"GET": w.behindProxy(w.forwardAskLeave), "POST": w.behindProxy(w.forwardHandBack)},
	}
}

// behind is a page on the host of an application.
type behind func(rw http.ResponseWriter, r *http.Request, a application.Application) error

// behindProxy opens a page to what a trusted proxy leads here from a host that an application stands on; to all else
// there is no such page.
func (w *Web) behindProxy(h behind) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		said := saidOf(r.Header)
		if !said.forwarded || !w.fromProxy(r) {
			return fault.Missing
		}
		said.at.Application = r.URL.Query().Get("application")
		if said.at.URI = ""; said.at.Application == "" {
			said.at.URI = r.URL.Query().Get("to")
		}
		a, err := w.Forward.Guarded(r.Context(), visitOf(r).organisation, said.at)
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		rw.Header().Del("Strict-Transport-Security") // the other host's own affair
		rw.Header().Set("Referrer-Policy", "no-referrer")
		return h(rw, r, a)
	}
}

// forwardStart binds the way in to this browser, and leads it to the portal.
func (w *Web) forwardStart(rw http.ResponseWriter, r *http.Request, a application.Application) error {
	nonce, state := oidc.NewNonce()
	for _, held := range cookiesOf(r, a, nonceCookie) {
		if of := oidc.StateOf(held); of != "" {
			nonce, state = held, of // another tab is on its way
			break
		}
	}
	setCookieOf(rw, a, nonceCookie, nonce, nonceLasts)
	to := wayTo(a, r.URL.Query().Get("to"))
	return w.lead(rw, w.portal(r)+enterAt(a, state, to))
}

// portal gives the address of the portal, whose host every request has that comes this far.
func (w *Web) portal(r *http.Request) string {
	return w.Config.Scheme + "://" + strings.ToLower(r.Host)
}

// lead sends the browser to an address as it is.
func (w *Web) lead(rw http.ResponseWriter, address string) error {
	rw.Header().Set("Location", address)
	rw.WriteHeader(http.StatusSeeOther)
	return nil
}

// forwardEnter lets somebody who is in enter an application behind a proxy, or says why not. Whoever is not in signs in
// first; whoever must renew is held there (ATK-032).
func (w *Web) forwardEnter(rw http.ResponseWriter, r *http.Request) error {
	s, person, ok, err := w.entered(rw, r)
	if err != nil || !ok {
		return err
	}
	asked := r.URL.Query()
	if asked.Get("lost") == "1" {
		a, err := w.Forward.Behind(r.Context(), visitOf(r).organisation, asked.Get("application"))
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		return w.forwardPage(rw, r, person, pages.ForwardLost, a)
	}
	in, err := w.Forward.Enter(r.Context(), oidc.Entering{
		Organisation: visitOf(r).organisation, Person: person, Session: s, Application: asked.Get("application"),
		State: asked.Get("state"), Browser: w.browser(r),
	})
	if errors.Is(err, fault.Stale) {
		return errEnded
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	a, to := in.Application, wayTo(in.Application, asked.Get("to"))
	switch {
	case in.Verdict != application.Admitted:
		return w.closed(rw, r, person, a.Name, in.Verdict, enterAt(a, asked.Get("state"), to))
	case in.Inside:
		return w.lead(rw, oidc.Origin(a)+to)
	case in.Loops:
		return see(rw, r, repairFrom(pages.RepairApplication)+"&app="+url.QueryEscape(hostOf(a)))
	case in.Code == "":
		return w.lead(rw, startOf(a, to)) // the browser has not come from there
	}
	rw.Header().Set("Referrer-Policy", "no-referrer")
	return w.lead(rw, oidc.Origin(a)+"/.loquet/enter?"+url.Values{
		"application": {a.ID}, "code": {in.Code}, "to": {to},
	}.Encode())
}

// hostOf gives the host of an application, for people to read.
func hostOf(a application.Application) string {
	_, host, _ := strings.Cut(oidc.Origin(a), "://")
	return strings.ToLower(host)
}

// forwardTake makes the application's cookie of the code that the browser brings from the portal.
func (w *Web) forwardTake(rw http.ResponseWriter, r *http.Request, a application.Application) error {
	asked := r.URL.Query()
	to := wayTo(a, asked.Get("to"))
	taken, err := w.Forward.Take(r.Context(), oidc.Taking{
		Organisation: visitOf(r).organisation, Application: a, Code: asked.Get("code"),
		Nonces: cookiesOf(r, a, nonceCookie), Tokens: cookiesOf(r, a, appCookie(a)), Browser: w.browser(r),
	})
	if errors.Is(err, fault.Missing) {
		return w.lead(rw, w.portal(r)+enterAt(a, "", to)+"&lost=1")
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if taken.Token != "" {
		setCookieOf(rw, a, appCookie(a), taken.Token, taken.Lasts)
	}
	return w.lead(rw, to)
}

// forwardAskLeave leads to the page that asks: an image on some page must not sign anybody out.
func (w *Web) forwardAskLeave(rw http.ResponseWriter, r *http.Request, a application.Application) error {
	return w.lead(rw, w.portal(r)+leaveAt(a, false))
}

// forwardHandBack ends the application's own cookie, and leads to the page that offers to leave the portal too.
func (w *Web) forwardHandBack(rw http.ResponseWriter, r *http.Request, a application.Application) error {
	err := w.Forward.HandBack(r.Context(), visitOf(r).organisation, a, cookiesOf(r, a, appCookie(a)), w.browser(r))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	setCookieOf(rw, a, appCookie(a), "", -time.Second)
	return w.lead(rw, w.portal(r)+leaveAt(a, true))
}

func leaveAt(a application.Application, left bool) string {
	q := url.Values{"application": {a.ID}}
	if left {
		q.Set("left", "1")
	}
	return "/forward-auth/leave?" + q.Encode()
}

// forwardLeave offers the portal's sign-out, which every application honours.
func (w *Web) forwardLeave(rw http.ResponseWriter, r *http.Request) error {
	s, person, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing) || err == nil && (!s.Alive(w.Now()) || s.Stage != session.Full):
		return see(rw, r, "/signin")
	case err != nil:
		return err
	}
	a, err := w.Forward.Behind(r.Context(), visitOf(r).organisation, r.URL.Query().Get("application"))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	state := pages.ForwardLeave
	if r.URL.Query().Get("left") == "1" {
		state = pages.ForwardLeft
	}
	return w.forwardPage(rw, r, person, state, a)
}

func (w *Web) forwardPage(
	rw http.ResponseWriter, r *http.Request, person account.Account, state pages.ForwardState, a application.Application,
) error {
	p := pages.Forward{
		Frame: w.inside(r, person), State: state, Name: a.Name, Back: startOf(a, wayTo(a, r.URL.Query().Get("to"))),
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ForwardPage(p))
}

// forwardLeads gives where a form leads in the end when an application is entered after it; see leads.
func (w *Web) forwardLeads(r *http.Request, query string) oidc.Destination {
	q, err := url.ParseQuery(query)
	if err != nil {
		return oidc.Destination{}
	}
	a, err := w.Forward.Behind(r.Context(), visitOf(r).organisation, q.Get("application"))
	if err != nil {
		return oidc.Destination{} // the page that follows tells
	}
	return oidc.Destination{Application: a.Name, To: oidc.Origin(a), Second: a.Rule.Second}
}
