package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// TestTheOldPasswordLivesUntilTheNewOneIsSaved follows ADR-0005 on each engine.
func TestTheOldPasswordLivesUntilTheNewOneIsSaved(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		choosing, other := f.Browser(t, town), f.Browser(t, town)
		temporary := asks(t, f, choosing, storetest.Active, claire)
		starts(t, choosing, storetest.Active, temporary)
		enters(t, other, storetest.Active, before) // the renewal is open, and nothing has changed
		if a := choosing.Get("/renew"); a.Status != 200 {
			t.Errorf("signing in elsewhere threw out whoever is choosing: %d", a.Status)
		}
		renews(t, choosing, chosen)
		if a := choosing.Get("/signin"); !strings.Contains(a.Body, "nouveau mot de passe est enregistré") ||
			!strings.Contains(a.Body, "Identifiez-vous de nouveau") {
			t.Error("the sign-in page does not say that the password is saved")
		}
		if a := choosing.Get("/home"); a.Location != "/signin" {
			t.Error("saving a password signs in")
		}
		want(t, other.Get("/home"), 303, "/signin") // closed at once
		refused(t, f.Browser(t, town), storetest.Active, before)
		enters(t, f.Browser(t, town), storetest.Active, chosen)
	})
}

func TestSigningInWithTheOldPasswordCancelsWhatWasMailed(t *testing.T) {
	for _, send := range organisation.Sends {
		t.Run(string(send), func(t *testing.T) {
			f := open(t)
			sends(t, f, send)
			knows(t, f, storetest.Active, before)
			b, thief := f.Browser(t, town), f.Browser(t, town)
			l := letter(t, f, thief, storetest.Active, claire)
			enters(t, b, storetest.Active, before)
			secret := housetest.Secret(t, l)
			if send == organisation.SendTemporary {
				a := thief.Post("/signin", "identifier", storetest.Active, "password", secret)
				if a.Status != 422 || thief.Cookie("loquet") != "" {
					t.Errorf("the temporary password got %d", a.Status)
				}
				return
			}
			if a := thief.Post("/enter", "code", secret); a.Status != 422 || !strings.Contains(a.Body, "plus récent") {
				t.Errorf("the code got %d", a.Status)
			}
			if send == organisation.SendLink {
				if a := thief.Post(strings.TrimPrefix(housetest.Link(t, l), "http://"+town)); a.Status != 422 {
					t.Errorf("the link got %d", a.Status)
				}
			}
		})
	}
}

// TestAWrongPasswordCancelsNothing keeps strangers from ending what the owner asked for.
func TestAWrongPasswordCancelsNothing(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	for range 20 {
		f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", "Faux-1")
	}
	starts(t, b, storetest.Active, temporary)
}

func TestTemporaryPasswordDiesAtItsTime(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	temporary := asks(t, f, b, storetest.Active, claire)
	f.Clock.Advance(24*time.Hour - time.Microsecond)
	starts(t, b, storetest.Active, temporary)
	second := asks(t, f, f.Browser(t, town), storetest.Active, claire)
	f.Clock.Advance(24 * time.Hour)
	refused(t, f.Browser(t, town), storetest.Active, second)
}

// TestATK033TheNewPasswordIsNew refuses the password in force and every temporary one, however it is typed.
func TestATK033TheNewPasswordIsNew(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	older := asks(t, f, b, storetest.Active, claire)
	temporary := asks(t, f, b, storetest.Active, claire)
	starts(t, b, storetest.Active, temporary)
	for _, secret := range []string{temporary, older} {
		for _, typed := range []string{
			secret, strings.ToLower(secret), mixed(secret), strings.ReplaceAll(mixed(secret), "-", ""),
			" " + strings.ReplaceAll(mixed(secret), "-", "\u202f") + "\u00a0", strings.ReplaceAll(mixed(secret), "-", "–"),
		} {
			a := b.Post("/renew", "new_password", typed, "confirm_password", typed)
			if a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q of %q was saved: %d", typed, secret, a.Status)
			}
			ruled := typed != secret && typed != strings.ToLower(secret) && strings.ContainsAny(secret, "23456789")
			if ruled && // else the rule of the town refuses it first
				!strings.Contains(a.Body, "ou le mot de passe temporaire") {
				t.Errorf("%q is refused without its reason", typed)
			}
		}
	}
	if a := b.Post("/renew", "new_password", before, "confirm_password", before); a.Status != 422 ||
		!strings.Contains(a.Body, "que vous aviez") {
		t.Errorf("the password in force: %d", a.Status)
	}
	renews(t, b, chosen)
	enters(t, b, storetest.Active, chosen)
}

// mixed writes a secret so that it has capitals, small letters and digits, as the town's policy asks.
func mixed(secret string) string {
	half := len(secret) / 2
	return strings.ToLower(secret[:half]) + secret[half:]
}

