package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/assets"
	"loquet/web/pages"
)

// plain makes the handler of a page that needs nothing but its frame. Whoever is signed in keeps the name on top.
func (w *Web) plain(page func(pages.Plain) templ.Component) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		p := pages.Plain{Frame: w.frame(r)}
		p.Policy = p.Organisation.Policy
		s, person, err := w.who(r)
		switch {
		case errors.Is(err, fault.Missing):
			return w.renderFront(rw, r, r.URL.Path, p.Frame, page(p))
		case err != nil:
			return err
		case s.Alive(w.Now()) && s.Stage == session.Full:
			p.Frame = w.inside(r, person)
		}
		return w.render(rw, r, http.StatusOK, p.Frame, page(p))
	}
}

func (w *Web) platform(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Platform{Frame: w.frame(r), Scheme: w.Config.Scheme}
	p.Door = p.Organisation.ID != ""
	p.Organisation = organisation.Organisation{} // the list is nobody's own
	var err error
	if p.Organisations, err = w.Organisations.Organisations(r.Context()); err != nil {
		return err //nolint:wrapcheck // the store says what it was doing
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.PlatformPage(p))
}

// asset hands out a file whose address names its content, so that it may be kept for ever.
func (w *Web) asset(rw http.ResponseWriter, r *http.Request) error {
	a, ok := assets.Find(r.PathValue("hash"), r.PathValue("name"))
	if !ok {
		return fault.Missing
	}
	h := rw.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.Media)
	h.Set("Vary", "Accept-Encoding")
	body := a.Body
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.Gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = rw.Write(body) // a browser that has gone is no failure of ours
	}
	return nil
}

// changePassword leads password managers to where a password is changed (W3C change-password URL): whoever is not in
// gets there by « Mot de passe oublié ».
func (w *Web) changePassword(rw http.ResponseWriter, r *http.Request) error {
	s, _, err := w.who(r)
	if err == nil && s.Alive(w.Now()) && s.Stage == session.Full {
		return see(rw, r, "/account/password")
	}
	return see(rw, r, "/recover")
}

// securityText says whom to tell about a hole (RFC 9116).
func (w *Web) securityText(rw http.ResponseWriter, r *http.Request) error {
	if w.Config.SecurityMail == "" {
		return fault.Missing
	}
	canonical := url.URL{Scheme: w.Config.Scheme, Host: r.Host, Path: "/.well-known/security.txt"}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = rw.Write([]byte("Contact: mailto:" + w.Config.SecurityMail +
		"\nExpires: " + w.Now().UTC().AddDate(0, 6, 0).Format(time.RFC3339) +
		"\nPreferred-Languages: fr, en\nCanonical: " + canonical.String() + "\n"))
	return nil
}
