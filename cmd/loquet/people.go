package main

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/house"
	"loquet/organisation"
	"loquet/store"
)

// guide is the guide of the demo's commune: three pages that say what this program does.
//
//go:embed guide.pdf
var guide []byte

// tenant is one organisation of the demo, with its people. Nobody has a known password (contract).
type tenant struct {
	organisation organisation.Organisation
	people       []account.Account
	applications []admin.Program
}

func (t tenant) create(ctx context.Context, h *house.House) error {
	o, db := t.organisation, h.DB
	documents := []store.File{{
		Document: organisation.Document{ID: store.NewID(), Title: "Guide du portail", File: "guide.pdf", Media: "application/pdf", Guide: true},
		Body:     guide,
	}}
	note := audit.Entry{Organisation: o.ID, At: time.Now(), Act: audit.OrganisationCreated, Actor: audit.System}
	if err := db.CreateOrganisation(ctx, o, documents, note); err != nil {
		return fmt.Errorf("creating %s: %w", o.Slug, err)
	}
	if err := db.CreateAccounts(ctx, created(t.people, note.At)); err != nil {
		return fmt.Errorf("creating the people of %s: %w", o.Slug, err)
	}
	for _, p := range t.applications {
		switch _, _, found, err := h.Admin.RegisterApplication(ctx, o, p); {
		case err != nil:
			return fmt.Errorf("letting %s in at %s: %w", p.Name, o.Slug, err)
		case len(found) > 0:
			return fmt.Errorf("letting %s in at %s: %s", p.Name, o.Slug, found[0])
		}
	}
	return nil
}

// created gives accounts as the store takes them, each with its line in the journal.
func created(people []account.Account, now time.Time) []store.NewAccount {
	all := make([]store.NewAccount, len(people))
	for i, a := range people {
		all[i] = store.NewAccount{Account: a, Note: audit.Entry{
			Organisation: a.Organisation, At: now, Act: audit.AccountCreated, Actor: audit.System, Target: a.ID,
		}}
	}
	return all
}

func tenants(port string, now time.Time) []tenant {
	return []tenant{commune(port, now), school(port, now)}
}

func fresh(slug, name, port string, preset organisation.Preset) organisation.Organisation {
	return organisation.Organisation{
		ID: store.NewID(), Slug: slug, Name: name, Hosts: []string{slug + ".localhost:" + port}, Preset: preset,
		Wording: preset.Wording(), Language: "fr", TimeZone: organisation.DefaultZone, Policy: preset.Policy(),
		Legal: organisation.Legal{Accessibility: organisation.Accessibility{State: organisation.NotConform}},
	}
}

func commune(port string, now time.Time) tenant {
	o := fresh("famille", "Ville de Saint-Loup", port, organisation.PortailFamille)
	o.Contact = organisation.Contact{
		Service: "Service Enfance", Phone: "02 99 00 12 34", Email: "enfance@saint-loup.example",
		Hours:   "du lundi au vendredi, de 8 h 30 à 12 h et de 13 h 30 à 17 h",
		Address: "Mairie de Saint-Loup, 1 place de la République, 35999 Saint-Loup",
	}
	o.Legal.Public = true
	o.Legal.Publisher, o.Legal.Director = "Commune de Saint-Loup", "Jeanne Morvan, maire"
	o.Legal.Host, o.Legal.Controller = "Commune de Saint-Loup, sur ses propres serveurs", "Commune de Saint-Loup"
	o.Legal.Officer, o.Legal.Copyright = "dpo@saint-loup.example", "© 2026 Ville de Saint-Loup – Tous droits réservés"
	o.Appearance = organisation.Appearance{Colour: "#1f6f5c", Logo: "SL"}
	o.News = []organisation.News{{
		Date: now.AddDate(0, 0, -3), Title: "Inscriptions aux vacances d’hiver",
		Body: "Les inscriptions au centre de loisirs ouvrent lundi à 9 h. Pensez à mettre à jour les vaccins de votre enfant.",
	}}
	o.Tiles = []organisation.Tile{
		{Name: "Factures", About: "Voir et payer", URL: "https://factures.saint-loup.example/"},
		{Name: "Gestion", About: "Dossiers des familles", URL: "https://gestion.saint-loup.example/", Roles: []account.Role{account.Agent}},
	}
	family := func(identifier, given, name, household string, emails ...string) account.Account {
		return person(o, identifier, given, name, account.Famille, household, emails...)
	}
	return tenant{o, []account.Account{
		family("38162", "Claire", "Martin", "F-1001", "claire.martin@orange.example"),
		family("38163", "Yann", "Le Goff", "F-1002", "yann.legoff@gmail.example"),
		family("38170", "Fatima", "Benali", "F-1003", "fatima.benali@laposte.example"),
		family("38184", "Thomas", "Petit", "F-1004", "thomas.petit@free.example"),
		family("38190", "Sophie", "Bernard", "F-1005", "famille.bernard@orange.example"),
		family("38191", "Marc", "Bernard", "F-1005", "famille.bernard@orange.example"),
		family("38205", "Nadia", "Roux", "F-1006", "nadia.roux@outlook.example"),
		family("40112", "Nadia", "Roux", "F-1033", "nadia.roux@outlook.example"),
		family("38221", "Lucien", "Moreau", "F-1007"),
		called(person(o, "AGENT.ENFANCE", "Isabelle", "Caradec", account.Agent, "", "isabelle.caradec@saint-loup.example"),
			"+33639980162", now.AddDate(-1, 0, 0)),
	}, []admin.Program{
		{
			Template: application.Nextcloud, Name: "Documents partagés", About: "Autorisations, menus et comptes rendus",
			URL: "https://documents.saint-loup.example/", Tile: true, Own: true,
		},
		{
			Template: application.Noethysweb, Name: "Noethysweb", About: "Présences et facturation",
			URL: "https://noethysweb.saint-loup.example/", Tile: true,
			Rule: application.Rule{Roles: []account.Role{account.Agent}, Second: true},
		},
	}}
}

