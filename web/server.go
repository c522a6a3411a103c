// Package web is all that a browser sees.
//
// It promises that a handler parses, calls one method of one flow and shows the result; that every page is answered with
// the headers of headers.go; that a form is read once, strictly, from its body alone; and that no failure reaches a
// person as anything but a page with a reference number.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"loquet/credential/passkey"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
)

// Organisations is where host names lead.
type Organisations interface {
	// OrganisationByHost gives fault.Missing when no organisation answers on this host name.
	OrganisationByHost(ctx context.Context, host string) (organisation.Organisation, error)
	// OrganisationBySlug gives fault.Missing when there is none of this short name.
	OrganisationBySlug(ctx context.Context, slug string) (organisation.Organisation, error)
	// Organisations gives all of them, by name, without the platform.
	Organisations(ctx context.Context) ([]organisation.Organisation, error)
	// Platform gives the operators' organisation; fault.Missing when there is none yet.
	Platform(ctx context.Context) (organisation.Organisation, error)
	// Documents gives what the home page offers for download.
	Documents(ctx context.Context, organisation string) ([]organisation.Document, error)
	// Document gives one with its content; fault.Missing when the organisation has none of this ID.
	Document(ctx context.Context, organisation, id string) (organisation.Document, []byte, error)
}

// SignIn is the flow from an identifier to a session.
type SignIn interface {
	Try(ctx context.Context, a signin.Attempt) (signin.Outcome, error)
	SecondWays(ctx context.Context, t signin.SecondTry) (signin.Ways, error)
	GiveSecond(ctx context.Context, t signin.SecondTry) (signin.Outcome, error)
	PasskeyOptions(org organisation.Organisation, party passkey.Party) ([]byte, error)
	EnterByPasskey(ctx context.Context, t signin.PasskeyTry) (signin.Outcome, error)
}

// Recovery is the flow from "I cannot get in" to a new password.
type Recovery interface {
	Ask(ctx context.Context, r recovery.Request) (allowed bool, wait time.Duration, err error)
	AskIdentifier(ctx context.Context, r recovery.Request) (allowed bool, wait time.Duration, err error)
	Look(ctx context.Context, p recovery.Proof) (recovery.Given, error)
	Give(ctx context.Context, p recovery.Proof) (recovery.Given, error)
	Choose(ctx context.Context, c recovery.Choice) (recovery.Chosen, error)
	PasskeyOptions(ctx context.Context, c recovery.Choice) ([]byte, error)
	Outlook(ctx context.Context, o organisation.Organisation) (recovery.Outlook, error)
	Concerned(ctx context.Context, o organisation.Organisation, max int) (some []recovery.Finding, all int, err error)
}

// Sessions checks and ends sessions.
type Sessions interface {
	Who(ctx context.Context, u signin.Use) (signin.Used, error)
	Leave(ctx context.Context, s session.Session, b session.Browser) error
	LeaveEverywhere(ctx context.Context, s session.Session, b session.Browser) error
	ForgetAccount(organisation, account string)
	Repaired(ctx context.Context, organisation, cause string, b session.Browser) error
}

// Config is what the pages need to know of the installation.
type Config struct {
	Scheme         string         // of public addresses: "https", or "http" on loopback hosts only
	PlatformHosts  []string       // host names, with the port where it is not the scheme's own, of the platform's own pages
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; none by default (ATK-021)
	SecurityMail   string         // contact in security.txt
	Demo           http.Handler   // what stands under /demo/ on the platform host; nil but in `loquet demo`
}

// Web answers browsers.
type Web struct {
	Config        Config
	Organisations Organisations
	SignIn        SignIn
	Recovery      Recovery
	Sessions      Sessions
	Profile       Profile
	Admin         Admin
	Help          Help
	Desk          Desk
	OIDC          OIDC
	Entries       Entries
	Forward       Forward
	SignOut       SignOut
	RetryAfter    func() time.Duration // of a busy machine
	Now           func() time.Time
	Log           *slog.Logger

	fronts fronts
	hosts  hosts
	doors  doors

	outlooks outlooks

	doubted atomic.Int64 // when the log last spoke of a proxy that is not trusted, in Unix seconds
}

// Handler gives the public handler: every host name, every path.
func (w *Web) Handler() http.Handler {
	organisation, platform := w.mux(w.organisationRoutes()), w.mux(w.platformRoutes())
	pages := w.edge(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.dispatch(rw, r, organisation, platform)
	}))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == forwardPath {
			w.forwardAuth(rw, r)
			return
		}
		pages.ServeHTTP(rw, r)
	})
}
