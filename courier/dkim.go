package courier

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// signedHeaders is what a signature covers (MAIL-08). From stands twice, so that a second From added on the way breaks
// the signature; Reply-To, which our letters do not have, once, so that none can be added (RFC 6376 §8.15).
var signedHeaders = []string{
	"From", "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted", "Reply-To",
}

// smallestRSA is the least modulus in bits (RFC 8301 §3.2).
const smallestRSA = 2048

// DKIM is a key that letters are signed with (RFC 6376; Ed25519 by RFC 8463).
type DKIM struct {
	Domain   string // the d= of the signature, the domain of the letters' From or one above it
	Selector string // the s=; another one for each key, so that keys can be changed
	key      crypto.Signer
}

// ParseDKIM reads a private key in PEM form, PKCS #8 or PKCS #1: RSA of at least 2,048 bits, or Ed25519.
func ParseDKIM(domainName, selector string, key []byte) (DKIM, error) {
	d := DKIM{Domain: strings.ToLower(domainName), Selector: selector}
	if !domain.MatchString(d.Domain) || !domain.MatchString(d.Selector) {
		return DKIM{}, errors.New("a DKIM key needs a domain and a selector, like ville.example and 2026a")
	}
	block, _ := pem.Decode(key)
	if block == nil {
		return DKIM{}, errors.New("the DKIM key is not in PEM form")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
			return DKIM{}, errors.New("the DKIM key is no private key in PKCS #8 or PKCS #1 form")
		}
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < smallestRSA {
			return DKIM{}, fmt.Errorf("the DKIM key has %d bits, mail servers ask for %d", k.N.BitLen(), smallestRSA)
		}
		d.key = k
	case ed25519.PrivateKey:
		d.key = k
	default:
		return DKIM{}, errors.New("the DKIM key is neither RSA nor Ed25519")
	}
	return d, nil
}

// Record gives the name and the text of the DNS record that publishes the key (RFC 6376 §3.6.1, RFC 8463 §4).
func (d DKIM) Record() (name, txt string) {
	name = d.Selector + "._domainkey." + d.Domain
	if public, ok := d.key.Public().(ed25519.PublicKey); ok {
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	}
	// MarshalPKIXPublicKey fails for unknown kinds of keys only, and ParseDKIM lets none through.
	der, _ := x509.MarshalPKIXPublicKey(d.key.Public())
	return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// Sign gives the letter with a signature in front. Only the signature's own time differs between two tries.
func (d DKIM) Sign(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(raw), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: d.key, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, fmt.Errorf("signing the letter: %w", err)
	}
	return out.Bytes(), nil
}

// Signed gives a sender that signs every letter with each key before it hands it on. A key of a domain that is not that
// of the letters is refused: its signature would not be aligned and DMARC would not count it (ATK-083).
func Signed(next Sender, keys ...DKIM) (Sender, error) {
	for _, k := range keys {
		if from := next.Domain(); from != k.Domain && !strings.HasSuffix(from, "."+k.Domain) {
			return nil, fmt.Errorf("the DKIM key is of %s but letters come from %s", k.Domain, from)
		}
	}
	return signed{next, keys}, nil
}

type signed struct {
	Sender
	keys []DKIM
}

func (s signed) Send(ctx context.Context, from, to string, raw []byte) error {
	for _, k := range s.keys {
		var err error
		if raw, err = k.Sign(raw); err != nil {
			return err
		}
	}
	return s.Sender.Send(ctx, from, to, raw)
}
