package store_test

import (
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/profile"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

const oldMobile, newMobile = "+33611111111", "+33622222222"

// owner creates somebody with a mobile that is in force since a time.
func owner(t *testing.T, db *store.DB, o organisation.Organisation, mobile string, since time.Time) account.Account {
	t.Helper()
	id := store.NewID()
	person := account.Account{
		ID: id, Organisation: o.ID, Identifier: id, Role: account.Famille, State: account.Active, Mobile: mobile,
		MobileSince: since,
	}
	must(t, db.CreateAccount(t.Context(), person, storetest.Hash, note(person, audit.AccountCreated, start)))
	return person
}

// inForce fails unless an account has a mobile, in force since a time, however it is read.
func inForce(t *testing.T, db *store.DB, person account.Account, what, mobile string, since time.Time) {
	t.Helper()
	s := enter(t, db, person, session.Full, at(90*24*time.Hour))
	_, bySession, err := db.Session(t.Context(), s.ID)
	must(t, err)
	byID, err := db.Account(t.Context(), person.Organisation, person.ID)
	must(t, err)
	for _, now := range []account.Account{byID, bySession} {
		if now.Mobile != mobile || !now.MobileSince.Equal(since) {
			t.Errorf("%s: %q since %v, want %q since %v", what, now.Mobile, now.MobileSince, mobile, since)
		}
	}
}

// ATK-076: since when a number is in force is known, whichever way it came.
func TestATK076MobileIsInForceSinceItCame(t *testing.T) {
	records := func(c *profile.Change) { c.Record = true }
	type moves = []func(t *testing.T, db *store.DB, a profile.AddressChange)
	asked := func(change ...func(*profile.Change)) func(t *testing.T, db *store.DB, a profile.AddressChange) {
		return func(t *testing.T, db *store.DB, a profile.AddressChange) {
			t.Helper()
			now, err := db.Account(t.Context(), a.Organisation, a.Account)
			must(t, err)
			c := profile.Change{Now: a.Asked, Organisation: a.Organisation, Account: a.Account, Ask: &a, Version: now.Version}
			for _, f := range change {
				f(&c)
			}
			must(t, db.ApplyProfile(t.Context(), c))
		}
	}
	served := func(t *testing.T, db *store.DB, a profile.AddressChange) {
		t.Helper()
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Serving, at(3*time.Hour), serves)))
	}
	putBack := func(from profile.State) func(*testing.T, *store.DB, profile.AddressChange) {
		return func(t *testing.T, db *store.DB, a profile.AddressChange) {
			t.Helper()
			a.State = from
			must(t, db.ApplyProfile(t.Context(), step(a, profile.Stopped, at(5*time.Hour), putsBack)))
		}
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, year := storetest.Town(t, db), start.AddDate(-1, 0, 0)
		for _, way := range []struct {
			what   string
			had    string
			since  time.Time // zero for the account's creation
			asks   string
			moves  moves
			mobile string
			want   time.Time
		}{
			{"created with one", oldMobile, time.Time{}, "", nil, oldMobile, start},
			{"created with an old one", oldMobile, year, "", nil, oldMobile, year},
			{"created without", "", year, "", nil, "", time.Time{}},
			{"asked only", oldMobile, year, newMobile, moves{asked()}, oldMobile, year},
			{"recorded", "", time.Time{}, newMobile, moves{asked(records)}, newMobile, at(2 * time.Hour)},
			{"served", oldMobile, year, newMobile, moves{asked(), served}, newMobile, at(3 * time.Hour)},
			{"recorded, proven later", "", time.Time{}, newMobile, moves{asked(records), served}, newMobile, at(2 * time.Hour)},
			{"in force and then proven", oldMobile, year, oldMobile, moves{asked(), served}, oldMobile, year},
			{"put back", oldMobile, year, newMobile, moves{asked(), served, putBack(profile.Serving)}, oldMobile, year},
			{"put back to none", "", time.Time{}, newMobile, moves{asked(records), putBack(profile.Asked)}, "", time.Time{}},
			{"taken away", oldMobile, year, "", moves{asked(records)}, "", time.Time{}},
		} {
			person := owner(t, db, o, way.had, way.since)
			a := moving(person, profile.Mobile, way.asks)
			a.Asked, a.Moved = at(2*time.Hour), at(2*time.Hour)
			for _, move := range way.moves {
				move(t, db, a)
			}
			inForce(t, db, person, way.what, way.mobile, way.want)
		}
	})
}

