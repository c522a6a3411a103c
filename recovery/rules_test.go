package recovery

import (
	"slices"
	"testing"
)

const combinations = 1 << 9

// obligations say in other words, written apart from the rules, what must be so in each row.
var obligations = []struct {
	name string
	must func(from State, on Event, f Fact, r Rule) bool
}{
	{"asking depends on nothing (ADR-0004)", func(_ State, on Event, _ Fact, r Rule) bool {
		return on != Asked || r.To == Pending && only(r, QueueRequest)
	}},
	{"nobody gets nothing, and nothing is written about nobody", func(_ State, on Event, f Fact, r Rule) bool {
		return on != Decided || has(f, Known) || r.To == Silent && len(r.Do) == 0
	}},
	{"a secret goes to an open account at a proven address that has not had too many (ATK-024)", func(_ State, on Event, f Fact, r Rule) bool {
		return on != Decided || !has(f, Known|Open|Reachable|Allowed) ||
			r.To == Sent && only(r, EndSecrets, IssueSecret, SendSecret, NoteStarted)
	}},
	{"and to nobody else", func(_ State, on Event, f Fact, r Rule) bool {
		return has(f, Known|Open|Reachable|Allowed) && on == Decided || has(f, Open|Allowed) && on == Handed ||
			r.To != Sent && !does(r, IssueSecret) && !does(r, SendSecret) && !does(r, NoteStarted)
	}},
	{"a slip is handed over for an open account that has not had too many, the owner is told, and it stands in the journal (F12)",
		func(_ State, on Event, f Fact, r Rule) bool {
			if good := on == Handed && has(f, Open|Allowed); good {
				return r.To == Sent && only(r, EndSecrets, IssueSecret, HandSecret, TellPrinted, NotePrinted)
			}
			return !does(r, HandSecret) && !does(r, TellPrinted) && !does(r, NotePrinted)
		}},
	{"whoever may have no slip stays where they were", func(from State, on Event, f Fact, r Rule) bool {
		return on != Handed || has(f, Open|Allowed) || r.To == from && len(r.Do) == 0
	}},
	{"what is sent is not printed, and what is printed is not sent", func(_ State, on Event, _ Fact, r Rule) bool {
		return !does(r, HandSecret) || !does(r, SendSecret) && on == Handed
	}},
	{"whoever is known but gets no secret stands in the journal", func(_ State, on Event, f Fact, r Rule) bool {
		refused := on == Decided && has(f, Known) && !has(f, Open|Reachable|Allowed)
		return refused == does(r, NoteRefused)
	}},
	{"a closed account is told by letter, within the limit", func(_ State, on Event, f Fact, r Rule) bool {
		told := on == Decided && has(f, Known|Reachable|Allowed) && !has(f, Open)
		return told == does(r, SendClosed)
	}},
	{"a decision is silent or sends", func(_ State, on Event, _ Fact, r Rule) bool {
		return on != Decided || r.To == Silent || r.To == Sent
	}},
	{"a living secret of an open account is burnt with what it opens (ATK-005, ATK-006)", func(from State, on Event, f Fact, r Rule) bool {
		good := from == Sent && on == GaveSecret && has(f, Live|Open)
		opens := does(r, OpenRenewal) != does(r, OpenSecond)
		return good == does(r, BurnSecret) && good == does(r, NoteUsed) && (!good || opens)
	}},
	{"whoever has a second proof to give is asked for it, and nobody else (ATK-034)", func(from State, on Event, f Fact, r Rule) bool {
		good := from == Sent && on == GaveSecret && has(f, Live|Open)
		if !good {
			return !does(r, OpenSecond) && (!does(r, OpenRenewal) || does(r, UseProof))
		}
		return has(f, Both) && r.To == Proving && does(r, OpenSecond) || !has(f, Both) && r.To == Proven && does(r, OpenRenewal)
	}},
	{"Proven needs all that is asked, or the browser that gave it (ATK-007, ATK-034)", func(from State, on Event, f Fact, r Rule) bool {
		if r.To != Proven || from == Proven {
			return true
		}
		return from == Sent && on == GaveSecret && has(f, Open) && !has(f, Both) && (has(f, Live) || has(f, Held)) ||
			from == Proving && on == GaveSecond && has(f, Open|Second)
	}},
	{"Proving needs a secret, or the browser that gave it", func(from State, on Event, f Fact, r Rule) bool {
		return r.To != Proving || from == Proving ||
			from == Sent && on == GaveSecret && has(f, Open|Both) && (has(f, Live) || has(f, Held))
	}},
	{"the second proof serves once, ends its session and opens the renewal; it alone does (ATK-064, ATK-066)",
		func(from State, on Event, f Fact, r Rule) bool {
			good := from == Proving && on == GaveSecond && has(f, Open|Second)
			if good {
				return r.To == Proven && only(r, UseProof, EndPending, OpenRenewal)
			}
			return !does(r, UseProof) && !does(r, EndPending)
		}},
	{"a wrong second proof changes nothing, and a closed account ends it (ATK-022)", func(_ State, on Event, f Fact, r Rule) bool {
		if on != GaveSecond || has(f, Open|Second) {
			return true
		}
		return len(r.Do) == 0 && (has(f, Second) && r.To == Over || !has(f, Second) && r.To == Proving)
	}},
	{"the browser that gave the secret goes back to where it stands", func(from State, on Event, f Fact, r Rule) bool {
		if from != Sent || on != GaveSecret || !has(f, Held|Open) || has(f, Live) {
			return true
		}
		return len(r.Do) == 0 && (has(f, Both) && r.To == Proving || !has(f, Both) && r.To == Proven)
	}},
	{"a dead secret or a closed account ends it, in the journal", func(from State, on Event, f Fact, r Rule) bool {
		if from != Sent || on != GaveSecret {
			return true
		}
		alive := has(f, Open) && (has(f, Live) || has(f, Held))
		return (r.To == Over) == !alive && does(r, NoteDead) == !alive
	}},
	{"a used or cancelled recovery takes no secret (ATK-005)", func(from State, on Event, _ Fact, r Rule) bool {
		return on != GaveSecret || from != Over && from != Done || r.To == from && only(r, NoteDead)
	}},
	{"what is not ours leads nowhere", func(from State, on Event, _ Fact, r Rule) bool {
		return on != GaveSecret || from != Start && from != Silent || r.To == from && len(r.Do) == 0
	}},
	{"cancelling ends the secret, but not the renewal of whoever is choosing", func(from State, on Event, _ Fact, r Rule) bool {
		if on != Cancelled {
			return true
		}
		return from == Sent && r.To == Over && only(r, EndSecrets) ||
			(from == Proven || from == Proving) && r.To == from && len(r.Do) == 0
	}},
	{"Done needs a proof, an open account and a password that fits; it does all that a renewal owes (ATK-007, ATK-033, ATK-038)",
		func(from State, on Event, f Fact, r Rule) bool {
			good := from == Proven && on == Chose && has(f, Open|Fits)
			owed := only(r, BurnRenewal, StoreChoice, EndSecrets, EndSessions, ClearTries, NotifyOwner, NoteRenewed)
			if good {
				return r.To == Done && owed
			}
			return (r.To != Done || from == Done) && !does(r, StoreChoice) && !does(r, EndSessions) && !does(r, BurnRenewal) &&
				!does(r, ClearTries) && !does(r, NotifyOwner) && !does(r, NoteRenewed)
		}},
	{"a password that does not fit changes nothing", func(_ State, on Event, f Fact, r Rule) bool {
		return on != Chose || !has(f, Open) || has(f, Fits) || r.To == Proven && len(r.Do) == 0
	}},
	{"a closed account saves nothing (ATK-039)", func(_ State, on Event, f Fact, r Rule) bool {
		return on != Chose || has(f, Open) || r.To == Over && len(r.Do) == 0
	}},
	{"the journal speaks of dead secrets only where one was given", func(from State, on Event, f Fact, r Rule) bool {
		return !does(r, NoteDead) || on == GaveSecret && r.To != Proven && r.To != Proving && from != Start && from != Silent
	}},
	{"only asking queues a request", func(_ State, on Event, _ Fact, r Rule) bool {
		return does(r, QueueRequest) == (on == Asked)
	}},
	{"secrets end only by a newer one, a renewal or a cancellation", func(_ State, on Event, _ Fact, r Rule) bool {
		return !does(r, EndSecrets) || on == Cancelled || does(r, IssueSecret) || does(r, StoreChoice)
	}},
}

