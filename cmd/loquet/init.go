package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/config"
	"loquet/organisation"
	"loquet/store"
)

// newOrganisation are the flags that make an organisation (contract).
type newOrganisation struct {
	Organisation string `help:"Short name in addresses and on the command line: saint-loup."`
	Preset       string `help:"portail-famille, auto-ecole, default or strict." default:""`
	Name         string `help:"Name as people say it: Ville de Saint-Loup."`
	Host         string `help:"Host name that the portal answers on: famille.saint-loup.fr."`
	Admin        string `help:"Identifier of the first manager: AGENT.ENFANCE."`
	Email        string `help:"E-mail address of the first manager."`
}

type initCommand struct {
	config.Settings
	newOrganisation
}

// Run asks for what the flags do not say, makes the organisation and prints the manager's activation link.
func (c initCommand) Run(p *program) error {
	if err := c.ask(p); err != nil {
		return err
	}
	return c.create(p, c.Settings)
}

// ask fills in what is missing, step by step.
func (n *newOrganisation) ask(p *program) error {
	lines := bufio.NewScanner(p.in)
	for _, step := range []struct {
		value    *string
		question string
	}{
		{&n.Organisation, "Short name of the organisation (saint-loup)"},
		{&n.Name, "Its name as people say it (Ville de Saint-Loup)"},
		{&n.Preset, "What it is: portail-famille, auto-ecole, default or strict"},
		{&n.Host, "Host name of its portal (famille.saint-loup.fr)"},
		{&n.Admin, "Identifier of its first manager (AGENT.ENFANCE)"},
		{&n.Email, "E-mail address of that manager"},
	} {
		if *step.value != "" {
			continue
		}
		fmt.Fprint(p.err, step.question+": ")
		if !lines.Scan() {
			return usageError{errors.New("init needs --organisation, --name, --preset, --host, --admin and --email, " +
				"or answers to its questions")}
		}
		*step.value = strings.TrimSpace(lines.Text())
	}
	return nil
}

func (n newOrganisation) create(p *program, s config.Settings) error {
	o, manager, err := n.build(s)
	if err != nil {
		return usageError{err}
	}
	h, err := p.open(s, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	note := audit.Entry{Organisation: o.ID, At: time.Now(), Act: audit.OrganisationCreated, Actor: audit.System}
	if err := h.DB.CreateOrganisation(p.ctx, o, nil, note); err != nil {
		return n.taken(err)
	}
	if err := h.DB.CreateAccounts(p.ctx, created([]account.Account{manager}, note.At)); err != nil {
		return fmt.Errorf("creating %s: %w", manager.Identifier, err)
	}
	link, err := h.Recovery.Invite(p.ctx, o, manager)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	fmt.Fprintf(p.out, "%s is ready. %s chooses a password here, once, within 24 hours:\n%s\n", o.Name, manager.Identifier, link)
	return nil
}

// taken says which name another organisation has already.
func (n newOrganisation) taken(err error) error {
	name := n.Organisation
	var other store.ErrTaken
	if !errors.As(err, &other) {
		return fmt.Errorf("creating %s: %w", name, err)
	}
	if other.What == "host" {
		name = n.Host
	}
	return fmt.Errorf("there is already an organisation with the %s %q; `loquet organisation list` lists them", other.What, name)
}

// build checks everything before anything is written.
func (n newOrganisation) build(s config.Settings) (organisation.Organisation, account.Account, error) {
	preset := organisation.Preset(n.Preset)
	if !known(preset) {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--preset %q is none of portail-famille, auto-ecole, default, strict", n.Preset)
	}
	if !organisation.GoodSlug(n.Organisation) {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--organisation %q: give 2 to 40 lower-case letters, digits and hyphens", n.Organisation)
	}
	if n.Organisation == organisation.PlatformSlug {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--organisation %q is the platform's own name; its people are operators: "+
			"`loquet operator create` makes one", n.Organisation)
	}
	if strings.TrimSpace(n.Name) == "" {
		return organisation.Organisation{}, account.Account{}, errors.New("--name: give the organisation a name")
	}
	if err := s.CheckHost(n.Host); err != nil {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--host: %w", err)
	}
	if account.FoldIdentifier(n.Admin) == "" {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--admin %q may not be an identifier", n.Admin)
	}
	address, _, ok := account.FoldEmail(n.Email)
	if !ok {
		return organisation.Organisation{}, account.Account{}, fmt.Errorf("--email %q is no e-mail address", n.Email)
	}
	o := organisation.Organisation{
		ID: store.NewID(), Slug: n.Organisation, Name: n.Name, Hosts: []string{n.Host}, Preset: preset, Wording: preset.Wording(),
		Language: "fr", TimeZone: organisation.DefaultZone, Policy: preset.Policy(),
		Contact: organisation.Contact{Email: address},
		Legal: organisation.Legal{
			Publisher: n.Name, Controller: n.Name, Copyright: "© " + n.Name, Public: preset == organisation.PortailFamille,
			Accessibility: organisation.Accessibility{State: organisation.NotConform},
		},
		Appearance: organisation.Appearance{Colour: "#1f4f8f"},
	}
	role := account.Agent
	if preset == organisation.AutoEcole {
		role = account.Gerant
	}
	return o, account.Account{
		ID: store.NewID(), Organisation: o.ID, Identifier: n.Admin, Role: role, State: account.Invited,
		Emails: []account.Email{{Address: address, Proven: true}},
	}, nil
}

func known(p organisation.Preset) bool {
	for _, one := range organisation.Presets {
		if one == p {
			return true
		}
	}
	return false
}
