package oidc

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/x509"
	"errors"
	"fmt"
)

// Sealer keeps signing keys closed at rest: AES-256-GCM with a random nonce before the sealed text, bound to whose key
// it is, what it is called and what it signs with, so that no row can stand in the place of another (NIST SP 800-38D).
type Sealer struct{ aead cipher.AEAD }

// errSealed says that a key cannot be opened, and what to do.
var errSealed = errors.New("it was sealed under another installation key; restore the key file of this database")

// NewSealer takes a key of 32 bytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("sealing signing keys needs 32 bytes and not %d", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing signing keys: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealing signing keys: %w", err)
	}
	return &Sealer{aead}, nil
}

// Seal gives what is kept of a private key in the row of k.
func (s *Sealer) Seal(k Key, private crypto.Signer) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("writing a signing key: %w", err)
	}
	return s.aead.Seal(nil, nil, plain, bound(k)), nil
}

// Open gives the private key of a row; the error says what to do when it was sealed by somebody else.
func (s *Sealer) Open(k Key) (crypto.Signer, error) {
	plain, err := s.aead.Open(nil, nil, k.Sealed, bound(k))
	if err != nil {
		return nil, fmt.Errorf("the signing key %s of the organisation %s stays shut: %w", k.ID, k.Organisation, errSealed)
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("the signing key %s of the organisation %s: %w", k.ID, k.Organisation, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the signing key %s of the organisation %s signs nothing", k.ID, k.Organisation)
	}
	return signer, nil
}

// bound is what a sealed key is bound to. No part of it can hold the line feed.
func bound(k Key) []byte {
	return []byte("loquet signing key 1\n" + k.Organisation + "\n" + k.ID + "\n" + string(k.Algorithm))
}
