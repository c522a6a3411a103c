package web_test

import (
	"net/http"
	"strings"
	"testing"

	"loquet/limit"
)

// FuzzForm posts any body to the forms of the door: whatever is sent, the answer is a page or a redirect of ours, and
// never a failure.
func FuzzForm(f *testing.F) {
	house := open(f)
	wide(house)
	house.SignIn.Limits.Typed = []limit.Rate{{Burst: 1_000_000, Every: 1}}
	paths := []string{"/signin", "/recover", "/identifier", "/enter", "/enter/x", "/renew", "/repair"}
	for i, body := range []string{
		"identifier=38162&password=Faux-1", "identifier=38162&email=" + claire, "email=" + claire, "code=2222-3333-4444",
		"", "%", "=&=", "identifier=%ff", "identifier=%00&password=%00", "a=1;b=2",
		"next=//evil.example&identifier=1&password=2",
		"identifier=＠&password=\u0301&email=@@&code=２２２２", strings.Repeat("identifier=1&", 1000),
		"code=" + strings.Repeat("2-", 200),
		"email=" + strings.Repeat("a", 300) + "@b.c", "identifier=+33612345678&password=x&remember=1&remember",
	} {
		f.Add(uint8(i), form, body)
		f.Add(uint8(i+1), "multipart/form-data; boundary=x", body)
	}
	f.Fuzz(func(t *testing.T, path uint8, media, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+town+paths[int(path)%len(paths)],
			strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header["Content-Type"] = []string{strings.Map(headerSafe, media)}
		a := house.Browser(t, town).Do(r)
		if a.Status >= 500 || a.Status < 300 {
			t.Errorf("POST %s with %q: %d", r.URL.Path, body, a.Status)
		}
		if a.Status == http.StatusSeeOther && (!strings.HasPrefix(a.Location, "/") || strings.HasPrefix(a.Location, "//")) {
			t.Errorf("POST %s with %q leads to %q", r.URL.Path, body, a.Location)
		}
		if strings.Contains(a.Body, "⟦") {
			t.Errorf("POST %s with %q: a sentence is missing", r.URL.Path, body)
		}
	})
}

// headerSafe keeps what a client may put into a header.
func headerSafe(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}
