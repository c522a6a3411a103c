package web_test

import (
	"fmt"
	"strings"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/organisation"
	"loquet/profile"
	"loquet/store"
	"loquet/store/storetest"
)

// rules gives the form of the school's policy, with what changes in it.
func rules(version int64, change ...string) []string {
	return append([]string{
		"password_length", "8", "recovery_ask", "both", "recovery_send", "temporary-password", "recovery_lifetime", "1440",
		"idle_gerant", "60", "absolute_gerant", "720", "remember_gerant", "0", "idle_complet", "120", "absolute_complet", "720",
		"remember_complet", "7", "idle_moniteur", "120", "absolute_moniteur", "720", "remember_moniteur", "0",
		"version", fmt.Sprint(version),
	}, change...)
}

func plainText(body string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(body)
}

// C1: a manager's home counts those who have one way left, and the page names them with what would help; nobody else is
// told. What is counted is kept for a minute, and counted anew on the page.
func TestC1TheManagerHearsOfThoseWithOneWayLeft(t *testing.T) {
	f := open(t)
	b, _ := manager(t, f)
	home := plainText(b.Get("/home").Body)
	if !strings.Contains(home, "Vous êtes le seul gérant : nommez un second.") || strings.Contains(home, "qu’un chemin") {
		t.Error("the only Gérant is not told to name a second one, or people are counted who stand firmly")
	}
	lone := account.Account{
		ID: store.NewID(), Organisation: f.School.ID, Identifier: "AUTOECOLE.SEUL", GivenName: "Noé", FamilyName: "Sans-Courriel",
		Role: account.Moniteur, State: account.Active,
	}
	note := audit.Entry{Organisation: f.School.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System}
	if err := f.DB.CreateAccount(t.Context(), lone, storetest.Hash, note); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.Get("/home").Body, "chemin pour rentrer.") {
		t.Error("the count is made at each look")
	}
	page := b.Get("/settings/recovery")
	said := plainText(page.Body)
	for _, part := range []string{
		"4-4-1", "1 personne n’a plus deux chemins", "Noé Sans-Courriel", "un seul chemin",
		"Besoin d'aide si : identifiant oublié ou clé oubliée.", "/settings/users/" + lone.ID + "#email",
		"/settings/users/new?role=gerant",
	} {
		if part = strings.ReplaceAll(part, "'", "’"); page.Status != 200 || !strings.Contains(said, part) {
			t.Errorf("%d: the page does not say %q", page.Status, part)
		}
	}
	if home = plainText(b.Get("/home").Body); !strings.Contains(home, "1 personne de votre équipe n’a qu’un chemin pour rentrer.") {
		t.Error("home does not tell what the page has counted")
	}
	if !strings.Contains(b.Get("/settings").Body, `href="/settings/recovery"`) {
		t.Error("no line in the settings leads there")
	}
	if page := b.Get("/settings/users/new?role=gerant").Body; strings.Count(page, `value="gerant" checked`) != 1 {
		t.Error("the second Gérant's type is not chosen already")
	}
	knowsAt(t, f, f.School, storetest.Teacher, before)
	teacher := f.Browser(t, f.School.Host())
	enters(t, teacher, storetest.Teacher, before)
	if a := teacher.Get("/settings/recovery"); a.Status != 403 && a.Status != 404 || strings.Contains(a.Body, "Noé") {
		t.Errorf("a Moniteur gets %d", a.Status)
	}
	if strings.Contains(teacher.Get("/home").Body, "/settings/recovery") {
		t.Error("a Moniteur is told of it at home")
	}
}

// C1: rules that would leave somebody outside come back with their names, and nothing is saved before that was read.
func TestC1RulesThatStrandAreShownFirst(t *testing.T) {
	f := open(t)
	b, me := manager(t, f)
	const path = "/settings/policy"
	want(t, b.Post(path, rules(nowAt(t, f, f.School).Version, "second_gerant", "none", "grace", "14")...), 303, path)
	me = storetest.Person(t, f.DB, f.School, storetest.Manager)
	err := f.DB.ApplyProfile(t.Context(), profile.Change{
		Now: f.Clock.Now(), Organisation: f.School.ID, Account: me.ID, Factor: &credential.FactorChange{
			Version: me.Version, App: &credential.App{Seed: store.NewID(), Created: f.Clock.Now()},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	asks := rules(nowAt(t, f, f.School).Version, "second_gerant", "next-sign-in", "grace", "14")
	a := b.Post(path, asks...)
	said := plainText(a.Body)
	if a.Status != 422 || !strings.Contains(said, me.Name()) || !strings.Contains(said, "1 personne serait à une perte") ||
		!strings.Contains(said, `name="confirm" value="1"`) || !strings.Contains(said, `href="#stranded"`) {
		t.Errorf("%d: the rules come back without saying whom they strand", a.Status)
	}
	_, form, _ := strings.Cut(said, `action="/settings/policy"`)
	_, first, _ := strings.Cut(form, "<button")
	if first, _, _ = strings.Cut(first, ">"); first == "" || strings.Contains(first, "confirm") {
		t.Error("the key Enter saves anyway")
	}
	if got := nowAt(t, f, f.School).Policy.SecondFor(account.Gerant).Demand; got != organisation.NotOffered {
		t.Errorf("saved before it was read: %s", got)
	}
	want(t, b.Post(path, append(asks, "confirm", "1")...), 303, path)
	if got := nowAt(t, f, f.School).Policy.SecondFor(account.Gerant).Demand; got != organisation.AtNextSignIn {
		t.Errorf("not saved though it was confirmed: %s", got)
	}
	entries, err := f.DB.Journal(t.Context(), f.School.ID, 1, 1000)
	if err != nil || !strings.HasSuffix(entries[len(entries)-1].Detail, "stranded") {
		t.Errorf("the journal ends with %+v, %v", entries[len(entries)-1], err)
	}
}
