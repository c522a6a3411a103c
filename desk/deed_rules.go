package desk

import (
	"slices"
	"time"
)

// Act is what the desk can start for a caller.
type Act string

// What the desk can start.
const (
	TellIdentifier Act = "tell-identifier"
	SendAccess     Act = "send-access"     // a way in, to an address on file
	ReplaceAddress Act = "replace-address" // the reference address
	ReplaceMobile  Act = "replace-mobile"
	ResetFactors   Act = "reset-factors" // lost second proofs
	NameManager    Act = "name-manager"  // succession: left, died, sold
)

// Acts lists all that the desk can start.
var Acts = []Act{TellIdentifier, SendAccess, ReplaceAddress, ReplaceMobile, ResetFactors, NameManager}

// Unlock is one row of what a check opens: the act, for whom, and what it takes beside the check.
type Unlock struct {
	Act     Act
	By      []Standing    // any of them
	Manager bool          // for managers only; others have one who helps them
	Two     bool          // a second operator
	Wait    time.Duration // in which the owner, told on every channel, can stop it
	Source  string
}

// Unlocks is the whole of what the desk can start; all else it cannot. A new address has a cooling-off of its own on top
// (profile.Rules), and secrets go to their owner only.
var Unlocks = []Unlock{
	{TellIdentifier, []Standing{ByCode, ByCallBack, ByPapers}, false, false, 0, "H5: it is no secret"},
	{SendAccess, []Standing{ByCode, ByCallBack, ByPapers}, false, false, 0, "H5; F2: the letter goes to its owner"},
	{ReplaceAddress, []Standing{ByCode}, true, true, 0, "ATK-073, ATK-074; the cooling-off of an address follows"},
	{ReplaceAddress, []Standing{ByCallBack}, true, true, 24 * time.Hour, "ATK-074: an operator's word, not a machine's"},
	{ReplaceAddress, []Standing{ByPapers}, true, true, 72 * time.Hour, "ATK-074, ATK-076; CNIL SAN-2022-018"},
	{ReplaceMobile, []Standing{ByPapers}, true, true, 72 * time.Hour, "ATK-076; whoever holds the old one changes it alone"},
	{ResetFactors, []Standing{ByCode, ByCallBack}, true, true, 24 * time.Hour, "ADR-0019; ATK-034, ATK-074"},
	{ResetFactors, []Standing{ByPapers}, true, true, 72 * time.Hour, "ADR-0019; ATK-074"},
	{NameManager, []Standing{ByPapers}, true, true, 7 * 24 * time.Hour, "left, died, sold: the one before can object"},
}

// UnlockFor gives the row that opens an act for whoever was checked so; ok is false where it is closed.
func UnlockFor(act Act, by Standing, manager bool) (u Unlock, ok bool) {
	for _, u := range Unlocks {
		if u.Act == act && slices.Contains(u.By, by) && (manager || !u.Manager) {
			return u, true
		}
	}
	return Unlock{}, false
}

// DeedState is where a deed stands.
type DeedState string

// The states of a deed.
const (
	Start     DeedState = "start"
	Proposed  DeedState = "proposed" // a second operator is asked
	Waiting   DeedState = "waiting"  // the owner has been told, and can stop it
	Done      DeedState = "done"
	Stopped   DeedState = "stopped"   // by the owner, or by somebody of the house
	Withdrawn DeedState = "withdrawn" // by an operator
	Lapsed    DeedState = "lapsed"    // nobody seconded it in time
)

// DeedStates lists every state.
var DeedStates = []DeedState{Start, Proposed, Waiting, Done, Stopped, Withdrawn, Lapsed}

// DeedEvent is what happens to a deed.
type DeedEvent string

// The events of a deed.
const (
	Propose  DeedEvent = "propose"
	Second   DeedEvent = "second"
	Pass     DeedEvent = "pass" // time has passed
	Stop     DeedEvent = "stop" // the button behind the link of a notice was pressed
	Withdraw DeedEvent = "withdraw"
)

// DeedEvents lists every event.
var DeedEvents = []DeedEvent{Propose, Second, Pass, Stop, Withdraw}

// DeedEffect is what a row of Deeds makes happen, beside the note of it.
type DeedEffect string

// The effects of a deed.
const (
	Carry  DeedEffect = "carry"  // do what the act says
	Notify DeedEffect = "notify" // every known channel, and the other managers, with the link that stops it
	Tell   DeedEffect = "tell"   // the same, without a link: it is done
)

// DeedEffects lists every effect.
var DeedEffects = []DeedEffect{Carry, Notify, Tell}

// DeedFact is one yes or no on which a deed may depend.
type DeedFact uint8

// The facts of a deed.
const (
	Unlocked DeedFact = 1 << iota // the caller's check opens the act for this person (Unlocks)
	NeedsTwo                      // a second operator is wanted
	Waits                         // there is a waiting period
	Another                       // this operator neither opened the case, nor checked the caller, nor proposed the deed
	InTime                        // the time of the state is not over
)

// DeedFactNames names the facts, in the order of their bits.
var DeedFactNames = []string{"unlocked", "needs-two", "waits", "another", "in-time"}

// DeedRule is one row: in From, on On, when all of If hold and none of Not, go To and do Do.
type DeedRule struct {
	From    DeedState
	On      DeedEvent
	If, Not DeedFact
	To      DeedState
	Do      []DeedEffect
	Source  string
}

// SecondWithin is how long a proposed deed waits for a second operator.
const SecondWithin = 24 * time.Hour

