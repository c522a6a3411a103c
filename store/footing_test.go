package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
)

func runs(t *testing.T, db *store.DB, text string, args ...any) {
	t.Helper()
	_, err := db.Exec(t.Context(), text, args...)
	must(t, err)
}

// footed creates people who have everything that the map looks at, in every mixture.
func footed(t *testing.T, db *store.DB, o organisation.Organisation, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // the same people at each run
	chance := func() bool { return r.IntN(2) == 0 }
	var people []account.Account
	for i := range n {
		p := account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: fmt.Sprintf("F%04d", i), FamilyName: fmt.Sprint("Name ", r.IntN(1000)),
			Role: account.Roles[r.IntN(5)], State: account.States[r.IntN(4)],
		}
		if p.Role.Manager() && i > 2 {
			p.State = account.Invited // so that few managers stay
		}
		if chance() {
			p.Emails = []account.Email{{Address: fmt.Sprintf("f%d@a.example", i), Proven: chance(), Unreachable: r.IntN(4) == 0}}
		}
		if chance() {
			p.Mobile, p.MobileProven = fmt.Sprintf("+336%08d", i), chance()
			p.MobileSince = at(-time.Duration(r.IntN(14*24)) * time.Hour)
		}
		if r.IntN(4) == 0 {
			p.Leaves = at(time.Duration(r.IntN(5)-2) * time.Hour)
		}
		p.Factors.Second = r.IntN(4) == 0
		people = append(people, p)
	}
	enrol(t, db, people)
	for _, p := range people {
		for _, thing := range []struct {
			has  bool
			text string
		}{
			{chance(), `insert into passkey (organisation, id, account, host, key, count, model, name, transports, verifies, synced,
				backed_up, created, used) values ($1, $2 || ' key', $2, '', '', 0, '', '', '', true, true, true, 1, 0)`},
			{chance(), `insert into app (organisation, account, seed, step, created, used) values ($1, $2, '', 0, 1, 0)`},
			{chance(), `insert into printed (organisation, digest, account, position, used) values ($1, $2 || ' old', $2, 0, 1)`},
			{chance(), `insert into printed (organisation, digest, account, position, used) values ($1, $2 || ' new', $2, 1, 0)`},
			{chance(), `update account set password = '' where organisation = $1 and id = $2`},
		} {
			if thing.has {
				runs(t, db, thing.text, o.ID, p.ID)
			}
		}
	}
}

// TestFootingsAreThoseOfThePeople wants the groups to say of everybody what reading them one by one says, under every
// policy, with a desk and without.
func TestFootingsAreThoseOfThePeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		footed(t, db, o, 120)
		now := at(0)
		flow := &recovery.Flow{Store: db, Now: func() time.Time { return now }}
		groups, err := db.Footings(t.Context(), o.ID, now, now.Add(-recovery.Ripening))
		must(t, err)
		open := 0
		for _, g := range groups {
			people, err := db.PeopleIn(t.Context(), o.ID, g.Key, now, now.Add(-recovery.Ripening), 1000)
			must(t, err)
			if len(people) != g.People {
				t.Errorf("%s: %d people, %d are counted", g.Key, len(people), g.People)
			}
			open += len(people)
			for _, p := range people {
				help := recovery.Help{Managers: 1, Desk: true}
				like, is := recovery.FootingOf(g.Like, o.Policy, help, now), recovery.FootingOf(p, o.Policy, help, now)
				same := g.Like.Stays() == p.Stays() && g.Like.State == p.State && p.Open(now) && g.Like.Open(now)
				if like != is || !same {
					t.Errorf("%s: %+v, and %s is %+v", g.Key, like, p.Identifier, is)
				}
			}
		}
		school := storetest.School(t, db)
		for _, g := range groups { // ATK-069
			people, err := db.PeopleIn(t.Context(), school.ID, g.Key, now, now, 1000)
			must(t, err)
			if slices.ContainsFunc(people, func(p account.Account) bool { return p.Organisation != school.ID }) {
				t.Errorf("%s finds people of another organisation", g.Key)
			}
		}
		must(t, db.Everybody(t.Context(), school.ID, func(p account.Account) error {
			if p.Organisation != school.ID {
				t.Errorf("%s of another organisation is among everybody", p.Identifier)
			}
			return nil
		}))
		theirs, err := db.Footings(t.Context(), school.ID, now, now)
		must(t, err)
		n := 0
		for _, g := range theirs {
			n += g.People
		}
		if n != 3 {
			t.Errorf("a school of three is counted as %d", n)
		}
		if open < 40 || len(groups) < 25 {
			t.Errorf("%d people in %d groups are too few for this test", open, len(groups))
		}
		for _, preset := range organisation.Presets {
			o.Policy = preset.Policy()
			agrees(t, flow, o)
		}
		for operator := range recovery.Operators {
			p := newcomer(organisation.Organisation{ID: organisation.PlatformID}, fmt.Sprint("OPERATOR", operator))
			p.Role = account.Operator
			runs(t, db, `
				insert into organisation (id, slug, name, preset, wording, language, time_zone, policy, contact, legal, appearance,
					news, tiles, version, created)
				values ($1, $1, '', '', '', '', '', '{}', '{}', '{}', '{}', '[]', '[]', 1, 1) on conflict (id) do nothing`,
				organisation.PlatformID)
			enrol(t, db, []account.Account{p})
		}
		look := agrees(t, flow, o)
		if !look.Desk {
			t.Error("two operators are no desk")
		}
	})
}

