package passkey

import (
	"encoding/json"
	"os"
	"testing"

	"loquet/credential"
)

// vector is one of the test vectors of WebAuthn Level 3 §16, with what is to come of it here.
type vector struct {
	Section        string
	ID             string
	RefusedCreated string
	Created        map[string]string
	Key            string
	RefusedSigned  string
	Signed         map[string]string
}

// standard is the party of the vectors.
var standard = Party{Host: "example.org", Origin: "https://example.org"}

func vectors(t testing.TB) []vector {
	t.Helper()
	file, err := os.ReadFile("testdata/w3c.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(file, &all); err != nil || len(all) != 14 {
		t.Fatalf("%d vectors: %v", len(all), err)
	}
	return all
}

// passkey is what the store would have of a vector.
func (v vector) passkey() credential.Passkey {
	synced := bytesOf(v.Signed["authenticatorData"])[32]&8 != 0
	return credential.Passkey{ID: v.ID, Host: standard.Host, Key: bytesOf(v.Key), Synced: synced}
}

func (v vector) answer(t testing.TB, response map[string]string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": v.ID, "rawId": v.ID, "type": "public-key", "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vectors of the standard were made by no code of ours: those whose attestation we did not ask for, whose
// algorithm we do not offer or that come from within another site's page are refused, the others serve.
func TestVectorsOfTheStandard(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Section, func(t *testing.T) {
			k := v.passkey()
			c, err := ReadCreated(v.answer(t, v.Created))
			if err != nil {
				t.Fatal(err)
			}
			made, err := c.Check(standard, owner)
			if step(t, err) != v.RefusedCreated {
				t.Errorf("the creation gives %v, want %q", err, v.RefusedCreated)
			}
			if err == nil {
				if made.ID != k.ID || text(made.Key) != v.Key || made.Synced != k.Synced || made.Model == "" {
					t.Errorf("the passkey is %+v", made)
				}
				k = made
			}
			a, err := Read(v.answer(t, v.Signed))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Check(standard, owner.Handle, k, false); step(t, err) != v.RefusedSigned {
				t.Errorf("the use gives %v, want %q", err, v.RefusedSigned)
			}
		})
	}
}
