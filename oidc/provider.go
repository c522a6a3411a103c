package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"

	"loquet/application"
	"loquet/fault"
	"loquet/organisation"
)

// The paths of the provider (contract).
const (
	DiscoveryPath  = "/.well-known/openid-configuration"
	MetadataPath   = "/.well-known/oauth-authorization-server" // the same, for programs of RFC 8414
	AuthorizePath  = "/oauth2/authorize"
	TokenPath      = "/oauth2/token" //nolint:gosec // a path
	UserInfoPath   = "/oauth2/userinfo"
	KeysPath       = "/oauth2/jwks"
	LogoutPath     = "/oauth2/logout"
	RevokePath     = "/oauth2/revoke"
	IntrospectPath = "/oauth2/introspect"
	PushPath       = "/oauth2/par"
)

// How long things live, in seconds.
const (
	codeLives    = 60      // ASVS 10.4.3
	accessLives  = 10 * 60 // its use ends with its grant, wherever Loquet is asked
	idLives      = 60 * 60
	requestLives = 30 * 60 // long enough to find a letter
	pushedLives  = 60      // RFC 9126 §2.2
	proofLives   = 60      // of a DPoP proof (RFC 9449 §11.1)
	leeway       = 30      // of clocks
)

// claimsTold lists what discovery says of claims.
var claimsTold = []string{
	"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "preferred_username", "name", "given_name",
	"family_name", "locale", "email", "email_verified", "phone_number", "phone_number_verified", "org", "role", "offices",
	"household",
}

// provider gives the provider of an organisation's issuer. It holds settings only: all that changes is in the store.
func (f *Flow) provider(o organisation.Organisation) (*provider.Provider, error) {
	issuer := f.Issuer(o)
	f.mu.RLock()
	p, ok := f.providers[issuer]
	f.mu.RUnlock()
	if ok {
		return p, nil
	}
	p, err := f.makeProvider(issuer)
	if err != nil {
		return nil, fmt.Errorf("making the provider of %s: %w", issuer, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.providers == nil || len(f.providers) >= mostProviders {
		f.providers = map[string]*provider.Provider{}
	}
	f.providers[issuer] = p
	return p, nil
}

// mostProviders bounds the memory of providers; each is made again when it is needed.
const mostProviders = 1000

func (f *Flow) makeProvider(issuer string) (*provider.Provider, error) {
	k := keeper{f}
	scopes := make([]goidc.Scope, len(Scopes))
	for i, s := range Scopes {
		scopes[i] = goidc.NewScope(s)
	}
	return provider.New(issuer, k, f.keySet,
		provider.WithAuthCodeGrant(k), provider.WithRefreshTokenGrant(k), provider.WithRefreshTokenRotation(),
		provider.WithPAR(k), provider.WithPARLifetime(pushedLives), provider.WithPARSessionHandler(k.pushed),
		provider.WithDCR(k), // of DCR only the reading of clients
		provider.WithAuthorizeEndpoint(AuthorizePath), provider.WithTokenEndpoint(TokenPath),
		provider.WithUserInfoEndpoint(UserInfoPath), provider.WithJWKSEndpoint(KeysPath),
		provider.WithPAREndpoint(PushPath), provider.WithTokenIntrospectionEndpoint(IntrospectPath),
		provider.WithTokenRevocationEndpoint(RevokePath),
		provider.WithScopes(scopes...), provider.WithOpenIDScopeRequired(), provider.WithClaims(claimsTold[0], claimsTold[1:]...),
		provider.WithClaimsParameter(), provider.WithACRs(levels[0], levels[1:]...),
		provider.WithDisplayValues(goidc.DisplayValuePage, goidc.DisplayValuePopup, goidc.DisplayValueTouch, goidc.DisplayValueWAP),
		provider.WithIDTokenSignatureAlgs(goidc.RS256, goidc.ES256, goidc.SignatureAlgorithm(application.EdDSA)),
		provider.WithIDTokenLifetime(idLives), provider.WithAuthCodeLifetime(codeLives), provider.WithAuthSessionLifetime(requestLives),
		provider.WithDefaultAuthn(goidc.AuthnMethodSecretBasic), provider.WithSecretBasicAuthn(), provider.WithSecretPostAuthn(),
		provider.WithNoneAuthn(), provider.WithClientSecretVerifier(knows),
		provider.WithPKCE(goidc.CodeChallengeMethodSHA256), // who may do without is in authenticate
		provider.WithDPoP(goidc.ES256, goidc.RS256, goidc.SignatureAlgorithm(application.EdDSA)),
		provider.WithJWTLifetime(proofLives), provider.WithJWTLeewayTime(leeway), provider.WithJTIConsumer(k.spend),
		provider.WithIssuerResponseParameter(), provider.WithFormPostResponseMode(),
		provider.WithTokenIntrospection(k.mayIntrospect),
		provider.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true }),
		provider.WithTokenRevocationRevokeGrantOnAccessToken(),
		provider.WithSubIdentifierTypes(goidc.SubIdentifierPublic, goidc.SubIdentifierPairwise),
		provider.WithPairwiseSubject(k.pairwise),
		provider.WithTokenOptions(tokenOptions),
		provider.WithAuthnSessionIDFunc(random), provider.WithGrantIDFunc(random), provider.WithJWTIDFunc(random),
		provider.WithPARIDFunc(random), provider.WithAuthCodeFunc(random), provider.WithRefreshTokenFunc(random),
		provider.WithRefreshTokenShouldIssue(mayRefresh),
		provider.WithIDTokenClaims(k.idTokenClaims), provider.WithUserInfoClaims(k.userInfoClaims),
		provider.WithTokenClaims(k.accessTokenClaims),
		provider.WithPolicies(goidc.NewPolicy("portal",
			func(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }, f.authenticate)),
		provider.WithErrorRenderer(keepRefusal), provider.WithErrorHandler(f.heard),
	)
}

