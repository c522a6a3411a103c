package oidc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"loquet/application"
	"loquet/fault"
)

// keeper is what the provider library keeps its things with. It writes documents of the library's own shape with every
// code and token left out: they are found by their digests, which columns of their own hold.
type keeper struct{ f *Flow }

// What our own part of a document is called.
const (
	inFamily   = "family"
	inSID      = "sid"
	inAuthTime = "auth_time" // seconds
	inAMR      = "amr"
	inACR      = "acr"
	inAsked    = "asked" // microseconds: when the request came
	inHint     = "hint"  // whom the application expects
	inBind     = "bind"  // digest of what the browser holds that began
	inUntil    = "until" // microseconds: how long the sign-in lives at most
	inRefresh  = "refresh"
)

// SaveClient and DeleteClient are of dynamic registration, which is not offered.
func (keeper) SaveClient(context.Context, *goidc.Client) error { return errNotOffered }

// DeleteClient is not offered.
func (keeper) DeleteClient(context.Context, string) error { return errNotOffered }

var errNotOffered = errors.New("applications are registered by their manager")

// Client gives an application as the library knows it.
func (k keeper) Client(ctx context.Context, id string) (*goidc.Client, error) {
	c := callOf(ctx)
	a, err := k.f.application(ctx, c.organisation.ID, id)
	if errors.Is(err, fault.Missing) || err == nil && (!a.Open() || a.Kind != application.OpenID) {
		return nil, goidc.ErrNotFound
	}
	if c.failed(err) != nil {
		return nil, fmt.Errorf("reading an application: %w", err)
	}
	return clientOf(a, c.secretIn), nil
}

// clientOf gives an application as the library knows it. It may send its secret in the header or in the body, as it
// likes; one that has no secret sends none.
func clientOf(a application.Application, secretIn goidc.AuthnMethod) *goidc.Client {
	redirects, kind := loopbacks(a)
	method := secretIn
	if a.Public {
		method = goidc.AuthnMethodNone
	} else if method == "" {
		method = goidc.AuthnMethodSecretBasic
	}
	subject := goidc.SubIdentifierPublic
	if a.Pairwise {
		subject = goidc.SubIdentifierPairwise
	}
	return &goidc.Client{ID: a.ID, Secret: a.Secret, ClientMeta: goidc.ClientMeta{
		Name: a.Name, RedirectURIs: redirects, ApplicationType: kind, ScopeIDs: strings.Join(Scopes, " "),
		GrantTypes:    []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantRefreshToken},
		ResponseTypes: []goidc.ResponseType{goidc.ResponseTypeCode}, TokenAuthnMethod: method,
		IDTokenSigAlg: goidc.SignatureAlgorithm(a.Signs), SubIdentifierType: subject,
	}}
}

// loopbacks gives the redirect addresses; of a program on the person's own machine the port may be any, and nothing else
// (RFC 8252 §7.3; ATK-046).
func loopbacks(a application.Application) ([]string, goidc.ApplicationType) {
	all, kind := append([]string(nil), a.Redirects...), goidc.ApplicationTypeWeb
	for _, r := range a.Redirects {
		u, err := url.Parse(r)
		if err != nil || !a.Public || u.Scheme != "http" {
			continue
		}
		ip, err := netip.ParseAddr(u.Hostname())
		if err != nil || !ip.IsLoopback() {
			continue
		}
		kind = goidc.ApplicationTypeNative
		u.Host = u.Hostname()
		if ip.Is6() {
			u.Host = "[" + u.Host + "]"
		}
		all = append(all, u.String())
	}
	return all, kind
}

func (k keeper) pairwise(ctx context.Context, account string, c *goidc.Client) string {
	return k.f.subject(application.Application{
		ID: c.ID, Organisation: callOf(ctx).organisation.ID, Pairwise: true,
	}, account)
}

