package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"loquet/admin"
	"loquet/application"
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
				return w.caught(rw, r)
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
	return w.often(rw, r, returnsCookie, "", mostReturns, returnsFor)
}

// often counts, in a cookie and under a name, and says whether this was one too many.
func (w *Web) often(rw http.ResponseWriter, r *http.Request, cookie, name string, most int, within time.Duration) bool {
	now := w.Now()
	held := strings.SplitN(w.cookie(r, cookie), ".", most+1)
	times := []string{strconv.FormatInt(now.Unix(), 10)}
	for _, said := range held {
		seconds, err := strconv.ParseInt(said, 10, 64)
		if age := now.Sub(time.Unix(seconds, 0)); err == nil && held[0] == name && age >= 0 && age < within {
			times = append(times, said)
		}
	}
	if len(times) >= most {
		w.dropCookie(rw, cookie)
		return true
	}
	w.setCookie(rw, cookie, strings.Join(append([]string{name}, times...), "."), within)
	return false
}

// An application that has a browser ask this often within this time, without anybody being asked anything, does not see
// who is in.
const (
	mostEntries = 6
	entriesFor  = 15 * time.Second
)

// circling counts how often an application has a browser ask who is in. When that is one too many it leads out, and
// notes which application it was. Programs that are no browsers, and frames, are not counted (Fetch Metadata).
func (w *Web) circling(rw http.ResponseWriter, r *http.Request, client string) (caught bool, err error) {
	if r.Header.Get("Sec-Fetch-Dest") != "document" {
		return false, nil
	}
	organisation := visitOf(r).organisation
	all, err := w.doorsOf(r.Context(), organisation)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(all, func(a application.Application) bool { return a.ID == client && len(a.Redirects) > 0 })
	if at < 0 || !w.often(rw, r, entriesCookie, client, mostEntries, entriesFor) { // no name of anybody's making is kept
		return false, nil
	}
	if err := w.Sessions.Repaired(r.Context(), organisation.ID, admin.LoopOf+all[at].Name, w.browser(r)); err != nil {
		return false, err //nolint:wrapcheck // the flow says what it was doing
	}
	to := repairFrom(pages.RepairApplication)
	if u, err := url.Parse(all[at].Redirects[0]); err == nil && u.Host != "" {
		to += "&app=" + url.QueryEscape(strings.ToLower(u.Host))
	}
	return true, see(rw, r, to)
}

// caught leads out of the circle, and notes which application was it, for whoever runs it: only one of the
// organisation's own, as anybody's page may send people here.
func (w *Web) caught(rw http.ResponseWriter, r *http.Request) error {
	host, organisation := hostFrom(r), visitOf(r).organisation
	name, ours, err := w.applicationAt(r.Context(), organisation, host)
	if err != nil {
		return err
	}
	if ours {
		if err := w.Sessions.Repaired(r.Context(), organisation.ID, admin.LoopOf+name, w.browser(r)); err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
	}
	return see(rw, r, bouncedBy(r))
}

// hostFrom gives the host of another site that the browser comes from, as far as it says so; "" for none.
func hostFrom(r *http.Request) string {
	if from, err := url.Parse(r.Referer()); err == nil && from.Host != r.Host {
		return strings.ToLower(from.Host)
	}
	return ""
}

// bouncedBy gives the address of the page that explains which application goes in circles, as far as the browser says
// where it comes from.
func bouncedBy(r *http.Request) string {
	path := repairFrom(pages.RepairApplication)
	if host := hostFrom(r); host != "" {
		path += "&app=" + url.QueryEscape(host)
	}
	return path
}

// hostName is what a host name with a port looks like: nothing else of an address that anyone may have made is shown.
var hostName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?$`)

// applicationAt names whoever answers on a host: by its tile, by its application, or else by the host name, which is not
// ours then. It gives "" for what is no host name.
func (w *Web) applicationAt(ctx context.Context, o organisation.Organisation, host string) (name string, ours bool, err error) {
	at := func(address string) bool {
		u, err := url.Parse(address)
		return err == nil && host != "" && strings.EqualFold(u.Host, host)
	}
	for _, t := range o.Tiles {
		if at(t.URL) {
			return t.Name, true, nil
		}
	}
	all, err := w.doorsOf(ctx, o)
	for _, a := range all {
		if at(a.URL) || slices.ContainsFunc(a.Redirects, at) {
			return a.Name, true, nil
		}
	}
	if err != nil || !hostName.MatchString(host) {
		return "", false, err
	}
	return host, false, nil
}
