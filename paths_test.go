package loquet

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/signin"
)

// proofs is a set of what somebody can prove themselves with: what an account has, or what somebody holds of it.
type proofs uint8

const (
	password proofs = 1 << iota
	mailbox         // proven: secrets are sent to it
	app             // app codes
	codes           // printed codes
	passkeys        // whose device recognises its person
	stick           // a passkey whose device asks nobody who they are
	all      proofs = 1<<iota - 1
)

var proofNames = []string{"password", "mailbox", "app", "printed codes", "passkey", "security key"}

func (p proofs) String() string {
	var names []string
	for bit, name := range proofNames {
		if p&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " + ")
}

// world is one person under one policy.
type world struct {
	demand    organisation.Demand
	graceOver bool
	wish      bool // asked for a second proof though no policy does
	mustRenew bool
	has       proofs
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func (w world) policy() organisation.Policy {
	p := organisation.PortailFamille.Policy()
	p.Second = map[account.Role]organisation.Second{account.Famille: {Demand: w.demand, Grace: 14 * 24 * time.Hour}}
	return p
}

func (w world) person() account.Account {
	a := account.Account{Role: account.Famille, State: account.Active, MustRenew: w.mustRenew}
	asked := noon.Add(-time.Hour)
	if w.graceOver {
		asked = noon.Add(-15 * 24 * time.Hour)
	}
	a.Factors = account.Factors{
		Password: w.has&password != 0, App: w.has&app != 0, Second: w.wish, Asked: asked,
		Passkeys: bits.OnesCount8(uint8(w.has & (passkeys | stick))),
	}
	if w.has&codes != 0 {
		a.Factors.Codes = 10
	}
	return a
}

func (w world) standing() organisation.Standing { return w.policy().Standing(w.person(), noon) }

// enough says in other words than the rules what the policy asks of whoever holds some of an account's proofs. A passkey
// whose device recognises its person is two in one.
func (w world) enough(held proofs) bool {
	first, second := held&(password|mailbox) != 0, held&(app|codes|passkeys|stick) != 0
	if w.standing() == organisation.Both {
		return held&passkeys != 0 || first && second
	}
	return first || held&passkeys != 0
}

// place is where an explorer stands: an account as it is by now, what they hold of it, and what their browser holds.
type place struct {
	world

	held proofs
	at   signin.State // Refused for outside
	mail bool         // for Proving: the first proof was sent
}

// reached is what an explorer comes by.
type reached struct{ session, credential bool }

// explore walks every path of the tables from outside, for somebody who holds some of the proofs of an account and tries
// all of them everywhere.
func explore(w world, held proofs) (got reached) {
	seen := map[place]bool{}
	queue := []place{{world: w, held: held & w.has, at: signin.Refused}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		switch p.at {
		case signin.Entered:
			got.session = true
		case signin.Renewing:
			next, saves := p.choose()
			got.credential = got.credential || saves
			queue = append(queue, next...)
		case signin.SettingUp: // an app or a passkey, and in
			got.credential = true
			got.session = true
		case signin.Proving:
			queue = append(queue, p.second()...)
		default:
			queue = append(queue, p.outside()...)
		}
	}
	return got
}

// outside tries everything on the sign-in and the recovery pages.
func (p place) outside() (next []place) {
	leads := func(at signin.State, mail bool) {
		p := p
		p.at, p.mail = at, mail
		next = append(next, p)
	}
	facts := signin.Open | p.facts()
	for _, given := range []signin.Fact{0, signin.Password, signin.Temporary, signin.Dead, signin.Wait} {
		if given == signin.Password && p.held&password == 0 || given == signin.Temporary && p.held&mailbox == 0 {
			continue
		}
		leads(signin.PasswordRules.Next(facts|given).To, given == signin.Temporary)
	}
	for _, given := range []signin.Fact{0, signin.Passkey} {
		if given == 0 || p.held&passkeys != 0 {
			leads(signin.PasskeyRules.Next((facts|given)&signin.PasskeyRules.Facts).To, false)
		}
	}
	if p.held&mailbox != 0 { // a link or a code
		switch rule, _ := recovery.Next(recovery.Sent, recovery.GaveSecret, recovery.Live|recovery.Open|p.both()); rule.To {
		case recovery.Proven:
			leads(signin.Renewing, true)
		case recovery.Proving:
			leads(signin.Proving, true)
		}
	}
	return next
}

func (p place) facts() (facts signin.Fact) {
	if p.mustRenew {
		facts |= signin.MustRenew
	}
	return facts | map[organisation.Standing]signin.Fact{
		organisation.Both: signin.Both, organisation.Overdue: signin.Overdue, organisation.Due: signin.Due,
	}[p.standing()]
}

func (p place) both() recovery.Fact {
	if p.standing() == organisation.Both {
		return recovery.Both
	}
	return 0
}

// second tries every second proof, and a wrong one.
func (p place) second() (next []place) {
	facts := signin.Open | p.facts()&signin.MustRenew
	from := recovery.Proving
	if p.mail {
		facts |= signin.Mailed
	}
	for _, given := range []signin.Fact{0, signin.Second} {
		if given != 0 && p.held&(app|codes|passkeys|stick) == 0 {
			continue
		}
		rule := signin.SecondRules.Next(facts | given)
		if p.mail { // the two tables tell the same
			told, _ := recovery.Next(from, recovery.GaveSecond, recovery.Open|map[bool]recovery.Fact{true: recovery.Second}[given != 0])
			if (told.To == recovery.Proven) != (rule.To == signin.Renewing) {
				panic("recovery.Rules and signin.SecondRules do not agree")
			}
		}
		q := p
		q.at = rule.To
		next = append(next, q)
	}
	return next
}

// choose saves a new password, or a passkey in its place, and is outside again.
func (p place) choose() (next []place, saves bool) {
	rule, _ := recovery.Next(recovery.Proven, recovery.Chose, recovery.Open|recovery.Fits)
	saves = slices.Contains(rule.Do, recovery.StoreChoice)
	for _, chosen := range []proofs{password, passkeys} {
		q := p
		q.at, q.mail, q.mustRenew = signin.Refused, false, false
		q.has, q.held = q.has&^password|chosen, q.held&^password|chosen
		next = append(next, q)
	}
	return next, saves
}

// worlds gives every policy and every account. Printed codes stand in for something that lasts.
func worlds() (every []world) {
	for _, demand := range organisation.Demands {
		for flags := range 8 {
			for has := proofs(1); has <= all; has++ {
				w := world{demand, flags&1 != 0, flags&2 != 0, flags&4 != 0, has}
				if has&codes != 0 && has&(app|passkeys|stick) == 0 || w.mustRenew && has&password == 0 {
					continue
				}
				every = append(every, w)
			}
		}
	}
	return every
}

// mapped gives what somebody holds in the words of the map. Identifiers are known here.
func mapped(held proofs) recovery.Has {
	has := recovery.HasIdentifier
	for one, drawn := range map[proofs]recovery.Has{
		password: recovery.HasPassword, mailbox: recovery.HasMailbox, app: recovery.HasApp, codes: recovery.HasCodes,
		passkeys: recovery.HasPasskey, stick: recovery.HasKey,
	} {
		if held&one != 0 {
			has |= drawn
		}
	}
	return has
}

// TestATK034EveryPathAsksWhatThePolicyAsks walks every path for every policy, every account and every part of its proofs
// that somebody may hold, be it the owner after a loss or a thief: a session or a new credential is reached exactly by
// whoever holds enough, and the map of recovery says the same.
func TestATK034EveryPathAsksWhatThePolicyAsks(t *testing.T) {
	walked, opened := 0, 0
	for _, w := range worlds() {
		for held := proofs(0); held <= all; held++ {
			if held&^w.has != 0 {
				continue
			}
			walked++
			got := explore(w, held)
			if got.session || got.credential {
				opened++
			}
			footing := recovery.Footing{Has: mapped(held), Both: w.standing() == organisation.Both}
			if drawn := footing.After(0) == recovery.ByOneself; drawn != got.session {
				t.Fatalf("%+v with %s: the map says %v, the tables %v", w, held, drawn, got.session)
			}
			if enough := w.enough(held); got.session != enough || got.credential && !enough {
				t.Fatalf("%+v, who stands %s, with %s: %+v, and enough is %v", w, w.standing(), held, got, enough)
			}
		}
	}
	t.Logf("%d accounts × policies, %d holders, %d of them get in", len(worlds()), walked, opened)
}

// TestWhoeverIsOutsideIsLetInByAColleague takes every owner who has lost so much that no path is left, and has a manager
// reset the second proofs: whoever has the password or the mailbox still gets in; the others need a new address first.
func TestWhoeverIsOutsideIsLetInByAColleague(t *testing.T) {
	outside, back := 0, map[string]int{}
	for _, w := range worlds() {
		for lost := proofs(1); lost <= all; lost++ {
			if lost&^w.has != 0 || !explore(w, w.has).session || explore(w, w.has&^lost).session {
				continue
			}
			outside++
			kept := w.has &^ lost
			reset := w
			reset.has, reset.wish = w.has&(password|mailbox), false
			if reset.has == 0 {
				back["a new address first"]++
				continue
			}
			got := explore(reset, kept).session
			if want := kept&(password|mailbox) != 0; got != want {
				t.Fatalf("%+v lost %s: after a reset, in %v, want %v", w, lost, got, want)
			}
			how := "a new address first"
			if got {
				how = "a reset is enough"
			}
			back[how]++
		}
	}
	var lines []string
	for how, n := range back {
		lines = append(lines, fmt.Sprintf("%s: %d", how, n))
	}
	sort.Strings(lines)
	t.Logf("%d losses leave an owner outside; %s", outside, strings.Join(lines, "; "))
}
