package store_test

import (
	"context"
	"testing"
	"time"

	"loquet/credential"
	"loquet/fault"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// ATK-005, ATK-006, ATK-012: a slip is found by what is typed and by what is scanned, opens once in a race of both, lives
// to the end of its last day and not beyond, and is the newest issue of its account until another one is made.
func TestATK006ParallelUsesBurnASlipOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.NoEmail)
		_, err := db.NewestIssue(t.Context(), o.ID, person.ID)
		want(t, "an account without an issue", err, fault.Missing)
		print := func(id string, issued time.Time) credential.Issue {
			slip := credential.Issue{
				ID: id, Organisation: o.ID, Account: person.ID, Digest: "scanned " + id, CodeDigest: "typed " + id, Issued: issued,
				Expires: issued.Add(organisation.SlipLives),
			}
			must(t, db.ApplyRecovery(t.Context(), recovery.Change{
				Now: issued, Organisation: o.ID, Account: person.ID, EndIssues: true, Issue: &slip,
			}))
			return slip
		}
		use := func(ctx context.Context, digest string, now time.Time) error {
			slip, err := db.Issue(ctx, o.ID, digest)
			if err != nil {
				return err
			}
			s := storetest.Session(person, session.Renewal, now)
			return db.ApplyRecovery(ctx, recovery.Change{
				Now: now, Organisation: o.ID, Account: person.ID, Burn: slip.ID, Open: &s,
			})
		}
		first := print("first", start)
		second := print("second", at(time.Hour))
		newest, err := db.NewestIssue(t.Context(), o.ID, person.ID)
		must(t, err)
		if newest.ID != second.ID {
			t.Errorf("the newest is %s", newest.ID)
		}
		want(t, "the older slip", use(t.Context(), first.CodeDigest, at(2*time.Hour)), fault.Stale)
		want(t, "at its end", use(t.Context(), second.CodeDigest, second.Expires), fault.Stale)
		last := second.Expires.Add(-time.Microsecond)
		won := race(t, func(ctx context.Context, i int) error {
			return use(ctx, []string{second.CodeDigest, second.Digest}[i%2], last)
		})
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}
