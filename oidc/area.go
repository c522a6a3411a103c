package oidc

import (
	"net/url"
	"strings"

	"loquet/application"
	"loquet/fault"
)

// At is where a proxy says that a request goes.
type At struct {
	Host        string // as the browser asked for it, with the port where it is not the scheme's own
	URI         string // path and query as the browser sent them; empty where the proxy does not say
	Application string // ID that the proxy's own settings name; empty for none
}

// area is what one application of the kind Forward guards: everything below a path of a host.
type area struct {
	host        string // lower case, without the scheme's own port
	path        string // without a slash at its end: empty is the whole host
	application application.Application
}

// areaOf gives the area of an application; ok is false for one that guards none.
func areaOf(a application.Application) (of area, ok bool) {
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" || a.Kind != application.Forward || !a.Open() {
		return area{}, false
	}
	return area{plainHost(u.Host, u.Scheme), strings.TrimRight(u.Path, "/"), a}, true
}

// Origin gives scheme and host of an application, which the paths under /.loquet/ stand behind.
func Origin(a application.Application) string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// plainHost gives a host name as areas compare it. Without a scheme either one's own port is left out: a browser that
// names it means the same host.
func plainHost(host, scheme string) string {
	host = strings.ToLower(host)
	if scheme != "http" {
		host = strings.TrimSuffix(host, ":443")
	}
	if scheme != "https" {
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// within says whether a path is the area's or below it.
func (a area) within(path string) bool {
	rest, ok := strings.CutPrefix(path, a.path)
	return ok && (rest == "" || rest[0] == '/')
}

// find gives the application that guards a place: of those of the host the one with the longest path. It gives
// fault.Forbidden where nothing is guarded, and wherever the proxy and the application might read the path otherwise
// than this (ATK-063): what is not plain may be another application's.
func find(areas []area, at At) (application.Application, error) {
	host := plainHost(at.Host, "")
	var here []area
	paths := false
	for _, a := range areas {
		if a.host != host {
			continue
		}
		if at.Application == a.application.ID {
			return a.application, nil
		}
		here, paths = append(here, a), paths || a.path != ""
	}
	if len(here) == 0 || at.Application != "" {
		return application.Application{}, fault.Forbidden
	}
	path := ""
	if paths {
		raw, _, _ := strings.Cut(at.URI, "?")
		var plain bool
		if path, plain = plainPath(raw); !plain {
			return application.Application{}, fault.Forbidden
		}
	}
	return nearest(here, path)
}

// nearest gives the application of a host with the longest path above a plain one.
func nearest(here []area, path string) (application.Application, error) {
	folded := strings.ToLower(path)
	var best *area
	for i, a := range here {
		exact := a.within(path)
		lower := area{path: strings.ToLower(a.path)}
		switch {
		case !exact && lower.within(folded):
			return application.Application{}, fault.Forbidden // some programs take upper case for lower
		case !exact:
		case best != nil && len(best.path) == len(a.path):
			return application.Application{}, fault.Forbidden // two guard the same: neither is sure
		case best == nil || len(a.path) > len(best.path):
			best = &here[i]
		}
	}
	if best == nil {
		return application.Application{}, fault.Forbidden
	}
	return best.application, nil
}

// plainPath gives a path as every program reads it: letters that were written in percent are letters. It is not plain
// when two programs may read it in two ways: dots, slashes, backslashes, semicolons, percent or control characters in
// disguise, empty segments, segments of dots (ATK-063; RFC 3986 §6.2.2, §7.3).
func plainPath(raw string) (path string, plain bool) {
	if raw == "" || raw[0] != '/' {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if i+2 >= len(raw) {
				return "", false
			}
			high, low := hex(raw[i+1]), hex(raw[i+2])
			if high < 0 || low < 0 {
				return "", false
			}
			c = byte(high<<4 | low) //nolint:gosec // two digits are a byte
			if strings.IndexByte("./%?", c) >= 0 {
				return "", false
			}
			i += 2
		} else if c == ' ' || c >= 0x80 {
			return "", false // no browser sends these as they are
		}
		if c < ' ' || c == 0x7f || strings.IndexByte(`\;#`, c) >= 0 {
			return "", false
		}
		b.WriteByte(c)
	}
	path = b.String()
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	return path, !strings.Contains(path, "//")
}

// hex gives the value of a hexadecimal digit, -1 for anything else.
func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
