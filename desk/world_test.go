package desk_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/desk"
	"loquet/house/housetest"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// world is a house with a desk: two operators, a school whose Gérante has a mobile on record, and nobody's mailbox at
// hand.
type world struct {
	t *testing.T
	*housetest.Fixture
	ana, bob desk.Operator
	gerante  account.Account
}

const registered = "+33612345678"

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, Fixture: housetest.New(t, db)}
	w.ana, w.bob = w.operator("OPERATEUR.ANA"), w.operator("OPERATEUR.BOB")
	w.gerante = w.person(account.Account{
		Identifier: "LAC.PATRONNE", GivenName: "Aline", FamilyName: "Robert", Role: account.Gerant, State: account.Active,
		Emails: []account.Email{{Address: "aline.robert@lac.example", Proven: true}},
		Mobile: registered, MobileProven: true, MobileSince: w.Clock.Now().Add(-365 * 24 * time.Hour),
	})
	return w
}

func each(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(newWorld(t, db)) })
}

// quick is for what does not depend on the engine.
func quick(t *testing.T) *world { return newWorld(t, storetest.Open(t, storetest.SQLite(t))) }

func (w *world) person(a account.Account) account.Account {
	w.t.Helper()
	a.ID, a.Organisation = store.NewID(), w.School.ID
	note := audit.Entry{Organisation: a.Organisation, At: w.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System}
	if err := w.DB.CreateAccount(w.t.Context(), a, "", note); err != nil {
		w.t.Fatal(err)
	}
	kept, err := w.DB.Account(w.t.Context(), a.Organisation, a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

func (w *world) operator(identifier string) desk.Operator {
	w.t.Helper()
	return desk.Operator{Person: w.PlatformPerson(w.t, identifier, account.Operator), Session: session.Session{}}
}

// at gives an operator in a session that is fresh now.
func (w *world) at(op desk.Operator) desk.Operator {
	now := w.Clock.Now()
	op.Session = session.Session{
		ID: "s", Organisation: op.Person.Organisation, Account: op.Person.ID, Stage: session.Full, Opened: now, Seen: now,
		Idle: time.Hour, Until: now.Add(time.Hour), Proved: now, AccountOpen: true,
		Proof: session.With(nil, session.ByPassword, session.ByApp, session.Multiple),
	}
	return op
}

// opened gives a case about somebody, opened by an operator.
func (w *world) opened(op desk.Operator, about account.Account) desk.Ref {
	w.t.Helper()
	c, faults, err := w.Desk.Open(w.t.Context(), w.at(op), desk.Opening{
		Organisation: w.School.ID, Reason: desk.LostMailbox, Said: "Elle a tout perdu.", Caller: "06 12 34 56 78",
	})
	w.fine(faults, err)
	ref := desk.Ref{Organisation: w.School.ID, Case: c.ID}
	faults, err = w.Desk.Name(w.t.Context(), w.at(op), ref, about.ID)
	w.fine(faults, err)
	return ref
}

func (w *world) fine(faults []desk.Fault, err error) {
	w.t.Helper()
	if err != nil || len(faults) > 0 {
		w.t.Fatalf("%v, %v", faults, err)
	}
}

func (w *world) check(op desk.Operator, ref desk.Ref, do desk.Checking, code string, papers ...desk.Papers) desk.Outcome {
	w.t.Helper()
	papers = append(papers, desk.Papers{})
	out, err := w.Desk.Check(w.t.Context(), w.at(op), ref, do, code, papers[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

var sixDigits = regexp.MustCompile(`\b\d{3}[  ]?\d{3}\b`)

// read gives the code of the last text message to the registered number.
func (w *world) read() string {
	w.t.Helper()
	w.Quiet(w.t)
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	m, err := w.Texts.Wait(ctx, registered)
	if err != nil {
		w.t.Fatal(err)
	}
	return sixDigits.FindString(m.Body)
}

// checked gives a case whose caller has read the code to an operator.
func (w *world) checked(op desk.Operator) desk.Ref {
	w.t.Helper()
	ref := w.opened(op, w.gerante)
	w.fine(w.check(op, ref, desk.SendCode, "").Faults, nil)
	w.fine(w.check(op, ref, desk.GiveCode, w.read()).Faults, nil)
	return ref
}

func (w *world) view(op desk.Operator, ref desk.Ref) desk.View {
	w.t.Helper()
	v, err := w.Desk.View(w.t.Context(), w.at(op), ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) propose(op desk.Operator, ref desk.Ref, p desk.Proposal) desk.Outcome {
	w.t.Helper()
	out, err := w.Desk.Propose(w.t.Context(), w.at(op), ref, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) second(op desk.Operator, ref desk.Ref) desk.Outcome {
	w.t.Helper()
	deeds := w.view(op, ref).Deeds
	i := slices.IndexFunc(deeds, func(d desk.Deed) bool { return d.State == desk.Proposed })
	if i < 0 {
		w.t.Fatalf("nothing is proposed: %+v", deeds)
	}
	out, err := w.Desk.Second(w.t.Context(), w.at(op), ref, deeds[i].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// now gives the Gérante's account as it is kept.
func (w *world) now() account.Account {
	w.t.Helper()
	a, err := w.DB.Account(w.t.Context(), w.School.ID, w.gerante.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func refused(out desk.Outcome, why desk.Fault) bool {
	return len(out.Faults) == 1 && out.Faults[0] == why
}
