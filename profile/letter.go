package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/organisation"
)

// about is what the outbox keeps of a letter: which change it is about. The links are made from that when it is
// written.
type about struct {
	Change string `json:"change"`
}

// confirmation gives the letter, or the text message, that asks the new address to confirm.
func (f *Flow) confirmation(c AddressChange, now time.Time) courier.Item {
	kind := courier.ConfirmAddress
	if c.Kind == Mobile {
		kind = courier.ConfirmMobile
	}
	return f.letter(kind, c, c.Address, now, now.Add(ConfirmWithin))
}

// notices tells the owner wherever somebody has proven to be reached (NIST SP 800-63B-4 §4.6). They are tried for as
// long as their link may be of use.
func (f *Flow) notices(target account.Account, c AddressChange, now time.Time) []courier.Item {
	until := now.Add(ConfirmWithin + CoolingOff)
	var letters []courier.Item
	for _, address := range target.RecoveryEmails() {
		letters = append(letters, f.letter(courier.AddressNotice, c, address, now, until))
	}
	if f.Texts && target.Mobile != "" && target.MobileProven {
		letters = append(letters, f.letter(courier.MobileNotice, c, target.Mobile, now, until))
	}
	return letters
}

func (f *Flow) letter(kind courier.Kind, c AddressChange, to string, now, until time.Time) courier.Item {
	payload, _ := json.Marshal(about{c.ID}) // a string only
	return courier.Item{
		ID: f.NewID(), Organisation: c.Organisation, Account: c.Account, Kind: kind, Recipient: to, Payload: payload,
		Created: now, Due: now, Expires: until,
	}
}

// Letters lists the kinds of letters that Prepare makes.
var Letters = []courier.Kind{
	courier.ConfirmAddress, courier.AddressNotice, courier.ConfirmMobile, courier.MobileNotice, courier.FactorNotice,
}

// Prepare makes the letter of an outbox row, with its link: derived now from the ID of the change, so that none was
// ever stored and a repeat carries the same one. It gives fault.Missing when the account or the change is gone,
// fault.Stale for a confirmation that is asked for no more.
func (f *Flow) Prepare(ctx context.Context, item courier.Item) (courier.Letter, error) {
	org, err := f.Store.Organisation(ctx, item.Organisation)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the organisation of a letter: %w", err)
	}
	person, err := f.Store.Account(ctx, item.Organisation, item.Account)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the account of a letter: %w", err)
	}
	if item.Kind == courier.FactorNotice {
		return f.factorNotice(item, org, person)
	}
	var a about
	if err := json.Unmarshal(item.Payload, &a); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a letter: %w", err)
	}
	c, err := f.Store.AddressChangeByID(ctx, item.Organisation, a.Change)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the change that a letter is about: %w", err)
	}
	l := courier.Letter{
		ID: item.ID, Kind: item.Kind, To: item.Recipient, Organisation: org, Person: person, Expires: item.Expires,
		AskedAt: c.Asked, AskedFrom: c.Device, PortalURL: f.PortalURL(org), CoolingOff: CoolingOff,
		NewAddress: c.Address, Mobile: c.Kind == Mobile,
	}
	if l.AskedBy, err = f.asker(ctx, c); err != nil {
		return courier.Letter{}, err
	}
	switch item.Kind {
	case courier.ConfirmAddress, courier.ConfirmMobile:
		if c.State != Asked || c.Address != item.Recipient {
			return courier.Letter{}, fault.Stale
		}
		l.Secret = f.Forge.Make(credential.Confirm, c.ID)
	default:
		l.NewAddress = c.Masked()
		l.Secret = f.Forge.Make(credential.Stop, c.ID)
	}
	return l, nil
}

// factorNotice makes the letter that tells of a change of the proofs, whichever flow has promised it.
func (f *Flow) factorNotice(
	item courier.Item, org organisation.Organisation, person account.Account,
) (courier.Letter, error) {
	var said courier.FactorSaid
	if err := json.Unmarshal(item.Payload, &said); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a letter: %w", err)
	}
	return courier.Letter{
		ID: item.ID, Kind: item.Kind, To: item.Recipient, Organisation: org, Person: person, PortalURL: f.PortalURL(org),
		AskedAt: said.Asked, AskedFrom: said.Device, AskedBy: said.AskedBy, What: said.What, Left: said.Left,
	}, nil
}
