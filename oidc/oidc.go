// Package oidc is sign-in for other programs: an OpenID Connect provider for each organisation's host, and the answer to
// proxies that ask who is there (forward-auth).
//
// It promises that who may enter is decided in Rules and in application.Rule and nowhere else; that a code, a pushed
// request and a refresh token are used once, whoever races for them; that what an application holds ends with the
// sign-in it came from, with the account, and with the application itself; that a database that is away costs nobody
// their tokens; and that no token, code or secret is at rest but as a hash.
package oidc

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/luikyv/go-oidc/pkg/provider"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/organisation"
)

// Grant is what one application holds of one person's sign-in: an authorization code, then tokens; or, for a proxy, a
// cookie. It is the grant of RFC 6749 §1.3.
type Grant struct {
	ID           string
	Organisation string // its ID
	Application  string // its ID
	Account      string // its ID
	Family       string // session.Session.Family that it was given in; it ends with it
	SID          string // what the application knows of the sign-in (OpenID Connect Back-Channel Logout 1.0 §2.1)
	Document     []byte // what the provider keeps of it, without code and tokens; of Forward, see carried
	Code         string // digest of the authorization code, or of the code that hands a proxy its cookie
	CodeUntil    time.Time
	Token        string // digest of the refresh token, or of the cookie, in force; empty for none
	Retired      string // digest that Token takes over from; SaveGrant keeps it, so that its return is noticed
	Opened       time.Time
	Used         time.Time // to the minute
	Until        time.Time // over from then on whatever happens
	Ended        time.Time // zero while in force
	Because      End
	Version      int64 // counts changes, see fault.Stale
}

// In says whether the grant is in force, but for the account.
func (g Grant) In(now time.Time) bool { return g.ID != "" && g.Ended.IsZero() && now.Before(g.Until) }

// End is why a grant ended.
type End string

// The ends.
const (
	SignedOut End = "signed-out" // the sign-in that it came from has ended
	Replayed  End = "replayed"   // a code or a refresh token came a second time (RFC 9700 §4.14)
	Returned  End = "returned"   // the application gave it back (RFC 7009)
	Withdrawn End = "withdrawn"  // its owner took it back
	Shut      End = "shut"       // the application was revoked
)

// Ends lists every end.
var Ends = []End{SignedOut, Replayed, Returned, Withdrawn, Shut}

// Told says whether an application that wants to know is told of this end: of those that it has no part in.
func (e End) Told() bool { return e == SignedOut || e == Withdrawn || e == Shut }

// Held is a grant, and whose it is as they are now.
type Held struct {
	Grant  Grant
	Person account.Account
	Reused bool // it was found by a token that another one had taken over from
}

// Request is an authorization request that waits for its person, or was pushed and waits for its browser (RFC 9126).
type Request struct {
	ID           string // unguessable; stands in addresses
	Organisation string
	Application  string
	Handle       string // digest of the request_uri of a pushed one; empty else
	Document     []byte // what the provider keeps of it
	Until        time.Time
	Over         bool  // it has led to a code or to a refusal: it leads nowhere any more
	Version      int64 // counts changes, see fault.Stale
}

// Consent is what somebody has let an application know (ASVS 10.7).
type Consent struct {
	Organisation string
	Application  string
	Account      string
	Scopes       []string
	Given        time.Time
}

// Key is a signing key as it is kept.
type Key struct {
	Organisation string
	ID           string // "kid"
	Algorithm    application.Algorithm
	Sealed       []byte    // PKCS #8, sealed by AES-256-GCM
	From         time.Time // signs from then on; published before (OpenID Connect Core 1.0 §10.1.1)
	Until        time.Time // signs no more from then on
	Gone         time.Time // published no more from then on
}

