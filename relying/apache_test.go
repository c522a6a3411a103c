package relying

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loquet/account"
	"loquet/application"
	"loquet/store/storetest"
)

// modules are those that docs/apache/loquet.conf needs, in the order in which Debian loads them.
var modules = []string{
	"mpm_event", "authn_core", "authz_core", "authz_user", "alias", "mime", "headers", "proxy", "proxy_http",
	"auth_openidc",
}

const debianApache = "apt-get install apache2-bin libapache2-mod-auth-openidc"

// gestion is an application behind Apache, with docs/apache/loquet.conf.
type gestion struct {
	*estate

	url string // without a slash at its end
}

// behindApache starts Apache before an echo.
func behindApache(t *testing.T) gestion {
	t.Helper()
	program := installed(t, "apache2", debianApache)
	const folderOfModules = "/usr/lib/apache2/modules"
	if _, err := os.Stat(filepath.Join(folderOfModules, "mod_auth_openidc.so")); err != nil {
		absent(t, "mod_auth_openidc", debianApache)
	}
	g := gestion{open(t, loopbackApplications), ""}
	port, at := free(t), folder(t)
	g.url = "http://gestion.localhost:" + port
	a, secret := g.registers(t, g.Town, application.Application{
		Name: "Gestion", URL: g.url + "/", Redirects: []string{g.url + "/oidc/back"},
		LogoutRedirects: []string{g.url + "/left"},
		// The machine may not know *.localhost.
		BackChannel: "http://127.0.0.1:" + port + "/oidc/back?logout=backchannel",
	})
	writes(t, filepath.Join(at, "left.html"), shipped(t, "apache/left.html"))
	writes(t, filepath.Join(at, "loquet.conf"), shipped(t, "apache/loquet.conf",
		"https://famille.saint-loup.example", issuer(g.Town), "https://gestion.saint-loup.example", g.url,
		`^https://gestion\.saint-loup\.example/`, "^"+g.url+"/", "CLIENT_ID", a.ID, "CLIENT_SECRET", secret,
		"PASSPHRASE", application.NewSecret(), "http://127.0.0.1:8000/", echo(t).URL+"/",
		"/var/www/loquet/left.html", filepath.Join(at, "left.html")))
	writes(t, filepath.Join(at, "mime.types"), "text/html html\n")
	log := filepath.Join(at, "error.log")
	lines := []string{
		"ServerRoot " + at, "DefaultRuntimeDir " + at, "PidFile " + filepath.Join(at, "pid"), "ErrorLog " + log,
		"ServerName gestion.localhost", "Listen 127.0.0.1:" + port, "TypesConfig " + filepath.Join(at, "mime.types"),
		"StartServers 1", "ServerLimit 1", "ThreadsPerChild 8", "MaxRequestWorkers 8", "MinSpareThreads 1",
		"MaxSpareThreads 8",
	}
	for _, m := range modules {
		lines = append(lines, "LoadModule "+m+"_module "+folderOfModules+"/mod_"+m+".so")
	}
	lines = append(lines, "<VirtualHost *:"+port+">", "ServerName gestion.localhost", "LogLevel warn auth_openidc:info",
		"Include "+filepath.Join(at, "loquet.conf"),
		// The page that says what Apache holds is what a test needs, and nobody else.
		"OIDCInfoHook access_token refresh_token session", "</VirtualHost>")
	writes(t, filepath.Join(at, "apache.conf"), strings.Join(lines, "\n")+"\n")
	started(t, port, []string{log}, program, "-DFOREGROUND", "-f", filepath.Join(at, "apache.conf"))
	return g
}

// holds gives the tokens that Apache holds of the browser's session; more is added to the address.
func (g gestion) holds(t *testing.T, b *browser, more string) (access, refresh string) {
	t.Helper()
	p := b.get(g.url + "/oidc/back?info=json" + more)
	var held struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(p.Body), &held); err != nil || held.Access == "" || held.Refresh == "" {
		t.Fatalf("Apache holds no tokens: %d %q", p.Status, p.Body)
	}
	return held.Access, held.Refresh
}

func TestApacheWithModAuthOpenIDC(t *testing.T) {
	t.Parallel()
	g := behindApache(t)
	agent := g.knows(t, g.Town, storetest.Agent)
	g.knows(t, g.Town, storetest.Active)
	g.knows(t, g.Town, storetest.MustRenew)

	t.Run("an agent enters, and the application gets the claims", func(t *testing.T) { g.enters(t, agent) })
	t.Run("a family is refused what is for agents", g.refusesFamily)
	t.Run("whoever must renew is held at the renewal page", g.holdsRenewal)
	t.Run("tokens are refreshed, and rotate", g.refreshes)
	t.Run("signing out of the application signs out of the portal", g.leavesFromApplication)
	t.Run("signing out of the portal ends the session of Apache", g.leavesFromPortal)
	t.Run("ATK-039: so does closing the account", func(t *testing.T) { g.closes(t, agent) })
}

