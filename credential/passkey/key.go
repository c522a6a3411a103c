package passkey

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"regexp"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// What is kept of a passkey is bounded, since its authenticator alone decides what is in it.
const (
	shortestID     = 16   // bytes: WebAuthn Level 3 §4 (credential ID)
	longestID      = 1023 // bytes: §7.1 step 25
	longestKey     = 1024 // bytes of a COSE_Key; one of 4,096 bits RSA has 530
	leastRSA       = 2048 // bits, NIST SP 800-131A
	mostRSA        = 4096 // bits; checking a signature takes longer with each
	mostTransports = 8    // §5.8.4 knows six
)

// keyStep gives the step at which a new passkey's key, attestation or id fails: 20, 21 and 25 of §7.1; "" for none.
func (c Created) keyStep() string {
	object := c.parsed.Response.AttestationObject
	id := object.AuthData.AttData.CredentialID
	_, certified := object.AttStatement["x5c"]
	format := protocol.AttestationFormat(object.Format)
	self := format == protocol.AttestationFormatPacked && !certified
	switch {
	case format != protocol.AttestationFormatNone && !self:
		return stepShape
	case !offered(object.AuthData.AttData.CredentialPublicKey):
		return stepAlgorithm
	case len(id) < shortestID || len(id) > longestID || !slices.Equal(id, c.parsed.RawID):
		return stepID
	}
	return ""
}

// offered says whether a COSE_Key is whole, a point of its curve where it has one, and of a kind that CreateOptions
// offers.
func offered(key []byte) bool {
	if len(key) > longestKey {
		return false
	}
	parsed, err := webauthncose.ParsePublicKey(key)
	if err != nil {
		return false
	}
	var algorithm int64
	switch k := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		algorithm = k.Algorithm
	case webauthncose.OKPPublicKeyData:
		algorithm = k.Algorithm
	case webauthncose.RSAPublicKeyData:
		algorithm = k.Algorithm
		if bits := new(big.Int).SetBytes(k.Modulus).BitLen(); bits < leastRSA || bits > mostRSA {
			return false
		}
	}
	return slices.Contains(algorithms, webauthncose.COSEAlgorithmIdentifier(algorithm))
}

// transport is the shape of a way to reach an authenticator. Those that nobody knows yet are kept too (§5.2.1.1).
var transport = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func transports(said []protocol.AuthenticatorTransport) []string {
	var kept []string
	for _, t := range said {
		if s := string(t); len(kept) < mostTransports && transport.MatchString(s) && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// modelOf writes an AAGUID as text; sixteen zeros say nothing (WebAuthn Level 3 §6.5.1).
func modelOf(aaguid []byte) string {
	if len(aaguid) != 16 || !slices.ContainsFunc(aaguid, func(b byte) bool { return b != 0 }) {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", aaguid[:4], aaguid[4:6], aaguid[6:8], aaguid[8:10], aaguid[10:])
}

func text(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
