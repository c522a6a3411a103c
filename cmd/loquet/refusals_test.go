package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"loquet/courier/couriertest"
	"loquet/house/housetest"
)

// sound are settings with which `loquet serve` starts, but for the data folder and what a case changes.
var sound = []string{
	"serve", "--listen", "127.0.0.1:0", "--ops-listen=", "--public-scheme", "http", "--smtp", "smtp+insecure://127.0.0.1:1",
	"--mail-from", "portail@loquet.example",
}

// wrong is something that keeps the program from starting.
type wrong struct {
	prepare func(t *testing.T, folder string)
	args    []string // {} stands for the folder
	status  int
	says    []string
}

func with(more ...string) []string { return append(append([]string{}, sound...), more...) }

var wrongs = map[string]wrong{
	"a key of the file that does not exist": {
		prepare: writes("loquet.toml", "mail_form = \"a@b.example\"\n"), args: with("--config", "{}/loquet.toml"),
		status: exitUsage, says: []string{`"mail_form"`, `did you mean "mail_from"`},
	},
	"a file that is no TOML": {
		prepare: writes("loquet.toml", "listen: here\n"), args: with("--config", "{}/loquet.toml"),
		status: exitUsage, says: []string{"settings file"},
	},
	"a file that is not there": {
		args: with("--config", "{}/loquet.toml"), status: exitUsage, says: []string{"settings file", "no such file"},
	},
	"a variable that does not exist": {
		args: append([]string{"LOQUET_LISTN=127.0.0.1:1"}, sound...), status: exitUsage, says: []string{`did you mean "LOQUET_LISTEN"`},
	},
	"a flag that does not exist": {
		args: with("--lisen", "x"), status: exitUsage, says: []string{"unknown flag --lisen", "`loquet serve --help`"},
	},
	"a command that does not exist": {args: []string{"sevre"}, status: exitUsage, says: []string{"sevre", "`loquet --help`"}},
	"no command":                    {status: exitUsage, says: []string{"demo", "`loquet --help`"}},
	"a number that is none": {
		args: with("--hash-memory", "much"), status: exitUsage, says: []string{"--hash-memory"},
	},
	"a log level that does not exist": {args: with("--log-level", "loud"), status: exitUsage, says: []string{"--log-level"}},
	"a hash that is too cheap":        {args: with("--data", "{}/d", "--hash-memory", "64"), status: exitUsage, says: []string{"at least"}},
	"a text gateway in clear": {
		args: with("--data", "{}/d", "--sms", "http://gateway.example/x"), status: exitUsage, says: []string{"sms:", "https://"},
	},
	"a text gateway's key without its gateway": {
		args: with("--data", "{}/d", "--sms-headers", "X-Api-Key: open-sesame"), status: exitUsage, says: []string{"sms_headers", "name the gateway"},
	},
	"a text gateway's header that is none": {
		prepare: writes("loquet.toml", "sms = \"https://gateway.example/x\"\nsms_headers = [\"X-Sender: a, b\", \"open-sesame\"]\n"),
		args:    with("--data", "{}/d", "--config", "{}/loquet.toml"), status: exitUsage, says: []string{"sms_headers: number 2"},
	},
	"a text message that could break its form": {
		args:   with("--data", "{}/d", "--sms", "https://gateway.example/x", "--sms-body", `{"key":"open-sesame","to":"{{.To}}","body":"{{.Body}}"}`),
		status: exitUsage, says: []string{"sms_body", "{{json .To}}"},
	},
	"a text message to nobody": {
		args:   with("--data", "{}/d", "--sms", "https://gateway.example/x?key=open-sesame", "--sms-method", "GET"),
		status: exitUsage, says: []string{"{{.To}}"},
	},
	"a text gateway's answer that cannot be read": {
		args:   with("--data", "{}/d", "--sms", "https://gateway.example/x", "--sms-success", "(open-sesame"),
		status: exitUsage, says: []string{"sms_success", "regular expression"},
	},
	"a number of text messages that is none": {
		args: with("--data", "{}/d", "--sms-most-per-day=-1"), status: exitUsage, says: []string{"sms_most_per_day"},
	},
	"an address that is none": {
		args: with("--data", "{}/d", "--listen", "nowhere"), status: exitUsage, says: []string{"listen:", "nowhere"},
	},
	"a data folder that is a file": {
		prepare: writes("d", "hello\n"), args: with("--data", "{}/d"), status: exitFailed, says: []string{"is a file", "--data"},
	},
	"a data folder that cannot be made": {
		prepare: writes("d", "hello\n"), args: with("--data", "{}/d/e"), status: exitFailed, says: []string{"d", "--data"},
	},
	"a database that is none": {
		prepare: writes("d.db", strings.Repeat("hello\n", 1000)), args: with("--data", "{}/d", "--database", "sqlite:{}/d.db"),
		status: exitFailed, says: []string{"is not a database", "name another one"},
	},
	"a database that is a folder": {
		args: with("--data", "{}/d", "--database", "sqlite:{}"), status: exitFailed, says: []string{"cannot be used", "name "},
	},
	"an engine that there is not": {
		args: with("--data", "{}/d", "--database", "mysql://h/d"), status: exitUsage, says: []string{"sqlite:", "postgres://"},
	},
	"a database of a newer program": {
		prepare: func(t *testing.T, folder string) {
			populated(t, "sqlite:"+filepath.Join(folder, "d.db"), 0)
			change(t, filepath.Join(folder, "d.db"), `insert into loquet_version (version_id, is_applied) values (99999, 1)`)
		},
		args: with("--data", "{}/d", "--database", "sqlite:{}/d.db"), status: exitFailed, says: []string{"a newer Loquet has been here"},
	},
	"a database of another program": {
		prepare: func(t *testing.T, folder string) {
			change(t, filepath.Join(folder, "d.db"), `create table recipe (cake text)`)
		},
		args: with("--data", "{}/d", "--database", "sqlite:{}/d.db"), status: exitFailed, says: []string{"is not Loquet's"},
	},
	"a PostgreSQL that does not answer": {
		args:   with("--data", "{}/d", "--database", "postgres://loquet:open-sesame@127.0.0.1:1/portal?connect_timeout=5"),
		status: exitFailed, says: []string{"the database portal on 127.0.0.1", "does not answer"},
	},
	"a key that is damaged": {
		prepare: writes("d/loquet.key", "c0ffee\n"), args: with("--data", "{}/d"),
		status: exitFailed, says: []string{"loquet.key", "64 hexadecimal digits", "restore it"},
	},
	"http for a host that is not on this machine": {
		prepare: func(t *testing.T, folder string) {
			done(t, append(initOf("famille.saint-loup.fr"), "--data", filepath.Join(folder, "d"))...)
		},
		args: with("--data", "{}/d"), status: exitUsage, says: []string{"famille.saint-loup.fr", "use https"},
	},
	"an organisation on such a host": {
		args:   append(initOf("famille.saint-loup.fr"), "--public-scheme", "http", "--data", "{}/d"),
		status: exitUsage, says: []string{"--host", "use https"},
	},
	"https without a certificate and a proxy": {
		args: with("--data", "{}/d", "--public-scheme", "https"), status: exitUsage, says: []string{"tls_cert", "trusted_proxies"},
	},
	"a certificate that is not there": {
		args:   with("--data", "{}/d", "--public-scheme", "https", "--tls-cert", "{}/c.pem", "--tls-key", "{}/k.pem"),
		status: exitFailed, says: []string{"tls_cert", "c.pem"},
	},
	"a proxy that is everybody": {
		args: with("--data", "{}/d", "--trusted-proxies", "0.0.0.0/0"), status: exitUsage, says: []string{"would trust everybody"},
	},
	"no mail server": {args: with("--data", "{}/d", "--smtp="), status: exitUsage, says: []string{"smtp is not set"}},
	"a mail server with a wrong scheme": {
		args: with("--data", "{}/d", "--smtp", "http://u:open-sesame@h"), status: exitUsage, says: []string{"smtp", "smtps://"},
	},
	"a mail server far away and in clear": {
		args: with("--data", "{}/d", "--smtp", "smtp+insecure://mail.example:25"), status: exitUsage, says: []string{"use smtp://"},
	},
	"a mail server with a wrong port": {
		args: with("--data", "{}/d", "--smtp", "smtp://u:open-sesame@h:x"), status: exitUsage, says: []string{"smtp"},
	},
	"a sender that is no address": {
		args: with("--data", "{}/d", "--mail-from", "portail"), status: exitUsage, says: []string{"mail"},
	},
	"a DKIM key that is not there": {
		args:   with("--data", "{}/d", "--dkim-selector", "s", "--dkim-key", "{}/dkim.pem"),
		status: exitUsage, says: []string{"dkim_key", "dkim.pem"},
	},
}

