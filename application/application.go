// Package application describes a program behind the door: what it is called, who may enter it, and how it is told who
// has entered.
//
// It promises that an application is let in only with addresses that Check has looked at; that Rule alone says who may
// enter; that its secret is 256 random bits of which nothing but one hash is kept; and that what it is known by is never
// what a person is known by (RFC 9700 §4.15; OAU-10).
package application

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
)

// Kind is how an application learns who has entered.
type Kind string

// The kinds.
const (
	OpenID  Kind = "openid"  // OpenID Connect Core 1.0: the application asks us
	Forward Kind = "forward" // the proxy before the application asks us, for each request (forward-auth)
)

// Kinds lists every kind.
var Kinds = []Kind{OpenID, Forward}

// Algorithm is how an application's ID tokens are signed (RFC 7518 §3.1, RFC 8037).
type Algorithm string

// The algorithms. RS256 is what every client must know (OpenID Connect Core 1.0 §15.1); ES256 costs forty times less.
const (
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
	EdDSA Algorithm = "EdDSA"
)

// Algorithms lists every algorithm, the default first.
var Algorithms = []Algorithm{RS256, ES256, EdDSA}

// Application is one program behind the door of one organisation.
type Application struct {
	ID           string // the client_id: letters and digits, permanent, never a person's sub
	Organisation string
	Name         string // as people call it: "Cantine"
	About        string // one line on the tile
	URL          string // where the tile leads; of Forward also the area that is guarded: everything below it
	Kind         Kind
	Template     Template
	Own          bool // the organisation's own: nobody is asked whether it may know them (ASVS 10.7.1)
	Tile         bool // shown on the home page of whoever may enter
	Rule         Rule

	// What follows is of OpenID.
	Redirects       []string // redirect_uri, compared letter by letter (RFC 9700 §2.1)
	LogoutRedirects []string // post_logout_redirect_uri, likewise
	BackChannel     string   // backchannel_logout_uri; empty for none
	Public          bool     // has no secret: a program in a browser or on a phone (RFC 6749 §2.1)
	NoPKCE          bool     // may do without PKCE; never of a public one (RFC 9700 §2.1.1)
	Secret          string   // DigestOf the client secret; empty where there is none
	Signs           Algorithm
	Pairwise        bool // knows people by a sub of its own (OpenID Connect Core 1.0 §8.1)

	Created time.Time
	Used    time.Time // last entry, to the minute; zero for never
	Revoked time.Time // nobody enters from then on; zero while it is let in
	Version int64     // counts changes, see fault.Stale
}

// Open says whether the application is let in.
func (a Application) Open() bool { return a.Revoked.IsZero() && a.ID != "" }

// NewID gives a client_id: 30 letters and digits, of a length that no account's ID has.
func NewID() string { return "app" + strings.ToLower(rand.Text()) + "0" }

// NewSecret gives a client secret of 256 random bits: 52 letters and digits, so that no encoding can spoil it
// (RFC 6749 §2.3.1).
func NewSecret() string { return rand.Text() + rand.Text() }

// DigestOf gives what is kept of a secret: one hash, as 256 random bits need no slow one (ASVS 6.5.2; ADR-0027).
func DigestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Knows says whether this is the application's secret; never for one that has none.
func (a Application) Knows(secret string) bool {
	return a.Secret != "" && secret != "" && subtle.ConstantTimeCompare([]byte(a.Secret), []byte(DigestOf(secret))) == 1
}
