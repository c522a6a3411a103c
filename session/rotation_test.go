package session

import (
	"testing"
	"time"
)

// kept is a remembered session of the second link of a chain: opened a day ago, its token made at noon.
func kept() Session {
	return Session{
		ID: "second", Family: "first", Stage: Full, Opened: noon.Add(-24 * time.Hour), Seen: noon, Issued: noon,
		Idle: 30 * 24 * time.Hour, Until: noon.Add(29 * 24 * time.Hour), Remembered: true, AccountOpen: true,
	}
}

// replaced is the same after its token was replaced at noon.
func replaced(because End) Session {
	s := kept()
	s.Ended, s.EndedBecause, s.Successor, s.Confirmed = noon, because, "third", true
	return s
}

func TestTurnOfATokenInForce(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Session)
		after  time.Duration
		page   bool
		want   Turn
	}{
		{"first come back", nil, time.Second, true, Confirm},
		{"first come back, from a form", nil, time.Second, false, Confirm},
		{"come back again", func(s *Session) { s.Confirmed = true }, time.Second, true, Serve},
		{"the first of its chain", func(s *Session) { s.Family = s.ID }, time.Second, true, Serve},
		{"a moment before its time", func(s *Session) { s.Confirmed = true }, RotateAfter - 1, true, Serve},
		{"at its time", func(s *Session) { s.Confirmed = true }, RotateAfter, true, Rotate},
		{"at its time, the first", func(s *Session) { s.Family = s.ID }, RotateAfter, true, Rotate},
		{"at its time, from a form", func(s *Session) { s.Confirmed = true }, RotateAfter, false, Serve},
		{"first come back at its time", nil, RotateAfter, true, Rotate},
		{"first come back at its time, from a form", nil, RotateAfter, false, Confirm},
		{"long after", nil, 20 * 24 * time.Hour, true, Rotate},
		{"over", nil, 29 * 24 * time.Hour, true, Refuse},
		{"not remembered", func(s *Session) { s.Remembered = false }, time.Hour, true, Serve},
		{"for renewal", func(s *Session) { s.Stage = Renewal }, time.Hour, true, Serve},
		{"of a closed account", func(s *Session) { s.AccountOpen = false }, time.Hour, true, Refuse},
		{"of an account that has left", func(s *Session) { s.AccountLeaves = noon }, time.Hour, true, Refuse},
		{"made by a clock ahead", func(s *Session) { s.Issued, s.Confirmed = noon.Add(time.Hour), true }, time.Minute, true,
			Serve},
	} {
		s := kept()
		if c.change != nil {
			c.change(&s)
		}
		if got := s.Turn(Chain{}, c.page, noon.Add(c.after)); got != c.want {
			t.Errorf("a token %s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestATK037EveryReturnOfAReplacedToken walks every way a session may have ended, every state of the one that took over,
// and every age around the limits. The expectation is written apart from the rules, as sentences.
func TestATK037EveryReturnOfAReplacedToken(t *testing.T) {
	ends := []End{SignedOut, Renewed, Stopped, Replaced, Rotated, Stolen}
	ages := []time.Duration{
		-time.Hour, -Skew, -Skew + 1, 0, Overlap - 1, Overlap, RotateAfter, 28 * 24 * time.Hour, 29 * 24 * time.Hour,
	}
	bools := []bool{false, true}
	seen := map[Turn]int{}
	for _, because := range ends {
		for _, age := range ages {
			for n := range 1 << 6 {
				bit := func(i int) bool { return bools[n>>i&1] }
				page, lives, confirmed, nextOpen, open, linked := bit(0), bit(1), bit(2), bit(3), bit(4), bit(5)
				s, next := replaced(because), kept()
				s.AccountOpen, next.AccountOpen = open, open
				next.Confirmed = confirmed
				if !nextOpen {
					next.Ended = noon
				}
				if !linked {
					s.Successor, next = "", Session{}
				}
				got := s.Turn(Chain{next, lives}, page, noon.Add(age))
				seen[got]++
				within := age < 29*24*time.Hour && open
				future, early := age <= -Skew, age < Overlap
				want := Refuse
				switch {
				case !lives: // everything has been closed: there is nothing to serve and nothing to save
				case because == Replaced && linked:
					want = Revoke
				case because == Rotated && within && !future && early:
					want = Serve
				case because == Rotated && within && !future && linked && confirmed:
					want = Revoke
				case because == Rotated && within && !future && linked && nextOpen && page:
					want = Reissue
				case because == Rotated && within && !future && linked && nextOpen:
					want = Serve
				}
				if got != want {
					t.Errorf("%s, %v ago, page %v, lives %v, next confirmed %v and open %v, account open %v, linked %v: %s, want %s",
						because, age, page, lives, confirmed, nextOpen, open, linked, got, want)
				}
			}
		}
	}
	for _, turn := range []Turn{Serve, Reissue, Revoke, Refuse} {
		if seen[turn] == 0 {
			t.Errorf("no case led to %s", turn)
		}
	}
	s := replaced(Rotated)
	s.Remembered = false
	if s.Turn(Chain{kept(), true}, true, noon) != Refuse {
		t.Error("a session that is not remembered came back")
	}
}

func TestAfterKeepsWhatTheFirstWasOpenedWith(t *testing.T) {
	s := replaced(Rotated)
	s.Proved, s.Proof, s.Confirmed = noon.Add(-time.Hour), []string{"pwd"}, true
	next := s.After(noon.Add(time.Hour))
	if next.ID != "" || next.Family != "first" || !next.Opened.Equal(s.Opened) || !next.Until.Equal(s.Until) ||
		!next.Proved.Equal(s.Proved) || len(next.Proof) != 1 || next.Confirmed || next.Successor != "" ||
		!next.Issued.Equal(noon.Add(time.Hour)) || !next.Ended.IsZero() || next.EndedBecause != "" || !next.Remembered {
		t.Errorf("%+v", next)
	}
	if !next.Alive(noon.Add(time.Hour)) {
		t.Error("it is not alive")
	}
}

func TestWithinNeverLengthens(t *testing.T) {
	const day = 24 * time.Hour
	long := Limits{Idle: 90 * day, Absolute: 90 * day, Remember: 90 * day}
	short := Limits{Idle: time.Minute, Absolute: time.Hour, Remember: 2 * day}
	plain := kept()
	plain.Remembered, plain.Idle = false, time.Hour
	renewal := kept()
	renewal.Stage = Renewal
	for _, c := range []struct {
		name  string
		s     Session
		l     Limits
		idle  time.Duration
		until time.Time
	}{
		{"remembered, longer", kept(), long, kept().Idle, kept().Until},
		{"remembered, shorter", kept(), short, 2 * day, kept().Opened.Add(2 * day)},
		{"remembered no more", kept(), Limits{Idle: day, Absolute: day}, 0, kept().Opened},
		{"plain, longer", plain, long, time.Hour, plain.Until},
		{"plain, shorter", plain, short, time.Minute, plain.Opened.Add(time.Hour)},
		{"renewal", renewal, short, renewal.Idle, renewal.Until},
	} {
		if got := c.s.Within(c.l); got.Idle != c.idle || !got.Until.Equal(c.until) {
			t.Errorf("%s: %v until %v, want %v until %v", c.name, got.Idle, got.Until, c.idle, c.until)
		}
	}
	if kept().Within(Limits{Idle: day, Absolute: day}).Alive(noon) {
		t.Error("a remembered session lives where nobody is remembered")
	}
}
