package profile

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/courier"
	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// looks is the one of factorActs that gives a secret which proves nothing yet, so that the proof may come with its code.
const looks = "enrol: ask for an app"

// factorActs are all that somebody does to their own proofs, each as far as its first refusal; those of adding are also
// open to a session that waits for a second proof.
var factorActs = []struct {
	name string
	adds bool
	do   func(*testing.T, *world, Actor) error
}{
	{"enrol: ask for a passkey", true, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.PasskeyOptions(t.Context(), a, school)
		return err
	}},
	{"enrol: a passkey", true, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.AddPasskey(t.Context(), a, school, "", nil)
		return err
	}},
	{looks, true, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.StartApp(t.Context(), a)
		return err
	}},
	{"enrol: an app", true, func(t *testing.T, w *world, a Actor) error {
		id := w.flow.Forge.Challenge(credential.SetUpApp, "school", "lea", w.now)
		_, err := w.flow.AddApp(t.Context(), a, id, w.code(id))
		return err
	}},
	{"rename", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.RenamePasskey(t.Context(), a, w.factors.Passkeys[0].ID, "another")
		return err
	}},
	{"remove: a passkey", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.RemovePasskey(t.Context(), a, w.factors.Passkeys[0].ID)
		return err
	}},
	{"remove: the app", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.RemoveApp(t.Context(), a)
		return err
	}},
	{"remove: the password", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.RemovePassword(t.Context(), a)
		return err
	}},
	{"regenerate", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.MakeCodes(t.Context(), a)
		return err
	}},
	{"switch on", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.SetSecond(t.Context(), a, true)
		return err
	}},
	{"switch off", false, func(t *testing.T, w *world, a Actor) error {
		_, err := w.flow.SetSecond(t.Context(), a, false)
		return err
	}},
}

// provided gives a world whose person has a passkey and an app, so that every act finds something to do.
func provided(t *testing.T) (*world, Actor) {
	w := newWorld()
	_, a := w.passkey(t, w.byPassword())
	a = w.app(t, a)
	w.silent()
	return w, a
}

// TestATK065NothingIsChangedWithoutAFreshProof: enrol, remove, regenerate, switch, with a session that somebody else may
// have taken.
func TestATK065NothingIsChangedWithoutAFreshProof(t *testing.T) {
	for _, act := range factorActs {
		t.Run(act.name, func(t *testing.T) {
			for name, c := range map[string]struct {
				proved time.Time
				ok     bool
			}{
				"just now":      {noon, true},
				"on the edge":   {noon.Add(-session.Fresh - grace + 1), true},
				"too long ago":  {noon.Add(-session.Fresh - grace), false},
				"never":         {time.Time{}, false},
				"in the future": {noon.Add(session.Skew), false},
			} {
				w, a := provided(t)
				a.Session.Proved = c.proved
				err := act.do(t, w, a)
				if act.name == looks {
					c.ok = true
				}
				if forbidden(err) == c.ok || !c.ok && len(w.changes) > 0 {
					t.Errorf("proved %s: %v, %d changes", name, err, len(w.changes))
				}
			}
		})
	}
}

