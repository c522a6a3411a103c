package relying

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// installed gives the path of a program. Without it the test is over: see absent.
func installed(t testing.TB, name, install string) string {
	t.Helper()
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		path := filepath.Join(folder, name)
		if at, err := os.Stat(path); err == nil && at.Mode().IsRegular() && at.Mode()&0o111 != 0 {
			return path
		}
	}
	absent(t, name, install)
	return ""
}

// absent ends a test whose program is not installed: it fails where nothing may be missing (LOQUET_STRICT=1), and
// elsewhere says how to install it.
func absent(t testing.TB, name, install string) {
	t.Helper()
	if os.Getenv("LOQUET_STRICT") == "1" {
		t.Fatalf("%s is not installed; install it: %s", name, install)
	}
	fmt.Fprintf(os.Stderr, "relying: %s is not installed, so %s does not run; install it: %s\n", name, t.Name(), install)
	t.SkipNow()
}

// free gives a port of this machine that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was written
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// nobody is whom a program runs as when the tests run as root; nil when they do not.
func nobody(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"www-data", "nobody"} {
		who, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(who.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(who.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("the tests run as root, and there is no user www-data or nobody to run servers as")
	return nil
}

// folder makes a folder that belongs to nobody, in which a server finds its configuration and keeps its files.
func folder(t testing.TB) string {
	t.Helper()
	path, err := os.MkdirTemp("", "rp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) }) // in the folder for temporary files
	if who := nobody(t); who != nil {
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// writes puts a file into a folder, for everybody to read.
func writes(t testing.TB, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o644); err != nil { //nolint:gosec // servers of another user read it
		t.Fatal(err)
	}
}

// started runs a server in the foreground, without rights, until the test ends, and waits until its port answers. What
// it says, and the files that it is said to log to, are shown when the test fails. It has a home of its own: some keep
// files there without being asked, Caddy its last configuration.
func started(t testing.TB, port string, logs []string, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	var said output
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Env = append(os.Environ(), "HOME="+folder(t), "XDG_CONFIG_HOME=", "XDG_DATA_HOME=")
	cmd.SysProcAttr = attributes(nobody(t))
	begun, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the kernel ends the server with the thread that started it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait() // it ends because it is told to
		}
		close(ended)
	}()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(path), tail(said.String()))
			for _, name := range logs {
				body, _ := os.ReadFile(name)
				t.Logf("%s:\n%s", filepath.Base(name), tail(string(body)))
			}
		}
	})
	until(t, filepath.Base(path)+" listens", func() bool {
		select {
		case <-ended:
			t.Fatalf("%s ended at once: %s", path, &said)
		default:
		}
		var d net.Dialer
		c, err := d.DialContext(context.Background(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			return false
		}
		_ = c.Close()
		return true
	})
}

// tail gives the end of a log.
func tail(s string) string {
	const most = 12_000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}

// output is what a program writes, read while it writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// shipped reads a configuration of docs and replaces names, ports and secrets in it, given in turn. Each must be there.
func shipped(t testing.TB, path string, replace ...string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "docs", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(string(body), replace[i]) {
			t.Fatalf("docs/%s does not say %q any more", path, replace[i])
		}
	}
	return strings.NewReplacer(replace...).Replace(string(body))
}
