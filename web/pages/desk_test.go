package pages

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/audit"
	"loquet/desk"
	"loquet/text"
)

// deskSpellings are the keys that the desk's pages put together at run time.
func deskSpellings() []string {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	add("desk.reason.", closed(desk.Reasons)...)
	add("desk.standing.", closed(desk.Standings)...)
	add("desk.checking.", closed(desk.Checkings)...)
	add("desk.paper.", closed(desk.AllPapers)...)
	add("desk.fault.", closed(desk.Faults)...)
	add("desk.fault.", "organisation") // of the form itself: no organisation was chosen
	for _, act := range desk.Acts {
		add("desk.act."+string(act), "", ".about")
		if len(actFields[string(act)]) > 0 {
			add("desk.act."+string(act), ".open")
		} else {
			add("desk.act."+string(act), ".submit")
		}
		for _, field := range actFields[string(act)] {
			add("desk.", field)
		}
		add("objection.act.", string(act))
	}
	for _, state := range desk.DeedStates {
		if state != desk.Start {
			add("desk.deed.", string(state))
		}
	}
	add("desk.deed.until.", string(desk.Proposed), string(desk.Waiting))
	for _, s := range desk.Standings {
		if s.Checked() {
			add("desk.proof.", string(s))
		}
	}
	add("desk.list.", "open", "second", "waiting", "waiting.about")
	add("desk.step.", "who", "check", "offers", "deeds", "situation", "steps")
	for _, when := range []string{"at", "till"} {
		add("desk."+when+".", "today", "day")
	}
	for _, n := range Notices {
		if strings.HasPrefix(string(n), "desk-") {
			add("desk.notice.", string(n))
		}
	}
	add("objection.title.", string(ObjectionAsked), string(ObjectionStopped), string(ObjectionLate), string(ObjectionOver))
	return keys
}

// The words of the pages are those of the desk: what it renames, the pages would show between marks.
func TestThePagesOfTheDeskKnowItsWords(t *testing.T) {
	for _, act := range desk.Acts {
		for _, name := range actFields[string(act)] {
			if !strings.Contains("address identifier given_name family_name", name) {
				t.Errorf("%s asks for %s, which no handler reads", act, name)
			}
		}
	}
	for act := range actFields {
		if !has(closed(desk.Acts), act) {
			t.Errorf("%s is no act", act)
		}
	}
	for _, s := range desk.Standings {
		if good := deskColour(string(s)) == "good"; good != s.Checked() {
			t.Errorf("%s is drawn as %s", s, deskColour(string(s)))
		}
	}
	for _, a := range audit.Acts {
		name := string(a)
		wanted := strings.HasPrefix(name, "case-") || strings.HasPrefix(name, "caller-") || strings.HasPrefix(name, "deed-")
		if _, ok := deskDetails[a]; wanted && !ok {
			t.Errorf("the details of %s are not said in words", a)
		}
	}
}

// ATK-074: no page of the desk holds an address or a number in full, but for the one number that is to be dialled, and
// the number that the telephone showed.
func TestATK074PagesOfTheDeskAreMasked(t *testing.T) {
	for _, s := range Samples() {
		if !strings.HasPrefix(s.Name, "desk-") {
			continue
		}
		words := read(t, render(t, s.Page(text.For("fr", text.Plain)))).words
		shown := s.Name == "desk-call-begun"
		if holds := strings.Count(words, "06\u00a012\u00a034\u00a056\u00a078"); holds > 2 || holds == 2 && !shown {
			t.Errorf("%s holds the registered number", s.Name)
		}
		for _, part := range strings.Fields(words) {
			if local, domain, ok := strings.Cut(part, "@"); ok && domain != "" && !strings.Contains(local, "…") && local != "nom" {
				t.Errorf("%s holds an address: %s", s.Name, part)
			}
		}
	}
}

