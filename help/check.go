package help

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Longest is how long the text of a page may be, in characters.
const Longest = 12_000

// Wrong is what may be wrong with a text, as a closed word that the editing page puts into words.
type Wrong string

// What may be wrong with a text.
const (
	Empty       Wrong = "empty"
	TooLong     Wrong = "too-long"
	NoTitle     Wrong = "no-title"     // the first line is not "# " and words
	Unknown     Wrong = "unknown"      // {{word}} that names nothing
	UnknownFact Wrong = "unknown-fact" // {{#word}} that names no fact
	NotClosed   Wrong = "not-closed"   // {{#word}} without {{/word}}, or with another one inside
	NotOpened   Wrong = "not-opened"   // {{/word}} without {{#word}}
	NotAlone    Wrong = "not-alone"    // a name of several lines that shares its line
	Braces      Wrong = "braces"       // {{ or }} by itself
	BadLink     Wrong = "bad-link"     // leads to what is neither a web page, an address nor a number
	TooDeep     Wrong = "too-deep"     // lists within lists within lists…
	Unchanged   Wrong = "unchanged"    // the very text that is in force
)

// Wrongs lists all that may be wrong.
var Wrongs = []Wrong{
	Empty, TooLong, NoTitle, Unknown, UnknownFact, NotClosed, NotOpened, NotAlone, Braces, BadLink, TooDeep, Unchanged,
}

// Fault is one thing that is wrong with a text.
type Fault struct {
	Wrong   Wrong
	Line    int    // counted from 1; 0 for the text as a whole
	Word    string // what is wrong, as it was written
	Nearest string // what it was most likely meant to be
}

// check gives what keeps a tidy text from being saved, the first of each kind on a line.
func check(source string, w world) ([]Fault, error) {
	switch length := utf8.RuneCountInString(source); {
	case length == 0:
		return []Fault{{Wrong: Empty}}, nil
	case length > Longest:
		return []Fault{{Wrong: TooLong}}, nil
	}
	faults := checkTags(source)
	w.all = true // a part that does not show today may show tomorrow
	r, err := render(fill(source, w), "")
	if err != nil {
		return nil, err
	}
	if r.title == "" || !strings.HasPrefix(source, "# ") {
		faults = append(faults, Fault{Wrong: NoTitle, Line: 1})
	}
	for _, to := range r.badLinks {
		faults = append(faults, Fault{Wrong: BadLink, Word: to, Line: lineOf(source, to)})
	}
	if r.deep {
		faults = append(faults, Fault{Wrong: TooDeep})
	}
	return faults, nil
}

func checkTags(source string) []Fault {
	var faults []Fault
	open := tag{}
	all := tags(source)
	for _, t := range all {
		wrong := func(what Wrong, t tag, meant string) {
			faults = append(faults, Fault{what, t.line, t.word, meant})
		}
		switch {
		case t.sign == "#" && open.word != "":
			wrong(NotClosed, open, open.word)
			open = t
		case t.sign == "#" && !slices.Contains(namesOfFacts(), t.word):
			wrong(UnknownFact, t, nearest(t.word, namesOfFacts()))
			open = t
		case t.sign == "#":
			open = t
		case t.sign == "/" && t.word != open.word:
			wrong(NotOpened, t, nearest(t.word, namesOfFacts()))
		case t.sign == "/":
			open = tag{}
		default:
			if what, meant := t.misused(); what != "" {
				wrong(what, t, meant)
			}
		}
	}
	if open.word != "" {
		faults = append(faults, Fault{NotClosed, open.line, open.word, open.word})
	}
	return append(faults, braces(source, all)...)
}

// misused says what is wrong with a {{name}}, and what it was most likely meant to be.
func (t tag) misused() (what Wrong, meant string) {
	i := slices.IndexFunc(names, func(n name) bool { return n.name == t.word })
	switch {
	case i < 0:
		return Unknown, nearest(t.word, namesOfValues())
	case names[i].kind == block && !t.alone:
		return NotAlone, t.word
	}
	return "", ""
}

// braces finds marks that were begun or ended by themselves.
func braces(source string, all []tag) []Fault {
	for _, t := range slices.Backward(all) {
		source = source[:t.from] + strings.Repeat("\n", strings.Count(source[t.from:t.to], "\n")) + source[t.to:]
	}
	for n, line := range strings.Split(source, "\n") {
		if strings.Contains(line, "{{") || strings.Contains(line, "}}") {
			return []Fault{{Wrong: Braces, Line: n + 1, Word: strings.TrimSpace(line)}}
		}
	}
	return nil
}

func lineOf(source, word string) int {
	before, _, found := strings.Cut(source, word)
	if !found {
		return 0
	}
	return strings.Count(before, "\n") + 1
}
