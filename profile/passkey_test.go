package profile

import (
	"encoding/base64"
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
	"loquet/credential/passkey"
	"loquet/credential/passkey/passkeytest"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

func TestAPasskeyIsAdded(t *testing.T) {
	w := newWorld()
	a, other := w.byPassword(), w.byPassword()
	w.device.Model = "\xd5\x48\x82\x6e\x79\xb4\xdb\x40\xa3\xd8\x11\x11\x6f\x7e\x83\x49"
	w.now = noon.Add(time.Minute)
	answer := w.made(t, a)
	added := w.done(t)(w.flow.AddPasskey(t.Context(), a, school, "  ", answer))

	k := w.factors.Passkeys[0]
	want := credential.Passkey{
		ID: k.ID, Organisation: "school", Account: "lea", Host: school.Host, Key: k.Key, Count: 1, Model: k.Model,
		Name: "Bitwarden", Transports: []string{"internal", "hybrid"}, Verifies: true, Created: w.now,
	}
	if diff := cmp.Diff(want, k); diff != "" || !cmp.Equal(k, added.Passkey) || k.ID == "" || len(k.Key) == 0 {
		t.Errorf("kept is %s", diff)
	}
	if added.First || w.person.Factors.Second {
		t.Error("a passkey that nobody asked for is asked for from now on")
	}
	s := added.Session
	if !slices.Equal(s.Proof, []string{"pwd", "hwk", "user", "mfa"}) || s.Level() != session.Two {
		t.Errorf("the session rests on %v", s.Proof)
	}
	if session.IDOf(added.Token) != s.ID || s.ID == a.Session.ID || !s.Until.Equal(a.Session.Until) || s.Stage != session.Full {
		t.Errorf("the session is not replaced by one as long: %+v", s)
	}
	if !s.Proved.Equal(noon) {
		t.Error("making a passkey proved who made it")
	}
	if got := w.lively(); len(got) != 2 || !slices.Contains(got, s.ID) || !slices.Contains(got, other.Session.ID) {
		t.Errorf("alive are %v", got)
	}
	if !slices.Equal(w.acts(), []string{"passkey-added Bitwarden"}) {
		t.Errorf("the journal says %v", w.acts())
	}
	w.told(t, courier.FactorSaid{What: "passkey-added", Device: "Firefox sur Windows", Asked: w.now})
}

// told wants one notice to the one proven address, and the letter that is made of it (NIST SP 800-63B-4 §4.6).
func (w *world) told(t *testing.T, want courier.FactorSaid) {
	t.Helper()
	if len(w.letters) != 1 {
		t.Fatalf("%d letters", len(w.letters))
	}
	item := w.letters[0]
	var said courier.FactorSaid
	if err := json.Unmarshal(item.Payload, &said); err != nil || !cmp.Equal(said, want) {
		t.Errorf("the letter says %s, %v", cmp.Diff(want, said), err)
	}
	if item.Kind != courier.FactorNotice || item.Recipient != "lea@lac.example" || item.Account != "lea" {
		t.Errorf("the letter is %+v", item)
	}
	l, err := w.flow.Prepare(t.Context(), item)
	if err != nil || l.What != want.What || l.Left != want.Left || l.AskedFrom != want.Device || !l.AskedAt.Equal(want.Asked) ||
		l.AskedBy != want.AskedBy || l.To != item.Recipient || l.Secret != "" || l.Person.ID != "lea" {
		t.Errorf("prepared is %+v, %v", l, err)
	}
	if !slices.Contains(Letters, item.Kind) {
		t.Error("nobody prepares the letter")
	}
}

// What a passkey adds to a session depends on what the device is and did, and on what was there.
func TestAPasskeyCountsAsGiven(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags byte
		had   []string
		has   []string
	}{
		{"one device", passkeytest.Present | passkeytest.Verified, []string{"pwd"}, []string{"pwd", "hwk", "user", "mfa"}},
		{"several devices", passkeytest.Present | passkeytest.Verified | passkeytest.Eligible | passkeytest.BackedUp,
			[]string{"pwd"}, []string{"pwd", "swk", "user", "mfa"}},
		{"presence beside the password", passkeytest.Present, []string{"pwd"}, []string{"pwd", "hwk", "user", "mfa"}},
		{"presence twice is one kind", passkeytest.Present, []string{"swk", "user"}, []string{"swk", "user", "hwk"}},
		{"a check of the person is two", passkeytest.Present | passkeytest.Verified, []string{"swk", "user"},
			[]string{"swk", "user", "hwk", "mfa"}},
	} {
		w := newWorld()
		w.device.Flags = c.flags
		_, a := w.passkey(t, w.session(session.Full, c.had...))
		if !slices.Equal(a.Session.Proof, c.has) {
			t.Errorf("%s: %v", c.name, a.Session.Proof)
		}
	}
}

