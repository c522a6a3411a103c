package signin

import (
	"slices"
	"testing"
)

const combinations = 1 << 7

// verdicts stands for the rules in other words, written apart from them: what a person must meet in each situation.
var obligations = []struct {
	name string
	must func(facts Fact, r Rule) bool
}{
	{"a session needs the right password", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, OpenSession) || has(f, Password) && !has(f, Wait)
	}},
	{"a session opens exactly when Entered", func(_ Fact, r Rule) bool {
		return slices.Contains(r.Do, OpenSession) == (r.To == Entered)
	}},
	{"a temporary password never leads to a session (ATK-031)", func(f Fact, r Rule) bool {
		return !has(f, Temporary) && !has(f, Held) && !has(f, Dead) || r.To != Entered
	}},
	{"a living temporary password of an open account opens the renewal and is burnt with it", func(f Fact, r Rule) bool {
		return !has(f, Temporary) || !has(f, Open) ||
			r.To == Renewing && slices.Contains(r.Do, BurnSecret) && slices.Contains(r.Do, OpenRenewal)
	}},
	{"nothing else is burnt", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, BurnSecret) || has(f, Temporary)
	}},
	{"a renewal opens only by a temporary password or by the password that must be renewed", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, OpenRenewal) || has(f, Temporary) || has(f, Password) && has(f, MustRenew)
	}},
	{"whoever must renew is never Entered (ATK-032)", func(f Fact, r Rule) bool {
		return !has(f, MustRenew) || r.To != Entered
	}},
	{"a closed account opens nothing (ATK-022, ATK-039)", func(f Fact, r Rule) bool {
		return has(f, Open) || len(r.Do) == 0 && r.To != Entered && r.To != Renewing
	}},
	{"without a right secret all are told the same (ATK-025)", func(f Fact, r Rule) bool {
		if f&(Password|Temporary|Held|Dead) != 0 {
			return true
		}
		return has(f, Wait) && r.To == Waiting || !has(f, Wait) && r.To == Refused
	}},
	{"a wait holds for passwords (ATK-019)", func(f Fact, r Rule) bool {
		return !has(f, Wait) || f&(Temporary|Held|Dead) != 0 || r.To == Waiting
	}},
	{"a wait does not hold for a temporary password (ATK-023)", func(f Fact, r Rule) bool {
		return !has(f, Temporary) || !has(f, Open) || r.To == Renewing
	}},
	{"the right password of an open account gets in", func(f Fact, r Rule) bool {
		if f&(Wait|Temporary|Held|Dead|MustRenew) != 0 || !has(f, Password|Open) {
			return true
		}
		return r.To == Entered && slices.Equal(r.Do, []Effect{OpenSession, ClearTries, CancelSecrets, ReplaceHeld})
	}},
	{"the right password cancels what was mailed and clears the tries", func(f Fact, r Rule) bool {
		if f&(Wait|Temporary|Held|Dead) != 0 || !has(f, Password|Open) {
			return true
		}
		return slices.Contains(r.Do, CancelSecrets) && slices.Contains(r.Do, ClearTries)
	}},
	{"only a right password cancels what was mailed", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, CancelSecrets) || has(f, Password) && f&(Temporary|Held|Dead) == 0
	}},
	{"tries are cleared by nothing else: a renewal clears them when it is finished", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, ClearTries) || has(f, Password)
	}},
	{"a new session takes the place of the one that this browser held (ATK-035)", func(_ Fact, r Rule) bool {
		opens := slices.Contains(r.Do, OpenSession) || slices.Contains(r.Do, OpenRenewal)
		return opens == slices.Contains(r.Do, ReplaceHeld)
	}},
	{"a browser that already holds the renewal goes back to it", func(f Fact, r Rule) bool {
		return has(f, Temporary) || !has(f, Held|Open) || r.To == Renewing && len(r.Do) == 0
	}},
	{"a dead temporary password is told to its owner", func(f Fact, r Rule) bool {
		return has(f, Temporary) || has(f, Held) || !has(f, Dead) || r.To == Expired
	}},
	{"a closed account is told to whoever proved to be its owner", func(f Fact, r Rule) bool {
		proved := has(f, Temporary) || has(f, Held) || has(f, Password) && f&(Wait|Dead) == 0
		return has(f, Open) || !proved || r.To == Stopped
	}},
	{"whatever is decided about a person is in the journal, but for waits and repeats", func(f Fact, r Rule) bool {
		silent := r.To == Waiting || has(f, Held|Open) && !has(f, Temporary)
		return (r.Note == "") == silent
	}},
	{"the journal says what happened", func(_ Fact, r Rule) bool {
		want, ok := map[State]string{
			Refused: "sign-in-refused", Stopped: "sign-in-stopped", Expired: "secret-refused", Entered: "signed-in",
		}[r.To]
		if r.To == Renewing {
			return r.Note == "" || (r.Note == "secret-used") == slices.Contains(r.Do, BurnSecret)
		}
		return !ok || string(r.Note) == want
	}},
}

// broken gives the first thing that is wrong with a set of rules, or nothing.
func broken(rules []Rule) string {
	for facts := Fact(0); facts < combinations; facts++ {
		n := 0
		for _, r := range rules {
			if r.holds(facts) {
				n++
			}
		}
		if n != 1 {
			return "not exactly one row"
		}
		row := next(rules, facts)
		for _, o := range obligations {
			if !o.must(facts, row) {
				return o.name
			}
		}
	}
	return ""
}

func TestEveryCombinationHasExactlyOneRow(t *testing.T) {
	for facts := Fact(0); facts < combinations; facts++ {
		var rows []int
		for i, r := range Rules {
			if r.holds(facts) {
				rows = append(rows, i)
			}
		}
		if len(rows) != 1 {
			t.Errorf("facts %07b: rows %v hold", facts, rows)
		}
	}
	t.Logf("%d rows, %d combinations", len(Rules), combinations)
}

func TestObligationsHold(t *testing.T) {
	for _, o := range obligations {
		for facts := Fact(0); facts < combinations; facts++ {
			if r := Next(facts); !o.must(facts, r) {
				t.Errorf("%s: facts %07b lead to %s %v", o.name, facts, r.To, r.Do)
			}
		}
	}
}

// TestMutantsAreCaught breaks the rules in every small way and wants each broken set to be noticed.
func TestMutantsAreCaught(t *testing.T) {
	if why := broken(Rules); why != "" {
		t.Fatalf("the rules as they are: %s", why)
	}
	mutants := mutate()
	for _, m := range mutants {
		if broken(m.rules) == "" {
			t.Errorf("survives: %s", m.name)
		}
	}
	t.Logf("%d mutants", len(mutants))
}
