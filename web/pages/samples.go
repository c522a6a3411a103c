package pages

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"loquet/text"
)

// Sample is one page in one state, for the gallery, its tests and its screenshots.
type Sample struct {
	Name   string // in addresses: "signin-refused"
	Status int    // that the page is answered with
	Form   bool   // refused forms have a title that begins with « Erreur »
	bare   bool   // of an organisation without a colour, or of none
	page   func(f Frame) templ.Component
}

// Page gives the page in a language and a pack; the pack chooses the organisation: a commune, or an auto-école for Key.
func (s Sample) Page(say *text.Printer) templ.Component { return s.Themed(say, AnyTheme) }

// Themed gives the page in a forced theme.
func (s Sample) Themed(say *text.Printer, theme Theme) templ.Component {
	f := commune(say)
	if say.Pack == text.Key {
		f = autoEcole(say)
	}
	f.Theme = theme
	return s.page(f)
}

// Colour gives what OrganisationStyle makes the page's style sheet from, so that the policy can allow it by its hash.
func (s Sample) Colour(say *text.Printer) string {
	switch {
	case s.bare:
		return ""
	case say.Pack == text.Key:
		return autoEcole(say).Organisation.Appearance.Colour
	}
	return commune(say).Organisation.Appearance.Colour
}

// Samples gives every page in every state.
func Samples() []Sample {
	var all []Sample
	for _, some := range [][]Sample{
		signInSamples(), recoverSamples(), sentSamples(), enterSamples(), renewSamples(), homeSamples(),
		repairSamples(), plainSamples(), helpSamples(), faultSamples(), platformSamples(),
		usersSamples(), personSamples(), houseSamples(), tellingSamples(), rulesSamples(), journalSamples(), ownSamples(),
		factorSamples(), operatorSamples(), deliverySamples(), outlookSamples(), slipSamples(), deskSamples(), applicationSamples(), logoutSamples(),
		authorizeSamples(), forwardSamples(),
	} {
		all = append(all, some...)
	}
	return all
}

// SampleNamed gives the sample of a name.
func SampleNamed(name string) (Sample, bool) {
	for _, s := range Samples() {
		if s.Name == name {
			return s, true
		}
	}
	return Sample{}, false
}

const sampleWait = 4 * time.Minute

func signInSamples() []Sample {
	in := func(name string, status int, change func(*SignIn)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p := SignIn{Frame: f, Remember: true}
			if change != nil {
				change(&p)
			}
			return SignInPage(p)
		}}
	}
	plain := in("signin-plain", 200, func(p *SignIn) { p.Organisation = association(p.Frame); p.Remember = false })
	plain.bare = true
	return []Sample{
		in("signin", 200, nil),
		plain,
		in("signin-demo", 200, func(p *SignIn) { p.Demo = true; p.Mailbox = "http://localhost:8080/demo/mail" }),
		in("signin-next", 200, func(p *SignIn) { p.Next = "/home?tile=1&day=2" }),
		in("signin-into", 200, func(p *SignIn) {
			p.Next, p.Into = "/oauth2/authorize/7f3kq2zr4tn6vb9xc3md5pf7hj", "Cantine"
		}),
		in("signin-renewed", 200, func(p *SignIn) { p.State = SignInRenewed; p.Identifier = somebody(p.Frame) }),
		in("signin-left", 200, func(p *SignIn) { p.State = SignInLeft }),
		in("signin-ended", 200, func(p *SignIn) { p.State = SignInEnded }),
		in("signin-stolen", 200, func(p *SignIn) { p.State = SignInStolen }),
		in("signin-anew", 200, func(p *SignIn) { p.State = SignInAnew }),
		in("signin-restored", 200, func(p *SignIn) { p.State = SignInRestored }),
		in("signin-switched", 200, func(p *SignIn) { p.State = SignInSwitched }),
		in("signin-switched-name", 200, func(p *SignIn) { p.State, p.Left = SignInSwitched, "Claire <Martin>" }),
		in("signin-empty", 422, func(p *SignIn) {
			p.Problems = []Problem{
				{Field: "identifier", Key: "signin.empty.identifier"}, {Field: "password", Key: "signin.empty.password"},
			}
		}),
		in("signin-refused", 422, func(p *SignIn) {
			p.State, p.Identifier, p.Remembered = SignInRefused, somebody(p.Frame), true
			p.Problems = []Problem{{Key: "signin.refused"}}
		}),
		in("signin-refused-at-password", 422, func(p *SignIn) {
			p.State, p.Identifier = SignInRefused, somebody(p.Frame)
			p.Problems = []Problem{{Field: "password", Key: "signin.refused"}}
		}),
		in("signin-expired", 422, func(p *SignIn) { p.State, p.Identifier = SignInExpired, somebody(p.Frame) }),
		in("signin-stopped", 422, func(p *SignIn) { p.State, p.Identifier = SignInStopped, somebody(p.Frame) }),
		in("signin-wait", 429, func(p *SignIn) {
			p.State, p.Identifier, p.Wait = SignInWait, somebody(p.Frame), sampleWait
		}),
		in("signin-busy", 503, func(p *SignIn) {
			p.State, p.Identifier, p.Wait = SignInBusy, somebody(p.Frame), 20*time.Second
		}),
	}
}

