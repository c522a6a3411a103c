// Package account says who someone is: a person known to one organisation, the identifiers that the person signs in
// with, the addresses that reach the person, and where the account stands in its life.
//
// It promises that two spellings that a reader would take for the same identifier have the same key, and that nothing
// here knows how identifiers are stored.
package account

import (
	"slices"
	"time"
)

// Role is the kind of user that the organisation's applications know (contract: claim "role").
type Role string

// The roles of an auto-école, of a commune, and of the platform.
const (
	Gerant   Role = "gerant"   // everything, and security
	Complet  Role = "complet"  // pupil files, accounts, planning, receipts, exams
	Moniteur Role = "moniteur" // pupil files and planning
	Agent    Role = "agent"    // runs the commune's portail famille
	Famille  Role = "famille"  // an adult of a family
	Operator Role = "operator" // helps callers at the platform's desk; manages nobody (ADR-0021)
)

// Roles lists every role.
var Roles = []Role{Gerant, Complet, Moniteur, Agent, Famille, Operator}

// Manages gives the roles whose people a role looks after: a Gérant the team, an agent the families and the other agents.
// It gives none for everyone else (H7).
func (r Role) Manages() []Role {
	switch r {
	case Gerant:
		return []Role{Gerant, Complet, Moniteur}
	case Agent:
		return []Role{Agent, Famille}
	}
	return nil
}

// Manager says whether a role looks after other people.
func (r Role) Manager() bool { return len(r.Manages()) > 0 }

// State is where an account stands in its life.
type State string

// The states of an account. Only Active and Invited accounts may prove themselves.
const (
	Invited  State = "invited"  // has no password yet; first access is the recovery path
	Active   State = "active"   // may sign in
	Locked   State = "locked"   // closed for now by a manager
	Disabled State = "disabled" // has left; history stays, the identifier is never given to someone else
)

// States lists every state.
var States = []State{Invited, Active, Locked, Disabled}

// Open says whether an account in this state may sign in or renew its password.
func (s State) Open() bool { return s == Active || s == Invited }

// Account is one adult of one organisation.
type Account struct {
	ID           string // opaque, permanent, never reused: 128 random bits
	Organisation string // the organisation's ID
	Identifier   string // as printed on letters: "38162", "AUTOECOLE.GERANT"
	Aliases      []string
	GivenName    string
	FamilyName   string
	Role         Role
	Offices      []string
	Household    string // the family file shared by several adults; empty when there is none
	State        State
	MustRenew    bool      // the password must be chosen anew at the next sign-in
	Emails       []Email   // the first one is the reference address
	Mobile       string    // E.164, or empty
	MobileProven bool      // its owner has confirmed it
	MobileSince  time.Time // when it came into force; zero where there is none
	Leaves       time.Time // the account is closed from then on, as if it were Disabled; zero for never
	SignedIn     time.Time // last sign-in, zero before the first
	Language     string    // BCP 47; empty means the organisation's
	Factors      Factors
	Version      int64 // counts changes, see fault.Stale
}

// Taken is the error of an identifier that is given already, was given once, or reads like one that was (ATK-077).
type Taken struct{ Identifier string }

// Error leaves out the identifier: it is personal data, and errors are logged.
func (Taken) Error() string { return "the identifier is taken" }

// Email is an address of an account. Several accounts may share one: households do.
type Email struct {
	Address     string // as given; letters go to exactly this address
	Proven      bool   // its owner has confirmed it, so that it serves for recovery
	Unreachable bool   // the last letter came back
}

// Name gives the person's full name, or the identifier where none is known.
func (a Account) Name() string {
	switch {
	case a.GivenName == "" && a.FamilyName == "":
		return a.Identifier
	case a.GivenName == "":
		return a.FamilyName
	case a.FamilyName == "":
		return a.GivenName
	}
	return a.GivenName + " " + a.FamilyName
}

// Open says whether the account may sign in or renew its password at this time.
func (a Account) Open(now time.Time) bool {
	return a.State.Open() && (a.Leaves.IsZero() || now.Before(a.Leaves))
}

// Stays says whether this is a manager on whom the organisation can count: active, and not about to leave. One of them
// must always be there (H7, ATK-072).
func (a Account) Stays() bool { return a.Role.Manager() && a.State == Active && a.Leaves.IsZero() }

// Reference gives the address that letters go to, zero when there is none.
func (a Account) Reference() Email {
	if len(a.Emails) == 0 {
		return Email{}
	}
	return a.Emails[0]
}

// In says whether the person works in an office.
func (a Account) In(office string) bool { return slices.Contains(a.Offices, office) }

// RecoveryEmails gives the addresses that recovery may use: proven ones.
func (a Account) RecoveryEmails() []string {
	var proven []string
	for _, e := range a.Emails {
		if e.Proven {
			proven = append(proven, e.Address)
		}
	}
	return proven
}
