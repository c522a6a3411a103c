package help

import (
	"regexp"
	"strings"
	"time"

	"loquet/organisation"
	"loquet/text"
)

// world is what a page is filled from.
type world struct {
	o   organisation.Organisation
	say *text.Printer
	all bool // as if every fact held
}

// words gives the sentence of a key as this organisation's pages say it.
func (w world) words(key string) string {
	if w.o.Preset == organisation.PortailFamille && w.say.Has(key+".family") {
		return w.say.Say(key + ".family")
	}
	return w.say.Say(key)
}

// name is one {{name}}: what stands in its place. Plain words are escaped, so that no value is taken for Markdown.
type name struct {
	name  string
	kind  kind
	value func(world) string
}

type kind int

const (
	plain  kind = iota // words
	inline             // Markdown within a line
	block              // Markdown of several lines, which needs a line of its own
)

func label(key string) func(world) string { return func(w world) string { return w.words(key) } }

// names is the closed list of what a page may name; text has a sentence about each, "help.name.…".
var names = []name{
	{"organisation", plain, func(w world) string { return w.o.Name }},
	{"adresse", plain, func(w world) string { return w.o.Host() }},
	{"bouton.entrer", plain, label("signin.submit")},
	{"bouton.demander", plain, label("recover.submit")},
	{"bouton.retrouver", plain, label("identifier.submit")},
	{"bouton.continuer", plain, label("enter.submit")},
	{"bouton.enregistrer", plain, label("renew.submit")},
	{"bouton.reparer", plain, label("repair.button")},
	{"bouton.quitter", plain, label("frame.signout")},
	{"lien.oublie", plain, label("ways.recover")},
	{"lien.identifiant", plain, label("ways.identifier")},
	{"lien.aide", plain, label("ways.help")},
	{"lien.code", plain, label("sent.enter")},
	{"case.rester", plain, label("signin.remember")},
	{"champ.identifiant", plain, label("field.identifier")},
	{"champ.secret", plain, label("field.password")},
	{"champ.nouveau", plain, label("renew.new")},
	{"champ.confirmation", plain, label("renew.confirm")},
	{"titre.entree", plain, label("signin.title")},
	{"envoi", plain, func(w world) string { return w.say.Say("help.sends." + sends(w.o)) }},
	{"delai", plain, func(w world) string { return w.say.Span(w.o.Policy.Recovery.Lifetime) }},
	{"duree.rester", plain, func(w world) string { return w.say.Span(longestRemember(w.o)) }},
	{"duree.inactivite", plain, func(w world) string { return w.say.Span(shortestIdle(w.o)) }},
	{"criteres", block, criteria},
	{"double.qui", block, whoIsAsked},
	{"double.delai", plain, func(w world) string { return w.say.Span(max(longestGrace(w.o), 0)) }},
	{"contact", block, contact},
	{"contact.service", plain, service},
	{"contact.telephone", inline, phone},
	{"contact.courriel", inline, email},
	{"contact.horaires", plain, func(w world) string { return strings.Join(lines(w.o.Contact.Hours), ", ") }},
}

// fact is one {{#fact}}…{{/fact}}: what is between stands there when it holds.
type fact struct {
	name  string
	holds func(organisation.Organisation) bool
}

// facts is the closed list of what a page may depend on; text has a sentence about each, "help.fact.…".
var facts = []fact{
	{"rester-connecte", func(o organisation.Organisation) bool { return longestRemember(o) > 0 }},
	{"demande-un-des-deux", func(o organisation.Organisation) bool {
		return o.Policy.Recovery.Ask != organisation.AskBoth
	}},
	{"demande-les-deux", func(o organisation.Organisation) bool { return o.Policy.Recovery.Ask == organisation.AskBoth }},
	{"envoi-provisoire", func(o organisation.Organisation) bool {
		return o.Policy.Recovery.Send == organisation.SendTemporary
	}},
	{"envoi-lien", func(o organisation.Organisation) bool { return o.Policy.Recovery.Send == organisation.SendLink }},
	{"envoi-code", func(o organisation.Organisation) bool { return o.Policy.Recovery.Send == organisation.SendCode }},
	{"double-demandee", func(o organisation.Organisation) bool { return longestGrace(o) >= 0 }},
	{"double-delai", func(o organisation.Organisation) bool { return longestGrace(o) > 0 }},
	{"telephone", func(o organisation.Organisation) bool { return o.Contact.Phone != "" }},
	{"courriel", func(o organisation.Organisation) bool { return o.Contact.Email != "" }},
	{"horaires", func(o organisation.Organisation) bool { return o.Contact.Hours != "" }},
	{"bureaux", func(o organisation.Organisation) bool { return len(o.Offices) > 0 }},
	{"portail-famille", func(o organisation.Organisation) bool { return o.Preset == organisation.PortailFamille }},
}

