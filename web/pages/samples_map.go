package pages

import (
	"github.com/a-h/templ"

	"loquet/account"
	"loquet/organisation"
)

// outlookSamples are the pages that tell who could be left outside.
func outlookSamples() []Sample {
	page := func(name string, change func(*WaysBack)) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			p := WaysBack{Frame: manager(f, "/settings/recovery")}
			change(&p)
			return WaysBackPage(p)
		}}
	}
	home := func(name string, o HomeOutlook) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			return HomePage(Home{Frame: manager(f, "/home"), Tiles: f.Organisation.Tiles, Outlook: o})
		}}
	}
	policy := setup("/settings/policy", func(f Frame, change func(*PolicyForm)) templ.Component {
		p := PolicyForm{Frame: f}
		change(&p)
		return PolicyFormPage(p)
	})
	return []Sample{
		home("home-outlook", HomeOutlook{FamiliesFew: 1240, TeamFew: 2}),
		home("home-outlook-gone", HomeOutlook{FamiliesGone: 1, TeamGone: 3, FamiliesFew: 1, TeamFew: 1, Alone: true}),
		page("recovery", func(p *WaysBack) { p.Rows, p.All = outlookRows(p.Frame), 57 }),
		page("recovery-one", func(p *WaysBack) { p.Rows, p.All = outlookRows(p.Frame)[:1], 1 }),
		page("recovery-alone", func(p *WaysBack) { p.Rows, p.All, p.Alone = outlookRows(p.Frame)[:2], 3, true }),
		page("recovery-none", func(*WaysBack) {}),
		policy("policy-stranded", 422, func(p *PolicyForm) {
			for _, row := range people(p.Frame)[:2] {
				p.Stranded = append(p.Stranded, row.Account)
			}
			p.StrandedAll, p.Problems = 23, []Problem{{Field: "stranded", Key: "policy.stranded.problem"}}
			p.Typed = Typed{"second_" + string(p.Role): string(organisation.AtOnce)}
		}),
	}
}

// outlookRows are people in every footing, with every cure.
func outlookRows(f Frame) []WaysBackRow {
	all := people(f)
	row := func(n int, is Footing, by, cure string, losses ...string) WaysBackRow {
		who := all[n%len(all)]
		return WaysBackRow{Account: who.Account, Footing: is, By: by, Losses: losses, Cure: cure, Myself: who.Myself}
	}
	rows := []WaysBackRow{
		row(2, NoWay, "nowhere", "colleague"),
		row(0, OneLoss, "by-oneself", "printed-codes", "app"),
		row(1, OneLoss, "by-colleague", "mailbox", "colleague"),
		row(3, Helped, "by-oneself", "mailbox", "identifier", "password", "presence"),
		row(1, Helped, "by-oneself", "printed-codes", "passkey"),
		row(4, Helped, "by-desk", "mobile"),
		row(5, Helped, "by-colleague", ""),
	}
	mine := row(0, Helped, "by-oneself", "", "app")
	mine.Account.Role = account.Agent
	return append(rows, mine)
}
