package pages

import (
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// Slip is what POST /settings/users/{id}/slip answers: a sheet of paper that opens the renewal once (F11, F12).
type Slip struct {
	Frame
	Paper     *text.Printer // the words of the sheet, in the language of whoever takes it home
	Who       account.Account
	Code      string // to type, in groups
	Link      string // to scan: opening it consumes nothing, its button does
	PortalURL string // scheme and host
	Printed   time.Time
	Expires   time.Time
}

// sheet is the frame of what stands on the paper itself.
func (p Slip) sheet() Frame {
	f := p.Frame
	f.Say = p.Paper
	return f
}

// short is the page of codes as people type it: without the scheme.
func (p Slip) short() string {
	_, host, _ := strings.Cut(p.PortalURL, "://")
	return host + "/enter"
}

// lastWholeDay is the last day on which the slip opens from morning to night: people read days, not hours.
func (p Slip) lastWholeDay() time.Time { return p.inZone(p.Expires).AddDate(0, 0, -1) }

// asksSecond says whether a second proof will be asked before a password can be chosen.
func (p Slip) asksSecond() bool {
	return p.Organisation.Policy.Standing(p.Who, p.Now) == organisation.Both
}

// onPaper says whether what was given is a slip, or was replaced by one.
func (p Enter) onPaper() bool { return p.Slip || !p.Newer.IsZero() }

// spentSlip says what became of a slip, or that a slip has taken a letter's place: when it was printed, and whom to ask.
func (p Enter) spentSlip() Problem {
	key := "slip.enter." + string(p.State)
	switch {
	case !p.Newer.IsZero() && p.Slip:
		key = "slip.enter.newer"
	case !p.Newer.IsZero():
		key = "slip.enter.newer.letter"
	}
	return Problem{Key: key, Args: []any{"Day", p.Say.Date(p.inZone(p.Newer)), "Whom", p.printer()}}
}

// printer names who prints slips, with the number to call where there is one.
func (f Frame) printer() string {
	c := f.Organisation.Contact
	who := c.Service
	if who == "" {
		who = f.Organisation.Name
	}
	if c.Phone != "" {
		return f.Say.Say("slip.whom", "Who", who, "Phone", c.Phone)
	}
	return who
}
