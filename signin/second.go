package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Ways says what a person can give as the second proof at a host.
type Ways struct {
	App       bool
	Printed   bool
	Passkey   []byte // the options that the browser asks for one with, as JSON; empty for none
	Elsewhere bool   // the person's passkeys are all of other hosts
}

// SecondTry is a filled-in page that asks for the second proof.
type SecondTry struct {
	Organisation organisation.Organisation
	Person       account.Account
	Session      session.Session // of the stage Second
	Code         string          // of the app, or printed, as typed
	Answer       []byte          // of a passkey, in the place of a code
	Party        passkey.Party
	Browser      session.Browser
}

// The kinds of a second proof, in the words of the journal.
const (
	byApp     = "app"
	byPrinted = "printed"
	byPasskey = "passkey"
)

// given is a second proof that was looked at.
type given struct {
	kind  string
	right bool
	use   credential.Use
	proof []string
	left  int // printed codes, after this one
}

// SecondWays gives what the person of a session that waits can give.
func (f *Flow) SecondWays(ctx context.Context, t SecondTry) (Ways, error) {
	has, err := f.Store.Factors(ctx, t.Organisation.ID, t.Person.ID)
	if err != nil {
		return Ways{}, fmt.Errorf("reading the second proofs: %w", err)
	}
	here := has.At(t.Party.Host)
	ways := Ways{App: has.App != nil, Printed: has.CodesLeft() > 0, Elsewhere: len(has.Passkeys) > 0 && len(here) == 0}
	if len(here) > 0 {
		challenge := f.Forge.Challenge(credential.SecondByPasskey, t.Organisation.ID, t.Session.ID, f.Now())
		if ways.Passkey, err = passkey.RequestOptions(t.Party, challenge, false, here); err != nil {
			return Ways{}, fmt.Errorf("asking for a passkey: %w", err)
		}
	}
	return ways, nil
}

// GiveSecond takes the second proof. A try of a code is counted before it is looked at (ATK-019), those of the app and
// the printed ones apart, and a passkey's not at all: nobody guesses one (ATK-068).
func (f *Flow) GiveSecond(ctx context.Context, t SecondTry) (Outcome, error) {
	now := f.Now()
	has, err := f.Store.Factors(ctx, t.Organisation.ID, t.Person.ID)
	if err != nil {
		return Outcome{}, fmt.Errorf("reading the second proofs: %w", err)
	}
	g := given{kind: f.kindOf(t)}
	counts := f.secondCounts(t, g.kind)
	allowed, wait, err := f.Store.Count(ctx, counts, now)
	if err != nil {
		return Outcome{}, fmt.Errorf("counting a second proof: %w", err)
	}
	if allowed {
		f.look(t, has, &g, now)
	}
	out, err := f.second(ctx, t, g, f.secondFacts(t, g, !allowed, now), counts, now)
	if errors.Is(err, fault.Stale) { // it has served already, here or in another tab
		g.right = false
		out, err = f.second(ctx, t, g, f.secondFacts(t, g, !allowed, now), counts, now)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("applying a second proof: %w", err)
	}
	out.Wait = wait
	return out, nil
}

func (f *Flow) kindOf(t SecondTry) string {
	if len(t.Answer) > 0 {
		return byPasskey
	}
	if _, printed := credential.Read(credential.Printed, t.Code); printed {
		return byPrinted
	}
	return byApp
}

func (f *Flow) secondCounts(t SecondTry, kind string) []limit.Count {
	var counts []limit.Count
	for i, rate := range map[string][]limit.Rate{byApp: f.Limits.App, byPrinted: f.Limits.Printed}[kind] {
		key := limit.Key(f.Key, fmt.Sprintf("second-%s-%d", kind, i), t.Organisation.ID, t.Person.ID)
		counts = append(counts, limit.Count{Key: key, Rate: rate})
	}
	if kind == byPasskey { // by where it comes from only: checking a signature costs something
		counts = append(counts, limit.Count{
			Key: limit.Key(f.Key, "passkey-address", "", t.Browser.From()), Rate: f.Limits.Address,
		})
	}
	return counts
}

