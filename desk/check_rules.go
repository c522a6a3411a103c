package desk

import "time"

// Standing is how the caller of a case stands.
type Standing string

// The standings. The last three say that the caller was checked, and how.
const (
	Unchecked   Standing = "unchecked"
	CodeSent    Standing = "code-sent"    // to the registered mobile
	CallBegun   Standing = "call-begun"   // the operator has hung up and dials the registered mobile
	PapersNoted Standing = "papers-noted" // by one operator
	ByCode      Standing = "code"
	ByCallBack  Standing = "call-back"
	ByPapers    Standing = "papers" // seen by two operators
)

// Standings lists every standing.
var Standings = []Standing{Unchecked, CodeSent, CallBegun, PapersNoted, ByCode, ByCallBack, ByPapers}

// Checked says whether the caller was checked.
func (s Standing) Checked() bool { return s == ByCode || s == ByCallBack || s == ByPapers }

// Checking is what is done to check a caller.
type Checking string

// What is done to check a caller.
const (
	SendCode     Checking = "send-code"
	GiveCode     Checking = "give-code"    // the operator types what the caller reads
	BeginCall    Checking = "begin-call"   // the operator is shown the number, once, to dial it
	ConfirmCall  Checking = "confirm-call" // the owner answered, and asked for this call
	NotePapers   Checking = "note-papers"
	SecondPapers Checking = "second-papers"
)

// Checkings lists all that is done to check a caller.
var Checkings = []Checking{SendCode, GiveCode, BeginCall, ConfirmCall, NotePapers, SecondPapers}

// CheckEffect is what a row of Checks makes happen, beside the note of it.
type CheckEffect string

// The effects of a check.
const (
	IssueCode  CheckEffect = "issue-code" // in the place of the one before
	TextCode   CheckEffect = "text-code"
	CountGuess CheckEffect = "count-guess"
	UseCode    CheckEffect = "use-code" // guarded: once
	ShowNumber CheckEffect = "show-number"
	KeepPapers CheckEffect = "keep-papers"
)

// CheckEffects lists every effect.
var CheckEffects = []CheckEffect{IssueCode, TextCode, CountGuess, UseCode, ShowNumber, KeepPapers}

// CheckFact is one yes or no on which a check may depend.
type CheckFact uint8

// The facts of a check.
const (
	RipeMobile CheckFact = 1 << iota // a mobile on file, confirmed, and older than Ripening
	Right                            // the code is right
	Mine                             // this operator began this check
	Papered                          // the papers are enough, and the case is about a manager
)

// CheckFactNames names the facts, in the order of their bits.
var CheckFactNames = []string{"ripe-mobile", "right", "mine", "enough-papers"}

// Check is one row: in From, on Do, when all of If hold and none of Not, go To and make Effects happen.
type Check struct {
	From    Standing
	On      Checking
	If, Not CheckFact
	To      Standing
	Do      []CheckEffect
	Source  string
}

// CodeLives is how long a caller's code lives, and how long a call back may take (NIST SP 800-63B-4 §3.1.3.2: 10
// minutes).
const CodeLives = 10 * time.Minute

// MostTries is how often one code may be tried (ATK-018).
const MostTries = 5

// Checks is how a caller is checked, whole. What a standing has no row for is refused there (see Takes); for every pair
// that is taken and every combination of facts exactly one row holds. A test walks them all.
var Checks = func() []Check {
	var rows []Check
	for _, from := range Standings {
		rows = append(
			rows,
			Check{from, SendCode, RipeMobile, 0, CodeSent, []CheckEffect{IssueCode, TextCode}, "H5; ATK-074, ATK-075"},
			Check{from, SendCode, 0, RipeMobile, from, nil, "ATK-076: no number, or too young a one: papers"},
			Check{from, BeginCall, RipeMobile, 0, CallBegun, []CheckEffect{ShowNumber}, "H5; ATK-074"},
			Check{from, BeginCall, 0, RipeMobile, from, nil, "ATK-076"},
			Check{from, NotePapers, Papered, 0, PapersNoted, []CheckEffect{KeepPapers}, "NIST SP 800-63B-4 §4.2.1"},
			Check{from, NotePapers, 0, Papered, from, nil, "an identity and the house, both; others ask their own manager"},
		)
	}
	return append(
		rows,
		Check{CodeSent, GiveCode, Right | Mine, 0, ByCode, []CheckEffect{UseCode}, "H5; ATK-075"},
		Check{CodeSent, GiveCode, Mine, Right, CodeSent, []CheckEffect{CountGuess}, "ATK-018"},
		Check{CodeSent, GiveCode, 0, Mine, CodeSent, nil, "ATK-075: the code is for whoever the caller has called"},
		Check{CallBegun, ConfirmCall, Mine | RipeMobile, 0, ByCallBack, nil, "H5: two steps, recorded"},
		Check{CallBegun, ConfirmCall, RipeMobile, Mine, CallBegun, nil, "only who has called knows who answered"},
		Check{CallBegun, ConfirmCall, 0, RipeMobile, CallBegun, nil, "ATK-076: it was changed meanwhile"},
		Check{PapersNoted, SecondPapers, Papered, Mine, ByPapers, nil, "ATK-074: two operators"},
		Check{PapersNoted, SecondPapers, Mine, 0, PapersNoted, nil, "ATK-074: not the same one twice"},
		Check{PapersNoted, SecondPapers, 0, Papered | Mine, PapersNoted, nil, "they are not enough any more"},
	)
}()

// Takes says what each standing takes; all else is refused there.
func Takes(s Standing) []Checking {
	always := []Checking{SendCode, BeginCall, NotePapers}
	switch s {
	case CodeSent:
		return append(always, GiveCode)
	case CallBegun:
		return append(always, ConfirmCall)
	case PapersNoted:
		return append(always, SecondPapers)
	}
	return always
}

// NextCheck gives the one row that holds; ok is false when the standing does not take it.
func NextCheck(from Standing, on Checking, facts CheckFact) (row Check, ok bool) {
	return nextCheck(Checks, from, on, facts)
}

func nextCheck(rows []Check, from Standing, on Checking, facts CheckFact) (Check, bool) {
	for _, r := range rows {
		if r.From == from && r.On == on && facts&r.If == r.If && facts&r.Not == 0 {
			return r, true
		}
	}
	return Check{}, false
}
