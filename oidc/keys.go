package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"loquet/application"
	"loquet/fault"
)

// fresh is how long a node trusts what it has read of the keys: another node's new key is known within it (design §6).
const fresh = 900 * time.Millisecond

// keyRing keeps the opened keys of each organisation; the truth is in the store.
type keyRing struct {
	mu     sync.RWMutex
	kept   map[string]ring
	making sync.Mutex           // one key is made at a time, so that a hundred first requests do not make a hundred
	quiet  map[string]time.Time // until when RotateKeys has nothing to do, by organisation; under making
}

// ring is the keys of one organisation that are published, the oldest first.
type ring struct {
	read time.Time
	keys []*openKey
}

// openKey is a key that signs.
type openKey struct {
	Key
	private crypto.Signer
	signers sync.Map // jose.Signer, by typ: what can be made ready once is not made for each token
}

// Sign gives claims as a compact JWS (RFC 7515 §7.1) with the "kid" of the organisation's key and the given "typ"; no
// "typ" where it is empty.
func (f *Flow) Sign(
	ctx context.Context, organisation string, alg application.Algorithm, typ string, claims any,
) (string, error) {
	k, err := f.signingKey(ctx, organisation, alg)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("writing a token: %w", err)
	}
	s, err := k.signer(typ)
	if err != nil {
		return "", err
	}
	token, err := s.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return token.CompactSerialize() //nolint:wrapcheck // fails only for a detached payload
}

// PublicKeys gives what the organisation's tokens are checked with, those of the next days included (OpenID Connect
// Core 1.0 §10.1.1). The keys that are missing are made, so that no application ever sees a set without its own.
func (f *Flow) PublicKeys(ctx context.Context, organisation string) (jose.JSONWebKeySet, error) {
	for _, alg := range application.Algorithms {
		if _, err := f.signingKey(ctx, organisation, alg); err != nil {
			return jose.JSONWebKeySet{}, err
		}
	}
	keys, err := f.ring(ctx, organisation)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, 0, len(keys))}
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{
			Key: k.private.Public(), KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig",
		})
	}
	return set, nil
}

// signer gives the key that signs now, made on first use.
func (f *Flow) signer(
	ctx context.Context, organisation string, alg application.Algorithm,
) (kid string, key crypto.Signer, err error) {
	k, err := f.signingKey(ctx, organisation, alg)
	if err != nil {
		return "", nil, err
	}
	return k.ID, k.private, nil
}

// errForeign says that a token is none of ours, whatever is wrong with it.
var errForeign = errors.New("the token was not signed by this organisation")

// Verify reads the claims of a token that the organisation has signed with a key that is still published; whether it is
// over is for the caller to look at. Nothing that the token says of itself chooses the key but "kid" and "alg": "none",
// a shared secret, or a key that it brings along get nowhere (RFC 8725 §3.1; ATK-053).
func (f *Flow) Verify(ctx context.Context, organisation, token string, claims any) error {
	_, err := f.verify(ctx, organisation, token, claims)
	return err
}

// verify is Verify that gives the "typ" as well, for who must tell one kind of token from another (RFC 8725 §3.11).
func (f *Flow) verify(ctx context.Context, organisation, token string, claims any) (typ string, err error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil || len(jws.Signatures) != 1 {
		return "", errForeign
	}
	header := jws.Signatures[0].Protected
	if header.JSONWebKey != nil {
		return "", errForeign
	}
	keys, err := f.ring(ctx, organisation)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(keys, func(k *openKey) bool {
		return k.ID == header.KeyID && string(k.Algorithm) == header.Algorithm
	})
	if at < 0 {
		return "", errForeign
	}
	payload, err := jws.Verify(keys[at].private.Public())
	if err != nil || json.Unmarshal(payload, claims) != nil {
		return "", errForeign
	}
	typ, _ = header.ExtraHeaders[jose.HeaderType].(string)
	return typ, nil
}

// RotateKeys makes the keys that are due in every organisation. Several nodes may call it at once.
func (f *Flow) RotateKeys(ctx context.Context) error {
	holders, err := f.Store.KeyHolders(ctx)
	if err != nil {
		return fmt.Errorf("reading who has signing keys: %w", err)
	}
	var failed []error
	for _, organisation := range holders {
		failed = append(failed, f.rotate(ctx, organisation))
	}
	return errors.Join(failed...)
}

// rotate makes the keys that are due in one organisation, for each algorithm that it has used.
func (f *Flow) rotate(ctx context.Context, organisation string) error {
	now := f.Now()
	f.keys.making.Lock()
	defer f.keys.making.Unlock()
	if now.Before(f.keys.quiet[organisation]) {
		return nil
	}
	keys, err := f.read(ctx, organisation, now)
	if err != nil {
		return err
	}
	quiet := now.Add(publishedAfter)
	for _, alg := range application.Algorithms {
		held := ofAlgorithm(keys, alg)
		if len(held) == 0 {
			continue
		}
		next, due := plan(held, now)
		if !due {
			quiet = earlier(quiet, next.published())
			continue
		}
		if err := f.makeKey(ctx, organisation, alg, next); err != nil {
			return err
		}
	}
	if f.keys.quiet == nil {
		f.keys.quiet = map[string]time.Time{}
	}
	f.keys.quiet[organisation] = quiet
	return nil
}

