package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// PasskeyTry is a browser that enters by a passkey alone.
type PasskeyTry struct {
	Organisation organisation.Organisation
	Answer       []byte // of the passkey, as JSON
	Party        passkey.Party
	Remember     bool
	Browser      session.Browser
}

// PasskeyOptions gives what a browser asks for a passkey with: the same for everyone, for nobody has said who they are
// (ENUM-06). Nothing is written.
func (f *Flow) PasskeyOptions(org organisation.Organisation, party passkey.Party) ([]byte, error) {
	challenge := f.Forge.Challenge(credential.EnterByPasskey, org.ID, "", f.Now())
	options, err := passkey.RequestOptions(party, challenge, true, nil)
	if err != nil {
		return nil, fmt.Errorf("asking for a passkey: %w", err)
	}
	return options, nil
}

// found is a passkey that was looked at: whose it is when it is right.
type found struct {
	person  account.Account
	key     credential.Passkey
	answer  passkey.Answer
	right   bool
	unknown bool // nobody here has it
	use     credential.Use
	step    string // the check that failed
}

// EnterByPasskey signs in whoever's passkey it is. The device must have recognised its person: the passkey is the only
// proof, and counts as two.
func (f *Flow) EnterByPasskey(ctx context.Context, t PasskeyTry) (Outcome, error) {
	now := f.Now()
	counts := []limit.Count{
		{Key: limit.Key(f.Key, "passkey-address", "", t.Browser.From()), Rate: f.Limits.Address},
		{Key: limit.Key(f.Key, "passkey-network", "", limit.Network(t.Browser.Address).String()), Rate: f.Limits.Network},
	}
	allowed, wait, err := f.Store.Count(ctx, counts, now)
	if err != nil {
		return Outcome{}, fmt.Errorf("counting a passkey: %w", err)
	}
	var who found
	if allowed {
		if who, err = f.find(ctx, t, now); err != nil {
			return Outcome{}, err
		}
	}
	out, err := f.enter(ctx, t, who, !allowed, now)
	if errors.Is(err, fault.Stale) { // the challenge has served, the passkey has gone, or the account was closed meanwhile
		who.right, who.step = false, "stale"
		out, err = f.enter(ctx, t, who, !allowed, now)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("applying a sign-in by passkey: %w", err)
	}
	out.Wait = wait
	if who.unknown {
		out.Unknown = who.answer.ID
	}
	return out, nil
}

func (f *Flow) find(ctx context.Context, t PasskeyTry, now time.Time) (who found, err error) {
	who.answer, err = passkey.Read(t.Answer)
	if err != nil {
		who.step = stepOf(err)
		return who, nil
	}
	if len(who.answer.Handle) == 0 { // nobody has said who they are, so that the passkey must (WebAuthn L3 §7.2 step 6)
		who.step = "handle"
		return who, nil
	}
	until, ours := f.Forge.Meets(credential.EnterByPasskey, t.Organisation.ID, "", who.answer.Challenge, now)
	if !ours {
		who.step = "challenge"
		return who, nil
	}
	who.key, who.person, err = f.Store.Passkey(ctx, t.Organisation.ID, who.answer.ID)
	if errors.Is(err, fault.Missing) {
		who.unknown, who.step = true, "id"
		return who, nil
	}
	if err != nil {
		return who, fmt.Errorf("looking up a passkey: %w", err)
	}
	signed, err := who.answer.Check(t.Party, passkey.Handle(t.Organisation.ID, who.person.ID), who.key, true)
	if err != nil {
		who.step = stepOf(err)
		return who, nil
	}
	who.right, who.use = true, useOf(who.answer, who.key, signed, until)
	return who, nil
}

// stepOf gives the check that failed, for the journal.
func stepOf(err error) string {
	var refused passkey.Refused
	if errors.As(err, &refused) {
		return refused.Step
	}
	return "shape"
}

func (f *Flow) enter(ctx context.Context, t PasskeyTry, who found, waiting bool, now time.Time) (Outcome, error) {
	var facts Fact
	for fact, on := range map[Fact]bool{
		Wait: waiting, Passkey: who.right, Open: who.person.Open(now), MustRenew: who.person.MustRenew,
	} {
		if on {
			facts |= fact
		}
	}
	d := deed{
		rule: PasskeyRules.Next(facts), organisation: t.Organisation, person: who.person, browser: t.Browser, now: now,
		replace: t.Browser.Held, remember: t.Remember, use: &who.use, detail: byPasskey,
		proof: session.ByPasskey(who.key.Synced, true),
	}
	if !who.right {
		d.detail = who.step
	}
	return f.do(ctx, d)
}