func recoverSamples() []Sample {
	rec := func(name string, status int, change func(*Recover)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p := Recover{Frame: f, Ask: f.Organisation.Policy.Recovery.Ask}
			if change != nil {
				change(&p)
			}
			return RecoverPage(p)
		}}
	}
	who := func(name string, status int, change func(*Identifier)) Sample {
		return Sample{Name: name, Status: status, Form: true, page: func(f Frame) templ.Component {
			p := Identifier{Frame: f}
			if change != nil {
				change(&p)
			}
			return IdentifierPage(p)
		}}
	}
	return []Sample{
		rec("recover", 200, nil),
		rec("recover-known", 200, func(p *Recover) { p.Identifier = somebody(p.Frame) }),
		rec("recover-empty", 422, func(p *Recover) { p.Problems = []Problem{{Key: "recover.empty"}} }),
		rec("recover-empty-fields", 422, func(p *Recover) {
			p.Problems = []Problem{
				{Field: "identifier", Key: "recover.empty"}, {Field: "email", Key: "recover.email.empty"},
			}
		}),
		rec("recover-email", 422, func(p *Recover) {
			p.Identifier, p.Email = somebody(p.Frame), "claire.morel@"
			p.Problems = []Problem{{Field: "email", Key: "recover.email.invalid"}}
		}),
		rec("recover-wait", 429, func(p *Recover) { p.Identifier, p.Wait = somebody(p.Frame), sampleWait }),
		who("identifier", 200, nil),
		who("identifier-empty", 422, func(p *Identifier) {
			p.Problems = []Problem{{Field: "email", Key: "identifier.empty"}}
		}),
		who("identifier-email", 422, func(p *Identifier) {
			p.Email, p.Problems = "claire.morel", []Problem{{Field: "email", Key: "identifier.email.invalid"}}
		}),
		who("identifier-wait", 429, func(p *Identifier) { p.Email, p.Wait = "claire.morel@courriel.example", sampleWait }),
	}
}

func faultSamples() []Sample {
	var all []Sample
	for _, status := range FaultStatuses {
		all = append(all, Sample{
			Name: "fault-" + strconv.Itoa(status), Status: status, bare: status == 421, page: func(f Frame) templ.Component {
				p := Fault{Frame: f, Status: status, Wait: sampleWait}
				switch status {
				case 421:
					p.Organisation = nobodys(p.Frame)
				case 500:
					p.Reference = "7K2M-4QXD"
				case 403:
					p.Frame = inside(f)
				}
				return FaultPage(p)
			},
		})
	}
	return all
}
