package application

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loquet/account"
)

// Refusal is one reason why an application is not let in as it is described: a closed word that the form puts into words
// at its field.
type Refusal string

// The refusals of Check.
const (
	NameEmpty       Refusal = "name-empty"
	NameUnfit       Refusal = "name-unfit"  // too long, or with signs that cannot be seen
	AboutUnfit      Refusal = "about-unfit" // likewise
	KindUnknown     Refusal = "kind-unknown"
	URLEmpty        Refusal = "url-empty" // of a tile, or of what a proxy guards
	URLUnfit        Refusal = "url-unfit" // neither https nor a loopback host
	AreaUnfit       Refusal = "area-unfit"
	RedirectEmpty   Refusal = "redirect-empty"
	RedirectUnfit   Refusal = "redirect-unfit"
	RedirectsMany   Refusal = "redirects-many"
	LogoutUnfit     Refusal = "logout-unfit"
	LogoutsMany     Refusal = "logouts-many"
	BackUnfit       Refusal = "back-unfit"
	PublicNoPKCE    Refusal = "public-no-pkce"    // nothing would keep its code from a thief (RFC 9700 §2.1.1)
	PublicHasSecret Refusal = "public-has-secret" //nolint:gosec // a word, and no secret
	SignsUnknown    Refusal = "signs-unknown"
	RoleUnknown     Refusal = "role-unknown"
)

// The refusals that need to know the organisation, and what else it has.
const (
	NameTaken     Refusal = "name-taken" // two of one name could not be told apart, in the journal neither
	AreaTaken     Refusal = "area-taken" // two would guard one area
	OfficeUnknown Refusal = "office-unknown"
	TooMany       Refusal = "too-many"
	NotNamed      Refusal = "not-named" // the name that confirms the end is another one
)

// Refusals lists every refusal.
var Refusals = []Refusal{
	NameEmpty, NameUnfit, AboutUnfit, KindUnknown, URLEmpty, URLUnfit, AreaUnfit, RedirectEmpty, RedirectUnfit,
	RedirectsMany, LogoutUnfit, LogoutsMany, BackUnfit, PublicNoPKCE, PublicHasSecret, SignsUnknown, RoleUnknown,
	NameTaken, AreaTaken, OfficeUnknown, TooMany, NotNamed,
}

// The bounds of what describes an application.
const (
	LongestName    = 60  // code points
	longestAbout   = 120 // code points
	longestAddress = 512 // bytes
	mostAddresses  = 10
)

// Clean writes an application as it is kept: blanks around what was typed gone, empty addresses and repeated ones left
// out, and the address in the one spelling that can be compared; that of an area ends in "/". What is of OpenID is of
// nobody else.
func Clean(a Application) Application {
	a.Name, a.About = strings.Join(strings.Fields(a.Name), " "), strings.Join(strings.Fields(a.About), " ")
	a.Redirects, a.LogoutRedirects = addresses(a.Redirects), addresses(a.LogoutRedirects)
	a.BackChannel = strings.TrimSpace(a.BackChannel)
	a.URL = plain(strings.TrimSpace(a.URL), a.Kind == Forward)
	if a.Kind == Forward {
		a.Redirects, a.LogoutRedirects, a.BackChannel, a.Secret = nil, nil, "", ""
		a.Public, a.NoPKCE, a.Pairwise, a.Own = false, false, false, true
	}
	if a.Signs == "" {
		a.Signs = Algorithms[0]
	}
	return a
}

