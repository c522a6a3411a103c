package credential

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"loquet/fault"
)

// cheap costs a tenth of a millisecond; NewHasher refuses it.
var cheap = Parameters{MemoryKiB: 64, Passes: 1, Lanes: 1}

var pepper = []byte("a pepper of thirty-two bytes 1234")

func hasher(t testing.TB, p Parameters, pepper []byte, retired ...[]byte) *Hasher {
	t.Helper()
	h, err := newHasher(p, pepper, 2, time.Minute, retired)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hash(t testing.TB, h *Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(context.Background(), password)
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func verify(t testing.TB, h *Hasher, phc, password string) (right, outdated bool) {
	t.Helper()
	right, outdated, err := h.Verify(context.Background(), phc, password)
	if err != nil {
		t.Fatal(err)
	}
	return right, outdated
}

func TestHashAndVerify(t *testing.T) {
	for name, h := range map[string]*Hasher{"plain": hasher(t, cheap, nil), "peppered": hasher(t, cheap, pepper)} {
		for _, password := range []string{"Bleu-Canard-74", "", " ", "é🦆", "\xff\xfe", strings.Repeat("x", MaxBytes)} {
			phc := hash(t, h, password)
			if right, outdated := verify(t, h, phc, password); !right || outdated {
				t.Errorf("%s: %.20q is right: %v, outdated: %v", name, password, right, outdated)
			}
			if right, _ := verify(t, h, phc, password+"!"); right {
				t.Errorf("%s: %.20q with a sign more is right", name, password)
			}
			if phc == hash(t, h, password) {
				t.Errorf("%s: two hashes of %.20q are the same", name, password)
			}
			if (h.pepper != "") != strings.Contains(phc, ",keyid="+h.pepper+"$") {
				t.Errorf("%s: %s does not name its pepper", name, phc)
			}
		}
	}
}

// The official vector of the reference implementation (argon2id, t=2, m=64 MiB, p=1, "password", "somesalt").
func TestVerifyReferenceVector(t *testing.T) {
	phc := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if right, outdated := verify(t, hasher(t, cheap, nil), phc, "password"); !right || !outdated {
		t.Errorf("right: %v, outdated: %v", right, outdated)
	}
}

func TestNIST05Normalised(t *testing.T) {
	h := hasher(t, cheap, pepper)
	if right, _ := verify(t, h, hash(t, h, "\u00e9t\u00e9-2026"), "e\u0301te\u0301-2026"); !right {
		t.Error("é typed in two signs is another password")
	}
	if right, _ := verify(t, h, hash(t, h, "ﬁn"), "fin"); right {
		t.Error("NFC must keep the ligature apart") // NFKC would not
	}
}

// ATK-078, ATK-079: a password over the cap is wrong before anything is done to it, also where its start is right.
func TestATK078OverlongPasswordIsWrong(t *testing.T) {
	h := hasher(t, cheap, pepper)
	long := strings.Repeat("ﷺ", MaxBytes) // three bytes each
	if _, err := h.Hash(context.Background(), long); !errors.Is(err, Oversize) {
		t.Errorf("hashing it gives %v", err)
	}
	for _, known := range []string{hash(t, h, ""), hash(t, h, long[:MaxBytes/3*3])} {
		if right, _ := verify(t, h, known, long); right {
			t.Error("it is right")
		}
	}
	// By accident of its bytes the decoy's tag could be met: it must be wrong even so.
	h.decoy.tag = argon2.IDKey(nil, h.decoy.salt, 1, 64, 1, tagSize)
	h.decoy.pepper = ""
	for _, phc := range []string{"", h.decoy.String() + "x"} {
		if right, _ := verify(t, h, phc, ""); right {
			t.Errorf("the decoy of %q was accepted", phc)
		}
	}
	if right, _ := verify(t, h, hash(t, h, "x"), long); right {
		t.Error("the decoy of a long password was accepted")
	}
}

// ATK-080: NUL bytes are part of the password, and the last of many bytes counts (NIST-09).
func TestATK080NothingIsCutOff(t *testing.T) {
	for _, h := range []*Hasher{hasher(t, cheap, nil), hasher(t, cheap, pepper)} {
		long := strings.Repeat("x", MaxBytes-1)
		for stored, typed := range map[string]string{"abc\x00def": "abc\x00xyz", "abc\x00": "abc", long + "a": long + "b"} {
			phc := hash(t, h, stored)
			if right, _ := verify(t, h, phc, typed); right {
				t.Errorf("%.12q is taken for %.12q", typed, stored)
			}
			if right, _ := verify(t, h, phc, stored); !right {
				t.Errorf("%.12q is not itself", stored)
			}
		}
	}
}

// ATK-026: who does not exist, and whose hash cannot be read or afforded, costs what a current hash costs.
func TestATK026SameWorkForNobody(t *testing.T) {
	h := hasher(t, Parameters{MemoryKiB: 16 * 1024, Passes: 2, Lanes: 1}, pepper)
	cost := func(phc, password string) time.Duration {
		took := make([]time.Duration, 7)
		for i := range took {
			began := time.Now()
			if _, _, err := h.Verify(context.Background(), phc, password); err != nil {
				t.Fatal(err)
			}
			took[i] = time.Since(began)
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	known := cost(hash(t, h, "Bleu-Canard-74"), "wrong")
	for name, phc := range map[string]string{
		"nobody":         "",
		"unreadable":     "$2b$12$abcdefghijklmnopqrstuuJ0",
		"foreign pepper": strings.Replace(hash(t, h, "x"), h.pepper, "AAAAAAAA", 1),
		"unaffordable":   "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	} {
		if decoy := cost(phc, "wrong"); decoy < known/3 || decoy > known*3 {
			t.Errorf("%s costs %v, a known one %v", name, decoy, known)
		}
	}
	if decoy := cost(hash(t, h, "x"), strings.Repeat("x", MaxBytes+1)); decoy < known/3 || decoy > known*3 {
		t.Errorf("a long password costs %v, a known one %v", decoy, known)
	}
}

func TestOutdated(t *testing.T) {
	h := hasher(t, cheap, pepper)
	other := []byte("another pepper of 32 bytes or more")
	for name, c := range map[string]struct {
		old             *Hasher
		right, outdated bool
	}{
		"same":           {hasher(t, cheap, pepper), true, false},
		"other cost":     {hasher(t, Parameters{MemoryKiB: 128, Passes: 2, Lanes: 2}, pepper), true, true},
		"without pepper": {hasher(t, cheap, nil), true, true},
		"unknown pepper": {hasher(t, cheap, other), false, false},
	} {
		phc := hash(t, c.old, "Bleu-Canard-74")
		if right, outdated := verify(t, h, phc, "Bleu-Canard-74"); right != c.right || outdated != c.outdated {
			t.Errorf("%s: right %v, outdated %v", name, right, outdated)
		}
		if right, outdated := verify(t, h, phc, "wrong"); right || outdated {
			t.Errorf("%s: a wrong password is right %v, outdated %v", name, right, outdated)
		}
		if h.Knows(phc) != c.right {
			t.Errorf("%s: known %v", name, h.Knows(phc))
		}
	}
	rotated := hasher(t, cheap, other, pepper)
	if right, outdated := verify(t, rotated, hash(t, h, "x"), "x"); !right || !outdated {
		t.Errorf("a retired pepper: right %v, outdated %v", right, outdated)
	}
}

func TestParseRefuses(t *testing.T) {
	salt, tag := "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	good := "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + tag
	if r, ok := parse(good); !ok || r.String() != good {
		t.Fatalf("%s becomes %s, %v", good, r, ok)
	}
	for _, bad := range []string{
		"", "$", "$$$$$", good + "$", "x" + good, good[:len(good)-30], good + "=", " " + good,
		strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "argon2id", "argon2d", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=64,", "", 1),
		strings.Replace(good, "m=64", "m=0", 1), strings.Replace(good, "t=1", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=256", 1),
		strings.Replace(good, "m=64", "m=-64", 1), strings.Replace(good, "m=64", "m=64 ", 1),
		strings.Replace(good, "m=64", "m=99999999999", 1), strings.Replace(good, "m=64,t=1", "t=1,m=64", 1),
		strings.Replace(good, "p=1", "p=1,keyid=", 1), strings.Replace(good, "p=1", "p=1,data=AA", 1),
		strings.Replace(good, salt, "AAAA", 1), strings.Replace(good, salt, strings.Repeat("A", 100), 1),
		strings.Replace(good, tag, "AAAAAAAA", 1), strings.Replace(good, salt, "c29tZXNhbH!", 1),
		"$argon2id$v=19$m=64,t=1,p=1,keyid=" + strings.Repeat("A", longestPHC) + "$" + salt + "$" + tag,
	} {
		if r, ok := parse(bad); ok {
			t.Errorf("%q is read as %s", bad, r)
		}
	}
}

func TestParseReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record{
			Parameters: Parameters{
				MemoryKiB: rapid.Uint32Min(1).Draw(t, "memory"), Passes: rapid.Uint32Min(1).Draw(t, "passes"),
				Lanes: rapid.Uint8Min(1).Draw(t, "lanes"),
			},
			pepper: rapid.StringMatching(`[A-Za-z0-9+/]{0,8}`).Draw(t, "pepper"),
			salt:   rapid.SliceOfN(rapid.Byte(), smallest, largest).Draw(t, "salt"),
			tag:    rapid.SliceOfN(rapid.Byte(), smallestTag, largest).Draw(t, "tag"),
		}
		if back, ok := parse(r.String()); !ok || back.String() != r.String() || back.Parameters != r.Parameters {
			t.Fatalf("%s becomes %s, %v", r, back, ok)
		}
	})
}

func FuzzVerify(f *testing.F) {
	h := hasher(f, cheap, pepper)
	f.Add(h.decoy.String(), "password")
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$"+base64.RawStdEncoding.EncodeToString(make([]byte, 16)), "")
	f.Fuzz(func(t *testing.T, phc, password string) {
		if r, ok := parse(phc); ok && (r.Passes > 2 || r.MemoryKiB > 1024) {
			return // right, but slow
		}
		if right, _ := verify(t, h, phc, password); right {
			t.Errorf("%q opens %q", password, phc)
		}
	})
}

func TestNewHasherRefuses(t *testing.T) {
	for name, make := range map[string]func() (*Hasher, error){
		"weak parameters":  func() (*Hasher, error) { return NewHasher(cheap, nil, 1, time.Second) },
		"short pepper":     func() (*Hasher, error) { return newHasher(cheap, pepper[:31], 1, time.Second, nil) },
		"short old pepper": func() (*Hasher, error) { return newHasher(cheap, pepper, 1, time.Second, [][]byte{{1}}) },
		"negative places":  func() (*Hasher, error) { return newHasher(cheap, nil, -1, time.Second, nil) },
		"negative wait":    func() (*Hasher, error) { return newHasher(cheap, nil, 1, -1, nil) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestParameters(t *testing.T) {
	for p, fine := range map[Parameters]bool{
		DefaultParameters: true, {46 * 1024, 1, 4}: true, {19 * 1024, 2, 1}: true, {12 * 1024, 3, 1}: true,
		{9 * 1024, 4, 1}: true, {7 * 1024, 5, 1}: true, {7 * 1024, 6, 1}: true, {64 * 1024, 3, 4}: true,
		{46*1024 - 1, 1, 1}: false, {19*1024 - 1, 2, 1}: false, {12*1024 - 1, 3, 1}: false, {9*1024 - 1, 4, 1}: false,
		{7*1024 - 1, 5, 1}: false, {7*1024 - 1, 64, 1}: false, {64 * 1024, 0, 1}: false, {64 * 1024, 1, 0}: false,
		{2 << 20, 1, 1}: false, {64 * 1024, 65, 1}: false, {}: false,
	} {
		if err := p.Check(); (err == nil) != fine {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for parallel, want := range map[int]int64{1: 176, 2: 176, 4: 4*64 + 40} {
		if got := MemoryLimit(Parameters{MemoryKiB: 64 * 1024}, parallel); got != want<<20 {
			t.Errorf("the limit for %d at once is %d", parallel, got)
		}
	}
}

// A full house tells the caller so, and when to come back.
func TestBusy(t *testing.T) {
	h, err := newHasher(cheap, nil, 1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	leave, err := h.queue.enter(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	h.queue.mean = 2500 * time.Millisecond
	if _, err := h.Hash(context.Background(), "x"); !errors.Is(err, fault.Busy) {
		t.Errorf("hashing gives %v", err)
	}
	if _, _, err := h.Verify(context.Background(), "", "x"); !errors.Is(err, fault.Busy) {
		t.Errorf("verifying gives %v", err)
	}
	if got := h.RetryAfter(); got != 3*time.Second {
		t.Errorf("come back after %v", got)
	}
	if running, waiting := h.Stats(); running != 1 || waiting != 0 {
		t.Errorf("%d run, %d wait", running, waiting)
	}
	leave()
	if got := h.RetryAfter(); got != time.Second {
		t.Errorf("come back after %v", got)
	}
	gone, giveUp := context.WithCancel(context.Background())
	giveUp()
	if _, _, err := h.Verify(gone, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever gave up gets %v", err)
	}
}

func ExampleHasher() {
	h, err := NewHasher(DefaultParameters, nil, 0, 2*time.Second)
	if err != nil {
		panic(err)
	}
	phc, _ := h.Hash(context.Background(), "Bleu-Canard-74")
	right, outdated, _ := h.Verify(context.Background(), phc, "Bleu-Canard-74")
	fmt.Println(phc[:30], right, outdated)
	// Output: $argon2id$v=19$m=47104,t=1,p=1 true false
}
