package pages

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/organisation"
	"loquet/session"
)

// PolicyProblems puts what is wrong with a policy at the fields of its form, once for each role that has the fault.
func PolicyProblems(wrong []organisation.Refusal, p organisation.Policy, roles []account.Role) []Problem {
	var problems []Problem
	for _, r := range slices.Compact(slices.Sorted(slices.Values(wrong))) {
		for _, field := range policyFields(r, p, roles) {
			problems = append(problems, Problem{Field: field, Key: "policy.fault." + string(r)})
		}
	}
	return problems
}

// policyFields gives the fields that a refusal is about; the form as a whole when none of them is on it.
func policyFields(r organisation.Refusal, p organisation.Policy, roles []account.Role) []string {
	var fields []string
	ofRoles := func(prefix string, bad func(account.Role, session.Limits) bool) []string {
		for _, role := range roles {
			if bad(role, p.Sessions[role]) {
				fields = append(fields, prefix+"_"+string(role))
			}
		}
		if len(fields) == 0 {
			fields = []string{""}
		}
		return fields
	}
	switch r {
	case organisation.PasswordTooShort, organisation.PasswordTooLong:
		return []string{"password_length"}
	case organisation.RecoveryTooLong, organisation.RecoveryTooShort:
		return []string{"recovery_lifetime"}
	case organisation.RecoveryUnknown:
		if p.Recovery.Ask != organisation.AskEither && p.Recovery.Ask != organisation.AskBoth {
			return []string{"recovery_ask"}
		}
		return []string{"recovery_send"}
	case organisation.RememberTooLong:
		return ofRoles("remember", func(_ account.Role,
			l session.Limits) bool {
			return l.Remember > organisation.LongestRemember
		})
	case organisation.RememberForbidden:
		return ofRoles("remember", func(role account.Role, l session.Limits) bool { return role.Manager() && l.Remember > 0 })
	case organisation.SessionWithoutEnd:
		return ofRoles("idle", func(_ account.Role, l session.Limits) bool { return l.Idle <= 0 || l.Absolute <= 0 })
	case organisation.SecondUnknown:
		return ofRoles("second", func(role account.Role, _ session.Limits) bool {
			return !slices.Contains(organisation.Demands, p.SecondFor(role).Demand)
		})
	case organisation.GraceTooLong:
		return []string{"grace"}
	}
	return []string{""}
}

// strength says how many bits the rule asks for, and what that is worth.
func (p PolicyForm) strength() []string {
	bits := p.Organisation.Policy.Password.Bits()
	number := strings.Replace(strconv.FormatFloat(bits, 'f', 1, 64), ".", p.Say.Say("size.point"), 1)
	said := []string{p.Say.Say("policy.bits", "Bits", number)}
	const enough = 50 // CNIL délib. 2022-100, case 2: beside throttling
	if bits < enough {
		return append(said, p.Say.Say("policy.bits.few"))
	}
	return append(said, p.Say.Say("policy.bits.enough"))
}

// spans gives times to choose from, in minutes or in days, with the one in force among them.
func (p PolicyForm) spans(unit time.Duration, inForce string, all ...int) []option {
	now, err := strconv.Atoi(inForce)
	if err == nil && !slices.Contains(all, now) {
		all = append(all, now)
		slices.Sort(all)
	}
	options := make([]option, len(all))
	for i, n := range all {
		words := p.Say.Say("policy.never")
		if n > 0 {
			words = p.Say.Span(time.Duration(n) * unit)
		}
		options[i] = option{strconv.Itoa(n), words}
	}
	return options
}

func (p PolicyForm) input(name, label, inForce string) input {
	return input{
		name: name, label: label, hint: "", kind: "text", optional: true, value: p.Typed.or(name, inForce),
		problems: p.Problems,
	}
}

func (p PolicyForm) length() input {
	i := p.input("password_length", p.Say.Say("policy.length"), strconv.Itoa(p.Organisation.Policy.Password.MinLength))
	i.kind, i.hint, i.optional = "number", p.Say.Say("policy.length.hint"), false
	return i
}