// random makes every name, code and token of the library's: 256 random bits (ASVS 11.5.1: a UUID would be too few).
func random(context.Context) string { return newToken() }

// knows compares the digest that is kept with a secret that was sent.
func knows(_ context.Context, digest, secret string) error {
	if !(application.Application{Secret: digest}).Knows(secret) {
		return errors.New("another secret")
	}
	return nil
}

// mayIntrospect lets an application that can keep a secret ask about its own tokens, and one of the organisation's own
// about every access token, which others bring it (RFC 7662 §2.1, §4). To others, whom a person is in what application
// is none of their business, nor is the sub that a pairwise one knows them by.
func (k keeper) mayIntrospect(ctx context.Context, client *goidc.Client, token goidc.TokenInfo) bool {
	c := callOf(ctx)
	if client.IsPublic() {
		return false
	}
	c.hidden = client.ID != token.ClientID
	if c.hidden && !c.refreshes {
		a, err := k.f.application(ctx, c.organisation.ID, client.ID)
		c.hidden = c.failed(err) != nil || !a.Own
	}
	return !c.hidden
}

// mayRefresh gives a refresh token to whoever asks for one (OpenID Connect Core 1.0 §11).
func mayRefresh(_ context.Context, _ *goidc.Client, g *goidc.Grant) bool {
	return holds(g.Scopes, scopeOffline)
}

// tokenOptions has access tokens signed the cheapest way that resource servers know: ES256.
func tokenOptions(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
	return goidc.NewJWTTokenOptions(goidc.ES256, accessLives)
}

// keySet gives the organisation's keys to the library, which signs with the first of an algorithm, and publishes the
// public halves of all. Keys are not handed over as signers: what it makes of theirs is no JWS for ES256 and EdDSA.
func (f *Flow) keySet(ctx context.Context) (set goidc.JSONWebKeySet, err error) {
	c := callOf(ctx)
	defer func() { _ = c.failed(err) }()
	all, err := f.PublicKeys(ctx, c.organisation.ID)
	if err != nil {
		return set, err
	}
	signing := map[string]bool{}
	for _, alg := range application.Algorithms {
		kid, key, err := f.signer(ctx, c.organisation.ID, alg)
		if err != nil {
			return set, err
		}
		signing[kid] = true
		set.Keys = append(set.Keys, goidc.JSONWebKey{Key: key, KeyID: kid, Algorithm: string(alg), Use: string(goidc.KeyUsageSignature)})
	}
	for _, k := range all.Keys {
		if !signing[k.KeyID] {
			set.Keys = append(set.Keys, k)
		}
	}
	return set, nil
}

// keepRefusal keeps what cannot be told to the application, so that it is shown to the person: no browser is led to an
// address that is not the application's (RFC 9700 §4.11.2; OIDC-11, OAU-06).
func keepRefusal(_ http.ResponseWriter, r *http.Request, err error) error {
	callOf(r.Context()).refused = err
	return nil
}

// heard notes why the provider refused something: the library's reasons help whoever connects an application.
func (f *Flow) heard(ctx context.Context, err error) {
	c := callOf(ctx)
	f.Log.DebugContext(ctx, "application refused", "organisation", c.organisation.Slug, "why", err.Error())
}

// call is one request to the provider, and what became of it.
type call struct {
	organisation organisation.Organisation
	hint         string             // id_token_hint
	foreignMode  bool               // the response_mode is none of ours
	visit        *Visit             // of an authorization
	secretIn     goidc.AuthnMethod  // where the request carries the application's secret
	redeems      bool               // at the token endpoint: a token that comes back there was stolen
	bearer       string             // what userinfo is asked with, which is an access token or nothing
	scopes       string             // of the access token that was made or brought; empty where that is all of the grant's
	refreshes    bool               // what is asked about is a refresh token
	hidden       bool               // whoever asks about a token may not know of it
	requests     map[string]Request // that were read, by ID: their versions guard what is written
	held         map[string]Held    // grants that were read, by ID
	outcome      Outcome
	ended        bool  // the sign-in that a grant was to be opened in has just ended
	refused      error // what cannot be told to the application
	broken       error // the store failed: what the library says of the request is not to be believed
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return &call{}
	}
	return c
}

func (f *Flow) called(ctx context.Context, o organisation.Organisation) (context.Context, *call) {
	c := &call{organisation: o, requests: map[string]Request{}, held: map[string]Held{}}
	return context.WithValue(ctx, callKey{}, c), c
}

// failed notes that the store failed. fault.Missing and fault.Stale are answers, and no failures.
func (c *call) failed(err error) error {
	if err != nil && !errors.Is(err, fault.Missing) && !errors.Is(err, fault.Stale) {
		c.broken = err
	}
	return err
}
