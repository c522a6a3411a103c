package web

import (
	"errors"
	"net/http"

	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/web/pages"
)

// The notices that one page leaves for the next.
const (
	noticeRenewed = "renewed"
	noticeLeft    = "signed-out"
	noticeEnded   = "ended"
)

// door leads to the home page or to the sign-in page.
func (w *Web) door(rw http.ResponseWriter, r *http.Request) error {
	s, _, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return see(rw, r, "/signin")
	case err != nil:
		return err
	case s.Alive(w.Now()) && s.Stage == session.Renewal:
		return see(rw, r, "/renew")
	case s.Alive(w.Now()):
		return see(rw, r, "/home")
	}
	return see(rw, r, "/signin")
}

func (w *Web) signinPage(rw http.ResponseWriter, r *http.Request) error {
	p := pages.SignIn{Frame: w.frame(r), Next: localPath(r.URL.Query().Get("next"))}
	p.Remember = p.Organisation.Policy.OffersRemember()
	switch state := w.takeNotice(rw, r); state {
	case noticeRenewed, noticeLeft, noticeEnded:
		p.State = pages.SignInState(state)
	}
	if p.Next != "" {
		return w.render(rw, r, http.StatusOK, p.Frame, pages.SignInPage(p))
	}
	return w.renderFront(rw, r, "signin "+string(p.State), p.Frame, pages.SignInPage(p))
}

func (w *Web) signinForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.SignIn{Frame: w.frame(r), Identifier: f["identifier"], Next: localPath(f["next"]), Remembered: f["remember"] == "1"}
	p.Remember = p.Organisation.Policy.OffersRemember()
	if p.Problems = signinProblems(f); len(p.Problems) > 0 {
		return w.signinAgain(rw, r, p, http.StatusUnprocessableEntity)
	}
	out, err := w.SignIn.Try(r.Context(), signin.Attempt{
		Organisation: p.Organisation, Identifier: f["identifier"], Password: f["password"],
		Remember: p.Remembered, Browser: w.browser(r),
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
		if p.Next != "" {
			return see(rw, r, p.Next)
		}
		return see(rw, r, "/home")
	case signin.Renewing:
		return see(rw, r, "/renew")
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

func (w *Web) signinAgain(rw http.ResponseWriter, r *http.Request, p pages.SignIn, status int) error {
	return w.render(rw, r, status, p.Frame, pages.SignInPage(p))
}

// signoutForm ends this browser's session. The answer changes the HttpOnly cookie and clears the cache, so that no page
// comes back with the browser's back button (WEB-19, WEB-20; ATK-085).
func (w *Web) signoutForm(rw http.ResponseWriter, r *http.Request) error {
	s, _, err := w.who(r)
	if err != nil && !errors.Is(err, fault.Missing) {
		return err
	}
	if err == nil && s.Ended.IsZero() {
		if err := w.Sessions.Leave(r.Context(), s, w.browser(r)); err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
	}
	w.dropCookie(rw, sessionCookie)
	w.notice(rw, noticeLeft)
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return see(rw, r, "/signin")
}
