package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/credential"
	"loquet/organisation"
	"loquet/session"
	"loquet/web/pages"
)

func (w *Web) policyPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.PolicyForm{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Notice: w.told(rw, r)}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.PolicyFormPage(p))
}

func (w *Web) policyForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	policy, problems := policyOf(a.Organisation, f)
	var stranded admin.Stranded
	return w.saveSettings(rw, r, &a, f, pages.Saved, func() ([]pages.Problem, error) {
		if len(problems) > 0 {
			return problems, nil
		}
		refusals, whom, err := w.Admin.SavePolicy(r.Context(), a, f.version(), policy, f["confirm"] == "1")
		if stranded = whom; stranded.All > 0 {
			return []pages.Problem{{Field: "stranded", Key: "policy.stranded.problem"}}, err //nolint:wrapcheck // the flow says so
		}
		w.outlooks.forget(a.Organisation.ID)
		return pages.PolicyProblems(refusals, policy, a.Organisation.Roles()), err //nolint:wrapcheck // the flow says so
	}, func(g again) error {
		p := pages.PolicyForm{
			Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Typed: f.typed(), Stale: g.stale,
			Problems: g.problems, Stranded: stranded.People, StrandedAll: stranded.All,
		}
		return w.render(rw, r, g.status, p.Frame, pages.PolicyFormPage(p))
	})
}

// policyOf reads the rules. Roles that the organisation does not have keep theirs.
func policyOf(o organisation.Organisation, f form) (organisation.Policy, []pages.Problem) {
	var problems []pages.Problem
	number := func(field string, most int) int {
		n, err := strconv.Atoi(strings.TrimSpace(f[field]))
		if err != nil || n < 0 || n > most {
			problems = append(problems, pages.Problem{Field: field, Key: "settings.fault.number"})
			return 0
		}
		return n
	}
	const year = 365 * 24 * 60
	p := organisation.Policy{
		Password: credential.Policy{
			MinLength: number("password_length", 1000),
			Upper:     f["password_upper"] == "1", Lower: f["password_lower"] == "1", Digit: f["password_digit"] == "1",
		},
		Recovery: organisation.Recovery{
			Ask: organisation.Ask(f["recovery_ask"]), Send: organisation.Send(f["recovery_send"]),
			Lifetime: time.Duration(number("recovery_lifetime", year)) * time.Minute,
		},
		Sessions: map[account.Role]session.Limits{},
	}
	for role, limits := range o.Policy.Sessions {
		p.Sessions[role] = limits
	}
	for _, role := range o.Roles() {
		p.Sessions[role] = session.Limits{
			Idle:     time.Duration(number("idle_"+string(role), year)) * time.Minute,
			Absolute: time.Duration(number("absolute_"+string(role), year)) * time.Minute,
			Remember: time.Duration(number("remember_"+string(role), 3650)) * 24 * time.Hour,
		}
	}
	p.Second = secondOf(o, f, func() int { return number("grace", 3650) })
	return p, problems
}

// secondOf reads of whom a second proof is asked: one grace for every role of the form. What the form does not name
// stays as it is: a form from before these fields loosens nothing.
func secondOf(o organisation.Organisation, f form, days func() int) map[account.Role]organisation.Second {
	all := map[account.Role]organisation.Second{}
	for _, role := range account.Roles {
		all[role] = o.Policy.SecondFor(role)
	}
	_, given := f["grace"]
	grace := organisation.PresetGrace
	if given {
		grace = time.Duration(days()) * 24 * time.Hour
	}
	for _, role := range o.Roles() {
		was := all[role]
		s := was
		if typed, ok := f["second_"+string(role)]; ok {
			s.Demand = organisation.Demand(typed)
		}
		if given || s.Demand == organisation.AtNextSignIn && was.Demand != s.Demand {
			s.Grace = grace
		}
		all[role] = s
	}
	return all
}
