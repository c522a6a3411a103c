package profile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/credential/passkey"
	"loquet/credential/passkey/passkeytest"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var school = passkey.Party{
	Host: "lac.autoecole.example", Origin: "https://lac.autoecole.example:8443", Name: "Auto-école du Lac",
}

// kept is one account in memory, with the guards of the store.
type kept struct {
	Store // what these tests do not come by is nil, and would be noticed

	organisation organisation.Organisation
	person       account.Account
	factors      credential.Factors
	hash         string
	sessions     map[string]session.Session
	foreign      string // ID of a passkey that somebody else of the organisation has
	spent        map[string]bool
	full         string // kind of the limit that is reached
	counted      []string
	tries        int    // to change something
	before       func() // happens once, just before the next change

	letters []courier.Item
	notes   []audit.Entry
	changes []Change
}

func (k *kept) Organisation(context.Context, string) (organisation.Organisation, error) {
	return k.organisation, nil
}

func (k *kept) Account(_ context.Context, organisation, id string) (account.Account, error) {
	if organisation != k.organisation.ID || id != k.person.ID {
		return account.Account{}, fault.Missing
	}
	p := k.person
	p.Factors.Password, p.Factors.Passkeys = k.hash != "", len(k.factors.Passkeys)
	p.Factors.App, p.Factors.Codes = k.factors.App != nil, k.factors.CodesLeft()
	return p, nil
}

func (k *kept) Factors(_ context.Context, organisation, id string) (credential.Factors, error) {
	if organisation != k.organisation.ID || id != k.person.ID {
		return credential.Factors{}, nil
	}
	f := k.factors
	f.Passkeys, f.Codes = slices.Clone(f.Passkeys), slices.Clone(f.Codes)
	return f, nil
}

func (k *kept) Hash(context.Context, string, string) (string, error) { return k.hash, nil }

func (k *kept) Issue(context.Context, string, ...string) (credential.Issue, error) {
	return credential.Issue{}, fault.Missing
}

func (k *kept) SessionsOf(context.Context, string, string) (all []session.Session, err error) {
	for _, s := range k.sessions {
		if s.Ended.IsZero() {
			all = append(all, s)
		}
	}
	return all, nil
}

func (k *kept) Count(_ context.Context, counts []limit.Count, _ time.Time) (bool, time.Duration, error) {
	for _, c := range counts {
		kind, _, _ := strings.Cut(c.Key, ":")
		if k.counted = append(k.counted, kind); kind == k.full {
			return false, time.Minute, nil
		}
	}
	return true, 0, nil
}

func (k *kept) AddressChanges(context.Context, string, string, time.Time) ([]Pending, error) {
	return nil, nil
}

func (k *kept) LettersOf(context.Context, string, string) ([]Letter, error) { return nil, nil }

func (k *kept) OwnEntries(context.Context, string, string, int64, int) ([]audit.Entry, error) {
	return nil, nil
}

func (k *kept) ApplyProfile(_ context.Context, c Change) error {
	k.tries++
	if hook := k.before; hook != nil {
		k.before = nil
		hook()
	}
	for _, n := range c.Counts {
		if kind, _, _ := strings.Cut(n.Key, ":"); kind == k.full {
			return limit.Over{Wait: time.Minute}
		}
	}
	if c.Organisation != k.organisation.ID || c.Account != k.person.ID || k.stale(c) {
		return fault.Stale
	}
	k.end(c)
	k.use(c.Use)
	k.change(c)
	if c.Hash != "" {
		k.hash = c.Hash
	}
	if c.Open != nil {
		k.sessions[c.Open.ID] = *c.Open
	}
	k.letters, k.notes = append(k.letters, c.Letters...), append(k.notes, c.Notes...)
	k.changes = append(k.changes, c)
	return nil
}

