package store_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// handed puts a letter into the outbox and marks it as taken by the mail server, a minute later.
func handed(t *testing.T, db *store.DB, o organisation.Organisation, account string, kind courier.Kind) courier.Item {
	t.Helper()
	l := letter(o, account, kind, start)
	must(t, db.Queue(t.Context(), l))
	must(t, db.Sent(t.Context(), l, at(time.Minute)))
	return l
}

// gone is a report that the address of a letter does not exist.
func gone(l courier.Item) courier.Return {
	return courier.Return{
		Item: l.ID, Recipient: "Claire.Martin@ORANGE.example", Outcome: courier.Bounced, Gone: true, Status: "5.1.1",
		By: "mx.orange.example", Said: "550 5.1.1 no such user", At: at(2 * time.Minute),
	}
}

func reference(t *testing.T, db *store.DB, person account.Account) account.Email {
	t.Helper()
	now, err := db.Account(t.Context(), person.Organisation, person.ID)
	must(t, err)
	return now.Reference()
}

// bounces counts what the journal says of letters that came back, and how the last one is told.
func bounces(t *testing.T, db *store.DB, organisation string) (many int, detail string) {
	t.Helper()
	entries, err := db.Journal(t.Context(), organisation, 1, 1000)
	must(t, err)
	for _, e := range entries {
		if e.Act == audit.LetterBounced {
			many, detail = many+1, e.Detail
		}
	}
	return many, detail
}

func TestALetterThatCameBackFlagsItsAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		l := handed(t, db, o, person.ID, courier.Link)
		must(t, db.Returned(t.Context(), gone(l)))
		if e := reference(t, db, person); !e.Unreachable || !e.Proven {
			t.Errorf("the address is %+v", e)
		}
		if n, detail := bounces(t, db, o.ID); n != 1 || detail != account.MaskEmail(l.Recipient)+" 5.1.1" {
			t.Errorf("the journal has %d, %q", n, detail)
		}
		wanted := courier.Delivery{
			Item: l.ID, Account: person.ID, Kind: l.Kind, Recipient: l.Recipient, Promised: start, Accepted: at(time.Minute),
			Outcome: courier.Bounced, At: at(2 * time.Minute), Status: "5.1.1", By: "mx.orange.example",
			Said: "550 5.1.1 no such user",
		}
		got, err := db.Deliveries(t.Context(), o.ID, person.ID, 5)
		must(t, err)
		if diff := cmp.Diff([]courier.Delivery{wanted}, got); diff != "" || !got[0].Gone() || got[0].Domain() != "orange.example" {
			t.Error(diff)
		}
		// What is said later about the same letter changes nothing, a success least of all.
		late := gone(l)
		late.Outcome, late.Gone, late.At = courier.Delivered, false, at(time.Hour)
		for _, again := range []courier.Return{gone(l), late} {
			want(t, "a later report", db.Returned(t.Context(), again), courier.ErrKnown)
		}
		if n, _ := bounces(t, db, o.ID); n != 1 || !reference(t, db, person).Unreachable {
			t.Errorf("after later reports: %d entries, %+v", n, reference(t, db, person))
		}
		again, err := db.LostDeliveries(t.Context(), o.ID, 5)
		must(t, err)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Error(diff)
		}
	})
}

