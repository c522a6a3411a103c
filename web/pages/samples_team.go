package pages

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
)

// manager is the same frame once an agent, or the school's manager, is signed in and has opened a path.
func manager(f Frame, path string) Frame {
	f.Path, f.Gear = path, true
	f.Person, f.Role = "Agnès Œuvrard-Béchir", account.Agent
	if f.Organisation.Preset == organisation.AutoEcole {
		f.Person, f.Role = "Hélène Rey", account.Gerant
		f.Organisation.Offices = []string{"Annecy", "Bureau de la gare", "Faverges-Seythenex"}
	}
	return f
}

var (
	sampleYesterday = sampleNow.AddDate(0, 0, -1).Add(-3 * time.Hour)
	sampleSpring    = sampleNow.AddDate(0, -5, -4)
)

// people are those of a table: every state, long names, and nothing where there may be nothing.
func people(f Frame) []UserRow {
	role := func(school, town account.Role) account.Role {
		if f.Organisation.Preset == organisation.AutoEcole {
			return school
		}
		return town
	}
	email := func(address string, proven, unreachable bool) []account.Email {
		return []account.Email{{Address: address, Proven: proven, Unreachable: unreachable}}
	}
	all := []UserRow{
		{Account: account.Account{
			ID: "p1", Identifier: "AGENT.ENFANCE", GivenName: "Agnès", FamilyName: "Œuvrard-Béchir",
			Role:  role(account.Gerant, account.Agent),
			State: account.Active, Emails: email("agnes.oeuvrard@saint-loup.example", true, false),
			Mobile: "+33612345678", MobileProven: true,
			SignedIn: sampleNow.Add(-2 * time.Minute), Version: 4,
		}, Myself: true},
		{Account: account.Account{
			ID: "p2", Identifier: "38162", GivenName: "Claire", FamilyName: "Morel-Nguyen", Role: role(account.Complet,
				account.Famille),
			State: account.Active, Emails: email("claire.morel@courriel.example", true, false), Mobile: "+33698765432",
			SignedIn: sampleYesterday, Household: "F-2041", Version: 7,
		}, Pending: true},
		{Account: account.Account{
			ID: "p3", Identifier: "38163", GivenName: "Jean-Baptiste", FamilyName: "de La Rochefoucauld-Montpensier d’Hauterive",
			Role: role(account.Moniteur, account.Famille), State: account.Invited,
			Emails:  email("jean-baptiste.de-la-rochefoucauld.montpensier@tres-longue-messagerie.example", false, false),
			Version: 1,
		}},
		{Account: account.Account{
			ID: "p4", Identifier: "38170", GivenName: "Éloïse", FamilyName: "Ñandú", Role: role(account.Moniteur,
				account.Famille),
			State: account.Active, Emails: email("eloise@messagerie.example", true, true), Mobile: "+41791234567",
			SignedIn: sampleSpring,
			Leaves:   time.Date(2027, time.June, 30, 22, 0, 0, 0, time.UTC), Version: 3,
		}},
		{Account: account.Account{ID: "p5", Identifier: "38171", Role: role(account.Moniteur, account.Famille),
			State: account.Locked}},
		{Account: account.Account{
			ID: "p6", Identifier: "38172", GivenName: "Ömer", FamilyName: "Yıldız", Role: role(account.Complet, account.Famille),
			State: account.Disabled, Emails: email("omer.yildiz@courriel.example", true, false),
			SignedIn: sampleSpring.AddDate(-1, 0, 0),
		}},
	}
	if len(f.Organisation.Offices) > 0 {
		all[1].Offices, all[2].Offices = f.Organisation.Offices[:1], f.Organisation.Offices
	}
	return all
}

// crowd is a whole page of people.
func crowd(f Frame) []UserRow {
	rows := people(f)
	for n := len(rows); n < 50; n++ {
		row := rows[1+n%5]
		row.ID, row.Identifier = fmt.Sprintf("c%d", n), fmt.Sprint(38200+n)
		rows = append(rows, row)
	}
	return rows
}

