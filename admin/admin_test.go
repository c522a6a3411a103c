package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
	"loquet/text"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// drawer is a store of a few people in memory. What a test does not need panics.
type drawer struct {
	Store
	people  map[string]account.Account
	changes []Change
	notes   []audit.Entry
	refuse  error
	ended   []string
}

func (d *drawer) Account(_ context.Context, organisation, id string) (account.Account, error) {
	p, ok := d.people[id]
	if !ok || p.Organisation != organisation {
		return account.Account{}, fault.Missing
	}
	return p, nil
}

func (d *drawer) Stayers(_ context.Context, organisation string) (n int, err error) {
	for _, p := range d.people {
		if p.Organisation == organisation && p.Stays() {
			n++
		}
	}
	return min(n, 2), nil
}

func (d *drawer) HasPassword(_ context.Context, _, id string) (bool, error) {
	if _, ok := d.people[id]; !ok {
		return false, fault.Missing
	}
	return id != "invited", nil
}

func (d *drawer) ApplyAdmin(_ context.Context, c Change) error {
	if d.refuse != nil {
		return d.refuse
	}
	d.changes = append(d.changes, c)
	return nil
}

func (d *drawer) CreateAccount(_ context.Context, a account.Account, _ string, _ audit.Entry) error {
	for _, p := range d.people {
		if account.FoldIdentifier(p.Identifier) == account.FoldIdentifier(a.Identifier) {
			return account.Taken{Identifier: a.Identifier}
		}
	}
	d.people[a.ID] = a
	return nil
}

