package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/config"
	"loquet/fault"
	"loquet/house"
	"loquet/organisation"
	"loquet/store"
)

type userCommand struct {
	List     userList    `cmd:"" help:"List people."`
	Create   userCreate  `cmd:"" help:"Create a person, who then chooses a password by « Mot de passe oublié »."`
	Disable  userDisable `cmd:"" help:"Close an account: its sessions end at once, its history stays."`
	Activate userActive  `cmd:"" help:"Open a closed account again."`

	ResetFactors userReset `cmd:"" help:"Remove the lost second proofs of a person whom no colleague can help."`
}

// ofOrganisation is the flag that says whose people are meant.
type ofOrganisation struct {
	Organisation string `required:"" help:"Short name of the organisation."`
}

type userList struct {
	config.Settings
	Organisation string `help:"Short name of the organisation; all of them by default."`
	JSON         bool   `help:"For machines."`
}

// userLine is a person as machines read it (contract).
type userLine struct {
	Identifier   string        `json:"identifier"`
	Name         string        `json:"name"`
	Role         account.Role  `json:"role"`
	Email        string        `json:"email"`
	Mobile       string        `json:"mobile"`
	State        account.State `json:"state"`
	Organisation string        `json:"organisation"`

	Second organisation.Standing `json:"second"` // where the person stands with what the policy asks beside the password
}

// Run lists people by identifier, in batches, so that memory does not grow with their number.
func (c userList) Run(p *program) error {
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
	lines := []userLine{}
	for _, o := range organisations {
		people, err := people(p, h, o)
		if err != nil {
			return err
		}
		lines = append(lines, people...)
	}
	if c.JSON {
		return p.json(lines)
	}
	for _, l := range lines {
		fmt.Fprintln(p.out, strings.Join([]string{l.Organisation, l.Identifier, l.Name, string(l.Role), l.Email, l.Mobile, string(l.State)}, "\t"))
	}
	return nil
}

const batch = 500

func people(p *program, h *house.House, o organisation.Organisation) ([]userLine, error) {
	var lines []userLine
	for after := ""; ; {
		some, err := h.DB.Accounts(p.ctx, o.ID, after, batch)
		if err != nil {
			return nil, fmt.Errorf("listing people: %w", err)
		}
		for _, a := range some {
			l := userLine{
				Identifier: a.Identifier, Name: a.Name(), Role: a.Role, Mobile: a.Mobile, State: a.State, Organisation: o.Slug,
				Second: o.Policy.Standing(a, h.Now()),
			}
			if len(a.Emails) > 0 {
				l.Email = a.Emails[0].Address
			}
			lines = append(lines, l)
		}
		if len(some) < batch {
			return lines, nil
		}
		after = some[len(some)-1].Identifier
	}
}

type userCreate struct {
	config.Settings
	ofOrganisation
	Identifier string   `arg:"" help:"Identifier, never to be given to anyone else."`
	Name       string   `help:"Family name."`
	GivenName  string   `help:"Given name."`
	Role       string   `required:"" help:"gerant, complet, moniteur, agent or famille."`
	Email      string   `help:"E-mail address, as proven by whoever runs this command."`
	Mobile     string   `help:"Mobile number."`
	Household  string   `help:"Family file."`
	Offices    []string `help:"Offices."`
}

// Run creates one person.
func (c userCreate) Run(p *program) error {
	a := account.Account{
		ID: store.NewID(), Identifier: strings.TrimSpace(c.Identifier), GivenName: c.GivenName, FamilyName: c.Name,
		Role: account.Role(c.Role), Offices: c.Offices, Household: c.Household, State: account.Invited,
	}
	switch {
	case account.FoldIdentifier(a.Identifier) == "":
		return usageError{fmt.Errorf("%q may not be an identifier", c.Identifier)}
	case c.Organisation == organisation.PlatformSlug:
		return usageError{errors.New("the platform's people are operators: `loquet operator create` makes one")}
	case !(organisation.Organisation{Slug: c.Organisation}).Admits(a.Role):
		return usageError{fmt.Errorf("--role %q is none of gerant, complet, moniteur, agent, famille", c.Role)}
	}
	if c.Email != "" {
		address, _, ok := account.FoldEmail(c.Email)
		if !ok {
			return usageError{fmt.Errorf("--email %q is no e-mail address", c.Email)}
		}
		a.Emails = []account.Email{{Address: address, Proven: true}}
	}
	if c.Mobile != "" {
		mobile, ok := account.FoldMobile(c.Mobile)
		if !ok {
			return usageError{fmt.Errorf("--mobile %q is no mobile number", c.Mobile)}
		}
		a.Mobile = mobile
	}
	return c.within(p, c.Settings, func(h *house.House, o organisation.Organisation) error {
		a.Organisation = o.ID
		return h.DB.CreateAccounts(p.ctx, created([]account.Account{a}, time.Now())) //nolint:wrapcheck // says what is taken
	})
}

