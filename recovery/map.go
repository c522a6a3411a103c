package recovery

import (
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Has is a set of what a person has to get back in with: possessions and knowledge that can be lost, and helpers who can
// leave. The graph of them is a user account access graph (Hammann, Radomirović, Sasse, Basin, CCS 2019).
type Has uint8

// What a person may have.
const (
	HasIdentifier Has = 1 << iota // knows it
	HasPassword                   // knows it
	HasMailbox                    // reads the letters to a proven address
	HasPasskey                    // whose device recognises its person: two proofs in one
	HasKey                        // a passkey whose device asks nobody who they are
	HasApp                        // app codes
	HasCodes                      // printed codes
	HasColleague                  // somebody else of the organisation may help (organisation.Grants), and recognises them
)

// Everything is all that a person may have.
const Everything = HasColleague | (HasColleague - 1)

// HasNames names what a person may have, in the order of the bits.
var HasNames = []string{
	"identifier", "password", "mailbox", "passkey", "security-key", "app", "printed-codes", "colleague",
}

// Names gives the names of a set.
func (h Has) Names() []string {
	names := []string{}
	for bit, name := range HasNames {
		if h&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func (h Has) String() string { return strings.Join(h.Names(), " + ") }

// seconds are what can be given as the second proof.
const seconds = HasPasskey | HasKey | HasApp | HasCodes

// Way is one edge of the map: who has all of Needs, and a second proof where Second says so and one is asked of them,
// comes by Gives.
type Way struct {
	Name   string
	Needs  Has
	Second bool
	Gives  Has
	In     bool // a session
	Resets bool // one proof is enough from then on
	Source string
}

// Ways is the map, whole: what the flows do, as edges. A test walks it beside their tables.
var Ways = []Way{
	{"password", HasIdentifier | HasPassword, true, 0, true, false, "signin.PasswordRules, SecondRules"},
	{"passkey", HasPasskey, false, 0, true, false, "signin.PasskeyRules"},
	{"letter", HasMailbox, true, HasIdentifier | HasPassword, false, false, "Rules; F3: it names the identifier"},
	{"letter for the identifier", HasMailbox, false, HasIdentifier, false, false, "F10"},
	{"a colleague tells the identifier", HasColleague, false, HasIdentifier, false, false, "H3, F12"},
	{"a colleague gives a new address", HasColleague, false, HasMailbox, false, false, "H4; ADR-0014: after the cooling-off"},
	{"a colleague takes lost proofs away", HasColleague, false, 0, false, true, "ADR-0019"},
}

// Footing is what one person stands on.
type Footing struct {
	Has  Has
	Both bool // a second proof is asked (organisation.Both)
}

// FootingOf gives what a person stands on. Knowing the identifier and the password is taken for granted, for nobody can
// look; so is that a passkey's device recognises its person, as all but the plainest do. An address that letters came
// back from is no mailbox.
func FootingOf(person account.Account, policy organisation.Policy, colleague bool, now time.Time) Footing {
	f := Footing{Has: HasIdentifier, Both: policy.Standing(person, now) == organisation.Both}
	for _, e := range person.Emails {
		if e.Proven && !e.Unreachable {
			f.Has |= HasMailbox
		}
	}
	for has, on := range map[Has]bool{
		HasPassword: person.Factors.Password, HasPasskey: person.Factors.Passkeys > 0, HasApp: person.Factors.App,
		HasCodes: person.Factors.Codes > 0, HasColleague: colleague,
	} {
		if on {
			f.Has |= has
		}
	}
	return f
}

// Reach says how somebody gets in.
type Reach string

// The reaches, from the best.
const (
	ByOneself   Reach = "by-oneself"
	ByColleague Reach = "by-colleague"
	Nowhere     Reach = "nowhere"
)

// After says how the person gets in once some of what they had is lost.
func (f Footing) After(lost Has) Reach { return after(Ways, f, lost) }

func after(ways []Way, f Footing, lost Has) Reach {
	f.Has &^= lost
	switch {
	case arrives(ways, Footing{f.Has &^ HasColleague, f.Both}):
		return ByOneself
	case arrives(ways, f):
		return ByColleague
	}
	return Nowhere
}

// arrives follows every way as far as it leads.
func arrives(ways []Way, f Footing) bool {
	for {
		before := f
		for _, w := range ways {
			if f.Has&w.Needs != w.Needs || w.Second && f.Both && f.Has&seconds == 0 {
				continue
			}
			if w.In {
				return true
			}
			f.Has, f.Both = f.Has|w.Gives, f.Both && !w.Resets
		}
		if f == before {
			return false
		}
	}
}

// Safety says how firmly a person stands.
type Safety string

// The safeties, from the best.
const (
	Firm    Safety = "firm"     // no loss of one thing leaves anything but a way of one's own
	Helped  Safety = "helped"   // now or after one loss, a colleague is needed
	OneLoss Safety = "one-loss" // one loss leaves no way back
	NoWay   Safety = "no-way"   // there is none now
)

// Safeties lists every safety.
var Safeties = []Safety{Firm, Helped, OneLoss, NoWay}

// Safety says how firmly the person stands, and which single losses make it no better.
func (f Footing) Safety() (s Safety, losses []Has) { return safety(Ways, f) }

func safety(ways []Way, f Footing) (Safety, []Has) {
	if after(ways, f, 0) == Nowhere {
		return NoWay, nil
	}
	by := map[Reach][]Has{}
	for has := Has(1); has != 0; has <<= 1 {
		if f.Has&has != 0 {
			reach := after(ways, f, has)
			by[reach] = append(by[reach], has)
		}
	}
	switch {
	case len(by[Nowhere]) > 0:
		return OneLoss, by[Nowhere]
	case len(by[ByColleague]) > 0 || after(ways, f, 0) == ByColleague:
		return Helped, by[ByColleague]
	}
	return Firm, nil
}

// Cures lists what can be added to somebody's footing, the cheapest first.
var Cures = []Has{HasMailbox, HasCodes, HasPasskey, HasColleague}

// Cure gives the cheapest of Cures that makes the person stand more firmly; 0 for none, or for nothing to cure. Printed
// codes stand in for another proof, so that whoever has none is not asked for them.
func (f Footing) Cure() Has {
	is, _ := f.Safety()
	for _, cure := range Cures {
		if f.Has&cure != 0 || cure == HasCodes && f.Has&(HasPasskey|HasKey|HasApp) == 0 {
			continue
		}
		if with, _ := (Footing{f.Has | cure, f.Both}).Safety(); rank(with) < rank(is) {
			return cure
		}
	}
	return 0
}

func rank(s Safety) int {
	for i, one := range Safeties {
		if one == s {
			return i
		}
	}
	return len(Safeties)
}
