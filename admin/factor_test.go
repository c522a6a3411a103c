package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// strongbox is a drawer that knows resets.
type strongbox struct {
	*drawer

	resets []Reset
}

func (s *strongbox) ResetFactors(_ context.Context, r Reset) error {
	if s.refuse != nil {
		return s.refuse
	}
	s.resets = append(s.resets, r)
	return nil
}

// lost gives a school whose Complet has lost two passkeys, an app and printed codes, and a Gérant who has just proven
// who they are, with two proofs.
func lost() (*Flow, *strongbox, Actor) {
	f, d, a := school()
	a.Organisation.Policy = organisation.AutoEcole.Policy()
	bureau := d.people["bureau"]
	bureau.Version, bureau.Factors = 7, account.Factors{Password: true, Passkeys: 2, App: true, Codes: 4}
	bureau.Emails = []account.Email{
		{Address: "bureau@lac.example", Proven: true}, {Address: "typed@lac.example"},
		{Address: "b@home.example", Proven: true},
	}
	d.people["bureau"] = bureau
	a.Person.GivenName, a.Person.FamilyName = "Marc", "Favre"
	a.Person.Factors = account.Factors{Password: true, App: true}
	d.people["gerant"] = a.Person
	a.Session = session.Session{
		Proved: now.Add(-time.Minute), Proof: []string{session.ByPassword, session.ByApp, session.Multiple},
	}
	a.Browser.Device = "Firefox – Windows"
	box := &strongbox{drawer: d}
	f.Store = box
	return f, box, a
}

func TestAColleagueResetsWhatIsLost(t *testing.T) {
	f, d, a := lost()
	found, err := f.ResetFactors(t.Context(), a, "bureau", 7)
	if err != nil || len(found) > 0 || len(d.resets) != 1 {
		t.Fatalf("%v, %v, %v", found, err, d.resets)
	}
	did := d.resets[0]
	if did.GraceOver { // nobody asks it of a Complet
		t.Error("the next sign-in leads to the set-up")
	}
	if did.Organisation != "school" || did.Account != "bureau" || did.Version != 7 {
		t.Errorf("the store was asked for %+v", did)
	}
	if n := did.Note; n.Act != audit.FactorsReset || n.Actor != "gerant" || n.Target != "bureau" ||
		n.Organisation != "school" || !n.At.Equal(now) {
		t.Errorf("the journal says %+v", n)
	}
	to := map[string]bool{}
	for _, l := range did.Letters {
		to[l.Recipient] = true
		var said courier.FactorSaid
		if err := json.Unmarshal(l.Payload, &said); err != nil {
			t.Fatal(err)
		}
		want := courier.FactorSaid{What: audit.FactorsReset, AskedBy: "Marc Favre", Device: "Firefox – Windows", Asked: now}
		if said != want || l.Kind != courier.FactorNotice || l.Account != "bureau" || l.Organisation != "school" ||
			!l.Due.Equal(now) || !l.Expires.After(now.Add(24*time.Hour)) {
			t.Errorf("%+v says %+v", l, said)
		}
	}
	if len(did.Letters) != 2 || !to["bureau@lac.example"] || !to["b@home.example"] {
		t.Errorf("told: %v", to) // an address that nobody has proven is told nothing
	}
}

// Whoever has had a second proof has had the time to set one up (ATK-034).
func TestATK034AResetGivesNoGraceWhereThePolicyAsks(t *testing.T) {
	for _, demand := range organisation.Demands {
		f, d, a := lost()
		a.Organisation.Policy.Second[account.Complet] = organisation.Second{Demand: demand, Grace: organisation.PresetGrace}
		found, err := f.ResetFactors(t.Context(), a, "bureau", 7)
		asks := demand == organisation.AtNextSignIn || demand == organisation.AtOnce
		if err != nil || len(found) > 0 || d.resets[0].GraceOver != asks {
			t.Errorf("%s: %v, %v, grace over is %v", demand, found, err, d.resets[0].GraceOver)
		}
	}
}

