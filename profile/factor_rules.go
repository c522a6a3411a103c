package profile

// FactorAct is what somebody would do to the proofs of their own account, where it may be refused.
type FactorAct string

// The acts. Adding a proof is none of them: it takes nothing away.
const (
	RemovingPasskey  FactorAct = "remove-passkey"
	RemovingApp      FactorAct = "remove-app"
	RemovingPassword FactorAct = "remove-password"
	MakingCodes      FactorAct = "make-codes"
	SwitchingOn      FactorAct = "second-on"
	SwitchingOff     FactorAct = "second-off"
)

// FactorActs lists every act.
var FactorActs = []FactorAct{
	RemovingPasskey, RemovingApp, RemovingPassword, MakingCodes, SwitchingOn, SwitchingOff,
}

// Refusal is why a change of one's proofs was not made, in a closed word that the pages put into a sentence; empty when
// it was. The refusals of the rules are here, those of what a browser sends at Added.
type Refusal string

// The refusals of the rules.
const (
	LastWayIn   Refusal = "last"        // nothing would be left to enter with
	StillAsked  Refusal = "required"    // the policy asks a second proof: another one first
	NoWayBack   Refusal = "stranded"    // losing the one passkey that is left would close the account for good
	NothingHere Refusal = "absent"      // it is not there, or no more
	ProofFirst  Refusal = "proof-first" // an app or a passkey first
	AppAsks     Refusal = "app"         // whoever has app codes is asked for them: the app goes first
)

// FactorFact is one yes or no on which an act may depend. Those of what remains are about the time after the act, and
// count only passkeys of hosts that the organisation answers on: no other opens anything.
type FactorFact uint8

// The facts of an act.
const (
	HasPassword  FactorFact = 1 << iota // before the act
	HasApp                              // before the act
	RemainsEntry                        // a passkey that verifies its person, and so may be the only proof
	RemainsSpare                        // and another such one
	RemainsProof                        // a passkey or an app
	PolicyAsks                          // of the role, sooner or later
	HasMailbox                          // a proven one, which recovery writes to
)

// FactorFactNames names the facts, in the order of their bits.
var FactorFactNames = []string{"password", "app", "entry", "spare", "proof", "policy", "mailbox"}

// FactorEffect is what goes with an act that may be done, in the same transaction.
type FactorEffect string

// The effects.
const (
	DropCodes FactorEffect = "drop-codes" // printed codes stand in for another proof, and never alone
	SwitchOff FactorEffect = "switch-off" // nothing is left that could be asked for
)

// FactorEffects lists every effect.
var FactorEffects = []FactorEffect{DropCodes, SwitchOff}

// FactorRule is one row: On an act, when all of If hold and none of Not, it may be done with Do, or is refused with Why.
type FactorRule struct {
	On      FactorAct
	If, Not FactorFact
	Why     Refusal // empty: it may be done
	Do      []FactorEffect
	Source  string
}

var bare = []FactorEffect{DropCodes, SwitchOff}

// FactorRules is what may be taken from one's own proofs, whole. For every act and every combination of facts exactly
// one row holds; a test walks them all.
var FactorRules = []FactorRule{
	{RemovingPasskey, 0, HasPassword | RemainsEntry, LastWayIn, nil, "C4: the last way in is protected"},
	{RemovingPasskey, RemainsEntry, HasPassword | HasMailbox | RemainsSpare, NoWayBack, nil,
		"C3: no loss of one thing closes an account"},
	{RemovingPasskey, RemainsEntry | RemainsSpare, HasPassword | HasMailbox, "", nil, "C4"},
	{RemovingPasskey, RemainsEntry | HasMailbox, HasPassword, "", nil, "C4"},
	{RemovingPasskey, HasPassword | RemainsProof, 0, "", nil, "C4"},
	{RemovingPasskey, HasPassword | PolicyAsks, RemainsProof, StillAsked, nil, "C4: replaced first; ATK-034"},
	{RemovingPasskey, HasPassword, RemainsProof | PolicyAsks, "", bare, "NIST SP 800-63B-4 §4.2.1.1"},

	{RemovingApp, 0, HasApp, NothingHere, nil, "double submit"},
	{RemovingApp, HasApp | RemainsProof, 0, "", nil, "C4"},
	{RemovingApp, HasApp | PolicyAsks, RemainsProof, StillAsked, nil, "C4: replaced first; ATK-034"},
	{RemovingApp, HasApp, RemainsProof | PolicyAsks, "", bare, "NIST SP 800-63B-4 §4.2.1.1"},

	{RemovingPassword, 0, HasPassword, NothingHere, nil, "double submit"},
	{RemovingPassword, HasPassword, RemainsEntry, LastWayIn, nil, "C4: the last way in is protected"},
	{RemovingPassword, HasPassword | RemainsEntry, HasMailbox | RemainsSpare, NoWayBack, nil,
		"C3: no loss of one thing closes an account"},
	{RemovingPassword, HasPassword | RemainsEntry | RemainsSpare, HasMailbox, "", nil, "C4: forget passwords for good"},
	{RemovingPassword, HasPassword | RemainsEntry | HasMailbox, 0, "", nil, "C4: forget passwords for good"},

	{MakingCodes, 0, RemainsProof, ProofFirst, nil, "ATK-066: they stand in for a proof, and are none to begin with"},
	{MakingCodes, RemainsProof, 0, "", nil, "C4; NIST SP 800-63B-4 §4.2.1.1"},

	{SwitchingOn, 0, RemainsProof, ProofFirst, nil, "nothing is there to ask for"},
	{SwitchingOn, RemainsProof, 0, "", nil, "C4"},

	{SwitchingOff, PolicyAsks, 0, StillAsked, nil, "NIST SP 800-63B-4 §4.1.2.1; ATK-034"},
	{SwitchingOff, HasApp, PolicyAsks, AppAsks, nil, "an app opens nothing by itself"},
	{SwitchingOff, 0, PolicyAsks | HasApp, "", nil, "C4: offered"},
}

// MayChange gives the one row that holds.
func MayChange(on FactorAct, facts FactorFact) FactorRule { return mayChange(FactorRules, on, facts) }

func mayChange(rules []FactorRule, on FactorAct, facts FactorFact) FactorRule {
	for _, r := range rules {
		if r.holds(on, facts) {
			return r
		}
	}
	return FactorRule{On: on, Why: NothingHere} // unreachable while the walk of all combinations passes
}

func (r FactorRule) holds(on FactorAct, facts FactorFact) bool {
	return r.On == on && facts&r.If == r.If && facts&r.Not == 0
}
