package recovery

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/credential"
	"loquet/organisation"
)

// about is what a letter says about the request; no secret, and no address that is not on file.
type about struct {
	Device string    `json:"device"`
	Asked  time.Time `json:"asked"`
}

// secretLetter gives the kind of letter that carries what the policy sends.
func secretLetter(org organisation.Organisation) courier.Kind {
	switch org.Policy.Recovery.Send {
	case organisation.SendLink:
		return courier.Link
	case organisation.SendCode:
		return courier.Code
	}
	return courier.TemporaryPassword
}

func (f *Flow) letter(id string, kind courier.Kind, org organisation.Organisation, person account.Account, to string,
	item courier.Item, device string, c *Change) courier.Item {
	payload, _ := json.Marshal(about{Device: device, Asked: item.Created}) // strings and a time only
	return courier.Item{
		ID: id, Organisation: org.ID, Account: person.ID, Kind: kind, Recipient: to, Payload: payload,
		Created: c.Now, Due: c.Now, Expires: c.Now.Add(org.Policy.Recovery.Lifetime),
	}
}

// Prepare makes the letter of an outbox row, with its secret: derived now from the row's ID, so that none was ever
// stored and a repeat carries the same one. It gives fault.Missing when the account or organisation is gone.
func (f *Flow) Prepare(ctx context.Context, item courier.Item) (courier.Letter, error) {
	org, err := f.Store.Organisation(ctx, item.Organisation)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the organisation of a letter: %w", err)
	}
	person, err := f.Store.Account(ctx, item.Organisation, item.Account)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the account of a letter: %w", err)
	}
	if item.Kind == courier.SlipNotice || item.Kind == courier.SlipText {
		return f.slipNotice(item, org, person)
	}
	var a about
	if err := json.Unmarshal(item.Payload, &a); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a letter: %w", err)
	}
	l := courier.Letter{
		ID: item.ID, Kind: item.Kind, To: item.Recipient, Organisation: org, Person: person, Expires: item.Expires,
		AskedAt: a.Asked, AskedFrom: a.Device, PortalURL: f.PortalURL(org),
	}
	kind := item.Kind
	if kind == courier.Invitation {
		kind = secretLetter(org)
		l.AskedAt = time.Time{} // its reader asked for nothing
	}
	switch kind {
	case courier.TemporaryPassword:
		l.Secret = f.Forge.Make(credential.Temporary, item.ID)
	case courier.Link, courier.SetupLink:
		l.Secret = f.Forge.Make(credential.Link, item.ID)
		l.SecretCode = f.Forge.Make(credential.Code, item.ID)
	case courier.Code:
		l.Secret = f.Forge.Make(credential.Code, item.ID)
	case courier.Identifiers:
		_, key, _ := account.FoldEmail(item.Recipient)
		l.Others, err = f.Store.Behind(ctx, item.Organisation, account.Lookup{Email: key}, mostBehind)
		if err != nil {
			return courier.Letter{}, fmt.Errorf("reading the accounts behind an address: %w", err)
		}
	}
	return l, nil
}
