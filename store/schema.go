package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"loquet/fault"
)

//go:embed schema/*.sql
var schema embed.FS

// versions is the table in which goose keeps the version of the schema. Its presence makes a database Loquet's.
const versions = "loquet_version"

// migrate brings the schema up to date. Several nodes may start at once: PostgreSQL lets one of them do it.
func (db *DB) migrate(ctx context.Context, log *slog.Logger) error {
	files, err := fs.Sub(schema, "schema")
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{
		goose.WithTableName(versions), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true),
	}
	if db.dialect.name == postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return fmt.Errorf("making the lock of the schema: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(db.dialect.migrations, db.writer, files, options...)
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	version, err := db.version(ctx)
	if err != nil || version == newest {
		return err
	}
	if version > newest {
		return Unusable{db.dialect.where, "a newer Loquet has been here; start that one, or restore a backup", ErrFuture}
	}
	for from := version; ; {
		if _, err = provider.Up(ctx); err == nil {
			log.InfoContext(ctx, "schema brought up to date", "from", version, "to", newest)
			return nil
		}
		// SQLite has no lock that spans the look and the work: another process may have done a step in between.
		// Whoever fails without anybody having come further has a reason of its own.
		reached, again := db.version(ctx)
		switch {
		case again == nil && reached == newest:
			return nil
		case again != nil || reached == from:
			return fmt.Errorf("bringing the schema from version %d to %d: %w", version, newest, err)
		}
		from = reached
	}
}

// version gives the version of the schema, 0 for an empty database. A database of someone else's gives ErrForeign.
func (db *DB) version(ctx context.Context) (int64, error) {
	r := runner{ctx: ctx, by: db.writer, explain: db.dialect.explain}
	var tables []string
	err := r.each(db.dialect.tables, nil, func(scan func(...any) error) error {
		var name string
		defer func() { tables = append(tables, name) }()
		return scan(&name)
	})
	switch {
	case err != nil:
		return 0, err
	case len(tables) == 0:
		return 0, nil
	case !slices.Contains(tables, versions):
		return 0, Unusable{db.dialect.where, "it holds something that is not Loquet's; name another one", ErrForeign}
	}
	var version sql.NullInt64
	err = r.one([]any{&version}, `select max(version_id) from `+versions)
	if errors.Is(err, fault.Missing) {
		return 0, nil
	}
	return version.Int64, err
}
