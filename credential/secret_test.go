package credential

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var forgeKey = []byte("a forge's key of 32 random bytes")

func forge(t testing.TB, key []byte) *Forge {
	t.Helper()
	f, err := NewForge(key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// typed are the kinds that people type.
var typed = []Kind{Temporary, Code, Slip}

// The secrets of an issue must stay the same from one version of the program to the next: letters under way say them.
func TestMakeIsStable(t *testing.T) {
	f := forge(t, forgeKey)
	for kind, want := range map[Kind]string{
		Temporary: "ATDS-U26P-N6TG-SKN8", Code: "3S8X-W7ET-77UW", Slip: "77QF-EEWB-U735",
		Link:    "qPEBIgcfKB9lVtwvjb4O09Mst269LVYCZ-NKDuO0GwE",
		Confirm: "lLSBL79wPPqGs62owNYJTUjUnksCnEb5CJNrdPngAus", Stop: "yqvfex6dhsk07HlKylIveP6JH-75Q3gOzl_q8UF7cwQ",
	} {
		if got := f.Make(kind, "issue-1"); got != want {
			t.Errorf("the %s is %q, want %q", kind, got, want)
		}
	}
}

func TestMakeShape(t *testing.T) {
	f := forge(t, forgeKey)
	shape := map[Kind]string{Temporary: "0000-0000-0000-0000", Code: "0000-0000-0000", Slip: "0000-0000-0000"}
	for _, kind := range typed {
		for i := range 500 {
			secret := f.Make(kind, fmt.Sprint(i))
			drawn := strings.Map(func(r rune) rune {
				if strings.ContainsRune("0O1IL", r) {
					return '!'
				}
				if strings.ContainsRune(alphabet, r) {
					return '0'
				}
				return r
			}, secret)
			if drawn != shape[kind] {
				t.Fatalf("the %s %q has another shape than %s", kind, secret, shape[kind])
			}
			if read, ok := Read(kind, secret); !ok || read != secret {
				t.Fatalf("the %s %q is read as %q, %v", kind, secret, read, ok)
			}
		}
	}
	if link := f.Make(Link, "1"); len(link) != linkLength {
		t.Errorf("the link %q has %d characters", link, len(link))
	}
	for _, none := range []string{f.Make("other", "1"), f.Make("", "1"), f.Make(Code, ""), f.Make(Link, "")} {
		if none != "" {
			t.Errorf("%q was made of nothing", none)
		}
	}
}

// ATK-014: secrets follow neither from the issue nor from each other without the key: every kind, issue and key gives
// another, and each symbol is as likely as any other at each place.
func TestATK014Unpredictable(t *testing.T) {
	const issues = 31 * 400
	f, other := forge(t, forgeKey), forge(t, []byte(strings.Repeat("k", 32)))
	seen := map[string]bool{}
	count := make([]map[byte]int, 19)
	for i := range issues {
		secret := f.Make(Temporary, fmt.Sprint(i))
		for place, symbol := range []byte(secret) {
			if count[place] == nil {
				count[place] = map[byte]int{}
			}
			count[place][symbol]++
		}
		for _, s := range []string{
			secret, f.Make(Code, fmt.Sprint(i)), f.Make(Slip, fmt.Sprint(i)), f.Make(Link, fmt.Sprint(i)),
			other.Make(Temporary, fmt.Sprint(i)),
		} {
			if seen[s] {
				t.Fatalf("%q was made twice", s)
			}
			seen[s] = true
		}
	}
	for place, symbols := range count {
		if symbols['-'] == issues {
			continue
		}
		// Chi-square of 30 degrees of freedom: over 70 once in 50,000 times, and the issues here are always the same.
		chi := 0.0
		for i := range len(alphabet) {
			off := float64(symbols[alphabet[i]] - issues/31)
			chi += off * off / (issues / 31)
		}
		if chi > 70 {
			t.Errorf("at place %d the symbols are not equally likely: chi-square %.0f", place, chi)
		}
	}
}

// ATK-013: what is not a whole secret has no digest, and no digest matches nothing.
func TestATK013NothingIsNoSecret(t *testing.T) {
	f := forge(t, forgeKey)
	for _, kind := range append([]Kind{"", "other"}, Kinds...) {
		for _, nothing := range []string{"", " ", "-", "0", "null", "[]", "\x00", "false"} {
			if digest := f.Digest(kind, "o", nothing); digest != "" {
				t.Errorf("%q as a %s has the digest %q", nothing, kind, digest)
			}
		}
	}
}

// ATK-015: no proper prefix or suffix of a secret is one, nor a secret with more behind it.
func TestATK015Truncated(t *testing.T) {
	f := forge(t, forgeKey)
	for _, kind := range Kinds {
		for i := range 50 {
			secret := f.Make(kind, fmt.Sprint(i))
			for cut := 1; cut < len(secret); cut++ {
				for _, part := range []string{secret[:cut], secret[cut:]} {
					if f.Digest(kind, "o", part) != "" {
						t.Fatalf("the part %q of the %s %q is accepted", part, kind, secret)
					}
				}
			}
			for _, longer := range []string{secret + "A", secret + secret, "2" + secret} {
				if f.Digest(kind, "o", longer) != "" {
					t.Fatalf("the %s %q is accepted", kind, longer)
				}
			}
		}
	}
}

// ATK-015: one link has one spelling: nothing of its last bits, no padding, no blank, no line end, no other alphabet.
func TestATK015LinkIsExact(t *testing.T) {
	f := forge(t, []byte(strings.Repeat("x", 32)))
	link := f.Make(Link, "1")
	raw, err := base64.RawURLEncoding.DecodeString(link)
	if err != nil || len(raw) != 32 {
		t.Fatalf("%q holds %d bytes: %v", link, len(raw), err)
	}
	last := link[len(link)-1]
	for _, other := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n" {
		changed := link[:len(link)-1] + string(other)
		again, err := base64.RawURLEncoding.DecodeString(changed)
		if err != nil || string(again) != string(raw) || byte(other) == last {
			continue // another link, or none
		}
		if _, ok := Read(Link, changed); ok {
			t.Errorf("%q is accepted for %q", changed, link)
		}
	}
	for _, changed := range []string{
		link + "=", " " + link, link + "\n", strings.Repeat("A", 20) + "\n" + strings.Repeat("A", 22),
		link[:20] + "\n" + link[20:], link[:20] + "\n" + link[21:],
	} {
		if _, ok := Read(Link, changed); ok {
			t.Errorf("%q is accepted for %q", changed, link)
		}
	}
}

// ATK-008: a secret is worth nothing as another kind, in another organisation, or under another key.
func TestATK008BoundToItsPurpose(t *testing.T) {
	f := forge(t, forgeKey)
	seen := map[string]string{}
	for _, key := range [][]byte{forgeKey, []byte(strings.Repeat("k", 32))} {
		for _, kind := range Kinds {
			for _, organisation := range []string{"a", "b", ""} {
				secret := f.Make(Code, "1") // a code and a slip have the same shape
				if kind != Code && kind != Slip {
					secret = f.Make(kind, "1")
				}
				digest := forge(t, key).Digest(kind, organisation, secret)
				use := fmt.Sprint(kind, organisation, string(key[:1]))
				if before, double := seen[digest]; double || digest == "" {
					t.Errorf("%s has the digest %q of %q", use, digest, before)
				}
				seen[digest] = use
			}
		}
	}
}

// What people do to a secret on the way from the letter to the field changes nothing.
func TestReadForgives(t *testing.T) {
	f := forge(t, forgeKey)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(typed).Draw(t, "kind")
		secret := f.Make(kind, rapid.StringN(1, 20, 40).Draw(t, "issue"))
		noise := rapid.SampledFrom([]string{
			"", "", "", " ", "-", "–", "—", "‑", "−", "\u00a0", "\u202f", "\u200b", "\ufeff", "\t", "\r\n",
		})
		var typed strings.Builder
		for _, r := range strings.ReplaceAll(secret, "-", "") {
			typed.WriteString(noise.Draw(t, "noise"))
			if rapid.Bool().Draw(t, "lower") {
				typed.WriteString(strings.ToLower(string(r)))
				continue
			}
			typed.WriteRune(r)
		}
		typed.WriteString(noise.Draw(t, "noise"))
		if read, ok := Read(kind, typed.String()); !ok || read != secret {
			t.Fatalf("%q is read as %q, %v; want %q", typed.String(), read, ok, secret)
		}
		if f.Digest(kind, "o", typed.String()) != f.Digest(kind, "o", secret) {
			t.Fatalf("%q has another digest than %q", typed.String(), secret)
		}
	})
}

