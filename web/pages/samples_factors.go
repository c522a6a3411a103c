package pages

import (
	"time"

	"github.com/a-h/templ"

	"loquet/account"
	"loquet/credential"
	"loquet/organisation"
)

// sampleChallenge stands for what a browser would be asked; the gallery asks nothing.
const (
	sampleRequest  Ceremony = `{"challenge":"c2FtcGxl","rpId":"famille.example","userVerification":"preferred"}`
	sampleCreation Ceremony = `{"challenge":"c2FtcGxl","rp":{"id":"famille.example","name":"Saint-Loup"},` +
		`"user":{"id":"c2FtcGxl","name":"38162","displayName":"Claire"},"pubKeyCredParams":[{"type":"public-key","alg":-7}]}`
)

var (
	byPasskey   = ProofWays{Passkey: true}
	byBoth      = ProofWays{Password: true, Passkey: true}
	sampleDueBy = sampleNow.AddDate(0, 0, 12)
)

func factorSamples() []Sample {
	var all []Sample
	for _, some := range [][]Sample{
		doorPasskeySamples(), secondSamples(), accountFactorsSamples(), setUpSamples(), addPasskeySamples(), addAppSamples(),
		printedSamples(), besidesSamples(),
	} {
		all = append(all, some...)
	}
	return all
}

func doorPasskeySamples() []Sample {
	return []Sample{
		{Name: "signin-passkey", Status: 422, Form: true, page: func(f Frame) templ.Component {
			return SignInPage(SignIn{Frame: f, Remember: true, State: SignInPasskey, Unknown: "c2FtcGxl"})
		}},
		{Name: "signin-passkey-made", Status: 200, Form: true, page: func(f Frame) templ.Component {
			return SignInPage(SignIn{Frame: f, Remember: true, State: SignInPasskeyMade})
		}},
		{Name: "renew-passkey", Status: 200, Form: true, page: func(f Frame) templ.Component {
			return RenewPage(Renew{
				Frame: f, Identifier: somebody(f), Policy: f.Organisation.Policy.Password, Passkey: sampleCreation,
			})
		}},
		{Name: "renew-passkey-refused", Status: 422, Form: true, page: func(f Frame) templ.Component {
			return RenewPage(Renew{
				Frame: f, Identifier: somebody(f), Policy: f.Organisation.Policy.Password, Passkey: sampleCreation,
				Problems: []Problem{{Field: "answer", Key: "renew.fault.no-passkey"}},
			})
		}},
	}
}

func secondSamples() []Sample {
	second := func(name string, status int, p Second) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p.Frame = f
			return SecondPage(p)
		}}
	}
	all := Second{App: true, Printed: true, Passkey: sampleRequest}
	with := func(change func(*Second)) Second {
		p := all
		change(&p)
		return p
	}
	return []Sample{
		second("second", 200, all),
		second("second-app", 200, Second{App: true}),
		second("second-app-printed", 200, Second{App: true, Printed: true}),
		second("second-printed", 200, Second{Printed: true}),
		second("second-passkey-only", 200, Second{Passkey: sampleRequest}),
		second("second-elsewhere", 200, Second{Elsewhere: true}),
		second("second-mailed", 200, with(func(p *Second) { p.Mailed = true })),
		second("second-next", 200, with(func(p *Second) { p.Next = "/account" })),
		second("second-empty", 422, with(func(p *Second) {
			p.Problems = []Problem{{Field: "code", Key: "second.empty"}}
		})),
		second("second-refused", 422, with(func(p *Second) { p.State = SecondRefused })),
		second("second-refused-printed", 422, Second{Printed: true, State: SecondRefused}),
		second("second-passkey-refused", 422, with(func(p *Second) { p.State = SecondPasskey })),
		second("second-passkey-only-refused", 422, Second{Passkey: sampleRequest, State: SecondPasskey}),
		second("second-wait", 429, with(func(p *Second) { p.State, p.Wait = SecondWait, sampleWait })),
	}
}

