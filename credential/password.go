package credential

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// MaxBytes is the longest password that is looked at, in bytes as typed and before any normalising (ATK-078, ATK-079).
// 1024 bytes are 256 code points of the longest kind, four times what NIST SP 800-63B-4 §3.1.1.2 asks for.
const MaxBytes = 1024

// Oversize is the error of hashing a password over MaxBytes. Policy.Check refuses one before.
var Oversize = errors.New("a password over 1024 bytes is not hashed")

// leastPepper is the smallest key of a keyed hash, in bytes: the size of its output (NIST SP 800-107r1 §5.3.4).
const leastPepper = sha256.Size

// Hasher turns passwords into Argon2id hashes and compares them (RFC 9106), a bounded number at a time.
//
// Whoever there is no password for costs the same hash as whoever has one, so that neither time nor load tells them
// apart (ATK-026). It is safe for use by many goroutines.
type Hasher struct {
	parameters Parameters
	pepper     string            // the id of the key for new hashes; empty without one
	peppers    map[string][]byte // every key by its id, the retired ones too
	queue      *queue
	memory     allotment
	decoy      record
}

// NewHasher makes a hasher.
//
// Of the hashes, parallel run at once (0: one per processor that Go may use). Others queue, first come first served,
// unless they would wait longer than wait by the mean cost of recent hashes: those get fault.Busy at once. The pepper
// is a key of at least 32 bytes that is kept apart from the database, or nil; retired peppers check older hashes and
// make none. Until hashes have been made here, one is taken to cost a millisecond for each MiB and pass.
func NewHasher(p Parameters, pepper []byte, parallel int, wait time.Duration, retired ...[]byte) (*Hasher, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return newHasher(p, pepper, parallel, wait, retired)
}

func newHasher(p Parameters, pepper []byte, parallel int, wait time.Duration, retired [][]byte) (*Hasher, error) {
	if parallel < 0 || wait < 0 {
		return nil, fmt.Errorf("hashing: %d at once and a wait of %v make no sense", parallel, wait)
	}
	if parallel == 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	h := &Hasher{parameters: p, peppers: map[string][]byte{}, queue: &queue{parallel: parallel, wait: wait}}
	h.memory.budget = uint32(MemoryLimit(p, parallel)/1024 - aside)
	for i, key := range append([][]byte{pepper}, retired...) {
		if len(key) == 0 {
			continue
		}
		if len(key) < leastPepper {
			return nil, fmt.Errorf("hashing: a pepper of %d bytes is too short, %d are needed", len(key), leastPepper)
		}
		id := pepperID(key)
		h.peppers[id] = append([]byte(nil), key...)
		if i == 0 {
			h.pepper = id
		}
	}
	h.decoy = h.fresh()
	h.decoy.tag = make([]byte, tagSize)
	h.queue.mean = time.Duration(p.MemoryKiB/1024*p.Passes) * time.Millisecond
	return h, nil
}

// pepperID names a pepper by 48 bits that say nothing about it.
func pepperID(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("loquet/credential/pepper id"))
	return unpadded.EncodeToString(mac.Sum(nil)[:6])
}

// fresh gives a record with a new salt and no tag yet.
func (h *Hasher) fresh() record {
	r := record{Parameters: h.parameters, pepper: h.pepper, salt: make([]byte, saltSize)}
	_, _ = rand.Read(r.salt) // crypto/rand.Read never fails (Go 1.24)
	return r
}

// Hash gives the PHC string to store for a password. It gives Oversize, fault.Busy or the context's error.
func (h *Hasher) Hash(ctx context.Context, password string) (phc string, err error) {
	if len(password) > MaxBytes {
		return "", Oversize
	}
	r := h.fresh()
	r.tag = make([]byte, tagSize)
	if r.tag, err = h.derive(ctx, r, password); err != nil {
		return "", err
	}
	return r.String(), nil
}

// Verify says whether the password is the one of the PHC string. An empty or unreadable string, one made with a pepper
// that is not here or at a cost past what this hasher affords, and a password over MaxBytes are all a wrong password,
// at the price of a current hash.
//
// A right password may be outdated: the string has another cost, size or pepper than a new one would have, and the
// caller should hash the password anew. An outdated string costs what it says, so that time tells it from a current one
// until its owner has signed in once. The errors are fault.Busy and the context's.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (right, outdated bool, err error) {
	r, ok := parse(phc)
	if _, known := h.peppers[r.pepper]; !ok || !h.affords(r.Parameters) || (r.pepper != "" && !known) {
		r, ok = h.decoy, false
	}
	if len(password) > MaxBytes {
		r, ok, password = h.decoy, false, ""
	}
	tag, err := h.derive(ctx, r, password)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(tag, r.tag) == 1 && ok
	current := r.Parameters == h.parameters && r.pepper == h.pepper && len(r.salt) == saltSize && len(r.tag) == tagSize
	return right, right && !current, nil
}

// derive does the work of one hash, in its turn. The result has the length of the record's tag.
func (h *Hasher) derive(ctx context.Context, r record, password string) (tag []byte, err error) {
	leave, err := h.queue.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	secret := []byte(norm.NFC.String(password))
	if r.pepper != "" {
		mac := hmac.New(sha256.New, h.peppers[r.pepper])
		mac.Write(secret)
		secret = mac.Sum(nil)
	}
	defer h.memory.take(r.MemoryKiB)()
	return argon2.IDKey(secret, r.salt, r.Passes, r.MemoryKiB, r.Lanes, uint32(len(r.tag))), nil
}

// affords says whether a stored hash may be checked at the cost that it names: up to the second recommended option of
// RFC 9106 §4, or up to this hasher's own, so that a planted string cannot take the machine (ATK-078).
func (h *Hasher) affords(p Parameters) bool {
	return p.MemoryKiB <= max(64*1024, h.parameters.MemoryKiB) &&
		p.Passes <= max(10, h.parameters.Passes) &&
		p.Lanes <= max(16, h.parameters.Lanes)
}

// Knows says whether Verify could accept a password for this PHC string: it can be read, its cost is affordable and its
// pepper is here. A store full of strings that are not known means a lost or wrong pepper.
func (h *Hasher) Knows(phc string) bool {
	r, ok := parse(phc)
	_, known := h.peppers[r.pepper]
	return ok && h.affords(r.Parameters) && (r.pepper == "" || known)
}

// RetryAfter is how long whoever got fault.Busy should stay away, in whole seconds, at least one.
func (h *Hasher) RetryAfter() time.Duration {
	return max(time.Second, (h.queue.estimate() + time.Second - 1).Truncate(time.Second))
}

// Stats gives how many hashes run and how many wait.
func (h *Hasher) Stats() (running, waiting int) { return h.queue.stats() }
