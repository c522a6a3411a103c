package passkey

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"loquet/credential/passkey/passkeytest"
)

// ATK-067: only whole keys of the three kinds are taken, of a size that neither can be broken nor takes long to check.
func TestATK067Keys(t *testing.T) {
	rsa := func(bits int, exponent []byte) map[int64]any {
		modulus := make([]byte, (bits+7)/8)
		modulus[0], modulus[len(modulus)-1] = 1<<((bits-1)%8), 1
		return map[int64]any{1: 3, 3: passkeytest.RS256, -1: modulus, -2: exponent}
	}
	e := []byte{1, 0, 1}
	var es256 map[int64]any
	if err := webauthncbor.Unmarshal(passkeytest.NewCOSEKey(passkeytest.ES256), &es256); err != nil {
		t.Fatal(err)
	}
	with := func(label int64, value any) map[int64]any {
		changed := map[int64]any{}
		for l, v := range es256 {
			changed[l] = v
		}
		changed[label] = value
		return changed
	}
	for name, c := range map[string]struct {
		key  map[int64]any
		fine bool
	}{
		"ES256":                     {es256, true},
		"ES256, a member more":      {with(2, []byte("kid")), true},
		"ES256, too much":           {with(2, make([]byte, 1024)), false},
		"ES256, no point":           {with(-2, make([]byte, 32)), false},
		"ES256, half":               {with(-3, []byte{}), false},
		"ES256, a number":           {with(-3, 7), false},
		"ES256, compressed":         {with(-3, true), false},
		"ES256, another curve":      {with(-1, 2), false},
		"ES256, another type":       {with(1, 1), false},
		"ES384":                     {with(3, -35), false},
		"ES256K":                    {with(3, -47), false},
		"ESP256":                    {with(3, -9), false},
		"EdDSA":                     {map[int64]any{1: 1, 3: passkeytest.EdDSA, -1: 6, -2: make([]byte, 32)}, true},
		"EdDSA, Ed448":              {map[int64]any{1: 1, 3: passkeytest.EdDSA, -1: 7, -2: make([]byte, 57)}, false},
		"EdDSA, short":              {map[int64]any{1: 1, 3: passkeytest.EdDSA, -1: 6, -2: make([]byte, 31)}, false},
		"Ed25519 by its own number": {map[int64]any{1: 1, 3: -19, -1: 6, -2: make([]byte, 32)}, false},
		"RS256, 1024":               {rsa(1024, e), false},
		"RS256, 2047":               {rsa(2047, e), false},
		"RS256, 2048":               {rsa(2048, e), true},
		"RS256, 4096":               {rsa(4096, e), true},
		"RS256, 4097":               {rsa(4097, e), false},
		"RS256, no exponent":        {rsa(2048, nil), false},
		"RS1":                       {map[int64]any{1: 3, 3: -65535, -1: rsa(2048, e)[-1], -2: e}, false},
		"PS256":                     {map[int64]any{1: 3, 3: -37, -1: rsa(2048, e)[-1], -2: e}, false},
		"symmetric":                 {map[int64]any{1: 4, 3: 5, -1: make([]byte, 32)}, false},
		"empty":                     {map[int64]any{}, false},
	} {
		key, err := webauthncbor.Marshal(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := offered(key); got != c.fine {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, key := range [][]byte{nil, {}, {0}, {0xff}, bytes.Repeat([]byte{0xa1}, 64)} {
		if offered(key) {
			t.Errorf("%x is a key", key)
		}
	}
}

func TestTransportsAreBounded(t *testing.T) {
	said := []protocol.AuthenticatorTransport{
		"usb", "usb", "", "smart-card", "USB", "a b", "new-way", "\"", "<", "é",
		protocol.AuthenticatorTransport(strings.Repeat("x", 33)),
	}
	if got := transports(said); !slices.Equal(got, []string{"usb", "smart-card", "new-way"}) {
		t.Errorf("%q is kept", got)
	}
	var many []protocol.AuthenticatorTransport
	for c := range 26 {
		many = append(many, protocol.AuthenticatorTransport(rune('a'+c)))
	}
	if got := transports(many); len(got) != mostTransports {
		t.Errorf("%d ways are kept", len(got))
	}
}

func TestModels(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	for aaguid, name := range models {
		if !shape.MatchString(aaguid) || name == "" || ModelName(aaguid) != name {
			t.Errorf("%q is called %q", aaguid, name)
		}
	}
	for _, unknown := range []string{"", "00000000-0000-0000-0000-000000000000", "EA9B8D66-4D01-1D21-3CE4-B6B48CB575D4"} {
		if name := ModelName(unknown); name != "" {
			t.Errorf("%q is called %q", unknown, name)
		}
	}
	for raw, want := range map[string]string{
		"": "", strings.Repeat("\x00", 16): "", strings.Repeat("\x00", 15) + "\x01": "00000000-0000-0000-0000-000000000001",
		"PtoniPasPtoniPa": "", "Proton-Pass-1234": "50726f74-6f6e-2d50-6173-732d31323334",
	} {
		if got := modelOf([]byte(raw)); got != want {
			t.Errorf("%x is written %q, want %q", raw, got, want)
		}
	}
}
