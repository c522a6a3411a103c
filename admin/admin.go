// Package admin is what a Gérant or an agent does: people, rules, appearance, news, mail and the journal.
//
// It promises that every act is asked of organisation.MayDo before anything is read or written for it; that whoever may
// not is told nothing that somebody else's organisation knows (ATK-069); that one manager always stays (ATK-072); and
// that no act shows, takes or sets another person's password (ATK-071).
package admin

import (
	"context"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Store is what the flow needs kept.
type Store interface {
	ApplicationStore

	// People gives one page of an organisation's people.
	People(ctx context.Context, organisation string, s Search) (Found, error)
	// EachPerson calls each for everybody whom the search would find over all its pages, in its order, reading a bounded
	// number at a time; an error of each ends it and comes back.
	EachPerson(ctx context.Context, organisation string, s Search, each func(account.Account) error) error
	// Account gives fault.Missing when there is none in this organisation.
	Account(ctx context.Context, organisation, id string) (account.Account, error)
	// AccountByIdentifier gives the account of an identifier or alias, as typed; fault.Missing for none.
	AccountByIdentifier(ctx context.Context, organisation, typed string) (account.Account, error)
	// Stayers counts the managers who stay (account.Account.Stays), at most three of them.
	Stayers(ctx context.Context, organisation string) (int, error)
	// HasPassword says whether the account has a password; fault.Missing for none.
	HasPassword(ctx context.Context, organisation, id string) (bool, error)
	// CreateAccount creates an account. It gives account.Taken when one of its identifiers is or ever was given, or reads
	// like one that was (ATK-077).
	CreateAccount(ctx context.Context, a account.Account, hash string, note audit.Entry) error
	// ApplyAdmin does all of a Change in one transaction. It gives fault.Missing for no account, fault.Stale when the
	// account's version is another one, fault.Forbidden when no manager would stay, account.Taken as CreateAccount.
	ApplyAdmin(ctx context.Context, c Change) error
	// SessionsOf gives the sessions that have not ended, the last used one first.
	SessionsOf(ctx context.Context, organisation, account string) ([]session.Session, error)
	// EndSession ends one session of any account of the organisation.
	EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error
	// ResetFactors takes away every proof beside the password, ends every session of the account and queues the letters,
	// all in one transaction; fault.Missing for no account, fault.Stale for another version of it.
	ResetFactors(ctx context.Context, r Reset) error

	// UpdateOrganisation writes the organisation when its version is still the one given, and the note with it; fault.Stale
	// otherwise.
	UpdateOrganisation(ctx context.Context, o organisation.Organisation, note audit.Entry) error
	Documents(ctx context.Context, organisation string) ([]organisation.Document, error)
	// AddDocument puts a document behind the others; a Guide takes the place of the one before, which stays as a document.
	AddDocument(ctx context.Context, organisation string, d organisation.Document, body []byte, note audit.Entry) error
	// RemoveDocument gives fault.Missing when the organisation has none of this ID.
	RemoveDocument(ctx context.Context, organisation, id string, note audit.Entry) error

	// JournalPage gives entries of the journal, newest first.
	JournalPage(ctx context.Context, organisation string, f JournalFilter) ([]audit.Entry, error)
	// VerifyJournal gives audit.Broken when the chain does not hold.
	VerifyJournal(ctx context.Context, organisation string) error
	// Deliveries gives what became of letters, newest first: those of one account, or of all with "".
	Deliveries(ctx context.Context, organisation, account string, max int) ([]courier.Delivery, error)
	// LostDeliveries gives those that did not arrive.
	LostDeliveries(ctx context.Context, organisation string, max int) ([]courier.Delivery, error)
	Note(ctx context.Context, entries ...audit.Entry) error
}

// Sort is the column by which a list of people is ordered.
type Sort string

// The sorts.
const (
	ByName       Sort = "name" // family name, given name, identifier
	ByIdentifier Sort = "identifier"
	ByRole       Sort = "role"
	ByState      Sort = "state"
	BySignedIn   Sort = "signed-in"
)

// Sorts lists every sort.
var Sorts = []Sort{ByName, ByIdentifier, ByRole, ByState, BySignedIn}

// Search asks for one page of people.
type Search struct {
	Filter     string        // as typed; account.FilterWords reads it
	Role       account.Role  // "" for all
	State      account.State // "" for all
	Office     string        // "" for all
	Sort       Sort
	Descending bool
	After      string // a cursor that Found gave: what follows it; "" from the beginning
	Before     string // a cursor: what precedes it
	Last       bool   // the last page
	Size       int    // people on a page
}

// Found is one page of people. A cursor is "" where there is no further page.
type Found struct {
	People   []account.Account
	Total    int  // how many fit the search
	More     bool // Total is only the least: counting stopped there
	Next     string
	Previous string
}

// MostCounted is where counting the people who fit a filter stops.
const MostCounted = 1000

// Change is what one act on a person leads to.
type Change struct {
	Now          time.Time
	Organisation string
	Account      string
	Version      int64 // that the actor has seen; 0 for whichever

	Person      *account.Account // names, household, offices, language and aliases are written as they are here
	Role        account.Role     // "" for as it is
	State       account.State    // "" for as it is
	Leaves      *time.Time       // the zero time for never
	EndSessions bool
	EndSecrets  bool
	Delete      bool
	KeepManager bool // one manager who stays must be left after all this
	Note        audit.Entry
}

// JournalFilter asks for entries of the journal.
type JournalFilter struct {
	Person string      // an account's ID: entries that it did or that are about it; "" for everybody
	Acts   []audit.Act // none for all
	From   time.Time   // the first moment, zero for the beginning
	Until  time.Time   // the first moment that is too late, zero for now
	Before int64       // entries with a smaller number only; 0 for all
	Max    int
}

// Access sends a person the way in: the recovery flow.
type Access interface {
	// SendAccess queues a letter with a one-use secret and gives the masked address that it goes to. It gives
	// fault.Missing when the person has no address that may be used, limit.Over when too many were sent.
	SendAccess(ctx context.Context, o organisation.Organisation, person account.Account, actor string, b session.Browser) (string, error)
	// PrintSlip issues a slip for the person and tells them of it. It gives fault.Forbidden for a closed account,
	// limit.Over when too many were printed.
	PrintSlip(ctx context.Context, o organisation.Organisation, person, actor account.Account, b session.Browser) (courier.Slip, error)
}

// Flow does what managers do.
type Flow struct {
	Store   Store
	Access  Access
	Outlook Outlook
	Scheme  string // of public addresses: "https", or "http" on loopback hosts only
	Now     func() time.Time
	NewID   func() string
}

// Actor is whoever acts, and where.
type Actor struct {
	Organisation organisation.Organisation
	Person       account.Account
	Session      session.Session
	Browser      session.Browser
}

// Mine is an Actor's own organisation as the target of what is done to it.
func (a Actor) Mine() account.Account { return account.Account{Organisation: a.Organisation.ID} }

func (a Actor) note(act audit.Act, target, detail string, now time.Time) audit.Entry {
	return audit.Entry{
		Organisation: a.Organisation.ID, At: now, Act: act, Actor: a.Person.ID, Target: target,
		Address: a.Browser.From(), Device: a.Browser.Device, Detail: detail,
	}
}

// may gives fault.Forbidden unless the actor may do this to the organisation.
func (a Actor) may(do organisation.Do) error {
	if !organisation.MayDo(a.Person, do, a.Mine(), false) {
		return fault.Forbidden
	}
	return nil
}
