package signin

import "loquet/audit"

// State is where a browser stands after an attempt to sign in.
type State string

// The states of a sign-in. Refused is shown alike for the known and the unknown; Stopped, Expired, Proving and SettingUp
// are told only to whoever gave a right password, a passkey, or a secret that once was right (ENUM-07, ENUM-12).
const (
	Refused   State = "refused"    // identifier and password do not go together, or the passkey is not accepted
	Waiting   State = "waiting"    // too many wrong tries for what was typed, or from this address
	Stopped   State = "stopped"    // right password of an account that is closed
	Expired   State = "expired"    // a temporary password that was right once
	Proving   State = "proving"    // may give a second proof, and nothing else
	SettingUp State = "setting-up" // may set up a second proof, and nothing else
	Renewing  State = "renewing"   // may choose a new password, and nothing else
	Entered   State = "entered"    // signed in
)

// States lists every state.
var States = []State{Refused, Waiting, Stopped, Expired, Proving, SettingUp, Renewing, Entered}

// Effect is what a row makes happen, all in one transaction.
type Effect string

// The effects of a sign-in.
const (
	OpenSession   Effect = "open-session"
	OpenRenewal   Effect = "open-renewal"
	OpenSecond    Effect = "open-second"
	OpenSetUp     Effect = "open-set-up"
	BurnSecret    Effect = "burn-secret"    // guarded: the loser of a race gets fault.Stale
	CancelSecrets Effect = "cancel-secrets" // the old password works, so what was mailed is not needed
	ClearTries    Effect = "clear-tries"
	ReplaceHeld   Effect = "replace-held" // the session that this browser held ends (ASVS 7.2.4)
	KeepAsked     Effect = "keep-asked"   // the first time that the policy asked for a second proof: its grace begins
	UseProof      Effect = "use-proof"    // guarded, so that it serves once (ATK-064); of a printed code the owner is told
	EndPending    Effect = "end-pending"  // guarded: the session that waited for the second proof has had it
	ClearSecond   Effect = "clear-second" // the tries of this kind of second proof, and of no other (ATK-068)
)

// Effects lists every effect.
var Effects = []Effect{
	OpenSession, OpenRenewal, OpenSecond, OpenSetUp, BurnSecret, CancelSecrets, ClearTries, ReplaceHeld, KeepAsked,
	UseProof, EndPending, ClearSecond,
}

// Fact is one yes or no on which a sign-in may depend. There is no other input.
type Fact uint16

// The facts of a sign-in.
const (
	Wait      Fact = 1 << iota // the limit of what was typed, or of the address, is reached
	Password                   // the password is right; never looked at while Wait holds
	Temporary                  // a temporary password of this account that still lives
	Dead                       // a temporary password of this account that is late, used or replaced
	Held                       // this browser holds what this very temporary password opened
	Open                       // the account may sign in
	MustRenew                  // the account must choose a new password first
	Both                       // a second proof is asked of this person, and there is one (organisation.Both)
	Overdue                    // a second proof must be set up before anything else
	Due                        // a second proof is to be set up by a day to come
	Second                     // the second proof is right; a code is never looked at while Wait holds
	Mailed                     // the first proof was a secret that had been sent
	Passkey                    // the passkey is right, and its device has recognised the person
)

// FactNames names the facts, in the order of their bits.
var FactNames = []string{
	"wait", "password", "temporary", "dead", "held", "open", "must-renew", "both", "overdue", "due", "second", "mailed",
	"passkey",
}

// Rule is one row: when all of If hold and none of Not, go To, do Do, and write Note in the journal.
type Rule struct {
	If, Not Fact
	To      State
	Do      []Effect
	Note    audit.Act
	Source  string
}

// A Table is one of the three entrances, whole: for every combination of its facts exactly one row holds; a test walks
// them all.
type Table struct {
	Name  string
	Facts Fact // those that it may depend on
	Rules []Rule
}

const secret = Temporary | Held | Dead

