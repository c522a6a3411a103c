package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/profile"
	"loquet/store"
	"loquet/store/storetest"
)

// kind is one kind of people that strangers must not be able to tell apart.
type kind struct {
	name   string
	person account.Account // what its people have in common
	mail   bool
	hashed bool
	proofs func(account string) credential.FactorChange // beside the password; nil for none
}

// kinds lists them; of unknown people there is no account at all.
var kinds = []kind{
	{"active", account.Account{State: account.Active}, true, true, nil},
	{"locked", account.Account{State: account.Locked}, true, true, nil},
	{"disabled", account.Account{State: account.Disabled}, true, true, nil},
	{"no e-mail", account.Account{State: account.Active}, false, true, nil},
	{"invited", account.Account{State: account.Invited}, true, false, nil},
	{"must renew", account.Account{State: account.Active, MustRenew: true}, true, true, nil},
	{"app asked", account.Account{State: account.Active}, true, true, func(id string) credential.FactorChange {
		return credential.FactorChange{App: &credential.App{Seed: id}, Second: new(true)}
	}},
	{"passkey only", account.Account{State: account.Active}, true, false, func(id string) credential.FactorChange {
		return credential.FactorChange{Add: passkeyOf(id)}
	}},
	{"second switched on", account.Account{State: account.Active}, true, true, func(id string) credential.FactorChange {
		return credential.FactorChange{
			Add: passkeyOf(id), Second: new(true), Batch: id, Codes: []credential.PrintedCode{{Digest: id}},
		}
	}},
}

func passkeyOf(id string) *credential.Passkey {
	return &credential.Passkey{ID: id, Account: id, Host: "famille.localhost", Key: []byte(id), Verifies: true}
}

// typedBy gives what the nth person of a kind types: the identifier and the address, of the same length for everybody.
func typedBy(k, n int) (identifier, email string) {
	return fmt.Sprintf("QZ-%c-%04d", 'P'+k, n), fmt.Sprintf("%c%04d@orange.example", 'p'+k, n)
}

// unknown is the number of a kind that nobody is of.
const unknown = -1

// crowd puts so many people of each kind into the town, all with one password that nobody types.
func crowd(t testing.TB, f *housetest.Fixture, each int) {
	t.Helper()
	hash, err := f.Hasher.Hash(t.Context(), "personne-ne-le-tape-7")
	if err != nil {
		t.Fatal(err)
	}
	var all []store.NewAccount
	for k, kind := range kinds {
		for n := range each {
			p := kind.person
			p.ID, p.Organisation, p.Role, p.GivenName = store.NewID(), f.Town.ID, account.Famille, "Alix"
			identifier, email := typedBy(k, n)
			p.Identifier = identifier
			if kind.mail {
				p.Emails = []account.Email{{Address: email, Proven: true}}
			}
			one := store.NewAccount{Account: p, Note: audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now()}}
			if kind.hashed {
				one.Hash = hash
			}
			all = append(all, one)
		}
	}
	if err := f.DB.CreateAccounts(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for i, one := range all {
		if proofs := kinds[i/each].proofs; proofs != nil {
			has(t, f, one.Account, proofs(one.Account.ID))
		}
	}
}

// has gives somebody of the town proofs beside the password.
func has(t testing.TB, f *housetest.Fixture, who account.Account, proofs credential.FactorChange) {
	t.Helper()
	proofs.Version = storetest.Person(t, f.DB, f.Town, who.Identifier).Version
	change := profile.Change{Now: f.Clock.Now(), Organisation: f.Town.ID, Account: who.ID, Factor: &proofs}
	if err := f.DB.ApplyProfile(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// doors are the forms that a stranger may fill in, with what goes into them.
var doors = []struct {
	name, path string
	fields     func(identifier, email string) []string
}{
	{"sign-in", "/signin", func(id, _ string) []string { return []string{"identifier", id, "password", "Faux-Faux-1"} }},
	{"sign-in by address", "/signin", func(_, email string) []string {
		return []string{"identifier", email, "password",
			"Faux-Faux-1"}
	}},
	{"recovery", "/recover", func(id, _ string) []string { return []string{"identifier", id} }},
	{"recovery by address", "/recover", func(_, email string) []string { return []string{"email", email} }},
	{"recovery by both", "/recover", func(id, email string) []string {
		return []string{"identifier", id, "email",
			email}
	}},
	{"identifier", "/identifier", func(_, email string) []string { return []string{"email", email} }},
	{"code", "/enter", func(id, _ string) []string { return []string{"code", id} }},
}

// TestATK025ATK028EverybodyGetsTheSameAnswer fills in every form of the door, until it says to wait and after, for each
// kind of people and for nobody: status, headers and bytes are the same.
func TestATK025ATK028EverybodyGetsTheSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		crowd(t, f, len(doors))
		f.Recovery.Limits.Given.Burst = 1_000_000
		f.SignIn.Limits.Typed[0].Burst, f.Recovery.Limits.Letters[0].Burst = 3, 3
		for n, door := range doors {
			heard := func(k int) (all []string) {
				identifier, email := typedBy(k, n)
				b := f.Browser(t, town)
				for range 5 {
					all = append(all, told(b.Post(door.path, door.fields(identifier, email)...), identifier, email))
				}
				f.Quiet(t)
				all = append(all, told(b.Get(door.path)), told(b.Get("/recover/sent")), told(b.Get("/identifier/sent")))
				return all
			}
			nobody := heard(unknown)
			for k, kind := range kinds {
				for try, answer := range heard(k) {
					if answer != nobody[try] {
						t.Errorf("%s: try %d of %s differs from nobody's:\n%s", door.name, try+1, kind.name, difference(answer,
							nobody[try]))
						break
					}
				}
			}
		}
	})
}

