package desk

import (
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Ref names a case: the organisation that it is about, and its ID.
type Ref struct {
	Organisation string // its ID
	Case         string
}

// Fault says what is to mend in something that an operator typed or pressed, in a closed word that the pages put into a
// sentence. Nothing is written then, but a try that counts.
type Fault string

// The faults.
const (
	ReasonUnknown  Fault = "reason"
	SaidMissing    Fault = "said"
	SaidLong       Fault = "said-long"
	SearchShort    Fault = "search-short" // a name needs both its words, or one whole identifier, address or number
	SearchMany     Fault = "search-many"  // more than MostFound: the caller has to say more
	NobodyFound    Fault = "nobody"
	NobodyNamed    Fault = "unnamed"    // the case is about nobody yet
	NoMobile       Fault = "no-mobile"  // none on file, or never confirmed: papers
	YoungMobile    Fault = "young"      // changed less than Ripening ago: papers (ATK-076)
	NoTexts        Fault = "no-texts"   // this installation sends no text messages: call back
	CodeEmpty      Fault = "code-empty" // here and below: six digits
	CodeWrong      Fault = "code-wrong"
	CodeDead       Fault = "code-dead" // late, used, or tried too often: another one
	NotMine        Fault = "not-mine"  // another operator has begun this check (ATK-075)
	NotBegun       Fault = "not-begun" // or it is over by now
	PapersMissing  Fault = "papers"
	PapersForOther Fault = "papers-other" // not a manager: their own house helps them
	SIRETUnfit     Fault = "siret"
	SameOperator   Fault = "same-operator"
	Locked         Fault = "locked" // the check does not open this
	NoAddress      Fault = "no-address"
	AddressUnfit   Fault = "address"
	MobileUnfit    Fault = "mobile"
	IdentifierNone Fault = "identifier"
	TakenAlready   Fault = "taken"
	NameMissing    Fault = "name"
	NothingToReset Fault = "no-factors"
	Already        Fault = "already" // the same is proposed, or waits
	CaseClosed     Fault = "closed"
	Alone          Fault = "alone" // there is no second operator
)

// Faults lists every fault.
var Faults = []Fault{
	ReasonUnknown, SaidMissing, SaidLong, SearchShort, SearchMany, NobodyFound, NobodyNamed, NoMobile, YoungMobile, NoTexts,
	CodeEmpty, CodeWrong, CodeDead, NotMine, NotBegun, PapersMissing, PapersForOther, SIRETUnfit, SameOperator, Locked,
	NoAddress, AddressUnfit, MobileUnfit, IdentifierNone, TakenAlready, NameMissing, NothingToReset, Already, CaseClosed,
	Alone,
}

// MostFound is how many people one search may show.
const MostFound = 5

// Seen is what an operator sees of a person: masked, and no more than finds and checks a caller (RGPD-07).
type Seen struct {
	ID          string
	Name        string
	Role        account.Role
	Manager     bool
	Open        bool   // the account may be used
	Email       string // masked; empty for none
	EmailGone   bool   // letters come back
	Mobile      string // masked; empty for none, or for one that was never confirmed
	MobileSince time.Time
	Ripe        bool   // the mobile may prove a caller
	Identifier  string // once TellIdentifier was done in the case; empty before
}

// Opening is what opens a case.
type Opening struct {
	Organisation string // its ID
	Reason       Reason
	Said         string
	Caller       string // as the telephone showed it
}

// Proposal is an act that an operator proposes.
type Proposal struct {
	Act     Act
	Address string // as typed: the new address, number, or the new manager's address
	Manager Draft
}

// Board is the desk's first page.
type Board struct {
	Cases    []Listed // open ones, the last opened first
	ToSecond []Listed // cases with something that waits for a second operator
	Waiting  []Listed // cases with something that the owner can still stop
}

// Listed is a case in a list.
type Listed struct {
	Case         Case
	Organisation organisation.Organisation
	Deed         Deed // zero but in ToSecond and Waiting
}

// View is one case as its page shows it.
type View struct {
	Case         Case
	Organisation organisation.Organisation
	Person       Seen     // zero while nobody was named
	Standing     Standing // now
	CodeUntil    time.Time
	Tries        int    // of the code, that are left
	Mine         bool   // this operator began the check under way
	Number       string // the registered number in full: only for whoever has just begun to call back
	Steps        []Step
	Deeds        []Deed
	Offers       []Offer
	Situation    *Situation // nil until the caller was checked
	Colleague    string     // name of another manager who stays and could help; empty for none
}

// Offer is one act and whether it is open now.
type Offer struct {
	Act    Act
	Open   bool
	Two    bool
	Wait   time.Duration
	Second []Standing // the checks that would open it; empty when none does for this person
}

// Outcome is what became of an act at the desk.
type Outcome struct {
	Faults []Fault
	State  DeedState // of a deed; empty for a check
	To     string    // the masked address that a way in was sent to
}

// Objection is a deed as the page behind the link of a notice shows it to its owner.
type Objection struct {
	Known  bool
	Deed   Deed
	Number string // of the case
	Who    string // name of the person whom it is about
	InTime bool
	Moved  bool // this very act stopped it
}

// MaySecond says whether an operator may agree to what another has proposed: the page offers it to nobody else.
func (v View) MaySecond(op Operator, d Deed) bool {
	return d.State == Proposed && another(v.Case, d, op.Person.Identifier)
}
