package store_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/limit"
	"loquet/profile"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// moving is a change of a person's address, as it is asked.
func moving(person account.Account, kind profile.Kind, address string) profile.AddressChange {
	id := store.NewID()
	return profile.AddressChange{
		ID: id, Organisation: person.Organisation, Account: person.ID, Kind: kind, Address: address, State: profile.Asked,
		Asked: start, Moved: start, AskedBy: person.ID, Device: "Firefox", Guarded: true, Until: at(profile.ConfirmWithin),
		ConfirmDigest: "confirm " + id, StopDigest: "stop " + id,
	}
}

// ask keeps a change, with the person's version of now.
func ask(t *testing.T, db *store.DB, a profile.AddressChange, record bool, letters ...courier.Item) profile.AddressChange {
	t.Helper()
	person, err := db.Account(t.Context(), a.Organisation, a.Account)
	must(t, err)
	must(t, db.ApplyProfile(t.Context(), profile.Change{
		Now: a.Asked, Organisation: a.Organisation, Account: a.Account, Ask: &a, Version: person.Version, Record: record,
		Letters: letters,
	}))
	return a
}

// step moves a change, and puts it in force or back.
func step(a profile.AddressChange, to profile.State, now time.Time, change ...func(*profile.Change)) profile.Change {
	c := profile.Change{
		Now: now, Organisation: a.Organisation, Account: a.Account,
		Step: &profile.Step{ID: a.ID, From: a.State, To: to, InTime: true, Proven: a.Proven},
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func serves(c *profile.Change) {
	c.Serve, c.Step.Proven, c.Step.Until = true, true, c.Now.Add(profile.CoolingOff)
}
func putsBack(c *profile.Change) { c.PutBack = true }

// reaches gives how a person is reached now.
func reaches(t *testing.T, db *store.DB, person account.Account) ([]account.Email, string, bool) {
	t.Helper()
	now, err := db.Account(t.Context(), person.Organisation, person.ID)
	must(t, err)
	return now.Emails, now.Mobile, now.MobileProven
}

func stateOf(t *testing.T, db *store.DB, a profile.AddressChange) profile.State {
	t.Helper()
	now, err := db.AddressChangeByID(t.Context(), a.Organisation, a.ID)
	must(t, err)
	return now.State
}

const newAddress = "claire.neuve@free.example"

func TestAnAddressChangeIsKeptAndFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := moving(person, profile.Email, newAddress)
		item := letter(o, person.ID, courier.ConfirmAddress, start)
		a.Letter = item.ID
		ask(t, db, a, false, item)
		for what, find := range map[string]func() (profile.AddressChange, error){
			"ID": func() (profile.AddressChange, error) { return db.AddressChangeByID(t.Context(), o.ID, a.ID) },
			"confirm": func() (profile.AddressChange, error) {
				return db.AddressChange(t.Context(), o.ID, credential.Confirm, a.ConfirmDigest)
			},
			"stop": func() (profile.AddressChange, error) {
				return db.AddressChange(t.Context(), o.ID, credential.Stop, a.StopDigest)
			},
		} {
			found, err := find()
			must(t, err)
			if diff := cmp.Diff(a, found); diff != "" {
				t.Errorf("by %s: %s", what, diff)
			}
		}
		pending, err := db.AddressChanges(t.Context(), o.ID, person.ID, at(time.Hour))
		must(t, err)
		if want := []profile.Pending{{AddressChange: a, Went: courier.Waiting}}; !cmp.Equal(pending, want) {
			t.Error(cmp.Diff(want, pending))
		}
		lease(t, db, start, at(time.Hour))
		must(t, db.Failed(t.Context(), item, at(time.Minute), "550 no such user"))
		pending, err = db.AddressChanges(t.Context(), o.ID, person.ID, at(time.Hour))
		must(t, err)
		if len(pending) != 1 || pending[0].Went != courier.Failed || pending[0].Said != "550 no such user" {
			t.Errorf("the bounce is not told: %+v", pending)
		}
		who, err := db.AddressesPending(t.Context(), o.ID, []string{person.ID, "nobody"}, at(time.Hour))
		must(t, err)
		if !cmp.Equal(who, map[string]bool{person.ID: true}) {
			t.Errorf("pending are %v", who)
		}
		emails, _, _ := reaches(t, db, person)
		if !cmp.Equal(emails, person.Emails) {
			t.Errorf("asking changed the addresses: %v", emails)
		}
	})
}