// TestENUM06ENUM07NobodyIsToldOfSecondProofs: the sign-in page and the options that a passkey is asked with are the
// same bytes for everybody, but for the challenge; what is asked next is told after the right password only.
func TestENUM06ENUM07NobodyIsToldOfSecondProofs(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		failed := f.Browser(t, town)
		refused(t, failed, storetest.Active, "Faux-Faux-1")
		waiting := pends(t, f, storetest.Active, before)
		want(t, p.b.Post("/signout"), 303, "/signin")
		p.b.Get("/signin") // says once that one has left
		first := f.Browser(t, town)
		page, options := told(first.Get("/signin")), withoutChallenge(t, first.Get("/signin/passkey"))
		if strings.Contains(options, "allowCredentials") {
			t.Error("the options name passkeys")
		}
		for name, b := range map[string]*housetest.Browser{
			"a stranger": f.Browser(t, town), "after a wrong password": failed, "who waits for a second proof": waiting,
			"who has left": p.b,
		} {
			if got := told(b.Get("/signin")); got != page {
				t.Errorf("%s: the page: %s", name, difference(got, page))
			}
			if got := withoutChallenge(t, b.Get("/signin/passkey")); got != options {
				t.Errorf("%s: the options: %s", name, difference(got, options))
			}
		}
	})
}

func withoutChallenge(t testing.TB, a housetest.Answer) string {
	t.Helper()
	var asked struct{ Challenge string }
	if err := json.Unmarshal(housetest.Options(t, a), &asked); err != nil || len(asked.Challenge) < 22 {
		t.Fatalf("the options %q: %v", a.Body, err)
	}
	return told(a, asked.Challenge)
}

// difference shows two answers around the first byte in which they differ.
func difference(a, b string) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	return fmt.Sprintf("…%.120q\n…%.120q", a[max(0, at-40):], b[max(0, at-40):])
}

// TestASecretOfElsewhereIsNobodys types at the school what was issued by the town: it is told as if it had never been.
func TestASecretOfElsewhereIsNobodys(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	path, code := link(t, f, f.Browser(t, town), storetest.Active, claire)
	never := "2222-3333-4444"
	elsewhere, nowhere := f.Browser(t, school).Post("/enter", "code", code), f.Browser(t, school).Post("/enter", "code",
		never)
	if got, wanted := told(elsewhere, code), told(nowhere, never); got != wanted {
		t.Errorf("a code: %s", difference(got, wanted))
	}
	token := "/enter/" + strings.Repeat("A", 43)
	for _, method := range []string{"GET", "POST"} {
		got := told(asked(t, f.Browser(t, school), method, "http://"+school+path, ""), path)
		if wanted := told(asked(t, f.Browser(t, school), method, "http://"+school+token, ""), token); got != wanted {
			t.Errorf("a link: %s", difference(got, wanted))
		}
	}
	want(t, f.Browser(t, town).Post(path), 303, "/renew")
}

// TestTheStateIsToldToItsOwnerOnly gives the right password of closed accounts, and asks by mail (ENUM-12).
func TestTheStateIsToldToItsOwnerOnly(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	knows(t, f, storetest.Locked, before)
	if a := b.Post("/signin", "identifier", storetest.Locked, "password", before); a.Status != 422 ||
		!strings.Contains(a.Body, "Ce compte est fermé") {
		t.Errorf("the right password of a closed account: %d", a.Status)
	}
	want(t, b.Post("/recover", "identifier", storetest.Locked), 303, "/recover/sent")
	f.Quiet(t)
	if l := f.Letter(t, marc, 0); strings.Contains(l.Text, "/enter/") ||
		strings.Contains(l.Text, "Mot de passe temporaire :") {
		t.Error("the letter to a closed account holds a secret")
	}
	want(t, b.Post("/recover", "identifier", storetest.NoEmail), 303, "/recover/sent")
	f.Quiet(t)
	if written(t, f, audit.RecoveryRefused) == 0 {
		t.Error("the journal does not say that somebody could not be written to")
	}
}
