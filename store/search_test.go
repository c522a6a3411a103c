package store_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// crowd makes people with many ties: few names, several at one sign-in, accents that fold to the same key. The same
// seed gives the same people.
func crowd(o organisation.Organisation, n int, seed uint64) []account.Account {
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same people at each run
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	people := make([]account.Account, n)
	for i := range people {
		p := account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: fmt.Sprintf("%s%d", pick("", "X-", "É", "m."), 1000+i),
			GivenName: pick("Marie", "Anne-Marie", "Éloïse", "Zoé", "Marc", ""), Household: pick("", "D-17", "marne 4"),
			FamilyName: pick("Martin", "MARTIN", "Le Gall", "Œuvre", "Zola", "d’Arc", ""),
			Role:       account.Roles[r.IntN(len(account.Roles))], State: account.States[r.IntN(len(account.States))],
		}
		if r.IntN(3) == 0 {
			p.Emails = []account.Email{{Address: fmt.Sprintf("m%d@%s.example", i, pick("orange", "marne"))}}
		}
		if r.IntN(4) == 0 {
			p.Offices = []string{pick("Lac", "Gare", "lac")}
		}
		if r.IntN(2) == 0 {
			p.SignedIn = start.Add(time.Duration(r.IntN(5)) * time.Hour)
		}
		if r.IntN(9) == 0 {
			p.Mobile, p.Aliases = fmt.Sprintf("+336%08d", i), []string{fmt.Sprintf("ALIAS %d", i)}
		}
		people[i] = p
	}
	return people
}

func enrol(t testing.TB, db *store.DB, people []account.Account) {
	t.Helper()
	for some := range slices.Chunk(people, 500) {
		accounts := make([]store.NewAccount, len(some))
		for i, p := range some {
			accounts[i] = store.NewAccount{Account: p, Hash: storetest.Hash, Note: audit.Entry{At: start}}
		}
		must(t, db.CreateAccounts(t.Context(), accounts))
	}
}

// model gives everybody who fits a search, in its order, without looking at the store.
func model(people []account.Account, s admin.Search) []account.Account {
	fits := slices.DeleteFunc(slices.Clone(people), func(p account.Account) bool {
		for _, w := range account.FilterWords(s.Filter) {
			if !slices.ContainsFunc(p.Words(), func(own string) bool { return strings.HasPrefix(own, w) }) {
				return true
			}
		}
		return s.Role != "" && p.Role != s.Role || s.State != "" && p.State != s.State || s.Office != "" && !p.In(s.Office)
	})
	slices.SortFunc(fits, func(a, b account.Account) int {
		if s.Descending {
			a, b = b, a
		}
		name := cmp.Compare(a.SortName(), b.SortName())
		first := map[admin.Sort]int{
			admin.ByName:       name,
			admin.ByIdentifier: cmp.Compare(account.Fold(a.Identifier), account.Fold(b.Identifier)),
			admin.ByRole:       cmp.Compare(a.Role, b.Role),
			admin.ByState:      cmp.Compare(a.State, b.State),
			admin.BySignedIn:   a.SignedIn.Compare(b.SignedIn),
		}[s.Sort]
		if s.Sort == admin.ByIdentifier {
			name = 0
		}
		return cmp.Or(first, name, cmp.Compare(a.ID, b.ID))
	})
	return fits
}

// turned walks through all pages: forwards from the first one, backwards from the last one, and all at once.
func turned(t *testing.T, db *store.DB, organisation string, s admin.Search, wanted []account.Account) {
	t.Helper()
	var forwards, backwards, streamed []account.Account
	var total admin.Found
	for page := s; ; page.After = total.Next {
		found, err := db.People(t.Context(), organisation, page)
		must(t, err)
		if len(found.People) > s.Size || len(found.People) == 0 && len(wanted) > 0 ||
			(page.After != "") != (found.Previous != "") {
			t.Fatalf("%+v: a page of %d, previous %q", page, len(found.People), found.Previous)
		}
		forwards, total = append(forwards, found.People...), found
		if counted := min(len(wanted), admin.MostCounted); found.Total != counted && found.Total != len(wanted) ||
			found.More != (found.Total < len(wanted)) {
			t.Errorf("%+v: %d, more %v, want %d", page, found.Total, found.More, len(wanted))
		}
		if found.Next == "" {
			break
		}
	}
	page := s
	page.Last = true
	for {
		found, err := db.People(t.Context(), organisation, page)
		must(t, err)
		if (page.Before != "") != (found.Next != "") {
			t.Errorf("%+v: next is %q", page, found.Next)
		}
		backwards = append(slices.Clone(found.People), backwards...)
		if found.Previous == "" {
			break
		}
		page.Last, page.Before = false, found.Previous
	}
	must(t, db.EachPerson(t.Context(), organisation, s, func(p account.Account) error {
		streamed = append(streamed, p)
		return nil
	}))
	for how, got := range map[string][]account.Account{
		"forwards": forwards, "backwards": backwards, "streamed": streamed,
	} {
		if d := diff.Diff(identifiers(wanted), identifiers(got)); d != "" {
			t.Errorf("%+v, %s: %s", s, how, d)
		}
	}
}

