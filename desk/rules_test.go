package desk

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// row is a row of either table, in plain words, so that one walk and one mutation serve both.
type row struct {
	from, on string
	yes, no  uint8
	to       string
	do       []string
	source   string
}

type table struct {
	name                    string
	rows                    []row
	states, events, effects []string
	facts                   []string
	takes                   func(state string) []string
	obligations             []obligation
}

type obligation struct {
	name string
	must func(from, on string, f uint8, r row) bool
}

func words[T ~string](all []T) []string {
	said := make([]string, len(all))
	for i, one := range all {
		said[i] = string(one)
	}
	return said
}

func tables() []table {
	checks := table{
		name: "checks", states: words(Standings), events: words(Checkings), effects: words(CheckEffects),
		facts: CheckFactNames, obligations: checkObligations,
		takes: func(s string) []string { return words(Takes(Standing(s))) },
	}
	for _, c := range Checks {
		checks.rows = append(checks.rows, row{
			string(c.From), string(c.On), uint8(c.If), uint8(c.Not), string(c.To), words(c.Do), c.Source,
		})
	}
	deeds := table{
		name: "deeds", states: words(DeedStates), events: words(DeedEvents), effects: words(DeedEffects),
		facts: DeedFactNames, obligations: deedObligations,
		takes: func(s string) []string { return words(Accepts[DeedState(s)]) },
	}
	for _, d := range DeedRules {
		deeds.rows = append(deeds.rows, row{
			string(d.From), string(d.On), uint8(d.If), uint8(d.Not), string(d.To), words(d.Do), d.Source,
		})
	}
	return []table{checks, deeds}
}

// fits gives every row that holds.
func fits(rows []row, from, on string, f uint8) (all []row) {
	for _, r := range rows {
		if r.from == from && r.on == on && f&r.yes == r.yes && f&r.no == 0 {
			all = append(all, r)
		}
	}
	return all
}

// faulty gives what is wrong with a set of rows: a pair that is taken and a combination of facts for which not exactly
// one row holds, or an obligation that one breaks. walked counts the combinations.
func (t table) faulty(rows []row) (wrong string, walked int) {
	for _, from := range t.states {
		for _, on := range t.events {
			for f := range uint8(1 << len(t.facts)) {
				found := fits(rows, from, on, f)
				if !slices.Contains(t.takes(from), on) {
					if len(found) > 0 {
						return fmt.Sprintf("%s does not take %s", from, on), walked
					}
					continue
				}
				walked++
				if len(found) != 1 {
					return fmt.Sprintf("%d rows for %s, %s, %05b", len(found), from, on, f), walked
				}
				for _, o := range t.obligations {
					if !o.must(from, on, f, found[0]) {
						return fmt.Sprintf("%s: %s, %s, %05b", o.name, from, on, f), walked
					}
				}
			}
		}
	}
	return "", walked
}

func TestEveryCombinationOfFactsHasOneRow(t *testing.T) {
	for _, table := range tables() {
		wrong, walked := table.faulty(table.rows)
		if wrong != "" {
			t.Errorf("%s: %s", table.name, wrong)
		}
		for _, r := range table.rows {
			if r.source == "" {
				t.Errorf("%s: the row %v names no source", table.name, r)
			}
		}
		t.Logf("%s: %d rows, %d combinations", table.name, len(table.rows), walked)
	}
}

// Each row that lacks a fact, an effect or itself, or leads elsewhere, must be found.
func TestMutantsOfTheRulesAreFound(t *testing.T) {
	for _, table := range tables() {
		mutants := 0
		try := func(name string, rows []row) {
			mutants++
			if wrong, _ := table.faulty(rows); wrong == "" {
				t.Errorf("%s: nobody minds: %s", table.name, name)
			}
		}
		for i, r := range table.rows {
			say := func(what string) string { return fmt.Sprintf("row %d (%s, %s): %s", i, r.from, r.on, what) }
			with := func(what string, changed row) {
				rows := slices.Clone(table.rows)
				rows[i] = changed
				try(say(what), rows)
			}
			try(say("gone"), slices.Delete(slices.Clone(table.rows), i, i+1))
			for bit, name := range table.facts {
				f, flipped, dropped := uint8(1<<bit), r, r
				switch {
				case r.yes&f != 0:
					flipped.yes, flipped.no, dropped.yes = r.yes&^f, r.no|f, r.yes&^f
				case r.no&f != 0:
					flipped.yes, flipped.no, dropped.no = r.yes|f, r.no&^f, r.no&^f
				default:
					flipped.yes, dropped.no = r.yes|f, r.no|f
				}
				with("flip "+name, flipped)
				with("drop or add "+name, dropped)
			}
			for _, s := range table.states {
				if s != r.to {
					changed := r
					changed.to = s
					with("to "+s, changed)
				}
			}
			for _, e := range table.effects {
				changed := r
				if at := slices.Index(r.do, e); at >= 0 {
					changed.do = slices.Delete(slices.Clone(r.do), at, at+1)
				} else {
					changed.do = append(slices.Clone(r.do), e)
				}
				with("toggle "+e, changed)
			}
		}
		t.Logf("%s: %d mutants", table.name, mutants)
	}
}

