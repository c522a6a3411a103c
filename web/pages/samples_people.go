package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// The world of the samples: a commune, an auto-école, an association, on one afternoon.
var sampleNow = time.Date(2026, time.September, 3, 14, 2, 0, 0, time.UTC)

func commune(say *text.Printer) Frame {
	return Frame{Say: say, Now: sampleNow, Path: "/signin", Organisation: organisation.Organisation{
		ID: "sample-commune", Slug: "famille", Name: "Ville de Saint-Loup", Hosts: []string{"famille.saint-loup.example"},
		Preset: organisation.PortailFamille, Wording: organisation.Password, Language: "fr",
		Policy: organisation.PortailFamille.Policy(),
		Contact: organisation.Contact{
			Service: "Service Enfance", Phone: "03 53 01 38 16", Email: "enfance@saint-loup.example",
			Hours: "du lundi au vendredi, 8\u00a0h\u00a030\u00a0–\u00a012\u00a0h et 13\u00a0h\u00a030\u00a0–\u00a017\u00a0h\n" +
				"le samedi, 9\u00a0h – 12\u00a0h",
			Address: "Mairie de Saint-Loup\n1 place de la Mairie\n70800 Saint-Loup",
		},
		Legal: organisation.Legal{
			Publisher: "Ville de Saint-Loup\n1 place de la Mairie, 70800 Saint-Loup", Director: "Madame la Maire de Saint-Loup",
			Host: "Syndicat numérique du Val\n2 rue des Écoles, 70800 Saint-Loup", Controller: "la Ville de Saint-Loup",
			Officer: "dpo@saint-loup.example", Copyright: "© 2026 Ville de Saint-Loup – Tous droits réservés", Public: true,
			Accessibility: organisation.Accessibility{State: organisation.NotConform},
		},
		Appearance: organisation.Appearance{Colour: "#0b6e69", Logo: "SL"},
		News: []organisation.News{
			{
				Date: sampleNow.AddDate(0, 0, -2), Title: "Les inscriptions à la cantine sont ouvertes",
				Body: "Elles se font en ligne jusqu’au 20 septembre.\n" +
					"Le service Enfance peut aussi les faire avec vous, au guichet.",
			},
			{
				Date: sampleNow.AddDate(0, 0, -9), Title: "Vacances d’automne : le programme",
				Body: "Le centre de loisirs accueille les enfants de 3 à 12 ans.",
			},
		},
		Tiles: []organisation.Tile{
			{Name: "Cantine et garderie", About: "Réserver et annuler des repas", URL: "https://enfance.saint-loup.example/"},
			{Name: "Mes factures", About: "Voir et payer", URL: "https://factures.saint-loup.example/"},
			{Name: "Centre de loisirs", About: "Mercredis et vacances", URL: "https://loisirs.saint-loup.example/"},
		},
	}}
}

func autoEcole(say *text.Printer) Frame {
	return Frame{Say: say, Now: sampleNow, Path: "/signin", Organisation: organisation.Organisation{
		ID: "sample-school", Slug: "autoecole", Name: "Auto-école du Lac", Hosts: []string{"autoecole.lac.example"},
		Preset: organisation.AutoEcole, Wording: organisation.Key, Language: "fr", Policy: organisation.AutoEcole.Policy(),
		Contact: organisation.Contact{
			Service: "Secrétariat", Phone: "04 65 71 74 10", Email: "bureau@lac.example",
			Hours: "du mardi au samedi, 9\u00a0h – 12\u00a0h et 14\u00a0h – 19\u00a0h", Address: "12 quai du Lac\n74000 Annecy",
		},
		Legal: organisation.Legal{
			Publisher: "SARL Auto-école du Lac\n12 quai du Lac, 74000 Annecy", Director: "Hélène Rey, gérante",
			Host: "Val Numérique\n2 rue des Écoles, 70800 Saint-Loup", Controller: "l’Auto-école du Lac",
			Copyright: "© 2026 Auto-école du Lac",
		},
		Appearance: organisation.Appearance{Colour: "#b4451f", Logo: "L"},
		News: []organisation.News{{
			Date: sampleNow.AddDate(0, 0, -1), Title: "Nouveau véhicule au bureau d’Annecy",
			Body: "Il est au planning à partir de lundi.",
		}},
		Tiles: []organisation.Tile{
			{Name: "Planning", About: "Leçons et véhicules", URL: "https://planning.lac.example/"},
			{Name: "Fiches élèves", About: "Dossiers et examens", URL: "https://eleves.lac.example/"},
			{
				Name: "Comptes", About: "Reçus et règlements", URL: "https://comptes.lac.example/",
				Roles: []account.Role{account.Gerant, account.Complet},
			},
		},
	}}
}

