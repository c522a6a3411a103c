package signin

import (
	"slices"
	"testing"

	"loquet/audit"
)

// obligation says in other words, written apart from the rules, what a person must meet in each situation.
type obligation struct {
	name string
	must func(facts Fact, r Rule) bool
}

const opens = "a session of some stage opens exactly when the state says so"

// openedIn gives the state that goes with each opening effect.
var openedIn = map[Effect]State{OpenSession: Entered, OpenRenewal: Renewing, OpenSecond: Proving, OpenSetUp: SettingUp}

// opened gives the effect that opens a session in a row, empty for none; ok is false when there are several.
func opened(r Rule) (effect Effect, ok bool) {
	for _, e := range r.Do {
		if _, opens := openedIn[e]; opens {
			if effect != "" {
				return effect, false
			}
			effect = e
		}
	}
	return effect, true
}

// obliged holds for all three tables.
var obliged = []obligation{
	{opens, func(_ Fact, r Rule) bool {
		effect, ok := opened(r)
		return ok && (effect == "" || openedIn[effect] == r.To)
	}},
	{"nobody is Entered or SettingUp without a session", func(_ Fact, r Rule) bool {
		effect, _ := opened(r)
		return r.To != Entered && r.To != SettingUp || effect != ""
	}},
	{"a closed account opens nothing (ATK-022, ATK-039)", func(f Fact, r Rule) bool {
		effect, _ := opened(r)
		return has(f, Open) || effect == "" && len(r.Do) == 0 && !slices.Contains([]State{Renewing, Entered, SettingUp}, r.To)
	}},
	{"whoever must renew is never Entered (ATK-032)", func(f Fact, r Rule) bool {
		return !has(f, MustRenew) || r.To != Entered && r.To != SettingUp
	}},
	{"what opens nothing changes nothing", func(_ Fact, r Rule) bool {
		effect, _ := opened(r)
		return effect != "" || len(r.Do) == 0
	}},
}

// owners are what only the owner can have given.
const owners = Password | secret