func TestTheDeskIsReadInTheJournal(t *testing.T) {
	f := commune(text.For("fr", text.Plain))
	for _, c := range []struct {
		act          audit.Act
		detail, want string
	}{
		{audit.CaseOpened, "K7P3QX mailbox", "K7P3QX, Boîte aux lettres perdue"},
		{audit.DeedProposed, "K7P3QX replace-address h…y@lac.example", "K7P3QX, Remplacer l’adresse e-mail, h…y@lac.example"},
		{audit.CallerChecked, "K7P3QX call-back", "K7P3QX, vérifié par rappel"},
		{audit.CallerSearched, "K7P3QX 2", "K7P3QX, 2 personnes trouvées"},
		{audit.PapersNoted, "K7P3QX kbis identity", "K7P3QX, Extrait Kbis de moins de trois mois, Pièce d’identité de l’appelant"},
		{audit.CaseClosed, "234567", "234567"},
	} {
		if got := f.detail(audit.Entry{Act: c.act, Detail: c.detail}); got != c.want {
			t.Errorf("%s %q reads %q", c.act, c.detail, got)
		}
	}
	row := JournalRow{Entry: audit.Entry{Actor: audit.Operator("OPERATEUR.CAMILLE")}}
	if who := f.who(row); who != "Assistance (OPERATEUR.CAMILLE)" {
		t.Errorf("the journal names %q", who)
	}
	own := AccountHistory{Frame: f, Who: account.Account{ID: "p1"}}
	if by := own.mine(row); !strings.Contains(by, "Assistance (OPERATEUR.CAMILLE)") {
		t.Errorf("one's own history names %q", by)
	}
}

// A fault whose field is gone from the page, because the time of a code was over while it was typed, is said on top and
// leads nowhere.
func TestAFaultWithoutAFieldIsSaidOnTop(t *testing.T) {
	say := text.For("fr", text.Plain)
	p := DeskCase{
		Frame: deskFrame(commune(say)), Who: deskHolder(), Check: DeskChecking{Standing: "unchecked"}, Form: DeskCheck,
		Typed: Typed{"do": "give-code"}, Problems: []Problem{{Field: "code", Key: "desk.fault.code-dead"}},
	}
	if got := p.spoken(); len(got) != 1 || got[0].Field != "" {
		t.Errorf("it leads to %q", got[0].Field)
	}
	p.Check = checking("code-sent", true)
	if got := p.spoken(); got[0].Field != "code" {
		t.Errorf("it leads to %q", got[0].Field)
	}
}

// ATK-082, at the desk: what callers and operators say, and what servers answer, stays words.
func TestATK082HostileWordsAtTheDeskStayWords(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	f := deskFrame(commune(text.For("fr", text.Plain)))
	f.Person = hostile
	who := DeskPerson{ID: hostile, Name: hostile, Email: hostile, Mobile: hostile, Ripe: true, Manager: true, Identifier: hostile}
	deed := DeskDeed{ID: hostile, Act: "replace-address", State: "proposed", To: hostile, Manager: hostile, ProposedBy: hostile, Second: true}
	typed := Typed{}
	for _, name := range []string{"q", "code", "siret", "note", "said", "caller", "address", "organisation", "reason"} {
		typed[name] = hostile
	}
	p := DeskCase{
		Frame: f, Home: "/desk/x/" + hostile, Number: hostile, Said: hostile, Caller: hostile, OpenedBy: hostile, Who: &who,
		Found: []DeskPerson{who}, Check: DeskChecking{Standing: "papers-noted", By: hostile, SIRET: hostile, Note: hostile},
		Deeds: []DeskDeed{deed}, Colleague: hostile, Steps: []DeskStep{{Operator: hostile, What: "case-opened", Detail: hostile}},
		Form: DeskFind, Typed: typed, Reason: "other",
		Situation: &DeskSituation{State: account.Active, Letters: []Delivery{{Kind: "link", To: hostile, By: hostile,
			Domain: hostile, Said: hostile, Outcome: LetterBounced}}},
	}
	house := deskHouses(f)[0]
	house.Name, house.Slug, house.Hosts = hostile, hostile, []string{hostile}
	dial := p
	dial.Check = DeskChecking{Standing: "call-begun", Number: hostile, By: hostile, Until: time.Now()}
	dial.House = house
	row := DeskRow{Path: "/desk/x/" + hostile, Number: hostile, House: hostile, Reason: "other", By: hostile, Standing: "code"}
	for name, page := range map[string]templ.Component{
		"case": DeskCasePage(p), "dial": DeskCasePage(dial), "board": DeskPage(Desk{Frame: f, Cases: []DeskRow{row}}),
		"new": DeskNewPage(DeskNew{Frame: f, Query: hostile, Found: append(deskHouses(f), house), Typed: typed}),
		"objection": ObjectionPage(Objection{Frame: f, State: ObjectionAsked, Action: "//evil.example", Act: "name-manager",
			Number: hostile, Who: hostile, To: hostile}),
	} {
		out := render(t, page)
		for _, bad := range []string{"<script>alert", "<img", "javascript:", `action="//`} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		for _, fault := range read(t, out).faults {
			t.Errorf("%s: %s", name, fault)
		}
	}
}
