package audit

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// journal gives a chained journal of so many entries.
func journal(entries int) []Entry {
	all := make([]Entry, entries)
	chain := ""
	for i := range all {
		all[i] = Entry{
			Organisation: "o1", Number: int64(i + 1), At: time.UnixMicro(int64(1e15 + 1e6*i)).UTC(), Act: Acts[i%len(Acts)],
			Actor: System, Target: "a1", Address: "192.0.2.1", Device: "Firefox sur Windows", Detail: "c…n@orange.example",
		}
		all[i].Chain = all[i].Link(chain)
		chain = all[i].Chain
	}
	return all
}

// verify gives the number of the first entry that does not fit; 0 when all do.
func verify(t *testing.T, entries []Entry) int64 {
	t.Helper()
	var v Verifier
	for _, e := range entries {
		if err := v.Check(e); err != nil {
			var broken Broken
			if !errors.As(err, &broken) || broken.Organisation != e.Organisation {
				t.Fatalf("the error is %v", err)
			}
			return broken.Number
		}
	}
	return 0
}

func TestChainVerifies(t *testing.T) {
	for _, entries := range []int{0, 1, 2, 50} {
		if at := verify(t, journal(entries)); at != 0 {
			t.Errorf("%d entries break at %d", entries, at)
		}
	}
}

// A change of any field of any entry is found at that entry, or at the next where only the chain value was changed too.
// The fields are found by reflection: a field that is added and not chained turns this red.
func TestEachFieldIsChained(t *testing.T) {
	for i := range reflect.TypeFor[Entry]().NumField() {
		field := reflect.TypeFor[Entry]().Field(i).Name
		for at := range 5 {
			entries := journal(5)
			value := reflect.ValueOf(&entries[at]).Elem().Field(i)
			switch old := value.Interface().(type) {
			case time.Time:
				value.Set(reflect.ValueOf(old.Add(time.Microsecond)))
			case int64:
				value.SetInt(old + 1)
			default:
				value.SetString(value.String() + "x")
			}
			if got := verify(t, entries); got != int64(at+1) {
				t.Errorf("a change of %s in entry %d is found at %d", field, at+1, got)
			}
		}
	}
}

// Whoever changes an entry and makes its chain value fit breaks the next one.
func TestRechainedEntryBreaksTheNext(t *testing.T) {
	entries := journal(5)
	entries[2].Detail = "nothing happened"
	entries[2].Chain = entries[2].Link(entries[1].Chain)
	if at := verify(t, entries); at != 4 {
		t.Errorf("it is found at %d", at)
	}
}

func TestTampering(t *testing.T) {
	renumber := func(entries []Entry) []Entry {
		for i := range entries {
			entries[i].Number = int64(i + 1)
		}
		return entries
	}
	between := Entry{Organisation: "o1", Number: 3, Act: SignedIn}
	gap := Entry{Organisation: "o1", Number: 9, Act: SignedIn}
	gap.Chain = gap.Link(journal(5)[4].Chain)
	foreign := journal(5)
	foreign[2].Organisation = "o2"
	for name, c := range map[string]struct {
		entries []Entry
		at      int64
	}{
		"first dropped":                {slices.Delete(journal(5), 0, 1), 1},
		"one dropped":                  {slices.Delete(journal(5), 2, 3), 3},
		"one dropped, rest renumbered": {renumber(slices.Delete(journal(5), 2, 3)), 3},
		"two swapped":                  {swapped(), 2},
		"two swapped and renumbered":   {renumber(swapped()), 2},
		"one twice":                    {slices.Insert(journal(5), 2, journal(5)[1]), 3},
		"one put between":              {slices.Insert(journal(5), 2, between), 3},
		"put between, renumbered":      {renumber(slices.Insert(journal(5), 2, between)), 3},
		"chained, but with a gap":      {append(journal(5), gap), 6},
		"of another organisation":      {foreign, 3},
		"started anew in the middle":   {append(journal(3), journal(2)...), 4},
	} {
		if at := verify(t, c.entries); at != c.at {
			t.Errorf("%s is found at %d, want %d", name, at, c.at)
		}
	}
}

func swapped() []Entry {
	entries := journal(5)
	entries[1], entries[2] = entries[2], entries[1]
	return entries
}

// A verifier that has found a fault accepts nothing but the entry that belongs there.
func TestVerifierDoesNotSkip(t *testing.T) {
	entries := journal(4)
	var v Verifier
	for i, want := range []struct {
		entry Entry
		fine  bool
	}{{entries[0], true}, {entries[2], false}, {entries[3], false}, {entries[1], true}, {entries[2], true}} {
		if err := v.Check(want.entry); (err == nil) != want.fine {
			t.Errorf("check %d gives %v", i, err)
		}
	}
}

// Letters moved from one field to the next make another chain value.
func TestFieldsCannotFlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(2, 12, 40).Draw(t, "text")
		runes := []rune(text)
		i, j := rapid.IntRange(0, len(runes)).Draw(t, "i"), rapid.IntRange(0, len(runes)).Draw(t, "j")
		if i == j {
			return
		}
		one := Entry{Device: string(runes[:i]), Detail: string(runes[i:])}
		other := Entry{Device: string(runes[:j]), Detail: string(runes[j:])}
		if one.Link("") == other.Link("") {
			t.Fatalf("%q divided at %d and %d is the same", text, i, j)
		}
	})
}

// The same moment has one chain value, however the store gives it back.
func TestTimeZoneDoesNotMatter(t *testing.T) {
	e := journal(1)[0]
	e.At = e.At.In(time.FixedZone("elsewhere", 7200)).Add(time.Nanosecond) // times are kept to the microsecond
	if at := verify(t, []Entry{e}); at != 0 {
		t.Error("the entry breaks")
	}
}

// Journals outlive versions of the program: this value must never change.
func TestLinkIsStable(t *testing.T) {
	if got := journal(1)[0].Chain; got != "xOveyLTBAi5agDE1EYRot_MOabKZdLrn7soyvmqlh0M" {
		t.Errorf("the chain value is %q", got)
	}
}

func TestBrokenSaysWhere(t *testing.T) {
	if said := (Broken{"o1", 7}).Error(); !strings.Contains(said, "o1") || !strings.Contains(said, "7") {
		t.Errorf("it says %q", said)
	}
}

func TestActsAreClosed(t *testing.T) {
	seen := map[Act]bool{}
	for _, act := range Acts {
		if seen[act] || act == "" {
			t.Errorf("%q is listed twice", act)
		}
		seen[act] = true
	}
}
