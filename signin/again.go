package signin

import (
	"loquet/account"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// TryCounts gives what one more try of a person's password is counted under, when it is asked for again inside: the
// same keys as on the sign-in page, so that the two doors are not two chances (ATK-019).
func (f *Flow) TryCounts(org string, who account.Lookup, b session.Browser) []limit.Count {
	return f.counts(Attempt{Organisation: organisation.Organisation{ID: org}, Browser: b}, who.Canonical())
}
