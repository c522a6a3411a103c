package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"loquet/courier"
	"loquet/courier/couriertest"
	"loquet/house/housetest"
	"loquet/store/storetest"
)

var update = flag.Bool("update", false, "rewrite the printed documents")

// binary is the program under test, built once as it is shipped.
var binary string

// patience is how long a test waits for what should take a moment.
const patience = 20 * time.Second

// The town of storetest answers on this host, whatever port the program listens on.
const town = "famille.localhost:8080"

// chosen is the password that people choose.
const chosen = "Lilas-Bleu-74"

func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "loquet-test-")
	if err == nil {
		err = os.Chmod(folder, 0o755) //nolint:gosec // tests run the program as another user
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(folder, "loquet")
	build := exec.Command("go", "build", "-o", binary, ".")
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, said)
		os.Exit(1)
	}
	storetest.Main(m, func() { _ = os.RemoveAll(folder) }) // in the folder for temporary files
}

// text is what a program writes, read while it writes.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// command gives the program with arguments, in an environment without settings. Words such as LOQUET_LISTEN=… at the
// front are variables.
func command(ctx context.Context, args ...string) *exec.Cmd {
	var variables []string
	for len(args) > 0 && strings.HasPrefix(args[0], "LOQUET_") {
		variables, args = append(variables, args[0]), args[1:]
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "LOQUET_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, variables...)
	return cmd
}

// result is how a run of the program ended.
type result struct {
	status   int
	out, err string
}

// call runs the program to its end.
func call(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return finish(t, command(ctx, args...))
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out.String(), errs.String())
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// done runs the program and wants it to succeed; it gives what was printed.
func done(t *testing.T, args ...string) string {
	t.Helper()
	r := call(t, args...)
	if r.status != exitDone {
		t.Fatalf("loquet %v: status %d: %s", args, r.status, r.err)
	}
	return r.out
}

// from runs the program and reads the JSON that it prints.
func from[T any](t *testing.T, args ...string) (v T) {
	t.Helper()
	out := done(t, args...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("loquet %v printed %q: %v", args, out, err)
	}
	return v
}

// server is a loquet that runs.
type server struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	out     *text
	errs    *text
	ended   chan struct{}
}

// start runs the program until the end of the test and waits until it says that it is open.
func start(t *testing.T, open string, args ...string) *server {
	t.Helper()
	s := &server{t: t, cmd: command(context.Background(), args...), out: &text{}, errs: &text{}, ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.errs
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.cmd.Wait() // the state says more
		close(s.ended)
	}()
	t.Cleanup(s.kill)
	until(t, "the program is open", func() bool {
		select {
		case <-s.ended:
			t.Fatalf("loquet %v ended: %s", args, s.errs)
		default:
		}
		return strings.Contains(s.out.String(), open)
	})
	return s
}

// serve runs `loquet serve` on any free port, over http.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	const open = "listens on "
	s := start(t, open, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--ops-listen=", "--public-scheme", "http", "--mail-from", "portail@loquet.example",
	}, args...)...)
	_, address, _ := strings.Cut(s.out.String(), open)
	s.address = strings.TrimSpace(address)
	return s
}

// demo runs `loquet demo` on a free port.
func demo(t *testing.T, args ...string) (s *server, port string) {
	t.Helper()
	address := free(t)
	s = start(t, "Loquet is open", append([]string{"demo", "--listen", address}, args...)...)
	s.address = address
	_, port, _ = net.SplitHostPort(address)
	return s, port
}

// free gives an address of this machine that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *server) browser(host string) *housetest.Browser { return housetest.Open(s.t, s.address, host) }

// kill ends the program as a power cut does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

// stop asks the program to end and gives its exit status.
func (s *server) stop() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	until(s.t, "the program ends", func() bool {
		select {
		case <-s.ended:
			return true
		default:
			return false
		}
	})
	return s.cmd.ProcessState.ExitCode()
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("waited %v in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// want stops the test when an answer is not the expected redirect.
func want(t testing.TB, a housetest.Answer, status int, location string) {
	t.Helper()
	if a.Status != status || a.Location != location {
		t.Fatalf("got %d %q, want %d %q", a.Status, a.Location, status, location)
	}
}

// insecure is the setting that leads to a mail server of a test.
func insecure(s *couriertest.Server) string { return "smtp+insecure://" + s.Addr }

// letters gives what a mail server took for an address, read as a mail program does.
func letters(t testing.TB, s *couriertest.Server, to string) (all []courier.Caught) {
	t.Helper()
	for _, m := range s.Taken() {
		if m.To != to {
			continue
		}
		l, err := courier.Read(m.Raw)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// recovers leads a browser from « Mot de passe oublié » to a session with a password of its own.
func recovers(t *testing.T, b *housetest.Browser, relay *couriertest.Server, identifier, mailbox, password string) {
	t.Helper()
	before := len(letters(t, relay, mailbox))
	want(t, b.Post("/recover", "identifier", identifier), 303, "/recover/sent")
	until(t, "the letter has come", func() bool { return len(letters(t, relay, mailbox)) > before })
	temporary := housetest.Secret(t, letters(t, relay, mailbox)[before])
	want(t, b.Post("/signin", "identifier", identifier, "password", temporary), 303, "/renew")
	want(t, b.Post("/renew", "new_password", password, "confirm_password", password), 303, "/signin")
	want(t, b.Post("/signin", "identifier", identifier, "password", password), 303, "/home")
}
