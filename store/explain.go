package store

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"loquet/fault"
)

// explainFile says what keeps a file from being opened.
func explainFile(path string, err error) error {
	why := "the system refuses to open it; name another file"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "its folder is not there; make it, or name another one"
	case errors.Is(err, fs.ErrPermission):
		why = "the file or its folder may not be written; give both to the user that runs Loquet"
	case errors.Is(err, fs.ErrExist):
		why = "it is there already; name another file"
	case errors.Is(err, syscall.EISDIR):
		why = "it is a folder; name a file"
	case errors.Is(err, syscall.ENOSPC):
		why = "the disk is full; make room"
	}
	return Unusable{path, why, err}
}

func explainSQLite(path string, err error) error {
	if told := (Unusable{}); err == nil || errors.As(err, &told) {
		return err
	}
	why := ""
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_NOTADB:
		why = "the file is not a database; name another one"
	case sqlite3.SQLITE_FULL:
		why = "the disk is full; make room, nothing is lost"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		why = "the file or its folder may not be written; give both to the user that runs Loquet"
	case sqlite3.SQLITE_CORRUPT:
		why = "the file is damaged; restore a backup"
	case sqlite3.SQLITE_IOERR:
		why = "the disk failed to read or write it; look at the system's journal"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return errors.Join(fault.Busy, err)
	default:
		return err
	}
	return Unusable{path, why, err}
}

// explainRead says, beside what explain does, that what no engine keeps as text names nothing: whoever asks for it is told
// so, and no failure is logged (ATK-095).
func (d dialect) explainRead(err error) error {
	if postgresCode(err) == "22021" {
		return errors.Join(fault.Missing, err)
	}
	return d.explain(err)
}

// explainPostgres tells the faults of a server by the class of their code (PostgreSQL, appendix A).
func explainPostgres(where string, err error) error {
	if told := (Unusable{}); err == nil || errors.As(err, &told) {
		return err
	}
	why := ""
	switch code := postgresCode(err); code {
	case "28000", "28P01":
		why = "the server refuses the user or the password; look at the database setting"
	case "3D000":
		why = "the server has no such database; create it, with the user as its owner"
	case "42501":
		why = "the user may not create tables there; make it the owner of the database"
	case "53100":
		why = "the server's disk is full; make room, nothing is lost"
	case "53300", "57P03":
		return errors.Join(fault.Busy, err)
	default:
		var connecting *pgconn.ConnectError
		if !errors.As(err, &connecting) || code != "" {
			return err
		}
		why = "the server does not answer; look whether it runs, and at the database setting"
	}
	return Unusable{where, why, err}
}
