package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"loquet/account"
	"loquet/admin"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

func (w *Web) personPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.person(r, a, r.PathValue("id"))
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	switch p.Notice {
	case pages.AccessSent, pages.AddressAsked, pages.PersonInvited:
		p.To = account.MaskEmail(p.Who.Reference().Address)
		for _, c := range p.Changes {
			if p.Notice == pages.AddressAsked && c.Kind == pages.Email {
				p.To = account.MaskEmail(c.To)
			}
		}
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.PersonPage(p))
}

// person gives a person's page. One's own page offers nothing: what one may do about oneself is under /account.
func (w *Web) person(r *http.Request, a admin.Actor, id string) (pages.Person, error) {
	found, err := w.Admin.Person(r.Context(), a, id)
	if err != nil {
		return pages.Person{}, err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.Person{
		Frame: w.inside(r, a.Person), Who: found.Account, Roles: rolesFor(a), LastOne: found.Last,
		Myself: found.Account.ID == a.Person.ID, Fresh: w.freshForTeam(a.Session), MayPrint: found.May[organisation.PrintSlip],
	}
	p.Path = "/settings/users/" + url.PathEscape(id)
	for _, s := range found.Sessions {
		p.Sessions = append(p.Sessions, deviceRow(s, a.Session.ID, p.Frame))
	}
	if p.Letters, err = w.deliveries(r, a, found.Account.ID); err != nil {
		return p, err
	}
	p.Changes, err = w.pending(r, a.Organisation, found.Account.ID)
	return p, err
}

// deviceRow gives a session as the lists of devices show it.
func deviceRow(s session.Session, current string, f pages.Frame) pages.Device {
	zone := f.Organisation.Location()
	return pages.Device{
		ID: s.ID, Name: s.Device, Address: s.Address, Opened: s.Opened.In(zone), Seen: s.Seen.In(zone),
		Remembered: s.Remembered, Current: s.ID == current,
	}
}

// personAct makes the handler of one form of a person's page: act does it and gives the notice to leave, or what is to
// mend.
func (w *Web) personAct(
	which pages.PersonAct, sensitive bool,
	act func(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error),
	repeats ...string,
) handle {
	return w.manageForm(func(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
		id := r.PathValue("id")
		if sensitive {
			problem, err := w.proveForTeam(rw, r, f, &a)
			if err != nil {
				return err
			}
			if problem != nil {
				return w.personAgain(rw, r, a, which, f, problem.Status, problem.Problem)
			}
		}
		notice, problems, err := act(r, a, id, f)
		switch {
		case stale(err):
			return w.personStale(rw, r, a, which, f)
		case err != nil:
			return err
		case len(problems) > 0:
			return w.personAgain(rw, r, a, which, f, http.StatusUnprocessableEntity, problems...)
		case notice == pages.PersonDeleted:
			return w.done(rw, r, notice, "/settings/users")
		}
		w.Sessions.ForgetAccount(a.Organisation.ID, id)
		return w.done(rw, r, notice, "/settings/users/"+url.PathEscape(id))
	}, repeats...)
}

func (w *Web) personAgain(
	rw http.ResponseWriter, r *http.Request, a admin.Actor, which pages.PersonAct, f form, status int, problems ...pages.Problem,
) error {
	p, err := w.person(r, a, r.PathValue("id"))
	if err != nil {
		return err
	}
	p.Act, p.Typed, p.Problems = which, f.typed(), problems
	return w.render(rw, r, status, p.Frame, pages.PersonPage(p))
}

// personStale shows what was typed beside what somebody else has saved meanwhile.
func (w *Web) personStale(rw http.ResponseWriter, r *http.Request, a admin.Actor, which pages.PersonAct, f form) error {
	p, err := w.person(r, a, r.PathValue("id"))
	if err != nil {
		return err
	}
	p.Act, p.Typed, p.Stale = which, f.typed(), &pages.Stale{}
	return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.PersonPage(p))
}

