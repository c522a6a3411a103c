package pages

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/audit"
	"loquet/credential/passkey"
	"loquet/organisation"
	"loquet/text"
)

func TestSettingsLinesAreFound(t *testing.T) {
	for query, want := range map[string][]string{
		"": {
			"1-1-1", "1-2-1", "2-1-1", "2-2-1", "2-3-1", "2-4-1", "2-5-1", "3-1-1", "4-1-1", "4-1-2", "4-2-1", "4-3-1", "4-4-1",
		},
		"4-1-1": {"4-1-1"}, "411": {"4-1-1"}, "4 1": {"4-1-1", "4-1-2"}, "SECURITE": {"4-1-1"}, "utilisateurs": {"4-1-1"},
		"util":   {"4-1-1"},
		"règles": {"4-2-1"}, "cles": {"4-2-1"}, "bureau": {"1-2-1"}, "voiture volante": nil, "9-9-9": nil,
		"…": {"1-1-1", "1-2-1", "2-1-1", "2-2-1", "2-3-1", "2-4-1", "2-5-1", "3-1-1", "4-1-1", "4-1-2", "4-2-1", "4-3-1", "4-4-1"},
	} {
		p := Settings{Frame: manager(autoEcole(text.For("fr", text.Key)), "/settings"), Query: query}
		groups, n := p.found()
		var got []string
		for _, g := range groups {
			for _, l := range g.lines {
				got = append(got, l.number)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || n != len(want) {
			t.Errorf("%q finds %v (%d), want %v", query, got, n, want)
		}
	}
}

// The words that the auto-école's people know, and those of a commune in the same house (H3).
func TestTheWordsOfTheSettings(t *testing.T) {
	for pack, words := range map[text.Pack][]string{
		text.Key:   {"4-1-1", "Sécurité : Utilisateurs", "Gérer", "Bureaux"},
		text.Plain: {"4-1-1", "Sécurité : Familles et agents", "Gérer", "Services"},
	} {
		s, _ := SampleNamed("settings")
		said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(read(t, render(t, s.Page(text.For("fr",
			pack)))).words)
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("the settings of %q do not say %q", pack, w)
			}
		}
	}
}

func TestTheBarFollowsWhoIsIn(t *testing.T) {
	f := commune(text.For("fr", text.Plain))
	f.Person = "Ada"
	for _, c := range []struct {
		role  account.Role
		gear  bool
		shows map[string]bool
	}{
		{account.Famille, false, map[string]bool{`name="switch"`: false, `href="/settings"`: false, `href="/account"`: true}},
		{account.Moniteur, false, map[string]bool{`name="switch"`: true, `href="/settings"`: false, `href="/account"`: true}},
		{account.Agent, true, map[string]bool{`name="switch"`: true, `href="/settings"`: true, `href="/account"`: true}},
	} {
		f.Role, f.Gear = c.role, c.gear
		page := render(t, HomePage(Home{Frame: f}))
		for part, want := range c.shows {
			if strings.Contains(page, part) != want {
				t.Errorf("%s: %s shown is %v", c.role, part, !want)
			}
		}
		if !strings.Contains(page, "<strong>Ada</strong>") || !strings.Contains(page, `action="/signout"`) {
			t.Errorf("%s: no name, or no way out", c.role)
		}
	}
}

func TestTheTablesLinks(t *testing.T) {
	p := Users{
		Frame: manager(commune(text.For("fr", text.Plain)), "/settings/users"), Filter: "a&b=c", State: account.Active,
		Sort:   "name",
		Paging: Paging{From: 51, Size: 50, Total: 2340, Next: "n=1", Previous: "p"},
	}
	query := func(link templ.SafeURL) url.Values {
		u, err := url.Parse(string(link))
		if err != nil || u.Path != "/settings/users" || u.Host != "" {
			t.Fatalf("%s leads elsewhere (%v)", link, err)
		}
		return u.Query()
	}
	if q := query(p.sortLink(column{"name", "name"})); q.Get("desc") != "1" || q.Get("q") != "a&b=c" ||
		q.Get("state") != "active" {
		t.Errorf("sorting by the same column: %v", q)
	}
	if q := query(p.sortLink(column{"state", "state"})); q.Has("desc") || q.Get("sort") != "state" ||
		q.Has("after") || q.Has("from") {
		t.Errorf("sorting by another column: %v", q)
	}
	if q := query(pageLink("/settings/users", p.query(), "after", p.Paging.Next,
		p.Paging.next(50))); q.Get("after") != "n=1" || q.Get("from") != "101" {
		t.Errorf("the next page: %v", q)
	}
	if q := query(pageLink("/settings/users", p.query(), "before", "p", p.Paging.previous())); q.Get("from") != "1" {
		t.Errorf("the page before: %v", q)
	}
	if q := query(pageLink("/settings/users", p.query(), "last", "1", Paging{}.next(50))); q.Has("from") {
		t.Errorf("a page whose place is not known: %v", q)
	}
}

