package admin

import (
	"context"
	"errors"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

// seer foresees that some people would be outside.
type seer struct {
	people []account.Account
	all    int
	err    error
}

func (s *seer) Stranded(
	_ context.Context, _ organisation.Organisation, _ organisation.Policy, max int,
) ([]account.Account, int, error) {
	return s.people[:min(max, len(s.people))], s.all, s.err
}

// keeper is a drawer that takes an organisation.
type keeper struct {
	*drawer
	kept  []organisation.Organisation
	wrote []audit.Entry
}

func (k *keeper) UpdateOrganisation(_ context.Context, o organisation.Organisation, note audit.Entry) error {
	k.kept, k.wrote = append(k.kept, o), append(k.wrote, note)
	return nil
}

// C1: a policy that would leave people outside names them and is not saved, until whoever has read that saves anyway;
// the journal tells it from another change.
func TestAPolicyThatStrandsIsShownBeforeItIsSaved(t *testing.T) {
	f, d, a := school()
	k := &keeper{drawer: d}
	f.Store = k
	sees := &seer{people: make([]account.Account, 30), all: 23}
	f.Outlook = sees
	strict := organisation.Strict.Policy()

	refusals, whom, err := f.SavePolicy(t.Context(), a, 0, strict, false)
	if err != nil || len(refusals) > 0 || whom.All != 23 || len(whom.People) != MostStranded || len(k.kept) > 0 {
		t.Fatalf("%v, %d of %d, %v; %d saved", refusals, len(whom.People), whom.All, err, len(k.kept))
	}
	if _, _, err = f.SavePolicy(t.Context(), a, 3, strict, true); !errors.Is(err, fault.Stale) || len(k.kept) > 0 {
		t.Fatalf("another version: %v", err)
	}
	_, whom, err = f.SavePolicy(t.Context(), a, 0, strict, true)
	if err != nil || whom.All != 0 || len(k.kept) != 1 || k.wrote[0].Detail != "password recovery sessions second stranded" {
		t.Fatalf("anyway: %+v, %v, %d saved, %v", whom, err, len(k.kept), k.wrote)
	}
	*sees = seer{}
	_, whom, err = f.SavePolicy(t.Context(), a, 0, strict, false)
	if err != nil || whom.All != 0 || len(k.kept) != 2 || k.wrote[1].Detail != "password recovery sessions second" {
		t.Fatalf("nobody stranded: %+v, %v, %d saved, %v", whom, err, len(k.kept), k.wrote)
	}
	sees.err = errors.New("no map")
	if _, _, err = f.SavePolicy(t.Context(), a, 0, strict, true); !errors.Is(err, sees.err) || len(k.kept) != 2 {
		t.Errorf("without a map: %v, %d saved", err, len(k.kept))
	}
}
