package passkey

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
)

// broken is one step that an answer fails.
type broken struct {
	step   string // of WebAuthn Level 3, and what is wrong
	want   string
	change func(*passkeytest.Parts) // before signing
	send   func(map[string]any)     // after signing
	device func(*passkeytest.Authenticator)
	key    func(*credential.Passkey) // as the store has it; of §7.2 only
	verify bool                      // a check of the person is asked; of §7.2 only
}

// both are the steps that §7.1 and §7.2 share; each ceremony has its numbers for them.
func both(kind, challenge, origin, cross, top, host, present, backup string) []broken {
	client := func(member string, value any) func(*passkeytest.Parts) {
		return func(p *passkeytest.Parts) { p.Client[member] = value }
	}
	flags := func(set, clear byte) func(*passkeytest.Parts) {
		return func(p *passkeytest.Parts) { p.Flags = p.Flags&^clear | set }
	}
	other := base64.RawURLEncoding.EncodeToString(make([]byte, 56))
	cases := []broken{
		{step: kind + " type: none", want: stepType, change: client("type", "")},
		{step: kind + " type: of payments", want: stepType, change: client("type", "payment.get")},
		{step: challenge + " challenge: another", want: stepChallenge, change: client("challenge", other)},
		{step: challenge + " challenge: none", want: stepChallenge, change: client("challenge", "")},
		{step: challenge + " challenge: padded", want: stepChallenge, change: func(p *passkeytest.Parts) {
			p.Client["challenge"] = p.Client["challenge"].(string) + "="
		}},
		{step: cross + " cross-origin", want: stepCrossOrigin, change: client("crossOrigin", true)},
		{step: top + " top origin: another", want: stepCrossOrigin, change: func(p *passkeytest.Parts) {
			p.Client["crossOrigin"], p.Client["topOrigin"] = true, "https://evil.example"
		}},
		{step: top + " top origin: ours", want: stepCrossOrigin, change: func(p *passkeytest.Parts) {
			p.Client["crossOrigin"], p.Client["topOrigin"] = true, party.Origin
		}},
		{step: top + " top origin: without cross-origin", want: stepCrossOrigin, change: client("topOrigin", party.Origin)},
		{step: host + " host: another", want: stepHost, change: func(p *passkeytest.Parts) { p.Host = "evil.example" }},
		{step: host + " host: below ours", want: stepHost, change: func(p *passkeytest.Parts) { p.Host = "a." + party.Host }},
		{step: host + " host: above ours", want: stepHost, change: func(p *passkeytest.Parts) { p.Host = "example" }},
		{step: host + " host: with a port", want: stepHost, change: func(p *passkeytest.Parts) { p.Host += ":8443" }},
		{step: host + " host: the origin", want: stepHost, change: func(p *passkeytest.Parts) { p.Host = party.Origin }},
		{step: present + " presence", want: stepPresence, change: flags(0, passkeytest.Present)},
		{step: backup + " backup: a copy of what has none", want: stepBackup, change: flags(passkeytest.BackedUp, 0)},
	}
	for _, o := range []string{
		"", "null", "http://famille.example:8443", "https://famille.example", "https://famille.example:443",
		"https://famille.example:8444", "https://evil.example", "https://a.famille.example:8443", "https://example",
		"https://famille.example:8443.evil.example", "https://FAMILLE.example:8443", "https://famille.example:8443/",
		"https://famille.example.:8443", "https://famille.example:08443", "https://u@famille.example:8443",
		"android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0", "famille.example",
	} {
		cases = append(cases, broken{step: origin + " origin: " + o, want: stepOrigin, change: client("origin", o)})
	}
	return append(cases, shapes()...)
}

// shapes are answers of which something is not what toJSON writes.
func shapes() []broken {
	outer := func(member string, value any) func(map[string]any) {
		return func(answer map[string]any) { answer[member] = value }
	}
	inner := func(member string, value any) func(map[string]any) {
		return func(answer map[string]any) { answer["response"].(map[string]any)[member] = value }
	}
	notJSON := base64.RawURLEncoding.EncodeToString([]byte(`{"type":`))
	return []broken{
		{step: "shape: another type of credential", want: stepShape, send: outer("type", "password")},
		{step: "shape: no type", want: stepShape, send: outer("type", nil)},
		{step: "shape: no id", want: stepShape, send: outer("id", "")},
		{step: "shape: the id is no text", want: stepShape, send: outer("id", 7)},
		{step: "shape: the id is not base64url", want: stepShape, send: outer("id", "+/+/")},
		{step: "shape: id and rawId differ", want: stepShape, send: outer("rawId", "AAAA")},
		{step: "shape: no response", want: stepShape, send: outer("response", nil)},
		{step: "shape: the response is a list", want: stepShape, send: outer("response", []int{})},
		{step: "shape: client data is no JSON", want: stepShape, send: inner("clientDataJSON", notJSON)},
		{step: "shape: no client data", want: stepShape, send: inner("clientDataJSON", "")},
		{step: "shape: 12 KiB and more", want: stepShape, send: outer("more", strings.Repeat("x", 12<<10))},
		{step: "shape: rubbish at the end", want: stepShape, change: func(p *passkeytest.Parts) { p.Tail = []byte{0} }},
		{step: "shape: extensions said and not there", want: stepShape,
			change: func(p *passkeytest.Parts) { p.Flags |= 1 << 7 }},
	}
}

