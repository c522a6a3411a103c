package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"loquet/account"
	"loquet/credential"
	"loquet/fault"
)

const passkeyColumns = `id, organisation, account, host, key, count, model, name, transports, verifies, synced,
	backed_up, created, used`

func scanPasskey(scan func(...any) error) (credential.Passkey, error) {
	var k credential.Passkey
	var key, transports string
	var created, used int64
	err := scan(&k.ID, &k.Organisation, &k.Account, &k.Host, &key, &k.Count, &k.Model, &k.Name, &transports, &k.Verifies,
		&k.Synced, &k.BackedUp, &created, &used)
	if err != nil {
		return credential.Passkey{}, err
	}
	k.Created, k.Used = moment(created), moment(used)
	if k.Key, err = base64.StdEncoding.DecodeString(key); err != nil {
		return credential.Passkey{}, fmt.Errorf("reading the key of a passkey: %w", err)
	}
	return k, fromJSON(transports, &k.Transports)
}

// Passkey gives a passkey and whose it is, also of a closed account. It gives fault.Missing when there is none in this
// organisation.
func (db *DB) Passkey(ctx context.Context, organisation, id string) (credential.Passkey, account.Account, error) {
	r := db.read(ctx)
	all, err := r.passkeys(`id = $2`, organisation, orNobody(id))
	if err != nil {
		return credential.Passkey{}, account.Account{}, err
	}
	if len(all) == 0 {
		return credential.Passkey{}, account.Account{}, fault.Missing
	}
	owner, _, err := r.person(organisation, all[0].Account)
	if err != nil { // erased meanwhile, passkey and all
		return credential.Passkey{}, account.Account{}, err
	}
	return all[0], owner, nil
}

func (r runner) passkeys(where string, args ...any) (all []credential.Passkey, err error) {
	err = r.each(`select `+passkeyColumns+` from passkey where organisation = $1 and `+where+` order by created, id`, args,
		func(scan func(...any) error) error {
			k, err := scanPasskey(scan)
			all = append(all, k)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading passkeys: %w", err)
	}
	return all, nil
}

// Factors gives the proofs beside the password that an account has; none for no account. It runs the same statements in
// every case (ADR-0004).
func (db *DB) Factors(ctx context.Context, organisation, account string) (credential.Factors, error) {
	r := db.read(ctx)
	keys, err := r.passkeys(`account = $2`, organisation, account)
	if err != nil {
		return credential.Factors{}, err
	}
	f := credential.Factors{Passkeys: keys}
	if f.App, err = r.app(organisation, account); err != nil {
		return credential.Factors{}, err
	}
	return f, r.sheet(organisation, account, &f)
}

func (r runner) app(organisation, account string) (*credential.App, error) {
	var a credential.App
	var created, used int64
	err := r.one([]any{&a.Seed, &a.Step, &created, &used},
		`select seed, step, created, used from app where organisation = $1 and account = $2`, organisation, account)
	switch {
	case errors.Is(err, fault.Missing):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading app codes: %w", err)
	}
	a.Created, a.Used = moment(created), moment(used)
	return &a, nil
}

// sheet reads the printed codes of an account. Sheet and codes come of one statement, so that they belong together.
func (r runner) sheet(organisation, account string, f *credential.Factors) error {
	err := r.each(`
		select s.id, s.made, s.kept, p.digest, p.used
		from sheet s join printed p on p.organisation = s.organisation and p.account = s.account
		where s.organisation = $1 and s.account = $2 order by p.position`,
		[]any{organisation, account}, func(scan func(...any) error) error {
			var c credential.PrintedCode
			var made, used int64
			err := scan(&f.Batch, &made, &f.Kept, &c.Digest, &used)
			f.Printed, c.Used = moment(made), moment(used)
			f.Codes = append(f.Codes, c)
			return err
		})
	if err != nil {
		return fmt.Errorf("reading printed codes: %w", err)
	}
	return nil
}
