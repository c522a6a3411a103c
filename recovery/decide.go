package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// mostBehind is how many accounts behind one address get a letter.
const mostBehind = 10

// Decide answers a recorded request for a password: here, out of the requester's sight, is the look-up.
func (f *Flow) Decide(ctx context.Context, item courier.Item) error {
	org, r, err := f.request(ctx, item)
	if err != nil {
		return err
	}
	people, to, err := f.wanted(ctx, org, r)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		people = []account.Account{{}} // nobody takes the same row of the table, with Known off
	}
	for i, person := range people {
		change := Change{Now: f.Now(), Organisation: org.ID, Account: person.ID}
		if i == len(people)-1 {
			change.Request = item.ID // a crash before the last one answers the others again, under new secrets
		}
		if err := f.decide(ctx, org, r, item, person, to, &change); err != nil {
			return err
		}
	}
	return nil
}

func (f *Flow) decide(
	ctx context.Context, org organisation.Organisation, r Request, item courier.Item, person account.Account, to string, c *Change,
) error {
	facts, recipient, err := f.weigh(ctx, org, person, to, c)
	if err != nil {
		return err
	}
	rule, _ := Next(Pending, Decided, facts)
	letterID := f.NewID()
	for _, effect := range rule.Do {
		switch effect {
		case EndSecrets:
			c.EndIssues = true
		case IssueSecret:
			c.Issue = f.issue(org, person, recipient, letterID, c)
		case SendSecret:
			c.Letters = append(c.Letters, f.letter(letterID, secretLetter(org), org, person, recipient, item, r.Browser.Device, c))
		case SendClosed:
			c.Letters = append(c.Letters, f.letter(letterID, courier.Closed, org, person, recipient, item, r.Browser.Device, c))
		case NoteStarted:
			f.note(c, audit.RecoveryStarted, r.Browser, "", account.MaskEmail(recipient))
		case NoteRefused:
			f.note(c, audit.RecoveryRefused, r.Browser, "", whyRefused(facts))
		}
	}
	if err := f.Store.ApplyRecovery(ctx, *c); err != nil {
		return fmt.Errorf("answering a recovery request: %w", err)
	}
	return nil
}

// weigh finds out the facts about one person behind a request, and the address that a letter goes to.
func (f *Flow) weigh(
	ctx context.Context, org organisation.Organisation, person account.Account, to string, c *Change,
) (facts Fact, recipient string, err error) {
	if person.ID == "" {
		return 0, "", nil
	}
	facts = Known
	if person.Open(c.Now) {
		facts |= Open
	}
	recipient = recipientOf(person, to)
	if recipient == "" {
		return facts, "", nil
	}
	facts |= Reachable
	allowed, _, err := f.Store.Count(ctx, f.letterCounts(org, person.ID, recipient), c.Now)
	if err != nil {
		return 0, "", fmt.Errorf("counting a letter: %w", err)
	}
	if allowed {
		facts |= Allowed
	}
	return facts, recipient, nil
}

// recipientOf gives the proven address that fits what was typed, or the first proven one when no address was typed. The
// letter goes to the address on file, never to the one typed (ATK-001, ATK-004).
func recipientOf(person account.Account, typedKey string) string {
	proven := person.RecoveryEmails()
	if typedKey == "" {
		if len(proven) == 0 {
			return ""
		}
		return proven[0]
	}
	for _, address := range proven {
		if _, key, ok := account.FoldEmail(address); ok && key == typedKey {
			return address
		}
	}
	return ""
}

func (f *Flow) letterCounts(org organisation.Organisation, person, recipient string) []limit.Count {
	var counts []limit.Count
	for i, rate := range f.Limits.Letters {
		counts = append(counts, limit.Count{Key: limit.Key(f.Key, fmt.Sprintf("letters-%d", i), org.ID, person), Rate: rate})
	}
	_, key, _ := account.FoldEmail(recipient)
	return append(counts, limit.Count{Key: limit.Key(f.Key, "mailbox", org.ID, key), Rate: f.Limits.Mailbox})
}