// SaveSession keeps an authorization request. One that has led to an answer at once was never kept, and need not be.
func (k keeper) SaveSession(ctx context.Context, as *goidc.AuthnSession) error {
	c := callOf(ctx)
	r, known := c.requests[as.ID]
	over := as.Status != goidc.StatusPending
	if !known && over {
		return nil
	}
	kept := *as
	kept.PushedAuthReqID = ""
	document, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("writing a request: %w", err)
	}
	if !known {
		if err := k.f.crowd.takes(c.place(as.ClientID), k.f.Now()); err != nil {
			return c.failed(err)
		}
		r = Request{
			ID: as.ID, Organisation: c.organisation.ID, Application: as.ClientID,
			Until: k.f.Now().Add(time.Duration(as.ExpiresAt-as.CreatedAt) * time.Second),
		}
		if as.PushedAuthReqID != "" {
			r.Handle = digest(as.PushedAuthReqID)
		}
	}
	r.Document, r.Over = document, over
	if err := k.f.Store.SaveRequest(ctx, r); err != nil {
		return lost(c.failed(err))
	}
	r.Version++
	c.requests[as.ID] = r
	return nil
}

// Session gives an authorization request that waits for its person, once it is over no more.
func (k keeper) Session(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	c := callOf(ctx)
	r, err := k.f.Store.Request(ctx, c.organisation.ID, id)
	if err != nil || r.Over || !k.f.Now().Before(r.Until) {
		return nil, absent(c.failed(err))
	}
	return c.read(r)
}

// SessionByPushedAuthReqID gives a pushed request to the first browser that brings its name, and to no other
// (RFC 9126 §2.2; OAU-12).
func (k keeper) SessionByPushedAuthReqID(ctx context.Context, handle string) (*goidc.AuthnSession, error) {
	c := callOf(ctx)
	r, err := k.f.Store.RequestByHandle(ctx, c.organisation.ID, digest(handle))
	if err != nil || r.Over || !k.f.Now().Before(r.Until) {
		return nil, absent(c.failed(err))
	}
	r.Handle, r.Until = "", k.f.Now().Add(requestLives*time.Second)
	if err := k.f.Store.SaveRequest(ctx, r); err != nil {
		return nil, absent(c.failed(err))
	}
	r.Version++
	return c.read(r)
}

func (c *call) read(r Request) (*goidc.AuthnSession, error) {
	var as goidc.AuthnSession
	if err := json.Unmarshal(r.Document, &as); err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	if as.Store == nil {
		as.Store = map[string]any{}
	}
	c.requests[r.ID] = r
	return &as, nil
}

// spend notes the name of a DPoP proof, which serves once (RFC 9449 §11.1; ATK-052).
func (k keeper) spend(ctx context.Context, jti string) error {
	c := callOf(ctx)
	err := k.f.Store.Spend(ctx, c.organisation.ID, digest("dpop "+jti), k.f.Now().Add((proofLives+2*leeway)*time.Second))
	if errors.Is(err, fault.Stale) {
		return errors.New("the proof has been used")
	}
	return c.failed(err)
}

func digest(secret string) string { return application.DigestOf(secret) }

// newToken gives 256 random bits.
func newToken() string { return rand.Text() + rand.Text() }

// absent gives the library's word for what is not there; what failed is passed on.
func absent(err error) error {
	if err == nil || errors.Is(err, fault.Missing) || errors.Is(err, fault.Stale) {
		return goidc.ErrNotFound
	}
	return err
}

// lost tells the loser of a race that what it holds is worth nothing.
func lost(err error) error {
	if errors.Is(err, fault.Stale) {
		return goidc.NewError(goidc.ErrorCodeInvalidGrant, "it has been used")
	}
	return err
}

func text(store map[string]any, key string) string {
	s, _ := store[key].(string)
	return s
}

// number reads what JSON may have made a float of.
func number(store map[string]any, key string) int64 {
	switch n := store[key].(type) {
	case float64:
		return int64(n)
	case int64:
		return n
	}
	return 0
}