// A session that waits for something changes nothing else (ATK-034), and one that rests on one proof of two nothing at
// all (NIST SP 800-63B-4 §4.1.2.1): otherwise whoever has the password would take away, or add, the second one.
func TestOnlyWholeSessionsChangeProofs(t *testing.T) {
	for _, act := range factorActs {
		t.Run(act.name, func(t *testing.T) {
			for _, c := range []struct {
				name string
				make func(*testing.T) (*world, Actor)
				ok   bool
			}{
				{"both proofs", provided, true},
				{"one proof of two", func(t *testing.T) (*world, Actor) {
					w, _ := provided(t)
					return w, w.byPassword()
				}, false},
				{"one proof of two, to set up", func(t *testing.T) (*world, Actor) {
					w, _ := provided(t)
					return w, w.session(session.SetUp, session.ByPassword)
				}, false},
				{"what recovery opened", func(t *testing.T) (*world, Actor) {
					w, _ := provided(t)
					return w, w.session(session.Full, session.ByMailbox, session.ByApp, session.Multiple)
				}, false},
				{"renewal", func(t *testing.T) (*world, Actor) {
					w, a := provided(t)
					a.Session.Stage = session.Renewal
					return w, a
				}, false},
				{"second", func(t *testing.T) (*world, Actor) {
					w, a := provided(t)
					a.Session.Stage = session.Second
					return w, a
				}, false},
				{"to set up, with nothing that is asked", func(t *testing.T) (*world, Actor) {
					w, _ := provided(t)
					w.factors.App, w.person.Factors.Second = nil, false
					w.factors.Passkeys[0].Host = "another.example"
					return w, w.session(session.SetUp, session.ByPassword)
				}, act.adds},
				{"a closed account", func(t *testing.T) (*world, Actor) {
					w, a := provided(t)
					w.person.State = account.Locked
					return w, a
				}, false},
			} {
				w, a := c.make(t)
				w.silent()
				err := act.do(t, w, a)
				if forbidden(err) == c.ok || !c.ok && len(w.changes) > 0 {
					t.Errorf("%s: %v, %d changes", c.name, err, len(w.changes))
				}
			}
		})
	}
}

func TestChangesOfProofsAreCounted(t *testing.T) {
	w, a := provided(t)
	w.full = "factor-changes"
	_, err := w.flow.MakeCodes(t.Context(), a)
	if over := (limit.Over{}); !errors.As(err, &over) || over.Wait != time.Minute || len(w.changes) > 0 {
		t.Errorf("%v", err)
	}
}

// A change is decided anew when the account has changed meanwhile, and given up when its session has ended.
func TestAChangeOfProofsIsDecidedOnWhatIsSo(t *testing.T) {
	w, a := provided(t)
	w.before = func() { w.person.Version++ }
	if done, err := w.flow.MakeCodes(t.Context(), a); err != nil || done.Refusal != "" || len(w.changes) != 1 {
		t.Errorf("%q, %v", done.Refusal, err)
	}
	w, a = provided(t)
	var always func()
	always = func() { w.person.Version++; w.before = always }
	w.before = always
	if done, err := w.flow.MakeCodes(t.Context(), a); err != nil || done.Refusal != Over || w.tries != again {
		t.Errorf("ever anew: %q, %v, %d tries", done.Refusal, err, w.tries)
	}
	w, a = provided(t)
	setup, _ := w.flow.StartApp(t.Context(), a)
	w.before = func() { delete(w.sessions, a.Session.ID) }
	added, err := w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID))
	if err != nil || added.Refusal != Ended || added.Token != "" || w.tries != 1 {
		t.Errorf("%q, %v, %d tries", added.Refusal, err, w.tries)
	}
	w, a = provided(t)
	w.before = func() { w.person.Version++; w.person.State = account.Disabled }
	if _, err := w.flow.MakeCodes(t.Context(), a); !forbidden(err) || len(w.changes) > 0 {
		t.Errorf("closed meanwhile: %v", err)
	}
	a.Person.ID = "nobody"
	if _, err := w.flow.MakeCodes(t.Context(), a); !errors.Is(err, fault.Missing) {
		t.Errorf("nobody: %v", err)
	}
}