func has(facts, f Fact) bool { return facts&f == f }

func does(r Rule, e Effect) bool { return slices.Contains(r.Do, e) }

func only(r Rule, effects ...Effect) bool { return slices.Equal(r.Do, effects) }

// accepts stands apart from Accepts, so that a lost pair is noticed.
func accepted(from State, on Event) bool {
	switch on {
	case Asked, Handed:
		return from == Start
	case Decided:
		return from == Pending
	case GaveSecret:
		return from == Start || from == Silent || from == Sent || from == Over || from == Done
	case GaveSecond:
		return from == Proving
	case Chose:
		return from == Proven
	case Cancelled:
		return from == Sent || from == Proving || from == Proven
	}
	return false
}

// broken gives the first thing that is wrong with a set of rules, or nothing.
func broken(rules []Rule) string {
	for _, from := range States {
		for _, on := range Events {
			rows := slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return r.From != from || r.On != on })
			if len(rows) == 0 && !accepted(from, on) {
				continue
			}
			for f := Fact(0); f < combinations; f++ {
				if n := holding(rows, from, on, f); accepted(from, on) != (n == 1) || n > 1 {
					return "not exactly one row"
				}
				r, ok := next(rows, from, on, f)
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
					t.Errorf("%s on %s with %09b: %d rows, want %d", from, on, f, got, want)
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
						t.Errorf("%s: %s on %s with %09b leads to %s %v", o.name, from, on, f, r.To, r.Do)
					}
				}
			}
		}
	}
}

