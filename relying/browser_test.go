package relying

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is a browser that runs no script: it keeps the cookies of every host, knows that *.localhost is this machine
// (RFC 6761 §6.3), sends forms and follows redirects one by one. As a browser does, it lets the answer to a form lead
// only where the page's policy of content allows (CSP 3 §6.4.2, form-action, which Chromium applies to redirects too).
type browser struct {
	t      testing.TB
	client *http.Client
	Header http.Header         // sent with every request
	stop   func(*url.URL) bool // no redirect is followed to where it says so
}

// page is what a browser got.
type page struct {
	URL    *url.URL // where it stands
	Status int
	Header http.Header
	Body   string
	trail  []string // the addresses that led here, the first one first
}

// browse opens a new browser.
func browse(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := local()
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{
		t: t, Header: http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Language": {"fr-FR,fr"}},
		client: &http.Client{
			Jar: jar, Transport: transport, Timeout: patience,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// local reaches *.localhost wherever the machine's resolver does not know it.
func local() *http.Transport {
	var d net.Dialer
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return d.DialContext(ctx, network, address)
	}}
}

// do sends one request and follows nothing.
func (b *browser) do(method, address, body string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range b.Header {
		r.Header[name] = values
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) page {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return page{r.URL, resp.StatusCode, resp.Header, string(said), []string{r.URL.String()}}
}

// get asks for an address and follows nothing.
func (b *browser) get(address string) page {
	b.t.Helper()
	return b.do(http.MethodGet, address, "")
}

// opens asks for an address and follows where it leads.
func (b *browser) opens(address string) page {
	b.t.Helper()
	return b.follow(b.get(address))
}

// next gives the address that a redirect leads to, nil for none.
func (p page) next() *url.URL {
	if p.Status < 300 || p.Status > 399 || p.Header.Get("Location") == "" {
		return nil
	}
	to, err := p.URL.Parse(p.Header.Get("Location"))
	if err != nil {
		return nil
	}
	return to
}

// follow follows redirects, at most twenty of them, until a page; before is called with each address before it is asked
// for.
func (b *browser) follow(p page, before ...func(*url.URL)) page {
	b.t.Helper()
	trail := p.trail
	for range 20 {
		to := p.next()
		if to != nil {
			for _, look := range before {
				look(to)
			}
		}
		if to == nil || b.stop != nil && b.stop(to) {
			p.trail = trail
			return p
		}
		p = b.get(to.String())
		trail = append(trail, to.String())
	}
	b.t.Fatalf("redirects without end:\n%s", strings.Join(trail, "\n"))
	return page{}
}

// form is one of a page.
type form struct {
	method, action string
	values         url.Values
	buttons        []string // the names and values of its buttons: "do=allow"
}

// forms gives those of the page.
func (p page) forms(t testing.TB) (all []form) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "form":
			all = append(all, form{strings.ToUpper(attribute(n, "method")), attribute(n, "action"), url.Values{}, nil})
		case len(all) == 0 || attribute(n, "name") == "":
		case n.Data == "button":
			f := &all[len(all)-1]
			f.buttons = append(f.buttons, attribute(n, "name")+"="+attribute(n, "value"))
		case n.Data == "input" && (attribute(n, "type") == "hidden" || attribute(n, "type") == "text"):
			all[len(all)-1].values.Set(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "input":
			if _, set := all[len(all)-1].values[attribute(n, "name")]; !set {
				all[len(all)-1].values[attribute(n, "name")] = nil
			}
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// answered opens an address and gives where it leads at last: an address that begins as said, which is not opened.
// Where the way leads past the sign-in page, somebody signs in; nobody for "".
func (b *browser) answered(t testing.TB, address, prefix, identifier string) (answer *url.URL) {
	t.Helper()
	b.stop = func(to *url.URL) bool {
		if strings.HasPrefix(to.String(), prefix) {
			answer = to
		}
		return answer != nil
	}
	defer func() { b.stop = nil }()
	p := b.follow(b.get(address))
	if answer == nil && identifier != "" {
		p = b.signsIn(p, identifier)
	}
	if answer == nil {
		t.Fatalf("no answer from %s; at %s with %d:\n%s", address, p.URL, p.Status, p.Body)
	}
	return answer
}

// submits fills in the page's form that has all these fields, given as names and values in turn, sends it and follows
// where it leads. A button's name and value count as a field.
func (b *browser) submits(p page, fields ...string) page {
	b.t.Helper()
	for _, f := range p.forms(b.t) {
		if f.takes(fields) {
			return b.sendsForm(p, f, fields)
		}
	}
	b.t.Fatalf("no form with %q on %s (%d):\n%s", fields, p.URL, p.Status, p.Body)
	return page{}
}

// presses sends the page's form that goes to an address, as it is, and follows where it leads.
func (b *browser) presses(p page, action string) page {
	b.t.Helper()
	for _, f := range p.forms(b.t) {
		if f.action == action {
			return b.sendsForm(p, f, nil)
		}
	}
	b.t.Fatalf("no form to %s on %s (%d):\n%s", action, p.URL, p.Status, p.Body)
	return page{}
}

func (b *browser) sendsForm(p page, f form, fields []string) page {
	b.t.Helper()
	for i := 0; i+1 < len(fields); i += 2 {
		f.values.Set(fields[i], fields[i+1])
	}
	to, err := p.URL.Parse(f.action)
	if err != nil {
		b.t.Fatal(err)
	}
	allowed := b.allowed(p)
	allowed(to)
	r, err := http.NewRequestWithContext(b.t.Context(), f.method, to.String(), strings.NewReader(f.values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = b.Header.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.URL.Scheme+"://"+p.URL.Host)
	return b.follow(b.send(r), allowed)
}

func (f form) takes(fields []string) bool {
	for i := 0; i+1 < len(fields); i += 2 {
		_, has := f.values[fields[i]]
		if !has && !slices.Contains(f.buttons, fields[i]+"="+fields[i+1]) {
			return false
		}
	}
	return true
}

// allowed fails the test when the answer to a form leads where the page's policy does not let it.
func (b *browser) allowed(p page) func(*url.URL) {
	var sources []string
	found := false
	for directive := range strings.SplitSeq(p.Header.Get("Content-Security-Policy"), ";") {
		if words := strings.Fields(directive); len(words) > 0 && words[0] == "form-action" {
			sources, found = words[1:], true
		}
	}
	return func(to *url.URL) {
		b.t.Helper()
		origin := to.Scheme + "://" + to.Host
		self := origin == p.URL.Scheme+"://"+p.URL.Host
		if found && !(self && slices.Contains(sources, "'self'")) && !slices.Contains(sources, origin) &&
			!slices.Contains(sources, to.Scheme+":") {
			b.t.Errorf("a browser would not let the form of %s lead to %s: form-action %q", p.URL, to, sources)
		}
	}
}

// signsIn fills in the sign-in page, with the password chosen, and follows where it leads.
func (b *browser) signsIn(p page, identifier string) page {
	b.t.Helper()
	return b.submits(p, "identifier", identifier, "password", chosen)
}

// wants stops the test when the page is not the expected one: its status, and how its address begins.
func (p page) wants(t testing.TB, status int, address string) page {
	t.Helper()
	if p.Status != status || !strings.HasPrefix(p.URL.String(), address) {
		t.Fatalf("at %s with %d, want %s with %d; the way:\n%s\n%s", p.URL, p.Status, address, status,
			strings.Join(p.trail, "\n"), p.Body)
	}
	return p
}
