package pages

import (
	"time"

	"loquet/account"
	"loquet/organisation"
)

// The desk's pages are made of closed words of package desk, which stand here as strings: a reason, a standing, a
// checking, an act, the state of a deed, a paper. Addresses come masked, or as the domain alone, but for the one number
// that an operator has just asked to dial: a page cannot show what it was not given (ATK-074, RGPD-07).

// Desk is GET /desk: the cases that are open, and what waits for somebody.
type Desk struct {
	Frame
	Cases    []DeskRow // open ones
	ToSecond []DeskRow // those with something that a second operator may allow
	Waiting  []DeskRow // those with something that its owner can still stop
	Notice   Notice
}

// DeskRow is one case in a list.
type DeskRow struct {
	Path     string // of its page
	Number   string // as people say it
	House    string // name of the organisation
	Reason   string
	Opened   time.Time
	By       string // identifier of the operator who opened it
	Standing string // of the check of the caller, now
	Deed     DeskDeed
}

// DeskNew is /desk/new. GET with q looks for an organisation; POST opens a case with q, organisation, reason, said and
// caller.
type DeskNew struct {
	Frame
	Query    string
	Found    []organisation.Organisation
	Reasons  []string
	Typed    Typed
	Problems []Problem // organisation, reason, said
	Wait     time.Duration
}

// DeskForm names a form of a case's page: the last part of the path that it posts to.
type DeskForm string

// The forms of a case's page.
const (
	DeskFind     DeskForm = "find"     // q
	DeskName     DeskForm = "name"     // account
	DeskCheck    DeskForm = "check"    // do, code, papers, siret, note
	DeskPropose  DeskForm = "propose"  // act, address, identifier, given_name, family_name, keep
	DeskSecond   DeskForm = "second"   // deed, current_password or proof
	DeskWithdraw DeskForm = "withdraw" // deed
	DeskClose    DeskForm = "close"
)

// DeskCase is GET /desk/{slug}/{case}: what an operator with a caller on the line does, in its order.
type DeskCase struct {
	Frame
	Home     string // path of the case, under which its forms post
	Number   string
	House    organisation.Organisation
	Reason   string
	Said     string
	Caller   string // the number that the telephone showed: it proves nothing (ATK-074)
	Opened   time.Time
	OpenedBy string
	Closed   time.Time // zero while it is open

	Who       *DeskPerson  // nil while the case is about nobody
	Found     []DeskPerson // by DeskFind
	Check     DeskChecking
	Papers    []string // that there are to note
	Offers    []DeskOffer
	Deeds     []DeskDeed
	Colleague string // name of another manager who could help; empty for none
	Situation *DeskSituation
	Steps     []DeskStep

	Fresh    bool     // to second asks for no proof
	Form     DeskForm // that was sent; empty for none
	Typed    Typed
	Problems []Problem
	Stale    bool          // somebody else has worked on the case meanwhile
	Wait     time.Duration // 429 when not zero
	Notice   Notice
}

// DeskPerson is what an operator sees of somebody.
type DeskPerson struct {
	ID          string
	Name        string
	Role        account.Role
	Manager     bool
	Open        bool   // the account may be used
	Email       string // masked; empty for none
	EmailGone   bool   // letters come back
	Mobile      string // masked; empty for none
	MobileSince time.Time
	Ripe        bool   // the mobile may prove a caller
	Identifier  string // once it was told; empty before
}

// DeskChecking is how the check of the caller stands.
type DeskChecking struct {
	Standing string
	Checked  bool
	At       time.Time // of the last step of it
	By       string
	Mine     bool      // this operator began what is under way
	Until    time.Time // end of a code
	Tries    int       // of the code, that are left
	Number   string    // to dial, in full, once
	Papers   []string  // that were noted
	SIRET    string
	Note     string
}

// DeskOffer is an act, and whether it is open now.
type DeskOffer struct {
	Act    string
	Open   bool
	Two    bool          // takes a second operator
	Wait   time.Duration // in which the owner can stop it
	Opened []string      // standings that would open it; empty when none does for this person
}

// DeskDeed is what was proposed.
type DeskDeed struct {
	ID         string
	Act        string
	State      string
	To         string // the new address or number, masked; empty for none
	Manager    string // name of the new manager; empty for none
	ProposedAt time.Time
	ProposedBy string
	SecondedAt time.Time
	SecondedBy string
	Until      time.Time // end of the time of the state
	Second     bool      // this operator may be the second
}

// DeskStep is one line of a case's history.
type DeskStep struct {
	At       time.Time
	Operator string // identifier; empty for the program and for the owner
	What     string // an audit.Act
	Detail   string
}

// DeskSituation is the drawing of somebody's state: times and ends.
type DeskSituation struct {
	State    account.State
	Leaves   time.Time
	SignedIn time.Time // zero for never, here and below
	Renewed  time.Time
	Asked    time.Time // the last way in
	Ends     time.Time
	Used     time.Time
	Renewing bool // a browser stands on the page of the new password
	Sessions int
	Letters  []Delivery // To is the domain alone: "…@orange.example"
}

// Objection is /stop/{token} of a notice of the desk, on the organisation's host.
type Objection struct {
	Frame
	State  ObjectionState
	Action string // where the form posts
	Act    string
	Number string // of the case
	Who    string // name of the person whom it is about
	To     string // the new address or number, masked; empty for none
	Until  time.Time
}

// ObjectionState is what the page of an objection shows.
type ObjectionState string

// The states of an objection.
const (
	ObjectionAsked   ObjectionState = "asked"
	ObjectionStopped ObjectionState = "stopped"
	ObjectionLate    ObjectionState = "late" // it is done
	ObjectionOver    ObjectionState = "over" // somebody has withdrawn it, or nobody allowed it
)
