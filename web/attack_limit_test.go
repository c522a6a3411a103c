package web_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/config"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

// TestATK019ParallelGuesses tries 200 wrong passwords at the same moment, and then the right one.
func TestATK019ParallelGuesses(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		answers := together(200, func(i int) housetest.Answer {
			return f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", fmt.Sprint("Faux-", i))
		})
		checked, waiting := 0, 0
		for _, a := range answers {
			switch a.Status {
			case 422:
				checked++
			case 429:
				waiting++
			}
		}
		if verified := written(t, f, audit.SignInRefused); verified != checked || verified > 10 || checked+waiting != 200 {
			t.Errorf("%d passwords were checked, %d answers say so and %d are to wait", verified, checked, waiting)
		}
		b := f.Browser(t, town)
		if a := b.Post("/signin", "identifier", storetest.Active, "password", before); a.Status != 429 {
			t.Errorf("the right password got %d at try 201, want 429", a.Status)
		}
		// The owner still gets in by mail, and the finished renewal ends the wait.
		recovers(t, f, b, storetest.Active, claire, chosen)
		enters(t, b, storetest.Active, chosen)
	})
}

func TestATK020SpellingsShareOneCount(t *testing.T) {
	f := open(t)
	for _, spellings := range [][]string{
		{"AGENT.ENFANCE", "agent.enfance", " Agent.Enfance ", "AGENT .ENFANCE", "ＡＧＥＮＴ.ENFANCE", "agent\u200b.enfance"},
		{claire, strings.ToUpper(claire), " " + claire + " ", "claire.martin@ORANGE.example"},
		{"06 12 34 56 78", "0612345678", "+33612345678", "06.12.34.56.78", "0033 6 12 34 56 78"},
	} {
		allowed := 0
		for i := range 30 {
			a := f.Browser(t, town).Post("/signin", "identifier", spellings[i%len(spellings)], "password", "Faux-1")
			if a.Status == 422 {
				allowed++
			}
		}
		if allowed != 10 {
			t.Errorf("%q and its spellings had %d tries, want 10", spellings[0], allowed)
		}
	}
}

// TestATK021ForwardedAddressIsBelievedFromProxiesOnly tells the address by the count that it falls under.
func TestATK021ForwardedAddressIsBelievedFromProxiesOnly(t *testing.T) {
	forged := func(f *housetest.Fixture, header, value string) housetest.Answer {
		return asked(t, f.Browser(t, town), "POST", "/enter", "code=2222-3333-4444", header, value)
	}
	t.Run("no proxy is trusted", func(t *testing.T) {
		f := open(t)
		f.Recovery.Limits.Given.Burst = 3
		for i, header := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP",
			"X-Forwarded-For"} {
			status := 422
			if i >= 3 {
				status = 429
			}
			value := fmt.Sprintf("198.51.100.%d", i)
			if header == "Forwarded" {
				value = "for=" + value
			}
			if a := forged(f, header, value); a.Status != status {
				t.Errorf("try %d with %s: %d, want %d", i, header, a.Status, status)
			}
		}
		if a := forged(f, "X-Forwarded-For", "not an address"); a.Status != 429 {
			t.Errorf("an unreadable X-Forwarded-For of a stranger: %d, want it not to be looked at", a.Status)
		}
	})
	t.Run("the proxy on this machine is trusted", func(t *testing.T) {
		f := open(t, func(s *config.Settings) { s.TrustedProxies = []string{"127.0.0.1", "10.0.0.0/8"} })
		f.Recovery.Limits.Given.Burst = 3
		for i := range 9 {
			status := 422
			if i >= 3 {
				status = 429 // what a browser writes in front of the proxy's own entry is not believed
			}
			if a := forged(f, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d, 203.0.113.9, 10.1.2.3", i)); a.Status != status {
				t.Errorf("try %d: %d, want %d", i, a.Status, status)
			}
		}
		if a := forged(f, "X-Forwarded-For", "203.0.113.10"); a.Status != 422 {
			t.Errorf("another address waits too: %d", a.Status)
		}
		for _, unreadable := range []string{"unknown", "203.0.113.9:80x", "<script>", "203.0.113.999",
			"198.51.100.1, _hidden"} {
			if a := forged(f, "X-Forwarded-For", unreadable); a.Status != 400 {
				t.Errorf("X-Forwarded-For %q: %d, want 400", unreadable, a.Status)
			}
		}
	})
}

// TestATK022AClosedAccountIsClosedOnEveryPath tries each way in that exists.
func TestATK022AClosedAccountIsClosedOnEveryPath(t *testing.T) {
	for _, state := range []account.State{account.Locked, account.Disabled} {
		t.Run(string(state), func(t *testing.T) {
			f := open(t)
			sends(t, f, organisation.SendLink)
			knows(t, f, storetest.Active, before)
			inside, choosing, b := f.Browser(t, town), f.Browser(t, town), f.Browser(t, town)
			path, _ := link(t, f, choosing, storetest.Active, claire)
			want(t, choosing.Post(path), 303, "/renew")
			enters(t, inside, storetest.Active, before)
			path, code := link(t, f, b, storetest.Active, claire)
			becomes(t, f, storetest.Active, state)
			f.Clock.Advance(time.Second) // what every node may remember of a session

			want(t, inside.Get("/home"), 303, "/signin")
			if a := inside.Get("/documents/x"); !strings.HasPrefix(a.Location, "/signin") {
				t.Errorf("a session of a closed account: %d %q", a.Status, a.Location)
			}
			want(t, choosing.Get("/renew"), 303, "/signin")
			renews(t, choosing, chosen)
			for _, a := range []housetest.Answer{
				b.Post("/signin", "identifier", storetest.Active, "password", before), b.Post(path), b.Post("/enter", "code", code),
			} {
				if a.Status != 422 || setCookie(a)["loquet"] != nil {
					t.Errorf("%d %q", a.Status, a.Location)
				}
			}
			count := f.Catcher.Total()
			want(t, b.Post("/recover", "identifier", storetest.Active), 303, "/recover/sent")
			f.Quiet(t)
			if l := f.Letter(t, claire, count); strings.Contains(l.Text, "/enter/") {
				t.Error("the letter to a closed account holds a way in")
			}
			if written(t, f, audit.PasswordRenewed) != 0 {
				t.Error("a closed account got a new password")
			}
		})
	}
}

