package oidc

import (
	"testing"
	"time"

	"loquet/account"
	"loquet/application"
	"loquet/organisation"
	"loquet/session"
)

// TestWhatAProxyIsToldInEveryCase walks all that an answer depends on. The expectation is written apart from the table,
// as sentences.
func TestWhatAProxyIsToldInEveryCase(t *testing.T) {
	seen := map[Answer]int{}
	for n := range 1 << 4 {
		for _, verdict := range application.Verdicts {
			a := Asked{Forwarded: n&1 > 0, Trusted: n&2 > 0, Placed: n&4 > 0, Open: n&8 > 0, Verdict: verdict}
			got := Tell(a)
			seen[got]++
			if got == Let && !a.Open {
				t.Errorf("%+v: nobody is let in", a)
			}
			if got == Let && a.Forwarded && (!a.Trusted || !a.Placed || verdict != application.Admitted) {
				t.Errorf("%+v: let in", a)
			}
			if (got == Doubt) != (a.Forwarded && !a.Trusted) {
				t.Errorf("%+v: %s: who is believed", a, got)
			}
			if (got == Astray) != (a.Forwarded && a.Trusted && !a.Placed) {
				t.Errorf("%+v: %s: where it leads", a, got)
			}
			asksIn := !a.Open || a.Forwarded && verdict == application.WantsSecond
			if reaches := !a.Forwarded || a.Trusted && a.Placed; (got == ComeIn) != (reaches && asksIn) {
				t.Errorf("%+v: %s: who is asked in", a, got)
			}
		}
	}
	for _, answer := range Answers {
		if seen[answer] == 0 {
			t.Errorf("nothing leads to %s", answer)
		}
	}
	for i, d := range doors {
		if d.Source == "" {
			t.Errorf("row %d has no source", i)
		}
	}
}

// TestATK022OneGate walks everything that may keep a sign-in from opening an application.
func TestATK022OneGate(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	o := organisation.Organisation{ID: "o", Policy: organisation.PortailFamille.Policy()}
	strict := o
	strict.Policy.Second = map[account.Role]organisation.Second{account.Famille: {Demand: organisation.AtOnce}}
	short := o
	short.Policy.Sessions = map[account.Role]session.Limits{account.Famille: {Idle: time.Hour, Absolute: 2 * time.Hour}}
	open := func() pass {
		return pass{
			session: session.Session{
				ID: "s", Stage: session.Full, Opened: noon, Seen: noon, Idle: time.Hour, Until: noon.Add(time.Hour), AccountOpen: true,
				Proof: []string{session.ByPassword},
			},
			person: account.Account{ID: "p", Role: account.Famille, State: account.Active, Factors: account.Factors{Password: true}},
		}
	}
	for _, c := range []struct {
		name   string
		o      organisation.Organisation
		change func(*pass)
		opens  bool
	}{
		{"a full session", o, func(*pass) {}, true},
		{"a first access", o, func(p *pass) { p.person.State = account.Invited }, true},
		{"nobody", o, func(p *pass) { *p = pass{} }, false},
		{"a session of nobody", o, func(p *pass) { p.person = account.Account{} }, false},
		{"ATK-031 a renewal", o, func(p *pass) { p.session.Stage = session.Renewal }, false},
		{"ATK-032 a second proof that is missing", o, func(p *pass) { p.session.Stage = session.Second }, false},
		{"ATK-032 a second proof to set up", o, func(p *pass) { p.session.Stage = session.SetUp }, false},
		{"ATK-032 a password to renew", o, func(p *pass) { p.person.MustRenew = true }, false},
		{"ATK-032 a password to renew, as the session has it", o, func(p *pass) { p.session.AccountRenews = true }, false},
		{"ATK-038 an end", o, func(p *pass) { p.session.Ended = noon }, false},
		{"ATK-039 a locked account", o, func(p *pass) { p.person.State = account.Locked }, false},
		{"ATK-039 a disabled account", o, func(p *pass) { p.person.State = account.Disabled }, false},
		{"ATK-039 an account that has left", o, func(p *pass) { p.person.Leaves = noon }, false},
		{"ATK-039 a closed account, as the session has it", o, func(p *pass) { p.session.AccountOpen = false }, false},
		{"too long ago", o, func(p *pass) { p.session.Seen = noon.Add(-2 * time.Hour) }, false},
		{"its last moment", o, func(p *pass) { p.session.Until = noon }, false},
		{"limits that are shorter now", short, func(p *pass) { p.session.Opened = noon.Add(-3 * time.Hour) }, false},
		{"within limits that are shorter now", short, func(p *pass) { p.session.Opened = noon.Add(-time.Hour) }, true},
		{"ATK-032 a second proof owed at once", strict, func(*pass) {}, false},
		{"a second proof given", strict, func(p *pass) {
			p.session.Proof = session.With(p.session.Proof, session.ByApp, session.Multiple)
		}, true},
	} {
		p := open()
		c.change(&p)
		if p.opens(c.o, noon) != c.opens {
			t.Errorf("%s: opens is %v", c.name, !c.opens)
		}
	}
}

// TestATK059NoIdentityWithoutAUser asks for what an application is told of nobody.
func TestATK059NoIdentityWithoutAUser(t *testing.T) {
	var f Flow
	id, err := f.identify(t.Context(), organisation.Organisation{}, application.Application{}, pass{}, time.Now())
	if err == nil || len(id.Headers) > 0 {
		t.Errorf("nobody is %v", id.Headers)
	}
}

func TestWhatStandsInAHeader(t *testing.T) {
	for value, good := range map[string]bool{
		"38162": true, "AUTOECOLE.GERANT": true, "élodie@mairie.example": true, "a b": true,
		"a\r\nX-Auth-Request-Role: gerant": false, "a\x00": false, "a\x7f": false, "a\u0085b": false, "\xff": false, " a": false,
		"a ": false,
	} {
		if goodValue(value) != good {
			t.Errorf("%q: %v", value, !good)
		}
	}
}
