package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"loquet/account"
	"loquet/config"
	"loquet/organisation"
	"loquet/recovery"
	words "loquet/text"
)

type recoveryMap struct {
	config.Settings
	Organisation string `help:"Short name of the organisation." required:""`
	SVG          string `name:"svg" help:"Draw it into this file, for a sheet of A4; without it the ways are listed." placeholder:"FILE"`
}

// Run shows the ways back in as they are in one organisation, in its language.
func (c recoveryMap) Run(p *program) error {
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	o, err := tenantOf(p, h, c.Organisation)
	if err != nil {
		return err
	}
	look, err := h.Recovery.Outlook(p.ctx, o)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	m := drawnMap{organisation: o, managers: look.Managers, desk: look.Desk, say: printerOf(o)}
	if c.SVG == "" {
		return m.list(p)
	}
	if err := os.WriteFile(c.SVG, []byte(m.svg()), 0o644); err != nil { //nolint:gosec // a drawing for everybody
		return fmt.Errorf("drawing: %w; give a file that may be written", err)
	}
	return nil
}

// printerOf gives the words of an organisation.
func printerOf(o organisation.Organisation) *words.Printer {
	pack := words.Plain
	if o.Wording == organisation.Key {
		pack = words.Key
	}
	return words.For(o.Language, pack)
}

// drawnMap is the map of recovery as it is in one organisation.
type drawnMap struct {
	organisation organisation.Organisation
	managers     int
	desk         bool
	say          *words.Printer
}

// band is the ways that take the same help.
type band struct {
	name, note string // closed words
	closed     bool
	ways       []recovery.Way
}

// bands gives the ways by who is needed for them, in the order of the map.
func (m drawnMap) bands() []band {
	all := []band{{name: "oneself"}, {name: "colleague", closed: m.managers == 0}, {name: "desk", closed: !m.desk}}
	switch {
	case m.managers == 0:
		all[1].note = "none"
	case m.managers == 1:
		all[1].note = "one"
	}
	if !m.desk {
		all[2].note = "none"
	}
	for _, w := range recovery.Ways {
		n := 0
		switch {
		case w.Needs&recovery.HasDesk != 0:
			n = 2
		case w.Needs&(recovery.HasColleague|recovery.HasSecondManager) != 0:
			n = 1
		}
		all[n].ways = append(all[n].ways, w)
	}
	return all
}

// title says what a band is, and why it is closed.
func (m drawnMap) title(b band) (title, note string) {
	if b.note != "" {
		note = m.say.Say("map.band." + b.name + "." + b.note)
	}
	return m.say.Say("map.band." + b.name), note
}

// needs gives what a way takes: who helps first, in the order in which it is told.
func (m drawnMap) needs(w recovery.Way) (words []string) {
	names := w.Needs.Names()
	for _, first := range []bool{true, false} {
		for _, name := range names {
			if helper := name == "desk" || name == "colleague"; helper == first {
				words = append(words, m.say.Say("map.has."+name))
			}
		}
	}
	return words
}

// leads gives where a way leads.
func (m drawnMap) leads(w recovery.Way) (words []string) {
	switch {
	case w.In:
		return []string{m.say.Say("map.in")}
	case w.Resets:
		return []string{m.say.Say("map.resets")}
	}
	for _, name := range w.Gives.Names() {
		words = append(words, m.say.Say("map.has."+name))
	}
	return words
}

// asked says what the policy asks of each role of the organisation.
func (m drawnMap) asked(role account.Role) string {
	return m.say.Say("role."+string(role)) + m.say.Say("map.colon") +
		m.say.Say("map.role."+string(m.organisation.Policy.SecondFor(role).Demand))
}

// weak says whether a way is weaker than two proofs.
func weak(w recovery.Way) bool {
	for _, one := range recovery.Weak(true) {
		if one.Name == w.Name {
			return true
		}
	}
	return false
}

// list prints the map as lines.
func (m drawnMap) list(p *program) error {
	fmt.Fprintf(p.out, "%s\n%s\n\n", m.say.Say("map.title", "Name", m.organisation.Name), m.say.Say("map.about"))
	for _, role := range m.organisation.Roles() {
		fmt.Fprintln(p.out, m.asked(role))
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, b := range m.bands() {
		title, note := m.title(b)
		fmt.Fprintf(table, "\n%s\n", title)
		if note != "" {
			fmt.Fprintf(table, "%s\n", note)
		}
		for _, w := range b.ways {
			needs := m.needs(w)
			if w.Second {
				needs = append(needs, m.say.Say("map.second"))
			}
			fmt.Fprintf(table, "  %s\t→ %s\t→ %s\t%s\n", strings.Join(needs, " + "), m.say.Say("map.way."+w.Name),
				strings.Join(m.leads(w), " + "), strings.Join(m.remarks(w), ", "))
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("listing the ways: %w", err)
	}
	return nil
}

// remarks gives what is to be known of a way besides.
func (m drawnMap) remarks(w recovery.Way) (words []string) {
	if w.Managers {
		words = append(words, m.say.Say("map.managers"))
	}
	if weak(w) {
		words = append(words, m.say.Say("map.weak"))
	}
	return words
}
