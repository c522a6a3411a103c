package account

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// mostWords bounds what is kept of one account for searching, longestWord each of it in bytes.
const (
	mostWords   = 32
	longestWord = 64
)

// Fold gives the plain letters of a text, for finding and sorting and never for telling people apart: no accents, no
// case, œ as oe, one blank for anything that is neither letter nor digit. "Éloïse d’Œuvre" becomes "eloise d oeuvre".
func Fold(text string) string {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if blank && b.Len() > 0 {
				b.WriteByte(' ')
			}
			blank = false
			b.WriteString(plainLetter(unicode.ToLower(r)))
		default:
			blank = true
		}
	}
	return b.String()
}

// plainLetter writes the letters that no decomposition takes apart as people type them.
func plainLetter(r rune) string {
	switch r {
	case 'œ':
		return "oe"
	case 'æ':
		return "ae"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'ß':
		return "ss"
	}
	return string(r)
}

// SortName gives the key by which lists of people are ordered: family name, given name, identifier.
func (a Account) SortName() string {
	return Fold(a.FamilyName) + "\x00" + Fold(a.GivenName) + "\x00" + Fold(a.Identifier)
}

// Words gives what a filter finds the account by, each once: the words of its identifiers, names, household, addresses
// and mobile. A mobile is found in its national form too.
func (a Account) Words() []string {
	texts := append([]string{a.Identifier, a.GivenName, a.FamilyName, a.Household}, a.Aliases...)
	for _, e := range a.Emails {
		texts = append(texts, e.Address)
	}
	if national, ok := strings.CutPrefix(a.Mobile, "+33"); ok {
		texts = append(texts, "0"+national)
	}
	var words []string
	add := func(word string) {
		word = shortened(word)
		if word != "" && len(words) < mostWords && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	for _, t := range append(texts, a.Mobile) {
		folded := Fold(t)
		add(strings.ReplaceAll(folded, " ", "")) // "autoecole.gerant" typed without its point
		for word := range strings.SplitSeq(folded, " ") {
			add(word)
		}
	}
	return words
}

// shortened cuts a word, between two letters.
func shortened(word string) string {
	return strings.ToValidUTF8(word[:min(len(word), longestWord)], "")
}

// FilterWords gives the words of a filter as typed, at most eight: an account fits when each of them begins one of its
// own.
func FilterWords(typed string) []string {
	const most = 8
	if len(typed) > Longest {
		typed = strings.ToValidUTF8(typed[:Longest], "")
	}
	words := strings.Fields(Fold(typed))
	words = words[:min(len(words), most)]
	for i, w := range words {
		words[i] = shortened(w)
	}
	return words
}
