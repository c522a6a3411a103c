package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// No address that leads inside is called, however it is written.
func TestATK056OnlyPublicAddressesAreCalled(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "192.0.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.128.0.1": true, "2a01:e0a::1": true,
		"::ffff:8.8.8.8": true,

		"127.0.0.1": false, "127.8.8.8": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false,
		"172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false,
		"192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false, "198.19.255.255": false, "198.51.100.7": false,
		"203.0.113.7": false, "224.0.0.1": false, "239.1.1.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"192.88.99.1": false,

		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"::ffff:169.254.169.254": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false, "100::1": false, "fc00::1": false,
		"fd12:3456::1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "ff02::1": false, "2001:db8::1": false,
		"2001::1": false, "2002:7f00:1::1": false, "3fff::1": false, "4000::1": false,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %v", address, got)
		}
	}
}

// The client looks at the address that a name has led to, lets through what the settings name, follows nothing, and
// speaks plainly with this machine only.
func TestATK056TheClientObeys(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.URL.Path == "/away" {
			http.Redirect(rw, r, "/here", http.StatusTemporaryRedirect)
		}
	}))
	defer server.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	get := func(networks, address string) (*http.Response, error) {
		t.Helper()
		var allowed []netip.Prefix
		if networks != "" {
			allowed = prefixes(networks)
		}
		client := Outward(allowed)
		defer client.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		return answer, err
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for what, c := range map[string]struct{ networks, address string }{
		"loopback, by default":        {"", server.URL},
		"a name of it":                {"", "http://localhost:" + port},
		"over TLS":                    {"", secure.URL},
		"another network is allowed":  {"10.0.0.0/8", server.URL},
		"plain http to a public host": {"", "http://8.8.8.8"},
		"plain http though allowed":   {"10.0.0.0/8", "http://10.1.2.3"},
		"the cloud's own service":     {"", "https://169.254.169.254/latest/meta-data"},
		"written as one number":       {"", "https://[::ffff:7f00:1]:" + port},
		"another scheme":              {"127.0.0.0/8", "ftp://127.0.0.1"},
	} {
		if _, err := get(c.networks, c.address); !errors.Is(err, errAddress) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("the machine was called %d times", calls.Load())
	}
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:1")
	if answer, err := get("127.0.0.0/8", server.URL); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("allowed: %v", err)
	}
	if answer, err := get("127.0.0.0/8", server.URL+"/away"); err != nil || answer.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("a redirect: %v, %v", answer, err)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls: a redirect was followed", calls.Load())
	}
	if _, err := get("127.0.0.0/8", secure.URL); err == nil || errors.Is(err, errAddress) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a certificate that nobody has signed: %v", err)
	}
}
