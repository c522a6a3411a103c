package main

import (
	"fmt"
	"strings"

	"loquet/account"
	"loquet/config"
	"loquet/organisation"
	"loquet/recovery"
)

type recoveryCommand struct {
	Check recoveryCheck `cmd:"" help:"Name the people who have no way back in, or who are one loss away from that."`
	Map   recoveryMap   `cmd:"" help:"The ways back in, as they are in one organisation: listed, or drawn."`
}

type recoveryCheck struct {
	config.Settings
	Organisation string `help:"Short name of the organisation; all of them by default."`
	All          bool   `help:"Name as well those whom a colleague or the desk would have to help."`
	JSON         bool   `help:"For machines."`
}

// checked is what a check says of one organisation, as machines read it.
type checked struct {
	Organisation string                  `json:"organisation"`
	People       map[recovery.Safety]int `json:"people"`
	Found        []foundLine             `json:"found"`
}

type foundLine struct {
	Identifier string          `json:"identifier"`
	Role       account.Role    `json:"role"`
	Safety     recovery.Safety `json:"safety"`
	Reach      recovery.Reach  `json:"reach"`  // how they get in as it is
	Losses     []string        `json:"losses"` // each of which alone makes it so
	Cure       string          `json:"cure"`   // the cheapest that helps; empty for none
}

// Run checks each organisation. Whoever needs a colleague is only counted, unless they are asked for: most families are
// glad of a counter.
func (c recoveryCheck) Run(p *program) error {
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	var organisations []organisation.Organisation
	if c.Organisation == "" {
		organisations, err = h.DB.Organisations(p.ctx)
	} else {
		var one organisation.Organisation
		one, err = tenantOf(p, h, c.Organisation)
		organisations = append(organisations, one)
	}
	if err != nil {
		return err
	}
	all := []checked{}
	for _, o := range organisations {
		one := checked{Organisation: o.Slug, Found: []foundLine{}}
		one.People, err = h.Recovery.Check(p.ctx, o, func(f recovery.Finding) error {
			if c.All || f.Safety != recovery.Helped {
				one.Found = append(one.Found, foundOf(f))
			}
			return nil
		})
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		all = append(all, one)
	}
	if c.JSON {
		return p.json(all)
	}
	for _, one := range all {
		one.print(p)
	}
	return nil
}

func foundOf(f recovery.Finding) foundLine {
	l := foundLine{
		Identifier: f.Person.Identifier, Role: f.Person.Role, Safety: f.Safety, Reach: f.Now, Losses: []string{},
		Cure: f.Cure.String(),
	}
	for _, loss := range f.Losses {
		l.Losses = append(l.Losses, loss.String())
	}
	return l
}

// print says it in sentences.
func (c checked) print(p *program) {
	fmt.Fprintf(p.out, "%s: %d stand firmly, %d would need a colleague or the desk after one loss, "+
		"%d are one loss away from no way back, %d have none\n", c.Organisation, c.People[recovery.Firm], c.People[recovery.Helped], c.People[recovery.OneLoss],
		c.People[recovery.NoWay])
	for _, l := range c.Found {
		fmt.Fprintf(p.out, "  %s\t%s\t%s%s\n", l.Identifier, l.Role, sentences[l.Safety], because(l))
	}
}

var sentences = map[recovery.Safety]string{
	recovery.NoWay:   "has no way back in",
	recovery.OneLoss: "is one loss away from no way back in",
	recovery.Helped:  "would need a colleague or the desk",
}

func because(l foundLine) string {
	said := ""
	if len(l.Losses) > 0 {
		said = ": " + strings.Join(l.Losses, ", or ")
	}
	if l.Cure != "" {
		said += "; would help: " + l.Cure
	}
	return said
}
