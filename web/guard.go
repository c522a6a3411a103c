package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/web/pages"
)

// who gives the session that the request's cookie names, and whose it is; fault.Missing when it names none.
func (w *Web) who(r *http.Request) (session.Session, account.Account, error) {
	used, err := w.use(r, false)
	return used.Session, used.Person, err
}

// use gives what the request's cookies open. A browser may bring several of one name: those that an older version, or
// another path or domain, has left in front of ours. The first that is alive is taken, so that they do no harm (H6); of
// those that are over, the first.
func (w *Web) use(r *http.Request, page bool) (signin.Used, error) {
	v := visitOf(r)
	over, found := signin.Used{}, fault.Missing
	for _, token := range w.cookies(r, sessionCookie) {
		used, err := w.Sessions.Who(r.Context(), signin.Use{
			Organisation: v.organisation, Token: token, Page: page,
			Browser: session.Browser{Address: v.address, Device: device(r)},
		})
		switch {
		case errors.Is(err, fault.Missing):
		case err != nil:
			return used, err //nolint:wrapcheck // the flow says what it was doing
		case used.Session.Alive(w.Now()):
			v.held = used.Session.ID
			return used, nil
		case found != nil:
			over, found = used, nil
		}
	}
	return over, found
}

// shown says whether the answer to a request is a page that the browser shows by itself: of those that it fetches for
// another page, or ahead of time, it may throw away the cookies (Fetch Metadata).
func shown(r *http.Request) bool {
	into := r.Header.Get("Sec-Fetch-Dest")
	return r.Method == http.MethodGet && (into == "" || into == "document") && r.Header.Get("Sec-Purpose") == ""
}

// entered gives the session and person of a request that may see personal pages: of a full session, or of one of the
// other stages for which the page is made. When it may not, it has sent the browser where it belongs and ok is false:
// everything but its own page is closed to a session that waits for something (ATK-032, ATK-034).
func (w *Web) entered(rw http.ResponseWriter, r *http.Request, also ...session.Stage) (
	s session.Session, person account.Account, ok bool, err error,
) {
	used, err := w.use(r, shown(r))
	s, person = used.Session, used.Person
	switch {
	case errors.Is(err, fault.Missing):
		return s, person, false, w.outside(rw, r)
	case err != nil:
		return s, person, false, err
	case !s.Alive(w.Now()):
		if w.keepsOlder(r) {
			return s, person, false, see(rw, r, repairFrom(pages.RepairStale))
		}
		w.notice(rw, over(r, s))
		return s, person, false, w.toSignin(rw, r)
	}
	if used.Token != "" {
		w.keepSession(rw, used.Token, s)
	}
	if at := waitsAt(s); at != "" && !slices.Contains(also, s.Stage) {
		return s, person, false, see(rw, r, at)
	}
	return s, person, true, nil
}

// over gives the notice of a session that has ended.
func over(r *http.Request, s session.Session) string {
	switch {
	case s.EndedBecause == session.Stolen:
		return noticeStolen
	case fromMemory(r):
		return noticeRestored
	}
	return noticeEnded
}

// fromMemory says whether the page was on the screen from the browser's memory a moment ago.
func fromMemory(r *http.Request) bool {
	_, err := r.Cookie(restoredCookie)
	return err == nil
}

// outside sends whoever has no session to the sign-in page, or to the repair page when the browser comes straight from
// it: it was given a cookie there, and has brought nothing back, or only what it had before (H6).
func (w *Web) outside(rw http.ResponseWriter, r *http.Request) error {
	brought, told := len(w.cookies(r, sessionCookie)) > 0, w.cookie(r, noticeCookie)
	switch {
	case brought && w.keepsOlder(r):
		return see(rw, r, repairFrom(pages.RepairStale))
	case !brought && told == "" && cameFrom(r) == "/signin":
		return see(rw, r, repairFrom(cameBack))
	case !brought && (told == "" || told == noticeTold) && (fromInside(r) || fromMemory(r)):
		w.notice(rw, noticeRestored)
	}
	return w.toSignin(rw, r)
}

// keepsOlder says whether the browser was given a session a moment ago, has kept the cookie that went with it, and
// brings other ones of ours that are of no use: it does not let them be replaced.
func (w *Web) keepsOlder(r *http.Request) bool {
	given, err := strconv.ParseInt(w.cookie(r, probeCookie), 10, 64)
	age := w.Now().Sub(time.Unix(given, 0))
	return err == nil && age > -time.Minute && age < time.Minute && cameFrom(r) == "/signin"
}

// fromInside says whether the browser comes from a personal page: it was on the screen after its session had ended,
// from the browser's memory or in another tab.
func fromInside(r *http.Request) bool {
	from := cameFrom(r)
	for _, inside := range []string{"/home", "/account", "/settings", "/desk"} {
		if from == inside || strings.HasPrefix(from, inside+"/") {
			return true
		}
	}
	return false
}

// cameFrom gives the path of the page of ours that the browser comes from, empty for none.
func cameFrom(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return ""
	}
	return from.Path
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
