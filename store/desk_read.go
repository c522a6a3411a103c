package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/account"
	"loquet/desk"
	"loquet/fault"
	"loquet/session"
)

// Lookup gives the accounts that something typed at a door leads to: one more than the desk may show at most.
func (db *DB) Lookup(ctx context.Context, organisation string, l account.Lookup) ([]account.Account, error) {
	return db.Behind(ctx, organisation, l, desk.MostFound+1)
}

// Managers gives the managers who stay (account.Account.Stays), at most max, in the order of their identifiers.
func (db *DB) Managers(ctx context.Context, organisation string, max int) ([]account.Account, error) {
	args := append([]any{string(account.Active), max}, managers...)
	return db.read(ctx).people(`a.state || '' = $2 and a.leaves = 0 and a.role in (`+managersNamed+`)
		order by a.identifier`+db.dialect.bytewise+` limit $3`, append([]any{organisation}, args...)...)
}

// situationLetters is how many letters the drawing of somebody's state may show.
const situationLetters = 20

// Situation gives what the drawing of somebody's state shows; fault.Missing for no account.
func (db *DB) Situation(ctx context.Context, organisation, account string, now time.Time) (desk.Situation, error) {
	var s desk.Situation
	var leaves, signedIn, renewed int64
	r := db.read(ctx)
	err := r.one([]any{&s.State, &leaves, &signedIn, &renewed},
		`select state, leaves, signed_in, renewed from account where organisation = $1 and id = $2`, organisation, account)
	if err != nil {
		return desk.Situation{}, err
	}
	s.Leaves, s.SignedIn, s.Renewed = moment(leaves), moment(signedIn), moment(renewed)
	last, err := r.issue(`account = $2 order by issued desc, id limit 1`, organisation, account)
	if err != nil && !errors.Is(err, fault.Missing) {
		return desk.Situation{}, fmt.Errorf("reading the last secret of an account: %w", err)
	}
	s.Asked, s.Ends, s.Used = last.Issued, last.Expires, last.Used
	if !last.Ended.IsZero() {
		s.Ends = last.Ended // before its time: it was replaced, or the account closed
	}
	open, err := db.SessionsOf(ctx, organisation, account)
	if err != nil {
		return desk.Situation{}, err
	}
	for _, one := range open {
		switch {
		case !one.Alive(now):
		case one.Stage == session.Renewal:
			s.Renewing = true
		case one.Stage == session.Full:
			s.Sessions++
		}
	}
	s.Letters, err = db.Deliveries(ctx, organisation, account, situationLetters)
	return s, err
}
