package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/config"
	"loquet/fault"
	"loquet/house"
	"loquet/oidc"
	"loquet/organisation"
)

// applicationCommand is for the programs behind the door (contract).
type applicationCommand struct {
	List   applicationList   `cmd:"" help:"List the applications of an organisation."`
	Create applicationCreate `cmd:"" help:"Let an application in, and print its client_id and, once, its client_secret."`
	Revoke applicationRevoke `cmd:"" help:"Shut an application out for good: everybody leaves it at once."`
}

type applicationList struct {
	config.Settings
	Organisation string `help:"Short name of the organisation; all of them by default."`
	JSON         bool   `help:"For machines."`
}

// applicationLine is an application as machines read it.
type applicationLine struct {
	ClientID        string         `json:"client_id"`
	Name            string         `json:"name"`
	Organisation    string         `json:"organisation"`
	Kind            string         `json:"kind"` // "openid" or "forward"
	URL             string         `json:"url,omitempty"`
	Redirects       []string       `json:"redirect_uris,omitempty"`
	LogoutRedirects []string       `json:"post_logout_redirect_uris,omitempty"`
	BackChannel     string         `json:"backchannel_logout_uri,omitempty"`
	Public          bool           `json:"public"`
	Roles           []account.Role `json:"roles,omitempty"`
	Used            *time.Time     `json:"used,omitempty"` // last entry
}

func applicationLineOf(o organisation.Organisation, a application.Application) applicationLine {
	l := applicationLine{
		ClientID: a.ID, Name: a.Name, Organisation: o.Slug, Kind: string(a.Kind), URL: a.URL, Redirects: a.Redirects,
		LogoutRedirects: a.LogoutRedirects, BackChannel: a.BackChannel, Public: a.Public, Roles: a.Rule.Roles,
	}
	if !a.Used.IsZero() {
		l.Used = &a.Used
	}
	return l
}

// Run lists applications by organisation and name.
func (c applicationList) Run(p *program) error {
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
	lines := []applicationLine{}
	for _, o := range organisations {
		all, err := h.DB.Applications(p.ctx, o.ID)
		if err != nil {
			return fmt.Errorf("listing applications: %w", err)
		}
		for _, a := range all {
			lines = append(lines, applicationLineOf(o, a))
		}
	}
	if c.JSON {
		return p.json(lines)
	}
	for _, l := range lines {
		fmt.Fprintln(p.out, strings.Join([]string{l.Organisation, l.ClientID, l.Name, l.Kind, l.URL}, "\t"))
	}
	return nil
}

type applicationCreate struct {
	config.Settings
	ofOrganisation
	Name           string   `required:"" help:"Name, as people call it."`
	About          string   `help:"One line on its tile."`
	URL            string   `name:"url" help:"Address that its tile on the home page leads to; without it there is no tile."`
	Redirect       []string `sep:"none" help:"Address that people are sent back to, compared to the letter; repeat it for several."`
	LogoutRedirect []string `sep:"none" help:"Address that people are sent to after they have signed out there; repeat it for several."`
	BackChannel    string   `help:"Address that the portal calls when somebody signs out."`
	ForwardAuth    string   `placeholder:"URL" help:"Instead of --redirect and --url: what a proxy guards, with all below it."`
	Role           []string `help:"Who may enter: gerant, complet, moniteur, agent, famille; everybody by default."`
	Second         bool     `help:"Ask a second proof of whoever enters."`
	Public         bool     `help:"It runs in a browser or on a phone, and has no secret."`
	NoPKCE         bool     `name:"no-pkce" help:"It may do without PKCE."`
	Pairwise       bool     `help:"It knows people by numbers of its own."`
	Signs          string   `default:"RS256" enum:"RS256,ES256,EdDSA" help:"How its ID tokens are signed: RS256, ES256 or EdDSA."`
	ThirdParty     bool     `help:"It is somebody else's: people are asked whether it may know them."`
	JSON           bool     `help:"For machines."`
}

// Run lets an application in.
func (c applicationCreate) Run(p *program) error {
	wanted, err := c.program()
	if err != nil {
		return usageError{err}
	}
	return c.within(p, c.Settings, func(h *house.House, o organisation.Organisation) error {
		if o.Platform() {
			return usageError{errors.New("the platform has no applications: name the organisation whose people are to enter")}
		}
		added, secret, found, err := h.Admin.RegisterApplication(p.ctx, o, wanted)
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		if len(found) > 0 {
			return refusedApplication(found[0])
		}
		c.remark(p, o)
		if c.JSON {
			return p.json(struct {
				applicationLine
				Secret string `json:"client_secret,omitempty"`
				Issuer string `json:"issuer"`
			}{applicationLineOf(o, added), secret, c.issuer(o)})
		}
		c.tell(p, o, added, secret)
		return nil
	})
}

// remark says that a portal on this machine may be another one than it is taken for: a demo's is http.
func (c applicationCreate) remark(p *program, o organisation.Organisation) {
	name, _, _ := strings.Cut(o.Host(), ":")
	if c.PublicScheme == "https" && (name == "localhost" || strings.HasSuffix(name, ".localhost")) { // RFC 6761 §6.3
		fmt.Fprintf(p.err, "loquet: the portal is taken to be %s; if it is http, as a demo is, say --public-scheme http\n", c.issuer(o))
	}
}

