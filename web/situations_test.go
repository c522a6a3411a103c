package web_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"loquet/house/housetest"
	"loquet/store/storetest"
	"loquet/web"
)

var update = flag.Bool("update", false, "rewrite the printed documents")

// why says why a situation is not walked: a closed word.
type why string

// The reasons for which a situation is not walked.
const (
	postponed why = "Plus tard"
	business  why = "Hors de la porte"
	otherwise why = "Décidé autrement"
)

// situation is one row of what can be lost or go wrong: whom it befalls, what answers it, and the walk that shows it.
// A row is walked, or says why it is not.
type situation struct {
	number int
	who    string // the role, in the words of the field
	what   string
	serves string // in words; each path between backquotes is a route, which the walk must have asked for
	walk   func(t *testing.T, f *housetest.Fixture)
	out    why
	reason string // of out; beside a walk, what it leaves to others
}

// chapter is one part of the table: the situations from its first number to its last.
type chapter struct {
	name        string
	first, last int
	rows        []situation
}

// chapters is the whole table, from the first access to the help desk.
func chapters() []chapter {
	return []chapter{
		{"Premier accès", 1, 12, firstAccess},
		{"Mot de passe oublié", 13, 30, forgotten},
		{"Identifiant oublié", 31, 37, identifiers},
		{"Courriel et portable", 38, 46, addresses},
		{"Familles", 47, 51, families},
		{"Auto-école : les personnes et leurs droits", 52, 61, team},
		{"Navigateur, appareil, handicap, langue", 62, 70, browsers},
		{"Guichet et assistance", 71, 80, desks},
	}
}

// Every numbered situation stands in the table once, is answered by routes that exist or has a reason, and not both.
func TestSituationsAreAllThere(t *testing.T) {
	routes := paths(open(t).Web)
	next := 1
	for _, c := range chapters() {
		if c.first != next || c.last != c.first+len(c.rows)-1 {
			t.Errorf("« %s » has %d rows from %d on, and says %d to %d", c.name, len(c.rows), next, c.first, c.last)
		}
		for _, s := range c.rows {
			if s.number != next {
				t.Fatalf("number %d stands where %d belongs", s.number, next)
			}
			next++
			if s.who == "" || s.what == "" {
				t.Errorf("%d does not say who, or what", s.number)
			}
			switch walked := s.walk != nil; {
			case walked && (s.out != "" || s.serves == ""), !walked && (s.serves != "" || s.reason == ""),
				!walked && !slices.Contains([]why{postponed, business, otherwise}, s.out):
				t.Errorf("%d is neither answered nor left out, or both", s.number)
			case walked && len(named(s.serves)) == 0:
				t.Errorf("%d names no route", s.number)
			}
			for _, path := range named(s.serves) {
				if !routes[path] {
					t.Errorf("%d names %s, which is no route", s.number, path)
				}
			}
		}
	}
	if next != 81 {
		t.Errorf("%d situations, want 80", next-1)
	}
}

// Each situation in a house of its own, over HTTP from the front page. A row that names a route that its walk never
// asked for says more than it shows.
func TestSituations(t *testing.T) {
	for _, c := range chapters() {
		for _, s := range c.rows {
			if s.walk == nil {
				continue
			}
			t.Run(fmt.Sprintf("%02d", s.number), func(t *testing.T) {
				t.Parallel()
				f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
				f.Deliver(t, postman{f.Catcher, &sync.Map{}})
				s.walk(t, f)
				log := f.Log.String()
				for _, path := range named(s.serves) {
					if !wasAsked(t, log, path) {
						t.Errorf("the walk does not go by %s", path)
					}
				}
			})
		}
	}
}

var backquoted = regexp.MustCompile("`(/[^`]*)`")

// named gives the paths that a sentence names.
func named(sentence string) (found []string) {
	for _, m := range backquoted.FindAllStringSubmatch(sentence, -1) {
		found = append(found, m[1])
	}
	return found
}

// paths gives every path that the program answers on.
func paths(w *web.Web) map[string]bool {
	all := map[string]bool{"/": true}
	for _, r := range append(w.Routes(), w.PlatformRoutes()...) {
		all[r.Path] = true
	}
	return all
}

// wasAsked says whether the log has an answer other than a refusal of the path itself.
func wasAsked(t *testing.T, log, path string) bool {
	t.Helper()
	like := regexp.MustCompile("^" + pathPart.ReplaceAllString(path, "[^/]+") + "$")
	for line := range strings.Lines(log) {
		var request struct {
			Msg, Path string
			Status    int
		}
		if err := json.Unmarshal([]byte(line), &request); err != nil {
			t.Fatal(err)
		}
		if request.Msg == "request" && like.MatchString(request.Path) && request.Status != http.StatusNotFound {
			return true
		}
	}
	return false
}

// TestSituationsDocIsFresh prints docs/situations.md from the table.
func TestSituationsDocIsFresh(t *testing.T) {
	var b strings.Builder
	walked := 0
	for _, c := range chapters() {
		fmt.Fprintf(&b, "\n## %s\n\n| n° | qui | situation | ce qui répond |\n|---|---|---|---|\n", c.name)
		for _, s := range c.rows {
			answer := s.serves
			if s.walk == nil {
				answer = "*" + string(s.out) + "\u00a0:* " + s.reason
			} else {
				walked++
				if s.reason != "" {
					answer += "<br>*" + s.reason + "*"
				}
			}
			fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", s.number, s.who, s.what, answer)
		}
	}
	const file = "../docs/situations.md"
	page := fmt.Sprintf("# Ce qui peut se perdre, et ce qui répond\n\n"+
		"Imprimé par `go test ./web -run SituationsDoc -update`\u00a0; ne pas modifier à la main.\n\n"+
		"Quatre-vingts situations de vraies personnes\u00a0: %d sont parcourues par `go test ./web -run Situations`, chacune "+
		"dans une maison neuve, et le test refuse une ligne qui nomme une page où il n’est pas passé. Les autres disent "+
		"pourquoi elles n’y sont pas\u00a0: *plus tard*, *hors de la porte* (l’affaire du logiciel métier, derrière le "+
		"portail), ou *décidé autrement*.\n", walked) + b.String()
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != page {
		t.Error("docs/situations.md is stale: run `go test ./web -run SituationsDoc -update`")
	}
}
