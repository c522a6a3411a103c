package oidc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// carried is what a grant of the kind Forward keeps of the sign-in that it came from, in Grant.Document: the same
// limits and the same gate hold for it as for the session itself.
type carried struct {
	State      string        `json:"state"` // digest of what the browser holds until the code has come (login CSRF)
	Proof      []string      `json:"amr"`
	Proved     time.Time     `json:"auth_time"`
	Opened     time.Time     `json:"opened"`
	Idle       time.Duration `json:"idle"`
	Remembered bool          `json:"remembered"`
}

// forwardMark begins the document of such a grant: it is none of the provider's. Its codes and tokens open nothing here,
// and these open nothing there.
const forwardMark = "forward "

// forwards says whether a grant is of the kind Forward.
func (g Grant) forwards() bool { return bytes.HasPrefix(g.Document, []byte(forwardMark)) }

// carries gives what a grant of the kind Forward keeps; fault.Missing for one of another kind.
func (g Grant) carries() (c carried, err error) {
	document, ok := bytes.CutPrefix(g.Document, []byte(forwardMark))
	if !ok {
		return c, fmt.Errorf("a grant that is no proxy's: %w", fault.Missing)
	}
	return c, wrap("reading what a grant keeps", json.Unmarshal(document, &c))
}

// pass is somebody who stands at an application's door.
type pass struct {
	key     string // what the identity is kept under: a grant's ID, or a session's
	grant   Grant  // zero on the portal's own host
	session session.Session
	person  account.Account
	read    time.Time
}

// opens is the gate: whether somebody is in by a full session of an open account, within the limits of now, and owes
// nothing before anything else is open to them (ATK-022, ATK-032, ATK-038, ATK-039).
func (p pass) opens(o organisation.Organisation, now time.Time) bool {
	s := p.session.Within(o.Policy.LimitsFor(p.person.Role))
	return s.Stage == session.Full && s.Alive(now) && p.person.ID != "" && p.person.Open(now) &&
		!p.person.MustRenew && !s.AccountRenews && !owesSecond(o.Policy, p.person, s.Level(), now)
}

// owesSecond says whether the policy asks for a second proof at once, which a sign-in of this level has not given.
func owesSecond(policy organisation.Policy, p account.Account, level session.Level, now time.Time) bool {
	if policy.SecondFor(p.Role).Demand != organisation.AtOnce || level == session.Two {
		return false
	}
	standing := policy.Standing(p, now)
	return standing == organisation.Overdue || standing == organisation.Both
}

// passFrom gives the pass that a grant is.
func passFrom(h Held) (pass, error) {
	c, err := h.Grant.carries()
	if err != nil {
		return pass{}, err
	}
	g, p := h.Grant, h.Person
	return pass{key: g.ID, grant: g, person: p, session: session.Session{
		ID: g.ID, Family: g.Family, Organisation: g.Organisation, Account: g.Account, Stage: session.Full,
		Opened: c.Opened, Seen: g.Used, Idle: c.Idle, Until: g.Until, Remembered: c.Remembered, Proof: c.Proof,
		Proved: c.Proved, Ended: g.Ended, AccountOpen: p.State.Open(), AccountLeaves: p.Leaves, AccountRenews: p.MustRenew,
	}}, nil
}

// The bounds of what is kept in memory; the truth is in the store.
const (
	mostPasses     = 50_000
	mostIdentities = 50_000
	mostAreas      = 10_000
)

// tokenServes is how long a signed identity is sent again, and tokenLasts how long it may be believed: signing one for
// each request would cost more than all the rest.
const (
	tokenServes = time.Minute
	tokenLasts  = 5 * time.Minute
)

// usedAfter is how old the stored time of last use may be.
const usedAfter = time.Minute

// gatehouse remembers for a moment what proxies ask about at each request.
type gatehouse struct {
	mu         sync.RWMutex
	passes     map[passKey]pass
	identities map[identityKey]Identity
	areas      map[string]areasRead
}

// passKey is whose cookie a pass is read by.
type passKey struct{ organisation, digest string }

type areasRead struct {
	areas []area
	read  time.Time
}

// isFresh says whether what was read at a time may be believed at another: a revocation is honoured on every node
// within it, and a clock that was set back revives nothing.
func isFresh(read, now time.Time) bool {
	age := now.Sub(read)
	return age >= 0 && age < fresh
}