// Store is what the flow needs kept. Every method names its organisation.
type Store interface {
	// Application gives one, revoked ones too; fault.Missing for none.
	Application(ctx context.Context, organisation, id string) (application.Application, error)
	// Applications gives all of an organisation that are not revoked, by name.
	Applications(ctx context.Context, organisation string) ([]application.Application, error)
	// UseApplication keeps the time of last use; it never sets it back.
	UseApplication(ctx context.Context, organisation, id string, now time.Time) error

	// SaveRequest writes a request of Version 0 as new, and any other one over that of the same version; fault.Stale when
	// that one has changed, or when a new one is there already.
	SaveRequest(ctx context.Context, r Request) error
	// Request gives fault.Missing for none.
	Request(ctx context.Context, organisation, id string) (Request, error)
	// RequestByHandle finds a pushed one; fault.Missing for none.
	RequestByHandle(ctx context.Context, organisation, digest string) (Request, error)

	// OpenGrant writes a new grant with its note, while the account is open and the application is not revoked, and a
	// session of the family is open; fault.Stale otherwise.
	OpenGrant(ctx context.Context, g Grant, note audit.Entry) error
	// SaveGrant writes a grant over that of the same version: its document, code, token, times and end. It gives
	// fault.Stale when that one has changed. A Retired digest is kept. A grant that ends takes its note along, and promises
	// the application its notice where Because is SignedOut, Withdrawn or Shut.
	SaveGrant(ctx context.Context, g Grant, notes ...audit.Entry) error
	// Grant gives fault.Missing for none.
	Grant(ctx context.Context, organisation, id string) (Held, error)
	// GrantByCode gives fault.Missing for none.
	GrantByCode(ctx context.Context, organisation, digest string) (Held, error)
	// GrantByToken finds the grant of a token in force, or, as Reused, of a retired one; fault.Missing for none.
	GrantByToken(ctx context.Context, organisation, digest string) (Held, error)
	// GrantsOf gives the grants of an account that are in force at now, the last used one first.
	GrantsOf(ctx context.Context, organisation, account string, now time.Time) ([]Grant, error)
	// EndGrants ends what an application holds of an account, and takes its consent away; each application that wants it
	// is promised a notice. Nothing happens when there is nothing.
	EndGrants(ctx context.Context, organisation, account, application string, because End, note audit.Entry) error
	// FamilyBySID finds the sign-in that an application knows by a SID; fault.Missing for none.
	FamilyBySID(ctx context.Context, organisation, sid string) (family, account string, err error)

	// Consent gives what was consented to, zero when nothing was.
	Consent(ctx context.Context, organisation, account, application string) (Consent, error)
	// SaveConsent writes it over the one before.
	SaveConsent(ctx context.Context, c Consent, note audit.Entry) error
	// ConsentsOf gives all of an account.
	ConsentsOf(ctx context.Context, organisation, account string) ([]Consent, error)

	// Note appends to the journal.
	Note(ctx context.Context, entries ...audit.Entry) error
	// Spend notes that something that serves once has served; fault.Stale when it has before.
	Spend(ctx context.Context, organisation, digest string, until time.Time) error

	// Keys gives all signing keys of an organisation that are not gone at now, the oldest first.
	Keys(ctx context.Context, organisation string, now time.Time) ([]Key, error)
	// AddKey adds one; fault.Stale when there is one of this algorithm with the same From already: another node was faster.
	AddKey(ctx context.Context, k Key) error
	// KeyHolders gives the IDs of the organisations that have signing keys.
	KeyHolders(ctx context.Context) ([]string, error)

	// Organisation gives one; fault.Missing for none.
	Organisation(ctx context.Context, id string) (organisation.Organisation, error)
}

// Flow signs people in to applications.
type Flow struct {
	Store    Store
	Sealer   *Sealer
	Pairwise []byte                                 // key of pairwise subs
	Issuer   func(organisation.Organisation) string // public address of the portal, without a slash at its end
	Now      func() time.Time
	NewID    func() string
	Later    func(func(context.Context))
	Log      *slog.Logger
	Outward  *http.Client // of Outward: it tells applications of sign-outs

	keys  keyRing
	gate  gatehouse
	crowd crowd

	mu           sync.RWMutex
	providers    map[string]*provider.Provider // by issuer
	applications map[string]applicationRead    // by organisation and ID
}