// Whatever a report claims, it reaches one letter, that was handed over, and the address of the person it was for.
func TestForgedReportsChangeNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		sent := handed(t, db, o, person.ID, courier.Link)
		promised := letter(o, person.ID, courier.Link, at(time.Hour))
		must(t, db.Queue(t.Context(), promised))
		dropped, failed := letter(o, person.ID, courier.Link, start), letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), dropped))
		must(t, db.Done(t.Context(), dropped, at(time.Minute)))
		must(t, db.Queue(t.Context(), failed))
		must(t, db.Failed(t.Context(), failed, at(time.Minute), "421"))
		elsewhere := handed(t, db, school, manager.ID, courier.Link) // nobody's address there
		request := letter(o, "", courier.RequestPassword, start)
		request.Recipient = ""
		must(t, db.Queue(t.Context(), request))

		bare := courier.Return{Item: sent.ID, Outcome: courier.Bounced, Gone: true}
		odd := courier.Return{Item: sent.ID, Recipient: sent.Recipient, Outcome: courier.Dropped}
		other := gone(sent)
		other.Recipient = manager.Reference().Address
		for name, c := range map[string]struct {
			back courier.Return
			want error
		}{
			"a letter that never was":            {gone(courier.Item{ID: store.NewID()}), fault.Missing},
			"another recipient":                  {other, fault.Missing},
			"no recipient":                       {bare, fault.Missing},
			"a letter that waits":                {gone(promised), fault.Stale},
			"a letter that was never sent":       {gone(dropped), courier.ErrKnown},
			"a letter that was given up":         {gone(failed), courier.ErrKnown},
			"a request":                          {gone(request), fault.Missing},
			"a letter of another organisation":   {gone(elsewhere), nil}, // its own organisation's, and nobody else's
			"an outcome that no report may have": {odd, courier.ErrKnown},
		} {
			if err := db.Returned(t.Context(), c.back); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s gives %v, want %v", name, err, c.want)
			}
		}
		for _, somebody := range []account.Account{person, manager} {
			if e := reference(t, db, somebody); e.Unreachable {
				t.Errorf("%s is flagged", e.Address)
			}
		}
		if n, _ := bounces(t, db, o.ID); n != 0 {
			t.Errorf("the town's journal has %d letters that came back", n)
		}
		if to, err := db.Addressee(t.Context(), sent.ID); err != nil || to != sent.Recipient {
			t.Errorf("the letter went to %q, %v", to, err)
		}
		_, err := db.Addressee(t.Context(), "nothing")
		want(t, "Addressee", err, fault.Missing)
	})
}

// Two people of one household share a mailbox: a letter to one flags one; a letter about both flags both.
func TestALetterFlagsThePeopleItIsAbout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, mother := town(t, db, storetest.Mother)
		father := storetest.Person(t, db, o, storetest.Father)
		for _, c := range []struct {
			about          string
			kind           courier.Kind
			mother, father bool
		}{{mother.ID, courier.Link, true, false}, {"", courier.Identifiers, true, true}} {
			l := letter(o, c.about, c.kind, start)
			l.Recipient = storetest.Household
			must(t, db.Queue(t.Context(), l))
			must(t, db.Sent(t.Context(), l, at(time.Minute)))
			back := gone(l)
			back.Recipient = storetest.Household
			must(t, db.Returned(t.Context(), back))
			if m, f := reference(t, db, mother).Unreachable, reference(t, db, father).Unreachable; m != c.mother || f != c.father {
				t.Errorf("%s flags %v, %v", c.kind, m, f)
			}
		}
	})
}

func TestManyReportsAtOnceCountOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		l := handed(t, db, o, person.ID, courier.Link)
		var kept atomic.Int64
		together(20, func(int) {
			switch err := db.Returned(t.Context(), gone(l)); {
			case err == nil:
				kept.Add(1)
			case !errors.Is(err, courier.ErrKnown):
				t.Errorf("a report gives %v", err)
			}
		})
		if n, _ := bounces(t, db, o.ID); n != 1 || kept.Load() != 1 {
			t.Errorf("%d reports were kept, the journal has %d", kept.Load(), n)
		}
		must(t, db.VerifyJournal(t.Context(), o.ID))
	})
}

// A letter goes from one outcome to the next, and never back.
func TestReportsLeadTowardsTheEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		l := handed(t, db, o, person.ID, courier.Link)
		for n, step := range []struct {
			outcome courier.Outcome
			want    error
		}{
			{courier.Deferred, nil}, {courier.Deferred, nil}, {courier.Delivered, nil}, {courier.Deferred, courier.ErrKnown},
			{courier.Delivered, courier.ErrKnown}, {courier.Bounced, nil}, {courier.Delivered, courier.ErrKnown},
		} {
			back := gone(l)
			back.Outcome, back.Gone, back.Status = step.outcome, false, "5.2.2"
			if err := db.Returned(t.Context(), back); !errors.Is(err, step.want) {
				t.Errorf("step %d, %s, gives %v", n, step.outcome, err)
			}
		}
		if reference(t, db, person).Unreachable {
			t.Error("a full mailbox flags the address")
		}
	})
}

