package profile

import (
	"slices"
	"testing"
)

const combinations = 1 << 7

// obligations say in other words, written apart from the rules, what must be so in each row.
var obligations = []struct {
	name string
	must func(from State, on Event, f Fact, r Rule) bool
}{
	{"what is known already, or too much, is not asked for", func(_ State, on Event, f Fact, r Rule) bool {
		if on != Ask {
			return true
		}
		refused := has(f, Known) || !has(f, Allowed)
		return refused == (r.To == Start) && (!refused || len(r.Do) == 0)
	}},
	{"a later change takes the place of an earlier one", func(_ State, on Event, _ Fact, r Rule) bool {
		return does(r, EndPending) == (on == Ask && r.To != Start)
	}},
	{"a guarded account is told of every change, at once (ATK-073)", func(_ State, on Event, f Fact, r Rule) bool {
		asked := on == Ask && r.To != Start
		return does(r, SendNotice) == (asked && has(f, Guarded))
	}},
	{"the new address is asked to confirm wherever it can be", func(_ State, on Event, f Fact, r Rule) bool {
		asked := on == Ask && r.To != Start
		return does(r, SendConfirm) == (asked && has(f, Reachable)) && (!does(r, SendConfirm) || r.To == Asked)
	}},
	{"an address is recorded at once only where no proven one is (ATK-073)", func(_ State, on Event, f Fact, r Rule) bool {
		asked := on == Ask && r.To != Start
		return does(r, Record) == (asked && !has(f, Guarded))
	}},
	{"what cannot be asked waits where somebody can object, and is there at once where nobody can", func(_ State, on Event, f Fact, r Rule) bool {
		if on != Ask || !has(f, Allowed) || has(f, Known) || has(f, Reachable) {
			return true
		}
		return has(f, Guarded) && r.To == Confirmed || !has(f, Guarded) && r.To == Serving
	}},
	{"an address serves only after its confirmation or the cooling-off", func(from State, on Event, f Fact, r Rule) bool {
		good := from == Asked && on == Confirm && has(f, InTime) && (has(f, Owner) || has(f, Fresh) && !has(f, Guarded)) ||
			from == Confirmed && on == Pass && !has(f, InTime)
		return does(r, Serve) == good && (!good || r.To == Serving)
	}},
	{"whatever serves ends the secrets on their way, and stands in the journal (ATK-010)", func(_ State, _ Event, _ Fact, r Rule) bool {
		return !does(r, Serve) || does(r, EndSecrets) && does(r, NoteServes)
	}},
	{"nothing comes to serve in silence", func(from State, on Event, _ Fact, r Rule) bool {
		return r.To != Serving || from == Serving || does(r, Serve) || on == Ask && does(r, Record)
	}},
	{"the journal says that it serves when it does", func(_ State, _ Event, _ Fact, r Rule) bool {
		return does(r, NoteServes) == does(r, Serve)
	}},
	{"a confirmation in time is taken once, and proves the address", func(from State, on Event, f Fact, r Rule) bool {
		good := from == Asked && on == Confirm && has(f, InTime)
		return does(r, Prove) == good && does(r, NoteConfirmed) == good && (!good || r.To == Confirmed || r.To == Serving)
	}},
	{"a confirmation that is late proves nothing (ATK-012)", func(from State, on Event, f Fact, r Rule) bool {
		return from != Asked || on != Confirm || has(f, InTime) || r.To == Late && len(r.Do) == 0
	}},
	{"a confirmation by a stranger to the browser cools off where there is something to take (ATK-073)", func(from State, on Event, f Fact, r Rule) bool {
		if from != Asked || on != Confirm || !has(f, InTime) || has(f, Owner) || has(f, Fresh) && !has(f, Guarded) {
			return true
		}
		return r.To == Confirmed
	}},
	{"the old address stops a guarded change until its time is over (ATK-073)", func(from State, on Event, f Fact, r Rule) bool {
		if on != Stop || from != Asked && from != Confirmed && from != Serving {
			return true
		}
		return !has(f, InTime|Guarded) || r.To == Stopped && does(r, NoteStopped)
	}},
	{"an unguarded change that does not serve yet is taken back whole", func(from State, on Event, f Fact, r Rule) bool {
		if on != Stop || from != Asked && from != Confirmed || has(f, Guarded) || !has(f, InTime) {
			return true
		}
		return r.To == Stopped && only(r, PutBack, NoteStopped)
	}},
	{"what serves is taken back with its secrets", func(from State, on Event, f Fact, r Rule) bool {
		return from != Serving || on != Stop || !has(f, InTime|Guarded) || only(r, PutBack, EndSecrets, NoteStopped)
	}},
	{"no stop leaves an account without the proven address that it has", func(from State, on Event, f Fact, r Rule) bool {
		return from != Serving || on != Stop || has(f, Guarded) || r.To == Serving && len(r.Do) == 0
	}},
	{"nothing is put back but by a stop in time, and nothing that has not begun", func(from State, on Event, f Fact, r Rule) bool {
		if !does(r, PutBack) {
			return true
		}
		return on == Stop && has(f, InTime) && r.To == Stopped && (from == Serving || !has(f, Guarded))
	}},
	{"a stop that is late changes nothing (ATK-012)", func(from State, on Event, f Fact, r Rule) bool {
		if on != Stop || has(f, InTime) {
			return true
		}
		return len(r.Do) == 0 && (r.To == from && from != Asked || from == Asked && r.To == Late)
	}},
	{"only a stop stops, and it says so", func(from State, on Event, _ Fact, r Rule) bool {
		stops := r.To == Stopped && from != Stopped
		return does(r, NoteStopped) == stops && (!stops || on == Stop)
	}},
	{"a later change ends what has not come to serve, and leaves the rest its window", func(from State, on Event, _ Fact, r Rule) bool {
		if on != Another {
			return true
		}
		return len(r.Do) == 0 && (from == Serving && r.To == Serving || from != Serving && r.To == Replaced)
	}},
	{"only a later change replaces", func(from State, on Event, _ Fact, r Rule) bool {
		return r.To != Replaced || from == Replaced || on == Another
	}},
	{"time makes late what nobody confirmed, and puts in force what was", func(from State, on Event, f Fact, r Rule) bool {
		switch {
		case on != Pass:
			return true
		case has(f, InTime):
			return r.To == from && len(r.Do) == 0
		case from == Asked:
			return r.To == Late && len(r.Do) == 0
		}
		return r.To == Serving && only(r, Serve, EndSecrets, NoteServes)
	}},
	{"what is over stays over (ATK-005, ATK-011)", func(from State, _ Event, _ Fact, r Rule) bool {
		if from != Stopped && from != Replaced && from != Late {
			return true
		}
		return r.To == from && len(r.Do) == 0
	}},
	{"a second press changes nothing", func(from State, on Event, _ Fact, r Rule) bool {
		return on != Confirm || from != Confirmed && from != Serving || r.To == from && len(r.Do) == 0
	}},
	{"a link that is nobody's leads nowhere", func(from State, on Event, _ Fact, r Rule) bool {
		return from != Start || on == Ask || r.To == Start && len(r.Do) == 0
	}},
	{"secrets end by a change of what serves, and by nothing else", func(_ State, _ Event, _ Fact, r Rule) bool {
		return !does(r, EndSecrets) || does(r, Serve) || does(r, PutBack)
	}},
	{"taking back what never served ends no secret", func(from State, _ Event, _ Fact, r Rule) bool {
		return !does(r, PutBack) || does(r, EndSecrets) == (from == Serving)
	}},
	{"the journal speaks of asking when something was asked", func(_ State, on Event, _ Fact, r Rule) bool {
		return does(r, NoteAsked) == (on == Ask && r.To != Start)
	}},
	{"asking leads to the first states only", func(_ State, on Event, _ Fact, r Rule) bool {
		return on != Ask || r.To == Start || r.To == Asked || r.To == Confirmed || r.To == Serving
	}},
}

