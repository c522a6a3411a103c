package web_test

import (
	"strings"
	"testing"
	"time"

	"loquet/house/housetest"
	"loquet/store"
	"loquet/store/storetest"
)

const (
	town   = "famille.localhost:8080"
	school = "autoecole.localhost:8080"
	chosen = "Lilas-Bleu-74"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// want stops the test when an answer is not the expected redirect.
func want(t testing.TB, a housetest.Answer, status int, location string) {
	t.Helper()
	if a.Status != status || a.Location != location {
		t.Fatalf("got %d %q, want %d %q", a.Status, a.Location, status, location)
	}
}

// recovers leads a browser from « Mot de passe oublié » to a saved password.
func recovers(t *testing.T, f *housetest.Fixture, b *housetest.Browser, identifier, mailbox, password string) (temporary string) {
	t.Helper()
	temporary = asks(t, f, b, identifier, mailbox)
	want(t, b.Post("/signin", "identifier", identifier, "password", temporary), 303, "/renew")
	want(t, b.Post("/renew", "new_password", password, "confirm_password", password), 303, "/signin")
	return temporary
}

// asks posts « Mot de passe oublié » and reads the temporary password from the letter.
func asks(t *testing.T, f *housetest.Fixture, b *housetest.Browser, identifier, mailbox string) string {
	t.Helper()
	f.Quiet(t) // a notice of before is no answer
	before := f.Catcher.Total()
	want(t, b.Post("/recover", "identifier", identifier), 303, "/recover/sent")
	f.Quiet(t)
	return housetest.Secret(t, f.Letter(t, mailbox, before))
}

// TestWalkOfAFamily is the loop of the first seed, F1 to F8, over HTTP.
func TestWalkOfAFamily(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := housetest.New(t, db)
		b := f.Browser(t, town)
		want(t, b.Get("/"), 303, "/signin")
		for _, words := range []string{
			"Accès famille", "Identifiez-vous pour vous connecter à votre application enfance", "Identifiant", "Mot de passe",
			"Mot de passe oublié", "Connexion", "Plan du site",
		} {
			if page := b.Get("/signin"); page.Status != 200 || !strings.Contains(page.Body, words) {
				t.Errorf("the front page lacks %q", words)
			}
		}
		temporary := asks(t, f, b, storetest.Active, "claire.martin@orange.example")
		if sent := b.Get("/recover/sent"); !strings.Contains(sent.Body, "un mot de passe temporaire") {
			t.Error("the page after asking does not say what was sent")
		}
		// Blanks, missing hyphens and small letters are forgiven in the temporary password, and only there (F5).
		typed := " " + strings.ToLower(strings.ReplaceAll(temporary, "-", " ")) + " "
		want(t, b.Post("/signin", "identifier", storetest.Active, "password", typed), 303, "/renew")
		for _, path := range []string{"/home", "/account", "/settings", "/documents/x"} {
			want(t, b.Get(path), 303, "/renew")
		}
		if page := b.Get("/renew"); !strings.Contains(page.Body, "Choisissez votre mot de passe") {
			t.Error("the renewal page has no title")
		}
		want(t, b.Post("/renew", "new_password", chosen, "confirm_password", chosen), 303, "/signin")
		if page := b.Get("/signin"); !strings.Contains(page.Body, "identifier de nouveau") && !strings.Contains(page.Body, "enregistré") {
			t.Error("the sign-in page does not say that the password is saved")
		}
		want(t, b.Post("/signin", "identifier", storetest.Active, "password", chosen), 303, "/home")
		if page := b.Get("/home"); !strings.Contains(page.Body, "Bienvenue sur le portail famille") || !strings.Contains(page.Body, "Claire Martin") {
			t.Error("home does not welcome the person by name")
		}
		want(t, b.Post("/signout"), 303, "/signin")
		want(t, b.Get("/home"), 303, "/signin")
		f.Clock.Advance(time.Hour)
		recovers(t, f, b, storetest.Active, "claire.martin@orange.example", chosen+"5") // F8: the same for ever
		if err := db.VerifyJournal(t.Context(), f.Town.ID); err != nil {
			t.Error(err)
		}
	})
}