// A session that was there to set up a second proof is whole once there is one, under a new ID; every other session of
// the account rests on one proof, and ends.
func TestASessionThatWaitsForASecondProofIsWholeOnceItIsThere(t *testing.T) {
	for name, add := range map[string]func(*testing.T, *world, Actor) Added{
		"passkey": func(t *testing.T, w *world, a Actor) Added {
			return w.done(t)(w.flow.AddPasskey(t.Context(), a, school, "", w.made(t, a)))
		},
		"app": func(t *testing.T, w *world, a Actor) Added {
			setup, err := w.flow.StartApp(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			return w.done(t)(w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID)))
		},
	} {
		for wish, remembered := range map[string]bool{"": false, "remembered": true, "remembered no more": false} {
			w := newWorld()
			w.demand(organisation.AtOnce)
			if wish == "remembered no more" {
				limits := w.organisation.Policy.Sessions[w.person.Role]
				limits.Remember = 0
				w.organisation.Policy.Sessions[w.person.Role] = limits
			}
			a, _ := w.session(session.SetUp, session.ByPassword), w.byPassword()
			a.Session.Idle, a.Session.Until = session.SetUpLasts, noon.Add(session.SetUpLasts)
			a.Session.Remembered = wish != ""
			w.now = noon.Add(4 * time.Minute)
			added := add(t, w, a)
			s := added.Session
			limits := w.organisation.Policy.LimitsFor(w.person.Role)
			idle, until := limits.Idle, limits.Absolute
			if remembered {
				idle, until = limits.Remember, limits.Remember
			}
			if s.Stage != session.Full || s.Idle != idle || !s.Until.Equal(w.now.Add(until)) || s.Remembered != remembered ||
				!s.Opened.Equal(w.now) || s.Family != s.ID || s.Level() != session.Two || !s.Proved.Equal(noon) {
				t.Errorf("%s, %s: %+v", name, wish, s)
			}
			if !added.First || !slices.Equal(w.lively(), []string{s.ID}) {
				t.Errorf("%s: first %v, alive are %v", name, added.First, w.lively())
			}
		}
	}
}

func TestNamesOfPasskeys(t *testing.T) {
	for typed, want := range map[string]string{
		"":                                       "",
		"  Téléphone de Léa\u00a0":               "Téléphone de Léa",
		strings.Repeat("é", LongestName):         strings.Repeat("é", LongestName),
		" " + strings.Repeat("x", LongestName+1): "refused",
		"two\nlines":                             "refused",
		"nul\x00":                                "refused",
		"turned\u202eround":                      "refused",
		"no \xff text":                           "refused",
	} {
		w := newWorld()
		a := w.byPassword()
		added, err := w.flow.AddPasskey(t.Context(), a, school, typed, w.made(t, a))
		refused := added.Refusal == BadName && len(w.changes) == 0
		if err != nil || refused != (want == "refused") || !refused && added.Passkey.Name != want {
			t.Errorf("%q is %q, %q, %v", typed, added.Passkey.Name, added.Refusal, err)
		}
	}
}

