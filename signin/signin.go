// Package signin leads from an identifier and a password to a session.
//
// It promises that every decision stands in Rules; that the same reads, the same hash and the same writes happen for
// people who exist and for people who do not (ADR-0004); that a try is counted before it is checked (ATK-019); and that
// a temporary password opens the renewal page only.
package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Store is what the flow needs kept.
type Store interface {
	// Count counts all of counts at once, or none of them when one is over its rate; it gives the longest wait then.
	Count(ctx context.Context, counts []limit.Count, now time.Time) (allowed bool, wait time.Duration, err error)
	// Candidate reads whoever the lookup stands for: exactly one account, or the zero Candidate. The issue is the one
	// that the digest names, if it is that account's. It does the same reads in every case.
	Candidate(ctx context.Context, organisation string, who account.Lookup, digest string) (Candidate, error)
	// ApplySignIn does all of a Change in one transaction. It gives fault.Stale when the issue to burn does not live.
	ApplySignIn(ctx context.Context, c Change) error
	// StoreHash replaces a password hash by a newer one of the same password; nothing happens when it has changed.
	StoreHash(ctx context.Context, organisation, account, old, hash string) error
}

// Candidate is who may be signing in.
type Candidate struct {
	Account account.Account
	Hash    string // PHC; empty when there is no password, or nobody
	Issue   credential.Issue
}

// Change is what an attempt leads to.
type Change struct {
	Now          time.Time
	Organisation string
	Account      string           // empty for nobody
	Burn         string           // the issue to burn, guarded
	Cancel       bool             // every living issue of the account ends
	Open         *session.Session // the session to open
	Replace      string           // the ID of the session that this browser held
	Clear        []string         // limit keys
	Note         audit.Entry      // without number and chain; no Act means no entry
}

// Limits are the rates of sign-in.
type Limits struct {
	Typed   []limit.Rate // tries of one identifier, as typed
	Address limit.Rate   // tries from one address
	Network limit.Rate   // tries from one network
}

// DefaultLimits holds: ten wrong tries and then one each five minutes, no more than 25 in a row and then one an hour
// (CNIL délib. 2022-100, NIST SP 800-63B-4 §3.2.2; contract: at most 30).
func DefaultLimits() Limits {
	return Limits{
		Typed:   []limit.Rate{{Burst: 10, Every: 5 * time.Minute}, {Burst: 25, Every: time.Hour}},
		Address: limit.Rate{Burst: 600, Every: 250 * time.Millisecond},
		Network: limit.Rate{Burst: 3000, Every: 50 * time.Millisecond},
	}
}

// Attempt is a filled-in sign-in form.
type Attempt struct {
	Organisation organisation.Organisation
	Identifier   string
	Password     string
	Remember     bool
	Browser      session.Browser
}

// Outcome is what the page shows, or the cookie to set.
type Outcome struct {
	State   State
	Token   string // of the opened session
	Session session.Session
	Wait    time.Duration // for Waiting
}

// Flow signs people in.
type Flow struct {
	Store  Store
	Hasher *credential.Hasher
	Forge  *credential.Forge
	Key    []byte // of limit keys
	Limits Limits
	Now    func() time.Time
	// Later runs work that nobody waits for.
	Later func(func(context.Context))
}

// Try takes one attempt to its outcome. It gives fault.Busy when the machine cannot check a password in time.
func (f *Flow) Try(ctx context.Context, a Attempt) (Outcome, error) {
	now := f.Now()
	who := account.Find(a.Identifier)
	typed := canonical(a.Identifier, who)
	allowed, wait, err := f.Store.Count(ctx, f.counts(a, typed), now)
	if err != nil {
		return Outcome{}, fmt.Errorf("counting a try: %w", err)
	}
	candidate, err := f.Store.Candidate(ctx, a.Organisation.ID, who, f.digest(a))
	if err != nil {
		return Outcome{}, fmt.Errorf("reading a candidate: %w", err)
	}
	facts, outdated, err := f.facts(ctx, a, candidate, !allowed, now)
	if err != nil {
		return Outcome{}, err
	}
	out, err := f.apply(ctx, a, who, candidate, facts, now)
	if errors.Is(err, fault.Stale) {
		out, err = f.apply(ctx, a, who, candidate, stale(facts), now)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("applying a sign-in: %w", err)
	}
	out.Wait = wait
	if outdated && out.State == Entered {
		f.rehash(a, candidate)
	}
	return out, nil
}

// stale gives the facts after somebody else was faster: a secret that another request burnt is dead; a password that was
// renewed, or an account that was closed while it was being checked, proves nothing any more.
func stale(facts Fact) Fact {
	if has(facts, Temporary) {
		return facts&^Temporary | Dead
	}
	return facts &^ Password
}

func has(facts, f Fact) bool { return facts&f == f }

// counts gives what one attempt is counted under: what was typed and where it came from, never who it may be (ENUM-04).
func (f *Flow) counts(a Attempt, typed string) []limit.Count {
	org := a.Organisation.ID
	var counts []limit.Count
	for i, r := range f.Limits.Typed {
		counts = append(counts, limit.Count{Key: f.typedKey(org, i, typed), Rate: r})
	}
	return append(counts,
		limit.Count{Key: limit.Key(f.Key, "signin-address", "", a.Browser.From()), Rate: f.Limits.Address},
		limit.Count{Key: limit.Key(f.Key, "signin-network", "", limit.Network(a.Browser.Address).String()), Rate: f.Limits.Network})
}

