package organisation

import (
	"slices"
	"testing"

	"loquet/account"
)

// matrix says, apart from the grants, what each actor may do to others of each role. What is not written is refused.
var matrix = map[account.Role]map[account.Role][]Do{
	account.Gerant: {
		account.Gerant: others, account.Complet: led, account.Moniteur: led,
	},
	account.Agent: {
		account.Agent: others, account.Famille: led,
	},
}

var (
	others = []Do{
		SeePerson, AddPerson, ChangePerson, ChangeRole, ChangeAddress, StopPerson, StartPerson, DeletePerson, SendAccess,
		EndSessions, ResetFactors, SeeHistory,
	}
	led        = append(slices.Clone(others), PrintSlip)
	notTheLast = []Do{ChangeRole, StopPerson, DeletePerson}
	own        = []Do{SeePerson, ChangeAddress, EndSessions, SeeHistory, TakeData}
	managers   = []account.Role{account.Gerant, account.Agent}
)

// Every actor × act × target is decided, and as the matrix says (ATK-069, ATK-072).
func TestMayDoForEveryActorActAndTarget(t *testing.T) {
	decided := 0
	for _, role := range account.Roles {
		for _, state := range account.States {
			actor := account.Account{ID: "actor", Organisation: "here", Role: role, State: state}
			for _, do := range append(slices.Clone(ToPeople), ToOrganisation...) {
				for _, target := range targets() {
					for _, last := range []bool{false, true} {
						decided++
						got, want := MayDo(actor, do, target, last), wanted(actor, do, target, last)
						if got != want {
							t.Errorf("a %s %s who would %s a %s %q of %q (last manager: %v): %v, want %v",
								state, role, do, target.Role, target.ID, target.Organisation, last, got, want)
						}
					}
				}
			}
		}
	}
	t.Logf("%d combinations", decided)
}

func targets() []account.Account {
	all := []account.Account{{Organisation: "here"}, {Organisation: "elsewhere"}, {}}
	for _, role := range append(slices.Clone(account.Roles), "owner") {
		for _, id := range []string{"actor", "other", ""} {
			for _, organisation := range []string{"here", "elsewhere", ""} {
				all = append(all, account.Account{ID: id, Organisation: organisation, Role: role, State: account.Active})
			}
		}
	}
	return all
}

func wanted(actor account.Account, do Do, target account.Account, last bool) bool {
	switch {
	case actor.State != account.Active && actor.State != account.Invited, target.Organisation != "here":
		return false
	case last && slices.Contains(notTheLast, do):
		return false
	case target.ID == "actor":
		return slices.Contains(own, do)
	case target.ID == "" && target.Role == "":
		return slices.Contains(managers, actor.Role) && slices.Contains(ToOrganisation, do)
	}
	return slices.Contains(matrix[actor.Role][target.Role], do)
}

// A grant that is dropped, or that reaches further, is seen.
func TestMayDoMutants(t *testing.T) {
	sound := Grants
	defer func() { Grants = sound }()
	fits := func() bool {
		for _, role := range account.Roles {
			actor := account.Account{ID: "actor", Organisation: "here", Role: role, State: account.Active}
			for _, do := range append(slices.Clone(ToPeople), ToOrganisation...) {
				for _, target := range targets() {
					for _, last := range []bool{false, true} {
						if MayDo(actor, do, target, last) != wanted(actor, do, target, last) {
							return false
						}
					}
				}
			}
		}
		return true
	}
	if !fits() {
		t.Fatal("the grants themselves do not fit")
	}
	for i, g := range sound {
		for _, mutant := range mutants(g) {
			Grants = slices.Clone(sound)
			Grants[i] = mutant
			if fits() {
				t.Errorf("nobody sees grant %d changed from %v to %v", i, g, mutant)
			}
		}
	}
}

func mutants(g Grant) []Grant {
	var all []Grant
	for i := range g.Do {
		without := g
		without.Do = slices.Delete(slices.Clone(g.Do), i, i+1)
		all = append(all, without)
	}
	for _, whom := range []Whom{Oneself, Managed, Led, House} {
		if whom != g.To {
			wider := g
			wider.To = whom
			all = append(all, wider)
		}
	}
	if g.To == Managed { // the last manager is led by nobody
		flipped := g
		flipped.Last = !g.Last
		all = append(all, flipped)
	}
	return all
}

func TestRolesOfAnOrganisation(t *testing.T) {
	for wording, want := range map[Wording][]account.Role{
		Key:      {account.Gerant, account.Complet, account.Moniteur},
		Password: {account.Agent, account.Famille},
	} {
		if got := (Organisation{Wording: wording}).Roles(); !slices.Equal(got, want) {
			t.Errorf("%s: %v", wording, got)
		}
	}
}
