package courier

import (
	"slices"
	"time"
)

// DeskActs lists what the desk may do for a caller, in the words of desk.Acts.
var DeskActs = []string{
	"tell-identifier", "send-access", "replace-address", "replace-mobile", "reset-factors", "name-manager",
}

// DeskSaid is what a DeskNotice and a DeskText say. It may stand in the outbox, as JSON: nothing in it is secret.
type DeskSaid struct {
	Act      string    `json:"act"`                // one of DeskActs
	Case     string    `json:"case"`               // number of the case, as people say it
	Operator string    `json:"operator,omitempty"` // identifier; never a name
	New      string    `json:"new,omitempty"`      // masked: the new address or number, or the new manager's address
	Until    time.Time `json:"until,omitzero"`     // when it will be done; zero: it is done
	Manager  bool      `json:"manager,omitempty"`  // the recipient is another manager, and the letter is about Person
}

// ofDesk says whether the letter tells of an act of the desk.
func (l Letter) ofDesk() bool { return l.Kind == DeskNotice || l.Kind == DeskText }

// checkDesk refuses a notice of no act, of no case, and a link that stops what nobody will do.
func (l Letter) checkDesk() error {
	switch {
	case !l.ofDesk():
		return nil
	case !slices.Contains(DeskActs, l.Desk.Act):
		return unfit("the desk does nothing that is called %q", tidy(l.Desk.Act, 40))
	case tidy(l.Desk.Case, longestCase) == "":
		return unfit("it names no case")
	case l.Secret != "" && !l.Desk.Until.After(l.Created):
		return unfit("its link would stop what is done")
	}
	return nil
}
