package admin

import (
	"context"

	"loquet/audit"
	"loquet/courier"
	"loquet/organisation"
)

// How many letters are shown: on the page of all, and on a person's.
const (
	MostLetters   = 100
	MostLettersTo = 5
)

// Letters gives what became of the letters that were promised lately, newest first: all, or those that did not arrive.
func (f *Flow) Letters(ctx context.Context, a Actor, lost bool) ([]courier.Delivery, error) {
	if err := a.may(organisation.SeeMail); err != nil {
		return nil, err
	}
	if lost {
		letters, err := f.Store.LostDeliveries(ctx, a.Organisation.ID, MostLetters)
		return letters, wrap("reading letters that did not arrive", err)
	}
	letters, err := f.Store.Deliveries(ctx, a.Organisation.ID, "", MostLetters)
	return letters, wrap("reading letters", err)
}

// LettersTo gives what became of the last letters to one of the actor's people, newest first.
func (f *Flow) LettersTo(ctx context.Context, a Actor, id string) ([]courier.Delivery, error) {
	if err := a.may(organisation.SeeMail); err != nil {
		return nil, err
	}
	if _, _, err := f.target(ctx, a, id); err != nil {
		return nil, err
	}
	letters, err := f.Store.Deliveries(ctx, a.Organisation.ID, id, MostLettersTo)
	return letters, wrap("reading somebody's letters", err)
}

// LettersOf gives the names of the people whom letters are for, by their IDs.
func (f *Flow) LettersOf(ctx context.Context, a Actor, letters []courier.Delivery) (map[string]string, error) {
	entries := make([]audit.Entry, 0, len(letters))
	for _, l := range letters {
		entries = append(entries, audit.Entry{Target: l.Account})
	}
	people, err := f.Names(ctx, a, entries)
	names := map[string]string{}
	for id, p := range people {
		names[id] = p.Name()
	}
	return names, err
}
