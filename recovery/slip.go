package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// PrintSlip gives a paper slip for a person whose identity a manager has seen (F12): it opens the renewal page once,
// within organisation.SlipLives, and nothing else (ADR-0024). It is a code to type and a link to scan, both derived as
// every secret is; older secrets of the person end (ATK-010), and every proven address is told who printed it. Whether
// the actor may, is asked before (organisation.MayDo).
//
// It gives fault.Forbidden for a closed account, limit.Over after too many.
func (f *Flow) PrintSlip(
	ctx context.Context, org organisation.Organisation, person, actor account.Account, b session.Browser,
) (courier.Slip, error) {
	change := Change{Now: f.Now(), Organisation: org.ID, Account: person.ID}
	facts := Known
	if person.Open(change.Now) {
		facts |= Open
	}
	allowed, wait, err := f.Store.Count(ctx, f.slipCounts(org, person), change.Now)
	if err != nil {
		return courier.Slip{}, fmt.Errorf("counting a slip: %w", err)
	}
	if allowed {
		facts |= Allowed
	}
	rule, _ := Next(Start, Handed, facts)
	switch {
	case rule.To == Sent:
	case !allowed:
		return courier.Slip{}, limit.Over{Wait: wait}
	default:
		return courier.Slip{}, fault.Forbidden
	}
	slip := f.handOver(org, person, actor, b, rule, &change)
	if err := f.Store.ApplyRecovery(ctx, change); err != nil {
		return courier.Slip{}, fmt.Errorf("printing a slip: %w", err)
	}
	return slip, nil
}

// handOver does what the row says, and gives the sheet.
func (f *Flow) handOver(
	org organisation.Organisation, person, actor account.Account, b session.Browser, rule Rule, c *Change,
) (slip courier.Slip) {
	id := f.NewID()
	for _, effect := range rule.Do {
		switch effect {
		case EndSecrets:
			c.EndIssues = true
		case IssueSecret:
			c.Issue = f.slipIssue(org, person, id, c.Now)
		case HandSecret:
			slip = courier.Slip{
				Organisation: org, Person: person, PortalURL: f.PortalURL(org), Printed: c.Now, Expires: c.Issue.Expires,
				Code: f.Forge.Make(credential.Slip, id),
				Link: f.PortalURL(org) + "/enter/" + f.Forge.Make(credential.Link, id),
			}
		case TellPrinted:
			said := courier.SlipSaid{AskedBy: actor.Name(), Device: b.Device, Asked: c.Now, Expires: c.Issue.Expires}
			c.Letters = said.Items(person, f.Texts, f.NewID)
		case NotePrinted:
			f.note(c, audit.SlipPrinted, b, actor.ID, "")
		}
	}
	return slip
}

// slipIssue keeps a slip as a letter's link and code are kept: the link is scanned, the code is typed.
func (f *Flow) slipIssue(org organisation.Organisation, person account.Account, id string, now time.Time) *credential.Issue {
	return &credential.Issue{
		ID: id, Organisation: org.ID, Account: person.ID, Issued: now, Expires: now.Add(organisation.SlipLives),
		Digest:     f.Forge.Digest(credential.Link, org.ID, f.Forge.Make(credential.Link, id)),
		CodeDigest: f.Forge.Digest(credential.Slip, org.ID, f.Forge.Make(credential.Slip, id)),
	}
}

// isSlip says whether an issue was printed: only a slip's code has the digest that its own ID leads to.
func (f *Flow) isSlip(i credential.Issue) bool {
	return i.CodeDigest == f.Forge.Digest(credential.Slip, i.Organisation, f.Forge.Make(credential.Slip, i.ID))
}

// paper adds to the answer what whoever holds a dead secret may know of the paper: that theirs is a slip, and when the
// slip was printed that took its place.
func (f *Flow) paper(ctx context.Context, issue credential.Issue, given *Given) error {
	given.Slip = f.isSlip(issue)
	if given.Fate != credential.Replaced {
		return nil
	}
	newest, err := f.Store.NewestIssue(ctx, issue.Organisation, issue.Account)
	switch {
	case errors.Is(err, fault.Missing):
	case err != nil:
		return fmt.Errorf("looking for a newer slip: %w", err)
	case newest.Issued.After(issue.Issued) && f.isSlip(newest):
		given.Newer = newest.Issued
	}
	return nil
}

// slipNotice makes the letter, or the text message, that tells of a slip.
func (f *Flow) slipNotice(
	item courier.Item, org organisation.Organisation, person account.Account,
) (courier.Letter, error) {
	var said courier.SlipSaid
	if err := json.Unmarshal(item.Payload, &said); err != nil {
		return courier.Letter{}, fmt.Errorf("reading a letter: %w", err)
	}
	return courier.Letter{
		ID: item.ID, Kind: item.Kind, To: item.Recipient, Organisation: org, Person: person, PortalURL: f.PortalURL(org),
		AskedAt: said.Asked, AskedFrom: said.Device, AskedBy: said.AskedBy, Expires: said.Expires,
	}, nil
}

func (f *Flow) slipCounts(org organisation.Organisation, person account.Account) []limit.Count {
	return []limit.Count{{Key: limit.Key(f.Key, "slips", org.ID, person.ID), Rate: f.Limits.Slips}}
}
