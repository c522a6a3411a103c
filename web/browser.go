package web

import (
	"net/http"
	"strings"

	"github.com/mileusna/useragent"

	"loquet/session"
)

// device gives a browser in words: « Firefox – Windows ». What browsers say of themselves is never trusted, only shown.
func device(r *http.Request) string {
	said := r.UserAgent()
	if len(said) > 512 {
		said = said[:512]
	}
	ua := useragent.Parse(said)
	words := clean(ua.Name)
	if system := clean(ua.OS); system != "" {
		words += " – " + system
	}
	return words
}

// clean keeps a short run of plain characters.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune("<>&\"'", c) {
			return -1
		}
		return c
	}, s)
	return strings.TrimSpace(s[:min(len(s), 40)])
}

// browser gives where a request comes from. The session that it holds is the one that was found alive, else that of the
// first of its cookies.
func (w *Web) browser(r *http.Request) session.Browser {
	v := visitOf(r)
	b := session.Browser{Address: v.address, Device: device(r), Held: v.held}
	if b.Held == "" {
		b.Held = session.IDOf(w.cookie(r, sessionCookie))
	}
	return b
}
