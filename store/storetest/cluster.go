package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// installed is where Debian, its children and most builds from source put the programs of PostgreSQL.
var installed = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin",
}

// cluster is a server of PostgreSQL that lives as long as the test process.
type cluster struct {
	url     string
	folder  string
	process *os.Process
	ended   chan struct{}
}

// startCluster makes a cluster in a folder of its own and starts its server on a socket there, so that it takes no
// port.
func startCluster() (*cluster, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "lq") // short: the name of a socket has 107 bytes at most
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, ended: make(chan struct{})}
	if err := c.start(programs); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return c, nil
}

func find() (string, error) {
	var found []string
	for _, pattern := range installed {
		matches, _ := filepath.Glob(filepath.Join(pattern, "initdb")) // the patterns are constants
		found = append(found, matches...)
	}
	if len(found) == 0 {
		return "", errors.New("its programs are not installed")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (c *cluster) start(programs string) error {
	owner, err := servant()
	if err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(c.folder, owner.uid, owner.gid); err != nil {
			return err
		}
	}
	data := filepath.Join(c.folder, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "loquet", "--auth", "trust",
		"--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "fr", "--locale", "C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = owner.attributes(), c.folder
	if said, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(said))
	}
	server := exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-k", c.folder)
	for _, setting := range []string{
		"listen_addresses=", "max_connections=200", "shared_buffers=32MB", "wal_level=minimal", "max_wal_senders=0",
		"full_page_writes=off", "autovacuum=off", "log_min_messages=fatal",
	} {
		server.Args = append(server.Args, "-c", setting)
	}
	server.SysProcAttr, server.Dir = owner.attributes(), c.folder
	if err := c.run(server); err != nil {
		return err
	}
	c.url = (&url.URL{
		Scheme: "postgres", User: url.User("loquet"), Path: "/postgres",
		RawQuery: url.Values{"host": {c.folder}}.Encode(),
	}).String()
	return c.wait()
}

// run starts the server from a thread that lives as long as it does: the kernel ends the server with that thread, so
// that a test process that is killed leaves no server behind.
func (c *cluster) run(server *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := server.Start()
		c.process = server.Process
		started <- err
		if err == nil {
			_ = server.Wait() // it ends because it is told to
		}
		close(c.ended)
	}()
	return <-started
}

func (c *cluster) wait() error {
	db, err := sql.Open("pgx", c.url)
	if err != nil {
		return err
	}
	defer db.Close()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range 500 {
		if err = db.Ping(); err == nil {
			return nil
		}
		select {
		case <-c.ended:
			return errors.New("the server ended at once")
		case <-ticker.C:
		}
	}
	c.stop()
	return fmt.Errorf("the server does not answer: %w", err)
}

// stop ends the server at once, as nobody needs what it holds.
func (c *cluster) stop() {
	_ = c.process.Signal(os.Interrupt) // "fast shutdown"; it may be gone already
	<-c.ended
	_ = os.RemoveAll(c.folder) // in the folder for temporary files
}

// user is who runs the server, which refuses to be run by root.
type user struct{ uid, gid int }

// servant gives the user postgres when this process is root's; nil when the server may run as this user.
func servant() (*user, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(passwd)) {
		fields := strings.Split(line, ":")
		if len(fields) < 4 || fields[0] != "postgres" {
			continue
		}
		uid, err1 := strconv.Atoi(fields[2])
		gid, err2 := strconv.Atoi(fields[3])
		return &user{uid, gid}, errors.Join(err1, err2)
	}
	return nil, errors.New("it does not run as root, and there is no user postgres")
}

func statement(t testing.TB, address, text string) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Errorf("storetest: %s: %v", text, err)
	}
}
