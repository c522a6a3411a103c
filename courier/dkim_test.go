package courier_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"loquet/courier"
	"loquet/courier/couriertest"
)

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parsed(t testing.TB, domain, selector string, key any) courier.DKIM {
	t.Helper()
	d, err := courier.ParseDKIM(domain, selector, pkcs8(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// verify checks every signature of a message against the keys, as published in the DNS.
func verify(t testing.TB, raw []byte, keys ...courier.DKIM) []*dkim.Verification {
	t.Helper()
	published := func(name string) ([]string, error) {
		for _, k := range keys {
			if at, txt := k.Record(); at == name {
				return []string{txt}, nil
			}
		}
		return nil, errors.New("no such record: " + name)
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: published})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestATK083LettersAreSignedByTheirDomain(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := []courier.DKIM{
		parsed(t, "saint-loup.example", "2026r", rsaKey(t)), parsed(t, "Saint-Loup.example", "2026e", ed),
	}
	s := couriertest.Start(t, couriertest.Clear)
	out, err := courier.Signed(sender(t, s, "smtp+insecure://HOST"), keys...)
	if err != nil {
		t.Fatal(err)
	}
	plain := letter(t)
	if err := out.Send(soon(t), out.From(), to, plain); err != nil {
		t.Fatal(err)
	}
	raw := s.Taken()[0].Raw
	if !bytes.HasSuffix(raw, plain) {
		t.Error("the signer changes the letter")
	}
	found := verify(t, raw, keys...)
	if len(found) != 2 {
		t.Fatalf("%d signatures", len(found))
	}
	for _, v := range found {
		if v.Err != nil || v.Domain != "saint-loup.example" {
			t.Errorf("%+v", v)
		}
		for _, header := range []string{
			"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted",
		} {
			if !slices.ContainsFunc(v.HeaderKeys, func(k string) bool { return strings.EqualFold(k, header) }) {
				t.Errorf("%s is not signed", header)
			}
		}
	}
	if signatures := raw[:len(raw)-len(plain)]; bytes.Contains(signatures, []byte(" l=")) {
		t.Error("only a part of the letter is signed")
	}
	for name, forged := range map[string][]byte{
		"second From": append([]byte("From: <thief@evil.example>\r\n"), raw...),
		"Reply-To":    append([]byte("Reply-To: <thief@evil.example>\r\n"), raw...),
		"subject":     bytes.Replace(raw, []byte("Envoi de vos"), []byte("Perte de vos"), 1),
		"words":       bytes.Replace(raw, []byte("KR7M"), []byte("EVIL"), 1),
		"addition":    append(slices.Clone(raw), "more\r\n"...),
	} {
		for _, v := range verify(t, forged, keys...) {
			if v.Err == nil {
				t.Errorf("%s: the forged letter verifies", name)
			}
		}
	}
}

func TestATK083KeysOfOtherDomainsAreRefused(t *testing.T) {
	key := rsaKey(t)
	for domain, fits := range map[string]bool{
		"saint-loup.example": true, "example": true, "loup.example": false, "evil.example": false,
		"a.saint-loup.example": false,
	} {
		if _, err := courier.Signed(mailbox(t), parsed(t, domain, "s", key)); (err == nil) != fits {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

func TestParseDKIMRefuses(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pkcs8(t, rsaKey(t))
	for name, c := range map[string]struct {
		domain, selector string
		key              []byte
	}{
		"1024 bits":   {"a.example", "s", pkcs8(t, small)},
		"P-256":       {"a.example", "s", pkcs8(t, curve)},
		"no PEM":      {"a.example", "s", []byte("hello")},
		"no key":      {"a.example", "s", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})},
		"no selector": {"a.example", "", good},
		"no domain":   {"", "s", good},
		"odd domain":  {"a.example; d=b.example", "s", good},
	} {
		if _, err := courier.ParseDKIM(c.domain, c.selector, c.key); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	old := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey(t))})
	if _, err := courier.ParseDKIM("a.example", "s", old); err != nil {
		t.Errorf("a PKCS #1 key: %v", err)
	}
}
