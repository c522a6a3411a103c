package pages

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// The desk's samples: a manager of the auto-école has called CAMILLE.

func minutesAgo(n int) time.Time { return sampleNow.Add(-time.Duration(n) * time.Minute) }

// deskHouses are the organisations that a search finds.
func deskHouses(f Frame) []organisation.Organisation {
	return []organisation.Organisation{autoEcole(f.Say).Organisation, commune(f.Say).Organisation}
}

func deskRows() []DeskRow {
	row := func(number, house, reason, standing string, ago int) DeskRow {
		return DeskRow{
			Path: "/desk/autoecole/" + strings.ToLower(number), Number: number, House: house, Reason: reason,
			Opened: minutesAgo(ago), By: "OPERATEUR.CAMILLE", Standing: standing,
		}
	}
	return []DeskRow{
		row("K7P3QX", "Auto-école du Lac", "mailbox", "code-sent", 4),
		row("M4T9RW", "Ville de Saint-Loup", "password", "unchecked", 11),
		row("B2XH6K", "Syndicat intercommunal pour la jeunesse et l’enfance du Haut-Val", "sold", "papers-noted", 60*26),
		row("P8DWQ5", "Auto-école du Lac", "mobile", "call-back", 25),
	}
}

// sampleDeeds gives what was proposed, one in each state.
func sampleDeeds() map[string]DeskDeed {
	first := DeskDeed{
		ID: "d1", Act: "replace-address", State: "proposed", To: "h…y@courriel.example", ProposedAt: minutesAgo(3),
		ProposedBy: "OPERATEUR.CAMILLE", Until: sampleNow.Add(24 * time.Hour), Second: true,
	}
	all := map[string]DeskDeed{"proposed": first}
	own := first
	own.Second = false
	all["own"] = own
	for _, state := range []string{"waiting", "done", "stopped", "withdrawn", "lapsed"} {
		d := first
		d.ID, d.State, d.Second = "d-"+state, state, false
		if state != "lapsed" {
			d.SecondedAt, d.SecondedBy = minutesAgo(1), "OPERATEUR.NOUR"
		}
		all[state] = d
	}
	manager := all["waiting"]
	manager.ID, manager.Act, manager.Manager, manager.Until = "d-manager", "name-manager", "Louis Ferrand", sampleNow.AddDate(0, 0, 7)
	all["manager"] = manager
	return all
}

func deskHolder() *DeskPerson {
	return &DeskPerson{
		ID: "p1", Name: "Hélène Rey", Role: account.Gerant, Manager: true, Open: true, Email: "h…y@lac.example", Mobile: "…78",
		MobileSince: sampleSpring, Ripe: true,
	}
}

func deskFamily() *DeskPerson {
	return &DeskPerson{
		ID: "p2", Name: "Claire Morel-Nguyen", Role: account.Famille, Open: true, Email: "c…l@courriel.example", EmailGone: true,
	}
}

// deskOffersOf gives the acts as somebody's check opens them.
func deskOffersOf(standing string, manager bool) []DeskOffer {
	any3 := []string{"code", "call-back", "papers"}
	all := []DeskOffer{
		{Act: "tell-identifier", Opened: any3}, {Act: "send-access", Opened: any3},
		{Act: "replace-address", Opened: any3, Two: true}, {Act: "replace-mobile", Opened: any3[2:], Two: true, Wait: 72 * time.Hour},
		{Act: "reset-factors", Opened: any3, Two: true, Wait: 24 * time.Hour},
		{Act: "name-manager", Opened: any3[2:], Two: true, Wait: 7 * 24 * time.Hour},
	}
	for i, o := range all {
		if i > 1 && !manager {
			all[i].Opened = nil
			continue
		}
		all[i].Open = has(o.Opened, standing)
	}
	if standing == "papers" {
		all[2].Wait, all[4].Wait = 72*time.Hour, 72*time.Hour
	}
	return all
}

func deskSituationOf() *DeskSituation {
	link := Delivery{
		Kind: "link", To: "…@orange.example", Domain: "orange.example", Promised: minutesAgo(61), Accepted: minutesAgo(60),
		Outcome: LetterAccepted,
	}
	return &DeskSituation{
		State: account.Active, SignedIn: sampleYesterday, Renewed: sampleSpring, Asked: minutesAgo(61),
		Ends: sampleNow.Add(23 * time.Hour), Renewing: true, Sessions: 2, Letters: []Delivery{link},
	}
}

