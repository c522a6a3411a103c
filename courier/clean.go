package courier

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unfit is the error of a letter that can never be written or sent as it stands: trying again would change nothing.
var Unfit = errors.New("unfit letter")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{Unfit}, args...)...)
}

const (
	longestName    = 120  // code points of a name in a letter or header
	longestSaid    = 200  // code points kept of what a mail server answers
	longestAnswer  = 4096 // code points read of it, so that no secret in it is cut in two before it is taken out
	longestAddress = 254  // octets of an address in a command (RFC 5321 §4.5.3.1.3, erratum 1690)
	longestLocal   = 64   // octets before the @ (RFC 5321 §4.5.3.1.1)
)

// tidy makes one line of what was written elsewhere: control characters, line and paragraph separators and marks that
// turn the direction of writing become blanks, blanks in a row become one, and at most max code points stay (ATK-081).
func tidy(s string, max int) string {
	line := strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f',
			unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return ' '
		}
		return r
	}, s)
	line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' }), " ")
	if utf8.RuneCountInString(line) <= max {
		return line
	}
	return strings.TrimRight(string([]rune(line)[:max-1]), " ") + "…"
}

var (
	localPart = dotted(`[A-Za-z0-9!#$%&'*+/=?^_{|}~\x60-]+`) // dot-atom of RFC 5322 §3.2.3
	domain    = dotted(`[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?`)
	token     = regexp.MustCompile(`^[A-Za-z0-9_-]{6,128}$`)
	itemID    = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	anyMail   = regexp.MustCompile(`[^\s<>:;,]+@[^\s<>:;,]+`)
)

// dotted matches one or more words with a dot between each.
func dotted(word string) *regexp.Regexp {
	return regexp.MustCompile(`^` + word + `(\.` + word + `)*$`)
}

// CheckAddress is the last door: it refuses, as Unfit, all that is not exactly one addr-spec of RFC 5321 in ASCII.
// Quoted local parts and addresses that need SMTPUTF8 (RFC 6531) are refused; a domain comes in its A-label form.
func CheckAddress(address string) error {
	at := strings.LastIndexByte(address, '@')
	switch {
	case len(address) > longestAddress || at < 1 || at > longestLocal:
		return unfit("the recipient is not one address")
	case !localPart.MatchString(address[:at]) || !domain.MatchString(address[at+1:]):
		return unfit("the recipient is not one plain address")
	}
	return nil
}

// checkRaw refuses what could end a message early or smuggle a second one: a bare CR or LF, NUL, or no CRLF at the end
// (ATK-081).
func checkRaw(raw []byte) error {
	for i, b := range raw {
		switch {
		case b == 0,
			b == '\r' && (i+1 == len(raw) || raw[i+1] != '\n'),
			b == '\n' && (i == 0 || raw[i-1] != '\r'):
			return unfit("the message has a bare CR, LF or NUL")
		}
	}
	if !strings.HasSuffix(string(raw[max(0, len(raw)-2):]), "\r\n") {
		return unfit("the message does not end its last line")
	}
	return nil
}

// checkPortal refuses an address of the portal that is more or less than scheme and host.
func checkPortal(portal string) error {
	u, err := url.Parse(portal)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil ||
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsFunc(portal, unicode.IsSpace) {
		return unfit("the portal's address is not a scheme and a host")
	}
	return nil
}

// answer makes what a mail server said fit to be kept and shown to a manager: one line, short, without the secrets.
func answer(said string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			said = strings.ReplaceAll(said, s, "…")
		}
	}
	return tidy(said, longestSaid)
}

// masked is answer for logs, which never hold an address (ATK-086).
func masked(said string, secrets ...string) string {
	return tidy(anyMail.ReplaceAllString(answer(said, secrets...), "…@…"), longestSaid)
}