func usersSamples() []Sample {
	users := func(name string, status int, change func(*Users)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users")
			p := Users{Frame: f, Sort: "name", Rows: people(f), Paging: Paging{From: 1, Size: 50, Total: 6}}
			change(&p)
			return UsersPage(p)
		}}
	}
	settings := func(name, query string) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			return SettingsPage(Settings{Frame: manager(f, "/settings"), Query: query})
		}}
	}
	return []Sample{
		settings("settings", ""), settings("settings-found", "securite"), settings("settings-number", "4-1"),
		settings("settings-none", "voiture volante"),
		users("users", 200, func(*Users) {}),
		users("users-middle", 200, func(p *Users) {
			p.Rows = crowd(p.Frame)
			p.Paging = Paging{From: 51, Size: 50, Total: 2340, Next: "next", Previous: "previous"}
		}),
		users("users-more", 200, func(p *Users) {
			p.Filter, p.Sort, p.Descending, p.Fresh = "mor", "signed-in", true, true
			p.Paging = Paging{From: 1, Size: 50, Total: 1000, More: true, Next: "next"}
		}),
		users("users-unplaced", 200, func(p *Users) {
			p.Paging = Paging{Size: 50, Total: 1000, More: true, Previous: "previous"}
		}),
		users("users-none", 200, func(p *Users) {
			p.Filter, p.Rows, p.Paging = "xyzzy", nil, Paging{}
		}),
		users("users-nobody", 200, func(p *Users) { p.Rows, p.Nobody, p.Paging = nil, true, Paging{} }),
		users("users-deleted", 200, func(p *Users) { p.Notice = PersonDeleted }),
		users("users-proof", 422, func(p *Users) {
			p.Problems = []Problem{{Field: "current_password", Key: "proof.refused"}}
		}),
		users("users-wait", 429, func(p *Users) {
			p.Problems = []Problem{{Field: "current_password", Key: "proof.wait", Args: []any{"Wait", sampleWait}}}
		}),
	}
}

// changesOf are changes of an address in the four places where they may stand.
func changesOf() map[string]AddressChange {
	asked := AddressChange{
		ID: "c1", Kind: Email, To: "claire.nguyen@nouvelle.example", Asked: sampleYesterday, By: "Hélène Rey",
		Letter: LetterSent,
	}
	waiting, failed, confirmed, serving := asked, asked, asked, asked
	waiting.Letter, waiting.By = LetterWaiting, ""
	failed.Letter, failed.Said = LetterFailed,
		"550 5.1.1 <claire.nguyen@nouvelle.example>: Recipient address rejected: User unknown"
	confirmed.Confirmed, confirmed.Serves = sampleNow.Add(-time.Hour), sampleNow.Add(47*time.Hour)
	serving.Confirmed, serving.Undo = sampleNow.Add(-time.Hour), sampleNow.Add(47*time.Hour)
	mobile := AddressChange{
		ID: "c2", Kind: Mobile, To: "+33611223344", Asked: sampleNow.Add(-time.Hour), Serves: sampleNow.Add(47 * time.Hour),
	}
	return map[string]AddressChange{
		"asked": asked, "waiting": waiting, "failed": failed, "confirmed": confirmed, "serving": serving, "mobile": mobile,
	}
}

func devicesOf() []Device {
	return []Device{
		{ID: "d1", Name: "Firefox – Windows", Address: "192.0.2.17", Opened: sampleNow.Add(-2 * time.Hour),
			Seen: sampleNow, Current: true},
		{ID: "d2", Name: "Safari – iOS", Address: "2001:db8::17", Opened: sampleSpring, Seen: sampleYesterday,
			Remembered: true},
		{ID: "d3", Opened: sampleYesterday, Seen: sampleYesterday.Add(time.Minute)},
	}
}

