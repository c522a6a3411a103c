package courier

import "time"

// aboutAddress says whether the letter is about a change of an address.
func (c *composer) aboutAddress() bool { return c.Kind == ConfirmAddress || c.Kind == AddressNotice }

// beginAddress says what was asked, by whom, when and from which kind of device. Only the proven address is told the
// identifier: the new mailbox may be a stranger's, by a slip of the keyboard.
func (c *composer) beginAddress() {
	what := ".email"
	if c.Mobile {
		what = ".mobile"
	}
	key := "letter.intro." + string(c.Kind)
	if c.Kind == AddressNotice {
		key += what
	}
	c.sentence(key, "Organisation", c.organisationName())
	if c.Kind == AddressNotice && c.Person.Identifier != "" {
		c.add(part{Form: fact, Label: c.say.Say("letter.identifier"), Text: tidy(c.Person.Identifier, longestName)})
	}
	c.add(part{Form: fact, Label: c.say.Say("letter.new" + what), Text: tidy(c.NewAddress, longestName)})
	by := tidy(c.AskedBy, longestName)
	if by == "" {
		c.madeAt("letter.asked.own")
		return
	}
	c.madeAt("letter.asked.by", "By", by)
}

// stopping says what happens next, and how to stop it. The link is on a line of its own.
func (c *composer) stopping() {
	span := c.say.Span(c.CoolingOff.Round(time.Hour))
	c.sentence("letter.address.next", "Span", span)
	c.door("stop", c.PortalURL+"/stop/"+c.Secret)
	c.sentence("letter.valid.stop", "Span", span)
}
