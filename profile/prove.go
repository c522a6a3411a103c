package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/session"
)

// ProofState says what came of a password that was asked for again.
type ProofState string

// The states of a proof.
const (
	Proven  ProofState = "proven"
	Refused ProofState = "refused" // it is not the password
	Waiting ProofState = "waiting" // too many wrong tries, here or on the sign-in page
	Left    ProofState = "left"    // the session, or the account, has ended meanwhile
)

// Proof is what came of a password that was asked for again.
type Proof struct {
	State   ProofState
	Token   string // of the session that takes the place of the one before
	Session session.Session
	Wait    time.Duration // for Waiting
}

// grace is added to the age of a proof here: a form that was judged fresh may wait for a hash before its act goes on.
const grace = time.Minute

// Prove checks the password of whoever is signed in once more. The try is counted before it is checked, with those of
// the sign-in page (ATK-019). A right one opens a session under a new ID, as long and as remembered as the one before,
// which ends with it (ASVS 7.2.4, 7.5.1). It gives fault.Busy when the machine cannot check a password in time.
func (f *Flow) Prove(ctx context.Context, a Actor, password string) (Proof, error) {
	proof, _, err := f.check(ctx, a, password)
	if err != nil || proof.State != Proven {
		return proof, err
	}
	proof.Token, proof.Session = anew(a, f.Now())
	proof.Session.Proof = session.With(proof.Session.Proof, session.ByPassword)
	change := f.change(a, a.Person.ID)
	change.Replace, change.Open = a.Session.ID, &proof.Session
	change.Clear = f.TriesOf(a.Organisation.ID, account.Find(a.Person.Identifier))
	change.Notes = append(change.Notes, a.note(audit.IdentityProven, a.Person.ID, "", change.Now))
	err = f.Store.ApplyProfile(ctx, change)
	if errors.Is(err, fault.Stale) {
		return Proof{State: Left}, nil
	}
	if err != nil {
		return Proof{}, fmt.Errorf("keeping a proof: %w", err)
	}
	return proof, nil
}

// check counts a try and compares the password; it writes a wrong one into the journal and nothing else. It gives the
// hash that was compared.
func (f *Flow) check(ctx context.Context, a Actor, password string) (Proof, string, error) {
	now := f.Now()
	counts := f.TryCounts(a.Organisation.ID, account.Find(a.Person.Identifier), a.Browser)
	allowed, wait, err := f.Store.Count(ctx, counts, now)
	if err != nil {
		return Proof{}, "", fmt.Errorf("counting a proof: %w", err)
	}
	if !allowed {
		return Proof{State: Waiting, Wait: wait}, "", nil
	}
	hash, err := f.Store.Hash(ctx, a.Organisation.ID, a.Person.ID)
	if errors.Is(err, fault.Missing) {
		return Proof{State: Left}, "", nil
	}
	if err != nil {
		return Proof{}, "", fmt.Errorf("reading the password in force: %w", err)
	}
	right, _, err := f.Hasher.Verify(ctx, hash, password)
	if err != nil {
		return Proof{}, "", fmt.Errorf("checking a proof: %w", err)
	}
	if right {
		return Proof{State: Proven}, hash, nil
	}
	change := f.change(a, a.Person.ID)
	change.Notes = append(change.Notes, a.note(audit.ProofRefused, a.Person.ID, "", now))
	if err := f.Store.ApplyProfile(ctx, change); err != nil {
		return Proof{}, "", fmt.Errorf("noting a wrong proof: %w", err)
	}
	return Proof{State: Refused}, "", nil
}

// anew gives the session that takes the place of the actor's.
func anew(a Actor, now time.Time) (token string, s session.Session) {
	s = a.Session
	token, s.ID = session.NewToken()
	s.Seen, s.Proved, s.Issued = now, now, now
	s.Confirmed, s.Successor = false, ""
	s.Device, s.Address = a.Browser.Device, a.Browser.From()
	return token, s
}

// proved gives fault.Forbidden unless the actor has proved who they are no longer ago than within (ATK-065). Whoever
// asks for a proof first has just been given one.
func (f *Flow) proved(a Actor, within time.Duration) error {
	if !a.Session.Proven(f.Now(), within+grace) {
		return fault.Forbidden
	}
	return nil
}

func (f *Flow) change(a Actor, id string) Change {
	return Change{Now: f.Now(), Organisation: a.Organisation.ID, Account: id}
}