// A digest of one kind, an empty one or one that nobody gave out names nothing (ATK-008, ATK-013).
func TestATK008ALinkIsOfOneKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		a := moving(person, profile.Email, newAddress)
		none := moving(person, profile.Mobile, "+33600000000")
		none.ConfirmDigest, none.StopDigest = "", ""
		ask(t, db, a, false)
		ask(t, db, none, false)
		for _, wrong := range []struct {
			kind   credential.Kind
			digest string
		}{
			{credential.Confirm, a.StopDigest}, {credential.Stop, a.ConfirmDigest}, {credential.Confirm, ""}, {credential.Stop, ""},
			{credential.Link, a.ConfirmDigest}, {credential.Confirm, "none"}, {credential.Confirm, "-"},
		} {
			_, err := db.AddressChange(t.Context(), o.ID, wrong.kind, wrong.digest)
			want(t, string(wrong.kind)+" "+wrong.digest, err, fault.Missing)
		}
	})
}

func TestAnAddressServesAndIsPutBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		give(t, db, person, "secret", start)
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		m := ask(t, db, moving(person, profile.Mobile, "+33699999999"), false)
		ends := func(c *profile.Change) { c.EndIssues = true }
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Serving, at(time.Minute), serves, ends)))
		must(t, db.ApplyProfile(t.Context(), step(m, profile.Serving, at(time.Hour), serves)))
		emails, mobile, proven := reaches(t, db, person)
		if !cmp.Equal(emails, []account.Email{{Address: newAddress, Proven: true}}) || mobile != "+33699999999" || !proven {
			t.Errorf("in force are %v, %s %v", emails, mobile, proven)
		}
		for typed, found := range map[string]int{newAddress: 1, "claire.martin@orange.example": 0, "06 99 99 99 99": 1, "06 12 34 56 78": 0} {
			people, err := db.Behind(t.Context(), person.Organisation, account.Find(typed), 10)
			must(t, err)
			if len(people) != found {
				t.Errorf("behind %q are %d people, want %d", typed, len(people), found)
			}
		}
		if i, err := db.Issue(t.Context(), person.Organisation, "secret"); err != nil || i.Ended.IsZero() {
			t.Errorf("ATK-010: the secret of the old address lives: %+v, %v", i, err)
		}
		for _, c := range []profile.AddressChange{a, m} {
			c.State, c.Proven = profile.Serving, true
			must(t, db.ApplyProfile(t.Context(), step(c, profile.Stopped, at(2*time.Hour), putsBack)))
		}
		emails, mobile, proven = reaches(t, db, person)
		if !cmp.Equal(emails, person.Emails) || mobile != person.Mobile || proven != person.MobileProven {
			t.Errorf("put back are %v, %s %v", emails, mobile, proven)
		}
	})
}

// Other addresses of an account stay where they are; one that becomes the reference is not there twice.
func TestOnlyTheReferenceAddressChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		first, second := account.Email{Address: "a@a.example", Proven: true}, account.Email{Address: "b@b.example", Unreachable: true}
		person := account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: "77", Role: account.Famille, State: account.Active,
			Emails: []account.Email{first, second},
		}
		must(t, db.CreateAccount(t.Context(), person, storetest.Hash, note(person, audit.AccountCreated, start)))
		c := ask(t, db, moving(person, profile.Email, "c@c.example"), false)
		must(t, db.ApplyProfile(t.Context(), step(c, profile.Serving, at(time.Hour), serves)))
		if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, []account.Email{{Address: "c@c.example", Proven: true}, second}) {
			t.Errorf("in force are %v", emails)
		}
		b := moving(person, profile.Email, "B@b.example")
		b.Asked, b.Moved = at(2*time.Hour), at(2*time.Hour)
		ask(t, db, b, false)
		must(t, db.ApplyProfile(t.Context(), step(b, profile.Serving, at(3*time.Hour), serves)))
		if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, []account.Email{{Address: "B@b.example", Proven: true}}) {
			t.Errorf("in force are %v", emails)
		}
		// ATK-073: the first old address takes all of it back, the later change too.
		c.State = profile.Serving
		must(t, db.ApplyProfile(t.Context(), step(c, profile.Stopped, at(4*time.Hour), putsBack)))
		if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, []account.Email{first, second}) {
			t.Errorf("put back are %v", emails)
		}
		if s := stateOf(t, db, b); s != profile.Stopped {
			t.Errorf("the later change is %s", s)
		}
	})
}

