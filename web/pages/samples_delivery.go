package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
)

// sampleDeliveries gives a letter for each thing that may become of one.
func sampleDeliveries() []Delivery {
	later := func(t time.Time, minutes int) time.Time { return t.Add(time.Duration(minutes) * time.Minute) }
	claire := Delivery{
		Kind: "link", To: "c…l@courriel.example", Domain: "courriel.example", Who: "Claire Morel-Nguyen", ID: "p2",
		Promised: sampleNow,
	}
	jean := Delivery{
		Kind: "invitation", To: "j…e@tres-longue-messagerie.example", Domain: "tres-longue-messagerie.example",
		Who: "Jean-Baptiste de La Rochefoucauld-Montpensier d’Hauterive", ID: "p3", Promised: sampleYesterday,
		Accepted: later(sampleYesterday, 1),
	}
	with := func(d Delivery, outcome Outcome, change func(*Delivery)) Delivery {
		d.Outcome = outcome
		if change != nil {
			change(&d)
		}
		return d
	}
	back := func(minutes int, why, status, by, said string) func(*Delivery) {
		return func(d *Delivery) {
			d.At, d.Why, d.Status, d.By, d.Said = later(d.Promised, minutes), why, status, by, said
		}
	}
	return []Delivery{
		with(claire, LetterQueued, nil),
		with(claire, LetterDeferred, func(d *Delivery) { d.Said = "421 4.7.0 Try again later" }),
		with(jean, LetterBounced, back(2, "gone", "5.1.1", "mx.tres-longue-messagerie.example",
			"550 5.1.1 …@…: Recipient address rejected: User unknown in virtual mailbox table")),
		with(jean, LetterBounced, back(3, "full", "5.2.2", "", "")),
		with(jean, LetterDeferred, back(24*60, "route", "4.4.1", "relais.commune.example", "connect to mx: Connection timed out")),
		with(jean, LetterDelivered, back(1, "", "2.0.0", "mx.tres-longue-messagerie.example", "")),
		with(claire, LetterRefused, back(1, "gone", "5.1.1", "",
			"550 The email account that you tried to reach does not exist. Please try double-checking the address.")),
		with(claire, LetterRefused, back(60, "", "", "", "its time was over before the mail server took it")),
		{Kind: "identifiers", To: "m…e@messagerie.example", Promised: sampleSpring, Accepted: sampleSpring, At: sampleSpring,
			Outcome: LetterAccepted},
		{Kind: "confirm-mobile", Text: true, To: "+33 6 •• •• •• 12", Promised: sampleSpring, Accepted: sampleSpring,
			At: sampleSpring, Outcome: LetterAccepted},
		with(claire, LetterDropped, func(d *Delivery) { d.At = d.Promised }),
	}
}

// deliverySamples are the pages on which somebody whose letters come back is told so, and on which a manager sees it.
func deliverySamples() []Sample {
	returned := func(a account.Account) account.Account {
		a.Emails = []account.Email{{Address: "claire.morel@courriel.example", Proven: true, Unreachable: true}}
		return a
	}
	return []Sample{
		{Name: "home-returned", Status: 200, page: func(f Frame) templ.Component {
			return HomePage(Home{Frame: inside(f), Returned: true})
		}},
		{Name: "account-email-returned", Status: 200, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/account/email")
			return AccountAddressPage(AccountAddress{Frame: f, Kind: Email, Who: returned(people(f)[1].Account)})
		}},
		{Name: "person-returned", Status: 200, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users/p2")
			who := returned(people(f)[1].Account)
			return PersonPage(Person{Frame: f, Who: who, Roles: f.Organisation.Roles(), Letters: sampleDeliveries()[2:5]})
		}},
	}
}
