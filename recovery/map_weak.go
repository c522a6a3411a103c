package recovery

import "slices"

// worth is how many proofs a thing is, when a stranger holds it: knowing an identifier proves nothing, a passkey whose
// device recognises its person is two, whoever recognises somebody is one.
func (h Has) worth() int {
	n := 0
	for has := Has(1); has <= Everything && has != 0; has <<= 1 {
		switch {
		case h&has == 0 || has == HasIdentifier:
		case has == HasPasskey:
			n += 2
		default:
			n++
		}
	}
	return n
}

// Floor is how many proofs are asked of whoever comes in: two where a second one is (organisation.Both).
func Floor(both bool) int {
	if both {
		return 2
	}
	return 1
}

// Weak gives the ways that are weaker than the floor: they ask fewer proofs than it, and without them fewer proofs would
// not lead in. A colleague's are the only ones that there are, where two proofs are asked: ADR-0019 says why, and what
// stands against it.
func Weak(both bool) []Way { return weak(Ways, both) }

func weak(ways []Way, both bool) (found []Way) {
	few := fewer(Floor(both))
	for i, w := range ways {
		asks := w.Needs.worth()
		if w.Second && both {
			asks++
		}
		if asks >= Floor(both) || !w.In && !w.Resets && w.Gives&^(HasIdentifier|helpers) == 0 {
			continue
		}
		without := slices.Delete(slices.Clone(ways), i, i+1)
		if slices.ContainsFunc(few, func(has Has) bool {
			holder := Footing{Has: has, Both: both, Manager: true}
			return arrives(ways, holder) && !arrives(without, holder)
		}) {
			found = append(found, w)
		}
	}
	return found
}

// fewer gives every set that is worth less than a floor.
func fewer(floor int) (sets []Has) {
	for has := Has(0); has <= Everything; has++ {
		if has.worth() < floor {
			sets = append(sets, has)
		}
	}
	return sets
}
