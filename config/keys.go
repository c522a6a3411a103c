package config

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// Key is one setting as an administrator sees it.
type Key struct {
	Name    string // in a TOML file: "ops_listen"
	Flag    string // on the command line: "--ops-listen"
	Env     string // "LOQUET_OPS_LISTEN"
	Default string
	Help    string
}

// Keys lists every setting in the order of the struct.
func Keys() []Key {
	t := reflect.TypeFor[Settings]()
	keys := make([]Key, 0, t.NumField())
	for f := range t.Fields() {
		flag := dashed(f.Name)
		keys = append(keys, Key{
			Name: strings.ReplaceAll(flag, "-", "_"), Flag: "--" + flag, Env: f.Tag.Get("env"),
			Default: f.Tag.Get("default"), Help: f.Tag.Get("help"),
		})
	}
	return keys
}

// dashed gives the flag name that kong makes of a field name: "OpsListen" → "ops-listen".
func dashed(name string) string {
	var out strings.Builder
	letters := []rune(name)
	for i, c := range letters {
		startsWord := i > 0 && unicode.IsUpper(c) &&
			(unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if startsWord {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
}

// File is a settings file that was read and found to hold nothing but settings.
type File map[string]any

// Read reads a TOML file. A key that does not exist is refused with the nearest right name.
func Read(path string) (File, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the administrator names the file
	if err != nil {
		return nil, fmt.Errorf("settings file: %w", err)
	}
	var f File
	if err := toml.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("settings file %s: %w", path, err)
	}
	known := make([]string, 0, len(f))
	for _, k := range Keys() {
		known = append(known, k.Name)
	}
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := refuseUnknown(name, known); err != nil {
			return nil, fmt.Errorf("settings file %s: %w", path, err)
		}
	}
	return f, nil
}

// CheckVariables refuses variables that begin with LOQUET_ and are no setting.
func CheckVariables(environment []string) error {
	known := []string{"LOQUET_CONFIG"}
	for _, k := range Keys() {
		known = append(known, k.Env)
	}
	for _, pair := range environment {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "LOQUET_") || strings.HasPrefix(name, "LOQUET_TEST_") || name == "LOQUET_STRICT" {
			continue
		}
		if err := refuseUnknown(name, known); err != nil {
			return err
		}
	}
	return nil
}

func refuseUnknown(name string, known []string) error {
	best, least := "", len(name)/2+2
	for _, k := range known {
		if k == name {
			return nil
		}
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return fmt.Errorf("there is no setting %q; `loquet config` lists them all", name)
	}
	return fmt.Errorf("there is no setting %q; did you mean %q? `loquet config` lists them all", name, best)
}

// distance counts the letters to change, add or drop between two names (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := before
			if a[i-1] != b[j-1] {
				cost++
			}
			before = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
