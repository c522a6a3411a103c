package oidc

import (
	"slices"
	"testing"
)

func has(facts, f Fact) bool { return facts&f == f }

// obliged says in other words, written apart from the rules, what must hold of every request.
var obliged = []struct {
	name string
	must func(facts Fact, to State) bool
}{
	{"nobody gets a code who is not in", func(f Fact, to State) bool { return to != Answered || has(f, In) }},
	{"nobody gets a code for an application that is not theirs (ATK-051)", func(f Fact, to State) bool {
		return to != Answered || f&(Barred|Weak) == 0
	}},
	{"nobody is told of who has not said so, or has just said no (ASVS 10.7.1)", func(f Fact, to State) bool {
		return to != Answered || f&(Ask|Denied) == 0
	}},
	{"an old proof opens nothing where a new one is asked (OIDC-06, OIDC-08)", func(f Fact, to State) bool {
		return to != Answered || f&(Anew|Other) == 0
	}},
	{"a silent request shows no page (OIDC-07)", func(f Fact, to State) bool {
		page := slices.Contains([]State{SigningIn, ProvingAnew, SteppingUp, Closed, Asking}, to)
		return !has(f, Silent) || !page
	}},
	{"whoever may have a page is not sent back without one, but for saying no", func(f Fact, to State) bool {
		refused := slices.Contains([]State{LoginRequired, InteractionRequired, ConsentRequired, AccessDenied}, to)
		return has(f, Silent) || !refused || has(f, Denied)
	}},
	{"nobody learns whether an application is theirs who must sign in first", func(f Fact, to State) bool {
		return to != Closed && to != AccessDenied || f&(Anew|Other) == 0 && has(f, In)
	}},
	{"consent is asked last, of whoever may enter", func(f Fact, to State) bool {
		return to != Asking && to != ConsentRequired || f&(Barred|Weak) == 0
	}},
	{"whoever meets everything gets a code", func(f Fact, to State) bool {
		return f&^Silent != In || to == Answered
	}},
	{"whoever is in nowhere is asked to sign in", func(f Fact, to State) bool {
		return has(f, In) || to == SigningIn || to == LoginRequired
	}},
	{"whoever is in, and must prove it anew, does so (prompt=login)", func(f Fact, to State) bool {
		return f&Silent != 0 || !has(f, In) || f&(Anew|Other) == 0 || to == ProvingAnew
	}},
	{"who must give a second proof is led to it", func(f Fact, to State) bool {
		return f&(Silent|Anew|Other|Barred) != 0 || !has(f, In|Weak) || to == SteppingUp
	}},
	{"an application that is not theirs is named to them", func(f Fact, to State) bool {
		return f&(Silent|Anew|Other) != 0 || !has(f, In|Barred) || to == Closed
	}},
	{"a missing consent is asked, or its refusal passed on", func(f Fact, to State) bool {
		if f&(Silent|Anew|Other|Barred|Weak) != 0 || !has(f, In|Ask) {
			return true
		}
		return has(f, Denied) && to == AccessDenied || !has(f, Denied) && to == Asking
	}},
	{"a silent refusal says which (OpenID Connect Core 1.0 §3.1.2.6)", func(f Fact, to State) bool {
		switch {
		case !has(f, Silent):
			return true
		case !has(f, In) || f&(Anew|Other) != 0:
			return to == LoginRequired
		case has(f, Barred):
			return to == AccessDenied
		case has(f, Weak):
			return to == InteractionRequired
		case has(f, Denied):
			return to == AccessDenied
		case has(f, Ask):
			return to == ConsentRequired
		}
		return to == Answered
	}},
}

const everyFact = 1 << 8

// wrong gives the first thing that is wrong with a table of rules, "" for nothing.
func wrong(rules []Rule) string {
	for n := range everyFact {
		if what := wrongOf(rules, Fact(n)); what != "" {
			return what
		}
	}
	return ""
}

func wrongOf(rules []Rule, f Fact) string {
	var held []Rule
	for _, r := range rules {
		if has(f, r.If) && f&r.Not == 0 {
			held = append(held, r)
		}
	}
	if len(held) != 1 {
		return "not exactly one row"
	}
	for _, o := range obliged {
		if !o.must(f, held[0].To) {
			return o.name
		}
	}
	return ""
}

func TestEveryCombinationOfFactsHasOneRow(t *testing.T) {
	reached := map[State]bool{}
	for n := range everyFact {
		f := Fact(n)
		if what := wrongOf(Rules, f); what != "" {
			t.Errorf("%08b: %s", f, what)
		}
		reached[Next(f)] = true
	}
	for _, s := range States {
		if !reached[s] {
			t.Errorf("nothing leads to %s", s)
		}
	}
}

// TestMutantsOfTheRulesAreFound deletes, turns and redirects each row, and drops and adds each of its facts.
func TestMutantsOfTheRulesAreFound(t *testing.T) {
	mutants := 0
	try := func(name string, rules []Rule) {
		mutants++
		if wrong(rules) == "" {
			t.Errorf("not found: %s", name)
		}
	}
	for i, r := range Rules {
		without := slices.Delete(slices.Clone(Rules), i, i+1)
		try("deleted "+string(r.To), without)
		with := func(m Rule) []Rule { c := slices.Clone(Rules); c[i] = m; return c }
		for _, s := range States {
			if m := r; s != r.To {
				m.To = s
				try(string(r.To)+" to "+string(s), with(m))
			}
		}
		for bit := range len(FactNames) {
			b, m := Fact(1)<<bit, r
			switch {
			case has(r.If, b):
				m.If &^= b
			case has(r.Not, b):
				m.Not &^= b
			default:
				m.If |= b
			}
			try(string(r.To)+" without or with "+FactNames[bit], with(m))
		}
	}
	t.Logf("%d combinations, %d rows, %d mutants", everyFact, len(Rules), mutants)
}
