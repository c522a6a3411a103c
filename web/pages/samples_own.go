package pages

import (
	"github.com/a-h/templ"

	"loquet/audit"
)

// mine makes the samples of one page under /account.
func mine[P any](path string, page func(f Frame, change func(*P)) templ.Component) func(string, int, func(*P)) Sample {
	return func(name string, status int, change func(*P)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			f = inside(f)
			f.Path = path
			return page(f, change)
		}}
	}
}

func ownSamples() []Sample {
	mineOf := mine("/account", func(f Frame, change func(*Account)) templ.Component {
		p := Account{Frame: f, Who: people(f)[1].Account, Devices: 2}
		change(&p)
		p.Who.Factors.Password = true
		return AccountPage(p)
	})
	password := mine("/account/password", func(f Frame, change func(*AccountPassword)) templ.Component {
		p := AccountPassword{Frame: f, Who: people(f)[1].Account, Policy: f.Organisation.Policy.Password}
		change(&p)
		return AccountPasswordPage(p)
	})
	devices := mine("/account/devices", func(f Frame, change func(*AccountDevices)) templ.Component {
		p := AccountDevices{Frame: f, Devices: devicesOf()}
		change(&p)
		return AccountDevicesPage(p)
	})
	history := mine("/account/history", func(f Frame, change func(*AccountHistory)) templ.Component {
		p := AccountHistory{Frame: f, Who: people(f)[1].Account, Rows: journalRowsOf()}
		change(&p)
		return AccountHistoryPage(p)
	})
	data := mine("/account/data", func(f Frame, change func(*AccountData)) templ.Component {
		p := AccountData{Frame: f, Who: people(f)[1].Account}
		change(&p)
		return AccountDataPage(p)
	})
	all := []Sample{
		mineOf("account", 200, func(*Account) {}),
		mineOf("account-manager", 200, func(p *Account) {
			p.Frame = manager(p.Frame,
				"/account")
			p.Who = people(p.Frame)[0].Account
		}),
		mineOf("account-bare", 200, func(p *Account) { p.Who, p.Devices = people(p.Frame)[4].Account, 1 }),
		mineOf("account-changing", 200, func(p *Account) {
			p.Changes = []AddressChange{changesOf()["asked"], changesOf()["mobile"]}
		}),
		mineOf("account-password-changed", 200, func(p *Account) { p.Notice = PasswordKept }),
		mineOf("account-language", 200, func(p *Account) { p.Notice = LanguageKept; p.Who.Language = "en" }),
		mineOf("account-refused", 422, func(p *Account) {
			p.Problems = []Problem{{Field: "language", Key: "person.fault.language-unknown"}}
		}),
		password("account-password", 200, func(*AccountPassword) {}),
		password("account-password-refused", 422, func(p *AccountPassword) {
			p.Problems = []Problem{
				{Field: "current_password", Key: "proof.refused"}, {Field: "new_password", Key: "renew.fault.common"},
				{Field: "confirm_password", Key: "renew.fault.different"},
			}
		}),
		password("account-password-wait", 429, func(p *AccountPassword) { p.Wait = sampleWait }),
		devices("account-devices", 200, func(*AccountDevices) {}),
		devices("account-devices-one", 200, func(p *AccountDevices) { p.Devices, p.Notice = p.Devices[:1], SessionsEnded }),
		devices("account-devices-fresh", 200, func(p *AccountDevices) { p.Fresh, p.Notice = true, SessionEnded }),
		devices("account-devices-refused", 422, func(p *AccountDevices) {
			p.Problems = []Problem{{Field: "current_password", Key: "proof.empty"}}
		}),
		history("account-history", 200, func(p *AccountHistory) { p.Before = 850 }),
		history("account-history-older", 200, func(p *AccountHistory) {
			p.Later = true
			p.Rows = []JournalRow{{Entry: audit.Entry{At: sampleSpring, Act: audit.SignedIn, Actor: p.Who.ID}}}
		}),
		history("account-history-none", 200, func(p *AccountHistory) { p.Rows = nil }),
		data("account-data", 200, func(*AccountData) {}),
		data("account-data-fresh", 200, func(p *AccountData) { p.Fresh = true }),
		data("account-data-wait", 429, func(p *AccountData) { p.Wait = sampleWait }),
	}
	return append(all, addressSamples()...)
}

func addressSamples() []Sample {
	var all []Sample
	for _, kind := range []AddressKind{Email, Mobile} {
		address := mine("/account/"+string(kind), func(f Frame, change func(*AccountAddress)) templ.Component {
			p := AccountAddress{Frame: f, Kind: kind, Who: people(f)[1].Account}
			change(&p)
			return AccountAddressPage(p)
		})
		name := "account-" + string(kind)
		all = append(all,
			address(name, 200, func(*AccountAddress) {}),
			address(name+"-none", 200, func(p *AccountAddress) { p.Who, p.Fresh = people(p.Frame)[4].Account, true }),
			address(name+"-stopped", 200, func(p *AccountAddress) { p.Notice = AddressStopped }),
			address(name+"-asked", 200, func(p *AccountAddress) {
				c := changesOf()["asked"]
				c.Kind, c.By, p.Notice, p.Pending = kind, "", AddressAsked, &c
			}),
			address(name+"-wait", 429, func(p *AccountAddress) { p.Wait = sampleWait }),
			address(name+"-stop-refused", 422, func(p *AccountAddress) {
				c := changesOf()["failed"]
				c.Kind, p.Pending, p.Typed, p.Problems = kind, &c, Typed{"stop": string(kind)}, []Problem{sampleProof}
			}),
		)
		for _, fault := range addressFaults {
			all = append(all, address(name+"-"+fault, 422, func(p *AccountAddress) {
				p.Typed, p.Problems = Typed{string(kind): "x"}, []Problem{
					{Field: string(kind), Key: "address.fault." + fault + "." + string(kind)}, {Field: "current_password",
						Key: "proof.empty"},
				}
			}))
		}
		for _, stop := range []bool{false, true} {
			all = append(all, linkSamples(kind, stop)...)
		}
	}
	return all
}

// addressFaults lists what may be wrong with a new address; address.fault.<fault>.<kind> says it.
var addressFaults = []string{"empty", "unfit", "same", "pending"}

func linkSamples(kind AddressKind, stop bool) []Sample {
	name, path, to := "confirm-"+string(kind), "/confirm/sample", "claire.nguyen@nouvelle.example"
	if kind == Mobile {
		to = "06\u00a011\u00a022\u00a033\u00a044"
	}
	if stop {
		name, path = "stop-"+string(kind), "/stop/sample"
	}
	page := func(name string, status int, p AddressLink) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p.Frame, p.Kind, p.Stop, p.Action = f, kind, stop, path
			return AddressLinkPage(p)
		}}
	}
	known := AddressLink{Who: "Claire Morel-Nguyen", To: to, Asked: sampleYesterday}
	by := known
	by.By = "Hélène Rey"
	all := []Sample{page(name, 200, known), page(name+"-by", 200, by)}
	states := []LinkState{LinkStopped}
	if !stop {
		states = []LinkState{LinkServes, LinkWaits}
	}
	for _, s := range states {
		p := known
		p.State, p.Serves = s, sampleNow.AddDate(0, 0, 2)
		all = append(all, page(name+"-"+string(s), 200, p))
	}
	for _, s := range []LinkState{LinkLate, LinkUsed, LinkReplaced, LinkUnknown} {
		all = append(all, page(name+"-"+string(s), 422, AddressLink{State: s}))
	}
	return all
}
