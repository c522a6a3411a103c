package web

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"loquet/account"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/session"
	"loquet/signin"
	"loquet/web/pages"
)

// party gives who asks for a passkey: the host that the browser has asked for, which dispatch has found to be one of the
// organisation's.
func (w *Web) party(r *http.Request) passkey.Party {
	host := strings.ToLower(r.Host)
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return passkey.Party{Host: name, Origin: w.Config.Scheme + "://" + host, Name: visitOf(r).organisation.Name}
}

// waitsAt says which page a living session waits at before anything else is open to it; empty when all is.
func waitsAt(s session.Session) string {
	switch {
	case s.Stage == session.Second:
		return "/signin/second"
	case s.Stage == session.SetUp:
		return "/account/factors"
	case s.Stage != session.Full || s.AccountRenews:
		return "/renew"
	}
	return ""
}

// awaiting gives the session that waits for a second proof; when there is none it has sent the browser where it belongs,
// or on to next, whose proof was given in another tab.
func (w *Web) awaiting(rw http.ResponseWriter, r *http.Request, next string) (
	s session.Session, person account.Account, ok bool, err error,
) {
	s, person, err = w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return s, person, false, w.outside(rw, r)
	case err != nil:
		return s, person, false, err
	case !s.Alive(w.Now()):
		w.notice(rw, over(r, s))
		return s, person, false, see(rw, r, nextAt("/signin", next))
	case s.Stage == session.Second:
		return s, person, true, nil
	}
	return s, person, false, w.onward(rw, r, s, next)
}

// onward leads a living session to where it waits, or to next, a path of this site, or home.
func (w *Web) onward(rw http.ResponseWriter, r *http.Request, s session.Session, next string) error {
	if at := waitsAt(s); at != "" {
		return see(rw, r, at)
	}
	if next != "" {
		return see(rw, r, next)
	}
	return see(rw, r, "/home")
}

func (w *Web) secondPage(rw http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	s, person, ok, err := w.awaiting(rw, r, next)
	if err != nil || !ok {
		return err
	}
	p := pages.Second{Frame: w.frame(r), Mailed: s.Secret != "", Next: next}
	return w.secondShown(rw, r, p, w.secondTry(r, s, person), http.StatusOK)
}

func (w *Web) secondTry(r *http.Request, s session.Session, person account.Account) signin.SecondTry {
	return signin.SecondTry{
		Organisation: visitOf(r).organisation, Person: person, Session: s, Party: w.party(r), Browser: w.browser(r),
	}
}

// secondShown shows the page, with what the person can give here.
func (w *Web) secondShown(rw http.ResponseWriter, r *http.Request, p pages.Second, t signin.SecondTry, status int) error {
	ways, err := w.SignIn.SecondWays(r.Context(), t)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p.App, p.Printed, p.Passkey, p.Elsewhere = ways.App, ways.Printed, pages.Ceremony(ways.Passkey), ways.Elsewhere
	w.leads(r, p.Next)
	return w.render(rw, r, status, p.Frame, pages.SecondPage(p))
}

func (w *Web) secondForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	next := localPath(f["next"])
	s, person, ok, err := w.awaiting(rw, r, next)
	if err != nil || !ok {
		return err
	}
	t := w.secondTry(r, s, person)
	p := pages.Second{Frame: w.frame(r), Mailed: s.Secret != "", Next: next}
	if strings.TrimSpace(f["code"]) == "" && f["answer"] == "" {
		p.Problems = []pages.Problem{{Field: "code", Key: "second.empty"}}
		return w.secondShown(rw, r, p, t, http.StatusUnprocessableEntity)
	}
	t.Code, t.Answer = f["code"], []byte(f["answer"])
	out, err := w.SignIn.GiveSecond(r.Context(), t)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	w.Sessions.ForgetAccount(p.Organisation.ID, person.ID)
	if out.State == signin.Proving {
		// Another tab may have been faster: then the code has served, and the way is open.
		if now, _, err := w.who(r); err == nil && (now.Stage != session.Second || !now.Alive(w.Now())) {
			_, _, _, err = w.awaiting(rw, r, next)
			return err
		}
	}
	return w.secondOutcome(rw, r, p, t, out)
}

func (w *Web) secondOutcome(rw http.ResponseWriter, r *http.Request, p pages.Second, t signin.SecondTry, out signin.Outcome) error {
	if out.Token != "" {
		w.setSession(rw, out.Token, out.Session)
	}
	switch out.State {
	case signin.Entered:
		if p.Next != "" {
			return see(rw, r, p.Next)
		}
		return see(rw, r, "/home")
	case signin.Renewing:
		return see(rw, r, "/renew")
	case signin.Waiting:
		p.State, p.Wait = pages.SecondWait, out.Wait
		wait(rw, out.Wait)
		return w.secondShown(rw, r, p, t, http.StatusTooManyRequests)
	case signin.Stopped:
		w.notice(rw, noticeEnded)
		return see(rw, r, "/signin")
	}
	p.State = pages.SecondRefused
	if len(t.Answer) > 0 {
		p.State = pages.SecondPasskey
	}
	return w.secondShown(rw, r, p, t, http.StatusUnprocessableEntity)
}

// passkeyOptions gives what the sign-in page asks for a passkey with. The page itself is the same bytes for everyone and
// holds no challenge.
func (w *Web) passkeyOptions(rw http.ResponseWriter, r *http.Request) error {
	options, err := w.SignIn.PasskeyOptions(visitOf(r).organisation, w.party(r))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.options(rw, r, options)
}

// options answers a script that asks for the options of a ceremony.
func (w *Web) options(rw http.ResponseWriter, r *http.Request, options []byte) error {
	bare(rw.Header())
	rw.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodHead {
		_, _ = rw.Write(append(append([]byte(`{"options":`), options...), '}')) // a browser that has gone is no failure of ours
	}
	return nil
}

// passkeyForm takes what the passkey said on the sign-in page.
func (w *Web) passkeyForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	p := pages.SignIn{Frame: w.frame(r), Next: localPath(f["next"]), Remembered: f["remember"] == "1"}
	p.Path = "/signin"
	p.Remember = p.Organisation.Policy.OffersRemember()
	p.Into = w.leads(r, p.Next)
	out, err := w.SignIn.EnterByPasskey(r.Context(), signin.PasskeyTry{
		Organisation: p.Organisation, Answer: []byte(f["answer"]), Party: w.party(r), Remember: p.Remembered,
		Browser: w.browser(r),
	})
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if out.State == signin.Refused {
		p.State, p.Unknown = pages.SignInPasskey, out.Unknown
		return w.signinAgain(rw, r, p, http.StatusUnprocessableEntity)
	}
	return w.signinOutcome(rw, r, p, out)
}

// passkeyEndpoints tells passkey managers where passkeys are made and managed (W3C passkey endpoints).
func (w *Web) passkeyEndpoints(rw http.ResponseWriter, r *http.Request) error {
	base := w.Config.Scheme + "://" + strings.ToLower(r.Host)
	rw.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodHead {
		_, _ = rw.Write([]byte(`{"enroll":"` + base + `/account/factors/passkey","manage":"` + base + `/account/factors"}`))
	}
	return nil
}
