package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"

	"loquet/config"
	"loquet/courier"
	"loquet/courier/gateway"
	"loquet/fault"
	"loquet/house"
)

type serveCommand struct {
	config.Settings
}

// Run serves until it is told to stop, and then lets requests and letters in flight finish.
func (c serveCommand) Run(p *program) error {
	if err := c.Check(); err != nil {
		return usageError{err}
	}
	sender, err := senderOf(c.Settings)
	if err != nil {
		return usageError{err}
	}
	texts, err := textsOf(c.Settings)
	if err != nil {
		return usageError{err}
	}
	var certificates []tls.Certificate
	if c.TLSCert != "" {
		certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return fmt.Errorf("tls_cert and tls_key: %w", err)
		}
		certificates = append(certificates, certificate)
	}
	h, err := p.open(c.Settings, c.LogLevel)
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	if err := c.checkHosts(p, h); err != nil {
		return err
	}
	if _, err := h.SettlePlatform(p.ctx, c.PlatformHosts()); err != nil && !errors.Is(err, fault.Missing) {
		return err //nolint:wrapcheck // one clear sentence already
	}
	if texts != nil {
		h.SendTexts(texts)
		h.BoundTexts(c.SMSMostPerDay)
	}
	pages, err := h.Web(c.Settings)
	if err != nil {
		return usageError{err}
	}
	return h.Run(p.ctx, c.Settings, pages.Handler(), certificates, sender, func(address string) {
		fmt.Fprintf(p.out, "loquet %s listens on %s\n", version, address)
	})
}

// checkHosts refuses to serve a host over http that is not on this machine: its cookies would go over the wire in clear.
func (c serveCommand) checkHosts(p *program, h *house.House) error {
	all, err := h.DB.Organisations(p.ctx)
	if err != nil {
		return fmt.Errorf("listing organisations: %w", err)
	}
	for _, host := range c.PlatformHosts() {
		if err := c.CheckHost(host); err != nil {
			return usageError{fmt.Errorf("platform_host: %w", err)}
		}
	}
	for _, o := range all {
		for _, host := range o.Hosts {
			if err := c.CheckHost(host); err != nil {
				return usageError{fmt.Errorf("organisation %s: %w", o.Slug, err)}
			}
		}
	}
	return nil
}

// textsOf gives the way to the gateway of text messages, nil without one.
func textsOf(s config.Settings) (courier.TextSender, error) {
	if s.SMS == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	g, err := gateway.New(gateway.Settings{
		Address: s.SMS, Token: s.SMSToken, Method: s.SMSMethod, Headers: s.SMSHeaders, Body: s.SMSBody,
		ContentType: s.SMSContentType, Success: s.SMSSuccess, Number: gateway.Number(s.SMSNumber),
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // one sentence that names the setting
	}
	return g, nil
}

// senderOf gives the way to the mail server.
func senderOf(s config.Settings) (courier.Sender, error) {
	relay, err := courier.ParseSMTP(s.SMTP)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	var sender courier.Sender
	if sender, err = courier.NewSMTP(relay, s.MailFrom); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if s.DKIMKey == "" {
		return sender, nil
	}
	pem, err := os.ReadFile(s.DKIMKey)
	if err != nil {
		return nil, fmt.Errorf("dkim_key: %w", err)
	}
	key, err := courier.ParseDKIM(sender.Domain(), s.DKIMSelector, pem)
	if err != nil {
		return nil, fmt.Errorf("dkim_key: %w", err)
	}
	signed, err := courier.Signed(sender, key)
	if err != nil {
		return nil, fmt.Errorf("dkim: %w", err)
	}
	return signed, nil
}
