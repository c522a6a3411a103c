package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// How a browser's cookie for an application on another host is handed over.
const (
	handoverLasts      = time.Minute      // how long the code serves
	mostHandovers      = 5                // of one sign-in to one application within handoverSpell: more is a loop (H6)
	handoverSpell      = 30 * time.Second //
	forwardTokenLength = 52               // of application.NewSecret
	digestLength       = 43               // of application.DigestOf
)

// NewNonce gives what a browser holds while its cookie is handed over, and the state that stands for it in addresses.
func NewNonce() (nonce, state string) {
	nonce = application.NewSecret()
	return nonce, application.DigestOf(nonce)
}

// StateOf gives the state of a nonce, "" for what is none.
func StateOf(nonce string) string {
	if len(nonce) != forwardTokenLength {
		return ""
	}
	return application.DigestOf(nonce)
}

// Entering is somebody who is in at the portal and wants to enter an application behind a proxy.
type Entering struct {
	Organisation organisation.Organisation
	Person       account.Account
	Session      session.Session // full and alive
	Application  string          // its ID
	State        string          // of the browser's nonce, see NewNonce
	Browser      session.Browser
}

// Entrance is what becomes of them.
type Entrance struct {
	Application application.Application
	Verdict     application.Verdict
	Inside      bool   // the application stands on the portal's own host: it needs no code
	Loops       bool   // the application sends them back again and again (H6)
	Code        string // to be taken to the application's host; empty where there is none
}

// Enter opens a grant for an application behind a proxy, with a code for its host. It gives fault.Missing for an
// application that is not there, and fault.Stale when the sign-in has just ended.
func (f *Flow) Enter(ctx context.Context, e Entering) (Entrance, error) {
	var in Entrance
	a, err := f.Store.Application(ctx, e.Organisation.ID, e.Application)
	if err != nil {
		return in, fmt.Errorf("reading an application: %w", err)
	}
	of, ok := areaOf(a)
	if !ok {
		return in, fmt.Errorf("an application that guards nothing: %w", fault.Missing)
	}
	in.Application, in.Inside = a, portalHost(e.Organisation, of.host)
	now := f.Now()
	if !(pass{session: e.Session, person: e.Person}).opens(e.Organisation, now) {
		return in, fmt.Errorf("entering an application: %w", fault.Stale)
	}
	in.Verdict = a.Rule.Admits(e.Person, e.Session.Level())
	if !a.Rule.For(e.Person) {
		note := f.noteOf(e.Person, a, audit.ApplicationRefused, e.Browser, now)
		return in, wrap("noting a refusal", f.Store.Note(ctx, note))
	}
	if in.Verdict != application.Admitted || in.Inside || len(e.State) != digestLength {
		return in, nil
	}
	if in.Loops, err = f.loops(ctx, e, now); err != nil || in.Loops {
		return in, err
	}
	in.Code, err = f.handOver(ctx, e, a, now)
	return in, err
}

// loops says whether the application has sent this sign-in back too often just now.
func (f *Flow) loops(ctx context.Context, e Entering, now time.Time) (bool, error) {
	grants, err := f.Store.GrantsOf(ctx, e.Organisation.ID, e.Person.ID, now)
	if err != nil {
		return false, fmt.Errorf("reading what applications hold: %w", err)
	}
	lately := 0
	for _, g := range grants {
		if g.Application == e.Application && g.Family == e.Session.Family && now.Sub(g.Opened) < handoverSpell {
			lately++
		}
	}
	return lately >= mostHandovers, nil
}

func (f *Flow) handOver(ctx context.Context, e Entering, a application.Application, now time.Time) (string, error) {
	s := e.Session
	kept, err := json.Marshal(carried{e.State, s.Proof, s.Proved, s.Opened, s.Idle, s.Remembered})
	if err != nil {
		return "", fmt.Errorf("writing what a grant keeps: %w", err)
	}
	code := application.NewSecret()
	g := Grant{
		ID: f.NewID(), Organisation: e.Organisation.ID, Application: a.ID, Account: e.Person.ID,
		Family: s.Family, SID: sidOf(s.Family), Document: append([]byte(forwardMark), kept...),
		Code: application.DigestOf(code), CodeUntil: now.Add(handoverLasts), Opened: now, Used: now, Until: s.Until,
	}
	note := f.noteOf(e.Person, a, audit.ApplicationEntered, e.Browser, now)
	if err := f.Store.OpenGrant(ctx, g, note); err != nil {
		return "", fmt.Errorf("opening a grant: %w", err)
	}
	return code, nil
}

