package oidc

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"

	"loquet/account"
	"loquet/application"
	"loquet/organisation"
	"loquet/session"
)

// subject gives what an application knows a person by: opaque, permanent, never reused, never the identifier
// (OpenID Connect Core 1.0 §8; ASVS 10.5.2). A pairwise one is a MAC, so that two applications cannot compare theirs.
func (f *Flow) subject(a application.Application, account string) string {
	if !a.Pairwise {
		return account
	}
	mac := hmac.New(sha256.New, f.Pairwise)
	mac.Write([]byte(a.Organisation + " " + a.ID + " " + account))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// The scopes: openid, and four that tell more.
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopePhone   = "phone"
	scopeOffline = "offline_access" // asks for a refresh token
)

// Scopes lists every scope.
var Scopes = []string{scopeOpenID, scopeProfile, scopeEmail, scopePhone, scopeOffline}

var everyScope = strings.Join(Scopes, " ")

// levels are the authentication context classes that are told (OpenID Connect Core 1.0 §2).
var levels = []goidc.ACR{goidc.ACR(session.One), goidc.ACR(session.Two)}

// idTokenClaims gives what an ID token says beside the library's own: how the person proved themselves, and what the
// scopes tell, as many applications look nowhere else.
func (k keeper) idTokenClaims(ctx context.Context, g *goidc.Grant) map[string]any {
	claims := k.proved(k.told(ctx, g, callOf(ctx).within(g)), g)
	if wanted := g.AuthParams.Claims; wanted != nil {
		k.named(ctx, g, claims, wanted.IDToken)
	}
	return claims
}

// within gives the scopes that are told of: those of the access token that is made or brought, where it was asked for
// with fewer than its grant has (RFC 6749 §3.3; ATK-094).
func (c *call) within(g *goidc.Grant) string { return cmp.Or(c.scopes, g.Scopes) }

// scopesIn gives the scopes of an access token that has been checked already; empty for what is none.
func scopesIn(token string) string {
	var claims struct {
		Scope string `json:"scope"`
	}
	if jws, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256}); err == nil {
		_ = jws.UnsafeClaimsWithoutVerification(&claims) // empty then
	}
	return claims.Scope
}

// proved adds how the person proved themselves (contract).
func (keeper) proved(claims map[string]any, g *goidc.Grant) map[string]any {
	for _, name := range []string{inACR, inAMR, inSID} {
		claims[name] = g.Store[name]
	}
	claims[inAuthTime] = number(g.Store, inAuthTime)
	return claims
}

func (k keeper) userInfoClaims(ctx context.Context, g *goidc.Grant) map[string]any {
	c := callOf(ctx)
	c.scopes = scopesIn(c.bearer)
	claims := k.proved(k.told(ctx, g, c.within(g)), g)
	if wanted := g.AuthParams.Claims; wanted != nil {
		k.named(ctx, g, claims, wanted.UserInfo)
	}
	return claims
}

// named adds the claims that were asked by name (OpenID Connect Core 1.0 §5.5): of the organisation's own applications
// any, of others only those of the scopes that were consented to, which are there already.
func (k keeper) named(ctx context.Context, g *goidc.Grant, claims map[string]any, wanted map[string]goidc.ClaimObjectInfo) {
	if len(wanted) == 0 || callOf(ctx).within(g) != g.Scopes { // whoever asks for less wants less
		return
	}
	if a, err := k.f.application(ctx, callOf(ctx).organisation.ID, g.ClientID); err != nil || !a.Own {
		return
	}
	for name, value := range k.told(ctx, g, everyScope) {
		if _, asked := wanted[name]; asked {
			claims[name] = value
		}
	}
}

// accessTokenClaims gives what RFC 9068 §2.2 asks of an access token beside the library's own.
func (k keeper) accessTokenClaims(ctx context.Context, token *goidc.Token, g *goidc.Grant) map[string]any {
	callOf(ctx).scopes = token.Scopes
	return map[string]any{
		"aud": k.f.Issuer(callOf(ctx).organisation), inAuthTime: number(g.Store, inAuthTime), inACR: g.Store[inACR],
	}
}

// told gives what scopes tell of whose grant it is, as they are now.
func (k keeper) told(ctx context.Context, g *goidc.Grant, scopes string) map[string]any {
	c := callOf(ctx)
	p := c.held[g.ID].Person
	claims := map[string]any{}
	for scope, told := range claimsOf(c.organisation, p, cmp.Or(p.Language, c.organisation.Language)) {
		if holds(scopes, scope) {
			maps.Copy(claims, told)
		}
	}
	return claims
}

// claimsOf gives what each scope tells of a person (contract: identity seen by applications). What is empty is left out:
// a claim without a value is no claim (OpenID Connect Core 1.0 §5.3.2).
func claimsOf(o organisation.Organisation, p account.Account, language string) map[string]map[string]any {
	profile := map[string]any{
		"preferred_username": p.Identifier, "name": p.Name(), "given_name": p.GivenName, "family_name": p.FamilyName,
		"locale": language, "org": o.Slug, "role": string(p.Role), "household": p.Household,
	}
	if len(p.Offices) > 0 {
		profile["offices"] = p.Offices
	}
	email := map[string]any{}
	if at := p.Reference(); at.Address != "" {
		email["email"], email["email_verified"] = at.Address, at.Proven && !at.Unreachable
	}
	phone := map[string]any{}
	if p.Mobile != "" {
		phone["phone_number"], phone["phone_number_verified"] = p.Mobile, p.MobileProven
	}
	for name, value := range profile {
		if value == "" {
			delete(profile, name)
		}
	}
	return map[string]map[string]any{scopeProfile: profile, scopeEmail: email, scopePhone: phone}
}