// TestTheOwnerIsToldAtEveryProvenAddress saves a password of someone with three addresses.
func TestTheOwnerIsToldAtEveryProvenAddress(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		owner := account.Account{
			ID: store.NewID(), Organisation: f.Town.ID, Identifier: "38180", GivenName: "Rose", Role: account.Famille,
			State: account.Active,
			Emails: []account.Email{
				{Address: "rose@free.example", Proven: true}, {Address: "rose.travail@mairie.example", Proven: true},
				{Address: "pas.la.sienne@gmail.example"},
			},
		}
		note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Target: owner.ID}
		if err := f.DB.CreateAccount(t.Context(), owner, "", note); err != nil {
			t.Fatal(err)
		}
		b := f.Browser(t, town)
		temporary := asks(t, f, b, "38180", "rose@free.example")
		starts(t, b, "38180", temporary)
		count := f.Catcher.Total()
		renews(t, b, chosen)
		f.Quiet(t)
		first, second := f.Letter(t, "rose@free.example", count), f.Letter(t, "rose.travail@mairie.example", count)
		for _, l := range []string{first.Text, second.Text} {
			if strings.Contains(l, chosen) || strings.Contains(l, temporary) || strings.Contains(l, "/enter/") {
				t.Error("the notice holds a secret")
			}
		}
		if n := f.Catcher.Total() - count; n != 2 || posted(f, "pas.la.sienne@gmail.example", "") != 0 {
			t.Errorf("%d notices, want one at each proven address", n)
		}
	})
}

// TestATK011ARecoveryConfirmsNoAddress: a secret that was sent to one address says nothing about another of the account.
func TestATK011ARecoveryConfirmsNoAddress(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		owner := account.Account{
			ID: store.NewID(), Organisation: f.Town.ID, Identifier: "38181", Role: account.Famille, State: account.Active,
			Emails: []account.Email{{Address: "rose@free.example", Proven: true}, {Address: "pas.la.sienne@gmail.example"}},
		}
		note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Target: owner.ID}
		if err := f.DB.CreateAccount(t.Context(), owner, "", note); err != nil {
			t.Fatal(err)
		}
		b := f.Browser(t, town)
		starts(t, b, "38181", asks(t, f, b, "38181", "rose@free.example"))
		a := b.Post("/renew", "new_password", chosen, "confirm_password", chosen, "email", "pas.la.sienne@gmail.example", "proven", "1")
		want(t, a, 303, "/signin")
		after, err := f.DB.Account(t.Context(), f.Town.ID, owner.ID)
		if err != nil {
			t.Fatal(err)
		}
		if proven := after.RecoveryEmails(); len(proven) != 1 || proven[0] != "rose@free.example" {
			t.Errorf("proven are %v", proven)
		}
	})
}

// TestLinkAndCode walks both other ways of recovery on each engine.
func TestLinkAndCode(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		sends(t, f, organisation.SendLink)
		b := f.Browser(t, town)
		path, code := link(t, f, b, storetest.Active, claire)
		for range 3 {
			if page := b.Get(path); page.Status != 200 || strings.Contains(page.Body, code) {
				t.Fatalf("the page of a link: %d", page.Status)
			}
			if head := asked(t, b, "HEAD", path, ""); head.Status != 200 || head.Body != "" {
				t.Fatalf("HEAD of a link: %d", head.Status)
			}
		}
		want(t, b.Post(path), 303, "/renew")
		renews(t, b, chosen)
		enters(t, b, storetest.Active, chosen)

		_, code = link(t, f, b, storetest.Active, claire)
		want(t, b.Post("/enter", "code", " "+strings.ToLower(strings.ReplaceAll(code, "-", " "))+"\u00a0"), 303, "/renew")
		renews(t, b, chosen+"2")

		sends(t, f, organisation.SendCode)
		if sent := b.Get("/recover/sent"); !strings.Contains(sent.Body, `href="/enter"`) {
			t.Error("the page after asking does not lead to where the code is typed")
		}
		l := letter(t, f, b, storetest.Active, claire)
		if strings.Contains(l.Text, "/enter/") {
			t.Error("a letter with a code holds a link as well")
		}
		want(t, b.Post("/enter", "code", housetest.Secret(t, l)), 303, "/renew")
		renews(t, b, chosen+"3")
		enters(t, b, storetest.Active, chosen+"3")
	})
}

// TestFirstAccessIsTheSameWay brings in somebody who never had a password (F9).
func TestFirstAccessIsTheSameWay(t *testing.T) {
	f := open(t)
	b := f.Browser(t, town)
	recovers(t, f, b, storetest.Invited, "ines.garcia@gmail.example", chosen)
	enters(t, b, storetest.Invited, chosen)
	if now := storetest.Person(t, f.DB, f.Town, storetest.Invited); now.State != account.Active {
		t.Errorf("the account is %s", now.State)
	}
}

// TestASharedMailboxKeepsPeopleApart recovers one of two adults who read the same mail (F10).
func TestASharedMailboxKeepsPeopleApart(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Father, before)
	b := f.Browser(t, town)
	recovers(t, f, b, storetest.Mother, storetest.Household, chosen)
	enters(t, f.Browser(t, town), storetest.Father, before)
	refused(t, f.Browser(t, town), storetest.Household, chosen) // the address says which mailbox, not who
	count := f.Catcher.Total()
	want(t, b.Post("/recover", "email", storetest.Household), 303, "/recover/sent")
	f.Quiet(t)
	if n := f.Catcher.Total() - count; n != 2 {
		t.Errorf("%d letters, want one for each adult", n)
	}
	want(t, b.Post("/identifier", "email", storetest.Household), 303, "/identifier/sent")
	f.Quiet(t)
	l := f.Letter(t, storetest.Household, count+2)
	if !strings.Contains(l.Text, storetest.Mother) || !strings.Contains(l.Text, storetest.Father) {
		t.Errorf("the letter does not list both identifiers:\n%s", l.Text)
	}
}