// wanted gives the accounts that the request may be for, and the key of the address that was typed, if one was.
func (f *Flow) wanted(ctx context.Context, org organisation.Organisation, r Request) ([]account.Account, string, error) {
	who, byEmail := account.Find(r.Identifier), account.FindEmail(r.Email)
	if r.Identifier == "" {
		who = byEmail
	}
	if who.Nobody() || r.Email != "" && byEmail.Nobody() {
		return nil, "", nil
	}
	if org.Policy.Recovery.Ask == organisation.AskBoth && (r.Identifier == "" || r.Email == "") {
		return nil, "", nil
	}
	people, err := f.Store.Behind(ctx, org.ID, who, mostBehind)
	if err != nil {
		return nil, "", fmt.Errorf("looking up a request: %w", err)
	}
	to := byEmail.Email
	if to == "" && len(people) > 0 && !slices.ContainsFunc(people, func(p account.Account) bool { return owns(p, who.Identifier) }) {
		to = who.Email // an address was typed in the field that takes either
	}
	return people, to, nil
}

func owns(p account.Account, key string) bool {
	return key != "" && slices.ContainsFunc(append([]string{p.Identifier}, p.Aliases...), func(id string) bool {
		return account.FoldIdentifier(id) == key
	})
}

// DecideIdentifier answers a recorded request for an identifier: one letter that lists every account behind the address.
func (f *Flow) DecideIdentifier(ctx context.Context, item courier.Item) error {
	org, r, err := f.request(ctx, item)
	if err != nil {
		return err
	}
	change := Change{Now: f.Now(), Organisation: org.ID, Request: item.ID}
	who := account.FindEmail(r.Email)
	people, err := f.Store.Behind(ctx, org.ID, who, mostBehind)
	if err != nil {
		return fmt.Errorf("looking up an address: %w", err)
	}
	if len(people) > 0 {
		change.Account = people[0].ID
		facts, recipient, err := f.weigh(ctx, org, people[0], who.Email, &change)
		if err != nil {
			return err
		}
		if facts&Allowed != 0 { // counted with the person's other letters: ten an hour are ten of both kinds (ATK-024)
			change.Letters = append(change.Letters,
				f.letter(f.NewID(), courier.Identifiers, org, people[0], recipient, item, r.Browser.Device, &change))
			f.note(&change, audit.IdentifiersSent, r.Browser, "", account.MaskEmail(recipient))
		}
	}
	if err := f.Store.ApplyRecovery(ctx, change); err != nil {
		return fmt.Errorf("answering an identifier request: %w", err)
	}
	return nil
}

func (f *Flow) request(ctx context.Context, item courier.Item) (organisation.Organisation, Request, error) {
	org, err := f.Store.Organisation(ctx, item.Organisation)
	if err != nil {
		return organisation.Organisation{}, Request{}, fmt.Errorf("reading the organisation of a request: %w", err)
	}
	var a asked
	if err := json.Unmarshal(item.Payload, &a); err != nil {
		return organisation.Organisation{}, Request{}, errors.Join(fault.Missing, err)
	}
	r := Request{
		Organisation: org, Identifier: string(a.Identifier), Email: string(a.Email), Browser: session.Browser{Device: string(a.Device)},
	}
	r.Browser.Address, _ = netip.ParseAddr(a.Address) // the zero address where none was kept
	return org, r, nil
}

func whyRefused(facts Fact) string {
	switch {
	case facts&Reachable == 0:
		return "no-address"
	case facts&Allowed == 0:
		return "too-often"
	}
	return "closed"
}

func (f *Flow) issue(org organisation.Organisation, person account.Account, to, id string, c *Change) *credential.Issue {
	issue := &credential.Issue{
		ID: id, Organisation: org.ID, Account: person.ID, SentTo: to,
		Issued: c.Now, Expires: c.Now.Add(org.Policy.Recovery.Lifetime),
	}
	switch org.Policy.Recovery.Send {
	case organisation.SendTemporary:
		issue.Digest = f.Forge.Digest(credential.Temporary, org.ID, f.Forge.Make(credential.Temporary, id))
	case organisation.SendLink:
		issue.Digest = f.Forge.Digest(credential.Link, org.ID, f.Forge.Make(credential.Link, id))
		issue.CodeDigest = f.Forge.Digest(credential.Code, org.ID, f.Forge.Make(credential.Code, id))
	case organisation.SendCode:
		issue.Digest = f.Forge.Digest(credential.Code, org.ID, f.Forge.Make(credential.Code, id))
	}
	return issue
}
