package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Entry is an application that somebody is in, or has let know them.
type Entry struct {
	Application application.Application
	Since       time.Time // of what it holds, or of the consent where it holds nothing
	Used        time.Time // zero where it holds nothing now
	Agreed      time.Time // of the consent; zero where there is none
	Knows       []string  // what it may ask about the person, a part of Scopes in their order
}

// Entries gives the applications that a person is in or has let know them, the last used one first (ASVS 10.7.3; RGPD
// art. 15).
func (f *Flow) Entries(ctx context.Context, o organisation.Organisation, person account.Account) ([]Entry, error) {
	grants, err := f.Store.GrantsOf(ctx, o.ID, person.ID, f.Now())
	if err != nil {
		return nil, fmt.Errorf("reading what applications hold: %w", err)
	}
	consents, err := f.Store.ConsentsOf(ctx, o.ID, person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading consents: %w", err)
	}
	all, err := f.Store.Applications(ctx, o.ID)
	if err != nil {
		return nil, fmt.Errorf("reading applications: %w", err)
	}
	var entries []Entry
	for _, a := range all {
		if e, ok := entryOf(a, grants, consents); ok {
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	return entries, nil
}

// entryOf gathers what one application holds of somebody; ok is false where that is nothing.
func entryOf(a application.Application, grants []Grant, consents []Consent) (e Entry, ok bool) {
	e = Entry{Application: a}
	knows := map[string]bool{}
	for _, g := range grants {
		if g.Application != a.ID {
			continue
		}
		if ok = true; e.Since.IsZero() || g.Opened.Before(e.Since) {
			e.Since = g.Opened
		}
		if g.Used.After(e.Used) {
			e.Used = g.Used
		}
		for _, s := range scopesOf(a, g) {
			knows[s] = true
		}
	}
	for _, c := range consents {
		if c.Application != a.ID {
			continue
		}
		if ok, e.Agreed = true, c.Given; e.Since.IsZero() {
			e.Since = c.Given
		}
		for _, s := range c.Scopes {
			knows[s] = true
		}
	}
	for _, s := range Scopes {
		if knows[s] && s != scopeOpenID {
			e.Knows = append(e.Knows, s)
		}
	}
	return e, ok
}

// scopesOf says what the holder of a grant may ask. A proxy is told who is there, and by which address they are reached.
func scopesOf(a application.Application, g Grant) []string {
	if a.Kind != application.OpenID {
		return []string{scopeProfile, scopeEmail}
	}
	var kept struct {
		Scopes string `json:"scopes"` // goidc.Grant
	}
	if json.Unmarshal(g.Document, &kept) != nil {
		return nil
	}
	return strings.Fields(kept.Scopes)
}

// Withdraw ends what an application holds of a person, at once, and takes back that it may know them (ASVS 10.7.3). It
// gives fault.Missing where the organisation has no such application. Nothing happens where it holds nothing.
func (f *Flow) Withdraw(
	ctx context.Context, o organisation.Organisation, person account.Account, id string, b session.Browser,
) error {
	a, err := f.Store.Application(ctx, o.ID, id)
	if err != nil {
		return fmt.Errorf("reading an application: %w", err)
	}
	note := audit.Entry{
		Organisation: o.ID, At: f.Now(), Act: audit.ApplicationWithdrawn, Actor: person.ID, Target: person.ID,
		Address: b.From(), Device: b.Device, Detail: a.Name,
	}
	err = f.Store.EndGrants(ctx, o.ID, person.ID, id, Withdrawn, note)
	if err != nil && !errors.Is(err, fault.Missing) { // what is gone already is what was wanted
		return fmt.Errorf("ending what an application holds: %w", err)
	}
	return nil
}

// Doors gives the applications that an organisation lets in, for tiles and for naming whoever sends people back.
func (f *Flow) Doors(ctx context.Context, organisation string) ([]application.Application, error) {
	all, err := f.Store.Applications(ctx, organisation)
	if err != nil {
		return nil, fmt.Errorf("reading applications: %w", err)
	}
	return all, nil
}
