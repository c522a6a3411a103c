package recovery

import "strings"

// Has is a set of what a person has to get back in with: possessions and knowledge that can be lost, and helpers who can
// leave. The graph of them is a user account access graph (Hammann, Radomirović, Sasse, Basin, CCS 2019).
type Has uint16

// What a person may have.
const (
	HasIdentifier    Has = 1 << iota // knows it
	HasPassword                      // knows it
	HasMailbox                       // reads the letters to a proven address
	HasMobile                        // answers the proven number on file, which is Ripening old
	HasPasskey                       // whose device recognises its person: two proofs in one
	HasKey                           // a passkey whose device asks nobody who they are
	HasApp                           // app codes
	HasCodes                         // printed codes
	HasSession                       // a device that is still signed in, by as many proofs as are asked
	HasSlip                          // a paper slip, printed for them, that has not served
	HasPresence                      // can come to the counter
	HasColleague                     // a manager of the organisation may help (organisation.Grants), and recognises them
	HasSecondManager                 // so may another one
	HasDesk                          // the platform has operators enough to help a caller
	HasPapers                        // of the house: Kbis, agrément, a letter of the mayor; and one's own
)

// Everything is all that a person may have.
const Everything = HasPapers | (HasPapers - 1)

// HasNames names what a person may have, in the order of the bits.
var HasNames = []string{
	"identifier", "password", "mailbox", "mobile", "passkey", "security-key", "app", "printed-codes", "open-session",
	"slip", "presence", "colleague", "second-manager", "desk", "papers",
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

// What of it belongs together.
const (
	seconds = HasPasskey | HasKey | HasApp | HasCodes // what can be given as the second proof
	desk    = HasDesk | HasPapers                     // what only the desk takes
	helpers = HasPresence | HasColleague | HasSecondManager | desk
)

// Way is one edge of the map: who has all of Needs, and a second proof where Second says so and one is asked of them,
// comes by Gives.
type Way struct {
	Name     string // a closed word, the key of its sentence: "map.way.<name>"
	Needs    Has
	Second   bool
	Managers bool // it is there for managers only
	Gives    Has
	In       bool // a session
	Resets   bool // one proof is enough from then on
	Source   string
}

// Ways is the map, whole: what the flows do, as edges. Tests walk it beside their tables, and beside the desk's.
//
// A mobile that is typed in the place of the identifier is no edge: families share one. An open session is no way back
// in either, for it ends; what can be put back from it is drawn.
var Ways = []Way{
	{"password", HasIdentifier | HasPassword, true, false, 0, true, false, "signin.PasswordRules, SecondRules"},
	{"passkey", HasPasskey, false, false, 0, true, false, "signin.PasskeyRules"},
	{"letter", HasMailbox, true, false, HasIdentifier | HasPassword, false, false, "Rules; F3: it names the identifier"},
	{"identifier-letter", HasMailbox, false, false, HasIdentifier, false, false, "F10"},
	{"slip", HasSlip, true, false, HasIdentifier | HasPassword, false, false, "Rules; F11: it opens the renewal"},
	{"session-page", HasSession, false, false, HasIdentifier, false, false, "H10: one's own page names it"},
	{"session-proof", HasSession | HasPassword, false, false, HasMailbox | HasPasskey, false, false,
		"ADR-0013, ADR-0014; ATK-065: with a fresh proof, in a session of both where both are asked"},

	{"colleague-identifier", HasColleague, false, false, HasIdentifier, false, false, "H3, F12"},
	{"colleague-address", HasColleague, false, false, HasMailbox, false, false, "H4; ADR-0014: after the cooling-off"},
	{"colleague-proofs", HasColleague, false, false, 0, false, true, "ADR-0019"},
	{"colleague-slip", HasColleague | HasPresence, false, false, HasSlip, false, false, "F12: to whom stands there"},
	{"second-manager", HasSecondManager, false, false, HasColleague, false, false, "H7: the other one helps"},

	{"desk-identifier", HasDesk | HasMobile, false, false, HasIdentifier, false, false, "H5; desk.Unlocks"},
	{"desk-letter", HasDesk | HasMobile | HasMailbox, true, false, HasIdentifier | HasPassword, false, false,
		"H5; desk.Unlocks: to an address on file"},
	{"desk-address", HasDesk | HasMobile, false, true, HasMailbox, false, false, "ATK-074; desk.Unlocks: two operators"},
	{"desk-proofs", HasDesk | HasMobile, false, true, 0, false, true, "ATK-074; desk.Unlocks: two operators, one day"},
	{"papers-identifier", HasDesk | HasPapers, false, true, HasIdentifier, false, false, "desk.Unlocks: two operators"},
	{"papers-address", HasDesk | HasPapers, false, true, HasMailbox, false, false,
		"ATK-076; desk.Unlocks: two operators, three days"},
	{"papers-mobile", HasDesk | HasPapers, false, true, HasMobile, false, false,
		"ATK-076; desk.Unlocks: two operators, three days; it proves nothing before it is ripe"},
	{"papers-proofs", HasDesk | HasPapers, false, true, 0, false, true,
		"ATK-074; desk.Unlocks: two operators, three days"},
	{"papers-manager", HasDesk | HasPapers, false, true, HasColleague, false, false,
		"desk.Unlocks: left, died, sold; two operators, seven days"},
}

// Footing is what one person stands on.
type Footing struct {
	Has     Has
	Both    bool // a second proof is asked (organisation.Both)
	Asks    bool // one would be, if there were any: the policy says so, or its owner
	Manager bool // of a role that looks after others
}

// Reach says how somebody gets in.
type Reach string

// The reaches, from the best.
const (
	ByOneself   Reach = "by-oneself"
	ByColleague Reach = "by-colleague"
	ByDesk      Reach = "by-desk"
	Nowhere     Reach = "nowhere"
)

// Reaches lists every reach, from the best.
var Reaches = []Reach{ByOneself, ByColleague, ByDesk, Nowhere}

// After says how the person gets in once some of what they had is lost.
func (f Footing) After(lost Has) Reach { return after(Ways, f, lost) }

func after(ways []Way, f Footing, lost Has) Reach {
	had := f.Has &^ lost
	switch {
	case arrives(ways, f.with(had&^helpers)):
		return ByOneself
	case had&helpers == 0:
		return Nowhere
	case arrives(ways, f.with(had&^desk)):
		return ByColleague
	case arrives(ways, f.with(had)):
		return ByDesk
	}
	return Nowhere
}

// with gives the footing of somebody who has exactly this.
func (f Footing) with(has Has) Footing {
	f.Has = has
	return f
}

// arrives follows every way as far as it leads.
func arrives(ways []Way, f Footing) bool {
	for {
		before := f
		for i := range ways {
			w := &ways[i]
			if f.Has&w.Needs != w.Needs || w.Managers && !f.Manager || w.Second && f.Both && f.Has&seconds == 0 {
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
