package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"loquet/fault"
)

// statements runs statements: a connection's, a pool's or a transaction's.
type statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// runner is the hand that statements go through. It carries the context of its transaction, because a statement that is
// interrupted on its own would roll back what others share the transaction for.
type runner struct {
	ctx     context.Context
	by      statements
	explain func(error) error
	queued  *bool // becomes true when the transaction puts something into the outbox; nil where none may
}

// exec gives the number of rows that a statement changed.
func (r runner) exec(query string, args ...any) (int64, error) {
	result, err := r.by.ExecContext(r.ctx, query, args...)
	if err != nil {
		return 0, r.explain(err)
	}
	return result.RowsAffected()
}

// guarded runs a statement that must change exactly one row; fault.Stale says that it did not.
func (r runner) guarded(query string, args ...any) error {
	rows, err := r.exec(query, args...)
	if err == nil && rows != 1 {
		return fault.Stale
	}
	return err
}

// one reads one row; fault.Missing says that there is none.
func (r runner) one(into []any, query string, args ...any) error {
	err := fault.Missing
	failed := r.each(query, args, func(scan func(...any) error) error {
		err = nil
		return scan(into...)
	})
	if failed != nil {
		return failed
	}
	return err
}

// each reads all rows, in their order.
func (r runner) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := r.by.QueryContext(r.ctx, query, args...)
	if err != nil {
		return r.explain(err)
	}
	for rows.Next() && err == nil {
		err = row(rows.Scan)
	}
	if failed := errors.Join(rows.Err(), rows.Close()); err == nil && failed != nil {
		return r.explain(failed)
	}
	return err
}

// prepared keeps each statement prepared, by its text. Texts are constants of this package, so that their number is
// bounded.
type prepared struct {
	source interface {
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	}
	known sync.Map // text to *sql.Stmt
}

func (p *prepared) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.known.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.source.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, raced := p.known.LoadOrStore(query, s); raced {
		_ = s.Close()
		return other.(*sql.Stmt), nil
	}
	return s, nil
}

// close ends the statements. Package database/sql does not, for those of a single connection, and SQLite leaves its
// journal beside a file while one is left.
func (p *prepared) close() error {
	var errs []error
	p.known.Range(func(_, s any) bool {
		errs = append(errs, s.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(errs...)
}

// ExecContext is sql.DB's.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext is sql.DB's.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}