// DeedRules is the life of a deed, whole. An event that a state has no row for is ignored there (see Accepts); for every
// accepted pair and every combination of facts exactly one row holds. A test walks them all.
var DeedRules = []DeedRule{
	{Start, Propose, 0, Unlocked, Start, nil, "Unlocks: the check does not open it"},
	{Start, Propose, Unlocked, NeedsTwo | Waits, Done, []DeedEffect{Carry, Tell}, "H5"},
	{Start, Propose, Unlocked | Waits, NeedsTwo, Waiting, []DeedEffect{Notify}, "ATK-074"},
	{Start, Propose, Unlocked | NeedsTwo, 0, Proposed, nil, "ATK-074: never alone"},

	{Proposed, Second, Unlocked | Another | InTime, Waits, Done, []DeedEffect{Carry, Tell}, "ATK-074: two operators"},
	{Proposed, Second, Unlocked | Another | InTime | Waits, 0, Waiting, []DeedEffect{Notify},
		"ATK-074: two operators, and time to object"},
	{Proposed, Second, Another | InTime, Unlocked, Proposed, nil, "ATK-022: closed, or no manager any more"},
	{Proposed, Second, InTime, Another, Proposed, nil, "ATK-074: an operator alone gets nothing"},
	{Proposed, Second, 0, InTime, Proposed, nil, "too late: it lapses by itself"},
	{Proposed, Pass, InTime, 0, Proposed, nil, "there is time left"},
	{Proposed, Pass, 0, InTime, Lapsed, nil, "what nobody seconds is not done"},
	{Proposed, Withdraw, 0, 0, Withdrawn, nil, "a mistake"},

	{Waiting, Pass, InTime, 0, Waiting, nil, "the owner has time to object"},
	{Waiting, Pass, Unlocked, InTime, Done, []DeedEffect{Carry, Tell}, "nobody objected"},
	{Waiting, Pass, 0, InTime | Unlocked, Withdrawn, nil, "ATK-022: closed, or no manager any more"},
	{Waiting, Stop, InTime, 0, Stopped, nil, "ATK-074: the owner objects"},
	{Waiting, Stop, 0, InTime, Waiting, nil, "too late"},
	{Waiting, Second, 0, 0, Waiting, nil, "double submit"},
	{Waiting, Withdraw, InTime, 0, Withdrawn, nil, "a mistake, or new doubts"},
	{Waiting, Withdraw, 0, InTime, Waiting, nil, "too late: it is being done"},

	{Done, Second, 0, 0, Done, nil, "double submit"},
	{Done, Stop, 0, 0, Done, nil, "too late"},
	{Done, Withdraw, 0, 0, Done, nil, "too late"},
	{Stopped, Second, 0, 0, Stopped, nil, "it was stopped"},
	{Stopped, Stop, 0, 0, Stopped, nil, "double submit"},
	{Stopped, Withdraw, 0, 0, Stopped, nil, "it was stopped"},
	{Withdrawn, Second, 0, 0, Withdrawn, nil, "it was withdrawn"},
	{Withdrawn, Stop, 0, 0, Withdrawn, nil, "it was withdrawn"},
	{Withdrawn, Withdraw, 0, 0, Withdrawn, nil, "double submit"},
	{Lapsed, Second, 0, 0, Lapsed, nil, "too late"},
	{Lapsed, Withdraw, 0, 0, Lapsed, nil, "it is over"},
}

// Accepts says which events each state takes; all others cannot reach it.
var Accepts = map[DeedState][]DeedEvent{
	Start:     {Propose},
	Proposed:  {Second, Pass, Withdraw},
	Waiting:   {Pass, Stop, Second, Withdraw},
	Done:      {Second, Stop, Withdraw},
	Stopped:   {Second, Stop, Withdraw},
	Withdrawn: {Second, Stop, Withdraw},
	Lapsed:    {Second, Withdraw},
}

// NextDeed gives the one row that holds; ok is false when the state does not take the event.
func NextDeed(from DeedState, on DeedEvent, facts DeedFact) (rule DeedRule, ok bool) {
	return nextDeed(DeedRules, from, on, facts)
}

func nextDeed(rules []DeedRule, from DeedState, on DeedEvent, facts DeedFact) (DeedRule, bool) {
	for _, r := range rules {
		if r.From == from && r.On == on && facts&r.If == r.If && facts&r.Not == 0 {
			return r, true
		}
	}
	return DeedRule{}, false
}

// Deed is one act that was proposed for a caller.
type Deed struct {
	ID           string
	Case         string // its ID
	Organisation string
	Account      string // whom it is about
	Act          Act
	By           Standing // how the caller was checked
	From, State  DeedState
	Address      string // the new address or number, or the new manager's address; empty for the other acts
	Manager      Draft  // NameManager only
	ProposedAt   time.Time
	ProposedBy   string // identifier of the operator, here and below
	SecondedAt   time.Time
	SecondedBy   string
	Until        time.Time // end of the time of the state
	StopDigest   string    // of the link in the notices; empty without one
}

// Draft is the new manager of a NameManager.
type Draft struct {
	Identifier string
	GivenName  string
	FamilyName string
	Keep       bool // the one before stays as well
}

// Code is the code that a caller reads to the operator. Its digits are derived from its ID, the case and the operator:
// nothing at rest opens anything.
type Code struct {
	ID       string
	Case     string // its ID
	Operator string // identifier of whom it is bound to
	Sent     time.Time
	Expires  time.Time
	Tries    int
	Used     time.Time
}

// Live says whether a code may still be tried.
func (c Code) Live(now time.Time) bool {
	return c.ID != "" && c.Used.IsZero() && c.Tries < MostTries && now.Before(c.Expires)
}
