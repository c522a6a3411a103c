package courier

import (
	"context"
	"time"
)

// State is where an item of the outbox stands.
type State string

// The states of an item.
const (
	Waiting State = "waiting" // to be tried when due
	Leased  State = "leased"  // a worker has it until the lease runs out
	Sent    State = "sent"    // handed to the mail server, or over without a letter
	Failed  State = "failed"  // given up: the manager sees it
)

// States lists every state.
var States = []State{Waiting, Leased, Sent, Failed}

// Item is one row of the outbox: a letter or a notice that was promised, or a request that was recorded.
type Item struct {
	ID           string // opaque, permanent
	Organisation string // its ID
	Account      string // the person's ID; empty for requests and for letters about several accounts
	Kind         Kind   // one of Kinds, Texts, Requests or Notices
	Recipient    string // the address from the store; empty for requests
	Payload      []byte // JSON of the facts needed to write the letter; never a secret
	Created      time.Time
	Due          time.Time // not tried before
	Expires      time.Time // given up after; zero means LongestTry after Created
	Attempts     int       // tries that were recorded by Again before this one
}

// Outbox is the durable queue. The store keeps it; a row is written in the transaction that promises the letter.
type Outbox interface {
	// Lease gives at most max items that are waiting and due at now, or whose lease ran out at now, oldest due first,
	// and leases them until the given time. Two workers never get the same item.
	Lease(ctx context.Context, now, until time.Time, max int) ([]Item, error)
	// Sent says that the mail server has taken the letter: state and journal.
	Sent(ctx context.Context, i Item, now time.Time) error
	// Done says that the item is over without a letter: a request that was decided, or a letter that is no longer
	// wanted. The journal stays silent. An item that is already over is no error.
	Done(ctx context.Context, i Item, now time.Time) error
	// Again puts the item back until due and counts one attempt; said is what the mail server answered.
	Again(ctx context.Context, i Item, due time.Time, said string) error
	// Failed says that the letter was given up: state and journal; the manager sees said.
	Failed(ctx context.Context, i Item, now time.Time, said string) error
	// Wake is ready when this process has put something into the outbox.
	Wake() <-chan struct{}
}

// Batch is what an Outbox may offer on top: many letters marked as sent in one transaction.
type Batch interface {
	// SentAll is Sent for each item, all of them or none. An item that is already over is no error.
	SentAll(ctx context.Context, items []Item, now time.Time) error
}

// Refuser is what an Outbox may offer on top: a refusal that came with a code of RFC 3463.
type Refuser interface {
	// Refused is Failed for a letter that a server has refused at once: the code is kept, and the address is flagged
	// when back says that it does not work. An item that is already over is no error.
	Refused(ctx context.Context, i Item, now time.Time, back Return) error
}

// LongestTry is how long a letter without an end is tried (RFC 5321 §4.5.4.1: at least 4 days).
const LongestTry = 4 * 24 * time.Hour

// LongestNotice is how long a notice is tried: by then the application's own session is over, or its tokens are.
const LongestNotice = time.Hour
