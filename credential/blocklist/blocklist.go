// Package blocklist knows the passwords that many people choose, and the words that they make them from: the common
// passwords, French and English words, first names, surnames, and the walks over a keyboard.
//
// It promises to judge the whole password and never a part of a long one (NIST SP 800-63B-4 §3.1.1.2), to see through
// case, accents, the usual replacements of letters and the year behind the word ("Printemps2026", "P@ssw0rd!"), and to
// refuse fewer than one random password in a thousand. It holds no word list: 218,000 words are a filter of half a
// megabyte, which now and then (less than once in 5,000 passwords) takes another text for one of them.
package blocklist

import (
	"bytes"
	_ "embed"
	"hash/fnv"
	"strings"
	"sync"
	"unicode"

	"github.com/FastFilter/xorfilter"
)

//go:generate go run ./build -from ${ZXCVBN_TS} -own own.txt -to common.fuse

//go:embed common.fuse
var data []byte

// filter is a binary fuse filter (Graf, Lemire: "Binary Fuse Filters", ACM JEA 2022) with 16-bit fingerprints.
var filter = sync.OnceValue(func() *xorfilter.BinaryFuse[uint16] {
	f, err := xorfilter.LoadBinaryFuse[uint16](bytes.NewReader(data))
	if err != nil {
		panic("blocklist: common.fuse is part of the program and cannot be read: " + err.Error())
	}
	return f
})

// Key is what the filter holds of a folded word.
func Key(folded string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(folded)) // a hash never fails
	return h.Sum64()
}

// Common says whether a password of at most 1024 bytes is a common one, or a common word with little around it.
func Common(password string) bool {
	for _, form := range forms(Fold(password)) {
		if pattern(form) || filter().Contains(Key(form)) {
			return true
		}
		// The same word twice is still one word. Each step down is at most half as long.
		rs := []rune(form)
		if p := period(rs); p >= 4 && p <= len(rs)/2 && Common(string(rs[:p])) {
			return true
		}
	}
	return false
}

// Derived says whether a password of at most 1024 bytes is made from the words that stand near it: the names of the
// organisation and of the person, an identifier, an address (ASVS 6.2.11). One of them, or several that follow each
// other, with no more around them than Common forgives, or with at most three signs anywhere.
func Derived(password string, words []string) bool {
	folded := Fold(password)
	made := forms(folded)
	for _, near := range near(words) {
		for _, form := range made {
			if form == near {
				return true
			}
		}
		rest := len([]rune(folded)) - len([]rune(near))
		if len([]rune(near)) >= 4 && rest <= 3 && strings.Contains(folded, near) {
			return true
		}
	}
	return false
}

// The most that is looked at of what stands near: names are short, and nobody should make a check slow by a long one.
const (
	mostWords = 32
	mostBytes = 256
	mostParts = 8
)

// near gives the folded words, their parts, and the parts that follow each other joined: "Ville de Saint-Loup" gives
// "saintloup" among others. Two words of one person may also come in the other order.
func near(words []string) []string {
	var all []string
	for _, word := range words[:min(len(words), mostWords)] {
		if len(word) > mostBytes {
			continue
		}
		parts := strings.FieldsFunc(word, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.Nd, unicode.Mn) })
		parts = parts[:min(len(parts), mostParts)]
		for i := range parts {
			for j := i + 1; j <= len(parts); j++ {
				all = append(all, Fold(strings.Join(parts[i:j], "")))
			}
			if i > 0 {
				all = append(all, Fold(parts[i]+parts[i-1]))
			}
		}
	}
	long := all[:0]
	for _, word := range all {
		if len([]rune(word)) >= 3 {
			long = append(long, word)
		}
	}
	return long
}
