package help

import (
	"regexp"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// Became says what became of some words from one text to another.
type Became string

// What may become of words.
const (
	Kept    Became = ""
	Removed Became = "removed"
	Added   Became = "added"
)

// Part is words of a line that share what became of them.
type Part struct {
	Became Became
	Words  string
}

// Line is one line of both texts, woven together. A line with Left has no parts: so many lines in which nothing has
// changed are left out there.
type Line struct {
	Parts []Part
	Left  int
}

func (l Line) changed() bool {
	for _, p := range l.Parts {
		if p.Became != Kept {
			return true
		}
	}
	return false
}

// around is how many lines are shown before and after what has changed.
const around = 2

// Differ weaves two texts together, word by word, and leaves out what is far from any change. It gives nothing for two
// texts that are the same.
func Differ(before, after string) []Line {
	if before == after {
		return nil
	}
	return shorten(weave(before, after))
}

// words splits a text into words, blanks and line ends.
var words = regexp.MustCompile(`\n|[^\s]+|[^\S\n]+`)

// lineEnd is shown where a line end was added or taken away.
const lineEnd = "↵"

func weave(before, after string) []Line {
	a, b := words.FindAllString(before, -1), words.FindAllString(after, -1)
	w := weaver{}
	at := 0
	for _, d := range joined(a, lcs.DiffLines(a, b)) {
		w.add(Kept, a[at:d.Start])
		w.add(Removed, a[d.Start:d.End])
		w.add(Added, b[d.ReplStart:d.ReplEnd])
		at = d.End
	}
	w.add(Kept, a[at:])
	if len(w.line.Parts) > 0 {
		w.lines = append(w.lines, w.line)
	}
	return w.lines
}

// joined makes one change of two that only a blank keeps apart: whole phrases read better than every other word.
func joined(a []string, all []lcs.Diff) []lcs.Diff {
	var few []lcs.Diff
	for _, d := range all {
		if last := len(few) - 1; last >= 0 {
			between := a[few[last].End:d.Start]
			if len(between) == 0 || len(between) == 1 && between[0] != "\n" && strings.TrimSpace(between[0]) == "" {
				few[last].End, few[last].ReplEnd = d.End, d.ReplEnd
				continue
			}
		}
		few = append(few, d)
	}
	return few
}

type weaver struct {
	lines []Line
	line  Line
}

func (w *weaver) add(became Became, tokens []string) {
	for _, t := range tokens {
		if t != "\n" || became != Kept {
			w.part(became, strings.Replace(t, "\n", lineEnd, 1))
		}
		// A line end that was taken away ends no line of what is read now.
		if t == "\n" && became != Removed {
			w.lines = append(w.lines, w.line)
			w.line = Line{}
		}
	}
}

func (w *weaver) part(became Became, words string) {
	if last := len(w.line.Parts) - 1; last >= 0 && w.line.Parts[last].Became == became {
		w.line.Parts[last].Words += words
		return
	}
	w.line.Parts = append(w.line.Parts, Part{became, words})
}

func shorten(all []Line) []Line {
	near := make([]bool, len(all))
	for i, l := range all {
		if l.changed() {
			for j := max(0, i-around); j <= min(len(all)-1, i+around); j++ {
				near[j] = true
			}
		}
	}
	var short []Line
	for i, l := range all {
		last := len(short) - 1
		switch {
		case near[i]:
			short = append(short, l)
		case last >= 0 && short[last].Left > 0:
			short[last].Left++
		default:
			short = append(short, Line{Left: 1})
		}
	}
	return short
}
