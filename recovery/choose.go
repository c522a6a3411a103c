package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// Faults of a new password beside those of credential.Fault.
const (
	Empty     credential.Fault = "empty"
	Different credential.Fault = "different" // the confirmation is not the same
	Same      credential.Fault = "same"      // it is the password in force, or the temporary one (ATK-033)
)

// NoPasskey is the fault of a passkey that was not made, or that cannot be the only proof.
const NoPasskey credential.Fault = "no-passkey"

// Choice is a filled-in « Choisissez votre mot de passe », or a passkey that was made in the place of one.
type Choice struct {
	Organisation organisation.Organisation
	Session      session.Session // the renewal session of this browser
	Person       account.Account
	Password     string
	Confirmation string
	Made         []byte // the browser's answer to PasskeyOptions; no password is chosen then
	Party        passkey.Party
	Browser      session.Browser
}

// Chosen is what became of a choice.
type Chosen struct {
	State   State // Done, Proven (the form again) or Over
	Faults  []credential.Fault
	Missing int // code points that a too short password lacks
}

// Choose saves a new password, or says what is to mend. Of any number of parallel submissions one saves; the others find
// the renewal over. It gives fault.Busy when the machine cannot hash in time; nothing is burnt then.
func (f *Flow) Choose(ctx context.Context, c Choice) (Chosen, error) {
	var made *made
	faults, err := f.faults(ctx, c)
	if len(c.Made) > 0 {
		made, faults, err = f.passkey(ctx, c)
	}
	if err != nil {
		return Chosen{}, err
	}
	facts := Fact(0)
	if c.Person.Open(f.Now()) {
		facts |= Open
	}
	if len(faults) == 0 {
		facts |= Fits
	}
	rule, _ := Next(Proven, Chose, facts)
	if len(rule.Do) == 0 {
		return Chosen{State: rule.To, Faults: faults, Missing: c.Organisation.Policy.Password.Missing(c.Password)}, nil
	}
	change, err := f.renew(ctx, c, rule, made)
	if err != nil {
		return Chosen{}, err
	}
	switch err := f.Store.ApplyRecovery(ctx, change); {
	case errors.Is(err, fault.Stale):
		return Chosen{State: Over}, nil
	case err != nil:
		return Chosen{}, fmt.Errorf("saving a password: %w", err)
	}
	return Chosen{State: rule.To}, nil
}

func (f *Flow) renew(ctx context.Context, c Choice, rule Rule, made *made) (Change, error) {
	change := Change{Now: f.Now(), Organisation: c.Organisation.ID, Account: c.Person.ID}
	for _, effect := range rule.Do {
		switch effect {
		case BurnRenewal:
			change.BurnRenewal = c.Session.ID
		case StoreChoice:
			if err := f.keep(ctx, c, made, &change); err != nil {
				return Change{}, err
			}
		case EndSecrets:
			change.EndIssues = true
		case EndSessions:
			change.EndSessions = true
		case ClearTries:
			change.Clear = f.TriesOf(c.Organisation.ID, c.Person.Lookups()...)
		case NotifyOwner:
			change.Letters = f.notices(c, change)
		case NoteRenewed:
			if made != nil {
				f.note(&change, audit.PasskeyAdded, c.Browser, c.Person.ID, made.change.Add.Name)
				f.note(&change, audit.PasswordRemoved, c.Browser, c.Person.ID, "")
				continue
			}
			f.note(&change, audit.PasswordRenewed, c.Browser, c.Person.ID, "")
		}
	}
	return change, nil
}

// keep puts the new password into a change, or the passkey that takes its place.
func (f *Flow) keep(ctx context.Context, c Choice, made *made, change *Change) (err error) {
	if made != nil {
		change.Factor, change.Use = &made.change, &made.use
	} else if change.Hash, err = f.Hasher.Hash(ctx, c.Password); err != nil {
		return fmt.Errorf("hashing a new password: %w", err)
	}
	change.Proves, err = f.proves(ctx, c)
	return err
}

// proves gives the address that the secret of this renewal went to, where it is unproven or letters came back from it:
// whoever comes with the secret reads that mailbox.
func (f *Flow) proves(ctx context.Context, c Choice) (string, error) {
	doubtful := func(e account.Email) bool { return !e.Proven || e.Unreachable }
	if !slices.ContainsFunc(c.Person.Emails, doubtful) || c.Session.Secret == "" {
		return "", nil
	}
	issue, err := f.Store.IssueByID(ctx, c.Organisation.ID, c.Session.Secret)
	if errors.Is(err, fault.Missing) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading where a secret went: %w", err)
	}
	for _, e := range c.Person.Emails {
		if doubtful(e) && issue.Account == c.Person.ID && e.Address == issue.SentTo {
			return e.Address, nil
		}
	}
	return "", nil
}

// notices tells the owner at every proven address (NIST SP 800-63B-4 §4.6).
func (f *Flow) notices(c Choice, change Change) []courier.Item {
	if change.Factor != nil {
		said := courier.FactorSaid{What: audit.PasskeyAdded, Device: c.Browser.Device, Asked: change.Now}
		return said.Items(c.Person, f.NewID)
	}
	var letters []courier.Item
	payload, _ := json.Marshal(about{Device: c.Browser.Device, Asked: change.Now}) // strings and a time only
	for _, to := range c.Person.RecoveryEmails() {
		letters = append(letters, courier.Item{
			ID: f.NewID(), Organisation: c.Organisation.ID, Account: c.Person.ID, Kind: courier.PasswordChanged, Recipient: to,
			Payload: payload, Created: change.Now, Due: change.Now, Expires: change.Now.Add(courier.NoticeLives),
		})
	}
	return letters
}

func (f *Flow) faults(ctx context.Context, c Choice) ([]credential.Fault, error) {
	if c.Password == "" {
		return []credential.Fault{Empty}, nil
	}
	faults := c.Organisation.Policy.Password.Check(c.Password, c.Organisation.WordsNear(c.Person))
	if c.Password != c.Confirmation {
		faults = append(faults, Different)
	}
	if len(faults) > 0 {
		return faults, nil
	}
	temporary, err := f.isTemporary(ctx, c)
	if err != nil {
		return nil, err
	}
	if temporary {
		return []credential.Fault{Same}, nil
	}
	hash, err := f.Store.Hash(ctx, c.Organisation.ID, c.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the password in force: %w", err)
	}
	if hash == "" {
		return nil, nil
	}
	right, _, err := f.Hasher.Verify(ctx, hash, c.Password)
	if err != nil {
		return nil, fmt.Errorf("comparing with the password in force: %w", err)
	}
	if right {
		return []credential.Fault{Same}, nil
	}
	return nil, nil
}

// isTemporary says whether the new password is a temporary one of this account, however it is typed: the one that opened
// this renewal, or an older one. Signing in with such a password would only ever find a secret that is over.
func (f *Flow) isTemporary(ctx context.Context, c Choice) (bool, error) {
	digest := f.Forge.Digest(credential.Temporary, c.Organisation.ID, c.Password)
	issue, err := f.Store.Issue(ctx, c.Organisation.ID, digest)
	if errors.Is(err, fault.Missing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("comparing with the temporary passwords: %w", err)
	}
	return issue.Account == c.Person.ID, nil
}
