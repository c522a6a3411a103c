package store

import (
	"context"
	"fmt"
	"time"

	"loquet/audit"
)

// How long what is over is kept: long enough to answer for it, no longer (RGPD art. 5-1-e). The journal: audit.Kept.
const (
	keepLetters  = 30 * 24 * time.Hour
	keepSessions = 30 * 24 * time.Hour
	keepIssues   = 90 * 24 * time.Hour
	keepGrants   = 30 * 24 * time.Hour
)

// purgeTogether is how many rows go in one transaction, so that nobody waits for the purge.
const purgeTogether = 500

// purges finds what is over and takes it away. What it finds may come to life again before it is taken away, so that
// both statements test: $1 is the limit of time, in both; $2 is the number of rows, or the row's key.
var purges = []struct {
	what       string
	keep       time.Duration
	find, take string
}{
	{"rates", 0,
		`select key from rate where tat <= $1 limit $2`,
		`delete from rate where tat <= $1 and key = $2`},
	{"letters", keepLetters,
		`select id from outbox where finished > 0 and finished <= $1 limit $2`,
		`delete from outbox where finished > 0 and finished <= $1 and id = $2`},
	{"sessions", keepSessions,
		`select id from session where until <= $1 or (ended > 0 and ended <= $1) limit $2`,
		`delete from session where (until <= $1 or (ended > 0 and ended <= $1)) and id = $2`},
	{"changes of addresses", keepIssues,
		`select id from address_change where until <= $1 limit $2`,
		`delete from address_change where until <= $1 and id = $2`},
	{"challenges", skew, // a node whose clock is behind must not take one for new
		`select challenge from spent where until <= $1 limit $2`,
		`delete from spent where until <= $1 and challenge = $2`},
	{"requests of applications", skew,
		`select id from oidc_request where until <= $1 limit $2`,
		`delete from oidc_request where until <= $1 and id = $2`},
	{"grants", keepGrants, // with the tokens that others took over from
		`select id from oidc_grant where finished <= $1 limit $2`,
		`delete from oidc_grant where finished <= $1 and id = $2`},
	{"signing keys", skew,
		`select id from signing_key where gone <= $1 limit $2`,
		`delete from signing_key where gone <= $1 and id = $2`},
	{"cases", audit.Kept, // with their steps, codes and deeds: those that nobody has closed as well
		`select id from desk_case where touched <= $1 limit $2`,
		`delete from desk_case where touched <= $1 and id = $2`},
	{"issues", keepIssues,
		`select id from issue where expires <= $1 limit $2`,
		`delete from issue where expires <= $1 and id = $2`},
}

// Purge takes away what is over at now and has been kept long enough: rates that hold nobody back, letters, sessions
// and grants 30 days after their end, issues 90 days after theirs, challenges, requests of applications and signing keys
// with theirs, entries of the journal a year after they were written, cases of the desk a year after the last thing that
// happened in them. It gives the number of rows; a clock that was set back purges nothing. Accounts that an older Loquet
// beside this one has written since it was opened get their keys.
func (db *DB) Purge(ctx context.Context, now time.Time) (int, error) {
	if err := db.fill(ctx); err != nil {
		return 0, err
	}
	total, err := db.purgeJournals(ctx, now)
	if err != nil {
		return total, fmt.Errorf("purging journals: %w", err)
	}
	for _, p := range purges {
		limit := micros(now.Add(-p.keep))
		for {
			var keys []string
			err := db.read(ctx).each(p.find, []any{limit, purgeTogether}, func(scan func(...any) error) error {
				var key string
				err := scan(&key)
				keys = append(keys, key)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("finding old %s: %w", p.what, err)
			}
			if len(keys) == 0 {
				break
			}
			taken, err := db.take(ctx, p.take, limit, keys)
			if err != nil {
				return total, fmt.Errorf("purging %s: %w", p.what, err)
			}
			total += taken
			if taken == 0 { // all of them came to life again
				break
			}
		}
	}
	return total, nil
}

func (db *DB) purgeJournals(ctx context.Context, now time.Time) (total int, err error) {
	all, err := db.read(ctx).organisations(``) // the platform too
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		for taken := purgeTogether; taken == purgeTogether; total += taken {
			err := db.write(ctx, func(r runner) (err error) {
				taken, err = r.purgeJournal(o.ID, micros(now.Add(-audit.Kept)), purgeTogether)
				return err
			})
			if err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

func (db *DB) take(ctx context.Context, query string, limit int64, keys []string) (taken int, err error) {
	err = db.write(ctx, func(r runner) error {
		taken = 0
		for _, key := range keys {
			rows, err := r.exec(query, limit, key)
			if err != nil {
				return err
			}
			taken += int(rows)
		}
		return nil
	})
	return taken, err
}