// Taking is a browser that brings a code to the application's host.
type Taking struct {
	Organisation organisation.Organisation
	Application  application.Application // that stands on this host
	Code         string
	Nonces       []string // that the browser brings; one of them must be the one that the code was asked for with
	Tokens       []string // that the browser brings of this application already
	Browser      session.Browser
}

// Taken is the cookie that a code has become.
type Taken struct {
	Token string        // empty where the browser has it already
	Lasts time.Duration // 0 for as long as the browser window
}

// Take makes a cookie of a code, once. It gives fault.Missing for a code that opens nothing here: of nobody, late, of
// another application, brought by another browser than the one that asked for it (login CSRF), or used. What a used one
// had opened is closed, unless the very browser that has used it brings it again (RFC 9700 §4.5).
func (f *Flow) Take(ctx context.Context, t Taking) (Taken, error) {
	if len(t.Code) != forwardTokenLength {
		return Taken{}, fault.Missing
	}
	h, err := f.Store.GrantByCode(ctx, t.Organisation.ID, application.DigestOf(t.Code))
	if err != nil {
		return Taken{}, fmt.Errorf("reading a grant by its code: %w", err)
	}
	now := f.Now()
	p, err := passFrom(h)
	if err != nil {
		return Taken{}, err
	}
	if h.Grant.Application != t.Application.ID || !h.Grant.In(now) || !p.opens(t.Organisation, now) {
		return Taken{}, fault.Missing
	}
	if h.Grant.Token != "" {
		return Taken{}, f.takenTwice(ctx, t, h, now)
	}
	if !now.Before(h.Grant.CodeUntil) || !asked(h.Grant, t.Nonces) {
		return Taken{}, fault.Missing
	}
	token := application.NewSecret()
	g := h.Grant
	g.Token, g.Used = application.DigestOf(token), now
	if err := f.Store.SaveGrant(ctx, g); errors.Is(err, fault.Stale) {
		return Taken{}, fault.Missing // another request with the same code was faster
	} else if err != nil {
		return Taken{}, fmt.Errorf("making a cookie of a code: %w", err)
	}
	taken := Taken{Token: token}
	if p.session.Remembered {
		taken.Lasts = max(g.Until.Sub(now), time.Second)
	}
	return taken, nil
}

// asked says whether one of the nonces is the one that a grant's code was asked for with.
func asked(g Grant, nonces []string) bool {
	c, err := g.carries()
	if err != nil || c.State == "" {
		return false
	}
	for _, nonce := range nonces {
		if subtle.ConstantTimeCompare([]byte(c.State), []byte(StateOf(nonce))) == 1 {
			return true
		}
	}
	return false
}

// takenTwice decides about a code that has served: the browser that has its cookie went back a page; anybody else has a
// copy.
func (f *Flow) takenTwice(ctx context.Context, t Taking, h Held, now time.Time) error {
	for _, token := range t.Tokens {
		if application.DigestOf(token) == h.Grant.Token {
			return nil
		}
	}
	g := h.Grant
	g.Ended, g.Because = now, Replayed
	note := f.noteOf(h.Person, t.Application, audit.GrantReplayed, t.Browser, now)
	note.Actor = ""
	if err := f.shut(ctx, g, note); err != nil {
		return fmt.Errorf("closing what a used code had opened: %w", err)
	}
	f.forgetPass(g)
	return fault.Missing
}

// HandBack ends what the cookies of an application open, and nothing else: whoever is still in at the portal is let in
// again when they come back.
func (f *Flow) HandBack(ctx context.Context, o organisation.Organisation, a application.Application, tokens []string,
	b session.Browser,
) error {
	now := f.Now()
	for _, token := range tokens {
		h, err := f.Store.GrantByToken(ctx, o.ID, application.DigestOf(token))
		if errors.Is(err, fault.Missing) || err == nil && (h.Grant.Application != a.ID || !h.Grant.In(now)) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading a grant: %w", err)
		}
		g := h.Grant
		g.Ended, g.Because = now, Returned
		if err := f.shut(ctx, g, f.noteOf(h.Person, a, audit.GrantReturned, b, now)); err != nil {
			return err
		}
		f.forgetPass(g)
	}
	return nil
}

// forgetPass drops what is kept of a grant, so that its end is honoured at once on this node.
func (f *Flow) forgetPass(g Grant) {
	f.gate.mu.Lock()
	defer f.gate.mu.Unlock()
	delete(f.gate.passes, passKey{g.Organisation, g.Token})
}

func wrap(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
