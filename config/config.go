// Package config holds every setting of an installation: one struct, whose tags are at once the flag, the TOML key, the
// variable, the default and the documentation.
//
// It promises that a setting that does not exist is refused with the nearest right name, that nothing is guessed, and
// that every default works.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Settings are what `loquet serve` and its neighbours need. Field names in TOML are the flag names with underscores;
// variables are those in capitals after LOQUET_.
type Settings struct {
	Listen              string        `default:"127.0.0.1:8080" env:"LOQUET_LISTEN" help:"Address and port that browsers, or the proxy before us, connect to."`
	OpsListen           string        `default:"127.0.0.1:9080" env:"LOQUET_OPS_LISTEN" help:"Address and port of /healthz, /readyz and /metrics; never a public one. Empty: none."`
	Data                string        `default:"loquet-data" env:"LOQUET_DATA" help:"Folder of the SQLite database and of the installation's key."`
	Database            string        `default:"" env:"LOQUET_DATABASE" help:"sqlite:FILE or postgres://…; empty means sqlite:loquet.db in the data folder."`
	KeyFile             string        `default:"" env:"LOQUET_KEY_FILE" help:"File of the installation's key, the same on every node; empty means loquet.key in the data folder. It is made at the first start. Keep a copy apart from the database's."`
	PublicScheme        string        `default:"https" env:"LOQUET_PUBLIC_SCHEME" help:"https, or http on loopback hosts only."`
	PlatformHost        string        `default:"" env:"LOQUET_PLATFORM_HOST" help:"Host name of the platform's own pages; empty means none (with http: localhost and the port of listen)."`
	TLSCert             string        `default:"" env:"LOQUET_TLS_CERT" help:"PEM file of the certificate chain, where no trusted proxy ends TLS before us."`
	TLSKey              string        `default:"" env:"LOQUET_TLS_KEY" help:"PEM file of the certificate's key."`
	TrustedProxies      []string      `env:"LOQUET_TRUSTED_PROXIES" help:"Addresses or networks of proxies whose X-Forwarded-For is believed, and that may ask /forward-auth; none by default."`
	SMTP                string        `default:"" env:"LOQUET_SMTP" help:"smtp://user:password@host:port (STARTTLS required), smtps://… (TLS), smtp+insecure://host:port (loopback relays only); ?ca=FILE names the authority that signed its certificate, where the system does not know it."`
	MailFrom            string        `default:"" env:"LOQUET_MAIL_FROM" help:"Address that letters come from: portail@commune.example."`
	BounceAddress       string        `default:"" env:"LOQUET_BOUNCE_ADDRESS" help:"Address that letters come back to: retours@commune.example; each letter gets its own, retours+…@commune.example. Empty: they come back to mail_from, and nobody reads why."`
	BounceListen        string        `default:"" env:"LOQUET_BOUNCE_LISTEN" help:"Where the mail server brings returned mail by LMTP: unix:/run/loquet/bounces.sock, or a loopback address such as 127.0.0.1:2424; never a public one. Empty: nowhere (loquet bounce takes it from a pipe)."`
	SMS                 string        `default:"" env:"LOQUET_SMS" help:"Gateway of text messages: an https address (http on loopback only) that takes a POST of {\"to\",\"body\"} as JSON, or what the settings below say; {{.To}} and {{.Body}} may stand in its path and query. Empty: no text messages, and a new mobile is not asked to confirm."`
	SMSToken            string        `default:"" env:"LOQUET_SMS_TOKEN" help:"Bearer token of the gateway; empty: none."`
	SMSMethod           string        `default:"POST" env:"LOQUET_SMS_METHOD" help:"How the gateway is asked: POST, PUT or GET. A GET has no body."`
	SMSHeaders          []string      `sep:"\n" env:"LOQUET_SMS_HEADERS" help:"Headers that the gateway wants: a list in the file, one a line in the variable, each like X-Api-Key: value."`
	SMSBody             string        `default:"" env:"LOQUET_SMS_BODY" help:"Template of the body, with the values {{json .To}} and {{json .Body}} ({{form .To}} in a form, {{html .To}} in XML). Empty: the JSON of sms."`
	SMSContentType      string        `default:"" env:"LOQUET_SMS_CONTENT_TYPE" help:"Type of the body; empty: JSON, XML or a form, as it looks."`
	SMSSuccess          string        `default:"" env:"LOQUET_SMS_SUCCESS" help:"Regular expression (RE2) that the answer must match beside a status of 2xx, for gateways that say no with 200; empty: none."`
	SMSNumber           string        `default:"e164" env:"LOQUET_SMS_NUMBER" help:"How the gateway wants numbers: e164 (+33612345678), digits (33612345678) or national (0612345678)."`
	SMSMostPerDay       int           `default:"200" env:"LOQUET_SMS_MOST_PER_DAY" help:"Text messages of one organisation in any 24 hours, half of them at once; more wait. 0: as many as there are."`
	DKIMSelector        string        `default:"" env:"LOQUET_DKIM_SELECTOR" help:"Selector of the DKIM key; empty: the mail server signs."`
	DKIMKey             string        `default:"" env:"LOQUET_DKIM_KEY" help:"PEM file of the DKIM key (RSA of 2048 bits or more, or Ed25519)."`
	ApplicationNetworks []string      `env:"LOQUET_APPLICATION_NETWORKS" help:"Addresses or networks where applications may be told of sign-outs though they are not public, such as 10.0.0.0/8; public ones always may. None by default."`
	SecurityMail        string        `default:"" env:"LOQUET_SECURITY_MAIL" help:"Address in /.well-known/security.txt; empty: no such page."`
	HashMemory          uint32        `default:"47104" env:"LOQUET_HASH_MEMORY" help:"Memory of one password hash, in KiB."`
	HashPasses          uint32        `default:"1" env:"LOQUET_HASH_PASSES" help:"Passes of one password hash."`
	HashLanes           uint8         `default:"1" env:"LOQUET_HASH_LANES" help:"Lanes of one password hash."`
	HashParallel        int           `default:"0" env:"LOQUET_HASH_PARALLEL" help:"Password hashes at once; 0 means as many as processors."`
	HashWait            time.Duration `default:"20s" env:"LOQUET_HASH_WAIT" help:"Longest wait for a password hash; whoever would wait longer is told at once to come back."`
	LogLevel            string        `default:"info" enum:"debug,info,warn,error" env:"LOQUET_LOG_LEVEL" help:"debug, info, warn or error. debug logs every request."`
}