func deskStepsOf() []DeskStep {
	return []DeskStep{
		{At: minutesAgo(4), Operator: "OPERATEUR.CAMILLE", What: "case-opened", Detail: "mailbox"},
		{At: minutesAgo(4), Operator: "OPERATEUR.CAMILLE", What: "caller-searched", Detail: "1"},
		{At: minutesAgo(3), Operator: "OPERATEUR.CAMILLE", What: "case-named"},
		{At: minutesAgo(3), Operator: "OPERATEUR.CAMILLE", What: "check-refused", Detail: "note-papers"},
		{At: minutesAgo(2), Operator: "OPERATEUR.CAMILLE", What: "caller-code-sent", Detail: "…78"},
		{At: minutesAgo(1), Operator: "OPERATEUR.CAMILLE", What: "caller-checked", Detail: "code"},
		{At: sampleNow, Operator: "OPERATEUR.CAMILLE", What: "deed-proposed", Detail: "replace-address h…y@courriel.example"},
		{At: sampleNow, What: "deed-lapsed", Detail: "replace-address"},
	}
}

// deskSample makes the page of a case in one state.
func deskSample(name string, status int, change func(*DeskCase)) Sample {
	return Sample{Name: "desk-" + name, Status: status, Form: true, bare: true, page: func(f Frame) templ.Component {
		house := autoEcole(f.Say).Organisation
		f = deskFrame(f)
		f.Path = "/desk/autoecole/c1"
		p := DeskCase{
			Frame: f, Home: f.Path, Number: "K7P3QX", House: house, Reason: "mailbox",
			Said:   "L’ancien fournisseur a fermé, elle ne reçoit plus rien. Elle est la seule gérante.",
			Caller: "+33612345678", Opened: minutesAgo(4), OpenedBy: "OPERATEUR.CAMILLE", Who: deskHolder(),
			Check: DeskChecking{Standing: "unchecked"}, Steps: deskStepsOf()[:3],
			Papers: []string{"kbis", "approval", "identity", "transfer", "mayor"},
		}
		change(&p)
		if p.Who != nil {
			p.Offers = deskOffersOf(p.Check.Standing, p.Who.Manager)
		}
		return DeskCasePage(p)
	}}
}

// deskFrame is operatorFrame without a colour, as the gallery shows what belongs to no organisation.
func deskFrame(f Frame) Frame {
	f = operatorFrame(f)
	f.Organisation.Appearance.Colour = ""
	f.Say = text.For(f.Say.Language, text.Plain)
	return f
}

func checking(standing string, mine bool) DeskChecking {
	c := DeskChecking{Standing: standing, Mine: mine, At: minutesAgo(2), By: "OPERATEUR.CAMILLE"}
	switch standing {
	case "code-sent":
		c.Until, c.Tries = minutesAgo(-8), 5
	case "call-begun":
		c.Until = minutesAgo(-8)
		if mine {
			c.Number = "+33612345678"
		}
	case "papers-noted", "papers":
		c.Papers, c.SIRET, c.Note = []string{"kbis", "identity"}, "73282932000074", "Courrier 2026-114"
	}
	c.Checked = standing == "code" || standing == "call-back" || standing == "papers"
	if !mine {
		c.By = "OPERATEUR.NOUR"
	}
	return c
}

func deskSamples() []Sample {
	list := func(name string, change func(*Desk)) Sample {
		return Sample{Name: name, Status: 200, bare: true, page: func(f Frame) templ.Component {
			p := Desk{Frame: deskFrame(f)}
			p.Path = "/desk"
			change(&p)
			return DeskPage(p)
		}}
	}
	opening := func(name string, status int, change func(*DeskNew)) Sample {
		return Sample{Name: name, Status: status, Form: true, bare: true, page: func(f Frame) templ.Component {
			p := DeskNew{Frame: deskFrame(f), Found: deskHouses(f), Reasons: []string{
				"identifier", "password", "mailbox", "mobile", "factors", "no-letter", "left", "died", "sold", "other",
			}}
			p.Path = "/desk/new"
			change(&p)
			return DeskNewPage(p)
		}}
	}
	waits := func(act string, until time.Duration, deed DeskDeed) DeskRow {
		row := deskRows()[0]
		deed.Act, deed.Until = act, sampleNow.Add(until)
		row.Deed = deed
		return row
	}
	all := []Sample{
		list("desk-empty", func(*Desk) {}),
		list("desk", func(p *Desk) {
			p.Cases = deskRows()
			p.ToSecond = []DeskRow{waits("replace-address", 23*time.Hour, sampleDeeds()["proposed"])}
			p.Waiting = []DeskRow{waits("name-manager", 7*24*time.Hour, sampleDeeds()["waiting"])}
		}),
		list("desk-told-closed", func(p *Desk) { p.Cases, p.Notice = deskRows()[1:2], DeskClosed }),
		opening("desk-new", 200, func(*DeskNew) {}),
		opening("desk-new-one", 200, func(p *DeskNew) { p.Query, p.Found = "lac", p.Found[:1] }),
		opening("desk-new-none", 200, func(p *DeskNew) { p.Query, p.Found = "xyzzy", nil }),
		opening("desk-new-refused", 422, func(p *DeskNew) {
			p.Typed = Typed{"caller": "01 23 45 67 89"}
			p.Problems = []Problem{
				{Field: "organisation", Key: "desk.fault.organisation"}, {Field: "reason", Key: "desk.fault.reason"},
				{Field: "said", Key: "desk.fault.said"},
			}
		}),
		opening("desk-new-wait", 429, func(p *DeskNew) { p.Wait = sampleWait }),
	}
	all = append(all, findSamples()...)
	all = append(all, checkSamples()...)
	all = append(all, deedSamples()...)
	return append(all, objectionSamples()...)
}