// Each slip of the finger is found: one wrong symbol, or two neighbours in the wrong order.
func TestCheckSymbol(t *testing.T) {
	f := forge(t, forgeKey)
	for _, kind := range typed {
		secret := strings.ReplaceAll(f.Make(kind, "1"), "-", "")
		for i := range len(secret) {
			for _, symbol := range alphabet + "0O1ILolı٣" {
				if wrong := secret[:i] + string(symbol) + secret[i+1:]; wrong != secret {
					if _, ok := Read(kind, wrong); ok {
						t.Errorf("%q passes for %q", wrong, secret)
					}
				}
			}
			if i > 0 && secret[i] != secret[i-1] {
				wrong := secret[:i-1] + secret[i:i+1] + secret[i-1:i] + secret[i+1:]
				if _, ok := Read(kind, wrong); ok {
					t.Errorf("%q passes for %q", wrong, secret)
				}
			}
		}
	}
}

// What people choose themselves is not taken for a temporary password.
func TestPasswordsAreNoSecrets(t *testing.T) {
	for _, password := range []string{
		"Printemps2026", "Bleu-Canard-74", "AZERTYQSDFGHJKMW", "2222-2222-2222-2223", "ABCD-EFGH-JKMN-PQRS", "ABCDEFGHJKMN",
	} {
		for _, kind := range Kinds {
			if read, ok := Read(kind, password); ok {
				t.Errorf("%q is read as the %s %q", password, kind, read)
			}
		}
	}
}

