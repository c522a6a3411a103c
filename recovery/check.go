package recovery

import (
	"context"
	"fmt"
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Finding is one person who does not stand firmly.
type Finding struct {
	Person account.Account
	Safety Safety
	Now    Reach // how the person gets in as it is
	Losses []Has // the single losses that make it so; none for NoWay
	Cure   Has   // the cheapest that helps; 0 for none
}

// Check looks at everybody of an organisation who may sign in, and hands found each who does not stand firmly, in the
// order of their identifiers. It gives how many stand how. Its memory does not grow with the number of people.
func (f *Flow) Check(ctx context.Context, org organisation.Organisation, found func(Finding) error) (map[Safety]int, error) {
	around, err := f.around(ctx, org)
	if err != nil {
		return nil, err
	}
	counts, now := map[Safety]int{}, f.Now()
	err = f.Store.Everybody(ctx, org.ID, func(person account.Account) error {
		if !person.Open(now) {
			return nil
		}
		finding := around.finding(person, org.Policy, now)
		counts[finding.Safety]++
		if finding.Safety == Firm {
			return nil
		}
		return found(finding)
	})
	if err != nil {
		return nil, fmt.Errorf("checking people: %w", err)
	}
	return counts, nil
}

// around is who stands around the people of an organisation.
type around struct {
	managers int // who stay
	desk     bool
}

func (f *Flow) around(ctx context.Context, org organisation.Organisation) (around, error) {
	managers, err := f.Store.Stayers(ctx, org.ID)
	if err != nil {
		return around{}, fmt.Errorf("counting who can help: %w", err)
	}
	operators, err := f.Store.Operators(ctx)
	if err != nil {
		return around{}, fmt.Errorf("counting operators: %w", err)
	}
	return around{managers, operators >= Operators}, nil
}

// help gives who stands around one person: whoever is a manager does not help themselves.
func (r around) help(person account.Account) Help {
	h := Help{Managers: r.managers, Desk: r.desk}
	if person.Stays() {
		h.Managers--
	}
	return h
}

func (r around) finding(person account.Account, policy organisation.Policy, now time.Time) Finding {
	footing := FootingOf(person, policy, r.help(person), now)
	is, losses := footing.Safety()
	found := Finding{Person: person, Safety: is, Now: footing.After(0), Losses: losses}
	if is != Firm {
		found.Cure = footing.Cure()
	}
	return found
}
