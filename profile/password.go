package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/session"
)

// Faults of a new password beside those of credential.Fault. They are those of a renewal.
const (
	NoPassword credential.Fault = "empty"
	Different  credential.Fault = "different" // the confirmation is not the same
	Same       credential.Fault = "same"      // it is the password in force, or a temporary one (ATK-033)
)

// Choice is a filled-in change of one's own password.
type Choice struct {
	Current      string // may be empty right after a proof by passkey
	Password     string
	Confirmation string
}

// Chosen is what became of a choice. It is saved when the state is Proven and nothing is to mend.
type Chosen struct {
	Proof // of the current password; its session is this browser's from now on

	Faults  []credential.Fault
	Missing int // code points that a too short password lacks
}

// ChangePassword saves a new password for whoever knows the one in force, which is asked for however fresh the session
// is (ADR-0013), or has just proved who they are by a passkey: it is forgotten, or there is none any more. Every other
// session of the person ends, and so does every living secret; this browser goes on under a new session ID (ATK-038,
// ASVS 7.4.3, 7.2.4), and the owner is told at every proven address (NIST SP 800-63B-4 §4.6). What is to mend on the
// new one is told before the current one is tried.
func (f *Flow) ChangePassword(ctx context.Context, a Actor, c Choice) (Chosen, error) {
	faults, err := f.faults(ctx, a, c)
	if err != nil {
		return Chosen{}, err
	}
	if len(faults) > 0 {
		return Chosen{Faults: faults, Missing: a.Organisation.Policy.Password.Missing(c.Password)}, nil
	}
	proof, repeated, err := f.entitled(ctx, a, c)
	if err != nil || proof.State != Proven {
		return Chosen{Proof: proof}, err
	}
	if repeated {
		return Chosen{Faults: []credential.Fault{Same}}, nil
	}
	proof.Token, proof.Session = anew(a, f.Now())
	proof.Session.AccountRenews = false
	change := f.change(a, a.Person.ID)
	if change.Hash, err = f.Hasher.Hash(ctx, c.Password); err != nil {
		return Chosen{}, fmt.Errorf("hashing a new password: %w", err)
	}
	change.Replace, change.Open, change.EndSessions, change.EndIssues = a.Session.ID, &proof.Session, true, true
	change.Clear = f.TriesOf(a.Organisation.ID, a.Person.Lookups()...)
	change.Letters = f.passwordNotices(a, change.Now)
	change.Notes = append(change.Notes, a.note(audit.PasswordChanged, a.Person.ID, "", change.Now))
	err = f.Store.ApplyProfile(ctx, change)
	if errors.Is(err, fault.Stale) {
		return Chosen{Proof: Proof{State: Left}}, nil
	}
	if err != nil {
		return Chosen{}, fmt.Errorf("saving a password: %w", err)
	}
	return Chosen{Proof: proof}, nil
}

// entitled says whether the actor may choose a new password, and whether it is the one in force (ATK-033).
func (f *Flow) entitled(ctx context.Context, a Actor, c Choice) (proof Proof, repeated bool, err error) {
	free := false
	if c.Current == "" {
		if free, err = f.ByPasskey(ctx, a); err != nil {
			return Proof{}, false, err
		}
	}
	if !free {
		proof, _, err = f.check(ctx, a, c.Current)
		return proof, norm.NFC.String(c.Password) == norm.NFC.String(c.Current), err
	}
	hash, err := f.Store.Hash(ctx, a.Organisation.ID, a.Person.ID)
	switch {
	case errors.Is(err, fault.Missing):
		return Proof{State: Left}, false, nil
	case err != nil:
		return Proof{}, false, fmt.Errorf("reading the password in force: %w", err)
	case hash == "":
		return Proof{State: Proven}, false, nil
	}
	repeated, _, err = f.Hasher.Verify(ctx, hash, c.Password)
	return Proof{State: Proven}, repeated, wrap("comparing with the password in force", err)
}

