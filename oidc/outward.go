package oidc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	outwardTime   = 5 * time.Second // for one call, from the name to the end of the answer
	outwardAnswer = 1 << 10         // bytes of it that are read
)

// errAddress says that an application stands where Loquet does not call.
var errAddress = errors.New("this address is not called: it is not public, and no network of application_networks")

// Outward gives the client with which Loquet calls applications, the only thing that it ever calls at an address that a
// manager has typed. It calls public addresses and those of the given networks, https everywhere and http on this
// machine only, follows no redirect, asks no proxy, and looks at the address that it has found for the name and then
// connects to, so that no name can change its mind in between (ATK-056; OWASP SSRF sheet).
func Outward(networks []netip.Prefix) *http.Client {
	networks = slices.Clone(networks)
	return &http.Client{
		Transport: byScheme{
			"https": transport(func(a netip.Addr) bool { return Public(a) || within(networks, a) }),
			"http":  transport(func(a netip.Addr) bool { return a.IsLoopback() && within(networks, a) }),
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       outwardTime,
	}
}

// byScheme sends a request by the transport of its scheme.
type byScheme map[string]*http.Transport

// RoundTrip is http.RoundTripper's.
func (b byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	t, ok := b[r.URL.Scheme]
	if !ok {
		return nil, errAddress
	}
	return t.RoundTrip(r) //nolint:wrapcheck // http.Client says what it was doing
}

// transport gives one that connects to the allowed addresses only.
func transport(allowed func(netip.Addr) bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: outwardTime,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !allowed(at.Addr().Unmap()) {
				return fmt.Errorf("%s: %w", address, errAddress)
			}
			return nil
		},
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix("."+strings.ToLower(host), ".localhost") {
			address = net.JoinHostPort("127.0.0.1", port) // not every resolver knows (RFC 6761 §6.3)
		}
		return dialer.DialContext(ctx, network, address)
	}
	return &http.Transport{
		DialContext: dial, TLSHandshakeTimeout: outwardTime, ResponseHeaderTimeout: outwardTime,
		MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
		DisableCompression: true,
	}
}

// special lists what the registries of IANA take out of the public unicast addresses (RFC 6890): what leads to a
// network's own machines, to nobody, or, as 6to4 and Teredo do, through an address to another one.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// global is where public IPv6 addresses are (RFC 4291 §2.4, IANA): NAT64, ULA, link-local and loopback stand outside.
var global = netip.MustParsePrefix("2000::/3")

// Public says whether an address is of the public network and of one machine.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && (a.Is4() || global.Contains(a)) && !within(special, a)
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

func prefixes(all ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(all))
	for n, one := range all {
		parsed[n] = netip.MustParsePrefix(one)
	}
	return parsed
}
