package profile

import (
	"context"
	"errors"
	"time"

	"loquet/audit"
	"loquet/credential"
	"loquet/fault"
	"loquet/session"
)

// CodesShown is how long printed codes can be looked at after they were made: time enough to print them.
const CodesShown = 10 * time.Minute

// MakeCodes makes ten printed codes in the place of all before.
func (f *Flow) MakeCodes(ctx context.Context, a Actor) (Done, error) {
	added, err := f.alter(ctx, a, managing, func(e evidence, c *alteration) (Refusal, error) {
		if rule := e.may(MakingCodes, ""); rule.Why != "" {
			return rule.Why, nil
		}
		c.Factor.Batch = f.NewID()
		for _, code := range f.Forge.PrintedCodes(c.Factor.Batch) {
			digest := f.Forge.Digest(credential.Printed, a.Organisation.ID, code)
			c.Factor.Codes = append(c.Factor.Codes, credential.PrintedCode{Digest: digest})
		}
		f.tell(a, e, c, audit.CodesMade, "")
		return "", nil
	})
	return added.Done, err
}

// Codes gives the printed codes that were made last and may still serve. They are shown once: ok is false when they are
// on paper, when they are older than CodesShown, and in a session that may not make any now.
func (f *Flow) Codes(ctx context.Context, a Actor) (codes []string, ok bool, err error) {
	e, err := f.holds(ctx, a)
	if err != nil {
		return nil, false, err
	}
	if !f.shows(e.factors) || f.allowed(a, e, managing) != nil {
		return nil, false, nil
	}
	used := map[string]bool{}
	for _, c := range e.factors.Codes {
		used[c.Digest] = !c.Used.IsZero()
	}
	for _, code := range f.Forge.PrintedCodes(e.factors.Batch) {
		if over, known := used[f.Forge.Digest(credential.Printed, a.Organisation.ID, code)]; known && !over {
			codes = append(codes, code)
		}
	}
	return codes, true, nil
}

// shows says whether printed codes may still be looked at.
func (f *Flow) shows(has credential.Factors) bool {
	age := f.Now().Sub(has.Printed)
	return has.Batch != "" && !has.Kept && age < CodesShown && age > -session.Skew
}

// KeepCodes says that the printed codes are on paper: they are not shown again. It takes nothing away and opens nothing,
// so that it wants no fresh proof: whoever needed time to print is not asked for a password in the end.
func (f *Flow) KeepCodes(ctx context.Context, a Actor) error {
	for try := 1; ; try++ {
		e, err := f.holds(ctx, a)
		if err != nil {
			return err
		}
		if e.factors.Batch == "" || e.factors.Kept {
			return nil
		}
		change := f.change(a, a.Person.ID)
		change.Factor = &credential.FactorChange{Version: e.person.Version, Kept: true}
		err = f.Store.ApplyProfile(ctx, change)
		if !errors.Is(err, fault.Stale) || try == again {
			return wrap("keeping printed codes", err)
		}
	}
}