func TestWhereTheTableStands(t *testing.T) {
	f := manager(commune(text.For("fr", text.Plain)), "/settings/users")
	rows := make([]UserRow, 50)
	for want, p := range map[string]Users{
		"51–100 sur 2 340":        {Rows: rows, Paging: Paging{From: 51, Size: 50, Total: 2340, Next: "n", Previous: "p"}},
		"1–50 sur plus de 1 000":  {Rows: rows, Paging: Paging{From: 1, Size: 50, Total: 1000, More: true, Next: "n"}},
		"plus de 1 000 personnes": {Rows: rows, Paging: Paging{Size: 50, Total: 1000, More: true, Previous: "p"}},
		"50 personnes":            {Rows: rows, Paging: Paging{From: 1, Size: 50, Total: 50}},
		"1 personne":              {Rows: rows[:1], Paging: Paging{From: 1, Size: 50, Total: 1}},
		"1 234 567 personnes":     {Rows: rows, Paging: Paging{Size: 50, Total: 1_234_567, Previous: "p"}},
		"2 301–2 340 sur 2 340":   {Rows: rows[:40], Paging: Paging{From: 2301, Size: 50, Total: 2340, Previous: "p"}},
	} {
		p.Frame = f
		if got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.place()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStandingInWords(t *testing.T) {
	f := manager(commune(text.For("fr", text.Plain)), "/settings/users")
	for _, c := range []struct {
		a      account.Account
		colour string
		words  string
	}{
		{account.Account{State: account.Active}, "active", "actif"},
		{account.Account{State: account.Active, Leaves: sampleNow.AddDate(0, 0, 2)}, "leaves", "part le 5 septembre 2026"},
		{account.Account{State: account.Active, Leaves: sampleNow.Add(-time.Second)}, "disabled", "désactivé"},
		{account.Account{State: account.Disabled, Leaves: sampleNow.Add(time.Hour)}, "disabled", "désactivé"},
	} {
		if colour, words := f.standing(c.a); colour != c.colour || words != c.words {
			t.Errorf("%s %q, want %s %q", colour, words, c.colour, c.words)
		}
	}
	for mobile, want := range map[string]string{
		"": "", "+33612345678": "06\u00a012\u00a034\u00a056\u00a078", "+41791234567": "+41791234567", "+3361": "+3361",
		"+262692001122": "06\u00a092\u00a000\u00a011\u00a022", "+33692001122": "+33692001122",
		"+262262001122": "+262262001122",
	} {
		if got := dialled(mobile); got != want {
			t.Errorf("dialled(%q) = %q", mobile, got)
		}
	}
}

// Every refusal of a policy stands at a field that the form has, so that the summary's link leads there.
func TestPolicyRefusalsStandAtTheirFields(t *testing.T) {
	for _, roles := range [][]account.Role{account.Gerant.Manages(), account.Agent.Manages()} {
		for _, r := range []organisation.Refusal{
			organisation.PasswordTooShort, organisation.PasswordTooLong, organisation.RecoveryTooLong,
			organisation.RecoveryTooShort,
			organisation.RecoveryUnknown, organisation.RememberTooLong, organisation.RememberForbidden,
			organisation.SessionWithoutEnd, organisation.SecondUnknown, organisation.GraceTooLong,
		} {
			bad := organisation.Default.Policy()
			bad.Recovery.Send = "pigeon"
			for role, l := range bad.Sessions {
				l.Remember, l.Idle = 40*24*time.Hour, 0
				bad.Sessions[role] = l
				bad.Second[role] = organisation.Second{Demand: "pigeon", Grace: -1}
			}
			problems := PolicyProblems([]organisation.Refusal{r, r}, bad, roles)
			f := manager(commune(text.For("fr", text.Plain)), "/settings/policy")
			if roles[0] == account.Gerant {
				f = manager(autoEcole(text.For("fr", text.Key)), "/settings/policy")
			}
			page := read(t, render(t, PolicyFormPage(PolicyForm{Frame: f, Problems: problems})))
			if len(problems) == 0 || problems[0].Field == "" || len(page.faults) > 0 {
				t.Errorf("%s stands at %v: %v", r, problems, page.faults)
			}
		}
	}
}

func TestWhatTwoEditorsWroteStandsSideBySide(t *testing.T) {
	f := manager(autoEcole(text.For("fr", text.Key)), "/settings/users/p2")
	who := account.Account{ID: "p2", GivenName: "Claire", FamilyName: "Morel", Role: account.Complet,
		Offices: []string{"Annecy"}, Mobile: "+33612345678"}
	p := Person{Frame: f, Who: who, Typed: Typed{
		"given_name": "Claire", "name": "Nguyen", "role": "gerant", "offices": "Annecy", "email": "",
		"mobile": dialled(who.Mobile),
	}}
	got := p.differences()
	if len(got) != 2 || got[0].typed != "Nguyen" || got[0].inForce != "Morel" || got[1].typed != "Gérant" ||
		got[1].inForce != "Complet" {
		t.Errorf("differences: %v", got)
	}
	p.Typed["role"] = "<script>"
	if got := p.differences(); len(got) != 1 {
		t.Errorf("a type that does not exist is compared: %v", got)
	}
}

// ATK-082, behind the door: what people, machines and other servers wrote stays words.
func TestATK082HostileWordsBehindTheDoorStayWords(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'</textarea>`
	f := manager(commune(text.For("fr", text.Plain)), "/settings")
	f.Person, f.Organisation.Name, f.Organisation.Offices = hostile, hostile, []string{hostile}
	f.Organisation.Contact = organisation.Contact{Service: hostile, Phone: hostile, Email: hostile, Hours: hostile,
		Address: hostile}
	f.Organisation.Legal.Publisher, f.Organisation.News[0].Title, f.Organisation.News[0].Body = hostile, hostile, hostile
	who := account.Account{
		ID: "../../" + hostile, Identifier: hostile, Aliases: []string{hostile}, GivenName: hostile,
		FamilyName: hostile, Role: account.Famille,
		State: account.Active, Offices: []string{hostile}, Household: hostile, Mobile: hostile,
		Emails: []account.Email{{Address: hostile}},
	}
	change := AddressChange{ID: hostile, Kind: Email, To: hostile, By: hostile, Letter: LetterFailed, Said: hostile}
	device := Device{ID: hostile, Name: hostile, Address: hostile}
	typed := Typed{"name": hostile, "title": hostile, "body": hostile, "office": hostile, "identifier": hostile}
	row := JournalRow{Entry: audit.Entry{Actor: "a", Target: "t", Detail: hostile, Device: hostile,
		Address: hostile, Act: audit.SignedIn}, ActorName: hostile, TargetName: hostile}
	for name, page := range map[string]templ.Component{
		"settings": SettingsPage(Settings{Frame: f, Query: hostile}),
		"users": UsersPage(Users{Frame: f, Filter: hostile, Office: hostile, Sort: hostile,
			Rows: []UserRow{{Account: who}}, Paging: Paging{Next: hostile, Previous: hostile}}),
		"person": PersonPage(Person{
			Frame: f, Who: who, Roles: account.Roles, Stale: &Stale{By: hostile}, Changes: []AddressChange{change},
			Sessions: []Device{device}, Typed: typed,
		}),
		"new":     NewPersonPage(NewPerson{Frame: f, Roles: account.Roles, Typed: typed}),
		"delete":  DeletePersonPage(DeletePerson{Frame: f, Who: who, Typed: typed}),
		"offices": OfficesPage(Offices{Frame: f, Rows: []OfficeRow{{hostile, 1}}, Typed: typed}),
		"contact": ContactFormPage(ContactForm{Frame: f}),
		"appearance": AppearanceFormPage(AppearanceForm{Frame: f, Typed: Typed{"colour": hostile, "logo": hostile,
			"name": hostile}}),
		"news": NewsFormPage(NewsForm{Frame: f, Item: 0, Typed: typed}),
		"documents": DocumentsFormPage(DocumentsForm{Frame: f, Documents: []organisation.Document{{ID: hostile,
			Title: hostile, File: hostile}}}),
		"mail": MailListPage(MailList{Frame: f, Rows: []Delivery{{Kind: "link", To: hostile, Who: hostile,
			ID: hostile, By: hostile, Domain: hostile, Said: hostile, Outcome: LetterBounced}}}),
		"journal":  JournalListPage(JournalList{Frame: f, Who: hostile, Unknown: true, From: hostile}),
		"journals": JournalListPage(JournalList{Frame: f, Rows: []JournalRow{row}}),
		"account":  AccountPage(Account{Frame: f, Who: who, Changes: []AddressChange{change}}),
		"address": AccountAddressPage(AccountAddress{Frame: f, Kind: Email, Who: who, Pending: &change,
			Typed: Typed{"email": hostile}}),
		"devices": AccountDevicesPage(AccountDevices{Frame: f, Devices: []Device{device}}),
		"history": AccountHistoryPage(AccountHistory{Frame: f, Who: who, Rows: []JournalRow{row}}),
		"link": AddressLinkPage(AddressLink{Frame: f, Kind: Email, Action: "//evil.example/", Who: hostile,
			To: hostile, By: hostile}),
	} {
		out := render(t, page)
		for _, bad := range []string{"<script>alert", "<img", "evil.example"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		for _, fault := range read(t, out).faults {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// ATK-071, on pages: no form shows or takes another person's password; the only one asked for is the actor's own.
func TestATK071NoPageShowsOrTakesAnothersPassword(t *testing.T) {
	typed := Typed{"current_password": "S3cret-typed", "new_password": "S3cret-typed", "confirm_password": "S3cret-typed"}
	f := manager(commune(text.For("fr", text.Plain)), "/settings/users/p2")
	who := people(f)[1].Account
	for name, page := range map[string]templ.Component{
		"person": PersonPage(Person{Frame: f, Who: who, Roles: account.Roles, Typed: typed, Sessions: devicesOf(),
			Problems: []Problem{sampleProof}}),
		"new": NewPersonPage(NewPerson{Frame: f, Roles: account.Roles, Typed: typed, Problems: []Problem{sampleProof}}),
		"address": AccountAddressPage(AccountAddress{Frame: f, Kind: Email, Who: who, Typed: typed,
			Problems: []Problem{sampleProof}}),
	} {
		out := render(t, page)
		if strings.Contains(out, "S3cret-typed") {
			t.Errorf("%s shows a password that was typed", name)
		}
		for _, field := range []string{`name="password"`, `name="new_password"`, `name="confirm_password"`} {
			if strings.Contains(out, field) {
				t.Errorf("%s asks for a password by %s", name, field)
			}
		}
	}
}

// Whoever reads on a telephone sees an identifier end its line at a dot; whoever wrote it does not write the page.
func TestIdentifiersBreakBetweenTheirWords(t *testing.T) {
	for s, want := range map[string]string{
		"38162": "38162", "AUTOECOLE.BUREAU": "AUTOECOLE.<wbr>BUREAU",
		"a_b@c.d": "a_<wbr>b@<wbr>c.<wbr>d", "<b>.": "&lt;b&gt;.<wbr>",
	} {
		var b strings.Builder
		if err := breaks(s).Render(t.Context(), &b); err != nil || b.String() != want {
			t.Errorf("%q is written %q, %v", s, b.String(), err)
		}
	}
}

// Whom the list marks: whoever uses the account, is asked for a second proof and has none.
func TestWhoLacksASecondProof(t *testing.T) {
	f := manager(commune(text.For("fr", text.Plain)), "/settings/users")
	asked := account.Account{Role: account.Agent, State: account.Active}
	overdue := asked
	overdue.Factors.Asked = sampleSpring
	has := overdue
	has.Factors.Codes = 1
	for name, c := range map[string]struct {
		a    account.Account
		want bool
	}{
		"due":          {asked, true},
		"overdue":      {overdue, true},
		"has one":      {has, false},
		"is not asked": {account.Account{Role: account.Famille, State: account.Active}, false},
		"wants one lost": {
			account.Account{Role: account.Famille, State: account.Active, Factors: account.Factors{Second: true}}, false,
		},
		"not yet in": {account.Account{Role: account.Agent, State: account.Invited}, false},
		"disabled":   {account.Account{Role: account.Agent, State: account.Disabled}, false},
		"has left":   {account.Account{Role: account.Agent, State: account.Active, Leaves: sampleNow}, false},
	} {
		c.a.ID, c.a.Identifier = "p2", "X"
		if f.lacksSecond(c.a) != c.want {
			t.Errorf("%s: marked %v", name, !c.want)
		}
		list := render(t, UsersPage(Users{Frame: f, Rows: []UserRow{{Account: c.a}}}))
		person := render(t, PersonPage(Person{Frame: f, Who: c.a}))
		for _, page := range []string{list, person} {
			if strings.Contains(page, "sans double vérification") != c.want {
				t.Errorf("%s: the page marks %v", name, !c.want)
			}
		}
	}
}

// A person's page says in words what they have and what is asked of them, and offers to take it away only where there
// is something.
func TestAPersonsSecondProofsInWords(t *testing.T) {
	for name, c := range map[string]struct {
		pack    text.Pack
		has     account.Factors
		manages bool
		says    []string
		resets  bool
	}{
		"nothing": {
			text.Plain, account.Factors{Password: true}, false, []string{"Aucun moyen", "n’est pas demandée"}, false,
		},
		"all of it": {
			text.Plain, account.Factors{Password: true, Passkeys: 2, App: true, Codes: 7, Second: true}, false, []string{
				"2 clés d’accès", "un code d’application", "7 codes de secours", "demandée à chaque connexion",
			}, true,
		},
		"one each": {
			text.Key, account.Factors{Password: true, Passkeys: 1, Codes: 1}, true,
			[]string{"1 passkey", "1 code de secours", "demandée à chaque connexion"}, true,
		},
		"no password": {
			text.Key, account.Factors{Passkeys: 1}, false,
			[]string{"Elle n’a pas de clé", "1 passkey", "n’est pas demandée"}, true,
		},
		"only a wish":   {text.Plain, account.Factors{Password: true, Second: true}, false, []string{"Aucun moyen"}, true},
		"not asked yet": {text.Plain, account.Factors{Password: true}, true, []string{"aura 14 jours"}, false},
		"due": {
			text.Plain, account.Factors{Password: true, Asked: sampleNow.AddDate(0, 0, -3)}, true,
			[]string{"avant le 14 septembre 2026"}, false,
		},
		"overdue": {
			text.Plain, account.Factors{Password: true, Asked: sampleSpring}, true,
			[]string{"avant toute autre chose"}, false,
		},
	} {
		f := manager(commune(text.For("fr", text.Plain)), "/settings/users/p2")
		if c.pack == text.Key {
			f = manager(autoEcole(text.For("fr", text.Key)), "/settings/users/p2")
		}
		who := people(f)[1].Account
		if who.Factors = c.has; c.manages {
			who.Role = f.Role
		}
		out := render(t, PersonPage(Person{Frame: f, Who: who}))
		said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(read(t, out).words)
		for _, want := range c.says {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the page does not say %q", name, want)
			}
		}
		if strings.Contains(out, "/factors\"") != c.resets {
			t.Errorf("%s: a reset is offered: %v", name, !c.resets)
		}
	}
}

// What a person called a passkey is shown as it is, whatever words the journal has of its own.
func TestTheJournalSaysWhatHappenedToProofs(t *testing.T) {
	f := manager(commune(text.For("fr", text.Plain)), "/settings/journal")
	for _, c := range []struct {
		act          audit.Act
		detail, want string
	}{
		{audit.PasskeyAdded, "app  password", "app  password"}, {audit.CodeUsed, "7", "il en reste 7"},
		{audit.CodeUsed, "0", "il en reste 0"}, {audit.CodeUsed, "x", "x"},
		{audit.SecondRefused, "printed", "code de secours"},
		{audit.PasskeyRefused, "cross-origin", "page glissée dans un autre site"},
		{audit.PolicyChanged, "sessions second-less", "connexions double vérification (moins demandée)"},
	} {
		if got := f.detail(audit.Entry{Act: c.act, Detail: c.detail}); got != c.want {
			t.Errorf("%s %q is %q", c.act, c.detail, got)
		}
	}
	for _, step := range passkey.Steps {
		for _, lang := range text.Languages {
			if !text.For(lang, text.Plain).Has("detail." + step) {
				t.Errorf("there are no words in %s for a passkey that is refused for its %s", lang, step)
			}
		}
	}
}