// TestATK023LockingOutTheOwner tries wrong passwords until the owner's right one waits too: the owner still gets in by
// what is mailed, open sessions live on, and the wait ends by itself.
func TestATK023LockingOutTheOwner(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.Active, before)
	inside, owner, thief := f.Browser(t, town), f.Browser(t, town), f.Browser(t, town)
	enters(t, inside, storetest.Active, before)
	var last housetest.Answer
	for range 40 {
		last = thief.Post("/signin", "identifier", storetest.Active, "password", "Faux-1")
	}
	if last.Status != 429 {
		t.Fatalf("40 wrong tries end with %d", last.Status)
	}
	if a := inside.Get("/home"); a.Status != 200 {
		t.Errorf("an open session was thrown out: %d", a.Status)
	}
	seconds, err := strconv.Atoi(last.Header.Get("Retry-After"))
	if err != nil || seconds < 1 || seconds > 3600 {
		t.Fatalf("Retry-After: %q", last.Header.Get("Retry-After"))
	}
	temporary := asks(t, f, owner, storetest.Active, claire)
	starts(t, owner, storetest.Active, temporary)
	f.Clock.Advance(time.Duration(seconds) * time.Second)
	enters(t, f.Browser(t, town), storetest.Active, before)
}

// TestATK024LettersAreFew asks every other minute for three hours, by each of the two forms and by both in turn.
func TestATK024LettersAreFew(t *testing.T) {
	for _, paths := range [][]string{{"/recover"}, {"/identifier"}, {"/recover", "/identifier"}} {
		f := open(t)
		b := f.Browser(t, town)
		var came []int // letters of each minute
		pages := map[string]string{}
		for minute := range 180 {
			count := f.Catcher.Total()
			if path := paths[minute/2%len(paths)]; minute%2 == 0 {
				page := told(b.Post(path, "email", claire))
				if pages[path] == "" {
					pages[path] = page
				}
				if page != pages[path] {
					t.Fatalf("%s: the answer changed in minute %d: %s", path, minute, difference(page, pages[path]))
				}
				f.Quiet(t)
			}
			came = append(came, f.Catcher.Total()-count)
			f.Clock.Advance(time.Minute)
		}
		least, most := 180, 0
		for hour := range came[60:] {
			n := 0
			for _, letters := range came[hour : hour+60] {
				n += letters
			}
			least, most = min(least, n), max(most, n)
		}
		t.Logf("%v: %d to %d letters in any hour", paths, least, most)
		if least < 3 || most > 10 {
			t.Errorf("%v: %d to %d letters in an hour, want three at least and ten at most", paths, least, most)
		}
	}
}

// TestATK078LongAndManyPasswordsCostLittle sends bodies and passwords past every size, and more at once than one
// processor can check.
func TestATK078LongAndManyPasswordsCostLittle(t *testing.T) {
	f := open(t, func(s *config.Settings) { s.HashParallel, s.HashWait = 1, time.Nanosecond })
	b := f.Browser(t, town)
	for _, size := range []int{16<<10 + 1, 1 << 20} {
		if a := b.PostBody("/signin", form, "identifier=38162&password="+strings.Repeat("a", size)); a.Status != 413 {
			t.Errorf("a body of %d bytes: %d", size, a.Status)
		}
	}
	if a := b.Post("/signin", "identifier", "38162", "password", strings.Repeat("a", 15<<10)); a.Status != 422 {
		t.Errorf("a password of 15 KiB: %d", a.Status)
	}
	answers := together(60, func(i int) housetest.Answer {
		return f.Browser(t, town).Post("/signin", "identifier", fmt.Sprint(40000+i), "password", "Faux-1")
	})
	busy := 0
	for _, a := range answers {
		switch a.Status {
		case http.StatusServiceUnavailable:
			busy++
			if n, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || n < 1 {
				t.Errorf("503 with Retry-After %q", a.Header.Get("Retry-After"))
			}
			if !strings.Contains(a.Body, "<title>Erreur") || strings.Contains(a.Body, "⟦") {
				t.Error("the page of a busy machine is not told as one")
			}
		case http.StatusUnprocessableEntity:
		default:
			t.Errorf("a flood got %d", a.Status)
		}
	}
	if busy == 0 {
		t.Error("sixty at once were all let into a queue that nobody may wait in")
	}
	if a := b.Post("/signin", "identifier", "38162", "password", "Faux-1"); a.Status != 422 {
		t.Errorf("after the flood: %d", a.Status)
	}
}
