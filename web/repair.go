package web

import (
	"errors"
	"net/http"
	"strings"

	"loquet/fault"
	"loquet/web/pages"
)

// repairPage names the cause of « À chaque clic, je retourne à la page d'identification » (H6). Where nobody has named
// it, it sets a cookie and looks whether it comes back, without script: the first visit leads to a second one that knows.
func (w *Web) repairPage(rw http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	from := pages.RepairState(query.Get("from"))
	p := pages.Repair{Frame: w.frame(r), Came: from == cameBack}
	switch {
	case query.Get("done") == "1":
		p.State = pages.RepairDone
	case from == pages.RepairStale || from == pages.RepairClock || from == pages.RepairRestored:
		p.State = from
	case from == pages.RepairApplication:
		name, _, err := w.applicationAt(r.Context(), p.Organisation, query.Get("app"))
		if err != nil {
			return err
		}
		p.State, p.Application = from, name
	case query.Get("probe") != "1":
		w.probe(rw)
		query.Set("probe", "1")
		return see(rw, r, "/repair?"+query.Encode())
	case w.cookie(r, probeCookie) == "":
		p.State = pages.RepairRefused
	default:
		known, err := w.known(r)
		if err != nil {
			return err
		}
		p.State = pages.RepairWorks
		if p.Came || !known { // cookies do come back, but not the one that opens the door
			p.State = pages.RepairStale
		}
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.RepairPage(p))
}

// known says whether every session cookie of the browser names a session that is alive.
func (w *Web) known(r *http.Request) (bool, error) {
	brought := w.cookies(r, sessionCookie)
	if len(brought) == 0 {
		return true, nil
	}
	s, _, err := w.who(r)
	if err != nil && !errors.Is(err, fault.Missing) {
		return false, err
	}
	return err == nil && s.Alive(w.Now()) && len(brought) == 1, nil
}

// repairForm takes everything of ours from the browser: the session that it holds ends, every cookie expires in every
// form in which it may have been set, and the cache is emptied. Clear-Site-Data leaves "cookies" out: browsers take that
// for every host of the domain, and a commune has other sites that people are signed in to (W3C Clear Site Data §3.1).
func (w *Web) repairForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	s, _, err := w.who(r)
	if err != nil && !errors.Is(err, fault.Missing) {
		return err
	}
	b, organisation := w.browser(r), visitOf(r).organisation.ID
	if err == nil && s.Ended.IsZero() {
		if err := w.Sessions.Leave(r.Context(), s, b); err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
	}
	w.expireAll(rw, r)
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if err := w.Sessions.Repaired(r.Context(), organisation, cause(f["cause"]), b); err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return see(rw, r, "/repair?done=1")
}

// cause gives the word for the journal: one of the causes, or that none was named.
func cause(said string) string {
	for _, known := range pages.RepairCauses {
		if said == string(known) {
			return said
		}
	}
	return "asked"
}

// sessionPaths are where other versions, and other programs on the same host, may have left a session cookie: a browser
// forgets one only by its own path (RFC 6265 §5.3).
var sessionPaths = []string{"/home", "/signin", "/account", "/settings", "/renew"}

// expireAll makes the browser forget every cookie of ours: under both names, on every path that may have been used, for
// this very host and for the domains above it.
func (w *Web) expireAll(rw http.ResponseWriter, r *http.Request) {
	secure := w.Config.Scheme == "https"
	for _, name := range cookieNames {
		if name != sessionCookie {
			expire(rw, name, "/", "", secure)
		}
		if secure {
			expire(rw, hostPrefix+name, "/", "", true)
		}
	}
	expire(rw, restoredCookie, "/", "", secure)
	for _, domain := range append([]string{""}, domains(r.Host)...) {
		for _, path := range append([]string{"/"}, sessionPaths...) {
			expire(rw, sessionCookie, path, domain, secure)
		}
		if !secure { // browsers that trust loopback hosts keep those marked so from being replaced by any other
			expire(rw, sessionCookie, "/", domain, true)
		}
	}
}

func expire(rw http.ResponseWriter, name, path, domain string, secure bool) {
	http.SetCookie(rw, &http.Cookie{
		Name: name, Path: path, Domain: domain, MaxAge: -1, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// domains gives the domains for which a cookie may have been set that comes to this host: its own name, and the one
// above it. Names of one word take no Domain.
func domains(host string) []string {
	host, _, _ = strings.Cut(host, ":")
	if !strings.Contains(host, ".") {
		return nil
	}
	all := []string{host}
	if _, above, _ := strings.Cut(host, "."); strings.Contains(above, ".") {
		all = append(all, above)
	}
	return all
}
