package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// ApplicationStore is what the flow needs kept of applications.
type ApplicationStore interface {
	// Applications gives all of an organisation that are not revoked, by name.
	Applications(ctx context.Context, organisation string) ([]application.Application, error)
	// Application gives one, revoked ones too; fault.Missing for none.
	Application(ctx context.Context, organisation, id string) (application.Application, error)
	AddApplication(ctx context.Context, a application.Application, note audit.Entry) error
	// ChangeApplication writes an application over that of the same version; fault.Stale when that one has changed.
	ChangeApplication(ctx context.Context, a application.Application, note audit.Entry) error
	// RevokeApplication lets nobody in any more, and ends all that the application holds, at once; fault.Missing for none,
	// and for one that is revoked already.
	RevokeApplication(ctx context.Context, organisation, id string, note audit.Entry) error
	// GrantCounts says how many people an application holds something of at now.
	GrantCounts(ctx context.Context, organisation, application string, now time.Time) (people int, err error)
}

// mostApplications is how many applications an organisation may have.
const mostApplications = 100

// Program is a filled-in form about an application, as typed. What it cannot name, nobody sets: the ID, the secret, whose
// it is (ATK-070).
type Program struct {
	Template        application.Template
	Name            string
	About           string
	URL             string
	Tile            bool
	Own             bool
	Rule            application.Rule
	Redirects       []string
	LogoutRedirects []string
	BackChannel     string
	Public          bool
	NoPKCE          bool
	Signs           application.Algorithm
	Pairwise        bool
}

// on writes the form over an application.
func (p Program) on(a application.Application) application.Application {
	a.Name, a.About, a.URL, a.Tile, a.Own, a.Rule = p.Name, p.About, p.URL, p.Tile, p.Own, p.Rule
	a.Redirects, a.LogoutRedirects, a.BackChannel = p.Redirects, p.LogoutRedirects, p.BackChannel
	a.Public, a.NoPKCE, a.Signs, a.Pairwise = p.Public, p.NoPKCE, p.Signs, p.Pairwise
	return application.Clean(a)
}

// Listed is an application as the list shows it.
type Listed struct {
	application.Application
	People  int       // whom it holds something of
	Loops   int       // how often it was caught sending people back in circles, in the last week
	LoopsAt time.Time // the first of those
}

// LoopOf begins the detail of audit.LoopRepaired that names an application.
const LoopOf = "application "

// loopsSince is how far back loops count.
const loopsSince = 7 * 24 * time.Hour

