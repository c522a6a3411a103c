package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/recovery"
	"loquet/store"
	"loquet/store/storetest"
	words "loquet/text"
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

// TestRecoveryMap lists the ways of an organisation in its own words, and draws them as XML that any reader takes, with
// every way on it and everything inside the sheet.
func TestRecoveryMap(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	of := []string{"recovery", "map", "--organisation", "autoecole", "--data", folder}
	r := call(t, of...)
	if r.status != exitDone || !strings.Contains(r.out, "→ Se connecter") || !strings.Contains(r.out, "clé + 2e preuve") ||
		!strings.Contains(r.out, "Il n’y a pas d’assistance") || strings.Contains(r.out, "⟦") {
		t.Errorf("status %d, said %s%s", r.status, r.out, r.err)
	}
	file := filepath.Join(t.TempDir(), "map.svg")
	if r = call(t, append(of, "--svg", file)...); r.status != exitDone {
		t.Fatalf("status %d: %s", r.status, r.err)
	}
	drawn, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	texts, boxes := drawnIn(t, drawn)
	for _, w := range recovery.Ways {
		if name := words.For("fr", words.Key).Say("map.way." + w.Name); !slices.Contains(texts, name) {
			t.Errorf("%s is not drawn: %q", w.Name, name)
		}
	}
	if boxes < 2*len(recovery.Ways) {
		t.Errorf("%d boxes for %d ways", boxes, len(recovery.Ways))
	}
	if r = call(t, append(of, "--svg", filepath.Join(file, "no"))...); r.status != exitFailed || r.err == "" {
		t.Errorf("a file that cannot be: %d, %q", r.status, r.err)
	}
}

// A name that is markup stays a name.
func TestTheDrawingIsEscaped(t *testing.T) {
	o := organisation.Organisation{Name: `<script>alert("&")</script>`, Language: "en", Policy: organisation.Default.Policy()}
	texts, _ := drawnIn(t, []byte(drawnMap{organisation: o, say: printerOf(o)}.svg()))
	if !slices.Contains(texts, o.Name+": the ways back in") {
		t.Errorf("the title is not among %q", texts[:3])
	}
}

// drawnIn reads a drawing: what it says, and how many boxes it has, all of them on the sheet.
func drawnIn(t *testing.T, drawn []byte) (texts []string, boxes int) {
	t.Helper()
	reader := xml.NewDecoder(bytes.NewReader(drawn))
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return texts, boxes
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at := map[string]int{}
			for _, a := range token.Attr {
				at[a.Name.Local], _ = strconv.Atoi(a.Value) // 0 for what is no number
			}
			if token.Name.Local == "script" || at["x"]+at["width"] > sheetWidth || at["y"]+at["height"] > sheetHeight-10 && at["y"] > 0 {
				t.Errorf("%s %v is not on the sheet", token.Name.Local, at)
			}
			if token.Name.Local == "rect" {
				boxes++
			}
		case xml.CharData:
			texts = append(texts, string(token))
		}
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
