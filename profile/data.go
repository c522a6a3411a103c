package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential/passkey"
	"loquet/session"
)

// The shape of a download of one's data: plain names, no secret, no hash, no ID of a session (RGPD art. 15, 20).
type (
	ownData struct {
		Taken        time.Time    `json:"taken"`
		Organisation string       `json:"organisation"`
		Account      ownAccount   `json:"account"`
		Proofs       ownProofs    `json:"proofs"`
		Changes      []ownChange  `json:"changes_of_address"`
		Sessions     []ownSession `json:"sessions"`
		Applications []ownEntered `json:"applications"`
		Letters      []ownLetter  `json:"letters"`
		Journal      []ownEntry   `json:"journal"`
	}
	ownAccount struct {
		ID           string     `json:"id"`
		Identifier   string     `json:"identifier"`
		Aliases      []string   `json:"other_identifiers,omitempty"`
		GivenName    string     `json:"given_name"`
		FamilyName   string     `json:"family_name"`
		Role         string     `json:"role"`
		Offices      []string   `json:"offices,omitempty"`
		Household    string     `json:"household,omitempty"`
		State        string     `json:"state"`
		Language     string     `json:"language,omitempty"`
		Emails       []ownEmail `json:"emails"`
		Mobile       string     `json:"mobile,omitempty"`
		MobileProven bool       `json:"mobile_confirmed"`
		SignedIn     *time.Time `json:"last_sign_in,omitempty"`
		Leaves       *time.Time `json:"closes,omitempty"`
	}
	ownProofs struct {
		Password bool         `json:"password"`
		Passkeys []ownPasskey `json:"passkeys"`
		App      *time.Time   `json:"app_codes_since,omitempty"`
		Codes    int          `json:"printed_codes_left"`
		Second   bool         `json:"second_proof_wanted"`
	}
	ownPasskey struct {
		Name    string     `json:"name"`
		Model   string     `json:"model,omitempty"`
		Host    string     `json:"host"`
		Synced  bool       `json:"on_several_devices"`
		Created time.Time  `json:"created"`
		Used    *time.Time `json:"last_used,omitempty"`
	}
	ownEmail struct {
		Address     string `json:"address"`
		Proven      bool   `json:"confirmed"`
		Unreachable bool   `json:"unreachable"`
	}
	ownChange struct {
		Kind    string    `json:"kind"`
		Address string    `json:"new_address"`
		State   string    `json:"state"`
		Asked   time.Time `json:"asked"`
		By      string    `json:"asked_by,omitempty"`
	}
	ownSession struct {
		Opened     time.Time `json:"opened"`
		Seen       time.Time `json:"last_used"`
		Until      time.Time `json:"ends"`
		Remembered bool      `json:"remembered"`
		Device     string    `json:"device"`
		Address    string    `json:"address"`
		Current    bool      `json:"this_one"`
	}
	ownEntered struct {
		Name   string     `json:"name"`
		Since  time.Time  `json:"since"`
		Used   *time.Time `json:"last_used,omitempty"`
		Agreed *time.Time `json:"agreed,omitempty"`
		Knows  []string   `json:"may_know"` // scopes (OpenID Connect Core 1.0 §5.4)
	}
	ownLetter struct {
		Kind     string     `json:"kind"`
		To       string     `json:"to"`
		Promised time.Time  `json:"promised"`
		State    string     `json:"state"`
		Finished *time.Time `json:"finished,omitempty"`
	}
	ownEntry struct {
		At      time.Time `json:"at"`
		Act     string    `json:"act"`
		Mine    bool      `json:"done_by_me"`
		AboutMe bool      `json:"about_me"`
		Address string    `json:"address,omitempty"`
		Device  string    `json:"device,omitempty"`
		Detail  string    `json:"detail,omitempty"`
	}
)

// entriesTogether is how many entries of the journal are read at once.
const entriesTogether = 500

// Data gives all that is kept about the actor, as JSON to read and to take elsewhere (RGPD art. 15 and 20). It wants a
// fresh proof (ATK-065), and stands in the journal.
func (f *Flow) Data(ctx context.Context, a Actor) ([]byte, error) {
	if err := f.proved(a, session.Fresh); err != nil {
		return nil, err
	}
	person, err := f.Store.Account(ctx, a.Organisation.ID, a.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("reading one's account: %w", err)
	}
	now := f.Now()
	d := ownData{
		Taken: now, Organisation: a.Organisation.Name, Account: ownAccountOf(person),
		Proofs: ownProofs{Password: person.Factors.Password, Second: person.Factors.Second},
	}
	add := []func(context.Context, Actor, *ownData) error{
		f.addProofs, f.addChanges, f.addSessions, f.addEntered, f.addLetters, f.addJournal,
	}
	for _, part := range add {
		if err := part(ctx, a, &d); err != nil {
			return nil, err
		}
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing one's data: %w", err)
	}
	change := f.change(a, a.Person.ID)
	change.Notes = append(change.Notes, a.note(audit.DataDownloaded, a.Person.ID, "", now))
	return text, wrap("noting a download", f.Store.ApplyProfile(ctx, change))
}

