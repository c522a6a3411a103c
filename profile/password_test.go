package profile

import (
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/credential"
	"loquet/limit"
	"loquet/session"
)

const (
	inForce = "Kr7m Px4q Wz9t"
	another = "Hd3f Ns8v Yb5g"
)

// hashing gives a world in which passwords are checked, and the one in force is inForce.
func hashing(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	hasher, err := credential.NewHasher(credential.Parameters{MemoryKiB: 7 * 1024, Passes: 5, Lanes: 1}, nil, 1, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	w.flow.Hasher = hasher
	w.flow.TryCounts = func(string, account.Lookup, session.Browser) []limit.Count {
		return []limit.Count{{Key: "password:x"}}
	}
	w.flow.TriesOf = func(string, ...account.Lookup) []string { return []string{"password:x"} }
	if w.hash, err = hasher.Hash(t.Context(), inForce); err != nil {
		t.Fatal(err)
	}
	return w
}

// The password in force is asked for, but of whoever has just proved who they are by a passkey: they have forgotten it,
// or have none any more (ADR-0013).
func TestAForgottenPasswordIsChangedByPasskey(t *testing.T) {
	w := hashing(t)
	saved := w.hash
	for name, c := range map[string]struct {
		proof    []string
		stage    session.Stage
		age      time.Duration
		hash     string
		current  string
		password string
		want     ProofState
		fault    credential.Fault
		unused   bool // the passkey was made in this session, and has proved nothing
	}{
		"forgotten":               {[]string{"swk", "user", "mfa"}, session.Full, 0, saved, "", another, Proven, "", false},
		"none any more":           {[]string{"pwd", "hwk", "user", "mfa"}, session.Full, 0, "", "", another, Proven, "", false},
		"ATK-033: the one before": {[]string{"swk", "user", "mfa"}, session.Full, 0, saved, "", inForce, "", Same, false},
		"typed and right":         {[]string{"swk", "user", "mfa"}, session.Full, 0, saved, inForce, another, Proven, "", false},
		"typed and wrong":         {[]string{"swk", "user", "mfa"}, session.Full, 0, saved, "no", another, Refused, "", false},
		"typed, where none is":    {[]string{"swk", "user", "mfa"}, session.Full, 0, "", "no", another, Refused, "", false},
		"ATK-065: proved by password": {
			[]string{"pwd", "otp", "mfa"}, session.Full, 0, saved, "", another, Refused, "", false},
		"ATK-065: proved long ago": {
			[]string{"swk", "user", "mfa"}, session.Full, session.Fresh, saved, "", another, Refused, "", false},
		"ATK-065: made, not used": {
			[]string{"pwd", "swk", "user", "mfa"}, session.Full, 0, saved, "", another, Refused, "", true},
		"to set up": {[]string{"swk", "user", "mfa"}, session.SetUp, 0, saved, "", another, Refused, "", false},
	} {
		w.hash = c.hash
		a := w.session(c.stage, c.proof...)
		a.Session.Proved = a.Session.Proved.Add(-c.age)
		w.factors.Passkeys = []credential.Passkey{{ID: "theirs", Used: a.Session.Proved}}
		if c.unused {
			w.factors.Passkeys[0].Used = time.Time{}
		}
		chosen, err := w.flow.ChangePassword(t.Context(), a, Choice{c.current, c.password, c.password})
		if err != nil || chosen.State != c.want || (c.fault != "") != slices.Contains(chosen.Faults, c.fault) {
			t.Errorf("%s: %+v, %v", name, chosen, err)
		}
		if (w.hash != c.hash) != (c.want == Proven) {
			t.Errorf("%s: saved is %v", name, w.hash != c.hash)
		}
	}
}

// A password that was asked for again is one of the proofs that the session rests on; it adds nothing that it was not.
func TestAPasswordProvesAgain(t *testing.T) {
	w := hashing(t)
	a := w.session(session.Full, session.BySoftware, session.Present)
	proof, err := w.flow.Prove(t.Context(), a, inForce)
	if err != nil || proof.State != Proven || !slices.Equal(proof.Session.Proof, []string{"swk", "user", "pwd"}) {
		t.Errorf("%+v, %v", proof, err)
	}
	if !slices.Equal(w.counted, []string{"password"}) {
		t.Errorf("counted are %v", w.counted)
	}
}