func identifiers(people []account.Account) []string {
	all := make([]string, len(people))
	for i, p := range people {
		all[i] = p.Identifier
	}
	return all
}

// searches gives every sort, direction and kind of filter.
func searches(size int) []admin.Search {
	filters := []admin.Search{
		{}, {Filter: "m"}, {Filter: "mar"}, {Filter: "ÉLOÏSE"}, {Filter: "le gall"}, {Filter: "martin marie"},
		{Filter: "m m m"},
		{Filter: "1001"}, {Filter: "nobody"}, {Filter: "…"}, {Filter: "d-17 zola"}, {Filter: "m.1"}, {Filter: "alias"},
		{Filter: "061"},
		{Role: account.Gerant}, {State: account.Locked}, {Role: account.Famille, State: account.Active}, {Office: "Lac"},
		{Office: "nowhere"}, {Role: "none"}, {Filter: "mar", Role: account.Agent, State: account.Invited, Office: "Gare"},
	}
	var all []admin.Search
	for _, f := range filters {
		for _, sort := range admin.Sorts {
			f.Sort, f.Size = sort, size
			all = append(all, f)
			f.Descending = true
			all = append(all, f)
		}
	}
	return all
}

func TestEveryPageOfEveryListHoldsEverybodyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		storetest.School(t, db)
		must(t, db.EachPerson(t.Context(), o.ID, admin.Search{}, func(p account.Account) error {
			return db.DeleteAccount(t.Context(), o.ID, p.ID, audit.Entry{})
		}))
		people := crowd(o, 101, 1)
		enrol(t, db, people)
		for _, s := range searches(23) {
			turned(t, db, o.ID, s, model(people, s))
		}
	})
}

// With more people than are read at once, the store walks along the order instead; what it finds is the same.
func TestManyPeopleAreListedLikeFew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		db.ReadAtMost(20)
		o := storetest.School(t, db)
		team := model(all(t, db, o), admin.Search{Sort: admin.ByName})
		people := append(team, crowd(o, 149, 2)...)
		enrol(t, db, people[len(team):])
		for _, s := range searches(29) {
			turned(t, db, o.ID, s, model(people, s))
		}
	})
}

func all(t *testing.T, db *store.DB, o organisation.Organisation) (people []account.Account) {
	t.Helper()
	must(t, db.EachPerson(t.Context(), o.ID, admin.Search{}, func(p account.Account) error {
		people = append(people, p)
		return nil
	}))
	return people
}

func TestCountingStops(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		db.ReadAtMost(20)
		o := storetest.School(t, db)
		people := crowd(o, admin.MostCounted+150, 3)
		for i := range people {
			people[i].Household = "everybody"
		}
		enrol(t, db, people)
		everybody := len(people) + 4
		for filter, wanted := range map[string]admin.Found{
			"": {Total: everybody}, "every": {Total: admin.MostCounted, More: true},
			"zola": {Total: len(model(people, admin.Search{Filter: "zola"}))},
		} {
			s := admin.Search{Filter: filter, Size: 10}
			for range 3 { // the first page counts in another way than those behind it
				found, err := db.People(t.Context(), o.ID, s)
				must(t, err)
				if found.Total != wanted.Total || found.More != wanted.More {
					t.Errorf("%q: %d, more %v", filter, found.Total, found.More)
				}
				s.After = found.Next
			}
		}
	})
}

// A cursor comes from outside: whatever it is, the answer is a page.
func TestBrokenCursorIsTheFirstPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		first, err := db.People(t.Context(), o.ID, admin.Search{Size: 3})
		must(t, err)
		byRole, err := db.People(t.Context(), o.ID, admin.Search{Size: 3, Sort: admin.ByRole})
		must(t, err)
		last, err := db.People(t.Context(), o.ID, admin.Search{Size: 3, Last: true, Descending: true})
		must(t, err)
		for what, cursor := range map[string]string{
			"nonsense": "%%%", "no JSON": "bm9uc2Vuc2U", "another order": byRole.Next, "long": strings.Repeat("A", 9000),
			"a NUL":       "eyJzb3J0IjoibmFtZSIsImtleSI6InoiLCJpZCI6IlwwMDAwIn0",
			"behind all":  "eyJzb3J0IjoibmFtZSIsImtleSI6Ii8vLy8iLCJpZCI6InoifQ",
			"no ID":       "eyJzb3J0IjoibmFtZSIsImtleSI6Ii8vLy8ifQ",
			"someone":     "eyJzb3J0IjoibmFtZSIsImtleSI6IkFBPT0iLCJpZCI6Ilx1MDAwMCJ9",
			"not base 64": first.Next[:len(first.Next)-1] + "!",
		} {
			found, err := db.People(t.Context(), o.ID, admin.Search{Size: 3, After: cursor})
			must(t, err)
			if d := diff.Diff(identifiers(first.People), identifiers(found.People)); d != "" {
				t.Errorf("%s: %s", what, d)
			}
		}
		slices.Reverse(last.People)
		if d := diff.Diff(identifiers(first.People), identifiers(last.People)); d != "" {
			t.Errorf("the last page of the other direction: %s", d)
		}
	})
}

func TestListedPeopleAreWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.School(t, db)
		p := crowd(o, 1, 4)[0]
		p.Aliases = []string{"ONE", "TWO"}
		p.Mobile, p.MobileProven, p.MobileSince = "+33612345678", true, at(-24*time.Hour)
		p.Emails = []account.Email{{Address: "a@b.example", Proven: true}, {Address: "c@d.example", Unreachable: true}}
		p.Offices, p.Language, p.Version = []string{"Gare", "Lac"}, "en", 1
		p.Leaves, p.SignedIn, p.Factors.Password = at(time.Hour), at(-time.Hour), true
		enrol(t, db, []account.Account{p})
		for _, filter := range []string{p.Identifier, "two", "cdexample", "0612345678"} {
			found, err := db.People(t.Context(), o.ID, admin.Search{Filter: filter, Size: 5})
			must(t, err)
			if d := diff.Diff([]account.Account{p}, found.People); d != "" {
				t.Errorf("%q: %s", filter, d)
			}
		}
		read, err := db.Account(t.Context(), o.ID, p.ID)
		must(t, err)
		if d := diff.Diff(p, read); d != "" {
			t.Error(d)
		}
	})
}

// What a person is called may be long: the keys still fit into an index, and what was written is found.
func TestATK079LongNamesAreKeptAndFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.School(t, db)
		p := crowd(o, 1, 5)[0]
		p.FamilyName, p.GivenName = strings.Repeat("ﷺ", 3000), strings.Repeat("ж日", 300)
		p.Identifier = strings.Repeat("9", account.Longest)
		for i := range 40 {
			p.GivenName += fmt.Sprintf(" %d%s", i, strings.Repeat("щ", 40))
			p.Offices = append(p.Offices, fmt.Sprintf("Bureau %d", i))
		}
		enrol(t, db, []account.Account{p})
		for _, s := range []admin.Search{{Filter: strings.Repeat("9", 200)}, {Filter: "ж"}, {Office: "Bureau 39"}} {
			s.Size = 5
			found, err := db.People(t.Context(), o.ID, s)
			must(t, err)
			if len(found.People) != 1 || found.People[0].ID != p.ID {
				t.Errorf("%q finds %d", s.Filter, len(found.People))
			}
		}
	})
}

// An older Loquet that runs beside this one writes no keys. Opening the database gives them, and so does the purge.
func TestAccountsOfAnOlderLoquetGetTheirKeys(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		first := storetest.Open(t, url)
		o := storetest.School(t, first)
		people := append(all(t, first, o), crowd(o, 450, 6)...)
		enrol(t, first, people[4:])
		s := admin.Search{Filter: "mar", Sort: admin.ByName, Size: 50}
		forget := func() {
			_, err := first.Exec(t.Context(), `update account set name_key = '', identifier_key = '', words = ''`)
			must(t, err)
			_, err = first.Exec(t.Context(), `delete from account_word`)
			must(t, err)
			found, err := first.People(t.Context(), o.ID, s)
			must(t, err)
			if len(found.People) > 0 {
				t.Error("people without keys are found")
			}
		}
		forget()
		together(3, func(int) { storetest.Open(t, url) })
		turned(t, first, o.ID, s, model(people, s))
		forget()
		_, err := first.Purge(t.Context(), start)
		must(t, err)
		turned(t, first, o.ID, s, model(people, s))
	})
}

// The two ways to search, by words and by walking, must agree on what a word is: both engines order and compare bytes.
func TestKeysAreComparedByTheirBytes(t *testing.T) {
	a, b := account.Account{FamilyName: "Le", GivenName: "Zoé"}, account.Account{FamilyName: "Le Gall"}
	if bytes.Compare([]byte(a.SortName()), []byte(b.SortName())) >= 0 {
		t.Error("a short name comes after the longer one that it begins")
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.School(t, db)
		people := crowd(o, 2, 7)
		people[0].FamilyName, people[0].GivenName = a.FamilyName, a.GivenName
		people[1].FamilyName, people[1].GivenName = b.FamilyName, b.GivenName
		enrol(t, db, people)
		found, err := db.People(t.Context(), o.ID, admin.Search{Filter: "le", Size: 5, Sort: admin.ByName})
		must(t, err)
		if d := diff.Diff(identifiers(people), identifiers(found.People)); d != "" {
			t.Error(d)
		}
	})
}
