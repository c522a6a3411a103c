package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/courier"
	"loquet/courier/couriertest"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

func TestEveryCommandHasHelp(t *testing.T) {
	for _, words := range []string{
		"", "demo", "serve", "init", "organisation", "organisation list", "organisation show", "organisation create",
		"user", "user list", "user create", "user disable", "user activate", "user reset-factors",
		"operator", "operator create", "operator list", "operator disable", "operator activate", "operator reset-factors",
		"journal", "journal verify", "config", "bench", "version",
	} {
		t.Run("loquet "+words, func(t *testing.T) {
			t.Parallel()
			r := call(t, append(strings.Fields(words), "--help")...)
			if r.status != exitDone || !strings.HasPrefix(r.out, "Usage: loquet "+words) || r.err != "" {
				t.Errorf("status %d, printed %q, said %q", r.status, r.out, r.err)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	if out := done(t, "version"); out != "loquet "+version+"\n" {
		t.Errorf("printed %q", out)
	}
}

// TestTheCommandLineWinsOverVariablesAndThoseOverTheFile follows one setting through its three places.
func TestTheCommandLineWinsOverVariablesAndThoseOverTheFile(t *testing.T) {
	folder := t.TempDir()
	writes("loquet.toml", "listen = \"file\"\npublic_scheme = \"http\"\nsmtp = \"smtp://h\"\nmail_from = \"a@b.example\"\n")(t, folder)
	file := "LOQUET_CONFIG=" + filepath.Join(folder, "loquet.toml")
	for says, args := range map[string][]string{
		`listen: "file"`:     {file, "serve"},
		`listen: "variable"`: {file, "LOQUET_LISTEN=variable", "serve"},
		`listen: "flag"`:     {file, "LOQUET_LISTEN=variable", "serve", "--listen", "flag"},
	} {
		refused(t, call(t, args...), exitUsage, says)
	}
	for _, name := range []string{"listen", "LOQUET_TRUSTED_PROXIES", "--hash-wait"} {
		if out := done(t, "config"); !strings.Contains(out, name) {
			t.Errorf("`loquet config` does not name %s", name)
		}
	}
}

var invitation = regexp.MustCompile(`(?m)^http://famille\.localhost:8080(/enter/\S+)$`)

// TestInitPrintsALinkThatWorksOnce is the first hour of an installation.
func TestInitPrintsALinkThatWorksOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	out := done(t, append(initOf(town), "--public-scheme", "http", "--data", data)...)
	link := invitation.FindStringSubmatch(out)
	if link == nil || strings.Contains(strings.ToLower(out), "password:") {
		t.Fatalf("init printed %q", out)
	}
	relay := couriertest.Start(t, couriertest.Clear)
	s := serve(t, "--data", data, "--smtp", insecure(relay))
	b := s.browser(town)
	if page := b.Get(link[1]); page.Status != 200 {
		t.Errorf("the link's page is %d", page.Status)
	}
	want(t, b.Post(link[1]), 303, "/renew")
	want(t, b.Post("/renew", "new_password", chosen, "confirm_password", chosen), 303, "/signin")
	want(t, b.Post("/signin", "identifier", "AGENT.ENFANCE", "password", chosen), 303, "/home")
	if page := s.browser(town).Post(link[1]); page.Status == 303 {
		t.Error("the link works twice")
	}

	again := initOf("autre.localhost:8080")
	refused(t, call(t, append(again, "--public-scheme", "http", "--data", data)...), exitFailed, `"saint-loup"`, "organisation list")
	again[2] = "saint-paul"
	done(t, append(again, "--public-scheme", "http", "--data", data)...)
	again[2] = "saint-jean"
	refused(t, call(t, append(again, "--public-scheme", "http", "--data", data)...), exitFailed, `"autre.localhost:8080"`)
	done(t, "journal", "verify", "--organisation", "saint-loup", "--data", data)
}

func TestInitAsksForWhatItWasNotTold(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	cmd := command(t.Context(), "init", "--public-scheme", "http", "--data", data, "--preset", "auto-ecole")
	cmd.Stdin = strings.NewReader("lac\nAuto-école du Lac\nlac.localhost:8080\nAUTOECOLE.GERANT\ngerant@lac.example\n")
	if r := finish(t, cmd); r.status != exitDone || !strings.Contains(r.out, "http://lac.localhost:8080/enter/") {
		t.Errorf("init ended with %d, printed %q, said %q", r.status, r.out, r.err)
	}
	people := from[[]userLine](t, "user", "list", "--json", "--organisation", "lac", "--data", data)
	if len(people) != 1 || people[0].Identifier != "AUTOECOLE.GERANT" || people[0].Role != account.Gerant {
		t.Errorf("made %+v", people)
	}
}

func TestListsForMachines(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	organisations := from[[]map[string]any](t, "organisation", "list", "--json", "--data", folder)
	if len(organisations) != 2 || organisations[1]["slug"] != "famille" || organisations[1]["name"] != "Ville de Saint-Loup" ||
		fmt.Sprint(organisations[1]["hosts"]) != "["+town+"]" {
		t.Errorf("organisation list: %v", organisations)
	}
	people := from[[]map[string]any](t, "user", "list", "--json", "--organisation", "famille", "--data", folder)
	found := map[string]any{}
	for _, p := range people {
		if p["identifier"] == storetest.Active {
			found = p
		}
	}
	for field, value := range map[string]any{
		"identifier": storetest.Active, "name": "Claire Martin", "role": "famille", "email": "claire.martin@orange.example",
		"mobile": "+33612345678", "state": "active", "organisation": "famille", "second": "alone",
	} {
		if found[field] != value {
			t.Errorf("user list: %s is %v, want %v", field, found[field], value)
		}
	}
	all := from[[]userLine](t, "user", "list", "--json", "--data", folder)
	if len(all) != len(people)+4 {
		t.Errorf("%d people in all, and %d in the town", len(all), len(people))
	}
	shown := from[map[string]any](t, "organisation", "show", "famille", "--data", folder)
	if shown["slug"] != "famille" || shown["policy"] == nil {
		t.Errorf("organisation show: %v", shown)
	}
	none := call(t, "organisation", "show", "nowhere", "--data", folder)
	refused(t, none, exitFailed, `"nowhere"`, "organisation list")
}

// TestUserDisableIsHonouredWithinASecond works beside a running server.
func TestUserDisableIsHonouredWithinASecond(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), 1)
	s := serve(t, "--data", folder, "--smtp", insecure(relay))
	b := s.browser(town)
	recovers(t, b, relay, identifier(0), mailbox(0), chosen)
	if page := b.Get("/home"); page.Status != 200 {
		t.Fatalf("home is %d", page.Status)
	}
	of := []string{"--organisation", "famille", "--data", folder}
	done(t, append([]string{"user", "disable", identifier(0)}, of...)...)
	refusedWithin(t, b, time.Now())
	if page := b.Post("/signin", "identifier", identifier(0), "password", chosen); page.Status == 303 {
		t.Error("who is disabled signs in")
	}
	done(t, append([]string{"user", "activate", identifier(0)}, of...)...)
	want(t, b.Post("/signin", "identifier", identifier(0), "password", chosen), 303, "/home")
	nobody := call(t, append([]string{"user", "disable", "99999"}, of...)...)
	refused(t, nobody, exitFailed, `"99999"`, "user list")
}

// refusedWithin wants /home to be closed to a browser: no request that began a second after that may be let in.
func refusedWithin(t *testing.T, b *housetest.Browser, ended time.Time) {
	t.Helper()
	until(t, "the session is refused", func() bool {
		asked := time.Now()
		page := b.Get("/home")
		if page.Status == 200 && asked.Sub(ended) > time.Second {
			t.Fatalf("%v after its end the session is let in", asked.Sub(ended))
		}
		return page.Status == 303
	})
}

func TestUserCreateLetsSomeoneIn(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), 0)
	s := serve(t, "--data", folder, "--smtp", insecure(relay))
	of := []string{"--organisation", "famille", "--data", folder}
	create := func(identifier string, more ...string) result {
		return call(t, append(append([]string{"user", "create", identifier}, of...), more...)...)
	}
	if r := create("60001", "--role", "famille", "--name", "Petit", "--email", "petit@boites.example"); r.status != exitDone {
		t.Fatalf("user create: %s", r.err)
	}
	recovers(t, s.browser(town), relay, "60001", "petit@boites.example", chosen)
	refused(t, create("60001", "--role", "famille"), exitFailed, "identifier", "taken")
	refused(t, create("60002", "--role", "maire"), exitUsage, `"maire"`, "moniteur")
	refused(t, create("60002", "--role", "famille", "--email", "petit"), exitUsage, `"petit"`)
	refused(t, create("60002", "--role", "famille", "--mobile", "12"), exitUsage, `"12"`)
	refused(t, create("60002"), exitUsage, "--role")
}

