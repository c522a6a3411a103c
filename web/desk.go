package web

import (
	"net/http"

	"loquet/fault"
	"loquet/web/pages"
)

// deskRoutes gives the paths under /desk, which the platform's host alone has: all of them for operators only.
func (w *Web) deskRoutes() map[string]methods {
	const one = "/desk/{slug}/{case}"
	routes := map[string]methods{
		"/desk":     {"GET": w.operates(w.deskPage)},
		"/desk/new": {"GET": w.operates(w.newCasePage), "POST": w.operates(w.newCaseForm)},
		one:         {"GET": w.operates(w.casePage)},

		one + "/find":     {"POST": w.operates(w.caseFind)},
		one + "/name":     {"POST": w.caseAct(pages.DeskName, w.caseName)},
		one + "/check":    {"POST": w.caseAct(pages.DeskCheck, w.caseCheck, "papers")},
		one + "/propose":  {"POST": w.caseAct(pages.DeskPropose, w.casePropose)},
		one + "/second":   {"POST": w.caseAct(pages.DeskSecond, w.caseSecond)},
		one + "/withdraw": {"POST": w.caseAct(pages.DeskWithdraw, w.caseWithdraw)},
		one + "/close":    {"POST": w.caseAct(pages.DeskClose, w.caseClose)},
	}
	return routes
}

// operates makes the handler of a page of the desk: h is called for operators only, through a session that rests on two
// proofs. Whoever is signed in and may not gets the page of a path that does not exist; whoever is not signed in is led
// to the sign-in page.
func (w *Web) operates(h handle) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		v := visitOf(r)
		if !v.platform {
			return fault.Missing
		}
		s, person, ok, err := w.entered(rw, r)
		if err != nil || !ok {
			return err
		}
		if !v.organisation.Operates(person, s.Level(), w.Now()) {
			return fault.Missing
		}
		v.operator = in{s, person}
		return h(rw, r)
	}
}

// deskActor gives the operator whose request operates has let through, and the session; nobody elsewhere.
func deskActor(r *http.Request) in { return visitOf(r).operator }
