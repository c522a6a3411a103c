package relying

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"loquet/application"
	"loquet/store/storetest"
)

// node is a relying party of openid-client: relying/node/client.mjs at the other end of two pipes.
type node struct {
	in  io.Writer
	out *bufio.Scanner
}

// openidClient starts it.
func openidClient(t *testing.T) node {
	t.Helper()
	program := installed(t, "node", "apt-get install nodejs")
	if _, err := os.Stat("node/node_modules/openid-client/package.json"); err != nil {
		absent(t, "openid-client", "(cd relying/node && npm ci --ignore-scripts)")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "client.mjs")
	cmd.Dir, cmd.Stderr = "node", &output{}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was told to end
		if said := cmd.Stderr.(*output).String(); said != "" {
			t.Logf("node said:\n%s", said)
		}
	})
	return node{in, bufio.NewScanner(out)}
}

// told is what it answers.
type told struct {
	Done  map[string]any `json:"done"`
	Error string         `json:"error"` // an OAuth error code where the provider gave one
	Why   string         `json:"why"`
}

// asks has it do something; fields are names and values in turn.
func (n node) asks(t *testing.T, act string, fields ...any) (a told) {
	t.Helper()
	request := map[string]any{"act": act}
	for i := 0; i+1 < len(fields); i += 2 {
		request[fields[i].(string)] = fields[i+1]
	}
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if !n.out.Scan() {
		t.Fatalf("openid-client ended at %s: %v", act, n.out.Err())
	}
	if err := json.Unmarshal(n.out.Bytes(), &a); err != nil {
		t.Fatalf("openid-client answered %q: %v", n.out.Text(), err)
	}
	return a
}

// does has it do something that must succeed.
func (n node) does(t *testing.T, act string, fields ...any) map[string]any {
	t.Helper()
	a := n.asks(t, act, fields...)
	if a.Error != "" {
		t.Fatalf("%s: %s: %s", act, a.Error, a.Why)
	}
	return a.Done
}

// client is one way to be a relying party.
type client struct {
	name   string
	signs  application.Algorithm
	proof  string // of who the application is: "basic", "post" or "none"
	pushed bool   // pushes its request (RFC 9126)
	bound  bool   // binds its tokens to a key (RFC 9449)
}

var clients = []client{
	{name: "RS256, client_secret_basic", signs: application.RS256, proof: "basic"},
	{name: "ES256, client_secret_post, pushed", signs: application.ES256, proof: "post", pushed: true},
	{name: "EdDSA, client_secret_basic, DPoP", signs: application.EdDSA, proof: "basic", bound: true},
	{name: "public, ES256", signs: application.ES256, proof: "none"},
	{name: "public, RS256, pushed, DPoP", signs: application.RS256, proof: "none", pushed: true, bound: true},
}

func TestOpenIDClientOfNPM(t *testing.T) {
	t.Parallel()
	e, n := open(t), openidClient(t)
	e.knows(t, e.Town, storetest.Active)
	b := browse(t)
	b.signsIn(b.opens(issuer(e.Town)+"/signin"), storetest.Active).wants(t, http.StatusOK, issuer(e.Town)+"/home")
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) { c.walks(t, e, n, b) })
	}
	t.Run("ATK-047, ATK-048: another verifier, and a code twice", func(t *testing.T) { codesServeOnce(t, e, n, b) })
	t.Run("OAU-04: a refresh token that comes back ends all", func(t *testing.T) { returns(t, e, n, b) })
	t.Run("RP-initiated logout", func(t *testing.T) { leaves(t, e, n, b) })
}

// back is where these applications are answered; nobody listens there, the browser stops before.
const back = "https://planning.example/back"

// begins registers an application and leads the browser to the answer that it is to get.
func (c client) begins(t *testing.T, e *estate, n node, b *browser, visit string) (answer string) {
	t.Helper()
	a, secret := e.registers(t, e.Town, application.Application{
		Name: c.name, Redirects: []string{back}, LogoutRedirects: []string{"https://planning.example/left"},
		Public: c.proof == "none", Signs: c.signs,
	})
	begun := n.does(t, "begin", "visit", visit, "issuer", issuer(e.Town), "id", a.ID, "secret", secret, "proof", c.proof,
		"algorithm", c.signs, "redirect", back, "scope", "openid profile email offline_access",
		"pushed", c.pushed, "bound", c.bound)
	metadata := begun["metadata"].(map[string]any)
	if metadata["authorization_response_iss_parameter_supported"] != true {
		t.Error("discovery does not promise iss in answers")
	}
	if open, _ := metadata["registration_endpoint"].(string); open != "" {
		t.Errorf("discovery offers registration at %s", open)
	}
	return b.answered(t, begun["address"].(string), back, "").String()
}

// text gives a value of an answer, "" for what is no text.
func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

func tokens(m map[string]any) (access, refresh string) {
	in, _ := m["tokens"].(map[string]any)
	return text(in, "access_token"), text(in, "refresh_token")
}

