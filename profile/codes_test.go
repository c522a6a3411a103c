package profile

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/courier"
	"loquet/credential"
	"loquet/session"
)

// codes gives the codes that are shown, and whether any are.
func (w *world) codes(t *testing.T, a Actor) ([]string, bool) {
	t.Helper()
	codes, ok, err := w.flow.Codes(t.Context(), a)
	if err != nil || !ok && len(codes) > 0 {
		t.Fatalf("%v, %v, %v", codes, ok, err)
	}
	return codes, ok
}

func TestPrintedCodesAreMade(t *testing.T) {
	w := newWorld()
	if done, err := w.flow.MakeCodes(t.Context(), w.byPassword()); err != nil || done.Refusal != ProofFirst || len(w.changes) > 0 {
		t.Errorf("with nothing to stand in for: %q, %v", done.Refusal, err)
	}
	a := w.app(t, w.byPassword())
	w.silent()
	done, err := w.flow.MakeCodes(t.Context(), a)
	if err != nil || done.Refusal != "" || done.Token != "" || done.Session.ID != a.Session.ID {
		t.Fatalf("%+v, %v", done, err)
	}
	if !slices.Equal(w.acts(), []string{"codes-made"}) {
		t.Errorf("the journal says %v", w.acts())
	}
	w.told(t, courier.FactorSaid{What: "codes-made", Device: "Firefox sur Windows", Asked: w.now})
	first, _ := w.codes(t, a)
	w.matches(t, first)

	if _, err := w.flow.MakeCodes(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	second, _ := w.codes(t, a)
	w.matches(t, second)
	if slices.ContainsFunc(second, func(c string) bool { return slices.Contains(first, c) }) {
		t.Error("a code of before serves still")
	}
}

// matches wants ten codes that fit what is kept, and none of them at rest anywhere.
func (w *world) matches(t *testing.T, codes []string) {
	t.Helper()
	if len(codes) != credential.PrintedCodes || w.factors.CodesLeft() != credential.PrintedCodes {
		t.Fatalf("%d codes are shown and %d kept", len(codes), w.factors.CodesLeft())
	}
	at, err := json.Marshal([]any{w.factors, w.letters, w.notes, w.changes})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		digest := w.flow.Forge.Digest(credential.Printed, "school", code)
		if !slices.ContainsFunc(w.factors.Codes, func(c credential.PrintedCode) bool { return c.Digest == digest }) {
			t.Errorf("%s is not kept", code)
		}
		if strings.Contains(string(at), code) {
			t.Errorf("%s is at rest", code)
		}
	}
}

func TestPrintedCodesAreShownOnce(t *testing.T) {
	for name, c := range map[string]struct {
		then func(*testing.T, *world, Actor) Actor
		want int
	}{
		"at once": {func(_ *testing.T, _ *world, a Actor) Actor { return a }, 10},
		"one has served": {func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Codes[3].Used = w.now
			return a
		}, 9},
		"on paper": {func(t *testing.T, w *world, a Actor) Actor {
			if err := w.flow.KeepCodes(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			return a
		}, 0},
		"just within the time": {func(_ *testing.T, w *world, a Actor) Actor {
			w.now = w.now.Add(CodesShown - 1)
			a.Session.Proved = w.now
			return a
		}, 10},
		"too late": {func(_ *testing.T, w *world, a Actor) Actor {
			w.now = w.now.Add(CodesShown)
			a.Session.Proved = w.now
			return a
		}, 0},
		"by a clock that was set back": {func(_ *testing.T, w *world, a Actor) Actor {
			w.now = w.now.Add(-session.Skew)
			a.Session.Proved = w.now
			return a
		}, 0},
		"ATK-065: without a fresh proof": {func(_ *testing.T, _ *world, a Actor) Actor {
			a.Session.Proved = a.Session.Proved.Add(-session.Fresh - grace)
			return a
		}, 0},
		"NIST-39: to one proof of two": {func(_ *testing.T, w *world, _ Actor) Actor { return w.byPassword() }, 0},
		"to a session that waits": {func(_ *testing.T, _ *world, a Actor) Actor {
			a.Session.Stage = session.Second
			return a
		}, 0},
		"when there are none": {func(_ *testing.T, w *world, a Actor) Actor {
			w.factors.Batch, w.factors.Codes = "", nil
			return a
		}, 0},
	} {
		w := newWorld()
		a := w.app(t, w.byPassword())
		if _, err := w.flow.MakeCodes(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		codes, ok := w.codes(t, c.then(t, w, a))
		if len(codes) != c.want || ok != (c.want > 0) {
			t.Errorf("%s: %d codes, %v", name, len(codes), ok)
		}
	}
}

// To say that the codes are on paper wants no fresh proof, is heard once, and holds though the account changes meanwhile.
func TestPrintedCodesAreKept(t *testing.T) {
	w := newWorld()
	a := w.app(t, w.byPassword())
	if err := w.flow.KeepCodes(t.Context(), a); err != nil || w.factors.Kept {
		t.Errorf("none are kept: %v", err)
	}
	if _, err := w.flow.MakeCodes(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.silent()
	w.now = w.now.Add(time.Hour)
	w.before = func() { w.person.Version++ }
	for range 2 {
		if err := w.flow.KeepCodes(t.Context(), a); err != nil || !w.factors.Kept || len(w.changes) != 1 {
			t.Errorf("%v, kept %v, %d changes", err, w.factors.Kept, len(w.changes))
		}
	}
	if len(w.letters) > 0 || len(w.factors.Codes) != credential.PrintedCodes {
		t.Error("something else has changed")
	}
}
