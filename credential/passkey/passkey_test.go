package passkey

import (
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"loquet/credential"
	"loquet/credential/passkey/passkeytest"
)

var (
	now   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	party = Party{Host: "famille.example", Origin: "https://famille.example:8443", Name: "Portail « Familles »"}
	owner = Owner{Handle: Handle("o", "a"), Name: "38162", Display: "Léa Ó Briain"}
)

const (
	organisation = "o"
	session      = "s"
)

func forge(t testing.TB) *credential.Forge {
	t.Helper()
	f, err := credential.NewForge([]byte("a forge's key of 32 random bytes"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// created has the device make a passkey and answers as a flow would: whether the challenge is met comes first.
func created(t testing.TB, f *credential.Forge, device *passkeytest.Authenticator) (credential.Passkey, error) {
	t.Helper()
	challenge := f.Challenge(credential.CreatePasskey, organisation, session, now)
	options, err := CreateOptions(party, owner, challenge, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCreated(device.Create(options, party.Origin))
	if err != nil {
		return credential.Passkey{}, err
	}
	if _, ok := f.Meets(credential.CreatePasskey, organisation, session, c.Challenge, now); !ok {
		return credential.Passkey{}, Refused{stepChallenge}
	}
	return c.Check(party, owner)
}

// signed has the device sign and answers as a flow would.
func signed(
	t testing.TB, f *credential.Forge, device *passkeytest.Authenticator, k credential.Passkey, verify bool,
) (Signed, error) {
	t.Helper()
	challenge := f.Challenge(credential.ProveByPasskey, organisation, session, now)
	options, err := RequestOptions(party, challenge, false, nil) // so that the device answers even when it should not
	if err != nil {
		t.Fatal(err)
	}
	a, err := Read(device.Get(options, party.Origin))
	if err != nil {
		return Signed{}, err
	}
	if _, ok := f.Meets(credential.ProveByPasskey, organisation, session, a.Challenge, now); !ok {
		return Signed{}, Refused{stepChallenge}
	}
	return a.Check(party, owner.Handle, k, verify)
}

// step gives the step at which an answer was refused; "" when it was accepted.
func step(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refused Refused
	if !errors.As(err, &refused) || !slices.Contains(Steps, refused.Step) {
		t.Fatalf("%v is not one of the refusals", err)
	}
	return refused.Step
}

func TestPasskeyOfEachAlgorithm(t *testing.T) {
	f := forge(t)
	for name, algorithm := range map[string]int64{
		"ES256": passkeytest.ES256, "EdDSA": passkeytest.EdDSA, "RS256": passkeytest.RS256,
	} {
		for _, format := range []string{"none", "packed"} {
			t.Run(name+" "+format, func(t *testing.T) {
				device := passkeytest.New(party.Host)
				device.Algorithm, device.Format = algorithm, format
				k, err := created(t, f, device)
				if err != nil {
					t.Fatal(err)
				}
				if k.Host != party.Host || k.Count != 1 || !k.Verifies || k.Synced || k.BackedUp || k.Model != "" ||
					k.Name != "" || !slices.Equal(k.Transports, []string{"internal", "hybrid"}) {
					t.Errorf("the passkey is %+v", k)
				}
				if k.Organisation != "" || k.Account != "" || !k.Created.IsZero() || !k.Used.IsZero() {
					t.Errorf("the passkey says what only the flow knows: %+v", k)
				}
				for count := uint32(2); count < 5; count++ {
					got, err := signed(t, f, device, k, true)
					if want := (Signed{Count: count, Verified: true}); err != nil || got != want {
						t.Fatalf("the answer says %+v, %v; want %+v", got, err, want)
					}
					k.Count = got.Count
				}
			})
		}
	}
}

// Passkeys that are copied to other devices do not count, and say so.
func TestPasskeyWithCopies(t *testing.T) {
	f := forge(t)
	device := passkeytest.New(party.Host)
	device.Counts, device.Flags = false, passkeytest.Present|passkeytest.Verified|passkeytest.Eligible
	device.Model = "\xea\x9b\x8d\x66\x4d\x01\x1d\x21\x3c\xe4\xb6\xb4\x8c\xb5\x75\xd4"
	k, err := created(t, f, device)
	if err != nil || !k.Synced || k.BackedUp || k.Count != 0 {
		t.Fatalf("the passkey is %+v: %v", k, err)
	}
	if k.Model != "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4" || k.Name != "Google Password Manager" {
		t.Errorf("the model is %q, the name %q", k.Model, k.Name)
	}
	for _, backedUp := range []bool{false, true, false} {
		device.Flags &^= passkeytest.BackedUp
		if backedUp {
			device.Flags |= passkeytest.BackedUp
		}
		got, err := signed(t, f, device, k, true)
		if want := (Signed{BackedUp: backedUp, Verified: true}); err != nil || got != want {
			t.Errorf("the answer says %+v, %v; want %+v", got, err, want)
		}
	}
}

// Whether the authenticator checks the person is said by each answer, whatever it did when the passkey was made.
func TestVerificationIsOfTheAnswer(t *testing.T) {
	f := forge(t)
	for _, then := range []bool{false, true} {
		device := passkeytest.New(party.Host)
		device.Flags = passkeytest.Present
		if then {
			device.Flags |= passkeytest.Verified
		}
		k, err := created(t, f, device)
		if err != nil || k.Verifies != then {
			t.Fatalf("the passkey is %+v: %v", k, err)
		}
		for _, is := range []bool{false, true} {
			device.Flags = passkeytest.Present
			if is {
				device.Flags |= passkeytest.Verified
			}
			got, err := signed(t, f, device, k, false)
			if err != nil || got.Verified != is {
				t.Errorf("made with %v, used with %v: %+v, %v", then, is, got, err)
			}
			if _, err := signed(t, f, device, k, true); (err == nil) != is {
				t.Errorf("made with %v, used with %v where it is asked: %v", then, is, err)
			}
		}
	}
}

// Accounts keep their handle for ever: it is on their devices.
func TestHandle(t *testing.T) {
	const want = "a9f38fd86c3993cac570d88e04d6473deb75f27e1a4f0baeab40e9f3dac52508"
	if got := hex.EncodeToString(Handle("o", "a")); got != want {
		t.Errorf("the handle is %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, of := range [][2]string{{"o", "a"}, {"o", "b"}, {"p", "a"}, {"oa", ""}, {"", "oa"}, {"", ""}} {
		h := string(Handle(of[0], of[1]))
		if len(h) != 32 || seen[h] {
			t.Errorf("%q has the handle %x", of, h)
		}
		seen[h] = true
	}
}

// ATK-067: what Check is told it does not believe more than what was signed, and nobody owns no passkey.
func TestATK067CheckTrustsNoCaller(t *testing.T) {
	f := forge(t)
	device := passkeytest.New(party.Host)
	k, err := created(t, f, device)
	if err != nil {
		t.Fatal(err)
	}
	use := func(change func(*passkeytest.Parts)) Answer {
		device.Change = change
		options, err := RequestOptions(party, "AAAA", true, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Read(device.Get(options, party.Origin))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	noHandle := func(p *passkeytest.Parts) { p.Handle = nil }
	if _, err := use(noHandle).Check(party, owner.Handle, k, true); err != nil {
		t.Errorf("an answer that names no owner gives %v", err)
	}
	other, renamed, another := use(nil), use(nil), k
	other.Challenge, renamed.ID, another.ID = "BBBB", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA"
	for _, c := range []struct {
		answer Answer
		owner  []byte
		key    credential.Passkey
		want   string
	}{
		{use(func(p *passkeytest.Parts) { p.Client["challenge"] = "" }), owner.Handle, k, stepChallenge},
		{other, owner.Handle, k, stepChallenge},
		{renamed, owner.Handle, another, stepID},
		{use(noHandle), nil, k, stepHandle},
		{use(nil), nil, k, stepHandle},
	} {
		if _, err := c.answer.Check(party, c.owner, c.key, true); step(t, err) != c.want {
			t.Errorf("%q of %q gives %v, want %s", c.answer.ID, c.owner, err, c.want)
		}
	}
	options, err := CreateOptions(party, owner, "AAAA", nil)
	if err != nil {
		t.Fatal(err)
	}
	device.Change = nil
	c, err := ReadCreated(device.Create(options, party.Origin))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(party, Owner{Name: owner.Name}); step(t, err) != stepHandle {
		t.Errorf("a passkey of nobody gives %v", err)
	}
	c.Challenge = "BBBB"
	if _, err := c.Check(party, owner); step(t, err) != stepChallenge {
		t.Errorf("another challenge gives %v", err)
	}
}

// What was never read is no answer.
func TestNothingIsNoAnswer(t *testing.T) {
	if _, err := (Answer{}).Check(party, owner.Handle, credential.Passkey{}, false); step(t, err) != stepShape {
		t.Error(err)
	}
	if _, err := (Created{}).Check(party, owner); step(t, err) != stepShape {
		t.Error(err)
	}
}

func TestRefusedSaysItsStep(t *testing.T) {
	if got := (Refused{stepCount}).Error(); got != "the passkey's answer is refused: count" {
		t.Error(got)
	}
}
