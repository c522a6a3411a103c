package pages

import "github.com/a-h/templ"

// LogoutState says where a sign-out that an application has asked for stands.
type LogoutState string

// The states of the page.
const (
	LogoutAsk    LogoutState = "ask"    // whether to sign out, and where
	LogoutDone   LogoutState = "done"   // nobody is signed in here any more
	LogoutAstray LogoutState = "astray" // the same, and the portal does not know the address to go back to
)

// Logout is what an application leads to that signs people out.
type Logout struct {
	Frame
	State       LogoutState
	Application string // its name; empty when it is not known
	Everywhere  bool   // every browser was signed out

	// What follows came with the request and goes with the answer.
	Hint, Client, Back, Given string
	Action                    string // where the answer goes
}

func (p Logout) title() string {
	if p.State == LogoutAsk {
		return p.Say.Say("logout.ask")
	}
	return p.Say.Say("logout.title")
}

func (p Logout) done() string {
	if p.Everywhere {
		return p.Say.Say("logout.everywhere.done")
	}
	return p.Say.Say("signin.left")
}

func (p Logout) asks() string {
	if p.Application == "" {
		return p.Say.Say("logout.asks")
	}
	return p.Say.Say("logout.asks.name", "Name", p.Application)
}

func logoutSamples() []Sample {
	logout := func(name string, p Logout) Sample {
		return Sample{Name: name, Status: 200, page: func(f Frame) templ.Component {
			p.Frame, p.Action = f, "/oauth2/logout/leave"
			return LogoutPage(p)
		}}
	}
	return []Sample{
		logout("logout-ask", Logout{State: LogoutAsk}),
		logout("logout-ask-named", Logout{
			State: LogoutAsk, Application: "Cantine & <goûters>", Client: "app1",
			Back: "https://cantine.example/?a=1&b=2", Given: `x"y`,
		}),
		logout("logout-done", Logout{State: LogoutDone}),
		logout("logout-done-everywhere", Logout{State: LogoutDone, Everywhere: true}),
		logout("logout-astray", Logout{State: LogoutAstray}),
	}
}
