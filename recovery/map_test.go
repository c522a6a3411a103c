package recovery

import (
	"math/bits"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// expected says in other words how somebody gets in with what they have.
func expected(f Footing) Reach {
	first := f.Has&(HasIdentifier|HasPassword) == HasIdentifier|HasPassword || f.Has&HasMailbox != 0
	second := !f.Both || f.Has&(HasKey|HasApp|HasCodes|HasPasskey) != 0
	switch {
	case f.Has&HasPasskey != 0 || first && second:
		return ByOneself
	case f.Has&HasColleague != 0:
		return ByColleague // who tells the identifier, gives an address and takes lost proofs away
	}
	return Nowhere
}

// footings gives every footing.
func footings() (all []Footing) {
	for has := 0; has <= int(Everything); has++ {
		all = append(all, Footing{Has(has), false}, Footing{Has(has), true})
	}
	return all
}

// wrong gives the first footing and loss for which ways lead elsewhere than expected, of at most two losses.
func wrong(ways []Way) (f Footing, lost Has, walked int, ok bool) {
	for _, f := range footings() {
		for lost := 0; lost <= int(Everything); lost++ {
			if bits.OnesCount(uint(lost)) > 2 || Has(lost)&^f.Has != 0 {
				continue
			}
			walked++
			left := Footing{f.Has &^ Has(lost), f.Both}
			if after(ways, f, Has(lost)) != expected(left) {
				return f, Has(lost), walked, false
			}
		}
	}
	return Footing{}, 0, walked, true
}

// TestTheMapLeadsWhereItSays walks every footing and every loss of one or two things.
func TestTheMapLeadsWhereItSays(t *testing.T) {
	f, lost, walked, ok := wrong(Ways)
	if !ok {
		t.Fatalf("%s (both: %v) without %s: %s", f.Has, f.Both, lost, f.After(lost))
	}
	t.Logf("%d footings, %d losses", len(footings()), walked)
}

// A dead end that is planted is found: each way that is taken out leaves somebody outside, or without a way of their
// own. « letter for the identifier » alone is a shorter way along another one.
func TestThePlantedDeadEndIsFound(t *testing.T) {
	for i, w := range Ways {
		_, _, _, ok := wrong(slices.Delete(slices.Clone(Ways), i, i+1))
		if spare := w.Name == "letter for the identifier" || w.Name == "a colleague tells the identifier"; ok != spare {
			t.Errorf("without « %s » nothing is amiss: %v", w.Name, ok)
		}
	}
}

// A weak way that is planted is found: somebody gets in with less than is asked.
func TestThePlantedWeakWayIsFound(t *testing.T) {
	for _, weak := range []Way{
		{Name: "the mailbox alone", Needs: HasMailbox, In: true},
		{Name: "a security key alone", Needs: HasKey, In: true},
		{Name: "printed codes for both", Needs: HasCodes, Gives: HasPassword | HasIdentifier},
		{Name: "a letter that resets", Needs: HasMailbox, Resets: true},
		{Name: "a letter without the second proof", Needs: HasMailbox, Gives: HasPasskey},
	} {
		if _, _, _, ok := wrong(append(slices.Clone(Ways), weak)); ok {
			t.Errorf("« %s » is not found", weak.Name)
		}
	}
}

// TestSafetyNamesTheLosses wants the losses that a safety names to be those that it is about, and no other.
func TestSafetyNamesTheLosses(t *testing.T) {
	counts := map[Safety]int{}
	for _, f := range footings() {
		is, losses := f.Safety()
		counts[is]++
		for has := Has(1); has != 0; has <<= 1 {
			if f.Has&has == 0 {
				continue
			}
			left := expected(Footing{f.Has &^ has, f.Both})
			named := slices.Contains(losses, has)
			if want := is == OneLoss && left == Nowhere || is == Helped && left == ByColleague; named != want {
				t.Errorf("%s (both: %v) is %s: the loss of %s is named %v", f.Has, f.Both, is, has, named)
			}
			if is == Firm && left != ByOneself || is == Helped && left == Nowhere {
				t.Errorf("%s (both: %v) is %s, but without %s %s", f.Has, f.Both, is, has, left)
			}
		}
		if (is == NoWay) != (expected(f) == Nowhere) {
			t.Errorf("%s (both: %v) is %s", f.Has, f.Both, is)
		}
	}
	t.Log(counts)
}

// TestCureHelps wants a cure wherever one of the list helps, and the first that does.
func TestCureHelps(t *testing.T) {
	for _, f := range footings() {
		is, _ := f.Safety()
		cure := f.Cure()
		if is == Firm && cure != 0 {
			t.Errorf("%s needs no %s", f.Has, cure)
		}
		if cure == 0 {
			continue
		}
		better, _ := Footing{f.Has | cure, f.Both}.Safety()
		if f.Has&cure != 0 || rank(better) >= rank(is) {
			t.Errorf("%s is %s, and with %s %s", f.Has, is, cure, better)
		}
	}
	for name, c := range map[string]struct {
		f    Footing
		want Has
	}{
		"a family without an address":         {Footing{HasIdentifier | HasPassword | HasColleague, false}, HasMailbox},
		"the only Gérant, with a password":    {Footing{HasIdentifier | HasPassword | HasMailbox, false}, 0},
		"the only Gérant, with an app":        {Footing{HasIdentifier | HasPassword | HasMailbox | HasApp, true}, HasCodes},
		"an agent with an app and a mailbox":  {Footing{HasIdentifier | HasPassword | HasMailbox | HasApp | HasColleague, true}, HasCodes},
		"a passkey alone, and nobody to help": {Footing{HasIdentifier | HasPasskey, false}, HasMailbox},
	} {
		if got := c.f.Cure(); got != c.want {
			is, losses := c.f.Safety()
			t.Errorf("%s: %s is cured by %q, want %q (losses %v)", name, is, got, c.want, losses)
		}
	}
}

func TestFootingOf(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	policy := organisation.AutoEcole.Policy()
	person := account.Account{Role: account.Gerant, Factors: account.Factors{Password: true, App: true, Codes: 3}}
	for name, c := range map[string]struct {
		emails    []account.Email
		colleague bool
		want      Has
	}{
		"no address":        {nil, false, HasIdentifier | HasPassword | HasApp | HasCodes},
		"unproven":          {[]account.Email{{Address: "a@b.example"}}, false, HasIdentifier | HasPassword | HasApp | HasCodes},
		"letters come back": {[]account.Email{{Proven: true, Unreachable: true}}, false, HasIdentifier | HasPassword | HasApp | HasCodes},
		"two, one of which is read": {[]account.Email{{Proven: true, Unreachable: true}, {Proven: true}}, true,
			HasIdentifier | HasPassword | HasApp | HasCodes | HasMailbox | HasColleague},
	} {
		person.Emails = c.emails
		if f := FootingOf(person, policy, c.colleague, now); f.Has != c.want || !f.Both {
			t.Errorf("%s: %+v", name, f)
		}
	}
	person.Emails, person.Factors = nil, account.Factors{Passkeys: 1}
	if f := FootingOf(person, organisation.Policy{}, false, now); f != (Footing{HasIdentifier | HasPasskey, false}) {
		t.Errorf("a passkey for convenience: %+v", f)
	}
}
