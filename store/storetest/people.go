package storetest

import (
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
)

// Start is when the people of these organisations were entered. Tests count time from here.
var Start = time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)

// Hash stands for a password that nobody knows. A test that signs in replaces it by store.DB.StoreHash.
const Hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$bm9ib2R5a25vd3N0aGlzcGFzc3dvcmQ"

// The people of Town, by what is special about them.
const (
	Active    = "38162"         // one proven address, one mobile
	Locked    = "38163"         // closed for now
	Disabled  = "38164"         // has left
	NoEmail   = "38165"         // cannot be written to
	Invited   = "38166"         // has no password yet
	MustRenew = "38167"         // must choose a new password
	Unproven  = "38168"         // an address that nobody has confirmed
	Mother    = "38170"         // shares mailbox, mobile and household with Father
	Father    = "38171"         //
	Agent     = "AGENT.ENFANCE" // runs the town's portail famille; alias "AGENT"
)

// The people of School.
const (
	Manager = "AUTOECOLE.GERANT"
	Bureau  = "AUTOECOLE.BUREAU"
	Teacher = "AUTOECOLE.MONITEUR1"
	Leaver  = "AUTOECOLE.MONITEUR2" // disabled
)

// Household is the mailbox that Mother and Father share.
const Household = "famille.durand@laposte.example"

// Town creates a commune with its families and gives it as it is kept.
func Town(t testing.TB, db *store.DB) organisation.Organisation {
	t.Helper()
	o := create(t, db, organisation.Organisation{
		ID: store.NewID(), Slug: "famille", Name: "Ville de Saint-Loup", Hosts: []string{"famille.localhost:8080"},
		Preset: organisation.PortailFamille, TimeZone: "Europe/Paris",
		Contact: organisation.Contact{
			Service: "Service Enfance", Phone: "01 60 00 00 00", Email: "enfance@saint-loup.example",
			Hours: "du lundi au vendredi, 8 h 30 – 12 h",
		},
		News:  []organisation.News{{Date: Start, Title: "Rentrée", Body: "Les inscriptions sont ouvertes."}},
		Tiles: []organisation.Tile{{Name: "Cantine", About: "Réserver les repas", URL: "https://cantine.example"}},
	})
	family := func(identifier, given, name string, state account.State) account.Account {
		return account.Account{
			Identifier: identifier, GivenName: given, FamilyName: name, Role: account.Famille, State: state,
		}
	}
	active := with(family(Active, "Claire", "Martin", account.Active), "claire.martin@orange.example", true)
	active.Mobile = "+33612345678"
	mother := with(family(Mother, "Anne", "Durand", account.Active), Household, true)
	father := with(family(Father, "Paul", "Durand", account.Active), Household, true)
	mother.Mobile, father.Mobile = "+33611111111", "+33611111111"
	mother.Household, father.Household = "D-17", "D-17"
	renew := with(family(MustRenew, "Léa", "Petit", account.Active), "lea.petit@free.example", true)
	renew.MustRenew = true
	agent := with(family(Agent, "Nadia", "Benali", account.Active), "nadia.benali@saint-loup.example", true)
	agent.Role, agent.Aliases, agent.Offices = account.Agent, []string{"AGENT"}, []string{"Mairie"}
	people(t, db, o,
		active, mother, father, renew, agent,
		with(family(Locked, "Marc", "Leroy", account.Locked), "marc.leroy@sfr.example", true),
		with(family(Disabled, "Eva", "Moreau", account.Disabled), "eva.moreau@free.example", true),
		family(NoEmail, "Jean", "Roux", account.Active),
		with(family(Invited, "Inès", "Garcia", account.Invited), "ines.garcia@gmail.example", true),
		with(family(Unproven, "Hugo", "Blanc", account.Active), "hugo.blanc@gmail.example", false),
	)
	return o
}

