package pages

import (
	"github.com/a-h/templ"

	"loquet/credential"
	"loquet/organisation"
)

func sentSamples() []Sample {
	sent := func(name string, change func(*Sent)) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			r := f.Organisation.Policy.Recovery
			p := Sent{Frame: f, For: SentPassword, Send: r.Send, Lifetime: r.Lifetime}
			change(&p)
			return SentPage(p)
		}}
	}
	all := []Sample{
		sent("sent", func(*Sent) {}),
		sent("sent-link", func(p *Sent) { p.Send = organisation.SendLink }),
		sent("sent-code", func(p *Sent) { p.Send = organisation.SendCode }),
		sent("sent-link-gmail", func(p *Sent) { p.Send, p.Provider = organisation.SendLink, Gmail }),
		sent("sent-identifier", func(p *Sent) { p.For = SentIdentifier }),
		sent("sent-identifier-orange", func(p *Sent) { p.For, p.Provider = SentIdentifier, Orange }),
	}
	for _, provider := range Providers {
		all = append(all, sent("sent-"+string(provider), func(p *Sent) { p.Provider = provider }))
	}
	return all
}

func enterSamples() []Sample {
	const link = "/enter/sample"
	enter := func(name string, status int, p Enter) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p.Frame = f
			return EnterPage(p)
		}}
	}
	const code = "k7mp-4qxd"
	return []Sample{
		enter("enter", 200, Enter{Action: "/enter"}),
		enter("enter-link", 200, Enter{State: EnterLink, Action: link}),
		enter("enter-empty", 422, Enter{
			Action: "/enter", Problems: []Problem{{Field: "code", Key: "enter.empty"}},
		}),
		enter("enter-refused", 422, Enter{
			State: EnterRefused, Action: "/enter", Code: code, Problems: []Problem{{Field: "code", Key: "enter.refused"}},
		}),
		enter("enter-refused-link", 422, Enter{State: EnterRefused, Action: link}),
		enter("enter-late", 422, Enter{State: EnterLate, Action: link}),
		enter("enter-used", 422, Enter{State: EnterUsed, Action: link}),
		enter("enter-replaced", 422, Enter{State: EnterReplaced, Action: link}),
		enter("enter-wait", 429, Enter{State: EnterWait, Action: "/enter", Code: code, Wait: sampleWait}),
	}
}

// renewFaults lists what may be wrong with a new password, at the field where it is said.
var renewFaults = []Problem{
	{Field: "new_password", Key: "renew.fault.empty"},
	{Field: "new_password", Key: "renew.fault.too-short", Args: []any{"Count", 3}},
	{Field: "new_password", Key: "renew.fault.too-long"},
	{Field: "new_password", Key: "renew.fault.no-upper"},
	{Field: "new_password", Key: "renew.fault.no-lower"},
	{Field: "new_password", Key: "renew.fault.no-digit"},
	{Field: "new_password", Key: "renew.fault.common"},
	{Field: "new_password", Key: "renew.fault.context"},
	{Field: "new_password", Key: "renew.fault.control"},
	{Field: "new_password", Key: "renew.fault.same"},
	{Field: "confirm_password", Key: "renew.fault.different"},
}

func renewSamples() []Sample {
	renew := func(name string, status int, change func(*Renew)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p := Renew{Frame: f, Identifier: somebody(f), Policy: f.Organisation.Policy.Password}
			change(&p)
			return RenewPage(p)
		}}
	}
	all := []Sample{
		renew("renew", 200, func(*Renew) {}),
		renew("renew-first", 200, func(p *Renew) { p.First = true }),
		renew("renew-twelve", 200, func(p *Renew) { p.Policy = credential.Policy{MinLength: 12} }),
		renew("renew-several", 422, func(p *Renew) {
			p.Problems = []Problem{
				{Field: "new_password", Key: "renew.fault.too-short", Args: []any{"Count", 1}},
				{Field: "new_password", Key: "renew.fault.no-digit"},
				{Field: "confirm_password", Key: "renew.fault.different"},
			}
		}),
	}
	for _, fault := range renewFaults {
		name := "renew-" + fault.Key[len("renew.fault."):]
		all = append(all, renew(name, 422, func(p *Renew) { p.Problems = []Problem{fault} }))
	}
	return all
}

func homeSamples() []Sample {
	home := func(name string, change func(*Home)) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			guide := guideOf(f)
			p := Home{Frame: inside(f), Guide: &guide, Documents: documentsOf(f), Tiles: f.Organisation.Tiles}
			change(&p)
			return HomePage(p)
		}}
	}
	return []Sample{
		home("home", func(*Home) {}),
		home("home-bare", func(p *Home) {
			p.Guide, p.Documents, p.Tiles, p.Organisation.News = nil, nil, nil, nil
		}),
	}
}

func repairSamples() []Sample {
	repair := func(name string, p Repair) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			p.Frame = f
			return RepairPage(p)
		}}
	}
	return []Sample{
		repair("repair", Repair{}),
		repair("repair-works", Repair{State: RepairWorks}),
		repair("repair-refused", Repair{State: RepairRefused, Came: true}),
		repair("repair-stale", Repair{State: RepairStale, Came: true}),
		repair("repair-clock", Repair{State: RepairClock}),
		repair("repair-application", Repair{State: RepairApplication}),
		repair("repair-application-named", Repair{State: RepairApplication, Application: "Planning & <réservations>"}),
		repair("repair-restored", Repair{State: RepairRestored}),
		repair("repair-done", Repair{State: RepairDone}),
	}
}

func plainSamples() []Sample {
	plain := func(name string, page func(Plain) templ.Component, change func(*Plain)) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			p := Plain{Frame: f, Policy: f.Organisation.Policy}
			change(&p)
			return page(p)
		}}
	}
	asIs := func(*Plain) {}
	audited := func(state organisation.Conformity, percent int) func(*Plain) {
		return func(p *Plain) {
			p.Organisation.Legal.Accessibility = organisation.Accessibility{
				State: state, Percent: percent, Audited: "2026-03-12",
			}
		}
	}
	return []Sample{
		plain("sitemap", SitemapPage, asIs),
		plain("sitemap-inside", SitemapPage, func(p *Plain) { p.Frame = inside(p.Frame) }),
		plain("legal", LegalPage, asIs),
		plain("legal-bare", LegalPage, func(p *Plain) { p.Organisation.Legal = organisation.Legal{} }),
		plain("privacy", PrivacyPage, asIs),
		plain("privacy-bare", PrivacyPage, func(p *Plain) {
			p.Organisation.Legal = organisation.Legal{}
			p.Policy = organisation.Strict.Policy()
		}),
		plain("accessibility", AccessibilityPage, asIs),
		plain("accessibility-part", AccessibilityPage, audited(organisation.PartConform, 78)),
		plain("accessibility-full", AccessibilityPage, audited(organisation.Conform, 100)),
	}
}
