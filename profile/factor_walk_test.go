package profile

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loquet/account"
	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
	"loquet/organisation"
	"loquet/session"
)

// TestNoWayLeadsToAClosedDoor takes people through any acts in any order: none leaves an account that nobody can enter,
// one passkey whose loss would close it for good, less than its policy asks once it had that, or codes that stand in
// for nothing.
func TestNoWayLeadsToAClosedDoor(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld()
		w.person.Emails[0].Proven = rapid.Bool().Draw(r, "mailbox")
		w.demand(rapid.SampledFrom(organisation.Demands).Draw(r, "demand"))
		w.flow.Limits.Factors.Burst = 1000
		asks := w.organisation.Policy.SecondFor(w.person.Role).Asks()
		had := false
		r.Repeat(walker(w, func(done Done, err error) {
			if err != nil {
				r.Fatal(err)
			}
		}, func(name string, of int) int { return rapid.IntRange(0, of-1).Draw(r, name) }, func() {
			has := w.has()
			entries := 0
			for _, k := range w.factors.Passkeys {
				if k.Verifies {
					entries++
				}
			}
			had = had || has.Lasting()
			switch {
			case !has.Password && entries == 0:
				r.Fatal("nothing is left to enter with")
			case !has.Password && entries == 1 && len(w.person.RecoveryEmails()) == 0:
				r.Fatal("the loss of one passkey would close the account for good")
			case asks && had && !has.Lasting():
				r.Fatal("less is left than the policy asks")
			case has.Codes > 0 && !has.Lasting():
				r.Fatal("codes stand in for nothing")
			case has.Second && !has.Lasting():
				r.Fatal("a second proof is asked that is not there")
			case has.App && w.standing() != organisation.Both:
				r.Fatal("an app is there and nobody asks for it")
			}
		}))
	})
}

func (w *world) has() account.Factors {
	p, _ := w.Account(context.Background(), w.organisation.ID, w.person.ID) // memory gives no error
	return p.Factors
}

func (w *world) standing() organisation.Standing {
	p := w.person
	p.Factors = w.has()
	return w.organisation.Policy.Standing(p, w.now)
}

// walker gives what a person with both proofs may do, each in a session of its own.
func walker(w *world, did func(Done, error), pick func(string, int) int, check func()) map[string]func(*rapid.T) {
	some := func() string {
		if n := len(w.factors.Passkeys); n > 0 {
			return w.factors.Passkeys[pick("which", n)].ID
		}
		return "none"
	}
	return map[string]func(*rapid.T){
		"": func(*rapid.T) { check() },
		"add a passkey": func(r *rapid.T) {
			w.device = passkeytest.New(school.Host)
			if pick("verifies", 2) == 0 {
				w.device.Flags = passkeytest.Present
			}
			a := w.byBoth()
			added, err := w.flow.AddPasskey(r.Context(), a, school, "", w.made(r, a))
			did(added.Done, err)
		},
		"add an app": func(r *rapid.T) {
			a := w.byBoth()
			w.now = w.now.Add(time.Second)
			id := w.flow.Forge.Challenge(credential.SetUpApp, a.Organisation.ID, a.Person.ID, w.now)
			added, err := w.flow.AddApp(r.Context(), a, id, w.code(id))
			did(added.Done, err)
		},
		"remove a passkey":    func(r *rapid.T) { did(w.flow.RemovePasskey(r.Context(), w.byBoth(), some())) },
		"remove the app":      func(r *rapid.T) { did(w.flow.RemoveApp(r.Context(), w.byBoth())) },
		"remove the password": func(r *rapid.T) { did(w.flow.RemovePassword(r.Context(), w.byBoth())) },
		"choose a password":   func(*rapid.T) { w.hash = "another hash" },
		"make codes":          func(r *rapid.T) { did(w.flow.MakeCodes(r.Context(), w.byBoth())) },
		"use a code": func(*rapid.T) {
			if n := len(w.factors.Codes); n > 0 {
				w.factors.Codes[pick("code", n)].Used = w.now
			}
		},
		"switch on":  func(r *rapid.T) { did(w.flow.SetSecond(r.Context(), w.byBoth(), true)) },
		"switch off": func(r *rapid.T) { did(w.flow.SetSecond(r.Context(), w.byBoth(), false)) },
		"lose the sessions": func(*rapid.T) {
			for id := range w.sessions {
				delete(w.sessions, id)
			}
			w.sessions = map[string]session.Session{}
		},
	}
}
