package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Visit is a browser that brings an authorization request.
type Visit struct {
	Organisation organisation.Organisation
	Session      session.Session // a full one that lives; zero when nobody is in
	Person       account.Account
	Bind         string // unguessable, kept by this browser: the request that it began is nobody else's (ATK-035)
	Consent      bool   // the person has just said yes to what the page asked
	Deny         bool   // or no
	Browser      session.Browser
}

func (v Visit) in(now time.Time) bool {
	return v.Session.ID != "" && v.Session.Stage == session.Full && v.Session.Alive(now) && v.Person.Open(now) &&
		!v.Person.MustRenew && !v.Session.AccountRenews
}

// Outcome is what the browser is to see. Answered means that it has been answered already, unless Form says otherwise.
type Outcome struct {
	State       State
	Request     string // ID of the request that waits, for the way back
	Application application.Application
	Verdict     application.Verdict // for Closed
	Scopes      []string            // for Asking: what the application wants to know
	Hint        string              // login_hint: what the person may have typed there
	Language    string              // the first of ui_locales
	Form        *Form               // the answer is to be posted by the browser (OAuth 2.0 Form Post Response Mode)
}

// Form is an answer that the browser posts to the application.
type Form struct {
	Action string
	Fields [][2]string
}

// Refused is a request that cannot be answered to its application, as its address cannot be trusted: the person is told.
type Refused struct{ Reason error }

func (r Refused) Error() string { return "authorization refused: " + r.Reason.Error() }

// Unwrap gives the library's reason.
func (r Refused) Unwrap() error { return r.Reason }

// Authorize takes an authorization request that an application has sent a browser with (OpenID Connect Core 1.0 §3.1.2).
// It gives a Refused when nothing can be told to the application, and fault.Stale when the sign-in has just ended.
func (f *Flow) Authorize(rw http.ResponseWriter, r *http.Request, v Visit) (Outcome, error) {
	query, err := forgiven(r.URL.Query())
	if err != nil {
		return Outcome{}, err
	}
	if strings.HasPrefix(query.Get("request_uri"), pushedPrefix) {
		query = url.Values{"client_id": query["client_id"], "request_uri": query["request_uri"]}
	}
	hint := query.Get("id_token_hint")
	query.Del("id_token_hint") // the library would refuse one that is over, which is what hints often are
	foreign := foreignMode(query)
	if foreign {
		query.Del("response_mode") // so that its refusal comes where the application looks for it
	}
	r = r.Clone(r.Context())
	r.URL.RawQuery = query.Encode()
	return f.drive(rw, r, v, call{hint: hint, foreignMode: foreign})
}

// Resume takes up a request that has waited for its person: r is of AuthorizePath with its ID behind it.
func (f *Flow) Resume(rw http.ResponseWriter, r *http.Request, v Visit) (Outcome, error) {
	return f.drive(rw, r, v, call{})
}

func (f *Flow) drive(rw http.ResponseWriter, r *http.Request, v Visit, asked call) (Outcome, error) {
	p, err := f.provider(v.Organisation)
	if err != nil {
		return Outcome{}, err
	}
	ctx, c := f.called(r.Context(), v.Organisation)
	c.visit, c.hint, c.foreignMode = &v, asked.hint, asked.foreignMode
	answer := &formKeeper{ResponseWriter: rw}
	p.Handler().ServeHTTP(answer, r.WithContext(ctx))
	switch {
	case c.broken != nil:
		return c.outcome, fmt.Errorf("authorizing: %w", c.broken)
	case c.ended:
		f.forgetApplication(v.Organisation.ID, c.outcome.Application.ID)
		return c.outcome, fault.Stale
	case c.refused != nil:
		return c.outcome, Refused{c.refused}
	}
	if c.outcome.Form, err = answer.form(); err != nil {
		return c.outcome, err
	}
	if c.outcome.State == "" {
		c.outcome.State = Answered // an error that the application has been told
	}
	return c.outcome, nil
}

