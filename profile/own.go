package profile

import (
	"context"
	"errors"
	"fmt"

	"loquet/audit"
	"loquet/fault"
	"loquet/text"
)

// ChooseLanguage keeps the language of the actor's letters; empty means the organisation's. It gives fault.Missing for
// a language that has no words.
func (f *Flow) ChooseLanguage(ctx context.Context, a Actor, language string) error {
	if language != "" && !text.Known(language) {
		return fault.Missing
	}
	if language == a.Person.Language {
		return nil
	}
	change := f.change(a, a.Person.ID)
	change.Language = &language
	change.Notes = append(change.Notes, a.note(audit.LanguageChosen, a.Person.ID, language, change.Now))
	return wrap("choosing a language", f.Store.ApplyProfile(ctx, change))
}

// HistoryPage is how many lines stand on a page of one's history.
const HistoryPage = 50

// Line is one entry of one's history. What somebody else did is told without the address and the device that they did
// it from: those are theirs.
type Line struct {
	audit.Entry

	ActorName  string // who did it; empty for nobody who was signed in, or who is gone
	TargetName string // whom it is about
}

// History gives the entries of the journal that the actor did or that are about them, newest first: those with a number
// below before, or the newest when it is 0. older is where the next page begins, 0 when there is none (RGPD art. 15).
func (f *Flow) History(ctx context.Context, a Actor, before int64) (lines []Line, older int64, err error) {
	entries, err := f.Store.OwnEntries(ctx, a.Organisation.ID, a.Person.ID, max(before, 0), HistoryPage+1)
	if err != nil {
		return nil, 0, fmt.Errorf("reading one's history: %w", err)
	}
	if len(entries) > HistoryPage {
		entries = entries[:HistoryPage]
		older = entries[HistoryPage-1].Number
	}
	names := map[string]string{a.Person.ID: a.Person.Name(), "": "", audit.System: ""}
	for _, e := range entries {
		line := Line{Entry: discreet(e, a.Person.ID)}
		if line.ActorName, err = f.name(ctx, a.Organisation.ID, e.Actor, names); err != nil {
			return nil, 0, err
		}
		if line.TargetName, err = f.name(ctx, a.Organisation.ID, e.Target, names); err != nil {
			return nil, 0, err
		}
		lines = append(lines, line)
	}
	return lines, older, nil
}

// discreet leaves out where somebody else was when they did something.
func discreet(e audit.Entry, own string) audit.Entry {
	if e.Actor != own && e.Actor != "" {
		e.Address, e.Device = "", ""
	}
	return e
}

func (f *Flow) name(ctx context.Context, organisation, id string, known map[string]string) (string, error) {
	if name, ok := known[id]; ok {
		return name, nil
	}
	person, err := f.Store.Account(ctx, organisation, id)
	if err != nil && !errors.Is(err, fault.Missing) {
		return "", fmt.Errorf("reading whom one's history names: %w", err)
	}
	known[id] = person.Name()
	return known[id], nil
}
