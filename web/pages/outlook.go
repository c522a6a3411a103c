package pages

import (
	"strings"

	"loquet/account"
)

// HomeOutlook is what a manager's home says of those who could be left outside.
type HomeOutlook struct {
	FamiliesGone, TeamGone int  // have no way back in
	FamiliesFew, TeamFew   int  // have only one of their own
	Alone                  bool // whoever looks is the only manager
}

// Nothing says whether there is nothing to tell.
func (o HomeOutlook) Nothing() bool { return o == HomeOutlook{} }

// Footing is how firmly somebody stands, in the words of recovery.Safety.
type Footing string

// The footings that a manager hears of; the colour of each is in colour.
const (
	NoWay   Footing = "no-way"
	OneLoss Footing = "one-loss"
	Helped  Footing = "helped"
)

// Footings lists every footing that a manager hears of.
var Footings = []Footing{NoWay, OneLoss, Helped}

// WaysBackRow is one person who has fewer than two ways back in.
type WaysBackRow struct {
	account.Account

	Footing Footing
	By      string   // a recovery.Reach: how the person gets in as it is
	Losses  []string // recovery.HasNames: each of them alone makes it so
	Cure    string   // one of recovery.HasNames, the cheapest that helps; "" for none
	Myself  bool
}

// WaysBack is GET /settings/recovery (4-4-1): who has fewer than two ways back in, the worst first.
type WaysBack struct {
	Frame
	Rows  []WaysBackRow
	All   int  // people whom it concerns, on the page or not
	Alone bool // whoever looks is the only manager
}

func (f Footing) colour() string {
	switch f {
	case NoWay:
		return "bad"
	case OneLoss:
		return "care"
	}
	return "none"
}

// counted says a sentence with a number, whose thousands stand apart.
func (f Frame) counted(key string, n int) string { return f.Say.Count(key, n, "Total", grouped(f, n)) }

// said gives the sentences of the home page, the gravest first.
func (o HomeOutlook) said(f Frame) (lines []string) {
	for _, c := range []struct {
		key string
		n   int
	}{
		{"home.outlook.gone.family", o.FamiliesGone}, {"home.outlook.gone.team", o.TeamGone},
		{"home.outlook.few.family", o.FamiliesFew}, {"home.outlook.few.team", o.TeamFew},
	} {
		if c.n > 0 {
			lines = append(lines, f.counted(c.key, c.n))
		}
	}
	return lines
}

// why says why somebody stands as they do.
func (p WaysBack) why(r WaysBackRow) string {
	if r.Footing == NoWay {
		return p.Say.Say("outlook.why.no-way")
	}
	var losses []string
	for _, l := range r.Losses {
		losses = append(losses, p.Say.Say("outlook.loss."+l))
	}
	if r.Footing == Helped && r.By != "by-oneself" {
		return p.Say.Say("outlook.why." + r.By)
	}
	return p.Say.Say("outlook.why."+string(r.Footing), "Losses", inARow(losses, p.Say.Say("outlook.or")))
}

// inARow writes « a, b ou c ».
func inARow(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	end := len(words) - 1
	return strings.Join(words[:end], ", ") + " " + last + " " + words[end]
}

// cure says what would help.
func (p WaysBack) cure(r WaysBackRow) string {
	if r.Cure == "" {
		return p.Say.Say("outlook.cure.none")
	}
	return p.Say.Say("outlook.cure." + r.Cure)
}

// act gives where the cure is done, and how the link is called. Nobody makes another person's codes or passkey, so that
// these lead to the person's page.
func (p WaysBack) act(r WaysBackRow) (path, words string) {
	mine := map[string]string{
		"mailbox": "/account/email", "password": "/account/password", "mobile": "/account/mobile", "printed-codes": "/account/factors",
		"passkey": "/account/factors/passkey",
	}
	switch own, ok := mine[r.Cure]; {
	case r.Cure == "colleague":
		return newManagerPath(p.Frame), p.Say.Say("outlook.alone.go")
	case r.Myself && ok:
		return own, p.Say.Say("outlook.act." + r.Cure)
	case r.Myself:
		return "/account", p.Say.Say("frame.account")
	case r.Cure == "mailbox":
		return userPath(r.ID) + "#email", p.Say.Say("outlook.act.mailbox")
	case r.Cure == "mobile":
		return userPath(r.ID) + "#mobile", p.Say.Say("outlook.act.mobile")
	}
	return userPath(r.ID), p.Say.Say("outlook.act.person")
}

// newManagerPath leads to where a second manager is added, of one's own role.
func newManagerPath(f Frame) string { return "/settings/users/new?role=" + string(f.Role) }
