package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
)

// TestRecoveryCheck names whom a loss would leave outside: in the town those without a mailbox, once the one agent who
// could help them has gone.
func TestRecoveryCheck(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	of := []string{"--organisation", "famille", "--data", folder}
	check := func(more ...string) (people map[recovery.Safety]int, found map[string]foundLine) {
		r := call(t, append(append([]string{"recovery", "check", "--json"}, more...), of...)...)
		var said []checked
		if err := json.Unmarshal([]byte(r.out), &said); err != nil || r.status != exitDone || len(said) != 1 {
			t.Fatalf("status %d, %v: %s%s", r.status, err, r.out, r.err)
		}
		found = map[string]foundLine{}
		for _, l := range said[0].Found {
			found[l.Identifier] = l
		}
		return said[0].People, found
	}
	isolated := []string{storetest.NoEmail, storetest.Unproven}
	wants := func(found map[string]foundLine, safety recovery.Safety, losses ...string) {
		t.Helper()
		for _, identifier := range isolated {
			l := found[identifier]
			if l.Safety != safety || !slices.Equal(l.Losses, losses) || l.Cure != "mailbox" {
				t.Errorf("%s: %+v, want %s by the loss of %v", identifier, l, safety, losses)
			}
		}
	}

	if people, found := check(); len(found) > 0 || people[recovery.Helped] == 0 || people[recovery.OneLoss] > 0 {
		t.Errorf("with an agent there are %v, and named are %v", people, found)
	}
	_, found := check("--all")
	wants(found, recovery.Helped, "identifier", "password")

	departs(t, filed(folder), storetest.Agent)
	people, found := check()
	wants(found, recovery.OneLoss, "identifier", "password")
	if people[recovery.OneLoss]+people[recovery.NoWay] != len(found) {
		t.Errorf("counted are %v, named %d", people, len(found))
	}
	for _, identifier := range []string{storetest.Active, storetest.Agent, storetest.Locked, storetest.Disabled} {
		if l, ok := found[identifier]; ok {
			t.Errorf("%s is named: %+v", identifier, l)
		}
	}
	r := call(t, append([]string{"recovery", "check"}, of...)...)
	line := storetest.NoEmail + "\tfamille\tis one loss away from no way back in: identifier, or password; would help: mailbox"
	if r.status != exitDone || !strings.Contains(r.out, line) {
		t.Errorf("status %d, said %q", r.status, r.out)
	}
	if r = call(t, "recovery", "check", "--organisation", "nobody", "--data", folder); r.status != exitFailed || r.err == "" {
		t.Errorf("an organisation that is not there: %d, %q", r.status, r.err)
	}
}

// departs closes an account of the town.
func departs(t *testing.T, url, identifier string) {
	t.Helper()
	db, err := store.Open(t.Context(), url, logger(&program{err: io.Discard}, "error"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test ends with it
	o, err := db.OrganisationBySlug(t.Context(), "famille")
	if err != nil {
		t.Fatal(err)
	}
	person := storetest.Person(t, db, o, identifier)
	if err := db.SetState(t.Context(), o.ID, person.ID, account.Disabled, time.Now(), audit.Entry{}); err != nil {
		t.Fatal(err)
	}
}
