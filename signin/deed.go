package signin

import (
	"context"
	"slices"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/organisation"
	"loquet/session"
)

// deed is a row and all that its effects may need: each entrance fills in what is its own.
type deed struct {
	rule         Rule
	organisation organisation.Organisation
	person       account.Account // zero for nobody
	version      int64           // of the person that all was read of at once; 0 where it was not
	browser      session.Browser
	now          time.Time

	proof    []string // that the session rests on
	secret   string   // the secret that was sent, of the session that waited for the second proof
	burn     string   // the secret to burn
	remember bool
	replace  string   // the session that this browser held
	pending  string   // the session that waited for the second proof
	clear    []string // limit keys
	use      *credential.Use
	letters  []courier.Item // that go out with the use
	notes    []audit.Entry  // that are written with the use
	detail   string         // of the rule's own note
}

// do makes a row's effects happen, all in one transaction. It gives fault.Stale when somebody else was faster.
func (f *Flow) do(ctx context.Context, d deed) (Outcome, error) {
	out := Outcome{State: d.rule.To}
	change := Change{
		Now: d.now, Organisation: d.organisation.ID, Account: d.person.ID,
		Note: note(d.browser, d.organisation.ID, d.rule.Note, d.now),
	}
	change.Note.Target, change.Note.Detail = d.person.ID, d.detail
	for _, effect := range d.rule.Do {
		switch effect {
		case OpenSession, OpenRenewal, OpenSecond, OpenSetUp:
			out.Token, out.Session = d.open(stageOf[effect])
			change.Open, change.Version = &out.Session, d.version
			if effect != OpenSecond { // one of two proofs does not say who it was
				change.Note.Actor = d.person.ID
			}
		case BurnSecret:
			change.Burn = d.burn
		case CancelSecrets:
			change.Cancel = true
		case ClearTries, ClearSecond:
			change.Clear = d.clear
		case ReplaceHeld:
			change.Replace = d.replace
		case KeepAsked:
			change.Asked = true
		case UseProof:
			change.Use, change.Letters, change.Notes = d.use, d.letters, d.notes
		case EndPending:
			change.Pending = d.pending
		}
	}
	return out, f.Store.ApplySignIn(ctx, change)
}

// stageOf says what each opening effect opens.
var stageOf = map[Effect]session.Stage{
	OpenSession: session.Full, OpenRenewal: session.Renewal, OpenSecond: session.Second, OpenSetUp: session.SetUp,
}

// open makes the session of a stage. Only a full one lasts as the policy says, and only a full one is remembered; those
// that wait for a second proof keep the wish.
func (d deed) open(stage session.Stage) (string, session.Session) {
	limits := d.organisation.Policy.LimitsFor(d.person.Role)
	token, id := session.NewToken()
	s := session.Session{
		ID: id, Organisation: d.organisation.ID, Account: d.person.ID, Stage: stage, Opened: d.now, Seen: d.now,
		Idle: limits.Idle, Until: d.now.Add(limits.Absolute), Proof: slices.Clone(d.proof), Secret: d.secretOf(stage),
		Device: d.browser.Device, Address: d.browser.From(), AccountOpen: true, Proved: d.now, Issued: d.now, Family: id,
	}
	wish := d.remember && limits.Remember > 0
	switch {
	case stage == session.Full && wish:
		s.Remembered, s.Idle, s.Until = true, limits.Remember, d.now.Add(limits.Remember)
	case stage == session.Renewal:
		s.Idle, s.Until = session.RenewalLasts, d.now.Add(session.RenewalLasts)
	case stage == session.SetUp:
		s.Remembered, s.Idle, s.Until = wish, session.SetUpLasts, d.now.Add(session.SetUpLasts)
	case stage == session.Second:
		s.Remembered, s.Idle, s.Until = wish, session.SecondLasts, d.now.Add(session.SecondLasts)
	}
	return token, s
}

// secretOf gives the secret that leads to a renewal.
func (d deed) secretOf(stage session.Stage) string {
	switch {
	case stage != session.Renewal && stage != session.Second:
		return ""
	case slices.Contains(d.rule.Do, BurnSecret):
		return d.burn
	}
	return d.secret
}
