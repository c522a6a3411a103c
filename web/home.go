package web

import (
	"mime"
	"net/http"
	"strconv"

	"loquet/web/pages"
)

func (w *Web) home(rw http.ResponseWriter, r *http.Request) error {
	_, person, ok, err := w.entered(rw, r)
	if err != nil || !ok {
		return err
	}
	p := pages.Home{Frame: w.inside(r, person)}
	policy := p.Organisation.Policy
	p.Standing, p.DueBy = policy.Standing(person, w.Now()), policy.DueBy(person, w.Now())
	p.Offer = policy.OffersPasskey(person)
	p.Returned = person.Reference().Unreachable
	if p.Tiles, err = w.tilesOf(r.Context(), p.Organisation, person); err != nil {
		return err
	}
	if p.Organisation.Platform() {
		p.Tiles = append(p.Tiles, pages.DeskTile(p.Frame))
	}
	p.Documents, err = w.Organisations.Documents(r.Context(), p.Organisation.ID)
	if err != nil {
		return err //nolint:wrapcheck // the store says what it was doing
	}
	for i, d := range p.Documents {
		if d.Guide {
			p.Guide = &p.Documents[i]
			break
		}
	}
	if p.Gear {
		if p.Outlook, err = w.homeOutlook(r.Context(), p.Organisation); err != nil {
			return err
		}
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.HomePage(p))
}

// document hands out a file of the organisation, always as a download: what managers put there never runs here.
func (w *Web) document(rw http.ResponseWriter, r *http.Request) error {
	_, _, ok, err := w.entered(rw, r)
	if err != nil || !ok {
		return err
	}
	d, body, err := w.Organisations.Document(r.Context(), visitOf(r).organisation.ID, r.PathValue("id"))
	if err != nil {
		return err //nolint:wrapcheck // the store says what it was doing
	}
	h := rw.Header()
	h.Set("Content-Type", d.Media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.File}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = rw.Write(body) // a browser that has gone is no failure of ours
	}
	return nil
}