func TestFactorsOfAPage(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	w.device.Flags = passkeytest.Present
	other, a := w.second(t, a)
	w.factors.Passkeys[1].Host = "old.example"
	own, err := w.flow.Factors(t.Context(), a, school.Host)
	if err != nil {
		t.Fatal(err)
	}
	k.Key, other.Key, other.Host = nil, nil, "old.example"
	want := Factors{
		Password: true, Passkeys: []OwnPasskey{{Passkey: k, Here: true}, {Passkey: other}}, Standing: organisation.Alone,
		why: map[FactorAct]Refusal{
			RemovingApp: NothingHere, RemovingPassword: "", MakingCodes: "", SwitchingOn: "", SwitchingOff: "",
		},
	}
	if diff := cmp.Diff(want, own, cmp.AllowUnexported(Factors{})); diff != "" {
		t.Error(diff)
	}
	if own.Why(RemovingApp) != NothingHere {
		t.Error("an app that is not there can be removed")
	}

	w.demand(organisation.AtNextSignIn)
	w.factors.Passkeys = w.factors.Passkeys[:1]
	w.factors.App = &credential.App{Seed: "secret seed", Step: 5, Created: noon}
	w.factors.Batch, w.factors.Printed = "batch", noon
	w.factors.Codes = []credential.PrintedCode{{Digest: "1"}, {Digest: "2", Used: noon}}
	own, err = w.flow.Factors(t.Context(), w.byPassword(), school.Host)
	if err != nil || !own.Asks || own.Standing != organisation.Both || !own.OneProof || own.Codes != 1 ||
		!own.Printed.Equal(noon) || own.Why(SwitchingOff) != StillAsked || own.Why(SwitchingOn) != ProveIt {
		t.Errorf("%+v, %v", own, err)
	}
	if own.App == nil || own.App.Seed != "" || !own.App.Created.Equal(noon) {
		t.Errorf("the app is shown as %+v", own.App)
	}
	if own, _ = w.flow.Factors(t.Context(), w.byBoth(), school.Host); own.OneProof {
		t.Error("two proofs are said to be one")
	}
}

// The page says when a second proof must be there, to whoever has none and is asked for one.
func TestFactorsSayByWhen(t *testing.T) {
	w := newWorld()
	w.organisation.Policy.Second[w.person.Role] = organisation.Second{Demand: organisation.AtNextSignIn, Grace: time.Hour}
	w.person.Factors.Asked = noon.Add(-time.Minute)
	own, err := w.flow.Factors(t.Context(), w.byPassword(), school.Host)
	if err != nil || own.Standing != organisation.Due || !own.DueBy.Equal(noon.Add(59*time.Minute)) || own.OneProof {
		t.Errorf("%+v, %v", own, err)
	}
}

func TestASecondProofIsSwitchedOnAndOff(t *testing.T) {
	w := newWorld()
	if done, err := w.flow.SetSecond(t.Context(), w.byBoth(), true); err != nil || done.Refusal != ProofFirst {
		t.Errorf("with nothing to ask for: %q, %v", done.Refusal, err)
	}
	_, a := w.passkey(t, w.byPassword())
	one := w.byPassword()
	w.silent()
	if done, err := w.flow.SetSecond(t.Context(), one, true); err != nil || done.Refusal != ProveIt || w.person.Factors.Second {
		t.Errorf("with a passkey that may not work: %q, %v", done.Refusal, err)
	}
	for range 2 {
		done, err := w.flow.SetSecond(t.Context(), a, true)
		if err != nil || done.Refusal != "" || !w.person.Factors.Second || !slices.Equal(w.acts(), []string{"second-on"}) {
			t.Errorf("on: %q, %v, journal %v", done.Refusal, err, w.acts())
		}
	}
	if !slices.Equal(w.lively(), []string{a.Session.ID}) || len(w.letters) > 0 {
		t.Errorf("alive are %v: what rests on one proof ends; %d letters", w.lively(), len(w.letters))
	}
	w.silent()
	if done, err := w.flow.SetSecond(t.Context(), a, false); err != nil || done.Refusal != "" || w.person.Factors.Second {
		t.Errorf("off: %q, %v", done.Refusal, err)
	}
	w.told(t, courier.FactorSaid{What: "second-off", Device: "Firefox sur Windows", Asked: w.now})
	a = w.app(t, a)
	if done, err := w.flow.SetSecond(t.Context(), a, false); err != nil || done.Refusal != AppAsks {
		t.Errorf("off, with an app: %q, %v", done.Refusal, err)
	}
	w.demand(organisation.AtOnce)
	a.Organisation = w.organisation
	if done, err := w.flow.SetSecond(t.Context(), a, false); err != nil || done.Refusal != StillAsked {
		t.Errorf("off, under a policy that asks: %q, %v", done.Refusal, err)
	}
}

