package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"loquet/courier/bounce"
	"loquet/fault"
)

// Fate is what was done with a mail that came to the address of returns.
type Fate string

// The fates. Only FateKept has changed anything.
const (
	FateKept     Fate = "kept"      // what it says is on the letter's row
	FateStranger Fate = "stranger"  // nobody here has made the address that it came to
	FateForeign  Fate = "foreign"   // the letter it came for went to nobody that it speaks of
	FateNoReport Fate = "no-report" // an absence note, an answer or spam
	FateNoNews   Fate = "no-news"   // a report that says nothing about the end: relayed, expanded
	FateKnown    Fate = "known"     // said before, or the letter is gone from the books
)

// Fates lists every fate.
var Fates = []Fate{FateKept, FateStranger, FateForeign, FateNoReport, FateNoNews, FateKnown}

// Ledger keeps what is reported. The store is one.
type Ledger interface {
	// Returned keeps a report about a letter that was handed over, once. fault.Missing says that there is no such
	// letter or that it went to somebody else, ErrKnown that nothing new was said, fault.Stale that the letter is still
	// being handed over.
	Returned(ctx context.Context, back Return) error
	// Addressee gives whom a letter went to; fault.Missing when there is no such letter.
	Addressee(ctx context.Context, item string) (recipient string, err error)
}

// ErrKnown says that a report says nothing new.
var ErrKnown = errors.New("the report says nothing new")

// Returns takes the mail that came back. It is safe for use by many goroutines.
type Returns struct {
	Address bounce.Address
	Ledger  Ledger
	Log     *slog.Logger
	Now     func() time.Time
	Watch   func(Fate) // for figures; nil for none
}

// Take reads one mail that came to recipient, which is from its envelope. An error means that it is worth trying again,
// and nothing else: whatever is forged, broken or not ours has a Fate and no error, so that no server is made to send a
// second report about the first.
func (r *Returns) Take(ctx context.Context, recipient string, raw []byte) (Fate, error) {
	fate, err := r.take(ctx, recipient, raw)
	if err != nil {
		r.Log.Warn("returned mail could not be kept", "error", masked(err.Error()))
		return "", err
	}
	r.Log.Info("mail came back", "fate", fate)
	if r.Watch != nil {
		r.Watch(fate)
	}
	return fate, nil
}

func (r *Returns) take(ctx context.Context, recipient string, raw []byte) (Fate, error) {
	item, ours := r.Address.Read(recipient)
	if !ours {
		return FateStranger, nil
	}
	report, err := bounce.Parse(raw)
	if err != nil {
		return FateNoReport, nil //nolint:nilerr // whoever writes to the address has no right to an answer
	}
	to, err := r.Ledger.Addressee(ctx, item)
	if errors.Is(err, fault.Missing) {
		return FateKnown, nil
	}
	if err != nil {
		return "", fmt.Errorf("finding the letter that came back: %w", err)
	}
	about, ok := report.About(to)
	if !ok {
		return FateForeign, nil
	}
	back, news := r.read(item, to, about)
	if !news {
		return FateNoNews, nil
	}
	switch err := r.Ledger.Returned(ctx, back); {
	case errors.Is(err, ErrKnown), errors.Is(err, fault.Missing):
		return FateKnown, nil
	case err != nil:
		return "", fmt.Errorf("keeping what came back: %w", err)
	}
	return FateKept, nil
}

// outcomes gives what an action of a report means for the letter.
var outcomes = map[bounce.Action]Outcome{
	bounce.Failed: Bounced, bounce.Delayed: Deferred, bounce.Delivered: Delivered,
}

func (r *Returns) read(item, to string, about bounce.Recipient) (Return, bool) {
	outcome, news := outcomes[about.Action]
	return Return{
		Item: item, Recipient: to, Outcome: outcome, Gone: about.Gone(), Status: about.Status,
		By: tidy(about.By, longestName), Said: masked(about.Said), At: r.Now(),
	}, news
}
