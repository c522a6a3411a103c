package credential

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seed is the rule that both founding documents state: 8 characters, an upper-case and a lower-case letter, a digit.
var seed = Policy{MinLength: 8, Upper: true, Lower: true, Digit: true}

func TestCheck(t *testing.T) {
	long := Policy{MinLength: 12}
	near := Words{Organisation: []string{"Ville de Saint-Loup", "HarMobil'"}, Person: []string{"38162", "Claire Martin"}}
	for _, c := range []struct {
		policy   Policy
		password string
		faults   []Fault
	}{
		{seed, "Bleu-Canard-74", nil},
		{seed, "", []Fault{TooShort, NoUpper, NoLower, NoDigit}},
		{seed, "Kx7#mPq", []Fault{TooShort}},
		{seed, "kx7#mpq2", []Fault{NoUpper}},
		{seed, "KX7#MPQ2", []Fault{NoLower}},
		{seed, "Kx#mPq$w", []Fault{NoDigit}},
		{seed, "Kx7#mPé2", nil},
		{seed, "ÉÈÀÇ-œuvé-٣", nil}, // letters and digits of any script
		{seed, "Printemps2026", []Fault{Common}},
		{seed, "SaintLoup2026", []Fault{Context}},
		{seed, "Harmobil2023", []Fault{Context}},
		{seed, "Ab38162!", []Fault{Context}},
		{seed, "Kx7#mPq\x002", []Fault{Control}},
		{seed, "Kx7#m\tPq2", []Fault{Control}},
		{seed, "Kx7#mPq2\xff", []Fault{Control}},
		{seed, "soleil", []Fault{TooShort, NoUpper, NoDigit, Common}},
		{seed, "claire\n", []Fault{TooShort, NoUpper, NoDigit, Common, Context, Control}},
		{seed, strings.Repeat("x", MaxBytes), []Fault{NoUpper, NoDigit, Common}},
		{seed, strings.Repeat("Kx7#", 400), []Fault{TooLong}},
		{long, "le cheval mange du printemps", nil},
		{long, "🦆🐎🌸🚲🎈🍐🧦🪁🐌🪺🎻🧊", nil}, // twelve code points
		{long, "🦆🐎🌸🚲🎈🍐🧦🪁🐌🪺🎻", []Fault{TooShort}},
		{long, "e\u0301a\u0301o\u0301i\u0301kwzm", []Fault{TooShort}}, // twelve signs, eight after NFC
	} {
		if got := c.policy.Check(c.password, near); !slices.Equal(got, c.faults) {
			t.Errorf("%.20q of %d has %v, want %v", c.password, c.policy.MinLength, got, c.faults)
		}
	}
}

// The faults are in the order of Faults, for any password, and none is unknown.
func TestCheckOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := Policy{
			MinLength: rapid.IntRange(0, 64).Draw(t, "length"), Upper: rapid.Bool().Draw(t, "upper"),
			Lower: rapid.Bool().Draw(t, "lower"), Digit: rapid.Bool().Draw(t, "digit"),
		}
		password := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9\x00-\x1f]{0,20}`)).Draw(t, "password")
		place := -1
		for _, fault := range policy.Check(password, Words{Person: []string{password}}) {
			next := slices.Index(Faults, fault)
			if next <= place {
				t.Fatalf("%v is out of order", policy.Check(password, Words{}))
			}
			place = next
		}
	})
}

func TestMissing(t *testing.T) {
	for password, want := range map[string]int{
		"": 8, "abcde": 3, "abcdefgh": 0, "abcdefghi": 0, "🦆🦆": 6, "e\u0301": 7, strings.Repeat("x", 2000): 0,
	} {
		if got := seed.Missing(password); got != want {
			t.Errorf("%.10q lacks %d, want %d", password, got, want)
		}
	}
}

func TestBits(t *testing.T) {
	for policy, want := range map[Policy]float64{
		seed:                        47.6, // as the administrator is told
		{MinLength: 12}:             56.4,
		{MinLength: 15}:             70.5,
		{MinLength: 8, Digit: true}: 26.6,
		{MinLength: 14, Upper: true, Lower: true, Digit: true}: 83.4, // CNIL's 80 bits without throttling
		{}: 0,
	} {
		if got := policy.Bits(); math.Abs(got-want) > 0.05 {
			t.Errorf("%+v has %.2f bits, want %.1f", policy, got, want)
		}
	}
}

// ATK-078: a megabyte is refused by its length alone.
func TestATK078LongNewPassword(t *testing.T) {
	megabyte := strings.Repeat("ﷺ", 1<<20/3)
	if got := seed.Check(megabyte, Words{}); !slices.Equal(got, []Fault{TooLong}) {
		t.Errorf("it has %v", got)
	}
	if allocated := testing.AllocsPerRun(1, func() { seed.Check(megabyte, Words{}) }); allocated > 1 {
		t.Errorf("it takes %v allocations", allocated)
	}
}
