package house_test

import (
	"strings"
	"sync"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The platform is made once, by however many nodes start at once, and settling it again changes nothing but its hosts.
func TestThePlatformIsSettledOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := housetest.Still(t, db)
		hosts := []string{"plateforme.localhost:8080"}
		if _, err := f.SettlePlatform(t.Context(), nil); err == nil {
			t.Error("a platform without a host was made")
		}
		var nodes sync.WaitGroup
		for range 6 {
			nodes.Go(func() {
				if o, err := f.SettlePlatform(t.Context(), hosts); err != nil || !o.Platform() {
					t.Errorf("a node settled %+v: %v", o, err)
				}
			})
		}
		nodes.Wait()
		once, err := db.Platform(t.Context())
		if err != nil || once.Host() != hosts[0] || once.Version != 1 {
			t.Fatalf("settled %+v: %v", once, err)
		}
		hosts = []string{"autre.localhost:8080"}
		moved, err := f.SettlePlatform(t.Context(), hosts)
		if err != nil || moved.Host() != hosts[0] || moved.Version != 2 {
			t.Errorf("moved to %+v: %v", moved, err)
		}
		moved.Policy.Sessions[account.Gerant] = session.Limits{Idle: 1, Absolute: 1}
		moved.Policy.Password.MinLength = 8
		if err := db.UpdateOrganisation(t.Context(), moved, note(f, moved)); err != nil {
			t.Fatal(err)
		}
		again, err := f.SettlePlatform(t.Context(), hosts)
		if err != nil || again.Policy.Password.MinLength != 15 {
			t.Errorf("the rules of the platform stay loosened: %+v, %v", again.Policy, err)
		}
		none, err := f.SettlePlatform(t.Context(), nil)
		if err != nil || len(none.Hosts) > 0 {
			t.Errorf("without a host it answers on %v: %v", none.Hosts, err)
		}
		if err := db.VerifyJournal(t.Context(), organisation.PlatformID); err != nil {
			t.Error(err)
		}
	})
}

// An organisation that has the platform's host or short name keeps the server from starting, in a sentence that says
// which.
func TestThePlatformTakesNobodysPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := housetest.Still(t, db)
		if _, err := f.SettlePlatform(t.Context(), f.Town.Hosts); err == nil || !strings.Contains(err.Error(), f.Town.Host()) ||
			!strings.Contains(err.Error(), "platform_host") {
			t.Errorf("the town's host was taken: %v", err)
		}
		f.Platform(t)
		if _, err := f.SettlePlatform(t.Context(), f.School.Hosts); err == nil || !strings.Contains(err.Error(), f.School.Host()) {
			t.Errorf("the school's host was taken: %v", err)
		}
		town, err := db.Organisation(t.Context(), f.Town.ID)
		if err != nil || town.Host() != f.Town.Host() {
			t.Errorf("the town answers on %v: %v", town.Hosts, err)
		}
	})
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	old := f.Town
	old.Slug = organisation.PlatformSlug
	if err := f.DB.UpdateOrganisation(t.Context(), old, note(f, old)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SettlePlatform(t.Context(), []string{housetest.PlatformHost}); err == nil ||
		!strings.Contains(err.Error(), `"platform"`) {
		t.Errorf("an organisation of the same short name has become the platform: %v", err)
	}
}

// The platform is no tenant, its journal is purged like theirs, and its operators are counted while they stay.
func TestThePlatformIsNoTenant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := housetest.Still(t, db)
		if n, err := db.Operators(t.Context()); n != 0 || err != nil {
			t.Errorf("%d operators before there is a platform: %v", n, err)
		}
		one := f.PlatformPerson(t, "OPERATEUR.UN", account.Operator)
		f.PlatformPerson(t, "OPERATEUR.DEUX", account.Operator)
		f.PlatformPerson(t, "AUTRE", account.Gerant)
		count := func(want int) {
			t.Helper()
			if n, err := db.Operators(t.Context()); n != want || err != nil {
				t.Errorf("%d operators, want %d: %v", n, want, err)
			}
		}
		count(2)
		entry := audit.Entry{Organisation: one.Organisation, At: f.Clock.Now(), Act: audit.AccountStopped, Actor: audit.System, Target: one.ID}
		if err := db.SetState(t.Context(), one.Organisation, one.ID, account.Disabled, entry.At, entry); err != nil {
			t.Fatal(err)
		}
		count(1)
		all, err := db.Organisations(t.Context())
		if err != nil || len(all) != 2 || all[0].Platform() || all[1].Platform() {
			t.Errorf("%d organisations: %v", len(all), err)
		}
		if _, err := db.Purge(t.Context(), f.Clock.Now().Add(audit.Kept+1)); err != nil {
			t.Fatal(err)
		}
		left, err := db.Journal(t.Context(), organisation.PlatformID, 1, 100)
		if err != nil || len(left) > 1 { // the last one carries the chain on
			t.Errorf("%d entries of the platform's journal are kept for ever: %v", len(left), err)
		}
	})
}

func note(f *housetest.Fixture, o organisation.Organisation) audit.Entry {
	return audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
}