// ATK-069, ATK-072, ATK-034: whom nobody but a colleague with the right may reset, and whom nobody may.
func TestATK072NobodyResetsWhomTheyMayNot(t *testing.T) {
	for name, c := range map[string]struct {
		actor, target string
		want          error
	}{
		"a Complet":                        {"bureau", "moniteur", fault.Forbidden},
		"a Moniteur on the Gérant":         {"moniteur", "gerant", fault.Forbidden},
		"somebody of another organisation": {"stranger", "bureau", fault.Forbidden},
		"nobody":                           {"nobody", "bureau", fault.Forbidden},
		"one's own":                        {"gerant", "gerant", fault.Forbidden},
		"another organisation's":           {"gerant", "stranger", fault.Missing},
		"whoever does not exist":           {"gerant", "nobody", fault.Missing},
	} {
		f, d, a := lost()
		if c.actor != "gerant" {
			a.Person = d.people[c.actor]
			a.Person.Factors = account.Factors{App: true}
		}
		target := d.people[c.target]
		target.Factors.App = true
		if c.target != "nobody" {
			d.people[c.target] = target
		}
		found, err := f.ResetFactors(t.Context(), a, c.target, target.Version)
		if !errors.Is(err, c.want) || len(found) > 0 || len(d.resets) > 0 {
			t.Errorf("%s: %v, %v, %v", name, found, err, d.resets)
		}
	}
	f, _, a := lost()
	_, foreign := f.ResetFactors(t.Context(), a, "stranger", 0)
	_, nobody := f.ResetFactors(t.Context(), a, "nobody", 0)
	if foreign.Error() != nobody.Error() {
		t.Errorf("%v tells another organisation's from nobody: %v", foreign, nobody)
	}
}

// ATK-065: a session that was taken over resets nothing: it has no fresh proof.
func TestATK065AResetWantsAFreshProof(t *testing.T) {
	for age, ok := range map[time.Duration]bool{
		0: true, session.FreshForTeam - 1: true, session.FreshForTeam + proofGrace - 1: true,
		session.FreshForTeam + proofGrace: false, 24 * time.Hour: false, -time.Hour: false,
	} {
		f, d, a := lost()
		a.Session.Proved = now.Add(-age)
		_, err := f.ResetFactors(t.Context(), a, "bureau", 7)
		if errors.Is(err, fault.Forbidden) == ok || (len(d.resets) == 1) != ok {
			t.Errorf("proven %s ago: %v, %d resets", age, err, len(d.resets))
		}
	}
	f, d, a := lost()
	a.Session.Proved = time.Time{}
	if _, err := f.ResetFactors(t.Context(), a, "bureau", 7); !errors.Is(err, fault.Forbidden) || len(d.resets) > 0 {
		t.Errorf("never proven: %v", err)
	}
}

// ATK-034: one proof of a manager who has two takes nothing from anybody.
func TestATK034OneProofTakesNoTwo(t *testing.T) {
	two := []string{session.ByPassword, session.ByApp, session.Multiple}
	for name, c := range map[string]struct {
		has   account.Factors
		proof []string
		want  []Fault
	}{
		"two proofs":        {account.Factors{App: true}, two, nil},
		"only the password": {account.Factors{App: true}, two[:1], []Fault{OneProof}},
		"a mailed secret with two": {
			account.Factors{Passkeys: 1}, append(slices.Clone(two), session.ByMailbox), []Fault{OneProof},
		},
		"none is due yet": {account.Factors{}, two[:1], nil}, // within the grace one proof is what there is
	} {
		f, d, a := lost()
		a.Person.Factors, a.Session.Proof = c.has, c.proof
		found, err := f.ResetFactors(t.Context(), a, "bureau", 7)
		if err != nil || !slices.Equal(found, c.want) || (len(d.resets) == 1) != (c.want == nil) {
			t.Errorf("%s: %v, %v, %d resets", name, found, err, len(d.resets))
		}
	}
}

