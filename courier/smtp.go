package courier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	dialTime    = 10 * time.Second
	commandTime = 30 * time.Second // for an answer to a command
	submitTime  = 60 * time.Second // for the answer after the last line; a filter may be at work
	idleTime    = 20 * time.Second // servers hang up on the idle; RFC 5321 lets them after 5 minutes, many do sooner
)

// SMTP brings letters to one mail server. Connections stay open between letters and are used again.
type SMTP struct {
	address
	relay Relay
	idle  chan *connection
}

type connection struct {
	*smtp.Client
	used time.Time // when it was last put aside
}

// NewSMTP gives a sender for a relay. from is the address that letters come from.
func NewSMTP(r Relay, from string) (*SMTP, error) {
	a, err := parseFrom(from)
	if err != nil {
		return nil, err
	}
	return &SMTP{a, r, make(chan *connection, r.Connections)}, nil
}

// Parallel is how many connections may be open, one for each letter on its way.
func (s *SMTP) Parallel() int { return s.relay.Connections }

// Send hands one letter to the mail server within the time of ctx. The letter is as it was given: no header is added.
func (s *SMTP) Send(ctx context.Context, from, to string, raw []byte) error {
	if err := errors.Join(CheckAddress(from), CheckAddress(to), checkRaw(raw)); err != nil {
		return err
	}
	if c := s.reuse(); c != nil {
		begun, err := s.submit(ctx, c, from, to, raw)
		// A connection that the server has closed while it was idle says so before anything was handed over.
		if err == nil || begun || ctx.Err() != nil {
			return err
		}
	}
	c, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("reaching the mail server: %w", err)
	}
	_, err = s.submit(ctx, c, from, to, raw)
	return err
}

// Close hangs up on every idle connection.
func (s *SMTP) Close() {
	for {
		select {
		case c := <-s.idle:
			_ = c.Close()
		default:
			return
		}
	}
}

// reuse gives an idle connection that is still fresh, or nil.
func (s *SMTP) reuse() *connection {
	for {
		select {
		case c := <-s.idle:
			if time.Since(c.used) < idleTime {
				return c
			}
			_ = c.Close()
		default:
			return nil
		}
	}
}

// keep puts a connection aside for the next letter, clean of what was said before.
func (s *SMTP) keep(c *connection) {
	c.used = time.Now()
	select {
	case s.idle <- c:
	default:
		_ = c.Close()
	}
}

// submit says one letter to an open connection. begun tells that the server took part in it: an answer of it counts.
func (s *SMTP) submit(ctx context.Context, c *connection, from, to string, raw []byte) (begun bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	begun, err = say(c.Client, from, to, raw)
	if !stop() && err == nil {
		return begun, nil // the answer came in the very moment in which the time was over
	}
	var refused *smtp.SMTPError
	switch {
	case err == nil:
		s.keep(c)
		return begun, nil
	case errors.As(err, &refused) && refused.Code != 421:
		if c.Reset() == nil {
			s.keep(c)
		} else {
			_ = c.Close()
		}
		return true, refusal(refused)
	}
	_ = c.Close()
	if refused != nil {
		return begun, refusal(refused)
	}
	return begun, fmt.Errorf("talking to the mail server: %w", err)
}

func say(c *smtp.Client, from, to string, raw []byte) (begun bool, err error) {
	if err := c.Mail(from, nil); err != nil {
		return false, err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return true, err
	}
	w, err := c.Data()
	if err != nil {
		return true, err
	}
	if _, err := w.Write(raw); err != nil {
		return true, err
	}
	return true, w.Close()
}

// ours are answers about how we talk to the server rather than about the letter: a letter does not fail for them
// (RFC 4954 §6: 530 authentication required, 534 too weak, 535 wrong, 538 encryption required).
var ours = map[int]bool{530: true, 534: true, 535: true, 538: true}

func refusal(e *smtp.SMTPError) Refusal {
	return Refusal{
		Code: e.Code, Status: enhanced(e.EnhancedCode), Said: tidy(e.Message, longestAnswer),
		Final: e.Code >= 500 && !ours[e.Code],
	}
}

// enhanced writes a code of RFC 3463; "" where the server gave none.
func enhanced(code smtp.EnhancedCode) string {
	if code[0] < 2 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", code[0], code[1], code[2])
}

// dial opens a connection as the relay's security asks, and signs in. Whatever goes wrong here is about the server and
// not about the letter, so that every error of it is worth another try, whatever its code.
func (s *SMTP) dial(ctx context.Context) (*connection, error) {
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", s.relay.address())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, err := s.greet(conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		var refused *smtp.SMTPError
		if errors.As(err, &refused) {
			return nil, Refusal{Code: refused.Code, Said: tidy(refused.Message, longestAnswer)}
		}
		return nil, err
	}
	return &connection{Client: c}, nil
}

func (s *SMTP) greet(conn net.Conn) (*smtp.Client, error) {
	var c *smtp.Client
	switch s.relay.Security {
	case Implicit:
		c = smtp.NewClient(tls.Client(conn, s.tls()))
	case StartTLS:
		var err error
		if c, err = smtp.NewClientStartTLS(conn, s.tls()); err != nil {
			return nil, err
		}
	case Insecure:
		if !loopback(conn.RemoteAddr()) {
			return nil, errors.New("the mail server is not on this machine, and the connection would be in clear")
		}
		c = smtp.NewClient(conn)
	}
	c.CommandTimeout, c.SubmissionTimeout = commandTime, submitTime
	// The first command after STARTTLS is where a certificate that does not fit shows.
	if err := c.Hello(s.domain); err != nil {
		return nil, err
	}
	return c, s.signIn(c)
}

func (s *SMTP) signIn(c *smtp.Client) error {
	if s.relay.user == "" {
		return nil
	}
	// ParseSMTP lets no password through without TLS; this is the lock behind the lock.
	if state, ok := c.TLSConnectionState(); !ok || !state.HandshakeComplete {
		return errors.New("the connection is in clear, so the password stays here")
	}
	switch {
	case c.SupportsAuth(sasl.Plain):
		return c.Auth(sasl.NewPlainClient("", s.relay.user, s.relay.password))
	case c.SupportsAuth(sasl.Login):
		return c.Auth(sasl.NewLoginClient(s.relay.user, s.relay.password))
	}
	return errors.New("the mail server offers neither AUTH PLAIN nor AUTH LOGIN")
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.relay.Host, RootCAs: s.relay.roots, MinVersion: tls.VersionTLS12}
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// pool reads the certificates of a private authority.
func pool(pem []byte) (*x509.CertPool, error) {
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		return nil, errors.New("it holds no certificate in PEM form")
	}
	return p, nil
}
