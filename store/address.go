package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/profile"
)

const addressColumns = `c.id, c.organisation, c.account, c.kind, c.address, c.state, c.asked, c.asked_by, c.device,
	c.guarded, c.proven, c.moved, c.until, c.confirm_digest, c.stop_digest, c.letter`

// addressRow is a change of an address as its row has it.
type addressRow struct {
	profile.AddressChange
	asked, moved, until int64
}

func (row *addressRow) columns() []any {
	return []any{
		&row.ID, &row.Organisation, &row.Account, &row.Kind, &row.Address, &row.State, &row.asked, &row.AskedBy,
		&row.Device, &row.Guarded, &row.Proven, &row.moved, &row.until, &row.ConfirmDigest, &row.StopDigest, &row.Letter,
	}
}

func (row *addressRow) read() profile.AddressChange {
	c := row.AddressChange
	c.Asked, c.Moved, c.Until = moment(row.asked), moment(row.moved), moment(row.until)
	return c
}

func (r runner) addressChange(where string, args ...any) (profile.AddressChange, error) {
	var row addressRow
	query := `select ` + addressColumns + ` from address_change c where c.organisation = $1 and ` + where
	err := r.one(row.columns(), query, args...)
	if err != nil {
		return profile.AddressChange{}, err
	}
	return row.read(), nil
}

// AddressChange gives the change that a digest of this kind of link names; fault.Missing when there is none. An empty
// digest names nothing (ATK-013), and a digest of one kind nothing of the other (ATK-008).
func (db *DB) AddressChange(
	ctx context.Context, organisation string, link credential.Kind, digest string,
) (profile.AddressChange, error) {
	r := db.read(ctx)
	switch {
	case digest == "":
		return profile.AddressChange{}, fault.Missing
	case link == credential.Confirm:
		return r.addressChange(`c.confirm_digest = $2`, organisation, digest)
	case link == credential.Stop:
		return r.addressChange(`c.stop_digest = $2`, organisation, digest)
	}
	return profile.AddressChange{}, fault.Missing
}

// AddressChangeByID gives a change by its ID; fault.Missing when there is none in this organisation.
func (db *DB) AddressChangeByID(ctx context.Context, organisation, id string) (profile.AddressChange, error) {
	return db.read(ctx).addressChange(`c.id = $2`, organisation, id)
}