func ownAccountOf(p account.Account) ownAccount {
	o := ownAccount{
		ID: p.ID, Identifier: p.Identifier, Aliases: p.Aliases, GivenName: p.GivenName, FamilyName: p.FamilyName,
		Role: string(p.Role), Offices: p.Offices, Household: p.Household, State: string(p.State), Language: p.Language,
		Emails: []ownEmail{}, Mobile: p.Mobile, MobileProven: p.MobileProven,
		SignedIn: known(p.SignedIn), Leaves: known(p.Leaves),
	}
	for _, e := range p.Emails {
		o.Emails = append(o.Emails, ownEmail(e))
	}
	return o
}

// known gives a time that is not zero.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// addProofs tells what proves the person, and nothing that would help to.
func (f *Flow) addProofs(ctx context.Context, a Actor, d *ownData) error {
	factors, err := f.Store.Factors(ctx, a.Organisation.ID, a.Person.ID)
	d.Proofs.Passkeys = []ownPasskey{}
	for _, k := range factors.Passkeys {
		d.Proofs.Passkeys = append(d.Proofs.Passkeys, ownPasskey{
			k.Name, passkey.ModelName(k.Model), k.Host, k.Synced, k.Created, known(k.Used),
		})
	}
	if factors.App != nil {
		d.Proofs.App = known(factors.App.Created)
	}
	d.Proofs.Codes = factors.CodesLeft()
	return wrap("reading one's proofs", err)
}

func (f *Flow) addChanges(ctx context.Context, a Actor, d *ownData) error {
	pending, err := f.Pending(ctx, a.Organisation.ID, a.Person.ID)
	d.Changes = []ownChange{}
	for _, p := range pending {
		d.Changes = append(d.Changes, ownChange{string(p.Kind), p.Address, string(p.State), p.Asked, p.By})
	}
	return err
}

func (f *Flow) addSessions(ctx context.Context, a Actor, d *ownData) error {
	all, err := f.Sessions(ctx, a)
	d.Sessions = []ownSession{}
	for _, s := range all {
		d.Sessions = append(d.Sessions, ownSession{
			s.Opened, s.Seen, s.Until, s.Remembered, s.Device, s.Address, s.ID == a.Session.ID,
		})
	}
	return err
}

func (f *Flow) addEntered(ctx context.Context, a Actor, d *ownData) error {
	entered, err := f.Entered(ctx, a.Organisation, a.Person)
	d.Applications = []ownEntered{}
	for _, e := range entered {
		d.Applications = append(d.Applications, ownEntered{
			e.Name, e.Since, known(e.Used), known(e.Agreed), append([]string{}, e.Knows...),
		})
	}
	return wrap("reading what one is in", err)
}

func (f *Flow) addLetters(ctx context.Context, a Actor, d *ownData) error {
	letters, err := f.Store.LettersOf(ctx, a.Organisation.ID, a.Person.ID)
	d.Letters = []ownLetter{}
	for _, l := range letters {
		d.Letters = append(d.Letters, ownLetter{string(l.Kind), l.To, l.Promised, string(l.State), known(l.Finished)})
	}
	return wrap("reading one's letters", err)
}

func (f *Flow) addJournal(ctx context.Context, a Actor, d *ownData) error {
	d.Journal = []ownEntry{}
	for before := int64(0); ; {
		entries, err := f.Store.OwnEntries(ctx, a.Organisation.ID, a.Person.ID, before, entriesTogether)
		if err != nil {
			return fmt.Errorf("reading one's history: %w", err)
		}
		for _, e := range entries {
			mine, about := e.Actor == a.Person.ID, e.Target == a.Person.ID
			e = discreet(e, a.Person.ID)
			if !about {
				e.Detail = "" // somebody else's address may stand there
			}
			d.Journal = append(d.Journal, ownEntry{e.At, string(e.Act), mine, about, e.Address, e.Device, e.Detail})
			before = e.Number
		}
		if len(entries) < entriesTogether {
			return nil
		}
	}
}
