package web

import (
	"net/http"
	"strings"

	"loquet/credential"
	"loquet/recovery"
	"loquet/web/pages"
)

func (w *Web) enterPage(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Enter{Frame: w.frame(r), Action: "/enter"}
	return w.renderFront(rw, r, "enter", p.Frame, pages.EnterPage(p))
}

func (w *Web) enterForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.Enter{Frame: w.frame(r), Action: "/enter", Code: f["code"]}
	if strings.TrimSpace(p.Code) == "" {
		p.Problems = []pages.Problem{{Field: "code", Key: "enter.empty"}}
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.EnterPage(p))
	}
	return w.give(rw, r, p, recovery.Proof{Organisation: p.Organisation, Code: p.Code, Browser: w.browser(r)})
}

// enterLink shows what a link leads to and consumes nothing: mail scanners open links (ATK-017).
func (w *Web) enterLink(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Enter{Frame: w.frame(r), State: pages.EnterLink, Action: r.URL.Path}
	p.Path = "/enter" // the language links lead to the page without the secret
	given, err := w.Recovery.Look(r.Context(), recovery.Proof{
		Organisation: p.Organisation, Token: r.PathValue("token"), Browser: w.browser(r),
	})
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	status := http.StatusOK
	p.Slip, p.Newer = given.Slip, given.Newer
	switch given.State {
	case recovery.Start:
		p.State, p.Action, status = pages.EnterRefused, "/enter", http.StatusNotFound
	case recovery.Over:
		p.State, p.Action, status = enterStates[given.Fate], "/enter", http.StatusGone
	}
	return w.render(rw, r, status, p.Frame, pages.EnterPage(p))
}

func (w *Web) enterLinkForm(rw http.ResponseWriter, r *http.Request) error {
	if _, err := readForm(rw, r); err != nil {
		return err
	}
	p := pages.Enter{Frame: w.frame(r), Action: "/enter"}
	p.Path = "/enter"
	return w.give(rw, r, p, recovery.Proof{
		Organisation: p.Organisation, Token: r.PathValue("token"), Browser: w.browser(r),
	})
}

// enterStates says how the fate of a secret is shown. A living one of a closed account looks like one that is unknown.
var enterStates = map[credential.Fate]pages.EnterState{
	credential.Lives: pages.EnterRefused, credential.Late: pages.EnterLate,
	credential.Used: pages.EnterUsed, credential.Replaced: pages.EnterReplaced,
}

func (w *Web) give(rw http.ResponseWriter, r *http.Request, p pages.Enter, proof recovery.Proof) error {
	given, err := w.Recovery.Give(r.Context(), proof)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	status := http.StatusUnprocessableEntity
	p.Slip, p.Newer = given.Slip, given.Newer
	switch {
	case given.State == recovery.Proven || given.State == recovery.Proving:
		if given.Token != "" {
			w.setSession(rw, given.Token, given.Session)
		}
		if given.State == recovery.Proving {
			return see(rw, r, "/signin/second")
		}
		return see(rw, r, "/renew")
	case given.Wait > 0:
		p.State, p.Wait, status = pages.EnterWait, given.Wait, http.StatusTooManyRequests
		wait(rw, given.Wait)
	case given.State == recovery.Over:
		p.State = enterStates[given.Fate]
	default:
		p.State = pages.EnterRefused
	}
	if p.State == pages.EnterRefused {
		p.Problems = []pages.Problem{{Field: "code", Key: "enter.refused"}}
	}
	return w.render(rw, r, status, p.Frame, pages.EnterPage(p))
}
