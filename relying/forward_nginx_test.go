package relying

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const debianNginx = "apt-get install nginx-light"

// behindNginx starts nginx before an echo.
func behindNginx(t *testing.T) wiki {
	t.Helper()
	program := installed(t, "nginx", debianNginx)
	w, port := behind(t)
	at := folder(t)
	const tls = "    ssl_certificate     /etc/ssl/wiki.example.pem;\n    ssl_certificate_key /etc/ssl/wiki.example.key;\n"
	writes(t, filepath.Join(at, "loquet.conf"), shipped(t, "forward-auth/nginx.conf",
		"listen 443 ssl;", "listen 127.0.0.1:"+port+";", tls, "", "server_name wiki.example;", "server_name wiki.localhost;",
		"Host portail.example;", "Host "+w.Town.Host()+";", "server 127.0.0.1:8080;", "server 127.0.0.1:"+w.Port+";",
		"http://127.0.0.1:3000;", echo(t).URL+";"))
	log := filepath.Join(at, "error.log")
	lines := []string{
		"daemon off;", "worker_processes 1;", "pid " + filepath.Join(at, "pid") + ";", "error_log " + log + " warn;",
		"events { worker_connections 64; }", "http {", "access_log off;",
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		lines = append(lines, kind+"_temp_path "+filepath.Join(at, kind)+";")
	}
	lines = append(lines, "include "+filepath.Join(at, "loquet.conf")+";", "}")
	writes(t, filepath.Join(at, "nginx.conf"), strings.Join(lines, "\n")+"\n")
	started(t, port, []string{log}, program, "-p", at, "-e", log, "-c", filepath.Join(at, "nginx.conf"))
	return w
}

func TestNginxWithAuthRequest(t *testing.T) {
	t.Parallel()
	w := behindNginx(t)
	w.holds(t)
	t.Run("ATK-060: the place where nginx asks is closed to browsers", func(t *testing.T) {
		if p := browse(t).get(w.url + "/loquet-forward-auth"); p.Status != http.StatusNotFound {
			t.Errorf("it answers %d", p.Status)
		}
	})
}
