package web

import (
	"net/http"
	"sort"
	"strings"

	"loquet/web/pages"
)

// handle is a page's handler. What it returns is a failure, or one of the refusals of package fault; show turns it into
// a page.
type handle func(w http.ResponseWriter, r *http.Request) error

// methods are the handlers of one path.
type methods map[string]handle

// organisationRoutes gives the paths of an organisation's host (contract.md).
func (w *Web) organisationRoutes() http.Handler {
	return w.mux(map[string]methods{
		"/{$}":             {"GET": w.door},
		"/signin":          {"GET": w.signinPage, "POST": w.signinForm},
		"/signout":         {"POST": w.signoutForm},
		"/recover":         {"GET": w.recoverPage, "POST": w.recoverForm},
		"/recover/sent":    {"GET": w.recoverSent},
		"/identifier":      {"GET": w.identifierPage, "POST": w.identifierForm},
		"/identifier/sent": {"GET": w.identifierSent},
		"/enter":           {"GET": w.enterPage, "POST": w.enterForm},
		"/enter/{token}":   {"GET": w.enterLink, "POST": w.enterLinkForm},
		"/renew":           {"GET": w.renewPage, "POST": w.renewForm},
		"/home":            {"GET": w.home},
		"/account":         {"GET": w.behindRenewal},
		"/settings":        {"GET": w.behindRenewal},
		"/documents/{id}":  {"GET": w.document},
		"/repair":          {"GET": w.repairPage, "POST": w.repairForm},
		"/help":            {"GET": w.plain(pages.HelpPage)},
		"/sitemap":         {"GET": w.plain(pages.SitemapPage)},
		"/legal":           {"GET": w.plain(pages.LegalPage)},
		"/privacy":         {"GET": w.plain(pages.PrivacyPage)},
		"/accessibilite":   {"GET": w.plain(pages.AccessibilityPage)},

		"/assets/{hash}/{name}":        {"GET": w.asset},
		"/.well-known/change-password": {"GET": w.changePassword},
		"/.well-known/security.txt":    {"GET": w.securityText},
	})
}

// platformRoutes gives the paths of the platform's own host.
func (w *Web) platformRoutes() http.Handler {
	routes := map[string]methods{
		"/{$}":                      {"GET": w.platform},
		"/assets/{hash}/{name}":     {"GET": w.asset},
		"/.well-known/security.txt": {"GET": w.securityText},
	}
	if w.Config.Demo != nil {
		routes["/demo/"] = methods{"GET": func(rw http.ResponseWriter, r *http.Request) error {
			w.Config.Demo.ServeHTTP(rw, r)
			return nil
		}}
	}
	return w.mux(routes)
}

// mux mounts the routes; a method that a path does not take is answered with a page and the methods that it takes.
func (w *Web) mux(routes map[string]methods) http.Handler {
	mux := http.NewServeMux()
	for path, byMethod := range routes {
		var allowed []string
		for method, h := range byMethod {
			mux.Handle(method+" "+path, w.page(h))
			allowed = append(allowed, method)
			if method == "GET" {
				allowed = append(allowed, "HEAD")
			}
		}
		sort.Strings(allowed)
		mux.Handle(path, w.page(func(rw http.ResponseWriter, r *http.Request) error {
			rw.Header().Set("Allow", strings.Join(allowed, ", "))
			return refusal{Status: http.StatusMethodNotAllowed}
		}))
	}
	mux.Handle("/", w.page(func(http.ResponseWriter, *http.Request) error {
		return refusal{Status: http.StatusNotFound}
	}))
	return mux
}
