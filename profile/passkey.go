package profile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/limit"
	"loquet/session"
)

// LongestName is how long a passkey's name may be, in code points.
const LongestName = 60

// PasskeyOptions gives what the browser needs to make a passkey, as JSON. Its challenge is good for this session and for
// the making of one passkey. It gives fault.Forbidden as AddPasskey does, so that nobody makes one in vain.
func (f *Flow) PasskeyOptions(ctx context.Context, a Actor, party passkey.Party) ([]byte, error) {
	e, err := f.holds(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := f.allowed(a, e, adding); err != nil {
		return nil, err
	}
	challenge := f.Forge.Challenge(credential.CreatePasskey, a.Organisation.ID, a.Session.ID, f.Now())
	options, err := passkey.CreateOptions(party, owner(e.person), challenge, e.factors.At(party.Host))
	return options, wrap("asking for a new passkey", err)
}

// AddPasskey keeps a passkey that the browser has made on PasskeyOptions. Without a name it is called as its model is.
// In a session that waits for a second proof, it is that proof. It gives fault.Forbidden without a fresh proof
// (ATK-065) of all that the account asks (NIST SP 800-63B-4 §4.1.2.1), and limit.Over after too many changes.
func (f *Flow) AddPasskey(ctx context.Context, a Actor, party passkey.Party, name string, answer []byte) (Added, error) {
	var kept credential.Passkey
	added, err := f.alter(ctx, a, adding, func(e evidence, c *alteration) (Refusal, error) {
		name, ok := tidyName(name)
		if !ok {
			return BadName, nil
		}
		k, use, why := f.created(a, e, party, answer)
		if why != "" {
			return why, nil
		}
		if k.Name = name; name == "" {
			k.Name = passkey.ModelName(k.Model)
		}
		k.Organisation, k.Account, k.Created = a.Organisation.ID, a.Person.ID, c.Now
		kept, c.Factor.Add, c.Use = k, &k, &use
		c.gains = session.ByPasskey(k.Synced, k.Verifies)
		f.tell(a, e, c, audit.PasskeyAdded, k.Name)
		return "", nil
	})
	if err == nil && added.Refusal == "" {
		added.Passkey = kept
	}
	return added, err
}

// created checks an answer to PasskeyOptions (WebAuthn L3 §7.1).
func (f *Flow) created(a Actor, e evidence, party passkey.Party, answer []byte) (
	k credential.Passkey, use credential.Use, why Refusal,
) {
	made, err := passkey.ReadCreated(answer)
	if err != nil {
		return k, use, BadProof
	}
	until, ok := f.Forge.Meets(credential.CreatePasskey, a.Organisation.ID, a.Session.ID, made.Challenge, f.Now())
	if !ok {
		return k, use, Over
	}
	k, err = made.Check(party, owner(e.person))
	switch {
	case err != nil:
		return k, use, BadProof
	case slices.ContainsFunc(e.factors.Passkeys, func(other credential.Passkey) bool { return other.ID == k.ID }):
		return k, use, Twice
	case len(e.factors.Passkeys) >= MostPasskeys:
		return k, use, TooMany
	}
	return k, credential.Use{Challenge: made.Challenge, Until: until}, ""
}

func owner(p account.Account) passkey.Owner {
	return passkey.Owner{Handle: passkey.Handle(p.Organisation, p.ID), Name: p.Identifier, Display: p.Name()}
}

// RenamePasskey calls one of the actor's passkeys otherwise; an empty name leaves it without one. The refusals are
// BadName and NothingHere.
func (f *Flow) RenamePasskey(ctx context.Context, a Actor, id, name string) (Done, error) {
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		name, ok := tidyName(name)
		at := e.find(id)
		switch {
		case at < 0:
			return NothingHere, nil
		case !ok:
			return BadName, nil
		case e.factors.Passkeys[at].Name == name:
			return unchanged, nil
		}
		c.Factor.Rename, c.Factor.Name = id, name
		f.tell(a, e, c, audit.PasskeyRenamed, name)
		return "", nil
	})
	return added.Done, err
}

// RemovePasskey takes a passkey from the actor's account, where the rules let it go.
func (f *Flow) RemovePasskey(ctx context.Context, a Actor, id string) (Done, error) {
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		at := e.find(id)
		if at < 0 {
			return NothingHere, nil
		}
		rule := e.may(RemovingPasskey, id)
		if rule.Why != "" {
			return rule.Why, nil
		}
		c.Factor.Remove = id
		f.tell(a, e, c, audit.PasskeyRemoved, e.factors.Passkeys[at].Name)
		f.undo(a, e, c, rule)
		return "", nil
	})
	return added.Done, err
}

