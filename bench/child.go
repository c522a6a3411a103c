package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// opened is what a child says before the address that it listens on.
const opened = "listens on "

// patience is how long a child may take to start.
const patience = time.Minute

// child is a process that is measured.
type child struct {
	cmd     *exec.Cmd
	address string
	began   time.Time
	ended   chan struct{}
}

// start starts a program and waits for the address that it listens on.
func start(ctx context.Context, program string, args ...string) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, program, args...), ended: make(chan struct{})} //nolint:gosec // ourselves
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "LOQUET_") { // this installation's settings are not the bench's
			c.cmd.Env = append(c.cmd.Env, pair)
		}
	}
	out, said, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting: %w", err)
	}
	defer out.Close() //nolint:errcheck // only read
	c.cmd.Stdout, c.cmd.Stderr = said, os.Stderr
	c.began = time.Now()
	err = c.cmd.Start()
	_ = said.Close() // the child has its own
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	go func() {
		_ = c.cmd.Wait() // it is killed in the end
		close(c.ended)
	}()
	_ = out.SetReadDeadline(time.Now().Add(patience)) // a pipe takes deadlines on Linux
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, ok := strings.Cut(line, opened)
	if err != nil || !ok {
		c.kill()
		return nil, fmt.Errorf("starting %s: it did not say where it listens: %q", args[0], line)
	}
	c.address = strings.TrimSpace(address)
	return c, nil
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may have ended
	<-c.ended
}

// cpu is the processor time that the child has used, in steps of 10 ms (proc_pid_stat(5), utime and stime).
func (c *child) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return ticks(string(stat))
}

// ticks reads the 14th and 15th field. The second is the program's name, which may hold blanks.
func ticks(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("processor time: too few fields")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// memory gives a figure of proc_pid_status(5) in MiB: VmRSS, or VmHWM for the most that there was.
func (c *child) memory(name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	return kilobytes(string(status), name)
}

func kilobytes(status, name string) (float64, error) {
	_, rest, ok := strings.Cut(status, name+":")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 2 || fields[1] != "kB" {
		return 0, fmt.Errorf("memory: there is no %s", name)
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	return kib / 1024, err //nolint:wrapcheck // a number of the kernel's
}

// Hello is the bare server that session checks are compared with: net/http and six bytes. It says where it listens and
// serves until ctx is done.
func Hello(ctx context.Context, out io.Writer) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("the bare server: %w", err)
	}
	fmt.Fprintln(out, opened+l.Addr().String())
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "hello\n")
	})}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the bare server: %w", err)
	}
	return nil
}