// Destination is what a waiting request leads to in the end; zero for nothing.
type Destination struct {
	Application string // its name; empty for one that is revoked
	To          string // address
	Second      bool   // the second proof is asked for there
}

// Leads gives where a waiting request leads in the end: pages before it name the application, let their forms lead there
// (CSP3 §6.4.2 looks at every redirect after a form), and ask for the second proof.
func (f *Flow) Leads(ctx context.Context, o organisation.Organisation, request string) Destination {
	r, err := f.Store.Request(ctx, o.ID, request)
	if err != nil || r.Over {
		return Destination{}
	}
	ctx, c := f.called(ctx, o)
	as, err := c.read(r)
	if err != nil {
		return Destination{}
	}
	d := Destination{To: as.RedirectURI, Second: levelsWanted(as) == onlyTwo}
	if a, err := f.application(ctx, o.ID, r.Application); err == nil && a.Open() {
		d.Application, d.Second = a.Name, d.Second || a.Rule.Second
	}
	return d
}

// authenticate decides a request that the library has found well-formed, by Rules.
func (f *Flow) authenticate(
	_ http.ResponseWriter, r *http.Request, as *goidc.AuthnSession, client *goidc.Client,
) (goidc.Status, error) {
	ctx, c := r.Context(), callOf(r.Context())
	v, now := c.visit, f.Now()
	a, err := f.application(ctx, c.organisation.ID, client.ID)
	if err != nil {
		c.broken = err
		return goidc.StatusPending, nil
	}
	if err := f.begin(ctx, c, as, a, now); err != nil {
		return goidc.StatusFailure, err
	}
	if text(as.Store, inBind) != digest(v.Bind) {
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCodeAccessDenied, "another browser began this")
	}
	facts, given, err := f.facts(ctx, c, as, a, now)
	if err != nil {
		c.broken = err
		return goidc.StatusPending, nil
	}
	c.outcome = Outcome{
		State: Next(facts), Request: as.ID, Application: a, Verdict: a.Rule.Admits(v.Person, v.Session.Level()),
		Scopes: strings.Fields(as.Scopes), Hint: as.LoginHint,
	}
	switch c.outcome.State {
	case SigningIn, ProvingAnew, SteppingUp, Asking:
		return goidc.StatusPending, nil
	case Closed:
		f.refused(ctx, c, a, now)
		return goidc.StatusPending, nil
	case Answered:
		return f.answer(ctx, c, as, a, given, now)
	}
	return goidc.StatusFailure, goidc.NewError(goidc.ErrorCode(c.outcome.State), "")
}

// begin keeps what is known when a request comes, and refuses what it may not ask.
func (f *Flow) begin(
	ctx context.Context, c *call, as *goidc.AuthnSession, a application.Application, now time.Time,
) error {
	if as.Store == nil {
		as.Store = map[string]any{}
	}
	if number(as.Store, inAsked) != 0 {
		return nil
	}
	if err := unfit(as, a, c.foreignMode); err != nil {
		return err
	}
	as.Store[inAsked], as.Store[inBind] = now.UnixMicro(), digest(c.visit.Bind)
	expected, err := f.expected(ctx, c, as, a)
	if expected != "" {
		as.Store[inHint] = expected
	}
	return err
}

