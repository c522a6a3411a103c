package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/net/http/httpguts"
)

// message is what templates know: values, and nothing that could be called.
type message struct{ To, Body string }

var (
	errAddress = errors.New("sms: write an address like https://gateway.example/messages, without user or password; " +
		"{{.To}} and {{.Body}} may stand in its path and its query")
	errBody = errors.New("sms_body: write a template of {{json .To}} and {{json .Body}}; in a form it is {{form .To}}, " +
		"in an address {{query .To}}")
)

const defaultBody = `{"to":{{json .To}},"body":{{json .Body}}}`

var functions = template.FuncMap{"json": quoted, "query": escaped, "form": url.QueryEscape}

// quoted gives a string of JSON, with its quotation marks.
func quoted(s string) (string, error) {
	var b bytes.Buffer
	write := json.NewEncoder(&b)
	write.SetEscapeHTML(false)
	err := write.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err //nolint:wrapcheck // never for a string
}

// escaped is a value in a path or a query (RFC 3986 §2.1): a blank is %20 in both.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func execute(t *template.Template, m message) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, m)
	return b.String(), err //nolint:wrapcheck // its words may repeat the template: callers say another sentence
}

func (g *Gateway) readMethod(s Settings) error {
	g.method = strings.ToUpper(s.Method)
	switch g.method {
	case "":
		g.method = http.MethodPost
	case http.MethodPost, http.MethodPut:
	case http.MethodGet:
		if s.Body != "" || s.ContentType != "" {
			return errors.New("sms_body and sms_content_type: a GET has no body; put {{.To}} and {{.Body}} in the address")
		}
	default:
		return errors.New("sms_method: write POST, PUT or GET")
	}
	return nil
}

// ours are headers that the program or another setting writes.
var ours = []string{
	"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Te", "Trailer", "Upgrade", "Expect",
}

func (g *Gateway) readHeaders(s Settings) error {
	g.header = http.Header{}
	for n, line := range s.Headers {
		name, value, ok := strings.Cut(line, ":")
		name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) || value == "":
			return fmt.Errorf("sms_headers: number %d is not like \"X-Api-Key: value\", on one line", n+1)
		case slices.Contains(ours, name):
			return fmt.Errorf("sms_headers: %s is not yours to set; the type of the body is sms_content_type", name)
		case name == "Authorization" && s.Token != "":
			return errors.New("sms_headers and sms_token both say Authorization: keep one of them")
		}
		g.header.Add(name, value)
	}
	if s.Token == "" {
		return nil
	}
	if !httpguts.ValidHeaderFieldValue(s.Token) {
		return errors.New("sms_token: it must stand on one line, without control characters")
	}
	g.header.Set("Authorization", "Bearer "+s.Token)
	return nil
}

func (g *Gateway) readAddress(s Settings) error {
	t, err := template.New("sms").Parse(s.Address)
	if err != nil {
		return errAddress
	}
	g.address = t
	said, err := execute(t, message{escaped(plain.To), escaped(plain.Body)})
	if err != nil {
		return errAddress
	}
	u, err := url.Parse(said)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errAddress
	}
	switch u.Scheme {
	case "https":
	case "http":
		if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
			return errors.New("sms: http:// is for a gateway on this machine (localhost, 127.0.0.1 or ::1); " +
				"use https:// for any other")
		}
	default:
		return errors.New("sms: the address must begin with https://")
	}
	g.home = u.Scheme + "://" + u.Host
	return nil
}

func (g *Gateway) readBody(s Settings) error {
	words := s.Body
	if words == "" {
		if g.method == http.MethodGet {
			return nil
		}
		words = defaultBody
	}
	t, err := template.New("sms_body").Funcs(functions).Parse(words)
	if err != nil {
		return errBody
	}
	g.body, g.contentType = t, s.ContentType
	if g.contentType == "" {
		g.contentType = guessed(words)
	}
	if _, _, err := mime.ParseMediaType(g.contentType); err != nil || !httpguts.ValidHeaderFieldValue(g.contentType) {
		return errors.New("sms_content_type: write a media type such as application/json")
	}
	g.header.Set("Content-Type", g.contentType)
	return nil
}

// guessed gives the type of a body by its first letter.
func guessed(body string) string {
	switch body = strings.TrimSpace(body); {
	case strings.HasPrefix(body, "<"):
		return "application/xml"
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		return "application/json"
	}
	return "application/x-www-form-urlencoded"
}

func (g *Gateway) readSuccess(s Settings) error {
	if s.Success == "" {
		return nil
	}
	var err error
	if g.success, err = regexp.Compile(s.Success); err != nil {
		why := "it cannot be read"
		if wrong := (&syntax.Error{}); errors.As(err, &wrong) {
			why = string(wrong.Code)
		}
		return fmt.Errorf("sms_success: write a regular expression (RE2) that the answer must match: %s", why)
	}
	return nil
}
