package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/session"
)

// setup makes the samples of one settings page: page builds it from a frame, whether it is fresh, and what changes.
func setup[P any](path string, page func(f Frame, change func(*P)) templ.Component) func(string, int, func(*P)) Sample {
	return func(name string, status int, change func(*P)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			return page(manager(f, path), change)
		}}
	}
}

var sampleProof = Problem{Field: "current_password", Key: "proof.refused"}

func houseSamples() []Sample {
	offices := setup("/settings/offices", func(f Frame, change func(*Offices)) templ.Component {
		p := Offices{Frame: f}
		for n, o := range f.Organisation.Offices {
			p.Rows = append(p.Rows, OfficeRow{o, n * 3})
		}
		change(&p)
		return OfficesPage(p)
	})
	contacts := setup("/settings/contact", func(f Frame, change func(*ContactForm)) templ.Component {
		p := ContactForm{Frame: f}
		change(&p)
		return ContactFormPage(p)
	})
	appearance := setup("/settings/appearance", func(f Frame, change func(*AppearanceForm)) templ.Component {
		p := AppearanceForm{Frame: f}
		change(&p)
		return AppearanceFormPage(p)
	})
	long := Problem{Field: "hours", Key: "settings.fault.too-long"}
	return []Sample{
		offices("offices", 200, func(*Offices) {}),
		offices("offices-none", 200, func(p *Offices) { p.Rows, p.Fresh = nil, true }),
		offices("offices-added", 200, func(p *Offices) { p.Notice, p.Rows = Added, []OfficeRow{{"Annecy", -1}} }),
		offices("offices-stale", 422, func(p *Offices) { p.Stale, p.Typed = true, Typed{"do": "add", "office": "Thônes"} }),
		offices("offices-empty", 422, func(p *Offices) {
			p.Typed, p.Problems = Typed{"do": "add"}, []Problem{{Field: "office", Key: "settings.fault.empty"}}
		}),
		offices("offices-proof", 422, func(p *Offices) {
			p.Typed, p.Problems = Typed{"do": "remove", "office": "Annecy"}, []Problem{sampleProof}
			p.Rows = []OfficeRow{{"Annecy", 3}}
		}),
		contacts("contact", 200, func(*ContactForm) {}),
		contacts("contact-saved", 200, func(p *ContactForm) { p.Notice, p.Fresh = Saved, true }),
		contacts("contact-refused", 422, func(p *ContactForm) {
			p.Typed = Typed{"phone": "zéro", "percent": "101", "audited": "hier", "hours": "toujours", "conformity": "part"}
			p.Problems = []Problem{
				{Field: "phone", Key: "settings.fault.phone-unfit"}, {Field: "percent", Key: "settings.fault.percent-unfit"},
				{Field: "audited", Key: "settings.fault.day-unfit"}, {Field: "email", Key: "settings.fault.email-unfit"},
				long, sampleProof,
			}
		}),
		appearance("appearance", 200, func(*AppearanceForm) {}),
		appearance("appearance-preview", 200, func(p *AppearanceForm) {
			p.Notice, p.Typed = Previewed, Typed{"name": p.Organisation.Name, "colour": p.Organisation.Appearance.Colour,
				"logo": "AB"}
			p.Organisation.Appearance.Logo = "AB"
		}),
		appearance("appearance-refused", 422, func(p *AppearanceForm) {
			p.Typed = Typed{"colour": "bleu"}
			p.Problems = []Problem{
				{Field: "name", Key: "settings.fault.empty"}, {Field: "colour", Key: "settings.fault.colour-unfit"}, sampleProof,
			}
		}),
	}
}

