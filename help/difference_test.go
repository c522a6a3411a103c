package help

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spell writes lines on one: [-removed-], [+added+], a bar between lines, and how many were left out.
func spell(lines []Line) string {
	var all []string
	for _, l := range lines {
		var b strings.Builder
		if l.Left > 0 {
			fmt.Fprintf(&b, "…%d", l.Left)
		}
		for _, p := range l.Parts {
			switch p.Became {
			case Removed:
				b.WriteString("[-" + p.Words + "-]")
			case Added:
				b.WriteString("[+" + p.Words + "+]")
			default:
				b.WriteString(p.Words)
			}
		}
		all = append(all, b.String())
	}
	return strings.Join(all, "|")
}

func TestDifferencesAreWords(t *testing.T) {
	for _, c := range [][3]string{
		{"a\n", "a\n", ""},
		{"Un deux trois.\n", "Un quatre trois.\n", "Un [-deux-][+quatre+] trois."},
		{"le chat noir dort\n", "le chien blanc dort\n", "le [-chat noir-][+chien blanc+] dort"},
		{"a\n", "a\nb\n", "a|[+b↵+]"},
		{"a\nb\n", "a\n", "a|[-b↵-]"},
		{"", "a\n", "[+a↵+]"},
		{"a\nb\n", "a b\n", "a[-↵-][+ +]b"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\n", "…2|3|4|[-5-][+V+]|6|7|…2"},
	} {
		if got := spell(Differ(c[0], c[1])); got != c[2] {
			t.Errorf("%q to %q: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// What was kept and removed is the text before; what was kept and added is the text after.
func TestNothingIsLostInADifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.StringOfN(rapid.RuneFrom([]rune("ab \n«é")), 0, 60, -1)
		before, after := texts.Draw(t, "before"), texts.Draw(t, "after")
		var was, is strings.Builder
		lines := weave(before, after)
		for n, l := range lines {
			for _, p := range l.Parts {
				words := p.Words
				if p.Became != Kept {
					words = strings.ReplaceAll(words, lineEnd, "\n")
				}
				if p.Became != Added {
					was.WriteString(words)
				}
				if p.Became != Removed {
					is.WriteString(words)
				}
			}
			// A line that ends without an added line end of its own ends where both texts do.
			last := len(l.Parts) - 1
			if n < len(lines)-1 || strings.HasSuffix(after, "\n") && strings.HasSuffix(before, "\n") {
				if last < 0 || l.Parts[last].Became != Added || !strings.HasSuffix(l.Parts[last].Words, lineEnd) {
					was.WriteString("\n")
					is.WriteString("\n")
				}
			}
		}
		if strings.TrimRight(was.String(), "\n") != strings.TrimRight(before, "\n") ||
			strings.TrimRight(is.String(), "\n") != strings.TrimRight(after, "\n") {
			t.Fatalf("%q and %q, woven into %s, are %q and %q", before, after, spell(lines), was.String(), is.String())
		}
	})
}
