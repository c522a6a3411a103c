package relying

import (
	"path/filepath"
	"testing"
)

const debianCaddy = "apt-get install caddy"

// behindCaddy starts Caddy before an echo.
func behindCaddy(t *testing.T) wiki {
	t.Helper()
	program := installed(t, "caddy", debianCaddy)
	w, port := behind(t)
	at := folder(t)
	writes(t, filepath.Join(at, "loquet.caddy"), shipped(t, "forward-auth/Caddyfile",
		"wiki.example {", "http://wiki.localhost:"+port+" {", "Host portail.example\n", "Host "+w.Town.Host()+"\n",
		"127.0.0.1:8080", "127.0.0.1:"+w.Port, "reverse_proxy 127.0.0.1:3000\n", "reverse_proxy "+echo(t).URL+"\n"))
	writes(t, filepath.Join(at, "Caddyfile"), "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\nimport loquet.caddy\n")
	started(t, port, nil, program, "run", "--adapter", "caddyfile", "--config", filepath.Join(at, "Caddyfile"))
	return w
}

func TestCaddyWithForwardAuth(t *testing.T) {
	t.Parallel()
	behindCaddy(t).holds(t)
}
