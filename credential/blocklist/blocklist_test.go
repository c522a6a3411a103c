package blocklist

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCommon(t *testing.T) {
	for _, common := range []string{
		"Printemps2026", "motdepasse2024", "Soleil2026!", "Motdepasse1", "Azerty123",
		"Bonjour123", "Password1",
		"P@ssw0rd!", "$0leil2026", "4zerty123", "M0tdep@sse", // letters replaced
		"Été2026!", "ETE2026!!", "Mai2026!", "Aout2025", // three letters and a year
		"Mot de passe 1", "mot-de-passe", "Aujourd’hui1", // marks between
		"BonjourBonjour1", "soleilsoleil", "abcd1234abcd1234", // twice
		"aaaaaaaa", "abcdefgh", "87654321", "abcabcabc", "12121212", // patterns
		"Qsdfghjklm1", "1A2z3e4r5t", "Clémentine75", "Famille2026", "Periscolaire1",
		"e\u0301te\u03012026", // accents apart
	} {
		if !Common(common) {
			t.Errorf("%q passes", common)
		}
	}
}

// NIST-10: the whole password is compared, not the words in it.
func TestNIST10WholePassword(t *testing.T) {
	for _, fine := range []string{
		"le cheval mange du printemps", "Bleu-Canard-74", "correct horse battery staple", "Loup2019Neige", "Chien-Vert-19",
		"tracteur rouge 12 pommes", "Kx7#mPq2", "wqzhtkvbnp", "9f3kd81mz0",
	} {
		if Common(fine) {
			t.Errorf("%q is refused", fine)
		}
	}
}

func TestDerived(t *testing.T) {
	words := []string{
		"Ville de Saint-Loup", "HarMobil'", "Auto-école du Lac", "38162", "Claire", "Martin-Élouan",
		"claire.martin@orange.example",
	}
	for _, derived := range []string{
		"SaintLoup2026", "harmobil2023", "H@rM0bil!", "Saint-Loup-1", "villedesaintloup", "LAC2026!", "AutoÉcole99",
		"38162Aa!",
		"Ab38162!", "MartinClaire1", "clairemartin", "Elouan2014", "mon38162", "Claire.Martin",
	} {
		if !Derived(derived, words) {
			t.Errorf("%q passes", derived)
		}
	}
	for _, fine := range []string{"Bleu-Canard-74", "le loup du lac mange", "claire comme le jour", "Kx7#mPq2", ""} {
		if Derived(fine, words) {
			t.Errorf("%q is refused", fine)
		}
	}
	if Derived("harmobil2023", nil) {
		t.Error("a word that does not stand near is refused")
	}
}

// Few random passwords may be refused, whatever people draw them from: less than one in a thousand.
func TestRandomPasswordsPass(t *testing.T) {
	const drawn = 10000
	lower, digits := "abcdefghijklmnopqrstuvwxyz", "0123456789"
	letters := lower + strings.ToUpper(lower)
	near := []string{"Ville de Saint-Loup", "38162", "Claire Martin", "claire.martin@orange.example"}
	random := rand.New(rand.NewPCG(1, 2))
	for _, from := range []struct{ name, alphabet string }{
		{"lower", lower}, {"letters and digits", letters + digits}, {"digits", digits},
		{"printable", letters + digits + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "},
	} {
		for _, size := range []int{8, 12} {
			refused := 0
			for range drawn {
				password := make([]byte, size)
				for i := range password {
					password[i] = from.alphabet[random.IntN(len(from.alphabet))]
				}
				if Common(string(password)) || Derived(string(password), near) {
					refused++
				}
			}
			if refused >= drawn/1000 {
				t.Errorf("%d of %d random passwords of %d %s are refused", refused, drawn, size, from.name)
			}
		}
	}
}

// Whatever one does to a common word that people do to common words, it stays one.
func TestDisguises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := []string{"soleil", "printemps", "azerty", "clementine", "dragon", "vacances"}
		word := rapid.SampledFrom(words).Draw(t, "word")
		letters := strings.Split(word, "")
		for i := range letters {
			switch rapid.IntRange(0, 3).Draw(t, "disguise") {
			case 1:
				letters[i] = strings.ToUpper(letters[i])
			case 2:
				letters[i] += "\u0301"
			case 3:
				if leet, ok := map[string]string{"o": "0", "e": "3", "a": "@", "s": "$"}[letters[i]]; ok {
					letters[i] = leet
				}
			}
		}
		after := rapid.StringMatching(`[-_. ]?([0-9]{0,4}[!?*]?|20[0-2][0-9]!?)`).Draw(t, "after")
		if password := strings.Join(letters, "") + after; !Common(password) {
			t.Fatalf("%q passes", password)
		}
	})
}

func TestFold(t *testing.T) {
	for typed, want := range map[string]string{
		"Été": "ete", "e\u0301te\u0301": "ete", "Œuvre": "oeuvre", "ŒUF": "oeuf", "Mot-de-Passe": "motdepasse",
		"Aujourd’hui": "aujourdhui", "AOÛT": "aout", "Ｐａｓｓ": "pass", "ﬁn": "fin", "Straße": "strasse", "a\u00a0b": "ab",
		"p@ss!": "p@ss!", "": "",
	} {
		if got := Fold(typed); got != want {
			t.Errorf("Fold(%q) = %q, want %q", typed, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Été 2026", "ﷺ", "İ", "\xff", "a\u0300\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if len(typed) > 1024 {
			return
		}
		folded := Fold(typed)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%q) = %q, which folds to %q", typed, folded, again)
		}
		Common(typed)
		Derived(typed, []string{typed, "Saint-Loup"})
	})
}

// ATK-079: no text within the cap makes the check slow, neither by growing nor by repeating itself.
func TestATK079NoSlowPassword(t *testing.T) {
	const cap = 1024
	for _, hostile := range []string{
		strings.Repeat("ﷺ", cap/3), strings.Repeat("a", cap-1) + "b", strings.Repeat("ab", cap/2-1) + "c",
		strings.Repeat("1", cap), strings.Repeat("a\u0300", cap/3), strings.Repeat("(", cap),
	} {
		began := time.Now()
		Common(hostile)
		Derived(hostile, []string{hostile[:mostBytes], strings.Repeat("a b ", mostBytes/4)})
		if took := time.Since(began); took > 250*time.Millisecond {
			t.Errorf("%.12q… takes %v", hostile, took)
		}
	}
}

func TestPeriod(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "aaaa": 1, "abab": 2, "ababa": 2, "abcab": 3, "abcd": 4, "aabaab": 3,
	} {
		if got := period([]rune(text)); got != want {
			t.Errorf("the period of %q is %d, want %d", text, got, want)
		}
	}
}

func TestFilterIsSmall(t *testing.T) {
	if len(data) > 700*1024 {
		t.Errorf("the filter has %d bytes", len(data))
	}
}
