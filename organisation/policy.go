package organisation

import (
	"time"

	"loquet/account"
	"loquet/credential"
	"loquet/session"
)

// Preset names a policy to start from.
type Preset string

// The presets of the contract.
const (
	PortailFamille Preset = "portail-famille"
	AutoEcole      Preset = "auto-ecole"
	Default        Preset = "default"
	Strict         Preset = "strict"
)

// Presets lists every preset.
var Presets = []Preset{PortailFamille, AutoEcole, Default, Strict}

// Policy is what the organisation decides.
type Policy struct {
	Password credential.Policy               `json:"password"`
	Recovery Recovery                        `json:"recovery"`
	Sessions map[account.Role]session.Limits `json:"sessions"`
	Second   map[account.Role]Second         `json:"second"`
}

// Recovery says how people get back in.
type Recovery struct {
	Ask      Ask           `json:"ask"`
	Send     Send          `json:"send"`
	Lifetime time.Duration `json:"lifetime"` // of what is sent; at most 24 h (CNIL délib. 2022-100, NIST SP 800-63B-4 §4.2.1.2)
}

// Ask is what the forgotten-password page asks for.
type Ask string

// What may be asked for.
const (
	AskEither Ask = "either" // the identifier or the e-mail, whichever the person knows
	AskBoth   Ask = "both"   // the identifier and its reference e-mail, which must belong together
)

// Send is what the letter holds.
type Send string

// What may be sent.
const (
	SendTemporary Send = "temporary-password"
	SendLink      Send = "link" // a link, and a code for whoever cannot click
	SendCode      Send = "code"
)

// Sends lists what may be sent.
var Sends = []Send{SendTemporary, SendLink, SendCode}

// LongestRecovery is the hard limit of Recovery.Lifetime.
const LongestRecovery = 24 * time.Hour

// SlipLives is how long a printed slip opens the renewal (NIST SP 800-63B-4 §4.2.1.2: 21 days for a code by post).
const SlipLives = 21 * 24 * time.Hour

// LongestRemember is the hard limit of a remembered session (NIST SP 800-63B-4 §5.1).
const LongestRemember = 30 * 24 * time.Hour

// For gives the policy of a preset. An unknown preset gives Default's.
func (p Preset) Policy() Policy {
	family := session.Limits{Idle: time.Hour, Absolute: 12 * time.Hour, Remember: LongestRemember}
	team := session.Limits{Idle: 2 * time.Hour, Absolute: 12 * time.Hour, Remember: LongestRemember}
	manager := session.Limits{Idle: time.Hour, Absolute: 12 * time.Hour}
	policy := Policy{
		Password: credential.Policy{MinLength: 12},
		Recovery: Recovery{Ask: AskEither, Send: SendLink, Lifetime: time.Hour},
		Sessions: map[account.Role]session.Limits{
			account.Famille: family, account.Complet: team, account.Moniteur: team,
			account.Gerant: manager, account.Agent: manager,
		},
		Second: map[account.Role]Second{
			account.Famille: {Demand: Offered}, account.Complet: {Demand: Offered}, account.Moniteur: {Demand: Offered},
			account.Gerant: {AtNextSignIn, PresetGrace}, account.Agent: {AtNextSignIn, PresetGrace},
		},
	}
	seed := credential.Policy{MinLength: 8, Upper: true, Lower: true, Digit: true}
	switch p {
	case PortailFamille:
		policy.Password = seed
		policy.Recovery = Recovery{Ask: AskEither, Send: SendTemporary, Lifetime: LongestRecovery}
	case AutoEcole:
		policy.Password = seed
		policy.Recovery = Recovery{Ask: AskBoth, Send: SendTemporary, Lifetime: LongestRecovery}
	case Strict:
		policy.Password = credential.Policy{MinLength: 15}
		for role, l := range policy.Sessions {
			l.Remember = 0
			policy.Sessions[role] = l
			policy.Second[role] = Second{AtNextSignIn, PresetGrace}
		}
	}
	return policy
}

// Wording gives the wording pack of a preset.
func (p Preset) Wording() Wording {
	if p == AutoEcole {
		return Key
	}
	return Password
}

// Refusal is what is wrong with a policy, as a closed word that the settings page and the command line put into words.
type Refusal string

// The refusals of a policy.
const (
	PasswordTooShort  Refusal = "password-too-short"  // under 8 code points (ASVS 6.2.1)
	PasswordTooLong   Refusal = "password-too-long"   // asks for more than 64 code points
	RecoveryTooLong   Refusal = "recovery-too-long"   // over 24 h, refused and not clamped
	RecoveryTooShort  Refusal = "recovery-too-short"  // under 5 minutes: mail needs time
	RecoveryUnknown   Refusal = "recovery-unknown"    // asks or sends what does not exist
	RememberTooLong   Refusal = "remember-too-long"   // over 30 days
	RememberForbidden Refusal = "remember-forbidden"  // managers may not be remembered (ADR-0005)
	SessionWithoutEnd Refusal = "session-without-end" // a role without limits
	SecondUnknown     Refusal = "second-unknown"      // a demand that does not exist
	GraceTooLong      Refusal = "grace-too-long"      // over LongestGrace, or negative
)

// Check gives all that is wrong with the policy, nothing when it may be used.
func (p Policy) Check() []Refusal {
	var wrong []Refusal
	add := func(bad bool, r Refusal) {
		if bad {
			wrong = append(wrong, r)
		}
	}
	add(p.Password.MinLength < 8, PasswordTooShort)
	add(p.Password.MinLength > 64, PasswordTooLong)
	add(p.Recovery.Lifetime > LongestRecovery, RecoveryTooLong)
	add(p.Recovery.Lifetime < 5*time.Minute, RecoveryTooShort)
	add(p.Recovery.Ask != AskEither && p.Recovery.Ask != AskBoth, RecoveryUnknown)
	add(p.Recovery.Send != SendTemporary && p.Recovery.Send != SendLink && p.Recovery.Send != SendCode, RecoveryUnknown)
	for _, role := range account.Roles {
		if role == account.Operator {
			continue // no policy decides for them
		}
		l := p.Sessions[role]
		add(l.Idle <= 0 || l.Absolute <= 0, SessionWithoutEnd)
		add(l.Remember > LongestRemember, RememberTooLong)
		add(l.Remember > 0 && (role == account.Gerant || role == account.Agent), RememberForbidden)
		wrong = append(wrong, p.SecondFor(role).check()...)
	}
	return wrong
}