// TestATK007NoPathToANewPasswordWithoutAProof explores every path from Start and wants a given secret on each that
// saves a password.
func TestATK007NoPathToANewPasswordWithoutAProof(t *testing.T) {
	type place struct {
		at     State
		proved bool
	}
	seen := map[place]bool{}
	queue := []place{{Start, false}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		for _, on := range Events {
			for f := Fact(0); f < combinations; f++ {
				r, ok := Next(p.at, on, f)
				if !ok {
					continue
				}
				if does(r, StoreChoice) && !p.proved {
					t.Fatalf("%s on %s saves a password without a proof", p.at, on)
				}
				held := on == GaveSecret && has(f, Held) // the browser holds what an earlier proof opened
				queue = append(queue, place{r.To, p.proved || does(r, BurnSecret) || held})
			}
		}
	}
	if !seen[place{Done, true}] {
		t.Error("nobody ever gets a new password")
	}
}

// TestATK034NoPathToANewPasswordWithoutTheSecondProof follows one person who has a second proof to give along every path
// from Start, and wants it given on each that saves a password. What this browser holds is what it was given before.
func TestATK034NoPathToANewPasswordWithoutTheSecondProof(t *testing.T) {
	type place struct {
		at    State
		given bool
	}
	seen := map[place]bool{}
	queue := []place{{Start, false}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		for _, on := range Events {
			for f := Fact(0); f < combinations; f++ {
				r, ok := Next(p.at, on, f|Both)
				if !ok {
					continue
				}
				if does(r, StoreChoice) && !p.given {
					t.Fatalf("%s on %s saves a password without the second proof", p.at, on)
				}
				queue = append(queue, place{r.To, p.given || does(r, UseProof)})
			}
		}
	}
	if !seen[place{Done, true}] {
		t.Error("nobody who has a second proof ever gets a new password")
	}
	t.Logf("%d places", len(seen))
}

// TestATK025WhoeverAsksSeesOnePage wants the states that differ by who exists to be one and the same to whoever asked.
func TestATK025WhoeverAsksSeesOnePage(t *testing.T) {
	first, _ := Next(Start, Asked, 0)
	for f := Fact(0); f < combinations; f++ {
		if r, _ := Next(Start, Asked, f); r.To != first.To || !slices.Equal(r.Do, first.Do) {
			t.Errorf("asking with %09b leads elsewhere", f)
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
