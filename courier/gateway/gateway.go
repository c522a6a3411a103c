// Package gateway hands text messages to a gateway over HTTP.
//
// It promises that a message and its token go over TLS, or stay on this machine; that neither stands in an error; that
// no redirect is followed with them; and that an answer says whether trying again makes sense.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"loquet/courier"
)

const (
	sendTime    = 30 * time.Second
	longestSaid = 4096 // bytes read of an answer
)

// Gateway is where text messages are posted as JSON: {"to": "+33612345678", "body": "…"}.
type Gateway struct {
	address string
	token   string
	client  *http.Client
}

// New reads the address of a gateway: https, or http on this machine only. The token, when there is one, goes along as
// "Authorization: Bearer" (RFC 6750 §2.1). The error is one sentence for the administrator and repeats neither.
func New(address, token string) (*Gateway, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, errors.New("the address of the text gateway must be like https://gateway.example/messages, " +
			"without user or password")
	}
	switch u.Scheme {
	case "https":
	case "http":
		if ip, err := netip.ParseAddr(u.Hostname()); u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
			return nil, errors.New("http:// is for a text gateway on this machine (localhost, 127.0.0.1 or ::1); " +
				"use https:// for any other")
		}
	default:
		return nil, errors.New("the address of the text gateway must begin with https://")
	}
	return &Gateway{address: address, token: token, client: &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// LogValue names the gateway without its token.
func (g *Gateway) LogValue() slog.Value { return slog.StringValue("text gateway") }

// String names the gateway without its token.
func (g *Gateway) String() string { return "text gateway" }

// GoString is String, so that %#v shows no token either.
func (g *Gateway) GoString() string { return g.String() }

// SendText posts one message. Every 2xx takes it. What the gateway refuses for good is 4xx, but for those about how we
// talk to it, and how often (401, 403, 404, 408, 429): they are worth another try once somebody has looked.
func (g *Gateway) SendText(ctx context.Context, to, body string) error {
	message, err := json.Marshal(struct {
		To   string `json:"to"`
		Body string `json:"body"`
	}{to, body})
	if err != nil {
		return fmt.Errorf("writing a text message: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.address, bytes.NewReader(message))
	if err != nil {
		return errors.New("the text gateway's address cannot be used")
	}
	r.Header.Set("Content-Type", "application/json")
	if g.token != "" {
		r.Header.Set("Authorization", "Bearer "+g.token)
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
	if answer.StatusCode >= 200 && answer.StatusCode <= 299 {
		return nil
	}
	return courier.Refusal{Code: answer.StatusCode, Said: string(said), Final: final(answer.StatusCode)}
}

func final(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout,
		http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status <= 499
}
