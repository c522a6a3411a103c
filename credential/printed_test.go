package credential

import (
	"slices"
	"testing"
)

// Codes on paper must stay the same from one version of the program to the next.
func TestPrintedCodesAreStable(t *testing.T) {
	got := forge(t, forgeKey).PrintedCodes("batch-1")
	want := []string{
		"S4S8-F5UA-H5EX-UCQV", "4Y9Q-HCEW-YYRY-H4A9", "AA95-CKGQ-BR6X-EJ2K", "9HVZ-Y33B-4XXU-2N4T",
		"2UMP-TA9V-SYXA-PBRU", "ZGJW-T3HH-2DUD-4277", "TSFF-F6U4-EYEX-H9NU", "54HE-XXJY-2738-EHVY",
		"DEDA-4N5C-9NWP-E749", "BNBS-G9GC-U49D-HW5B",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the codes are %q, want %q", got, want)
	}
}

func TestPrintedCodesAreTenAndDistinct(t *testing.T) {
	f := forge(t, forgeKey)
	seen := map[string]bool{}
	for _, batch := range []string{"batch-1", "batch-2", "batch"} {
		codes := f.PrintedCodes(batch)
		if len(codes) != PrintedCodes || PrintedCodes != 10 {
			t.Errorf("a batch has %d codes", len(codes))
		}
		for _, code := range codes {
			if read, ok := Read(Printed, code); !ok || read != code || seen[code] {
				t.Errorf("%q is read as %q, %v; seen before: %v", code, read, ok, seen[code])
			}
			seen[code] = true
		}
	}
	if codes := f.PrintedCodes(""); codes != nil {
		t.Errorf("no batch has the codes %q", codes)
	}
}

// ATK-008: a printed code and a temporary password have one shape, and neither serves as the other.
func TestATK008PrintedIsNotTemporary(t *testing.T) {
	f := forge(t, forgeKey)
	for _, secret := range append(f.PrintedCodes("b"), f.Make(Temporary, "b")) {
		if f.Digest(Printed, "o", secret) == f.Digest(Temporary, "o", secret) {
			t.Errorf("%q serves as both", secret)
		}
		if f.Digest(Printed, "o", secret) == f.Digest(Printed, "p", secret) {
			t.Errorf("%q serves in two organisations", secret)
		}
	}
	if f.Make(Printed, "b") == f.Make(Temporary, "b") {
		t.Error("both kinds of one issue are the same")
	}
}

func TestCodesLeft(t *testing.T) {
	factors := Factors{Codes: make([]PrintedCode, PrintedCodes)}
	for i := range factors.Codes {
		if left := factors.CodesLeft(); left != PrintedCodes-i {
			t.Errorf("%d codes are left after %d uses", left, i)
		}
		factors.Codes[i].Used = noon
	}
	if left := factors.CodesLeft(); left != 0 {
		t.Errorf("%d codes are left after all", left)
	}
}

func TestFactorsAtAHost(t *testing.T) {
	factors := Factors{Passkeys: []Passkey{{ID: "1", Host: "a"}, {ID: "2", Host: "b"}, {ID: "3", Host: "a"}}}
	for host, want := range map[string]string{"a": "13", "b": "2", "c": "", "": ""} {
		got := ""
		for _, k := range factors.At(host) {
			got += k.ID
		}
		if got != want {
			t.Errorf("at %q the passkeys are %q, want %q", host, got, want)
		}
	}
}