// comes gives a browser in which somebody has signed in on the way to a page of the application.
func (g gestion) comes(t *testing.T, identifier, path string) (*browser, page) {
	t.Helper()
	b := browse(t)
	p := b.opens(g.url+path).wants(t, http.StatusOK, issuer(g.Town)+"/signin")
	return b, b.signsIn(p, identifier)
}

func (g gestion) enters(t *testing.T, agent account.Account) {
	_, p := g.comes(t, storetest.Agent, "/agents?semaine=45")
	p.wants(t, http.StatusOK, g.url+"/agents?semaine=45")
	for name, want := range map[string]string{
		"OIDC_CLAIM_sub": agent.ID, "OIDC_CLAIM_preferred_username": storetest.Agent,
		"OIDC_CLAIM_name": "Nadia Benali", "OIDC_CLAIM_role": "agent", "OIDC_CLAIM_org": g.Town.Slug,
		"OIDC_CLAIM_offices": "Mairie", "OIDC_CLAIM_email": "nadia.benali@saint-loup.example",
		"OIDC_CLAIM_iss": issuer(g.Town), "Request": "GET /agents?semaine=45",
		"OIDC_access_token": "", "OIDC_id_token_payload": "", "OIDC_userinfo_json": "",
	} {
		if got := said(p.Body, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func (g gestion) smuggles(t *testing.T) {
	b, p := g.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, g.url+"/")
	for _, name := range []string{
		"OIDC_CLAIM_role", "OIDC-CLAIM-role", "oidc.claim.role", "OIDC_CLAIM_household",
	} {
		b.Header[name] = []string{"smuggled"}
	}
	p = b.get(g.url+"/").wants(t, http.StatusOK, g.url+"/")
	if strings.Contains(p.Body, "smuggled") || said(p.Body, "OIDC_CLAIM_role") != "famille" {
		t.Errorf("the application was told:\n%s", p.Body)
	}
}

func (g gestion) refusesFamily(t *testing.T) {
	b, p := g.comes(t, storetest.Active, "/agents")
	p.wants(t, http.StatusForbidden, g.url+"/agents")
	if strings.Contains(p.Body, "OIDC_CLAIM") {
		t.Errorf("the application was asked:\n%s", p.Body)
	}
	b.opens(g.url+"/").wants(t, http.StatusOK, g.url+"/")
}

func (g gestion) holdsRenewal(t *testing.T) {
	b, p := g.comes(t, storetest.MustRenew, "/")
	p.wants(t, http.StatusOK, issuer(g.Town)+"/renew")
	p = b.opens(g.url + "/")
	if p.URL.Host != g.Town.Host() || strings.Contains(p.Body, "OIDC_CLAIM") {
		t.Errorf("let through to %s:\n%s", p.URL, p.Body)
	}
	const own = "Mésange-Charbonnière-8"
	p = b.submits(p, "new_password", own, "confirm_password", own)
	p = b.submits(p.wants(t, http.StatusOK, issuer(g.Town)+"/signin"), "identifier", storetest.MustRenew, "password", own)
	p = b.opens(g.url+"/").wants(t, http.StatusOK, g.url+"/")
	if got := said(p.Body, "OIDC_CLAIM_preferred_username"); got != storetest.MustRenew {
		t.Errorf("after the renewal the application knows %q", got)
	}
}

func (g gestion) refreshes(t *testing.T) {
	b, p := g.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, g.url+"/")
	access, refresh := g.holds(t, b, "")
	newer, rotated := g.holds(t, b, "&access_token_refresh_interval=0")
	if newer == access || rotated == refresh {
		t.Errorf("the access token changed: %v; the refresh token: %v", newer != access, rotated != refresh)
	}
	b.opens(g.url+"/").wants(t, http.StatusOK, g.url+"/")
}

func (g gestion) leavesFromApplication(t *testing.T) {
	b, p := g.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, g.url+"/")
	p = b.opens(g.url+"/oidc/back?logout="+url.QueryEscape(g.url+"/left")).wants(t, http.StatusOK, g.url+"/left")
	if !strings.Contains(p.Body, "Vous êtes déconnecté.") {
		t.Errorf("the page after signing out:\n%s", p.Body)
	}
	b.opens(issuer(g.Town)+"/home").wants(t, http.StatusOK, issuer(g.Town)+"/signin")
	b.opens(g.url+"/").wants(t, http.StatusOK, issuer(g.Town)+"/signin")
}

func (g gestion) leavesFromPortal(t *testing.T) {
	b, p := g.comes(t, storetest.Active, "/")
	p.wants(t, http.StatusOK, g.url+"/")
	b.presses(b.opens(issuer(g.Town)+"/home"), "/signout")
	until(t, "Apache's session has ended", func() bool { return b.get(g.url+"/").Status == http.StatusFound })
}

func (g gestion) closes(t *testing.T, agent account.Account) {
	b, p := g.comes(t, storetest.Agent, "/")
	p.wants(t, http.StatusOK, g.url+"/")
	g.stops(t, agent)
	until(t, "Apache's session has ended", func() bool { return b.get(g.url+"/").Status == http.StatusFound })
	// The portal itself may trust what it read for a second (signin.Fresh).
	until(t, "the portal asks who it is", func() bool { return b.opens(g.url+"/").URL.Path == "/signin" })
}
