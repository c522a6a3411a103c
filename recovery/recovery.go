// Package recovery leads from "I cannot get in" to a new password.
//
// It promises that every decision stands in Rules; that asking makes no look-up, so that nobody learns who exists
// (ADR-0004); that asking changes nothing for the owner, whose old password works until a new one is saved (ADR-0005);
// and that a password is set only in the transaction that burns the proof for it (ATK-007).
package recovery

import (
	"context"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Store is what the flow needs kept.
type Store interface {
	// Count is signin.Store's.
	Count(ctx context.Context, counts []limit.Count, now time.Time) (allowed bool, wait time.Duration, err error)
	// Queue counts all of counts and writes the outbox row of a request, and nothing else. It gives limit.Over when one is
	// over its rate; no row is written then.
	Queue(ctx context.Context, item courier.Item, counts ...limit.Count) error
	// Organisation gives fault.Missing when there is none.
	Organisation(ctx context.Context, id string) (organisation.Organisation, error)
	// Account gives fault.Missing when there is none in this organisation.
	Account(ctx context.Context, organisation, id string) (account.Account, error)
	// Behind gives the accounts that the lookup stands for, at most max, in the order of their identifiers. Lookups by
	// e-mail find proven addresses only.
	Behind(ctx context.Context, organisation string, who account.Lookup, max int) ([]account.Account, error)
	// Issue gives the issue that one of the digests names; fault.Missing when there is none.
	Issue(ctx context.Context, organisation string, digests ...string) (credential.Issue, error)
	// IssueByID gives an issue; fault.Missing when there is none in this organisation.
	IssueByID(ctx context.Context, organisation, id string) (credential.Issue, error)
	// NewestIssue gives the account's last issue, whatever became of it; fault.Missing when there is none.
	NewestIssue(ctx context.Context, organisation, account string) (credential.Issue, error)
	// Hash gives the account's password hash, empty when there is none.
	Hash(ctx context.Context, organisation, account string) (string, error)
	// Factors is signin.Store's.
	Factors(ctx context.Context, organisation, account string) (credential.Factors, error)
	// Everybody hands each all accounts of an organisation, in the order of their identifiers, and reads a bounded number
	// at a time; an error of each ends it and comes back.
	Everybody(ctx context.Context, organisation string, each func(account.Account) error) error
	// Stayers counts the managers who stay (account.Account.Stays), at most three of them.
	Stayers(ctx context.Context, organisation string) (int, error)
	// Operators counts the operators of the platform who may help.
	Operators(ctx context.Context) (int, error)
	// Footings counts the people who may sign in at a time, by all that FootingOf looks at; a mobile that is in force since
	// ripe or before is ripe.
	Footings(ctx context.Context, organisation string, now, ripe time.Time) ([]Group, error)
	// PeopleIn gives at most max people of some groups of the same moment, by name; their keys stand between commas.
	PeopleIn(ctx context.Context, organisation, keys string, now, ripe time.Time, max int) ([]account.Account, error)
	// ApplyRecovery does all of a Change in one transaction. It gives fault.Stale when something to burn is not there
	// to burn any more.
	ApplyRecovery(ctx context.Context, c Change) error
}

// Change is what one step leads to.
type Change struct {
	Now          time.Time
	Organisation string
	Account      string

	Request     string            // the outbox row that this answers; it is taken away, guarded
	EndIssues   bool              // every living issue of the account
	Issue       *credential.Issue // to keep
	Letters     []courier.Item    // to queue
	Burn        string            // an issue, guarded
	Open        *session.Session
	Replace     string                   // the session that this browser held
	BurnRenewal string                   // a renewal session, guarded
	Hash        string                   // the new password; the account becomes active and need not renew
	Factor      *credential.FactorChange // a passkey instead of the password; the account becomes active as well
	Use         *credential.Use          // the challenge that it answers, guarded
	Proves      string                   // an address of the account that has been proven; empty for none
	EndSessions bool                     // every session of the account
	Clear       []string
	Notes       []audit.Entry // without number and chain
}

// Limits are the rates of recovery.
type Limits struct {
	Asked   limit.Rate   // requests from one address
	Network limit.Rate   // requests from one network
	Given   limit.Rate   // codes and links tried from one address
	GivenBy limit.Rate   // codes and links tried from one network
	Letters []limit.Rate // letters to one account
	Mailbox limit.Rate   // letters to one address, whatever the number of accounts behind it
	Slips   limit.Rate   // printed for one account
}

// DefaultLimits lets a person have six letters at once and ten an hour at most (contract), and a whole school or town
// hall behind one address ask on the same morning.
func DefaultLimits() Limits {
	return Limits{
		Asked:   limit.Rate{Burst: 5000, Every: 10 * time.Millisecond},
		Network: limit.Rate{Burst: 20000, Every: 5 * time.Millisecond},
		Given:   limit.Rate{Burst: 20, Every: time.Minute},
		GivenBy: limit.Rate{Burst: 200, Every: 10 * time.Second},
		Letters: []limit.Rate{{Burst: 6, Every: 15 * time.Minute}, {Burst: 24, Every: time.Hour}},
		Mailbox: limit.Rate{Burst: 30, Every: 5 * time.Minute},
		Slips:   limit.Rate{Burst: 6, Every: 15 * time.Minute},
	}
}

// Flow recovers access.
type Flow struct {
	Store  Store
	Hasher *credential.Hasher
	Forge  *credential.Forge
	Key    []byte // of limit keys
	Limits Limits
	Now    func() time.Time
	NewID  func() string
	// PortalURL gives the public address of an organisation from the configuration, never from a request (ATK-003).
	PortalURL func(organisation.Organisation) string
	// Texts says that text messages can be sent; without it no mobile is told of a slip.
	Texts bool
	// TriesOf gives the limit keys of sign-in that a finished renewal clears.
	TriesOf func(org string, lookups ...account.Lookup) []string
}

func (f *Flow) note(c *Change, act audit.Act, b session.Browser, actor, detail string) {
	c.Notes = append(c.Notes, audit.Entry{
		Organisation: c.Organisation, At: c.Now, Act: act, Actor: actor, Target: c.Account,
		Address: b.From(), Device: b.Device, Detail: detail,
	})
}
