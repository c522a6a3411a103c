package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/session"
)

// NewAccount is an account to create.
type NewAccount struct {
	// Account has its ID. Its Version is not looked at, nor what its Factors count; a mobile without MobileSince comes
	// into force with the account.
	Account account.Account
	Hash    string      // PHC, empty for none
	Note    audit.Entry // says when the account is created; no Act means no entry
}

// CreateAccount creates one account. It gives account.Taken when one of its identifiers reads like one that is or
// ever was given in this organisation, ErrUnfit for an identifier or an address without a key.
func (db *DB) CreateAccount(ctx context.Context, a account.Account, hash string, note audit.Entry) error {
	return db.CreateAccounts(ctx, []NewAccount{{a, hash, note}})
}

// CreateAccounts creates all of the accounts, or none of them.
func (db *DB) CreateAccounts(ctx context.Context, all []NewAccount) error {
	return db.write(ctx, func(r runner) error {
		notes := make([]audit.Entry, 0, len(all))
		for _, n := range all {
			if err := r.create(n); err != nil {
				return fmt.Errorf("creating an account: %w", err)
			}
			notes = append(notes, n.Note)
		}
		return r.note(notes...)
	})
}

func (r runner) create(n NewAccount) error {
	a := n.Account
	if a.ID == "" {
		return errors.New("it has no ID")
	}
	offices, err := asJSON(a.Offices)
	if err != nil {
		return err
	}
	k := keysOf(a)
	_, err = r.exec(`
		insert into account (organisation, id, identifier, given_name, family_name, role, offices, household, state,
			must_renew, mobile, mobile_proven, leaves, signed_in, language, password, version, created, renewed,
			name_key, identifier_key, words, second, asked, mobile_since, mobile_dated)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1, $17, 0, $18, $19, $20, $21, $22,
			$23, $11)`,
		a.Organisation, a.ID, a.Identifier, a.GivenName, a.FamilyName, string(a.Role), offices, a.Household, string(a.State),
		a.MustRenew, a.Mobile, a.MobileProven, micros(a.Leaves), micros(a.SignedIn), a.Language, n.Hash, stamp(n.Note.At),
		k.name, k.identifier, k.text(), a.Factors.Second, micros(a.Factors.Asked), datedMobile(a, n.Note.At))
	if err != nil {
		return err
	}
	if err := r.identify(a); err != nil {
		return err
	}
	if err := r.address(a); err != nil {
		return err
	}
	return r.word(a.Organisation, a.ID, k.words)
}

// identify reserves the identifiers of an account for ever. One that it has given up it may take again, and nobody
// else.
func (r runner) identify(a account.Account) error {
	own := map[string]bool{}
	for i, typed := range append([]string{a.Identifier}, a.Aliases...) {
		key := account.FoldIdentifier(typed)
		if key == "" {
			return ErrUnfit{"identifier", typed}
		}
		if own[key] { // an alias that reads like the identifier itself
			continue
		}
		own[key] = true
		rows, err := r.exec(`
			insert into identifier (organisation, key, account, typed, position) values ($1, $2, $3, $4, $5)
			on conflict (organisation, key) do update set typed = excluded.typed, position = excluded.position
			where identifier.account = excluded.account`, a.Organisation, key, a.ID, typed, i)
		if err != nil {
			return err
		}
		if rows == 0 {
			return account.Taken{Identifier: typed}
		}
	}
	return nil
}

// datedMobile gives mobile_since for the mobile of an account; a number of unknown age is as young as this change.
func datedMobile(a account.Account, now time.Time) int64 {
	switch {
	case a.Mobile == "":
		return 0
	case a.MobileSince.IsZero():
		return stamp(now)
	}
	return stamp(a.MobileSince)
}

func (r runner) address(a account.Account) error {
	for i, e := range a.Emails {
		_, key, ok := account.FoldEmail(e.Address)
		if !ok {
			return ErrUnfit{"email", e.Address}
		}
		_, err := r.exec(`
			insert into email (organisation, account, key, address, proven, unreachable, position)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (organisation, account, key) do nothing`,
			a.Organisation, a.ID, key, e.Address, e.Proven, e.Unreachable, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// SetState moves an account to a state. When it closes the account, its sessions and its living secrets end with it
// (ATK-010, ATK-038); when it opens an account whose last day is over, that day is forgotten. An account that is there
// already stays as it is, and the journal silent. It gives fault.Missing for no account.
func (db *DB) SetState(
	ctx context.Context, organisation, id string, state account.State, now time.Time, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		over := int64(0)
		if state.Open() {
			over = micros(now)
		}
		rows, err := r.exec(`
			update account set state = $3, leaves = case when leaves <= $4 then 0 else leaves end, version = version + 1
			where organisation = $1 and id = $2 and state <> $3`, organisation, id, string(state), over)
		if err != nil {
			return fmt.Errorf("changing the state of an account: %w", err)
		}
		if rows == 0 {
			return r.known(organisation, id)
		}
		if !state.Open() {
			if err := r.endIssues(organisation, id, now); err != nil {
				return err
			}
			if err := r.endSessions(organisation, id, session.Stopped, now); err != nil {
				return err
			}
		}
		return r.note(note)
	})
}

// SetMustRenew says whether the account must choose its password anew. It gives fault.Missing for no account.
func (db *DB) SetMustRenew(ctx context.Context, organisation, id string, must bool, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		err := r.guarded(`update account set must_renew = $3, version = version + 1 where organisation = $1 and id = $2`,
			organisation, id, must)
		if errors.Is(err, fault.Stale) {
			return fault.Missing
		}
		if err != nil {
			return fmt.Errorf("asking for a new password: %w", err)
		}
		return r.note(note)
	})
}

// DeleteAccount erases an account with its addresses, sessions and secrets. What stays is the key of its identifiers,
// so that nobody else gets them (ATK-077), the journal, the cases of the desk without what was said in them, and for 30
// days what it takes to tell applications that their person has left. It gives fault.Missing for no account.
func (db *DB) DeleteAccount(ctx context.Context, organisation, id string, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		if err := r.erase(organisation, id, note.At); err != nil {
			return err
		}
		return r.note(note)
	})
}

// erase gives fault.Missing for no account.
func (r runner) erase(organisation, id string, now time.Time) error {
	var words string
	err := r.one([]any{&words}, `delete from account where organisation = $1 and id = $2 returning words`,
		organisation, id)
	if errors.Is(err, fault.Missing) {
		return err
	}
	if err != nil {
		return fmt.Errorf("erasing an account: %w", err)
	}
	_, err = r.exec(`update identifier set typed = '' where organisation = $1 and account = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("erasing the identifiers of an account: %w", err)
	}
	if err := r.eraseCases(organisation, id, now); err != nil {
		return err
	}
	if err := r.eraseGrants(organisation, id, now); err != nil {
		return err
	}
	return r.unword(organisation, id, strings.Fields(words))
}

// hold makes everyone wait who would change this account, or give it a session or a secret, until this transaction
// ends: what is opened must not slip past what closes. It comes first, and gives fault.Stale for no account.
func (r runner) hold(organisation, id string) error {
	return r.guarded(`update account set version = version where organisation = $1 and id = $2`, organisation, id)
}

// known gives fault.Missing unless the account is there.
func (r runner) known(organisation, id string) error {
	return r.one([]any{&id}, `select id from account where organisation = $1 and id = $2`, organisation, id)
}