// stale says what the store's guards say.
func (k *kept) stale(c Change) bool {
	if s := k.sessions[c.Replace]; c.Replace != "" &&
		(!s.Alive(c.Now) || s.Stage != session.Full && s.Stage != session.SetUp) {
		return true
	}
	if u := c.Use; u != nil {
		if k.spent[u.Challenge] || u.Challenge != "" && !c.Now.Before(u.Until) {
			return true
		}
		at := k.find(u.Passkey)
		if u.Passkey != "" && (at < 0 || u.Count <= k.factors.Passkeys[at].Count && u.Count+k.factors.Passkeys[at].Count > 0) {
			return true
		}
	}
	if f := c.Factor; f != nil {
		added := f.Add != nil && (k.find(f.Add.ID) >= 0 || f.Add.ID == k.foreign)
		return f.Version != k.person.Version || added || f.Remove+f.Rename != "" && k.find(f.Remove+f.Rename) < 0
	}
	return false
}

func (k *kept) find(id string) int {
	return slices.IndexFunc(k.factors.Passkeys, func(p credential.Passkey) bool { return p.ID == id })
}

func (k *kept) end(c Change) {
	for id, s := range k.sessions {
		switch {
		case !s.Ended.IsZero():
			continue
		case id == c.Replace:
			s.Ended, s.EndedBecause = c.Now, session.Replaced
		case c.EndSessions || c.EndOthers != "" && id != c.EndOthers:
			s.Ended, s.EndedBecause = c.Now, session.Stopped
		}
		k.sessions[id] = s
	}
}

func (k *kept) use(u *credential.Use) {
	if u == nil {
		return
	}
	if k.spent[u.Challenge] = true; u.Passkey != "" {
		at := k.find(u.Passkey)
		k.factors.Passkeys[at].Count, k.factors.Passkeys[at].BackedUp = u.Count, u.BackedUp
	}
}

func (k *kept) change(c Change) {
	f := c.Factor
	if f == nil {
		return
	}
	k.person.Version++
	if f.Add != nil {
		k.factors.Passkeys = append(k.factors.Passkeys, *f.Add)
	}
	if f.Remove != "" {
		k.factors.Passkeys = slices.Delete(k.factors.Passkeys, k.find(f.Remove), k.find(f.Remove)+1)
	}
	if f.Rename != "" {
		k.factors.Passkeys[k.find(f.Rename)].Name = f.Name
	}
	if f.App != nil || f.RemoveApp {
		k.factors.App = f.App
	}
	if f.Batch != "" || f.RemoveCodes {
		k.factors.Batch, k.factors.Codes, k.factors.Printed, k.factors.Kept = f.Batch, f.Codes, c.Now, false
	}
	k.factors.Kept = k.factors.Kept || f.Kept
	if f.Second != nil {
		k.person.Factors.Second = *f.Second
	}
	if f.RemovePassword {
		k.hash = ""
	}
}

// world is one person of one school, a browser, and a device that makes passkeys.
type world struct {
	*kept

	flow    *Flow
	now     time.Time
	device  *passkeytest.Authenticator
	entered []Entered
}

// tester is what tests and properties have in common.
type tester interface {
	Helper()
	Context() context.Context
	Fatal(...any)
	Fatalf(string, ...any)
}

// newWorld gives a Complet with a password and two addresses, one of them proven.
func newWorld() *world {
	policy := organisation.AutoEcole.Policy()
	w := &world{now: noon, device: passkeytest.New(school.Host), kept: &kept{
		organisation: organisation.Organisation{
			ID: "school", Name: "Auto-école du Lac", Hosts: []string{"lac.autoecole.example:8443", "old.example"}, Policy: policy,
		},
		person: account.Account{
			ID: "lea", Organisation: "school", Identifier: "AUTOECOLE.BUREAU", GivenName: "Léa", FamilyName: "Durand",
			Role: account.Complet, State: account.Active, Version: 7,
			Emails: []account.Email{{Address: "lea@lac.example", Proven: true}, {Address: "unproven@lac.example"}},
		},
		hash: "a hash", sessions: map[string]session.Session{}, spent: map[string]bool{},
	}}
	forge, err := credential.NewForge([]byte("a key of 32 bytes, kept elsewhere"))
	if err != nil {
		panic(err)
	}
	ids := 0
	w.flow = &Flow{
		Store: w.kept, Forge: forge, Key: []byte("limits"), Limits: DefaultLimits(), Now: func() time.Time { return w.now },
		NewID:     func() string { ids++; return fmt.Sprintf("id-%d", ids) },
		PortalURL: func(organisation.Organisation) string { return "https://lac.autoecole.example" },
		Entered: func(_ context.Context, o organisation.Organisation, who account.Account) ([]Entered, error) {
			if o.ID != "school" || who.ID != "lea" {
				return nil, fault.Missing
			}
			return w.entered, nil
		},
	}
	return w
}