func personSamples() []Sample {
	person := func(name string, status int, change func(*Person)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users/p2")
			p := Person{Frame: f, Who: people(f)[1].Account, Roles: f.Organisation.Roles(), Sessions: devicesOf()[1:]}
			change(&p)
			return PersonPage(p)
		}}
	}
	refused := func(name string, act PersonAct, problem Problem, typed Typed) Sample {
		return person(name, 422, func(p *Person) { p.Act, p.Typed, p.Problems = act, typed, []Problem{problem} })
	}
	typed := Typed{
		"given_name": "Claire", "name": "Nguyen", "role": "moniteur", "offices": "Annecy\nBureau de la gare",
		"email":  "claire@",
		"mobile": "01 23 45 67 89", "household": "F-2041", "language": "en",
	}
	proof := Problem{Field: "current_password", Key: "proof.refused"}
	all := []Sample{
		person("person", 200, func(*Person) {}),
		person("person-fresh", 200, func(p *Person) {
			p.Fresh, p.Sessions = true,
				nil
			p.Who.Aliases = []string{"CLAIRE.M", "F2041-1"}
		}),
		person("person-invited", 200, func(p *Person) { p.Who = people(p.Frame)[2].Account }),
		person("person-leaving", 200, func(p *Person) { p.Who = people(p.Frame)[3].Account; p.Notice = PersonLeaves }),
		person("person-bare", 200, func(p *Person) { p.Who = people(p.Frame)[4].Account }),
		person("person-disabled", 200, func(p *Person) { p.Who = people(p.Frame)[5].Account; p.Notice = PersonStopped }),
		person("person-last", 200, func(p *Person) { p.Who = people(p.Frame)[0].Account; p.LastOne = true }),
		person("person-myself", 200, func(p *Person) { p.Who = people(p.Frame)[0].Account; p.Myself = true }),
		person("person-stale", 422, func(p *Person) {
			p.Stale, p.Typed = &Stale{By: "Hélène Rey", At: sampleNow.Add(-time.Minute)}, typed
		}),
		person("person-stale-unknown", 422, func(p *Person) { p.Stale, p.Typed = &Stale{}, typed }),
		person("person-refused", 422, func(p *Person) {
			p.Typed, p.Problems = typed, []Problem{
				{Field: "email", Key: "person.fault.email-unfit"}, {Field: "mobile", Key: "person.fault.mobile-unfit"},
				{Field: "role", Key: "person.fault.last-manager"}, {Field: "current_password", Key: "proof.empty"},
			}
		}),
		refused("person-refused-access", ActAccess, Problem{Key: "person.fault.too-often"}, Typed{}),
		refused("person-refused-sessions", ActSessions, proof, Typed{}),
		refused("person-refused-stop", ActStop, Problem{Field: "day", Key: "person.fault.day-past"},
			Typed{"when": "day", "day": "2020-01-01"}),
		person("person-refused-address", 422, func(p *Person) {
			p.Act, p.Typed, p.Problems = ActAddress, Typed{"stop": "email"}, []Problem{proof}
			p.Changes = []AddressChange{changesOf()["asked"]}
		}),
	}
	for name, c := range changesOf() {
		all = append(all, person("person-change-"+name, 200, func(p *Person) { p.Changes = []AddressChange{c} }))
	}
	for _, n := range []Notice{
		Saved, Nothing, PersonAdded, PersonInvited, PersonStays, PersonStarted, AccessSent, SessionEnded,
		SessionsEnded, FactorsReset, AddressAsked, AddressStopped,
	} {
		all = append(all, person("person-told-"+string(n), 200, func(p *Person) {
			p.Notice, p.To = n,
				"c…l@courriel.example"
		}))
	}
	all = append(all, lostSamples(person, proof)...)
	return append(all, newPersonSamples(typed, proof)...)
}

