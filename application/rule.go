package application

import (
	"slices"

	"loquet/account"
	"loquet/session"
)

// Rule says who may enter. An empty list means everybody.
type Rule struct {
	Roles   []account.Role `json:"roles"`
	Offices []string       `json:"offices"` // one of them is enough
	Second  bool           `json:"second"`  // a second proof must have been given (session.Two)
}

// Verdict is what a rule says of somebody.
type Verdict string

// The verdicts.
const (
	Admitted    Verdict = "admitted"
	WrongRole   Verdict = "role"
	WrongOffice Verdict = "office"
	WantsSecond Verdict = "second" // may enter once the second proof is given
)

// Verdicts lists every verdict.
var Verdicts = []Verdict{Admitted, WrongRole, WrongOffice, WantsSecond}

// Admits says what the rule says of a person whose proofs reach a level.
func (r Rule) Admits(p account.Account, level session.Level) Verdict {
	switch {
	case len(r.Roles) > 0 && !slices.Contains(r.Roles, p.Role):
		return WrongRole
	case len(r.Offices) > 0 && !slices.ContainsFunc(r.Offices, p.In):
		return WrongOffice
	case r.Second && level != session.Two:
		return WantsSecond
	}
	return Admitted
}

// For says whether a person may enter at all, with a second proof where one is asked: whether the tile is theirs.
func (r Rule) For(p account.Account) bool { return r.Admits(p, session.Two) == Admitted }