func TestAnAddressIsRecordedWhereNobodyIsToBeTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		for _, who := range []string{storetest.NoEmail, storetest.Unproven} {
			person := storetest.Person(t, db, o, who)
			a := moving(person, profile.Email, "neuf@free.example")
			a.Guarded = false
			ask(t, db, a, true)
			recorded := []account.Email{{Address: "neuf@free.example"}}
			if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, recorded) {
				t.Errorf("%s: recorded are %v", who, emails)
			}
			must(t, db.ApplyProfile(t.Context(), step(a, profile.Stopped, at(time.Hour), putsBack)))
			if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, person.Emails) {
				t.Errorf("%s: put back are %v", who, emails)
			}
		}
		// What has been proven meanwhile, by an invitation for instance, stays.
		person := storetest.Person(t, db, o, storetest.NoEmail)
		a := moving(person, profile.Email, "neuf@free.example")
		a.Guarded = false
		ask(t, db, a, true)
		_, err := db.Exec(t.Context(), `update email set proven = true where account = $1`, person.ID)
		must(t, err)
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Stopped, at(time.Hour), putsBack)))
		if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, []account.Email{{Address: "neuf@free.example", Proven: true}}) {
			t.Errorf("a proven address was taken away: %v", emails)
		}
	})
}

// ATK-012: a change moves only from the state and within the time that it was read in; the statement tests both.
func TestATK012ALateOrMovedChangeStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		late := func(c *profile.Change) { c.Step.InTime = false }
		for what, c := range map[string]profile.Change{
			"confirmed late":             step(a, profile.Confirmed, a.Until),
			"late in time":               step(a, profile.Late, a.Until.Add(-time.Microsecond), late),
			"confirmed before the clock": step(a, profile.Confirmed, start.Add(-time.Hour)), // ATK-088
			"another state": step(a, profile.Stopped, at(time.Hour), func(c *profile.Change) {
				c.Step.From = profile.Confirmed
			}),
			"another account": step(a, profile.Stopped, at(time.Hour), func(c *profile.Change) {
				c.Account = storetest.Person(t, db, storetest.School(t, db), storetest.Manager).ID
			}),
		} {
			want(t, what, db.ApplyProfile(t.Context(), c), fault.Stale)
		}
		if s := stateOf(t, db, a); s != profile.Asked {
			t.Errorf("it is %s", s)
		}
		must(t, db.ApplyProfile(t.Context(), step(a, profile.Late, a.Until, late)))
	})
}

func TestWhatIsDueIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		var all []profile.AddressChange
		for i, who := range []string{storetest.Active, storetest.Mother, storetest.Father} {
			a := moving(storetest.Person(t, db, o, who), profile.Email, newAddress)
			a.Until = at(time.Duration(i+1) * time.Hour)
			all = append(all, ask(t, db, a, false))
		}
		must(t, db.ApplyProfile(t.Context(), step(all[1], profile.Stopped, at(time.Minute))))
		for _, try := range []struct {
			now  time.Duration
			max  int
			want []string
		}{
			{time.Hour - time.Microsecond, 9, nil}, {time.Hour, 9, []string{all[0].ID}}, {9 * time.Hour, 9, []string{all[0].ID, all[2].ID}},
			{9 * time.Hour, 1, []string{all[0].ID}},
		} {
			due, err := db.AddressesDue(t.Context(), at(try.now), try.max)
			must(t, err)
			var ids []string
			for _, a := range due {
				ids = append(ids, a.ID)
			}
			if !slices.Equal(ids, try.want) {
				t.Errorf("due at %v are %v, want %v", try.now, ids, try.want)
			}
		}
	})
}