// changePerson saves names, type and offices, and asks for the addresses that differ.
func (w *Web) changePerson(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error) {
	if f["stop"] != "" {
		return w.stopChange(r, a, id, f)
	}
	found, err := w.Admin.Change(r.Context(), a, id, f.version(), draftOf(f))
	if err != nil || len(found) > 0 {
		return "", faults(found, "person.fault.", personFields), err //nolint:wrapcheck // the flow says what it was doing
	}
	person, err := w.Admin.Person(r.Context(), a, id)
	if err != nil {
		return "", nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	asked, problems, err := w.askAddresses(r, a, person.Account, f)
	if err != nil || len(problems) > 0 {
		return "", problems, err
	}
	if asked {
		return pages.AddressAsked, nil, nil
	}
	return pages.Saved, nil, nil
}

func (w *Web) stopPerson(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error) {
	var found []admin.Fault
	var err error
	notice := pages.PersonStopped
	day := strings.TrimSpace(f["day"])
	switch {
	case f["when"] == "never":
		notice = pages.PersonStays
		found, err = w.Admin.StopAfter(r.Context(), a, id, "")
	case f["when"] == "day" && day == "":
		found = []admin.Fault{admin.DayUnfit}
	case f["when"] == "day", f["when"] == "" && day != "":
		notice = pages.PersonLeaves
		found, err = w.Admin.StopAfter(r.Context(), a, id, day)
	default:
		found, err = w.Admin.Stop(r.Context(), a, id)
	}
	return notice, faults(found, "person.fault.", stopFields), err //nolint:wrapcheck // the flow says what it was doing
}

// stopFields leaves the last manager to the form as a whole: no field of it is wrong.
var stopFields = map[admin.Fault]string{admin.DayUnfit: "day", admin.DayPast: "day"}

func (w *Web) startPerson(r *http.Request, a admin.Actor, id string, _ form) (pages.Notice, []pages.Problem, error) {
	found, err := w.Admin.Start(r.Context(), a, id)
	return pages.PersonStarted, faults(found, "person.fault.", nil), err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) sendAccess(r *http.Request, a admin.Actor, id string, _ form) (pages.Notice, []pages.Problem, error) {
	_, err := w.Admin.SendAccess(r.Context(), a, id)
	var over limit.Over
	switch {
	case errors.As(err, &over):
		return "", []pages.Problem{{Key: "person.fault." + string(admin.TooOften)}}, nil
	case errors.Is(err, fault.Missing):
		// Nobody of this ID is missing too: reading the page again says so with the same answer as everywhere.
		return "", []pages.Problem{{Key: "person.fault." + string(admin.Unreachable)}}, nil
	}
	return pages.AccessSent, nil, err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) endSessions(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error) {
	err := w.Admin.EndSessions(r.Context(), a, id, f["session"])
	if f["session"] != "" {
		return pages.SessionEnded, nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	return pages.SessionsEnded, nil, err //nolint:wrapcheck // the flow says what it was doing
}

// resetFactors takes away the second proofs of whoever has lost them.
func (w *Web) resetFactors(r *http.Request, a admin.Actor, id string, f form) (pages.Notice, []pages.Problem, error) {
	found, err := w.Admin.ResetFactors(r.Context(), a, id, f.version())
	return pages.FactorsReset, faults(found, "person.fault.", nil), err //nolint:wrapcheck // the flow says what it was doing
}

func (w *Web) deletePersonPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.deletion(r, a)
	if err != nil {
		return err
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.DeletePersonPage(p))
}

func (w *Web) deletion(r *http.Request, a admin.Actor) (pages.DeletePerson, error) {
	found, err := w.Admin.Person(r.Context(), a, r.PathValue("id"))
	if err != nil {
		return pages.DeletePerson{}, err //nolint:wrapcheck // the flow says what it was doing
	}
	if found.Account.ID == a.Person.ID {
		return pages.DeletePerson{}, fault.Forbidden
	}
	return pages.DeletePerson{
		Frame: w.inside(r, a.Person), Who: found.Account, LastOne: found.Last, Fresh: w.freshForTeam(a.Session),
	}, nil
}

func (w *Web) deletePersonForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	id := r.PathValue("id")
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	p, err := w.deletion(r, a)
	if err != nil {
		return err
	}
	p.Typed = f.typed()
	if problem != nil {
		p.Problems = []pages.Problem{problem.Problem}
		return w.render(rw, r, problem.Status, p.Frame, pages.DeletePersonPage(p))
	}
	found, err := w.Admin.Delete(r.Context(), a, id, f["identifier"])
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if len(found) > 0 {
		p.Problems = faults(found, "person.fault.", map[admin.Fault]string{admin.NotNamed: "identifier"})
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.DeletePersonPage(p))
	}
	w.Sessions.ForgetAccount(a.Organisation.ID, id)
	return w.done(rw, r, pages.PersonDeleted, "/settings/users")
}