// tell prints what the program is to be told, or where the proxy before it finds it.
func (c applicationCreate) tell(p *program, o organisation.Organisation, added application.Application, secret string) {
	fmt.Fprintf(p.out, "client_id      %s\n", added.ID)
	if secret != "" {
		fmt.Fprintf(p.out, "client_secret  %s\n", secret)
	}
	fmt.Fprintf(p.out, "issuer         %s\n", c.issuer(o))
	switch {
	case added.Kind == application.Forward:
		fmt.Fprintf(p.out, "guards         %s\n", added.URL)
		fmt.Fprintf(p.out, "The lines for the proxy are on its page: %s/settings/applications/%s\n", c.issuer(o), added.ID)
	default:
		fmt.Fprintf(p.out, "discovery      %s%s\n", c.issuer(o), oidc.DiscoveryPath)
	}
	if secret != "" {
		fmt.Fprintln(p.out, "The secret is not kept and not shown again.")
	}
}

func (c applicationCreate) issuer(o organisation.Organisation) string {
	return c.PublicScheme + "://" + o.Host()
}

func (c applicationCreate) program() (admin.Program, error) {
	wanted := admin.Program{
		Template: application.AnyOpenID, Name: c.Name, About: c.About, URL: c.URL, Tile: c.URL != "", Own: !c.ThirdParty,
		Redirects: c.Redirect, LogoutRedirects: c.LogoutRedirect, BackChannel: c.BackChannel, Public: c.Public,
		NoPKCE: c.NoPKCE, Pairwise: c.Pairwise, Signs: application.Algorithm(c.Signs), Rule: application.Rule{Second: c.Second},
	}
	for _, r := range c.Role {
		wanted.Rule.Roles = append(wanted.Rule.Roles, account.Role(r))
	}
	if c.ForwardAuth == "" {
		return wanted, nil
	}
	if c.URL+c.BackChannel != "" || len(c.Redirect)+len(c.LogoutRedirect) > 0 || c.Public || c.NoPKCE || c.Pairwise ||
		c.ThirdParty {
		return wanted, errors.New("--forward-auth goes with --name, --about, --role and --second only")
	}
	wanted.Template, wanted.URL, wanted.Tile = application.AnyForward, c.ForwardAuth, true
	return wanted, nil
}

// refusedApplication is a command called wrongly, but where only what is there already stands in the way.
func refusedApplication(r application.Refusal) error {
	err := errors.New(applicationRefusals[r])
	switch r {
	case application.NameTaken, application.AreaTaken, application.TooMany:
		return err
	}
	return usageError{err}
}

// applicationRefusals says what to mend, one clear sentence each.
var applicationRefusals = map[application.Refusal]string{
	application.NameEmpty:       "--name is empty",
	application.NameUnfit:       "--name has more than 60 characters, or some that cannot be seen",
	application.NameTaken:       "there is an application of that --name already; `loquet application list` lists them",
	application.AboutUnfit:      "--about has more than 120 characters, or some that cannot be seen",
	application.KindUnknown:     "there is no such kind of application",
	application.URLEmpty:        "name the address with --url",
	application.URLUnfit:        "--url, or --forward-auth, must be a whole address: https://…, or http://… on a loopback host",
	application.AreaUnfit:       "--forward-auth must be a plain path without a query, and as the portal is, https or http (--public-scheme)",
	application.AreaTaken:       "another application guards that address already",
	application.RedirectEmpty:   "name the address that people are sent back to with --redirect",
	application.RedirectUnfit:   "--redirect must be a whole address without # and *: https://…, http://… on a loopback host, or with --public a scheme with a dot",
	application.RedirectsMany:   "--redirect at most ten times",
	application.LogoutUnfit:     "--logout-redirect must be a whole address without # and *: https://…, http://… on a loopback host, or with --public a scheme with a dot",
	application.LogoutsMany:     "--logout-redirect at most ten times",
	application.BackUnfit:       "--back-channel must be a whole address: https://…, or http://… on a loopback host",
	application.PublicNoPKCE:    "--public and --no-pkce do not go together: nothing would keep a stolen code from its thief",
	application.PublicHasSecret: "--public and a secret do not go together",
	application.SignsUnknown:    "--signs is none of RS256, ES256, EdDSA",
	application.RoleUnknown:     "--role is none of gerant, complet, moniteur, agent, famille",
	application.OfficeUnknown:   "the organisation has no such office",
	application.TooMany:         "the organisation has a hundred applications already; `loquet application revoke` shuts one out",
}

type applicationRevoke struct {
	config.Settings
	Organisation string `help:"Short name of the organisation; found by the ID by default."`
	ID           string `arg:"" name:"client-id" help:"Its client_id; the list has them."`
}

// Run shuts an application out.
func (c applicationRevoke) Run(p *program) error {
	h, err := p.open(c.Settings, "warn")
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	organisations, err := h.DB.Organisations(p.ctx)
	if err != nil {
		return fmt.Errorf("listing organisations: %w", err)
	}
	for _, o := range organisations {
		if c.Organisation != "" && o.Slug != c.Organisation {
			continue
		}
		err := h.Admin.CloseApplication(p.ctx, o, c.ID)
		if errors.Is(err, fault.Missing) {
			continue
		}
		if err != nil {
			return err //nolint:wrapcheck // the flow says what it was doing
		}
		fmt.Fprintln(p.out, "revoked; whoever was in it is out")
		return nil
	}
	return fmt.Errorf("no application that is let in has the ID %q; `loquet application list` lists them", c.ID)
}
