package organisation

import (
	"slices"
	"time"

	"loquet/account"
	"loquet/session"
)

// PlatformSlug and PlatformID name the organisation that operators belong to (ADR-0021). Its ID is a word, which no
// other organisation's is, so that there is one at most.
const (
	PlatformSlug = "platform"
	PlatformID   = "platform"
)

// operatorLimits are how long operators stay signed in: never past the window, nor past a working day (C7).
var operatorLimits = session.Limits{Idle: 20 * time.Minute, Absolute: 10 * time.Hour}

// NewPlatform gives the platform as an organisation: the strictest rules, French, answering on these hosts.
func NewPlatform(hosts []string) Organisation {
	return Organisation{
		ID: PlatformID, Slug: PlatformSlug, Name: "Assistance", Hosts: hosts, Preset: Strict, Wording: Strict.Wording(),
		Language: "fr", TimeZone: DefaultZone, Policy: Strict.Policy(),
		Legal:      Legal{Accessibility: Accessibility{State: NotConform}},
		Appearance: Appearance{Logo: "A"},
	}
}

// Platform says whether this is the operators' organisation.
func (o Organisation) Platform() bool { return o.Slug == PlatformSlug }

// Admits says whether somebody of this role may belong to the organisation: operators to the platform, and nobody else;
// operators to no tenant.
func (o Organisation) Admits(role account.Role) bool {
	return slices.Contains(account.Roles, role) && o.Platform() == (role == account.Operator)
}

// Operates says whether a person may act at the desk: an operator of the platform, through a session that rests on two
// proofs (ASVS 6.3.3).
func (o Organisation) Operates(person account.Account, level session.Level, now time.Time) bool {
	return o.Platform() && person.Organisation == o.ID && person.Role == account.Operator &&
		person.State == account.Active && person.Open(now) && level == session.Two
}