// ATK-079: a long text is refused before it is looked at, also when it would fold to a secret.
func TestATK079LongTyped(t *testing.T) {
	f := forge(t, forgeKey)
	secret := f.Make(Code, "1")
	if _, ok := Read(Code, secret+strings.Repeat(" ", mostTyped)); ok {
		t.Error("a secret behind which 256 blanks stand is read")
	}
}

func FuzzRead(f *testing.F) {
	made := forge(f, forgeKey)
	for _, kind := range Kinds {
		f.Add(string(kind), made.Make(kind, "1"))
	}
	f.Add("code", "ﬀﬀ-ſſſſ-KKKK")
	f.Fuzz(func(t *testing.T, kind, typed string) {
		secret, ok := Read(Kind(kind), typed)
		if !ok {
			return
		}
		if again, ok := Read(Kind(kind), secret); !ok || again != secret {
			t.Errorf("%q is read as %q, which is read as %q, %v", typed, secret, again, ok)
		}
		for _, r := range secret {
			if r >= 0x80 {
				t.Errorf("%q is read as %q", typed, secret)
			}
		}
	})
}

func TestNewForgeRefusesAShortKey(t *testing.T) {
	for size, fine := range map[int]bool{0: false, 16: false, 31: false, 32: true, 64: true} {
		if _, err := NewForge(make([]byte, size)); (err == nil) != fine {
			t.Errorf("a key of %d bytes gives %v", size, err)
		}
	}
}
