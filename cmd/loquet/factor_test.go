package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier/couriertest"
	"loquet/credential"
	"loquet/profile"
	"loquet/store"
	"loquet/store/storetest"
)

// TestUserResetFactors is the way back for a last manager who has lost everything: by whoever runs the machine, beside
// a running server, told to the person and in the journal.
func TestUserResetFactors(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), 0)
	db, err := store.Open(t.Context(), filed(folder), logger(&program{err: io.Discard}, "error"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o, err := db.OrganisationBySlug(t.Context(), "famille")
	if err != nil {
		t.Fatal(err)
	}
	agent := func() account.Account { return storetest.Person(t, db, o, storetest.Agent) }
	second := true
	before := agent()
	err = db.ApplyProfile(t.Context(), profile.Change{
		Now: time.Now(), Organisation: o.ID, Account: before.ID, Factor: &credential.FactorChange{
			Version: before.Version, App: &credential.App{Seed: store.NewID(), Created: time.Now()}, Second: &second,
			Batch: store.NewID(), Codes: []credential.PrintedCode{{Digest: "a"}, {Digest: "b"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if has := agent().Factors; !has.App || has.Codes != 2 || !has.Second {
		t.Fatalf("the agent has %+v", has)
	}
	serve(t, "--data", folder, "--smtp", insecure(relay))

	of := []string{"--organisation", "famille", "--data", folder}
	reset := func(identifier string) result {
		return call(t, append([]string{"user", "reset-factors", identifier}, of...)...)
	}
	r := reset(strings.ToLower(storetest.Agent))
	if r.status != exitDone || !strings.Contains(r.out, "1 proven address") {
		t.Fatalf("status %d, printed %q, said %q", r.status, r.out, r.err)
	}
	if has := agent().Factors; has.Any() || has.Second || has.Password != before.Factors.Password {
		t.Errorf("the agent still has %+v", has)
	}
	entries, err := db.Journal(t.Context(), o.ID, 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	noted := false
	for _, e := range entries {
		noted = noted || e.Act == audit.FactorsReset && e.Actor == audit.System && e.Target == before.ID
	}
	if !noted {
		t.Error("the journal does not say it")
	}
	to := before.RecoveryEmails()[0]
	until(t, "the letter has come", func() bool { return len(letters(t, relay, to)) > 0 })
	if l := letters(t, relay, to)[0]; !strings.Contains(l.Text, "par la personne qui fait tourner ce portail") {
		t.Errorf("the letter says\n%s", l.Text)
	}
	refused(t, reset(storetest.Agent), exitFailed, "no second proof")
	refused(t, reset("99999"), exitFailed, `"99999"`, "user list")
}
