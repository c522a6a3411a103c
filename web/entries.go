package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/fault"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

// Entries is what people are in, and the applications that are there to be entered.
type Entries interface {
	Entries(ctx context.Context, o organisation.Organisation, person account.Account) ([]oidc.Entry, error)
	Withdraw(ctx context.Context, o organisation.Organisation, person account.Account, id string, b session.Browser) error
	Doors(ctx context.Context, organisation string) ([]application.Application, error)
}

func (w *Web) entriesPage(rw http.ResponseWriter, r *http.Request, who in) error {
	p := pages.Entries{Frame: w.inside(r, who.person), Notice: w.told(rw, r)}
	entries, err := w.Entries.Entries(r.Context(), p.Organisation, who.person)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	for _, e := range entries {
		p.Rows = append(p.Rows, pages.EntryRow{
			ID: e.Application.ID, Name: e.Application.Name, Since: e.Since, Used: e.Used, Knows: e.Knows,
		})
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.EntriesPage(p))
}

// withdrawForm ends what an application holds of a person. It asks no proof: whoever is in takes away and gives nothing.
func (w *Web) withdrawForm(rw http.ResponseWriter, r *http.Request, who in, f form) error {
	err := w.Entries.Withdraw(r.Context(), visitOf(r).organisation, who.person, f["application"], w.browser(r))
	if err != nil && !errors.Is(err, fault.Missing) { // what is gone already is what was wanted
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	return w.done(rw, r, pages.EntryWithdrawn, "/account/applications")
}

// doors remembers for a moment which applications an organisation lets in, as hosts does organisations: every home page
// asks.
type doors struct {
	mu   sync.Mutex
	kept map[string]keptDoors
}

type keptDoors struct {
	all  []application.Application
	read time.Time
}

// doorsOf gives the applications that an organisation lets in, by name; none on the platform.
func (w *Web) doorsOf(ctx context.Context, o organisation.Organisation) ([]application.Application, error) {
	if o.Platform() || o.ID == "" {
		return nil, nil
	}
	now := w.Now()
	w.doors.mu.Lock()
	kept, ok := w.doors.kept[o.ID]
	w.doors.mu.Unlock()
	if age := now.Sub(kept.read); ok && age >= 0 && age < freshHost {
		return kept.all, nil
	}
	all, err := w.Entries.Doors(ctx, o.ID)
	if err != nil {
		return nil, err //nolint:wrapcheck // the flow says what it was doing
	}
	w.doors.keep(o.ID, keptDoors{all, now})
	return all, nil
}

func (d *doors) keep(organisation string, k keptDoors) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= mostHosts {
		d.kept = map[string]keptDoors{}
	}
	d.kept[organisation] = k
}

// forget drops what is kept of an organisation.
func (d *doors) forget(organisation string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.kept, organisation)
}

// tilesOf gives the tiles of whoever may enter what is behind them: those that the organisation wrote, then its
// applications.
func (w *Web) tilesOf(ctx context.Context, o organisation.Organisation, person account.Account) ([]organisation.Tile, error) {
	tiles := o.TilesFor(person.Role)
	all, err := w.doorsOf(ctx, o)
	for _, a := range all {
		if a.Tile && a.URL != "" && a.Rule.For(person) {
			tiles = append(tiles, organisation.Tile{Name: a.Name, About: a.About, URL: a.URL})
		}
	}
	return tiles, err
}