func TestAPasskeyIsRenamed(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	w.silent()
	for _, c := range []struct {
		id, name string
		want     Refusal
		kept     string
		notes    int
	}{
		{k.ID, " Bureau ", "", "Bureau", 1},
		{k.ID, "Bureau", "", "Bureau", 1}, // again
		{k.ID, strings.Repeat("x", 61), BadName, "Bureau", 1},
		{"another", "Bureau", NothingHere, "Bureau", 1},
		{k.ID, "", "", "", 2},
	} {
		done, err := w.flow.RenamePasskey(t.Context(), a, c.id, c.name)
		if err != nil || done.Refusal != c.want || w.factors.Passkeys[0].Name != c.kept || len(w.notes) != c.notes {
			t.Errorf("%q: %q, %v, kept %q, journal %v", c.name, done.Refusal, err, w.factors.Passkeys[0].Name, w.acts())
		}
		if done.Token != "" || done.Session.ID != a.Session.ID {
			t.Error("the session does not go on")
		}
	}
	if len(w.letters) > 0 {
		t.Error("somebody is told of a name")
	}
}

func TestNoMorePasskeysThanDevices(t *testing.T) {
	w := newWorld()
	a := w.byPassword()
	for range MostPasskeys {
		_, a = w.second(t, a)
	}
	w.device = passkeytest.New(school.Host)
	added, err := w.flow.AddPasskey(t.Context(), a, school, "", w.made(t, a))
	if err != nil || added.Refusal != TooMany || len(w.factors.Passkeys) != MostPasskeys {
		t.Errorf("%q, %v", added.Refusal, err)
	}
}

// A passkey is kept once, and one that somebody else has is kept by nobody else.
func TestAPasskeyIsKeptOnce(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	w.device = passkeytest.New(school.Host)
	w.device.Change = func(p *passkeytest.Parts) { p.ID = raw(t, k.ID) }
	added, err := w.flow.AddPasskey(t.Context(), a, school, "", w.made(t, a))
	if err != nil || added.Refusal != Twice {
		t.Errorf("%q, %v", added.Refusal, err)
	}
	w = newWorld()
	w.device.Change = func(p *passkeytest.Parts) { p.ID = raw(t, k.ID) }
	w.foreign = k.ID
	a = w.byPassword()
	added, err = w.flow.AddPasskey(t.Context(), a, school, "", w.made(t, a))
	if err != nil || added.Refusal != Over || len(w.factors.Passkeys) > 0 {
		t.Errorf("somebody else's: %q, %v", added.Refusal, err)
	}
}

// TestATK067WhatIsMadeIsMadeForOneSession sends what the device answered elsewhere than it was asked for.
func TestATK067WhatIsMadeIsMadeForOneSession(t *testing.T) {
	elsewhere := school
	elsewhere.Host, elsewhere.Origin = "old.example", "https://old.example"
	for name, c := range map[string]struct {
		send func(w *world, a Actor) (Actor, passkey.Party, []byte)
		want Refusal
	}{
		"another session": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			return w.byPassword(), school, w.made(t, a)
		}, Over},
		"another account": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := w.made(t, a)
			w.person.ID = "marc"
			return w.byPassword(), school, answer
		}, Over},
		"another organisation": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := w.made(t, a)
			w.organisation.ID, a.Organisation.ID = "town", "town"
			return a, school, answer
		}, Over},
		"another ceremony": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.device.Change = func(p *passkeytest.Parts) {
				p.Client["challenge"] = w.flow.Forge.Challenge(credential.ProveByPasskey, "school", a.Session.ID, w.now)
			}
			return a, school, w.made(t, a)
		}, Over},
		"a use in the place of the making": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			_, b := w.passkey(t, a)
			options, _ := w.flow.ProveOptions(t.Context(), b, school)
			return b, school, w.device.Get(options, school.Origin)
		}, BadProof},
		"another host": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			return a, elsewhere, w.made(t, a)
		}, BadProof},
		"another origin": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			options, _ := w.flow.PasskeyOptions(t.Context(), a, school)
			return a, school, w.device.Create(options, "https://lac.autoecole.example")
		}, BadProof},
		"too late": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := w.made(t, a)
			w.now = w.now.Add(credential.ChallengeLasts)
			a.Session.Proved = w.now
			return a, school, answer
		}, Over},
		"nonsense": {func(_ *world, a Actor) (Actor, passkey.Party, []byte) { return a, school, []byte(`{"id":`) }, BadProof},
		"answered before": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := w.made(t, a)
			made, _ := passkey.ReadCreated(answer)
			w.spent[made.Challenge] = true
			return a, school, answer
		}, Over},
		"sent twice": {func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := w.made(t, a)
			w.done(t)(w.flow.AddPasskey(t.Context(), a, school, "", answer))
			w.factors.Passkeys = nil // removed again elsewhere
			return a, school, answer
		}, Ended},
	} {
		w := newWorld()
		a, party, answer := c.send(w, w.byPassword())
		had := len(w.factors.Passkeys)
		added, err := w.flow.AddPasskey(t.Context(), a, party, "", answer)
		if err != nil || added.Refusal != c.want || len(w.factors.Passkeys) != had || added.Token != "" || added.First {
			t.Errorf("%s: %q, %v, %d passkeys", name, added.Refusal, err, len(w.factors.Passkeys))
		}
	}
}

