// Package gateway hands text messages to a gateway over HTTP, in the form that this gateway wants.
//
// It promises that a message and what proves us to the gateway go over TLS, or stay on this machine; that none of it
// stands in an error; that a number and a message are values, which change neither the address, nor a header, nor the
// form of a body; that no redirect is followed with them; and that an answer says whether trying again makes sense.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"text/template"
	"time"

	"loquet/courier"
)

const (
	sendTime    = 30 * time.Second
	longestSaid = 4096 // bytes read of an answer
)

// Settings say how a gateway wants its messages. Only Address is needed: the zero values of the others post
// {"to": "+33612345678", "body": "…"} as JSON, and take every 2xx for yes.
type Settings struct {
	Address     string   // {{.To}} and {{.Body}} may stand in its path and its query, and are escaped there
	Token       string   // sent as "Authorization: Bearer" (RFC 6750 §2.1); empty: none
	Method      string   // POST, PUT or GET
	Headers     []string // "Name: value"
	Body        string   // a text/template of .To and .Body, with json, query and form
	ContentType string   // of the body; empty: as it looks
	Success     string   // a regular expression (RE2) that the answer's body must match as well; empty: none
	Number      Number   // how numbers are written
}

// Gateway is where text messages are handed over. It is safe for use by many goroutines.
type Gateway struct {
	method, contentType string
	home                string // scheme and host of every request
	address, body       *template.Template
	header              http.Header
	success             *regexp.Regexp
	number              Number
	secrets             *strings.Replacer
	client              *http.Client
}

// New checks how a gateway wants its messages, by writing samples. The error is one sentence for the administrator, which
// names the setting and repeats no value.
func New(s Settings) (*Gateway, error) {
	g := &Gateway{number: s.Number, client: &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, read := range []func(Settings) error{
		g.readNumber, g.readMethod, g.readHeaders, g.readAddress, g.readBody, g.readSuccess, g.trySamples,
	} {
		if err := read(s); err != nil {
			return nil, err
		}
	}
	g.secrets = secretsOf(s)
	return g, nil
}

// LogValue names the gateway without what proves us to it.
func (g *Gateway) LogValue() slog.Value { return slog.StringValue("text gateway") }

// String names the gateway without what proves us to it.
func (g *Gateway) String() string { return "text gateway" }

// GoString is String, so that %#v shows nothing either.
func (g *Gateway) GoString() string { return g.String() }

// SendText hands over one message. It has gone on a 2xx whose body matches Settings.Success. What the gateway refuses for
// good is 4xx, but for those about how we talk to it, and how often (401, 403, 404, 408, 429): they are worth another try
// once somebody has looked, and so is a 2xx that does not match.
func (g *Gateway) SendText(ctx context.Context, to, body string) error {
	if err := courier.CheckNumber(to); err != nil {
		return err //nolint:wrapcheck // one clear sentence already
	}
	r, err := g.request(ctx, message{g.number.write(to), body})
	if err != nil {
		return err
	}
	answer, err := g.client.Do(r)
	if err != nil {
		if failed := (&url.Error{}); errors.As(err, &failed) { // names the address, in which a key may stand
			err = failed.Err
		}
		return fmt.Errorf("reaching the text gateway: %w", err)
	}
	defer answer.Body.Close()                                       //nolint:errcheck // only read
	said, _ := io.ReadAll(io.LimitReader(answer.Body, longestSaid)) // what cannot be read says nothing
	taken := answer.StatusCode >= 200 && answer.StatusCode <= 299
	if taken && (g.success == nil || g.success.Match(said)) {
		return nil
	}
	return courier.Refusal{
		Code: answer.StatusCode, Said: without(g.secrets.Replace(string(said)), to), Final: final(answer.StatusCode),
	}
}

func final(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout,
		http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status <= 499
}

// request writes the request for one message.
func (g *Gateway) request(ctx context.Context, m message) (*http.Request, error) {
	address, err := execute(g.address, message{escaped(m.To), escaped(m.Body)})
	if err != nil {
		return nil, errAddress
	}
	var content io.Reader
	if g.body != nil {
		body, err := execute(g.body, m)
		if err != nil {
			return nil, errBody
		}
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, g.method, address, content)
	if err != nil || r.URL.Scheme+"://"+r.URL.Host != g.home {
		return nil, errAddress
	}
	r.Header = g.header.Clone()
	return r, nil
}
