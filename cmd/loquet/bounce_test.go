package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"loquet/courier/couriertest"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

const comeBack = "Vos courriels reviennent"

// returned writes what a Postfix would about a letter that cannot be delivered to a mailbox.
func returned(t *testing.T, to, mailbox string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "courier", "bounce", "testdata", "postfix-hard.eml"))
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte("claire.martin@orange.example"), []byte(mailbox))
	return bytes.ReplaceAll(raw, []byte("@RETURN@"), []byte(to))
}

// brings hands a mail over by LMTP, as the mail server of the installation does.
func brings(t *testing.T, door, to string, raw []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", door)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close() //nolint:errcheck // all was said
	if err := errors.Join(c.Mail("", nil), c.Rcpt(to, nil)); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(raw)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
}

// sender gives the address that the last letter to a mailbox comes back to.
func sender(t *testing.T, relay *couriertest.Server, mailbox string) (from string) {
	t.Helper()
	for _, m := range relay.Taken() {
		if m.To == mailbox {
			from = m.From
		}
	}
	if !strings.HasPrefix(from, "retours+") || !strings.HasSuffix(from, "@saint-loup.example") {
		t.Fatalf("the letter comes back to %q", from)
	}
	return from
}

// A letter leaves, its mail server reports that there is no such address, and whoever it was for is asked for another:
// by LMTP, and by a pipe.
func TestALetterThatComesBackIsSeenByManagerAndOwner(t *testing.T) {
	folder, relay, door := t.TempDir(), couriertest.Start(t, couriertest.Clear), free(t)
	populated(t, filed(folder), 2)
	s := serve(t, "--data", folder, "--smtp", insecure(relay), "--bounce-address", "retours@saint-loup.example",
		"--bounce-listen", door)
	agent, first, second := s.browser(town), s.browser(town), s.browser(town)
	recovers(t, agent, relay, storetest.Agent, "nadia.benali@saint-loup.example", chosen)
	recovers(t, first, relay, identifier(0), mailbox(0), chosen)
	recovers(t, second, relay, identifier(1), mailbox(1), chosen)
	shows := func(b *housetest.Browser, path, words string) bool {
		t.Helper()
		a := b.Get(path)
		if a.Status != 200 {
			t.Fatalf("%s answers %d", path, a.Status)
		}
		return strings.Contains(a.Body, words)
	}

	mine := sender(t, relay, mailbox(0))
	forged := strings.Replace(mine, "retours+", "retours+a", 1)
	brings(t, door, forged, returned(t, forged, mailbox(0)))
	brings(t, door, mine, returned(t, mine, mailbox(1)))
	if shows(agent, "/settings/mail", "5.1.1") || shows(agent, "/settings/users?q=Durand", "injoignable") {
		t.Error("a forged report has changed something")
	}
	brings(t, door, mine, returned(t, mine, mailbox(0)))
	// What a session knows of its owner is kept for a second.
	until(t, "the person is asked for another address", func() bool { return shows(first, "/home", comeBack) })
	if !shows(first, "/home", `href="/account/email"`) || !shows(first, "/account/email", comeBack) ||
		shows(second, "/home", comeBack) {
		t.Error("the person is not asked for another address, or somebody else is")
	}
	list := agent.Get("/settings/mail?failed=1").Body
	if !strings.Contains(list, "refusé par mx1.orange.example") || !strings.Contains(list, "(5.1.1)") ||
		strings.Contains(list, mailbox(0)) {
		t.Errorf("the manager reads %s", list)
	}
	_, link, _ := strings.Cut(list, `href="/settings/users/`)
	id, _, _ := strings.Cut(link, `"`)
	if !shows(agent, "/settings/users/"+id, "(5.1.1)") || !shows(agent, "/settings/users/"+id, "injoignable") {
		t.Error("the person's page does not say it")
	}
	stranger := s.browser(town)
	want(t, stranger.Post("/recover", "identifier", identifier(0)), 303, "/recover/sent")
	if shows(stranger, "/recover", comeBack) || shows(stranger, "/recover/sent", comeBack) {
		t.Error("a stranger is told")
	}

	// The same by a pipe, beside the running server.
	pipes := func(raw []byte, args ...string) result {
		cmd := command(t.Context(), append([]string{"bounce", "--data", folder}, args...)...)
		cmd.Stdin = bytes.NewReader(raw)
		return finish(t, cmd)
	}
	yours := sender(t, relay, mailbox(1))
	report := returned(t, yours, mailbox(1))
	address := []string{"--bounce-address", "retours@saint-loup.example"}
	header := append([]byte("X-Original-To: "+yours+"\nDelivered-To: loquet@localhost\n"), report...)
	for _, c := range []struct {
		what   string
		raw    []byte
		args   []string
		status int
		flags  bool
	}{
		{"no address of returns", report, []string{"--recipient", yours}, exitLater, false},
		{"no database", report, append(address, "--recipient", yours, "--database", "sqlite:/nowhere/loquet.db"),
			exitLater, false},
		{"no recipient", report, address, exitDone, false},
		{"another recipient", report, append(address, "--recipient", mine), exitDone, false},
		{"no mail", nil, append(address, "--recipient", yours), exitDone, false},
		{"a wrong flag", header, append(address, "--recipients", yours), exitUsage, false},
		{"the header names it", header, address, exitDone, true},
		{"the same once more", report, append(address, "--recipient", yours), exitDone, true},
	} {
		r := pipes(c.raw, c.args...)
		if r.status != c.status || r.out != "" && c.status != exitUsage || (r.err == "") != (c.status == exitDone) {
			t.Errorf("%s: %d %q", c.what, r.status, r.err)
		}
		if back := strings.Count(agent.Get("/settings/mail?failed=1").Body, "(5.1.1)"); (back == 2) != c.flags {
			t.Errorf("%s: %d letters came back", c.what, back)
		}
	}
	until(t, "the second person is asked as well", func() bool { return shows(second, "/home", comeBack) })
}

func TestTheDoorOfReturnsIsNeverPublic(t *testing.T) {
	for _, c := range [][]string{
		{"--bounce-address", "retours@saint-loup.example", "--bounce-listen", "0.0.0.0:2424"},
		{"--bounce-listen", "127.0.0.1:2424"}, {"--bounce-address", "retours"},
	} {
		r := call(t, append([]string{"serve", "--public-scheme", "http", "--data", t.TempDir(),
			"--smtp", "smtp+insecure://localhost", "--mail-from", "portail@saint-loup.example"}, c...)...)
		if r.status != exitUsage || !strings.Contains(r.err, "bounce_") {
			t.Errorf("%v: %d %q", c, r.status, r.err)
		}
	}
}
