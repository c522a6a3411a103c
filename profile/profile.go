// Package profile is what people change about themselves: their password, their second proofs, their addresses, their
// devices, their language; and the change of somebody's address by a manager, which is the same table.
//
// It promises that every decision about an address stands in Rules, and every one about what may be taken from one's
// proofs in FactorRules, so that the last way in is never taken; that the address in force goes on serving, and its
// owner is told and can stop it all, until the new one has been confirmed and the cooling-off is over (ATK-073); that
// no sensitive act goes on without a fresh proof (ATK-065); and that a proof gives the browser a new session ID (ASVS
// 7.2.4).
package profile

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

// Actor is whoever acts, and where. Person and Session are zero for somebody who follows a link without being signed
// in.
type Actor struct {
	Organisation organisation.Organisation
	Person       account.Account
	Session      session.Session
	Browser      session.Browser
}

// Store is what the flow needs kept.
type Store interface {
	// Count is signin.Store's.
	Count(ctx context.Context, counts []limit.Count, now time.Time) (allowed bool, wait time.Duration, err error)
	// Organisation gives fault.Missing when there is none.
	Organisation(ctx context.Context, id string) (organisation.Organisation, error)
	// Account gives fault.Missing when there is none in this organisation.
	Account(ctx context.Context, organisation, id string) (account.Account, error)
	// Hash gives the account's password hash, empty when there is none.
	Hash(ctx context.Context, organisation, account string) (string, error)
	// Issue gives the issue that one of the digests names; fault.Missing when there is none.
	Issue(ctx context.Context, organisation string, digests ...string) (credential.Issue, error)
	// SessionsOf gives the sessions that have not ended, the last used one first.
	SessionsOf(ctx context.Context, organisation, account string) ([]session.Session, error)
	// EndSession ends one session and writes the note; nothing happens when it has ended already.
	EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error
	// AddressChange gives the change that a digest of this kind of link names; fault.Missing when there is none.
	AddressChange(ctx context.Context, organisation string, link credential.Kind, digest string) (AddressChange, error)
	// AddressChangeByID gives a change by its ID; fault.Missing when there is none.
	AddressChangeByID(ctx context.Context, organisation, id string) (AddressChange, error)
	// AddressChanges gives the changes of an account that are not over at now, newest first, with what became of the
	// letter to the new address.
	AddressChanges(ctx context.Context, organisation, account string, now time.Time) ([]Pending, error)
	// AddressesPending says which of the accounts have a change of address that is asked or confirmed and not over at
	// now.
	AddressesPending(ctx context.Context, organisation string, accounts []string, now time.Time) (map[string]bool, error)
	// AddressesDue gives at most max changes, of every organisation, whose time was over at now, oldest first.
	AddressesDue(ctx context.Context, now time.Time, max int) ([]AddressChange, error)
	// OwnEntries gives entries of the journal that an account did or that are about it, newest first: those with a number
	// below before, or all when it is 0.
	OwnEntries(ctx context.Context, organisation, account string, before int64, max int) ([]audit.Entry, error)
	// Factors is signin.Store's.
	Factors(ctx context.Context, organisation, account string) (credential.Factors, error)
	// LettersOf gives the letters to an account that are still kept, newest first, without what was in them.
	LettersOf(ctx context.Context, organisation, account string) ([]Letter, error)
	// ApplyProfile does all of a Change in one transaction. It gives fault.Stale, and has done nothing, when something
	// that the change relies on is not so any more.
	ApplyProfile(ctx context.Context, c Change) error
}

// Change is what one step leads to.
type Change struct {
	Now          time.Time
	Organisation string
	Account      string

	Replace     string           // the session of this browser: ends, guarded
	Open        *session.Session // takes its place
	Hash        string           // the new password
	EndSessions bool             // every session of the account but Open, because the password was chosen anew
	EndOthers   string           // every session of the account but this one, because their owner said so
	EndIssues   bool             // every living secret of the account
	Clear       []string         // limit keys
	Language    *string
	Use         *credential.Use          // of the passkey that proves, guarded
	Factor      *credential.FactorChange // guarded
	Counts      []limit.Count            // counted first; limit.Over when one is over its rate

	Ask     *AddressChange // to keep; one of its kind that is Asked or Confirmed becomes Replaced
	Version int64          // of the account that Ask was decided on, guarded
	Step    *Step          // moves a change, guarded
	Record  bool           // put the new address of Ask into the account, unproven
	Serve   bool           // put that of Step in force
	PutBack bool           // put back what Step's change had replaced, and end the changes that came after it

	Letters []courier.Item // to queue
	Notes   []audit.Entry  // without number and chain
}

// Step moves a change of an address from one state to another. It is stale when the change is in another state, or when
// its time is over and InTime says that it is not, or the other way round (ATK-012).
type Step struct {
	ID       string
	From, To State
	InTime   bool
	Proven   bool      // the link came back from the new address
	Until    time.Time // of the new state; zero keeps the one before
}

// Limits are the rates of this flow.
type Limits struct {
	Asked   limit.Rate   // changes of an address asked by one person, for whomever
	Letters []limit.Rate // letters about a change to one account
	Mailbox limit.Rate   // letters that ask one new address to confirm

	Factors  limit.Rate // changes of the proofs of one account
	Passkeys limit.Rate // proofs by passkey from one address
}

// DefaultLimits lets a manager correct the addresses of a whole class in a morning, and keeps the confirmations from
// being used to flood a stranger's mailbox.
func DefaultLimits() Limits {
	return Limits{
		Asked:   limit.Rate{Burst: 60, Every: 30 * time.Second},
		Letters: []limit.Rate{{Burst: 6, Every: 15 * time.Minute}, {Burst: 24, Every: time.Hour}},
		Mailbox: limit.Rate{Burst: 6, Every: 10 * time.Minute},

		Factors:  limit.Rate{Burst: 30, Every: 2 * time.Minute},
		Passkeys: limit.Rate{Burst: 600, Every: 250 * time.Millisecond},
	}
}

// Entered is an application that somebody is in, or has let know them.
type Entered struct {
	Name   string
	Since  time.Time // of what it holds, or of Agreed where it holds nothing
	Used   time.Time // zero where it holds nothing now
	Agreed time.Time // when they let it know them; zero where they were not asked
	Knows  []string  // what it may ask about them: scopes (OpenID Connect Core 1.0 §5.4)
}

// Flow changes what people may change about themselves.
type Flow struct {
	Store  Store
	Hasher *credential.Hasher
	Forge  *credential.Forge
	Key    []byte // of limit keys
	Limits Limits
	Now    func() time.Time
	NewID  func() string
	Texts  bool // text messages can be sent
	// PortalURL gives the public address of an organisation from the configuration, never from a request (ATK-003).
	PortalURL func(organisation.Organisation) string
	// Entered gives the applications that a person is in or has let know them, the last used one first.
	Entered func(ctx context.Context, o organisation.Organisation, person account.Account) ([]Entered, error)
	// TryCounts gives what one try of a password is counted under: those of the sign-in page, so that the two doors are
	// not two chances (ATK-019).
	TryCounts func(org string, who account.Lookup, b session.Browser) []limit.Count
	// TriesOf gives the limit keys of sign-in that a right password clears.
	TriesOf func(org string, lookups ...account.Lookup) []string
}

func (a Actor) note(act audit.Act, target, detail string, now time.Time) audit.Entry {
	return audit.Entry{
		Organisation: a.Organisation.ID, At: now, Act: act, Actor: a.Person.ID, Target: target,
		Address: a.Browser.From(), Device: a.Browser.Device, Detail: detail,
	}
}
