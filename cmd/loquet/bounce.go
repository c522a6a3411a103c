package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-message/textproto"

	"loquet/config"
	"loquet/courier"
	"loquet/courier/bounce"
	"loquet/house"
)

// exitLater is EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again.
const exitLater = 75

// later is a failure that may be over when the mail server tries again. Any other status has it drop the mail.
type later struct{ error }

type bounceCommand struct {
	config.Settings
	Recipient string `help:"Envelope recipient; empty: X-Original-To, Delivered-To or Envelope-To." placeholder:"ADDRESS"`
}

// Run takes one returned mail from a pipe. Whatever is forged, broken or nobody's is taken as well, and dropped: a mail
// server that is told no would write another report.
func (c bounceCommand) Run(p *program) error {
	raw, err := io.ReadAll(io.LimitReader(p.in, bounce.Longest+1))
	if err != nil {
		return later{fmt.Errorf("reading the mail: %w", err)}
	}
	_, _ = io.Copy(io.Discard, p.in)      // whoever writes must not see the pipe break
	h, err := p.open(c.Settings, "error") // the mail server keeps what is said here
	if err != nil {
		return later{err}
	}
	defer h.Close() //nolint:errcheck // the process ends
	recipients := []string{c.Recipient}
	if c.Recipient == "" {
		recipients = recipientsOf(raw)
	}
	for _, recipient := range recipients {
		fate, err := h.Returned(p.ctx, recipient, raw)
		switch {
		case errors.Is(err, house.ErrNoReturns):
			return later{err}
		case err != nil:
			return later{fmt.Errorf("the mail is not kept yet: %w", err)}
		case fate != courier.FateStranger:
			return nil
		}
	}
	return nil
}

// deliveredTo are the headers in which mail servers write the envelope recipient of a mail that goes through a pipe.
var deliveredTo = []string{"X-Original-To", "Delivered-To", "Envelope-To"}

// mostRecipients is how many of them are tried.
const mostRecipients = 16

// recipientsOf gives the recipients that the header of a mail names, each once.
func recipientsOf(raw []byte) []string {
	if bytes.HasPrefix(raw, []byte("From ")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return nil
	}
	var all []string
	for _, name := range deliveredTo {
		for _, address := range header.Values(name) {
			address = strings.Trim(address, "<> \t")
			if len(all) < mostRecipients && !slices.Contains(all, address) {
				all = append(all, address)
			}
		}
	}
	return all
}
