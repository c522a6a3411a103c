package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/config"
	"loquet/fault"
	"loquet/house"
	"loquet/organisation"
	"loquet/store"
)

// operatorCommand is for the platform's own people (ADR-0021). What is done to them is done as to everybody.
type operatorCommand struct {
	Create   operatorCreate   `cmd:"" help:"Create an operator, and print a one-use activation link."`
	List     operatorList     `cmd:"" help:"List operators."`
	Disable  operatorDisable  `cmd:"" help:"Close an operator's account: its sessions end at once, its history stays."`
	Activate operatorActivate `cmd:"" help:"Open a closed account again."`

	ResetFactors operatorReset `cmd:"" help:"Remove the lost second proofs of an operator."`
}

type operatorCreate struct {
	config.Settings
	Identifier string `arg:"" help:"Identifier, never to be given to anyone else."`
	Name       string `required:"" help:"Name, as the organisations that are helped read it in their journals."`
	Email      string `required:"" help:"E-mail address, as proven by whoever runs this command."`
	Mobile     string `help:"Mobile number."`
}

// Run makes an operator, and the platform where this is the first one.
func (c operatorCreate) Run(p *program) error {
	a, err := c.build()
	if err != nil {
		return usageError{err}
	}
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	o, err := c.platform(p, h)
	if err != nil {
		return err
	}
	if err := h.DB.CreateAccounts(p.ctx, created([]account.Account{a}, time.Now())); err != nil {
		return fmt.Errorf("creating %s: %w", a.Identifier, err)
	}
	link, err := h.Recovery.Invite(p.ctx, o, a)
	if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	fmt.Fprintf(p.out, "%s chooses a password here, once, within 24 hours, and then sets up a second proof:\n%s\n",
		a.Identifier, link)
	return nil
}

// platform gives the platform, on the host that a server has given it. Only the first operator may come before the
// first server.
func (c operatorCreate) platform(p *program, h *house.House) (organisation.Organisation, error) {
	o, err := h.DB.Platform(p.ctx)
	if err == nil && o.Host() != "" {
		return o, nil
	}
	if err != nil && !errors.Is(err, fault.Missing) {
		return o, fmt.Errorf("looking for the platform: %w", err)
	}
	if len(c.PlatformHosts()) == 0 {
		return o, usageError{errors.New("operators sign in on the platform's own host: name it with --platform-host")}
	}
	for _, host := range c.PlatformHosts() {
		if err := c.CheckHost(host); err != nil {
			return o, usageError{fmt.Errorf("platform_host: %w", err)}
		}
	}
	return h.SettlePlatform(p.ctx, c.PlatformHosts()) //nolint:wrapcheck // one clear sentence already
}

// build checks everything before anything is written.
func (c operatorCreate) build() (account.Account, error) {
	a := account.Account{
		ID: store.NewID(), Organisation: organisation.PlatformID, Identifier: strings.TrimSpace(c.Identifier),
		FamilyName: strings.TrimSpace(c.Name), Role: account.Operator, State: account.Invited,
	}
	address, _, ok := account.FoldEmail(c.Email)
	switch {
	case account.FoldIdentifier(a.Identifier) == "":
		return a, fmt.Errorf("%q may not be an identifier", c.Identifier)
	case a.FamilyName == "":
		return a, errors.New("--name: organisations read in their journals who has helped: give a name")
	case !ok:
		return a, fmt.Errorf("--email %q is no e-mail address", c.Email)
	}
	a.Emails = []account.Email{{Address: address, Proven: true}}
	if c.Mobile != "" {
		if a.Mobile, ok = account.FoldMobile(c.Mobile); !ok {
			return a, fmt.Errorf("--mobile %q is no mobile number", c.Mobile)
		}
	}
	return a, nil
}

// ofPlatform is ofOrganisation of the platform.
var ofPlatform = ofOrganisation{Organisation: organisation.PlatformSlug}

type operatorList struct {
	config.Settings
	JSON bool `help:"For machines."`
}

// Run lists the operators.
func (c operatorList) Run(p *program) error {
	return userList{Settings: c.Settings, Organisation: organisation.PlatformSlug, JSON: c.JSON}.Run(p)
}

type operatorDisable struct {
	config.Settings
	Identifier string `arg:"" help:"Identifier of the operator."`
}

// Run closes an operator's account.
func (c operatorDisable) Run(p *program) error {
	return userDisable{c.Settings, ofPlatform, c.Identifier}.Run(p)
}

type operatorActivate struct {
	config.Settings
	Identifier string `arg:"" help:"Identifier of the operator."`
}

// Run opens an operator's account.
func (c operatorActivate) Run(p *program) error {
	return userActive{c.Settings, ofPlatform, c.Identifier}.Run(p)
}

type operatorReset struct {
	config.Settings
	Identifier string `arg:"" help:"Identifier of the operator."`
}

// Run takes the second proofs of an operator away.
func (c operatorReset) Run(p *program) error {
	return userReset{c.Settings, ofPlatform, c.Identifier}.Run(p)
}
