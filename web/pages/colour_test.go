package pages

import (
	"fmt"
	"strings"
	"testing"
)

// The text colours of loquet.css.
var (
	words      = mustColour("#17212c")
	quiet      = mustColour("#465362")
	nightWords = mustColour("#e9eef3")
	nightQuiet = mustColour("#b4c0cc")
)

func TestEveryColourIsReadable(t *testing.T) {
	atLeast := func(name, hex string, a, b colour, want float64) {
		if got := contrast(a, b); got < want {
			t.Errorf("%s of %s: contrast %.2f, want %.1f", name, hex, got, want)
		}
	}
	for n := range 16 * 16 * 16 {
		hex := fmt.Sprintf("#%03x", n)
		c := mustColour(hex)
		light, dark := c.light(), c.dark()
		atLeast("button words", hex, light.org, white, textContrast)
		atLeast("button words in the dark", hex, dark.org, white, textContrast)
		atLeast("button on the dark card", hex, dark.org, nightTop, partContrast)
		atLeast("button on the dark page", hex, dark.org, dark.page, partContrast)
		for _, under := range []colour{white, panel, light.page, light.tint} {
			atLeast("link", hex, light.ink, under, textContrast)
			atLeast("words", hex, words, under, textContrast)
			atLeast("quiet words", hex, quiet, under, textContrast)
		}
		for _, under := range []colour{nightTop, nightLow, dark.page, dark.tint} {
			atLeast("link in the dark", hex, dark.ink, under, textContrast)
			atLeast("words in the dark", hex, nightWords, under, textContrast)
			atLeast("quiet words in the dark", hex, nightQuiet, under, textContrast)
		}
	}
}

func TestAReadableColourIsKept(t *testing.T) {
	if got := mustColour("#1f4f8f").light().org.String(); got != "#1f4f8f" {
		t.Errorf("light shade of #1f4f8f = %s, want it unchanged", got)
	}
}

func TestContrastOfKnownPairs(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{
		{"#fff", "#000", "21.00"},
		{"#777", "#fff", "4.48"},
		{"#1f4f8f", "#1f4f8f", "1.00"},
	} {
		if got := fmt.Sprintf("%.2f", contrast(mustColour(c.a), mustColour(c.b))); got != c.want {
			t.Errorf("contrast(%s, %s) = %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

// ATK-092: what an organisation sets as its colour cannot become style or markup.
func TestATK092ColourIsNoStyle(t *testing.T) {
	plain := OrganisationStyle("")
	for _, hostile := range []string{
		"red", "#12345", "#1234567", "#12345g", "#+1f4f8", "1f4f8f", "#fff;}body{display:none",
		"</style><script>alert(1)</script>", "url(https://evil.example/)", "#é1f4f", "\x00",
	} {
		if got := OrganisationStyle(hostile); got != plain {
			t.Errorf("OrganisationStyle(%q) = %q, want the usual one", hostile, got)
		}
		if got := favicon(hostile); got != favicon("") || strings.ContainsAny(got, "<>\"") {
			t.Errorf("favicon(%q) = %q", hostile, got)
		}
	}
}
