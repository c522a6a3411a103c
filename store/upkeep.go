package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"loquet/courier"
	"loquet/credential"
	"loquet/desk"
	"loquet/fault"
	"loquet/oidc"
	"loquet/profile"
	"loquet/session"
)

// Stats is what the metrics say about the store.
type Stats struct {
	Engine  string // "sqlite" or "postgres"
	Writes  int64  // asked for since the start
	Commits int64  // made since the start; fewer than Writes where several shared one
	Waiting int64  // items of the outbox that are not over
	Failed  int64  // letters that were given up and are still kept
}

// Stats gives the figures of now.
func (db *DB) Stats(ctx context.Context) (Stats, error) {
	s := Stats{Engine: db.dialect.name, Writes: db.writes.Load(), Commits: db.commits.Load()}
	r := db.read(ctx)
	if err := r.one([]any{&s.Waiting}, `select count(*) from outbox where finished = 0`); err != nil {
		return s, fmt.Errorf("counting the outbox: %w", err)
	}
	err := r.one([]any{&s.Failed}, `select count(*) from outbox where state = $1`, string(courier.Failed))
	if err != nil {
		return s, fmt.Errorf("counting letters that failed: %w", err)
	}
	return s, nil
}

// ErrElsewhere is the error of a backup of PostgreSQL, which has its own tools.
var ErrElsewhere = errors.New("PostgreSQL is backed up with pg_dump or its own replication")

// Backup writes the whole database, as it is at one moment, into a new file while work goes on. It gives an error when
// the file exists, ErrElsewhere on PostgreSQL.
func (db *DB) Backup(ctx context.Context, file string) error {
	if db.dialect.name == postgres {
		return ErrElsewhere
	}
	// Made here, so that only the owner reads it; SQLite takes an empty file for a new one.
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return explainFile(file, err)
	}
	if err := f.Close(); err != nil {
		return explainFile(file, err)
	}
	if err := db.copyInto(ctx, filepath.Clean(file)); err != nil {
		return errors.Join(fmt.Errorf("backing up: %w", explainSQLite(file, err)), os.Remove(file))
	}
	return nil
}

// copyInto copies from a connection that reads, so that writes go on meanwhile.
func (db *DB) copyInto(ctx context.Context, file string) (err error) {
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// The connection may write elsewhere for once; its own file stays closed to it (mode=ro).
	if _, err := conn.ExecContext(ctx, `pragma query_only = 0`); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, `vacuum into $1`, file)
	_, again := conn.ExecContext(context.WithoutCancel(ctx), `pragma query_only = 1`)
	return errors.Join(err, again)
}

// epoch is the setting that counts how often the database was restored.
const epoch = "epoch"

// Epoch says how often the database was restored from a backup.
func (db *DB) Epoch(ctx context.Context) (int64, error) { return db.read(ctx).epoch() }

func (r runner) epoch() (int64, error) {
	var text string
	err := r.one([]any{&text}, `select value from setting where key = $1`, epoch)
	if errors.Is(err, fault.Missing) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the epoch: %w", err)
	}
	return strconv.ParseInt(text, 10, 64)
}

// BumpEpoch is called after a restore: every session, every grant of an application, every secret, every printed code,
// every change of an address and all that was on its way at the desk ends that the backup brought back, because it may
// have been used or ended since the backup was made, and app codes of before are not accepted (ATK-087).
func (db *DB) BumpEpoch(ctx context.Context, now time.Time) error {
	return db.write(ctx, func(r runner) error {
		number, err := r.epoch()
		if err != nil {
			return err
		}
		_, err = r.exec(`
			insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
			epoch, strconv.FormatInt(number+1, 10))
		if err != nil {
			return fmt.Errorf("counting a restore: %w", err)
		}
		if _, err := r.exec(`update issue set ended = $1 where used = 0 and ended = 0`, stamp(now)); err != nil {
			return fmt.Errorf("ending restored secrets: %w", err)
		}
		// A change that the backup brought back may have been stopped since: whoever wants it asks again.
		_, err = r.exec(`update address_change set state = $2, moved = $1 where state in ('asked', 'confirmed')`,
			stamp(now), string(profile.Stopped))
		if err != nil {
			return fmt.Errorf("ending restored changes of addresses: %w", err)
		}
		_, err = r.exec(`update session set ended = $1, ended_because = $2 where ended = 0`,
			stamp(now), string(session.Stopped))
		if err != nil {
			return fmt.Errorf("ending restored sessions: %w", err)
		}
		if err := r.voidGrants(now); err != nil {
			return err
		}
		if err := r.voidCodes(now); err != nil {
			return err
		}
		return r.voidCases(now)
	})
}

// voidCodes uses every printed code, and every app code that a person may have shown to somebody by now.
func (r runner) voidCodes(now time.Time) error {
	if _, err := r.exec(`update printed set used = $1 where used = 0`, stamp(now)); err != nil {
		return fmt.Errorf("ending restored printed codes: %w", err)
	}
	// MatchApp takes the code of the step after this one, too.
	_, err := r.exec(`update app set step = $1 where step < $1`, credential.AppStep(now)+1)
	if err != nil {
		return fmt.Errorf("ending restored app codes: %w", err)
	}
	return nil
}

// voidGrants ends what applications held when the backup was made, tells them, and forgets consents: they may have been
// taken back since.
func (r runner) voidGrants(now time.Time) error {
	var organisations []string
	err := r.each(`select distinct organisation from oidc_grant where ended = 0`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			organisations = append(organisations, id)
			return err
		})
	if err != nil {
		return fmt.Errorf("finding restored grants: %w", err)
	}
	for _, o := range organisations {
		if _, err := r.endGrants(o, oidc.SignedOut, now, `true`); err != nil {
			return err
		}
	}
	if _, err := r.exec(`update oidc_request set over = true where over = false`); err != nil {
		return fmt.Errorf("ending restored requests: %w", err)
	}
	if _, err := r.exec(`delete from consent`); err != nil {
		return fmt.Errorf("forgetting restored consents: %w", err)
	}
	return nil
}

// voidCases ends what was checked and proposed at the desk: an owner may have objected since. Whoever wants it calls
// again.
func (r runner) voidCases(now time.Time) error {
	if _, err := r.exec(`update desk_code set used = $1 where used = 0`, stamp(now)); err != nil {
		return fmt.Errorf("ending restored codes of callers: %w", err)
	}
	_, err := r.exec(`update desk_case set standing = $1, version = version + 1 where closed = 0`, string(desk.Unchecked))
	if err != nil {
		return fmt.Errorf("ending restored checks of callers: %w", err)
	}
	_, err = r.exec(`update deed set state = $1 where state in ('proposed', 'waiting')`, string(desk.Withdrawn))
	if err != nil {
		return fmt.Errorf("ending restored deeds: %w", err)
	}
	return nil
}
