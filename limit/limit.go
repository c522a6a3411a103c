// Package limit decides how often something may be done: one pure function, the generic cell rate algorithm.
//
// It promises that a decision depends only on the stored time, the rate and the clock; that what is counted is what was
// typed, never what exists (ENUM-04); and that the keys it makes reveal nothing of what was typed.
package limit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"time"
)

// Rate allows Burst acts at once, and then one more each Every.
type Rate struct {
	Burst int           `json:"burst" toml:"burst"`
	Every time.Duration `json:"every" toml:"every"`
}

// Tolerance is how far ahead of the clock the stored time may run.
func (r Rate) Tolerance() time.Duration { return time.Duration(r.Burst) * r.Every }

// Skew is how far apart the clocks of two nodes may be.
const Skew = 2 * time.Minute

// Decide takes the stored theoretical arrival time (zero when nothing is stored) and gives the one to store, whether the
// act is allowed, and when not, how long to wait. A refused act leaves the stored time as it was.
//
// A stored time further ahead than acts can have led to was made by a clock that has been set back since, and counts as
// none: it would lock people out for as long as the clock was wrong (ATK-088).
func Decide(stored, now time.Time, r Rate) (next time.Time, allowed bool, wait time.Duration) {
	from := stored
	if from.Before(now) || from.After(now.Add(r.Tolerance()+Skew)) {
		from = now
	}
	next = from.Add(r.Every)
	if ahead := next.Sub(now); ahead > r.Tolerance() {
		return stored, false, ahead - r.Tolerance()
	}
	return next, true, 0
}

// Count is one act to be counted: the key under which it is counted and the rate that holds.
type Count struct {
	Key  string
	Rate Rate
}

// Over is the error of an act that its rates do not allow now.
type Over struct {
	Wait time.Duration // until they will
}

func (o Over) Error() string { return "over the rate for " + o.Wait.String() }

// Key makes the key of a limit from its kind and what is counted (what was typed, an address). The secret keeps a
// reader of the table from finding out what was typed.
func Key(secret []byte, kind, organisation, what string) string {
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{"limit", kind, organisation, what} {
		mac.Write([]byte{byte(len(part) >> 8), byte(len(part))})
		mac.Write([]byte(part))
	}
	return kind + ":" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Network gives the network that an address belongs to: /24 for IPv4, /56 for IPv6, so that one subscriber is one
// network whatever the number of addresses.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 56
	}
	p, _ := a.Prefix(bits) // the zero Addr gives the zero Prefix
	return p
}