// DatabaseURL gives the database to open.
func (s Settings) DatabaseURL() string {
	if s.Database != "" {
		return s.Database
	}
	return "sqlite:" + filepath.Join(s.Data, "loquet.db")
}

// KeyPath gives the file of the installation's key.
func (s Settings) KeyPath() string {
	if s.KeyFile != "" {
		return s.KeyFile
	}
	return filepath.Join(s.Data, "loquet.key")
}

// Proxies gives the trusted networks. A network that means everybody is refused (ATK-060).
func (s Settings) Proxies() ([]netip.Prefix, error) {
	return networks("trusted_proxies", s.TrustedProxies, "would trust everybody; name the proxies' own addresses")
}

// Applications gives the networks beside the public one where applications are called. A network that means everything
// is refused (ATK-056).
func (s Settings) Applications() ([]netip.Prefix, error) {
	return networks("application_networks", s.ApplicationNetworks, "would let every machine be called; name the applications' own")
}

// networks reads a list of addresses and networks; all says why one of everything is refused.
func networks(setting string, list []string, all string) ([]netip.Prefix, error) {
	var read []netip.Prefix
	for _, one := range list {
		one = strings.TrimSpace(one)
		p, err := netip.ParsePrefix(one)
		if address, aerr := netip.ParseAddr(one); err != nil && aerr == nil {
			p, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no address and no network such as 10.0.0.0/8", setting, one)
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%s: %q %s", setting, one, all)
		}
		read = append(read, p.Masked())
	}
	return read, nil
}

