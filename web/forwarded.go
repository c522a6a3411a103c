package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"loquet/application"
	"loquet/oidc"
)

// forwardingNames are the headers by which a proxy says where a request goes. Anybody can send them: they are believed
// from a trusted proxy alone (ATK-060; ASVS 4.1.3).
var forwardingNames = []string{
	"X-Original-Url", "X-Original-Method", "X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Proto",
	"X-Forwarded-Prefix", "Forwarded",
}

// forwarding is what these headers say.
type forwarding struct {
	forwarded bool    // there is one of them
	at        oidc.At // of no host where they contradict each other: a proxy sets some, and passes on others as they came
}

// saidOf reads where a request goes. What is said twice must be the same both times: a browser can add the header that
// its proxy does not set, and must gain nothing by it.
func saidOf(h http.Header) (said forwarding) {
	for _, name := range forwardingNames {
		values := h[name]
		said.forwarded = said.forwarded || len(values) > 0
		if len(values) > 1 {
			return forwarding{forwarded: true}
		}
	}
	if !said.forwarded {
		return said
	}
	said.at = oidc.At{Host: strings.ToLower(h.Get("X-Forwarded-Host")), URI: h.Get("X-Forwarded-Uri")}
	if whole := h.Get("X-Original-Url"); whole != "" {
		host, uri := "", whole
		if whole[0] != '/' {
			_, rest, _ := strings.Cut(whole, "://")
			at := strings.IndexByte(rest, '/')
			if at < 0 {
				return forwarding{forwarded: true}
			}
			host, uri = rest[:at], rest[at:]
		}
		if !agree(&said.at.Host, strings.ToLower(host)) || !agree(&said.at.URI, uri) {
			return forwarding{forwarded: true}
		}
	}
	return said
}

// agree takes what is said of a thing that may have been said before.
func agree(before *string, now string) bool {
	if *before == "" {
		*before = now
	}
	return now == "" || *before == now
}

// peerOf gives the address of whoever is at the other end.
func peerOf(r *http.Request) (netip.Addr, error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("address of the peer: %w", err)
	}
	return peer.Addr().Unmap(), nil
}

// startAt gives where the way in of an application begins: on its own host, or on the portal that it stands below.
func startAt(reply oidc.Reply, at oidc.At) string {
	a := reply.Application
	if a.ID == "" {
		return "/signin"
	}
	to := wayTo(a, at.URI)
	if reply.Inside {
		return oidc.Origin(a) + enterAt(a, "", to)
	}
	return startOf(a, to)
}

func startOf(a application.Application, to string) string {
	return oidc.Origin(a) + "/.loquet/start?" + url.Values{"application": {a.ID}, "to": {to}}.Encode()
}

// enterAt gives the path of the portal where an application is entered.
func enterAt(a application.Application, state, to string) string {
	q := url.Values{"application": {a.ID}, "to": {to}}
	if state != "" {
		q.Set("state", state)
	}
	return enterPath + "?" + q.Encode()
}

// longestWay is how long the address may be that a browser is led back to: it is carried through other addresses.
const longestWay = 600

// wayTo gives the path of an application that a browser is led to in the end: the one that it came with, when it leads
// nowhere else (ATK-043), or where the application begins.
func wayTo(a application.Application, path string) string {
	plain := !strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' || c >= 0x7f })
	if plain && len(path) <= longestWay && localPath(path) != "" && !strings.HasPrefix(path, "/.loquet/") {
		return path
	}
	if u, err := url.Parse(a.URL); err == nil && localPath(u.EscapedPath()) != "" {
		return u.EscapedPath()
	}
	return "/"
}

// A cookie on an application's host is bound to it as the portal's are to theirs (ADR-0006).
func cookieOf(a application.Application, name string) string {
	if strings.HasPrefix(a.URL, "https://") {
		return hostPrefix + name
	}
	return name
}

func setCookieOf(rw http.ResponseWriter, a application.Application, name, value string, lasts time.Duration) {
	http.SetCookie(rw, &http.Cookie{
		Name: cookieOf(a, name), Value: value, Path: "/", MaxAge: int(lasts / time.Second),
		Secure: strings.HasPrefix(a.URL, "https://"), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookiesOf gives every cookie of a name on an application's host that holds something.
func cookiesOf(r *http.Request, a application.Application, name string) (all []string) {
	for _, c := range r.CookiesNamed(cookieOf(a, name)) {
		if c.Value != "" && len(all) < mostCookies {
			all = append(all, c.Value)
		}
	}
	return all
}