// mails gives the letters that the demo has caught, newest first.
func mails(t *testing.T, s *server, port string) (all []courier.Caught) {
	t.Helper()
	page := s.browser("localhost:" + port).Get("/demo/mail.json")
	if err := json.Unmarshal([]byte(page.Body), &all); page.Status != 200 || err != nil {
		t.Fatalf("/demo/mail.json: %d, %v", page.Status, err)
	}
	return all
}

// TestDemoIsKept runs the demo twice on one folder, on two ports, and then serves the folder.
func TestDemoIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "kept")
	first, port := demo(t, "--data", folder)
	for _, words := range []string{
		"http://famille.localhost:" + port, "http://autoecole.localhost:" + port, "http://localhost:" + port + "/demo/mail", "38162",
	} {
		if !strings.Contains(first.out.String(), words) {
			t.Errorf("the demo does not print %s", words)
		}
	}
	people := from[[]userLine](t, "user", "list", "--json", "--organisation", "famille", "--data", folder)
	if status := first.stop(); status != exitDone {
		t.Errorf("the demo ended with %d", status)
	}
	second, port := demo(t, "--data", folder)
	if page := second.browser("famille.localhost:" + port).Get("/signin"); page.Status != 200 {
		t.Errorf("the second demo answers %d on its new port", page.Status)
	}
	if again := from[[]userLine](t, "user", "list", "--json", "--organisation", "famille", "--data", folder); len(again) != len(people) {
		t.Errorf("%d families were there, and %d are", len(people), len(again))
	}
	if len(people) < 7 {
		t.Errorf("the demo has %d families", len(people))
	}
	if status := second.stop(); status != exitDone {
		t.Errorf("the demo ended with %d", status)
	}
	relay := couriertest.Start(t, couriertest.Clear)
	s := serve(t, "--data", folder, "--smtp", insecure(relay))
	recovers(t, s.browser("famille.localhost:"+port), relay, "38162", mailOf(people, "38162"), chosen)
	if page := s.browser("famille.localhost:" + port).Get("/demo/mail.json"); page.Status != 404 {
		t.Errorf("serve answers the demo's address with %d", page.Status)
	}
}

