package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/web/pages"
)

// freshOutlook is how long the count on a manager's home is kept: it looks at everybody, and changes slowly.
const freshOutlook = time.Minute

// mostOutlooks bounds the memory of counts.
const mostOutlooks = 10_000

// mostConcerned is how many people the page of those with fewer than two ways back names.
const mostConcerned = 50

// outlooks remembers for a minute how firmly the people of an organisation stand.
type outlooks struct {
	mu   sync.Mutex
	kept map[string]keptOutlook
}

type keptOutlook struct {
	outlook recovery.Outlook
	read    time.Time
}

func (k *outlooks) get(organisation string, now time.Time) (recovery.Outlook, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.kept[organisation]
	age := now.Sub(kept.read)
	return kept.outlook, ok && age >= 0 && age < freshOutlook
}

func (k *outlooks) keep(organisation string, o recovery.Outlook, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= mostOutlooks {
		k.kept = map[string]keptOutlook{}
	}
	k.kept[organisation] = keptOutlook{o, now}
}

// forget drops what is kept of an organisation.
func (k *outlooks) forget(organisation string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, organisation)
}

// homeOutlook gives what a manager's home says of those who could be left outside.
func (w *Web) homeOutlook(ctx context.Context, o organisation.Organisation) (pages.HomeOutlook, error) {
	now := w.Now()
	look, ok := w.outlooks.get(o.ID, now)
	if !ok {
		var err error
		if look, err = w.Recovery.Outlook(ctx, o); err != nil {
			return pages.HomeOutlook{}, err //nolint:wrapcheck // the flow says what it was doing
		}
		w.outlooks.keep(o.ID, look, now)
	}
	h := pages.HomeOutlook{Alone: look.Managers == 1}
	for _, role := range account.Roles {
		if role == account.Famille {
			h.FamiliesGone, h.FamiliesFew = look.Gone[role], look.Few[role]
			continue
		}
		h.TeamGone, h.TeamFew = h.TeamGone+look.Gone[role], h.TeamFew+look.Few[role]
	}
	return h, nil
}

// outlookPage names those who have fewer than two ways back in (4-4-1).
func (w *Web) outlookPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	w.outlooks.forget(a.Organisation.ID) // whoever has just helped somebody reads the new count at home
	look, err := w.homeOutlook(r.Context(), a.Organisation)
	if err != nil {
		return err
	}
	found, all, err := w.Recovery.Concerned(r.Context(), a.Organisation, mostConcerned)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p := pages.WaysBack{Frame: w.inside(r, a.Person), All: all, Alone: look.Alone}
	for _, f := range found {
		row := pages.WaysBackRow{
			Account: f.Person, Footing: pages.Footing(f.Safety), By: string(f.Now), Cure: f.Cure.String(),
			Myself: f.Person.ID == a.Person.ID,
		}
		for _, loss := range f.Losses {
			row.Losses = append(row.Losses, loss.String())
		}
		p.Rows = append(p.Rows, row)
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.WaysBackPage(p))
}