func (e evidence) find(id string) int {
	return slices.IndexFunc(e.factors.Passkeys, func(k credential.Passkey) bool { return k.ID == id })
}

// tidyName gives a passkey's name without blanks around it; ok is false for one that is too long, or not text.
func tidyName(typed string) (name string, ok bool) {
	name = strings.TrimSpace(typed)
	odd := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
	}
	return name, utf8.RuneCountInString(name) <= LongestName && !strings.ContainsFunc(name, odd)
}

// ProveOptions gives what the browser needs to prove the actor once more by a passkey of theirs, as JSON. Its challenge
// is good for this session and for one proof. It gives fault.Missing when none serves at this host.
func (f *Flow) ProveOptions(ctx context.Context, a Actor, party passkey.Party) ([]byte, error) {
	factors, err := f.Store.Factors(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading one's proofs: %w", err)
	}
	own := factors.At(party.Host)
	if len(own) == 0 {
		return nil, fault.Missing
	}
	challenge := f.Forge.Challenge(credential.ProveByPasskey, a.Organisation.ID, a.Session.ID, f.Now())
	options, err := passkey.RequestOptions(party, challenge, true, own)
	return options, wrap("asking for a passkey", err)
}

// ProvePasskey is Prove by a passkey that checks its person: it opens a session under a new ID, which rests on the
// passkey as well from now on. The tries are counted by themselves: neither door opens or closes the other (ATK-068).
func (f *Flow) ProvePasskey(ctx context.Context, a Actor, party passkey.Party, answer []byte) (Proof, error) {
	count := limit.Count{Key: limit.Key(f.Key, "prove-passkey", "", a.Browser.From()), Rate: f.Limits.Passkeys}
	allowed, wait, err := f.Store.Count(ctx, []limit.Count{count}, f.Now())
	if err != nil {
		return Proof{}, fmt.Errorf("counting a proof: %w", err)
	}
	if !allowed {
		return Proof{State: Waiting, Wait: wait}, nil
	}
	factors, err := f.Store.Factors(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return Proof{}, fmt.Errorf("reading one's proofs: %w", err)
	}
	k, use, ok := f.signed(a, factors, party, answer)
	if !ok {
		return f.refused(ctx, a)
	}
	proof := Proof{State: Proven}
	proof.Token, proof.Session = anew(a, f.Now())
	proof.Session.Proof = join(proof.Session.Proof, session.ByPasskey(k.Synced, true)...)
	change := f.change(a, a.Person.ID)
	change.Replace, change.Open, change.Use = a.Session.ID, &proof.Session, &use
	change.Notes = append(change.Notes, a.note(audit.IdentityProven, a.Person.ID, "passkey", change.Now))
	err = f.Store.ApplyProfile(ctx, change)
	if errors.Is(err, fault.Stale) {
		return f.tooLate(ctx, a)
	}
	return proof, wrap("keeping a proof", err)
}

// signed checks an answer to ProveOptions (WebAuthn L3 §7.2).
func (f *Flow) signed(a Actor, factors credential.Factors, party passkey.Party, answer []byte) (
	k credential.Passkey, use credential.Use, ok bool,
) {
	read, err := passkey.Read(answer)
	if err != nil {
		return k, use, false
	}
	until, ok := f.Forge.Meets(credential.ProveByPasskey, a.Organisation.ID, a.Session.ID, read.Challenge, f.Now())
	at := slices.IndexFunc(factors.Passkeys, func(k credential.Passkey) bool { return k.ID == read.ID })
	if !ok || at < 0 {
		return k, use, false
	}
	k = factors.Passkeys[at]
	said, err := read.Check(party, passkey.Handle(a.Organisation.ID, a.Person.ID), k, true)
	if err != nil {
		return k, use, false
	}
	return k, credential.Use{
		Challenge: read.Challenge, Until: until, Passkey: k.ID, Count: said.Count, BackedUp: said.BackedUp,
	}, true
}

func (f *Flow) refused(ctx context.Context, a Actor) (Proof, error) {
	change := f.change(a, a.Person.ID)
	change.Notes = append(change.Notes, a.note(audit.ProofRefused, a.Person.ID, "passkey", change.Now))
	return Proof{State: Refused}, wrap("noting a wrong proof", f.Store.ApplyProfile(ctx, change))
}

// tooLate says what a proof is that the store has refused: a passkey that was copied, or used twice, proves nothing.
func (f *Flow) tooLate(ctx context.Context, a Actor) (Proof, error) {
	switch lives, err := f.lives(ctx, a); {
	case err != nil:
		return Proof{}, err
	case !lives:
		return Proof{State: Left}, nil
	}
	return f.refused(ctx, a)
}
