package profile

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/courier"
	"loquet/credential"
	"loquet/organisation"
	"loquet/session"
)

func TestAnAppIsAdded(t *testing.T) {
	w := newWorld()
	a := w.byPassword()
	w.byPassword() // another browser
	setup, err := w.flow.StartApp(t.Context(), a)
	if err != nil || len(w.changes) > 0 {
		t.Fatalf("%v; to look at a page wrote %d changes", err, len(w.changes))
	}
	again, ok := w.flow.AppSetup(a, setup.ID)
	if !ok || again != setup {
		t.Errorf("the form comes back with %+v, %v", again, ok)
	}
	link, err := url.Parse(setup.URL)
	if err != nil || link.Scheme != "otpauth" || link.Query().Get("secret") != strings.ReplaceAll(setup.Secret, " ", "") ||
		link.Query().Get("issuer") != "Auto-école du Lac" || !strings.HasSuffix(link.Path, "AUTOECOLE.BUREAU") {
		t.Errorf("the square code holds %s, %v", setup.URL, err)
	}
	w.now = noon.Add(2 * time.Minute)
	added := w.done(t)(w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID)))

	// ATK-064: the code that proved the app is used up.
	want := credential.App{Seed: setup.ID, Step: credential.AppStep(w.now), Created: w.now}
	if w.factors.App == nil || *w.factors.App != want || !w.person.Factors.Second {
		t.Errorf("kept is %+v, asked %v", w.factors.App, w.person.Factors.Second)
	}
	s := added.Session
	if !slices.Equal(s.Proof, []string{"pwd", "otp", "mfa"}) || session.IDOf(added.Token) != s.ID || !s.Proved.Equal(noon) {
		t.Errorf("the session is %+v", s)
	}
	if !added.First || !slices.Equal(w.lively(), []string{s.ID}) {
		t.Errorf("first %v, alive %v: what rests on one proof ends", added.First, w.lively())
	}
	if !slices.Equal(w.acts(), []string{"app-added"}) {
		t.Errorf("the journal says %v", w.acts())
	}
	w.told(t, courier.FactorSaid{What: "app-added", Device: "Firefox sur Windows", Asked: w.now})
}

// TestATK064ASetupServesOnce: neither the code that proved it nor the secret itself can be brought back.
func TestATK064ASetupServesOnce(t *testing.T) {
	w := newWorld()
	a := w.byPassword()
	setup, _ := w.flow.StartApp(t.Context(), a)
	a = w.actor(w.done(t)(w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID))).Session)
	if _, ok := w.flow.Forge.MatchApp(setup.ID, w.code(setup.ID), w.factors.App.Step, w.now); ok {
		t.Error("the code that proved the app can be given again")
	}
	if _, err := w.flow.RemoveApp(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	added, err := w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID))
	if err != nil || added.Refusal != Over || w.factors.App != nil {
		t.Errorf("the secret of before is back: %q, %v", added.Refusal, err)
	}
}

// Another app takes the place of the one before when it has shown a code, and not before.
func TestAnAppIsReplaced(t *testing.T) {
	w := newWorld()
	a := w.app(t, w.byPassword())
	before := *w.factors.App
	setup, err := w.flow.StartApp(t.Context(), a)
	if err != nil || *w.factors.App != before {
		t.Fatalf("%v, %+v", err, w.factors.App)
	}
	added := w.done(t)(w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID)))
	if w.factors.App.Seed != setup.ID || added.First {
		t.Errorf("kept is %+v, first %v", w.factors.App, added.First)
	}
}

func TestAnAppThatIsNotProvenIsNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		send func(w *world, a Actor, setup Setup) (Actor, string, string)
		want Refusal
		form bool // the form may come back with the same secret
	}{
		"a wrong code": {func(w *world, a Actor, s Setup) (Actor, string, string) {
			w.now = w.now.Add(time.Hour / 4)
			code := w.code(s.ID)
			w.now = w.now.Add(-time.Hour / 4)
			return a, s.ID, code
		}, BadCode, true},
		"no code": {func(_ *world, a Actor, s Setup) (Actor, string, string) { return a, s.ID, "" }, BadCode, true},
		"too late": {func(w *world, a Actor, s Setup) (Actor, string, string) {
			w.now = w.now.Add(credential.SetUpAppLasts)
			a.Session.Proved = w.now
			return a, s.ID, w.code(s.ID)
		}, Over, false},
		"another account": {func(w *world, _ Actor, s Setup) (Actor, string, string) {
			w.person.ID = "marc"
			return w.byPassword(), s.ID, w.code(s.ID)
		}, Over, false},
		"another organisation": {func(w *world, a Actor, s Setup) (Actor, string, string) {
			w.organisation.ID, a.Organisation.ID = "town", "town"
			return a, s.ID, w.code(s.ID)
		}, Over, false},
		"another ceremony": {func(w *world, a Actor, _ Setup) (Actor, string, string) {
			id := w.flow.Forge.Challenge(credential.CreatePasskey, "school", "lea", w.now)
			return a, id, w.code(id)
		}, Over, false},
		"a seed of somebody's own": {func(w *world, a Actor, _ Setup) (Actor, string, string) {
			return a, "chosen", w.code("chosen")
		}, Over, false},
		"no setup": {func(w *world, a Actor, _ Setup) (Actor, string, string) { return a, "", w.code("") }, Over, false},
	} {
		w := newWorld()
		a := w.byPassword()
		setup, err := w.flow.StartApp(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		a, id, code := c.send(w, a, setup)
		added, err := w.flow.AddApp(t.Context(), a, id, code)
		if err != nil || added.Refusal != c.want || w.factors.App != nil || len(w.changes) > 0 || added.Token != "" {
			t.Errorf("%s: %q, %v, kept %+v", name, added.Refusal, err, w.factors.App)
		}
		if form, ok := w.flow.AppSetup(a, id); ok != c.form || !ok && form != (Setup{}) {
			t.Errorf("%s: the form comes back with %+v, %v", name, form, ok)
		}
	}
}

func TestAnAppIsRemoved(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*testing.T, *world, Actor) Actor
		want    Refusal
		journal []string
		codes   int
	}{
		{"the last proof", func(_ *testing.T, _ *world, a Actor) Actor { return a }, "",
			[]string{"app-removed", "second-off"}, 0},
		{"beside a passkey", func(t *testing.T, w *world, a Actor) Actor {
			_, a = w.passkey(t, a)
			return a
		}, "", []string{"app-removed"}, 10},
		{"asked by the policy", func(_ *testing.T, w *world, a Actor) Actor {
			w.demand(organisation.AtNextSignIn)
			return a
		}, StillAsked, nil, 10},
		{"that is not there", func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.App = nil
			return a
		}, NothingHere, nil, 10},
	} {
		w := newWorld()
		a := w.app(t, w.byPassword())
		if _, err := w.flow.MakeCodes(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		a = c.prepare(t, w, a)
		w.silent()
		done, err := w.flow.RemoveApp(t.Context(), a)
		if err != nil || done.Refusal != c.want || !slices.Equal(w.acts(), c.journal) || w.factors.CodesLeft() != c.codes {
			t.Errorf("%s: %q, %v, journal %v, %d codes", c.name, done.Refusal, err, w.acts(), w.factors.CodesLeft())
		}
		if c.want == "" && (w.factors.App != nil || w.person.Factors.Second == (c.codes == 0)) {
			t.Errorf("%s: left is %+v, asked %v", c.name, w.factors.App, w.person.Factors.Second)
		}
		if c.want == "" {
			w.told(t, courier.FactorSaid{What: "app-removed", Device: "Firefox sur Windows", Asked: w.now})
		}
	}
}
