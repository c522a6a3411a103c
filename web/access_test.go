package web_test

import (
	"errors"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
	"loquet/store/storetest"
)

// sendsAccess has a way in sent to one of the town, as the agent's button does.
func sendsAccess(t testing.TB, f *housetest.Fixture, identifier string) (string, error) {
	t.Helper()
	o, err := f.DB.Organisation(t.Context(), f.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	agent := storetest.Person(t, f.DB, f.Town, storetest.Agent)
	return f.Recovery.SendAccess(t.Context(), o, storetest.Person(t, f.DB, f.Town, identifier), agent.ID, session.Browser{})
}

// An invitation carries what the policy sends, goes to an address that nobody has confirmed yet, and proves it.
func TestAnInvitationProvesItsAddress(t *testing.T) {
	for _, send := range organisation.Sends {
		f := open(t)
		sends(t, f, send)
		agent := storetest.Person(t, f.DB, f.Town, storetest.Agent)
		note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: agent.ID}
		newcomer := account.Account{
			ID: "newcomer-" + string(send), Organisation: f.Town.ID, Identifier: "40001", GivenName: "Zoé", FamilyName: "Noël",
			Role: account.Famille, State: account.Invited, Emails: []account.Email{{Address: fresh}},
		}
		if err := f.DB.CreateAccount(t.Context(), newcomer, "", note); err != nil {
			t.Fatal(err)
		}
		to, err := sendsAccess(t, f, newcomer.Identifier)
		if err != nil || to != "c…e@free.example" {
			t.Fatalf("%s: it goes to %q, %v", send, to, err)
		}
		l := f.Letter(t, fresh, 0)
		b := f.Browser(t, town)
		f.Clock.Advance(organisation.LongestRecovery - time.Minute) // nobody waits beside the mailbox for it
		switch send {
		case organisation.SendTemporary:
			starts(t, b, newcomer.Identifier, housetest.Secret(t, l))
		case organisation.SendLink:
			want(t, b.Post(housetest.Link(t, l)), 303, "/renew")
		case organisation.SendCode:
			want(t, b.Post("/enter", "code", housetest.Secret(t, l)), 303, "/renew")
		}
		renews(t, b, chosen)
		if r := reference(t, f, newcomer.Identifier); r != (account.Email{Address: fresh, Proven: true}) {
			t.Errorf("%s: after the first access the address is %v", send, r)
		}
		var sent []audit.Entry
		for _, e := range journal(t, f) {
			if e.Act == audit.AccessSent {
				sent = append(sent, e)
			}
		}
		if len(sent) != 1 || sent[0].Actor != agent.ID || sent[0].Target != newcomer.ID || sent[0].Detail != to {
			t.Errorf("%s: the journal has %+v", send, sent)
		}
	}
}

// ATK-073: to whoever has a password, a way in goes to a proven address or nowhere.
func TestATK073AccessGoesToProvenAddresses(t *testing.T) {
	f := open(t)
	for identifier, wanted := range map[string]error{
		storetest.Unproven: fault.Missing, storetest.NoEmail: fault.Missing, storetest.Locked: fault.Forbidden, storetest.Disabled: fault.Forbidden,
	} {
		if to, err := sendsAccess(t, f, identifier); !errors.Is(err, wanted) || to != "" {
			t.Errorf("%s: %q, %v", identifier, to, err)
		}
	}
	f.Quiet(t)
	if f.Catcher.Total() > 0 || written(t, f, audit.AccessSent) > 0 {
		t.Error("something was sent")
	}
}

// ATK-010, ATK-024: a newer letter ends the older one, and a person gets no more of them than by asking.
func TestATK024AccessIsCounted(t *testing.T) {
	f := open(t)
	var first string
	for i := range 6 {
		if _, err := sendsAccess(t, f, storetest.Active); err != nil {
			t.Fatalf("letter %d: %v", i, err)
		}
		if l := f.Letter(t, claire, i); i == 0 {
			first = housetest.Secret(t, l)
		}
	}
	_, err := sendsAccess(t, f, storetest.Active)
	if over := (limit.Over{}); !errors.As(err, &over) || over.Wait <= 0 {
		t.Errorf("the seventh gives %v", err)
	}
	if a := f.Browser(t, town).Post("/signin", "identifier", storetest.Active, "password", first); a.Status != 422 {
		t.Errorf("the first letter still opens: %d", a.Status)
	}
	last := housetest.Secret(t, f.Letter(t, claire, 5))
	starts(t, f.Browser(t, town), storetest.Active, last)
}
