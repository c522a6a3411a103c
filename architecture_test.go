// Package loquet holds no code: this test reads the house and keeps its directions.
package loquet

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the printed documents")

// room is one package: what it may import of ours, what it must not reach, and why.
type room struct {
	path  string
	floor string
	may   []string
	never []string
	why   string
}

var (
	noFaces = []string{"net/http", "database/sql", "html/template"}
	rooms   = []room{
		{"fault", "words", nil, noFaces, "three refusals that everyone may name"},
		{"account", "words", []string{"fault"}, noFaces, "who someone is, below everything that happens to them"},
		{"credential", "words", []string{"account", "credential/blocklist", "fault"}, noFaces, "what proves a person"},
		{"session", "words", nil, noFaces, "a signed-in browser, described by times and names only"},
		{"organisation", "words", []string{"account", "credential", "session"}, noFaces,
			"a policy is made of the rules for passwords and sessions"},
		{"application", "words", []string{"account", "session"}, noFaces,
			"a program behind the door, and who may enter it: a rule speaks of people and of how sure we are of them"},
		{"audit", "words", nil, noFaces, "what happened, in closed words"},
		{"limit", "words", nil, []string{"net/http", "database/sql", "time.Now"}, "one pure decision"},
		{"text", "words", nil, noFaces, "sentences know nothing of what they are about"},
		{"courier", "words", []string{"account", "audit", "courier/bounce", "credential", "fault", "organisation", "text"}, []string{"net/http", "database/sql"},
			"a letter names the organisation and the person in their words; its HTML half is a template"},
		{"courier/bounce", "words", nil, append([]string{"time"}, noFaces...),
			"addresses that letters come back to, and the reports that come; whose letter it was is courier's"},
		{"courier/gateway", "words", []string{"courier"}, []string{"database/sql", "html/template"},
			"hands text messages over by HTTP, which courier itself does not speak"},
		{"courier/couriertest", "tests", []string{"courier"}, nil, "a mail server that answers as a test wishes"},
		{"config", "words", nil, noFaces, "settings, before any room is built"},
		{"credential/blocklist", "words", nil, noFaces, "the words that no password may be"},
		{"credential/passkey", "words", []string{"credential"}, []string{"net/http", "database/sql", "html/template", "time"},
			"what a passkey's answer proves, by every step of the standard; go-webauthn stays inside"},
		{"credential/passkey/passkeytest", "tests", nil, nil,
			"a browser with an authenticator, in software, that breaks what a test wants broken"},
		{"credential/blocklist/build", "tools", []string{"credential/blocklist"}, nil, "makes the filter, by hand"},
		{"signin", "flows", []string{"account", "audit", "courier", "credential", "credential/passkey", "fault", "limit", "organisation", "session"}, noFaces,
			"from an identifier to a session"},
		{"recovery", "flows", []string{"account", "audit", "courier", "credential", "credential/passkey", "fault", "limit", "organisation", "session"}, noFaces,
			"from « I cannot get in » to a new password"},
		{"profile", "flows", []string{"account", "audit", "courier", "credential", "credential/passkey", "fault", "limit", "organisation", "session", "text"}, noFaces,
			"what people change about themselves, and the change of an address, whoever asks for it"},
		{"admin", "flows", []string{"account", "application", "audit", "courier", "fault", "organisation", "session", "text"}, noFaces,
			"what a Gérant or an agent does"},
		{"desk", "flows", []string{"account", "admin", "audit", "courier", "credential", "fault", "limit", "organisation", "session"}, noFaces,
			"helping a caller; what it starts elsewhere comes in as an interface, and admin lends the shape of a person and of a search"},
		{"oidc", "flows", []string{"account", "application", "audit", "courier", "fault", "limit", "organisation", "session"},
			[]string{"database/sql", "html/template"},
			"sign-in for other programs; it speaks HTTP, as its protocols are made of it and its library answers by it"},
		{"help", "flows", []string{"account", "audit", "fault", "organisation", "session", "text"}, noFaces,
			"help pages, which text and the organisation's settings fill"},
		{"store", "faces", []string{"account", "admin", "application", "audit", "courier", "credential", "desk", "fault", "help", "limit", "oidc", "organisation", "profile", "recovery", "session", "signin"},
			[]string{"net/http", "html/template"}, "rows are made of the flows' and words' types; store never sees a page"},
		{"store/storetest", "tests", []string{"*"}, nil, "a fresh database of each engine"},
		{"web", "faces", []string{"account", "admin", "application", "audit", "courier", "credential", "credential/passkey", "desk", "fault", "help", "limit", "oidc", "organisation", "profile", "recovery", "session", "signin", "text", "web/assets", "web/pages"},
			[]string{"database/sql"}, "pages ask flows, never tables"},
		{"docs/forward-auth", "faces", nil, noFaces, "the files for proxies, which a page shows as they are shipped"},
		{"web/pages", "faces", []string{"account", "application", "audit", "credential", "docs/forward-auth", "organisation", "session", "text", "web/assets"}, []string{"database/sql", "net/http"},
			"a page is a function of its data"},
		{"web/assets", "faces", nil, []string{"database/sql"}, "files"},
		{"house", "joins", []string{"*"}, nil, "joins the rooms, for the program and for its tests"},
		{"house/housetest", "tests", []string{"*"}, nil, "the whole house on a fresh database, with a browser without a screen"},
		{"walk", "tests", []string{"*"}, nil, "what a person does, in a real browser"},
		{"canteen", "joins", nil, []string{"database/sql"},
			"an application behind the door, as anybody's is: it knows no room of ours"},
		{"relying", "tests", []string{"*"}, nil, "real programs of others that rely on us for who somebody is"},
		{"bench", "joins", []string{"account", "application", "audit", "config", "credential", "house", "organisation", "store"}, []string{"testing"},
			"makes people, starts the program as a child and measures it from outside"},
		{"cmd/loquet", "joins", []string{"*"}, nil, "reads settings and runs the commands of the contract"},
	}
)

