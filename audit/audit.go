// Package audit says what happened: a closed list of events, chained by hashes, append only.
//
// It promises that an entry never holds a secret or an unknown identifier as typed (CNIL délib. 2021-122, ASVS 16.2.5),
// and that a chain in which an entry was changed, dropped or put between others does not verify.
package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Act is what happened, in the past tense.
type Act string

// The events of the journal.
const (
	OrganisationCreated Act = "organisation-created"
	OrganisationChanged Act = "organisation-changed"
	AccountCreated      Act = "account-created"
	AccountStopped      Act = "account-stopped"
	AccountStarted      Act = "account-started"
	SignedIn            Act = "signed-in"
	SignInRefused       Act = "sign-in-refused" // wrong password, or nobody: the entry of nobody has no target
	SignInStopped       Act = "sign-in-stopped" // right password of a closed account
	SignedOut           Act = "signed-out"
	RecoveryStarted     Act = "recovery-started" // a secret was issued and its letter queued
	RecoveryRefused     Act = "recovery-refused" // asked for a person who cannot be written to, or too often
	IdentifiersSent     Act = "identifiers-sent"
	SecretUsed          Act = "secret-used"
	SecretRefused       Act = "secret-refused" // late, used or replaced
	PasswordRenewed     Act = "password-renewed"
	LetterSent          Act = "letter-sent"
	LetterFailed        Act = "letter-failed"
	LetterBounced       Act = "letter-bounced" // taken by the mail server and come back; the detail: masked address and code
	LoopRepaired        Act = "loop-repaired"  // the detail is its cause

	AccountChanged   Act = "account-changed" // the detail names the fields
	RoleChanged      Act = "role-changed"    // the detail: "moniteur complet"
	AccountDeleted   Act = "account-deleted"
	LeavingSet       Act = "leaving-set" // the account will be closed; the detail is the day, or empty for never
	AccessSent       Act = "access-sent" // a manager had a way in sent to the person
	SessionsEnded    Act = "sessions-ended"
	SessionStolen    Act = "session-stolen" // a copied cookie came back (ATK-037)
	IdentityProven   Act = "identity-proven"
	ProofRefused     Act = "proof-refused"
	PasswordChanged  Act = "password-changed" // by its owner, who knew the one before
	AddressAsked     Act = "address-asked"    // the detail: "email" or "mobile", and the new one masked
	AddressConfirmed Act = "address-confirmed"
	AddressServes    Act = "address-serves" // from now on recovery uses it
	AddressStopped   Act = "address-stopped"
	LanguageChosen   Act = "language-chosen"
	PeopleExported   Act = "people-exported"
	JournalExported  Act = "journal-exported"
	JournalVerified  Act = "journal-verified"
	DataDownloaded   Act = "data-downloaded" // one's own (RGPD art. 15, 20)
	PolicyChanged    Act = "policy-changed"
	HelpChanged      Act = "help-changed" // the detail: page, language and revision

	SecondAsked     Act = "second-asked"    // the first proof was right
	SecondRefused   Act = "second-refused"  // the detail: "app", "printed" or "passkey"
	PasskeyRefused  Act = "passkey-refused" // as the only proof; the detail is the check that failed
	CodeUsed        Act = "code-used"       // a printed code; the detail is how many are left
	PasskeyAdded    Act = "passkey-added"   // the detail is its name, here and below
	PasskeyRemoved  Act = "passkey-removed"
	PasskeyRenamed  Act = "passkey-renamed"
	AppAdded        Act = "app-added"
	AppRemoved      Act = "app-removed"
	CodesMade       Act = "codes-made" // printed codes, in the place of those before
	SecondOn        Act = "second-on"  // asked from now on because its owner wants it
	SecondOff       Act = "second-off"
	PasswordRemoved Act = "password-removed" // a passkey is the only proof from now on
	FactorsReset    Act = "factors-reset"    // by a manager: whoever has lost them sets up new ones
	SlipPrinted     Act = "slip-printed"     // by a manager who has seen an identity paper

	ApplicationAdded     Act = "application-added" // the detail: its name, here and below
	ApplicationChanged   Act = "application-changed"
	ApplicationSecret    Act = "application-secret" // a new secret took over
	ApplicationRevoked   Act = "application-revoked"
	ApplicationEntered   Act = "application-entered"
	ApplicationRefused   Act = "application-refused"   // it is not for this person
	ApplicationConsented Act = "application-consented" // its owner let it know what it asks
	ApplicationWithdrawn Act = "application-withdrawn" // its owner took that back
	GrantReplayed        Act = "grant-replayed"        // a code or a refresh token came twice: what it opened was closed
	GrantReturned        Act = "grant-returned"        // the application gave back what it held

	CaseOpened      Act = "case-opened" // at the desk; the detail: the case's number and a closed word, here and below
	CaseClosed      Act = "case-closed"
	CallerSearched  Act = "caller-searched" // the detail: how many were found
	CaseNamed       Act = "case-named"      // the person whom the case is about was chosen
	CallerCodeSent  Act = "caller-code-sent"
	CallerCodeWrong Act = "caller-code-wrong"
	CallBegun       Act = "call-begun" // the operator was shown the registered number
	PapersNoted     Act = "papers-noted"
	CallerChecked   Act = "caller-checked" // the detail: how
	CheckRefused    Act = "check-refused"  // the detail: which check
	DeedProposed    Act = "deed-proposed"  // the detail: the act, here and below
	DeedRefused     Act = "deed-refused"
	DeedSeconded    Act = "deed-seconded"
	DeedDone        Act = "deed-done"
	DeedStopped     Act = "deed-stopped"
	DeedWithdrawn   Act = "deed-withdrawn"
	DeedLapsed      Act = "deed-lapsed"
)