// passkeysOf are passkeys of every kind: named, nameless, of another host, never used.
func passkeysOf() []PasskeyRow {
	key := func(id, name string, used time.Time) credential.Passkey {
		return credential.Passkey{
			ID: id, Name: name, Host: "famille.example", Created: sampleSpring, Used: used, Verifies: true,
		}
	}
	synced := key("k1", "iCloud Keychain", sampleYesterday)
	synced.Synced = true
	far := key("k3", "Clé USB du bureau de Jean-Baptiste de La Rochefoucauld, tiroir", time.Time{})
	far.Host = "ancien-portail.saint-loup.example"
	return []PasskeyRow{
		{Passkey: synced, Number: 1, Here: true},
		{Passkey: key("k2", "", time.Time{}), Number: 2, Here: true},
		{Passkey: far, Number: 3},
	}
}

func accountFactorsSamples() []Sample {
	factors := mine("/account/factors", func(f Frame, change func(*AccountFactors)) templ.Component {
		f.Proof = byBoth
		p := AccountFactors{
			Frame: f, Standing: organisation.Both, Passkeys: passkeysOf(), MayPrint: true, Password: true, Second: true,
			App:       &credential.App{Created: sampleSpring, Used: sampleYesterday},
			CodesLeft: 7, Printed: sampleSpring, SecondStays: FactorKey("app"),
			Accepted: `{"rpId":"famille.example","userId":"c2FtcGxl","allAcceptedCredentialIds":["k1","k2"]}`,
		}
		change(&p)
		return AccountFactorsPage(p)
	})
	refused := func(do, id string, problems ...Problem) func(*AccountFactors) {
		return func(p *AccountFactors) {
			p.SecondStays = ""
			p.Typed, p.Problems = Typed{"do": do, "id": id, "name": "Téléphone"}, problems
		}
	}
	none := func(p *AccountFactors) {
		*p = AccountFactors{
			Frame: p.Frame, Standing: organisation.Alone, Password: true, SecondStays: FactorKey("proof-first"),
			PasswordStays: FactorKey("last"),
		}
		p.Proof = ProofWays{}
	}
	all := []Sample{
		factors("factors", 200, func(*AccountFactors) {}),
		factors("factors-none", 200, none),
		factors("factors-due", 200, func(p *AccountFactors) {
			none(p)
			p.Standing, p.DueBy, p.Asked = organisation.Due, sampleDueBy, true
		}),
		factors("factors-asked", 200, func(p *AccountFactors) {
			p.Passkeys, p.Asked, p.AppStays, p.CodesLeft = nil, true, FactorKey("required"), 3
			p.PasswordStays, p.Proof = FactorKey("last"), ProofWays{}
		}),
		factors("factors-fresh", 200, func(p *AccountFactors) { p.Fresh, p.Notice, p.CodesLeft = true, PasskeyAdded, 0 }),
		factors("factors-passkey-only", 200, func(p *AccountFactors) {
			p.Passkeys, p.App, p.Password, p.Second = p.Passkeys[:1], nil, false, false
			p.Passkeys[0].Stays, p.Standing, p.SecondStays = FactorKey("last"), organisation.Alone, ""
			p.CodesLeft, p.Printed, p.Proof, p.Notice = 0, time.Time{}, byPasskey, PasswordRemoved
		}),
		factors("factors-convenience", 200, func(p *AccountFactors) {
			p.App, p.Second, p.Standing, p.SecondStays = nil, false, organisation.Alone, ProveFirst
			p.PasswordStays = FactorKey("stranded")
		}),
		factors("factors-one-proof", 200, func(p *AccountFactors) { p.OneProof = true }),
		factors("factors-one-proof-app", 200, func(p *AccountFactors) {
			p.OneProof, p.Passkeys, p.Proof = true, nil, ProofWays{}
		}),
		factors("factors-rename-refused", 422, refused("rename-passkey", "k2",
			Problem{Field: "name", Key: FactorKey("name")})),
		factors("factors-wait", 429, func(p *AccountFactors) {
			refused("remove-app", "")(p)
			p.Wait = sampleWait
		}),
	}
	for name, change := range map[string]func(*AccountFactors){
		"remove-passkey":  refused("remove-passkey", "k1", sampleProof),
		"remove-last":     refused("remove-passkey", "k1", Problem{Key: FactorKey("last")}),
		"remove-app":      refused("remove-app", "", sampleProof),
		"remove-password": refused("remove-password", "", Problem{Field: "current_password", Key: "proof.passkey.refused"}),
		"second-off":      refused("second-off", "", sampleProof),
	} {
		all = append(all, factors("factors-"+name+"-refused", 422, change))
	}
	return all
}