// source is one parsed file.
type source struct {
	path string // with slashes, from the root
	file *ast.File
	set  *token.FileSet
}

func (s source) generated() bool {
	return strings.HasSuffix(s.path, "_templ.go")
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// read parses every Go file. It reads the files itself, so that the test's result is not kept when one changes.
func read(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		all = append(all, source{filepath.ToSlash(path), file, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func roomOf(path string) (room, bool) {
	dir := "."
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir = path[:i]
	}
	for _, r := range rooms {
		if r.path == dir {
			return r, true
		}
	}
	return room{}, dir == "."
}

func TestEveryImportGoesAnAllowedWay(t *testing.T) {
	for _, s := range read(t) {
		r, known := roomOf(s.path)
		if !known {
			t.Errorf("%s stands in no room: add the package to the table, with its reason", s.path)
			continue
		}
		if s.test() || r.path == "" {
			continue
		}
		for _, i := range s.file.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if slices.Contains(r.never, path) {
				t.Errorf("%s imports %s: %s", s.path, path, r.why)
			}
			ours, isOurs := strings.CutPrefix(path, "loquet/")
			if isOurs && !slices.Contains(r.may, ours) && !slices.Contains(r.may, "*") {
				t.Errorf("%s imports %s: %s", s.path, path, r.why)
			}
		}
	}
}

func TestEveryPackageSaysWhatItPromises(t *testing.T) {
	docs := map[string]string{}
	for _, s := range read(t) {
		if !s.test() && s.file.Doc != nil {
			docs[filepath.ToSlash(filepath.Dir(s.path))] += s.file.Doc.Text()
		}
	}
	for _, r := range rooms {
		doc := docs[r.path]
		if doc == "" || r.floor != "tests" && r.floor != "tools" && !strings.Contains(doc, "promises") {
			t.Errorf("package %s does not say what it promises: %q", r.path, doc)
		}
	}
}

// TestEveryExportedThingIsExplained wants a comment on each exported name outside tests and generated files.
func TestEveryExportedThingIsExplained(t *testing.T) {
	for _, s := range read(t) {
		if s.test() || s.generated() || strings.HasPrefix(s.path, "web/pages/") && strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		for _, d := range s.file.Decls {
			for _, name := range unexplained(d) {
				t.Errorf("%s: %s has no comment", s.set.Position(d.Pos()), name)
			}
		}
	}
}

func unexplained(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !standardMethod(d.Name.Name) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
					names = append(names, spec.Name.Name)
				}
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					if n.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// standardMethod names methods whose meaning the standard library has fixed.
func standardMethod(name string) bool {
	return slices.Contains([]string{"Error", "Unwrap", "String", "GoString", "LogValue"}, name)
}

// Lengths in lines: what a file and a function may have (docs/decisions/0001).
const (
	longestFile     = 400
	longestTest     = 600
	longestFunction = 70
)

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range read(t) {
		if s.generated() {
			continue
		}
		limit := longestFile
		if s.test() {
			limit = longestTest
		}
		if lines := s.set.File(s.file.Pos()).LineCount(); lines > limit {
			t.Errorf("%s has %d lines, %d at most", s.path, lines, limit)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if lines > longestFunction && !s.test() {
				t.Errorf("%s: %s has %d lines, %d at most", s.set.Position(f.Pos()), f.Name.Name, lines, longestFunction)
			}
		}
	}
}

func TestNamesSayWhatTheyAre(t *testing.T) {
	for _, s := range read(t) {
		for _, word := range []string{"util", "common", "helper", "manager", "misc"} {
			if strings.Contains(strings.ToLower(s.path), word) {
				t.Errorf("%s: %q says nothing", s.path, word)
			}
		}
	}
}

func TestArchitectureDocIsFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The house\n\nPrinted by `go test . -run ArchitectureDoc -update`; do not edit.\n\n" +
		"> If a person could explain it without a computer, it is in a package named for it.\n" +
		"> If a browser sees it, it is in `web`. If it is SQL, it is in `store`.\n\n" +
		"`words → flows → web ∥ store → cmd`: an arrow that is not in this table turns `architecture_test.go` red.\n\n" +
		"| room | floor | may import of ours | never | why |\n|---|---|---|---|---|\n")
	for _, r := range rooms {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.path, r.floor, list(r.may), list(r.never), r.why)
	}
	keep(t, "docs/architecture.md", b.String())
}

func list(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	if names[0] == "*" {
		return "everything"
	}
	sorted := slices.Clone(names)
	sort.Strings(sorted)
	return strings.Join(sorted, ", ")
}

// keep compares a printed document with its file, or writes it with -update.
func keep(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run `go test ./... -run Doc -update`", path)
	}
}
