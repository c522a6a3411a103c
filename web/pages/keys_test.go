package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loquet/credential"
	"loquet/help"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/text"
)

// spellings are the keys that the sources put together at run time, one list for each such place.
func spellings() []string {
	var keys []string
	add := func(prefix string, parts ...string) {
		for _, p := range parts {
			keys = append(keys, prefix+p)
		}
	}
	for _, s := range []SignInState{SignInRefused, SignInExpired, SignInWait, SignInStopped, SignInBusy, SignInPasskey} {
		add("signin.", string(s))
	}
	for _, s := range []EnterState{EnterRefused, EnterLate, EnterUsed, EnterReplaced, EnterWait} {
		add("enter.", string(s))
	}
	for _, s := range RepairCauses {
		add("repair.", string(s), string(s)+".next")
	}
	for _, f := range credential.Faults {
		add("renew.fault.", string(f))
	}
	add("renew.fault.", string(recovery.NoPasskey))
	for _, p := range Providers {
		add("sent.advice.", string(p))
		add("sent.provider.", string(p))
	}
	for _, s := range organisation.Sends {
		add("sent.", strings.TrimSuffix(string(s), "-password"))
		add("help.sends.", strings.TrimSuffix(string(s), "-password"))
	}
	names, facts := help.Actor{}.Words("fr")
	for _, n := range names {
		add("help.name.", n.Name)
	}
	for _, n := range facts {
		add("help.fact.", n.Name)
	}
	for _, w := range help.Wrongs {
		add("help.fault.", string(w))
	}
	add("help.second.", closed(organisation.Demands)...)
	add("help.language.", text.Languages...)
	for _, s := range FaultStatuses {
		add("fault."+strconv.Itoa(s)+".", "title", "text")
	}
	for month := 1; month <= 12; month++ {
		add("date.month.", strconv.Itoa(month))
	}
	add("consent.scope.", toldScopes...)
	for _, why := range []string{"role", "office", "second", "prove"} {
		add("closed."+why+".", "title", "lead")
	}
	return append(append(append(keys, teamSpellings()...), outlookSpellings()...), deskSpellings()...)
}

// outlookSpellings are those of the ways back in.
func outlookSpellings() []string {
	var keys []string
	for _, s := range Footings {
		keys = append(keys, "outlook.state."+string(s), "outlook.why."+string(s))
	}
	for _, name := range recovery.HasNames {
		keys = append(keys, "outlook.loss."+name)
	}
	for _, cure := range recovery.Cures {
		keys = append(keys, "outlook.cure."+cure.String())
		if cure != recovery.HasColleague {
			keys = append(keys, "outlook.act."+cure.String())
		}
	}
	return append(keys, "outlook.why."+string(recovery.ByColleague), "outlook.why."+string(recovery.ByDesk),
		"policy.stranded.problem")
}

// elsewhere are the groups of keys that no page says: letters, text messages, exported tables and the drawing of the map have tests of their
// own.
var elsewhere = []string{"letter", "text", "export", "map"}

// written gives every string of the sources that looks like a key of one of these pages.
func written(t *testing.T) map[string]bool {
	t.Helper()
	sources := []string{filepath.Join("..", "..", "text", "text.go")}
	for _, pattern := range []string{"*.templ", "*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, slices.DeleteFunc(found, func(name string) bool {
			return strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go")
		})...)
	}
	groups := map[string]bool{}
	for _, key := range text.For("fr", text.Plain).Keys() {
		group, _, _ := strings.Cut(key, ".")
		groups[group] = !slices.Contains(elsewhere, group)
	}
	keys := map[string]bool{}
	for _, source := range sources {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([a-z]+)((?:\.[a-z0-9-]+)+)"`).FindAllStringSubmatch(string(data), -1) {
			if file := strings.HasSuffix(m[2], ".js") || strings.HasSuffix(m[2], ".css"); groups[m[1]] && !file {
				keys[m[1]+m[2]] = true
			}
		}
	}
	return keys
}

func TestEveryKeyIsUsedAndEveryUsedKeyExists(t *testing.T) {
	used := written(t)
	for _, key := range spellings() {
		used[key] = true
	}
	french := text.For("fr", text.Plain)
	for key := range used {
		for _, lang := range text.Languages {
			if !text.For(lang, text.Plain).Has(key) {
				t.Errorf("%s is used and does not exist in %s", key, lang)
			}
		}
	}
	for _, key := range french.Keys() {
		base := strings.TrimSuffix(key, ".family")
		group, _, _ := strings.Cut(key, ".")
		if !slices.Contains(elsewhere, group) && !used[key] && !(base != key && used[base]) {
			t.Errorf("%s exists and no page uses it", key)
		}
	}
}

func TestLanguagesAndPacksHaveTheSameKeys(t *testing.T) {
	for _, pack := range text.Packs {
		french := text.For("fr", text.Plain).Keys()
		for _, lang := range text.Languages {
			// A pack that named a key of its own would show it nowhere but there.
			if keys := text.For(lang, pack).Keys(); !slices.Equal(keys, french) {
				t.Errorf("%s with pack %q has other keys: %d and %d", lang, pack, len(keys), len(french))
			}
		}
	}
}

// The rules of the Imprimerie nationale that a reader notices.
var typography = []struct {
	name string
	bad  *regexp.Regexp
}{
	{"a straight apostrophe", regexp.MustCompile(`'`)},
	{"no narrow no-break space before ; ? !", regexp.MustCompile(`[^\x{202f}?!]["]?[;?!](?:[^a-z]|$)`)},
	{"no no-break space before a colon", regexp.MustCompile(`[^\x{a0}]:`)},
	{"no narrow no-break space inside «", regexp.MustCompile(`«[^\x{202f}]`)},
	{"no narrow no-break space inside »", regexp.MustCompile(`[^\x{202f}]»`)},
	{"three dots for an ellipsis", regexp.MustCompile(`\.\.\.`)},
	{"a capital without its accent", regexp.MustCompile(`\b(?:A|Etat|Ecole|Ecrivez|Editeur|Etablissement)\b[^’]`)},
	{"two blanks", regexp.MustCompile(`[ \x{a0}\x{202f}]{2}`)},
	{"a plain space before a unit", regexp.MustCompile(`\}\} (?:h|Ko|Mo|%)\b`)},
}

func TestFrenchTypography(t *testing.T) {
	for _, name := range []string{"fr.toml", "key/fr.toml", "help.fr.toml", "key/help.fr.toml", "factors.fr.toml",
		"key/factors.fr.toml", "map.fr.toml", "key/map.fr.toml", "desk.fr.toml",
		"applications.fr.toml", "key/applications.fr.toml", "authorize.fr.toml", "key/authorize.fr.toml", "logout.fr.toml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "text", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(data), "\n") {
			key, value, ok := strings.Cut(line, " = ")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			value = strings.ReplaceAll(strings.Trim(value, `"{} `), "https://", "")
			for _, rule := range typography {
				if m := rule.bad.FindString(value); m != "" {
					t.Errorf("%s:%d: %s: %s in %q", name, n+1, key, rule.name, m)
				}
			}
		}
	}
}

func TestTypographySeesFaults(t *testing.T) {
	for _, bad := range []string{
		"l'adresse", "Rien ?", "Rien?", "Rien ; mais", "Erreur : non", "Erreur: non", "« mot »",
		"fin...", "A vous", "{{.Number}} Ko",
	} {
		if !slices.ContainsFunc(typography, func(r struct {
			name string
			bad  *regexp.Regexp
		}) bool {
			return r.bad.MatchString(bad)
		}) {
			t.Errorf("%q passes", bad)
		}
	}
}
