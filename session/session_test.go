package session

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC)

// open is a session that was opened at noon, last used at one, and lasts until midnight.
func open() Session {
	return Session{
		Opened: noon, Seen: noon.Add(time.Hour), Idle: 30 * time.Minute, Until: noon.Add(12 * time.Hour), AccountOpen: true,
	}
}

func TestAlive(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name   string
		change func(*Session)
		after  time.Duration // since noon
		alive  bool
	}{
		{"just used", nil, time.Hour, true},
		{"a moment before it is idle", nil, 90*time.Minute - 1, true},
		{"idle", nil, 90 * time.Minute, false},
		{"long idle", nil, 9 * time.Hour, false},
		{"a moment before the end", func(s *Session) { s.Seen = s.Until.Add(-time.Minute) }, 12*time.Hour - 1, true},
		{"at the end, though just used", func(s *Session) { s.Seen = s.Until.Add(-time.Minute) }, 12 * time.Hour, false},
		{"past the end, though just used", func(s *Session) { s.Seen = s.Until }, 12*time.Hour + time.Minute, false},
		{"ended", func(s *Session) { s.Ended = noon.Add(time.Minute) }, time.Hour, false},
		{"ended, by a clock ahead of ours", func(s *Session) { s.Ended = noon.Add(time.Hour) }, time.Minute, false},
		{"of a closed account", func(s *Session) { s.AccountOpen = false }, time.Hour, false},
		{"without an idle limit", func(s *Session) { s.Idle = 0 }, time.Hour, false},
		{"without an end", func(s *Session) { s.Until = time.Time{} }, time.Hour, false},
		{"remembered", func(s *Session) { s.Idle, s.Until = 30*day, noon.Add(30*day) }, 29 * day, true},
		{"remembered too long", func(s *Session) { s.Idle, s.Until = 90*day, noon.Add(30*day) }, 30 * day, false},
		{"for renewal", func(s *Session) { s.Stage = Renewal }, time.Hour, true},
	} {
		s := open()
		if c.change != nil {
			c.change(&s)
		}
		if got := s.Alive(noon.Add(c.after)); got != c.alive {
			t.Errorf("a session %s is alive: %v", c.name, got)
		}
	}
	if (Session{}).Alive(noon) || (Session{}).Alive(time.Time{}) {
		t.Error("no session is alive")
	}
}

// ATK-088: a clock that is set back does not revive a session from what is now the future, beyond the skew of nodes.
func TestATK088ClockSetBack(t *testing.T) {
	for back, alive := range map[time.Duration]bool{
		0: true, Skew: true, Skew + 1: false, time.Hour: false, 365 * 24 * time.Hour: false,
	} {
		s := open()
		s.Seen = s.Opened
		if got := s.Alive(noon.Add(-back)); got != alive {
			t.Errorf("with the clock %v back it is alive: %v", back, got)
		}
	}
	// What has ended stays ended, whatever the clock says.
	s := open()
	s.Ended = noon.Add(time.Hour)
	for _, now := range []time.Duration{-Skew, 0, time.Minute, time.Hour} {
		if s.Alive(noon.Add(now)) {
			t.Errorf("an ended session lives again at %v", now)
		}
	}
}

// ATK-014: a token is 256 random bits, each of them as often set as not.
func TestATK014TokenIsRandom(t *testing.T) {
	const tokens = 4096
	set := make([]int, 256)
	for range tokens {
		token, id := NewToken()
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) != 32 || len(token) != TokenLength {
			t.Fatalf("%q holds %d bytes: %v", token, len(raw), err)
		}
		if id != IDOf(token) || len(id) != 43 || strings.Contains(id, token[:8]) {
			t.Fatalf("%q has the id %q", token, id)
		}
		for bit := range set {
			set[bit] += int(raw[bit/8] >> (bit % 8) & 1)
		}
	}
	for bit, n := range set {
		// Eight standard deviations: once in 10^15 runs and bits.
		if off := n - tokens/2; off < -256 || off > 256 {
			t.Errorf("bit %d is set in %d of %d tokens", bit, n, tokens)
		}
	}
}

// ATK-015: only the whole token has an id; a part, or the token with something behind it, has none.
func TestATK015TruncatedToken(t *testing.T) {
	token, id := NewToken()
	for cut := range len(token) {
		for _, part := range []string{token[:cut], token[cut+1:]} {
			if got := IDOf(part); got != "" {
				t.Errorf("the part %q has the id %q", part, got)
			}
		}
	}
	for _, longer := range []string{token + "A", token + "=", token + "\n", " " + token, token + token} {
		if got := IDOf(longer); got != "" {
			t.Errorf("%q has the id %q", longer, got)
		}
	}
	// Of the right length, but not the token: another id.
	for i := range token {
		other := token[:i] + "*" + token[i+1:]
		if IDOf(other) == id {
			t.Errorf("%q has the id of %q", other, token)
		}
	}
	if IDOf(id) == id {
		t.Error("the id, which the store knows, serves as a token")
	}
}

// ATK-036: no token and no id is ever given to two sessions.
func TestATK036NeverReused(t *testing.T) {
	seen := map[string]bool{}
	for range 20000 {
		token, id := NewToken()
		if seen[token] || seen[id] {
			t.Fatalf("%q was given twice", token)
		}
		seen[token], seen[id] = true, true
	}
}

func ExampleIDOf() {
	fmt.Println(IDOf(strings.Repeat("A", TokenLength)))
	fmt.Printf("%q\n", IDOf("A"))
	// Output:
	// DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo
	// ""
}
