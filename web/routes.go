package web

import (
	"maps"
	"net/http"
	"regexp"
	"sort"
	"strings"

	"loquet/fault"
	"loquet/web/pages"
)

// handle is a page's handler. What it returns is a failure, or one of the refusals of package fault; show turns it into
// a page.
type handle func(w http.ResponseWriter, r *http.Request) error

// methods are the handlers of one path.
type methods map[string]handle

// organisationRoutes gives the paths of an organisation's host (contract.md).
func (w *Web) organisationRoutes() map[string]methods {
	routes := map[string]methods{
		"/{$}":             {"GET": w.door},
		"/signin":          {"GET": w.signinPage, "POST": w.signinForm},
		"/signin/second":   {"GET": w.secondPage, "POST": w.secondForm},
		"/signin/passkey":  {"GET": w.passkeyOptions, "POST": w.passkeyForm},
		"/signout":         {"POST": w.signoutForm},
		"/recover":         {"GET": w.recoverPage, "POST": w.recoverForm},
		"/recover/sent":    {"GET": w.recoverSent},
		"/identifier":      {"GET": w.identifierPage, "POST": w.identifierForm},
		"/identifier/sent": {"GET": w.identifierSent},
		"/enter":           {"GET": w.enterPage, "POST": w.enterForm},
		"/enter/{token}":   {"GET": w.enterLink, "POST": w.enterLinkForm},
		"/renew":           {"GET": w.renewPage, "POST": w.renewForm},
		"/renew/passkey":   {"POST": w.renewForm},
		"/home":            {"GET": w.returning(w.home)},
		"/documents/{id}":  {"GET": w.document},
		"/repair":          {"GET": w.repairPage, "POST": w.repairForm},
		"/sitemap":         {"GET": w.plain(pages.SitemapPage)},
		"/legal":           {"GET": w.plain(pages.LegalPage)},
		"/privacy":         {"GET": w.plain(pages.PrivacyPage)},
		"/accessibilite":   {"GET": w.plain(pages.AccessibilityPage)},

		"/assets/{hash}/{name}":          {"GET": w.asset},
		"/.well-known/change-password":   {"GET": w.changePassword},
		"/.well-known/passkey-endpoints": {"GET": w.passkeyEndpoints},
		"/.well-known/security.txt":      {"GET": w.securityText},
	}
	maps.Copy(routes, w.accountRoutes())
	maps.Copy(routes, w.factorRoutes())
	maps.Copy(routes, w.settingsRoutes())
	maps.Copy(routes, w.helpRoutes())
	maps.Copy(routes, w.applicationRoutes())
	maps.Copy(routes, w.oidcRoutes())
	maps.Copy(routes, w.logoutRoutes())
	maps.Copy(routes, w.forwardRoutes())
	return routes
}