func initOf(host string) []string {
	return []string{
		"init", "--organisation", "saint-loup", "--preset", "portail-famille", "--name", "Ville de Saint-Loup", "--host", host,
		"--admin", "AGENT.ENFANCE", "--email", "enfance@saint-loup.example",
	}
}

func writes(name, content string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatIsWrongIsSaidInOneSentence wants for each way of starting wrongly: one sentence that says what to do, the exit
// status of the contract, no password in it, and a folder that is as it was.
func TestWhatIsWrongIsSaidInOneSentence(t *testing.T) {
	for name, w := range wrongs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if w.prepare != nil {
				w.prepare(t, folder)
			}
			args := make([]string, len(w.args))
			for i, a := range w.args {
				args[i] = strings.ReplaceAll(a, "{}", folder)
			}
			before := listing(t, folder)
			r := call(t, args...)
			refused(t, r, w.status, w.says...)
			if after := listing(t, folder); after != before {
				t.Errorf("the folder was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

// refused wants a run to have ended with one sentence.
func refused(t *testing.T, r result, status int, says ...string) {
	t.Helper()
	if r.status != status || r.out != "" {
		t.Errorf("status %d and %q, want %d and nothing", r.status, r.out, status)
	}
	if !strings.HasPrefix(r.err, "loquet: ") || strings.Count(r.err, "\n") != 1 || strings.Contains(r.err, "open-sesame") {
		t.Errorf("not one sentence, or one with a password:\n%s", r.err)
	}
	for _, words := range says {
		if !strings.Contains(r.err, words) {
			t.Errorf("%q does not say %q", r.err, words)
		}
	}
}

// listing gives the names and sizes of all that is in a folder.
func listing(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			fmt.Fprintf(&all, "%s %d\n", path, info.Size())
		} else if err == nil {
			fmt.Fprintln(&all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestBusyPort(t *testing.T) {
	folder := t.TempDir()
	populated(t, filed(folder), 0)
	s := serve(t, "--data", folder, "--smtp", insecure(couriertest.Start(t, couriertest.Clear)))
	for _, flag := range []string{"--listen", "--ops-listen"} {
		r := call(t, with("--data", folder, flag, s.address)...)
		refused(t, r, exitFailed, "cannot listen on "+s.address, "address already in use", flag)
	}
	if page := s.browser(town).Get("/signin"); page.Status != 200 {
		t.Errorf("the one that was there first answers %d", page.Status)
	}
}

func TestFolderThatMayNotBeWritten(t *testing.T) {
	folder, err := os.MkdirTemp(filepath.Dir(binary), "closed-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o555); err != nil { //nolint:gosec // another user looks into it
		t.Fatal(err)
	}
	for _, data := range []string{folder, filepath.Join(folder, "data")} {
		cmd := unprivileged(command(t.Context(), with("--data", data)...))
		refused(t, finish(t, cmd), exitFailed, folder, "written")
		if now := listing(t, folder); now != folder+"\n" {
			t.Errorf("the folder has become\n%s", now)
		}
	}
}

// TestFullDisk starts on a disk that is too small, makes room and starts again; then the disk fills up while the program
// runs: it says so with a page, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	folder := smallDisk(t)
	if folder == "" { // only root makes disks; a limit on files is the nearest thing for others
		folder = t.TempDir()
		words := append([]string{"-c", `trap "" XFSZ; ulimit -f 64; exec "$0" "$@"`, binary}, with("--data", folder)...)
		r := finish(t, exec.CommandContext(t.Context(), "sh", words...))
		refused(t, r, exitFailed, "loquet.db", "disk")
		return
	}
	data, filler := filepath.Join(folder, "data"), filepath.Join(folder, "filler")
	fill(t, filler)
	refused(t, call(t, with("--data", data, "--log-level", "error")...), exitFailed, "data", "the disk is full; make room")
	leave(t, filler, 64<<10)
	refused(t, call(t, with("--data", data, "--log-level", "error")...), exitFailed, "loquet.db", "the disk is full; make room")
	leave(t, filler, 1<<30)
	done(t, append(initOf(town), "--public-scheme", "http", "--data", data)...)

	relay := couriertest.Start(t, couriertest.Clear)
	s := serve(t, "--data", data, "--smtp", insecure(relay))
	b := s.browser(town)
	fill(t, filler)
	var page housetest.Answer
	until(t, "the disk is full", func() bool {
		page = b.Post("/recover", "identifier", "AGENT.ENFANCE")
		return page.Status != 303
	})
	if page.Status < 500 || !strings.Contains(page.Body, "</html>") {
		t.Errorf("a full disk is answered with %d and no page", page.Status)
	}
	if page := b.Get("/signin"); page.Status != 200 {
		t.Errorf("with a full disk the front page is %d", page.Status)
	}
	leave(t, filler, 1<<30)
	want(t, b.Post("/recover", "identifier", "AGENT.ENFANCE"), 303, "/recover/sent")
	until(t, "the letter is there", func() bool { return len(letters(t, relay, "enfance@saint-loup.example")) > 0 })
}

// fill writes until there is no room.
func fill(t *testing.T, filler string) {
	t.Helper()
	f, err := os.OpenFile(filler, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}

// leave makes so much room.
func leave(t *testing.T, filler string, room int64) {
	t.Helper()
	info, err := os.Stat(filler)
	if err == nil {
		err = os.Truncate(filler, max(0, info.Size()-room))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestClockSetBack starts on a database whose every time is a day ahead: people get in and get back in.
func TestClockSetBack(t *testing.T) {
	folder, relay := t.TempDir(), couriertest.Start(t, couriertest.Clear)
	populated(t, filed(folder), 2)
	s := serve(t, "--data", folder, "--smtp", insecure(relay))
	recovers(t, s.browser(town), relay, identifier(0), mailbox(0), chosen)
	recovers(t, s.browser(town), relay, identifier(1), mailbox(1), chosen)
	if status := s.stop(); status != exitDone {
		t.Errorf("the program ended with %d", status)
	}
	const day = "86400000000"
	for _, statement := range []string{
		`update session set opened = opened + %s, seen = seen + %s, until = until + %s`,
		`update issue set issued = issued + %s, expires = expires + %s, used = used + %s`,
		`update rate set tat = tat + %s`,
		`update account set created = created + %s, renewed = renewed + %s`,
	} {
		change(t, filepath.Join(folder, "loquet.db"), strings.ReplaceAll(statement, "%s", day))
	}
	s = serve(t, "--data", folder, "--smtp", insecure(relay))
	b := s.browser(town)
	want(t, b.Post("/signin", "identifier", identifier(0), "password", chosen), 303, "/home")
	if page := b.Get("/home"); page.Status != 200 {
		t.Errorf("home is %d", page.Status)
	}
	recovers(t, s.browser(town), relay, identifier(1), mailbox(1), chosen+"5")
}
