package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/fault"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/signin"
)

// Forward is the flow that answers proxies, and hands cookies over to the hosts behind them.
type Forward interface {
	Guard(ctx context.Context, q oidc.Question) (oidc.Reply, error)
	Guarded(ctx context.Context, o organisation.Organisation, at oidc.At) (application.Application, error)
	Behind(ctx context.Context, o organisation.Organisation, id string) (application.Application, error)
	Enter(ctx context.Context, e oidc.Entering) (oidc.Entrance, error)
	Take(ctx context.Context, t oidc.Taking) (oidc.Taken, error)
	HandBack(ctx context.Context, o organisation.Organisation, a application.Application, tokens []string,
		b session.Browser) error
}

// forwardPath is where proxies ask. It is answered before everything else: no page stands there, and an answer is asked
// for at each request to each application.
const forwardPath = "/forward-auth"

// retryForward is when a proxy may ask again after a failure of ours.
const retryForward = 2 * time.Second

// appCookie gives the name of the cookie of an application on its own host: one for each, as several may share a host.
func appCookie(a application.Application) string { return sessionCookie + "-" + a.ID }

// forwardAuth answers a proxy: 200 with the identity, or 401, 403, or for a browser where to go. Method and body are of
// no meaning. A failure is 503: nobody passes, and nobody is signed out.
func (w *Web) forwardAuth(rw http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(r.Context(), "panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}()
	rw.Header()["Cache-Control"] = noStore
	host := strings.ToLower(r.Host)
	if slices.Contains(w.Config.PlatformHosts, host) {
		rw.WriteHeader(http.StatusNotFound) // nothing of the operators' stands behind a proxy
		return
	}
	o, err := w.byHost(r.Context(), host, false)
	switch {
	case errors.Is(err, fault.Missing), err == nil && o.Platform():
		rw.WriteHeader(http.StatusMisdirectedRequest)
		return
	case err != nil:
		w.forwardFailed(rw, r, err)
		return
	}
	q := w.question(r, o)
	reply, err := w.Forward.Guard(r.Context(), q)
	if err != nil {
		w.forwardFailed(rw, r, err)
		return
	}
	w.reply(rw, r, q, reply)
}

var noStore = []string{"no-store"}

func (w *Web) forwardFailed(rw http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		w.Log.ErrorContext(r.Context(), "forward-auth failed", "error", err)
	}
	wait(rw, retryForward)
	rw.WriteHeader(http.StatusServiceUnavailable)
}

// question makes out what a proxy asks.
func (w *Web) question(r *http.Request, o organisation.Organisation) oidc.Question {
	said := saidOf(r.Header)
	said.at.Application = r.URL.Query().Get("application")
	q := oidc.Question{Organisation: o, Forwarded: said.forwarded, Trusted: w.fromProxy(r), At: said.at}
	if q.Trusted && said.at.URI == "" && said.at.Application == "" && strings.EqualFold(said.at.Host, r.Host) {
		q.Forwarded = false // the proxy before the portal itself names the portal's own host
	}
	q.Tokens = func(a application.Application) []string { return cookiesOf(r, a, appCookie(a)) }
	q.Inside = func() (session.Session, account.Account, error) { return w.insider(r, o) }
	return q
}

// fromProxy says whether a trusted proxy has sent the request itself.
func (w *Web) fromProxy(r *http.Request) bool {
	peer, err := peerOf(r)
	return err == nil && w.trusts(peer)
}

// insider gives who is in by the portal's own cookies. Whatever cannot be read is nobody (ATK-059).
func (w *Web) insider(r *http.Request, o organisation.Organisation) (session.Session, account.Account, error) {
	address, err := w.addressOf(r)
	if err != nil {
		return session.Session{}, account.Account{}, fault.Missing
	}
	for _, token := range w.cookies(r, sessionCookie) {
		used, err := w.Sessions.Who(r.Context(), signin.Use{
			Organisation: o, Token: token, Browser: session.Browser{Address: address},
		})
		switch {
		case errors.Is(err, fault.Missing):
		case err != nil:
			return used.Session, used.Person, err //nolint:wrapcheck // the flow says what it was doing
		case used.Session.Alive(w.Now()):
			return used.Session, used.Person, nil
		}
	}
	return session.Session{}, account.Account{}, fault.Missing
}

// reply writes the answer. nginx takes a redirect for a failure: it is told the address beside 401 or 403, and leads the
// browser there itself (docs/forward-auth).
func (w *Web) reply(rw http.ResponseWriter, r *http.Request, q oidc.Question, reply oidc.Reply) {
	status, h := http.StatusForbidden, rw.Header()
	switch reply.Answer {
	case oidc.Let:
		maps.Copy(h, reply.Identity.Headers)
		rw.WriteHeader(http.StatusOK)
		return
	case oidc.Astray:
		rw.WriteHeader(status)
		return
	case oidc.Doubt:
		w.tellDoubt(r)
		status = http.StatusUnauthorized
	case oidc.ComeIn:
		status = http.StatusUnauthorized
	case oidc.KeptOut: // the portal explains why
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Cookie realm="loquet"`) // RFC 9110 §11.6.1 wants a challenge
	}
	if reply.Answer != oidc.Doubt && navigates(r) {
		h.Set("Location", startAt(reply, q.At))
		if r.Header.Get("X-Original-Url") == "" {
			status = http.StatusSeeOther
		}
	}
	rw.WriteHeader(status)
}

// tellDoubt says once a minute that somebody who is no trusted proxy asks like one.
func (w *Web) tellDoubt(r *http.Request) {
	now := w.Now().Unix()
	last := w.doubted.Load()
	if now-last < 60 && now >= last || !w.doubted.CompareAndSwap(last, now) {
		return
	}
	w.Log.WarnContext(r.Context(), "forward-auth: a proxy that is not trusted says where a request goes; "+
		"name it in trusted_proxies if it is yours", "address", r.RemoteAddr)
}

// navigates says whether a browser asks for a page that it will show: anything else is not led to the sign-in page.
func navigates(r *http.Request) bool {
	method, mode := r.Method, r.Header.Get("Sec-Fetch-Mode")
	for _, name := range []string{"X-Original-Method", "X-Forwarded-Method"} {
		if said := r.Header.Get(name); said != "" {
			method = said
		}
	}
	return method == http.MethodGet && (mode == "" || mode == "navigate") &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}