func (d *drawer) EachPerson(_ context.Context, organisation string, _ Search, each func(account.Account) error) error {
	for _, p := range d.people {
		if p.Organisation == organisation {
			if err := each(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *drawer) SessionsOf(context.Context, string, string) ([]session.Session, error) {
	return []session.Session{{ID: "one"}}, nil
}

func (d *drawer) EndSession(_ context.Context, _, id string, _ session.End, _ audit.Entry) error {
	d.ended = append(d.ended, id)
	return nil
}

func (d *drawer) Note(_ context.Context, entries ...audit.Entry) error {
	d.notes = append(d.notes, entries...)
	return nil
}

// postman notes whom access was sent to, or printed for.
type postman struct {
	to     []string
	refuse error // of slips
}

func (p *postman) SendAccess(
	_ context.Context, _ organisation.Organisation, person account.Account, _ string, _ session.Browser,
) (string, error) {
	p.to = append(p.to, person.ID)
	return "g…t@lac.example", nil
}

func (p *postman) PrintSlip(
	_ context.Context, _ organisation.Organisation, person, _ account.Account, _ session.Browser,
) (courier.Slip, error) {
	if p.refuse != nil {
		return courier.Slip{}, p.refuse
	}
	p.to = append(p.to, person.ID)
	return courier.Slip{Person: person, Code: "KR7M-PX4Q-W9TD"}, nil
}

func school() (*Flow, *drawer, Actor) {
	o := organisation.Organisation{ID: "school", Slug: "autoecole", Wording: organisation.Key, TimeZone: "Europe/Paris", Offices: []string{"Centre", "Gare"}}
	d := &drawer{people: map[string]account.Account{}}
	for id, role := range map[string]account.Role{
		"gerant": account.Gerant, "bureau": account.Complet, "moniteur": account.Moniteur, "invited": account.Moniteur,
	} {
		d.people[id] = account.Account{ID: id, Organisation: "school", Identifier: "ECOLE." + strings.ToUpper(id), Role: role, State: account.Active}
	}
	d.people["stranger"] = account.Account{ID: "stranger", Organisation: "town", Identifier: "38162", Role: account.Famille, State: account.Active}
	f := &Flow{Store: d, Access: &postman{}, Outlook: &seer{}, Now: func() time.Time { return now }, NewID: func() string { return "new" }}
	return f, d, Actor{Organisation: o, Person: d.people["gerant"]}
}

// ATK-069, ATK-072: every act of the flow, by everyone who may not, on everyone.
func TestATK069WhoeverMayNotGetsNothing(t *testing.T) {
	acts := map[string]func(f *Flow, a Actor, id string) error{
		"People": func(f *Flow, a Actor, _ string) error { _, err := f.People(t.Context(), a, Search{}); return err },
		"Person": func(f *Flow, a Actor, id string) error { _, err := f.Person(t.Context(), a, id); return err },
		"Add": func(f *Flow, a Actor, _ string) error {
			_, _, err := f.Add(t.Context(), a, Draft{Identifier: "X", Role: account.Gerant}, true)
			return err
		},
		"Change": func(f *Flow, a Actor, id string) error {
			_, err := f.Change(t.Context(), a, id, 0, Draft{Role: account.Gerant})
			return err
		},
		"Stop": func(f *Flow, a Actor, id string) error { _, err := f.Stop(t.Context(), a, id); return err },
		"StopAfter": func(f *Flow, a Actor, id string) error {
			_, err := f.StopAfter(t.Context(), a, id, "2027-06-30")
			return err
		},
		"Start": func(f *Flow, a Actor, id string) error { _, err := f.Start(t.Context(), a, id); return err },
		"Delete": func(f *Flow, a Actor, id string) error {
			_, err := f.Delete(t.Context(), a, id, "ECOLE."+id)
			return err
		},
		"SendAccess": func(f *Flow, a Actor, id string) error { _, err := f.SendAccess(t.Context(), a, id); return err },
		"PrintSlip": func(f *Flow, a Actor, id string) error {
			a.Session.Proved = now
			_, _, err := f.PrintSlip(t.Context(), a, id, true)
			return err
		},
		"EndSessions": func(f *Flow, a Actor, id string) error { return f.EndSessions(t.Context(), a, id, "") },
		"ResetFactors": func(f *Flow, a Actor, id string) error {
			_, err := f.ResetFactors(t.Context(), a, id, 0)
			return err
		},
		"Export": func(f *Flow, a Actor, _ string) error {
			return f.ExportPeople(t.Context(), a, Search{}, text.For("fr", text.Key), io.Discard)
		},
		"Policy": func(f *Flow, a Actor, _ string) error {
			_, _, err := f.SavePolicy(t.Context(), a, 0, organisation.Strict.Policy(), true)
			return err
		},
		"Offices": func(f *Flow, a Actor, _ string) error {
			_, err := f.SaveOffices(t.Context(), a, 0, []string{"A"})
			return err
		},
		"News": func(f *Flow, a Actor, _ string) error {
			_, err := f.SaveNews(t.Context(), a, 0, -1, "A", "B")
			return err
		},
		"Journal": func(f *Flow, a Actor, _ string) error {
			_, err := f.Journal(t.Context(), a, JournalFilter{})
			return err
		},
		"Verify":    func(f *Flow, a Actor, _ string) error { return f.VerifyJournal(t.Context(), a) },
		"Letters":   func(f *Flow, a Actor, _ string) error { _, err := f.Letters(t.Context(), a, true); return err },
		"LettersTo": func(f *Flow, a Actor, id string) error { _, err := f.LettersTo(t.Context(), a, id); return err },
		"Document":  func(f *Flow, a Actor, _ string) error { return f.RemoveDocument(t.Context(), a, "x") },
	}
	for name, act := range acts {
		for _, actor := range []string{"bureau", "moniteur", "stranger", "nobody"} {
			for _, target := range []string{"gerant", "moniteur", "stranger", "nobody"} {
				f, d, a := school()
				a.Person = d.people[actor]
				if err := act(f, a, target); !errors.Is(err, fault.Forbidden) {
					t.Errorf("%s by %s on %s: %v", name, actor, target, err)
				}
				if len(d.changes)+len(d.notes)+len(d.ended) > 0 || len(d.people) != 5 {
					t.Errorf("%s by %s on %s was written", name, actor, target)
				}
			}
		}
	}
	// For the manager, another organisation's people are nobody.
	for _, name := range []string{"Person", "LettersTo", "Change", "Stop", "StopAfter", "Start", "Delete", "SendAccess", "PrintSlip", "EndSessions", "ResetFactors"} {
		f, d, a := school()
		foreign, nobody := acts[name](f, a, "stranger"), acts[name](f, a, "nobody")
		if name == "Start" { // the store of this test knows no organisations there
			foreign = nobody
		}
		if !errors.Is(foreign, fault.Missing) || !errors.Is(nobody, fault.Missing) || foreign.Error() != nobody.Error() {
			t.Errorf("%s tells %v from %v", name, foreign, nobody)
		}
		if len(d.changes) > 0 {
			t.Errorf("%s was written", name)
		}
	}
}

// ATK-072: nobody removes, stops or demotes the last manager who stays, nor changes their own type.
func TestATK072TheLastManagerStays(t *testing.T) {
	f, d, a := school()
	second := d.people["gerant"]
	second.ID, second.Identifier, second.State = "second", "ECOLE.SECOND", account.Invited
	d.people["second"] = second
	a.Person = second // may act, but does not count: has never signed in
	for name, act := range map[string]func() ([]Fault, error){
		"stop":       func() ([]Fault, error) { return f.Stop(t.Context(), a, "gerant") },
		"stop after": func() ([]Fault, error) { return f.StopAfter(t.Context(), a, "gerant", "2027-01-01") },
		"delete":     func() ([]Fault, error) { return f.Delete(t.Context(), a, "gerant", "ecole.gerant") },
		"demote":     func() ([]Fault, error) { return f.Change(t.Context(), a, "gerant", 0, Draft{Role: account.Complet}) },
	} {
		if found, err := act(); err != nil || !slices.Equal(found, []Fault{LastManager}) || len(d.changes) > 0 {
			t.Errorf("%s: %v, %v, %v", name, found, err, d.changes)
		}
	}
	second.State = account.Active
	d.people["second"] = second
	if found, err := f.Stop(t.Context(), a, "gerant"); err != nil || len(found) > 0 || !d.changes[0].KeepManager {
		t.Errorf("with a second manager: %v, %v", found, err)
	}
	d.refuse = fault.Forbidden // somebody else removed the second one in the same moment
	if found, err := f.Stop(t.Context(), a, "gerant"); err != nil || !slices.Equal(found, []Fault{LastManager}) {
		t.Errorf("in a race: %v, %v", found, err)
	}
	for name, act := range map[string]func() ([]Fault, error){
		"oneself stop":   func() ([]Fault, error) { return f.Stop(t.Context(), a, "second") },
		"oneself delete": func() ([]Fault, error) { return f.Delete(t.Context(), a, "second", "ECOLE.SECOND") },
		"oneself change": func() ([]Fault, error) { return f.Change(t.Context(), a, "second", 0, Draft{Role: account.Complet}) },
	} {
		if _, err := act(); !errors.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// ATK-070: a role that the organisation does not have, or that the actor does not look after, is not given.
func TestATK070RolesOfOtherWorlds(t *testing.T) {
	for _, role := range append(slices.Clone(account.Roles), "", "admin", "GERANT") {
		f, d, a := school()
		_, found, err := f.Add(t.Context(), a, Draft{Identifier: "ECOLE.NEU", Role: role}, false)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Contains(account.Gerant.Manages(), role)
		if got := len(found) == 0; got != want || (len(d.people) == 6) != want {
			t.Errorf("adding a %q: %v", role, found)
		}
		if role == "" {
			continue // the form names no type: it stays
		}
		found, err = f.Change(t.Context(), a, "moniteur", 0, Draft{Role: role})
		if err != nil || (len(found) == 0) != want {
			t.Errorf("making a moniteur a %q: %v, %v", role, found, err)
		}
	}
}

func TestAPersonsForm(t *testing.T) {
	for name, c := range map[string]struct {
		d    Draft
		want []Fault
	}{
		"good":              {Draft{Identifier: " ECOLE.X ", Role: account.Complet, Offices: []string{"Gare"}, Email: "x@lac.example", Mobile: "06 12 34 56 78"}, nil},
		"nothing":           {Draft{Role: account.Complet}, []Fault{IdentifierEmpty}},
		"an address":        {Draft{Identifier: "x@lac.example", Role: account.Complet}, []Fault{IdentifierUnfit}},
		"a mobile":          {Draft{Identifier: "0612345678", Role: account.Complet}, []Fault{IdentifierUnfit}},
		"another alphabet":  {Draft{Identifier: "ЕCOLE", Role: account.Complet}, []Fault{IdentifierUnfit}},
		"too long to type":  {Draft{Identifier: strings.Repeat("x", 41), Role: account.Complet}, []Fault{IdentifierUnfit}},
		"taken":             {Draft{Identifier: "ecole.gerant", Role: account.Complet}, []Fault{IdentifierTaken}},
		"bad addresses":     {Draft{Identifier: "X", Role: account.Complet, Email: "x@", Mobile: "12"}, []Fault{EmailUnfit, MobileUnfit}},
		"two addresses":     {Draft{Identifier: "X", Role: account.Complet, Email: "a@a.example,b@b.example"}, []Fault{EmailUnfit}},
		"no such office":    {Draft{Identifier: "X", Role: account.Complet, Offices: []string{"Port"}}, []Fault{OfficeUnknown}},
		"no such language":  {Draft{Identifier: "X", Role: account.Complet, Language: "xx"}, []Fault{LanguageUnknown}},
		"a name too long":   {Draft{Identifier: "X", Role: account.Complet, FamilyName: strings.Repeat("é", 81)}, []Fault{NameTooLong}},
		"unseen signs only": {Draft{Identifier: "\u200b", Role: account.Complet}, []Fault{IdentifierUnfit}},
	} {
		f, d, a := school()
		added, found, err := f.Add(t.Context(), a, c.d, true)
		if err != nil || !slices.Equal(found, c.want) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		if wrote := len(d.people) == 6; wrote != (len(c.want) == 0) {
			t.Errorf("%s: written %v", name, wrote)
		}
		if name == "good" && (added.State != account.Invited || added.Emails[0].Proven || added.Mobile != "+33612345678" ||
			!slices.Equal(f.Access.(*postman).to, []string{"new"})) {
			t.Errorf("%+v", added)
		}
	}
}

// A last day ends at midnight where the organisation is, whatever its clocks do that night.
func TestLastDayAcrossMidnightAndDST(t *testing.T) {
	for _, c := range []struct{ zone, day, leaves string }{
		{"Europe/Paris", "2026-11-21", "2026-11-21T23:00:00Z"},
		{"Europe/Paris", "2027-03-27", "2027-03-27T23:00:00Z"}, // the night before the clocks change
		{"Europe/Paris", "2027-03-28", "2027-03-28T22:00:00Z"}, // the day has 23 hours
		{"Europe/Paris", "2027-10-31", "2027-10-31T23:00:00Z"}, // the day has 25
		{"Indian/Reunion", "2026-12-31", "2026-12-31T20:00:00Z"},
		{"America/Sao_Paulo", "30/06/2027", "2027-07-01T03:00:00Z"},
		{"Asia/Beirut", "2027-03-27", "2027-03-27T22:00:00Z"}, // midnight does not exist: it is one o'clock
		{"", "1/7/2027", "2027-07-01T22:00:00Z"},
	} {
		o := organisation.Organisation{TimeZone: c.zone}
		leaves, found := leaving(o, c.day, now)
		if len(found) > 0 || leaves.UTC().Format(time.RFC3339) != c.leaves {
			t.Errorf("%s in %s: %s, %v, want %s", c.day, c.zone, leaves.UTC().Format(time.RFC3339), found, c.leaves)
		}
		person := account.Account{State: account.Active, Leaves: leaves}
		if !person.Open(leaves.Add(-time.Second)) || person.Open(leaves) {
			t.Errorf("%s in %s: it does not close then", c.day, c.zone)
		}
		if got := LastDay(o, person); got.Day() != dayIn(c.day) {
			t.Errorf("%s in %s is shown as %s", c.day, c.zone, got)
		}
	}
	for day, want := range map[string]Fault{
		"2026-11-20": DayPast, "1999-01-01": DayPast, "demain": DayUnfit, "2027-02-30": DayUnfit, "31/02/2027": DayUnfit, "2027-6": DayUnfit,
	} {
		if leaves, found := leaving(organisation.Organisation{}, day, now); !slices.Equal(found, []Fault{want}) || !leaves.IsZero() {
			t.Errorf("%s: %v", day, found)
		}
	}
	if leaves, found := leaving(organisation.Organisation{}, "", now); len(found) > 0 || !leaves.IsZero() {
		t.Error("no day is a day")
	}
}

func dayIn(typed string) int {
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006"} {
		if d, err := time.Parse(layout, typed); err == nil {
			return d.Day()
		}
	}
	return 0
}

// ATK-071: no cell of the export runs in a spreadsheet, and nothing of a password is in it.
func TestATK071ExportIsSafe(t *testing.T) {
	f, d, a := school()
	d.people = map[string]account.Account{}
	hostile := []string{"=1+1", "+33612345678", "-2", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%x", `"; =1`, "a\n=b", "é;è"}
	for i, cell := range hostile {
		id := string(rune('a' + i))
		d.people[id] = account.Account{ID: id, Organisation: "school", Identifier: cell, FamilyName: cell, Offices: []string{cell}, Role: account.Complet, State: account.States[i%len(account.States)],
			Emails: []account.Email{{Address: "a@b.example", Proven: i%3 == 0, Unreachable: i%3 == 1}}}
	}
	var out bytes.Buffer
	if err := f.ExportPeople(t.Context(), a, Search{}, text.For("fr", text.Key), &out); err != nil {
		t.Fatal(err)
	}
	if len(d.notes) != 1 || d.notes[0].Act != audit.PeopleExported || d.notes[0].Actor != "gerant" {
		t.Errorf("the journal says %v", d.notes)
	}
	file, found := strings.CutPrefix(out.String(), "\ufeff")
	if !found {
		t.Error("a spreadsheet takes it for another encoding")
	}
	in := csv.NewReader(strings.NewReader(file))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil || len(rows) != len(hostile)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsRune(cell, '⟦') {
				t.Errorf("there are no words for %q", cell)
			}
			if cell != "" && strings.ContainsRune("=+-@\t\r|%", rune(cell[0])) {
				t.Errorf("a spreadsheet may run %q", cell)
			}
		}
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	f, _, a := school()
	for name, act := range map[string]func() (any, error){
		"offices": func() (any, error) { return f.SaveOffices(t.Context(), a, 0, make([]string, 1)) },
	} {
		a.Organisation.Version = 4 // that of the form is 0
		if _, err := act(); !errors.Is(err, fault.Stale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.Organisation.Version = 0
	bad := organisation.Default.Policy()
	bad.Password.MinLength, bad.Recovery.Lifetime = 4, 48*time.Hour
	refusals, _, err := f.SavePolicy(t.Context(), a, 0, bad, true)
	if err != nil || !slices.Equal(refusals, []organisation.Refusal{organisation.PasswordTooShort, organisation.RecoveryTooLong}) {
		t.Errorf("%v, %v", refusals, err)
	}
	found, err := f.SaveContact(t.Context(), a, 0, organisation.Contact{Email: "x@", Phone: "appelez"}, organisation.Legal{
		Accessibility: organisation.Accessibility{Percent: 120, Audited: "hier"},
	})
	if err != nil || !slices.Equal(found, []Fault{EmailUnfit, PhoneUnfit, PercentUnfit, DayUnfit}) {
		t.Errorf("%v, %v", found, err)
	}
	for _, colour := range []string{"", "red", "#12345", "#1234567", "#12345g", "#123456;}", "url(x)"} {
		if found, err := f.SaveAppearance(t.Context(), a, 0, "École", organisation.Appearance{Colour: colour}); err != nil || !slices.Equal(found, []Fault{ColourUnfit}) {
			t.Errorf("%q: %v, %v", colour, found, err)
		}
	}
}