// walks has the client enter, ask who it is, refresh, ask about a token and give it back.
func (c client) walks(t *testing.T, e *estate, n node, b *browser) {
	person := storetest.Person(t, e.DB, e.Town, storetest.Active)
	got := n.does(t, "finish", "visit", c.name, "answer", c.begins(t, e, n, b, c.name))
	claims := got["claims"].(map[string]any)
	for name, want := range map[string]string{"iss": issuer(e.Town), "sub": person.ID} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %s", name, claims[name], want)
		}
	}
	access, refresh := tokens(got)
	who := n.does(t, "userinfo", "visit", c.name, "token", access, "subject", person.ID)
	if who["preferred_username"] != storetest.Active || who["role"] != "famille" ||
		who["email"] != "claire.martin@orange.example" {
		t.Errorf("userinfo: %v", who)
	}
	newer := n.does(t, "refresh", "visit", c.name, "token", refresh)
	access2, refresh2 := tokens(newer)
	if access2 == "" || access2 == access || refresh2 == "" || refresh2 == refresh {
		t.Fatalf("refreshing gave %v", newer)
	}
	if kind := text(newer["tokens"].(map[string]any), "token_type"); strings.EqualFold(kind, "dpop") != c.bound {
		t.Errorf("a token of type %s", kind)
	}
	if c.proof != "none" {
		about := n.does(t, "introspect", "visit", c.name, "token", access2)
		if about["active"] != true || about["sub"] != person.ID {
			t.Errorf("introspection: %v", about)
		}
	}
	n.does(t, "revoke", "visit", c.name, "token", refresh2)
	if a := n.asks(t, "refresh", "visit", c.name, "token", refresh2); a.Error != "invalid_grant" {
		t.Errorf("a token that was given back: %+v", a)
	}
	if a := n.asks(t, "userinfo", "visit", c.name, "token", access2, "subject", person.ID); a.Error == "" {
		t.Errorf("an access token of a grant that was given back: %v", a.Done)
	}
	if c.proof != "none" {
		if about := n.does(t, "introspect", "visit", c.name, "token", access2); len(about) != 1 || about["active"] != false {
			t.Errorf("introspection of it: %v", about)
		}
	}
}

func codesServeOnce(t *testing.T, e *estate, n node, b *browser) {
	c := clients[0]
	answer := c.begins(t, e, n, b, "verifier")
	wrong := strings.Repeat("anotherVerifier", 3)
	if a := n.asks(t, "finish", "visit", "verifier", "answer", answer, "verifier", wrong); a.Error != "invalid_grant" {
		t.Errorf("another verifier: %+v", a)
	}
	answer = c.begins(t, e, n, b, "twice")
	got := n.does(t, "finish", "visit", "twice", "answer", answer)
	if a := n.asks(t, "finish", "visit", "twice", "answer", answer); a.Error != "invalid_grant" {
		t.Errorf("a code twice: %+v", a)
	}
	access, refresh := tokens(got)
	if a := n.asks(t, "refresh", "visit", "twice", "token", refresh); a.Error != "invalid_grant" {
		t.Errorf("the refresh token of a code that came twice: %+v", a)
	}
	if about := n.does(t, "introspect", "visit", "twice", "token", access); about["active"] != false {
		t.Errorf("its access token: %v", about)
	}
}

func returns(t *testing.T, e *estate, n node, b *browser) {
	_, stolen := tokens(n.does(t, "finish", "visit", "stolen", "answer", clients[3].begins(t, e, n, b, "stolen")))
	_, newer := tokens(n.does(t, "refresh", "visit", "stolen", "token", stolen))
	if a := n.asks(t, "refresh", "visit", "stolen", "token", stolen); a.Error != "invalid_grant" {
		t.Errorf("a token that was used: %+v", a)
	}
	if a := n.asks(t, "refresh", "visit", "stolen", "token", newer); a.Error != "invalid_grant" {
		t.Errorf("the one that took over from it: %+v", a)
	}
}

func leaves(t *testing.T, e *estate, n node, b *browser) {
	got := n.does(t, "finish", "visit", "leaves", "answer", clients[1].begins(t, e, n, b, "leaves"))
	hint := text(got["tokens"].(map[string]any), "id_token")
	address := text(n.does(t, "leave", "visit", "leaves", "hint", hint, "redirect", "https://planning.example/left",
		"state", "semaine-45"), "address")
	const left = "https://planning.example/left"
	if to := b.answered(t, address, left, "").String(); to != left+"?state=semaine-45" {
		t.Errorf("led to %s", to)
	}
	b.opens(issuer(e.Town)+"/home").wants(t, http.StatusOK, issuer(e.Town)+"/signin")
	access, _ := tokens(got)
	if about := n.does(t, "introspect", "visit", "leaves", "token", access); about["active"] != false {
		t.Errorf("a token after signing out: %v", about)
	}
}
