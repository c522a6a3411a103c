package web

import (
	"net/http"
	"slices"

	"loquet/admin"
	"loquet/courier"
	"loquet/organisation"
	"loquet/web/pages"
)

// mailPage shows what became of letters (3-1-1).
func (w *Web) mailPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.MailList{Frame: w.inside(r, a.Person), Failed: r.URL.Query().Get("failed") == "1", Most: admin.MostLetters}
	letters, err := w.Admin.Letters(r.Context(), a, p.Failed)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	names, err := w.Admin.LettersOf(r.Context(), a, letters)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	for _, l := range letters {
		row := delivery(a.Organisation, l)
		if name, ok := names[l.Account]; ok {
			row.Who, row.ID = name, l.Account
		}
		p.Rows = append(p.Rows, row)
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.MailListPage(p))
}

// deliveries gives what became of the last letters to a person, as the person's page shows it.
func (w *Web) deliveries(r *http.Request, a admin.Actor, id string) ([]pages.Delivery, error) {
	letters, err := w.Admin.LettersTo(r.Context(), a, id)
	if err != nil {
		return nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	rows := make([]pages.Delivery, len(letters))
	for i, l := range letters {
		rows[i] = delivery(a.Organisation, l)
	}
	return rows, nil
}

// delivery gives what became of a letter as pages show it: on the clocks of the organisation, the address masked.
func delivery(o organisation.Organisation, l courier.Delivery) pages.Delivery {
	zone, why := o.Location(), l.Why()
	l = l.Masked()
	d := pages.Delivery{
		Kind: string(l.Kind), To: l.Recipient, Promised: l.Promised.In(zone), Outcome: pages.Outcome(l.Outcome),
		Why: string(why), Status: l.Status, By: l.By, Domain: l.Domain(), Said: l.Said,
		Text: slices.Contains(courier.Texts, l.Kind),
	}
	if !l.Accepted.IsZero() {
		d.Accepted = l.Accepted.In(zone)
	}
	if !l.At.IsZero() {
		d.At = l.At.In(zone)
	}
	return d
}
