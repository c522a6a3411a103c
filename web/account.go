package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/profile"
	"loquet/session"
	"loquet/text"
	"loquet/web/pages"
)

// accountRoutes gives the paths of one's own account, and of the links that a change of an address leads to.
func (w *Web) accountRoutes() map[string]methods {
	email, mobile := w.address(profile.Email), w.address(profile.Mobile)
	return map[string]methods{
		"/account":          {"GET": w.own(w.accountPage)},
		"/account/password": {"GET": w.own(w.passwordPage), "POST": w.ownForm(w.passwordForm)},
		"/account/email":    {"GET": w.own(email.page), "POST": w.ownForm(email.form)},
		"/account/mobile":   {"GET": w.own(mobile.page), "POST": w.ownForm(mobile.form)},
		"/account/language": {"POST": w.ownForm(w.languageForm)},
		"/account/devices":  {"GET": w.own(w.devicesPage), "POST": w.ownForm(w.devicesForm)},
		"/account/history":  {"GET": w.own(w.historyPage)},
		"/account/data":     {"GET": w.own(w.dataPage), "POST": w.ownForm(w.dataForm)},
		"/confirm/{token}":  {"GET": w.linkPage(credential.Confirm), "POST": w.linkForm(credential.Confirm)},
		"/stop/{token}":     {"GET": w.linkPage(credential.Stop), "POST": w.linkForm(credential.Stop)},
	}
}

// own makes the handler of a page about one's own account.
func (w *Web) own(h func(rw http.ResponseWriter, r *http.Request, who in) error) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		s, person, ok, err := w.entered(rw, r)
		if err != nil || !ok {
			return err
		}
		return h(rw, r, in{s, person})
	}
}

// ownForm is own for a POST: the form is read first, strictly.
func (w *Web) ownForm(h func(rw http.ResponseWriter, r *http.Request, who in, f form) error) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		f, err := readForm(rw, r)
		if err != nil {
			return err
		}
		return w.own(func(rw http.ResponseWriter, r *http.Request, who in) error { return h(rw, r, who, f) })(rw, r)
	}
}

// provenLately says whether acts on one's own account need no proof now.
func (w *Web) provenLately(who in) bool { return who.session.Proven(w.Now(), session.Fresh) }

func (w *Web) accountPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p, err := w.accountData(r, who)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountPage(p))
}

func (w *Web) accountData(r *http.Request, who in) (pages.Account, error) {
	p := pages.Account{Frame: w.inside(r, who.person), Who: who.person}
	policy := p.Organisation.Policy
	p.Standing, p.DueBy = policy.Standing(who.person, w.Now()), policy.DueBy(who.person, w.Now())
	changes, err := w.pending(r, p.Organisation, who.person.ID)
	if err != nil {
		return p, err
	}
	p.Changes = slices.DeleteFunc(changes, func(c pages.AddressChange) bool { return !c.Undo.IsZero() })
	sessions, err := w.Profile.Sessions(r.Context(), w.actor(r, who))
	p.Devices = len(sessions)
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

// languageForm keeps a language with the account, for its letters, and in this browser, for its pages.
func (w *Web) languageForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	language := f["language"]
	if language != "" && !text.Known(language) {
		p, err := w.accountData(r, who)
		if err != nil {
			return err
		}
		p.Problems = []pages.Problem{{Field: "language", Key: "person.fault.language-unknown"}}
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.AccountPage(p))
	}
	if err := w.Profile.ChooseLanguage(r.Context(), w.actor(r, who), language); err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
	if language == "" {
		w.dropCookie(rw, languageCookie)
	} else {
		w.setCookie(rw, languageCookie, language, 365*24*time.Hour)
	}
	return w.done(rw, r, pages.LanguageKept, "/account")
}

func (w *Web) passwordPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p, err := w.passwordData(r, who)
	if err != nil {
		return err
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountPasswordPage(p))
}

