package profile

import (
	"fmt"
	"slices"
	"testing"
)

const factorCombinations = 1 << 7

// because says, apart from the rules and refusal by refusal, when an act is refused. All else may be done.
var because = map[Refusal]func(on FactorAct, f FactorFact) bool{
	LastWayIn: func(on FactorAct, f FactorFact) bool { // nothing to enter with would be left
		nothing := !holds(f, RemainsEntry)
		return on == RemovingPasskey && nothing && !holds(f, HasPassword) ||
			on == RemovingPassword && nothing && holds(f, HasPassword)
	},
	NoWayBack: func(on FactorAct, f FactorFact) bool { // one passkey would be all, with no mailbox to come back by
		without := on == RemovingPasskey && !holds(f, HasPassword) || on == RemovingPassword && holds(f, HasPassword)
		return without && holds(f, RemainsEntry) && f&(HasMailbox|RemainsSpare) == 0
	},
	StillAsked: func(on FactorAct, f FactorFact) bool { // the policy wants what would go
		switch on {
		case SwitchingOff:
			return holds(f, PolicyAsks)
		case RemovingPasskey:
			return holds(f, PolicyAsks|HasPassword) && !holds(f, RemainsProof)
		case RemovingApp:
			return holds(f, PolicyAsks|HasApp) && !holds(f, RemainsProof)
		}
		return false
	},
	NothingHere: func(on FactorAct, f FactorFact) bool {
		return on == RemovingApp && !holds(f, HasApp) || on == RemovingPassword && !holds(f, HasPassword)
	},
	ProofFirst: func(on FactorAct, f FactorFact) bool {
		return (on == MakingCodes || on == SwitchingOn) && !holds(f, RemainsProof)
	},
	AppAsks: func(on FactorAct, f FactorFact) bool {
		return on == SwitchingOff && holds(f, HasApp) && !holds(f, PolicyAsks)
	},
}

// takesTheLast says when a removal leaves no proof that lasts: codes go with it, and nothing is asked any more.
func takesTheLast(on FactorAct, f FactorFact) bool {
	removes := on == RemovingPasskey && holds(f, HasPassword) || on == RemovingApp && holds(f, HasApp)
	return removes && f&(RemainsProof|PolicyAsks) == 0
}

func holds(facts, f FactorFact) bool { return facts&f == f }

// brokenFactors gives the first thing that is wrong with a set of rules, or nothing.
func brokenFactors(rules []FactorRule) string {
	for _, on := range FactorActs {
		for f := FactorFact(0); f < factorCombinations; f++ {
			n := 0
			for _, r := range rules {
				if r.holds(on, f) {
					n++
				}
			}
			if n != 1 {
				return fmt.Sprintf("%d rows hold for %s with %07b", n, on, f)
			}
			r := mayChange(rules, on, f)
			for why, must := range because {
				if (r.Why == why) != must(on, f) {
					return fmt.Sprintf("%s with %07b gives %q, and %q is %v", on, f, r.Why, why, must(on, f))
				}
			}
			if all := slices.Equal(r.Do, FactorEffects); all != takesTheLast(on, f) || !all && len(r.Do) > 0 {
				return fmt.Sprintf("%s with %07b does %v", on, f, r.Do)
			}
		}
	}
	return ""
}

func TestFactorRulesAreWhole(t *testing.T) {
	if why := brokenFactors(FactorRules); why != "" {
		t.Error(why)
	}
	for _, r := range FactorRules {
		if _, known := because[r.Why]; r.Source == "" || r.Why != "" && !known {
			t.Errorf("%+v has no source, or a refusal that nobody wrote down", r)
		}
	}
	t.Logf("%d rows, %d combinations", len(FactorRules), len(FactorActs)*factorCombinations)
}

// TestFactorMutantsAreCaught breaks the rules in every small way and wants each broken set to be noticed.
func TestFactorMutantsAreCaught(t *testing.T) {
	n := 0
	try := func(name string, i int, r FactorRule) {
		n++
		rules := slices.Clone(FactorRules)
		rules[i] = r
		if brokenFactors(rules) == "" {
			t.Errorf("survives: row %d: %s", i, name)
		}
	}
	for i, r := range FactorRules {
		if brokenFactors(slices.Delete(slices.Clone(FactorRules), i, i+1)) == "" {
			t.Errorf("survives: row %d: gone", i)
		}
		for bit, name := range FactorFactNames {
			for _, changed := range otherFacts(r, FactorFact(1<<bit)) {
				try("other "+name, i, changed)
			}
		}
		for _, act := range FactorActs {
			if act != r.On {
				changed := r
				changed.On = act
				try("on "+string(act), i, changed)
			}
		}
		for _, why := range []Refusal{"", LastWayIn, StillAsked, NoWayBack, NothingHere, ProofFirst, AppAsks} {
			if why != r.Why {
				changed := r
				changed.Why = why
				try("refuses "+string(why), i, changed)
			}
		}
		for _, e := range FactorEffects {
			changed := r
			if at := slices.Index(r.Do, e); at >= 0 {
				changed.Do = slices.Delete(slices.Clone(r.Do), at, at+1)
			} else {
				changed.Do = append(slices.Clone(r.Do), e)
			}
			try("toggles "+string(e), i, changed)
		}
	}
	t.Logf("%d mutants", n+len(FactorRules))
}

// otherFacts gives a row with every other wish for one fact: that it holds, that it does not, and none.
func otherFacts(r FactorRule, f FactorFact) (others []FactorRule) {
	for _, wish := range [][2]FactorFact{{0, 0}, {f, 0}, {0, f}} {
		if r.If&f != wish[0] || r.Not&f != wish[1] {
			changed := r
			changed.If, changed.Not = r.If&^f|wish[0], r.Not&^f|wish[1]
			others = append(others, changed)
		}
	}
	return others
}
