package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// NewKey makes a private key.
func NewKey(algorithm int64) crypto.Signer {
	var signer crypto.Signer
	var err error
	switch algorithm {
	case ES256:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	case RS256:
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("no keys of algorithm %d are made here", algorithm)
	}
	if err != nil {
		panic(err)
	}
	return signer
}

// NewCOSEKey makes a key that nobody has the private half of.
func NewCOSEKey(algorithm int64) []byte {
	return encode(coseKey(algorithm, NewKey(algorithm).Public()))
}

// coseKey writes a public key as a COSE_Key (RFC 9053 §7, RFC 8230 §4).
func coseKey(algorithm int64, public crypto.PublicKey) map[int64]any {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			panic(err)
		}
		return map[int64]any{1: 2, 3: algorithm, -1: 1, -2: point[1:33], -3: point[33:]}
	case ed25519.PublicKey:
		return map[int64]any{1: 1, 3: algorithm, -1: 6, -2: []byte(k)}
	case *rsa.PublicKey:
		return map[int64]any{1: 3, 3: algorithm, -1: k.N.Bytes(), -2: []byte{byte(k.E >> 16), byte(k.E >> 8), byte(k.E)}}
	}
	panic(fmt.Sprintf("%T has no COSE_Key here", public))
}

// sign signs the authenticator data and the hash of the client data (WebAuthn Level 3 §6.3.3 step 11).
func sign(signer crypto.Signer, data, client []byte) []byte {
	hash := sha256.Sum256(client)
	message := slices.Concat(data, hash[:])
	how := crypto.SignerOpts(crypto.Hash(0))
	if _, whole := signer.(ed25519.PrivateKey); !whole {
		digest := sha256.Sum256(message)
		message, how = digest[:], crypto.SHA256
	}
	signature, err := signer.Sign(rand.Reader, message, how)
	if err != nil {
		panic(err)
	}
	return signature
}

func encode(v any) []byte {
	b, err := webauthncbor.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
