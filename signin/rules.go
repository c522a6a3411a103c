package signin

import "loquet/audit"

// State is where a browser stands after an attempt to sign in.
type State string

// The states of a sign-in. Refused is shown alike for the known and the unknown; Stopped and Expired are told only to
// whoever gave a right password or a secret that once was right.
const (
	Refused  State = "refused"  // identifier and password do not go together
	Waiting  State = "waiting"  // too many wrong tries for what was typed, or from this address
	Stopped  State = "stopped"  // right password of an account that is closed
	Expired  State = "expired"  // a temporary password that was right once
	Renewing State = "renewing" // may choose a new password, and nothing else
	Entered  State = "entered"  // signed in
)

// States lists every state.
var States = []State{Refused, Waiting, Stopped, Expired, Renewing, Entered}

// Effect is what a row makes happen, all in one transaction.
type Effect string

// The effects of a sign-in.
const (
	OpenSession   Effect = "open-session"
	OpenRenewal   Effect = "open-renewal"
	BurnSecret    Effect = "burn-secret"    // guarded: the loser of a race gets fault.Stale
	CancelSecrets Effect = "cancel-secrets" // the old password works, so what was mailed is not needed
	ClearTries    Effect = "clear-tries"
	ReplaceHeld   Effect = "replace-held" // the session that this browser held ends (ASVS 7.2.4)
)

// Effects lists every effect.
var Effects = []Effect{OpenSession, OpenRenewal, BurnSecret, CancelSecrets, ClearTries, ReplaceHeld}

// Fact is one yes or no on which a sign-in may depend. There is no other input.
type Fact uint8

// The facts of a sign-in.
const (
	Wait      Fact = 1 << iota // the limit of what was typed, or of the address, is reached
	Password                   // the password is right; never looked at while Wait holds
	Temporary                  // a temporary password of this account that still lives
	Dead                       // a temporary password of this account that is late, used or replaced
	Held                       // this browser holds the renewal that this very temporary password opened
	Open                       // the account may sign in
	MustRenew                  // the account must choose a new password first
)

// FactNames names the facts, in the order of their bits.
var FactNames = []string{"wait", "password", "temporary", "dead", "held", "open", "must-renew"}

// Rule is one row: when all of If hold and none of Not, go To, do Do, and write Note in the journal.
type Rule struct {
	If, Not Fact
	To      State
	Do      []Effect
	Note    audit.Act
	Source  string
}

// Rules is the sign-in, whole. For every combination of facts exactly one row holds; a test walks them all.
var Rules = []Rule{
	{Temporary | Open, 0, Renewing, []Effect{BurnSecret, OpenRenewal, ReplaceHeld}, audit.SecretUsed, "ADR-0005; ATK-029, ATK-031"},
	{Temporary, Open, Stopped, nil, audit.SignInStopped, "ENUM-12"},
	{Held | Open, Temporary, Renewing, nil, "", "double submit, back button"},
	{Held, Temporary | Open, Stopped, nil, audit.SignInStopped, "ENUM-12"},
	{Dead, Temporary | Held, Expired, nil, audit.SecretRefused, "NIST SP 800-63B-4 §4.4"},
	{Wait, Temporary | Held | Dead, Waiting, nil, "", "NIST SP 800-63B-4 §3.2.2; ATK-019, ATK-023"},
	{0, Temporary | Held | Dead | Wait | Password, Refused, nil, audit.SignInRefused, "ANSSI R14; ATK-025"},
	{Password, Temporary | Held | Dead | Wait | Open, Stopped, nil, audit.SignInStopped, "ENUM-12; ATK-022"},
	{Password | Open | MustRenew, Temporary | Held | Dead | Wait, Renewing,
		[]Effect{OpenRenewal, ClearTries, CancelSecrets, ReplaceHeld}, audit.SignedIn, "CNIL délib. 2022-100; ATK-032"},
	{Password | Open, Temporary | Held | Dead | Wait | MustRenew, Entered,
		[]Effect{OpenSession, ClearTries, CancelSecrets, ReplaceHeld}, audit.SignedIn, "ADR-0005; ATK-035"},
}

// Next gives the one row that holds for these facts.
func Next(facts Fact) Rule { return next(Rules, facts) }

func next(rules []Rule, facts Fact) Rule {
	for _, r := range rules {
		if r.holds(facts) {
			return r
		}
	}
	return Rule{To: Refused, Note: audit.SignInRefused} // unreachable while the walk of all combinations passes
}

func (r Rule) holds(facts Fact) bool { return facts&r.If == r.If && facts&r.Not == 0 }
