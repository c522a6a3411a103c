package recovery

import (
	"context"
	"fmt"

	"loquet/credential"
	"loquet/credential/passkey"
)

// made is a passkey that takes the place of a password.
type made struct {
	change credential.FactorChange
	use    credential.Use
}

// PasskeyOptions gives what the renewal page asks the browser for, to make a passkey in the place of a password: then
// there is nothing to forget any more. It gives nothing to whoever has no proven mailbox, for whoever lost the device
// would be outside (ADR-0019).
func (f *Flow) PasskeyOptions(ctx context.Context, c Choice) ([]byte, error) {
	reachable, err := f.reachable(ctx, c)
	if err != nil || !reachable {
		return nil, err
	}
	has, err := f.Store.Factors(ctx, c.Organisation.ID, c.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the passkeys: %w", err)
	}
	challenge := f.Forge.Challenge(credential.CreatePasskey, c.Organisation.ID, c.Session.ID, f.Now())
	options, err := passkey.CreateOptions(c.Party, ownerOf(c), challenge, has.At(c.Party.Host))
	if err != nil {
		return nil, fmt.Errorf("asking for a passkey: %w", err)
	}
	return options, nil
}

// reachable says whether a proven address stays when the password goes: one that is, or the one that this secret went to.
func (f *Flow) reachable(ctx context.Context, c Choice) (bool, error) {
	if len(c.Person.RecoveryEmails()) > 0 {
		return true, nil
	}
	proves, err := f.proves(ctx, c)
	return proves != "", err
}

func ownerOf(c Choice) passkey.Owner {
	return passkey.Owner{
		Handle: passkey.Handle(c.Organisation.ID, c.Person.ID), Name: c.Person.Identifier, Display: c.Person.Name(),
	}
}

// passkey looks at a passkey that was made for this renewal. Its device must have recognised its person: it will be the
// only proof.
func (f *Flow) passkey(ctx context.Context, c Choice) (*made, []credential.Fault, error) {
	refused := []credential.Fault{NoPasskey}
	if reachable, err := f.reachable(ctx, c); err != nil || !reachable {
		return nil, refused, err
	}
	created, err := passkey.ReadCreated(c.Made)
	if err != nil {
		return nil, refused, nil //nolint:nilerr // the page says so
	}
	now := f.Now()
	until, ours := f.Forge.Meets(credential.CreatePasskey, c.Organisation.ID, c.Session.ID, created.Challenge, now)
	if !ours {
		return nil, refused, nil
	}
	key, err := created.Check(c.Party, ownerOf(c))
	if err != nil || !key.Verifies {
		return nil, refused, nil //nolint:nilerr // the page says so
	}
	key.Organisation, key.Account, key.Created = c.Organisation.ID, c.Person.ID, now
	return &made{
		change: credential.FactorChange{Version: c.Person.Version, Add: &key, RemovePassword: true},
		use:    credential.Use{Challenge: created.Challenge, Until: until},
	}, nil, nil
}
