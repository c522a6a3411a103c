package account

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  ": "", "Éloïse d’Œuvre": "eloise d oeuvre", "LE GALL-Tanguy": "le gall tanguy", "AUTOECOLE.GERANT": "autoecole gerant",
		"Łukasz": "lukasz", "Straße": "strasse", "38162": "38162", "…": "", "a\u0301": "a", "３８": "38", "Ælfgifu Bjørn": "aelfgifu bjorn",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSortNameOrdersAsADirectory(t *testing.T) {
	people := []Account{
		{FamilyName: "Zola", GivenName: "Émile"}, {FamilyName: "Eluard", GivenName: "Paul"}, {FamilyName: "Éluard", GivenName: "Gala"},
		{FamilyName: "El", GivenName: "Zoé"}, {Identifier: "38162"},
	}
	slices.SortFunc(people, func(a, b Account) int { return strings.Compare(a.SortName(), b.SortName()) })
	var names []string
	for _, p := range people {
		names = append(names, p.Name())
	}
	if got := strings.Join(names, ", "); got != "38162, Zoé El, Gala Éluard, Paul Eluard, Émile Zola" {
		t.Error(got)
	}
}

func TestWords(t *testing.T) {
	a := Account{
		Identifier: "AUTOECOLE.GERANT", GivenName: "Éloïse", FamilyName: "Le Gall", Mobile: "+33612345678",
		Emails: []Email{{Address: "e.legall@lac.example"}},
	}
	words := a.Words()
	for _, typed := range []string{"autoecole", "gerant", "autoecole.gerant", "ÉLOÏSE", "gall", "legall", "06123", "+33612", "lac"} {
		for _, w := range FilterWords(typed) {
			if !slices.ContainsFunc(words, func(own string) bool { return strings.HasPrefix(own, w) }) {
				t.Errorf("%q does not find %v", typed, words)
			}
		}
	}
	long := Account{Identifier: strings.Repeat("x", 200), FamilyName: strings.Repeat("ab ", 100)}
	for _, w := range long.Words() {
		if len(w) > longestWord {
			t.Errorf("a word of %d bytes", len(w))
		}
	}
	if n := len((Account{FamilyName: many(100)}).Words()); n != mostWords {
		t.Errorf("%d words", n)
	}
	if n := len(FilterWords(many(100))); n != 8 {
		t.Errorf("a filter of %d words", n)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(string(rune('a'+i%26)) + string(rune('a'+i/26)) + " ")
	}
	return b.String()
}

func TestAnAccountClosesOnTheMoment(t *testing.T) {
	leaves := time.Date(2027, 3, 28, 0, 0, 0, 0, time.UTC)
	a := Account{State: Active, Role: Gerant, Leaves: leaves}
	if !a.Open(leaves.Add(-time.Microsecond)) || a.Open(leaves) {
		t.Error("it does not close when it should")
	}
	if a.Stays() {
		t.Error("whoever is about to leave does not stay")
	}
	if a.Leaves = (time.Time{}); !a.Open(leaves) || !a.Stays() {
		t.Error("it closes without a date")
	}
	for _, s := range States {
		if (Account{State: s}).Open(leaves) != s.Open() {
			t.Errorf("%s", s)
		}
	}
}
