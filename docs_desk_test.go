package loquet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loquet/desk"
)

func TestDeskDocIsFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The desk: how a caller is checked, and what that opens\n\nPrinted by `go test . -run DeskDoc -update`; do not edit.\n\n" +
		"Each row is a rule; the tests walk every combination of facts and want exactly one row for each.\n" +
		"A fact that a row does not name may be anything; `no x` means that x must not hold.\n\n" +
		"## What a check opens\n\nAll else is closed. Whoever is no manager is helped by their own house with the rest.\n\n" +
		"| act | the caller was checked by | for | operators | the owner can stop it for | because |\n|---|---|---|---|---|---|\n")
	for _, u := range desk.Unlocks {
		whom, hands, wait := "everybody", "one", "–"
		if u.Manager {
			whom = "managers"
		}
		if u.Two {
			hands = "two"
		}
		if u.Wait > 0 {
			wait = fmt.Sprintf("%d hours", u.Wait/time.Hour)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", u.Act, join(u.By), whom, hands, wait, u.Source)
	}
	fmt.Fprintf(&b, "\n## How a caller is checked\n\nA code lives %d minutes and is tried %d times at most; a number counts once it is %d days old; "+
		"a check holds for %d minutes, papers for %d days.\n\n| in | when | and | then | do | because |\n|---|---|---|---|---|---|\n",
		desk.CodeLives/time.Minute, desk.MostTries, desk.Ripening/(24*time.Hour), desk.ProofLives/time.Minute, desk.PapersLive/(24*time.Hour))
	for _, r := range desk.Checks {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.From, r.On,
			factWords(int(r.If), int(r.Not), desk.CheckFactNames), r.To, join(r.Do), r.Source)
	}
	fmt.Fprintf(&b, "\n## From a proposal to its end\n\nA second operator has %d hours. \n\n| in | when | and | then | do | because |\n|---|---|---|---|---|---|\n",
		desk.SecondWithin/time.Hour)
	for _, r := range desk.DeedRules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.From, r.On,
			factWords(int(r.If), int(r.Not), desk.DeedFactNames), r.To, join(r.Do), r.Source)
	}
	keep(t, "docs/desk.md", strings.ReplaceAll(b.String(), " \n", "\n"))
}