func setUpSamples() []Sample {
	setUp := mine("/account/factors", func(f Frame, change func(*AccountFactors)) templ.Component {
		p := AccountFactors{Frame: f, SetUp: true, Standing: organisation.Overdue, Password: true, Asked: true}
		change(&p)
		return AccountFactorsPage(p)
	})
	return []Sample{
		setUp("factors-setup", 200, func(*AccountFactors) {}),
		setUp("factors-setup-team", 200, func(p *AccountFactors) { p.Role = account.Agent }),
		setUp("factors-setup-saved", 200, func(p *AccountFactors) { p.Role, p.Notice = account.Agent, Saved }),
	}
}

func addPasskeySamples() []Sample {
	add := mine("/account/factors/passkey", func(f Frame, change func(*AddPasskey)) templ.Component {
		p := AddPasskey{Frame: f, Options: sampleCreation, Fresh: true}
		change(&p)
		return AddPasskeyPage(p)
	})
	return []Sample{
		add("passkey", 200, func(*AddPasskey) {}),
		add("passkey-setup", 200, func(p *AddPasskey) { p.SetUp = true }),
		add("passkey-prove", 200, func(p *AddPasskey) { p.Fresh = false }),
		add("passkey-prove-both", 200, func(p *AddPasskey) { p.Fresh, p.Proof = false, byBoth }),
		add("passkey-prove-refused", 422, func(p *AddPasskey) { p.Fresh, p.Problems = false, []Problem{sampleProof} }),
		add("passkey-setup-refused", 422, func(p *AddPasskey) {
			p.SetUp, p.Problems = true, []Problem{{Field: "answer", Key: FactorKey("unproven")}}
		}),
		add("passkey-name-refused", 422, func(p *AddPasskey) {
			p.Typed, p.Problems = Typed{"name": "\u200b"}, []Problem{{Field: "name", Key: FactorKey("name")}}
		}),
		add("passkey-twice", 422, func(p *AddPasskey) { p.Problems = []Problem{{Field: "answer", Key: FactorKey("twice")}} }),
		add("passkey-too-many", 422, func(p *AddPasskey) { p.Problems = []Problem{{Key: FactorKey("too-many")}} }),
		add("passkey-over", 422, func(p *AddPasskey) { p.Problems = []Problem{{Field: "code", Key: FactorKey("over")}} }),
		add("passkey-wait", 429, func(p *AddPasskey) { p.Fresh, p.Wait = false, sampleWait }),
	}
}

func addAppSamples() []Sample {
	const secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
	add := mine("/account/factors/app", func(f Frame, change func(*AddApp)) templ.Component {
		p := AddApp{
			Frame: f, ID: "sample", Secret: secret,
			URL: "otpauth://totp/Saint-Loup:38162?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Saint-Loup&algorithm=SHA1" +
				"&digits=6&period=30",
		}
		change(&p)
		return AddAppPage(p)
	})
	return []Sample{
		add("app", 200, func(*AddApp) {}),
		add("app-fresh", 200, func(p *AddApp) { p.Fresh, p.Replaces = true, true }),
		add("app-passkey", 200, func(p *AddApp) { p.Proof = byPasskey }),
		add("app-setup", 200, func(p *AddApp) { p.SetUp, p.Fresh = true, true }),
		add("app-setup-refused", 422, func(p *AddApp) {
			p.SetUp, p.Fresh, p.Problems = true, true, []Problem{{Field: "code", Key: FactorKey("code")}}
		}),
		add("app-refused", 422, func(p *AddApp) {
			p.Problems = []Problem{{Field: "code", Key: "app.code.empty"}, sampleProof}
		}),
		add("app-over", 422, func(p *AddApp) { p.Fresh, p.Problems = true, []Problem{{Key: FactorKey("over")}} }),
		add("app-wait", 429, func(p *AddApp) { p.Wait = sampleWait }),
	}
}

