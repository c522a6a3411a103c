package pages

import (
	"slices"
	"strings"

	"loquet/account"
)

// line is one numbered line of the settings: its number, the name of its sentences (settings.line.<name> and
// settings.about.<name>), and where « Gérer » leads.
type line struct{ number, name, path string }

// group is what lines stand under; its name is settings.group.<name>.
type group struct {
	name  string
	lines []line
}

// settingsGroups is the whole of the settings in order (H3).
var settingsGroups = []group{
	{"self", []line{{"1-1-1", "account", "/account"}, {"1-2-1", "offices", "/settings/offices"}}},
	{"welcome", []line{
		{"2-1-1", "appearance", "/settings/appearance"}, {"2-2-1", "contact", "/settings/contact"},
		{"2-3-1", "news", "/settings/news"}, {"2-4-1", "documents", "/settings/documents"}, {"2-5-1", "help",
			"/settings/help"},
	}},
	{"mail", []line{{"3-1-1", "mail", "/settings/mail"}}},
	{"security", []line{
		{"4-1-1", "users", "/settings/users"}, {"4-1-2", "applications", "/settings/applications"},
		{"4-2-1", "policy", "/settings/policy"},
		{"4-3-1", "journal", "/settings/journal"}, {"4-4-1", "recovery", "/settings/recovery"},
	}},
}

// found gives the groups with the lines that the query finds: by their number, or by words that begin theirs.
func (p Settings) found() (groups []group, lines int) {
	for _, g := range settingsGroups {
		kept := group{name: g.name}
		for _, l := range g.lines {
			if p.finds(l) {
				kept.lines = append(kept.lines, l)
			}
		}
		if len(kept.lines) > 0 {
			groups = append(groups, kept)
			lines += len(kept.lines)
		}
	}
	return groups, lines
}

func (p Settings) finds(l line) bool {
	joined := func(s string) string { return strings.ReplaceAll(account.Fold(s), " ", "") }
	if strings.HasPrefix(joined(l.number), joined(p.Query)) {
		return true
	}
	words := strings.Fields(account.Fold(p.Say.Say("settings.line."+l.name) + " " + p.Say.Say("settings.about."+l.name)))
	for _, wanted := range account.FilterWords(p.Query) {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, wanted) }) {
			return false
		}
	}
	return len(account.FilterWords(p.Query)) > 0
}
