package courier

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
)

// Security is how the connection to a mail server is kept private (MAIL-10).
type Security string

// The kinds of security. None of them falls back to another.
const (
	StartTLS Security = "starttls" // begins in clear, and nothing is said before TLS
	Implicit Security = "implicit" // TLS from the first byte (RFC 8314)
	Insecure Security = "insecure" // in clear, to this machine only
)

// DefaultConnections is how many connections to the mail server are open at once when nothing else is said. A relay
// that is far away needs more of them where many letters leave at once; some relays allow three.
const DefaultConnections = 4

// mostConnections keeps a slip of the keyboard from flooding a relay.
const mostConnections = 64

// Relay is the mail server that takes the letters.
type Relay struct {
	Host     string
	Port     int
	Security Security
	// Connections is how many connections may be open at once.
	Connections int
	user        string
	password    string
	roots       *x509.CertPool // nil for those of the system
}

func (r Relay) address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

// String names the relay without its password.
func (r Relay) String() string { return r.address() + " (" + string(r.Security) + ")" }

// GoString is String, so that %#v shows no password either.
func (r Relay) GoString() string { return r.String() }

// LogValue is String, for slog.
func (r Relay) LogValue() slog.Value { return slog.StringValue(r.String()) }

// ParseSMTP reads the address of a mail server:
//
//	smtp://user:password@host:port           STARTTLS, required; port 587 when none is named
//	smtps://user:password@host:port          TLS from the first byte; port 465
//	smtp+insecure://host:port                in clear, to a relay on this machine only; port 25
//
// User and password are percent-encoded. ?ca=FILE names a PEM file of the authorities to trust instead of the system's,
// and connections=N how many connections may be open at once where DefaultConnections does not fit.
//
// The error is one sentence for the administrator and never repeats the address, which holds a password.
func ParseSMTP(address string) (Relay, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Relay{}, errors.New("the address of the mail server cannot be read; " +
			"write smtp://user:password@host:port with special characters percent-encoded, %40 for @")
	}
	ways := map[string]Relay{
		"smtp":          {Security: StartTLS, Port: 587},
		"smtps":         {Security: Implicit, Port: 465},
		"smtp+insecure": {Security: Insecure, Port: 25},
	}
	r, known := ways[u.Scheme]
	if !known {
		return Relay{}, errors.New("the address of the mail server must begin with smtp://, smtps:// or smtp+insecure://")
	}
	if r.Host = u.Hostname(); r.Host == "" || u.Opaque != "" || (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return Relay{}, errors.New("the address of the mail server must be a scheme, a host and a port, and no more")
	}
	if p := u.Port(); p != "" {
		if r.Port, err = strconv.Atoi(p); err != nil || r.Port < 1 || r.Port > 65535 {
			return Relay{}, errors.New("the port of the mail server must be a number from 1 to 65535")
		}
	}
	if u.User != nil {
		r.user = u.User.Username()
		r.password, _ = u.User.Password()
	}
	if err := r.check(u.User != nil); err != nil {
		return Relay{}, err
	}
	return r.settle(u.Query())
}

func (r Relay) check(signsIn bool) error {
	switch {
	case signsIn && r.user == "":
		return errors.New("the address of the mail server has a password but no user")
	case r.Security != Insecure:
		return nil
	case signsIn:
		return errors.New("smtp+insecure:// takes no user and password, they would go in clear; use smtp:// or smtps://")
	}
	if ip, err := netip.ParseAddr(r.Host); r.Host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return errors.New("smtp+insecure:// is for a relay on this machine (localhost, 127.0.0.1 or ::1); " +
			"use smtp:// or smtps:// for any other")
	}
	return nil
}

// settle reads what the query may hold: ca, connections and nothing else.
func (r Relay) settle(query url.Values) (Relay, error) {
	for key := range query {
		if key != "ca" && key != "connections" {
			return Relay{}, fmt.Errorf("the address of the mail server knows no setting %q, only ca and connections",
				tidy(key, 40))
		}
	}
	r.Connections = DefaultConnections
	if many := query.Get("connections"); many != "" {
		var err error
		if r.Connections, err = strconv.Atoi(many); err != nil || r.Connections < 1 || r.Connections > mostConnections {
			return Relay{}, fmt.Errorf("the connections to the mail server must be a number from 1 to %d", mostConnections)
		}
	}
	file := query.Get("ca")
	if file == "" {
		return r, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Relay{}, fmt.Errorf("the authorities of the mail server cannot be read: %w", err)
	}
	if r.roots, err = pool(data); err != nil {
		return Relay{}, fmt.Errorf("the authorities of the mail server in %s cannot be read: %w", file, err)
	}
	return r, nil
}