func addresses(typed []string) []string {
	var all []string
	for _, t := range typed {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// plain writes scheme and host in small letters, without the scheme's own port. What is no address stays as it is, for
// Check to refuse.
func plain(typed string, area bool) string {
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || u.User != nil {
		return typed
	}
	u.Host = strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	if u.Path == "" || area && !strings.HasSuffix(u.Path, "/") {
		if u.RawPath != "" {
			u.RawPath += "/"
		}
		u.Path += "/"
	}
	return u.String()
}

// Check says what keeps an application from being let in, of a portal whose public addresses have that scheme: nothing
// for one that may be (RFC 9700 §2.1, §4.1; RFC 8252 §7; ASVS 10.4.1; ATK-043, ATK-045, ATK-056). It wants what Clean
// gives.
func Check(a Application, scheme string) []Refusal {
	var found []Refusal
	add := func(wrong bool, r Refusal) {
		if wrong {
			found = append(found, r)
		}
	}
	add(a.Name == "", NameEmpty)
	add(!readable(a.Name, LongestName), NameUnfit)
	add(!readable(a.About, longestAbout), AboutUnfit)
	add(!slices.Contains(Kinds, a.Kind), KindUnknown)
	add(a.URL == "" && (a.Tile || a.Kind == Forward), URLEmpty)
	add(a.URL != "" && !web(a.URL), URLUnfit)
	add(a.Kind == Forward && a.URL != "" && web(a.URL) && !area(a.URL, scheme), AreaUnfit)
	if a.Kind == OpenID {
		found = append(found, checkAddresses(a)...)
	}
	add(a.Public && a.NoPKCE, PublicNoPKCE)
	add(a.Public && a.Secret != "", PublicHasSecret)
	add(!slices.Contains(Algorithms, a.Signs), SignsUnknown)
	add(slices.ContainsFunc(a.Rule.Roles, func(r account.Role) bool { return !slices.Contains(account.Roles, r) }), RoleUnknown)
	return found
}

func checkAddresses(a Application) []Refusal {
	var found []Refusal
	unfit := func(address string) bool { return !redirect(address, a.Public) }
	switch {
	case len(a.Redirects) == 0:
		found = append(found, RedirectEmpty)
	case len(a.Redirects) > mostAddresses:
		found = append(found, RedirectsMany)
	case slices.ContainsFunc(a.Redirects, unfit):
		found = append(found, RedirectUnfit)
	}
	switch {
	case len(a.LogoutRedirects) > mostAddresses:
		found = append(found, LogoutsMany)
	case slices.ContainsFunc(a.LogoutRedirects, unfit):
		found = append(found, LogoutUnfit)
	}
	if a.BackChannel != "" && !web(a.BackChannel) {
		found = append(found, BackUnfit)
	}
	return found
}

// readable says whether a text is short enough, and made of signs that can be seen: none that turns the line around or
// hides in it (Unicode TR 36 §2.10).
func readable(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) })
}

// web says whether this is an absolute https address, or an http one of this very machine, that every program reads
// alike: without user, fragment, wildcard, backslash, or a step upwards.
func web(address string) bool {
	u, ok := parsed(address)
	if !ok || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

// redirect says whether people may be sent to an address: one of the web, or, for a program that is public, one of a
// scheme of its own, which has a dot in it as it is somebody's domain turned round (RFC 8252 §7.1).
func redirect(address string, public bool) bool {
	if web(address) {
		return true
	}
	u, ok := parsed(address)
	return ok && public && strings.Contains(u.Scheme, ".") && u.Host+u.Path+u.Opaque != ""
}

func parsed(address string) (*url.URL, bool) {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\*"<>^{|}`+"`", r) }
	if address == "" || len(address) > longestAddress || strings.ContainsFunc(address, odd) {
		return nil, false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.User != nil || strings.Contains(address, "#") || strings.Contains(u.Host, "%") {
		return nil, false
	}
	upwards := func(step string) bool { return step == ".." || step == "." }
	if slices.ContainsFunc(strings.Split(u.Path+"/"+u.Opaque, "/"), upwards) || strings.ContainsFunc(u.Path, unicode.IsControl) ||
		strings.Contains(u.Path, `\`) {
		return nil, false
	}
	return u, true
}

// area says whether a proxy can guard what is below an address: a plain path, and a cookie that goes along with it as it
// does with the portal's.
func area(address, scheme string) bool {
	u, ok := parsed(address)
	if !ok || u.RawQuery != "" || u.ForceQuery || !strings.HasSuffix(u.Path, "/") || strings.Contains(u.Path, "//") {
		return false
	}
	return u.EscapedPath() == u.Path && !strings.Contains(u.Path, ";") && (u.Scheme == "https" || scheme != "https")
}

// loopback says whether a host is this very machine, whoever resolves it (RFC 6761 §6.3, RFC 8252 §8.3).
func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
