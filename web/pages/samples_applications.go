package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/application"
)

// programsOf are those of a list: of each kind, entered and not, and one that sends people in circles.
func programsOf(f Frame) []ApplicationRow {
	roles := f.Organisation.Roles()
	return []ApplicationRow{
		{
			Application: application.Application{
				ID: "appq7m2xkc4lw5h3tz6ynd8vbr0", Name: "Cantine", About: "Réserver et annuler des repas", Kind: application.OpenID,
				URL: "https://cantine.saint-loup.example/", Template: application.AnyOpenID, Own: true, Tile: true,
				Redirects: []string{"https://cantine.saint-loup.example/retour"}, Signs: application.RS256, Used: sampleYesterday,
				Version: 3, Secret: "sample",
			}, People: 214, Loops: 3, LoopsAt: sampleYesterday,
		},
		{
			Application: application.Application{
				ID: "app4hd0", Name: "Fichiers", Kind: application.OpenID, URL: "https://fichiers.saint-loup.example/",
				Template: application.Nextcloud, Own: true, Tile: true, Used: sampleNow.Add(-time.Minute),
				Rule: application.Rule{Roles: roles[:1], Offices: f.Organisation.Offices[:min(1, len(f.Organisation.Offices))]},
			}, People: 4, Loops: 1, LoopsAt: sampleNow.AddDate(0, 0, -5),
		},
		{
			Application: application.Application{
				ID: "app7rk0", Name: "Gestion des dossiers et de la facturation", Kind: application.Forward, Tile: true,
				URL: "https://gestion.saint-loup.example/", Template: application.Noethysweb, Own: true, Version: 1,
				Rule: application.Rule{Roles: []account.Role{roles[0]}, Second: true},
			},
		},
	}
}

func applicationSamples() []Sample {
	list := setup("/settings/applications", func(f Frame, change func(*Applications)) templ.Component {
		p := Applications{Frame: f, Rows: programsOf(f)}
		change(&p)
		return ApplicationsPage(p)
	})
	form := setup("/settings/applications/app", func(f Frame, change func(*ApplicationForm)) templ.Component {
		p := ApplicationForm{Frame: f, Application: programsOf(f)[0].Application, People: 214, Issuer: issuerOf(f)}
		change(&p)
		p.Shape, _ = application.ShapeOf(p.Application.Template)
		return ApplicationFormPage(p)
	})
	fresh := func(t application.Template, change func(*ApplicationForm)) func(*ApplicationForm) {
		return func(p *ApplicationForm) {
			p.Application = application.Application{Template: t}
			change(p)
		}
	}
	revoke := setup("/settings/applications/app/revoke", func(f Frame, change func(*ApplicationRevoke)) templ.Component {
		p := ApplicationRevoke{Frame: f, Application: programsOf(f)[0].Application, People: 214}
		change(&p)
		return ApplicationRevokePage(p)
	})
	secret := setup("/settings/applications/app", func(f Frame, change func(*ApplicationSecret)) templ.Component {
		p := ApplicationSecret{
			Frame: f, Application: programsOf(f)[0].Application, Issuer: issuerOf(f),
			Secret: "K7P3QXM2W5H4TZ6YNDVBRLC4SAMPLEK7P3QXM2W5H4TZ6YNDVBRL",
		}
		change(&p)
		return ApplicationSecretPage(p)
	})
	return append([]Sample{
		list("applications", 200, func(*Applications) {}),
		list("applications-none", 200, func(p *Applications) { p.Rows, p.Notice = nil, Removed }),
		{Name: "application-pick", Status: 200, page: func(f Frame) templ.Component {
			return ApplicationPickPage(ApplicationPick{manager(f, "/settings/applications/new")})
		}},
		form("application", 200, func(p *ApplicationForm) { p.Notice, p.Fresh = Saved, true }),
		form("application-forward", 200, func(p *ApplicationForm) {
			p.Application, p.People, p.Fresh = programsOf(p.Frame)[2].Application, 0, true
		}),
		form("application-stale", 422, func(p *ApplicationForm) { p.Stale, p.Typed = true, Typed{"name": "Restaurant scolaire"} }),
		form("application-refused-secret", 422, func(p *ApplicationForm) {
			p.Act, p.Typed, p.Problems = ActSecret, Typed{}, []Problem{sampleProof}
		}),
		form("application-new", 200, fresh(application.Nextcloud, func(*ApplicationForm) {})),
		form("application-new-plain", 200, fresh(application.AnyOpenID, func(p *ApplicationForm) { p.Fresh = true })),
		form("application-new-forward", 200, fresh(application.AnyForward, func(*ApplicationForm) {})),
		form("application-new-refused", 422, fresh(application.WordPress, func(p *ApplicationForm) {
			p.Typed = Typed{
				"template": "wordpress", "name": "Intranet", "url": "intranet", "redirects": "http://intranet.example/*", "public": "1",
				"no_pkce": "1", "tile": "1", "roles": "agent\nmoniteur",
			}
			p.Problems = []Problem{
				{Field: "name", Key: "application.fault.name-taken"}, {Field: "url", Key: "application.fault.url-unfit"},
				{Field: "redirects", Key: "application.fault.redirect-unfit"},
				{Field: "no_pkce", Key: "application.fault.public-no-pkce"}, sampleProof,
			}
		})),
		secret("application-secret", 200, func(*ApplicationSecret) {}),
		secret("application-secret-renewed", 200, func(p *ApplicationSecret) { p.Renewed = true }),
		revoke("application-revoke", 200, func(p *ApplicationRevoke) { p.Fresh = true }),
		revoke("application-revoke-refused", 422, func(p *ApplicationRevoke) {
			p.Typed = Typed{"name": "Cantines"}
			p.Problems = []Problem{{Field: "name", Key: "application.fault.not-named"}, sampleProof}
		}),
	}, entrySamples()...)
}

func issuerOf(f Frame) string { return "https://" + f.Organisation.Host() }

func entrySamples() []Sample {
	entries := mine("/account/applications", func(f Frame, change func(*Entries)) templ.Component {
		p := Entries{Frame: f, Rows: []EntryRow{
			{ID: "a1", Name: "Cantine", Since: sampleSpring, Used: sampleYesterday, Knows: []string{"profile", "email", "offline_access"}},
			{ID: "a2", Name: "Photos de classe <Dupont & fils>", Since: sampleYesterday, Knows: []string{"phone"}},
		}}
		change(&p)
		return EntriesPage(p)
	})
	return []Sample{
		entries("account-applications", 200, func(*Entries) {}),
		entries("account-applications-none", 200, func(p *Entries) { p.Rows, p.Notice = nil, EntryWithdrawn }),
	}
}