// PlatformHosts gives the host names of the platform's own pages.
func (s Settings) PlatformHosts() []string {
	if s.PlatformHost != "" {
		return []string{strings.ToLower(s.PlatformHost)}
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if s.PublicScheme != "http" || err != nil {
		return nil
	}
	return []string{"localhost:" + port}
}

// Check gives the first thing that is wrong with the settings of a server, in one sentence that says what to do.
func (s Settings) Check() error {
	proxies, err := s.Proxies()
	if err != nil {
		return err
	}
	switch {
	case s.PublicScheme != "https" && s.PublicScheme != "http":
		return fmt.Errorf("public_scheme: %q is neither https nor http", s.PublicScheme)
	case s.PublicScheme == "https" && len(proxies) == 0 && s.TLSCert == "":
		return errors.New("public_scheme is https: set tls_cert and tls_key, or name the proxy that ends TLS in trusted_proxies")
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return errors.New("tls_cert and tls_key go together: set both or neither")
	case s.SMS == "" && s.smsSet() != "":
		return fmt.Errorf("%s is set without sms: name the gateway that it is for", s.smsSet())
	case s.SMSMostPerDay < 0:
		return errors.New("sms_most_per_day: write how many text messages an organisation may send in a day, or 0 for no bound")
	case (s.DKIMKey == "") != (s.DKIMSelector == ""):
		return errors.New("dkim_key and dkim_selector go together: set both or neither")
	case s.SMTP == "":
		return errors.New("smtp is not set: without a mail server nobody can get back in (smtp://user:password@host:587)")
	case s.MailFrom == "":
		return errors.New("mail_from is not set: letters need an address that they come from")
	}
	if err := s.checkBounces(); err != nil {
		return err
	}
	if _, err := s.Applications(); err != nil {
		return err
	}
	for setting, address := range map[string]string{"listen": s.Listen, "ops_listen": s.OpsListen} {
		if _, _, err := net.SplitHostPort(address); err != nil && (address != "" || setting == "listen") {
			return fmt.Errorf("%s: %q is no address with a port, such as 127.0.0.1:8080", setting, address)
		}
	}
	if s.Database != "" {
		if u, err := url.Parse(s.Database); err != nil || u.Scheme != "sqlite" && u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return errors.New("database: must begin with sqlite: or postgres://")
		}
	}
	return nil
}

// smsSet names a setting of the gateway that is not empty and has no default.
func (s Settings) smsSet() string {
	for _, set := range []struct {
		name string
		on   bool
	}{
		{"sms_token", s.SMSToken != ""}, {"sms_headers", len(s.SMSHeaders) > 0}, {"sms_body", s.SMSBody != ""},
		{"sms_content_type", s.SMSContentType != ""}, {"sms_success", s.SMSSuccess != ""},
	} {
		if set.on {
			return set.name
		}
	}
	return ""
}

// checkBounces refuses a door for returned mail that is open to strangers, and one that nothing would come to.
func (s Settings) checkBounces() error {
	if s.BounceAddress != "" && strings.Count(s.BounceAddress, "@") != 1 {
		return fmt.Errorf("bounce_address: %q is no address such as retours@commune.example", s.BounceAddress)
	}
	if s.BounceListen == "" {
		return nil
	}
	if s.BounceAddress == "" {
		return errors.New("bounce_listen is set without bounce_address: name the address that letters come back to")
	}
	if path, unix := strings.CutPrefix(s.BounceListen, "unix:"); unix && filepath.IsAbs(path) {
		return nil
	}
	if at, err := netip.ParseAddrPort(s.BounceListen); err != nil || !at.Addr().IsLoopback() {
		return fmt.Errorf("bounce_listen: %q is neither unix:/… nor a loopback address with a port, such as 127.0.0.1:2424",
			s.BounceListen)
	}
	return nil
}

// CheckHost says whether a host name may be an organisation's under this scheme: http is for loopback names only.
func (s Settings) CheckHost(host string) error {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if name == "" || strings.ContainsAny(host, "/@ \t\\") || host != strings.ToLower(host) {
		return fmt.Errorf("host %q is no host name: give lower-case letters, digits, dots, hyphens and perhaps a port", host)
	}
	address, err := netip.ParseAddr(name)
	loopback := name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && address.IsLoopback()
	if s.PublicScheme == "http" && !loopback {
		return fmt.Errorf("host %q is not on this machine, and http is for loopback hosts only: use https", host)
	}
	return nil
}
