package profile

import (
	"time"

	"loquet/account"
	"loquet/courier"
)

// Kind is which address changes.
type Kind string

// The kinds of an address.
const (
	Email  Kind = "email"  // the reference address, which recovery writes to
	Mobile Kind = "mobile" // the number that text messages go to
)

// Kinds lists every kind.
var Kinds = []Kind{Email, Mobile}

const (
	// CoolingOff is how long a confirmed address waits before it serves, and how long the old one can stop it, for every
	// organisation (design §5; ATK-073: 24 to 72 h).
	CoolingOff = 48 * time.Hour
	// ConfirmWithin is how long a new address may take to confirm.
	ConfirmWithin = 7 * 24 * time.Hour
)

// AddressChange is one change of an address, from the asking to the end of its cooling-off. It stores the address that
// its link confirms (ATK-011), and digests only of its links: they are derived from its ID when a letter is written.
type AddressChange struct {
	ID            string
	Organisation  string
	Account       string
	Kind          Kind
	Address       string // the new one, as letters or texts go to it
	State         State
	Asked         time.Time
	AskedBy       string    // the account's ID: its owner's or a manager's
	Device        string    // that it was asked from, in words
	Guarded       bool      // a proven address was told, and serves meanwhile
	Proven        bool      // the link came back from the new address
	Moved         time.Time // when it came to its state
	Until         time.Time // when the time of its state is over: to confirm, to wait, or to stop what serves already
	ConfirmDigest string
	StopDigest    string
	Letter        string // the ID of the letter to the new address; empty for none
}

// Serves gives when recovery will use the new address, or has since; zero while that is not known.
func (c AddressChange) Serves() time.Time {
	switch {
	case c.State == Confirmed:
		return c.Until
	case c.State == Serving:
		return c.Moved
	}
	return time.Time{}
}

// Masked gives the new address as journals and the old address's letters show it.
func (c AddressChange) Masked() string {
	if c.Kind == Mobile {
		return account.MaskMobile(c.Address)
	}
	return account.MaskEmail(c.Address)
}

// Pending is a change of an address that can still be stopped, for the pages that show it.
type Pending struct {
	AddressChange

	Went courier.State // where the letter to the new address stands; empty when none was sent or kept
	Said string        // for a letter that failed, or is tried again: what the other side answered
	By   string        // name of the manager who asked; empty for the owner
}

// Letter is one letter to a person as the outbox still keeps it.
type Letter struct {
	Kind     courier.Kind
	To       string
	Promised time.Time
	State    courier.State
	Finished time.Time
}
