package web

import (
	"net/http"
	"time"

	"loquet/session"
)

// The cookies. Over https their names begin with __Host-, which ties them to this very host (RFC 6265bis §4.1.3.2); over
// http, which is for loopback hosts only, browsers would refuse that (ADR-0006).
const (
	sessionCookie  = "loquet"
	noticeCookie   = "loquet-notice"   // what the next page should say: one of a closed list of words
	languageCookie = "loquet-language" // what the person chose
	probeCookie    = "loquet-probe"    // set by /repair to see whether cookies come back
)

var cookieNames = []string{sessionCookie, noticeCookie, languageCookie, probeCookie}

func (w *Web) cookieName(name string) string {
	if w.Config.Scheme == "https" {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie that lasts as long as the browser window when lasts is 0.
func (w *Web) setCookie(rw http.ResponseWriter, name, value string, lasts time.Duration) {
	http.SetCookie(rw, &http.Cookie{
		Name: w.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts / time.Second),
		Secure: w.Config.Scheme == "https", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (w *Web) dropCookie(rw http.ResponseWriter, name string) {
	w.setCookie(rw, name, "", -time.Second)
}

func (w *Web) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(w.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setSession hands the token of a session to the browser.
func (w *Web) setSession(rw http.ResponseWriter, token string, s session.Session) {
	lasts := time.Duration(0)
	if s.Remembered {
		lasts = s.Until.Sub(s.Opened)
	}
	w.setCookie(rw, sessionCookie, token, lasts)
	w.dropCookie(rw, noticeCookie)
}

// notice tells the next page what to say.
func (w *Web) notice(rw http.ResponseWriter, what string) {
	w.setCookie(rw, noticeCookie, what, 10*time.Minute)
}

// noticeTold is left of a notice that has been read, until the next sign-in: it shows that this browser brings cookies
// back, so that the back button after leaving is not taken for a sign-in loop.
const noticeTold = "told"

// takeNotice reads the notice, which is not read again.
func (w *Web) takeNotice(rw http.ResponseWriter, r *http.Request) string {
	what := w.cookie(r, noticeCookie)
	if what != "" && what != noticeTold {
		w.setCookie(rw, noticeCookie, noticeTold, 0)
	}
	return what
}
