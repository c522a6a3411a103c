package web

import (
	"net/http"

	"loquet/web/pages"
)

// repairPage names the cause of « À chaque clic, je retourne à la page d'identification ». It sets a cookie and looks
// whether it comes back, without script: the first visit leads to a second one that knows.
func (w *Web) repairPage(rw http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	p := pages.Repair{Frame: w.frame(r), Came: query.Get("from") == "signin"}
	switch {
	case query.Get("done") == "1":
		p.State = pages.RepairDone
	case query.Get("probe") != "1":
		w.setCookie(rw, probeCookie, "1", 0)
		query.Set("probe", "1")
		return see(rw, r, "/repair?"+query.Encode())
	case w.cookie(r, probeCookie) == "1":
		p.State = pages.RepairWorks
	default:
		p.State = pages.RepairRefused
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.RepairPage(p))
}

// repairForm expires every cookie of ours with the attributes that it was set with, and clears the cache.
func (w *Web) repairForm(rw http.ResponseWriter, r *http.Request) error {
	if _, err := readForm(rw, r); err != nil {
		return err
	}
	for _, name := range cookieNames {
		w.dropCookie(rw, name)
	}
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	if err := w.Sessions.Repaired(r.Context(), visitOf(r).organisation.ID, w.browser(r)); err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return see(rw, r, "/repair?done=1")
}
