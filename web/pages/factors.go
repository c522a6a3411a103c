package pages

import (
	"time"

	"loquet/credential"
	"loquet/organisation"
)

// Ceremony is what the script needs to ask the browser for a passkey: the options, as JSON, that
// PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON take. Empty where no passkey can help.
type Ceremony string

// Second is /signin/second: one proof was given, one more is asked. Its fields: code (of the app, or printed), or
// answer, which the script fills with what the passkey says.
type Second struct {
	Frame
	State     SecondState
	App       bool     // codes of an app are known
	Printed   bool     // printed codes are left
	Passkey   Ceremony // passkeys of this host; empty for none
	Elsewhere bool     // the person's passkeys are all of another host
	Next      string   // where to go afterwards: a path of this site
	Mailed    bool     // what was given is a secret from a letter: a new password is next
	Problems  []Problem
	Wait      time.Duration // for SecondWait
}

// SecondState says what the page shows.
type SecondState string

// The states of the page.
const (
	SecondAsked   SecondState = ""
	SecondRefused SecondState = "refused" // 422: not a code that is good now
	SecondPasskey SecondState = "passkey" // 422: the passkey was not accepted
	SecondWait    SecondState = "wait"    // 429
)

// PasskeyRow is one passkey on the list.
type PasskeyRow struct {
	credential.Passkey
	Number int    // from 1, for those without a name
	Here   bool   // serves at this host
	Stays  string // why it cannot be removed, a key of words; empty when it can
}

// AccountFactors is /account/factors: what one proves oneself with beside the password. POST, by do: rename-passkey (id,
// name), remove-passkey (id), remove-app, remove-password, second-on, second-off; current_password or proof unless
// Fresh; do=prove with proof alone. What is made has pages of its own. Stays are keys of words, see FactorKey.
type AccountFactors struct {
	Frame
	SetUp     bool // nothing else is open until there is a second proof
	OneProof  bool // the session rests on one proof of two: do=prove with proof comes first
	Standing  organisation.Standing
	DueBy     time.Time // for Due
	Passkeys  []PasskeyRow
	Accepted  string // for the browser's passkey manager: {"rpId","userId","allAcceptedCredentialIds"} (WebAuthn L3 §5.1.10)
	App       *credential.App
	AppStays  string // why it cannot be removed
	CodesLeft int
	Printed   time.Time // when the printed codes were made; zero for none
	MayPrint  bool      // there is a proof that they stand in for
	Password  bool      // there is one
	// PasswordStays and SecondStays say why the password cannot be removed, and Second not switched over.
	PasswordStays, SecondStays string
	Second                     bool
	Asked                      bool // the policy asks for it
	Fresh                      bool
	Notice                     Notice
	Typed                      Typed
	Problems                   []Problem
	Wait                       time.Duration
}

// ProofWays says how whoever is signed in can prove it again: by the field current_password or, filled by the script,
// the field proof, which holds what the passkey says. The zero value is by password only.
type ProofWays struct {
	Password bool
	Passkey  bool // one of this host; GET /account/prove gives the options, as {"options": …}
}

// AddPasskey is /account/factors/passkey. Its fields: name and answer when Fresh; else do=prove with current_password or
// proof, after which the page comes again.
type AddPasskey struct {
	Frame
	SetUp    bool
	Options  Ceremony // while Fresh
	Fresh    bool
	Typed    Typed
	Problems []Problem // name, answer, current_password
	Wait     time.Duration
}

// AddApp is /account/factors/app. Its fields: setup, code, and current_password or proof unless Fresh.
type AddApp struct {
	Frame
	SetUp    bool
	ID       string // the field setup
	Secret   string // to type, in groups
	URL      string // to scan: otpauth://…
	Replaces bool   // an app is known already: it serves until the new one is confirmed
	Fresh    bool
	Problems []Problem // code, current_password
	Wait     time.Duration
}

// PrintedCodes is /account/factors/codes. With Codes it shows them, once; without, it offers to make them. Its fields:
// do=make (current_password or proof unless Fresh) or do=kept.
type PrintedCodes struct {
	Frame
	Identifier string // of whoever the codes are of, for the paper
	Codes      []string
	Left       int       // of those made before
	Made       time.Time // zero for none
	SetUp      bool      // a second proof has just been set up: this is the next step, which can be passed over
	Fresh      bool
	Problems   []Problem
	Wait       time.Duration
}
