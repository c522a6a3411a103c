package courier

import (
	"strings"
	"time"

	"loquet/account"
	"loquet/courier/bounce"
)

// Outcome is what became of a letter, as far as is known. It is for whoever asks why nothing came; State is for the
// worker.
type Outcome string

// The outcomes, in the order in which a letter may come to them.
const (
	Queued    Outcome = "queued"    // it waits for its first try
	Deferred  Outcome = "deferred"  // a server did not take it yet, and is tried again
	Accepted  Outcome = "accepted"  // our mail server has taken it
	Delivered Outcome = "delivered" // the recipient's mail server has reported that it has it
	Bounced   Outcome = "bounced"   // it was taken, and came back
	Refused   Outcome = "refused"   // a server said no at once, or its time was over: given up
	Dropped   Outcome = "dropped"   // no longer wanted before it was sent
)

// Outcomes lists every outcome.
var Outcomes = []Outcome{Queued, Deferred, Accepted, Delivered, Bounced, Refused, Dropped}

// Delivery is what became of one letter: what managers and the desk are told, and never what was in it.
type Delivery struct {
	Item      string // the letter's ID
	Account   string // the person's ID; "" for a letter about several accounts
	Kind      Kind
	Recipient string    // in full: whoever shows it to somebody who may not know it masks it
	Promised  time.Time // when it was written down to be sent
	Accepted  time.Time // when our mail server took it; zero when it did not
	Outcome   Outcome
	At        time.Time // when it came to this; zero where that was not kept
	Status    string    // the code of RFC 3463, "5.1.1"; "" where nobody gave one
	By        string    // the server that said it: "mx.orange.example"; "" where it is our own
	Said      string    // its words, on one line; "" for none
	Attempts  int       // tries that were put off before
}

// Why is what the code says about a letter that did not arrive, or not yet.
func (d Delivery) Why() bounce.Reason { return bounce.ReasonOf(d.Status) }

// Gone says whether the address itself does not work, so that nothing more will arrive there.
func (d Delivery) Gone() bool {
	return (d.Outcome == Bounced || d.Outcome == Refused) && d.Why() == bounce.Gone
}

// Domain is the part of the recipient after the @, in lower case; "" for a text message.
func (d Delivery) Domain() string {
	at := strings.LastIndexByte(d.Recipient, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(d.Recipient[at+1:])
}

// Return is what a server has reported about one letter after it was taken.
type Return struct {
	Item      string  // the letter's ID, as the address that the report came to names it
	Recipient string  // whom the report is about; "" where it does not say
	Outcome   Outcome // Deferred, Delivered or Bounced
	Gone      bool    // the address itself does not work: it is flagged
	Status    string  // as in Delivery, here and below
	By        string
	Said      string
	At        time.Time // when the report came
}

// OutcomeOf gives what became of an item of the outbox: what its row says or, for one that says nothing because an older
// Loquet wrote it or because it is still to be sent, what its state says.
func OutcomeOf(kept Outcome, state State, attempts int) Outcome {
	switch {
	case kept != "":
		return kept
	case state == Failed:
		return Refused
	case state == Sent:
		return Accepted
	case attempts > 0:
		return Deferred
	}
	return Queued
}

// Follows says whether a report may change what is known of a letter: only towards its end, and a new word about a
// delay. What came back stays so.
func (o Outcome) Follows(was Outcome) bool {
	rank := map[Outcome]int{Accepted: 1, Deferred: 2, Delivered: 3, Bounced: 4}
	return rank[was] > 0 && (rank[o] > rank[was] || o == Deferred && was == Deferred)
}

// Masked gives what somebody may be shown who must not learn the address.
func (d Delivery) Masked() Delivery {
	if strings.HasPrefix(d.Recipient, "+") {
		d.Recipient = account.MaskMobile(d.Recipient)
	} else {
		d.Recipient = account.MaskEmail(d.Recipient)
	}
	d.Said = masked(d.Said)
	return d
}
