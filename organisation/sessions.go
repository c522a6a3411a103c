package organisation

import (
	"time"

	"loquet/account"
	"loquet/session"
)

// LimitsFor gives the session limits of a role: of operators, those that no policy changes. A role without limits of its
// own gets the shortest: an hour at most.
func (p Policy) LimitsFor(role account.Role) session.Limits {
	if role == account.Operator {
		return operatorLimits
	}
	if l, ok := p.Sessions[role]; ok {
		return l
	}
	return session.Limits{Idle: 15 * time.Minute, Absolute: time.Hour}
}

// OffersRemember says whether any role may tick « je reste connecté(e) »: the sign-in page does not know the role yet.
func (p Policy) OffersRemember() bool {
	for _, l := range p.Sessions {
		if l.Remember > 0 {
			return true
		}
	}
	return false
}