func school(port string, now time.Time) tenant {
	o := fresh("autoecole", "Auto-école du Lac", port, organisation.AutoEcole)
	o.Contact = organisation.Contact{
		Service: "Secrétariat", Phone: "04 50 00 56 78", Email: "bureau@autoecole-du-lac.example",
		Hours: "du mardi au samedi, de 10 h à 19 h", Address: "12 quai du Lac, 74999 Lac-les-Bains",
	}
	o.Legal.Publisher, o.Legal.Director = "Auto-école du Lac SARL", "Karim Haddad, gérant"
	o.Legal.Host, o.Legal.Controller = "Auto-école du Lac SARL", "Auto-école du Lac SARL"
	o.Legal.Officer, o.Legal.Copyright = "gerant@autoecole-du-lac.example", "© 2026 Auto-école du Lac – Tous droits réservés"
	o.Appearance = organisation.Appearance{Colour: "#8a3a12", Logo: "AL"}
	o.Offices = []string{"Centre", "Gare"}
	o.News = []organisation.News{{Date: now.AddDate(0, 0, -1), Title: "Places d’examen", Body: "Les places de décembre sont arrivées : voyez le planning."}}
	o.Tiles = []organisation.Tile{
		{Name: "Planning", About: "Leçons et examens", URL: "https://planning.autoecole-du-lac.example/"},
		{Name: "Fiches élèves", About: "Dossiers et livrets", URL: "https://eleves.autoecole-du-lac.example/"},
		{
			Name: "Comptes et encaissements", About: "Fiches comptes", URL: "https://comptes.autoecole-du-lac.example/",
			Roles: []account.Role{account.Gerant, account.Complet},
		},
	}
	return tenant{o, []account.Account{
		called(person(o, "AUTOECOLE.GERANT", "Karim", "Haddad", account.Gerant, "", "gerant@autoecole-du-lac.example"),
			"+33639980174", now.AddDate(-1, 0, 0)),
		person(o, "AUTOECOLE.BUREAU", "Élise", "Fontaine", account.Complet, "", "bureau@autoecole-du-lac.example"),
		person(o, "AUTOECOLE.MONITEUR1", "Paul", "Girard", account.Moniteur, "", "paul.girard@free.example"),
		person(o, "AUTOECOLE.MONITEUR2", "Inès", "Lambert", account.Moniteur, "", "ines.lambert@gmail.example"),
	}, []admin.Program{{
		Template: application.Moodle, Name: "Code en ligne", About: "Cours et tests du code de la route",
		URL: "https://code.autoecole-du-lac.example/", Tile: true, Own: true,
	}}}
}

// called gives somebody a mobile that its owner confirmed then. The numbers are among those that Arcep keeps for
// fiction.
func called(a account.Account, mobile string, since time.Time) account.Account {
	a.Mobile, a.MobileProven, a.MobileSince = mobile, true, since
	return a
}

// operators are the people of the demo's desk: two, as one alone may not decide about a manager's address.
func operators(o organisation.Organisation) []account.Account {
	return []account.Account{
		person(o, "OPERATEUR.CAMILLE", "Camille", "Perrin", account.Operator, "", "camille.perrin@loquet.example"),
		person(o, "OPERATEUR.SACHA", "Sacha", "Nguyen", account.Operator, "", "sacha.nguyen@loquet.example"),
	}
}

func person(o organisation.Organisation, identifier, given, name string, role account.Role, household string, emails ...string) account.Account {
	a := account.Account{
		ID: store.NewID(), Organisation: o.ID, Identifier: identifier, GivenName: given, FamilyName: name, Role: role,
		Household: household, State: account.Active,
	}
	for _, e := range emails {
		a.Emails = append(a.Emails, account.Email{Address: e, Proven: true})
	}
	if role == account.Gerant || role == account.Complet || role == account.Moniteur {
		a.Offices = []string{"Centre"}
	}
	return a
}