func printedSamples() []Sample {
	printed := mine("/account/factors/codes", func(f Frame, change func(*PrintedCodes)) templ.Component {
		p := PrintedCodes{Frame: f, Identifier: somebody(f)}
		change(&p)
		return PrintedCodesPage(p)
	})
	return []Sample{
		printed("codes", 200, func(p *PrintedCodes) {
			p.Fresh, p.Codes = true, []string{
				"K7MP-4QXD-9TRW-H3VN", "W2HD-8KBX-R5TM-Q9JC", "P4VN-T6GZ-3WKD-M8XR", "H9RB-D5QK-7MWT-V2GP", "X3JT-N8VC-K4HP-6DWB",
				"G6WK-M2RX-B9QD-T5HN", "Q8DP-J4VM-W3KT-R7GX", "T5NH-X9BK-C2PW-D6MV", "M3GV-R8WQ-H7DX-K4JT", "D9KX-P5TB-V6MN-W2RH",
			}
		}),
		printed("codes-make", 200, func(*PrintedCodes) {}),
		printed("codes-setup", 200, func(p *PrintedCodes) { p.SetUp, p.Fresh = true, true }),
		printed("codes-again", 200, func(p *PrintedCodes) { p.Left, p.Made, p.Proof = 2, sampleSpring, byBoth }),
		printed("codes-refused", 422, func(p *PrintedCodes) { p.Problems = []Problem{sampleProof} }),
		printed("codes-proof-first", 422, func(p *PrintedCodes) {
			p.Fresh, p.Problems = true, []Problem{{Key: FactorKey("proof-first")}}
		}),
		printed("codes-wait", 429, func(p *PrintedCodes) { p.Wait = sampleWait }),
	}
}

// besidesSamples are pages of other things that second proofs change.
func besidesSamples() []Sample {
	own := mine("/account", func(f Frame, change func(*Account)) templ.Component {
		p := Account{Frame: f, Who: people(f)[1].Account, Devices: 2}
		change(&p)
		return AccountPage(p)
	})
	password := mine("/account/password", func(f Frame, change func(*AccountPassword)) templ.Component {
		p := AccountPassword{Frame: f, Who: people(f)[1].Account, Policy: f.Organisation.Policy.Password}
		change(&p)
		return AccountPasswordPage(p)
	})
	home := mine("/home", func(f Frame, change func(*Home)) templ.Component {
		p := Home{Frame: f, Documents: documentsOf(f), Tiles: f.Organisation.Tiles}
		change(&p)
		return HomePage(p)
	})
	return []Sample{
		own("account-factors", 200, func(p *Account) {
			p.Standing, p.Who.Factors = organisation.Both, account.Factors{Password: true, App: true, Codes: 9, Second: true}
		}),
		own("account-factors-due", 200, func(p *Account) {
			p.Standing, p.DueBy, p.Who.Factors = organisation.Due, sampleDueBy, account.Factors{Password: true}
		}),
		own("account-no-password", 200, func(p *Account) { p.Who.Factors = account.Factors{Passkeys: 2} }),
		password("account-password-free", 200, func(p *AccountPassword) { p.Free = true }),
		password("account-password-both", 200, func(p *AccountPassword) { p.Proof = byBoth }),
		password("account-password-passkey", 200, func(p *AccountPassword) { p.Proof = byPasskey }),
		password("account-password-passkey-refused", 422, func(p *AccountPassword) {
			p.Proof = byPasskey
			p.Problems = []Problem{{Field: "current_password", Key: "proof.passkey.empty"}}
		}),
		home("home-due", 200, func(p *Home) { p.Standing, p.DueBy = organisation.Due, sampleDueBy }),
		home("home-offer", 200, func(p *Home) { p.Offer = true }),
	}
}
