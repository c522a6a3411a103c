package recovery

import (
	"context"
	"fmt"

	"loquet/account"
	"loquet/organisation"
)

// Finding is one person who does not stand firmly.
type Finding struct {
	Person account.Account
	Safety Safety
	Losses []Has // the single losses that make it so; none for NoWay
	Cure   Has   // the cheapest that helps; 0 for none
}

// batch is how many people a check holds at a time.
const batch = 500

// Check looks at everybody of an organisation who may sign in, and hands found each who does not stand firmly, in the
// order of their identifiers. It gives how many stand how. Its memory does not grow with the number of people.
func (f *Flow) Check(ctx context.Context, org organisation.Organisation, found func(Finding) error) (map[Safety]int, error) {
	stayers, err := f.Store.Stayers(ctx, org.ID)
	if err != nil {
		return nil, fmt.Errorf("counting who can help: %w", err)
	}
	counts, now := map[Safety]int{}, f.Now()
	for after := ""; ; {
		some, err := f.Store.Accounts(ctx, org.ID, after, batch)
		if err != nil {
			return nil, fmt.Errorf("reading people: %w", err)
		}
		for _, person := range some {
			if !person.Open(now) {
				continue
			}
			footing := FootingOf(person, org.Policy, helped(person, stayers), now)
			is, losses := footing.Safety()
			counts[is]++
			if is == Firm {
				continue
			}
			if err := found(Finding{person, is, losses, footing.Cure()}); err != nil {
				return nil, err
			}
		}
		if len(some) < batch {
			return counts, nil
		}
		after = some[len(some)-1].Identifier
	}
}

// helped says whether somebody else looks after the person, of at least so many managers who stay.
func helped(person account.Account, stayers int) bool {
	if person.Stays() {
		return stayers > 1
	}
	return stayers > 0
}