// association has chosen nothing: no colour, no logo, no preset of its own.
func association(f Frame) organisation.Organisation {
	return organisation.Organisation{
		ID: "sample-association", Slug: "tilleuls", Name: "Association des Tilleuls", Hosts: []string{"tilleuls.example"},
		Preset: organisation.Default, Wording: f.Organisation.Wording, Language: "fr", Policy: organisation.Default.Policy(),
	}
}

// nobodys is what answers where no organisation does.
func nobodys(Frame) organisation.Organisation { return organisation.Organisation{} }

// inside is the same frame once somebody is signed in.
func inside(f Frame) Frame {
	f.Person, f.Role = "Claire Morel-Nguyen", account.Famille
	if f.Organisation.Preset == organisation.AutoEcole {
		f.Person, f.Role, f.Gear = "Hélène Rey", account.Gerant, true
	}
	return f
}

// somebody is an identifier that a person of the organisation has.
func somebody(f Frame) string {
	if f.Organisation.Preset == organisation.AutoEcole {
		return "AUTOECOLE.BUREAU"
	}
	return "38162"
}

func guideOf(f Frame) organisation.Document {
	return organisation.Document{
		ID: "sample-guide", Title: "Guide de " + f.Organisation.Name, File: "guide.pdf", Media: "application/pdf",
		Size: 1_240_000, Guide: true,
	}
}

func documentsOf(Frame) []organisation.Document {
	return []organisation.Document{
		{ID: "sample-rules", Title: "Règlement intérieur", File: "reglement.pdf", Media: "application/pdf", Size: 284_300},
		{ID: "sample-prices", Title: "Tarifs 2026-2027", File: "tarifs.ods", Media: "application/vnd.oasis", Size: 18_020},
	}
}

func platformSamples() []Sample {
	bare := func(f Frame) Frame {
		f.Organisation = nobodys(f)
		return f
	}
	mail := Mail{
		To: "claire.morel@courriel.example", From: "Ville de Saint-Loup <portail@saint-loup.example>",
		Subject: "Envoi de vos identifiants de connexion", Date: sampleNow,
		Text: "Bonjour,\n\nVotre code\u00a0: k7mp-4qxd\n\n" +
			"https://famille.saint-loup.example/enter/sample\n\n<b>À bientôt</b>\n",
		HTML: "<!doctype html><html lang=\"fr\"><body><p>Bonjour</p></body></html>",
	}
	return []Sample{
		{Name: "platform", Status: 200, bare: true, page: func(f Frame) templ.Component {
			organisations := []organisation.Organisation{
				commune(f.Say).Organisation, autoEcole(f.Say).Organisation, {Name: "Sans adresse"},
			}
			return PlatformPage(Platform{Frame: bare(f), Organisations: organisations, Scheme: "https", Door: true})
		}},
		{Name: "platform-empty", Status: 200, bare: true, page: func(f Frame) templ.Component {
			return PlatformPage(Platform{Frame: bare(f), Scheme: "https"})
		}},
		{Name: "mails", Status: 200, bare: true, page: func(f Frame) templ.Component {
			return MailsPage(Mails{Frame: bare(f), Mails: []Mail{mail, mail}})
		}},
		{Name: "mails-empty", Status: 200, bare: true, page: func(f Frame) templ.Component {
			return MailsPage(Mails{Frame: bare(f)})
		}},
		{Name: "texts", Status: 200, bare: true, page: func(f Frame) templ.Component {
			return TextsPage(Texts{Frame: bare(f), Texts: []Text{
				{"+33612345678", "Votre code pour l'assistance : 123 456. Ne le dites qu'à l'opérateur que VOUS avez appelé.\n" +
					"@assistance.example #123456", sampleNow},
				{"+33612345678", "Ville de Saint-Loup : ce numéro est-il le vôtre ? Confirmez-le sous 7 jours : " +
					"https://famille.saint-loup.example/confirm/sample", sampleNow},
			}})
		}},
		{Name: "texts-empty", Status: 200, bare: true, page: func(f Frame) templ.Component {
			return TextsPage(Texts{Frame: bare(f)})
		}},
		{Name: "gallery", Status: 200, bare: true, page: func(f Frame) templ.Component {
			few := append(signInSamples()[:2:2], repairSamples()[0])
			return GalleryPage(Gallery{
				Frame: bare(f), Samples: few,
				Show: Choice{Language: f.Say.Language, Pack: f.Say.Pack, Theme: Light},
			})
		}},
	}
}
