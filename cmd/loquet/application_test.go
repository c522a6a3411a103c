package main

import (
	"strings"
	"testing"

	"loquet/courier/couriertest"
	"loquet/store/storetest"
)

// TestApplicationsByTheCommandLine lets some in beside a server that runs, lists them, and shuts one out (contract).
func TestApplicationsByTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	data := []string{"--data", folder, "--public-scheme", "http"}
	serve(t, "--data", folder, "--smtp", insecure(couriertest.Start(t, couriertest.Clear))) // the command line works beside it
	run := func(words string, more ...string) result {
		return call(t, append(append(strings.Fields(words), more...), data...)...)
	}
	type created struct {
		applicationLine
		Secret string `json:"client_secret"`
		Issuer string `json:"issuer"`
	}
	create := func(words string) created {
		return from[created](t, append(strings.Fields("application create --json --organisation famille "+words), data...)...)
	}
	one := create("--name Cantine --redirect https://cantine.example/a?b,c --redirect http://127.0.0.1/cb --url https://cantine.example/ " +
		"--logout-redirect https://cantine.example/ --back-channel https://cantine.example/out --role famille --second --no-pkce")
	if len(one.Secret) != 52 || !strings.HasPrefix(one.ClientID, "app") || one.Issuer != "http://"+town ||
		len(one.Redirects) != 2 || one.Redirects[0] != "https://cantine.example/a?b,c" {
		t.Errorf("%+v", one)
	}
	if two := create("--name Mobile --redirect com.example.app:/cb --public --third-party"); two.Secret != "" || !two.Public {
		t.Errorf("%+v", two)
	}
	three := create("--name Gestion --forward-auth https://gestion.example --role agent")
	if three.Kind != "forward" || three.URL != "https://gestion.example/" || three.Secret != "" {
		t.Errorf("%+v", three)
	}
	plainly(t, run, data[:2])
	for words, wanted := range map[string]struct {
		status int
		says   string
	}{
		"application create --organisation famille --name A":                                                  {exitUsage, "--redirect"},
		"application create --organisation famille --name A --redirect http://a.example/":                     {exitUsage, "--redirect"},
		"application create --organisation famille --name A --redirect https://a.example/ --role owner":       {exitUsage, "--role"},
		"application create --organisation famille --name A --redirect https://a.example/ --public --no-pkce": {exitUsage, "--no-pkce"},
		"application create --organisation famille --name cantine --redirect https://a.example/":              {exitFailed, "already"},
		"application create --organisation famille --name A --forward-auth https://gestion.example/":          {exitFailed, "guards"},
		"application create --organisation famille --name A --forward-auth https://a.example/ --public":       {exitUsage, "--forward-auth"},
		"application create --organisation nowhere --name A --redirect https://a.example/":                    {exitFailed, "nowhere"},
		"application revoke appnobody":        {exitFailed, "application list"},
		"application create --name A --bogus": {exitUsage, "`loquet application create --help`"},
	} {
		refused(t, run(words), wanted.status, wanted.says)
	}
	if r := run("application revoke", one.ClientID); r.status != exitDone {
		t.Fatal(r.err)
	}
	refused(t, run("application revoke", one.ClientID), exitFailed, "application list")
	lines := from[[]applicationLine](t, append(strings.Fields("application list --json"), data...)...)
	if len(lines) != 6 || lines[0].Name != "Gestion" || lines[3].Name != "Mobile" || lines[0].Organisation != "famille" {
		t.Errorf("%+v", lines)
	}
	if plain := run("application list --organisation famille"); !strings.Contains(plain.out, three.ClientID) || strings.Contains(plain.out, one.Secret) {
		t.Errorf("%q", plain.out)
	}
	db := storetest.Open(t, filed(folder))
	o, err := db.OrganisationBySlug(t.Context(), "famille")
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := db.Application(t.Context(), o.ID, one.ClientID); err != nil || kept.Open() || !kept.Knows(one.Secret) {
		t.Errorf("%+v: %v", kept, err)
	}
}

// plainly reads what is printed for people.
func plainly(t *testing.T, run func(string, ...string) result, folder []string) {
	t.Helper()
	for words, wanted := range map[string][]string{
		"--name Papier --redirect https://papier.example/":   {"client_secret  ", "discovery      http://" + town + "/.well-known/", "not shown again"},
		"--name Jeux --redirect org.example.jeux:/ --public": {"client_id      app", "issuer         http://" + town},
		"--name Stock --forward-auth https://stock.example":  {"guards         https://stock.example/\n", "http://" + town + "/settings/applications/app"},
	} {
		r := run("application create --organisation famille " + words)
		for _, says := range wanted {
			if r.status != exitDone || !strings.Contains(r.out, says) || r.err != "" {
				t.Errorf("%s: %d %s\n%s", words, r.status, r.out, r.err)
			}
		}
	}
	secure := call(t, append(strings.Fields("application create --organisation famille --name Https --redirect https://a.example/"), folder...)...)
	if secure.status != exitDone || !strings.Contains(secure.err, "--public-scheme http") {
		t.Errorf("%+v", secure)
	}
}