// The options exclude what is there already at this host, so that no device makes a second one.
func TestPasskeyOptionsExcludeWhatIsThere(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	if w.made(t, a) != nil {
		t.Error("the device has made another passkey of the same account")
	}
	w.factors.Passkeys[0].Host = "old.example"
	options, err := w.flow.PasskeyOptions(t.Context(), a, school)
	if err != nil || strings.Contains(string(options), k.ID) {
		t.Errorf("that of another host is named: %s, %v", options, err)
	}
	if strings.Contains(string(options), `"lea"`) {
		t.Error("the options hold the account's ID")
	}
}

// Of two removals that would together take the last way in, the later one is decided on what the first has left.
func TestTwoRemovalsDoNotTakeTheLastWayIn(t *testing.T) {
	w := newWorld()
	one, a := w.passkey(t, w.byPassword())
	two, a := w.second(t, a)
	w.hash = ""
	w.before = func() {
		w.factors.Passkeys = slices.DeleteFunc(w.factors.Passkeys, func(k credential.Passkey) bool { return k.ID == two.ID })
		w.person.Version++
	}
	done, err := w.flow.RemovePasskey(t.Context(), a, one.ID)
	if err != nil || done.Refusal != LastWayIn || len(w.factors.Passkeys) != 1 {
		t.Errorf("%q, %v, %d passkeys", done.Refusal, err, len(w.factors.Passkeys))
	}
}

// second adds a passkey of another device.
func (w *world) second(t tester, a Actor) (credential.Passkey, Actor) {
	t.Helper()
	w.device = passkeytest.New(school.Host)
	return w.passkey(t, a)
}

func TestAPasskeyIsRemoved(t *testing.T) {
	for _, c := range []struct {
		name     string
		prepare  func(*world)
		want     Refusal
		journal  []string
		offNow   bool
		codesToo bool
	}{
		{"beside the password", func(*world) {}, "", []string{"passkey-removed"}, false, true},
		{"the last one, wanted by its owner", func(w *world) { w.person.Factors.Second = true }, "",
			[]string{"passkey-removed", "second-off"}, true, true},
		{"beside an app", func(w *world) {
			w.person.Factors.Second, w.factors.App = true, &credential.App{Seed: "s"}
		}, "", []string{"passkey-removed"}, false, false},
		{"asked by the policy", func(w *world) { w.demand(organisation.AtNextSignIn) }, StillAsked, nil, false, false},
		{"without a password", func(w *world) { w.hash = "" }, LastWayIn, nil, false, false},
	} {
		w := newWorld()
		k, a := w.passkey(t, w.byPassword())
		c.prepare(w)
		a.Organisation = w.organisation
		w.factors.Batch, w.factors.Codes = "batch", []credential.PrintedCode{{Digest: "d"}}
		w.silent()
		done, err := w.flow.RemovePasskey(t.Context(), a, k.ID)
		if err != nil || done.Refusal != c.want || !slices.Equal(w.acts(), c.journal) {
			t.Errorf("%s: %q, %v, journal %v", c.name, done.Refusal, err, w.acts())
		}
		if (len(w.factors.Codes) == 0) != c.codesToo || c.offNow && w.person.Factors.Second {
			t.Errorf("%s: %d codes, second %v", c.name, len(w.factors.Codes), w.person.Factors.Second)
		}
		if c.want == "" {
			w.told(t, courier.FactorSaid{What: "passkey-removed", Device: "Firefox sur Windows", Asked: w.now})
		}
	}
	w := newWorld()
	if done, err := w.flow.RemovePasskey(t.Context(), w.byPassword(), "nobody's"); err != nil || done.Refusal != NothingHere {
		t.Errorf("nobody's: %q, %v", done.Refusal, err)
	}
}

