package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// right says which sessions may do something.
type right string

const (
	managing right = "managing" // those that are whole
	adding   right = "adding"   // and those that are there to set up a second proof
)

// allowed gives fault.Forbidden unless the session may change what the account is proved with: it is sure enough, and
// has proved its person lately (ATK-065).
func (f *Flow) allowed(a Actor, e evidence, r right) error {
	if err := f.sure(a, e, r); err != nil {
		return err
	}
	return f.proved(a, session.Fresh)
}

// sure gives fault.Forbidden unless the session is of the right kind, and as sure as the account can be proved (NIST SP
// 800-63B-4 §4.1.2.1): otherwise whoever has one proof of two would add, or take away, the other.
func (f *Flow) sure(a Actor, e evidence, r right) error {
	stage := a.Session.Stage == session.Full || a.Session.Stage == session.SetUp && r == adding
	a.Person = e.person
	if !stage || f.OneProof(a) || !e.person.Open(f.Now()) {
		return fault.Forbidden
	}
	return nil
}

// OneProof says whether the session rests on one proof of a person who is asked for two: a policy has come since. It
// changes no proof before a passkey proves it (ProvePasskey).
func (f *Flow) OneProof(a Actor) bool {
	return a.Organisation.Policy.Standing(a.Person, f.Now()) == organisation.Both && a.Session.Level() != session.Two
}

// alteration is a change of the proofs as it is decided. What the session gains opens a new one in its place.
type alteration struct {
	Change

	gains []string // RFC 8176 words of the proof that was added
}

// unchanged is what a change says that is so already: it is done, and nothing is written.
const unchanged Refusal = "unchanged"

// alter decides a change of the proofs and makes it, and decides anew when something has changed meanwhile.
func (f *Flow) alter(
	ctx context.Context, a Actor, r right, decide func(evidence, *alteration) (Refusal, error),
) (Added, error) {
	for try, version := 1, int64(-1); ; try++ {
		e, err := f.holds(ctx, a)
		if err != nil {
			return Added{}, err
		}
		if err := f.allowed(a, e, r); err != nil {
			return Added{}, err
		}
		if e.person.Version == version || try > again {
			return f.late(ctx, a)
		}
		version = e.person.Version
		change := alteration{Change: f.change(a, a.Person.ID)}
		change.Factor = &credential.FactorChange{Version: version}
		change.Counts = []limit.Count{{
			Key: limit.Key(f.Key, "factor-changes", a.Organisation.ID, a.Person.ID), Rate: f.Limits.Factors,
		}}
		refusal, err := decide(e, &change)
		switch {
		case refusal == unchanged:
			return Added{Done: Done{Session: a.Session}}, nil
		case err != nil || refusal != "":
			return Added{Done: Done{Refusal: refusal, Session: a.Session}}, err
		}
		added := f.conclude(a, e, &change)
		err = f.Store.ApplyProfile(ctx, change.Change)
		if !errors.Is(err, fault.Stale) {
			return added, wrap("changing one's proofs", err)
		}
	}
}

// late says why a change was refused by the store though the account is as it was: the session has ended, or what the
// browser answered has been answered before.
func (f *Flow) late(ctx context.Context, a Actor) (Added, error) {
	lives, err := f.lives(ctx, a)
	why := Over
	if !lives {
		why = Ended
	}
	return Added{Done: Done{Refusal: why, Session: a.Session}}, err
}

func (f *Flow) lives(ctx context.Context, a Actor) (bool, error) {
	all, err := f.Store.SessionsOf(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return false, fmt.Errorf("reading one's sessions: %w", err)
	}
	return slices.ContainsFunc(all, func(s session.Session) bool {
		return s.ID == a.Session.ID && s.Alive(f.Now())
	}), nil
}

// conclude gives a change the sessions that begin and end with it. When two proofs are asked for the first time, every
// other session of the account ends: it rests on one (NIST SP 800-63B-4 §4.1.2.1).
func (f *Flow) conclude(a Actor, e evidence, c *alteration) Added {
	added := Added{Done: Done{Session: a.Session}}
	if len(c.gains) > 0 {
		added.Token, added.Session = f.joined(a, e.person.Role, c)
		c.Replace, c.Open = a.Session.ID, &added.Session
	}
	before := e.standing(c.Now)
	e.person.Factors = after(e, c.Factor)
	added.First = before != organisation.Both && e.standing(c.Now) == organisation.Both
	if added.First || c.EndOthers != "" {
		c.EndOthers = added.Session.ID
	}
	return added
}

// after gives the account's proofs as they are once a change is made, as far as it adds some.
func after(e evidence, c *credential.FactorChange) account.Factors {
	has := e.person.Factors
	if c.Add != nil {
		has.Passkeys++
	}
	has.App = has.App || c.App != nil
	if c.Second != nil {
		has.Second = *c.Second
	}
	return has
}

// joined gives the session that takes the place of the actor's once a proof is added: one that waited for it opens
// everything from now on, as if its person had just signed in; another one lasts as long as before (ASVS 7.2.4). The
// time of the last proof stays: whoever adds a proof has not given one that was known.
func (f *Flow) joined(a Actor, role account.Role, c *alteration) (token string, s session.Session) {
	token, s = anew(a, c.Now)
	s.Proved = a.Session.Proved
	s.Proof = join(s.Proof, c.gains...)
	if s.Stage != session.SetUp {
		return token, s
	}
	limits := a.Organisation.Policy.LimitsFor(role)
	s.Stage, s.Opened, s.Family, s.Secret = session.Full, c.Now, s.ID, ""
	s.Idle, s.Until = limits.Idle, c.Now.Add(limits.Absolute)
	s.Remembered = s.Remembered && limits.Remember > 0
	if s.Remembered {
		s.Idle, s.Until = limits.Remember, c.Now.Add(limits.Remember)
	}
	return token, s
}

// join adds the words of a proof beside the password to those of a session. Beside the password it is of another kind.
func join(proofs []string, gains ...string) []string {
	joined := session.With(proofs, gains...)
	if slices.Contains(proofs, session.ByPassword) {
		joined = session.With(joined, session.Multiple)
	}
	return joined
}

// undo adds what a row of the rules says goes with an act.
func (f *Flow) undo(a Actor, e evidence, c *alteration, rule FactorRule) {
	for _, effect := range rule.Do {
		switch {
		case effect == DropCodes:
			c.Factor.RemoveCodes = true
		case effect == SwitchOff && e.person.Factors.Second:
			off := false
			c.Factor.Second = &off
			c.Notes = append(c.Notes, a.note(audit.SecondOff, a.Person.ID, "", c.Now))
		}
	}
}

// tell writes a change into the journal, and to every proven address where the courier has a letter for it (NIST SP
// 800-63B-4 §4.6).
func (f *Flow) tell(a Actor, e evidence, c *alteration, act audit.Act, detail string) {
	c.Notes = append(c.Notes, a.note(act, a.Person.ID, detail, c.Now))
	if slices.Contains(courier.FactorActs, act) {
		said := courier.FactorSaid{What: act, Device: a.Browser.Device, Asked: c.Now}
		c.Letters = append(c.Letters, said.Items(e.person, f.NewID)...)
	}
}