func (f *Flow) typedKey(org string, i int, typed string) string {
	return limit.Key(f.Key, fmt.Sprintf("signin-typed-%d", i), org, typed)
}

// canonical gives what limits count: one spelling for every way of typing the same identifier, and the text itself where
// it can be nobody's.
func canonical(typed string, who account.Lookup) string {
	if who.Nobody() {
		return "text " + strings.ToLower(strings.TrimSpace(typed))
	}
	return who.Canonical()
}

// TypedKeys gives the limit keys that a right password or a finished renewal clears.
func (f *Flow) TypedKeys(org string, lookups ...account.Lookup) []string {
	var keys []string
	for _, who := range lookups {
		for i := range f.Limits.Typed {
			keys = append(keys, f.typedKey(org, i, who.Canonical()))
		}
	}
	return keys
}

func (f *Flow) digest(a Attempt) string {
	secret, ok := credential.Read(credential.Temporary, a.Password)
	if !ok {
		return ""
	}
	return f.Forge.Digest(credential.Temporary, a.Organisation.ID, secret)
}

// facts finds out all that the rules may depend on. Whether a hash is computed depends on the limit and on what was
// typed, never on who exists: a secret of ours that fits needs no hash, and only its owner can have typed it.
func (f *Flow) facts(ctx context.Context, a Attempt, c Candidate, waiting bool, now time.Time) (facts Fact, outdated bool, err error) {
	set := func(fact Fact, on bool) {
		if on {
			facts |= fact
		}
	}
	set(Wait, waiting)
	set(Open, c.Account.Open(now))
	set(MustRenew, c.Account.MustRenew)
	if c.Issue.ID != "" {
		lives := c.Issue.Fate(now) == credential.Lives
		held := !lives && a.Browser.Held != "" && c.Issue.OpenedSession == a.Browser.Held
		set(Temporary, lives)
		set(Held, held)
		set(Dead, !lives && !held)
	}
	if waiting || facts&(Temporary|Held|Dead) != 0 {
		return facts, false, nil
	}
	right, outdated, err := f.Hasher.Verify(ctx, c.Hash, a.Password)
	if err != nil {
		return 0, false, fmt.Errorf("checking a password: %w", err)
	}
	set(Password, right)
	return facts, outdated, nil
}

func (f *Flow) apply(ctx context.Context, a Attempt, who account.Lookup, c Candidate, facts Fact, now time.Time) (Outcome, error) {
	rule := Next(facts)
	out := Outcome{State: rule.To}
	change := Change{
		Now: now, Organisation: a.Organisation.ID, Account: c.Account.ID,
		Note: note(a.Browser, a.Organisation.ID, rule.Note, now),
	}
	change.Note.Target = c.Account.ID
	for _, effect := range rule.Do {
		switch effect {
		case OpenSession:
			out.Token, out.Session = f.open(a, c, session.Full, now)
			change.Open = &out.Session
			change.Note.Actor = c.Account.ID
		case OpenRenewal:
			out.Token, out.Session = f.open(a, c, session.Renewal, now)
			change.Open = &out.Session
			change.Note.Actor = c.Account.ID
		case BurnSecret:
			change.Burn = c.Issue.ID
		case CancelSecrets:
			change.Cancel = true
		case ClearTries:
			change.Clear = f.TypedKeys(a.Organisation.ID, who)
		case ReplaceHeld:
			change.Replace = a.Browser.Held
		}
	}
	return out, f.Store.ApplySignIn(ctx, change)
}

func (f *Flow) open(a Attempt, c Candidate, stage session.Stage, now time.Time) (string, session.Session) {
	limits := a.Organisation.Policy.LimitsFor(c.Account.Role)
	token, id := session.NewToken()
	s := session.Session{
		ID: id, Organisation: a.Organisation.ID, Account: c.Account.ID, Stage: stage, Opened: now, Seen: now,
		Idle: limits.Idle, Until: now.Add(limits.Absolute), Proof: []string{"pwd"},
		Device: a.Browser.Device, Address: a.Browser.From(), AccountOpen: true, Proved: now, Issued: now, Family: id,
	}
	switch {
	case stage == session.Renewal:
		s.Idle, s.Until, s.Secret = session.RenewalLasts, now.Add(session.RenewalLasts), c.Issue.ID
	case a.Remember && limits.Remember > 0:
		s.Remembered, s.Idle, s.Until = true, limits.Remember, now.Add(limits.Remember)
	}
	return token, s
}

// rehash brings a hash made with older parameters up to date, after the answer and not before it.
func (f *Flow) rehash(a Attempt, c Candidate) {
	f.Later(func(ctx context.Context) {
		hash, err := f.Hasher.Hash(ctx, a.Password)
		if err == nil {
			_ = f.Store.StoreHash(ctx, a.Organisation.ID, c.Account.ID, c.Hash, hash) // the next sign-in tries again
		}
	})
}