func TestAPasskeyProvesAgain(t *testing.T) {
	w := newWorld()
	k, a := w.passkey(t, w.byPassword())
	w.now = noon.Add(time.Hour)
	a.Session.Proof = []string{session.ByPassword}
	w.silent()
	options, err := w.flow.ProveOptions(t.Context(), a, school)
	if err != nil || !strings.Contains(string(options), k.ID) {
		t.Fatalf("options are %s, %v", options, err)
	}
	proof, err := w.flow.ProvePasskey(t.Context(), a, school, w.device.Get(options, school.Origin))
	s := proof.Session
	if err != nil || proof.State != Proven || session.IDOf(proof.Token) != s.ID || s.ID == a.Session.ID ||
		!s.Proved.Equal(w.now) || !slices.Equal(s.Proof, []string{"pwd", "hwk", "user", "mfa"}) {
		t.Errorf("%+v, %v", proof, err)
	}
	if !slices.Equal(w.lively(), []string{s.ID}) || w.factors.Passkeys[0].Count != 2 || !slices.Equal(w.acts(), []string{"identity-proven passkey"}) {
		t.Errorf("alive %v, count %d, journal %v", w.lively(), w.factors.Passkeys[0].Count, w.acts())
	}
	w.factors.Passkeys[0].Host = "old.example"
	if _, err := w.flow.ProveOptions(t.Context(), w.actor(s), school); !errors.Is(err, fault.Missing) {
		t.Errorf("without a passkey of this host: %v", err)
	}
}

// TestATK068ProofsByPasskeyAreCountedByThemselves: the password's counters are neither asked nor cleared.
func TestATK068ProofsByPasskeyAreCountedByThemselves(t *testing.T) {
	w := newWorld()
	_, a := w.passkey(t, w.byPassword())
	w.silent()
	// TryCounts and TriesOf are nil: to ask them would end the test.
	options, _ := w.flow.ProveOptions(t.Context(), a, school)
	proof, err := w.flow.ProvePasskey(t.Context(), a, school, w.device.Get(options, school.Origin))
	if err != nil || proof.State != Proven || !slices.Equal(w.counted, []string{"prove-passkey"}) || len(w.changes[0].Clear) > 0 {
		t.Errorf("%+v, %v, counted %v", proof, err, w.counted)
	}
	w.full, w.changes = "prove-passkey", nil
	a = w.actor(proof.Session)
	options, _ = w.flow.ProveOptions(t.Context(), a, school)
	proof, err = w.flow.ProvePasskey(t.Context(), a, school, w.device.Get(options, school.Origin))
	if err != nil || proof.State != Waiting || proof.Wait != time.Minute || len(w.changes) > 0 {
		t.Errorf("over the rate: %+v, %v", proof, err)
	}
}

