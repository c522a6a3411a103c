package main

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"loquet/account"
	"loquet/courier/couriertest"
)

var activation = regexp.MustCompile(`(?m)^http://localhost:8080(/enter/\S+)$`)

// TestOperatorsAreMadeByTheCommandLine makes one before the first server, who then sets up a second proof before
// anything else, and is closed out within a second.
func TestOperatorsAreMadeByTheCommandLine(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), 0)
	data := []string{"--data", folder}
	create := append([]string{"operator", "create", "OPERATEUR.LOU", "--name", "Lou Marchand", "--email", "lou@loquet.example"}, data...)
	refused(t, call(t, "operator", "list", "--data", folder), exitFailed, "operator create")
	refused(t, call(t, create...), exitUsage, "--platform-host")
	remote := append(create, "--public-scheme", "http", "--platform-host", "plateforme.example")
	refused(t, call(t, remote...), exitUsage, "plateforme.example", "https")
	out := done(t, append(create, "--public-scheme", "http")...)
	link := activation.FindStringSubmatch(out)
	if link == nil || strings.Contains(strings.ToLower(out), "password:") {
		t.Fatalf("operator create printed %q", out)
	}
	again := call(t, append(create, "--public-scheme", "http")...)
	refused(t, again, exitFailed, "identifier", "taken")

	s := serve(t, append(data, "--smtp", insecure(relay))...)
	b := s.browser("localhost:0")
	want(t, b.Post(link[1]), 303, "/renew")
	const password = "Guichet-Calme-du-Mardi-19"
	want(t, b.Post("/renew", "new_password", password, "confirm_password", password), 303, "/signin")
	enter := func() string {
		return b.Post("/signin", "identifier", "OPERATEUR.LOU", "password", password).Location
	}
	if at := enter(); at != "/account/factors" {
		t.Errorf("an operator without a second proof is led to %q", at)
	}
	want(t, b.Get("/desk"), 303, "/account/factors")
	refused(t, call(t, append([]string{"operator", "reset-factors", "OPERATEUR.LOU"}, data...)...), exitFailed, "no second proof")
	done(t, append([]string{"operator", "disable", "OPERATEUR.LOU"}, data...)...)
	if at := enter(); at != "" {
		t.Errorf("who is disabled is led to %q", at)
	}
	done(t, append([]string{"operator", "activate", "OPERATEUR.LOU"}, data...)...)
	if at := enter(); at != "/account/factors" {
		t.Errorf("who is activated again is led to %q", at)
	}
	operators := from[[]userLine](t, append([]string{"operator", "list", "--json"}, data...)...)
	if len(operators) != 1 || operators[0].Role != account.Operator || operators[0].Name != "Lou Marchand" ||
		operators[0].Organisation != "platform" || operators[0].Second != "overdue" {
		t.Errorf("operator list: %+v", operators)
	}
}

// TestThePlatformIsNoOrganisationOfTheCommandLine wants operators to be nobody's people, and tenants' people to be no
// operators.
func TestThePlatformIsNoOrganisationOfTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	data := []string{"--data", folder}
	run := func(words string, more ...string) result {
		return call(t, append(append(strings.Fields(words), more...), data...)...)
	}
	if r := run("operator create OP.A --email a@loquet.example --public-scheme http --name", "Camille"); r.status != exitDone {
		t.Fatal(r.err)
	}
	for _, list := range []string{"organisation list", "organisation list --json", "user list", "user list --json", "recovery check --json"} {
		if r := run(list); r.status != exitDone || strings.Contains(r.out, "platform") || strings.Contains(r.out, "OP.A") {
			t.Errorf("%s shows the platform: %s%s", list, r.out, r.err)
		}
	}
	if r := run("user list --json --organisation platform"); !strings.Contains(r.out, `"OP.A"`) {
		t.Errorf("user list --organisation platform: %s%s", r.out, r.err)
	}
	for words, says := range map[string]string{
		"user create OP.B --organisation platform --role operator": "operator create",
		"user create OP.B --organisation platform --role gerant":   "operator create",
		"user create OP.B --organisation famille --role operator":  `"operator"`,
	} {
		refused(t, run(words), exitUsage, says)
	}
	platform := initOf("autre.localhost:8080")
	platform[2] = "platform"
	refused(t, call(t, append(platform, append(data, "--public-scheme", "http")...)...), exitUsage, "operator create")
	for _, typed := range [][]string{
		{"operator", "create", "", "--name", "A", "--email", "a@b.example"},
		{"operator", "create", "OP.C", "--name", " ", "--email", "a@b.example"},
		{"operator", "create", "OP.C", "--name", "A", "--email", "a"},
		{"operator", "create", "OP.C", "--name", "A", "--email", "a@b.example", "--mobile", "12"},
		{"operator", "create", "OP.C", "--name", "A"},
	} {
		refused(t, call(t, append(typed, data...)...), exitUsage)
	}
	claims := run("serve --public-scheme http --listen 127.0.0.1:0 --ops-listen= --smtp smtp+insecure://127.0.0.1:1 " +
		"--mail-from a@loquet.example --platform-host " + town)
	refused(t, claims, exitFailed, town, "platform_host")
}

// TestDemoHasADesk finds the demo's operators, and the same ones when it is started again.
func TestDemoHasADesk(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "kept")
	s, port := demo(t, "--data", folder)
	if !strings.Contains(s.out.String(), "OPERATEUR.CAMILLE") {
		t.Error("the demo does not name the desk")
	}
	b := s.browser("localhost:" + port)
	if a := b.Get("/"); a.Status != 200 || !strings.Contains(a.Body, `href="/signin"`) {
		t.Errorf("the platform's page is %d, or without its entrance", a.Status)
	}
	want(t, b.Get("/desk"), 303, "/signin?next="+url.QueryEscape("/desk"))
	want(t, b.Post("/recover", "identifier", "OPERATEUR.CAMILLE"), 303, "/recover/sent")
	until(t, "the letter has come", func() bool { return len(mails(t, s, port)) > 0 })
	if l := mails(t, s, port)[0]; !strings.Contains(l.Text, "http://localhost:"+port+"/enter/") || !strings.HasSuffix(l.To, ".example") {
		t.Errorf("the letter to %s leads elsewhere:\n%s", l.To, l.Text)
	}
	if status := s.stop(); status != exitDone {
		t.Errorf("the demo ended with %d", status)
	}
	operators := from[[]userLine](t, "operator", "list", "--json", "--data", folder)
	if len(operators) != 2 || operators[0].Identifier != "OPERATEUR.CAMILLE" || operators[1].Identifier != "OPERATEUR.SACHA" {
		t.Errorf("the demo's operators are %+v", operators)
	}
	_, port = demo(t, "--data", folder)
	if again := from[[]userLine](t, "operator", "list", "--json", "--data", folder); len(again) != 2 {
		t.Errorf("on port %s there are %d operators", port, len(again))
	}
}