// look finds out whether what was given is right. What is right has not been used yet: that is the store's to say.
func (f *Flow) look(t SecondTry, has credential.Factors, g *given, now time.Time) {
	switch g.kind {
	case byPasskey:
		f.lookPasskey(t, has, g, now)
	case byPrinted:
		code, _ := credential.Read(credential.Printed, t.Code)
		digest := f.Forge.Digest(credential.Printed, t.Organisation.ID, code)
		g.right = slices.ContainsFunc(has.Codes, func(c credential.PrintedCode) bool {
			return c.Digest == digest && c.Used.IsZero()
		})
		g.use, g.proof, g.left = credential.Use{Printed: digest}, []string{session.ByApp}, has.CodesLeft()-1
	case byApp:
		if has.App != nil {
			g.use.Step, g.right = f.Forge.MatchApp(has.App.Seed, t.Code, has.App.Step, now)
			g.use.Seed, g.proof = has.App.Seed, []string{session.ByApp}
		}
	}
}

func (f *Flow) lookPasskey(t SecondTry, has credential.Factors, g *given, now time.Time) {
	answer, err := passkey.Read(t.Answer)
	if err != nil {
		return
	}
	until, ours := f.Forge.Meets(credential.SecondByPasskey, t.Organisation.ID, t.Session.ID, answer.Challenge, now)
	i := slices.IndexFunc(has.Passkeys, func(k credential.Passkey) bool { return k.ID == answer.ID })
	if !ours || i < 0 {
		return
	}
	key := has.Passkeys[i]
	signed, err := answer.Check(t.Party, passkey.Handle(t.Organisation.ID, t.Person.ID), key, false)
	if err != nil {
		return
	}
	g.right, g.proof = true, session.ByPasskey(key.Synced, signed.Verified)
	g.use = useOf(answer, key, signed, until)
}

func useOf(answer passkey.Answer, key credential.Passkey, signed passkey.Signed, until time.Time) credential.Use {
	return credential.Use{
		Challenge: answer.Challenge, Until: until, Passkey: key.ID, Count: signed.Count, BackedUp: signed.BackedUp,
	}
}

func (f *Flow) secondFacts(t SecondTry, g given, waiting bool, now time.Time) (facts Fact) {
	for fact, on := range map[Fact]bool{
		Wait: waiting, Second: g.right, Open: t.Person.Open(now), Mailed: t.Session.Secret != "", MustRenew: t.Person.MustRenew,
	} {
		if on {
			facts |= fact
		}
	}
	return facts
}

func (f *Flow) second(
	ctx context.Context, t SecondTry, g given, facts Fact, counts []limit.Count, now time.Time,
) (Outcome, error) {
	d := deed{
		rule: SecondRules.Next(facts), organisation: t.Organisation, person: t.Person, browser: t.Browser, now: now,
		secret: t.Session.Secret, remember: t.Session.Remembered, pending: t.Session.ID, use: &g.use, detail: g.kind,
		proof: session.With(t.Session.Proof, append(g.proof, session.Multiple)...),
	}
	if g.kind != byPasskey { // one's own passkey must not clear what the address has tried of others
		for _, c := range counts {
			d.clear = append(d.clear, c.Key)
		}
	}
	if g.kind == byPrinted {
		said := courier.FactorSaid{What: audit.CodeUsed, Left: g.left, Device: t.Browser.Device, Asked: now}
		d.letters = said.Items(t.Person, f.NewID)
		used := note(t.Browser, t.Organisation.ID, audit.CodeUsed, now)
		used.Actor, used.Target, used.Detail = t.Person.ID, t.Person.ID, strconv.Itoa(g.left)
		d.notes = append(d.notes, used)
	}
	return f.do(ctx, d)
}
