package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Rotation puts a session in the place of another one, whose token the browser will forget.
type Rotation struct {
	Now  time.Time
	From string          // ends as session.Rotated
	Lost string          // took over from it before and has never come; it ends too, as session.Replaced. Empty for none
	Next session.Session // opens
}

// Theft says that a token came back that had been replaced, after the one that took over had served.
type Theft struct {
	Now                           time.Time
	Organisation, Account, Family string
	Letters                       []courier.Item
	Note                          audit.Entry
}

// said is what the letter tells of when and where, in the shape in which recovery's letters are kept.
type said struct {
	Device string    `json:"device"`
	Asked  time.Time `json:"asked"`
}

// rotate gives the browser a new token for the session. It gives fault.Stale when another tab was faster.
func (s *Sessions) rotate(ctx context.Context, c checked, used Used, now time.Time) (Used, error) {
	r := Rotation{Now: now, From: c.session.ID, Next: c.session.After(now)}
	if !c.session.Ended.IsZero() {
		r.Lost = c.chain.Next.ID
	}
	used.Token, r.Next.ID = session.NewToken()
	if err := s.Store.Rotate(ctx, r); err != nil {
		return Used{}, fmt.Errorf("giving a session a new token: %w", err)
	}
	s.Forget(r.From)
	s.Forget(r.Lost)
	s.keep(r.Next.ID, checked{session: r.Next, person: c.person, read: now})
	// What is decided by the policy of now is shown by it, and kept as it was opened.
	r.Next.Idle, r.Next.Until, r.Next.Stage = used.Session.Idle, used.Session.Until, used.Session.Stage
	used.Session = r.Next
	return used, nil
}

// confirm notes that the browser has the token that it was given.
func (s *Sessions) confirm(ctx context.Context, c checked, used Used) (Used, error) {
	if err := s.Store.Confirm(ctx, c.session.Organisation, c.session.ID); err != nil {
		return Used{}, fmt.Errorf("confirming a session: %w", err)
	}
	c.session.Confirmed, used.Session.Confirmed = true, true
	s.keep(c.session.ID, c)
	return used, nil
}

// revoke closes what two browsers share, and tells the owner wherever somebody has proven to be reached. Nobody can
// tell the owner from the thief here, so that both lose it.
func (s *Sessions) revoke(ctx context.Context, u Use, used Used, now time.Time) (Used, error) {
	stolen := used.Session
	t := Theft{
		Now: now, Organisation: stolen.Organisation, Account: stolen.Account, Family: stolen.Family,
		Letters: s.warnings(used.Person, u.Browser, now), Note: note(u.Browser, stolen.Organisation, audit.SessionStolen, now),
	}
	t.Note.Target = stolen.Account
	if err := s.Store.Revoke(ctx, t); err != nil {
		return Used{}, fmt.Errorf("closing a stolen session: %w", err)
	}
	s.ForgetAccount(stolen.Organisation, stolen.Account)
	used.Session.EndedBecause = session.Stolen
	return used, nil
}

func (s *Sessions) warnings(owner account.Account, b session.Browser, now time.Time) []courier.Item {
	payload, _ := json.Marshal(said{b.Device, now}) // a string and a time only
	var letters []courier.Item
	for _, to := range owner.RecoveryEmails() {
		letters = append(letters, courier.Item{
			ID: s.NewID(), Organisation: owner.Organisation, Account: owner.ID, Kind: courier.SessionStolen, Recipient: to,
			Payload: payload, Created: now, Due: now, Expires: now.Add(courier.NoticeLives),
		})
	}
	return letters
}

// refuse ends a remembered session for good when the policy remembers nobody of its role any more.
func (s *Sessions) refuse(ctx context.Context, used Used, limits session.Limits, now time.Time) error {
	over := used.Session
	if !over.Ended.IsZero() || !over.Remembered || limits.Remember > 0 {
		return nil
	}
	return s.end(ctx, over, now)
}

// end ends a session that the policy allows no more.
func (s *Sessions) end(ctx context.Context, over session.Session, now time.Time) error {
	entry := audit.Entry{
		Organisation: over.Organisation, At: now, Act: audit.SessionsEnded, Actor: audit.System, Target: over.Account,
	}
	err := s.Store.EndSession(ctx, over.Organisation, over.ID, session.Stopped, entry)
	if err != nil && !errors.Is(err, fault.Missing) {
		return fmt.Errorf("ending a session that the policy forbids: %w", err)
	}
	s.Forget(over.ID)
	return nil
}

// asked gives a session as a policy has it that asks for a second proof at once: whoever has one signs in again with
// it, for the session is over, and whoever has none sets one up before anything else.
func asked(u Used, policy organisation.Policy, now time.Time) (s session.Session, over bool) {
	s = u.Session
	switch standing := policy.Standing(u.Person, now); {
	case s.Stage != session.Full || s.Level() == session.Two:
	case standing == organisation.Overdue:
		s.Stage = session.SetUp
	case standing == organisation.Both:
		s.Ended, s.EndedBecause = now, session.Stopped
		return s, true
	}
	return s, false
}
