package profile

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/organisation"
	"loquet/session"
)

// MostPasskeys is how many passkeys one account may have: more than anybody has devices.
const MostPasskeys = 20

// Refusals of what a browser sends, beside those of the rules.
const (
	BadName  Refusal = "name"     // over 60 code points, or with control characters
	TooMany  Refusal = "too-many" // MostPasskeys are there
	Twice    Refusal = "twice"    // this passkey is there already
	BadProof Refusal = "unproven" // what the browser sent is not what it was asked for
	BadCode  Refusal = "code"     // it is not the code that the app shows now
	Over     Refusal = "over"     // it took too long, or was done already: it begins anew
	ProveIt  Refusal = "prove-it" // a passkey proves this session first, so that it is sure to work
	Ended    Refusal = "ended"    // the session, or the account, has ended meanwhile
)

// Done is what became of a change of one's proofs: it was made when there is no refusal.
type Done struct {
	Refusal Refusal
	Token   string          // of the session that takes the place of this one; empty when this one goes on
	Session session.Session // that goes on from now, whichever it is
}

// Added is what became of a proof that was to be added.
type Added struct {
	Done

	Passkey credential.Passkey // as it is kept, of AddPasskey
	First   bool               // the account is asked for two proofs from now on: its other sessions have ended
}

// Factors is what an account can be proved with, for its owner's page.
type Factors struct {
	Password bool // it has one
	Passkeys []OwnPasskey
	App      *credential.App // without its seed; nil for none
	Codes    int             // printed codes that may still serve
	Printed  time.Time       // when they were made; zero for none
	Kept     bool            // their owner has said that they are on paper

	Second   bool // asked because their owner wants it
	Asks     bool // the policy asks a second proof of the role, sooner or later
	Standing organisation.Standing
	DueBy    time.Time // for organisation.Due: when a second proof must be there

	Full     bool // MostPasskeys are there
	OneProof bool // this session rests on one proof of two, so that a passkey must prove it before it changes anything

	why map[FactorAct]Refusal
}

// OwnPasskey is a passkey as its owner sees it: without its key.
type OwnPasskey struct {
	credential.Passkey

	Here  bool    // it serves at the host of the page
	Stays Refusal // why it cannot be removed; empty when it can
}

// Why gives why an act cannot be done now, empty when it can. For RemovingPasskey, see OwnPasskey.Stays.
func (f Factors) Why(act FactorAct) Refusal { return f.why[act] }

// Factors gives what the actor's account can be proved with, and what may be changed of it. The host is the one that
// the page is at, without a port (passkey.Party).
func (f *Flow) Factors(ctx context.Context, a Actor, host string) (Factors, error) {
	e, err := f.holds(ctx, a)
	if err != nil {
		return Factors{}, err
	}
	now, policy, has := f.Now(), a.Organisation.Policy, e.person.Factors
	own := Factors{
		Password: has.Password, Codes: e.factors.CodesLeft(), Printed: e.factors.Printed, Kept: e.factors.Kept,
		Second: has.Second, Asks: policy.SecondFor(e.person.Role).Asks(), Standing: e.standing(now),
		Full: len(e.factors.Passkeys) >= MostPasskeys, why: map[FactorAct]Refusal{},
	}
	if own.Standing == organisation.Due {
		own.DueBy = policy.DueBy(e.person, now)
	}
	a.Person = e.person
	own.OneProof = f.OneProof(a)
	if e.factors.App != nil {
		own.App = &credential.App{Created: e.factors.App.Created, Used: e.factors.App.Used}
	}
	for _, k := range e.factors.Passkeys {
		k.Key = nil
		own.Passkeys = append(own.Passkeys, OwnPasskey{k, k.Host == host, e.may(RemovingPasskey, k.ID).Why})
	}
	for _, act := range FactorActs {
		if act != RemovingPasskey {
			own.why[act] = e.may(act, "").Why
		}
	}
	if own.why[SwitchingOn] == "" && a.Session.Level() != session.Two {
		own.why[SwitchingOn] = ProveIt
	}
	return own, nil
}

// SetSecond says whether a second proof is asked though no policy does (C4: offered). To switch it on the session rests
// on two proofs already, so that nobody is asked for a passkey that does not work.
func (f *Flow) SetSecond(ctx context.Context, a Actor, on bool) (Done, error) {
	act, note := SwitchingOff, audit.SecondOff
	if on {
		act, note = SwitchingOn, audit.SecondOn
	}
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		switch rule := e.may(act, ""); {
		case rule.Why != "":
			return rule.Why, nil
		case on == e.person.Factors.Second:
			return unchanged, nil
		case on && a.Session.Level() != session.Two:
			return ProveIt, nil
		}
		c.Factor.Second = &on
		f.tell(a, e, c, note, "")
		return "", nil
	})
	return added.Done, err
}

// RemovePassword leaves an account to its passkeys. Every other session ends, and so does every living secret.
func (f *Flow) RemovePassword(ctx context.Context, a Actor) (Done, error) {
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		rule := e.may(RemovingPassword, "")
		if rule.Why != "" {
			return rule.Why, nil
		}
		c.Factor.RemovePassword = true
		c.EndIssues, c.EndOthers = true, a.Session.ID
		f.tell(a, e, c, audit.PasswordRemoved, "")
		return "", nil
	})
	return added.Done, err
}

// evidence is what a change of the proofs is decided on: the account is read first, so that its version guards both.
type evidence struct {
	organisation organisation.Organisation
	person       account.Account
	factors      credential.Factors
}

func (f *Flow) holds(ctx context.Context, a Actor) (evidence, error) {
	person, err := f.Store.Account(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return evidence{}, fmt.Errorf("reading one's account: %w", err)
	}
	factors, err := f.Store.Factors(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return evidence{}, fmt.Errorf("reading one's proofs: %w", err)
	}
	return evidence{a.Organisation, person, factors}, nil
}

func (e evidence) standing(now time.Time) organisation.Standing {
	return e.organisation.Policy.Standing(e.person, now)
}

// may gives the row for an act; the ID is that of the passkey to remove.
func (e evidence) may(act FactorAct, id string) FactorRule { return MayChange(act, e.facts(act, id)) }

func (e evidence) facts(act FactorAct, id string) (facts FactorFact) {
	set := func(fact FactorFact, on bool) {
		if on {
			facts |= fact
		}
	}
	entries, passkeys := 0, 0
	for _, k := range e.factors.Passkeys {
		if act == RemovingPasskey && k.ID == id || !e.serves(k) {
			continue
		}
		passkeys++
		if k.Verifies {
			entries++
		}
	}
	app := e.factors.App != nil
	set(HasPassword, e.person.Factors.Password)
	set(HasApp, app)
	set(RemainsEntry, entries > 0)
	set(RemainsSpare, entries > 1)
	set(RemainsProof, passkeys > 0 || app && act != RemovingApp)
	set(PolicyAsks, e.organisation.Policy.SecondFor(e.person.Role).Asks())
	set(HasMailbox, len(e.person.RecoveryEmails()) > 0)
	return facts
}

// serves says whether the organisation still answers on the host of a passkey.
func (e evidence) serves(k credential.Passkey) bool {
	return slices.ContainsFunc(e.organisation.Hosts, func(host string) bool {
		name, _, err := net.SplitHostPort(host)
		if err != nil {
			name = host
		}
		return name == k.Host
	})
}