// put keeps a value in a map that never grows beyond most.
func put[K comparable, V any](g *gatehouse, m *map[K]V, most int, key K, value V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if *m == nil || len(*m) >= most {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// areas gives what the proxies of an organisation guard.
func (f *Flow) areas(ctx context.Context, organisation string, now time.Time) ([]area, error) {
	f.gate.mu.RLock()
	kept, ok := f.gate.areas[organisation]
	f.gate.mu.RUnlock()
	if ok && isFresh(kept.read, now) {
		return kept.areas, nil
	}
	all, err := f.Store.Applications(ctx, organisation)
	if err != nil {
		return nil, fmt.Errorf("reading the applications: %w", err)
	}
	var areas []area
	for _, a := range all {
		if of, ok := areaOf(a); ok {
			areas = append(areas, of)
		}
	}
	put(&f.gate, &f.gate.areas, mostAreas, organisation, areasRead{areas, now})
	return areas, nil
}

// passByToken gives the pass of an application's cookie; fault.Missing for none. A cookie of another application is
// none: what one program could copy opens no other (ATK-094).
func (f *Flow) passByToken(ctx context.Context, organisation, app, token string, now time.Time) (pass, error) {
	if len(token) != forwardTokenLength {
		return pass{}, fault.Missing
	}
	key := passKey{organisation, application.DigestOf(token)}
	f.gate.mu.RLock()
	p, ok := f.gate.passes[key]
	f.gate.mu.RUnlock()
	if !ok || !isFresh(p.read, now) {
		h, err := f.Store.GrantByToken(ctx, organisation, key.digest)
		if err != nil {
			return pass{}, fmt.Errorf("reading a grant: %w", err)
		}
		if h.Reused {
			return pass{}, fault.Missing
		}
		if p, err = passFrom(h); err != nil {
			return pass{}, err
		}
		p.read = now
		put(&f.gate, &f.gate.passes, mostPasses, key, p)
	}
	if p.grant.Application != app || p.grant.Organisation != organisation || !p.grant.In(now) {
		return pass{}, fault.Missing
	}
	return p, nil
}

// touch keeps the time of last use of a grant that has just opened something.
func (f *Flow) touch(p pass, now time.Time) {
	g := p.grant
	if g.ID == "" || now.Sub(p.session.Seen) <= usedAfter {
		return
	}
	g.Used, p.session.Seen = now, now
	put(&f.gate, &f.gate.passes, mostPasses, passKey{g.Organisation, g.Token}, p)
	f.Later(func(ctx context.Context) {
		_ = f.Store.SaveGrant(ctx, g) // the next use tries again
	})
}

// Identity is what an application behind a proxy is told of whoever is in.
type Identity struct {
	// Headers are the contract's, by name: of User, Org, Role and Token each one value, of the others where there is one.
	// They are shared by many answers: nobody changes them.
	Headers map[string][]string

	made   time.Time
	person int64 // version of the account that it was made of
}

// identityKey is what an identity is made for.
type identityKey struct {
	pass, application string
	version           int64 // of the application
}

// identity gives what the application is told, made once and sent again for a minute. There is no identity without a
// user: that is a failure (ATK-059).
func (f *Flow) identity(
	ctx context.Context, o organisation.Organisation, a application.Application, p pass, now time.Time,
) (Identity, error) {
	key := identityKey{p.key, a.ID, a.Version}
	f.gate.mu.RLock()
	kept, ok := f.gate.identities[key]
	f.gate.mu.RUnlock()
	if age := now.Sub(kept.made); ok && kept.person == p.person.Version && age >= 0 && age < tokenServes {
		return kept, nil
	}
	made, err := f.identify(ctx, o, a, p, now)
	if err != nil {
		return Identity{}, err
	}
	put(&f.gate, &f.gate.identities, mostIdentities, key, made)
	if a.ID != "" {
		f.used(ctx, o.ID, a.ID, now)
	}
	return made, nil
}

func (f *Flow) identify(
	ctx context.Context, o organisation.Organisation, a application.Application, p pass, now time.Time,
) (Identity, error) {
	sub := f.subject(a, p.person.ID)
	if sub == "" {
		return Identity{}, fmt.Errorf("an identity without a user: %w", fault.Missing)
	}
	id := Identity{Headers: map[string][]string{}, made: now, person: p.person.Version}
	for name, value := range map[string]string{
		"X-Auth-Request-User": sub, "X-Auth-Request-Preferred-Username": p.person.Identifier,
		"X-Auth-Request-Email": p.person.Reference().Address, "X-Auth-Request-Org": o.Slug,
		"X-Auth-Request-Role": string(p.person.Role),
	} {
		if value != "" && goodValue(value) {
			id.Headers[name] = []string{value}
		}
	}
	token, err := f.Sign(ctx, o.ID, application.ES256, "JWT", f.assertion(o, a, p, sub, now))
	if err != nil {
		return Identity{}, fmt.Errorf("signing an identity: %w", err)
	}
	id.Headers["X-Auth-Request-Token"] = []string{token}
	return id, nil
}

// assertion gives the claims of X-Auth-Request-Token (contract; RFC 7519 §4.1): no more of the person than the page of
// their applications says. Where no application was named it is for the portal's own host.
func (f *Flow) assertion(
	o organisation.Organisation, a application.Application, p pass, sub string, now time.Time,
) map[string]any {
	claims := map[string]any{
		"iss": f.Issuer(o), "aud": cmp.Or(a.ID, f.Issuer(o)), "sub": sub, "iat": now.Unix(), "exp": now.Add(tokenLasts).Unix(),
		"amr": p.session.Proof, "acr": string(p.session.Level()), "sid": sidOf(p.session.Family),
	}
	if !p.session.Proved.IsZero() {
		claims["auth_time"] = p.session.Proved.Unix()
	}
	language := p.person.Language
	if language == "" {
		language = o.Language
	}
	told := claimsOf(o, p.person, language)
	for _, scope := range scopesOf(a, p.grant) {
		maps.Copy(claims, told[scope])
	}
	return claims
}

// goodValue says whether a value can stand in a header as it is: no control characters, which could begin another one,
// and nothing but UTF-8 (RFC 9110 §5.5). One that cannot is left out whole, as a part of a name may be another name.
func goodValue(value string) bool {
	return utf8.ValidString(value) && value == strings.TrimSpace(value) &&
		!strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 })
}

// noteOf gives the journal's line of what somebody did with an application.
func (f *Flow) noteOf(
	p account.Account, a application.Application, act audit.Act, b session.Browser, now time.Time,
) audit.Entry {
	entry := f.note(Grant{Organisation: p.Organisation, Account: p.ID}, act, a.Name, now)
	entry.Address, entry.Device = b.From(), b.Device
	return entry
}
