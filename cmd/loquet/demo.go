package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"loquet/audit"
	"loquet/config"
	"loquet/courier"
	"loquet/fault"
	"loquet/house"
	"loquet/web"
)

type demoCommand struct {
	Listen    string `default:"127.0.0.1:8080" env:"LOQUET_LISTEN" help:"Address and port to listen on."`
	OpsListen string `default:"" env:"LOQUET_OPS_LISTEN" help:"Address and port of /healthz, /readyz and /metrics; none by default."`
	Data      string `default:"" env:"LOQUET_DATA" help:"Folder to keep and reuse; a temporary one by default."`
	Database  string `default:"" env:"LOQUET_DATABASE" help:"sqlite:FILE or postgres://…; a file in the data folder by default."`
	LogLevel  string `default:"warn" enum:"debug,info,warn,error" env:"LOQUET_LOG_LEVEL" help:"debug, info, warn or error."`
}

// Run serves the two organisations of the demo until it is told to stop.
func (c demoCommand) Run(p *program) error {
	if c.Data == "" {
		folder, err := os.MkdirTemp("", "loquet-demo-")
		if err != nil {
			return fmt.Errorf("temporary folder: %w; give a folder with --data", err)
		}
		defer os.RemoveAll(folder) //nolint:errcheck // the system sweeps its temporary folder too
		c.Data = folder
	}
	s, port, err := c.settings()
	if err != nil {
		return usageError{err}
	}
	h, err := p.open(s, c.LogLevel)
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	if err := settle(p.ctx, h, port); err != nil {
		return fmt.Errorf("settling the demo: %w", err)
	}
	if err := settleDesk(p.ctx, h, s); err != nil {
		return fmt.Errorf("settling the demo: %w", err)
	}
	catcher, err := courier.NewCatcher("portail@loquet.example")
	if err != nil {
		return fmt.Errorf("mail catcher: %w", err)
	}
	texts := courier.NewTextCatcher(time.Now)
	h.SendTexts(texts)
	pages, err := h.Web(s)
	if err != nil {
		return err
	}
	pages.Config.Demo = web.Demo(pages, caught{catcher, texts})
	meals, err := settleCanteen(p.ctx, h, s, port)
	if err != nil {
		return fmt.Errorf("settling the demo: %w", err)
	}
	return h.Run(p.ctx, s, meals.beside(pages.Handler()), nil, catcher, func(string) { welcome(p, port) })
}

func (c demoCommand) settings() (config.Settings, string, error) {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return config.Settings{}, "", fmt.Errorf("--listen %q is no address with a port, such as 127.0.0.1:8080", c.Listen)
	}
	return config.Settings{
		Listen: c.Listen, OpsListen: c.OpsListen, Data: c.Data, Database: c.Database, PublicScheme: "http",
		SecurityMail:        "securite@loquet.example",
		ApplicationNetworks: []string{"127.0.0.0/8", "::1"},
		HashMemory:          47104, HashPasses: 1, HashLanes: 1, HashWait: 20 * time.Second,
	}, port, nil
}

func welcome(p *program, port string) {
	fmt.Fprintf(p.out, `Loquet is open. In your browser:

  1. http://famille.localhost:%[1]s      a commune's portail famille
     Click « Mot de passe oublié », type 38162.
  2. http://localhost:%[1]s/demo/mail    the letters that were sent: read the temporary password
  3. Sign in with 38162 and that password, choose your own, sign in again: you are home.
  4. « Cantine et garderie » there is an application of its own, at http://cantine.localhost:%[1]s:
     you enter it without another password, and leave both at once.

  http://autoecole.localhost:%[1]s    an auto-école: AUTOECOLE.GERANT, gerant@autoecole-du-lac.example
  http://localhost:%[1]s              both organisations, and the desk: OPERATEUR.CAMILLE, by « Mot de passe oublié »
  http://localhost:%[1]s/demo/sms     the text messages that were sent
  http://localhost:%[1]s/demo/gallery every page in every state

Ctrl-C ends it.
`, port)
}

// settle makes the demo's organisations, or leads those of an earlier run to this port.
func settle(ctx context.Context, h *house.House, port string) error {
	for _, t := range tenants(port, time.Now()) {
		known, err := h.DB.OrganisationBySlug(ctx, t.organisation.Slug)
		switch {
		case errors.Is(err, fault.Missing):
			if err := t.create(ctx, h); err != nil {
				return err
			}
		case err != nil:
			return fmt.Errorf("looking for %s: %w", t.organisation.Slug, err)
		case known.Host() != t.organisation.Host():
			known.Hosts = t.organisation.Hosts
			note := audit.Entry{Organisation: known.ID, At: time.Now(), Act: audit.OrganisationChanged, Actor: audit.System, Detail: "hosts"}
			if err := h.DB.UpdateOrganisation(ctx, known, note); err != nil {
				return fmt.Errorf("moving %s to port %s: %w", known.Slug, port, err)
			}
		}
	}
	return nil
}

// settleDesk makes the platform with its two operators, or leads that of an earlier run to this port.
func settleDesk(ctx context.Context, h *house.House, s config.Settings) error {
	o, err := h.SettlePlatform(ctx, s.PlatformHosts())
	if err != nil {
		return err //nolint:wrapcheck // one clear sentence already
	}
	known, err := h.DB.Accounts(ctx, o.ID, "", 1)
	if err != nil {
		return fmt.Errorf("looking for operators: %w", err)
	}
	if len(known) > 0 {
		return nil
	}
	if err := h.DB.CreateAccounts(ctx, created(operators(o), time.Now())); err != nil {
		return fmt.Errorf("creating the operators: %w", err)
	}
	return nil
}

// caught shows the catchers to the web room, which knows nothing of letters.
type caught struct {
	*courier.Catcher
	texts *courier.TextCatcher
}

// Texts gives the caught text messages, newest first.
func (c caught) Texts() []web.Text {
	messages := c.texts.Texts(courier.Kept)
	texts := make([]web.Text, len(messages))
	for i, m := range messages {
		texts[i] = web.Text(m)
	}
	return texts
}

// Mails gives the caught letters, newest first.
func (c caught) Mails() []web.Mail {
	letters := c.Letters(courier.Kept)
	mails := make([]web.Mail, len(letters))
	for i, l := range letters {
		mails[i] = web.Mail{To: l.To, From: l.From, Subject: l.Subject, Date: l.Date, Headers: l.Headers, Text: l.Text, HTML: l.HTML}
	}
	return mails
}