// settingsRoutes gives the paths under /settings: all of them for managers only.
func (w *Web) settingsRoutes() map[string]methods {
	const person = "/settings/users/{id}"
	return map[string]methods{
		"/settings":                {"GET": w.manages(w.settingsPage)},
		"/settings/users":          {"GET": w.manages(w.usersPage)},
		"/settings/users/export":   {"POST": w.manageForm(w.usersExport)},
		"/settings/users/new":      {"GET": w.manages(w.newPersonPage), "POST": w.manageForm(w.newPersonForm, "offices")},
		person:                     {"GET": w.manages(w.personPage), "POST": w.personAct(pages.ActChange, true, w.changePerson, "offices")},
		person + "/access":         {"POST": w.personAct(pages.ActAccess, true, w.sendAccess)},
		person + "/slip":           {"POST": w.manageForm(w.slipForm)},
		person + "/sessions":       {"POST": w.personAct(pages.ActSessions, false, w.endSessions)},
		person + "/stop":           {"POST": w.personAct(pages.ActStop, true, w.stopPerson)},
		person + "/start":          {"POST": w.personAct(pages.ActStart, true, w.startPerson)},
		person + "/factors":        {"POST": w.personAct(pages.ActFactors, true, w.resetFactors)},
		person + "/delete":         {"GET": w.manages(w.deletePersonPage), "POST": w.manageForm(w.deletePersonForm)},
		"/settings/offices":        {"GET": w.manages(w.officesPage), "POST": w.manageForm(w.officesForm)},
		"/settings/contact":        {"GET": w.manages(w.contactPage), "POST": w.manageForm(w.contactForm)},
		"/settings/appearance":     {"GET": w.manages(w.appearancePage), "POST": w.manageForm(w.appearanceForm)},
		"/settings/news":           {"GET": w.manages(w.newsPage), "POST": w.manageForm(w.newsForm)},
		"/settings/documents":      {"GET": w.manages(w.documentsPage), "POST": w.manages(w.documentsForm)},
		"/settings/policy":         {"GET": w.manages(w.policyPage), "POST": w.manageForm(w.policyForm)},
		"/settings/mail":           {"GET": w.manages(w.mailPage)},
		"/settings/recovery":       {"GET": w.manages(w.outlookPage)},
		"/settings/journal":        {"GET": w.manages(w.journalPage)},
		"/settings/journal/verify": {"POST": w.manageForm(w.journalVerify)},
		"/settings/journal/export": {"POST": w.manageForm(w.journalExport)},
	}
}

// notOfThePlatform are the pages of managers, and all that is there for applications: none stands behind the platform.
var notOfThePlatform = regexp.MustCompile(
	`^(/settings|/account/applications|/oauth2/|/\.well-known/(openid|oauth)-|` + forwardPath + `|/\.loquet/)`)

// platformRoutes gives the paths of the platform's own host: those of an organisation's, so that operators have no other
// door than everybody's (ADR-0021), without those for managers, as nobody manages there, and with the desk. Before the
// platform is an organisation there is but its front page.
func (w *Web) platformRoutes() map[string]methods {
	routes := w.organisationRoutes()
	maps.DeleteFunc(routes, func(path string, _ methods) bool { return notOfThePlatform.MatchString(path) })
	maps.Copy(routes, w.deskRoutes())
	for path, byMethod := range routes {
		settled := methods{}
		for method, h := range byMethod {
			settled[method] = settledOnly(h)
		}
		routes[path] = settled
	}
	routes["/{$}"] = methods{"GET": w.platform}
	routes["/assets/{hash}/{name}"] = methods{"GET": w.asset}
	routes["/.well-known/security.txt"] = methods{"GET": w.securityText}
	if w.Config.Demo != nil {
		routes["/demo/"] = methods{"GET": func(rw http.ResponseWriter, r *http.Request) error {
			w.Config.Demo.ServeHTTP(rw, r)
			return nil
		}}
	}
	return routes
}

// settledOnly closes a page until the host leads to an organisation.
func settledOnly(h handle) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		if visitOf(r).organisation.ID == "" {
			return fault.Missing
		}
		return h(rw, r)
	}
}

// mux mounts the routes; a method that a path does not take is answered with a page and the methods that it takes.
func (w *Web) mux(routes map[string]methods) http.Handler {
	mux := http.NewServeMux()
	for path, byMethod := range routes {
		var allowed []string
		for method := range byMethod {
			allowed = append(allowed, method)
			if method == "GET" {
				allowed = append(allowed, "HEAD")
			}
		}
		sort.Strings(allowed)
		mux.Handle(path, w.page(func(rw http.ResponseWriter, r *http.Request) error {
			method := r.Method
			if method == "HEAD" {
				method = "GET"
			}
			if h, ok := byMethod[method]; ok {
				return h(rw, r)
			}
			rw.Header().Set("Allow", strings.Join(allowed, ", "))
			return refusal{Status: http.StatusMethodNotAllowed}
		}))
	}
	mux.Handle("/", w.page(func(http.ResponseWriter, *http.Request) error {
		return refusal{Status: http.StatusNotFound}
	}))
	return mux
}
