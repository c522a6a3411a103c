package store

import (
	"context"
	"errors"
	"fmt"

	"loquet/account"
	"loquet/fault"
)

const accountColumns = `a.id, a.organisation, a.identifier, a.given_name, a.family_name, a.role, a.offices, a.household,
	a.state, a.must_renew, a.mobile, a.mobile_proven, ` + mobileSince + `, a.leaves, a.signed_in, a.language, a.version,
	a.password <> '', a.second, a.asked,
	(select count(*) from passkey k where k.organisation = a.organisation and k.account = a.id),
	(select count(*) from app c where c.organisation = a.organisation and c.account = a.id) > 0,
	(select count(*) from printed p where p.organisation = a.organisation and p.account = a.id and p.used = 0)`

// mobileSince says when the mobile of an account came into force. A number that an earlier Loquet has written since the
// schema had mobile_since came with the account, or with the last change of a mobile that was ever in force: no sooner,
// so that a young number is never taken for an old one (ATK-076).
const mobileSince = `case when a.mobile = '' then 0 when a.mobile_dated = a.mobile then a.mobile_since else (
		select coalesce(max(m.moved), a.created) from address_change m
		where m.organisation = a.organisation and m.account = a.id and m.kind = 'mobile' and m.replaced <> ''
			and m.moved > a.created) end`

// accountRow is an account as its row has it.
type accountRow struct {
	account.Account
	offices                              string
	mobileSince, leaves, signedIn, asked int64
}

func (row *accountRow) columns() []any {
	return []any{
		&row.ID, &row.Organisation, &row.Identifier, &row.GivenName, &row.FamilyName, &row.Role, &row.offices, &row.Household,
		&row.State, &row.MustRenew, &row.Mobile, &row.MobileProven, &row.mobileSince, &row.leaves, &row.signedIn,
		&row.Language, &row.Version,
		&row.Factors.Password, &row.Factors.Second, &row.asked, &row.Factors.Passkeys, &row.Factors.App, &row.Factors.Codes,
	}
}

func (row *accountRow) read() (account.Account, error) {
	row.Leaves, row.SignedIn, row.Factors.Asked = moment(row.leaves), moment(row.signedIn), moment(row.asked)
	row.MobileSince = moment(row.mobileSince)
	err := fromJSON(row.offices, &row.Account.Offices)
	return row.Account, err
}

// belongings reads the aliases and the addresses of accounts; %s names the accounts.
const belongings = `
	select account, true as is_alias, typed, false as proven, false as unreachable, position
	from identifier where organisation = $1 and position > 0 and account in (%[1]s)
	union all
	select account, false, address, proven, unreachable, position
	from email where organisation = $1 and account in (%[1]s)
	order by position`

// people reads the accounts, with all that belongs to them, that a condition on $1 (the organisation) and further
// arguments picks, in the order that it says.
func (r runner) people(where string, args ...any) ([]account.Account, error) {
	var found []account.Account
	err := r.each(`select `+accountColumns+` from account a where a.organisation = $1 and `+where, args,
		func(scan func(...any) error) error {
			var row accountRow
			if err := scan(row.columns()...); err != nil {
				return err
			}
			person, err := row.read()
			found = append(found, person)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	chosen := fmt.Sprintf(belongings, `select a.id from account a where a.organisation = $1 and `+where)
	return found, r.complete(found, chosen, args...)
}

// complete adds aliases and addresses to accounts.
func (r runner) complete(people []account.Account, query string, args ...any) error {
	place := make(map[string]int, len(people))
	for i, p := range people {
		place[p.ID] = i
	}
	err := r.each(query, args, func(scan func(...any) error) error {
		var id, text string
		var alias, proven, unreachable bool
		var position int64
		if err := scan(&id, &alias, &text, &proven, &unreachable, &position); err != nil {
			return err
		}
		i, ok := place[id]
		switch {
		case !ok: // came between the two statements
		case alias:
			people[i].Aliases = append(people[i].Aliases, text)
		default:
			people[i].Emails = append(people[i].Emails, account.Email{Address: text, Proven: proven, Unreachable: unreachable})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading aliases and addresses: %w", err)
	}
	return nil
}

var belongingsOfOne = fmt.Sprintf(belongings, `$2`)

// person reads one account and its password hash. It runs the same statements when there is none.
func (r runner) person(organisation, id string) (person account.Account, hash string, err error) {
	var row accountRow
	err = r.one(append(row.columns(), &hash),
		`select `+accountColumns+`, a.password from account a where a.organisation = $1 and a.id = $2`, organisation, id)
	if err == nil {
		person, err = row.read()
	}
	if err != nil && !errors.Is(err, fault.Missing) {
		return account.Account{}, "", fmt.Errorf("reading an account: %w", err)
	}
	found := []account.Account{person}
	if err := r.complete(found, belongingsOfOne, organisation, id); err != nil {
		return account.Account{}, "", err
	}
	return found[0], hash, err
}

// Account gives an account. It gives fault.Missing when there is none in this organisation.
func (db *DB) Account(ctx context.Context, organisation, id string) (account.Account, error) {
	person, _, err := db.read(ctx).person(organisation, id)
	return person, err
}

// AccountByIdentifier gives the account of an identifier or alias, as typed. It gives fault.Missing for none.
func (db *DB) AccountByIdentifier(ctx context.Context, organisation, typed string) (account.Account, error) {
	r := db.read(ctx)
	var id string
	err := r.one([]any{&id}, `select account from identifier where organisation = $1 and key = $2 and position >= 0`,
		organisation, account.FoldIdentifier(typed))
	if err != nil {
		return account.Account{}, err
	}
	person, _, err := r.person(organisation, id)
	return person, err
}

// Accounts gives at most max accounts whose identifier comes after the given one, in the order of the bytes of their
// identifiers.
func (db *DB) Accounts(ctx context.Context, organisation, after string, max int) ([]account.Account, error) {
	c := db.dialect.bytewise
	return db.read(ctx).people(`a.identifier`+c+` > $2 order by a.identifier`+c+` limit $3`, organisation, after, max)
}

// Behind gives the accounts that a lookup stands for, at most max, in the order of their identifiers: the one of the
// identifier; without it those of the address, where it is proven; without them those of the mobile.
func (db *DB) Behind(ctx context.Context, organisation string, who account.Lookup, max int) ([]account.Account, error) {
	// The empty text keeps an engine from walking through everybody in the order of the identifiers, until one fits.
	order := ` order by a.identifier || ''` + db.dialect.bytewise + ` limit $3`
	readings := []struct{ key, where string }{
		{who.Identifier, `a.id in (select account from identifier where organisation = $1 and key = $2 and position >= 0)`},
		{who.Email, `a.id in (select account from email where organisation = $1 and key = $2 and proven = true)`},
		{who.Mobile, `a.mobile = $2 and a.mobile <> ''`},
	}
	for _, reading := range readings {
		if reading.key == "" {
			continue
		}
		people, err := db.read(ctx).people(reading.where+order, organisation, reading.key, max)
		if err != nil || len(people) > 0 {
			return people, err
		}
	}
	return nil, nil
}

// Hash gives the account's password hash, a PHC string, empty when there is none. It gives fault.Missing for no
// account.
func (db *DB) Hash(ctx context.Context, organisation, id string) (string, error) {
	var hash string
	err := db.read(ctx).one([]any{&hash}, `select password from account where organisation = $1 and id = $2`,
		organisation, id)
	return hash, err
}
