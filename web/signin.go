package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/web/pages"
)

// The notices that one page leaves for the sign-in page.
const (
	noticeRenewed  = "renewed"
	noticeLeft     = "signed-out"
	noticeEnded    = "ended"
	noticeStolen   = "stolen"
	noticeRestored = "restored"
	noticePasskey  = "passkey-made"
	noticeSwitched = "switched" // followed by a dot and the token of the session that was left
)

// door leads to the home page or to the sign-in page.
func (w *Web) door(rw http.ResponseWriter, r *http.Request) error {
	s, _, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return see(rw, r, "/signin")
	case err != nil:
		return err
	case s.Alive(w.Now()):
		return w.onward(rw, r, s, "")
	}
	return see(rw, r, "/signin")
}

// signinPage shows the form, or leads on whoever is in already: asking them again is what they take for a loop (H6).
func (w *Web) signinPage(rw http.ResponseWriter, r *http.Request) error {
	p := pages.SignIn{Frame: w.frame(r), Next: localPath(r.URL.Query().Get("next"))}
	anew := false
	s, _, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
	case err != nil:
		return err
	case s.Alive(w.Now()) && s.Stage == session.Full && !s.AccountRenews && r.URL.Query().Get("again") != "1":
		return w.leadOn(rw, r, p.Next)
	case s.Alive(w.Now()) && s.Stage == session.Full && !s.AccountRenews:
		anew = true
	}
	p.Identifier = r.URL.Query().Get("identifier")
	p.Into = w.leads(r, p.Next)
	w.keepNext(rw, p.Next)
	p.Remember = p.Organisation.Policy.OffersRemember()
	switch state, token, _ := strings.Cut(w.takeNotice(rw, r), "."); state {
	case noticeRenewed, noticeLeft, noticeEnded, noticeStolen, noticeRestored, noticePasskey:
		p.State = pages.SignInState(state)
	case noticeSwitched:
		p.State, p.Left = pages.SignInSwitched, w.justLeft(r, token)
	}
	if anew {
		p.State = pages.SignInAnew
	}
	if p.State == pages.SignInAsked && err == nil && s.EndedBecause == session.Stolen {
		p.State = pages.SignInStolen // until the next sign-in
	}
	if p.Next != "" || p.Left != "" || p.Identifier != "" || anew {
		return w.render(rw, r, http.StatusOK, p.Frame, pages.SignInPage(p))
	}
	return w.renderFront(rw, r, "signin "+string(p.State), p.Frame, pages.SignInPage(p))
}

// leadOn sends whoever is in to where they were going. Returns to other pages than /home, which counts its own, are
// counted here.
func (w *Web) leadOn(rw http.ResponseWriter, r *http.Request, next string) error {
	if next == "" || next == "/" {
		next = "/home"
	}
	if path, _, _ := strings.Cut(next, "?"); path != "/home" && fromElsewhere(r) && w.bounced(rw, r) {
		return see(rw, r, bouncedBy(r))
	}
	return see(rw, r, next)
}

// justLeft names the person whose session ended here a moment ago, when the browser can still show its token; no name is
// ever in a cookie.
func (w *Web) justLeft(r *http.Request, token string) string {
	used, err := w.Sessions.Who(r.Context(), signin.Use{Organisation: visitOf(r).organisation, Token: token})
	age := w.Now().Sub(used.Session.Ended)
	if err != nil || used.Session.EndedBecause != session.SignedOut || age < 0 || age > time.Minute {
		return ""
	}
	return used.Person.Name()
}

func (w *Web) signinForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.SignIn{Frame: w.frame(r), Identifier: f["identifier"], Next: localPath(f["next"]), Remembered: f["remember"] == "1"}
	p.Remember = p.Organisation.Policy.OffersRemember()
	p.Into = w.leads(r, p.Next)
	if p.Problems = signinProblems(f); len(p.Problems) > 0 {
		return w.signinAgain(rw, r, p, http.StatusUnprocessableEntity)
	}
	out, err := w.SignIn.Try(r.Context(), signin.Attempt{
		Organisation: p.Organisation, Identifier: f["identifier"], Password: f["password"],
		Remember: p.Remembered, Second: visitOf(r).second, Browser: w.browser(r),
	})
	if errors.Is(err, fault.Busy) {
		p.State = pages.SignInBusy
		wait(rw, w.RetryAfter())
		return w.signinAgain(rw, r, p, http.StatusServiceUnavailable)
	}
	if err != nil {
		return err
	}
	return w.signinOutcome(rw, r, p, out)
}

func signinProblems(f form) (problems []pages.Problem) {
	if f["identifier"] == "" {
		problems = append(problems, pages.Problem{Field: "identifier", Key: "signin.empty.identifier"})
	}
	if f["password"] == "" {
		problems = append(problems, pages.Problem{Field: "password", Key: "signin.empty.password"})
	}
	return problems
}

func (w *Web) signinOutcome(rw http.ResponseWriter, r *http.Request, p pages.SignIn, out signin.Outcome) error {
	if out.Token != "" {
		w.setSession(rw, out.Token, out.Session)
	}
	status := http.StatusUnprocessableEntity
	switch out.State {
	case signin.Entered:
		_ = w.takeNext(rw, r) // it is where they go now, or they have gone elsewhere
		if p.Next != "" {
			return see(rw, r, p.Next)
		}
		return see(rw, r, "/home")
	case signin.Renewing:
		return see(rw, r, "/renew")
	case signin.Proving:
		return see(rw, r, nextAt("/signin/second", p.Next))
	case signin.SettingUp:
		return see(rw, r, "/account/factors")
	case signin.Waiting:
		p.State, p.Wait, status = pages.SignInWait, out.Wait, http.StatusTooManyRequests
		wait(rw, out.Wait)
	case signin.Stopped:
		p.State = pages.SignInStopped
	case signin.Expired:
		p.State = pages.SignInExpired
	case signin.Refused:
		p.State = pages.SignInRefused
	}
	return w.signinAgain(rw, r, p, status)
}

// nextAt gives the address of a page that leads on to next.
func nextAt(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

func (w *Web) signinAgain(rw http.ResponseWriter, r *http.Request, p pages.SignIn, status int) error {
	return w.render(rw, r, status, p.Frame, pages.SignInPage(p))
}

// signoutForm ends this browser's session, for good or for the next person at the same machine (H9). The answer changes
// the HttpOnly cookie and clears the cache, so that no page comes back with the browser's back button (WEB-19, WEB-20;
// ATK-085).
func (w *Web) signoutForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	s, _, err := w.who(r)
	if err != nil && !errors.Is(err, fault.Missing) {
		return err
	}
	what := noticeLeft
	if f["switch"] == "1" {
		what = noticeSwitched
	}
	if err == nil && s.Ended.IsZero() {
		leave := w.Sessions.Leave
		if f["everywhere"] == "1" {
			leave = w.Sessions.LeaveEverywhere
		}
		if err := leave(r.Context(), s, w.browser(r)); err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		if what == noticeSwitched {
			what += "." + w.held(r)
		}
	}
	w.dropCookie(rw, sessionCookie)
	w.notice(rw, what)
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return see(rw, r, "/signin")
}

// held gives the token of the living session that was found, empty for none.
func (w *Web) held(r *http.Request) string {
	for _, token := range w.cookies(r, sessionCookie) {
		if session.IDOf(token) == visitOf(r).held {
			return token
		}
	}
	return ""
}
