package session

import "time"

// RotateAfter is how old the token of a remembered session may become: a copy of it is of no use for longer, once its
// owner has come back (OWASP ASVS 7.2.4; ATK-037).
const RotateAfter = 15 * time.Minute

// Overlap is how long a token still serves after it was replaced: tabs that were asked for at the same moment bring the
// token of before.
const Overlap = 30 * time.Second

// Turn is what is to be done when a token comes back.
type Turn string

// The turns.
const (
	Serve   Turn = "serve"   // as it is
	Confirm Turn = "confirm" // and note that the browser has this token, so that the one before is over for good
	Rotate  Turn = "rotate"  // and give the browser a new token
	Reissue Turn = "reissue" // and give it another one: that which took over has never come, its answer was lost
	Revoke  Turn = "revoke"  // somebody has a copy: every session of the family ends
	Refuse  Turn = "refuse"  // it is over
)

// Turns lists every turn.
var Turns = []Turn{Serve, Confirm, Rotate, Reissue, Revoke, Refuse}

// Serves says whether the session opens what it may open.
func (t Turn) Serves() bool { return t != Revoke && t != Refuse }

// Chain is what became of a session whose token was replaced.
type Chain struct {
	Next  Session // the one that took over, zero for none
	Lives bool    // a session of the family is open
}

// Turn decides about a token that comes back at this time; page says that it comes with a request whose answer the
// browser shows, and whose cookies it therefore keeps.
func (s Session) Turn(c Chain, page bool, now time.Time) Turn {
	switch {
	case s.Ended.IsZero():
		return s.use(page, now)
	case !s.Remembered || !c.Lives:
		return Refuse
	case s.EndedBecause == Replaced && s.Successor != "":
		return Revoke // it was given up as lost, and has arrived: the one before was not this browser's alone
	case s.EndedBecause == Rotated && s.Served().Alive(now):
		return s.again(c.Next, page, now)
	}
	return Refuse
}

// use decides about a token that is in force.
func (s Session) use(page bool, now time.Time) Turn {
	switch {
	case !s.Alive(now):
		return Refuse
	case !s.Remembered || s.Stage != Full:
		return Serve
	case page && now.Sub(s.Issued) >= RotateAfter:
		return Rotate
	case !s.Confirmed && s.ID != s.Family:
		return Confirm
	}
	return Serve
}

// again decides about a token that was replaced, while its family lives.
func (s Session) again(next Session, page bool, now time.Time) Turn {
	switch age := now.Sub(s.Ended); {
	case age <= -Skew:
		return Refuse // from the future: a clock was set back
	case age < Overlap:
		return Serve
	case next.Confirmed:
		return Revoke
	case !next.Alive(now):
		return Refuse
	case page:
		return Reissue
	}
	return Serve
}

// Served gives the session as it was before its token was replaced; Successor stays.
func (s Session) Served() Session {
	s.Ended, s.EndedBecause = time.Time{}, ""
	return s
}

// After gives the session that takes over, without its ID: as long as this one, of the same family and the same proof.
func (s Session) After(now time.Time) Session {
	s = s.Served()
	s.ID, s.Successor, s.Confirmed = "", "", false
	s.Issued, s.Seen = now, now
	return s
}

// Within gives the session under the limits of now, which may be shorter than those that it was opened under; it never
// gets longer by them. A remembered session is over where nobody is remembered any more.
func (s Session) Within(l Limits) Session {
	if s.Stage != Full {
		return s
	}
	idle, absolute := l.Idle, l.Absolute
	if s.Remembered {
		idle, absolute = l.Remember, l.Remember
	}
	s.Idle = min(s.Idle, idle)
	if end := s.Opened.Add(absolute); end.Before(s.Until) {
		s.Until = end
	}
	return s
}
