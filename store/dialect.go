package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The names of the engines.
const (
	sqliteName = "sqlite"
	postgres   = "postgres"
)

// dialect is all that differs between the engines.
type dialect struct {
	name       string
	where      string // the place, for sentences
	migrations goose.Dialect
	tables     string // lists the names of the tables
	skipLocked string // lets workers pass by the rows that another is taking
	bytewise   string // orders text by its bytes, whatever the database's language
	holds      string // says whether one text is in another, both to be filled in
	unique     func(error) bool
	again      func(error) bool // worth trying the transaction again
	explain    func(error) error
}

// openSQLite opens a file: one connection that writes, and several that read (https://sqlite.org/wal.html).
func openSQLite(path string) (dialect, *sql.DB, *sql.DB, error) {
	d := dialect{
		name: sqliteName, where: path, migrations: goose.DialectSQLite3,
		tables: `select name from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!'`,
		holds:  `instr(%s, %s) > 0`,
		unique: func(err error) bool {
			code := sqliteCode(err)
			return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
		},
		again:   func(error) bool { return false },
		explain: func(err error) error { return explainSQLite(path, err) },
	}
	if path == "" || strings.HasPrefix(path, ":") {
		return d, nil, nil, Unusable{Where: "the database setting", Why: "sqlite: must be followed by the path of a file"}
	}
	// Made here and not by SQLite, so that only the owner reads it; its journals take over its mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return d, nil, nil, explainFile(path, err)
	}
	common := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=temp_store(2)"
	file := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	durable := "&_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	writer, err := sql.Open("sqlite", file+"?"+common+durable)
	if err != nil {
		return d, nil, nil, d.explain(err)
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", file+"?mode=ro&"+common+"&_pragma=query_only(1)")
	if err != nil {
		return d, nil, nil, d.explain(err)
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return d, writer, reader, nil
}

// mostConnections is how many connections a node holds: a few more than a database server has cores to serve them.
const mostConnections = 16

func openPostgres(text string) (dialect, *sql.DB, error) {
	d := dialect{
		name: postgres, where: "the PostgreSQL database", migrations: goose.DialectPostgres,
		tables:     `select tablename from pg_tables where schemaname = current_schema()`,
		skipLocked: ` for update skip locked`,
		bytewise:   ` collate "C"`,
		holds:      `strpos(%s, %s) > 0`,
		unique:     func(err error) bool { return postgresCode(err) == "23505" },
		again: func(err error) bool {
			return postgresCode(err) == "40001" || postgresCode(err) == "40P01"
		},
	}
	config, err := pgx.ParseConfig(text)
	if err != nil { // its text may hold the password
		why := "it is no URL of the form postgres://user:password@host/database"
		return d, nil, Unusable{Where: "the database setting", Why: why}
	}
	d.where = fmt.Sprintf("the database %s on %s", config.Database, config.Host)
	d.explain = func(err error) error { return explainPostgres(d.where, err) }
	config.RuntimeParams["application_name"] = "loquet"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	config.RuntimeParams["random_page_cost"] = "1.1" // for disks that turn, the planner would read everybody to find a few
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(mostConnections)
	db.SetMaxIdleConns(mostConnections) // fewer would open a connection, and a process of the server, for each burst
	return d, db, nil
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
