package loquet

import (
	"fmt"
	"strings"
	"testing"

	"loquet/profile"
	"loquet/recovery"
	"loquet/signin"
)

// entrances gives the headings of the tables of sign-in.
var entrances = map[string]string{
	signin.PasswordRules.Name: "From an identifier and a password to a session",
	signin.SecondRules.Name:   "From the second proof to a session or a renewal",
	signin.PasskeyRules.Name:  "From a passkey to a session",
}

// TestRecoveryDocIsFresh prints docs/recovery.md from the tables.
func TestRecoveryDocIsFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Sign-in, recovery, second proofs and changes of address\n\nPrinted by `go test . -run RecoveryDoc -update`; do not edit.\n\n" +
		"Each row is a rule; the tests walk every combination of facts and want exactly one row for each.\n" +
		"A fact that a row does not name may be anything; `no x` means that x must not hold.\n\n" +
		"## From « Mot de passe oublié » to a new password\n\n```mermaid\nstateDiagram-v2\n")
	drawn := map[string]bool{}
	for _, r := range recovery.Rules {
		arrow := fmt.Sprintf("    %s --> %s: %s\n", r.From, r.To, r.On)
		if !drawn[arrow] {
			b.WriteString(arrow)
			drawn[arrow] = true
		}
	}
	b.WriteString("```\n\n| in | when | and | then | do | because |\n|---|---|---|---|---|---|\n")
	for _, r := range recovery.Rules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.From, r.On,
			factWords(int(r.If), int(r.Not), recovery.FactNames), r.To, join(r.Do), r.Source)
	}
	for _, table := range signin.Tables {
		fmt.Fprintf(&b, "\n## %s\n\n| when | then | do | journal | because |\n|---|---|---|---|---|\n", entrances[table.Name])
		for _, r := range table.Rules {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
				factWords(int(r.If), int(r.Not), signin.FactNames), r.To, join(r.Do), dash(string(r.Note)), r.Source)
		}
	}
	b.WriteString("\n## From a new address to the one in force\n\n| in | when | and | then | do | because |\n|---|---|---|---|---|---|\n")
	for _, r := range profile.Rules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.From, r.On,
			factWords(int(r.If), int(r.Not), profile.FactNames), r.To, join(r.Do), r.Source)
	}
	b.WriteString("\n## What may be taken from one's own proofs\n\n| to | when | then | do | because |\n|---|---|---|---|---|\n")
	for _, r := range profile.FactorRules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.On, factWords(int(r.If), int(r.Not), profile.FactorFactNames),
			allowed(r.Why), join(r.Do), r.Source)
	}
	b.WriteString("\n## The map: what leads back in\n\n| way | needs | gives | because |\n|---|---|---|---|\n")
	for _, w := range recovery.Ways {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", w.Name, needs(w), gives(w), w.Source)
	}
	b.WriteString(lossesTable(t))
	keep(t, "docs/recovery.md", b.String())
}

func factWords(with, without int, names []string) string {
	var words []string
	for bit, name := range names {
		switch {
		case with&(1<<bit) != 0:
			words = append(words, name)
		case without&(1<<bit) != 0:
			words = append(words, "no "+name)
		}
	}
	return dash(strings.Join(words, ", "))
}

func needs(w recovery.Way) string {
	said := w.Needs.String()
	if w.Second {
		said += ", and the second proof where one is asked"
	}
	if w.Managers {
		said += "; managers only"
	}
	return said
}

func gives(w recovery.Way) string {
	switch {
	case w.In:
		return "a session"
	case w.Resets:
		return "one proof is enough"
	}
	return w.Gives.String()
}

// allowed gives why an act is refused.
func allowed(why profile.Refusal) string {
	if why == "" {
		return "done"
	}
	return "refused: " + string(why)
}

func join[T ~string](effects []T) string {
	words := make([]string, len(effects))
	for i, e := range effects {
		words[i] = string(e)
	}
	return dash(strings.Join(words, ", "))
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
