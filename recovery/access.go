package recovery

import (
	"context"
	"fmt"
	"slices"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// SendAccess has a way in sent to a person, because a manager asks for it, and gives the masked address that it goes
// to; nobody but its reader ever sees the secret (ATK-071). Whoever has no password yet is invited, at the reference
// address even when it is unproven: coming back with the secret proves it. Everybody else gets what « Mot de passe
// oublié » would send, at the proven reference address only (ATK-073). Older secrets end (ATK-010).
//
// It gives fault.Missing for a person without such an address, fault.Forbidden for a closed account, and limit.Over
// after too many: the letters count with those that the person asks for (ATK-024).
func (f *Flow) SendAccess(
	ctx context.Context, org organisation.Organisation, person account.Account, actor string, b session.Browser,
) (masked string, err error) {
	change := Change{Now: f.Now(), Organisation: org.ID, Account: person.ID}
	reference := person.Reference()
	facts := Known
	if person.Open(change.Now) {
		facts |= Open
	}
	if reference.Address != "" && (reference.Proven || person.State == account.Invited) {
		facts |= Reachable
	}
	switch {
	case facts&Reachable == 0:
		return "", fault.Missing
	case facts&Open == 0:
		return "", fault.Forbidden
	}
	allowed, wait, err := f.Store.Count(ctx, f.letterCounts(org, person.ID, reference.Address), change.Now)
	if err != nil {
		return "", fmt.Errorf("counting a letter: %w", err)
	}
	if !allowed {
		return "", limit.Over{Wait: wait}
	}
	rule, _ := Next(Pending, Decided, facts|Allowed)
	f.sendAccess(org, person, rule, actor, b, &change)
	if err := f.Store.ApplyRecovery(ctx, change); err != nil {
		return "", fmt.Errorf("sending a way in: %w", err)
	}
	return account.MaskEmail(reference.Address), nil
}

// sendAccess does what the row says; the journal names the manager.
func (f *Flow) sendAccess(
	org organisation.Organisation, person account.Account, rule Rule, actor string, b session.Browser, c *Change,
) {
	id, to, kind, lives := f.NewID(), person.Reference().Address, secretLetter(org), org.Policy.Recovery.Lifetime
	if person.State == account.Invited {
		kind, lives = courier.Invitation, organisation.LongestRecovery
	}
	c.EndIssues = slices.Contains(rule.Do, EndSecrets)
	c.Issue = f.issue(org, person, to, id, c)
	c.Issue.Expires = c.Now.Add(lives)
	letter := f.letter(id, kind, org, person, to, courier.Item{Created: c.Now}, "", c)
	letter.Expires = c.Issue.Expires
	c.Letters = append(c.Letters, letter)
	f.note(c, audit.AccessSent, b, actor, account.MaskEmail(to))
}
