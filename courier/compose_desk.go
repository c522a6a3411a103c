package courier

import "time"

// longestCase is how long the number of a case may be, in code points.
const longestCase = 16

// deskTopic keys what differs between what the desk will do and what it has done, for the person and for the others.
func (l Letter) deskTopic() string {
	when := ".done"
	if !l.Desk.Until.IsZero() {
		when = ".will"
	}
	if l.Desk.Manager {
		return ".other" + when
	}
	return when + "." + l.Desk.Act
}

// who names whom a letter to another manager is about.
func (c *composer) who() string {
	if who := tidy(c.Person.Name(), longestName); who != "" {
		return who
	}
	return c.say.Say("letter.desk.somebody")
}

// beginDesk says what was asked of the desk, for whom, in which case, and which operator has it.
func (c *composer) beginDesk() {
	intro := "letter.intro.desk-notice"
	if c.Desk.Manager {
		intro += ".other"
	}
	c.sentence(intro, "Organisation", c.organisationName(), "Who", c.who())
	facts := []struct{ label, value string }{
		{"letter.identifier", c.Person.Identifier},
		{"letter.desk.what", c.say.Say("letter.desk.act." + c.Desk.Act)},
		{c.newLabel(), c.Desk.New},
		{"letter.desk.case", c.Desk.Case},
	}
	for _, f := range facts {
		if value := tidy(f.value, longestName); value != "" {
			c.add(part{Form: fact, Label: c.say.Say(f.label), Text: value})
		}
	}
	operator := tidy(c.Desk.Operator, longestName)
	if operator == "" || c.AskedAt.IsZero() {
		return
	}
	date, clock := c.moment(c.AskedAt)
	c.sentence("letter.desk.asked", "Date", date, "Clock", clock, "Operator", operator)
}

func (c *composer) newLabel() string {
	switch c.Desk.Act {
	case "replace-mobile":
		return "letter.new.mobile"
	case "name-manager":
		return "letter.desk.new-manager"
	}
	return "letter.new.email"
}

// deskNext says whether it is done, that there is nothing to do when it is right, and what to do when it is not.
func (c *composer) deskNext() {
	whose := ""
	if c.Desk.Manager {
		whose = ".other"
	}
	if c.Desk.Until.IsZero() {
		date, clock := c.moment(c.Created)
		c.sentence("letter.desk.done", "Date", date, "Clock", clock)
		c.sentence("letter.desk.after." + c.Desk.Act)
	} else {
		date, clock := c.moment(c.Desk.Until)
		c.sentence("letter.desk.until", "Date", date, "Clock", clock)
	}
	c.sentence("letter.desk.fine"+whose, "Who", c.who())
	switch {
	case c.Secret != "":
		c.door("desk-stop"+whose, c.PortalURL+"/stop/"+c.Secret)
		date, clock := c.moment(c.Desk.Until)
		c.sentence("letter.valid.desk", "Date", date, "Clock", clock)
	case c.Desk.Manager:
		c.sentence("letter.desk.doubt", "Who", c.who())
		c.door("desk-journal", c.PortalURL+"/settings/journal")
	default:
		c.door("desk", c.PortalURL+"/recover")
	}
}

// moment gives a day and an hour on the organisation's clocks.
func (c *composer) moment(at time.Time) (date, clock string) {
	at = at.In(c.Organisation.Location())
	return c.say.Date(at), c.say.Clock(at)
}
