package account

import (
	"net/mail"
	"strings"
	"testing"
)

func TestFoldEmail(t *testing.T) {
	for typed, want := range map[string][2]string{
		"claire.martin@orange.example":   {"claire.martin@orange.example", "claire.martin@orange.example"},
		" Claire.Martin@Orange.EXAMPLE ": {"Claire.Martin@orange.example", "claire.martin@orange.example"},
		"o'brien+famille@a.b.example":    {"o'brien+famille@a.b.example", "o'brien+famille@a.b.example"},
		"a@mairie-saint-loup.example":    {"a@mairie-saint-loup.example", "a@mairie-saint-loup.example"},
		"a@école.example":                {"a@xn--cole-9oa.example", "a@xn--cole-9oa.example"},
		"a@ÉCOLE.example":                {"a@xn--cole-9oa.example", "a@xn--cole-9oa.example"},
		"a@xn--cole-9oa.example":         {"a@xn--cole-9oa.example", "a@xn--cole-9oa.example"},
		"1@2.example":                    {"1@2.example", "1@2.example"},
		"_x_@3d.example":                 {"_x_@3d.example", "_x_@3d.example"},
	} {
		address, key, ok := FoldEmail(typed)
		if !ok || address != want[0] || key != want[1] {
			t.Errorf("FoldEmail(%q) = %q, %q, %v", typed, address, key, ok)
		}
	}
	for _, wrong := range []string{
		"", "@", "a", "a@", "@a.example", "a@localhost", "a@.example", "a@a..example", "a@a.example.", "a..b@a.example",
		".a@a.example", "a.@a.example", "a b@a.example", "a@a .example", "a@-a.example", "a@a-.example", "a@a_b.example",
		"a@127.0.0.1", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@a.123", "a(c)@a.example", "é@a.example", "a@xn--a.example",
		"a@\xa6.example", "a@\ufffd.example",
		"a@" + strings.Repeat("b", 64) + ".example", strings.Repeat("a", 65) + "@a.example", "a@a\u200b.\u202eexample",
	} {
		if address, _, ok := FoldEmail(wrong); ok {
			t.Errorf("%q is the address %q", wrong, address)
		}
	}
}

// ATK-002: nothing that carries a second recipient or a header is an address.
func TestATK002OneRecipient(t *testing.T) {
	for _, hostile := range []string{
		"a@a.example,b@b.example", "a@a.example;b@b.example", "a@a.example b@b.example", "a@a.example|b@b.example",
		"a@a.example\r\nBcc: b@b.example", "a@a.example\nb@b.example", "a@a.example\n", "\ra@a.example",
		"a@a.example%0d%0acc:b@b.example",
		"a%0d%0acc:b@b.example", "a%20b@a.example", "a%b.example@a.example", "a@b.example@a.example", "b.example!a@a.example",
		"Claire <a@a.example>", "<a@a.example>", `"a"@a.example`, `"a,b"@a.example`, `a\@b.example@a.example`,
		"a@a.example\x00",
		"a\x00@a.example", "a@a.example\u2028b@b.example", "a:b@a.example", "a@a.example:25",
		"a@a.example/b", "mailto:a@a.example",
		"a@a.example?cc=b@b.example", "a@a.example&email=b@b.example", "`id`@a.example", "$(id)@a.example", "a@a。example,b",
	} {
		if address, _, ok := FoldEmail(hostile); ok {
			t.Errorf("%q is the address %q", hostile, address)
		}
	}
}

// ATK-004: an address that only looks like another's has another key or none.
func TestATK004EmailConfusables(t *testing.T) {
	_, real, _ := FoldEmail("mike@github.example")
	for _, fake := range []string{
		"mıke@github.example", "mi\u212ae@github.example", "mİke@github.example", "ｍike@github.example",
		"mike@gıthub.example",
		"mike@gіthub.example", "mike@github.eхample", "mike\u200b@github.example",
	} {
		if address, key, ok := FoldEmail(fake); ok && (key == real || strings.Contains(address, "github.example")) {
			t.Errorf("%q has the key %q", fake, key)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	for address, want := range map[string]string{
		"claire.martin@orange.example": "c…n@orange.example", "abcd@a.example": "a…d@a.example",
		"abc@a.example": "a…@a.example",
		"ab@a.example":  "a…@a.example", "a@a.example": "…@a.example", "": "…", "claire.martin": "…", "secret@": "…",
	} {
		if got := MaskEmail(address); got != want {
			t.Errorf("MaskEmail(%q) = %q, want %q", address, got, want)
		}
	}
}

func FuzzFoldEmail(f *testing.F) {
	for _, seed := range []string{
		"claire.martin@orange.example", "a@école.example", "A@B.example", "a@faß.example", "a@a。b.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		address, key, ok := FoldEmail(typed)
		if !ok {
			if address != "" || key != "" {
				t.Errorf("%q is refused with %q and %q", typed, address, key)
			}
			return
		}
		if again, key2, ok := FoldEmail(address); !ok || again != address || key2 != key {
			t.Errorf("%q gives %q, which gives %q, %q, %v", typed, address, again, key2, ok)
		}
		if _, key2, ok := FoldEmail(key); !ok || key2 != key {
			t.Errorf("%q has the key %q, which has %q, %v", typed, key, key2, ok)
		}
		parsed, err := mail.ParseAddress(address)
		if err != nil || parsed.Address != address || parsed.Name != "" {
			t.Errorf("%q gives %q, which others read as %v, %v", typed, address, parsed, err)
		}
		if len(address) > Longest || strings.ContainsAny(address, "\r\n,;<>\"% ") || strings.Count(address, "@") != 1 {
			t.Errorf("%q gives %q", typed, address)
		}
		local, _, _ := strings.Cut(address, "@")
		masked, _, _ := strings.Cut(MaskEmail(address), "@")
		if strings.Contains(masked, local) || len([]rune(masked)) > 3 {
			t.Errorf("%q is masked to %q", address, masked)
		}
	})
}
