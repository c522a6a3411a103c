package courier

import (
	"encoding/json"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Slip is one sheet of paper that opens the renewal page once: what a manager hands to whoever stands at the counter. Its
// secrets are nowhere else, and it goes from the printer's hand to the person's: it is never mailed.
type Slip struct {
	Organisation organisation.Organisation
	Person       account.Account
	Code         string    // to type at /enter, in groups joined by hyphens
	Link         string    // to scan: the portal's address and a token, which only a button consumes (ATK-017)
	PortalURL    string    // scheme and host, from configuration only (ATK-003)
	Printed      time.Time // when it was issued
	Expires      time.Time // its first moment without use
}

// SlipSaid is what the outbox keeps of a SlipNotice and a SlipText, as JSON; nothing in it opens anything.
type SlipSaid struct {
	AskedBy string    `json:"asked_by"` // name of the manager who printed it
	Device  string    `json:"device,omitempty"`
	Asked   time.Time `json:"asked"`
	Expires time.Time `json:"expires"`
}

// Items gives the outbox items that tell it at every proven address of a person and, where text messages can be sent, at
// the proven mobile (NIST SP 800-63B-4 §4.6).
func (s SlipSaid) Items(person account.Account, texts bool, newID func() string) []Item {
	payload, _ := json.Marshal(s) // strings and times only
	var items []Item
	add := func(kind Kind, to string) {
		items = append(items, Item{
			ID: newID(), Organisation: person.Organisation, Account: person.ID, Kind: kind, Recipient: to,
			Payload: payload, Created: s.Asked, Due: s.Asked, Expires: s.Asked.Add(NoticeLives),
		})
	}
	for _, to := range person.RecoveryEmails() {
		add(SlipNotice, to)
	}
	if texts && person.Mobile != "" && person.MobileProven {
		add(SlipText, person.Mobile)
	}
	return items
}

// slipPrinted says who printed it and when, until when it opens, and how to make it worthless.
func (c *composer) slipPrinted() {
	c.madeAt("letter.slip", "By", tidy(c.AskedBy, longestName))
	date, clock := c.moment(c.Expires)
	c.sentence("letter.slip.valid", "Date", date, "Clock", clock)
	c.sentence("letter.not-you.slip")
	c.door("slip", c.PortalURL+"/recover")
}

// slipText tells in short what a SlipNotice says at length, to somebody who may read no mail: signing in ends a slip too.
func (l Letter) slipText(longest int) string {
	words := plainText(l.printer().Say("text.slip-text",
		"Organisation", tidy(l.Organisation.Name, longest), "By", tidy(l.AskedBy, longestTextWho)))
	return words + " " + l.PortalURL + "/signin"
}
