package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"loquet/account"
	"loquet/admin"
	"loquet/fault"
	"loquet/session"
)

// ApplyAdmin does all of a Change in one transaction. It gives fault.Missing for no account, fault.Stale when its
// version is another one, fault.Forbidden when no manager would stay, account.Taken for an alias that is or was
// somebody else's; nothing has changed then. An account that it closes loses its sessions and its living secrets
// (ATK-010, ATK-038).
func (db *DB) ApplyAdmin(ctx context.Context, c admin.Change) error {
	return db.write(ctx, func(r runner) error {
		if c.KeepManager {
			if err := r.alone(c.Organisation); err != nil {
				return err
			}
		}
		if err := r.claim(c); err != nil {
			return err
		}
		if err := r.apply(c); err != nil {
			return err
		}
		if c.KeepManager {
			stay, err := r.stayers(c.Organisation, 1)
			if err != nil {
				return err
			}
			if stay == 0 {
				return fault.Forbidden
			}
		}
		return r.note(c.Note)
	})
}

// alone makes everyone wait who would change the organisation itself or take a manager away, until this transaction
// ends. It comes first, and gives fault.Missing for no organisation.
func (r runner) alone(organisation string) error {
	rows, err := r.exec(`update organisation set version = version where id = $1`, organisation)
	if err == nil && rows == 0 {
		return fault.Missing
	}
	return err
}

// claim holds the account that a change is for, in the version that its actor has seen.
func (r runner) claim(c admin.Change) error {
	err := r.guarded(`
		update account set version = version
		where organisation = $1 and id = $2 and (version = $3 or cast($3 as bigint) = 0)`,
		c.Organisation, c.Account, c.Version)
	if !errors.Is(err, fault.Stale) {
		return err
	}
	if err := r.known(c.Organisation, c.Account); err != nil {
		return err
	}
	return fault.Stale
}

func (r runner) apply(c admin.Change) error {
	if c.Delete {
		return r.erase(c.Organisation, c.Account, c.Now)
	}
	closes := false
	if c.Person != nil || c.Role != "" || c.State != "" || c.Leaves != nil {
		after, err := r.rewrite(c)
		if err != nil {
			return err
		}
		closes = !after.Open(c.Now)
	}
	if c.EndSecrets || closes {
		if err := r.endIssues(c.Organisation, c.Account, c.Now); err != nil {
			return err
		}
	}
	if c.EndSessions || closes {
		return r.endSessions(c.Organisation, c.Account, session.Stopped, c.Now)
	}
	return nil
}

// rewrite writes what a change says of the account itself, and gives what came of it.
func (r runner) rewrite(c admin.Change) (account.Account, error) {
	before, _, err := r.person(c.Organisation, c.Account)
	if err != nil {
		return account.Account{}, err
	}
	after := before
	if c.Person != nil {
		after.GivenName, after.FamilyName, after.Household = c.Person.GivenName, c.Person.FamilyName, c.Person.Household
		after.Offices, after.Language, after.Aliases = c.Person.Offices, c.Person.Language, c.Person.Aliases
	}
	if c.Role != "" {
		after.Role = c.Role
	}
	if c.State != "" {
		after.State = c.State
	}
	if c.Leaves != nil {
		after.Leaves = *c.Leaves
	}
	offices, err := asJSON(after.Offices)
	if err != nil {
		return account.Account{}, err
	}
	err = r.guarded(`
		update account set given_name = $3, family_name = $4, household = $5, offices = $6, language = $7, role = $8,
			state = $9, leaves = $10, version = version + 1
		where organisation = $1 and id = $2`,
		c.Organisation, c.Account, after.GivenName, after.FamilyName, after.Household, offices, after.Language,
		string(after.Role), string(after.State), micros(after.Leaves))
	if err != nil {
		return account.Account{}, fmt.Errorf("changing an account: %w", err)
	}
	if !slices.Equal(before.Aliases, after.Aliases) {
		if err := r.rename(after); err != nil {
			return account.Account{}, err
		}
	}
	return after, r.reword(c.Organisation, c.Account)
}

// rename writes the aliases of an account anew. Those that it gives up lead to nobody, and are never given to anybody
// else (ATK-077).
func (r runner) rename(a account.Account) error {
	_, err := r.exec(`
		update identifier set position = -1, typed = '' where organisation = $1 and account = $2 and position > 0`,
		a.Organisation, a.ID)
	if err != nil {
		return fmt.Errorf("giving up aliases: %w", err)
	}
	return r.identify(a)
}

// managers lists the roles that look after others, and names them in a statement, from $4 on.
var managers, managersNamed = func() (roles []any, names string) {
	var named []string
	for _, role := range account.Roles {
		if role.Manager() {
			roles = append(roles, string(role))
			named = append(named, fmt.Sprintf("$%d", len(roles)+3))
		}
	}
	return roles, strings.Join(named, ", ")
}()

// stayers counts the managers who stay (account.Account.Stays), at most max of them.
func (r runner) stayers(organisation string, most int) (n int, err error) {
	err = r.one([]any{&n}, `
		select count(*) from (
			select 1 as one from account a
			where a.organisation = $1 and a.state || '' = $2 and a.leaves = 0 and a.role in (`+managersNamed+`)
			limit $3) as few`,
		append([]any{organisation, string(account.Active), most}, managers...)...)
	if err != nil {
		return 0, fmt.Errorf("counting managers: %w", err)
	}
	return n, nil
}

// Stayers counts the managers who stay (account.Account.Stays), at most three of them.
func (db *DB) Stayers(ctx context.Context, organisation string) (int, error) {
	return db.read(ctx).stayers(organisation, 3)
}

// HasPassword says whether the account has a password. It gives fault.Missing for no account.
func (db *DB) HasPassword(ctx context.Context, organisation, id string) (bool, error) {
	hash, err := db.Hash(ctx, organisation, id)
	return hash != "", err
}