// Of any number of uses of the two links at once one wins: the change is either confirmed or stopped, and the journal
// has it once.
func TestATK017ConfirmAndStopRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		var stopped atomic.Int64
		won := race(t, func(ctx context.Context, n int) error {
			c := step(a, profile.Serving, at(time.Hour), serves)
			c.Notes = []audit.Entry{note(person, audit.AddressServes, c.Now)}
			if n%2 == 0 {
				c = step(a, profile.Stopped, at(time.Hour))
				c.Notes = []audit.Entry{note(person, audit.AddressStopped, c.Now)}
			}
			err := db.ApplyProfile(ctx, c)
			if err == nil && n%2 == 0 {
				stopped.Add(1)
			}
			return err
		})
		state, wanted := stateOf(t, db, a), profile.Serving
		emails, _, _ := reaches(t, db, person)
		if stopped.Load() == 1 {
			wanted = profile.Stopped
		}
		served := emails[0].Address == newAddress
		n := len(slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool {
			return a != audit.AddressServes && a != audit.AddressStopped
		}))
		if won != 1 || state != wanted || served != (wanted == profile.Serving) || n != 1 {
			t.Errorf("%d won, %s, %v, %d entries", won, state, emails, n)
		}
	})
}

// Two changes at once: each is decided on a version of the account, so that one is asked and the others find out.
func TestATK011AsksRace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		won := race(t, func(ctx context.Context, _ int) error {
			a := moving(person, profile.Email, newAddress)
			return db.ApplyProfile(ctx, profile.Change{
				Now: start, Organisation: a.Organisation, Account: a.Account, Ask: &a, Version: person.Version,
			})
		})
		pending, err := db.AddressChanges(t.Context(), person.Organisation, person.ID, at(time.Hour))
		must(t, err)
		if won != 1 || len(pending) != 1 {
			t.Fatalf("%d won, %d on their way", won, len(pending))
		}
		second := ask(t, db, moving(person, profile.Email, "autre@free.example"), false)
		mobile := ask(t, db, moving(person, profile.Mobile, "+33699999999"), false)
		if a, b, c := stateOf(t, db, pending[0].AddressChange), stateOf(t, db, second), stateOf(t, db, mobile); a != profile.Replaced ||
			b != profile.Asked || c != profile.Asked {
			t.Errorf("they are %s, %s, %s", a, b, c)
		}
		// ATK-011: the link of the first confirms neither its own address any more, nor the second one.
		err = db.ApplyProfile(t.Context(), step(pending[0].AddressChange, profile.Serving, at(time.Hour), serves))
		want(t, "the first link", err, fault.Stale)
		if emails, _, _ := reaches(t, db, person); !cmp.Equal(emails, person.Emails) {
			t.Errorf("in force are %v", emails)
		}
	})
}

func TestAnAskOverItsRateLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		a := moving(person, profile.Email, newAddress)
		err := db.ApplyProfile(t.Context(), profile.Change{
			Now: start, Organisation: a.Organisation, Account: a.Account, Ask: &a, Version: person.Version,
			Counts: []limit.Count{{Key: "none", Rate: limit.Rate{}}},
		})
		if over := (limit.Over{}); !errors.As(err, &over) {
			t.Errorf("it gave %v", err)
		}
		_, err = db.AddressChangeByID(t.Context(), a.Organisation, a.ID)
		want(t, "the change", err, fault.Missing)
	})
}

