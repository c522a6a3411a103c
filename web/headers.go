package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"loquet/web/assets"
)

// headers gives what stands on every answer so that browsers keep other sites out (ASVS V3.4, W3C CSP3, Fetch
// Metadata). Its values are shared by all answers: a handler replaces one by Set and appends to none.
func headers(scheme string) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", policy(""))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "+
		"payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)")
	h.Set("Cache-Control", "no-store")
	if scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	return h
}

// policy gives the content security policy: nothing but our own files, our own style sheet inlined (by its hash), and
// the organisation's colour (by its hash, when there is one).
func policy(styleHash string) string {
	styles := strings.TrimSpace("'self' " + assets.StyleHash + " " + styleHash)
	return "default-src 'none'; script-src 'self'; style-src " + styles + "; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'"
}

// bare leaves out what only pages obey, on JSON for a script: the first page is to come over in one round trip, all
// included.
func bare(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // whoever opens it as a page
	for _, name := range []string{"Permissions-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Frame-Options"} {
		h.Del(name)
	}
}

// recorder remembers the status and size of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err //nolint:wrapcheck // a pass-through
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func levelOf(status int) slog.Level {
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// logLine gives what the log keeps of a request: no query, no body, no token (ATK-016, ATK-086).
func logLine(r *http.Request, v *visit, answer *recorder, started time.Time) []slog.Attr {
	path := r.URL.Path
	for _, secret := range []string{"/enter/", "/confirm/", "/stop/"} {
		if strings.HasPrefix(path, secret) {
			path = secret + "…"
		}
	}
	return []slog.Attr{
		slog.String("reference", v.reference), slog.String("method", r.Method), slog.String("organisation", v.organisation.Slug),
		slog.String("path", path), slog.Int("status", answer.status), slog.Int("bytes", answer.bytes),
		slog.Duration("took", time.Since(started)), slog.String("address", v.address.String()),
	}
}
