// Package passkey promises that no passkey is taken for a proof unless every step of WebAuthn Level 3 §7 that a server
// can check has been checked: who signed, what, for whom, where, and with whose consent. It says what a browser is
// asked and reads what it answers; it knows no clock, no store and no person. Signatures and encodings are
// go-webauthn's; the steps are checked here one by one, so that each refusal has a name, and once more by go-webauthn.
package passkey

import (
	"crypto/sha256"
	"encoding/binary"
)

// Party is who asks: an organisation at one of its hosts (the Relying Party).
type Party struct {
	Host   string // the RP ID: the host name, without a port
	Origin string // scheme://host[:port], as a browser writes it: without the port that the scheme implies
	Name   string // of the organisation, as its people know it
}

// Owner is whose passkey is made.
type Owner struct {
	Handle  []byte // as Handle gives it
	Name    string // the identifier that they type
	Display string // their name
}

// Handle gives the user handle of an account, 32 bytes. It is the same for ever and for every passkey of the account
// (WebAuthn Level 3 §4, credential record), and says nothing about the person (§14.6.1).
func Handle(organisation, account string) []byte {
	h := sha256.New()
	for _, part := range []string{"loquet/passkey/handle", organisation, account} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// Refused is the only error of a check and of reading an answer. It says at which step the answer failed, one of Steps,
// and nothing that came from outside: it may be logged, counted and journaled.
type Refused struct{ Step string }

func (r Refused) Error() string { return "the passkey's answer is refused: " + r.Step }

// The steps at which an answer is refused.
const (
	stepShape        = "shape"        // it cannot be read, is too long, or has an attestation that nobody asked for
	stepID           = "id"           // it is from another passkey, or the id of a new one is too short or too long
	stepHandle       = "handle"       // it is of someone else
	stepType         = "type"         // it answers the other ceremony
	stepChallenge    = "challenge"    // it answers another challenge
	stepOrigin       = "origin"       // it was made on another site
	stepCrossOrigin  = "cross-origin" // it was made within another site's page
	stepHost         = "host"         // it is for another host
	stepPresence     = "presence"     // nobody touched the authenticator
	stepVerification = "verification" // the authenticator did not check who touched it
	stepBackup       = "backup"       // what it says about copies contradicts itself or what it said before
	stepAlgorithm    = "algorithm"    // its key is of a kind that was not offered
	stepSignature    = "signature"    // the signature is not of this key over this answer
	stepCount        = "count"        // the count of signatures did not rise: there may be a copy of the key
)

// Steps lists every step at which an answer may be refused.
var Steps = []string{
	stepShape, stepID, stepHandle, stepType, stepChallenge, stepOrigin, stepCrossOrigin, stepHost, stepPresence,
	stepVerification, stepBackup, stepAlgorithm, stepSignature, stepCount,
}

// most is the length in bytes of an answer; those of browsers have one or two thousand (ATK-079).
const most = 12 << 10
