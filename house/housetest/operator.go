package housetest

import (
	"net/http"
	"strings"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/store"
)

// PlatformHost is where the platform of a house under test answers.
const PlatformHost = "localhost:8080"

// OperatorPassword is the password of operators that Operator has made.
const OperatorPassword = "Guichet-Calme-du-Mardi-19"

// Platform settles the platform and gives it as it is kept.
func (f *Fixture) Platform(t testing.TB) organisation.Organisation {
	t.Helper()
	o, err := f.SettlePlatform(t.Context(), []string{PlatformHost})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// PlatformPerson makes somebody of a role on the platform, whose password is OperatorPassword.
func (f *Fixture) PlatformPerson(t testing.TB, identifier string, role account.Role) account.Account {
	t.Helper()
	o := f.Platform(t)
	hash, err := f.Hasher.Hash(t.Context(), OperatorPassword)
	if err != nil {
		t.Fatal(err)
	}
	person := account.Account{
		ID: store.NewID(), Organisation: o.ID, Identifier: identifier, FamilyName: identifier, Role: role,
		State: account.Active, Emails: []account.Email{{Address: strings.ToLower(identifier) + "@loquet.example", Proven: true}},
	}
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System, Target: person.ID}
	if err := f.DB.CreateAccount(t.Context(), person, hash, note); err != nil {
		t.Fatal(err)
	}
	if person, err = f.DB.Account(t.Context(), o.ID, person.ID); err != nil {
		t.Fatal(err)
	}
	return person
}

// Operator makes an operator, and gives a browser in which they are signed in by a password and an app.
func (f *Fixture) Operator(t testing.TB, identifier string) (*Browser, account.Account, App) {
	t.Helper()
	person := f.PlatformPerson(t, identifier, account.Operator)
	b := f.Browser(t, PlatformHost)
	a := b.Post("/signin", "identifier", identifier, "password", OperatorPassword)
	if a.Status != http.StatusSeeOther || a.Location != "/account/factors" {
		t.Fatalf("an operator's first sign-in: %d %q", a.Status, a.Location)
	}
	app := f.AddApp(t, b)
	return b, person, app
}
