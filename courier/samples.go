package courier

import (
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
)

// Samples gives every letter of both worlds, with people who do not exist: the gallery and the tests show them. Set
// Person.Language for another language than French.
func Samples() []Letter {
	var all []Letter
	for _, world := range []struct {
		of     organisation.Organisation
		people []account.Account
		portal string
	}{
		{town(), family(), "https://famille.saint-loup.example"},
		{school(), team(), "https://lac.autoecole.example"},
	} {
		for n, kind := range Kinds {
			l := Letter{
				ID: "sample-" + world.of.Slug + "-" + string(kind), Kind: kind, To: world.people[0].Emails[0].Address,
				Organisation: world.of, Person: world.people[0], PortalURL: world.portal, AskedFrom: "Firefox sur Windows",
				Created: sampleDay.Add(time.Duration(n) * time.Minute),
			}
			l.AskedAt = l.Created
			l.fill(world.people)
			switch kind {
			case FactorNotice:
				all = append(all, l.ofEachAct(world.people[1].Name())...)
			case DeskNotice:
				all = append(all, l.ofEachDeed()...)
			default:
				all = append(all, l)
			}
		}
	}
	return all
}

// fill gives a sample what its kind needs.
func (l *Letter) fill(people []account.Account) {
	switch l.shape() {
	case temporary:
		l.Secret = "KR7M-PX4Q-W9TD-3H6A"
	case linkCode:
		l.Secret, l.SecretCode = "u8Kq2Zr4Tn6Vb9Xc3Md5Pf7Hj1Lw0Sg-Ya_Eo2RiTk", "4HTR-9KMW-P7XC"
	case codeOnly:
		l.Secret = "4HTR-9KMW-P7XC"
	}
	switch l.Kind {
	case ConfirmAddress, AddressNotice:
		l.CoolingOff, l.Expires = 48*time.Hour, l.Created.Add(7*24*time.Hour)
		l.Secret, l.NewAddress = "u8Kq2Zr4Tn6Vb9Xc3Md5Pf7Hj1Lw0Sg-Ya_Eo2RiTk", l.To
		if l.Kind == AddressNotice {
			l.NewAddress, l.AskedBy = "m…n@laposte.example", people[1].Name()
		}
		return
	}
	if l.shape() != noSecret {
		l.Expires = l.Created.Add(l.Organisation.Policy.Recovery.Lifetime)
	}
	switch l.Kind {
	case Identifiers:
		l.Others = people
	case SlipNotice:
		l.AskedBy, l.Expires = people[1].Name(), l.Created.Add(organisation.SlipLives)
	case Invitation, SetupLink:
		l.AskedAt, l.AskedFrom = time.Time{}, ""
	}
}

// ofEachAct gives the letter for everything that a FactorNotice tells of.
func (l Letter) ofEachAct(manager string) []Letter {
	all := make([]Letter, len(FactorActs))
	for n, act := range FactorActs {
		l.What, l.Left, l.AskedBy = act, 0, ""
		switch act {
		case audit.CodeUsed:
			l.Left = 6
		case audit.FactorsReset:
			l.AskedBy = manager
		}
		all[n] = l
		all[n].ID += "-" + string(act)
	}
	return all
}

// sampleDay is before noon in Paris, so that letters do not change with the machine's zone.
var sampleDay = time.Date(2026, time.September, 3, 9, 2, 0, 0, time.UTC)

func town() organisation.Organisation {
	return organisation.Organisation{
		ID: "sample-town", Slug: "famille", Name: "Ville de Saint-Loup", Hosts: []string{"famille.saint-loup.example"},
		Preset: organisation.PortailFamille, Wording: organisation.Password, Language: "fr",
		Policy: organisation.PortailFamille.Policy(),
		Contact: organisation.Contact{
			Service: "Service Enfance", Phone: "03 84 00 00 00", Email: "enfance@saint-loup.example",
			Hours: "du lundi au vendredi, 8 h 30 – 12 h", Address: "1 place de la Mairie, Saint-Loup",
		},
		Appearance: organisation.Appearance{Colour: "#1f6f5c", Logo: "SL"},
	}
}

func school() organisation.Organisation {
	return organisation.Organisation{
		ID: "sample-school", Slug: "autoecole", Name: "Auto-école du Lac", Hosts: []string{"lac.autoecole.example"},
		Preset: organisation.AutoEcole, Wording: organisation.Key, Language: "fr",
		Policy: organisation.AutoEcole.Policy(),
		Contact: organisation.Contact{
			Service: "Le bureau", Phone: "04 50 00 00 00", Email: "bureau@lac.example",
			Hours: "du mardi au samedi, 9 h – 18 h",
		},
		Appearance: organisation.Appearance{Colour: "#8a3b12", Logo: "L"},
	}
}

func family() []account.Account {
	return []account.Account{
		{
			ID: "sample-claire", Identifier: "38162", GivenName: "Claire", FamilyName: "Martin", Role: account.Famille,
			State: account.Active, Emails: []account.Email{{Address: "claire.martin@orange.example", Proven: true}},
		},
		{
			ID: "sample-karim", Identifier: "38163", GivenName: "Karim", FamilyName: "Martin", Role: account.Famille,
			State: account.Active, Emails: []account.Email{{Address: "claire.martin@orange.example", Proven: true}},
		},
	}
}

func team() []account.Account {
	return []account.Account{
		{
			ID: "sample-bureau", Identifier: "AUTOECOLE.BUREAU", GivenName: "Léa", FamilyName: "Durand",
			Role: account.Complet, State: account.Active,
			Emails: []account.Email{{Address: "bureau@lac.example", Proven: true}},
		},
		{
			ID: "sample-gerant", Identifier: "AUTOECOLE.GERANT", GivenName: "Marc", FamilyName: "Favre",
			Role: account.Gerant, State: account.Active,
			Emails: []account.Email{{Address: "bureau@lac.example", Proven: true}},
		},
	}
}
