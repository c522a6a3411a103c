// Package passkeytest is a browser and an authenticator in software: it makes passkeys and answers as both together
// would, and breaks whatever a test wants broken.
package passkeytest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// Flags of the authenticator data (WebAuthn Level 3 §6.1).
const (
	Present  byte = 1 << 0 // UP
	Verified byte = 1 << 2 // UV
	Eligible byte = 1 << 3 // BE
	BackedUp byte = 1 << 4 // BS
	attested byte = 1 << 6 // AT
)

// Algorithms of keys (COSE).
const (
	ES256 int64 = -7
	EdDSA int64 = -8
	RS256 int64 = -257
)

// Authenticator holds the passkeys of one device, at one host.
type Authenticator struct {
	Host      string
	Algorithm int64  // of the next passkey
	Flags     byte   // of its answers
	Counts    bool   // its signatures
	Model     string // AAGUID as 16 bytes
	Format    string // of its attestation: none, or packed for self attestation

	Change func(*Parts)         // what a test wants changed before anything is signed; nil for nothing
	Send   func(map[string]any) // what a test wants changed in the answer, after; nil for nothing

	passkeys []*passkey
}

// Parts is all that an answer is made of.
type Parts struct {
	Client    map[string]any // members of the client data
	Host      string         // whose hash stands in the authenticator data
	Flags     byte
	Count     uint32
	ID        []byte         // of the passkey
	Handle    []byte         // of its owner
	Key       map[int64]any  // COSE_Key; of a creation only
	Statement map[string]any // of the attestation, beside its signature; of a creation only
	Tail      []byte         // after all else in the authenticator data: extensions, or rubbish
	Signer    crypto.Signer
}

type passkey struct {
	id, handle []byte
	algorithm  int64
	signer     crypto.Signer
	count      uint32
}

// New gives an authenticator that makes ES256 keys, checks the person, keeps its passkeys on the one device, counts,
// and attests nothing.
func New(host string) *Authenticator {
	return &Authenticator{
		Host: host, Algorithm: ES256, Flags: Present | Verified, Counts: true, Model: string(make([]byte, 16)),
		Format: "none",
	}
}

type descriptor struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Create answers the options of a creation at an origin, as PublicKeyCredential.toJSON writes it. It gives nil where a
// browser would refuse: for another host, no algorithm in common, or a passkey that is excluded.
func (a *Authenticator) Create(options []byte, origin string) []byte {
	var asked struct {
		RP        struct{ ID string }
		User      struct{ ID string }
		Challenge string
		Params    []struct{ Alg int64 } `json:"pubKeyCredParams"`
		Exclude   []descriptor          `json:"excludeCredentials"`
	}
	read(options, &asked)
	offered := slices.ContainsFunc(asked.Params, func(p struct{ Alg int64 }) bool { return p.Alg == a.Algorithm })
	if asked.RP.ID != a.Host || !offered || a.find(asked.Exclude) != nil {
		return nil
	}
	k := &passkey{id: make([]byte, 32), handle: decode(asked.User.ID), algorithm: a.Algorithm}
	_, _ = rand.Read(k.id)
	k.signer = NewKey(a.Algorithm)
	a.passkeys = append(a.passkeys, k)

	parts := a.parts(k, "webauthn.create", asked.Challenge, origin)
	parts.Flags |= attested
	parts.Key = coseKey(a.Algorithm, k.signer.Public())
	a.change(&parts)
	data := parts.data()
	data = append(data, a.Model...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(parts.ID))) //nolint:gosec // tests know how long it is
	data = slices.Concat(data, parts.ID, encode(parts.Key), parts.Tail)
	client := marshal(parts.Client)
	statement := map[string]any{}
	if a.Format == "packed" {
		statement = map[string]any{"alg": k.algorithm, "sig": sign(parts.Signer, data, client)}
	}
	for name, value := range parts.Statement {
		statement[name] = value
	}
	return a.send(parts.ID, map[string]any{
		"clientDataJSON":    encodeText(client),
		"attestationObject": encodeText(encode(map[string]any{"fmt": a.Format, "attStmt": statement, "authData": data})),
		"transports":        []string{"internal", "hybrid"},
	})
}

// Get answers the options of a request at an origin, with the passkey that was made last among those allowed. It gives
// nil where a browser would refuse: for another host, no such passkey, or a check of the person that it cannot make.
func (a *Authenticator) Get(options []byte, origin string) []byte {
	var asked struct {
		Challenge    string
		RPID         string       `json:"rpId"`
		Verification string       `json:"userVerification"`
		Allow        []descriptor `json:"allowCredentials"`
	}
	read(options, &asked)
	k := a.find(asked.Allow)
	if len(asked.Allow) == 0 && len(a.passkeys) > 0 {
		k = a.passkeys[len(a.passkeys)-1]
	}
	if asked.RPID != a.Host || k == nil || asked.Verification == "required" && a.Flags&Verified == 0 {
		return nil
	}
	parts := a.parts(k, "webauthn.get", asked.Challenge, origin)
	a.change(&parts)
	data := append(parts.data(), parts.Tail...)
	client := marshal(parts.Client)
	response := map[string]any{
		"clientDataJSON":    encodeText(client),
		"authenticatorData": encodeText(data),
		"signature":         encodeText(sign(parts.Signer, data, client)),
	}
	if len(parts.Handle) > 0 {
		response["userHandle"] = encodeText(parts.Handle)
	}
	return a.send(parts.ID, response)
}

// parts gives what an honest answer is made of, and counts it.
func (a *Authenticator) parts(k *passkey, ceremony, challenge, origin string) Parts {
	if a.Counts {
		k.count++
	}
	return Parts{
		Client: map[string]any{
			"type": ceremony, "challenge": challenge, "origin": origin, "crossOrigin": false,
			"other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
		},
		Host: a.Host, Flags: a.Flags, Count: k.count, ID: k.id, Handle: k.handle, Signer: k.signer,
	}
}

func (a *Authenticator) change(p *Parts) {
	if a.Change != nil {
		a.Change(p)
	}
}

func (a *Authenticator) find(named []descriptor) *passkey {
	for _, k := range slices.Backward(a.passkeys) {
		for _, d := range named {
			if bytes.Equal(decode(d.ID), k.id) {
				return k
			}
		}
	}
	return nil
}

func (a *Authenticator) send(id []byte, response map[string]any) []byte {
	answer := map[string]any{
		"id": encodeText(id), "rawId": encodeText(id), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response,
	}
	if a.Send != nil {
		a.Send(answer)
	}
	return marshal(answer)
}

// data gives the head of the authenticator data.
func (p *Parts) data() []byte {
	host := sha256.Sum256([]byte(p.Host))
	return binary.BigEndian.AppendUint32(append(host[:], p.Flags), p.Count)
}

func read(options []byte, into any) {
	if err := json.Unmarshal(options, into); err != nil {
		panic(fmt.Sprintf("the options %q are no JSON: %v", options, err))
	}
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func encodeText(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(text string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		panic(fmt.Sprintf("%q is not base64url: %v", text, err))
	}
	return b
}