type userDisable struct {
	config.Settings
	ofOrganisation
	Identifier string `arg:"" help:"Identifier of the person."`
}

// Run closes an account.
func (c userDisable) Run(p *program) error {
	return c.change(p, c.Settings, c.Identifier, account.Disabled, audit.AccountStopped)
}

type userActive struct {
	config.Settings
	ofOrganisation
	Identifier string `arg:"" help:"Identifier of the person."`
}

// Run opens an account.
func (c userActive) Run(p *program) error {
	return c.change(p, c.Settings, c.Identifier, account.Active, audit.AccountStarted)
}

type userReset struct {
	config.Settings
	ofOrganisation
	Identifier string `arg:"" help:"Identifier of the person."`
}

// Run takes the second proofs of a person away: the way back for a last manager who has lost them all (ADR-0019).
func (c userReset) Run(p *program) error {
	return c.within(p, c.Settings, func(h *house.House, o organisation.Organisation) error {
		a, err := personOf(p, h, o, c.Identifier)
		if err != nil {
			return err
		}
		told, found, err := h.Admin.RescueFactors(p.ctx, o, a.ID)
		switch {
		case errors.Is(err, fault.Stale):
			return fmt.Errorf("somebody changed %q at the same moment; run this again", c.Identifier)
		case err != nil:
			return fmt.Errorf("resetting %q: %w", c.Identifier, err)
		case len(found) > 0:
			return fmt.Errorf("%q has no second proof to remove", c.Identifier)
		}
		fmt.Fprintf(p.out, "removed; the person is signed out, and told at %d proven address(es); "+
			"they set up new proofs when they next sign in\n", told)
		if !a.Factors.Password {
			fmt.Fprintln(p.out, "they have no password: they choose one by « Mot de passe oublié »")
		}
		return nil
	})
}

// personOf gives whoever has an identifier.
func personOf(p *program, h *house.House, o organisation.Organisation, identifier string) (account.Account, error) {
	a, err := h.DB.AccountByIdentifier(p.ctx, o.ID, identifier)
	if errors.Is(err, fault.Missing) {
		return a, fmt.Errorf("nobody in %s has the identifier %q; `loquet user list --organisation %s` lists them",
			o.Slug, identifier, o.Slug)
	}
	if err != nil {
		return a, fmt.Errorf("looking for %q: %w", identifier, err)
	}
	return a, nil
}

func (c ofOrganisation) change(p *program, s config.Settings, identifier string, state account.State, act audit.Act) error {
	return c.within(p, s, func(h *house.House, o organisation.Organisation) error {
		a, err := personOf(p, h, o, identifier)
		if err != nil {
			return err
		}
		note := audit.Entry{Organisation: o.ID, At: time.Now(), Act: act, Actor: audit.System, Target: a.ID}
		if err := h.DB.SetState(p.ctx, o.ID, a.ID, state, note.At, note); err != nil {
			return fmt.Errorf("changing %q: %w", identifier, err)
		}
		return nil
	})
}

func (c ofOrganisation) within(p *program, s config.Settings, do func(*house.House, organisation.Organisation) error) error {
	h, err := p.open(s, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	o, err := tenantOf(p, h, c.Organisation)
	if err != nil {
		return err
	}
	return do(h, o)
}

func tenantOf(p *program, h *house.House, slug string) (organisation.Organisation, error) {
	o, err := h.DB.OrganisationBySlug(p.ctx, slug)
	if errors.Is(err, fault.Missing) && slug == organisation.PlatformSlug {
		return o, errors.New("there are no operators yet; `loquet operator create` makes the first one")
	}
	if errors.Is(err, fault.Missing) {
		return o, fmt.Errorf("there is no organisation %q; `loquet organisation list` lists them", slug)
	}
	if err != nil {
		return o, fmt.Errorf("looking for organisation %q: %w", slug, err)
	}
	return o, nil
}

type journalCommand struct {
	Verify journalVerify `cmd:"" help:"Verify the chain of an organisation's journal."`
}

type journalVerify struct {
	config.Settings
	ofOrganisation
}

// Run walks the journal from its first entry.
func (c journalVerify) Run(p *program) error {
	return c.within(p, c.Settings, func(h *house.House, o organisation.Organisation) error {
		if err := h.DB.VerifyJournal(p.ctx, o.ID); err != nil {
			return err //nolint:wrapcheck // says which entry
		}
		fmt.Fprintf(p.out, "the journal of %s verifies\n", o.Slug)
		return nil
	})
}
