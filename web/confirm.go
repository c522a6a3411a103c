package web

import (
	"errors"
	"net/http"

	"loquet/credential"
	"loquet/fault"
	"loquet/profile"
	"loquet/session"
	"loquet/web/pages"
)

// addressPages are /account/email and /account/mobile.
type addressPages struct {
	*Web

	kind profile.Kind
}

func (w *Web) address(kind profile.Kind) addressPages { return addressPages{w, kind} }

func (w addressPages) page(rw http.ResponseWriter, r *http.Request, who in) error {
	p, err := w.data(r, who)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AccountAddressPage(p))
}

// data shows the change that is on its way, or else the one that can still be taken back.
func (w addressPages) data(r *http.Request, who in) (pages.AccountAddress, error) {
	p := pages.AccountAddress{
		Frame: w.inside(r, who.person), Kind: pages.AddressKind(w.kind), Who: who.person, Fresh: w.provenLately(who),
	}
	changes, err := w.pending(r, p.Organisation, who.person.ID)
	for i, c := range changes {
		if c.Kind == p.Kind && (p.Pending == nil || !p.Pending.Undo.IsZero() && c.Undo.IsZero()) {
			p.Pending = &changes[i]
		}
	}
	return p, err
}

func (w addressPages) form(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	again := func(status int, change func(*pages.AccountAddress)) error {
		p, err := w.data(r, who)
		if err != nil {
			return err
		}
		p.Typed = f.typed()
		change(&p)
		return w.render(rw, r, status, p.Frame, pages.AccountAddressPage(p))
	}
	problem, err := w.fresh(rw, r, f, &who, session.Fresh)
	if err != nil {
		return err
	}
	if problem != nil {
		return again(problem.Status, func(p *pages.AccountAddress) {
			p.Problems, p.Wait = []pages.Problem{problem.Problem}, problem.Wait
		})
	}
	path := "/account/" + string(w.kind)
	if f["stop"] != "" {
		_, err := w.Profile.StopPending(r.Context(), w.actor(r, who), who.person, f["change"])
		if err != nil && !errors.Is(err, fault.Missing) { // what is over already is what was wanted
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
		return w.done(rw, r, pages.AddressStopped, path)
	}
	answer, err := w.Profile.AskAddress(r.Context(), w.actor(r, who), who.person, w.kind, f[string(w.kind)])
	if pause, over := tooOften(err); over {
		wait(rw, pause)
		return again(http.StatusTooManyRequests, func(p *pages.AccountAddress) { p.Wait = pause })
	}
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	if wrong := addressProblem(w.kind, answer); wrong != nil {
		return again(http.StatusUnprocessableEntity, func(p *pages.AccountAddress) { p.Problems = []pages.Problem{*wrong} })
	}
	w.Sessions.ForgetAccount(who.person.Organisation, who.person.ID)
	return w.done(rw, r, pages.AddressAsked, path)
}

// linkPage shows what a link of a change of an address will do, and does nothing: mail scanners open links (ATK-017).
func (w *Web) linkPage(link credential.Kind) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		who, err := w.perhaps(r)
		if err != nil {
			return err
		}
		answer, err := w.Profile.LookAddress(r.Context(), w.actor(r, who), link, r.PathValue("token"))
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		if link == credential.Stop && answer.State == profile.Start {
			if known, err := w.objectionPage(rw, r, who); known || err != nil {
				return err
			}
		}
		p := w.linkData(r, who, link, answer)
		status := http.StatusOK
		switch p.State = linkAsks(link, answer); p.State {
		case pages.LinkUnknown:
			status = http.StatusNotFound
		case pages.LinkLate, pages.LinkUsed, pages.LinkReplaced:
			status = http.StatusGone
		}
		return w.render(rw, r, status, p.Frame, pages.AddressLinkPage(p))
	}
}

// linkForm does what a link is for.
func (w *Web) linkForm(link credential.Kind) handle {
	return func(rw http.ResponseWriter, r *http.Request) error {
		if _, err := readForm(rw, r); err != nil {
			return err
		}
		who, err := w.perhaps(r)
		if err != nil {
			return err
		}
		follow := w.Profile.ConfirmAddress
		if link == credential.Stop {
			follow = w.Profile.StopAddress
		}
		answer, err := follow(r.Context(), w.actor(r, who), r.PathValue("token"))
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		if link == credential.Stop && answer.State == profile.Start {
			if known, err := w.objectionForm(rw, r, who); known || err != nil {
				return err
			}
		}
		if answer.Moved {
			w.Sessions.ForgetAccount(answer.Change.Organisation, answer.Change.Account)
		}
		p := w.linkData(r, who, link, answer)
		status := http.StatusUnprocessableEntity
		switch p.State = linkDid(link, answer); p.State {
		case pages.LinkServes, pages.LinkWaits, pages.LinkStopped:
			status = http.StatusOK
		}
		return w.render(rw, r, status, p.Frame, pages.AddressLinkPage(p))
	}
}

// perhaps gives whoever is signed in, or nobody.
func (w *Web) perhaps(r *http.Request) (in, error) {
	s, person, err := w.who(r)
	switch {
	case errors.Is(err, fault.Missing):
		return in{}, nil
	case err != nil:
		return in{}, err
	case !s.Alive(w.Now()) || s.Stage != session.Full || s.AccountRenews:
		return in{}, nil
	}
	return in{s, person}, nil
}

// linkData says of a change what its link may tell whoever holds it.
func (w *Web) linkData(r *http.Request, who in, link credential.Kind, a profile.Answer) pages.AddressLink {
	p := pages.AddressLink{Frame: w.frame(r), Stop: link == credential.Stop, Action: r.URL.Path}
	if who.person.ID != "" {
		p.Frame = w.inside(r, who.person)
	}
	if a.State == profile.Start {
		return p
	}
	zone := p.Organisation.Location()
	p.Kind, p.Who, p.By, p.Asked = pages.AddressKind(a.Change.Kind), a.Who, a.By, a.Change.Asked.In(zone)
	if p.To = a.Change.Address; p.Stop {
		p.To = a.Change.Masked()
	}
	if a.State == profile.Confirmed {
		p.Serves = a.Change.Serves().In(zone)
	}
	return p
}

// linkAsks gives the state of a link that was opened.
func linkAsks(link credential.Kind, a profile.Answer) pages.LinkState {
	stop := link == credential.Stop
	switch a.State {
	case profile.Asked:
		if !a.InTime {
			return pages.LinkLate
		}
		return pages.LinkAsked
	case profile.Confirmed, profile.Serving:
		switch {
		case !stop:
			return pages.LinkUsed
		case a.InTime:
			return pages.LinkAsked
		}
		return pages.LinkLate
	case profile.Stopped:
		if stop {
			return pages.LinkUsed
		}
		return pages.LinkReplaced
	case profile.Replaced:
		return pages.LinkReplaced
	case profile.Late:
		return pages.LinkLate
	}
	return pages.LinkUnknown
}

// linkDid gives the state of a link whose button was pressed. Pressing it twice says the same twice.
func linkDid(link credential.Kind, a profile.Answer) pages.LinkState {
	stop := link == credential.Stop
	switch a.State {
	case profile.Serving, profile.Confirmed:
		switch {
		case stop:
			return pages.LinkLate
		case a.State == profile.Serving:
			return pages.LinkServes
		}
		return pages.LinkWaits
	case profile.Stopped:
		if stop {
			return pages.LinkStopped
		}
		return pages.LinkReplaced
	case profile.Replaced:
		return pages.LinkReplaced
	case profile.Asked, profile.Late:
		return pages.LinkLate
	}
	return pages.LinkUnknown
}