// Applications gives the organisation's applications, by name.
func (f *Flow) Applications(ctx context.Context, a Actor) ([]Listed, error) {
	if err := a.may(organisation.ChangeApplications); err != nil {
		return nil, err
	}
	all, err := f.Store.Applications(ctx, a.Organisation.ID)
	if err != nil {
		return nil, wrap("listing applications", err)
	}
	loops, err := f.Store.JournalPage(ctx, a.Organisation.ID, JournalFilter{
		Acts: []audit.Act{audit.LoopRepaired}, From: f.Now().Add(-loopsSince), Max: 1000,
	})
	if err != nil {
		return nil, wrap("counting loops", err)
	}
	listed := make([]Listed, len(all))
	for i, one := range all {
		if listed[i], err = f.listed(ctx, one, loops); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

func (f *Flow) listed(ctx context.Context, one application.Application, loops []audit.Entry) (Listed, error) {
	l := Listed{Application: one}
	for _, e := range loops {
		if e.Detail == LoopOf+one.Name {
			l.Loops++
			l.LoopsAt = e.At // the newest come first
		}
	}
	var err error
	l.People, err = f.Store.GrantCounts(ctx, one.Organisation, one.ID, f.Now())
	return l, wrap("counting who is in an application", err)
}

// Application gives one of the actor's applications; fault.Missing alike for none, for a revoked one and for another
// organisation's (ATK-069).
func (f *Flow) Application(ctx context.Context, a Actor, id string) (Listed, error) {
	one, err := f.program(ctx, a, id)
	if err != nil {
		return Listed{}, err
	}
	return f.listed(ctx, one, nil)
}

func (f *Flow) program(ctx context.Context, a Actor, id string) (application.Application, error) {
	if err := a.may(organisation.ChangeApplications); err != nil {
		return application.Application{}, err
	}
	one, err := f.Store.Application(ctx, a.Organisation.ID, id)
	if err == nil && !one.Open() {
		err = fault.Missing
	}
	return one, wrap("reading an application", err)
}

// proven gives fault.Forbidden to whoever may not change applications, or has not proved who they are lately (ATK-065).
func (f *Flow) proven(a Actor) error {
	if err := a.may(organisation.ChangeApplications); err != nil {
		return err
	}
	if !a.Session.Proven(f.Now(), session.FreshForTeam+proofGrace) {
		return fault.Forbidden
	}
	return nil
}

// AddApplication lets an application in. secret is its client secret, told this once, and "" where it has none. The
// refusals say what is to mend; nothing is written then.
func (f *Flow) AddApplication(ctx context.Context, a Actor, p Program) (
	added application.Application, secret string, found []application.Refusal, err error,
) {
	if err := f.proven(a); err != nil {
		return added, "", nil, err
	}
	return f.register(ctx, a.Organisation, p, a.note(audit.ApplicationAdded, "", "", f.Now()))
}

// RegisterApplication is AddApplication by whoever runs the machine.
func (f *Flow) RegisterApplication(ctx context.Context, o organisation.Organisation, p Program) (
	added application.Application, secret string, found []application.Refusal, err error,
) {
	note := audit.Entry{Organisation: o.ID, At: f.Now(), Act: audit.ApplicationAdded, Actor: audit.System}
	return f.register(ctx, o, p, note)
}

func (f *Flow) register(ctx context.Context, o organisation.Organisation, p Program, note audit.Entry) (
	added application.Application, secret string, found []application.Refusal, err error,
) {
	shape, ok := application.ShapeOf(p.Template)
	if !ok {
		return added, "", []application.Refusal{application.KindUnknown}, nil
	}
	added = p.on(application.Application{
		ID: application.NewID(), Organisation: o.ID, Kind: shape.Kind, Created: note.At,
	})
	added = application.Clean(shape.Fill(added))
	if found, err = f.unfit(ctx, o, application.Application{}, added); err != nil || len(found) > 0 {
		return application.Application{}, "", found, err
	}
	if added.Kind == application.OpenID && !added.Public {
		secret = application.NewSecret()
		added.Secret = application.DigestOf(secret)
	}
	note.Detail = added.Name
	if err := f.Store.AddApplication(ctx, added, note); err != nil {
		return application.Application{}, "", nil, wrap("adding an application", err)
	}
	return added, secret, nil, nil
}

// ChangeApplication writes an application as the form wants it. It gives fault.Stale when somebody else has changed it
// since version was read. One that becomes public loses its secret.
func (f *Flow) ChangeApplication(ctx context.Context, a Actor, id string, version int64, p Program) (
	[]application.Refusal, error,
) {
	if err := f.proven(a); err != nil {
		return nil, err
	}
	now, err := f.program(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if now.Version != version {
		return nil, fault.Stale
	}
	wanted := p.on(now)
	if wanted.Public {
		wanted.Secret = ""
	}
	if found, err := f.unfit(ctx, a.Organisation, now, wanted); err != nil || len(found) > 0 {
		return found, err
	}
	note := a.note(audit.ApplicationChanged, "", wanted.Name, f.Now())
	return nil, wrap("changing an application", f.Store.ChangeApplication(ctx, wanted, note))
}

// RenewSecret gives an application another client secret, told this once; the one before is worth nothing from then on.
// It gives fault.Missing for an application that has none, fault.Stale as ChangeApplication.
func (f *Flow) RenewSecret(ctx context.Context, a Actor, id string, version int64) (
	changed application.Application, secret string, err error,
) {
	if err := f.proven(a); err != nil {
		return changed, "", err
	}
	changed, err = f.program(ctx, a, id)
	switch {
	case err != nil:
		return changed, "", err
	case changed.Kind != application.OpenID || changed.Public:
		return changed, "", fault.Missing
	case changed.Version != version:
		return changed, "", fault.Stale
	}
	secret = application.NewSecret()
	changed.Secret = application.DigestOf(secret)
	note := a.note(audit.ApplicationSecret, "", changed.Name, f.Now())
	if err := f.Store.ChangeApplication(ctx, changed, note); err != nil {
		return changed, "", wrap("renewing a secret", err)
	}
	return changed, secret, nil
}

// RevokeApplication shuts an application out for good: all that it holds ends. typed is its name, as a confirmation.
func (f *Flow) RevokeApplication(ctx context.Context, a Actor, id, typed string) ([]application.Refusal, error) {
	if err := f.proven(a); err != nil {
		return nil, err
	}
	one, err := f.program(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(tidy(typed), one.Name) {
		return []application.Refusal{application.NotNamed}, nil
	}
	note := a.note(audit.ApplicationRevoked, "", one.Name, f.Now())
	return nil, wrap("revoking an application", f.Store.RevokeApplication(ctx, a.Organisation.ID, id, note))
}

// CloseApplication is RevokeApplication by whoever runs the machine.
func (f *Flow) CloseApplication(ctx context.Context, o organisation.Organisation, id string) error {
	one, err := f.Store.Application(ctx, o.ID, id)
	if err != nil {
		return fmt.Errorf("reading an application: %w", err)
	}
	note := audit.Entry{
		Organisation: o.ID, At: f.Now(), Act: audit.ApplicationRevoked, Actor: audit.System, Detail: one.Name,
	}
	return wrap("revoking an application", f.Store.RevokeApplication(ctx, o.ID, id, note))
}

// unfit says what keeps an application from being as it is wanted, beside what the organisation has already. What it has
// now may stay.
func (f *Flow) unfit(ctx context.Context, o organisation.Organisation, now, wanted application.Application) (
	[]application.Refusal, error,
) {
	found := application.Check(wanted, f.Scheme)
	for _, office := range wanted.Rule.Offices {
		known := len(o.Offices) == 0 && utf8.RuneCountInString(office) <= longestName // as of people
		if !known && !slices.Contains(o.Offices, office) && !slices.Contains(now.Rule.Offices, office) {
			found = append(found, application.OfficeUnknown)
			break
		}
	}
	others, err := f.Store.Applications(ctx, o.ID)
	if err != nil {
		return nil, wrap("reading applications", err)
	}
	if now.ID == "" && len(others) >= mostApplications {
		found = append(found, application.TooMany)
	}
	for _, other := range others {
		if other.ID == wanted.ID {
			continue
		}
		if strings.EqualFold(other.Name, wanted.Name) {
			found = append(found, application.NameTaken)
		}
		both := wanted.Kind == application.Forward && other.Kind == application.Forward
		if both && strings.EqualFold(other.URL, wanted.URL) {
			found = append(found, application.AreaTaken)
		}
	}
	return found, nil
}
