// Package session describes a signed-in browser: whose it is, how sure we are, and how long it lasts.
//
// It promises that a token is 256 random bits of which the store sees only a hash, that both limits (idle and absolute)
// are decided here from times, and that a session opened by recovery opens nothing but the renewal page.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// Stage says what a session opens.
type Stage string

// The stages of a session. A stage never changes: a step up is a new session with a new token (ASVS 7.2.4).
const (
	Renewal Stage = "renewal" // opens the renewal page and nothing else (ADR-0005)
	Second  Stage = "second"  // one proof was given: opens the page that asks for the second, and nothing else (ATK-034)
	SetUp   Stage = "set-up"  // opens the pages that set up a second proof, which the policy asks, and nothing else
	Full    Stage = "full"    // opens what the person may open
)

// Stages lists every stage.
var Stages = []Stage{Renewal, Second, SetUp, Full}

// Session is one browser's open door.
type Session struct {
	ID            string // SHA-256 of the token, base64url: safe to log a prefix of
	Organisation  string
	Account       string
	Stage         Stage
	Opened        time.Time
	Seen          time.Time     // last use, to the minute
	Idle          time.Duration // ends this long after Seen
	Until         time.Time     // ends then whatever happens
	Remembered    bool          // the cookie outlives the browser window
	Secret        string        // for Renewal and Second: the recovery secret that opened it; empty for a password
	Proof         []string      // RFC 8176 "amr" values, see ByPassword
	Device        string        // browser and system in words
	Address       string        // from where it was opened
	Ended         time.Time     // zero while open
	EndedBecause  End
	AccountOpen   bool      // the account's state, read with the session
	AccountLeaves time.Time // the account is closed from then on; zero for never
	AccountRenews bool      // the account must renew its password before anything else
	Proved        time.Time // when the person last proved who they are; zero for never

	// What follows is of remembered sessions, whose token changes as they are used (ATK-037).
	Family    string    // the ID of the first session of the chain; its own ID when it is the first
	Issued    time.Time // when this token was made
	Confirmed bool      // the browser has come back with this token, so that the one before is over for good
	Successor string    // the ID of the session that took over, for Rotated
}

// Fresh and FreshForTeam are how long a proof opens sensitive acts: on one's own account (ASVS 7.5.1, ATK-065), and on
// other people's, where asking each five minutes would teach managers to type their password without thinking.
const (
	Fresh        = 5 * time.Minute
	FreshForTeam = 15 * time.Minute
)

// Proven says whether the person has proved who they are no longer ago than within.
func (s Session) Proven(now time.Time, within time.Duration) bool {
	age := now.Sub(s.Proved)
	return !s.Proved.IsZero() && age < within && age > -Skew
}

// End says why a session ended.
type End string

// The ends of a session.
const (
	SignedOut End = "signed-out"
	Renewed   End = "renewed" // the password was chosen anew: every session of the account ends
	Stopped   End = "stopped" // a manager, or a change of the account's state, ended it
	Replaced  End = "replaced"
	Rotated   End = "rotated" // a remembered session goes on under a new token
	Stolen    End = "stolen"  // a token came back that had been replaced: somebody has a copy (ATK-037)
)

// Limits says how long sessions of one role last. Zero Remember forbids "je reste connecté(e)".
type Limits struct {
	Idle     time.Duration `json:"idle"`
	Absolute time.Duration `json:"absolute"`
	Remember time.Duration `json:"remember"` // at most 30 days (NIST SP 800-63B-4 §5.1, ADR-0005)
}

// SecondLasts is how long a session waits for the second proof (NIST SP 800-63B-4 §5.1: no longer than it takes).
const SecondLasts = 10 * time.Minute

// SetUpLasts is how long a session waits for a second proof to be set up: time enough to find the telephone.
const SetUpLasts = 30 * time.Minute

// RenewalLasts is how long a renewal session stays open: time enough to think of a password.
const RenewalLasts = 30 * time.Minute

// NewToken makes a session token: 256 random bits in base64url, and the ID under which the store keeps it.
func NewToken() (token, id string) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24)
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, IDOf(token)
}

// TokenLength is the length of a token in characters.
const TokenLength = 43

// IDOf gives the ID under which the store keeps the session of this token. A token of another length has no ID ("").
func IDOf(token string) string {
	if len(token) != TokenLength {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Alive says whether the session is open at this time: not ended, within both limits, and not from the future
// (a clock that was set back must not revive what it once refused).
func (s Session) Alive(now time.Time) bool {
	within := now.Before(s.Until) && now.Before(s.Seen.Add(s.Idle)) && !now.Before(s.Opened.Add(-Skew))
	stays := s.AccountLeaves.IsZero() || now.Before(s.AccountLeaves)
	return within && s.Ended.IsZero() && s.AccountOpen && stays
}

// Skew is how far the clocks of two nodes may be apart.
const Skew = 2 * time.Minute
