package help

import (
	"embed"
	"strings"

	"loquet/organisation"
)

//go:embed pages
var files embed.FS

// shipped gives the text that comes with the program: that of the organisation's wording where it has one of its own.
// Every page has one; the tests look for each.
func shipped(o organisation.Organisation, slug, language string) string {
	for _, folder := range []string{string(o.Wording), string(organisation.Password)} {
		if data, err := files.ReadFile("pages/" + language + "/" + folder + "/" + slug + ".md"); err == nil {
			return tidy(string(data))
		}
	}
	return ""
}

// tidy gives a text as it is kept and compared: line ends as in Unix, no blanks before them, no characters that are not
// seen, one line end after the last line.
func tidy(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "", "\t", "    ").Replace(s)
	s = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c == 0x7f {
			return -1
		}
		return c
	}, s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	s = strings.Trim(strings.Join(lines, "\n"), "\n")
	if s == "" {
		return ""
	}
	return s + "\n"
}
