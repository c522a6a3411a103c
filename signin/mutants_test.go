package signin

import (
	"fmt"
	"slices"
)

type mutant struct {
	name  string
	rules []Rule
}

// mutate gives every set of rules that lacks a row, has one fact of one row flipped, dropped or added, lacks one effect
// or has one more, leads elsewhere, or writes nothing in the journal.
func mutate(t Table) []mutant {
	var all []mutant
	for i, r := range t.Rules {
		with := func(name string, changed Rule) {
			rules := slices.Clone(t.Rules)
			rules[i] = changed
			all = append(all, mutant{fmt.Sprintf("row %d: %s", i, name), rules})
		}
		all = append(all, mutant{fmt.Sprintf("row %d: gone", i), slices.Delete(slices.Clone(t.Rules), i, i+1)})
		for bit, name := range FactNames {
			f := Fact(1 << bit)
			if t.Facts&f == 0 {
				continue
			}
			flipped, dropped := r, r
			switch {
			case r.If&f != 0:
				flipped.If, flipped.Not = r.If&^f, r.Not|f
				dropped.If &^= f
			case r.Not&f != 0:
				flipped.If, flipped.Not = r.If|f, r.Not&^f
				dropped.Not &^= f
			default:
				flipped.If |= f
				dropped.Not |= f
			}
			with("flip "+name, flipped)
			with("drop or add "+name, dropped)
		}
		for _, s := range States {
			if s != r.To {
				changed := r
				changed.To = s
				with("to "+string(s), changed)
			}
		}
		for _, e := range Effects {
			changed := r
			if at := slices.Index(r.Do, e); at >= 0 {
				changed.Do = slices.Delete(slices.Clone(r.Do), at, at+1)
			} else {
				changed.Do = append(slices.Clone(r.Do), e)
			}
			with("toggle "+string(e), changed)
		}
		changed := r
		changed.Note = ""
		if r.Note != "" {
			with("no note", changed)
		}
	}
	return all
}