var byPasswordObliged = []obligation{
	{"a session needs the right password", func(f Fact, r Rule) bool {
		return r.To != Entered && r.To != SettingUp || has(f, Password) && !has(f, Wait)
	}},
	{"nobody is Entered by a password alone who has a second proof to give, or is late to set one up (ATK-034)",
		func(f Fact, r Rule) bool { return r.To != Entered || f&(Both|Overdue) == 0 }},
	{"nobody renews by a secret or a password alone who has a second proof to give (ATK-034)", func(f Fact, r Rule) bool {
		return r.To != Renewing || !has(f, Both)
	}},
	{"whoever has a second proof to give may give it, and nobody else", func(f Fact, r Rule) bool {
		first := has(f, Temporary) || has(f, Held) || has(f, Password) && f&(Wait|Dead) == 0
		return (first && has(f, Open|Both)) == (r.To == Proving)
	}},
	{"whoever is late sets up a second proof, and nobody else", func(f Fact, r Rule) bool {
		right := has(f, Password|Open|Overdue) && f&(Wait|secret|Both|MustRenew) == 0
		return right == (r.To == SettingUp)
	}},
	{"the grace begins when it is told, and not before", func(f Fact, r Rule) bool {
		told := r.To == SettingUp || r.To == Entered && has(f, Due)
		return told == slices.Contains(r.Do, KeepAsked)
	}},
	{"a temporary password never leads to a session (ATK-031)", func(f Fact, r Rule) bool {
		return f&secret == 0 || r.To != Entered && r.To != SettingUp
	}},
	{"a living temporary password of an open account is burnt with what it opens", func(f Fact, r Rule) bool {
		effect, _ := opened(r)
		good := has(f, Temporary|Open)
		return good == slices.Contains(r.Do, BurnSecret) && (!good || effect == OpenRenewal || effect == OpenSecond)
	}},
	{"a renewal opens only by a temporary password or by the password that must be renewed", func(f Fact, r Rule) bool {
		return !slices.Contains(r.Do, OpenRenewal) || has(f, Temporary) || has(f, Password) && has(f, MustRenew)
	}},
	{"without a right secret all are told the same (ATK-025, ENUM-07)", func(f Fact, r Rule) bool {
		if f&owners != 0 {
			return true
		}
		return has(f, Wait) && r.To == Waiting || !has(f, Wait) && r.To == Refused
	}},
	{"a wait holds for passwords (ATK-019)", func(f Fact, r Rule) bool {
		return !has(f, Wait) || f&secret != 0 || r.To == Waiting
	}},
	{"a wait does not hold for a temporary password (ATK-023)", func(f Fact, r Rule) bool {
		return !has(f, Temporary|Open) || r.To == Renewing || r.To == Proving
	}},
	{"the right password of an open account gets in where one proof is enough", func(f Fact, r Rule) bool {
		if f&(Wait|secret|MustRenew|Both|Overdue) != 0 || !has(f, Password|Open) {
			return true
		}
		want := []Effect{OpenSession, ClearTries, CancelSecrets, ReplaceHeld}
		return r.To == Entered && slices.Equal(r.Do[:len(want)], want)
	}},
	{"the right password clears the tries, and cancels what was mailed unless one more proof is asked", func(f Fact, r Rule) bool {
		if f&(Wait|secret) != 0 || !has(f, Password|Open) {
			return true
		}
		return slices.Contains(r.Do, ClearTries) && slices.Contains(r.Do, CancelSecrets) == !has(f, Both)
	}},
	{"only a right password cancels what was mailed, and clears the tries", func(f Fact, r Rule) bool {
		either := slices.Contains(r.Do, CancelSecrets) || slices.Contains(r.Do, ClearTries)
		return !either || has(f, Password) && f&secret == 0
	}},
	{"a new session takes the place of the one that this browser held (ATK-035)", func(_ Fact, r Rule) bool {
		effect, _ := opened(r)
		return (effect != "") == slices.Contains(r.Do, ReplaceHeld)
	}},
	{"a browser that holds what the secret opened goes back to it", func(f Fact, r Rule) bool {
		if has(f, Temporary) || !has(f, Held|Open) {
			return true
		}
		return len(r.Do) == 0 && (r.To == Renewing && !has(f, Both) || r.To == Proving && has(f, Both))
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
	{"the journal says what happened", func(f Fact, r Rule) bool {
		if r.Note == "" {
			return true
		}
		switch r.To {
		case Renewing, Proving:
			if has(f, Temporary) {
				return r.Note == audit.SecretUsed
			}
			return r.To == Proving && r.Note == audit.SecondAsked || r.To == Renewing && r.Note == audit.SignedIn
		}
		return r.Note == map[State]audit.Act{
			Refused: audit.SignInRefused, Stopped: audit.SignInStopped, Expired: audit.SecretRefused, Entered: audit.SignedIn,
			SettingUp: audit.SignedIn,
		}[r.To]
	}},
	{"the effects of the other entrances happen at those", func(_ Fact, r Rule) bool {
		return !slices.ContainsFunc(r.Do, func(e Effect) bool { return e == UseProof || e == EndPending || e == ClearSecond })
	}},
}

var bySecondObliged = []obligation{
	{"nothing opens without the second proof, which serves once and ends what waited for it (ATK-034, ATK-064)",
		func(f Fact, r Rule) bool {
			effect, _ := opened(r)
			good := has(f, Second|Open)
			return good == (effect != "") && good == slices.Contains(r.Do, UseProof) && good == slices.Contains(r.Do, EndPending)
		}},
	{"what was mailed leads to a renewal only, and never to a session (ATK-031, ATK-066)", func(f Fact, r Rule) bool {
		return !has(f, Second|Open|Mailed) || r.To == Renewing && !slices.Contains(r.Do, CancelSecrets)
	}},
	{"password and second proof get in, or to the renewal that is owed; what was mailed is not needed then", func(f Fact, r Rule) bool {
		if !has(f, Second|Open) || has(f, Mailed) {
			return true
		}
		in := has(f, MustRenew) && r.To == Renewing || !has(f, MustRenew) && r.To == Entered
		return in && slices.Contains(r.Do, CancelSecrets)
	}},
	{"a wrong one waits or is asked again; it clears nothing", func(f Fact, r Rule) bool {
		if has(f, Second) {
			return true
		}
		return has(f, Wait) && r.To == Waiting || !has(f, Wait) && r.To == Proving
	}},
	{"a closed account is told (ATK-022)", func(f Fact, r Rule) bool {
		return !has(f, Second) || has(f, Open) || r.To == Stopped
	}},
	{"only its own tries are cleared (ATK-068)", func(f Fact, r Rule) bool {
		return slices.Contains(r.Do, ClearSecond) == has(f, Second|Open) && !slices.Contains(r.Do, ClearTries)
	}},
	{"the effects of the other entrances happen at those", func(_ Fact, r Rule) bool {
		return !slices.ContainsFunc(r.Do, func(e Effect) bool {
			return slices.Contains([]Effect{OpenSecond, OpenSetUp, BurnSecret, ReplaceHeld, KeepAsked}, e)
		})
	}},
	{"the journal says what happened", func(f Fact, r Rule) bool {
		want := map[State]audit.Act{
			Proving: audit.SecondRefused, Stopped: audit.SignInStopped, Entered: audit.SignedIn, Renewing: audit.SignedIn,
		}[r.To]
		if has(f, Mailed) && r.To == Renewing {
			want = audit.IdentityProven
		}
		return r.Note == want
	}},
}

var byPasskeyObliged = []obligation{
	{"nothing opens without the passkey, which serves once (ATK-067)", func(f Fact, r Rule) bool {
		effect, _ := opened(r)
		return has(f, Passkey|Open) == (effect != "") && has(f, Passkey|Open) == slices.Contains(r.Do, UseProof)
	}},
	{"a right one gets in, or to the renewal that is owed, whatever has been tried (ATK-023)", func(f Fact, r Rule) bool {
		return !has(f, Passkey|Open) || has(f, MustRenew) && r.To == Renewing || !has(f, MustRenew) && r.To == Entered
	}},
	{"it takes the place of what this browser held (ATK-035), and what was mailed is not needed", func(f Fact, r Rule) bool {
		good := has(f, Passkey|Open)
		return good == slices.Contains(r.Do, ReplaceHeld) && good == slices.Contains(r.Do, CancelSecrets)
	}},
	{"the tries of the password stay counted (ATK-068)", func(_ Fact, r Rule) bool {
		return !slices.Contains(r.Do, ClearTries) && !slices.Contains(r.Do, ClearSecond)
	}},
	{"a wrong one is refused, or waits", func(f Fact, r Rule) bool {
		return has(f, Passkey) || has(f, Wait) && r.To == Waiting || !has(f, Wait) && r.To == Refused
	}},
	{"a closed account is told to whoever holds its passkey", func(f Fact, r Rule) bool {
		return !has(f, Passkey) || has(f, Open) || r.To == Stopped
	}},
	{"the effects of the other entrances happen at those", func(_ Fact, r Rule) bool {
		return !slices.ContainsFunc(r.Do, func(e Effect) bool {
			return slices.Contains([]Effect{OpenSecond, OpenSetUp, BurnSecret, EndPending, KeepAsked}, e)
		})
	}},
	{"the journal says what happened", func(_ Fact, r Rule) bool {
		return r.Note == map[State]audit.Act{
			Refused: audit.PasskeyRefused, Stopped: audit.SignInStopped, Entered: audit.SignedIn, Renewing: audit.SignedIn,
		}[r.To]
	}},
}

// owed gives the obligations of each table.
var owed = map[string][]obligation{
	PasswordRules.Name: slices.Concat(obliged, byPasswordObliged),
	SecondRules.Name:   slices.Concat(obliged, bySecondObliged),
	PasskeyRules.Name:  slices.Concat(obliged, byPasskeyObliged),
}

// combinations gives every combination of a table's facts.
func combinations(of Fact) (all []Fact) {
	for f := Fact(0); f <= of; f++ {
		if f&^of == 0 {
			all = append(all, f)
		}
	}
	return all
}

// broken gives the first thing that is wrong with a table, or nothing.
func broken(t Table, all []Fact) string {
	for _, facts := range all {
		n := 0
		for _, r := range t.Rules {
			if r.holds(facts) {
				n++
			}
		}
		if n != 1 {
			return "not exactly one row"
		}
		row := t.Next(facts)
		for _, o := range owed[t.Name] {
			if !o.must(facts, row) {
				return o.name
			}
		}
	}
	return ""
}

func TestEveryCombinationHasExactlyOneRow(t *testing.T) {
	for _, table := range Tables {
		all := combinations(table.Facts)
		for _, facts := range all {
			var rows []int
			for i, r := range table.Rules {
				if r.holds(facts) {
					rows = append(rows, i)
				}
				if (r.If|r.Not)&^table.Facts != 0 {
					t.Fatalf("%s: row %d depends on a fact that the table does not name", table.Name, i)
				}
			}
			if len(rows) != 1 {
				t.Errorf("%s, facts %013b: rows %v hold", table.Name, facts, rows)
			}
		}
		t.Logf("%s: %d rows, %d combinations", table.Name, len(table.Rules), len(all))
	}
}

func TestObligationsHold(t *testing.T) {
	for _, table := range Tables {
		for _, o := range owed[table.Name] {
			for _, facts := range combinations(table.Facts) {
				if r := table.Next(facts); !o.must(facts, r) {
					t.Errorf("%s, %s: facts %013b lead to %s %v", table.Name, o.name, facts, r.To, r.Do)
				}
			}
		}
	}
}

// TestMutantsAreCaught breaks the tables in every small way and wants each broken one to be noticed.
func TestMutantsAreCaught(t *testing.T) {
	for _, table := range Tables {
		all := combinations(table.Facts)
		if why := broken(table, all); why != "" {
			t.Fatalf("the rules as they are, %s: %s", table.Name, why)
		}
		mutants := mutate(table)
		for _, m := range mutants {
			broke := table
			broke.Rules = m.rules
			if broken(broke, all) == "" {
				t.Errorf("%s survives: %s", table.Name, m.name)
			}
		}
		t.Logf("%s: %d mutants", table.Name, len(mutants))
	}
}