// findSamples are step 1.
func findSamples() []Sample {
	find := func(name string, status int, fault string, people ...DeskPerson) Sample {
		return deskSample(name, status, func(p *DeskCase) {
			p.Who, p.Form, p.Typed, p.Found = nil, DeskFind, Typed{"q": "Hélène Rey"}, people
			if fault != "" {
				p.Problems = []Problem{{Field: "q", Key: "desk.fault." + fault}}
			}
		})
	}
	bare := DeskPerson{ID: "p3", Role: account.Moniteur, Open: true}
	return []Sample{
		deskSample("case", 200, func(p *DeskCase) { p.Who, p.Steps, p.Caller = nil, p.Steps[:1], "" }),
		find("found", 200, "", *deskHolder()),
		find("found-many", 200, "", *deskHolder(), *deskFamily(), bare),
		find("found-none", 422, "nobody"), find("found-short", 422, "search-short"), find("found-too-many", 422, "search-many"),
		deskSample("found-wait", 429, func(p *DeskCase) { p.Form, p.Wait = DeskFind, sampleWait }),
		deskSample("stale", 422, func(p *DeskCase) { p.Form, p.Stale = DeskName, true }),
		deskSample("closed", 200, func(p *DeskCase) { p.Closed, p.Steps = sampleNow, deskStepsOf() }),
	}
}

// checkSamples are step 2.
func checkSamples() []Sample {
	check := func(name, standing string, mine bool, change ...func(*DeskCase)) Sample {
		return deskSample(name, 200, func(p *DeskCase) {
			p.Check = checking(standing, mine)
			if p.Check.Checked {
				p.Situation, p.Steps = deskSituationOf(), deskStepsOf()[:6]
			}
			for _, c := range change {
				c(p)
			}
		})
	}
	refused := func(name, standing, do, field string, faults ...string) Sample {
		return deskSample(name, 422, func(p *DeskCase) {
			p.Check, p.Form = checking(standing, true), DeskCheck
			p.Typed = Typed{"do": do, "papers": "identity", "siret": "73282932000075", "note": "Courrier 2026-114"}
			for _, fault := range faults {
				p.Problems = append(p.Problems, Problem{Field: field, Key: "desk.fault." + fault})
			}
		})
	}
	return []Sample{
		check("unchecked", "unchecked", false, func(p *DeskCase) { p.Notice, p.Colleague = DeskNamed, "Louis Ferrand" }),
		check("young", "unchecked", false, func(p *DeskCase) { p.Who.Ripe, p.Who.MobileSince = false, sampleYesterday }),
		check("no-mobile", "unchecked", false, func(p *DeskCase) { p.Who = deskFamily() }),
		check("shut", "code", true, func(p *DeskCase) { p.Who.Open = false }),
		check("code-sent", "code-sent", true, func(p *DeskCase) { p.Notice = DeskCodeSent }),
		check("code-sent-other", "code-sent", false),
		check("call-begun", "call-begun", true), check("call-begun-other", "call-begun", false),
		check("papers-noted", "papers-noted", true, func(p *DeskCase) { p.Notice = DeskPapersNoted }),
		check("papers-noted-other", "papers-noted", false),
		check("checked", "code", true, func(p *DeskCase) { p.Notice = DeskChecked }),
		check("checked-call", "call-back", false, quietSituation), check("checked-papers", "papers", false, lostSituation),
		check("checked-family", "code", true, func(p *DeskCase) { p.Who, p.Reason = deskFamily(), "password" }),
		check("told", "code", true, func(p *DeskCase) { p.Notice, p.Who.Identifier = DeskTold, "AUTOECOLE.GERANT" }),
		check("sent", "code", true, func(p *DeskCase) { p.Notice = DeskAccessSent }),
		refused("code-wrong", "code-sent", "give-code", "code", "code-wrong"),
		refused("code-empty", "code-sent", "give-code", "code", "code-empty"),
		refused("code-dead", "unchecked", "give-code", "code", "code-dead"),
		refused("papers-refused", "unchecked", "note-papers", "siret", "siret"),
		refused("papers-short", "code-sent", "note-papers", "papers", "papers"),
		refused("refused-check", "unchecked", "send-code", "", "no-texts", "no-mobile", "young", "not-mine", "not-begun",
			"papers-other", "same-operator", "unnamed", "closed"),
		deskSample("check-wait", 429, func(p *DeskCase) { p.Form, p.Typed, p.Wait = DeskCheck, Typed{"do": "send-code"}, sampleWait }),
	}
}

