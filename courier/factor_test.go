package courier_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"loquet/audit"
	"loquet/courier"
	"loquet/organisation"
)

// Every act that FactorActs lists has a letter in both worlds: what, when, from where, and what to do about it; never a
// way in of its own.
func TestEveryFactorNoticeTellsWhatHappenedAndWhatToDo(t *testing.T) {
	told := map[audit.Act]int{}
	for _, l := range courier.Samples() {
		if l.Kind != courier.FactorNotice {
			continue
		}
		told[l.What]++
		m := rendered(t, l)
		for _, want := range []string{
			l.Organisation.Name, l.Person.Identifier, "3 septembre 2026 à 11", "Firefox sur Windows", l.PortalURL + "/recover",
			l.Organisation.Contact.Phone, "prévenez-nous",
		} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%s does not say %q:\n%s", l.ID, want, m.Text)
			}
		}
		for _, bad := range []string{"/enter", "/confirm", "/stop"} {
			if strings.Contains(m.Text, bad) {
				t.Errorf("%s leads to %s", l.ID, bad)
			}
		}
		named := strings.Contains(m.Text, "Karim Martin") || strings.Contains(m.Text, "Marc Favre")
		if named != (l.What == audit.FactorsReset) {
			t.Errorf("%s names a manager: %v", l.ID, named)
		}
		passkey := "clé d’accès"
		if l.Organisation.Wording == organisation.Key {
			passkey = "passkey"
		}
		about := l.What == audit.PasskeyAdded || l.What == audit.PasskeyRemoved
		if about && !strings.Contains(m.Text, passkey) {
			t.Errorf("%s does not speak of a %s", l.ID, passkey)
		}
		if l.Organisation.Wording == organisation.Key && strings.Contains(m.Text, "clé d’accès") {
			t.Errorf("%s says clé d’accès where the password is a clé", l.ID)
		}
	}
	for _, act := range courier.FactorActs {
		if told[act] != 2 {
			t.Errorf("%s has %d letters", act, told[act])
		}
	}
}

// Whoever uses a printed code is told how many are left, and where to make others.
func TestACodeThatServedIsCounted(t *testing.T) {
	for _, l := range courier.Samples() {
		if l.What != audit.CodeUsed {
			continue
		}
		for left, want := range map[int]string{6: "Il vous en reste 6.", 1: "Il vous en reste 1.", 0: "C’était le dernier"} {
			l.Left = left
			m := rendered(t, l)
			if !strings.Contains(m.Text, want) || !strings.Contains(m.Text, l.PortalURL+"/account/factors/codes") {
				t.Errorf("with %d left:\n%s", left, m.Text)
			}
		}
	}
}

// What the outbox keeps of a notice comes back as it was, and names nothing that is secret.
func TestWhatTheOutboxKeepsOfAFactorNotice(t *testing.T) {
	said := courier.FactorSaid{
		What: audit.FactorsReset, Left: 3, AskedBy: "Marc Favre", Device: "Firefox – Windows",
		Asked: time.Date(2026, 9, 3, 9, 2, 0, 1000, time.UTC),
	}
	kept, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	var back courier.FactorSaid
	if err := json.Unmarshal(kept, &back); err != nil || back != said {
		t.Errorf("%s comes back as %+v, %v", kept, back, err)
	}
}