// Acts lists every event.
var Acts = []Act{
	OrganisationCreated, OrganisationChanged, AccountCreated, AccountStopped, AccountStarted,
	SignedIn, SignInRefused, SignInStopped, SignedOut,
	RecoveryStarted, RecoveryRefused, IdentifiersSent, SecretUsed, SecretRefused, PasswordRenewed,
	LetterSent, LetterFailed, LetterBounced, LoopRepaired,
	AccountChanged, RoleChanged, AccountDeleted, LeavingSet, AccessSent, SessionsEnded, SessionStolen,
	IdentityProven, ProofRefused, PasswordChanged,
	AddressAsked, AddressConfirmed, AddressServes, AddressStopped, LanguageChosen,
	PeopleExported, JournalExported, JournalVerified, DataDownloaded, PolicyChanged, HelpChanged,
	SecondAsked, SecondRefused, PasskeyRefused, CodeUsed, PasskeyAdded, PasskeyRemoved, PasskeyRenamed,
	AppAdded, AppRemoved, CodesMade, SecondOn, SecondOff, PasswordRemoved, FactorsReset, SlipPrinted, ApplicationAdded, ApplicationChanged, ApplicationSecret,
	ApplicationRevoked, ApplicationEntered, ApplicationRefused, ApplicationConsented, ApplicationWithdrawn, GrantReplayed,
	GrantReturned,
	CaseOpened, CaseClosed, CallerSearched, CaseNamed, CallerCodeSent, CallerCodeWrong, CallBegun, PapersNoted,
	CallerChecked, CheckRefused,
	DeedProposed, DeedRefused, DeedSeconded, DeedDone, DeedStopped, DeedWithdrawn, DeedLapsed,
}

// Entry is one line of an organisation's journal.
type Entry struct {
	Organisation string
	Number       int64     // 1, 2, 3 … within the organisation, without gaps
	At           time.Time // to the microsecond, UTC
	Act          Act
	Actor        string // an account's ID; empty when nobody was signed in; System for the program; Operator for the desk
	Target       string // the account's ID that it is about; empty for none
	Address      string // from where
	Device       string // browser and system in words
	Detail       string // a closed word or a masked address; never a secret
	Chain        string // the hash over this entry and the chain before it, base64url
}

// System is the actor of what the program does by itself.
const System = "system"

// operator begins the actor of what an operator of the platform does at the desk. No ID has a colon.
const operator = "operator:"

// Operator gives the actor of what an operator does, from the operator's identifier: the organisation reads who helped
// its people (RGPD art. 28).
func Operator(identifier string) string { return operator + identifier }

// OperatorOf gives the identifier of the operator that an actor is; ok is false for any other.
func OperatorOf(actor string) (identifier string, ok bool) { return strings.CutPrefix(actor, operator) }

// Link gives the chain value of an entry that follows the chain value before. The first entry follows "".
func (e Entry) Link(before string) string {
	h := sha256.New()
	write := func(part string) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	for _, part := range []string{
		before, e.Organisation, fmt.Sprint(e.Number), fmt.Sprint(e.At.UnixMicro()), string(e.Act),
		e.Actor, e.Target, e.Address, e.Device, e.Detail,
	} {
		write(part)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Broken is the error of a chain that does not verify.
type Broken struct {
	Organisation string
	Number       int64 // the first entry that does not fit
}

func (b Broken) Error() string {
	return fmt.Sprintf("the journal of organisation %s does not verify at entry %d", b.Organisation, b.Number)
}

// Kept is how long an entry is kept (CNIL délib. 2021-122: six months to one year).
const Kept = 365 * 24 * time.Hour

// Verifier checks a journal as it is read, entry by entry, in order. The zero Verifier begins at the first entry.
type Verifier struct {
	chain  string
	number int64
}

// After gives a verifier for what follows an entry: that of a journal whose beginning has been purged.
func After(number int64, chain string) Verifier { return Verifier{chain, number} }

// Check takes the next entry; it gives Broken when it does not follow the one before.
func (v *Verifier) Check(e Entry) error {
	if e.Number != v.number+1 || e.Chain != e.Link(v.chain) {
		return Broken{e.Organisation, v.number + 1}
	}
	v.number, v.chain = e.Number, e.Chain
	return nil
}
