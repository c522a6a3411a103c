package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

// cameBack leads to /repair before the cause is known: a browser has just been given a session, and has brought nothing.
const cameBack pages.RepairState = "signin"

// repairFrom gives the address of the page that explains a cause.
func repairFrom(cause pages.RepairState) string { return "/repair?from=" + string(cause) }

// An application that sends people back this often within this time has not noticed that they are in (H6).
const (
	mostReturns = 3
	returnsFor  = 30 * time.Second
)

// returning stands before a page that applications send people back to. It counts how often they do, and leads whoever
// goes in circles out of it.
func (w *Web) returning(h handle) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		if fromElsewhere(r) {
			s, _, err := w.who(r)
			if err == nil && s.Alive(w.Now()) && s.Stage == session.Full && w.bounced(rw, r) {
				return see(rw, r, bouncedBy(r))
			}
		}
		return h(rw, r)
	}
}

// fromElsewhere says whether another site, or another host of ours, led the browser here (Fetch Metadata).
func fromElsewhere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// bounced counts a return, and says whether it was one too many; counting begins anew then. The count is the browser's
// own: whoever forges it leads nobody but themselves to a page that explains.
func (w *Web) bounced(rw http.ResponseWriter, r *http.Request) bool {
	now := w.Now()
	times := []string{strconv.FormatInt(now.Unix(), 10)}
	for _, said := range strings.SplitN(w.cookie(r, returnsCookie), ".", mostReturns) {
		seconds, err := strconv.ParseInt(said, 10, 64)
		if age := now.Sub(time.Unix(seconds, 0)); err == nil && age >= 0 && age < returnsFor {
			times = append(times, said)
		}
	}
	if len(times) >= mostReturns {
		w.dropCookie(rw, returnsCookie)
		return true
	}
	w.setCookie(rw, returnsCookie, strings.Join(times, "."), returnsFor)
	return false
}

// bouncedBy gives the address of the page that explains which application goes in circles, as far as the browser says
// where it comes from.
func bouncedBy(r *http.Request) string {
	path := repairFrom(pages.RepairApplication)
	if from, err := url.Parse(r.Referer()); err == nil && from.Host != "" && from.Host != r.Host {
		path += "&app=" + url.QueryEscape(strings.ToLower(from.Host))
	}
	return path
}

// hostName is what a host name with a port looks like: nothing else of an address that anyone may have made is shown.
var hostName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?$`)

// application names whoever answers on a host: by its tile, or by its host name. It gives "" for what is no host name.
func application(o organisation.Organisation, host string) string {
	for _, t := range o.Tiles {
		if u, err := url.Parse(t.URL); err == nil && host != "" && strings.EqualFold(u.Host, host) {
			return t.Name
		}
	}
	if hostName.MatchString(host) {
		return host
	}
	return ""
}