// quietSituation and lostSituation are two more drawings: of somebody who has never come, and of letters that came to
// nothing.
func quietSituation(p *DeskCase) { p.Situation = &DeskSituation{State: account.Invited} }

func lostSituation(p *DeskCase) {
	p.Situation.Ends, p.Situation.Renewing, p.Situation.Sessions = minutesAgo(1), false, 1
	p.Situation.Letters = nil
	for _, d := range sampleDeliveries() {
		d.To = "…@" + d.Domain
		p.Situation.Letters = append(p.Situation.Letters, d)
	}
	p.Situation.Used = minutesAgo(30)
}

// deedSamples are steps 3 and 4.
func deedSamples() []Sample {
	with := func(name string, status int, deeds ...string) Sample {
		return deskSample(name, status, func(p *DeskCase) {
			p.Check, p.Situation, p.Steps = checking("code", false), deskSituationOf(), deskStepsOf()
			for _, d := range deeds {
				p.Deeds = append(p.Deeds, sampleDeeds()[d])
			}
		})
	}
	refused := func(name, act string, problems ...Problem) Sample {
		return deskSample(name, 422, func(p *DeskCase) {
			p.Check, p.Situation, p.Form = checking("papers", true), deskSituationOf(), DeskPropose
			p.Typed, p.Problems = Typed{"act": act, "address": "helene@", "identifier": "AUTOECOLE.GERANT"}, problems
		})
	}
	at := func(field, fault string) Problem { return Problem{Field: field, Key: "desk.fault." + fault} }
	all := []Sample{
		with("deed-proposed", 200, "proposed"), with("deed-own", 200, "own"), with("deed-waiting", 200, "waiting", "manager"),
		with("deed-ended", 200, "done", "stopped", "withdrawn", "lapsed"),
		refused("propose-address", "replace-address", at("address", "address")),
		refused("propose-mobile", "replace-mobile", at("address", "mobile")),
		refused("propose-manager", "name-manager", at("identifier", "taken"), at("family_name", "name")),
		refused("propose-locked", "reset-factors", at("", "locked"), at("", "no-factors"), at("", "already"), at("", "alone")),
		deskSample("second-proof", 422, func(p *DeskCase) {
			p.Check, p.Deeds, p.Form = checking("code", false), []DeskDeed{sampleDeeds()["own"], sampleDeeds()["proposed"]}, DeskSecond
			p.Deeds[0].ID = "d0"
			p.Proof = ProofWays{Password: true}
			p.Typed, p.Problems = Typed{"deed": "d1"}, []Problem{{Field: "current_password", Key: "proof.refused"}}
		}),
	}
	for _, n := range []Notice{DeskProposed, DeskWaits, DeskDone, DeskStopped, DeskWithdrawn, DeskLapsed} {
		all = append(all, deskSample("told-"+strings.TrimPrefix(string(n), "desk-"), 200, func(p *DeskCase) { p.Notice = n }))
	}
	return all
}

func objectionSamples() []Sample {
	objection := func(name string, status int, state ObjectionState, change ...func(*Objection)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f.Path = "/stop/sample"
			p := Objection{
				Frame: f, State: state, Action: f.Path, Act: "replace-address", Number: "K7P3QX", Who: "Hélène Rey",
				To: "h…y@courriel.example", Until: sampleNow.Add(23 * time.Hour),
			}
			for _, c := range change {
				c(&p)
			}
			return ObjectionPage(p)
		}}
	}
	return []Sample{
		objection("objection", 200, ObjectionAsked),
		objection("objection-manager", 200, ObjectionAsked, func(p *Objection) {
			p.Frame, p.Act, p.To = inside(p.Frame), "name-manager", ""
		}),
		objection("objection-stopped", 200, ObjectionStopped), objection("objection-late", 422, ObjectionLate),
		objection("objection-over", 200, ObjectionOver),
		objection("objection-stopped-inside", 200, ObjectionStopped, func(p *Objection) { p.Frame = inside(p.Frame) }),
	}
}
