package organisation

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"loquet/account"
)

// noon is a moment of the tests.
var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// graces and clocks are what the tests combine: none, short, the presets', the longest; the clock from long before the
// person was asked to long after every grace.
var (
	graces = []time.Duration{0, time.Nanosecond, day, PresetGrace, LongestGrace}
	clocks = []time.Duration{
		-400 * day, -day, -time.Nanosecond, 0, time.Nanosecond, day - 1, day, PresetGrace - 1, PresetGrace,
		LongestGrace - 1, LongestGrace, 400 * day,
	}
)

// factors gives every combination of proofs, wishes and first askings.
func factors() []account.Factors {
	var all []account.Factors
	for _, passkeys := range []int{0, 1, 20} {
		for _, codes := range []int{0, 1, 10} {
			for bits := range 8 {
				for _, asked := range []time.Time{{}, noon} {
					all = append(all, account.Factors{
						Passkeys: passkeys, Codes: codes, App: bits&1 != 0, Second: bits&2 != 0, Password: bits&4 != 0,
						Asked: asked,
					})
				}
			}
		}
	}
	return all
}

// someone has these proofs under a policy that asks this of the role, and of nobody else.
func someone(s Second, has account.Factors) (Policy, account.Account) {
	p := Policy{Second: map[account.Role]Second{account.Complet: s}}
	return p, account.Account{Role: account.Complet, Factors: has}
}

// everyStanding calls test for each demand, grace, combination of proofs and clock.
func everyStanding(test func(s Second, has account.Factors, now time.Time, got Standing, due time.Time)) (n int) {
	for _, demand := range Demands {
		for _, grace := range graces {
			for _, has := range factors() {
				p, who := someone(Second{demand, grace}, has)
				for _, clock := range clocks {
					n++
					now := noon.Add(clock)
					test(p.Second[account.Complet], has, now, p.Standing(who, now), p.DueBy(who, now))
				}
			}
		}
	}
	return n
}

// The table of where one stands, written apart from the code: what is asked, what there is, whether the grace is over.
func TestWhereEverybodyStands(t *testing.T) {
	type row struct{ asks, wants, has, over bool }
	table := map[row]Standing{}
	for bits := range 16 {
		r := row{bits&1 != 0, bits&2 != 0, bits&4 != 0, bits&8 != 0}
		switch r {
		case row{asks: true, has: true}, row{asks: true, has: true, over: true},
			row{asks: true, has: true, wants: true}, row{asks: true, has: true, wants: true, over: true},
			row{has: true, wants: true}, row{has: true, wants: true, over: true}:
			table[r] = Both
		case row{asks: true}, row{asks: true, wants: true}:
			table[r] = Due
		case row{asks: true, over: true}, row{asks: true, wants: true, over: true}:
			table[r] = Overdue
		default:
			table[r] = Alone
		}
	}
	seen := map[row]bool{}
	n := everyStanding(func(s Second, has account.Factors, now time.Time, got Standing, _ time.Time) {
		left := s.Grace
		switch {
		case s.Demand != AtNextSignIn:
			left = 0
		case !has.Asked.IsZero() && now.After(has.Asked):
			left -= now.Sub(has.Asked)
		}
		r := row{
			asks: s.Demand == AtNextSignIn || s.Demand == AtOnce, wants: has.Second,
			has: has.Passkeys+has.Codes > 0 || has.App, over: left <= 0,
		}
		seen[r] = true
		if got != table[r] {
			t.Errorf("%+v with %+v at %s: %s, want %s", s, has, now.Sub(noon), got, table[r])
		}
		if !slices.Contains(Standings, got) {
			t.Errorf("%q is no standing", got)
		}
	})
	for r := range table {
		if over := !r.asks && !r.over; !seen[r] && !over { // what is not asked is never within a grace
			t.Errorf("nobody stands at %+v", r)
		}
	}
	t.Logf("%d combinations", n)
}

// ATK-034: whatever else holds, a proof that exists and is asked is asked, and nobody stays alone past the grace.
func TestATK034AProofThatIsAskedIsNeverPassedOver(t *testing.T) {
	everyStanding(func(s Second, has account.Factors, now time.Time, got Standing, due time.Time) {
		asked := s.Asks() || has.Second
		switch {
		case has.Any() && asked && got != Both:
			t.Errorf("%+v with %+v: a proof that exists is passed over: %s", s, has, got)
		case s.Asks() && got == Alone:
			t.Errorf("%+v with %+v: alone under a policy that asks", s, has)
		case s.Asks() && !now.Before(due) && got != Both && got != Overdue:
			t.Errorf("%+v with %+v: %s although the grace is over", s, has, got)
		case s.Demand == AtOnce && got == Due:
			t.Errorf("%+v with %+v: a grace where there is none", s, has)
		case !has.Any() && got == Both:
			t.Errorf("%+v with %+v: asked for a proof that nobody has", s, has)
		case !asked && got != Alone:
			t.Errorf("%+v with %+v: %s though nobody asks", s, has, got)
		}
	})
}

