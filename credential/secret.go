package credential

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
)

// Kind is what a one-use secret is for. A secret of one kind is worth nothing as another (ATK-008).
type Kind string

// The kinds of secrets.
const (
	Temporary Kind = "temporary" // mailed, typed where the password goes: "KR7M-PX4Q-W9TD-3H6A"
	Code      Kind = "code"      // mailed or read out, typed: "KR7M-PX4Q-W9TD"
	Slip      Kind = "slip"      // printed, typed or scanned: shaped like a code
	Link      Kind = "link"      // mailed, clicked: 43 characters of base64url
	Confirm   Kind = "confirm"   // shaped like a link: proves a new address, and opens nothing
	Stop      Kind = "stop"      // shaped like a link: stops a change of an address, and opens nothing
	Printed   Kind = "printed"   // kept on paper, typed where a second proof is asked: shaped like a temporary one
)

// Kinds lists every kind.
var Kinds = []Kind{Temporary, Code, Slip, Link, Confirm, Stop, Printed}

// clicked says whether a secret of this kind is a link's token, and not typed.
func (k Kind) clicked() bool { return k == Link || k == Confirm || k == Stop }

// alphabet has no look-alikes (0 O, 1 I L). Its 31 symbols are a prime number, on which the check symbol relies.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// symbols is the length of a typed secret, its check symbol included. Links are not typed and not listed.
var symbols = map[Kind]int{Temporary: 16, Code: 12, Slip: 12, Printed: 16}

const (
	group      = 4   // symbols between hyphens
	leastKey   = 32  // bytes of a forge's key
	mostTyped  = 256 // bytes of a typed secret; more is not looked at (ATK-079)
	linkLength = 43  // characters of 256 bits in base64url
)

// Forge makes the one-use secrets of recovery, printed codes, the secrets of apps and challenges, and the digests under
// which the store knows what serves once.
//
// A secret is never stored, not even in the outbox: it is derived from the forge's key and the random id of its issue,
// so that a letter that is tried again says the same, and a stolen database or backup holds nothing to enter with.
//
// The digest is one keyed fast hash. NIST SP 800-63B-4 §3.1.2.2 and ASVS 6.5.2 ask for a salted password hash under 112
// bits, against whoever has stolen the digests and guesses. Here (ADR-0007) the digest is a MAC whose key is kept apart
// from the database: without the key no guess can be tried at all, and with it the secrets could be made outright,
// which no slow hash would hinder. What remains is guessing at the door: 74 bits (codes and slips 54), one use, counted
// tries, and at most 24 hours but for slips (21 days) and printed codes. A slow hash would add nothing but the half-minute of a thousand
// letters in a burst.
type Forge struct {
	making, digesting, apps, challenging, calling []byte // keys, none of which tells anything of another
}

// NewForge makes a forge. The key is at least 32 random bytes, kept apart from the database; another key ends every
// secret under way, and every app and printed code that people have.
func NewForge(key []byte) (*Forge, error) {
	if len(key) < leastKey {
		return nil, fmt.Errorf("a key of %d bytes is too short to make secrets, %d are needed", len(key), leastKey)
	}
	f := &Forge{}
	for use, k := range map[string]*[]byte{
		"make": &f.making, "digest": &f.digesting, "app": &f.apps, "challenge": &f.challenging, "caller": &f.calling,
	} {
		derived, err := hkdf.Key(sha256.New, key, nil, "loquet/credential/"+use, sha256.Size)
		if err != nil {
			return nil, err
		}
		*k = derived
	}
	return f, nil
}

// Make gives the secret of an issue, always the same. The issue is an id of at least 128 random bits that was never
// used before (ATK-014). An unknown kind or an empty issue gives "", which nothing accepts.
func (f *Forge) Make(kind Kind, issue string) string {
	length, typed := symbols[kind]
	switch {
	case issue == "":
		return ""
	case kind.clicked():
		return base64.RawURLEncoding.EncodeToString(f.stream(kind, issue, 0))
	case !typed:
		return ""
	}
	random := make([]byte, 0, length)
	for block := uint64(0); ; block++ {
		for _, b := range f.stream(kind, issue, block) {
			// The bytes past the last multiple of 31 would make the first symbols likelier than the others.
			if int(b) >= 256/len(alphabet)*len(alphabet) {
				continue
			}
			random = append(random, alphabet[int(b)%len(alphabet)])
			if len(random) == length-1 {
				return grouped(append(random, check(random)))
			}
		}
	}
}

// stream gives one block of 256 bits of the issue's randomness.
func (f *Forge) stream(kind Kind, issue string, block uint64) []byte {
	return mac(f.making, string(kind), issue, string(binary.BigEndian.AppendUint64(nil, block)))
}

// Digest gives what the store keeps of a secret and looks it up by, in base64url. It depends on the kind and the
// organisation, so that no secret is worth anything elsewhere. A secret that Read refuses has the digest "", which
// matches nothing (ATK-013).
func (f *Forge) Digest(kind Kind, organisation, secret string) string {
	read, ok := Read(kind, secret)
	if !ok {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(mac(f.digesting, string(kind), organisation, read))
}

// mac is HMAC-SHA-256 (RFC 2104) over parts whose borders cannot be moved.
func mac(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, part := range parts {
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		m.Write([]byte(part))
	}
	return m.Sum(nil)
}

// Read gives the secret as it was made from what someone typed or pasted: blanks and dashes of every script, missing or
// misplaced hyphens and lower case are forgiven. Look-alikes are not guessed: 0 O 1 I L stand in no secret. The length
// and the check symbol must fit, so that a password is practically never taken for a temporary one. A link's token must
// be whole and exact (ATK-015).
func Read(kind Kind, typed string) (secret string, ok bool) {
	if kind.clicked() {
		_, err := base64.RawURLEncoding.Strict().DecodeString(typed)
		// The decoder passes over line ends, which no token has.
		return typed, err == nil && len(typed) == linkLength && !strings.ContainsAny(typed, "\r\n")
	}
	length, known := symbols[kind]
	if !known || len(typed) > mostTyped {
		return "", false
	}
	read := make([]byte, 0, length)
	for _, r := range typed {
		if blank(r) {
			continue
		}
		if 'a' <= r && r <= 'z' { // ASCII only: to Unicode, ſ is also a small S
			r -= 'a' - 'A'
		}
		if r > unicode.MaxASCII || !strings.ContainsRune(alphabet, r) || len(read) == length {
			return "", false
		}
		read = append(read, byte(r))
	}
	if len(read) != length || check(read[:length-1]) != read[length-1] {
		return "", false
	}
	return grouped(read), true
}

// blank says whether a rune that mail programs and telephones put into a copied secret means nothing: spaces, also of
// no width, and dashes.
func blank(r rune) bool {
	switch r {
	case '\u00ad', '\u180e', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u2212':
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r)
}

// check gives the check symbol: a sum modulo the prime 31 in which each place has its own weight, so that one wrong
// symbol or two symbols in the wrong order are always found.
func check(random []byte) byte {
	sum := 0
	for i, b := range random {
		sum += (i + 1) * strings.IndexByte(alphabet, b)
	}
	return alphabet[sum%len(alphabet)]
}

func grouped(symbols []byte) string {
	var b strings.Builder
	for i, s := range symbols {
		if i > 0 && i%group == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(s)
	}
	return b.String()
}