// PasswordRules is what comes of an identifier and a password.
var PasswordRules = Table{"password", Wait | Password | secret | Open | MustRenew | Both | Overdue | Due, []Rule{
	{Temporary | Open, Both, Renewing, []Effect{BurnSecret, OpenRenewal, ReplaceHeld}, audit.SecretUsed,
		"ADR-0005; ATK-029, ATK-031"},
	{Temporary | Open | Both, 0, Proving, []Effect{BurnSecret, OpenSecond, ReplaceHeld}, audit.SecretUsed,
		"ADR-0018; NIST SP 800-63B-4 §4.2.2.2; ASVS 6.4.3"},
	{Temporary, Open, Stopped, nil, audit.SignInStopped, "ENUM-12"},
	{Held | Open, Temporary | Both, Renewing, nil, "", "double submit, back button"},
	{Held | Open | Both, Temporary, Proving, nil, "", "double submit, back button: or on, when it has been given"},
	{Held, Temporary | Open, Stopped, nil, audit.SignInStopped, "ENUM-12"},
	{Dead, Temporary | Held, Expired, nil, audit.SecretRefused, "NIST SP 800-63B-4 §4.4"},
	{Wait, secret, Waiting, nil, "", "NIST SP 800-63B-4 §3.2.2; ATK-019, ATK-023"},
	{0, secret | Wait | Password, Refused, nil, audit.SignInRefused, "ANSSI R14; ATK-025"},
	{Password, secret | Wait | Open, Stopped, nil, audit.SignInStopped, "ENUM-12; ATK-022"},
	{Password | Open | Both, secret | Wait, Proving, []Effect{OpenSecond, ClearTries, ReplaceHeld}, audit.SecondAsked,
		"ADR-0018; ENUM-07; ATK-034: what was mailed lives on, for nobody has come in yet"},
	{Password | Open | MustRenew, secret | Wait | Both, Renewing,
		[]Effect{OpenRenewal, ClearTries, CancelSecrets, ReplaceHeld}, audit.SignedIn, "CNIL délib. 2022-100; ATK-032"},
	{Password | Open | Overdue, secret | Wait | Both | MustRenew, SettingUp,
		[]Effect{OpenSetUp, ClearTries, CancelSecrets, ReplaceHeld, KeepAsked}, audit.SignedIn, "ADR-0018; ATK-034"},
	{Password | Open | Due, secret | Wait | Both | MustRenew | Overdue, Entered,
		[]Effect{OpenSession, ClearTries, CancelSecrets, ReplaceHeld, KeepAsked}, audit.SignedIn, "ADR-0018: the grace runs"},
	{Password | Open, secret | Wait | Both | MustRenew | Overdue | Due, Entered,
		[]Effect{OpenSession, ClearTries, CancelSecrets, ReplaceHeld}, audit.SignedIn, "ADR-0005; ATK-035"},
}}

// SecondRules is what comes of the second proof, given in the session that waits for it.
var SecondRules = Table{"second", Wait | Second | Open | Mailed | MustRenew, []Rule{
	{Wait, Second, Waiting, nil, "", "NIST SP 800-63B-4 §3.2.2; ATK-019"},
	{0, Second | Wait, Proving, nil, audit.SecondRefused, "NIST SP 800-63B-4 §3.2.2"},
	{Second, Open, Stopped, nil, audit.SignInStopped, "ATK-022"},
	{Second | Open | Mailed, 0, Renewing, []Effect{UseProof, EndPending, OpenRenewal, ClearSecond}, audit.IdentityProven,
		"recovery.Rules: proving; NIST SP 800-63B-4 §4.2.2.2; ATK-034, ATK-066"},
	{Second | Open | MustRenew, Mailed, Renewing,
		[]Effect{UseProof, EndPending, OpenRenewal, ClearSecond, CancelSecrets}, audit.SignedIn,
		"CNIL délib. 2022-100; ATK-032"},
	{Second | Open, Mailed | MustRenew, Entered,
		[]Effect{UseProof, EndPending, OpenSession, ClearSecond, CancelSecrets}, audit.SignedIn,
		"ADR-0018; ATK-034, ATK-064"},
}}

// PasskeyRules is what comes of a passkey alone: its device has recognised the person, so that it is two proofs in one.
var PasskeyRules = Table{"passkey", Wait | Passkey | Open | MustRenew, []Rule{
	{Wait, Passkey, Waiting, nil, "", "ATK-078"},
	{0, Passkey | Wait, Refused, nil, audit.PasskeyRefused, "WebAuthn L3 §7.2; ATK-067"},
	{Passkey, Open, Stopped, nil, audit.SignInStopped, "ENUM-12; ATK-022"},
	{Passkey | Open | MustRenew, 0, Renewing, []Effect{UseProof, OpenRenewal, ReplaceHeld, CancelSecrets}, audit.SignedIn,
		"ATK-032"},
	{Passkey | Open, MustRenew, Entered, []Effect{UseProof, OpenSession, ReplaceHeld, CancelSecrets}, audit.SignedIn,
		"ADR-0018, ADR-0019; NIST SP 800-63B-4 §2.2; ATK-068: the tries of the password stay counted"},
}}

// Tables lists the three tables.
var Tables = []Table{PasswordRules, SecondRules, PasskeyRules}

// Next gives the one row that holds for these facts.
func (t Table) Next(facts Fact) Rule {
	for _, r := range t.Rules {
		if r.holds(facts) {
			return r
		}
	}
	return Rule{To: Refused, Note: audit.SignInRefused} // unreachable while the walk of all combinations passes
}

func (r Rule) holds(facts Fact) bool { return facts&r.If == r.If && facts&r.Not == 0 }
