package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/recovery"
)

// footing names, for everybody who may sign in at $2, the group of those who stand alike: the role, and a bit for each
// thing that recovery looks at. A mobile in force since $3 is ripe.
const footing = `
	select a.id, a.name_key, a.role || '/' || (
		case when a.state = 'active' and a.leaves = 0 then 1 else 0 end
		+ case when a.password <> '' then 2 else 0 end
		+ case when a.second = true then 4 else 0 end
		+ case when a.mobile <> '' and a.mobile_proven = true and (` + mobileSince + `) between 1 and $3
			then 8 else 0 end
		+ case when exists (
			select 1 from email e
			where e.organisation = a.organisation and e.account = a.id and e.proven = true and e.unreachable = false)
			then 16 else 0 end
		+ case when exists (select 1 from passkey k where k.organisation = a.organisation and k.account = a.id)
			then 32 else 0 end
		+ case when exists (select 1 from app c where c.organisation = a.organisation and c.account = a.id)
			then 64 else 0 end
		+ case when exists (
			select 1 from printed p where p.organisation = a.organisation and p.account = a.id and p.used = 0)
			then 128 else 0 end
		+ case when a.state = 'active' then 256 else 0 end) as footing
	from account a
	where a.organisation = $1 and a.state in ('active', 'invited') and (a.leaves = 0 or a.leaves > $2)`

// The bits of a footing.
const (
	footStays = 1 << iota
	footPassword
	footSecond
	footMobile
	footMailbox
	footPasskey
	footApp
	footCodes
	footActive
)

// Footings counts the people who may sign in at a time, by all that recovery.FootingOf looks at.
func (db *DB) Footings(ctx context.Context, organisation string, now, ripe time.Time) ([]recovery.Group, error) {
	var groups []recovery.Group
	err := db.read(ctx).each(
		`select footing, count(*) from (`+footing+`) as each_one group by footing order by footing`,
		[]any{organisation, micros(now), micros(ripe)},
		func(scan func(...any) error) error {
			var g recovery.Group
			if err := scan(&g.Key, &g.People); err != nil {
				return err
			}
			like, err := likeOf(g.Key, now, ripe)
			like.Organisation = organisation
			g.Like = like
			groups = append(groups, g)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("counting footings: %w", err)
	}
	return groups, nil
}

// likeOf gives what the people of a group have in common.
func likeOf(key string, now, ripe time.Time) (account.Account, error) {
	role, bits, _ := strings.Cut(key, "/")
	foot, err := strconv.Atoi(bits)
	if err != nil {
		return account.Account{}, fmt.Errorf("reading a footing: %w", err)
	}
	has := func(bit int) bool { return foot&bit != 0 }
	one := map[bool]int{true: 1}
	like := account.Account{Role: account.Role(role), State: account.Invited}
	like.Factors = account.Factors{
		Password: has(footPassword), Second: has(footSecond), Passkeys: one[has(footPasskey)], App: has(footApp),
		Codes: one[has(footCodes)],
	}
	if has(footActive) {
		like.State = account.Active
	}
	if has(footActive) && !has(footStays) {
		like.Leaves = now.Add(time.Microsecond)
	}
	if has(footMailbox) {
		like.Emails = []account.Email{{Proven: true}}
	}
	if has(footMobile) {
		like.Mobile, like.MobileProven, like.MobileSince = someNumber, true, ripe
	}
	return like, nil
}

// someNumber stands for a mobile that is there: nobody has it.
const someNumber = "+"

// PeopleIn gives at most max people of some groups of Footings at the same moment, by name; their keys stand between
// commas.
func (db *DB) PeopleIn(
	ctx context.Context, organisation, keys string, now, ripe time.Time, max int,
) ([]account.Account, error) {
	r := db.read(ctx)
	var places []place
	err := r.each(`
		select id from (`+footing+`) as each_one where cast($4 as text) like '%,' || footing || ',%'
		order by name_key, id limit $5`, []any{organisation, micros(now), micros(ripe), "," + keys + ",", max},
		func(scan func(...any) error) error {
			var p place
			err := scan(&p.ID)
			places = append(places, p)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("looking for footings: %w", err)
	}
	return search{runner: r, organisation: organisation}.accounts(places)
}

// Everybody hands each all accounts of an organisation, in the order of their identifiers, as EachPerson does.
func (db *DB) Everybody(ctx context.Context, organisation string, each func(account.Account) error) error {
	return db.EachPerson(ctx, organisation, admin.Search{Sort: admin.ByIdentifier}, each)
}
