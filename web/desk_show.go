package web

import (
	"loquet/account"
	"loquet/desk"
	"loquet/organisation"
	"loquet/web/pages"
)

// deskCase gives what the page of a case shows of it.
func deskCase(v desk.View, op desk.Operator) pages.DeskCase {
	c := v.Case
	p := pages.DeskCase{
		Number: c.Number, House: v.Organisation, Reason: string(c.Reason), Said: c.Said, Caller: c.Caller,
		Opened: c.Opened, OpenedBy: c.OpenedBy, Closed: c.Closed, Colleague: v.Colleague,
		Check: pages.DeskChecking{
			Standing: string(v.Standing), Checked: v.Standing.Checked(), At: c.CheckedAt, By: c.CheckedBy, Mine: v.Mine,
			Until: v.CodeUntil, Tries: v.Tries, Number: v.Number, Papers: paperNames(c.Papers.Kinds), SIRET: c.Papers.SIRET,
			Note: c.Papers.Note,
		},
		Papers: paperNames(desk.AllPapers),
	}
	if c.Account != "" {
		who := deskPerson(v.Person)
		p.Who = &who
	}
	for _, o := range v.Offers {
		offer := pages.DeskOffer{Act: string(o.Act), Open: o.Open, Two: o.Two, Wait: o.Wait}
		for _, s := range o.Second {
			offer.Opened = append(offer.Opened, string(s))
		}
		p.Offers = append(p.Offers, offer)
	}
	for _, d := range v.Deeds {
		deed := deskDeed(d)
		deed.Second = v.MaySecond(op, d)
		p.Deeds = append(p.Deeds, deed)
	}
	for _, s := range v.Steps {
		p.Steps = append(p.Steps, pages.DeskStep{At: s.At, Operator: s.Operator, What: s.What, Detail: s.Detail})
	}
	if v.Situation != nil {
		p.Situation = deskSituation(v.Organisation, *v.Situation)
	}
	return p
}

func paperNames(kinds []desk.Paper) []string {
	var names []string
	for _, kind := range kinds {
		names = append(names, string(kind))
	}
	return names
}

func deskPerson(s desk.Seen) pages.DeskPerson {
	return pages.DeskPerson{
		ID: s.ID, Name: s.Name, Role: s.Role, Manager: s.Manager, Open: s.Open, Email: s.Email, EmailGone: s.EmailGone,
		Mobile: s.Mobile, MobileSince: s.MobileSince, Ripe: s.Ripe, Identifier: s.Identifier,
	}
}

func deskDeed(d desk.Deed) pages.DeskDeed {
	deed := pages.DeskDeed{
		ID: d.ID, Act: string(d.Act), State: string(d.State), ProposedAt: d.ProposedAt, ProposedBy: d.ProposedBy,
		SecondedAt: d.SecondedAt, SecondedBy: d.SecondedBy, Until: d.Until, To: d.Masked(),
	}
	if d.Act == desk.NameManager {
		deed.Manager = account.Account{GivenName: d.Manager.GivenName, FamilyName: d.Manager.FamilyName}.Name()
	}
	return deed
}

func deskSituation(o organisation.Organisation, s desk.Situation) *pages.DeskSituation {
	drawn := &pages.DeskSituation{
		State: s.State, Leaves: s.Leaves, SignedIn: s.SignedIn, Renewed: s.Renewed, Asked: s.Asked, Ends: s.Ends,
		Used: s.Used, Renewing: s.Renewing, Sessions: s.Sessions,
	}
	for _, l := range s.Letters {
		d := delivery(o, l)
		if d.Domain != "" {
			d.To = "…@" + d.Domain
		}
		drawn.Letters = append(drawn.Letters, d)
	}
	return drawn
}
