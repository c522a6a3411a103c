package credential

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loquet/credential/blocklist"
)

// Words stand near a password: who guesses it tries them first (ASVS 6.1.2, 6.2.11). Whole names are enough, their
// parts are found. The product's and the roles' names are in the blocklist.
type Words struct {
	Organisation []string // its name, slug, town, host names
	Person       []string // identifier, given and family name, e-mail addresses
}

// Fault is what is wrong with a new password, as a closed word that the pages put into a sentence.
type Fault string

// The faults of a new password.
const (
	TooShort Fault = "too-short" // under the policy's length, in code points
	TooLong  Fault = "too-long"  // over MaxBytes
	NoUpper  Fault = "no-upper"
	NoLower  Fault = "no-lower"
	NoDigit  Fault = "no-digit"
	Common   Fault = "common"  // on the blocklist (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.4)
	Context  Fault = "context" // made from Words
	Control  Fault = "control" // holds what no keyboard types: control characters, or no UTF-8
)

// Faults lists every fault, in the order in which Check gives them.
var Faults = []Fault{TooLong, TooShort, NoUpper, NoLower, NoDigit, Common, Context, Control}

// Check gives all that is wrong with a new password, in the order of Faults; nothing when it may be used. Over MaxBytes
// nothing else is looked at. Letters and digits are those of Unicode, after NFC.
func (p Policy) Check(password string, w Words) []Fault {
	if len(password) > MaxBytes {
		return []Fault{TooLong}
	}
	text := norm.NFC.String(password)
	var faults []Fault
	add := func(bad bool, f Fault) {
		if bad {
			faults = append(faults, f)
		}
	}
	lacks := func(class func(rune) bool) bool { return !strings.ContainsFunc(text, class) }
	add(p.Missing(password) > 0, TooShort)
	add(p.Upper && lacks(unicode.IsUpper), NoUpper)
	add(p.Lower && lacks(unicode.IsLower), NoLower)
	add(p.Digit && lacks(unicode.IsDigit), NoDigit)
	add(blocklist.Common(password), Common)
	add(blocklist.Derived(password, slices.Concat(w.Organisation, w.Person)), Context)
	add(!utf8.ValidString(password) || !lacks(unicode.IsControl), Control)
	return faults
}

// Missing gives how many code points the password lacks (NIST SP 800-63B-4 §3.1.1.2: each counts as one, after NFC).
// A password over MaxBytes lacks none.
func (p Policy) Missing(password string) int {
	if len(password) > MaxBytes {
		return 0
	}
	return max(0, p.MinLength-utf8.RuneCountInString(norm.NFC.String(password)))
}

// Bits gives the strength in bits of the shortest password that the policy lets through, if it were drawn at random:
// its length times the logarithm of the letters and digits that the rule asks for. 8 of 62 are 47.6 bits, to be held
// against the 50 that CNIL délib. 2022-100 asks for beside throttling. A policy without a rule is counted as the 26
// letters that most people keep to. What people choose is weaker; that is what the blocklist and the limits are for.
func (p Policy) Bits() float64 {
	alphabet := 0
	for _, class := range []struct {
		asked bool
		size  int
	}{{p.Upper, 26}, {p.Lower, 26}, {p.Digit, 10}} {
		if class.asked {
			alphabet += class.size
		}
	}
	if alphabet == 0 {
		alphabet = 26
	}
	return float64(p.MinLength) * math.Log2(float64(alphabet))
}
