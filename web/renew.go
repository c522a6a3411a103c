package web

import (
	"cmp"
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
	s, person, ok, err := w.renewing(rw, r)
	if err != nil || !ok {
		return err
	}
	p, err := w.renewData(r, s, person)
	if err != nil {
		return err
	}
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
	p, err := w.renewData(r, s, person)
	if err != nil {
		return err
	}
	choice := w.choice(r, s, person)
	if r.URL.Path == "/renew/passkey" {
		choice.Made = []byte(cmp.Or(f["answer"], "{}"))
	} else {
		choice.Password, choice.Confirmation = f["new_password"], f["confirm_password"]
	}
	chosen, err := w.Recovery.Choose(r.Context(), choice)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	w.Sessions.ForgetAccount(p.Organisation.ID, person.ID)
	if chosen.State == recovery.Done && len(choice.Made) > 0 {
		w.dropCookie(rw, sessionCookie)
		w.notice(rw, noticePasskey)
		return see(rw, r, nextAt("/signin", w.takeNext(rw, r)))
	}
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
	return see(rw, r, nextAt("/signin", w.takeNext(rw, r)))
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
	case s.Alive(w.Now()) && s.Stage == session.Renewal:
		return s, person, true, nil
	case s.Alive(w.Now()) && waitsAt(s) != "/renew":
		return s, person, false, w.onward(rw, r, s, "")
	}
	return s, person, false, w.renewalOver(rw, r, saved(s))
}

func (w *Web) choice(r *http.Request, s session.Session, person account.Account) recovery.Choice {
	return recovery.Choice{
		Organisation: visitOf(r).organisation, Session: s, Person: person, Party: w.party(r), Browser: w.browser(r),
	}
}

// renewData offers a passkey in the place of a password to whomever the flow lets have one.
func (w *Web) renewData(r *http.Request, s session.Session, person account.Account) (pages.Renew, error) {
	p := pages.Renew{Frame: w.frame(r), Identifier: person.Identifier, First: person.State == account.Invited}
	p.Path = "/renew"
	p.Policy = p.Organisation.Policy.Password
	options, err := w.Recovery.PasskeyOptions(r.Context(), w.choice(r, s, person))
	p.Passkey = pages.Ceremony(options)
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

// renewProblems puts each fault at its field.
func renewProblems(c recovery.Chosen) []pages.Problem {
	problems := make([]pages.Problem, 0, len(c.Faults))
	for _, f := range c.Faults {
		p := pages.Problem{Field: "new_password", Key: "renew.fault." + string(f)}
		switch f {
		case recovery.NoPasskey:
			p.Field = "answer"
		case recovery.Different:
			p.Field = "confirm_password"
		case credential.TooShort:
			p.Args = []any{"Count", c.Missing}
		}
		problems = append(problems, p)
	}
	return problems
}
