package store_test

import (
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/fault"
	"loquet/store"
	"loquet/store/storetest"
)

// What a manager does to people and documents, in the name of another organisation (ATK-069).
func (f thing) admins(t *testing.T, db *store.DB, document string) map[string]attempt {
	ctx, now := t.Context(), at(time.Minute)
	none := func(_ any, err error) error { return err }
	change := func(fill func(*admin.Change)) attempt {
		c := admin.Change{Now: now, Organisation: f.to.ID, Account: f.person.ID}
		fill(&c)
		return attempt{db.ApplyAdmin(ctx, c), fault.Missing}
	}
	renamed := f.person
	renamed.FamilyName, renamed.Organisation = "Stolen", f.to.ID
	return map[string]attempt{
		"HasPassword":    {none(db.HasPassword(ctx, f.to.ID, f.person.ID)), fault.Missing},
		"RemoveDocument": {db.RemoveDocument(ctx, f.to.ID, document, note(f.manager, "", now)), fault.Missing},
		"ApplyAdmin":     change(func(*admin.Change) {}),
		"ApplyAdmin person": change(func(c *admin.Change) {
			c.Person, c.Version = &renamed, f.person.Version
		}),
		"ApplyAdmin role":   change(func(c *admin.Change) { c.Role = account.Agent }),
		"ApplyAdmin state":  change(func(c *admin.Change) { c.State, c.KeepManager = account.Disabled, true }),
		"ApplyAdmin leaves": change(func(c *admin.Change) { c.Leaves = &now }),
		"ApplyAdmin ends":   change(func(c *admin.Change) { c.EndSessions, c.EndSecrets = true, true }),
		"ApplyAdmin delete": change(func(c *admin.Change) { c.Delete = true }),
		"ApplyAdmin nowhere": {db.ApplyAdmin(ctx, admin.Change{
			Organisation: "none", Account: f.person.ID, KeepManager: true}), fault.Missing},
	}
}

// Lists of one organisation hold nothing of another's, whatever is asked.
func (f thing) lists(t *testing.T, db *store.DB) {
	t.Helper()
	for _, filter := range []string{"claire", storetest.Active, "c", ""} {
		s := admin.Search{Filter: filter, Size: 100}
		found, err := db.People(t.Context(), f.to.ID, s)
		must(t, err)
		all := found.People
		must(t, db.EachPerson(t.Context(), f.to.ID, s, func(p account.Account) error {
			all = append(all, p)
			return nil
		}))
		for _, p := range all {
			if p.Organisation != f.to.ID {
				t.Errorf("%q finds %s of another organisation", filter, p.Identifier)
			}
		}
	}
	entries, err := db.JournalPage(t.Context(), f.to.ID, admin.JournalFilter{Person: f.person.ID, Max: 100})
	must(t, err)
	letters, err := db.Deliveries(t.Context(), f.to.ID, "", 100)
	must(t, err)
	to, err := db.Deliveries(t.Context(), f.to.ID, f.person.ID, 100)
	must(t, err)
	lost, err := db.LostDeliveries(t.Context(), f.to.ID, 100)
	must(t, err)
	letters = append(append(letters, to...), lost...)
	stay, err := db.Stayers(t.Context(), f.to.ID)
	must(t, err)
	if len(entries) > 0 || len(letters) > 0 || stay != 1 {
		t.Errorf("%v, %v, %d managers", entries, letters, stay)
	}
}
