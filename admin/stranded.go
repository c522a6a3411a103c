package admin

import (
	"context"
	"strings"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

// Outlook looks ahead on the map of recovery: the recovery flow.
type Outlook interface {
	// Stranded gives whoever would have no way back under another policy, or be one loss away from that, and stands
	// better under the organisation's own; by name, at most max of them, and how many there are.
	Stranded(ctx context.Context, o organisation.Organisation, p organisation.Policy, max int) (
		some []account.Account, all int, err error)
}

// MostStranded is how many people a refused policy names.
const MostStranded = 20

// Stranded is whom a policy would leave with no way back, or one loss away from that, who are not so today (C1).
type Stranded struct {
	People []account.Account // by name, at most MostStranded
	All    int               // how many there are
}

// SavePolicy replaces the rules. The refusals say why they cannot be lived with, and Stranded whom they would leave
// outside; nothing is written then. Whoever has seen the latter saves anyway.
func (f *Flow) SavePolicy(
	ctx context.Context, a Actor, version int64, p organisation.Policy, anyway bool,
) ([]organisation.Refusal, Stranded, error) {
	if err := a.may(organisation.ChangeSettings); err != nil {
		return nil, Stranded{}, err
	}
	if wrong := p.Check(); len(wrong) > 0 {
		return wrong, Stranded{}, nil
	}
	if a.Organisation.Version != version {
		return nil, Stranded{}, fault.Stale
	}
	changes := policyChanges(a.Organisation.Policy, p)
	people, all, err := f.Outlook.Stranded(ctx, a.Organisation, p, MostStranded)
	if err != nil {
		return nil, Stranded{}, wrap("looking ahead", err)
	}
	if all > 0 && !anyway {
		return nil, Stranded{People: people, All: all}, nil
	}
	if all > 0 {
		changes = append(changes, "stranded")
	}
	detail := strings.Join(changes, " ")
	replace := func(o *organisation.Organisation) { o.Policy = p }
	return nil, Stranded{}, f.save(ctx, a, version, audit.PolicyChanged, detail, replace)
}
