package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loquet/application"
	"loquet/courier"
)

// Notice is what the outbox keeps of a promised courier.LogoutNotice: its payload.
type Notice struct {
	Grant string `json:"grant"` // ID of the grant that ended
}

const (
	logoutType  = "logout+jwt"    // typ of a logout token
	logoutLives = 2 * time.Minute // OpenID Connect Back-Channel Logout 1.0 §2.4
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
)

// logoutToken is the claims of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). It has no nonce, so that
// it can never pass for an ID token.
type logoutToken struct {
	Issuer   string              `json:"iss"`
	Audience string              `json:"aud"`
	Subject  string              `json:"sub"`
	SID      string              `json:"sid"`
	Issued   int64               `json:"iat"`
	Expires  int64               `json:"exp"`
	ID       string              `json:"jti"`
	Events   map[string]struct{} `json:"events"`
}

// Announce tells an application that a sign-in has ended there too: it is the handler of courier.LogoutNotice. Each try
// brings another token. An error asks for another try; an application that refuses, or stands where Loquet does not
// call, is given up at once, with a line in the log.
func (f *Flow) Announce(ctx context.Context, i courier.Item) error {
	var n Notice
	if err := json.Unmarshal(i.Payload, &n); err != nil {
		return fmt.Errorf("reading a notice: %w", err)
	}
	held, err := f.Store.Grant(ctx, i.Organisation, n.Grant)
	if err != nil {
		return fmt.Errorf("reading the grant of a notice: %w", err)
	}
	a, err := f.Store.Application(ctx, i.Organisation, held.Grant.Application)
	if err != nil {
		return fmt.Errorf("reading the application of a notice: %w", err)
	}
	if a.BackChannel == "" {
		return nil // it wants to know no more
	}
	token, err := f.logoutToken(ctx, a, held.Grant)
	if err != nil {
		return err
	}
	switch refused, err := f.tell(ctx, a.BackChannel, token); {
	case errors.Is(err, errAddress), err == nil && refused != "":
		if err != nil {
			refused = err.Error()
		}
		f.Log.WarnContext(ctx, "an application was not told of a sign-out",
			"organisation", a.Organisation, "application", a.ID, "name", a.Name, "why", refused)
		return nil
	default:
		return err
	}
}

func (f *Flow) logoutToken(ctx context.Context, a application.Application, g Grant) (string, error) {
	o, err := f.Store.Organisation(ctx, a.Organisation)
	if err != nil {
		return "", fmt.Errorf("reading the organisation of a notice: %w", err)
	}
	now := f.Now()
	return f.Sign(ctx, a.Organisation, a.Signs, logoutType, logoutToken{
		Issuer: f.Issuer(o), Audience: a.ID, Subject: f.subject(a, g.Account), SID: g.SID,
		Issued: now.Unix(), Expires: now.Add(logoutLives).Unix(), ID: f.NewID(),
		Events: map[string]struct{}{logoutEvent: {}},
	})
}

// tell hands a logout token over (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8). refused says why it is of no use
// to try again; empty when the application has taken it.
func (f *Flow) tell(ctx context.Context, address, token string) (refused string, err error) {
	body := url.Values{"logout_token": {token}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return "its address cannot be read", nil //nolint:nilerr // no later try could
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "Loquet")
	answer, err := f.Outward.Do(r)
	if err != nil {
		return "", fmt.Errorf("telling an application of a sign-out: %w", err)
	}
	defer answer.Body.Close()                               //nolint:errcheck // nothing of it is wanted
	_, _ = io.CopyN(io.Discard, answer.Body, outwardAnswer) // so that the connection may serve again
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return "", nil
	case code >= 500, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return "", fmt.Errorf("an application answered %d when it was told of a sign-out", code)
	case code >= 300 && code < 400:
		return fmt.Sprintf("it answered %d: redirects are not followed", code), nil
	default:
		return fmt.Sprintf("it answered %d", code), nil
	}
}
