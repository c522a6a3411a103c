package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnknownSettingsAreRefusedWithTheNearestName(t *testing.T) {
	for content, want := range map[string]string{
		`listne = "127.0.0.1:1"`:      `did you mean "listen"`,
		`mail_form = "a@b.example"`:   `did you mean "mail_from"`,
		`smpt = "smtp://h"`:           `did you mean "smtp"`,
		`colour_of_the_door = "blue"`: `loquet config`,
		"[limits]\nburst = 3":         `there is no setting "limits"`,
		`listen = `:                   `settings file`,
	} {
		path := filepath.Join(t.TempDir(), "loquet.toml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", content, err, want)
		}
	}
}

func TestEveryKeyMayStandInAFile(t *testing.T) {
	var content strings.Builder
	for _, k := range Keys() {
		content.WriteString(k.Name + " = \"\"\n")
		if k.Help == "" || k.Env == "" || k.Env != "LOQUET_"+strings.ToUpper(k.Name) {
			t.Errorf("%s: documentation or variable is amiss: %+v", k.Name, k)
		}
	}
	path := filepath.Join(t.TempDir(), "loquet.toml")
	if err := os.WriteFile(path, []byte(content.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err != nil {
		t.Error(err)
	}
}

func TestUnknownVariablesAreRefused(t *testing.T) {
	if err := CheckVariables([]string{"PATH=/bin", "LOQUET_LISTEN=x", "LOQUET_MAIL_FROM=y"}); err != nil {
		t.Error(err)
	}
	if err := CheckVariables([]string{"LOQUET_LISTE=x"}); err == nil || !strings.Contains(err.Error(), "LOQUET_LISTEN") {
		t.Errorf("got %v", err)
	}
}

func good() Settings {
	return Settings{
		PublicScheme: "https", TLSCert: "c", TLSKey: "k", SMTP: "smtp://h", MailFrom: "a@b.example", Listen: "127.0.0.1:8080",
	}
}

func TestWrongSettingsAreRefusedInOneSentence(t *testing.T) {
	if err := good().Check(); err != nil {
		t.Fatalf("good settings: %v", err)
	}
	for want, change := range map[string]func(*Settings){
		"neither https nor http":           func(s *Settings) { s.PublicScheme = "ftp" },
		"tls_cert and tls_key, or":         func(s *Settings) { s.TLSCert, s.TLSKey = "", "" },
		"go together: set both":            func(s *Settings) { s.TLSKey = "" },
		"smtp is not set":                  func(s *Settings) { s.SMTP = "" },
		"mail_from is not set":             func(s *Settings) { s.MailFrom = "" },
		"would trust everybody":            func(s *Settings) { s.TrustedProxies = []string{"0.0.0.0/0"} },
		"is no address":                    func(s *Settings) { s.TrustedProxies = []string{"proxy"} },
		"application_networks: \"::/0\"":   func(s *Settings) { s.ApplicationNetworks = []string{"10.0.0.0/8", "::/0"} },
		"must begin with sqlite":           func(s *Settings) { s.Database = "mysql://x" },
		"listen: \"8080\"":                 func(s *Settings) { s.Listen = "8080" },
		"ops_listen: \"here\"":             func(s *Settings) { s.OpsListen = "here" },
		"sms_token is set without":         func(s *Settings) { s.SMSToken = "x" },
		"sms_headers is set":               func(s *Settings) { s.SMSHeaders = []string{"X-Api-Key: x"} },
		"sms_body is set":                  func(s *Settings) { s.SMSBody = "x" },
		"sms_content_type is set":          func(s *Settings) { s.SMSContentType = "text/plain" },
		"sms_success is set":               func(s *Settings) { s.SMSSuccess = "ok" },
		"sms_most_per_day: write":          func(s *Settings) { s.SMSMostPerDay = -1 },
		"dkim_key and":                     func(s *Settings) { s.DKIMKey = "x" },
		"bounce_address: \"retours\"":      func(s *Settings) { s.BounceAddress = "retours" },
		"without bounce_address":           func(s *Settings) { s.BounceListen = "127.0.0.1:2424" },
		"\"0.0.0.0:2424\" is neither":      bounces("0.0.0.0:2424"),
		"\":2424\" is neither":             bounces(":2424"),
		"\"192.0.2.1:2424\" is neither":    bounces("192.0.2.1:2424"),
		"\"localhost:2424\" is neither":    bounces("localhost:2424"),
		"\"unix:bounces.sock\" is neither": bounces("unix:bounces.sock"),
		"\"/run/bounces.sock\" is neither": bounces("/run/bounces.sock"),
	} {
		s := good()
		change(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func bounces(listen string) func(*Settings) {
	return func(s *Settings) { s.BounceAddress, s.BounceListen = "retours@b.example", listen }
}

func TestReturnedMailComesFromThisMachine(t *testing.T) {
	for _, listen := range []string{"", "unix:/run/loquet/bounces.sock", "127.0.0.1:2424", "[::1]:2424"} {
		s := good()
		bounces(listen)(&s)
		if err := s.Check(); err != nil {
			t.Errorf("%q: %v", listen, err)
		}
	}
}

func TestATK021TrustedProxiesAreExplicit(t *testing.T) {
	s := good()
	if p, err := s.Proxies(); err != nil || len(p) != 0 {
		t.Errorf("none by default: %v %v", p, err)
	}
	s.TrustedProxies = []string{"10.0.0.0/8", " 192.0.2.7 ", "2001:db8::1"}
	if p, err := s.Proxies(); err != nil || len(p) != 3 || p[1].Bits() != 32 || p[2].Bits() != 128 {
		t.Errorf("%v %v", p, err)
	}
}

func TestHTTPIsForLoopbackHostsOnly(t *testing.T) {
	plain, secure := Settings{PublicScheme: "http"}, Settings{PublicScheme: "https"}
	for host, want := range map[string][2]bool{ // http, https
		"famille.localhost:8080": {true, true}, "localhost:8080": {true, true}, "127.0.0.1:80": {true, true},
		"famille.ville.example": {false, true}, "evil/host": {false, false}, "": {false, false}, "UPPER.example": {false, false},
	} {
		if got := [2]bool{plain.CheckHost(host) == nil, secure.CheckHost(host) == nil}; got != want {
			t.Errorf("%q: got %v, want %v", host, got, want)
		}
	}
}
