package web

import (
	"net/http"

	"loquet/desk"
	"loquet/web/pages"
)

// objectionPage shows what the link of a notice of the desk stops, and does nothing: mail scanners open links (ATK-017).
// known is false when the link is none of the desk's, and then nothing was written.
func (w *Web) objectionPage(rw http.ResponseWriter, r *http.Request, who in) (known bool, err error) {
	o, err := w.Desk.LookObjection(r.Context(), visitOf(r).organisation, r.PathValue("token"))
	if err != nil || !o.Known {
		return o.Known, err //nolint:wrapcheck // the flow says what it was doing
	}
	p := w.objection(r, who, o)
	status := http.StatusOK
	if p.State == pages.ObjectionLate {
		status = http.StatusGone
	}
	return true, w.render(rw, r, status, p.Frame, pages.ObjectionPage(p))
}

// objectionForm stops it. Pressing the button twice says the same twice.
func (w *Web) objectionForm(rw http.ResponseWriter, r *http.Request, who in) (known bool, err error) {
	o, err := w.Desk.Object(r.Context(), visitOf(r).organisation, r.PathValue("token"), w.browser(r))
	if err != nil || !o.Known {
		return o.Known, err //nolint:wrapcheck // the flow says what it was doing
	}
	p := w.objection(r, who, o)
	status := http.StatusOK
	if p.State == pages.ObjectionLate {
		status = http.StatusUnprocessableEntity
	}
	return true, w.render(rw, r, status, p.Frame, pages.ObjectionPage(p))
}

// objection says of a deed what its link may tell whoever holds it.
func (w *Web) objection(r *http.Request, who in, o desk.Objection) pages.Objection {
	p := pages.Objection{
		Frame: w.frame(r), Action: r.URL.Path, Act: string(o.Deed.Act), Number: o.Number, Who: o.Who, To: o.Deed.Masked(),
		Until: o.Deed.Until,
	}
	if who.person.ID != "" {
		p.Frame = w.inside(r, who.person)
	}
	switch state := o.Deed.State; {
	case state == desk.Stopped:
		p.State = pages.ObjectionStopped
	case state == desk.Waiting && o.InTime:
		p.State = pages.ObjectionAsked
	case state == desk.Waiting, state == desk.Done:
		p.State = pages.ObjectionLate
	default:
		p.State = pages.ObjectionOver
	}
	return p
}
