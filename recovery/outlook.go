package recovery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Group is all the people of an organisation who stand alike: FootingOf gives the same for each of them.
type Group struct {
	Key    string          // names the group for Store.PeopleIn; it has no comma
	Like   account.Account // one of them as far as the map looks: no name, no address
	People int
}

// Outlook is how firmly the people of an organisation stand.
type Outlook struct {
	People   map[Safety]int       // of those who may sign in
	Gone     map[account.Role]int // who have no way back
	Few      map[account.Role]int // whom one loss leaves without a way of their own; see concerned
	Managers int                  // who stay (account.Account.Stays), at most three of them
	Desk     bool                 // the platform has operators enough to help
}

// concerned says whether a manager should see to somebody now. Whoever was invited and has not been in yet needs the
// invitation first.
func concerned(found Finding) bool {
	return found.Safety.Alarming() || found.Safety == Helped && found.Person.State == account.Active
}

// Outlook counts the people of an organisation by how firmly they stand. It asks for the groups and reads nobody, so
// that a page may show it.
func (f *Flow) Outlook(ctx context.Context, org organisation.Organisation) (Outlook, error) {
	v, err := f.view(ctx, org)
	if err != nil {
		return Outlook{}, err
	}
	look := Outlook{
		People: map[Safety]int{}, Gone: map[account.Role]int{}, Few: map[account.Role]int{}, Managers: v.managers, Desk: v.desk,
	}
	for _, g := range v.groups {
		found := v.finding(g.Like, org.Policy, v.now)
		look.People[found.Safety] += g.People
		switch {
		case found.Safety == NoWay:
			look.Gone[g.Like.Role] += g.People
		case concerned(found):
			look.Few[g.Like.Role] += g.People
		}
	}
	return look, nil
}

// Concerned gives whoever has no way back, then whoever is one loss away from that, then whoever would need help after
// one; by name, at most max of them in all, and how many there are.
func (f *Flow) Concerned(ctx context.Context, org organisation.Organisation, max int) (some []Finding, all int, err error) {
	v, err := f.view(ctx, org)
	if err != nil {
		return nil, 0, err
	}
	for _, is := range []Safety{NoWay, OneLoss, Helped} {
		found, n, err := f.those(ctx, org, v, max-len(some), func(like account.Account) bool {
			found := v.finding(like, org.Policy, v.now)
			return found.Safety == is && concerned(found)
		})
		if err != nil {
			return nil, 0, err
		}
		some, all = append(some, found...), all+n
	}
	return some, all, nil
}

// Stranded gives whoever would have no way back under another policy, or be one loss away from that, and stands better
// under the organisation's own, by name, at most max of them, and how many there are.
func (f *Flow) Stranded(
	ctx context.Context, org organisation.Organisation, policy organisation.Policy, max int,
) (some []account.Account, all int, err error) {
	v, err := f.view(ctx, org)
	if err != nil {
		return nil, 0, err
	}
	found, all, err := f.those(ctx, org, v, max, func(like account.Account) bool {
		is, would := v.finding(like, org.Policy, v.now).Safety, v.finding(like, policy, v.now).Safety
		return would.Alarming() && would.Worse(is)
	})
	for _, one := range found {
		some = append(some, one.Person)
	}
	return some, all, err
}

// view is an organisation's groups at one moment, and who stands around.
type view struct {
	around

	groups []Group
	now    time.Time
}

func (f *Flow) view(ctx context.Context, org organisation.Organisation) (view, error) {
	around, err := f.around(ctx, org)
	if err != nil {
		return view{}, err
	}
	v := view{around: around, now: f.Now()}
	v.groups, err = f.Store.Footings(ctx, org.ID, v.now, v.now.Add(-Ripening))
	if err != nil {
		return view{}, fmt.Errorf("counting how people stand: %w", err)
	}
	return v, nil
}

// those reads at most max of the people whose groups fit.
func (f *Flow) those(
	ctx context.Context, org organisation.Organisation, v view, max int, fits func(account.Account) bool,
) (some []Finding, all int, err error) {
	var keys []string
	for _, g := range v.groups {
		if fits(g.Like) {
			keys = append(keys, g.Key)
			all += g.People
		}
	}
	if len(keys) == 0 || max <= 0 {
		return nil, all, nil
	}
	slices.Sort(keys)
	people, err := f.Store.PeopleIn(ctx, org.ID, strings.Join(keys, ","), v.now, v.now.Add(-Ripening), max)
	if err != nil {
		return nil, 0, fmt.Errorf("reading how people stand: %w", err)
	}
	for _, person := range people {
		some = append(some, v.finding(person, org.Policy, v.now))
	}
	return some, all, nil
}