// facts finds out all that Rules may depend on.
func (f *Flow) facts(
	ctx context.Context, c *call, as *goidc.AuthnSession, a application.Application, now time.Time,
) (facts Fact, given Consent, err error) {
	v, prompts := c.visit, strings.Fields(string(as.Prompt))
	asked := time.UnixMicro(number(as.Store, inAsked))
	if slices.Contains(prompts, "none") {
		facts |= Silent
	}
	if !v.in(now) {
		return facts, given, nil
	}
	facts |= In
	if old(as, prompts, v.Session, asked, now) {
		facts |= Anew
	}
	if hint := text(as.Store, inHint); hint != "" && !holds(hint, f.subject(a, v.Person.ID)) {
		facts |= Other
	}
	switch a.Rule.Admits(v.Person, v.Session.Level()) {
	case application.WantsSecond:
		facts |= Weak
	case application.Admitted:
	default:
		facts |= Barred
	}
	if levelsWanted(as) == onlyTwo && v.Session.Level() != session.Two {
		facts |= Weak
	}
	if v.Deny {
		facts |= Denied
	}
	again := slices.Contains(prompts, "consent")
	if a.Own && !again && !v.Consent {
		return facts, given, nil
	}
	if given, err = f.Store.Consent(ctx, a.Organisation, v.Person.ID, a.ID); err != nil {
		return facts, given, fmt.Errorf("reading a consent: %w", err)
	}
	lacks := again && given.Given.Before(asked) || !a.Own && !covers(given.Scopes, strings.Fields(as.Scopes))
	if lacks && !v.Consent {
		facts |= Ask
	}
	return facts, given, nil
}

// old says whether the proof of a session is older than a request accepts. One that was given since it came is never
// old, however little time it allows.
func old(as *goidc.AuthnSession, prompts []string, s session.Session, asked, now time.Time) bool {
	if !s.Proved.Before(asked) {
		return false
	}
	if slices.Contains(prompts, "login") || slices.Contains(prompts, "select_account") {
		return true
	}
	return as.MaxAuthnAgeSecs != nil && now.Sub(s.Proved).Seconds() > float64(*as.MaxAuthnAgeSecs)
}

func covers(given, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(s string) bool { return !slices.Contains(given, s) })
}

func holds(scopes, one string) bool { return slices.Contains(strings.Fields(scopes), one) }

// answer has the library give a code, and says what the sign-in rests on.
func (f *Flow) answer(
	ctx context.Context, c *call, as *goidc.AuthnSession, a application.Application, given Consent, now time.Time,
) (goidc.Status, error) {
	v, scopes := c.visit, strings.Fields(as.Scopes)
	if v.Consent {
		said := Consent{a.Organisation, a.ID, v.Person.ID, union(given.Scopes, scopes), now}
		g := Grant{Organisation: a.Organisation, Account: v.Person.ID}
		if err := f.Store.SaveConsent(ctx, said, f.note(g, audit.ApplicationConsented, a.Name, now)); err != nil {
			c.ended = errors.Is(c.failed(err), fault.Stale) // somebody has just closed the account or the application
			return goidc.StatusPending, nil
		}
	}
	as.Subject, as.GrantedScopes = v.Person.ID, as.Scopes
	if holds(as.Scopes, scopeProfile) { // introspection tells it
		as.Username = v.Person.Identifier
	}
	as.Store[inFamily], as.Store[inSID] = v.Session.Family, sidOf(v.Session.Family)
	as.Store[inAuthTime], as.Store[inAMR], as.Store[inACR] = v.Session.Proved.Unix(), v.Session.Proof, string(v.Session.Level())
	as.Store[inUntil] = v.Session.Until.UnixMicro()
	return goidc.StatusSuccess, nil
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// sidOf gives what applications know a sign-in by: nothing that a cookie could be made of.
func sidOf(family string) string { return digest("sid " + family)[:22] }

// note gives an entry of the journal about a grant; its owner is the actor.
func (f *Flow) note(g Grant, act audit.Act, detail string, now time.Time) audit.Entry {
	return audit.Entry{
		Organisation: g.Organisation, At: now, Act: act, Actor: g.Account, Target: g.Account, Detail: detail,
	}
}

// refused notes who wanted to enter what is not theirs.
func (f *Flow) refused(ctx context.Context, c *call, a application.Application, now time.Time) {
	note := f.noteOf(c.visit.Person, a, audit.ApplicationRefused, c.visit.Browser, now)
	if err := f.Store.Note(ctx, note); err != nil {
		c.broken = err
	}
}
