package web

import (
	"errors"
	"net/http"

	"loquet/account"
	"loquet/credential"
	"loquet/fault"
	"loquet/recovery"
	"loquet/session"
	"loquet/web/pages"
)

func (w *Web) renewPage(rw http.ResponseWriter, r *http.Request) error {
	_, person, ok, err := w.renewing(rw, r)
	if err != nil || !ok {
		return err
	}
	p := w.renewData(r, person)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.RenewPage(p))
}

func (w *Web) renewForm(rw http.ResponseWriter, r *http.Request) error {
	f, err := readForm(rw, r)
	if err != nil {
		return err
	}
	s, person, ok, err := w.renewing(rw, r)
	if err != nil || !ok {
		return err
	}
	p := w.renewData(r, person)
	chosen, err := w.Recovery.Choose(r.Context(), recovery.Choice{
		Organisation: p.Organisation, Session: s, Person: person,
		Password: f["new_password"], Confirmation: f["confirm_password"], Browser: w.browser(r),
	})
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	w.Sessions.ForgetAccount(p.Organisation.ID, person.ID)
	if chosen.State == recovery.Done {
		return w.renewalOver(rw, r, true)
	}
	s, _, err = w.who(r) // read again: another tab may have been faster, which makes this password the one in force
	switch {
	case err != nil && !errors.Is(err, fault.Missing):
		return err
	case err == nil && s.Alive(w.Now()) && chosen.State == recovery.Proven:
		p.Problems = renewProblems(chosen)
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.RenewPage(p))
	}
	return w.renewalOver(rw, r, saved(s))
}

// renewalOver leads to the sign-in page, which says whether the password is saved.
func (w *Web) renewalOver(rw http.ResponseWriter, r *http.Request, done bool) error {
	w.dropCookie(rw, sessionCookie)
	if done {
		w.notice(rw, noticeRenewed)
	} else {
		w.notice(rw, noticeEnded)
	}
	return see(rw, r, "/signin")
}

// saved says whether a renewal ended because its password was saved.
func saved(s session.Session) bool {
	return s.Stage == session.Renewal && s.EndedBecause == session.Renewed
}

// renewing gives the renewal session of a request; when there is none it has sent the browser where it belongs. Whoever
// posts twice is sent to the sign-in page, which says that the password is saved.
func (w *Web) renewing(rw http.ResponseWriter, r *http.Request) (s session.Session, person account.Account, ok bool, err error) {
	s, person, err = w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		if told := w.cookie(r, noticeCookie); r.Method == http.MethodPost && (told == "" || told == noticeTold) {
			w.notice(rw, noticeEnded) // nothing was saved: say so
		}
		return s, person, false, w.outside(rw, r)
	case err != nil:
		return s, person, false, err
	case s.Alive(w.Now()) && s.Stage == session.Full && !s.AccountRenews:
		return s, person, false, see(rw, r, "/home")
	case s.Alive(w.Now()) && s.Stage == session.Renewal:
		return s, person, true, nil
	}
	return s, person, false, w.renewalOver(rw, r, saved(s))
}

func (w *Web) renewData(r *http.Request, person account.Account) pages.Renew {
	p := pages.Renew{Frame: w.frame(r), Identifier: person.Identifier, First: person.State == account.Invited}
	p.Policy = p.Organisation.Policy.Password
	return p
}

// renewProblems puts each fault at its field.
func renewProblems(c recovery.Chosen) []pages.Problem {
	problems := make([]pages.Problem, 0, len(c.Faults))
	for _, f := range c.Faults {
		p := pages.Problem{Field: "new_password", Key: "renew.fault." + string(f)}
		switch f {
		case recovery.Different:
			p.Field = "confirm_password"
		case credential.TooShort:
			p.Args = []any{"Count", c.Missing}
		}
		problems = append(problems, p)
	}
	return problems
}
