package courier

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
)

// Sender hands a finished letter to something that delivers it. It is safe for use by many goroutines.
type Sender interface {
	// Send hands over one letter. It has gone when and only when the error is nil; a Refusal says whether trying again
	// makes sense, and every other error is worth another try but Unfit.
	Send(ctx context.Context, from, to string, raw []byte) error
	// From is the address that every letter comes from.
	From() string
	// Parallel is how many letters it takes at once.
	Parallel() int
	// Domain is the part of From after the @, which Message-IDs end with.
	Domain() string
}

// Refusal is an answer of a mail server other than yes.
type Refusal struct {
	Code   int    // the three digits of RFC 5321 §4.2; 0 when the server never answered
	Status string // the code of RFC 3463 that came with them (RFC 2034), "5.1.1"; "" for none
	Said   string // its words, on one line
	Final  bool   // the letter as it is will never be taken (5xx)
}

func (r Refusal) Error() string {
	if r.Code == 0 {
		return r.Said
	}
	return fmt.Sprintf("%d %s", r.Code, r.Said)
}

// address is the one address that letters of a Sender come from.
type address struct{ local, domain string }

func parseFrom(from string) (address, error) {
	bare := from
	if a, err := mail.ParseAddress(from); err == nil {
		bare = a.Address
	}
	if err := CheckAddress(bare); err != nil {
		return address{}, fmt.Errorf("the address that letters come from must be like portail@ville.example: %w", err)
	}
	at := strings.LastIndexByte(bare, '@')
	return address{bare[:at], strings.ToLower(bare[at+1:])}, nil
}

// From gives the address in full.
func (a address) From() string { return a.local + "@" + a.domain }

// Domain gives its domain in lower case.
func (a address) Domain() string { return a.domain }
