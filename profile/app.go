package profile

import (
	"context"

	"loquet/audit"
	"loquet/credential"
	"loquet/session"
)

// Setup is an app that is being set up. Nothing is kept of it: its ID is all that its secret is made from.
type Setup struct {
	ID     string // for the form to send back
	Secret string // for whoever types it into the app, in groups of four
	URL    string // otpauth, for the square code to hold
}

// StartApp gives what an app needs to make codes. The account's app goes on until AddApp, which wants a fresh proof:
// the form may ask for it with the code. It gives fault.Forbidden as AddApp does, but for the age of the proof.
func (f *Flow) StartApp(ctx context.Context, a Actor) (Setup, error) {
	e, err := f.holds(ctx, a)
	if err != nil {
		return Setup{}, err
	}
	if err := f.sure(a, e, adding); err != nil {
		return Setup{}, err
	}
	return f.setup(a, f.Forge.Challenge(credential.SetUpApp, a.Organisation.ID, a.Person.ID, f.Now())), nil
}

// AppSetup gives what StartApp gave, for a form that comes back; ok is false when the ID is none of this account's, or
// its time is over.
func (f *Flow) AppSetup(a Actor, id string) (s Setup, ok bool) {
	if _, ok := f.Forge.Meets(credential.SetUpApp, a.Organisation.ID, a.Person.ID, id, f.Now()); !ok {
		return Setup{}, false
	}
	return f.setup(a, id), true
}

func (f *Flow) setup(a Actor, id string) Setup {
	secret := f.Forge.AppSecret(id)
	return Setup{id, credential.AppText(secret), credential.AppURL(a.Organisation.Name, a.Person.Identifier, secret)}
}

// AddApp keeps the app of a Setup, in the place of the one before, once it has shown that it makes the right codes; the
// one that it has shown is used up (ATK-064). App codes are asked for from then on. In a session that waits for a
// second proof, this is that proof. The refusals are Over, BadCode and Ended; the errors those of AddPasskey.
func (f *Flow) AddApp(ctx context.Context, a Actor, id, code string) (Added, error) {
	return f.alter(ctx, a, adding, func(e evidence, c *alteration) (Refusal, error) {
		until, ok := f.Forge.Meets(credential.SetUpApp, a.Organisation.ID, a.Person.ID, id, c.Now)
		if !ok {
			return Over, nil
		}
		step, ok := f.Forge.MatchApp(id, code, 0, c.Now)
		if !ok {
			return BadCode, nil
		}
		on := true
		c.Use = &credential.Use{Challenge: id, Until: until}
		c.Factor.App, c.Factor.Second = &credential.App{Seed: id, Step: step, Created: c.Now}, &on
		c.gains = []string{session.ByApp}
		f.tell(a, e, c, audit.AppAdded, "")
		return "", nil
	})
}

// RemoveApp takes the app from the actor's account, where the rules let it go.
func (f *Flow) RemoveApp(ctx context.Context, a Actor) (Done, error) {
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		rule := e.may(RemovingApp, "")
		if rule.Why != "" {
			return rule.Why, nil
		}
		c.Factor.RemoveApp = true
		f.tell(a, e, c, audit.AppRemoved, "")
		f.undo(a, e, c, rule)
		return "", nil
	})
	return added.Done, err
}
