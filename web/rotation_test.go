package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/signin"
	"loquet/store/storetest"
)

// stays signs a browser in with « je reste connecté(e) ».
func stays(t testing.TB, b *housetest.Browser, identifier, password string) {
	t.Helper()
	a := b.Post("/signin", "identifier", identifier, "password", password, "remember", "1")
	if a.Status != http.StatusSeeOther || a.Location != "/home" {
		t.Fatalf("signing in: %d %q", a.Status, a.Location)
	}
}

// in wants a browser to be in.
func in(t testing.TB, b *housetest.Browser) {
	t.Helper()
	if a := b.Get("/home"); a.Status != http.StatusOK || !strings.Contains(a.Body, "Claire Martin") {
		t.Fatalf("not in: %d %q", a.Status, a.Location)
	}
}

// closedForSafety wants a browser to be led to the sign-in page, which says why.
func closedForSafety(t testing.TB, b *housetest.Browser) string {
	t.Helper()
	if a := b.Get("/home"); a.Status != http.StatusSeeOther || a.Location != "/signin" {
		t.Fatalf("%d %q, want 303 /signin", a.Status, a.Location)
	}
	page := b.Get("/signin")
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Par prudence, cette connexion a été fermée") {
		t.Errorf("the sign-in page does not say what has happened:\n%s", page.Body)
	}
	return page.Body
}

func TestARememberedSessionChangesItsToken(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		b := f.Browser(t, town)
		stays(t, b, storetest.Active, before)
		first := b.Cookie("loquet")
		f.Clock.Advance(session.RotateAfter - time.Second)
		in(t, b)
		if b.Cookie("loquet") != first {
			t.Error("the token changed before its time")
		}
		f.Clock.Advance(time.Second)
		for _, path := range []string{"/help", "/signin", "/assets/x/y"} {
			b.Get(path)
		}
		b.Header.Set("Sec-Fetch-Dest", "iframe")
		b.Get("/home")
		b.Header.Del("Sec-Fetch-Dest")
		if b.Cookie("loquet") != first {
			t.Error("the token changed where no personal page is shown")
		}
		a := b.Get("/home")
		c := setCookie(a)["loquet"]
		if a.Status != 200 || c == nil || c.Value == first || !c.HttpOnly || c.Path != "/" || c.MaxAge <= 0 ||
			c.MaxAge > int((organisation.LongestRemember-session.RotateAfter)/time.Second) {
			t.Fatalf("%d, %+v", a.Status, c)
		}
		f.Clock.Advance(time.Minute)
		in(t, b)
		if b.Cookie("loquet") != c.Value {
			t.Error("the token changed again")
		}
		// Nothing lengthens the whole: it ends when it was to end.
		for range 31 {
			f.Clock.Advance(24 * time.Hour)
			b.Get("/home")
		}
		want(t, b.Get("/home"), 303, "/signin")
	})
}

func TestASessionThatIsNotRememberedKeepsItsToken(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	first := b.Cookie("loquet")
	for range 3 {
		f.Clock.Advance(session.RotateAfter)
		in(t, b)
	}
	if b.Cookie("loquet") != first {
		t.Error("the token has changed")
	}
}

// TestATK037ACopyEndsBothAndTellsTheOwner lets a thief come back with a copied cookie after the owner's next visit.
func TestATK037ACopyEndsBothAndTellsTheOwner(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		owner, tablet := f.Browser(t, town), f.Browser(t, town)
		stays(t, owner, storetest.Active, before)
		stays(t, tablet, storetest.Active, before)
		thief := owner.Clone()
		in(t, thief)
		f.Clock.Advance(session.RotateAfter)
		in(t, owner)
		in(t, owner)
		f.Clock.Advance(session.Overlap)
		count := f.Catcher.Total()
		closedForSafety(t, thief)
		f.Clock.Advance(signin.Fresh)
		if said := closedForSafety(t, owner); strings.Contains(said, "Martin") {
			t.Error("the page names the owner, whom the thief may not know")
		}
		closedForSafety(t, thief) // again, and nothing more happens
		in(t, tablet)             // another chain
		f.Quiet(t)
		if l := f.Letter(t, claire, count); !strings.Contains(l.Subject, "Par prudence") {
			t.Errorf("the letter: %q", l.Subject)
		}
		if n, m := written(t, f, audit.SessionStolen), f.Catcher.Total()-count; n != 1 || m != 1 {
			t.Errorf("%d entries and %d letters, want one of each", n, m)
		}
		enters(t, owner, storetest.Active, before)
	})
}

// TestATK037ACopyUsedBeforeTheOwnersSecondPage: the owner was shown one page only when the thief came.
func TestATK037ACopyUsedBeforeTheOwnersSecondPage(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	owner := f.Browser(t, town)
	stays(t, owner, storetest.Active, before)
	thief := owner.Clone()
	f.Clock.Advance(session.RotateAfter)
	in(t, owner)
	f.Clock.Advance(session.Overlap)
	in(t, thief) // as somebody would whose answer was lost
	f.Clock.Advance(time.Minute)
	closedForSafety(t, owner)
	closedForSafety(t, thief)
	if written(t, f, audit.SessionStolen) != 1 {
		t.Error("the journal does not say so once")
	}
}

