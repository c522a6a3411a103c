package oidc

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"loquet/application"
	"loquet/fault"
)

// guarded gives the areas of some addresses, each of an application whose ID is its address.
func guarded(addresses ...string) (areas []area) {
	for _, address := range addresses {
		of, ok := areaOf(application.Application{ID: address, URL: address, Kind: application.Forward})
		if !ok {
			panic(address)
		}
		areas = append(areas, of)
	}
	return areas
}

const (
	wiki    = "https://wiki.example/"
	blog    = "https://apps.example/blog/"
	drafts  = "https://apps.example/blog/drafts"
	shop    = "https://apps.example/Shop"
	whole   = "https://mixed.example:8443"
	private = "https://mixed.example:8443/private/"
)

func TestTheNearestApplicationGuards(t *testing.T) {
	areas := guarded(wiki, blog, drafts, shop, whole, private)
	for _, c := range []struct{ host, uri, want string }{
		{"wiki.example", "/", wiki},
		{"wiki.example", "", wiki},
		{"WIKI.example:443", "/any/%2e%2e/where?x=..", wiki}, // the whole host is one area: nothing can lead out of it
		{"wiki.example", "//", wiki},
		{"wiki.example.", "/", ""},
		{"wiki.example:8443", "/", ""},
		{"wiki.example,apps.example", "/", ""},
		{"other.example", "/", ""},
		{"", "/", ""},
		{"apps.example", "/blog", blog},
		{"apps.example", "/blog/", blog},
		{"apps.example", "/blog/2026?next=/../..;%2e", blog},
		{"apps.example", "/%62log/", blog},
		{"apps.example", "/blogs", ""},
		{"apps.example", "/", ""},
		{"apps.example", "", ""},
		{"apps.example", "/blog/drafts", drafts},
		{"apps.example", "/blog/drafts/1", drafts},
		{"apps.example", "/blog/%64rafts/1", drafts},
		{"apps.example", "/Shop/cart", shop},
		{"apps.example", "/blog/caf%C3%A9", blog},
		{"mixed.example:8443", "/", whole},
		{"mixed.example:8443", "/else", whole},
		{"mixed.example:8443", "/private/", private},
		{"mixed.example:8443", "/private", private},
		{"mixed.example", "/", ""},
	} {
		got, err := find(areas, At{Host: c.host, URI: c.uri})
		if got.ID != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, fault.Forbidden) {
			t.Errorf("%s%s is guarded by %q (%v), want %q", c.host, c.uri, got.ID, err, c.want)
		}
	}
}

// TestATK063WhatCanBeReadInTwoWaysIsRefused sends every disguise of a path to hosts on which the path decides.
func TestATK063WhatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	areas := guarded(blog, drafts, whole, private)
	for _, disguised := range []string{
		"/blog/../private", "/blog/./x", "/blog/..", "/blog/.", "//blog/x", "/blog//drafts", "/blog/%2e%2e/x", "/blog/%2E%2e/x",
		"/blog/.%2e/x", "/blog/%2fdrafts", "/blog%2Fdrafts", "/blog%5cdrafts", `/blog\drafts`, "/blog;x/drafts", "/blog/;/drafts",
		"/blog%3bx", "/blog/%00", "/blog/\x00", "/blog/\x7f", "/blog/%7f", "/blog/%0a", "/blog/a b", "/blog/%25%32%65", "/blog/%252e",
		"/blog/%", "/blog/%2", "/blog/%zz", "/blog/%u002e", "/blog/%c0%ae%c0%ae/", "/blog/é", "/blog#x", "/blog%3Fx", "blog", "*",
		"http://apps.example/blog", "/BLOG/drafts", "/Blog", "/blog/Drafts", "/PRIVATE", "/private/../", "/x/../private",
	} {
		for _, host := range []string{"apps.example", "mixed.example:8443"} {
			a, err := find(areas, At{Host: host, URI: disguised})
			overlong := strings.Contains(disguised, "%c0%ae") // two odd bytes, to everybody who follows RFC 3629
			elsewhere := host != "apps.example" && !strings.Contains(strings.ToLower(disguised), "private") && a.ID == whole
			if err == nil && !overlong && !(elsewhere && harmless(disguised)) {
				t.Errorf("%s %q is guarded by %q", host, disguised, a.ID)
			}
		}
	}
	if _, err := find(guarded(blog, "https://apps.example/blog"), At{Host: "apps.example", URI: "/blog/"}); err == nil {
		t.Error("of two applications with one area one was chosen")
	}
}

// harmless says whether a disguise is none on a host where nothing of that name is guarded.
func harmless(raw string) bool {
	_, plain := plainPath(raw)
	return plain
}

func TestAProxyMayNameItsApplication(t *testing.T) {
	areas := guarded(wiki, blog, drafts)
	for _, c := range []struct{ host, uri, named, want string }{
		{"apps.example", "/blog/drafts/%2e", blog, blog}, // it has decided by itself what it guards
		{"apps.example", "", drafts, drafts},
		{"wiki.example", "/", blog, ""},
		{"apps.example", "/blog/", wiki, ""},
		{"apps.example", "/blog/", "appunknown0", ""},
	} {
		got, err := find(areas, At{Host: c.host, URI: c.uri, Application: c.named})
		if got.ID != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s%s named %s: %q, %v, want %q", c.host, c.uri, c.named, got.ID, err, c.want)
		}
	}
}

func TestOnlyOpenForwardApplicationsGuard(t *testing.T) {
	a := application.Application{ID: wiki, URL: wiki, Kind: application.Forward}
	over, other, nowhere := a, a, a
	over.Revoked, other.Kind, nowhere.URL = time.Now(), application.OpenID, "wiki"
	for _, a := range []application.Application{over, other, nowhere, {}} {
		if _, ok := areaOf(a); ok {
			t.Errorf("%+v guards", a)
		}
	}
}

// FuzzATK063 compares with how a proxy reads a path that decodes it and resolves dots: whatever it may lead to, no other
// application stands there than the one that was found.
func FuzzATK063(f *testing.F) {
	for _, seed := range []string{
		"/", "/blog/drafts/1", "/%62log", "/blog/%2e%2e/private", "//private", "/Blog", "/a%2fb", "/blog;/x",
	} {
		f.Add(seed)
	}
	areas := guarded("https://h.example", "https://h.example/blog", "https://h.example/blog/drafts", "https://h.example/private/")
	f.Fuzz(func(t *testing.T, raw string) {
		if strings.Contains(raw, "?") {
			return
		}
		found, err := find(areas, At{Host: "h.example", URI: raw})
		if err != nil {
			return
		}
		readings := []string{raw, strings.ToLower(raw)}
		if decoded, err := url.PathUnescape(raw); err == nil {
			again, _ := url.PathUnescape(decoded)
			readings = append(readings, decoded, path.Clean(decoded), strings.ReplaceAll(decoded, `\`, "/"), again)
		}
		for _, reading := range readings {
			plain, err := nearest(areas, reading)
			if err == nil && plain.ID != found.ID {
				// What is written in percent may be read as it is written; that guards no more than the whole host.
				if reading == raw || reading == strings.ToLower(raw) {
					continue
				}
				t.Errorf("%q is guarded by %s, and read as %q by %s", raw, found.ID, reading, plain.ID)
			}
		}
	})
}