// A proof takes the place of a living session once (ASVS 7.2.4); a session that has ended proves nothing.
func TestAProofReplacesASessionOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		held := enter(t, db, person, session.Full, start)
		other := enter(t, db, person, session.Full, start)
		renewal := enter(t, db, person, session.Renewal, start)
		proof := func(replace string, now time.Time) profile.Change {
			s := storetest.Session(person, session.Full, start)
			s.Proved = now
			return profile.Change{Now: now, Organisation: person.Organisation, Account: person.ID, Replace: replace, Open: &s}
		}
		won := race(t, func(ctx context.Context, _ int) error { return db.ApplyProfile(ctx, proof(held.ID, at(time.Minute))) })
		if won != 1 || ends(t, db, held.ID) != session.Replaced || ends(t, db, other.ID) != "" {
			t.Errorf("%d won; %q, %q", won, ends(t, db, held.ID), ends(t, db, other.ID))
		}
		for what, c := range map[string]profile.Change{
			"a session that has ended": proof(held.ID, at(time.Minute)), "a renewal": proof(renewal.ID, at(time.Minute)),
			"one that was idle": proof(other.ID, at(13*time.Hour)), "none": proof("none", at(time.Minute)),
		} {
			want(t, what, db.ApplyProfile(t.Context(), c), fault.Stale)
		}
		closed := proof(other.ID, at(2*time.Minute))
		must(t, db.SetState(t.Context(), person.Organisation, person.ID, account.Locked, at(time.Minute), audit.Entry{}))
		want(t, "a closed account", db.ApplyProfile(t.Context(), closed), fault.Stale)
	})
}

func TestANewPasswordEndsEverythingElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.MustRenew)
		held, other := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, start)
		give(t, db, person, "secret", start)
		s := storetest.Session(person, session.Full, start)
		must(t, db.ApplyProfile(t.Context(), profile.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID, Replace: held.ID, Open: &s, Hash: "new",
			EndSessions: true, EndIssues: true, Letters: []courier.Item{letter(o, person.ID, courier.PasswordChanged, start)},
			Notes: []audit.Entry{note(person, audit.PasswordChanged, at(time.Minute))},
		}))
		hash, err := db.Hash(t.Context(), o.ID, person.ID)
		must(t, err)
		secret, err := db.Issue(t.Context(), o.ID, "secret")
		must(t, err)
		now, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		if hash != "new" || now.MustRenew || secret.Ended.IsZero() || ends(t, db, other.ID) != session.Renewed || ends(t, db, s.ID) != "" ||
			ends(t, db, held.ID) != session.Replaced || !slices.Contains(acts(t, db, person), audit.PasswordChanged) {
			t.Errorf("%q %v %v %q %q", hash, now.MustRenew, secret.Ended, ends(t, db, other.ID), ends(t, db, s.ID))
		}
	})
}

func TestOthersEndAndALanguageIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Mother)
		father := storetest.Person(t, db, o, storetest.Father)
		mine, other := enter(t, db, person, session.Full, start), enter(t, db, person, session.Full, start)
		foreign := enter(t, db, father, session.Full, start)
		english := "en"
		must(t, db.ApplyProfile(t.Context(), profile.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID, EndOthers: mine.ID, Language: &english,
		}))
		now, err := db.Account(t.Context(), o.ID, person.ID)
		must(t, err)
		if ends(t, db, mine.ID) != "" || ends(t, db, other.ID) != session.Stopped || ends(t, db, foreign.ID) != "" || now.Language != "en" {
			t.Errorf("%q %q %q %s", ends(t, db, mine.ID), ends(t, db, other.ID), ends(t, db, foreign.ID), now.Language)
		}
	})
}

func TestOnesOwnHistoryAndLetters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		agent := storetest.Person(t, db, o, storetest.Agent)
		for i := range 5 {
			e := note(person, audit.SignedIn, at(time.Duration(i)*time.Minute))
			if i == 3 {
				e.Target = agent.ID
			}
			must(t, db.Note(t.Context(), e, note(agent, audit.SignedIn, at(time.Hour))))
		}
		var seen []int64
		before := int64(0)
		for {
			page, err := db.OwnEntries(t.Context(), o.ID, person.ID, before, 2)
			must(t, err)
			for _, e := range page {
				seen, before = append(seen, e.Number), e.Number
				if e.Actor != person.ID && e.Target != person.ID {
					t.Errorf("somebody else's entry is among them: %+v", e)
				}
			}
			if len(page) < 2 {
				break
			}
		}
		if len(seen) != 6 || !slices.IsSortedFunc(seen, func(a, b int64) int { return int(b - a) }) { // created, and five acts
			t.Errorf("seen are %v", seen)
		}
		item := letter(o, person.ID, courier.PasswordChanged, start)
		request := letter(o, person.ID, courier.RequestPassword, start)
		must(t, db.Queue(t.Context(), item))
		must(t, db.Queue(t.Context(), request))
		must(t, db.Queue(t.Context(), letter(o, agent.ID, courier.PasswordChanged, start)))
		letters, err := db.LettersOf(t.Context(), o.ID, person.ID)
		must(t, err)
		wanted := []profile.Letter{{Kind: item.Kind, To: item.Recipient, Promised: start, State: courier.Waiting}}
		if diff := cmp.Diff(wanted, letters); diff != "" {
			t.Error(diff)
		}
	})
}

