package relying

import (
	"net/http"
	"strings"
	"testing"

	"loquet/store/storetest"
)

// proxies start a wiki behind each proxy that docs/forward-auth has a file for, and Debian a package.
var proxies = map[string]func(*testing.T) wiki{"nginx": behindNginx, "Caddy": behindCaddy}

// TestATK060WhatABrowserSaysOfWhereItGoesIsNotBelieved adds to what a proxy sets for Loquet.
func TestATK060WhatABrowserSaysOfWhereItGoesIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, behind := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behind(t).misleads(t)
		})
	}
}

// TestATK062NoIdentityOfTheBrowsersOwnArrives sends the names by which a proxy tells an application who somebody is, in
// every spelling that programs take for the same.
func TestATK062NoIdentityOfTheBrowsersOwnArrives(t *testing.T) {
	t.Parallel()
	for name, behind := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := behind(t)
			w.knows(t, w.Town, storetest.NoEmail)
			w.smuggles(t)
		})
	}
	t.Run("Apache", func(t *testing.T) {
		t.Parallel()
		g := behindApache(t)
		g.knows(t, g.Town, storetest.Active)
		g.smuggles(t)
	})
}

// smuggled are names of headers that applications take an identity from.
var smuggled = []string{
	"X-Auth-Request-User", "x-auth-request-user", "x_auth_request_user", "X_Auth_Request_User", "X.Auth.Request.User",
	"X-Auth_Request-User", "X-Auth.Request.User", "X-Auth-Request-Preferred-Username", "X_Auth_Request_Preferred_Username",
	"X-Auth-Request-Email", "X_AUTH_REQUEST_EMAIL", "X.Auth.Request.Email", "X-Auth-Request-Org", "X-Auth-Request-Role",
	"X_AUTH_REQUEST_ROLE", "X-Auth-Request-Token", "X_Auth_Request_Token", "X-Auth-Request-Groups",
	"X-Auth-Request-Access-Token", "X-Forwarded-User", "X_Forwarded_User", "X-Forwarded_User", "X.Forwarded.User",
	"X-Forwarded.User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Preferred-Username",
	"X-Forwarded-Preferred_Username", "Remote-User", "Remote_User", "Remote.User", "REMOTE_USER", "Remote-Name",
	"Remote-Email", "Remote-Groups", "X-Remote-User", "X_Remote_User", "X-Remote_User", "X.Remote.User",
}

// smuggles comes as somebody of whom no address is known, so that one of the six headers has nothing to be replaced by.
func (w wiki) smuggles(t *testing.T) {
	stranger := browse(t)
	b, p := w.comes(t, storetest.NoEmail, "/")
	p.wants(t, http.StatusOK, w.url+"/")
	for _, name := range smuggled {
		b.Header[name], stranger.Header[name] = []string{"smuggled"}, []string{"smuggled"}
	}
	p = b.get(w.url+"/").wants(t, http.StatusOK, w.url+"/")
	if strings.Contains(p.Body, "smuggled") || said(p.Body, "X-Auth-Request-Role") != "famille" ||
		strings.Contains(p.Body, "X-Auth-Request-Email") {
		t.Errorf("the application was told:\n%s", p.Body)
	}
	if p = stranger.get(w.url + "/"); p.Status != http.StatusSeeOther {
		t.Errorf("a stranger with a name of their own: %d", p.Status)
	}
}

func (w wiki) misleads(t *testing.T) {
	b := browse(t)
	for name, value := range map[string]string{
		"X-Forwarded-Host": w.Town.Host(), "X-Forwarded-Uri": "/home", "X-Original-URL": issuer(w.Town) + "/signin",
		"X-Forwarded-Method": "OPTIONS", "X-Forwarded-Prefix": "/public", "Forwarded": "host=" + w.Town.Host(),
		"X-Forwarded-For": "not an address",
	} {
		b.Header[name] = []string{value}
		p := b.get(w.url + "/")
		if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.next().String(), w.url+"/.loquet/start?") {
			t.Errorf("with %s: %d %v", name, p.Status, p.next())
		}
	}
}
