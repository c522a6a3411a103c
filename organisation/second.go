package organisation

import (
	"time"

	"loquet/account"
)

// Demand is what a policy asks of a role beside the password (C4).
type Demand string

// The demands, each stricter than the one before.
const (
	NotOffered   Demand = "none"         // nobody is led to a second proof; those that exist go on being asked
	Offered      Demand = "offered"      // whoever wants has one
	AtNextSignIn Demand = "next-sign-in" // whoever signs in without one must set one up once the grace is over
	AtOnce       Demand = "now"          // as well in a browser that is signed in already, and without any grace
)

// Demands lists every demand.
var Demands = []Demand{NotOffered, Offered, AtNextSignIn, AtOnce}

// Second is what the policy asks of one role.
type Second struct {
	Demand Demand        `json:"demand"`
	Grace  time.Duration `json:"grace"` // for AtNextSignIn: from the first sign-in at which it was asked
}

// LongestGrace is the hard limit of Second.Grace: who has had a season has had time.
const LongestGrace = 90 * 24 * time.Hour

// PresetGrace is the grace that the presets give.
const PresetGrace = 14 * 24 * time.Hour

// Standing is where a person stands with what the policy asks.
type Standing string

// The standings.
const (
	Alone   Standing = "alone"   // one proof is enough
	Due     Standing = "due"     // one proof is enough for now: a second one is to be set up by a day that is known
	Overdue Standing = "overdue" // a second proof must be set up before anything else
	Both    Standing = "both"    // a second proof is asked after the first, and there is one
)

// Standings lists every standing.
var Standings = []Standing{Alone, Due, Overdue, Both}

// SecondFor gives what is asked of a role: of operators, a second proof at once, whatever the policy says; of others
// under a policy that was kept before there were second proofs, nothing.
func (p Policy) SecondFor(role account.Role) Second {
	if role == account.Operator {
		return Second{Demand: AtOnce}
	}
	if s, ok := p.Second[role]; ok {
		return s
	}
	return Second{Demand: Offered}
}

// Asks says whether the role's people must have a second proof, sooner or later.
func (s Second) Asks() bool { return s.Demand == AtNextSignIn || s.Demand == AtOnce }

// OffersPasskey says whether a person who has no passkey is led to one.
func (p Policy) OffersPasskey(person account.Account) bool {
	return person.Factors.Passkeys == 0 && p.SecondFor(person.Role).Demand != NotOffered
}

// Standing says where a person stands at this time. Whoever asked for a second proof is asked for it under every
// policy, and so is whoever a policy asks it of: a proof that exists is never passed over (NIST SP 800-63B-4 §4.1.2.1).
// A passkey that somebody made for convenience is an entrance of its own and no second proof, unless one is asked.
func (p Policy) Standing(person account.Account, now time.Time) Standing {
	second, has := p.SecondFor(person.Role), person.Factors
	switch {
	case has.Any() && (has.Second || second.Asks()):
		return Both
	case !second.Asks():
		return Alone
	case now.Before(p.DueBy(person, now)):
		return Due
	}
	return Overdue
}

// DueBy gives when a person who has no second proof must have set one up. The grace of whoever has not been asked yet
// begins now.
func (p Policy) DueBy(person account.Account, now time.Time) time.Time {
	second, from := p.SecondFor(person.Role), person.Factors.Asked
	if from.IsZero() || from.After(now) { // a clock that was set back must not give more time
		from = now
	}
	if second.Demand != AtNextSignIn {
		return from
	}
	return from.Add(second.Grace)
}

func (s Second) check() (wrong []Refusal) {
	known := false
	for _, d := range Demands {
		known = known || d == s.Demand
	}
	if !known {
		wrong = append(wrong, SecondUnknown)
	}
	if s.Grace < 0 || s.Grace > LongestGrace {
		wrong = append(wrong, GraceTooLong)
	}
	return wrong
}
