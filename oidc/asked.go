package oidc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"

	"loquet/application"
	"loquet/organisation"
	"loquet/session"
)

// forgiven gives an authorization request without what we do not know, which must do no harm (OpenID Connect Core 1.0
// §3.1.2.1, RFC 6749 §3.1): other scopes, acr_values, display. A parameter that comes twice is refused, as is one that
// is longer than any needs to be, and all of them where they are longer than all need to be together: what waits is kept.
func forgiven(q url.Values) (url.Values, error) {
	kept, all := url.Values{}, 0
	for name, values := range q {
		if name == "resource" {
			continue // RFC 8707 is not offered
		}
		if len(values) != 1 || len(values[0]) > mostParameter {
			return nil, Refused{fmt.Errorf("parameter %.40q: once, and of %d bytes at most", name, mostParameter)}
		}
		if all += len(values[0]); all > mostParameters {
			return nil, Refused{fmt.Errorf("parameters: of %d bytes at most together", mostParameters)}
		}
		kept.Set(name, values[0])
	}
	if to := kept.Get("redirect_uri"); !plainly(to) {
		return nil, Refused{errors.New("redirect_uri is not registered, letter by letter")}
	}
	only(kept, "scope", Scopes)
	only(kept, "acr_values", []string{string(session.One), string(session.Two)})
	only(kept, "display", []string{"page", "popup", "touch", "wap"})
	return kept, nil
}

const (
	mostParameter  = 4096
	mostParameters = 8192
)

// plainly says whether an address is written in the one way that the library's comparison, of addresses written anew,
// does not change: so it is one of letters (ASVS 10.4.1; OAU-01).
func plainly(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.String() == address && !strings.Contains(address, "#")
}

func only(q url.Values, name string, known []string) {
	if !q.Has(name) {
		return
	}
	fit := slices.DeleteFunc(strings.Fields(q.Get(name)), func(s string) bool { return !slices.Contains(known, s) })
	q.Set(name, strings.Join(fit, " "))
	if len(fit) == 0 && name != "scope" {
		q.Del(name)
	}
}

// pushedPrefix begins the names of pushed requests. What stands beside such a name is not looked at: it comes from
// whoever held the browser's address, and only what was pushed comes from the application (RFC 9126 §4, RFC 9101 §6.3).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// foreignMode says whether an answer is wanted in a way that is not offered (ASVS 10.4.12).
func foreignMode(q url.Values) bool {
	return !slices.Contains([]string{"", "query", "form_post"}, q.Get("response_mode"))
}

// expected gives the subs that will do, one after the other, empty when all will: of an ID token, or asked as a claim
// (OpenID Connect Core 1.0 §3.1.2.2).
func (f *Flow) expected(ctx context.Context, c *call, as *goidc.AuthnSession, a application.Application) (string, error) {
	subjects, _ := wantedOf(as, "sub")
	hint := cmp.Or(c.hint, as.IDTokenHint)
	if hint == "" {
		return strings.Join(subjects, " "), nil
	}
	subject, err := f.hinted(ctx, c.organisation, a, hint)
	if err == nil && len(subjects) > 0 && !slices.Contains(subjects, subject) {
		err = goidc.NewError(goidc.ErrorCodeInvalidRequest, "id_token_hint and the claim sub name two people")
	}
	return subject, err
}

// wantedOf gives the values that a claim of the ID token is asked to have, and whether it must (OpenID Connect Core 1.0
// §5.5.1).
func wantedOf(as *goidc.AuthnSession, name string) (values []string, must bool) {
	if as.Claims == nil {
		return nil, false
	}
	claim, _ := as.Claims.IDTokenClaim(name)
	values = append(slices.Clone(claim.Values), claim.Value)
	return slices.DeleteFunc(values, func(v string) bool { return v == "" }), claim.IsEssential
}

// hinted gives whom an ID token of ours names, over or not (OpenID Connect Core 1.0 §3.1.2.1).
func (f *Flow) hinted(
	ctx context.Context, o organisation.Organisation, a application.Application, hint string,
) (string, error) {
	var claims jwt.Claims
	typ, err := f.verify(ctx, o.ID, hint, &claims)
	if err != nil || typ != "" && typ != "JWT" || claims.Issuer != f.Issuer(o) || !claims.Audience.Contains(a.ID) {
		return "", goidc.NewError(goidc.ErrorCodeInvalidRequest, "id_token_hint is none of ours for this application")
	}
	return claims.Subject, nil
}

// unfit gives the error of what an application may not ask of us (ASVS 10.4.6, 10.4.12, 10.6.1).
func unfit(as *goidc.AuthnSession, a application.Application, foreign bool) error {
	prompts := strings.Fields(string(as.Prompt))
	switch {
	case as.RequestObject != "": // OIDC-14
		return goidc.NewError("request_not_supported", "request objects are not supported")
	case as.CodeChallenge == "" && (!a.NoPKCE || a.Public):
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "code_challenge is required (PKCE, S256)")
	case as.CodeChallenge != "" && as.CodeChallengeMethod != goidc.CodeChallengeMethodSHA256:
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "code_challenge_method must be S256")
	case foreign:
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "response_mode must be query or form_post")
	case slices.Contains(prompts, "none") && len(prompts) > 1:
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "prompt=none stands alone")
	case levelsWanted(as) == 0: // OpenID Connect Core 1.0 §5.5.1.1; OpenID Connect Core Error Code 1.0
		return goidc.NewError("unmet_authentication_requirements", "the acr that must be met is none of acr_values_supported")
	}
	return nil
}

// pushed looks at a pushed request as it will be looked at when a browser brings it, as nothing is added then (RFC 9126
// §2.1).
func (k keeper) pushed(ctx context.Context, as *goidc.AuthnSession, client *goidc.Client) error {
	c := callOf(ctx)
	a, err := k.f.application(ctx, c.organisation.ID, client.ID)
	switch {
	case err != nil:
		return c.failed(err)
	case as.RedirectURI == "" || as.ResponseType == "" || !holds(as.Scopes, scopeOpenID):
		return goidc.NewError(goidc.ErrorCodeInvalidRequest, "redirect_uri, response_type and scope openid are required")
	}
	return unfit(as, a, false)
}

// The levels that will do, as bits, where they are asked as a claim that must be met (OpenID Connect Core 1.0 §5.5.1.1).
const (
	onlyTwo  = 2
	anyLevel = 3
)

func levelsWanted(as *goidc.AuthnSession) int {
	values, must := wantedOf(as, "acr")
	switch one := slices.Contains(values, string(session.One)); {
	case !must || len(values) == 0 || one:
		return anyLevel
	case slices.Contains(values, string(session.Two)):
		return onlyTwo
	}
	return 0
}
