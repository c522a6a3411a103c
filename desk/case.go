package desk

import (
	"strings"
	"time"

	"loquet/account"
	"loquet/courier"
)

// Reason says why somebody calls.
type Reason string

// The reasons.
const (
	LostIdentifier Reason = "identifier"
	LostPassword   Reason = "password"
	LostMailbox    Reason = "mailbox"
	LostMobile     Reason = "mobile"
	LostFactors    Reason = "factors"
	ManagerLeft    Reason = "left"
	ManagerDied    Reason = "died"
	Sold           Reason = "sold"
	NoLetter       Reason = "no-letter"
	Other          Reason = "other"
)

// Reasons lists every reason.
var Reasons = []Reason{
	LostIdentifier, LostPassword, LostMailbox, LostMobile, LostFactors, NoLetter, ManagerLeft, ManagerDied, Sold, Other,
}

// Case is one call for help, from the first word to the end.
type Case struct {
	ID           string // opaque
	Number       string // as people say it: "K7P3QX"
	Organisation string // its ID
	Account      string // whom it is about, an ID; empty until the person was found
	Reason       Reason
	Said         string // what the caller said, at most LongestSaid code points
	Caller       string // the number that the telephone showed: a hint, and never a proof (ATK-074)
	Opened       time.Time
	OpenedBy     string // identifier of the operator, here and below
	Closed       time.Time
	Standing     Standing // of the check of the caller
	CheckedAt    time.Time
	CheckedBy    string
	Papers       Papers
	Version      int64
}

// LongestSaid is how long a note may be, in code points.
const LongestSaid = 500

// ProofLives is how long a checked caller counts as checked: a call, not a day.
const ProofLives = time.Hour

// Stands gives how the caller stands at a time: a check that is too old counts as none.
func (c Case) Stands(now time.Time) Standing {
	if c.CheckedAt.IsZero() || !now.Before(c.CheckedAt.Add(lives(c.Standing))) {
		return Unchecked
	}
	return c.Standing
}

// lives says how long a standing holds: papers are read in the evening and seconded in the morning.
func lives(s Standing) time.Duration {
	switch s {
	case CodeSent, CallBegun:
		return CodeLives
	case PapersNoted, ByPapers:
		return PapersLive
	}
	return ProofLives
}

// PapersLive is how long papers that were noted wait for a second operator, and hold then.
const PapersLive = 7 * 24 * time.Hour

// Papers are what was shown in place of a telephone.
type Papers struct {
	Kinds []Paper
	SIRET string // fourteen digits
	Note  string // where the papers are kept, at most LongestSaid code points
}

// Paper is one kind of document.
type Paper string

// The papers.
const (
	Kbis     Paper = "kbis"     // an extract of the register, younger than three months
	Approval Paper = "approval" // the prefect's agrément of the auto-école
	Identity Paper = "identity" // of the caller
	Transfer Paper = "transfer" // the act of sale, or of death
	Mayor    Paper = "mayor"    // a letter of the mayor, for a commune
)

// AllPapers lists every paper.
var AllPapers = []Paper{Kbis, Approval, Identity, Transfer, Mayor}

// Enough says whether papers may stand in for a telephone: who the caller is, and that the house is theirs.
func (p Papers) Enough() bool {
	has := map[Paper]bool{}
	for _, kind := range p.Kinds {
		has[kind] = true
	}
	return has[Identity] && (has[Kbis] || has[Mayor]) && (has[Mayor] || ValidSIRET(p.SIRET))
}

// ValidSIRET says whether a text is a SIRET: fourteen digits that pass the test of Luhn (INSEE). Those of La Poste, which
// pass another one, are taken as well.
func ValidSIRET(s string) bool {
	if len(s) != 14 {
		return false
	}
	sum, digits := 0, 0
	for i, r := range s {
		if r < '0' || r > '9' {
			return false
		}
		d := int(r - '0')
		digits += d
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if strings.Trim(s, "0") == "" {
		return false
	}
	return sum%10 == 0 || s[:9] == "356000000" && digits%5 == 0
}

// Step is one thing that happened in a case, as the operators read it.
type Step struct {
	Case     string // its ID
	At       time.Time
	Operator string // identifier; empty for the program and for the owner's link
	What     string // an audit.Act
	Detail   string // a closed word, or a masked address
}

// Ripening is how old a number must be to prove a caller: one that was changed shortly before the call proves nothing
// (ATK-076; NIST SP 800-63B-4 §3.1.3.3).
const Ripening = 7 * 24 * time.Hour

// Ripe says whether somebody's mobile may prove them: confirmed by its owner, and in force long enough.
func Ripe(person account.Account, now time.Time) bool {
	return person.Mobile != "" && person.MobileProven && !person.MobileSince.IsZero() &&
		!now.Before(person.MobileSince.Add(Ripening))
}

// Situation is what the drawing of somebody's state shows: times and ends, no address in full and no secret.
type Situation struct {
	State    account.State
	Leaves   time.Time
	SignedIn time.Time // last sign-in, zero for never
	Renewed  time.Time // when the password was last chosen, zero for never
	Asked    time.Time // the last one-use secret, zero for none
	Ends     time.Time // when it ends
	Used     time.Time // when it was used
	Renewing bool      // a browser stands on the page of the new password
	Sessions int       // open ones
	Letters  []courier.Delivery
}
