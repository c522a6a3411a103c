package account

import (
	"strings"
	"unicode"
)

// longestNumber is the longest text that is read as a number, in bytes: 15 digits and what people put between them.
const longestNumber = 64

// FoldMobile gives a mobile number in E.164 form: a French one as it is dialled in France ("06 12 34 56 78"), or any
// with its country ("+41 79 …", "0041 79 …"), 8 to 15 digits in all. Blanks, dots, hyphens, slashes and brackets
// between the digits are dropped, and so is the "(0)" of "+33 (0)6". French numbers that cannot be mobile ones are not
// ok, since no text message would arrive.
func FoldMobile(typed string) (e164 string, ok bool) {
	digits, international := dialled(typed)
	if !international {
		return national(digits)
	}
	if rest, french := strings.CutPrefix(digits, "33"); french {
		return national("0" + strings.TrimPrefix(rest, "0"))
	}
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return "", false
	}
	return "+" + digits, true
}

// dialled gives the digits of a number, without the international prefix; none when something else was typed.
func dialled(typed string) (digits string, international bool) {
	if len(typed) > longestNumber {
		return "", false
	}
	var b strings.Builder
	for i, r := range strings.TrimFunc(typed, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) }) {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case '０' <= r && r <= '９': // full width
			b.WriteRune(r - '０' + '0')
		case i == 0 && (r == '+' || r == '＋'):
			international = true
		case unicode.IsControl(r):
			return "", false
		case unicode.IsSpace(r) || invisible(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("./()", r):
		default:
			return "", false
		}
	}
	digits = b.String()
	if rest, prefixed := strings.CutPrefix(digits, "00"); prefixed && !international {
		return rest, true
	}
	return digits, international
}

// overseas gives the country codes of the French mobile numbers that are dialled like those of the mainland (ARCEP,
// national numbering plan).
var overseas = map[string]string{
	"0639": "262", "0690": "590", "0691": "590", "0692": "262", "0693": "262", "0694": "594", "0696": "596", "0697": "596",
}

// national reads the ten digits of a French mobile number.
func national(digits string) (e164 string, ok bool) {
	if len(digits) != 10 || (digits[:2] != "06" && digits[:2] != "07") {
		return "", false
	}
	if country, ok := overseas[digits[:4]]; ok {
		return "+" + country + digits[1:], true
	}
	return "+33" + digits[1:], true
}

// MaskMobile gives a number as journals and letters show it: its last two digits, "…78". What is no number becomes "…".
func MaskMobile(e164 string) string {
	if _, ok := FoldMobile(e164); !ok {
		return "…"
	}
	return "…" + e164[len(e164)-2:]
}