// AddressChanges gives the changes of an account that can still be stopped at now, newest first, with what became of
// the letter to the new address.
func (db *DB) AddressChanges(
	ctx context.Context, organisation, account string, now time.Time,
) ([]profile.Pending, error) {
	var all []profile.Pending
	err := db.read(ctx).each(`
		select `+addressColumns+`, coalesce(case when o.outcome = 'bounced' then 'failed' else o.state end, ''), coalesce(o.said, '')
		from address_change c left join outbox o on o.organisation = c.organisation and o.id = c.letter and c.letter <> ''
		where c.organisation = $1 and c.account = $2
			and (c.state = $3 and c.until > $6 or c.state = $4 or c.state = $5 and c.until > $6 and c.guarded = true)
		order by c.asked desc, c.id`,
		[]any{
			organisation, account, string(profile.Asked), string(profile.Confirmed), string(profile.Serving), micros(now),
		},
		func(scan func(...any) error) error {
			var row addressRow
			var p profile.Pending
			err := scan(append(row.columns(), &p.Went, &p.Said)...)
			if p.Went == courier.Leased {
				p.Went = courier.Waiting
			}
			p.AddressChange = row.read()
			all = append(all, p)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("reading changes of an address: %w", err)
	}
	return all, nil
}

// AddressesDue gives at most max changes, of every organisation, whose time was over at now, oldest first.
func (db *DB) AddressesDue(ctx context.Context, now time.Time, max int) ([]profile.AddressChange, error) {
	var all []profile.AddressChange
	err := db.read(ctx).each(`
		select `+addressColumns+` from address_change c
		where c.state in ('asked', 'confirmed') and c.until <= $1 order by c.until, c.id limit $2`, // as the index says it
		[]any{micros(now), max}, func(scan func(...any) error) error {
			var row addressRow
			err := scan(row.columns()...)
			all = append(all, row.read())
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("finding changes of addresses that are due: %w", err)
	}
	return all, nil
}

// addressFor keeps, moves and carries out changes of an address.
func addressFor(r runner, c profile.Change) error {
	switch {
	case c.Ask != nil:
		return r.askAddress(c)
	case c.Step != nil:
		return r.moveAddress(c)
	}
	return nil
}

func (r runner) askAddress(c profile.Change) error {
	a := *c.Ask
	_, err := r.exec(`
		update address_change set state = $4, moved = $5
		where organisation = $1 and account = $2 and kind = $3 and state in ($6, $7)`,
		c.Organisation, c.Account, string(a.Kind), string(profile.Replaced), stamp(c.Now),
		string(profile.Asked), string(profile.Confirmed))
	if err != nil {
		return fmt.Errorf("replacing a change of an address: %w", err)
	}
	_, err = r.exec(`
		insert into address_change (organisation, id, account, kind, address, state, asked, asked_by, device, guarded,
			proven, moved, until, confirm_digest, stop_digest, letter, replaced)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '')`,
		c.Organisation, a.ID, c.Account, string(a.Kind), a.Address, string(a.State), stamp(a.Asked), a.AskedBy,
		plain(a.Device), a.Guarded, a.Proven, stamp(a.Moved), micros(a.Until), a.ConfirmDigest, a.StopDigest, a.Letter)
	if err != nil {
		return fmt.Errorf("keeping a change of an address: %w", err)
	}
	if c.Record {
		return r.putInForce(a, c.Now)
	}
	return nil
}

// moveAddress takes a change from one state to another, once. Its time is tested here and not before (ATK-012).
func (r runner) moveAddress(c profile.Change) error {
	s := c.Step
	args := []any{
		c.Organisation, s.ID, string(s.From), string(s.To), stamp(c.Now), s.Proven, micros(s.Until), micros(c.Now),
		c.Account,
	}
	until := `until <= $8`
	if s.InTime {
		until, args = `until > $8 and moved <= $10`, append(args, micros(c.Now.Add(skew)))
	}
	err := r.guarded(`
		update address_change set state = $4, moved = $5, proven = $6,
			until = case when cast($7 as bigint) > 0 then cast($7 as bigint) else until end
		where organisation = $1 and id = $2 and account = $9 and state = $3 and `+until, args...)
	if err != nil || !c.Serve && !c.PutBack {
		return err
	}
	a, err := r.addressChange(`c.id = $2`, c.Organisation, s.ID)
	if err != nil {
		return err
	}
	if c.Serve {
		return r.putInForce(a, c.Now)
	}
	return r.putBack(a, s.From, c.Now)
}

// inForce is what an account had before a change, as the change's row keeps it.
type inForce struct {
	Emails       []account.Email `json:"emails"`
	Mobile       string          `json:"mobile"`
	MobileProven bool            `json:"mobile_proven"`
	MobileSince  int64           `json:"mobile_since"` // 0 as well where an earlier Loquet has kept it
}

// putInForce makes the new address the account's, as proven as it is by now, and keeps what was there before in the
// change's row, the first time. A mobile that is in force already and only gets proven is as old as it was.
func (r runner) putInForce(a profile.AddressChange, now time.Time) error {
	person, _, err := r.person(a.Organisation, a.Account)
	if err != nil {
		return err
	}
	before, err := asJSON(inForce{person.Emails, person.Mobile, person.MobileProven, micros(person.MobileSince)})
	if err != nil {
		return err
	}
	_, err = r.exec(`update address_change set replaced = $3 where organisation = $1 and id = $2 and replaced = ''`,
		a.Organisation, a.ID, before)
	if err != nil {
		return fmt.Errorf("keeping what a change replaces: %w", err)
	}
	if a.Kind == profile.Mobile {
		if person.Mobile != a.Address {
			person.MobileSince = now
		}
		person.Mobile, person.MobileProven = a.Address, a.Proven
	} else {
		person.Emails = withReference(person.Emails, account.Email{Address: a.Address, Proven: a.Proven})
	}
	return r.readdress(person, now)
}

// withReference puts an address in the place of the reference one; the others stay.
func withReference(all []account.Email, reference account.Email) []account.Email {
	_, key, _ := account.FoldEmail(reference.Address)
	others := slices.DeleteFunc(slices.Clone(all[min(1, len(all)):]), func(e account.Email) bool {
		_, other, _ := account.FoldEmail(e.Address)
		return other == key
	})
	return append([]account.Email{reference}, others...)
}

// putBack gives an account what it had before a change, and ends the changes of that kind which came after: they were
// asked for by whoever asked for this one. What was recorded at once and has been proven since, or is gone, stays as it
// is.
func (r runner) putBack(a profile.AddressChange, from profile.State, now time.Time) error {
	_, err := r.exec(`
		update address_change set state = $5, moved = $6
		where organisation = $1 and account = $2 and kind = $3 and id <> $4 and asked >= $7 and state in ($8, $9, $10)`,
		a.Organisation, a.Account, string(a.Kind), a.ID, string(profile.Stopped), stamp(a.Moved), stamp(a.Asked),
		string(profile.Asked), string(profile.Confirmed), string(profile.Serving))
	if err != nil {
		return fmt.Errorf("ending later changes of an address: %w", err)
	}
	var text string
	err = r.one([]any{&text}, `
		select replaced from address_change where organisation = $1 and id = $2 and replaced <> ''`, a.Organisation, a.ID)
	if errors.Is(err, fault.Missing) {
		return nil
	}
	var before inForce
	if err == nil {
		err = fromJSON(text, &before)
	}
	if err != nil {
		return fmt.Errorf("reading what a change replaced: %w", err)
	}
	person, _, err := r.person(a.Organisation, a.Account)
	if err != nil {
		return err
	}
	switch reference := person.Reference(); {
	case a.Kind == profile.Mobile && (from == profile.Serving || person.Mobile == a.Address && !person.MobileProven):
		person.Mobile, person.MobileProven = before.Mobile, before.MobileProven
		person.MobileSince = moment(before.MobileSince)
	case a.Kind == profile.Email && (from == profile.Serving || reference.Address == a.Address && !reference.Proven):
		person.Emails = before.Emails
	default:
		return nil
	}
	return r.readdress(person, now)
}

// readdress writes the addresses of an account as they are here.
func (r runner) readdress(a account.Account, now time.Time) error {
	err := r.guarded(`
		update account set mobile = $3, mobile_proven = $4, mobile_since = $5, mobile_dated = $3, version = version + 1
		where organisation = $1 and id = $2`, a.Organisation, a.ID, a.Mobile, a.MobileProven, datedMobile(a, now))
	if err != nil {
		return fmt.Errorf("keeping a mobile: %w", err)
	}
	if _, err := r.exec(`delete from email where organisation = $1 and account = $2`, a.Organisation, a.ID); err != nil {
		return fmt.Errorf("taking addresses away: %w", err)
	}
	if err := r.address(a); err != nil {
		return fmt.Errorf("keeping addresses: %w", err)
	}
	return r.reword(a.Organisation, a.ID)
}
