package signin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// SessionStore is what the check of a session needs kept.
type SessionStore interface {
	// Session gives the session and its account, also when it has ended; fault.Missing when there is none.
	Session(ctx context.Context, id string) (session.Session, account.Account, error)
	// Chain gives what became of a session that has ended; fault.Stale when it has changed since it was read.
	Chain(ctx context.Context, s session.Session) (session.Chain, error)
	// Touch keeps the time of last use.
	Touch(ctx context.Context, id string, now time.Time) error
	// Confirm notes that a session's token has come back. It gives fault.Stale when the session is not open any more.
	Confirm(ctx context.Context, organisation, id string) error
	// Rotate puts one session in the place of another. It gives fault.Stale when somebody else was faster.
	Rotate(ctx context.Context, r Rotation) error
	// Revoke ends every session of a family as stolen, and writes the letters and the note with it. It gives fault.Stale
	// when none is open.
	Revoke(ctx context.Context, t Theft) error
	// EndSession ends one session, and whatever took over from it, at the note's time and writes the note; nothing
	// happens when it has ended already.
	EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error
	// EndSessionsOf ends every session of an account at the note's time; fault.Missing for no account.
	EndSessionsOf(ctx context.Context, organisation, account string, because session.End, note audit.Entry) error
	// Note appends to the journal.
	Note(ctx context.Context, entries ...audit.Entry) error
}

// Fresh is how long a check may trust what it read: with the time of an answer, a revocation is honoured on every node
// within a second (design §6).
const Fresh = 900 * time.Millisecond

// touchAfter is how old the stored time of last use may be.
const touchAfter = time.Minute

// mostKept bounds the memory of the check; the truth is in the store.
const mostKept = 50_000

// Sessions checks the cookie of every request, from memory while what it read is Fresh.
type Sessions struct {
	Store SessionStore
	Now   func() time.Time
	NewID func() string // of letters
	Later func(func(context.Context))

	mu   sync.RWMutex
	kept map[string]checked
}

type checked struct {
	session session.Session
	chain   session.Chain
	person  account.Account
	read    time.Time
}

// Use is one token that a browser brings.
type Use struct {
	Organisation organisation.Organisation
	Token        string
	Page         bool // of a page that is shown, so that the answer may hand out another token
	Browser      session.Browser
}

// Used is what a token opens.
type Used struct {
	Session session.Session
	Person  account.Account
	Token   string // a new one for the browser to keep; empty for none
}

// Who gives the session of a token and whose it is. It gives fault.Missing when the token names none of this
// organisation's; a session that is over comes back as it is, see session.Session.Alive.
func (s *Sessions) Who(ctx context.Context, u Use) (Used, error) {
	id := session.IDOf(u.Token)
	if id == "" {
		return Used{}, fault.Missing
	}
	var used Used
	err := fault.Stale
	for tries := 0; errors.Is(err, fault.Stale) && tries < 3; tries++ {
		if tries > 0 {
			s.Forget(id) // another request was faster: it is decided anew, from what is so now
		}
		used, err = s.who(ctx, u, id, s.Now())
	}
	return used, err
}

func (s *Sessions) who(ctx context.Context, u Use, id string, now time.Time) (Used, error) {
	c, err := s.read(ctx, id, now)
	if err != nil {
		return Used{}, err
	}
	if c.session.Organisation != u.Organisation.ID {
		return Used{}, fault.Missing
	}
	limits := u.Organisation.Policy.LimitsFor(c.person.Role)
	used := Used{Session: c.session.Within(limits), Person: c.person}
	turn := used.Session.Turn(c.chain, u.Page, now)
	if turn.Serves() && u.Organisation.Policy.SecondFor(c.person.Role).Demand == organisation.AtOnce {
		var over bool
		if used.Session, over = asked(used, u.Organisation.Policy, now); over {
			return used, s.end(ctx, used.Session, now)
		}
		turn = used.Session.Turn(c.chain, u.Page, now) // what waits is not rotated
	}
	switch turn {
	case session.Refuse:
		return used, s.refuse(ctx, used, limits, now)
	case session.Revoke:
		return s.revoke(ctx, u, used, now)
	case session.Rotate, session.Reissue:
		return s.rotate(ctx, c, used, now)
	case session.Confirm:
		return s.confirm(ctx, c, used)
	}
	if c.session.Ended.IsZero() && now.Sub(c.session.Seen) > touchAfter {
		s.touch(c, now)
	}
	used.Session = used.Session.Served()
	return used, nil
}

