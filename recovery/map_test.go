package recovery

import (
	"iter"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// expected says in other words how somebody gets in with what they have.
func expected(f Footing) Reach {
	has := func(any Has) bool { return f.Has&any != 0 }
	second := !f.Both || has(HasKey|HasApp|HasCodes|HasPasskey)
	knows := has(HasIdentifier|HasSession) && has(HasPassword)
	switch {
	case has(HasPasskey), has(HasSession) && has(HasPassword): // a session and a fresh proof make a passkey
		return ByOneself
	case second && (knows || has(HasMailbox|HasSlip)):
		return ByOneself
	case has(HasColleague | HasSecondManager):
		return ByColleague // who tells the identifier, gives an address and takes lost proofs away
	case !has(HasDesk):
		return Nowhere
	case f.Manager && has(HasMobile|HasPapers), has(HasMobile) && has(HasPassword) && second:
		return ByDesk // which does all of it for a manager, and tells others their identifier
	}
	return Nowhere
}

// footings gives every footing.
func footings() iter.Seq[Footing] {
	return func(yield func(Footing) bool) {
		for flags := range 4 {
			for has := 0; has <= int(Everything); has++ {
				if !yield(Footing{Has: Has(has), Both: flags&1 != 0, Asks: flags&1 != 0, Manager: flags&2 != 0}) {
					return
				}
			}
		}
	}
}

// wrong gives the first footing from which ways lead elsewhere than expected.
func wrong(ways []Way) (f Footing, found bool) {
	for f := range footings() {
		if after(ways, f, 0) != expected(f) {
			return f, true
		}
	}
	return Footing{}, false
}

// TestTheMapLeadsWhereItSays walks every footing and every loss of one or two things.
func TestTheMapLeadsWhereItSays(t *testing.T) {
	all, walked := 0, 0
	for f := range footings() {
		all++
		for one := Has(1); one <= Everything; one <<= 1 {
			for other := one; other <= Everything; other <<= 1 { // twice the same is a single loss
				lost := one | other
				if f.Has&lost != lost {
					continue
				}
				walked++
				if got, want := f.After(lost), expected(f.with(f.Has&^lost)); got != want {
					t.Fatalf("%+v, %s without %s: %s, want %s", f, f.Has, lost, got, want)
				}
			}
		}
	}
	if f, found := wrong(Ways); found {
		t.Fatalf("%+v, %s: %s, want %s", f, f.Has, f.After(0), expected(f))
	}
	t.Logf("%d footings, %d losses of one or two things", all, walked)
}

// spare names the ways beside which another one leads as far: a shorter way, or one for a smaller need.
var spare = []string{
	"identifier-letter", "session-page", "colleague-identifier", "colleague-slip", "desk-letter", "papers-identifier",
	"papers-address", "papers-mobile", "papers-proofs", "papers-manager",
}

// A dead end that is planted is found: each way that is taken out leaves somebody outside, or without a way of their
// own.
func TestThePlantedDeadEndIsFound(t *testing.T) {
	without := func(gone func(Way) bool) []Way { return slices.DeleteFunc(slices.Clone(Ways), gone) }
	for _, w := range Ways {
		_, found := wrong(without(func(one Way) bool { return one.Name == w.Name }))
		if found == slices.Contains(spare, w.Name) {
			t.Errorf("without « %s » something is amiss: %v", w.Name, found)
		}
	}
	if _, found := wrong(without(func(one Way) bool { return one.Needs&HasPapers != 0 })); !found {
		t.Error("without papers nothing is amiss")
	}
}

// A way that asks for a second proof where it should not, or not where it should, is found, and so is one that is there
// for others than it should.
func TestThePlantedFaultInAWayIsFound(t *testing.T) {
	for i, w := range Ways {
		bent := slices.Clone(Ways)
		bent[i].Second = !w.Second
		decides := []string{"password", "letter", "slip", "session-proof", "desk-proofs"} // nothing shorter lies beside
		if _, found := wrong(bent); !found && slices.Contains(decides, w.Name) {
			t.Errorf("« %s » may ask for a second proof or not", w.Name)
		}
		if !w.Managers || w.Needs&HasPapers != 0 { // papers are expected of nobody else
			continue
		}
		bent = slices.Clone(Ways)
		bent[i].Managers = false
		if _, found := wrong(bent); !found {
			t.Errorf("« %s » may be for everybody", w.Name)
		}
	}
}

// planted are ways that no portal should have.
var planted = []Way{
	{Name: "the mailbox alone", Needs: HasMailbox, In: true},
	{Name: "a security key alone", Needs: HasKey, In: true},
	{Name: "printed codes for both", Needs: HasCodes, Gives: HasPassword | HasIdentifier},
	{Name: "a letter that resets", Needs: HasMailbox, Resets: true},
	{Name: "a letter without the second proof", Needs: HasMailbox, Gives: HasPasskey},
	{Name: "the desk without a check", Needs: HasDesk, Gives: HasPasskey},
	{Name: "the number that the telephone shows", Needs: HasMobile, Gives: HasMailbox | HasApp},
	{Name: "papers in a letter", Needs: HasPapers, Managers: true, In: true},
	{Name: "a session that is left open", Needs: HasSession, Gives: HasPasskey},
}

// A weak way that is planted is found twice: somebody gets in with less than is expected, and Weak names it.
func TestThePlantedWeakWayIsFound(t *testing.T) {
	for _, w := range planted {
		with := append(slices.Clone(Ways), w)
		if _, found := wrong(with); !found {
			t.Errorf("« %s » leads nowhere new", w.Name)
		}
		if !slices.Contains(namesOf(weak(with, true)), w.Name) {
			t.Errorf("« %s » is not weak: %v", w.Name, namesOf(weak(with, true)))
		}
	}
	free := append(slices.Clone(Ways), Way{Name: "the identifier alone", Needs: HasIdentifier, In: true})
	if got := namesOf(weak(free, false)); !slices.Equal(got, []string{"the identifier alone"}) {
		t.Errorf("where one proof is asked, weak are %v", got)
	}
}

// What is weaker than two proofs is known, and why it is there stands in ADR-0019: a colleague vouches alone.
func TestTheWeakWaysAreKnown(t *testing.T) {
	if got := namesOf(Weak(true)); !slices.Equal(got, []string{"colleague-address", "colleague-proofs"}) {
		t.Errorf("weaker than two proofs are %v", got)
	}
	if got := Weak(false); len(got) > 0 {
		t.Errorf("weaker than one proof are %v", namesOf(got))
	}
}

func namesOf(ways []Way) (names []string) {
	for _, w := range ways {
		names = append(names, w.Name)
	}
	return names
}

// TestMoreIsNeverWorse adds each thing to each footing: nobody stands less firmly, or gets in with more trouble, for it.
func TestMoreIsNeverWorse(t *testing.T) {
	safeties := map[Footing]Safety{}
	for f := range footings() {
		safeties[f], _ = f.Safety()
	}
	for f, is := range safeties {
		for more := Has(1); more <= Everything; more <<= 1 {
			with := f.with(f.Has | more)
			if safeties[with].Worse(is) {
				t.Fatalf("%+v, %s is %s, and with %s %s", f, f.Has, is, more, safeties[with])
			}
		}
	}
}

// TestSafetyNamesTheLosses wants the losses that a safety names to be those that it is about, and no other.
func TestSafetyNamesTheLosses(t *testing.T) {
	counts := map[Safety]int{}
	for f := range footings() {
		is, losses := f.Safety()
		counts[is]++
		now := expected(f)
		if (is == NoWay) != (now == Nowhere) || is == NoWay && len(losses) > 0 {
			t.Fatalf("%+v, %s is %s by %v", f, f.Has, is, losses)
		}
		for has := Has(1); has <= Everything; has <<= 1 {
			if f.Has&has == 0 || is == NoWay {
				continue
			}
			left := expected(f.with(f.Has &^ has))
			named := slices.Contains(losses, has)
			if want := is == OneLoss && left == Nowhere || is == Helped && left != ByOneself; named != want {
				t.Fatalf("%+v, %s is %s: the loss of %s is named %v", f, f.Has, is, has, named)
			}
			if is == Firm && left != ByOneself || is == Helped && left == Nowhere {
				t.Fatalf("%+v, %s is %s, but without %s %s", f, f.Has, is, has, left)
			}
		}
	}
	t.Log(counts)
}

// TestCureHelps wants a cure only where it helps, whatever it makes the policy ask.
func TestCureHelps(t *testing.T) {
	for f := range footings() {
		f.Asks = f.Both || f.Has&HasIdentifier != 0 // the policy asks of those who have nothing yet, too
		is, _ := f.Safety()
		cure := f.Cure()
		if is == Firm && cure != 0 {
			t.Fatalf("%s needs no %s", f.Has, cure)
		}
		if cure == 0 {
			continue
		}
		with := f.with(f.Has | cure)
		with.Both = f.Both || f.Asks && with.Has&seconds != 0
		if better, _ := with.Safety(); f.Has&cure != 0 || !is.Worse(better) {
			t.Fatalf("%+v, %s is %s, and with %s %s", f, f.Has, is, cure, better)
		}
	}
	known := HasIdentifier | HasPassword
	for name, c := range map[string]struct {
		f    Footing
		want Has
	}{
		"a family without an address":            {Footing{Has: known | HasColleague}, HasMailbox},
		"the only Gérant, with a password":       {Footing{Has: known | HasMailbox, Manager: true}, 0},
		"the only Gérant, with an app":           {Footing{Has: known | HasMailbox | HasApp, Both: true, Manager: true}, HasCodes},
		"the same, where a second one is asked":  {Footing{Has: known | HasMailbox | HasPasskey, Both: true, Manager: true}, HasCodes},
		"an agent with an app and a mailbox":     {Footing{Has: known | HasMailbox | HasApp | HasColleague, Both: true}, HasCodes},
		"a passkey alone, and nobody to help":    {Footing{Has: HasIdentifier | HasPresence | HasPasskey}, HasMailbox},
		"a first passkey would be one more loss": {Footing{Has: known, Asks: true}, HasMailbox},
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
	ripe, young := now.Add(-Ripening), now.Add(-Ripening+time.Microsecond)
	always := HasIdentifier | HasPresence | HasPapers | HasPassword | HasApp | HasCodes
	for name, c := range map[string]struct {
		change func(*account.Account)
		help   Help
		want   Has
	}{
		"no address":        {func(*account.Account) {}, Help{}, always},
		"unproven":          {func(a *account.Account) { a.Emails = []account.Email{{Address: "a@b.example"}} }, Help{}, always},
		"letters come back": {func(a *account.Account) { a.Emails = []account.Email{{Proven: true, Unreachable: true}} }, Help{}, always},
		"two, one of which is read": {func(a *account.Account) {
			a.Emails = []account.Email{{Proven: true, Unreachable: true}, {Proven: true}}
		}, Help{Managers: 1}, always | HasMailbox | HasColleague},
		"a mobile that is ripe": {func(a *account.Account) {
			a.Mobile, a.MobileProven, a.MobileSince = "+33612345678", true, ripe
		}, Help{Managers: 2, Desk: true}, always | HasMobile | HasColleague | HasSecondManager | HasDesk},
		"a mobile that is young": {func(a *account.Account) {
			a.Mobile, a.MobileProven, a.MobileSince = "+33612345678", true, young
		}, Help{}, always},
		"a mobile that nobody has proven": {func(a *account.Account) { a.Mobile, a.MobileSince = "+33612345678", ripe }, Help{}, always},
		"a mobile of no known age":        {func(a *account.Account) { a.Mobile, a.MobileProven = "+33612345678", true }, Help{}, always},
	} {
		person := account.Account{Role: account.Gerant, Factors: account.Factors{Password: true, App: true, Codes: 3}}
		c.change(&person)
		want := Footing{Has: c.want, Both: true, Asks: true, Manager: true}
		if f := FootingOf(person, policy, c.help, now); f != want {
			t.Errorf("%s: %+v (%s), want %s", name, f, f.Has, c.want)
		}
	}
	family := account.Account{Role: account.Famille, Factors: account.Factors{Passkeys: 1}}
	want := Footing{Has: HasIdentifier | HasPresence | HasPasskey}
	if f := FootingOf(family, organisation.Policy{}, Help{}, now); f != want {
		t.Errorf("a passkey for convenience: %+v", f)
	}
}
