package application

import (
	"net/url"
	"strings"
)

// Template is what kind of program an application is, for the form that registers it: it fills in what all of them have
// in common. It decides nothing.
type Template string

// The templates.
const (
	Nextcloud  Template = "nextcloud"
	WordPress  Template = "wordpress"
	MediaWiki  Template = "mediawiki"
	Moodle     Template = "moodle"
	Grafana    Template = "grafana"
	GitLab     Template = "gitlab"
	Noethysweb Template = "noethysweb"
	AnyOpenID  Template = "openid"
	AnyForward Template = "forward"
)

// Shape is what a template fills in. Its paths stand behind the address that the manager types.
type Shape struct {
	Template Template
	Kind     Kind
	Redirect string // path of the redirect_uri
	Logout   string // path of the post_logout_redirect_uri; empty for none
	Back     string // path of the backchannel_logout_uri; empty for none
	NoPKCE   bool   // the program is known not to send a challenge
}

// Templates lists every template's shape, as the form offers them: programs first, what fits all last. A path stands here
// where the program's own documentation gives it, and nowhere else.
var Templates = []Shape{
	// user_oidc, with a provider that is called "loquet" there; it ends sign-ins at its front page.
	{Template: Nextcloud, Kind: OpenID, Redirect: "/apps/user_oidc/code", Logout: "/",
		Back: "/apps/user_oidc/backchannel-logout/loquet"},
	// OpenID Connect Generic, which sends a challenge only where that is switched on.
	{Template: WordPress, Kind: OpenID, Redirect: "/wp-admin/admin-ajax.php?action=openid-connect-authorize", NoPKCE: true},
	// PluggableAuth with OpenID Connect, whose library sends no challenge unless it is told to.
	{Template: MediaWiki, Kind: OpenID, Redirect: "/index.php/Special:PluggableAuthLogin", NoPKCE: true},
	{Template: Moodle, Kind: OpenID, Redirect: "/admin/oauth2callback.php", NoPKCE: true},
	{Template: Grafana, Kind: OpenID, Redirect: "/login/generic_oauth"},
	{Template: GitLab, Kind: OpenID, Redirect: "/users/auth/openid_connect/callback"},
	// No OpenID Connect of its own: the proxy before it asks.
	{Template: Noethysweb, Kind: Forward},
	{Template: AnyOpenID, Kind: OpenID},
	{Template: AnyForward, Kind: Forward},
}

// ShapeOf gives the shape of a template; ok is false for none of ours.
func ShapeOf(t Template) (s Shape, ok bool) {
	for _, s := range Templates {
		if s.Template == t {
			return s, true
		}
	}
	return Shape{}, false
}

// Fill gives an application the addresses of its template where it names none itself, behind the address that it is
// found at. It leaves everything else as it is.
func (s Shape) Fill(a Application) Application {
	a.Kind, a.Template = s.Kind, s.Template
	behind := func(path string) []string {
		at, err := url.Parse(strings.TrimSpace(a.URL))
		if path == "" || err != nil || at.Host == "" {
			return nil
		}
		return []string{at.Scheme + "://" + at.Host + strings.TrimSuffix(at.EscapedPath(), "/") + path}
	}
	if len(a.Redirects) == 0 {
		a.Redirects = behind(s.Redirect)
	}
	if len(a.LogoutRedirects) == 0 {
		a.LogoutRedirects = behind(s.Logout)
	}
	if back := behind(s.Back); a.BackChannel == "" && len(back) > 0 {
		a.BackChannel = back[0]
	}
	a.NoPKCE = a.NoPKCE || s.NoPKCE && !a.Public
	return a
}
