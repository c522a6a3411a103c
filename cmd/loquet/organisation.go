package main

import (
	"encoding/json"
	"fmt"

	"loquet/config"
	"loquet/organisation"
)

type organisationCommand struct {
	List   organisationList   `cmd:"" help:"List organisations."`
	Show   organisationShow   `cmd:"" help:"Show one organisation."`
	Create organisationCreate `cmd:"" help:"Create an organisation, with the flags of init."`
}

type organisationList struct {
	config.Settings
	JSON bool `help:"For machines."`
}

// organisationLine is an organisation as machines read it (contract).
type organisationLine struct {
	Slug   string   `json:"slug"`
	Name   string   `json:"name"`
	Hosts  []string `json:"hosts"`
	Preset string   `json:"preset"`
}

func lineOf(o organisation.Organisation) organisationLine {
	return organisationLine{Slug: o.Slug, Name: o.Name, Hosts: o.Hosts, Preset: string(o.Preset)}
}

// Run lists every organisation.
func (c organisationList) Run(p *program) error {
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	all, err := h.DB.Organisations(p.ctx)
	if err != nil {
		return fmt.Errorf("listing organisations: %w", err)
	}
	lines := make([]organisationLine, len(all))
	for i, o := range all {
		lines[i] = lineOf(o)
	}
	if c.JSON {
		return p.json(lines)
	}
	for _, l := range lines {
		fmt.Fprintf(p.out, "%s\t%s\t%v\n", l.Slug, l.Name, l.Hosts)
	}
	return nil
}

type organisationShow struct {
	config.Settings
	Slug string `arg:"" help:"Short name."`
}

// Run prints an organisation with its policy.
func (c organisationShow) Run(p *program) error {
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	o, err := tenantOf(p, h, c.Slug)
	if err != nil {
		return err
	}
	return p.json(struct {
		organisationLine
		Wording string              `json:"wording"`
		Policy  organisation.Policy `json:"policy"`
		Bits    float64             `json:"password_bits"`
	}{lineOf(o), string(o.Wording), o.Policy, o.Policy.Password.Bits()})
}

type organisationCreate struct {
	config.Settings
	newOrganisation
}

// Run makes an organisation as init does.
func (c organisationCreate) Run(p *program) error {
	if err := c.ask(p); err != nil {
		return err
	}
	return c.create(p, c.Settings)
}

// json prints for machines.
func (p *program) json(v any) error {
	out := json.NewEncoder(p.out)
	out.SetIndent("", "  ")
	if err := out.Encode(v); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}
