package housetest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser is a browser without a screen: it keeps cookies and does not follow redirects by itself.
type Browser struct {
	t      testing.TB
	client *http.Client
	host   string
	Header http.Header // sent with every request
}

// Answer is what a browser got.
type Answer struct {
	Status   int
	Header   http.Header
	Location string
	Body     string
}

// Browser opens a new browser on an organisation's host.
func (f *Fixture) Browser(t testing.TB, host string) *Browser {
	t.Helper()
	return Open(t, f.Server.Listener.Addr().String(), host)
}

// Open opens a new browser on a host of whatever listens on an address.
func Open(t testing.TB, address, host string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	transport := &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) },
		MaxIdleConnsPerHost: 100,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &Browser{
		t: t, host: host, Header: http.Header{},
		client: &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

// Get asks for a page.
func (b *Browser) Get(path string) Answer { return b.Do(b.request(http.MethodGet, path, "")) }

// Post sends a form, given as names and values in turn.
func (b *Browser) Post(path string, fields ...string) Answer {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return b.PostBody(path, "application/x-www-form-urlencoded", values.Encode())
}

// PostBody sends a body as it is.
func (b *Browser) PostBody(path, media, body string) Answer {
	r := b.request(http.MethodPost, path, body)
	r.Header.Set("Content-Type", media)
	return b.Do(r)
}

func (b *Browser) request(method, path, body string) *http.Request {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = "http://" + b.host + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range b.Header {
		r.Header[name] = values
		if name == "Host" {
			r.Host = values[0]
		}
	}
	return r
}

// Do sends any request.
func (b *Browser) Do(r *http.Request) Answer {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return Answer{resp.StatusCode, resp.Header, resp.Header.Get("Location"), string(body)}
}

// Cookie gives the value of a cookie that the browser keeps, empty for none.
func (b *Browser) Cookie(name string) string {
	for _, c := range b.client.Jar.Cookies(&url.URL{Scheme: "http", Host: b.host, Path: "/"}) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// SetCookie gives the browser a cookie.
func (b *Browser) SetCookie(name, value string) {
	b.client.Jar.SetCookies(&url.URL{Scheme: "http", Host: b.host, Path: "/"}, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Clone gives a second browser with the same cookies: a second tab, or a thief.
func (b *Browser) Clone() *Browser {
	second := *b
	client := *b.client
	client.Jar, _ = cookiejar.New(nil) // gives no error without options
	at := &url.URL{Scheme: "http", Host: b.host, Path: "/"}
	client.Jar.SetCookies(at, b.client.Jar.Cookies(at))
	second.client, second.Header = &client, b.Header.Clone()
	return &second
}