// demand has the policy ask a second proof of the person's role.
func (w *world) demand(d organisation.Demand) {
	w.organisation.Policy.Second[w.person.Role] = organisation.Second{Demand: d}
}

// session opens a session that was proved just now.
func (w *world) session(stage session.Stage, proofs ...string) Actor {
	_, id := session.NewToken()
	s := session.Session{
		ID: id, Organisation: "school", Account: w.person.ID, Stage: stage, Opened: w.now, Seen: w.now, Idle: 2 * time.Hour,
		Until: w.now.Add(12 * time.Hour), Proof: proofs, AccountOpen: true, Proved: w.now, Issued: w.now, Family: id,
	}
	w.sessions[id] = s
	return w.actor(s)
}

func (w *world) actor(s session.Session) Actor {
	return Actor{
		Organisation: w.organisation, Person: w.person, Session: s,
		Browser: session.Browser{Address: netip.MustParseAddr("203.0.113.9"), Device: "Firefox sur Windows", Held: s.ID},
	}
}

// byPassword and byBoth give whoever signed in with one proof, and with two.
func (w *world) byPassword() Actor { return w.session(session.Full, session.ByPassword) }

func (w *world) byBoth() Actor {
	return w.session(session.Full, session.ByPassword, session.ByApp, session.Multiple)
}

// passkey adds a passkey by the front door, and gives it and whoever goes on.
func (w *world) passkey(t tester, a Actor) (credential.Passkey, Actor) {
	t.Helper()
	added := w.done(t)(w.flow.AddPasskey(t.Context(), a, school, "", w.made(t, a)))
	return added.Passkey, w.actor(added.Session)
}

// made has the device make a passkey.
func (w *world) made(t tester, a Actor) []byte {
	t.Helper()
	options, err := w.flow.PasskeyOptions(t.Context(), a, school)
	if err != nil {
		t.Fatal(err)
	}
	return w.device.Create(options, school.Origin)
}

// app adds an app by the front door.
func (w *world) app(t tester, a Actor) Actor {
	t.Helper()
	setup, err := w.flow.StartApp(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return w.actor(w.done(t)(w.flow.AddApp(t.Context(), a, setup.ID, w.code(setup.ID))).Session)
}

// code gives what the app of a setup shows now.
func (w *world) code(setup string) string {
	return credential.AppCode(w.flow.Forge.AppSecret(setup), credential.AppStep(w.now))
}

// done wants a proof to be added.
func (w *world) done(t tester) func(Added, error) Added {
	t.Helper()
	return func(a Added, err error) Added {
		t.Helper()
		if err != nil || a.Refusal != "" {
			t.Fatalf("refused with %q, %v", a.Refusal, err)
		}
		return a
	}
}

// acts gives what was written into the journal, in short.
func (w *world) acts() (acts []string) {
	for _, n := range w.notes {
		acts = append(acts, strings.TrimSpace(string(n.Act)+" "+n.Detail))
	}
	return acts
}

// silent empties what was written so far.
func (w *world) silent() { w.notes, w.letters, w.changes, w.counted, w.tries = nil, nil, nil, nil, 0 }

// lively gives the IDs of the sessions that are alive.
func (w *world) lively() (ids []string) {
	for id, s := range w.sessions {
		if s.Alive(w.now) {
			ids = append(ids, id)
		}
	}
	return ids
}

func forbidden(err error) bool { return errors.Is(err, fault.Forbidden) }
