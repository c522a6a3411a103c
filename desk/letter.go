package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// mostManagers is how many other managers are told of a deed.
const mostManagers = 20

// about is what the outbox keeps of a notice.
type about struct {
	Deed    string `json:"deed"`
	Manager bool   `json:"manager"` // to another manager of the house
	Done    bool   `json:"done"`
}

// channels gives every address and number that is known to be somebody's, those that letters come back from too: one may
// work again. Whoever has none of them is told where they might be reached: an unproven address may be a stranger's, but
// silence would leave two operators alone with the account.
func channels(p account.Account, texts bool) (addresses []string, mobile string) {
	addresses = p.RecoveryEmails()
	if texts && p.MobileProven {
		mobile = p.Mobile
	}
	if len(addresses) > 0 || mobile != "" {
		return addresses, mobile
	}
	for _, e := range p.Emails {
		addresses = append(addresses, e.Address)
	}
	if texts {
		mobile = p.Mobile
	}
	return addresses, mobile
}

// tell writes to every known channel of the owner, and to the other managers (ATK-074; NIST SP 800-63B-4 §4.6).
func (f *Flow) tell(ctx context.Context, t deedTry, change *Change) error {
	said := about{Deed: t.deed.ID, Done: t.deed.State == Done}
	until := change.Now.Add(courier.LongestTry)
	if !said.Done {
		until = t.deed.Until
	}
	add := func(kind courier.Kind, to string, said about) {
		payload, _ := json.Marshal(said) // a string and two yes or no
		change.Letters = append(change.Letters, courier.Item{
			ID: f.NewID(), Organisation: t.deed.Organisation, Account: t.deed.Account, Kind: kind, Recipient: to, Payload: payload,
			Created: change.Now, Due: change.Now, Expires: until,
		})
	}
	addresses, mobile := channels(t.person, f.Texts)
	for _, address := range addresses {
		add(courier.DeskNotice, address, said)
	}
	if mobile != "" {
		add(courier.DeskText, mobile, said)
	}
	managers, err := f.Store.Managers(ctx, t.deed.Organisation, mostManagers)
	if err != nil {
		return fmt.Errorf("reading who manages: %w", err)
	}
	said.Manager = true
	for _, m := range managers {
		if m.ID == t.person.ID {
			continue
		}
		for _, address := range m.RecoveryEmails() {
			add(courier.DeskNotice, address, said)
		}
	}
	return nil
}

func (f *Flow) stopDigest(d Deed) string {
	return f.Forge.Digest(credential.Stop, d.Organisation, f.Forge.Make(credential.Stop, d.ID))
}

// Prepare makes the letter or the text message of an outbox row, with its code or link: derived now, so that none was
// ever stored. It gives fault.Missing when what it is about is gone, fault.Stale for what is wanted no more.
func (f *Flow) Prepare(ctx context.Context, item courier.Item) (courier.Letter, error) {
	org, err := f.Store.Organisation(ctx, item.Organisation)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the organisation of a letter: %w", err)
	}
	person, err := f.Store.Account(ctx, item.Organisation, item.Account)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the account of a letter: %w", err)
	}
	l := courier.Letter{
		ID: item.ID, Kind: item.Kind, To: item.Recipient, Organisation: org, Person: person, Expires: item.Expires,
		PortalURL: f.PortalURL(org),
	}
	if item.Kind == courier.CallerCode {
		return f.codeLetter(ctx, item, l)
	}
	var a about
	if err := json.Unmarshal(item.Payload, &a); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a letter: %w", err)
	}
	d, err := f.Store.Deed(ctx, item.Organisation, a.Deed)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the deed that a letter is about: %w", err)
	}
	c, err := f.Store.Case(ctx, item.Organisation, d.Case)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the case that a letter is about: %w", err)
	}
	l.AskedAt = d.ProposedAt
	l.Desk = courier.DeskSaid{
		Act: string(d.Act), Case: c.Number, Operator: d.actor(), New: d.Masked(), Manager: a.Manager,
	}
	if !a.Done {
		if d.State != Waiting {
			return courier.Letter{}, fault.Stale
		}
		l.Desk.Until, l.Secret = d.Until, f.Forge.Make(credential.Stop, d.ID)
	}
	return l, nil
}

func (f *Flow) codeLetter(ctx context.Context, item courier.Item, l courier.Letter) (courier.Letter, error) {
	var t textOf
	if err := json.Unmarshal(item.Payload, &t); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a text message: %w", err)
	}
	code, err := f.Store.Code(ctx, item.Organisation, t.Case)
	if err != nil {
		return courier.Letter{}, fmt.Errorf("reading the code of a case: %w", err)
	}
	if code.ID != t.Code || !code.Live(f.Now()) || l.Person.Mobile != item.Recipient {
		return courier.Letter{}, fault.Stale
	}
	l.Secret, l.Host = f.Forge.CallerCode(item.Organisation, t.Case, t.Operator, t.Code), f.Host
	return l, nil
}

// LookObjection says what the link of a notice would stop, and does nothing: opening a link must be harmless (ATK-017).
func (f *Flow) LookObjection(ctx context.Context, o organisation.Organisation, token string) (Objection, error) {
	digest := f.Forge.Digest(credential.Stop, o.ID, token)
	if digest == "" {
		return Objection{}, nil
	}
	d, err := f.Store.DeedByStop(ctx, o.ID, digest)
	if errors.Is(err, fault.Missing) {
		return Objection{}, nil
	}
	if err != nil {
		return Objection{}, fmt.Errorf("looking up a link: %w", err)
	}
	t, err := f.deedTry(ctx, d)
	if errors.Is(err, fault.Missing) {
		return Objection{}, nil
	}
	if err != nil {
		return Objection{}, err
	}
	return Objection{Known: true, Deed: d, Number: t.c.Number, Who: t.person.Name(), InTime: t.facts&InTime != 0}, nil
}

// Object stops what waits, for whoever holds the link of a notice: stopping needs no proof, for nothing is opened by it.
// Of any number of parallel uses one stops the deed; the others see it stopped.
func (f *Flow) Object(ctx context.Context, o organisation.Organisation, token string, b session.Browser) (Objection, error) {
	const again = 4
	for try := 1; ; try++ {
		found, err := f.LookObjection(ctx, o, token)
		if err != nil || !found.Known {
			return found, err
		}
		t, err := f.deedTry(ctx, found.Deed)
		if err != nil {
			return Objection{}, err
		}
		rule, ok := NextDeed(t.deed.From, Stop, t.facts)
		if !ok || rule.To == t.deed.From {
			return found, nil
		}
		t.op.Browser = b
		_, err = f.move(ctx, t, rule, audit.DeedStopped)
		if errors.Is(err, fault.Stale) && try < again {
			continue
		}
		found.Deed.State, found.Moved = rule.To, err == nil
		return found, err
	}
}
