package web

import (
	"net/http"
	"strconv"
	"time"

	"loquet/session"
)

// The cookies. Over https their names begin with __Host-, which ties them to this very host (RFC 6265bis §4.1.3.2); over
// http, which is for loopback hosts only, browsers would refuse that (ADR-0006).
const (
	sessionCookie  = "loquet"
	noticeCookie   = "loquet-notice"   // what the next page should say: one of a closed list of words
	languageCookie = "loquet-language" // what the person chose
	probeCookie    = "loquet-probe"    // when it was set: shows that the browser brings cookies back, and how lately
	entriesCookie  = "loquet-entries"  // which application asked who is in, and when: its client_id, and times
	nextCookie     = "loquet-next"     // the request of an application that a renewal must not lose
	returnsCookie  = "loquet-returns"  // when applications sent the person back: times only
)

// restoredCookie is set by loquet.js, for a moment and under this name everywhere, when a personal page came back from
// the browser's memory and is asked for anew. It opens nothing: it only names a cause.
const restoredCookie = "loquet-restored"

var cookieNames = []string{sessionCookie, noticeCookie, languageCookie, probeCookie, returnsCookie, entriesCookie, requestCookie, nextCookie}

// hostPrefix is __Host- of RFC 6265bis §4.1.3.2.
const hostPrefix = "__Host-"

// mostCookies is how many cookies of one name are looked at.
const mostCookies = 8

func (w *Web) cookieName(name string) string {
	if w.Config.Scheme == "https" {
		return hostPrefix + name
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

// cookie gives the first cookie of a name, empty for none.
func (w *Web) cookie(r *http.Request, name string) string {
	all := w.cookies(r, name)
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// cookies gives every cookie of a name that holds something, as the browser orders them: the longest path first
// (RFC 6265 §5.4).
func (w *Web) cookies(r *http.Request, name string) []string {
	var all []string
	for _, c := range r.CookiesNamed(w.cookieName(name)) {
		if c.Value != "" && len(all) < mostCookies {
			all = append(all, c.Value)
		}
	}
	return all
}

// setSession hands the token of a session to a browser that has just proved itself.
func (w *Web) setSession(rw http.ResponseWriter, token string, s session.Session) {
	w.keepSession(rw, token, s)
	w.dropCookie(rw, noticeCookie)
	w.probe(rw)
}

// keepSession hands the token of a session to the browser.
func (w *Web) keepSession(rw http.ResponseWriter, token string, s session.Session) {
	lasts := time.Duration(0)
	if s.Remembered {
		lasts = max(s.Until.Sub(w.Now()), time.Second)
	}
	w.setCookie(rw, sessionCookie, token, lasts)
}

// probe sets a cookie to see whether it comes back.
func (w *Web) probe(rw http.ResponseWriter) {
	w.setCookie(rw, probeCookie, strconv.FormatInt(w.Now().Unix(), 10), time.Minute)
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
