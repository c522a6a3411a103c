package web

import (
	"net/http"
	"strings"

	"github.com/mileusna/useragent"

	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
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

func (w *Web) held(r *http.Request) string { return session.IDOf(w.cookie(r, sessionCookie)) }

func (w *Web) signinBrowser(r *http.Request) signin.Browser {
	return signin.Browser{Address: visitOf(r).address, Device: device(r), Held: w.held(r)}
}

func (w *Web) recoveryBrowser(r *http.Request) recovery.Browser {
	return recovery.Browser{Address: visitOf(r).address, Device: device(r), Held: w.held(r)}
}
