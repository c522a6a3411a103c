package oidc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Answer is what a proxy is told about a request.
type Answer string

// The answers.
const (
	Let     Answer = "let"      // the request may pass, with the identity of who it is
	ComeIn  Answer = "in"       // nobody is in, or not in a way that opens this: the portal asks them in
	KeptOut Answer = "kept-out" // whoever is in may not enter
	Astray  Answer = "astray"   // nothing of ours is guarded there
	Doubt   Answer = "doubt"    // somebody who is no trusted proxy says where the request goes
)

// Answers lists every answer.
var Answers = []Answer{Let, ComeIn, KeptOut, Astray, Doubt}

// Asked is what an answer to a proxy depends on. There is no other input.
type Asked struct {
	Forwarded bool                // the request says where it goes; else it is the portal's own, of no application
	Trusted   bool                // a trusted proxy has sent it
	Placed    bool                // an application guards that place
	Open      bool                // somebody is in by what opens it: one gate for all doors (ATK-022)
	Verdict   application.Verdict // of the application's rule; of no meaning but where somebody is in
}

// doors is the whole of what a proxy is told, the first row that fits: a test walks all that may be asked.
var doors = []struct {
	When   func(Asked) bool
	Answer Answer
	Source string
}{
	{func(a Asked) bool { return a.Forwarded && !a.Trusted }, Doubt, "ATK-060; ASVS 4.1.3"},
	{func(a Asked) bool { return a.Forwarded && !a.Placed }, Astray, "ATK-063"},
	{func(a Asked) bool { return !a.Open }, ComeIn, "ATK-031, ATK-032, ATK-038, ATK-059"},
	{func(a Asked) bool { return !a.Forwarded }, Let, "contract: /forward-auth"},
	{func(a Asked) bool { return a.Verdict == application.Admitted }, Let, "contract: roles"},
	{func(a Asked) bool { return a.Verdict == application.WantsSecond }, ComeIn, "NIST SP 800-63B-4 §5.2"},
	{func(Asked) bool { return true }, KeptOut, "contract: roles; ATK-051"},
}

// Tell gives the answer to what was asked.
func Tell(a Asked) Answer {
	for _, d := range doors {
		if d.When(a) {
			return d.Answer
		}
	}
	return Doubt // never: the last row fits all
}

// Question is one request that a proxy asks about.
type Question struct {
	Organisation organisation.Organisation
	Forwarded    bool
	Trusted      bool
	At           At
	// Tokens gives what the browser brings in the cookie of an application.
	Tokens func(application.Application) []string
	// Inside gives who is in by the portal's own cookie; fault.Missing for nobody. It is asked on the portal's own host
	// only: no other one ever gets that cookie.
	Inside func() (session.Session, account.Account, error)
}

// Reply is the answer to a Question.
type Reply struct {
	Answer      Answer
	Application application.Application // zero where none was found
	Inside      bool                    // the application stands on the portal's own host
	Identity    Identity                // whole for Let, empty for all else (ATK-059)
}

// Guard answers a proxy. An error is a failure: the request must not pass, and nobody has been signed out.
func (f *Flow) Guard(ctx context.Context, q Question) (Reply, error) {
	asked, now := Asked{Forwarded: q.Forwarded, Trusted: q.Trusted}, f.Now()
	var reply Reply
	if q.Forwarded && q.Trusted {
		areas, err := f.areas(ctx, q.Organisation.ID, now)
		if err != nil {
			return reply, err
		}
		reply.Application, err = find(areas, q.At)
		asked.Placed = err == nil
		reply.Inside = asked.Placed && portalHost(q.Organisation, q.At.Host)
	}
	if Tell(asked) != ComeIn {
		reply.Answer = Tell(asked)
		return reply, nil
	}
	p, err := f.passOf(ctx, q, reply, now)
	if err != nil && !errors.Is(err, fault.Missing) {
		return reply, err
	}
	asked.Open = err == nil && p.opens(q.Organisation, now)
	asked.Verdict = reply.Application.Rule.Admits(p.person, p.session.Level())
	if reply.Answer = Tell(asked); reply.Answer != Let {
		return reply, nil
	}
	f.touch(p, now)
	reply.Identity, err = f.identity(ctx, q.Organisation, reply.Application, p, now)
	return reply, err
}

// passOf finds who asks: by the portal's cookie on the portal's own host, by the application's cookie elsewhere. It
// gives fault.Missing for nobody.
func (f *Flow) passOf(ctx context.Context, q Question, r Reply, now time.Time) (pass, error) {
	if !q.Forwarded || r.Inside {
		s, p, err := q.Inside()
		if err != nil {
			return pass{}, err //nolint:wrapcheck // the flow that was asked says what it was doing
		}
		return pass{key: s.ID, session: s, person: p}, nil
	}
	for _, token := range q.Tokens(r.Application) {
		p, err := f.passByToken(ctx, q.Organisation.ID, r.Application.ID, token, now)
		if err == nil || !errors.Is(err, fault.Missing) {
			return p, err
		}
	}
	return pass{}, fault.Missing
}

// portalHost says whether a host is one of the portal's own.
func portalHost(o organisation.Organisation, host string) bool {
	for _, own := range o.Hosts {
		if plainHost(own, "") == plainHost(host, "") {
			return true
		}
	}
	return false
}

// Guarded gives the application whose /.loquet/ paths a request asks for; fault.Missing when there is none there.
func (f *Flow) Guarded(ctx context.Context, o organisation.Organisation, at At) (application.Application, error) {
	areas, err := f.areas(ctx, o.ID, f.Now())
	if err != nil {
		return application.Application{}, err
	}
	a, err := find(areas, at)
	if err != nil {
		return a, fmt.Errorf("no application stands there: %w", fault.Missing)
	}
	return a, nil
}

// Behind gives an application behind a proxy by its ID; fault.Missing when there is none.
func (f *Flow) Behind(ctx context.Context, o organisation.Organisation, id string) (application.Application, error) {
	areas, err := f.areas(ctx, o.ID, f.Now())
	if err != nil {
		return application.Application{}, err
	}
	for _, a := range areas {
		if a.application.ID == id {
			return a.application, nil
		}
	}
	return application.Application{}, fmt.Errorf("an application behind a proxy: %w", fault.Missing)
}
