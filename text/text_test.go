package text

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryKeyStandsInEveryLanguageAndPack(t *testing.T) {
	all := For(Languages[0], Plain).Keys()
	for _, lang := range Languages {
		for _, pack := range Packs {
			if keys := For(lang, pack).Keys(); !slices.Equal(keys, all) {
				t.Errorf("%s %q has other keys than %s: %v", lang, pack, Languages[0], difference(keys, all))
			}
		}
	}
	if len(all) < 100 {
		t.Errorf("only %d keys were read", len(all))
	}
}

func difference(a, b []string) (only []string) {
	for _, k := range append(slices.Clone(a), b...) {
		if slices.Contains(a, k) != slices.Contains(b, k) {
			only = append(only, k)
		}
	}
	return only
}

func TestAMissingKeyIsSeen(t *testing.T) {
	p := For("fr", Plain)
	if said := p.Say("no.such.key"); said != "⟦no.such.key⟧" || p.Has("no.such.key") {
		t.Errorf("said %q", said)
	}
	if said := p.Count("no.such.key", 2); said != "⟦no.such.key⟧" {
		t.Errorf("said %q", said)
	}
}

func TestAPackReplacesWords(t *testing.T) {
	plain, key := For("fr", Plain).Say("renew.title"), For("fr", Key).Say("renew.title")
	if !strings.Contains(plain, "mot de passe") || !strings.Contains(key, "clé") {
		t.Errorf("%q and %q", plain, key)
	}
}

func TestLanguageOfABrowser(t *testing.T) {
	for accept, want := range map[string]string{
		"": "fr", "fr-FR,fr;q=0.9,en;q=0.8": "fr", "en-GB,en;q=0.9": "en", "de": "fr", "de,en;q=0.5": "en", "fr-CA": "fr",
		"*": "fr", "en;q=0.1,fr;q=0.9": "fr", ";;;": "fr", strings.Repeat("x,", 5000): "fr",
	} {
		if got := Match(accept, "fr"); got != want {
			t.Errorf("%.20q: %s, want %s", accept, got, want)
		}
	}
	if Known("de") || !Known("en") || For("de", Plain) != For("fr", Plain) || For("fr", "no pack") != For("fr", Plain) {
		t.Error("unknown languages and packs")
	}
}

func TestTimesInWords(t *testing.T) {
	fr, en := For("fr", Plain), For("en", Plain)
	at := time.Date(2026, 9, 1, 14, 2, 0, 0, time.UTC)
	for got, want := range map[string]string{
		fr.Date(at): "1er septembre 2026", fr.Date(at.AddDate(0, 0, 2)): "3 septembre 2026", en.Date(at): "1 September 2026",
		fr.Clock(at): "14 h 02", en.Clock(at): "14:02",
		fr.Span(24 * time.Hour): "24 heures", fr.Span(72 * time.Hour): "3 jours", fr.Span(90 * time.Minute): "90 minutes",
		fr.Span(time.Hour): "1 heure", fr.Span(61 * time.Second): "2 minutes", en.Span(time.Second / 2): "1 second",
	} {
		if blanks(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// blanks makes every kind of blank a plain one.
func blanks(s string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)
}