func does[T ~string](r row, e T) bool { return slices.Contains(r.do, string(e)) }

func is[T ~string](said string, all ...T) bool { return slices.Contains(all, T(said)) }

// checkObligations say in other words, written apart from the rows, what must be so in each.
var checkObligations = []obligation{
	{"ATK-076: no code and no call without a ripe mobile", func(_, on string, f uint8, r row) bool {
		ripe := CheckFact(f)&RipeMobile != 0
		return is(on, SendCode) == (does(r, IssueCode) || !ripe && is(on, SendCode)) &&
			(!is(on, SendCode) || does(r, IssueCode) == ripe && does(r, TextCode) == ripe && is(r.to, CodeSent) == (ripe || is(r.from, CodeSent))) &&
			(!is(on, BeginCall) || does(r, ShowNumber) == ripe && is(r.to, CallBegun) == (ripe || is(r.from, CallBegun)))
	}},
	{"codes are issued and texted by sending only, numbers shown by calling only", func(_, on string, _ uint8, r row) bool {
		return (is(on, SendCode) || !does(r, IssueCode) && !does(r, TextCode)) && (is(on, BeginCall) || !does(r, ShowNumber))
	}},
	{"ATK-075: a code checks a caller for the operator whom it is bound to, once, and when it is right", func(from, on string, f uint8, r row) bool {
		good := is(from, CodeSent) && is(on, GiveCode) && CheckFact(f)&Right != 0 && CheckFact(f)&Mine != 0
		return does(r, UseCode) == good && (!good || is(r.to, ByCode)) && (good || !is(r.to, ByCode) || is(from, ByCode) && r.to == from)
	}},
	{"ATK-018: a wrong code counts, for whoever may try", func(_, on string, f uint8, r row) bool {
		wrong := is(on, GiveCode) && CheckFact(f)&Right == 0 && CheckFact(f)&Mine != 0
		return does(r, CountGuess) == wrong && (!wrong || is(r.to, CodeSent))
	}},
	{"a call back is confirmed by whoever has called, while the number is still ripe", func(from, on string, f uint8, r row) bool {
		if !is(on, ConfirmCall) {
			return !is(r.to, ByCallBack) || is(from, ByCallBack)
		}
		good := CheckFact(f)&Mine != 0 && CheckFact(f)&RipeMobile != 0
		return is(r.to, ByCallBack) == good && (good || r.to == from) && len(r.do) == 0
	}},
	{"ATK-074: papers are enough when two operators say so", func(from, on string, f uint8, r row) bool {
		if !is(on, SecondPapers) {
			return !is(r.to, ByPapers) || is(from, ByPapers)
		}
		good := CheckFact(f)&Papered != 0 && CheckFact(f)&Mine == 0
		return is(r.to, ByPapers) == good && (good || r.to == from) && len(r.do) == 0
	}},
	{"papers are noted when they are enough", func(from, on string, f uint8, r row) bool {
		good := is(on, NotePapers) && CheckFact(f)&Papered != 0
		return does(r, KeepPapers) == good && (!is(on, NotePapers) || (good && is(r.to, PapersNoted) || !good && r.to == from))
	}},
	{"what is refused leaves the caller where they were", func(from, on string, _ uint8, r row) bool {
		return len(r.do) > 0 || r.to == from || is(on, ConfirmCall, SecondPapers)
	}},
}