func tellingSamples() []Sample {
	news := setup("/settings/news", func(f Frame, change func(*NewsForm)) templ.Component {
		p := NewsForm{Frame: f, Item: -1}
		change(&p)
		return NewsFormPage(p)
	})
	documents := setup("/settings/documents", func(f Frame, change func(*DocumentsForm)) templ.Component {
		p := DocumentsForm{Frame: f, Documents: append(documentsOf(f), guideOf(f)), Most: 5 << 20}
		change(&p)
		return DocumentsFormPage(p)
	})
	return []Sample{
		news("news", 200, func(*NewsForm) {}),
		news("news-item", 200, func(p *NewsForm) { p.Item, p.Fresh = 0, true }),
		news("news-none", 200, func(p *NewsForm) { p.Organisation.News = nil; p.Notice = Removed }),
		news("news-refused", 422, func(p *NewsForm) {
			p.Typed = Typed{"do": "add", "body": "Un texte sans titre."}
			p.Problems = []Problem{{Field: "title", Key: "settings.fault.empty"}, sampleProof}
		}),
		news("news-stale", 422, func(p *NewsForm) {
			p.Stale, p.Typed = true, Typed{"do": "add", "title": "Rentrée",
				"body": "Demain."}
		}),
		documents("documents", 200, func(*DocumentsForm) {}),
		documents("documents-none", 200, func(p *DocumentsForm) { p.Documents, p.Fresh = nil, true }),
		documents("documents-refused", 422, func(p *DocumentsForm) {
			p.Typed, p.Problems = Typed{"title": "Tarifs", "guide": "1"}, []Problem{
				{Field: "file", Key: "settings.fault.file-empty"}, sampleProof,
			}
		}),
		documents("documents-proof", 422, func(p *DocumentsForm) {
			p.Typed, p.Problems = Typed{"do": "remove", "document": "sample-rules"}, []Problem{sampleProof}
		}),
	}
}

func rulesSamples() []Sample {
	policy := setup("/settings/policy", func(f Frame, change func(*PolicyForm)) templ.Component {
		p := PolicyForm{Frame: f}
		change(&p)
		return PolicyFormPage(p)
	})
	broken := organisation.Policy{Sessions: map[account.Role]session.Limits{
		account.Agent: {Remember: 1}, account.Gerant: {Remember: 1}, account.Famille: {Remember: 31 * 24 * time.Hour},
	}, Second: map[account.Role]organisation.Second{
		account.Agent: {Demand: "pigeon"}, account.Complet: {Demand: "pigeon", Grace: organisation.LongestGrace + 1},
		account.Famille: {Grace: -1},
	}}
	return []Sample{
		policy("policy", 200, func(*PolicyForm) {}),
		policy("policy-strict", 200, func(p *PolicyForm) {
			p.Organisation.Policy,
				p.Fresh = organisation.Strict.Policy(), true
		}),
		policy("policy-weak", 200, func(p *PolicyForm) {
			p.Organisation.Policy.Second = map[account.Role]organisation.Second{
				account.Complet: {Demand: organisation.AtOnce}, account.Famille: {Demand: organisation.NotOffered},
			}
		}),
		policy("policy-refused", 422, func(p *PolicyForm) {
			p.Typed = Typed{"password_length": "4", "recovery_lifetime": "3000", "idle_agent": "0", "remember_agent": "45",
				"second_agent": "pigeon", "second_complet": "pigeon", "grace": "120"}
			p.Problems = append(PolicyProblems(broken.Check(), broken, p.Organisation.Roles()), sampleProof)
		}),
		policy("policy-stale", 422, func(p *PolicyForm) { p.Stale = true }),
	}
}

func journalSamples() []Sample {
	journal := setup("/settings/journal", func(f Frame, change func(*JournalList)) templ.Component {
		p := JournalList{Frame: f, Rows: journalRowsOf()}
		change(&p)
		return JournalListPage(p)
	})
	mails := setup("/settings/mail", func(f Frame, change func(*MailList)) templ.Component {
		p := MailList{Frame: f, Most: 100, Rows: sampleDeliveries()}
		change(&p)
		return MailListPage(p)
	})
	return []Sample{
		journal("journal", 200, func(p *JournalList) { p.Before = 850 }),
		journal("journal-older", 200, func(p *JournalList) {
			p.Before, p.Later, p.Act, p.From, p.Until, p.Fresh = 800, true, audit.SignedIn, "2026-09-01", "2026-09-03", true
		}),
		journal("journal-none", 200, func(p *JournalList) { p.Rows = nil }),
		journal("journal-unknown", 200, func(p *JournalList) { p.Rows, p.Unknown, p.Who = nil, true, "99999" }),
		journal("journal-holds", 200, func(p *JournalList) { p.Verdict = Holds }),
		journal("journal-broken", 200, func(p *JournalList) { p.Verdict, p.BrokenAt = Broken, 412 }),
		journal("journal-refused", 422, func(p *JournalList) {
			p.From, p.Rows = "hier", nil
			p.Problems = []Problem{{Field: "from", Key: "person.fault.day-unfit"}, sampleProof}
		}),
		mails("letters", 200, func(*MailList) {}),
		mails("letters-failed", 200, func(p *MailList) { p.Failed, p.Rows, p.Most = true, p.Rows[1:2], 1 }),
		mails("letters-none", 200, func(p *MailList) { p.Rows = nil }),
		mails("letters-none-failed", 200, func(p *MailList) { p.Failed, p.Rows = true, nil }),
	}
}