func (w *Web) passwordData(r *http.Request, who in) (p pages.AccountPassword, err error) {
	p = pages.AccountPassword{Frame: w.inside(r, who.person), Who: who.person}
	p.Policy = p.Organisation.Policy.Password
	p.Free, err = w.Profile.ByPasskey(r.Context(), w.actor(r, who))
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) passwordForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	var problem *unproven
	var err error
	if f["proof"] != "" {
		if problem, err = w.proofByPasskey(rw, r, f, &who); err != nil {
			return err
		}
	}
	p, err := w.passwordData(r, who)
	if err != nil {
		return err
	}
	if problem != nil {
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.render(rw, r, problem.Status, p.Frame, pages.AccountPasswordPage(p))
	}
	if f["current_password"] == "" && !p.Free {
		p.Problems = append(p.Problems, proofProblem("proof.empty"))
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.AccountPasswordPage(p))
	}
	chosen, err := w.Profile.ChangePassword(r.Context(), w.actor(r, who), profile.Choice{
		Current: f["current_password"], Password: f["new_password"], Confirmation: f["confirm_password"],
	})
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if p.Problems = passwordProblems(chosen); len(p.Problems) > 0 {
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.AccountPasswordPage(p))
	}
	if problem, err = w.proof(rw, r, &who, chosen.Proof); err != nil {
		return err
	}
	if problem != nil {
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.render(rw, r, problem.Status, p.Frame, pages.AccountPasswordPage(p))
	}
	return w.done(rw, r, pages.PasswordKept, "/account")
}

// passwordProblems puts each fault of the new password at its field, in the words of a renewal.
func passwordProblems(c profile.Chosen) []pages.Problem {
	problems := make([]pages.Problem, 0, len(c.Faults))
	for _, f := range c.Faults {
		p := pages.Problem{Field: "new_password", Key: "renew.fault." + string(f)}
		switch f {
		case profile.Different:
			p.Field = "confirm_password"
		case credential.TooShort:
			p.Args = []any{"Count", c.Missing}
		}
		problems = append(problems, p)
	}
	return problems
}

func (w *Web) devicesPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p, err := w.devicesData(r, who)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountDevicesPage(p))
}

func (w *Web) devicesData(r *http.Request, who in) (pages.AccountDevices, error) {
	p := pages.AccountDevices{Frame: w.inside(r, who.person), Fresh: w.provenLately(who)}
	sessions, err := w.Profile.Sessions(r.Context(), w.actor(r, who))
	for _, s := range sessions {
		p.Devices = append(p.Devices, deviceRow(s, who.session.ID, p.Frame))
	}
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) devicesForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	before := who.session.ID
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		p, err := w.devicesData(r, who)
		if err != nil {
			return err
		}
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.render(rw, r, problem.Status, p.Frame, pages.AccountDevicesPage(p))
	}
	defer w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
	a, notice := w.actor(r, who), pages.SessionEnded
	switch one := f["session"]; {
	case f["others"] == "1":
		notice, err = pages.SessionsEnded, w.Profile.EndOthers(r.Context(), a)
	case one == before: // this browser's own, which a proof has given another ID
		err = w.Profile.EndSession(r.Context(), a, who.session.ID)
	default:
		err = w.Profile.EndSession(r.Context(), a, one)
	}
	if err != nil && !errors.Is(err, fault.Missing) { // what has ended already is what was wanted
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.done(rw, r, notice, "/account/devices")
}

func (w *Web) historyPage(rw http.ResponseWriter, r *http.Request, who in) error {
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	p := pages.AccountHistory{Frame: w.inside(r, who.person), Who: who.person, Later: before > 0}
	lines, older, err := w.Profile.History(r.Context(), w.actor(r, who), before)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p.Before = older
	for _, l := range lines {
		l.At = l.At.In(p.Organisation.Location())
		p.Rows = append(p.Rows, pages.JournalRow{Entry: l.Entry, ActorName: l.ActorName, TargetName: l.TargetName})
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountHistoryPage(p))
}

func (w *Web) dataPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p := pages.AccountData{Frame: w.inside(r, who.person), Who: who.person, Fresh: w.provenLately(who)}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountDataPage(p))
}

func (w *Web) dataForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		p := pages.AccountData{Frame: w.inside(r, who.person), Who: who.person}
		p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		return w.render(rw, r, problem.Status, p.Frame, pages.AccountDataPage(p))
	}
	data, err := w.Profile.Data(r.Context(), w.actor(r, who))
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	o := visitOf(r).organisation
	download(rw, "application/json", o.Slug+"-"+w.Now().In(o.Location()).Format("2006-01-02")+".json")
	rw.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = rw.Write(data) // a browser that has gone is no failure of ours
	return nil
}

// tooOften gives the wait of an act that was done too often.
func tooOften(err error) (time.Duration, bool) {
	var over limit.Over
	if !errors.As(err, &over) {
		return 0, false
	}
	return max(over.Wait, time.Second), true
}
