package recovery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Proof is a secret that came back: a link's token or a typed code.
type Proof struct {
	Organisation organisation.Organisation
	Token        string // of a link or slip; empty when a code was typed
	Code         string // as typed
	Browser      session.Browser
}

// Given is what became of a proof.
type Given struct {
	State   State           // Start (nothing of ours), Proving, Proven or Over
	Fate    credential.Fate // for Over: why
	Slip    bool            // what was given is a paper slip
	Newer   time.Time       // for Over: when the slip was printed that has replaced it; zero when something else did
	Token   string          // of the opened renewal session
	Session session.Session
	Wait    time.Duration // too many tries when not zero
}

// Look says what a link would do, and does nothing: opening a link must be harmless (ATK-017).
func (f *Flow) Look(ctx context.Context, p Proof) (Given, error) {
	issue, err := f.find(ctx, p)
	switch {
	case errors.Is(err, fault.Missing):
		return Given{State: Start}, nil
	case err != nil:
		return Given{}, err
	}
	fate := issue.Fate(f.Now())
	given := Given{State: Over, Fate: fate}
	if fate == credential.Lives {
		given.State = Sent
	}
	return given, f.paper(ctx, issue, &given)
}

// Give takes a proof. Only one of any number of parallel uses is Proven.
func (f *Flow) Give(ctx context.Context, p Proof) (Given, error) {
	now := f.Now()
	allowed, wait, err := f.Store.Count(ctx, f.givenCounts(p.Browser), now)
	if err != nil {
		return Given{}, fmt.Errorf("counting a code: %w", err)
	}
	issue, err := f.find(ctx, p)
	switch {
	case errors.Is(err, fault.Missing) && !allowed:
		return Given{State: Start, Wait: wait}, nil
	case errors.Is(err, fault.Missing):
		return Given{State: Start}, nil
	case err != nil:
		return Given{}, err
	}
	person, err := f.Store.Account(ctx, p.Organisation.ID, issue.Account)
	if err != nil {
		return Given{}, fmt.Errorf("reading the account of a secret: %w", err)
	}
	given, err := f.give(ctx, p, issue, person, f.giveFacts(p, issue, person, now), now)
	if errors.Is(err, fault.Stale) { // another request burnt it first
		facts := f.giveFacts(p, issue, person, now) &^ (Live | Held)
		issue.Used = now
		given, err = f.give(ctx, p, issue, person, facts, now)
	}
	if err != nil {
		return Given{}, fmt.Errorf("taking a secret: %w", err)
	}
	return given, f.paper(ctx, issue, &given)
}

func (f *Flow) giveFacts(p Proof, issue credential.Issue, person account.Account, now time.Time) (facts Fact) {
	facts = Known
	if person.Open(now) {
		facts |= Open
	}
	if p.Organisation.Policy.Standing(person, now) == organisation.Both {
		facts |= Both
	}
	if issue.Fate(now) == credential.Lives {
		facts |= Live
	} else if p.Browser.Held != "" && issue.OpenedSession == p.Browser.Held {
		facts |= Held
	}
	return facts
}

func (f *Flow) give(
	ctx context.Context, p Proof, issue credential.Issue, person account.Account, facts Fact, now time.Time,
) (Given, error) {
	rule, _ := Next(Sent, GaveSecret, facts)
	given := Given{State: rule.To, Fate: issue.Fate(now)}
	change := Change{Now: now, Organisation: p.Organisation.ID, Account: person.ID}
	for _, effect := range rule.Do {
		switch effect {
		case BurnSecret:
			change.Burn, change.Replace = issue.ID, p.Browser.Held
		case OpenRenewal:
			given.Token, given.Session = opening(p, issue, session.Renewal, session.RenewalLasts, now)
			change.Open = &given.Session
		case OpenSecond:
			given.Token, given.Session = opening(p, issue, session.Second, session.SecondLasts, now)
			change.Open = &given.Session
		case NoteUsed:
			f.note(&change, audit.SecretUsed, p.Browser, person.ID, "")
		case NoteDead:
			f.note(&change, audit.SecretRefused, p.Browser, "", string(given.Fate))
		}
	}
	return given, f.Store.ApplyRecovery(ctx, change)
}

func opening(p Proof, issue credential.Issue, stage session.Stage, lasts time.Duration, now time.Time) (
	string, session.Session,
) {
	token, id := session.NewToken()
	return token, session.Session{
		ID: id, Organisation: p.Organisation.ID, Account: issue.Account, Stage: stage, Opened: now, Seen: now, Idle: lasts,
		Until: now.Add(lasts), Secret: issue.ID, Proof: []string{session.ByMailbox}, Device: p.Browser.Device,
		Address: p.Browser.From(), AccountOpen: true,
	}
}

// find gives the issue that a proof names, whatever became of it, or fault.Missing.
func (f *Flow) find(ctx context.Context, p Proof) (credential.Issue, error) {
	var digests []string
	add := func(kind credential.Kind, typed string) {
		if secret, ok := credential.Read(kind, typed); ok {
			digests = append(digests, f.Forge.Digest(kind, p.Organisation.ID, secret))
		}
	}
	if p.Token != "" {
		add(credential.Link, p.Token)
	} else {
		add(credential.Code, p.Code)
		add(credential.Slip, p.Code)
	}
	if len(digests) == 0 {
		return credential.Issue{}, fault.Missing
	}
	issue, err := f.Store.Issue(ctx, p.Organisation.ID, digests...)
	if err != nil {
		return credential.Issue{}, fmt.Errorf("looking up a secret: %w", err)
	}
	return issue, nil
}

func (f *Flow) givenCounts(b session.Browser) []limit.Count {
	return []limit.Count{
		{Key: limit.Key(f.Key, "given-address", "", b.From()), Rate: f.Limits.Given},
		{Key: limit.Key(f.Key, "given-network", "", limit.Network(b.Address).String()), Rate: f.Limits.GivenBy},
	}
}
