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
	"loquet/session"
)

// SessionStore is what the check of a session needs kept.
type SessionStore interface {
	// Session gives the session and its account, also when it has ended; fault.Missing when there is none.
	Session(ctx context.Context, id string) (session.Session, account.Account, error)
	// Touch keeps the time of last use.
	Touch(ctx context.Context, id string, now time.Time) error
	// EndSession ends one session at the note's time and writes the note; nothing happens when it has ended already.
	EndSession(ctx context.Context, organisation, id string, because session.End, note audit.Entry) error
	// Note appends to the journal.
	Note(ctx context.Context, entries ...audit.Entry) error
}

// Fresh is how long a check may trust what it read: a revocation is honoured on every node within it (design §6).
const Fresh = time.Second

// touchAfter is how old the stored time of last use may be.
const touchAfter = time.Minute

// mostKept bounds the memory of the check; the truth is in the store.
const mostKept = 50_000

// Sessions checks the cookie of every request, from memory while what it read is Fresh.
type Sessions struct {
	Store SessionStore
	Now   func() time.Time
	Later func(func(context.Context))

	mu   sync.RWMutex
	kept map[string]checked
}

type checked struct {
	session session.Session
	person  account.Account
	read    time.Time
}

// Who gives the session of a token and whose it is. It gives fault.Missing when the token names none of this
// organisation's; a session that is over comes back as it is, see session.Session.Alive.
func (s *Sessions) Who(ctx context.Context, organisation, token string) (session.Session, account.Account, error) {
	id := session.IDOf(token)
	if id == "" {
		return session.Session{}, account.Account{}, fault.Missing
	}
	now := s.Now()
	c, err := s.read(ctx, id, now)
	if err != nil {
		return session.Session{}, account.Account{}, err
	}
	if c.session.Organisation != organisation {
		return session.Session{}, account.Account{}, fault.Missing
	}
	if c.session.Alive(now) && now.Sub(c.session.Seen) > touchAfter {
		s.touch(c, now)
	}
	return c.session, c.person, nil
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
	c = checked{found, person, now}
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
	defer s.Forget(who.ID)
	entry := note(b, who.Organisation, audit.SignedOut, now)
	entry.Actor, entry.Target = who.Account, who.Account
	if err := s.Store.EndSession(ctx, who.Organisation, who.ID, session.SignedOut, entry); err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	return nil
}

// Repaired notes that a browser's cookies were removed because every click led back to the sign-in page (H6): the desk
// and the manager can see it.
func (s *Sessions) Repaired(ctx context.Context, organisation string, b session.Browser) error {
	if err := s.Store.Note(ctx, note(b, organisation, audit.LoopRepaired, s.Now())); err != nil {
		return fmt.Errorf("noting a repair: %w", err)
	}
	return nil
}

func note(b session.Browser, organisation string, act audit.Act, now time.Time) audit.Entry {
	return audit.Entry{Organisation: organisation, At: now, Act: act, Address: b.From(), Device: b.Device}
}