// Whoever has set up new proofs meanwhile keeps them: the page that was seen is old.
func TestAResetIsOfWhatWasSeen(t *testing.T) {
	f, d, a := lost()
	if _, err := f.ResetFactors(t.Context(), a, "bureau", 6); !errors.Is(err, fault.Stale) || len(d.resets) > 0 {
		t.Errorf("an old page: %v", err)
	}
	d.refuse = fault.Stale // in the same moment
	if _, err := f.ResetFactors(t.Context(), a, "bureau", 7); !errors.Is(err, fault.Stale) {
		t.Errorf("a race: %v", err)
	}
	d.refuse = nil
	found, err := f.ResetFactors(t.Context(), a, "moniteur", 0)
	if err != nil || !slices.Equal(found, []Fault{NoFactors}) || len(d.resets) > 0 {
		t.Errorf("nothing to take: %v, %v", found, err)
	}
	wish := d.people["moniteur"] // asks for a second proof by themselves, and has none left
	wish.Factors.Second = true
	d.people["moniteur"] = wish
	if found, err := f.ResetFactors(t.Context(), a, "moniteur", 0); err != nil || len(found) > 0 || len(d.resets) != 1 {
		t.Errorf("a wish that nothing fulfils: %v, %v", found, err)
	}
}

// The operator of the machine resets whoever nobody else can: the journal says that it was the program.
func TestTheOperatorRescuesTheLastManager(t *testing.T) {
	f, d, a := lost()
	told, found, err := f.RescueFactors(t.Context(), a.Organisation, "bureau")
	if err != nil || len(found) > 0 || told != 2 || len(d.resets) != 1 {
		t.Fatalf("%d, %v, %v", told, found, err)
	}
	did := d.resets[0]
	var said courier.FactorSaid
	if err := json.Unmarshal(did.Letters[0].Payload, &said); err != nil {
		t.Fatal(err)
	}
	if did.Note.Actor != audit.System || did.Note.Target != "bureau" || did.Version != 7 ||
		said.AskedBy != "" || said.Device != "" {
		t.Errorf("%+v says %+v", did, said)
	}
	_, found, err = f.RescueFactors(t.Context(), a.Organisation, "moniteur")
	if err != nil || !slices.Equal(found, []Fault{NoFactors}) {
		t.Errorf("nothing to take: %v, %v", found, err)
	}
	if _, _, err := f.RescueFactors(t.Context(), a.Organisation, "stranger"); !errors.Is(err, fault.Missing) {
		t.Errorf("another organisation's: %v", err)
	}
}

// What is asked of somebody less than before is named so in the journal.
func TestTheJournalTellsLessFromMore(t *testing.T) {
	set := func(role account.Role, s organisation.Second) func(organisation.Policy) {
		return func(p organisation.Policy) { p.Second[role] = s }
	}
	months := organisation.Second{Demand: organisation.AtNextSignIn, Grace: organisation.LongestGrace}
	for _, c := range []struct {
		change func(organisation.Policy)
		want   []string
	}{
		{func(organisation.Policy) {}, nil},
		{set(account.Gerant, organisation.Second{Demand: organisation.AtOnce}), []string{"second"}},
		{set(account.Gerant, organisation.Second{Demand: organisation.AtNextSignIn, Grace: time.Hour}), []string{"second"}},
		{set(account.Gerant, months), []string{"second-less"}},
		{set(account.Gerant, organisation.Second{Demand: organisation.Offered}), []string{"second-less"}},
		{set(account.Moniteur, organisation.Second{Demand: organisation.NotOffered}), []string{"second-less"}},
		{func(p organisation.Policy) { delete(p.Second, account.Moniteur) }, nil}, // an old policy offers
		{set(account.Moniteur, organisation.Second{Demand: organisation.Offered, Grace: time.Hour}), nil},
		{func(p organisation.Policy) {
			set(account.Gerant, organisation.Second{Demand: organisation.Offered})(p)
			set(account.Moniteur, organisation.Second{Demand: organisation.AtOnce})(p)
		}, []string{"second-less"}},
	} {
		before, after := organisation.AutoEcole.Policy(), organisation.AutoEcole.Policy()
		c.change(after)
		if got := policyChanges(before, after); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", after.Second, got, c.want)
		}
	}
}