// agrees compares what the groups say with a walk over everybody.
func agrees(t *testing.T, flow *recovery.Flow, o organisation.Organisation) recovery.Outlook {
	t.Helper()
	var found []recovery.Finding
	counts, err := flow.Check(t.Context(), o, func(f recovery.Finding) error {
		if f.Safety.Alarming() || f.Person.State == account.Active {
			found = append(found, f)
		}
		return nil
	})
	must(t, err)
	look, err := flow.Outlook(t.Context(), o)
	must(t, err)
	concerned := 0
	for _, role := range account.Roles {
		concerned += look.Gone[role] + look.Few[role]
	}
	if fmt.Sprint(look.People) != fmt.Sprint(counts) || concerned != len(found) {
		t.Errorf("%s: the groups say %v and %d, the people %v and %d", o.Preset, look.People, concerned, counts, len(found))
	}
	some, all, err := flow.Concerned(t.Context(), o, 20)
	must(t, err)
	if all != len(found) || len(some) != min(20, all) {
		t.Errorf("%s: %d of %d are named, want %d", o.Preset, len(some), all, len(found))
	}
	for i, f := range some {
		if i > 0 && some[i-1].Safety != f.Safety && !some[i-1].Safety.Worse(f.Safety) {
			t.Errorf("%s: %s comes after %s", o.Preset, f.Safety, some[i-1].Safety)
		}
		if !slices.ContainsFunc(found, func(o recovery.Finding) bool { return o.Person.ID == f.Person.ID && o.Safety == f.Safety }) {
			t.Errorf("%s: %s is named %s", o.Preset, f.Person.Identifier, f.Safety)
		}
	}
	return look
}

// C1: whoever a policy strands is found, and only they: the only agent, for whom the passkey becomes a second proof.
func TestStrandedAreThoseWhomAPolicyMovesOutside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		o.Policy.Second = nil
		agent := storetest.Person(t, db, o, storetest.Agent)
		runs(t, db, `insert into app (organisation, account, seed, step, created, used) values ($1, $2, '', 0, 1, 0)`,
			o.ID, agent.ID)
		flow := &recovery.Flow{Store: db, Now: func() time.Time { return at(0) }}
		asks := organisation.Strict.Policy()
		people, all, err := flow.Stranded(t.Context(), o, asks, 20)
		must(t, err)
		if all != 1 || len(people) != 1 || people[0].ID != agent.ID {
			t.Errorf("%d are stranded: %v", all, people)
		}
		if _, all, err = flow.Stranded(t.Context(), o, o.Policy, 20); err != nil || all != 0 {
			t.Errorf("the same policy strands %d: %v", all, err)
		}
		o.Policy = asks
		if _, all, err = flow.Stranded(t.Context(), o, organisation.PortailFamille.Policy(), 20); err != nil || all != 0 {
			t.Errorf("whoever is there already is stranded: %d, %v", all, err)
		}
	})
}