func has(facts, f Fact) bool { return facts&f == f }

func does(r Rule, e Effect) bool { return slices.Contains(r.Do, e) }

func only(r Rule, effects ...Effect) bool { return slices.Equal(r.Do, effects) }

// accepted stands apart from Accepts, so that a lost pair is noticed.
func accepted(from State, on Event) bool {
	switch on {
	case Ask:
		return from == Start
	case Another:
		return from == Asked || from == Confirmed || from == Serving
	case Confirm, Stop:
		return true
	case Pass:
		return from == Asked || from == Confirmed
	}
	return false
}

// broken gives the first thing that is wrong with a set of rules, or nothing.
func broken(rules []Rule) string {
	for _, from := range States {
		for _, on := range Events {
			for f := Fact(0); f < combinations; f++ {
				if n := holding(rules, from, on, f); accepted(from, on) != (n == 1) || n > 1 {
					return "not exactly one row"
				}
				r, ok := next(rules, from, on, f)
				for _, o := range obligations {
					if ok && !o.must(from, on, f, r) {
						return o.name
					}
				}
			}
		}
	}
	return ""
}

func holding(rules []Rule, from State, on Event, f Fact) int {
	n := 0
	for _, r := range rules {
		if r.From == from && r.On == on && f&r.If == r.If && f&r.Not == 0 {
			n++
		}
	}
	return n
}

