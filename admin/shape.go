package admin

import (
	"strings"

	"loquet/account"
)

func goodEmail(typed string) bool {
	_, _, ok := account.FoldEmail(typed)
	return ok
}

// goodPhone says whether people could dial this: digits, blanks and the usual signs, and three digits at least.
func goodPhone(typed string) bool {
	digits := 0
	for _, r := range typed {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case !strings.ContainsRune(" \u00a0\u202f.-+()/", r):
			return false
		}
	}
	return digits >= 3 && digits <= 20
}

// goodColour says whether this is "#rrggbb".
func goodColour(typed string) bool {
	if len(typed) != 7 || typed[0] != '#' {
		return false
	}
	return strings.Trim(strings.ToLower(typed[1:]), "0123456789abcdef") == ""
}

// fileName gives the last part of a file's name, without what some system would not take.
func fileName(typed string) string {
	if i := strings.LastIndexAny(typed, `/\`); i >= 0 {
		typed = typed[i+1:]
	}
	typed = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, tidy(typed))
	name := []rune(typed)
	return string(name[max(0, len(name)-100):])
}
