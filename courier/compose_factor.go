package courier

import (
	"slices"

	"loquet/audit"
)

// topic names what a letter is about, as its subject and first sentence are keyed: a FactorNotice has one pair of them
// for each act, a DeskNotice a subject.
func (l Letter) topic() string {
	switch l.Kind {
	case FactorNotice:
		return string(l.Kind) + "." + string(l.What)
	case DeskNotice:
		return string(l.Kind) + l.deskTopic()
	}
	return string(l.Kind)
}

// tellsOf says whether a FactorNotice can be written about this act.
func tellsOf(act audit.Act) bool { return slices.Contains(FactorActs, act) }

// factorChanged says what is left of printed codes, who did it and when, and what to do about it.
func (c *composer) factorChanged() {
	switch c.What {
	case audit.CodeUsed:
		c.madeAt("letter.used")
		if c.Left > 0 {
			c.add(part{Form: paragraph, Text: c.say.Count("letter.codes.left", c.Left)})
		} else {
			c.sentence("letter.codes.none")
		}
		c.door("codes", c.PortalURL+"/account/factors/codes")
	case audit.FactorsReset:
		if by := tidy(c.AskedBy, longestName); by != "" {
			c.madeAt("letter.reset.by", "By", by)
		} else {
			c.madeAt("letter.reset")
		}
	default:
		c.madeAt("letter.changed")
	}
	c.sentence("letter.not-you." + c.notYou())
	c.door("factor", c.PortalURL+"/recover")
}

// notYou names the sentence for whoever knows of it.
func (c *composer) notYou() string {
	if c.What == audit.FactorsReset {
		return string(c.What)
	}
	return string(PasswordChanged)
}
