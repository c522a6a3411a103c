package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"loquet/config"
)

// settingsFile reads the file that --config or LOQUET_CONFIG names, before the flags are parsed, so that flags and
// variables win over it.
func settingsFile(args, environment []string) (config.File, error) {
	path := ""
	for _, pair := range environment {
		if value, ok := strings.CutPrefix(pair, "LOQUET_CONFIG="); ok {
			path = value
		}
	}
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--config="); ok {
			path = value
		} else if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return nil, nil
	}
	return config.Read(path) //nolint:wrapcheck // one clear sentence already
}

// resolver gives flags their values from the settings file. Kong would let it win over variables.
func resolver(file config.File) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		value, ok := file[strings.ReplaceAll(flag.Name, "-", "_")]
		for _, name := range flag.Envs {
			_, set := os.LookupEnv(name)
			ok = ok && !set
		}
		if !ok {
			return nil, nil //nolint:nilnil // kong's way of saying that there is none
		}
		if list, ok := value.([]any); ok {
			parts := make([]string, len(list))
			for i, v := range list {
				parts[i] = fmt.Sprint(v)
			}
			separator := ","
			if flag.Tag.Sep > 0 {
				separator = string(flag.Tag.Sep)
			}
			return strings.Join(parts, separator), nil
		}
		return fmt.Sprint(value), nil
	})
}

// sentence gives an error on one line.
func sentence(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

type configCommand struct {
	Markdown bool `help:"As a Markdown table, the text of docs/configuration.md."`
}

// Run prints every setting.
func (c configCommand) Run(p *program) error {
	if c.Markdown {
		fmt.Fprint(p.out, configurationDoc())
		return nil
	}
	for _, k := range config.Keys() {
		fmt.Fprintf(p.out, "%s\n    variable %s, flag %s, default %q\n    %s\n", k.Name, k.Env, k.Flag, k.Default, k.Help)
	}
	return nil
}

// configurationDoc is docs/configuration.md.
func configurationDoc() string {
	var b strings.Builder
	b.WriteString("# Settings\n\nPrinted by `loquet config --markdown`; do not edit.\n\n" +
		"Every setting may stand in the TOML file that `--config` or `LOQUET_CONFIG` names, in a variable, or on the command line.\n" +
		"The command line wins over variables, variables win over the file. What is not in this table is refused at start.\n\n" +
		"| in the file | variable | flag | default | what it is |\n|---|---|---|---|---|\n")
	for _, k := range config.Keys() {
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | `%s` | %s |\n", k.Name, k.Env, k.Flag, k.Default, strings.ReplaceAll(k.Help, "|", "\\|"))
	}
	return b.String()
}
