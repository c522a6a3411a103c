// Package forwardauth holds the files for a proxy before an application, as they are shipped.
//
// It promises that what a manager copies from the application's page is what the tests have started, letter by letter but
// for the names of hosts.
package forwardauth

import (
	"embed"
	"strings"
)

//go:embed nginx.conf Caddyfile traefik.yml
var files embed.FS

// Proxies lists the proxies that there is a file for, by the name that people know.
var Proxies = []string{"nginx", "Caddy", "Traefik"}

var names = map[string]string{"nginx": "nginx.conf", "Caddy": "Caddyfile", "Traefik": "traefik.yml"}

// The names that stand in the files for an application's host and the portal's.
const (
	application = "wiki.example"
	portal      = "portail.example"
)

// For gives the file of a proxy for an application on one host and a portal on another; "" for a proxy that there is
// none of.
func For(proxy, applicationHost, portalHost string) string {
	file, err := files.ReadFile(names[proxy])
	if err != nil {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(string(file)) {
		if told := strings.TrimLeft(line, "# "); strings.HasPrefix(line, "#   ") &&
			(strings.HasPrefix(told, application+" ") || strings.HasPrefix(told, portal+" ")) {
			continue // of what is to be replaced, this is
		}
		b.WriteString(line)
	}
	return strings.NewReplacer(application, applicationHost, portal, portalHost).Replace(b.String())
}