func TestEveryCombinationHasExactlyOneRow(t *testing.T) {
	walked := 0
	for _, from := range States {
		for _, on := range Events {
			if slices.Contains(Accepts[from], on) != accepted(from, on) {
				t.Errorf("Accepts[%s] and %s disagree with the test's own list", from, on)
			}
			for f := Fact(0); f < combinations; f++ {
				walked++
				want := 0
				if accepted(from, on) {
					want = 1
				}
				if got := holding(Rules, from, on, f); got != want {
					t.Errorf("%s on %s with %07b: %d rows, want %d", from, on, f, got, want)
				}
			}
		}
	}
	t.Logf("%d rows, %d combinations", len(Rules), walked)
}

func TestObligationsHold(t *testing.T) {
	for _, o := range obligations {
		for _, from := range States {
			for _, on := range Events {
				for f := Fact(0); f < combinations; f++ {
					if r, ok := Next(from, on, f); ok && !o.must(from, on, f, r) {
						t.Errorf("%s: %s on %s with %07b leads to %s %v", o.name, from, on, f, r.To, r.Do)
					}
				}
			}
		}
	}
}

// TestATK073NoPathToAnAddressInForceBehindTheOwnersBack explores every path of a guarded change: none leads to a new
// address in force without a notice before it, and none but the owner's own browser does so without the cooling-off.
func TestATK073NoPathToAnAddressInForceBehindTheOwnersBack(t *testing.T) {
	type place struct {
		at                     State
		told, owner, cooledOff bool
	}
	seen := map[place]bool{}
	queue := []place{{at: Start}}
	served := 0
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		for _, on := range Events {
			for f := Fact(0); f < combinations; f++ {
				r, ok := Next(p.at, on, f|Guarded)
				if !ok {
					continue
				}
				then := place{
					r.To, p.told || does(r, SendNotice), p.owner || on == Confirm && has(f, Owner),
					p.cooledOff || on == Pass && !has(f, InTime),
				}
				if does(r, Serve) || does(r, Record) {
					served++
					if !then.told || !then.owner && !then.cooledOff {
						t.Fatalf("%s on %s with %07b serves without %+v", p.at, on, f, then)
					}
				}
				queue = append(queue, then)
			}
		}
	}
	if served == 0 {
		t.Error("no address ever serves")
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