func mailOf(people []userLine, identifier string) string {
	for _, p := range people {
		if p.Identifier == identifier {
			return p.Email
		}
	}
	return ""
}

// TestDemoWithoutAFolderLeavesNothing wants the temporary folder to be gone.
func TestDemoWithoutAFolderLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	s, _ := demo(t)
	if listing(t, folder) == folder+"\n" {
		t.Error("the demo has no folder")
	}
	if status := s.stop(); status != exitDone || s.errs.String() != "" {
		t.Errorf("the demo ended with %d and said %q", status, s.errs)
	}
	if left := listing(t, folder); left != folder+"\n" {
		t.Errorf("the demo left\n%s", left)
	}
}

// TestOperationsListener answers on an address of its own, and on no public host.
func TestOperationsListener(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	ops := free(t)
	s := serve(t, "--data", folder, "--smtp", "smtp+insecure://127.0.0.1:1", "--ops-listen", ops)
	for path, words := range map[string]string{"/healthz": "ok", "/readyz": "ok", "/metrics": "loquet_hashes_running"} {
		if page := housetest.Open(t, ops, ops).Get(path); page.Status != 200 || !strings.Contains(page.Body, words) {
			t.Errorf("%s: %d %.100s", path, page.Status, page.Body)
		}
		for _, host := range []string{town, "localhost:0", "elsewhere.example"} {
			if page := s.browser(host).Get(path); page.Status != 404 && page.Status != http.StatusMisdirectedRequest {
				t.Errorf("%s on %s: %d", path, host, page.Status)
			}
		}
	}
}

// TestBehindAProxy serves https without a certificate of its own.
func TestBehindAProxy(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	s := serve(t, "--data", folder, "--smtp", "smtp+insecure://127.0.0.1:1", "--public-scheme", "https", "--trusted-proxies", "127.0.0.1")
	b := s.browser(town)
	b.Header.Set("X-Forwarded-For", "192.0.2.1")
	a := b.Post("/recover", "identifier", storetest.Active)
	want(t, a, 303, "/recover/sent")
	if cookie := a.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-loquet") || !strings.Contains(cookie, "Secure") {
		t.Errorf("the cookie is %q", cookie)
	}
	if a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}