// ATK-087: a change that a backup brings back may have been stopped since it was made.
func TestATK087RestoredChangesAreOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		must(t, db.BumpEpoch(t.Context(), at(time.Hour)))
		if s := stateOf(t, db, a); s != profile.Stopped {
			t.Errorf("it is %s", s)
		}
	})
}

// What a change kept of an old address goes ninety days after nobody can object any more.
func TestOldAddressesAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		for _, try := range []struct {
			now  time.Time
			want error
		}{{a.Until.Add(89 * 24 * time.Hour), nil}, {a.Until.Add(91 * 24 * time.Hour), fault.Missing}} {
			_, err := db.Purge(t.Context(), try.now)
			must(t, err)
			_, err = db.AddressChangeByID(t.Context(), a.Organisation, a.ID)
			want(t, try.now.String(), err, try.want)
		}
	})
}

func TestATK069AddressesOfAnotherOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		held := enter(t, db, person, session.Full, start)
		must(t, db.Queue(t.Context(), letter(o, person.ID, courier.Link, start)))
		a := ask(t, db, moving(person, profile.Email, newAddress), false)
		foreign, english := a, "en"
		foreign.Organisation = school.ID
		asks := foreign
		asks.ID = store.NewID()
		s := storetest.Session(person, session.Full, start)
		s.Organisation = school.ID
		by := func(c profile.Change) profile.Change {
			c.Now, c.Organisation, c.Account = at(time.Minute), school.ID, person.ID
			return c
		}
		as := step(foreign, profile.Stopped, at(time.Minute))
		as.Account = manager.ID
		for what, c := range map[string]profile.Change{
			"step": step(foreign, profile.Serving, at(time.Minute), serves), "step as another": as,
			"ask":     by(profile.Change{Ask: &asks, Version: person.Version + 1}),
			"replace": by(profile.Change{Replace: held.ID}), "open": by(profile.Change{Open: &s}), "hash": by(profile.Change{Hash: "stolen"}),
			"end": by(profile.Change{EndIssues: true}), "others": by(profile.Change{EndOthers: "none"}),
			"language": by(profile.Change{Language: &english}),
		} {
			want(t, what, db.ApplyProfile(t.Context(), c), fault.Stale)
		}
		for what, err := range map[string]error{
			"by digest": second(db.AddressChange(t.Context(), school.ID, credential.Confirm, a.ConfirmDigest)),
			"by ID":     second(db.AddressChangeByID(t.Context(), school.ID, a.ID)),
		} {
			want(t, what, err, fault.Missing)
		}
		changes, err := db.AddressChanges(t.Context(), school.ID, person.ID, at(time.Minute))
		must(t, err)
		pending, err := db.AddressesPending(t.Context(), school.ID, []string{person.ID}, at(time.Minute))
		must(t, err)
		entries, err := db.OwnEntries(t.Context(), school.ID, person.ID, 0, 10)
		must(t, err)
		letters, err := db.LettersOf(t.Context(), school.ID, person.ID)
		must(t, err)
		if len(changes)+len(pending)+len(entries)+len(letters) > 0 {
			t.Errorf("another organisation's are found: %v %v %v %v", changes, pending, entries, letters)
		}
		if s := stateOf(t, db, a); s != profile.Asked || ends(t, db, held.ID) != "" {
			t.Errorf("it is %s, and the session %q", s, ends(t, db, held.ID))
		}
	})
}

func second[T any](_ T, err error) error { return err }