// TestATK067AProofIsForOneSession sends what a passkey signed elsewhere than it was asked for, and breaks it.
func TestATK067AProofIsForOneSession(t *testing.T) {
	get := func(w *world, a Actor) []byte {
		options, err := w.flow.ProveOptions(t.Context(), a, school)
		if err != nil {
			t.Fatal(err)
		}
		return w.device.Get(options, school.Origin)
	}
	for name, send := range map[string]func(w *world, a Actor) (Actor, passkey.Party, []byte){
		"another session": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			return w.byPassword(), school, get(w, a)
		},
		"another account's passkey": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := get(w, a)
			w.factors.Passkeys[0].ID = "not-this-one"
			return a, school, answer
		},
		"another account's handle": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.device.Change = func(p *passkeytest.Parts) { p.Handle = passkey.Handle("school", "marc") }
			return a, school, get(w, a)
		},
		"another ceremony": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.device.Change = func(p *passkeytest.Parts) {
				p.Client["challenge"] = w.flow.Forge.Challenge(credential.SecondByPasskey, "school", a.Session.ID, w.now)
			}
			return a, school, get(w, a)
		},
		"another host": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			p := school
			p.Host = "old.example"
			return a, p, get(w, a)
		},
		"without a check of the person": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.device.Change = func(p *passkeytest.Parts) { p.Flags = passkeytest.Present }
			return a, school, get(w, a)
		},
		"a count that does not rise": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.factors.Passkeys[0].Count = 99
			return a, school, get(w, a)
		},
		"too late": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := get(w, a)
			w.now = w.now.Add(credential.ChallengeLasts)
			return a, school, answer
		},
		"answered before": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			answer := get(w, a)
			read, _ := passkey.Read(answer)
			w.spent[read.Challenge] = true
			return a, school, answer
		},
		"counted further meanwhile": func(w *world, a Actor) (Actor, passkey.Party, []byte) {
			w.before = func() { w.factors.Passkeys[0].Count = 99 }
			return a, school, get(w, a)
		},
		"nonsense": func(_ *world, a Actor) (Actor, passkey.Party, []byte) { return a, school, []byte("no") },
	} {
		w := newWorld()
		_, a := w.passkey(t, w.byPassword())
		w.silent()
		a, party, answer := send(w, a)
		proof, err := w.flow.ProvePasskey(t.Context(), a, party, answer)
		if err != nil || proof.State != Refused || proof.Token != "" || !slices.Contains(w.lively(), a.Session.ID) {
			t.Errorf("%s: %+v, %v", name, proof, err)
		}
		if !slices.Equal(w.acts(), []string{"proof-refused passkey"}) {
			t.Errorf("%s: the journal says %v", name, w.acts())
		}
		// Only what has been used is for the store to find out; all else does not come that far.
		used := name == "answered before" || name == "counted further meanwhile"
		if (w.tries > 1) != used {
			t.Errorf("%s: the store was asked %d times", name, w.tries)
		}
	}
}

// A session that has ended while its passkey was asked for proves nothing.
func TestAProofOfASessionThatHasEnded(t *testing.T) {
	w := newWorld()
	_, a := w.passkey(t, w.byPassword())
	options, _ := w.flow.ProveOptions(t.Context(), a, school)
	answer := w.device.Get(options, school.Origin)
	w.silent()
	w.before = func() { delete(w.sessions, a.Session.ID) }
	proof, err := w.flow.ProvePasskey(t.Context(), a, school, answer)
	if err != nil || proof.State != Left || len(w.notes) > 0 {
		t.Errorf("%+v, %v, journal %v", proof, err, w.acts())
	}
}

// The owner that a device is told about is the person, by a handle that says nothing.
func TestOwnerOfAPasskey(t *testing.T) {
	o := owner(account.Account{Organisation: "school", ID: "lea", Identifier: "BUREAU", GivenName: "Léa"})
	if o.Name != "BUREAU" || o.Display != "Léa" || !cmp.Equal(o.Handle, passkey.Handle("school", "lea")) || len(o.Handle) != 32 {
		t.Errorf("%+v", o)
	}
}

// raw gives the bytes of a passkey's ID.
func raw(t *testing.T, id string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
