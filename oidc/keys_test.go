package oidc

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"loquet/application"
	"loquet/fault"
)

// keysKept is a store of nothing but keys.
type keysKept struct {
	Store

	mu    sync.Mutex
	keys  []Key
	reads int
}

func (k *keysKept) Keys(_ context.Context, organisation string, now time.Time) (all []Key, _ error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	for _, one := range k.keys {
		if one.Organisation == organisation && one.Gone.After(now) {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b Key) int { return a.From.Compare(b.From) })
	return all, nil
}

func (k *keysKept) AddKey(_ context.Context, one Key) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, other := range k.keys {
		if other.Organisation == one.Organisation && other.Algorithm == one.Algorithm && other.From.Equal(one.From) {
			return fault.Stale
		}
	}
	k.keys = append(k.keys, one)
	return nil
}

func (k *keysKept) KeyHolders(context.Context) (all []string, _ error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.keys {
		all = append(all, one.Organisation)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// watch is a clock that a test turns.
type watch struct{ now time.Time }

func (w *watch) turn(d time.Duration) { w.now = w.now.Add(d) }

// node gives a flow on a store and a clock, as one node has it.
func node(t testing.TB, kept *keysKept, clock *watch) *Flow {
	t.Helper()
	sealer, err := NewSealer(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	return &Flow{Store: kept, Sealer: sealer, Now: func() time.Time { return clock.now }, NewID: func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("key%p-%d", &n, n)
	}}
}

var noon = time.Date(2026, time.September, 3, 12, 34, 56, 0, time.UTC)

// told is the claims of the tokens of these tests.
type told struct {
	Sub string `json:"sub"`
}

func sign(t testing.TB, f *Flow, alg application.Algorithm, typ string) string {
	t.Helper()
	token, err := f.Sign(t.Context(), "town", alg, typ, told{"claire"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokensAreCheckedWithThePublishedKeys(t *testing.T) {
	f := node(t, &keysKept{}, &watch{noon})
	for _, alg := range application.Algorithms {
		token := sign(t, f, alg, "at+jwt")
		jws, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		set, err := f.PublicKeys(t.Context(), "town")
		if err != nil {
			t.Fatal(err)
		}
		header := jws.Signatures[0].Protected
		found := set.Key(header.KeyID)
		if len(found) != 1 || !found[0].IsPublic() || found[0].Use != "sig" || header.ExtraHeaders[jose.HeaderType] != "at+jwt" {
			t.Fatalf("%s: header %+v, keys %+v", alg, header, found)
		}
		if _, err := jws.Verify(found[0]); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		var got told
		if err := f.Verify(t.Context(), "town", token, &got); err != nil || got.Sub != "claire" {
			t.Errorf("%s: %v, %v", alg, got, err)
		}
		if err := f.Verify(t.Context(), "school", token, &got); !errors.Is(err, errForeign) {
			t.Errorf("%s: another organisation takes it: %v", alg, err)
		}
	}
	if strings.Contains(decode(t, sign(t, f, application.ES256, ""), 0), "typ") {
		t.Error("a token without typ has one")
	}
	if _, err := f.Sign(t.Context(), "town", "HS256", "", told{}); err == nil {
		t.Error("HS256 signs")
	}
}

func decode(t testing.TB, token string, part int) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[part])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// What a token says of itself gets it nowhere: no signature, a secret made of the public key, a key that it brings along,
// another algorithm for the key, a signature that was cut off (RFC 8725 §2.1, §3.1).
func TestATK053NothingButOurKeysVerifies(t *testing.T) {
	f := node(t, &keysKept{}, &watch{noon})
	good := sign(t, f, application.RS256, "")
	kid, key, err := f.signer(t.Context(), "town", application.RS256)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	hmac := made(t, jose.HS256, spki, kid, false)
	foreign, err := newKey(application.RS256)
	if err != nil {
		t.Fatal(err)
	}
	for what, token := range map[string]string{
		"none":             part(`{"alg":"none","kid":"`+kid+`"}`) + "." + parts[1] + ".",
		"nOnE":             part(`{"alg":"nOnE","kid":"`+kid+`"}`) + "." + parts[1] + ".",
		"no signature":     parts[0] + "." + parts[1] + ".",
		"HS256":            hmac,
		"a key in jwk":     made(t, jose.RS256, foreign, kid, true),
		"our key in jwk":   made(t, jose.RS256, key, kid, true),
		"another key":      made(t, jose.RS256, foreign, kid, false),
		"an unknown kid":   made(t, jose.RS256, key, "other", false),
		"no kid":           made(t, jose.RS256, key, "", false),
		"PS256":            made(t, jose.PS256, key, kid, false),
		"RS384":            made(t, jose.RS384, key, kid, false),
		"altered":          parts[0] + "." + part(`{"sub":"paul"}`) + "." + parts[2],
		"JSON":             `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"empty":            "",
		"no token":         "a.b.c",
		"critical unknown": part(`{"alg":"RS256","crit":["x"],"x":1,"kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2],
	} {
		var got told
		if err := f.Verify(t.Context(), "town", token, &got); !errors.Is(err, errForeign) || got.Sub != "" {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

// unsigned gives a token without its signature, as one of "alg":"none".
func unsigned(token string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(token, ".")[1] + "."
}

// made gives a token of any making; one with a secret takes the bytes of a key.
func made(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, embed bool) string {
	t.Helper()
	options := &jose.SignerOptions{EmbedJWK: embed}
	if embed {
		options = options.WithHeader("kid", kid) // the library leaves it out beside a key
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Sign([]byte(`{"sub":"claire"}`))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := token.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// Keys are at rest sealed only, each for its own row, and another installation's key opens none and says what to do.
func TestKeysAreSealed(t *testing.T) {
	kept := &keysKept{}
	f := node(t, kept, &watch{noon})
	if _, err := f.PublicKeys(t.Context(), "town"); err != nil {
		t.Fatal(err)
	}
	if len(kept.keys) != len(application.Algorithms) {
		t.Fatalf("%d keys", len(kept.keys))
	}
	other, err := NewSealer(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kept.keys {
		if _, err := x509.ParsePKCS8PrivateKey(k.Sealed); err == nil || bytes.Contains(k.Sealed, []byte("PRIVATE")) {
			t.Errorf("%s: the key is at rest as it is", k.Algorithm)
		}
		private, err := f.Sealer.Open(k)
		if err != nil {
			t.Fatal(err)
		}
		if rsaKey, ok := private.(*rsa.PrivateKey); ok && rsaKey.N.BitLen() != 2048 {
			t.Errorf("RSA of %d bits", rsaKey.N.BitLen())
		}
		for what, change := range map[string]func(*Key){
			"organisation": func(k *Key) { k.Organisation = "school" },
			"kid":          func(k *Key) { k.ID += "x" },
			"algorithm":    func(k *Key) { k.Algorithm = "PS256" },
			"a bit":        func(k *Key) { k.Sealed[20] ^= 1 },
			"cut":          func(k *Key) { k.Sealed = k.Sealed[:10] },
		} {
			altered := k
			altered.Sealed = bytes.Clone(k.Sealed)
			change(&altered)
			if _, err := f.Sealer.Open(altered); !errors.Is(err, errSealed) {
				t.Errorf("%s with another %s opens: %v", k.Algorithm, what, err)
			}
		}
		if _, err := other.Open(k); !errors.Is(err, errSealed) || !strings.Contains(err.Error(), "restore the key file") {
			t.Errorf("another installation: %v", err)
		}
	}
	moved := node(t, kept, &watch{noon})
	moved.Sealer = other
	if _, err := moved.Sign(t.Context(), "town", application.ES256, "", told{}); !errors.Is(err, errSealed) {
		t.Errorf("another installation signs: %v", err)
	}
	if len(kept.keys) != len(application.Algorithms) {
		t.Error("another installation has added a key")
	}
	if _, err := NewSealer(make([]byte, 16)); err == nil {
		t.Error("a key of 16 bytes seals")
	}
}

// plan at each hour that matters, to the nanosecond.
func TestPlanAtEachEdge(t *testing.T) {
	const day = 24 * time.Hour
	first := Key{From: noon.Truncate(time.Hour), Until: noon.Truncate(time.Hour).Add(signsFor)}
	second := Key{From: first.Until, Until: first.Until.Add(signsFor)}
	for what, c := range map[string]struct {
		keys []Key
		now  time.Time
		from time.Time
		due  bool
	}{
		"the very first":                {nil, noon, first.From, true},
		"new":                           {[]Key{first}, noon, first.Until, false},
		"just before it is due":         {[]Key{first}, first.Until.Add(-2*day - 1), first.Until, false},
		"due":                           {[]Key{first}, first.Until.Add(-2 * day), first.Until, true},
		"late":                          {[]Key{first}, first.Until.Add(-1), first.Until, true},
		"made":                          {[]Key{first, second}, first.Until.Add(-2 * day), second.Until, false},
		"in whatever order":             {[]Key{second, first}, first.Until.Add(-2 * day), second.Until, false},
		"at the end, without successor": {[]Key{first}, first.Until, first.Until.Truncate(time.Hour), true},
		"after the end":                 {[]Key{first}, first.Until.Add(90 * time.Minute), first.Until.Add(time.Hour), true},
		"long after the installation stood still": {nil, noon.Add(1000 * day), first.From.Add(1000 * day), true},
	} {
		next, due := plan(c.keys, c.now)
		if !next.from.Equal(c.from) || due != c.due || next.until.Sub(next.from) != 90*day ||
			next.from.Sub(next.published()) != 2*day || next.gone().Sub(next.until) != 2*day {
			t.Errorf("%s: %+v, due %v", what, next, due)
		}
	}
}

// Two nodes live for a year, each turning when it likes: at each hour one key signs, everybody has been able to read it
// for two days before, but for the very first, and whatever was signed in the last two days is checked.
func TestOAU17KeysArePublishedBeforeTheySignAndAfter(t *testing.T) {
	kept, clock := &keysKept{}, &watch{noon}
	one, two := node(t, kept, clock), node(t, kept, clock)
	type signed struct {
		token string
		at    time.Time
	}
	var recent []signed
	seen := map[string]time.Time{} // when each kid was first published
	kids := map[string]bool{}
	const step = 6 * time.Hour
	for clock.now.Before(noon.Add(365 * 24 * time.Hour)) {
		var both sync.WaitGroup
		for _, f := range []*Flow{one, two} {
			both.Go(func() {
				if err := f.RotateKeys(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		token := sign(t, one, application.ES256, "")
		set, err := two.PublicKeys(t.Context(), "town")
		if err != nil {
			t.Fatal(err)
		}
		var kid string
		jws, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
		if err == nil {
			kid = jws.Signatures[0].Protected.KeyID
		}
		for _, k := range set.Keys {
			if _, known := seen[k.KeyID]; !known {
				seen[k.KeyID] = clock.now
			}
		}
		if since := clock.now.Sub(seen[kid]); len(set.Key(kid)) != 1 || !kids[kid] && len(kids) > 0 && since < publishedBefore-step {
			t.Fatalf("at %v %s signs, published for %v", clock.now, kid, since)
		}
		kids[kid] = true
		recent = append(recent, signed{token, clock.now})
		for clock.now.Sub(recent[0].at) >= publishedAfter {
			recent = recent[1:]
		}
		for _, s := range recent {
			if err := two.Verify(t.Context(), "town", s.token, &told{}); err != nil {
				t.Fatalf("at %v what was signed at %v is not checked: %v", clock.now, s.at, err)
			}
		}
		clock.turn(step)
	}
	if len(kids) != 5 {
		t.Errorf("%d keys signed in a year", len(kids))
	}
	if n := len(kept.keys); n > 3*6 {
		t.Errorf("two nodes have made %d keys", n)
	}
}

// A hundred first requests on two nodes make one key of each algorithm.
func TestTheFirstKeyIsMadeOnce(t *testing.T) {
	kept, clock := &keysKept{}, &watch{noon}
	var work sync.WaitGroup
	for _, f := range []*Flow{node(t, kept, clock), node(t, kept, clock)} {
		for range 50 {
			work.Go(func() {
				if _, err := f.Sign(t.Context(), "town", application.EdDSA, "", told{}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	work.Wait()
	if len(kept.keys) != 1 {
		t.Errorf("%d keys", len(kept.keys))
	}
}

// Another node's key is known within a second, and within it the store is not asked.
func TestTheRingIsReadOnceASecond(t *testing.T) {
	kept, clock := &keysKept{}, &watch{noon}
	one, two := node(t, kept, clock), node(t, kept, clock)
	if err := two.Verify(t.Context(), "town", sign(t, one, application.ES256, ""), &told{}); err != nil {
		t.Fatal(err)
	}
	before := kept.reads
	for range 100 {
		sign(t, one, application.ES256, "")
	}
	if kept.reads != before {
		t.Errorf("the store was asked %d times", kept.reads-before)
	}
	token := sign(t, one, application.EdDSA, "")
	clock.turn(fresh)
	if err := two.Verify(t.Context(), "town", token, &told{}); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

func BenchmarkSignES256(b *testing.B) {
	f := node(b, &keysKept{}, &watch{noon})
	sign(b, f, application.ES256, "")
	for b.Loop() {
		sign(b, f, application.ES256, "")
	}
}
