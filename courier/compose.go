package courier

import (
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// form is how a part of a letter looks. The plain text and the HTML are made from the same parts, so they say the same.
type form string

const (
	paragraph form = "paragraph" // a sentence or two
	fact      form = "fact"      // a label and its value on one line
	secret    form = "secret"    // a label, and what is to be typed alone on the next line
	link      form = "link"      // a sentence and an address on a line of its own
	retype    form = "retype"    // the same, to be read and typed
	contact   form = "contact"   // a title and short lines
	strong    form = "strong"    // a sentence that must not be missed
	small     form = "small"     // the last lines
)

// part is one block of a letter.
type part struct {
	Form   form
	Label  string // in front of a value or an address
	Text   string // the sentence, the value or the address
	Button string // what the link says in HTML
	Lines  []string
}

// words is a letter in one language, before it takes one of its two forms.
type words struct {
	Language string
	Subject  string
	Parts    []part
}

// shape is how a person gets in with a letter's secret.
type shape string

const (
	noSecret  shape = ""
	temporary shape = "temporary-password"
	linkCode  shape = "link"
	codeOnly  shape = "code"
	confirm   shape = "confirm" // a link that proves an address and opens nothing
	stop      shape = "stop"    // a link that stops a change and opens nothing
	readOut   shape = "read"    // digits that are read to an operator
)

// shape gives the shape of the letter's secret. An invitation takes that of the organisation's policy.
func (l Letter) shape() shape {
	switch l.Kind {
	case TemporaryPassword:
		return temporary
	case Link, SetupLink:
		return linkCode
	case Code:
		return codeOnly
	case ConfirmAddress, ConfirmMobile:
		return confirm
	case AddressNotice, MobileNotice:
		return stop
	case DeskNotice, DeskText:
		if l.Secret != "" {
			return stop
		}
	case CallerCode:
		return readOut
	case Invitation:
		switch l.Organisation.Policy.Recovery.Send {
		case organisation.SendTemporary:
			return temporary
		case organisation.SendCode:
			return codeOnly
		}
		return linkCode
	}
	return noSecret
}

// composer writes one letter.
type composer struct {
	Letter
	say   *text.Printer
	parts []part
}

// compose puts a letter into words: what it is about, the way in, who asked, whom to ask.
func compose(l Letter) words {
	c := &composer{Letter: l, say: l.printer()}
	c.begin()
	c.wayIn()
	c.asked()
	c.end()
	return words{c.say.Language, c.say.Say("letter.subject."+l.topic(), "Case", tidy(l.Desk.Case, longestCase)), c.parts}
}

// printer gives the words of the letter: the person's language, else the organisation's, and its pack.
func (l Letter) printer() *text.Printer {
	language := l.Person.Language
	if !text.Known(language) {
		language = l.Organisation.Language
	}
	pack := text.Plain
	if l.Organisation.Wording == organisation.Key {
		pack = text.Key
	}
	return text.For(language, pack)
}

func (c *composer) add(p part) { c.parts = append(c.parts, p) }

func (c *composer) sentence(key string, args ...any) {
	c.add(part{Form: paragraph, Text: c.say.Say(key, args...)})
}

func (c *composer) organisationName() string { return tidy(c.Organisation.Name, longestName) }

// personName is who is addressed: nobody by name where a letter is about several people.
func (c *composer) personName() string {
	if c.ofDesk() && c.Desk.Manager {
		return ""
	}
	name := c.Person.Name()
	for _, a := range c.Others {
		if a.Name() != name {
			return ""
		}
	}
	return tidy(name, longestName)
}

func (c *composer) begin() {
	if name := c.personName(); name != "" {
		c.sentence("letter.greeting", "Name", name)
	} else {
		c.sentence("letter.greeting.nobody")
	}
	switch {
	case c.aboutAddress():
		c.beginAddress()
		return
	case c.ofDesk():
		c.beginDesk()
		return
	}
	c.sentence("letter.intro."+c.topic(), "Organisation", c.organisationName())
	if c.Kind == Identifiers {
		for _, a := range c.accounts() {
			c.add(part{Form: contact, Label: tidy(a.Name(), longestName), Lines: []string{c.identifier(a)}})
		}
		return
	}
	if c.Person.Identifier != "" {
		c.add(part{Form: fact, Label: c.say.Say("letter.identifier"), Text: tidy(c.Person.Identifier, longestName)})
	}
}

// accounts gives the accounts of an Identifiers letter: those behind the address, or the person's own.
func (c *composer) accounts() []account.Account {
	if len(c.Others) > 0 {
		return c.Others
	}
	return []account.Account{c.Person}
}

func (c *composer) identifier(a account.Account) string {
	return c.say.Say("letter.identifier") + " " + tidy(a.Identifier, longestName)
}

// wayIn says the secret, what it is good for and where to use it; letters without a secret say where to go.
func (c *composer) wayIn() {
	if c.ofDesk() {
		c.deskNext()
		return
	}
	switch c.shape() {
	case temporary:
		c.add(part{Form: secret, Label: c.say.Say("letter.secret.temporary-password"), Text: c.Secret})
		c.valid(temporary)
		c.sentence("letter.typing")
		c.door("temporary-password", c.PortalURL+"/signin")
		c.add(part{Form: retype, Label: c.say.Say("letter.retype"), Text: c.PortalURL})
	case linkCode:
		c.door("link", c.PortalURL+"/enter/"+c.Secret)
		if c.SecretCode != "" {
			c.add(part{Form: retype, Label: c.say.Say("letter.retype.link"), Text: c.PortalURL + "/enter"})
			c.add(part{Form: secret, Label: c.say.Say("letter.secret.code"), Text: c.SecretCode})
		}
		c.valid(linkCode)
	case codeOnly:
		c.add(part{Form: secret, Label: c.say.Say("letter.secret.code"), Text: c.Secret})
		c.valid(codeOnly)
		c.sentence("letter.typing")
		c.door("code", c.PortalURL+"/enter")
	case confirm:
		c.door("confirm", c.PortalURL+"/confirm/"+c.Secret)
		c.valid(confirm)
	case stop:
		c.stopping()
	default:
		c.withoutSecret()
	}
}

func (c *composer) withoutSecret() {
	switch c.Kind {
	case Identifiers:
		c.door("identifiers", c.PortalURL+"/signin")
		c.add(part{Form: retype, Label: c.say.Say("letter.retype"), Text: c.PortalURL})
	case PasswordChanged:
		c.madeAt("letter.changed")
		c.sentence("letter.not-you.password-changed")
		c.door("password-changed", c.PortalURL+"/recover")
	case SessionStolen:
		c.madeAt("letter.stolen")
		c.sentence("letter.stolen.next")
		c.door("stolen", c.PortalURL+"/recover")
	case FactorNotice:
		c.factorChanged()
	case SlipNotice:
		c.slipPrinted()
	}
}

func (c *composer) door(key, address string) {
	c.add(part{
		Form: link, Label: c.say.Say("letter.go." + key), Text: address, Button: c.say.Say("letter.button." + key),
	})
}

// valid says how long the secret lives: the span as the policy means it, and the hour on the organisation's clocks.
func (c *composer) valid(s shape) {
	end := c.Expires.In(c.Organisation.Location())
	span := c.Expires.Sub(c.Created).Round(time.Minute)
	if span > 2*time.Hour {
		span = span.Round(time.Hour)
	}
	c.sentence("letter.valid."+string(s), "Span", c.say.Span(span), "Date", c.say.Date(end), "Clock", c.say.Clock(end))
}

// madeAt says when something was done, and from which kind of device where that is known.
func (c *composer) madeAt(key string, args ...any) {
	if c.AskedAt.IsZero() {
		return
	}
	at := c.AskedAt.In(c.Organisation.Location())
	args = append(args, "Date", c.say.Date(at), "Clock", c.say.Clock(at))
	if device := tidy(c.AskedFrom, longestName); device != "" {
		key, args = key+".device", append(args, "Device", device)
	}
	c.sentence(key, args...)
}

// asked says who started it all, and that nothing is lost when it was somebody else.
func (c *composer) asked() {
	switch c.Kind {
	case PasswordChanged, SessionStolen, AddressNotice, FactorNotice, SlipNotice, DeskNotice:
		return
	case ConfirmAddress:
		c.sentence("letter.not-you.confirm-address")
		return
	case Invitation, SetupLink:
		c.sentence("letter.not-you.invitation")
		return
	}
	c.madeAt("letter.asked")
	if c.shape() == noSecret {
		c.sentence("letter.not-you.notice")
		return
	}
	c.sentence("letter.not-you.recovery")
}

func (c *composer) end() {
	o := c.Organisation.Contact
	var lines []string
	for _, l := range []struct{ key, name, value string }{
		{"", "", o.Service}, {"letter.contact.phone", "Phone", o.Phone}, {"letter.contact.hours", "Hours", o.Hours},
		{"letter.contact.email", "Email", o.Email}, {"", "", o.Address},
	} {
		switch value := tidy(l.value, longestSaid); {
		case strings.Trim(value, " ") == "":
		case l.key == "":
			lines = append(lines, value)
		default:
			lines = append(lines, c.say.Say(l.key, l.name, value))
		}
	}
	if len(lines) > 0 {
		c.add(part{Form: contact, Label: c.say.Say("letter.contact"), Lines: lines})
	}
	c.add(part{Form: strong, Text: c.say.Say("letter.never")})
	key := "letter.automatic"
	if c.personName() == "" {
		key += ".nobody"
	}
	c.add(part{
		Form: small, Text: c.say.Say(key, "Organisation", c.organisationName(), "Name", c.personName()),
	})
}