// School creates an auto-école with its team and gives it as it is kept.
func School(t testing.TB, db *store.DB) organisation.Organisation {
	t.Helper()
	o := create(t, db, organisation.Organisation{
		ID: store.NewID(), Slug: "autoecole", Name: "Auto-école du Lac", Hosts: []string{"autoecole.localhost:8080"},
		Preset: organisation.AutoEcole, TimeZone: "Indian/Reunion",
	})
	member := func(identifier, given, name string, role account.Role) account.Account {
		return account.Account{
			Identifier: identifier, GivenName: given, FamilyName: name, Role: role, State: account.Active,
			Offices: []string{"Lac", "Gare"},
		}
	}
	leaver := with(member(Leaver, "Tom", "Faure", account.Moniteur), "tom.faure@gmail.example", true)
	leaver.State = account.Disabled
	people(t, db, o,
		with(member(Manager, "Sylvie", "Payet", account.Gerant), "sylvie.payet@orange.example", true),
		with(member(Bureau, "Karim", "Hoarau", account.Complet), "bureau@autoecole-du-lac.example", true),
		with(member(Teacher, "Lucie", "Grondin", account.Moniteur), "lucie.grondin@free.example", true),
		leaver,
	)
	return o
}

func create(t testing.TB, db *store.DB, o organisation.Organisation) organisation.Organisation {
	t.Helper()
	o.Wording, o.Policy, o.Language = o.Preset.Wording(), o.Preset.Policy(), "fr"
	o.Appearance = organisation.Appearance{Colour: "#1f4f8f", Logo: o.Name[:1]}
	guide := store.File{
		Document: organisation.Document{
			ID: store.NewID(), Title: "Guide", File: "guide.pdf", Media: "application/pdf", Guide: true,
		},
		Body: []byte("%PDF-1.4 " + o.Name),
	}
	note := audit.Entry{Organisation: o.ID, At: Start, Act: audit.OrganisationCreated, Actor: audit.System}
	if err := db.CreateOrganisation(t.Context(), o, []store.File{guide}, note); err != nil {
		t.Fatalf("creating %s: %v", o.Name, err)
	}
	kept, err := db.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatalf("reading %s: %v", o.Name, err)
	}
	return kept
}

func with(a account.Account, address string, proven bool) account.Account {
	a.Emails = append(a.Emails, account.Email{Address: address, Proven: proven})
	return a
}

func people(t testing.TB, db *store.DB, o organisation.Organisation, all ...account.Account) {
	t.Helper()
	accounts := make([]store.NewAccount, len(all))
	for i, a := range all {
		a.ID, a.Organisation = store.NewID(), o.ID
		note := audit.Entry{Organisation: o.ID, At: Start, Act: audit.AccountCreated, Actor: audit.System, Target: a.ID}
		accounts[i] = store.NewAccount{Account: a, Hash: Hash, Note: note}
		if a.State == account.Invited {
			accounts[i].Hash = ""
		}
	}
	if err := db.CreateAccounts(t.Context(), accounts); err != nil {
		t.Fatalf("creating the people of %s: %v", o.Name, err)
	}
}

// Person reads an account of these organisations.
func Person(t testing.TB, db *store.DB, o organisation.Organisation, identifier string) account.Account {
	t.Helper()
	person, err := db.AccountByIdentifier(t.Context(), o.ID, identifier)
	if err != nil {
		t.Fatalf("reading %s of %s: %v", identifier, o.Name, err)
	}
	return person
}

// Session gives a session of a person that was opened at a time; it is not kept yet.
func Session(person account.Account, stage session.Stage, opened time.Time) session.Session {
	_, id := session.NewToken()
	return session.Session{
		ID: id, Organisation: person.Organisation, Account: person.ID, Stage: stage, Opened: opened, Seen: opened,
		Idle: session.RenewalLasts, Until: opened.Add(12 * time.Hour), Proof: []string{"pwd"},
		Device: "Firefox sur Windows", Address: "192.0.2.7", Proved: opened, Issued: opened, Family: id,
		AccountOpen: person.State.Open(), AccountRenews: person.MustRenew,
	}
}