func (s *Sessions) read(ctx context.Context, id string, now time.Time) (checked, error) {
	s.mu.RLock()
	c, ok := s.kept[id]
	s.mu.RUnlock()
	if age := now.Sub(c.read); ok && age >= 0 && age < Fresh {
		return c, nil
	}
	found, person, err := s.Store.Session(ctx, id)
	if errors.Is(err, fault.Missing) {
		s.Forget(id)
		return checked{}, fault.Missing
	}
	if err != nil {
		return checked{}, fmt.Errorf("reading a session: %w", err)
	}
	c = checked{session: found, person: person, read: now}
	if found.Remembered && !found.Ended.IsZero() {
		if c.chain, err = s.Store.Chain(ctx, found); err != nil {
			return checked{}, fmt.Errorf("reading what took over from a session: %w", err)
		}
	}
	s.keep(id, c)
	return c, nil
}

func (s *Sessions) keep(id string, c checked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= mostKept {
		s.kept = map[string]checked{}
	}
	s.kept[id] = c
}

// Forget drops what is kept of a session, so that its end is honoured at once on this node.
func (s *Sessions) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, id)
}

// ForgetAccount drops what is kept of every session of an account.
func (s *Sessions) ForgetAccount(organisation, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, c := range s.kept {
		if c.session.Account == id && c.session.Organisation == organisation {
			delete(s.kept, key)
		}
	}
}

func (s *Sessions) touch(c checked, now time.Time) {
	c.session.Seen = now
	s.keep(c.session.ID, c)
	s.Later(func(ctx context.Context) {
		_ = s.Store.Touch(ctx, c.session.ID, now) // the next use tries again
	})
}

// Leave signs one browser out.
func (s *Sessions) Leave(ctx context.Context, who session.Session, b session.Browser) error {
	now := s.Now()
	defer s.ForgetAccount(who.Organisation, who.Account) // a token that took over in another tab as well
	entry := note(b, who.Organisation, audit.SignedOut, now)
	entry.Actor, entry.Target = who.Account, who.Account
	if err := s.Store.EndSession(ctx, who.Organisation, who.ID, session.SignedOut, entry); err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	return nil
}

// LeaveEverywhere signs a person out of every browser. A session that waits for something signs out itself only: whoever
// has it has not shown everything that an account asks for.
func (s *Sessions) LeaveEverywhere(ctx context.Context, who session.Session, b session.Browser) error {
	if who.Stage != session.Full {
		return s.Leave(ctx, who, b)
	}
	defer s.ForgetAccount(who.Organisation, who.Account)
	entry := note(b, who.Organisation, audit.SessionsEnded, s.Now())
	entry.Actor, entry.Target = who.Account, who.Account
	if err := s.Store.EndSessionsOf(ctx, who.Organisation, who.Account, session.SignedOut, entry); err != nil {
		return fmt.Errorf("signing out everywhere: %w", err)
	}
	return nil
}

// Repaired notes that a browser's cookies were removed because every click led back to the sign-in page (H6): the desk
// and the manager can see it, and its cause, a closed word.
func (s *Sessions) Repaired(ctx context.Context, organisation, cause string, b session.Browser) error {
	entry := note(b, organisation, audit.LoopRepaired, s.Now())
	entry.Detail = cause
	if err := s.Store.Note(ctx, entry); err != nil {
		return fmt.Errorf("noting a repair: %w", err)
	}
	return nil
}

func note(b session.Browser, organisation string, act audit.Act, now time.Time) audit.Entry {
	return audit.Entry{Organisation: organisation, At: now, Act: act, Address: b.From(), Device: b.Device}
}