// signingKey gives the key that signs now, made on first use.
func (f *Flow) signingKey(ctx context.Context, organisation string, alg application.Algorithm) (*openKey, error) {
	now := f.Now()
	keys, err := f.ring(ctx, organisation)
	if err != nil {
		return nil, err
	}
	if k := signs(keys, alg, now); k != nil {
		return k, nil
	}
	if !slices.Contains(application.Algorithms, alg) {
		return nil, fmt.Errorf("nothing is signed with %q", alg)
	}
	f.keys.making.Lock()
	defer f.keys.making.Unlock()
	if keys, err = f.read(ctx, organisation, now); err != nil { // somebody may have made it meanwhile
		return nil, err
	}
	if k := signs(keys, alg, now); k != nil {
		return k, nil
	}
	next, _ := plan(ofAlgorithm(keys, alg), now)
	if err := f.makeKey(ctx, organisation, alg, next); err != nil {
		return nil, err
	}
	if keys, err = f.read(ctx, organisation, now); err != nil {
		return nil, err
	}
	if k := signs(keys, alg, now); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("no key of %s signs for the organisation %s", alg, organisation)
}

// signs gives the key of an algorithm that signs at now; nil for none. Where a clock was set back to before the first
// one, that one signs: another would begin after the last, and sign no sooner (ATK-088).
func signs(keys []*openKey, alg application.Algorithm, now time.Time) *openKey {
	var first *openKey
	for _, k := range slices.Backward(keys) {
		switch {
		case k.Algorithm != alg:
		case now.Before(k.From):
			first = k
		case now.Before(k.Until):
			return k
		}
	}
	return first
}

func ofAlgorithm(keys []*openKey, alg application.Algorithm) []Key {
	var found []Key
	for _, k := range keys {
		if k.Algorithm == alg {
			found = append(found, k.Key)
		}
	}
	return found
}

// ring gives the published keys of an organisation, from memory while what was read is fresh.
func (f *Flow) ring(ctx context.Context, organisation string) ([]*openKey, error) {
	now := f.Now()
	f.keys.mu.RLock()
	r, ok := f.keys.kept[organisation]
	f.keys.mu.RUnlock()
	if age := now.Sub(r.read); ok && age >= 0 && age < fresh {
		return r.keys, nil
	}
	return f.read(ctx, organisation, now)
}

// read reads the ring anew, and opens what is new in it.
func (f *Flow) read(ctx context.Context, organisation string, now time.Time) ([]*openKey, error) {
	rows, err := f.Store.Keys(ctx, organisation, now)
	if err != nil {
		return nil, fmt.Errorf("reading the signing keys: %w", err)
	}
	f.keys.mu.RLock()
	before := f.keys.kept[organisation].keys
	f.keys.mu.RUnlock()
	keys := make([]*openKey, 0, len(rows))
	for _, row := range rows {
		if at := slices.IndexFunc(before, func(k *openKey) bool { return k.ID == row.ID }); at >= 0 {
			keys = append(keys, before[at])
			continue
		}
		private, err := f.Sealer.Open(row)
		if err != nil {
			return nil, err
		}
		keys = append(keys, &openKey{Key: row, private: private})
	}
	f.keys.mu.Lock()
	defer f.keys.mu.Unlock()
	if f.keys.kept == nil {
		f.keys.kept = map[string]ring{}
	}
	f.keys.kept[organisation] = ring{read: now, keys: keys}
	return keys, nil
}

// makeKey makes a key for a spell, unless another node was faster: then that one's serves.
func (f *Flow) makeKey(ctx context.Context, organisation string, alg application.Algorithm, s spell) error {
	private, err := newKey(alg)
	if err != nil {
		return err
	}
	k := Key{Organisation: organisation, ID: f.NewID(), Algorithm: alg, From: s.from, Until: s.until, Gone: s.gone()}
	if k.Sealed, err = f.Sealer.Seal(k, private); err != nil {
		return err
	}
	if err := f.Store.AddKey(ctx, k); err != nil && !errors.Is(err, fault.Stale) {
		return fmt.Errorf("keeping a signing key: %w", err)
	}
	return nil
}

// newKey makes a key: RSA of 2048 bits for RS256 (RFC 7518 §3.3), P-256 for ES256, Ed25519 for EdDSA (RFC 8037).
func newKey(alg application.Algorithm) (crypto.Signer, error) {
	var key crypto.Signer
	var err error
	switch alg {
	case application.RS256:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case application.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case application.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, fmt.Errorf("nothing is signed with %q", alg)
	}
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	return key, nil
}

// signer gives what signs tokens of one typ.
func (k *openKey) signer(typ string) (jose.Signer, error) {
	if ready, ok := k.signers.Load(typ); ok {
		return ready.(jose.Signer), nil //nolint:forcetypeassert // nothing else is put in below
	}
	var options jose.SignerOptions
	if typ != "" {
		options.WithType(jose.ContentType(typ))
	}
	s, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: jose.JSONWebKey{Key: k.private, KeyID: k.ID},
	}, &options)
	if err != nil {
		return nil, fmt.Errorf("a signing key cannot sign: %w", err)
	}
	ready, _ := k.signers.LoadOrStore(typ, s)
	return ready.(jose.Signer), nil //nolint:forcetypeassert // as above
}
