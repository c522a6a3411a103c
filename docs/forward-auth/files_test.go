package forwardauth

import (
	"strings"
	"testing"
)

func TestTheFilesNameWhomTheyAreFor(t *testing.T) {
	for _, proxy := range Proxies {
		file := For(proxy, "gestion.commune.example", "famille.commune.example:8443")
		for _, host := range []string{"gestion.commune.example", "famille.commune.example:8443", "/forward-auth", "/.loquet/"} {
			if !strings.Contains(file, host) {
				t.Errorf("%s: %q is not in it", proxy, host)
			}
		}
		for _, host := range []string{application, portal} {
			if strings.Contains(file, host) {
				t.Errorf("%s: %q is still in it", proxy, host)
			}
		}
	}
	if For("apache", "a", "b") != "" {
		t.Error("a file for a proxy that there is none of")
	}
}
