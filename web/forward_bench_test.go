package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"loquet/store/storetest"
)

// BenchmarkForwardAuth measures what a proxy's question costs, in memory, beside a handler that answers at once: the
// connection is the machine's in both, and is left out.
func BenchmarkForwardAuth(b *testing.B) {
	g := openGate(b, storetest.Open(b, storetest.SQLite(b)))
	g.inside()
	for name, h := range map[string]http.Handler{
		"bare": http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) }),
		"gate": g.Web.Handler(),
	} {
		b.Run(name, func(b *testing.B) { answers(b, h, g.held) })
	}
}

// BenchmarkForwardAuthOverHTTP is the same with everything that a proxy waits for: 60 % of bare net/http is the aim.
func BenchmarkForwardAuthOverHTTP(b *testing.B) {
	g := openGate(b, storetest.Open(b, storetest.SQLite(b)))
	g.inside()
	for name, h := range map[string]http.Handler{
		"bare": http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusOK) }),
		"gate": g.Web.Handler(),
	} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(h)
			defer server.Close()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					r := question(g.held)
					r.URL.Scheme, r.URL.Host, r.RequestURI = "http", server.Listener.Addr().String(), ""
					resp, err := server.Client().Do(r)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Error(resp, err)
						return
					}
					_ = resp.Body.Close()
				}
			})
		})
	}
}

func question(cookie string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/forward-auth", nil)
	r.Host, r.RemoteAddr = town, "127.0.0.1:5000"
	r.Header.Set("X-Forwarded-Host", wikiHost)
	r.Header.Set("X-Forwarded-Uri", "/page?a=1")
	r.Header.Set("X-Forwarded-Method", "GET")
	r.Header.Set("X-Forwarded-Proto", "http")
	r.Header.Set("X-Original-Url", "http://"+wikiHost+"/page?a=1")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", cookie)
	return r
}

func answers(b *testing.B, h http.Handler, cookie string) {
	b.Helper()
	r := question(cookie)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
