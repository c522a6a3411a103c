package passkey

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// Whatever comes, reading and checking end with an answer or a refusal. What is accepted is one of the standard's own
// answers, byte for byte in all that is signed: the fuzzer has no private key.
func FuzzRead(f *testing.F) {
	all := vectors(f)
	for _, v := range all {
		f.Add(v.answer(f, v.Signed))
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) { use(t, all, answer) })
}

// FuzzReadInside is FuzzRead behind base64url, which a fuzzer seldom gets through.
func FuzzReadInside(f *testing.F) {
	all := vectors(f)
	for i, v := range all {
		f.Add(i, bytesOf(v.Signed["clientDataJSON"]), bytesOf(v.Signed["authenticatorData"]), bytesOf(v.Signed["signature"]))
	}
	f.Fuzz(func(t *testing.T, i int, client, data, signature []byte) {
		use(t, all, all[uint(i)%uint(len(all))].answer(t, map[string]string{
			"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature),
		}))
	})
}

func use(t *testing.T, all []vector, answer []byte) {
	t.Helper()
	a, err := Read(answer)
	if err != nil {
		refusal(t, err)
		return
	}
	for _, v := range all {
		if _, err := a.Check(standard, owner.Handle, v.passkey(), false); err != nil {
			refusal(t, err)
			continue
		}
		said := a.parsed.Raw.AssertionResponse
		if a.ID != v.ID || !bytes.Equal(said.ClientDataJSON, bytesOf(v.Signed["clientDataJSON"])) ||
			!bytes.Equal(said.AuthenticatorData, bytesOf(v.Signed["authenticatorData"])) {
			t.Errorf("%q is accepted as %s", answer, v.Section)
		}
	}
}

// As FuzzRead, for new passkeys: without an attestation anybody's key is good, but only whole and of our kinds.
func FuzzReadCreated(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.answer(f, v.Created))
	}
	f.Fuzz(func(t *testing.T, answer []byte) { create(t, answer) })
}

// FuzzReadCreatedInside is FuzzReadCreated behind base64url.
func FuzzReadCreatedInside(f *testing.F) {
	all := vectors(f)
	for i, v := range all {
		f.Add(i, bytesOf(v.Created["clientDataJSON"]), bytesOf(v.Created["attestationObject"]))
	}
	f.Fuzz(func(t *testing.T, i int, client, object []byte) {
		create(t, all[uint(i)%uint(len(all))].answer(t, map[string]string{
			"clientDataJSON": text(client), "attestationObject": text(object),
		}))
	})
}

func create(t *testing.T, answer []byte) {
	t.Helper()
	c, err := ReadCreated(answer)
	if err != nil {
		refusal(t, err)
		return
	}
	k, err := c.Check(standard, owner)
	if err != nil {
		refusal(t, err)
		return
	}
	if !offered(k.Key) || len(bytesOf(k.ID)) < shortestID || k.Host != standard.Host || k.BackedUp && !k.Synced {
		t.Errorf("%q gives %+v", answer, k)
	}
}

func refusal(t *testing.T, err error) {
	t.Helper()
	var refused Refused
	if !errors.As(err, &refused) || !slices.Contains(Steps, refused.Step) {
		t.Errorf("%v is not one of the refusals", err)
	}
}
