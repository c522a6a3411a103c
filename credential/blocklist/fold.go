package blocklist

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives what is left of a word when case, accents, ligatures and the marks between words are not looked at:
// "Mot-de-Passe" and "motdepasse" are one word, and so are "Été" and "ete". Everything else stays.
//
// The caller caps the length before: folding can make a text eighteen times as long (ATK-079).
func Fold(word string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(word) {
		if unicode.Is(unicode.Mn, r) || between(r) {
			continue
		}
		r = unicode.ToLower(r)
		if plain, ok := ligatures[r]; ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var ligatures = map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'ı': "i"}

// between says whether a rune stands between words rather than in them.
func between(r rune) bool {
	return strings.ContainsRune("_.'’", r) || unicode.IsSpace(r) || unicode.Is(unicode.Pd, r)
}

// forms gives the words that someone may have started from to come to this folded password: the whole; without what
// stands after it or around it; and each of them with the usual replacements of letters taken back.
//
// A word inside counts only when it makes most of the password, see mostly: otherwise one random password in a hundred
// would be refused for the two letters in its middle.
func forms(folded string) []string {
	all := []string{folded}
	after := strings.TrimRightFunc(folded, notLetter)
	cores := []string{after, strings.TrimLeftFunc(after, notLetter)}
	// The last two letters may be replaced too, and then look like the first signs after the word.
	for end := len(after) + 1; end <= min(len(after)+2, len(folded)); end++ {
		if last := folded[end-1]; last >= utf8.RuneSelf || strings.IndexByte(replacing, last) < 0 {
			break
		}
		cores = append(cores, folded[:end], strings.TrimLeftFunc(folded[:end], notLetter))
	}
	for _, core := range cores {
		if !slices.Contains(all, core) && mostly(folded, core) {
			all = append(all, core)
		}
	}
	least := 5 // of four signs that are read as letters, too many are a word
	if year(folded) {
		least = 4
	}
	for _, word := range all[:len(all):len(all)] {
		long := utf8.RuneCountInString(word) >= least
		if !long || !strings.ContainsFunc(word, unicode.IsLetter) || !strings.ContainsAny(word, replacing) {
			continue
		}
		all = append(all, withI.Replace(word), withL.Replace(word))
	}
	return all
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// mostly says whether the core makes most of a password: it has at least five letters, or four beside hardly anything
// but digits, or three beside a year; and at most five signs were cut off, or six with a year.
func mostly(folded, core string) bool {
	size, cut, marks := utf8.RuneCountInString(core), 0, 0
	for _, r := range strings.Replace(folded, core, "", 1) {
		cut++
		if !unicode.IsDigit(r) {
			marks++
		}
	}
	least, most := 5, 5
	switch {
	case year(folded):
		least, most = 3, 6
	case marks <= 1:
		least = 4
	}
	return size >= least && cut <= most
}

// year says whether a text holds a year that people put behind a word.
func year(text string) bool {
	for i := 0; i+4 <= len(text); i++ {
		if (text[i:i+2] == "19" || text[i:i+2] == "20") && digit(text[i+2]) && digit(text[i+3]) {
			return true
		}
	}
	return false
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// The usual replacements of letters. A 1, a | and a ! stand for an i or an l.
const replacing = "01345789@$!|+€"

var (
	withI = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g",
		"@", "a", "$", "s", "€", "e", "!", "i", "|", "i", "+", "t")
	withL = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g",
		"@", "a", "$", "s", "€", "e", "!", "l", "|", "l", "+", "t")
)

// pattern says whether a folded text is a run ("abcdefgh", "87654321") or a short piece over and over ("abcabcab").
func pattern(folded string) bool {
	rs := []rune(folded)
	if len(rs) < 4 {
		return false
	}
	step, run := rs[1]-rs[0], true
	for i := 1; i < len(rs); i++ {
		run = run && rs[i]-rs[i-1] == step
	}
	return run && -1 <= step && step <= 1 || period(rs) <= min(4, len(rs)/2)
}

// period is the length of the shortest piece that makes the text when it is repeated; the last may be cut. It takes
// linear time by the borders of Knuth, Morris and Pratt: a long password must not be a slow one.
func period(rs []rune) int {
	border := make([]int, len(rs)+1) // of the first i runes: the longest end that is also their beginning
	k := 0
	for i := 1; i < len(rs); i++ {
		for k > 0 && rs[i] != rs[k] {
			k = border[k]
		}
		if rs[i] == rs[k] {
			k++
		}
		border[i+1] = k
	}
	return len(rs) - k
}
