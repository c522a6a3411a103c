// Package bounce reads what comes back: the address that a letter's return names, and the report that a mail server
// writes about it.
//
// It promises that an address which nobody but this installation can have made leads to its letter and every other one
// to nothing; that a report is read within fixed bounds whoever has written it; and that the table of codes after which
// an address counts as dead is here and nowhere else.
package bounce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Address is where a letter's return goes: retours@commune.example becomes one address for each letter (variable
// envelope return path). Each holds the letter's ID and a MAC of it in letters and digits of one case, because relays
// fold the case of what is before the @.
type Address struct {
	local, domain string
	key           []byte
}

const (
	macBytes  = 10 // 80 bits, which nobody can try out: each guess is a mail to us
	mostLocal = 64 // octets before the @ (RFC 5321 §4.5.3.1.1)
	longestID = 26
)

var (
	base   = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	macLen = base.EncodedLen(macBytes)

	plainID     = regexp.MustCompile(`^[a-z0-9]{1,26}$`)
	plainLocal  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	plainDomain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// NewAddress gives the addresses that returns come to. The error says what to write instead.
func NewAddress(address string, key []byte) (Address, error) {
	local, domain, one := strings.Cut(strings.ToLower(address), "@")
	most := mostLocal - len("+") - longestID - len("-") - macLen
	switch {
	case len(key) < sha256.Size:
		return Address{}, errors.New("the key of returned mail is too short")
	case !one || len(domain) > 180 || !plainDomain.MatchString(domain):
		return Address{}, fmt.Errorf("%q is no address such as retours@commune.example", address)
	case len(local) > most || !plainLocal.MatchString(local):
		return Address{}, fmt.Errorf("%q: before the @ at most %d letters, digits, dots and hyphens, "+
			"such as retours@commune.example", address, most)
	}
	return Address{local, domain, key}, nil
}

// For gives the address that the return of a letter goes to; "" for an ID that cannot stand in one.
func (a Address) For(id string) string {
	if !plainID.MatchString(id) {
		return ""
	}
	return a.local + "+" + id + "-" + base.EncodeToString(a.mac(id)) + "@" + a.domain
}

// Read gives the ID of the letter whose return goes to an address; false for every address that For has not made. Case
// does not matter.
func (a Address) Read(address string) (id string, ours bool) {
	if len(address) > 2*mostLocal+len(a.domain) {
		return "", false
	}
	local, domain, one := strings.Cut(strings.ToLower(address), "@")
	token, tagged := strings.CutPrefix(local, a.local+"+")
	id, code, whole := strings.Cut(token, "-")
	if !one || domain != a.domain || !tagged || !whole || !plainID.MatchString(id) {
		return "", false
	}
	// Encoded and compared, not decoded: base32 may write the same bytes in two ways.
	if !hmac.Equal([]byte(code), []byte(base.EncodeToString(a.mac(id)))) {
		return "", false
	}
	return id, true
}

func (a Address) mac(id string) []byte {
	m := hmac.New(sha256.New, a.key)
	m.Write([]byte("return of " + id))
	return m.Sum(nil)[:macBytes]
}