// lostSamples are the second proofs of a person as a manager sees them.
func lostSamples(person func(string, int, func(*Person)) Sample, proof Problem) []Sample {
	return []Sample{
		person("person-factors", 200, func(p *Person) {
			p.Who.Factors = account.Factors{Password: true, Passkeys: 2, App: true, Codes: 7, Second: true}
		}),
		person("person-factors-only", 200, func(p *Person) { p.Who.Factors = account.Factors{Passkeys: 1}; p.Fresh = true }),
		person("person-factors-due", 200, func(p *Person) {
			p.Who.Role, p.Who.Factors.Asked = p.Organisation.Roles()[0], sampleNow.AddDate(0, 0, -3)
		}),
		person("person-factors-unasked", 200, func(p *Person) { p.Who.Role = p.Organisation.Roles()[0] }),
		person("person-factors-overdue", 200, func(p *Person) {
			p.Who.Role, p.Who.Factors.Asked = p.Organisation.Roles()[0], sampleSpring
		}),
		person("person-refused-factors", 422, func(p *Person) {
			p.Who.Factors = account.Factors{Password: true, App: true, Codes: 1, Second: true}
			p.Act, p.Typed, p.Problems = ActFactors, Typed{}, []Problem{proof, {Key: "person.fault.one-proof"}}
		}),
	}
}

func newPersonSamples(typed Typed, proof Problem) []Sample {
	fresh := func(name string, status int, p NewPerson) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p.Frame = manager(f, "/settings/users/new")
			p.Organisation.Offices = append(p.Organisation.Offices, "Mairie annexe")
			p.Roles = p.Organisation.Roles()
			return NewPersonPage(p)
		}}
	}
	erase := func(name string, status int, change func(*DeletePerson)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f = manager(f, "/settings/users/p2/delete")
			p := DeletePerson{Frame: f, Who: people(f)[1].Account}
			change(&p)
			return DeletePersonPage(p)
		}}
	}
	return []Sample{
		fresh("person-new", 200, NewPerson{}),
		fresh("person-new-refused", 422, NewPerson{Typed: typed, Problems: []Problem{
			{Field: "identifier", Key: "person.fault.identifier-taken"}, {Field: "role", Key: "person.fault.role-unknown"},
			{Field: "offices", Key: "person.fault.office-unknown"},
		}}),
		erase("person-delete", 200, func(*DeletePerson) {}),
		erase("person-delete-last", 200, func(p *DeletePerson) { p.LastOne = true }),
		erase("person-delete-refused", 422, func(p *DeletePerson) {
			p.Typed = Typed{"identifier": "38 1"}
			p.Problems = []Problem{{Field: "identifier", Key: "person.fault.not-named"}, proof}
		}),
	}
}

func journalRowsOf() []JournalRow {
	var rows []JournalRow
	for n, act := range audit.Acts {
		e := audit.Entry{
			Number: int64(900 - n), At: sampleNow.Add(-time.Duration(n) * 37 * time.Minute), Act: act, Actor: "p1", Target: "p2",
			Address: "192.0.2.17", Device: "Firefox – Windows",
		}
		row := JournalRow{Entry: e, ActorName: "Hélène Rey", TargetName: "Claire Morel-Nguyen"}
		switch act {
		case audit.RoleChanged:
			row.Detail = "moniteur complet"
		case audit.AccountChanged:
			row.Detail = "name offices"
		case audit.RecoveryStarted:
			row.Actor, row.ActorName, row.Detail = "", "", "c…l@courriel.example"
		case audit.LetterSent:
			row.Actor, row.ActorName, row.Address, row.Device, row.Detail = audit.System, "", "", "", "link"
		case audit.AccountDeleted:
			row.TargetName = ""
		case audit.PolicyChanged:
			row.Detail = "second-less"
		case audit.CodeUsed:
			row.Detail = "7"
		case audit.PasskeyAdded, audit.PasskeyRemoved, audit.PasskeyRenamed:
			row.Detail = "app of my telephone"
		case audit.SecondRefused:
			row.Detail = "printed"
		case audit.PasskeyRefused:
			row.Detail = "cross-origin"
		case audit.OrganisationCreated:
			row.Target, row.TargetName = "", ""
		}
		rows = append(rows, row)
	}
	return rows
}
