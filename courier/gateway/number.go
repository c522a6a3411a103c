package gateway

import (
	"errors"
	"regexp"
	"strings"
)

// Number is how a gateway wants numbers.
type Number string

// The ways of writing a number.
const (
	E164     Number = "e164"     // +33612345678
	Digits   Number = "digits"   // 33612345678
	National Number = "national" // 0612345678 in France and its departments overseas; others as dialled there: 0041…
)

// Numbers lists every way.
var Numbers = []Number{E164, Digits, National}

// departments are the codes of metropolitan France and of the departments overseas, whose numbers have nine digits after
// the code and are dialled with a 0 in its place (ARCEP, plan national de numérotation).
var departments = []string{"33", "262", "590", "594", "596"}

// write gives a number, which comes in E.164 form, as the gateway wants it.
func (n Number) write(e164 string) string {
	digits := strings.TrimPrefix(e164, "+")
	switch n {
	case Digits:
		return digits
	case National:
		for _, code := range departments {
			if rest, ok := strings.CutPrefix(digits, code); ok && len(rest) == 9 {
				return "0" + rest
			}
		}
		return "00" + digits
	}
	return e164
}

func (g *Gateway) readNumber(s Settings) error {
	switch s.Number {
	case "", E164, Digits, National:
		return nil
	}
	return errors.New("sms_number: write e164 (+33612345678), digits (33612345678) or national (0612345678)")
}

// tail is how many digits of a number tell whose it is, however the rest is written.
const tail = 8

// without takes a number out of what was said, however it is written there.
func without(said, e164 string) string {
	last := strings.Split(e164[len(e164)-tail:], "")
	number := regexp.MustCompile(`\+?[0-9][0-9(). -]*` + strings.Join(last, `[(). -]?`))
	return number.ReplaceAllString(said, "…")
}
