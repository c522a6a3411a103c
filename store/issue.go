package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/credential"
	"loquet/fault"
)

const issueColumns = `id, organisation, account, digest, code_digest, issued, expires, used, ended, opened_session, sent_to`

// nobody stands for what is not there, so that a look-up of nothing runs the same statements. No key, digest, mobile or
// ID reads like this.
const nobody = "-"

func orNobody(key string) string {
	if key == "" {
		return nobody
	}
	return key
}

func (r runner) issue(where string, args ...any) (credential.Issue, error) {
	var i credential.Issue
	var issued, expires, used, ended int64
	err := r.one([]any{
		&i.ID, &i.Organisation, &i.Account, &i.Digest, &i.CodeDigest, &issued, &expires, &used, &ended, &i.OpenedSession,
		&i.SentTo,
	}, `select `+issueColumns+` from issue where organisation = $1 and `+where, args...)
	if err != nil {
		return credential.Issue{}, err
	}
	i.Issued, i.Expires, i.Used, i.Ended = moment(issued), moment(expires), moment(used), moment(ended)
	return i, nil
}

// Issue gives the issue that one of the digests names, as the digest of its secret or of its code; fault.Missing when
// there is none. An empty digest names nothing (ATK-013).
func (db *DB) Issue(ctx context.Context, organisation string, digests ...string) (credential.Issue, error) {
	r := db.read(ctx)
	for _, digest := range digests {
		if digest == "" {
			continue
		}
		i, err := r.issue(`(digest = $2 or code_digest = $2) order by issued desc limit 1`, organisation, digest)
		if !errors.Is(err, fault.Missing) {
			return i, err
		}
	}
	return credential.Issue{}, fault.Missing
}

// IssueByID gives an issue by its ID; fault.Missing when there is none in this organisation.
func (db *DB) IssueByID(ctx context.Context, organisation, id string) (credential.Issue, error) {
	return db.read(ctx).issue(`id = $2`, organisation, id)
}

// NewestIssue gives the account's last issue, whatever became of it; fault.Missing when there is none in this
// organisation.
func (db *DB) NewestIssue(ctx context.Context, organisation, account string) (credential.Issue, error) {
	return db.read(ctx).issue(`account = $2 order by issued desc, id desc limit 1`, organisation, account)
}

func (r runner) keepIssue(i credential.Issue) error {
	_, err := r.exec(`insert into issue (`+issueColumns+`) values ($1, $2, $3, $4, $5, $6, $7, 0, 0, '', $8)`,
		i.ID, i.Organisation, i.Account, i.Digest, i.CodeDigest, micros(i.Issued), micros(i.Expires), plain(i.SentTo))
	if err != nil {
		return fmt.Errorf("keeping an issue: %w", err)
	}
	return nil
}

// burn uses an issue, once (ATK-005, ATK-006). Its end is tested here and not before (ATK-012).
func (r runner) burn(organisation, account, id, opened string, now time.Time) error {
	return r.guarded(`
		update issue set used = $4, opened_session = $5
		where organisation = $1 and account = $2 and id = $3 and used = 0 and ended = 0 and expires > $6 and issued <= $7`,
		organisation, account, id, stamp(now), opened, micros(now), micros(now.Add(skew)))
}

// endIssues ends every living issue of an account; those that are late or used keep their fate.
func (r runner) endIssues(organisation, account string, now time.Time) error {
	_, err := r.exec(`
		update issue set ended = $3
		where organisation = $1 and account = $2 and used = 0 and ended = 0 and expires > $4`,
		organisation, account, stamp(now), micros(now))
	if err != nil {
		return fmt.Errorf("ending issues: %w", err)
	}
	return nil
}
