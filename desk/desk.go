// Package desk helps a caller: a case, how the caller was checked, and what may then be started.
//
// It promises that every decision about a check stands in Checks, and every one about what a check opens in Unlocks and
// Deeds; that the number that a telephone shows proves nothing; that an operator reads masked addresses only, never a
// secret, and nobody without a case; that no operator touches a manager's address, number or proofs alone, and the owner
// is told on every known channel and can stop it (ATK-074 to ATK-076); and that each step stands in the journal that the
// organisation reads, under the operator's name (RGPD art. 28).
package desk

import (
	"context"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Operator is whoever acts at the desk, and where: somebody of the platform, in a session of two proofs.
type Operator struct {
	Person  account.Account
	Session session.Session
	Browser session.Browser
}

// Name gives how the journals name an operator.
func (o Operator) Name() string { return audit.Operator(o.Person.Identifier) }

// Store is what the flow needs kept. Cases belong to the organisation that they are about.
type Store interface {
	// Organisation gives fault.Missing when there is none.
	Organisation(ctx context.Context, id string) (organisation.Organisation, error)
	// Organisations gives all of them, by name, without the platform.
	Organisations(ctx context.Context) ([]organisation.Organisation, error)
	// Account gives fault.Missing when there is none in this organisation.
	Account(ctx context.Context, organisation, id string) (account.Account, error)
	// People gives one page of an organisation's people.
	People(ctx context.Context, organisation string, s admin.Search) (admin.Found, error)
	// Lookup gives the accounts that something typed at a door leads to.
	Lookup(ctx context.Context, organisation string, l account.Lookup) ([]account.Account, error)
	// Managers gives the managers who stay (account.Account.Stays), at most max.
	Managers(ctx context.Context, organisation string, max int) ([]account.Account, error)
	// Operators counts the operators who may help.
	Operators(ctx context.Context) (int, error)

	// Cases gives at most max cases of every organisation, the last opened first: those that are open, or all.
	Cases(ctx context.Context, open bool, max int) ([]Case, error)
	// Case gives fault.Missing when the organisation has none of this ID.
	Case(ctx context.Context, organisation, id string) (Case, error)
	// Steps gives what happened in a case, the first first.
	Steps(ctx context.Context, organisation, id string) ([]Step, error)
	// Code gives the caller's code of a case that was sent last; fault.Missing for none.
	Code(ctx context.Context, organisation, id string) (Code, error)
	// Deeds gives what was proposed in a case, the first first.
	Deeds(ctx context.Context, organisation, id string) ([]Deed, error)
	// Deed gives fault.Missing when the organisation has none of this ID.
	Deed(ctx context.Context, organisation, id string) (Deed, error)
	// DeedByStop gives the deed that the digest of a link names; fault.Missing for none.
	DeedByStop(ctx context.Context, organisation, digest string) (Deed, error)
	// DeedsOpen gives at most max deeds of every organisation that are proposed or waiting, the first first.
	DeedsOpen(ctx context.Context, max int) ([]Deed, error)
	// DeedsDue gives at most max deeds, of every organisation, that are proposed or waiting and whose time was over at
	// now, the first first.
	DeedsDue(ctx context.Context, now time.Time, max int) ([]Deed, error)
	// Situation gives what the drawing of somebody's state shows.
	Situation(ctx context.Context, organisation, account string, now time.Time) (Situation, error)
	// ApplyDesk does all of a Change in one transaction. It gives fault.Stale, and has done nothing, when the case or the
	// deed is not as it was read, or the code is late, used up or tried too often; limit.Over when a count is over its
	// rate; account.Taken for the identifier of a new manager.
	ApplyDesk(ctx context.Context, c Change) error
}

// Change is what one step at the desk leads to.
type Change struct {
	Now          time.Time
	Organisation string

	Counts []limit.Count // counted first
	Open   *Case         // a new case
	Case   *Case         // as it is from now on, guarded by the Version that was read
	Code   *Code         // takes the place of the one before
	Guess  *Guess        // guarded
	Deed   *Deed         // a new deed, when its From is Start; else guarded by From

	Create *account.Account // the new manager, who has no password yet
	Stop   string           // the account of the one before: Disabled, its sessions and secrets end

	Letters []courier.Item
	Steps   []Step
	Notes   []audit.Entry // without number and chain
}

// Guess is one try of a caller's code: it counts, and when it is right it uses the code. It is stale when the code is
// late, used, or was tried MostTries times (ATK-018).
type Guess struct {
	Code  string // its ID
	Right bool
}

// Flows is what the desk starts in other flows. Each may be repeated: a case that is carried out twice does it once.
type Flows interface {
	// SendAccess is recovery's: a way in, to an address on file. It gives the masked address, fault.Missing for none.
	SendAccess(ctx context.Context, o organisation.Organisation, person account.Account, actor string, b session.Browser) (string, error)
	// AskAddress is profile's, for whoever was checked at the desk: the new address confirms, the old ones are told and
	// can stop it, and it serves after the cooling-off.
	AskAddress(ctx context.Context, o organisation.Organisation, person account.Account, actor string, mobile bool, address string) error
	// ResetFactors is admin's.
	ResetFactors(ctx context.Context, o organisation.Organisation, person account.Account, actor string) error
}

// Limits are the rates of this flow.
type Limits struct {
	Searches limit.Rate   // by one operator
	Cases    limit.Rate   // opened by one operator
	Codes    []limit.Rate // to one person, whatever the case and the operator
	Sent     limit.Rate   // codes sent by one operator
}

// DefaultLimits lets an operator work all day, and lets nobody browse.
func DefaultLimits() Limits {
	return Limits{
		Searches: limit.Rate{Burst: 30, Every: 2 * time.Minute},
		Cases:    limit.Rate{Burst: 20, Every: 3 * time.Minute},
		Codes:    []limit.Rate{{Burst: 3, Every: 5 * time.Minute}, {Burst: 6, Every: 4 * time.Hour}},
		Sent:     limit.Rate{Burst: 20, Every: 3 * time.Minute},
	}
}

// Flow helps callers.
type Flow struct {
	Store  Store
	Flows  Flows
	Forge  *credential.Forge
	Key    []byte // of limit keys
	Limits Limits
	Now    func() time.Time
	NewID  func() string
	Texts  bool // text messages can be sent
	// PortalURL gives the public address of an organisation from the configuration, never from a request (ATK-003).
	PortalURL func(organisation.Organisation) string
	// Host is the platform's host name, which a text message binds its code to; empty where there is none.
	Host string
}
