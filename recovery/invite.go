package recovery

import (
	"context"
	"fmt"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/organisation"
	"loquet/session"
)

// Invite issues a link for an account and gives it, for an operator at the command line who hands it over by hand. It
// opens the renewal page once, within LongestRecovery; older secrets of the account end.
func (f *Flow) Invite(ctx context.Context, org organisation.Organisation, person account.Account) (url string, err error) {
	now, id := f.Now(), f.NewID()
	token := f.Forge.Make(credential.Link, id)
	change := Change{
		Now: now, Organisation: org.ID, Account: person.ID, EndIssues: true,
		Issue: &credential.Issue{
			ID: id, Organisation: org.ID, Account: person.ID, Digest: f.Forge.Digest(credential.Link, org.ID, token),
			Issued: now, Expires: now.Add(organisation.LongestRecovery),
		},
	}
	f.note(&change, audit.RecoveryStarted, session.Browser{}, audit.System, "invitation")
	if err := f.Store.ApplyRecovery(ctx, change); err != nil {
		return "", fmt.Errorf("issuing an invitation: %w", err)
	}
	return f.PortalURL(org) + "/enter/" + token, nil
}
