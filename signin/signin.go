// Package signin leads from an identifier and a password, or from a passkey, to a session.
//
// It promises that every decision stands in Tables; that the same reads, the same hash and the same writes happen for
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
	"loquet/courier"
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
	// ApplySignIn does all of a Change in one transaction. It gives fault.Stale when the issue to burn does not live,
	// or when a proof to use has been used.
	ApplySignIn(ctx context.Context, c Change) error
	// StoreHash replaces a password hash by a newer one of the same password; nothing happens when it has changed.
	StoreHash(ctx context.Context, organisation, account, old, hash string) error
	// Factors gives the proofs beside the password that an account has; none for no account.
	Factors(ctx context.Context, organisation, account string) (credential.Factors, error)
	// Passkey gives a passkey and whose it is; fault.Missing when there is none in this organisation.
	Passkey(ctx context.Context, organisation, id string) (credential.Passkey, account.Account, error)
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
	Version      int64            // of the account that this was decided on, guarded; 0 for any
	Burn         string           // the issue to burn, guarded
	Cancel       bool             // every living issue of the account ends
	Open         *session.Session // the session to open
	Replace      string           // the ID of the session that this browser held
	Use          *credential.Use  // of a second proof or a passkey, guarded
	Pending      string           // the session that waited for the second proof: ends, guarded
	Asked        bool             // the policy asks for a second proof that is not there: the first time is kept
	Letters      []courier.Item   // to queue
	Clear        []string         // limit keys
	Note         audit.Entry      // without number and chain; no Act means no entry
	Notes        []audit.Entry    // beside it
}

// Limits are the rates of sign-in.
type Limits struct {
	Typed   []limit.Rate // tries of one identifier, as typed
	Address limit.Rate   // tries from one address
	Network limit.Rate   // tries from one network
	App     []limit.Rate // app codes of one person, once the first proof was right
	Printed []limit.Rate // printed codes of one person
}

// DefaultLimits holds: ten wrong tries and then one each five minutes, no more than 25 in a row and then one an hour; of
// app codes five and then one a minute, no more than 20 in a row and then one an hour (CNIL délib. 2022-100, NIST SP
// 800-63B-4 §3.2.2; contract: at most 30).
func DefaultLimits() Limits {
	return Limits{
		Typed:   []limit.Rate{{Burst: 10, Every: 5 * time.Minute}, {Burst: 25, Every: time.Hour}},
		Address: limit.Rate{Burst: 600, Every: 250 * time.Millisecond},
		Network: limit.Rate{Burst: 3000, Every: 50 * time.Millisecond},
		// Three codes of a million are good at any time: 43 tries a day meet one in 21 years on the average.
		App:     []limit.Rate{{Burst: 5, Every: time.Minute}, {Burst: 20, Every: time.Hour}},
		Printed: []limit.Rate{{Burst: 10, Every: time.Minute}},
	}
}

// Attempt is a filled-in sign-in form.
type Attempt struct {
	Organisation organisation.Organisation
	Identifier   string
	Password     string
	Remember     bool
	Second       bool // an application asks for the second proof of whoever has one
	Browser      session.Browser
}

// Outcome is what the page shows, or the cookie to set.
type Outcome struct {
	State   State
	Token   string // of the opened session
	Session session.Session
	Wait    time.Duration // for Waiting
	Unknown string        // a passkey that nobody here has: its device may forget it (WebAuthn L3 §5.1.10)
}

// Flow signs people in.
type Flow struct {
	Store  Store
	Hasher *credential.Hasher
	Forge  *credential.Forge
	Key    []byte // of limit keys
	Limits Limits
	Now    func() time.Time
	NewID  func() string // of letters
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
		if candidate, facts, err = f.anew(ctx, a, who, candidate, facts, now); err != nil {
			return Outcome{}, err
		}
		out, err = f.apply(ctx, a, who, candidate, facts, now)
	}
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

// anew reads whoever it may be once more, after somebody else was faster, and gives the facts as they are now. A password
// that was right is right as long as the same one is in force: nobody hashes twice for one try.
func (f *Flow) anew(ctx context.Context, a Attempt, who account.Lookup, was Candidate, facts Fact, now time.Time) (
	Candidate, Fact, error,
) {
	is, err := f.Store.Candidate(ctx, a.Organisation.ID, who, f.digest(a))
	if err != nil {
		return is, 0, fmt.Errorf("reading a candidate: %w", err)
	}
	if is.Account.ID != was.Account.ID || is.Hash != was.Hash {
		facts &^= Password
	}
	return is, known(a, is, now) | facts&(Wait|Password), nil
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
	facts = known(a, c, now)
	if waiting {
		facts |= Wait
	}
	if waiting || facts&secret != 0 {
		return facts, false, nil
	}
	right, outdated, err := f.Hasher.Verify(ctx, c.Hash, a.Password)
	if err != nil {
		return 0, false, fmt.Errorf("checking a password: %w", err)
	}
	if right {
		facts |= Password
	}
	return facts, outdated, nil
}

// known gives the facts that are read, and not computed.
func known(a Attempt, c Candidate, now time.Time) (facts Fact) {
	set := func(fact Fact, on bool) {
		if on {
			facts |= fact
		}
	}
	set(Open, c.Account.Open(now))
	set(MustRenew, c.Account.MustRenew)
	switch a.Organisation.Policy.Standing(c.Account, now) {
	case organisation.Both:
		set(Both, true)
	case organisation.Alone:
		set(Both, a.Second && c.Account.Factors.Any())
	case organisation.Overdue:
		set(Overdue, true)
	case organisation.Due:
		set(Due, true)
	}
	if c.Issue.ID != "" {
		lives := c.Issue.Fate(now) == credential.Lives
		held := !lives && a.Browser.Held != "" && c.Issue.OpenedSession == a.Browser.Held
		set(Temporary, lives)
		set(Held, held)
		set(Dead, !lives && !held)
	}
	return facts
}

func (f *Flow) apply(ctx context.Context, a Attempt, who account.Lookup, c Candidate, facts Fact, now time.Time) (Outcome, error) {
	d := deed{
		rule: PasswordRules.Next(facts), organisation: a.Organisation, person: c.Account, browser: a.Browser, now: now,
		version: c.Account.Version,
		replace: a.Browser.Held, burn: c.Issue.ID, remember: a.Remember, proof: []string{session.ByPassword},
		clear: f.TypedKeys(a.Organisation.ID, who),
	}
	if facts&secret != 0 {
		d.proof = []string{session.ByMailbox}
	}
	return f.do(ctx, d)
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