// brokenSigned are the ways in which a use of a passkey fails: WebAuthn Level 3 §7.2.
var brokenSigned = slices.Concat(both("10", "11", "12", "13", "14", "15", "16", "18"), []broken{
	{step: "5 id: another passkey's", want: stepID, key: func(k *credential.Passkey) { k.ID = "AAAAAAAAAAAAAAAAAAAAAA" }},
	{step: "6 handle: someone else's", want: stepHandle,
		change: func(p *passkeytest.Parts) { p.Handle = Handle("o", "b") }},
	{step: "6 handle: a part", want: stepHandle, change: func(p *passkeytest.Parts) { p.Handle = owner.Handle[:31] }},
	{step: "10 type: of a creation", want: stepType,
		change: func(p *passkeytest.Parts) { p.Client["type"] = "webauthn.create" }},
	{step: "15 host: the passkey is another's", want: stepHost,
		key: func(k *credential.Passkey) { k.Host = "evil.example" }},
	{step: "17 verification", want: stepVerification, verify: true,
		change: func(p *passkeytest.Parts) { p.Flags &^= passkeytest.Verified }},
	{step: "19 backup: copies of what had none", want: stepBackup,
		change: func(p *passkeytest.Parts) { p.Flags |= passkeytest.Eligible }},
	{step: "19 backup: no copies of what had", want: stepBackup, key: func(k *credential.Passkey) { k.Synced = true }},
	{step: "21 signature: by another key", want: stepSignature, change: func(p *passkeytest.Parts) {
		p.Signer = passkeytest.NewKey(passkeytest.ES256)
	}},
	{step: "21 signature: by another kind of key", want: stepSignature, change: func(p *passkeytest.Parts) {
		p.Signer = passkeytest.NewKey(passkeytest.EdDSA)
	}},
	{step: "21 signature: one bit", want: stepSignature, send: flip("signature", -1)},
	{step: "21 signature: none", want: stepSignature, send: func(answer map[string]any) {
		answer["response"].(map[string]any)["signature"] = ""
	}},
	{step: "21 signature: something behind it", want: stepSignature, send: func(answer map[string]any) {
		response := answer["response"].(map[string]any)
		response["signature"] = text(append(bytesOf(response["signature"]), 0))
	}},
	{step: "21 signature: the count is changed after", want: stepSignature, send: flip("authenticatorData", 33)},
	{step: "21 signature: a blank in the client data after", want: stepSignature, send: func(answer map[string]any) {
		response := answer["response"].(map[string]any)
		response["clientDataJSON"] = text(append(bytesOf(response["clientDataJSON"]), ' '))
	}},
	{step: "21 signature: the key of another passkey", want: stepSignature, key: func(k *credential.Passkey) {
		k.Key = passkeytest.NewCOSEKey(passkeytest.ES256)
	}},
	{step: "21 algorithm: the key is not one of ours", want: stepAlgorithm,
		key: func(k *credential.Passkey) { k.Key[4] = 0x28 }},
	{step: "21 algorithm: no key", want: stepAlgorithm, key: func(k *credential.Passkey) { k.Key = nil }},
	{step: "22 count: the same", want: stepCount, key: func(k *credential.Passkey) { k.Count = 2 }},
	{step: "22 count: lower", want: stepCount, key: func(k *credential.Passkey) { k.Count = 3 }},
	{step: "22 count: no longer", want: stepCount, change: func(p *passkeytest.Parts) { p.Count = 0 }},
	{step: "shape: too short", want: stepShape, send: func(answer map[string]any) {
		answer["response"].(map[string]any)["authenticatorData"] = "AAAA"
	}},
})