func TestAPasswordIsRemoved(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *world, Actor) Actor
		want    Refusal
	}{
		{"with a passkey and a mailbox", func(_ *testing.T, _ *world, a Actor) Actor { return a }, ""},
		{"with two passkeys and no mailbox", func(t *testing.T, w *world, a Actor) Actor {
			w.person.Emails = nil
			_, a = w.second(t, a)
			return a
		}, ""},
		{"with a passkey and no mailbox", func(_ *testing.T, w *world, a Actor) Actor {
			w.person.Emails[0].Proven = false
			return a
		}, NoWayBack},
		{"with a passkey that asks for no finger", func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Passkeys[0].Verifies = false
			return a
		}, LastWayIn},
		{"with a passkey of a host that is no more", func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Passkeys[0].Host = "gone.example"
			return a
		}, LastWayIn},
		{"with a passkey of another host", func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Passkeys[0].Host = "old.example"
			return a
		}, ""},
		{"with an app only", func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Passkeys, w.factors.App = nil, &credential.App{Seed: "s"}
			return a
		}, LastWayIn},
		{"twice", func(_ *testing.T, w *world, a Actor) Actor {
			w.hash = ""
			return a
		}, NothingHere},
	} {
		w := newWorld()
		_, a := w.passkey(t, w.byPassword())
		a = c.prepare(t, w, a)
		had := w.hash
		w.byPassword() // another browser
		w.silent()
		done, err := w.flow.RemovePassword(t.Context(), a)
		if err != nil || done.Refusal != c.want || (w.hash != had) != (c.want == "") {
			t.Errorf("%s: %q, %v", c.name, done.Refusal, err)
		}
		if c.want != "" {
			continue
		}
		if !slices.Equal(w.lively(), []string{a.Session.ID}) || !w.changes[0].EndIssues {
			t.Errorf("%s: alive are %v", c.name, w.lively())
		}
		if !slices.Equal(w.acts(), []string{"password-removed"}) {
			t.Errorf("%s: the journal says %v", c.name, w.acts())
		}
		if len(w.person.RecoveryEmails()) > 0 {
			w.told(t, courier.FactorSaid{What: "password-removed", Device: "Firefox sur Windows", Asked: w.now})
		}
	}
}

// A notice tells what it was promised for, whichever flow has promised it, and nothing that it was not.
func TestFactorNoticesArePrepared(t *testing.T) {
	w := newWorld()
	for _, act := range courier.FactorActs {
		said := courier.FactorSaid{What: act, Left: 4, AskedBy: "Marc Favre", Device: "Safari sur iPhone", Asked: noon}
		w.letters = said.Items(w.person, w.flow.NewID)
		w.told(t, said)
	}
	if _, err := w.flow.Prepare(t.Context(), courier.Item{
		Organisation: "school", Account: "lea", Kind: courier.FactorNotice, Payload: []byte("{"),
	}); err == nil {
		t.Error("what cannot be read is sent")
	}
}

// The download of one's data names the proofs and holds nothing that would help to give one.
func TestDataNamesTheProofs(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	a = w.app(t, a)
	if _, err := w.flow.MakeCodes(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.factors.Passkeys[0].Name, w.factors.Codes[0].Used = "Bureau", w.now
	text, err := w.flow.Data(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	var d ownData
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	want := ownProofs{
		Password: true, App: &noon, Codes: 9, Second: true,
		Passkeys: []ownPasskey{{Name: "Bureau", Host: school.Host, Created: noon}},
	}
	if diff := cmp.Diff(want, d.Proofs); diff != "" {
		t.Error(diff)
	}
	secret := []string{k.ID, string(k.Key), w.factors.App.Seed, w.factors.Batch, w.factors.Codes[1].Digest}
	for _, s := range secret {
		if strings.Contains(string(text), s) {
			t.Errorf("the download holds %q", s)
		}
	}
}