func TestMobileStaysAsOldWhenTheAddressChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		person := owner(t, db, storetest.Town(t, db), oldMobile, time.Time{})
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Serving, at(time.Hour), serves)))
		inForce(t, db, person, "a new address", oldMobile, start)
		a.State = profile.Serving
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Stopped, at(2*time.Hour), putsBack)))
		inForce(t, db, person, "the address put back", oldMobile, start)
	})
}

// An older Loquet that still runs beside this one says nothing of mobile_since: what it writes is never taken for older
// than it is.
func TestATK076MobileThatAnOlderLoquetWritesIsYoung(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		person := owner(t, db, storetest.Town(t, db), oldMobile, start.AddDate(-1, 0, 0))
		older := func(query string, args ...any) {
			t.Helper()
			rows, err := db.Exec(t.Context(), query, append([]any{person.ID}, args...)...)
			must(t, err)
			if rows != 1 {
				t.Fatalf("%d rows of %s", rows, query)
			}
		}
		a := moving(person, profile.Mobile, newMobile)
		a.Asked, a.Moved = at(time.Hour), at(time.Hour)
		ask(t, db, a, false)
		older(`update account set mobile = $2, mobile_proven = true where id = $1`, newMobile)
		inForce(t, db, person, "without a trace of the change", newMobile, start)
		older(`update address_change set state = 'serving', moved = $2, replaced = $3 where account = $1`,
			at(3*time.Hour).UnixMicro(), `{"emails":null,"mobile":"`+oldMobile+`","mobile_proven":true}`)
		inForce(t, db, person, "changed", newMobile, at(3*time.Hour))
		a.State, a.Proven = profile.Serving, true
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Stopped, at(4*time.Hour), putsBack)))
		inForce(t, db, person, "put back to a number whose age nobody has kept", oldMobile, at(4*time.Hour))
		older(`update account set mobile = '' where id = $1`)
		inForce(t, db, person, "taken away", "", time.Time{})
	})
}

// What was there before the schema had mobile_since is as old as its last change, or as the account.
func TestOpenTellsSinceWhenAMobileIsInForce(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		driver, source, dialect := "pgx", url, goose.DialectPostgres
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			driver, source, dialect = "sqlite", path, goose.DialectSQLite3
		}
		before, err := sql.Open(driver, source)
		must(t, err)
		provider, err := goose.NewProvider(dialect, before, os.DirFS("schema"), goose.WithTableName("loquet_version"),
			goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
		must(t, err)
		_, err = provider.UpTo(t.Context(), 6)
		must(t, err)
		_, err = before.ExecContext(t.Context(), `insert into organisation (id, slug, name, preset, wording, language,
			time_zone, policy, contact, legal, appearance, news, tiles, version, created)
			values ('o', 'o', 'O', '', '', 'fr', '', '{}', '', '', '{}', '', '[]', 1, 1)`)
		must(t, err)
		created, changed := start, at(time.Hour)
		for id, mobile := range map[string]string{"none": "", "kept": oldMobile, "changed": newMobile, "asked": oldMobile} {
			_, err := before.ExecContext(t.Context(), `insert into account (organisation, id, identifier, given_name,
				family_name, role, offices, household, state, must_renew, mobile, language, password, version, created, renewed)
				values ('o', $1, $1, '', '', 'famille', '[]', '', 'active', false, $2, '', '', 1, $3, 0)`,
				id, mobile, created.UnixMicro())
			must(t, err)
		}
		for id, replaced := range map[string]string{"changed": `{}`, "asked": ``} {
			_, err := before.ExecContext(t.Context(), `insert into address_change (organisation, id, account, kind, address,
				state, asked, asked_by, device, guarded, proven, moved, until, confirm_digest, stop_digest, letter, replaced)
				values ('o', $1, $1, 'mobile', $2, 'serving', 1, '', '', true, true, $3, $3, '', '', '', $4)`,
				id, newMobile, changed.UnixMicro(), replaced)
			must(t, err)
		}
		must(t, before.Close())
		db, err := open(t, url)
		must(t, err)
		_, err = db.Exec(t.Context(), `delete from address_change`) // read from the account from now on
		must(t, err)
		for id, since := range map[string]time.Time{"none": {}, "kept": created, "changed": changed, "asked": created} {
			person, err := db.Account(t.Context(), "o", id)
			must(t, err)
			if !person.MobileSince.Equal(since) {
				t.Errorf("%s: since %v, want %v", id, person.MobileSince, since)
			}
		}
	})
}