// brokenCreated are the ways in which the creation of a passkey fails: WebAuthn Level 3 §7.1.
var brokenCreated = slices.Concat(both("7", "8", "9", "10", "11", "14", "15", "17"), []broken{
	{step: "7 type: of a use", want: stepType, change: func(p *passkeytest.Parts) { p.Client["type"] = "webauthn.get" }},
	{step: "20 algorithm: not offered", want: stepAlgorithm, change: func(p *passkeytest.Parts) { p.Key[3] = int64(-35) }},
	{step: "20 algorithm: none", want: stepAlgorithm, change: func(p *passkeytest.Parts) { delete(p.Key, 3) }},
	{step: "20 algorithm: of another kind of key", want: stepAlgorithm,
		change: func(p *passkeytest.Parts) { p.Key[3] = passkeytest.EdDSA }},
	{step: "20 algorithm: no point of the curve", want: stepAlgorithm, change: func(p *passkeytest.Parts) {
		p.Key[-2].([]byte)[31] ^= 1
	}},
	{step: "21 format: unknown", want: stepShape, device: func(a *passkeytest.Authenticator) { a.Format = "other" }},
	{step: "21 format: none", want: stepShape, device: func(a *passkeytest.Authenticator) { a.Format = "" }},
	{step: "21 format: not asked", want: stepShape, device: func(a *passkeytest.Authenticator) { a.Format = "tpm" }},
	{step: "21 format: certified", want: stepShape, device: packed,
		change: func(p *passkeytest.Parts) { p.Statement = map[string]any{"x5c": []any{[]byte{0x30, 0}}} }},
	{step: "22 attestation: none, with a statement", want: stepSignature,
		change: func(p *passkeytest.Parts) { p.Statement = map[string]any{"alg": -7} }},
	{step: "22 attestation: by another key", want: stepSignature, device: packed,
		change: func(p *passkeytest.Parts) { p.Signer = passkeytest.NewKey(passkeytest.ES256) }},
	{step: "22 attestation: of another algorithm", want: stepSignature, device: packed,
		change: func(p *passkeytest.Parts) { p.Statement = map[string]any{"alg": -8} }},
	{step: "22 attestation: without a signature", want: stepSignature, device: packed,
		change: func(p *passkeytest.Parts) { p.Statement = map[string]any{"sig": nil} }},
	{step: "25 id: too long", want: stepShape, change: func(p *passkeytest.Parts) { p.ID = make([]byte, 1024) }},
	{step: "25 id: too short", want: stepID, change: func(p *passkeytest.Parts) { p.ID = make([]byte, 15) }},
	{step: "27 id: not the one that was made", want: stepID, send: func(answer map[string]any) {
		answer["id"], answer["rawId"] = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA"
	}},
	{step: "shape: the attestation is no CBOR", want: stepShape, send: func(answer map[string]any) {
		answer["response"].(map[string]any)["attestationObject"] = "_w"
	}},
	{step: "shape: no passkey in it", want: stepShape, change: func(p *passkeytest.Parts) { p.Flags &^= 1 << 6 }},
})

func packed(a *passkeytest.Authenticator) { a.Format = "packed" }

// flip changes one bit of a member of the response, counted in bytes, from the end when negative.
func flip(member string, at int) func(map[string]any) {
	return func(answer map[string]any) {
		response := answer["response"].(map[string]any)
		raw := bytesOf(response[member])
		raw[(at+len(raw))%len(raw)] ^= 1
		response[member] = text(raw)
	}
}

func bytesOf(member any) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(member.(string))
	if err != nil {
		panic(err)
	}
	return raw
}

// ATK-067: every step of §7.2 that is broken is the step at which the answer is refused, whatever algorithm signs.
func TestATK067BrokenUse(t *testing.T) {
	f := forge(t)
	for _, b := range brokenSigned {
		t.Run(b.step, func(t *testing.T) {
			device := passkeytest.New(party.Host)
			k, err := created(t, f, device)
			if err != nil {
				t.Fatal(err)
			}
			device.Change, device.Send = b.change, b.send
			if b.key != nil {
				b.key(&k)
			}
			got, err := signed(t, f, device, k, b.verify)
			if step(t, err) != b.want || got != (Signed{}) {
				t.Errorf("the answer gives %+v, %v; want a refusal at %s", got, err, b.want)
			}
		})
	}
}

// ATK-067: every step of §7.1 that is broken is the step at which the passkey is refused.
func TestATK067BrokenCreation(t *testing.T) {
	f := forge(t)
	for _, b := range brokenCreated {
		t.Run(b.step, func(t *testing.T) {
			device := passkeytest.New(party.Host)
			device.Change, device.Send = b.change, b.send
			if b.device != nil {
				b.device(device)
			}
			k, err := created(t, f, device)
			if step(t, err) != b.want || k.ID != "" || k.Key != nil {
				t.Errorf("the answer gives %+v, %v; want a refusal at %s", k, err, b.want)
			}
		})
	}
}

// Each refusal that there is a word for happens.
func TestEveryStepIsBroken(t *testing.T) {
	for _, s := range Steps {
		if !slices.ContainsFunc(slices.Concat(brokenSigned, brokenCreated), func(b broken) bool { return b.want == s }) {
			t.Errorf("nothing is refused at %s", s)
		}
	}
}