// TestTabsAskAtTheSameMoment loads many tabs with one old token, and with one whose answer was lost.
func TestTabsAskAtTheSameMoment(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		b := f.Browser(t, town)
		stays(t, b, storetest.Active, before)
		for _, advance := range []time.Duration{session.RotateAfter, session.Overlap} {
			f.Clock.Advance(advance)
			lost := b.Clone()
			given := 0
			for _, a := range together(12, func(int) housetest.Answer { return lost.Clone().Get("/home") }) {
				if a.Status != 200 {
					t.Errorf("a tab got %d %q", a.Status, a.Location)
				}
				if setCookie(a)["loquet"] != nil {
					given++
				}
			}
			if given != 1 {
				t.Errorf("%d tokens were handed out, want 1", given)
			}
		}
		if written(t, f, audit.SessionStolen) != 0 {
			t.Error("tabs were taken for thieves")
		}
	})
}

// TestALostAnswerLosesNobody throws away the answer that brought the new token.
func TestALostAnswerLosesNobody(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	stays(t, b, storetest.Active, before)
	first := b.Cookie("loquet")
	for range 3 {
		f.Clock.Advance(session.RotateAfter)
		in(t, b.Clone()) // the answer goes nowhere
		if b.Cookie("loquet") != first {
			t.Fatal("the browser has heard of it")
		}
	}
	f.Clock.Advance(session.Overlap)
	if a := b.Post("/signin", "identifier", "", "password", ""); a.Status != 422 || b.Cookie("loquet") != first {
		t.Errorf("a form: %d", a.Status)
	}
	in(t, b)
	if b.Cookie("loquet") == first {
		t.Error("no new token")
	}
	f.Clock.Advance(time.Minute)
	in(t, b)
}

// TestATK037ATheftAndARotationAtTheSameMoment lets the thief and the owner ask at once: nobody keeps a way in.
func TestATK037ATheftAndARotationAtTheSameMoment(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		owner := f.Browser(t, town)
		stays(t, owner, storetest.Active, before)
		thief := owner.Clone()
		f.Clock.Advance(session.RotateAfter)
		in(t, owner)
		in(t, owner)
		f.Clock.Advance(session.RotateAfter) // the owner's token is due again, the thief's has come too late
		together(8, func(i int) housetest.Answer {
			if i%2 == 0 {
				return thief.Clone().Get("/home")
			}
			return owner.Get("/home")
		})
		f.Clock.Advance(session.Overlap + signin.Fresh)
		thief.Get("/home")
		f.Clock.Advance(signin.Fresh)
		closedForSafety(t, thief)
		closedForSafety(t, owner)
		if n := written(t, f, audit.SessionStolen); n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}

// TestATK038SigningOutEndsWhatAnotherTabWasGiven signs out with a token that was replaced a moment ago.
func TestATK038SigningOutEndsWhatAnotherTabWasGiven(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	stays(t, b, storetest.Active, before)
	f.Clock.Advance(session.RotateAfter)
	tab := b.Clone()
	in(t, tab)
	want(t, b.Post("/signout"), 303, "/signin")
	closed(t, tab, "/signin")
	closed(t, b, "/signin")
}

func TestATK039APolicyThatRemembersNobodyEndsWhatWasRemembered(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	b, plain := f.Browser(t, town), f.Browser(t, town)
	stays(t, b, storetest.Active, before)
	enters(t, plain, storetest.Active, before)
	o, err := f.DB.Organisation(t.Context(), f.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	given := o.Policy.Sessions[account.Famille]
	remembers := func(lasts time.Duration) {
		limits := given
		limits.Remember = lasts
		o.Policy.Sessions[account.Famille] = limits
		note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.PolicyChanged, Actor: audit.System}
		if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
			t.Fatal(err)
		}
		o.Version++
		f.Clock.Advance(signin.Fresh)
	}
	remembers(0)
	want(t, b.Get("/home"), 303, "/signin")
	in(t, plain)
	remembers(given.Remember)
	want(t, b.Get("/home"), 303, "/signin") // it has ended for good
	if written(t, f, audit.SessionsEnded) != 1 {
		t.Error("the journal does not say so once")
	}
}

// TestATK039TheLastDayEndsARememberedSession passes the date on which an account closes.
func TestATK039TheLastDayEndsARememberedSession(t *testing.T) {
	f := open(t)
	person := knows(t, f, storetest.Active, before)
	b := f.Browser(t, town)
	stays(t, b, storetest.Active, before)
	leaves := f.Clock.Now().Add(session.RotateAfter)
	err := f.DB.ApplyAdmin(t.Context(), admin.Change{
		Now: f.Clock.Now(), Organisation: f.Town.ID, Account: person.ID, Version: person.Version, Leaves: &leaves,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(session.RotateAfter - time.Microsecond)
	in(t, b)
	f.Clock.Advance(time.Microsecond)
	closed(t, b, "/signin")
}