func (p PolicyForm) class(name string, on bool) ticked {
	return ticked{
		input: input{name: "password_" + name, label: p.Say.Say("renew.rule." + name)},
		on:    p.Typed.ticks("password_"+name, on),
	}
}

func (p PolicyForm) ask() listed {
	l := listed{input: p.input("recovery_ask", p.Say.Say("policy.ask"), string(p.Organisation.Policy.Recovery.Ask))}
	for _, a := range []organisation.Ask{organisation.AskEither, organisation.AskBoth} {
		l.options = append(l.options, option{string(a), p.Say.Say("policy.ask." + string(a))})
	}
	return l
}

func (p PolicyForm) send() listed {
	l := listed{input: p.input("recovery_send", p.Say.Say("policy.send"), string(p.Organisation.Policy.Recovery.Send))}
	l.hint = p.Say.Say("policy.send.hint")
	for _, s := range organisation.Sends {
		l.options = append(l.options, option{string(s), p.Say.Say("policy.send." + string(s))})
	}
	return l
}

func (p PolicyForm) lifetime() listed {
	minutes := strconv.Itoa(int(p.Organisation.Policy.Recovery.Lifetime / time.Minute))
	l := listed{input: p.input("recovery_lifetime", p.Say.Say("policy.lifetime"), minutes)}
	l.hint = p.Say.Say("policy.lifetime.hint")
	l.options = p.spans(time.Minute, l.value, 5, 15, 30, 60, 2*60, 4*60, 8*60, 12*60, 24*60)
	return l
}

// limits gives the three lists of a role.
func (p PolicyForm) limits(role account.Role) []listed {
	in := p.Organisation.Policy.LimitsFor(role)
	list := func(name string, inForce int, unit time.Duration, all ...int) listed {
		i := p.input(name+"_"+string(role), p.Say.Say("policy."+name), strconv.Itoa(inForce))
		return listed{i, p.spans(unit, i.value, all...)}
	}
	const day = 24 * time.Hour
	return []listed{
		list("idle", int(in.Idle/time.Minute), time.Minute, 15, 30, 60, 2*60, 4*60, 8*60),
		list("absolute", int(in.Absolute/time.Minute), time.Minute, 60, 4*60, 8*60, 12*60, 24*60),
		list("remember", int(in.Remember/day), day, 0, 1, 7, 14, 30),
	}
}

// second gives the list of what is asked of a role beside the password.
func (p PolicyForm) second(role account.Role) listed {
	l := listed{input: p.input("second_"+string(role), p.Frame.role(role), "")}
	l.value = string(p.demand(role))
	for _, d := range organisation.Demands {
		l.options = append(l.options, option{string(d), p.Say.Say("policy.second." + string(d))})
	}
	return l
}

// demand is what is chosen for a role now: as it was typed, if it was, or as it is in force.
func (p PolicyForm) demand(role account.Role) organisation.Demand {
	if typed, ok := p.Typed["second_"+string(role)]; ok {
		return organisation.Demand(typed)
	}
	return p.Organisation.Policy.SecondFor(role).Demand
}

// graceField is one number for every role: two graces in one team are one more thing to explain.
func (p PolicyForm) graceField() input {
	i := p.input("grace", p.Say.Say("policy.grace"), strconv.Itoa(p.graceDays()))
	i.kind, i.hint, i.optional = "number", p.Say.Say("policy.grace.hint"), false
	return i
}

// graceDays is the shortest grace in force, in whole days, and that of the presets where no role has one.
func (p PolicyForm) graceDays() int {
	shortest := time.Duration(-1)
	for _, role := range p.Organisation.Roles() {
		s := p.Organisation.Policy.SecondFor(role)
		if s.Demand == organisation.AtNextSignIn && (shortest < 0 || s.Grace < shortest) {
			shortest = s.Grace
		}
	}
	if shortest < 0 {
		shortest = organisation.PresetGrace
	}
	return int(shortest / (24 * time.Hour))
}

// weak names the roles that look after others and are not asked for a second proof.
func (p PolicyForm) weak() []account.Role {
	var weak []account.Role
	for _, role := range p.Organisation.Roles() {
		if role.Manager() && !(organisation.Second{Demand: p.demand(role)}).Asks() {
			weak = append(weak, role)
		}
	}
	return weak
}
