package admin

import (
	"errors"
	"slices"
	"testing"
	"time"

	"loquet/account"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// A slip is printed for whom the actor looks after and who manages nobody, by a fresh proof, by both proofs where there
// are two, and once an identity paper was seen (ATK-065, ATK-071, ATK-072).
func TestATK071WhoPrintsASlipAndForWhom(t *testing.T) {
	both := func(a *Actor) {
		a.Organisation.Policy = organisation.AutoEcole.Policy()
		a.Person.Factors = account.Factors{Password: true, App: true, Second: true}
	}
	proved := func(at time.Time) func(*Actor) { return func(a *Actor) { a.Session.Proved = at } }
	for name, c := range map[string]struct {
		target string
		change func(*Actor)
		unseen bool
		refuse error
		found  []Fault
		err    error
	}{
		"a teacher":            {target: "moniteur"},
		"one just invited":     {target: "invited"},
		"oneself":              {target: "gerant", err: fault.Forbidden},
		"another manager":      {target: "second", err: fault.Forbidden},
		"a stranger":           {target: "stranger", err: fault.Missing},
		"nobody":               {target: "nobody", err: fault.Missing},
		"never proven":         {target: "moniteur", change: proved(time.Time{}), err: fault.Forbidden},
		"proven long ago":      {target: "moniteur", change: proved(now.Add(-time.Hour)), err: fault.Forbidden},
		"one proof of two":     {target: "moniteur", change: both, found: []Fault{OneProof}},
		"no paper was seen":    {target: "moniteur", unseen: true, found: []Fault{IdentityUnseen}},
		"a closed account":     {target: "moniteur", refuse: fault.Forbidden, found: []Fault{SlipOfClosed}},
		"somebody was quicker": {target: "moniteur", refuse: fault.Stale, err: fault.Stale},
		"both proofs of two": {target: "moniteur", change: func(a *Actor) {
			both(a)
			a.Session.Proof = []string{session.ByPassword, session.ByApp, session.Multiple}
		}},
	} {
		f, d, a := school()
		second := d.people["gerant"]
		second.ID, second.Identifier = "second", "ECOLE.SECOND"
		d.people["second"] = second
		a.Session.Proved = now
		if c.change != nil {
			c.change(&a)
		}
		p := &postman{refuse: c.refuse}
		f.Access = p
		slip, found, err := f.PrintSlip(t.Context(), a, c.target, !c.unseen)
		if !slices.Equal(found, c.found) || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		if printed := len(c.found) == 0 && c.err == nil; printed != (slip.Code != "") || printed != (len(p.to) == 1) {
			t.Errorf("%s: printed %q for %v", name, slip.Code, p.to)
		}
	}
}