func sends(o organisation.Organisation) string {
	return strings.TrimSuffix(string(o.Policy.Recovery.Send), "-password")
}

// longestRemember is for the people of this organisation: a role that it does not have does not count.
func longestRemember(o organisation.Organisation) time.Duration {
	var longest time.Duration
	for _, role := range o.Roles() {
		longest = max(longest, o.Policy.LimitsFor(role).Remember)
	}
	return longest
}

func shortestIdle(o organisation.Organisation) time.Duration {
	shortest := 24 * time.Hour
	for _, role := range o.Roles() {
		shortest = min(shortest, o.Policy.LimitsFor(role).Idle)
	}
	return shortest
}

// whoIsAsked says of each role of the organisation whether a second proof is asked. It says nothing of the grace: the
// page is public, and who may still do without is nobody's business.
func whoIsAsked(w world) string {
	var roles []string
	for _, role := range w.o.Roles() {
		key := "help.second." + string(w.o.Policy.SecondFor(role).Demand)
		roles = append(roles, "- "+escape(w.say.Say(key, "Role", w.say.Say("role."+string(role)))))
	}
	return strings.Join(roles, "\n")
}

// longestGrace is the longest time that a role of the organisation has to set up a second proof; -1 when none must.
func longestGrace(o organisation.Organisation) time.Duration {
	longest := time.Duration(-1)
	for _, role := range o.Roles() {
		switch s := o.Policy.SecondFor(role); s.Demand {
		case organisation.AtNextSignIn:
			longest = max(longest, s.Grace)
		case organisation.AtOnce:
			longest = max(longest, 0)
		}
	}
	return longest
}

func criteria(w world) string {
	rules := []string{w.say.Count("renew.rule.length", w.o.Policy.Password.MinLength)}
	for _, r := range []struct {
		asked bool
		key   string
	}{
		{w.o.Policy.Password.Upper, "renew.rule.upper"},
		{w.o.Policy.Password.Lower, "renew.rule.lower"},
		{w.o.Policy.Password.Digit, "renew.rule.digit"},
		{true, "renew.rule.common"},
	} {
		if r.asked {
			rules = append(rules, w.say.Say(r.key))
		}
	}
	for i, r := range rules {
		rules[i] = "- " + escape(r)
	}
	return strings.Join(rules, "\n")
}

func service(w world) string {
	if w.o.Contact.Service == "" {
		return w.o.Name
	}
	return w.o.Contact.Service
}

// contact is everything that is known about how to reach the organisation, one thing a line.
func contact(w world) string {
	all := []string{"**" + escape(service(w)) + "**"}
	for _, line := range lines(w.o.Contact.Address) {
		all = append(all, escape(line))
	}
	for _, known := range []string{phone(w), email(w)} {
		if known != "" {
			all = append(all, known)
		}
	}
	for _, line := range lines(w.o.Contact.Hours) {
		all = append(all, escape(line))
	}
	return strings.Join(all, "\n")
}

func phone(w world) string {
	digits := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c == '+' {
			return c
		}
		return -1
	}, w.o.Contact.Phone)
	if digits == "" {
		return escape(w.o.Contact.Phone)
	}
	return "[" + escape(w.o.Contact.Phone) + "](tel:" + digits + ")"
}

// mailbox is an address that can stand in a link as it is.
var mailbox = regexp.MustCompile(`^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$`)

func email(w world) string {
	if !mailbox.MatchString(w.o.Contact.Email) {
		return escape(w.o.Contact.Email)
	}
	return "[" + escape(w.o.Contact.Email) + "](mailto:" + w.o.Contact.Email + ")"
}

// oneLine leaves the blanks that typography wants.
var oneLine = strings.NewReplacer("\r", "", "\n", " ", "\t", " ")

// escape makes Markdown that reads as these very words (CommonMark §2.4).
func escape(words string) string {
	var b strings.Builder
	for _, c := range oneLine.Replace(words) {
		if c < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func lines(s string) []string {
	var all []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
