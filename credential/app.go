package credential

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the hash of RFC 6238 that every app knows; collisions do not touch HMAC
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every app makes of a secret: SHA-1, six digits, thirty seconds (RFC 6238 §1.2 and §5.2, RFC 4226 §5.3).
const (
	appPeriod = 30 // seconds in a time step
	appDigits = 6
	appSecret = 20 // bytes, RFC 4226 §4 R6; NIST SP 800-63B-4 §3.1.4.1 asks for 14
)

// AppSecret gives the 160-bit secret that an app makes its codes from, always the same for a seed. The seed is of at
// least 128 random bits and was never used before; nothing comes from "".
func (f *Forge) AppSecret(seed string) []byte {
	if seed == "" {
		return nil
	}
	return mac(f.apps, seed)[:appSecret]
}

// AppStep gives the number of the time step that t lies in, counted from 1970 (RFC 6238 §4.2).
func AppStep(t time.Time) int64 { return t.Unix() / appPeriod }

// AppCode gives the six digits that an app shows during a time step (RFC 6238 §4.2).
func AppCode(secret []byte, step int64) string { return code(secret, step, appDigits) }

// code is HOTP (RFC 4226 §5.3) with the time step as its counter.
func code(secret []byte, step int64, digits int) string {
	m := hmac.New(sha1.New, secret)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(step))) //nolint:gosec // no step before 1970 is asked for
	sum := m.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&0xf:]) & 0x7fffffff
	text := fmt.Sprintf("%010d", number)
	return text[len(text)-digits:]
}

// MatchApp says for which time step someone typed the code. Only steps later than after, the last that was accepted,
// come into question (RFC 6238 §5.2; ATK-064): of those the current one, then the one before, then the one after it.
//
// One step on either side is what RFC 6238 §5.2 allows for people who type slowly and clocks that are off: a code
// serves 30 seconds before and after those in which a right clock shows it. It is more than the 30 seconds of ASVS
// 6.5.5, and the three codes of a moment make a guess one in 333,333, which only limits on tries make good.
//
// Blanks and hyphens are forgiven wherever they stand, also those of no width; digits of another script are not.
// The work tells nothing of the code that was expected, nor of a seed that is nobody's from one that is somebody's.
func (f *Forge) MatchApp(seed, typed string, after int64, now time.Time) (step int64, ok bool) {
	said, read := readDigits(typed)
	secret := f.AppSecret(seed)
	if !read || secret == nil {
		return 0, false
	}
	current := AppStep(now)
	for _, s := range [...]int64{current + 1, current - 1, current} {
		if subtle.ConstantTimeCompare([]byte(AppCode(secret, s)), said) == 1 && s > after {
			step, ok = s, true
		}
	}
	return step, ok
}

// readDigits gives the six digits that were typed.
func readDigits(typed string) (code []byte, ok bool) {
	if len(typed) > mostTyped {
		return nil, false
	}
	for _, r := range typed {
		switch {
		case blank(r):
		case r < '0' || r > '9':
			return nil, false
		default:
			code = append(code, byte(r))
		}
	}
	return code, len(code) == appDigits
}

// AppURL gives what the QR code says to an app: an otpauth address, in the form that Google Authenticator has set and
// the others follow. The issuer and the account are what the app shows; a colon in them, which the form keeps for
// itself, becomes a hyphen.
func AppURL(issuer, account string, secret []byte) string {
	colons := strings.NewReplacer(":", "-")
	issuer, account = percent(colons.Replace(issuer)), percent(colons.Replace(account))
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		issuer, account, base32Text(secret), issuer, appDigits, appPeriod)
}

// percent encodes a blank as %20: several apps show a + as it is.
func percent(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// AppText gives the secret as someone types it into an app: base32 (RFC 4648 §6) without padding, in groups of four.
func AppText(secret []byte) string {
	text := base32Text(secret)
	var b strings.Builder
	for i := 0; i < len(text); i += group {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(text[i:min(i+group, len(text))])
	}
	return b.String()
}

func base32Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}
