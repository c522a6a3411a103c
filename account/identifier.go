package account

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Longest is the longest identifier or e-mail address that is looked at, in bytes as typed and before any folding
// (ATK-079; RFC 5321 §4.5.3.1.3 less the angle brackets).
const Longest = 254

// Typed says what someone typed to say who they are.
type Typed string

// What may be typed.
const (
	TypedIdentifier Typed = "identifier"
	TypedEmail      Typed = "email"
	TypedMobile     Typed = "mobile"
)

// Kind says which of the three was typed, by its shape alone and never by who exists (ENUM-08). Whatever is neither an
// address nor a mobile number is an identifier; an identifier that looks like a mobile number must be asked for too.
func Kind(typed string) Typed {
	if strings.ContainsRune(typed, '@') {
		return TypedEmail
	}
	if _, ok := FoldMobile(typed); ok {
		return TypedMobile
	}
	return TypedIdentifier
}

// FoldIdentifier gives the key under which an identifier is looked up and kept unique: without blanks and invisible
// signs, full-width forms made plain, lower case. "AUTOECOLE.GERANT " and "autoecole.gerant" have the same key.
//
// Two identifiers that only look alike never share a key, and one of them has none (ATK-004, ATK-077): besides ASCII
// only the accented Latin letters up to U+017E are taken, without those that pass for another (ı İ Đ Ð ĳ ŀ ŉ). All else
// gives "", which is nobody's key: other scripts, control characters, and more than Longest bytes.
func FoldIdentifier(typed string) string {
	if len(typed) > Longest {
		return ""
	}
	plain, ok := visible(typed)
	if !ok {
		return ""
	}
	plain = norm.NFC.String(plain)
	for _, r := range plain {
		if !('!' <= r && r <= '~') && !accented(r) {
			return "" // also a mark that belongs to no letter
		}
	}
	return strings.ToLower(plain)
}

// visible leaves out blanks and invisible signs and narrows full-width forms. It is not ok with anything but ASCII,
// accented letters and the marks that make them.
func visible(typed string) (plain string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		if '！' <= r && r <= '～' { // the full-width forms of ! to ~
			r -= '！' - '!'
		}
		switch {
		case unicode.IsControl(r):
			return "", false
		case unicode.IsSpace(r) || invisible(r):
		case '!' <= r && r <= '~' || accented(r) || unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		default:
			return "", false // here and not after NFC, which would make the Kelvin sign a K
		}
	}
	return b.String(), true
}

// accented says whether a rune is a Latin letter of Western or Central Europe that does not pass for another.
func accented(r rune) bool {
	return 'À' <= r && r <= 'ž' && !strings.ContainsRune("×÷ÐðÞþĐđĦħİıĲĳĸĿŀŉŊŋŦŧ", r)
}

// invisible says whether a rune comes along when text is copied, and shows nothing.
func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}
