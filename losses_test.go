package loquet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/desk"
	"loquet/organisation"
	"loquet/recovery"
)

// losses is what became of every account of one role that loses one thing or two, under every policy.
type losses struct {
	accounts, walked int // accounts × policies, and losses of them
	ends             map[recovery.Reach]int
}

// policies are the presets, and one for each demand.
func policies() (all []organisation.Policy) {
	for _, preset := range organisation.Presets {
		all = append(all, preset.Policy())
	}
	for _, demand := range organisation.Demands {
		p := organisation.Default.Policy()
		for role := range p.Second {
			p.Second[role] = organisation.Second{Demand: demand, Grace: organisation.PresetGrace}
		}
		all = append(all, p)
	}
	return all
}

// owned gives every mixture of what an account of a role may have, and of who stands around it.
func owned(role account.Role, each func(account.Account, recovery.Help)) {
	for bits := range 1 << 7 {
		on := func(n int) bool { return bits&(1<<n) != 0 }
		a := account.Account{Role: role, State: account.Active, Mobile: "+33612345678", MobileProven: on(1)}
		a.MobileSince = noon.Add(-desk.Ripening)
		a.Emails = []account.Email{{Proven: on(0)}}
		a.Factors = account.Factors{Password: on(2), App: on(3), Second: on(4)}
		if on(5) {
			a.Factors.Passkeys = 1
		}
		if on(6) {
			a.Factors.Codes = 10
		}
		for managers := range 3 {
			for _, there := range []bool{false, true} {
				each(a, recovery.Help{Managers: managers, Desk: there})
			}
		}
	}
}

// lose walks every loss of nothing, of one thing and of two.
func lose(f recovery.Footing, each func(lost recovery.Has)) {
	each(0)
	for one := recovery.Has(1); one <= recovery.Everything; one <<= 1 {
		for other := one; other <= recovery.Everything; other <<= 1 {
			if lost := one | other; f.Has&lost == lost {
				each(lost)
			}
		}
	}
}

// outside says in other words than the map that there is no lawful way back.
func outside(a account.Account, p organisation.Policy, f recovery.Footing, lost recovery.Has) bool {
	left := func(any recovery.Has) bool { return f.Has&^lost&any != 0 }
	both := a.Factors.Any() && (a.Factors.Second || p.SecondFor(a.Role).Asks())
	second := !both || left(recovery.HasApp|recovery.HasCodes|recovery.HasPasskey)
	switch {
	case left(recovery.HasPasskey), left(recovery.HasColleague | recovery.HasSecondManager):
		return false
	case second && (left(recovery.HasMailbox) || left(recovery.HasIdentifier) && left(recovery.HasPassword)):
		return false
	case left(recovery.HasDesk) && a.Role.Manager():
		return !left(recovery.HasMobile | recovery.HasPapers)
	}
	return !(second && left(recovery.HasDesk) && left(recovery.HasMobile) && left(recovery.HasPassword))
}

// explored walks every role × policy × account × loss.
func explored(t *testing.T) map[account.Role]losses {
	t.Helper()
	all := map[account.Role]losses{}
	for _, role := range account.Roles {
		if role == account.Operator {
			continue // of the platform, where others of them are asked: ADR-0021
		}
		l := losses{ends: map[recovery.Reach]int{}}
		for _, policy := range policies() {
			owned(role, func(a account.Account, help recovery.Help) {
				l.accounts++
				f := recovery.FootingOf(a, policy, help, noon)
				lose(f, func(lost recovery.Has) {
					reach := f.After(lost)
					l.walked++
					l.ends[reach]++
					if (reach == recovery.Nowhere) != outside(a, policy, f, lost) {
						t.Fatalf("%s with %s (both: %v) without %s: %s", role, f.Has, f.Both, lost, reach)
					}
				})
			})
		}
		all[role] = l
	}
	return all
}

// lossesTable prints what was explored.
func lossesTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	total, every := 0, explored(t)
	rows := ""
	for _, role := range account.Roles {
		l, ok := every[role]
		if !ok {
			continue
		}
		total += l.walked
		rows += fmt.Sprintf("| %s | %d | %d |", role, l.accounts, l.walked)
		for _, reach := range recovery.Reaches {
			rows += fmt.Sprintf(" %d |", l.ends[reach])
		}
		rows += "\n"
	}
	fmt.Fprintf(&b, "\n## What was explored\n\n"+
		"%d roles × %d policies × every mixture of possessions and help that an account may have × every loss of nothing, one thing or two: %d losses. They end:\n\n| role | accounts × policies | losses |",
		len(every), len(policies()), total)
	for _, reach := range recovery.Reaches {
		b.WriteString(" " + string(reach) + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(recovery.Reaches)) + "\n" + rows)
	b.WriteString("\n`nowhere` is who has neither a colleague nor a desk left: `loquet recovery check` names them before the loss. " +
		"A way by the desk counts as help, as a colleague's does.\n")
	return b.String()
}

// TestC1EveryLossIsExplored prints how many losses were walked; docs/recovery.md has the same.
func TestC1EveryLossIsExplored(t *testing.T) { t.Log(lossesTable(t)) }

// TestTheMapDrawsWhatTheDeskOpens wants an edge for every act that the desk's table opens, for the same people and by
// the same proof, and no other.
func TestTheMapDrawsWhatTheDeskOpens(t *testing.T) {
	if recovery.Ripening != desk.Ripening {
		t.Errorf("a number is ripe after %v on the map, and after %v at the desk", recovery.Ripening, desk.Ripening)
	}
	edges := map[desk.Act]string{
		desk.TellIdentifier: "identifier", desk.SendAccess: "letter", desk.ReplaceAddress: "address",
		desk.ReplaceMobile: "mobile", desk.ResetFactors: "proofs", desk.NameManager: "manager",
	}
	drawn := map[string]recovery.Way{}
	for _, w := range recovery.Ways {
		if w.Needs&recovery.HasDesk != 0 {
			drawn[w.Name] = w
		}
	}
	for _, act := range desk.Acts {
		for by, name := range map[desk.Standing]string{desk.ByCode: "desk-", desk.ByPapers: "papers-"} {
			w, there := drawn[name+edges[act]]
			u, open := desk.UnlockFor(act, by, true)
			if act == desk.SendAccess && by == desk.ByPapers {
				continue // whoever has the mailbox needs no papers: the letter is drawn for the telephone
			}
			if there != open {
				t.Errorf("%s%s: drawn %v, open %v", name, edges[act], there, open)
			}
			if there && by == desk.ByCode && w.Managers != u.Manager {
				t.Errorf("%s: for managers only on the map %v, at the desk %v", w.Name, w.Managers, u.Manager)
			}
			if there && u.Wait >= 72*time.Hour && !strings.Contains(w.Source, "days") {
				t.Errorf("%s waits %v at the desk, and the map does not say so", w.Name, u.Wait)
			}
			delete(drawn, name+edges[act])
		}
	}
	if len(drawn) > 0 {
		t.Errorf("drawn and not opened by the desk: %v", drawn)
	}
}