// ByPasskey says whether a passkey has just proved who is there: it stands in for the password in force then (ADR-0013).
// One that was only made in this session has proved nothing yet: whoever stole a session that is still fresh must not
// make one and choose a password with it (ATK-065).
func (f *Flow) ByPasskey(ctx context.Context, a Actor) (bool, error) {
	rests := slices.Contains(a.Session.Proof, session.ByHardware) || slices.Contains(a.Session.Proof, session.BySoftware)
	if !rests || a.Session.Stage != session.Full || !a.Session.Proven(f.Now(), session.Fresh) {
		return false, nil
	}
	has, err := f.Store.Factors(ctx, a.Organisation.ID, a.Person.ID)
	proved := a.Session.Proved.Truncate(time.Microsecond) // as times are kept
	return slices.ContainsFunc(has.Passkeys, func(k credential.Passkey) bool {
		return !k.Used.IsZero() && !k.Used.Before(proved)
	}), wrap("reading one's proofs", err)
}

// faults gives all that is wrong with the new password without looking at the one in force.
func (f *Flow) faults(ctx context.Context, a Actor, c Choice) ([]credential.Fault, error) {
	if c.Password == "" {
		return []credential.Fault{NoPassword}, nil
	}
	faults := a.Organisation.Policy.Password.Check(c.Password, a.Organisation.WordsNear(a.Person))
	if c.Password != c.Confirmation {
		faults = append(faults, Different)
	}
	if len(faults) > 0 {
		return faults, nil
	}
	// Signing in with a temporary password as one's own would only ever find a secret that is over.
	digest := f.Forge.Digest(credential.Temporary, a.Organisation.ID, c.Password)
	issue, err := f.Store.Issue(ctx, a.Organisation.ID, digest)
	switch {
	case errors.Is(err, fault.Missing):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("comparing with the temporary passwords: %w", err)
	case issue.Account == a.Person.ID:
		return []credential.Fault{Same}, nil
	}
	return nil, nil
}

// said is what a letter tells of when and where something was done, in the shape in which recovery's letters are kept.
type said struct {
	Device string    `json:"device"`
	Asked  time.Time `json:"asked"`
}

func (f *Flow) passwordNotices(a Actor, now time.Time) []courier.Item {
	payload, _ := json.Marshal(said{a.Browser.Device, now}) // a string and a time only
	var letters []courier.Item
	for _, to := range a.Person.RecoveryEmails() {
		letters = append(letters, courier.Item{
			ID: f.NewID(), Organisation: a.Organisation.ID, Account: a.Person.ID, Kind: courier.PasswordChanged,
			Recipient: to, Payload: payload, Created: now, Due: now, Expires: now.Add(courier.NoticeLives),
		})
	}
	return letters
}

// Sessions gives the actor's sessions that are alive, this one first and then the last used one.
func (f *Flow) Sessions(ctx context.Context, a Actor) ([]session.Session, error) {
	all, err := f.Store.SessionsOf(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading one's sessions: %w", err)
	}
	var mine, others []session.Session
	for _, s := range all {
		switch {
		case !s.Alive(f.Now()) || s.Stage != session.Full:
		case s.ID == a.Session.ID:
			mine = append(mine, s)
		default:
			others = append(others, s)
		}
	}
	return append(mine, others...), nil
}

// EndSession ends one of the actor's own sessions. It wants a fresh proof (ATK-065), and gives fault.Missing for a
// session that is not the actor's or has ended.
func (f *Flow) EndSession(ctx context.Context, a Actor, id string) error {
	if err := f.proved(a, session.Fresh); err != nil {
		return err
	}
	all, err := f.Sessions(ctx, a)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == id {
			note := a.note(audit.SessionsEnded, a.Person.ID, "one", f.Now())
			return wrap("ending a session", f.Store.EndSession(ctx, a.Organisation.ID, id, session.Stopped, note))
		}
	}
	return fault.Missing
}

// EndOthers ends every session of the actor but this one. It wants a fresh proof (ATK-065).
func (f *Flow) EndOthers(ctx context.Context, a Actor) error {
	if err := f.proved(a, session.Fresh); err != nil {
		return err
	}
	change := f.change(a, a.Person.ID)
	change.EndOthers = a.Session.ID
	change.Notes = append(change.Notes, a.note(audit.SessionsEnded, a.Person.ID, "others", change.Now))
	return wrap("ending the other sessions", f.Store.ApplyProfile(ctx, change))
}
