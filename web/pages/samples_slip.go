package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/text"
)

// slipSamples are the paper slip: asked for, refused, printed, and typed when it opens nothing any more.
func slipSamples() []Sample {
	const code, link = "KR7M-PX4Q-W9TD", "u8Kq2Zr4Tn6Vb9Xc3Md5Pf7Hj1Lw0Sg-Ya_Eo2RiTkA"
	sheet := func(name string, change func(*Slip)) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users/p2")
			portal := "https://" + f.Organisation.Hosts[0]
			p := Slip{
				Frame: f, Paper: f.Say, Who: people(f)[1].Account, Code: code, Link: portal + "/enter/" + link, PortalURL: portal,
				Printed: sampleNow, Expires: sampleNow.AddDate(0, 0, 21),
			}
			change(&p)
			return SlipPage(p)
		}}
	}
	enter := func(name string, status int, p Enter) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p.Frame = f
			p.Frame.Path, p.Action = "/enter", "/enter"
			return EnterPage(p)
		}}
	}
	spent := func(name string, state EnterState, newer time.Time) Sample {
		return enter(name, 422, Enter{State: state, Slip: true, Newer: newer, Code: code})
	}
	return append([]Sample{
		sheet("slip", func(*Slip) {}),
		sheet("slip-second", func(p *Slip) { p.Who.Factors = account.Factors{Password: true, App: true, Second: true} }),
		sheet("slip-foreign", func(p *Slip) {
			p.Paper = text.For("en", p.Say.Pack)
			p.Who.Language, p.Who.GivenName = "en", "Maria-Magdalena Konstantinopolitanska"
		}),
		enter("enter-slip", 200, Enter{State: EnterLink, Slip: true}),
		spent("enter-slip-late", EnterLate, time.Time{}),
		spent("enter-slip-used", EnterUsed, time.Time{}),
		spent("enter-slip-replaced", EnterReplaced, time.Time{}),
		spent("enter-slip-newer", EnterReplaced, sampleNow.AddDate(0, 0, -2)),
		enter("enter-letter-slip", 422, Enter{State: EnterReplaced, Newer: sampleNow.AddDate(0, 0, -2)}),
	}, askedSlips()...)
}

// askedSlips are the form of a person's page.
func askedSlips() []Sample {
	person := func(name string, status int, change func(*Person)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users/p2")
			p := Person{Frame: f, Who: people(f)[1].Account, Roles: f.Organisation.Roles(), MayPrint: true, Act: ActSlip}
			change(&p)
			return PersonPage(p)
		}}
	}
	refused := func(name string, status int, problem Problem) Sample {
		return person(name, status, func(p *Person) { p.Typed, p.Problems = Typed{"identity_seen": "1"}, []Problem{problem} })
	}
	return []Sample{
		person("person-slip", 200, func(*Person) {}),
		person("person-refused-slip", 422, func(p *Person) {
			p.Fresh, p.Typed = true, Typed{}
			p.Problems = []Problem{{Field: "identity_seen", Key: "person.fault.identity-unseen"}}
		}),
		refused("person-refused-slip-proof", 422, Problem{Field: "current_password", Key: "proof.refused"}),
		refused("person-refused-slip-often", 429, Problem{Key: "person.fault.slips-too-often"}),
		refused("person-refused-slip-closed", 422, Problem{Key: "person.fault.slip-of-closed"}),
	}
}
