package credential

import "time"

// Issue is one sending of recovery secrets: a temporary password, or a link with its code, or a code, or a slip. It keeps digests
// only; the secrets themselves are derived from its ID when the letter is written (Forge).
type Issue struct {
	ID           string
	Organisation string
	Account      string
	SentTo       string // the address that its letter went to; empty when it was handed over
	Digest       string // of the secret
	CodeDigest   string // of the code or the slip that is typed instead of a link; empty otherwise
	Issued       time.Time
	Expires      time.Time
	Used         time.Time // zero while unused
	Ended        time.Time // replaced by a newer issue, or cancelled; zero while not

	// OpenedSession is the ID of the renewal session that the used secret opened.
	OpenedSession string
}

// Fate says what became of an issue.
type Fate string

// The fates of an issue.
const (
	Lives    Fate = "lives"
	Late     Fate = "late"
	Used     Fate = "used"
	Replaced Fate = "replaced"
)

// issueSkew is how far the clock of the node that issued may be ahead. An issue from further in the future means that
// the clock was set back, and does not live (ATK-088).
const issueSkew = 2 * time.Minute

// Fate gives the issue's fate at this time. The store tests the same again in the statement that burns it (ATK-012).
func (i Issue) Fate(now time.Time) Fate {
	switch {
	case !i.Used.IsZero():
		return Used
	case !i.Ended.IsZero():
		return Replaced
	case !now.Before(i.Expires) || now.Before(i.Issued.Add(-issueSkew)):
		return Late
	}
	return Lives
}
