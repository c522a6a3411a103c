package account

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFoldIdentifier(t *testing.T) {
	for typed, want := range map[string]string{
		"38162": "38162", " 38162 ": "38162", "38 162": "38162", "38\u00a0162": "38162", "38\u202f162": "38162",
		"38162\u200b": "38162", "\ufeff38162": "38162", "３８１６２": "38162", "　38162": "38162",
		"AUTOECOLE.GERANT": "autoecole.gerant", "Autoecole.Moniteur1": "autoecole.moniteur1", "ＡＧＥＮＴ": "agent",
		"a-b_c+d'e": "a-b_c+d'e", "claire@orange.example": "claire@orange.example",
		"ÉLOÏSE": "éloïse", "E\u0301LOI\u0308SE": "éloïse", "ŒUVRE": "œuvre", "Łukasz.Šťastný": "łukasz.šťastný",
		"":        "",
		" ":       "",
		"\u200b":  "",
		"\u0301a": "", // a mark without its letter
		"a\xffb":  "", // no UTF-8
		"½":       "",
		"日本":      "",
		"ﬁn":      "", // NFKC would make it "fin"
		"①23":     "",
		"²":       "",
	} {
		if got := FoldIdentifier(typed); got != want {
			t.Errorf("FoldIdentifier(%q) = %q, want %q", typed, got, want)
		}
	}
}

// ATK-004, ATK-077: what looks like another's identifier is not looked up as it, whatever Unicode's case rules say.
func TestATK004Confusables(t *testing.T) {
	for real, fakes := range map[string][]string{
		"mike": {
			"mıke", "mİke", "mi\u0307ke", "mi\u212ae", "mіke", "MΙKE", "ｍıｋｅ",
			"mike\u0307", "m\u0456ke", "miĸe", "m¡ke", "mi\u0323\u0307ke",
		},
		"sos":   {"ſos", "ѕos", "sоs", "sοs", "s೦s", "ꜱos", "𝗌os", "ⓢos", "so\u0335s"},
		"38162": {"３８１６²", "38١62", "38162\u20e3", "⑶8162", "３８１６２\u0000", "ᛏ8162", "૩8162"},
		"agent": {"аgent", "аgеnt", "ａｇｅｎţ", "ɑgent", "agent\u202e", "\u2066agent", "agent\u0000", "ag\nent", "agen†"},
		"fin":   {"ﬁn", "ﬁｎ"},
		"ij":    {"ĳ", "ıȷ", "ĲＪ"},
		"đina":  {"ðina", "Ðina"},
	} {
		key := FoldIdentifier(real)
		for _, fake := range fakes {
			if got := FoldIdentifier(fake); got == key && got != "" {
				t.Errorf("%q is looked up as %q", fake, real)
			}
		}
	}
	// Of all signs beyond ASCII, only full-width forms and what cannot be seen fold to an identifier of ASCII.
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		got := FoldIdentifier("a" + string(r) + "b")
		if got == "" || strings.ContainsFunc(got, func(r rune) bool { return r >= utf8.RuneSelf }) {
			continue
		}
		full := '！' <= r && r <= '～' && got == "a"+strings.ToLower(string(r-'！'+'!'))+"b"
		unseen := (unicode.IsSpace(r) || invisible(r)) && got == "ab"
		if !full && !unseen {
			t.Errorf("%U is folded to %q", r, got)
		}
	}
}

// ATK-079: the length is tested as typed, before anything that can make the text grow or shrink.
func TestATK079LongIdentifier(t *testing.T) {
	if got := FoldIdentifier(strings.Repeat("a", Longest)); len(got) != Longest {
		t.Errorf("the longest is folded to %d bytes", len(got))
	}
	for _, long := range []string{
		strings.Repeat("a", Longest+1), "38162" + strings.Repeat(" ", Longest), strings.Repeat("ﷺ", Longest/3+1),
		strings.Repeat("e\u0301", 100),
	} {
		if got := FoldIdentifier(long); got != "" {
			t.Errorf("%d bytes are folded to %q", len(long), got)
		}
		if _, _, ok := FoldEmail(long + "@a.example"); ok {
			t.Errorf("%d bytes are an address", len(long))
		}
		if _, ok := FoldMobile(long); ok {
			t.Errorf("%d bytes are a number", len(long))
		}
	}
	if _, ok := FoldMobile("0612345678" + strings.Repeat(" ", longestNumber)); ok {
		t.Error("a number with many blanks is a number")
	}
}

func TestKind(t *testing.T) {
	for typed, want := range map[string]Typed{
		"38162": TypedIdentifier, "AUTOECOLE.GERANT": TypedIdentifier, "": TypedIdentifier, "0123456789": TypedIdentifier,
		"claire@orange.example": TypedEmail, "@": TypedEmail, "0612345678@orange.example": TypedEmail,
		"06 12 34 56 78": TypedMobile, "+41791234567": TypedMobile, "0612345678": TypedMobile,
	} {
		if got := Kind(typed); got != want {
			t.Errorf("%q is taken for an %s, want %s", typed, got, want)
		}
	}
}

func FuzzFoldIdentifier(f *testing.F) {
	for _, seed := range []string{"38162", "ÉLOÏSE", "E\u0301", "mıke", "ＡＢ", "\xff", "a\u200bb", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		key := FoldIdentifier(typed)
		if again := FoldIdentifier(key); again != key {
			t.Errorf("%q is folded to %q, and that to %q", typed, key, again)
		}
		if other := FoldIdentifier(strings.ToUpper(key)); other != key && strings.ToLower(strings.ToUpper(key)) == key {
			t.Errorf("%q and its capitals %q are two: %q", key, strings.ToUpper(key), other)
		}
		for _, r := range key {
			if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.M, r) || r > 'ž' {
				t.Errorf("%q is folded to %q", typed, key)
			}
		}
	})
}