// A server that says at once that there is no such address flags it as one that says so later does.
func TestARefusalAtOnceFlagsTheAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		l := letter(o, person.ID, courier.Link, start)
		must(t, db.Queue(t.Context(), l))
		for range 2 { // an item that is over is no error
			must(t, db.Refused(t.Context(), l, at(time.Minute), gone(l)))
		}
		got, err := db.LostDeliveries(t.Context(), o.ID, 5)
		must(t, err)
		if !reference(t, db, person).Unreachable || len(got) != 1 || got[0].Outcome != courier.Refused ||
			got[0].Status != "5.1.1" || !got[0].Accepted.IsZero() || !got[0].Gone() {
			t.Errorf("%+v, %+v", reference(t, db, person), got)
		}
		if n, err := db.Number(t.Context(), `select count(*) from journal where act = 'letter-failed'`); err != nil || n != 1 {
			t.Errorf("the journal has %d, %v", n, err)
		}
	})
}

// Letters are listed newest first, and those of an older Loquet say what their state says.
func TestWhatBecameOfLetters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		var all []courier.Item
		for i := range 7 {
			l := letter(o, person.ID, courier.Link, at(time.Duration(i)*time.Second))
			must(t, db.Queue(t.Context(), l))
			all = append(all, l)
		}
		must(t, db.Queue(t.Context(), letter(o, "", courier.RequestPassword, at(time.Hour)))) // no letter
		must(t, db.Queue(t.Context(), letter(o, "", courier.Identifiers, at(time.Hour))))     // somebody else's
		lease(t, db, at(time.Minute), at(time.Hour))
		must(t, db.Again(t.Context(), all[1], at(time.Hour), "421 later"))
		must(t, db.Sent(t.Context(), all[2], at(time.Hour)))
		must(t, db.Done(t.Context(), all[3], at(time.Hour)))
		must(t, db.Failed(t.Context(), all[4], at(time.Hour), "550 no"))
		must(t, db.Sent(t.Context(), all[5], at(time.Hour)))
		must(t, db.Failed(t.Context(), all[6], at(time.Hour), "550 no"))
		_, err := db.Exec(t.Context(), `update outbox set outcome = '' where id = $1 or id = $2`, all[5].ID, all[6].ID)
		must(t, err)
		wanted := []courier.Outcome{
			courier.Refused, courier.Accepted, courier.Refused, courier.Dropped, courier.Accepted, courier.Deferred, courier.Queued,
		}
		got, err := db.Deliveries(t.Context(), o.ID, person.ID, 10)
		must(t, err)
		var outcomes []courier.Outcome
		for i, d := range got {
			outcomes = append(outcomes, d.Outcome)
			if d.Item != all[6-i].ID || d.Accepted.IsZero() == (d.Outcome == courier.Accepted) {
				t.Errorf("letter %d: %+v", i, d)
			}
		}
		if diff := cmp.Diff(wanted, outcomes); diff != "" || got[2].Said != "550 no" || got[5].Attempts != 1 {
			t.Error(diff, got[2].Said, got[5].Attempts)
		}
		for name, ask := range map[string]func() ([]courier.Delivery, error){
			"2 of one":    func() ([]courier.Delivery, error) { return db.Deliveries(t.Context(), o.ID, person.ID, 2) },
			"of all":      func() ([]courier.Delivery, error) { return db.Deliveries(t.Context(), o.ID, "", 20) },
			"lost":        func() ([]courier.Delivery, error) { return db.LostDeliveries(t.Context(), o.ID, 20) },
			"of a school": func() ([]courier.Delivery, error) { return db.Deliveries(t.Context(), "another", person.ID, 20) },
		} {
			many := map[string]int{"2 of one": 2, "of all": 8, "lost": 2, "of a school": 0}[name]
			if got, err := ask(); err != nil || len(got) != many {
				t.Errorf("%s: %d letters, %v", name, len(got), err)
			}
		}
	})
}
