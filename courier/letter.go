// Package courier writes the letters of an organisation and brings them to the mail server.
//
// It promises that a letter says the same each time it is tried, byte for byte and under one Message-ID; that it goes
// to exactly one address, the one that the store gave; that no secret is at rest in the outbox or in a log; and that a
// letter that was promised is tried until it is handed over, is no longer wanted, or has lost its use, which the
// manager then sees.
package courier

import (
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
)

// Kind says what a letter is for.
type Kind string

// The letters. Those with a secret need Letter.Secret; the others refuse one.
const (
	TemporaryPassword Kind = "temporary-password" // a one-use password that opens the renewal page only
	Link              Kind = "link"               // a one-use link, and a code for whoever cannot click
	Code              Kind = "code"               // a one-use code to type
	Invitation        Kind = "invitation"         // the first access; the secret is the one that the policy sends
	SetupLink         Kind = "setup"              // the first manager's way into a new organisation
	Identifiers       Kind = "identifiers"        // every account behind one address
	PasswordChanged   Kind = "password-changed"   // a notice after each renewal (NIST SP 800-63B-4 §4.6)
	Closed            Kind = "closed"             // the account may not be used: whom to ask
	ConfirmAddress    Kind = "confirm-address"    // to a new address: a button proves that it is its owner's
	AddressNotice     Kind = "address-notice"     // to the old one: what was asked, and a link that stops it (ATK-073)
	SessionStolen     Kind = "session-stolen"     // a copied cookie came back: everything was closed (ATK-037)
	FactorNotice      Kind = "factor-notice"      // a proof was added, taken away or used up (NIST SP 800-63B-4 §4.6)
	SlipNotice        Kind = "slip-notice"        // a way in was printed for the person (NIST SP 800-63B-4 §4.6)
	DeskNotice        Kind = "desk-notice"        // what the desk will do or has done for a caller (ATK-074)
)

// The text messages. They wait in the outbox as letters do, and go through a gateway (TextSender).
const (
	ConfirmMobile Kind = "confirm-mobile" // to a new number: a link proves that it is its owner's
	MobileNotice  Kind = "mobile-notice"  // to the proven number: an address is about to change, and a link that stops it
	CallerCode    Kind = "caller-code"    // six digits that a caller reads to the operator (ATK-075)
	DeskText      Kind = "desk-text"      // a DeskNotice in short
	SlipText      Kind = "slip-text"      // a SlipNotice in short
)

// Texts lists every text message.
var Texts = []Kind{ConfirmMobile, MobileNotice, CallerCode, DeskText, SlipText}

// KindsOfDesk lists what the desk promises, letters and text messages.
var KindsOfDesk = []Kind{CallerCode, DeskText, DeskNotice}

// Kinds lists every letter.
var Kinds = []Kind{TemporaryPassword, Link, Code, Invitation, SetupLink, Identifiers, PasswordChanged, Closed,
	ConfirmAddress, AddressNotice, SessionStolen, FactorNotice, SlipNotice, DeskNotice}

// FactorActs lists what a FactorNotice tells of. AskedBy names the manager who did FactorsReset.
var FactorActs = []audit.Act{
	audit.PasskeyAdded, audit.PasskeyRemoved, audit.AppAdded, audit.AppRemoved, audit.CodesMade, audit.CodeUsed,
	audit.SecondOff, audit.PasswordRemoved, audit.FactorsReset,
}

// The requests that a form recorded as it was typed. They wait in the outbox as letters do, and a flow decides whether
// anything is to be written; nothing is sent for them (ENUM-05).
const (
	RequestPassword   Kind = "request-password"
	RequestIdentifier Kind = "request-identifier"
)

// Requests lists every request.
var Requests = []Kind{RequestPassword, RequestIdentifier}

// LogoutNotice tells an application that a sign-in has ended (OpenID Connect Back-Channel Logout 1.0). Nobody reads it,
// and a flow brings it there itself.
const LogoutNotice Kind = "logout-notice"

// Notices lists what programs are told. They wait in the outbox as letters do, and are given up after LongestNotice; no
// page and no journal speaks of them.
var Notices = []Kind{LogoutNotice}

// Letter is everything that a letter may say. The outbox holds its facts; the worker fills in the secret as it writes.
type Letter struct {
	ID           string                    // the outbox item's; Message-ID is <ID@domain>, the same at every try
	Kind         Kind                      // one of Kinds
	To           string                    // exactly one address, from the store and never from a form
	Organisation organisation.Organisation // whose words, zone, contact and name the letter takes
	Person       account.Account           // who is addressed, by name: households share mailboxes
	Others       []account.Account         // Identifiers only: every account behind the address
	Secret       string                    // the temporary password, the link's token or the code, by kind
	SecretCode   string                    // the code that goes with a link
	Created      time.Time                 // when the letter was promised; its Date, so that a retry keeps it
	Expires      time.Time                 // when the secret, or the slip, ends; zero for letters without one
	AskedAt      time.Time                 // when the person asked; zero when nobody did
	AskedFrom    string                    // the device in coarse words, "Firefox sur Windows"; never an address
	PortalURL    string                    // scheme and host, from configuration only (ATK-003)

	// What follows is of letters about a change of an address only.
	NewAddress string        // in full for ConfirmAddress; masked where it goes to another address
	Mobile     bool          // it is a number that changes, and not the reference address
	AskedBy    string        // name of the manager who asked, or who printed a slip; empty when the person did
	CoolingOff time.Duration // how long the new address waits once it is confirmed

	// What follows is of FactorNotice only.
	What audit.Act // what happened: one of FactorActs
	Left int       // for CodeUsed: how many printed codes are left

	// What follows is of the desk's only. Secret is the six digits of a CallerCode, or the token of the link that stops
	// what a DeskNotice or a DeskText tells of; empty for no link.
	Desk DeskSaid
	Host string // the platform's host name, which a CallerCode is bound to; empty for no such line
}
