package credential

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

func TestChallengeMeets(t *testing.T) {
	f := forge(t, forgeKey)
	for c, lasts := range map[Ceremony]time.Duration{
		CreatePasskey: 10 * time.Minute, EnterByPasskey: 10 * time.Minute, SecondByPasskey: 10 * time.Minute,
		ProveByPasskey: 10 * time.Minute, SetUpApp: 30 * time.Minute,
	} {
		challenge := f.Challenge(c, "o", "s", noon)
		for _, at := range []struct {
			off  time.Duration
			fine bool
		}{
			{-time.Hour, false}, {-2*time.Minute - time.Microsecond, false}, {-2 * time.Minute, true}, {0, true},
			{lasts - time.Microsecond, true}, {lasts, false}, {lasts + time.Hour, false},
		} {
			until, ok := f.Meets(c, "o", "s", challenge, noon.Add(at.off))
			if ok != at.fine || ok && !until.Equal(noon.Add(lasts)) || !ok && !until.IsZero() {
				t.Errorf("%s, after %v: %v, %v", c, at.off, until, ok)
			}
		}
	}
}

func TestEveryCeremonyLasts(t *testing.T) {
	f := forge(t, forgeKey)
	for _, c := range Ceremonies {
		if _, ok := f.Meets(c, "o", "s", f.Challenge(c, "o", "s", noon), noon); !ok || c.Lasts() == 0 {
			t.Errorf("%s meets nothing", c)
		}
	}
	for _, c := range []Ceremony{"", "other"} {
		if challenge := f.Challenge(c, "o", "s", noon); challenge != "" || c.Lasts() != 0 {
			t.Errorf("the ceremony %q has the challenge %q", c, challenge)
		}
		if _, ok := f.Meets(c, "o", "s", f.Challenge(SetUpApp, "o", "s", noon), noon); ok {
			t.Errorf("the ceremony %q is met", c)
		}
	}
}

// ATK-008: a challenge serves for one ceremony, organisation and subject, made under one key.
func TestATK008ChallengeIsBound(t *testing.T) {
	f, other := forge(t, forgeKey), forge(t, []byte(strings.Repeat("k", 32)))
	for _, made := range Ceremonies {
		challenge := f.Challenge(made, "or", "s", noon)
		for _, c := range Ceremonies {
			if _, ok := f.Meets(c, "or", "s", challenge, noon); ok != (c == made) {
				t.Errorf("a challenge to %s meets %s: %v", made, c, ok)
			}
		}
		for _, bound := range [][2]string{
			{"or", "t"}, {"or", ""}, {"p", "s"}, {"", "s"}, {"o", "rs"}, {"ors", ""}, {"", "ors"},
		} {
			if _, ok := f.Meets(made, bound[0], bound[1], challenge, noon); ok {
				t.Errorf("a challenge of or, s is met by %q, %q", bound[0], bound[1])
			}
		}
		if _, ok := other.Meets(made, "or", "s", challenge, noon); ok {
			t.Error("a challenge is met under another key")
		}
	}
}

// ATK-067: a challenge has 128 random bits (WebAuthn Level 3 §13.4.3), and no bit of it can be changed.
func TestATK067ChallengeIsRandomAndWhole(t *testing.T) {
	f := forge(t, forgeKey)
	seen := map[string]bool{}
	for range 1000 {
		challenge := f.Challenge(EnterByPasskey, "o", "", noon)
		raw, err := base64.RawURLEncoding.DecodeString(challenge)
		if err != nil || len(raw) != challengeLength {
			t.Fatalf("%q holds %d bytes: %v", challenge, len(raw), err)
		}
		if seen[string(raw[:16])] {
			t.Fatalf("%x came twice", raw[:16])
		}
		seen[string(raw[:16])] = true
	}
	challenge := f.Challenge(EnterByPasskey, "o", "", noon)
	raw, _ := base64.RawURLEncoding.DecodeString(challenge)
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		if _, ok := f.Meets(EnterByPasskey, "o", "", base64.RawURLEncoding.EncodeToString(raw), noon); ok {
			t.Errorf("bit %d does not matter", bit)
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
}

// ATK-067: a challenge has one spelling, under which the store knows that it was used.
func TestATK067ChallengeHasOneSpelling(t *testing.T) {
	f := forge(t, forgeKey)
	challenge := f.Challenge(EnterByPasskey, "o", "", noon)
	raw, _ := base64.RawURLEncoding.DecodeString(challenge)
	met := 0
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if _, ok := f.Meets(EnterByPasskey, "o", "", challenge[:len(challenge)-1]+string(last), noon); ok {
			met++
		}
	}
	if met != 1 {
		t.Errorf("%d last characters are accepted", met)
	}
	for _, changed := range []string{
		"", "A", challenge + "=", challenge + "\n", " " + challenge, challenge[:10] + "\n" + challenge[10:],
		challenge[:len(challenge)-1], challenge + "A", base64.StdEncoding.EncodeToString(raw), challenge + challenge,
		challenge[:10] + "\n" + challenge[11:], strings.Repeat("A", len(challenge)), strings.Repeat("\n", len(challenge)),
	} {
		if _, ok := f.Meets(EnterByPasskey, "o", "", changed, noon); ok {
			t.Errorf("%q is accepted", changed)
		}
	}
}

func FuzzMeets(f *testing.F) {
	made := forge(f, forgeKey)
	// Not drawn, since the fuzzer's processes must all know the same one.
	said := binary.BigEndian.AppendUint64(make([]byte, challengeRandom), uint64(noon.UnixMicro()))
	challenge := base64.RawURLEncoding.EncodeToString(append(said, made.sealed(ProveByPasskey, "o", "s", said)...))
	if _, ok := made.Meets(ProveByPasskey, "o", "s", challenge, noon); !ok {
		f.Fatal("the challenge is refused")
	}
	f.Add(challenge)
	f.Add(strings.Repeat("A", len(challenge)))
	f.Fuzz(func(t *testing.T, text string) {
		if _, ok := made.Meets(ProveByPasskey, "o", "s", text, noon); ok && text != challenge {
			t.Errorf("%q is accepted", text)
		}
	})
}