// deedObligations say in other words, written apart from the rows, what must be so in each.
var deedObligations = []obligation{
	{"ATK-022: nothing is done or announced that is not unlocked", func(_, _ string, f uint8, r row) bool {
		return DeedFact(f)&Unlocked != 0 || !does(r, Carry) && !does(r, Notify) && !does(r, Tell)
	}},
	{"ATK-074: where two are needed, no proposal does anything", func(_, on string, f uint8, r row) bool {
		return !is(on, Propose) || DeedFact(f)&NeedsTwo == 0 || len(r.do) == 0 && is(r.to, Proposed, Start)
	}},
	{"ATK-074: only another operator seconds", func(from, on string, f uint8, r row) bool {
		return !is(on, Second) || DeedFact(f)&Another != 0 || r.to == from && len(r.do) == 0
	}},
	{"a proposal that is unlocked goes on", func(_, on string, f uint8, r row) bool {
		if !is(on, Propose) {
			return true
		}
		switch d := DeedFact(f); {
		case d&Unlocked == 0:
			return is(r.to, Start)
		case d&NeedsTwo != 0:
			return is(r.to, Proposed)
		case d&Waits != 0:
			return is(r.to, Waiting)
		}
		return is(r.to, Done)
	}},
	{"an agreement in time leads on, and one that is late nowhere", func(from, on string, f uint8, r row) bool {
		if !is(on, Second) || !is(from, Proposed) {
			return true
		}
		d := DeedFact(f)
		if d&(Unlocked|Another|InTime) != Unlocked|Another|InTime {
			return is(r.to, Proposed)
		}
		return is(r.to, Waiting) == (d&Waits != 0) && is(r.to, Done) == (d&Waits == 0)
	}},
	{"whatever begins to wait is announced, with the link that stops it", func(from, _ string, _ uint8, r row) bool {
		return does(r, Notify) == (is(r.to, Waiting) && !is(from, Waiting))
	}},
	{"whatever is done is carried out and told, once", func(from, _ string, _ uint8, r row) bool {
		now := is(r.to, Done) && !is(from, Done)
		return does(r, Carry) == now && does(r, Tell) == now
	}},
	{"what waits is done when its time is over, and not before", func(from, on string, f uint8, r row) bool {
		if !is(from, Waiting) || !is(on, Pass) {
			return !is(from, Waiting) || !is(r.to, Done)
		}
		d := DeedFact(f)
		return is(r.to, Waiting) == (d&InTime != 0) && is(r.to, Done) == (d&InTime == 0 && d&Unlocked != 0) &&
			is(r.to, Withdrawn) == (d&InTime == 0 && d&Unlocked == 0)
	}},
	{"the owner stops what waits until its time is over", func(from, on string, f uint8, r row) bool {
		stops := is(from, Waiting) && is(on, Stop) && DeedFact(f)&InTime != 0
		return is(r.to, Stopped) == (stops || is(from, Stopped)) && (!is(on, Stop) || stops || r.to == from)
	}},
	{"an operator takes back what is not over, and nothing that is being done", func(from, on string, f uint8, r row) bool {
		if !is(on, Withdraw) {
			return true
		}
		if is(from, Proposed) || is(from, Waiting) && DeedFact(f)&InTime != 0 {
			return is(r.to, Withdrawn) && len(r.do) == 0
		}
		return r.to == from && len(r.do) == 0
	}},
	{"what nobody seconds lapses", func(from, on string, f uint8, r row) bool {
		late := is(from, Proposed) && is(on, Pass) && DeedFact(f)&InTime == 0
		return is(r.to, Lapsed) == (late || is(from, Lapsed)) && (!is(from, Proposed) || !is(on, Pass) || late || r.to == from)
	}},
	{"what is over stays over", func(from, _ string, _ uint8, r row) bool {
		return !is(from, Done, Stopped, Withdrawn, Lapsed) || r.to == from && len(r.do) == 0
	}},
	{"what waits and is agreed to again waits", func(from, on string, _ uint8, r row) bool {
		return !is(from, Waiting) || !is(on, Second) || r.to == from && len(r.do) == 0
	}},
}

// Each act has the proofs and the brakes that a table written apart asks of it: an operator alone tells an identifier
// and has a letter sent to an address on file, and nothing else.
func TestATK074EachActAsksWhatItMust(t *testing.T) {
	alone := []Act{TellIdentifier, SendAccess}
	for _, act := range Acts {
		for _, s := range Standings {
			for _, manager := range []bool{false, true} {
				u, ok := UnlockFor(act, s, manager)
				switch {
				case !s.Checked() && ok:
					t.Errorf("%s is open to a caller who is %s", act, s)
				case !ok:
					continue
				case slices.Contains(alone, act) == u.Two:
					t.Errorf("%s by %s: two operators: %v", act, s, u.Two)
				case !slices.Contains(alone, act) && !manager:
					t.Errorf("%s is open for somebody whom a manager helps", act)
				case s == ByPapers && u.Two && u.Wait < 72*time.Hour:
					t.Errorf("%s by papers waits %v", act, u.Wait)
				case (act == ReplaceMobile || act == NameManager) && s != ByPapers:
					t.Errorf("%s by %s", act, s)
				case act == ResetFactors && u.Wait < 24*time.Hour:
					t.Errorf("%s by %s waits %v", act, s, u.Wait)
				case u.Source == "":
					t.Errorf("%s by %s names no source", act, s)
				}
			}
		}
		if _, ok := UnlockFor(act, ByPapers, true); !ok {
			t.Errorf("nobody ever gets %s: a dead end", act)
		}
	}
	for i, u := range Unlocks {
		for j, other := range Unlocks[:i] {
			if u.Act == other.Act && slices.ContainsFunc(u.By, func(s Standing) bool { return slices.Contains(other.By, s) }) {
				t.Errorf("rows %d and %d both open %s", j, i, u.Act)
			}
		}
	}
}
