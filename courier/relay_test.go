package courier_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loquet/courier"
)

func TestParseSMTP(t *testing.T) {
	for _, c := range []struct {
		address, want string
	}{
		{"smtp://mail.example", "mail.example:587 (starttls)"},
		{"smtp://user:password@mail.example:25", "mail.example:25 (starttls)"},
		{"smtps://user%40ville.example:p%2Fw%3A%40@mail.example", "mail.example:465 (implicit)"},
		{"smtps://mail.example:2465/", "mail.example:2465 (implicit)"},
		{"smtp+insecure://127.0.0.1:1025", "127.0.0.1:1025 (insecure)"},
		{"smtp+insecure://localhost", "localhost:25 (insecure)"},
		{"smtp+insecure://[::1]:1025", "[::1]:1025 (insecure)"},
	} {
		r, err := courier.ParseSMTP(c.address)
		if err != nil || r.String() != c.want {
			t.Errorf("%s: %v %v", c.address, r, err)
		}
	}
}

func TestParseSMTPRefuses(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing.pem")
	if err := os.WriteFile(nothing, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, because := range map[string]string{
		"":                                             "must begin with",
		"mail.example:25":                              "must begin with",
		"http://hunter2@mail.example":                  "must begin with",
		"smtp://":                                      "a scheme, a host and a port",
		"smtp:mail.example":                            "a scheme, a host and a port",
		"smtp://user:hunter2@mail.example/path":        "a scheme, a host and a port",
		"smtp://user:hunter2@mail.example:0":           "port",
		"smtp://user:hunter2@mail.example:70000":       "port",
		"smtp://user:hunter2@mail.example:x":           "cannot be read",
		"smtp://user:hunter2%zz@mail.example":          "cannot be read",
		"smtp://:hunter2@mail.example":                 "no user",
		"smtp+insecure://mail.example:25":              "this machine",
		"smtp+insecure://192.168.0.1:25":               "this machine",
		"smtp+insecure://localhost.evil.example":       "this machine",
		"smtp+insecure://user:hunter2@localhost":       "in clear",
		"smtp://user:hunter2@mail.example?verify=no":   `"verify"`,
		"smtp://user:hunter2@mail.example?ca=/no/file": "cannot be read",
		"smtp://mail.example?ca=" + nothing:            "no certificate",
		"smtp://mail.example?connections=0":            "from 1 to 64",
		"smtp://mail.example?connections=many":         "from 1 to 64",
	} {
		r, err := courier.ParseSMTP(address)
		if err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(fmt.Sprintf("%v %+v %#v", r, r, r), "hunter2") {
			t.Errorf("%s: the password is said", address)
		}
	}
}

func TestATK086PasswordOfTheRelayIsNeverPrinted(t *testing.T) {
	r, err := courier.ParseSMTP("smtp://user:hunter2@mail.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(form, r); strings.Contains(said, "hunter2") {
			t.Errorf("%s says %s", form, said)
		}
	}
	if said := r.LogValue().String(); strings.Contains(said, "hunter2") {
		t.Errorf("a log says %s", said)
	}
}