// The day by which a proof is due never moves back as time passes, and a clock that is set back gives nobody more than
// the grace.
func TestTheGraceOnlyRunsOut(t *testing.T) {
	for _, grace := range graces {
		for _, has := range factors() {
			p, who := someone(Second{AtNextSignIn, grace}, has)
			var before time.Time
			for i, clock := range clocks {
				now := noon.Add(clock)
				due := p.DueBy(who, now)
				if i > 0 && due.Before(before) {
					t.Errorf("%s with %+v: due %s, and later %s", grace, has, before, due)
				}
				before = due
				if left := due.Sub(now); left > grace {
					t.Errorf("%s with %+v at %s: %s are left", grace, has, clock, left)
				}
				if !has.Asked.IsZero() && due.After(noon.Add(grace)) {
					t.Errorf("%s with %+v at %s: later than first said", grace, has, clock)
				}
				if longer, _ := someone(Second{AtNextSignIn, grace + day}, has); longer.DueBy(who, now).Before(due) {
					t.Errorf("%s with %+v: a longer grace ends sooner", grace, has)
				}
			}
		}
	}
}

// What a policy asks of one role says nothing of another.
func TestADemandIsOfItsRoleOnly(t *testing.T) {
	for _, asked := range decided {
		p := Policy{Second: map[account.Role]Second{asked: {AtOnce, 0}}}
		for _, role := range decided {
			want := Alone
			if role == asked {
				want = Overdue
			}
			if got := p.Standing(account.Account{Role: role}, noon); got != want {
				t.Errorf("%s is asked, and a %s stands at %s", asked, role, got)
			}
		}
	}
}

// A policy that was kept before there were second proofs is read as it is: nobody is asked, and whoever wants has one.
func TestPoliciesFromBeforeSecondProofs(t *testing.T) {
	for _, preset := range Presets {
		kept, err := json.Marshal(preset.Policy())
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(kept, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "second")
		if kept, err = json.Marshal(fields); err != nil {
			t.Fatal(err)
		}
		var p Policy
		if err := json.Unmarshal(kept, &p); err != nil {
			t.Fatal(err)
		}
		if wrong := p.Check(); len(wrong) > 0 || p.Second != nil {
			t.Errorf("%s: %v, %v", preset, wrong, p.Second)
		}
		for _, role := range decided {
			who := account.Account{Role: role}
			if s := p.SecondFor(role); s.Demand != Offered || s.Asks() || p.Standing(who, noon) != Alone {
				t.Errorf("%s asks of a %s: %+v", preset, role, s)
			}
			who.Factors.App, who.Factors.Second = true, true
			if p.Standing(who, noon) != Both {
				t.Errorf("%s passes over the proof of a %s", preset, role)
			}
		}
	}
}

// The presets ask managers, after a grace; strict asks everybody (C4).
func TestWhomThePresetsAsk(t *testing.T) {
	for _, preset := range Presets {
		p := preset.Policy()
		for _, role := range decided {
			s := p.SecondFor(role)
			if want := role.Manager() || preset == Strict; s.Asks() != want {
				t.Errorf("%s asks a %s: %+v", preset, role, s)
			}
			if s.Asks() && (s.Demand != AtNextSignIn || s.Grace != PresetGrace) || !s.Asks() && s != (Second{Demand: Offered}) {
				t.Errorf("%s asks of a %s %+v", preset, role, s)
			}
		}
	}
}

func TestDemandsThatCannotBe(t *testing.T) {
	for _, role := range decided {
		for _, c := range []struct {
			second Second
			want   []Refusal
		}{
			{Second{Offered, 0}, nil}, {Second{NotOffered, 0}, nil}, {Second{AtOnce, 0}, nil},
			{Second{AtNextSignIn, 0}, nil}, {Second{AtNextSignIn, LongestGrace}, nil},
			{Second{AtNextSignIn, LongestGrace + 1}, []Refusal{GraceTooLong}},
			{Second{AtNextSignIn, -1}, []Refusal{GraceTooLong}},
			{Second{Offered, LongestGrace + 1}, []Refusal{GraceTooLong}},
			{Second{"", 0}, []Refusal{SecondUnknown}}, {Second{"always", 0}, []Refusal{SecondUnknown}},
			{Second{"Now", -day}, []Refusal{SecondUnknown, GraceTooLong}},
		} {
			p := Default.Policy()
			p.Second[role] = c.second
			if wrong := p.Check(); !slices.Equal(wrong, c.want) {
				t.Errorf("%s, %+v: %v, want %v", role, c.second, wrong, c.want)
			}
		}
	}
}
