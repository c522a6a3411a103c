package help

import (
	"regexp"
	"slices"
	"strings"
)

// tagged finds {{name}}, {{#fact}} and {{/fact}}.
var tagged = regexp.MustCompile(`\{\{[ ]*([#/]?)[ ]*([^{}\n]*?)[ ]*\}\}`)

// tag is one of them: where it stands, and whether it has a line of its own.
type tag struct {
	from, to int    // in the source; the whole line for a mark of a fact that stands alone
	sign     string // "", "#" or "/"
	word     string
	alone    bool
	indent   string // the blanks before it, when it stands alone
	line     int    // counted from 1
}

func tags(source string) []tag {
	var all []tag
	for _, m := range tagged.FindAllStringSubmatchIndex(source, -1) {
		t := tag{from: m[0], to: m[1], sign: source[m[2]:m[3]], word: source[m[4]:m[5]]}
		begin := strings.LastIndexByte(source[:t.from], '\n') + 1
		end := len(source)
		if i := strings.IndexByte(source[t.to:], '\n'); i >= 0 {
			end = t.to + i + 1
		}
		t.line = strings.Count(source[:begin], "\n") + 1
		t.indent = source[begin:t.from]
		t.alone = strings.TrimSpace(t.indent) == "" && strings.TrimSpace(source[t.to:end]) == ""
		if t.alone && t.sign != "" {
			t.from, t.to = begin, end
		}
		all = append(all, t)
	}
	return all
}

// fill puts the values of a world in the place of their names, and leaves out what depends on a fact that does not
// hold. It takes every text: what it does not know, it leaves out.
func fill(source string, w world) string {
	var b strings.Builder
	at, hidden := 0, false
	for _, t := range tags(source) {
		if !hidden {
			b.WriteString(source[at:t.from])
		}
		at = t.to
		switch t.sign {
		case "#":
			hidden = !holds(t.word, w)
		case "/":
			hidden = false
		default:
			if !hidden {
				b.WriteString(t.filled(w))
			}
		}
	}
	if !hidden {
		b.WriteString(source[at:])
	}
	return b.String()
}

func holds(word string, w world) bool {
	i := slices.IndexFunc(facts, func(f fact) bool { return f.name == word })
	return i >= 0 && (w.all || facts[i].holds(w.o))
}

func (t tag) filled(w world) string {
	i := slices.IndexFunc(names, func(n name) bool { return n.name == t.word })
	if i < 0 {
		return ""
	}
	value := names[i].value(w)
	switch names[i].kind {
	case plain:
		return escape(value)
	case block:
		// Each line stands where its name stands, so that a list within a step of a list stays in it.
		return strings.ReplaceAll(value, "\n", "\n"+t.indent)
	}
	return value
}

// Named is one {{name}} that a page may hold, and what stands in its place now.
type Named struct {
	Name  string
	Value string // Markdown for those of several lines
	Block bool   // needs a line of its own
}

// Known is one fact that a page may depend on, and whether it holds now.
type Known struct {
	Name  string
	Holds bool
}

// Words gives all that a page may name in a language, in the order in which the editing page explains it.
func (a Actor) Words(language string) ([]Named, []Known) {
	w := a.world(language)
	var named []Named
	for _, n := range names {
		named = append(named, Named{n.name, n.value(w), n.kind == block})
	}
	var known []Known
	for _, f := range facts {
		known = append(known, Known{f.name, f.holds(a.Organisation)})
	}
	return named, known
}

// nearest gives the name that a word was most likely meant to be.
func nearest(word string, among []string) string {
	best, least := "", int(^uint(0)>>1)
	for _, n := range among {
		if d := distance(word, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to add, take away or replace (Levenshtein).
func distance(a, b string) int {
	from, to := []rune(strings.ToLower(a)), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range to {
			cost := diagonal
			if c != d {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

func namesOfValues() []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = n.name
	}
	return all
}

func namesOfFacts() []string {
	all := make([]string, len(facts))
	for i, f := range facts {
		all[i] = f.name
	}
	return all
}
