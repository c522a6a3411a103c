package courier_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/courier"
	"loquet/courier/bounce"
	"loquet/fault"
)

// ledger is one letter that went to somebody, and what was kept about it.
type ledger struct {
	item, recipient string
	refuse          error // what Returned gives
	mu              sync.Mutex
	kept            []courier.Return
}

func (l *ledger) Addressee(_ context.Context, item string) (string, error) {
	if item != l.item {
		return "", fault.Missing
	}
	return l.recipient, nil
}

func (l *ledger) Returned(_ context.Context, back courier.Return) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse == nil {
		l.kept = append(l.kept, back)
	}
	return l.refuse
}

const sentItem = "k3v7qz2mbx5t4hw6ncyd2ejpsa"

func returns(t testing.TB) (*courier.Returns, *ledger, *bytes.Buffer) {
	t.Helper()
	address, err := bounce.NewAddress("retours@saint-loup.example", bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	l, log := &ledger{item: sentItem, recipient: to}, &bytes.Buffer{}
	return &courier.Returns{
		Address: address, Ledger: l, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: func() time.Time { return start },
	}, l, log
}

func report(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("bounce", "testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAReportIsKeptForItsLetter(t *testing.T) {
	for name, want := range map[string]courier.Return{
		"postfix-hard": {Outcome: courier.Bounced, Gone: true, Status: "5.1.1", By: "mx1.orange.example",
			Said: "550 5.1.1 <…@…>: Recipient address rejected: User unknown"},
		"exim-soft": {Outcome: courier.Bounced, Status: "5.7.1", By: "mx1.orange.example",
			Said: "554 5.7.1 Message refused by our policy"},
		"gmail-delayed": {Outcome: courier.Deferred, Status: "4.2.2", By: "mx1.orange.example",
			Said: "452-4.2.2 The inbox is out of storage space. 452 4.2.2 gsmtp"},
		"postfix-delivered": {Outcome: courier.Delivered, Status: "2.0.0", By: "mx1.orange.example",
			Said: "250 2.0.0 OK: queued as 9F1E2"},
	} {
		r, l, log := returns(t)
		fate, err := r.Take(t.Context(), strings.ToUpper(r.Address.For(sentItem)), report(t, name))
		want.Item, want.Recipient, want.At = sentItem, to, start
		if err != nil || fate != courier.FateKept || len(l.kept) != 1 || l.kept[0] != want {
			t.Errorf("%s: %s, %v: %+v", name, fate, err, l.kept)
		}
		if strings.Contains(log.String(), "claire") || strings.Contains(log.String(), sentItem) {
			t.Errorf("%s: the log says too much: %s", name, log)
		}
	}
}

// A forged report changes nothing, and has no server write another one: it is taken, and dropped.
func TestForgedReportsAreDropped(t *testing.T) {
	hard := report(t, "postfix-hard")
	about := func(recipient string) []byte { return bytes.ReplaceAll(hard, []byte(to), []byte(recipient)) }
	r, l, _ := returns(t)
	mine := r.Address.For(sentItem)
	foreign, err := bounce.NewAddress("retours@saint-loup.example", bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	altered := strings.Replace(mine, "k3v", "k3w", 1)
	for name, c := range map[string]struct {
		to   string
		raw  []byte
		fate courier.Fate
	}{
		"no token":                           {"retours@saint-loup.example", hard, courier.FateStranger},
		"another address of ours":            {from, hard, courier.FateStranger},
		"no recipient":                       {"", hard, courier.FateStranger},
		"a token with another key":           {foreign.For(sentItem), hard, courier.FateStranger},
		"a token altered in one place":       {altered, hard, courier.FateStranger},
		"the token of another letter":        {r.Address.For("another"), hard, courier.FateKnown},
		"another recipient":                  {mine, about("paul.durand@orange.example"), courier.FateForeign},
		"a recipient that begins alike":      {mine, about(to + ".example"), courier.FateForeign},
		"an absence note":                    {mine, report(t, "absence"), courier.FateNoReport},
		"a receipt of reading":               {mine, report(t, "read-receipt"), courier.FateNoReport},
		"somebody who forwards a report":     {mine, report(t, "forwarded"), courier.FateNoReport},
		"nothing":                            {mine, nil, courier.FateNoReport},
		"a letter that was handed on":        {mine, report(t, "postfix-relayed"), courier.FateNoNews},
		"more than anybody writes in a mail": {mine, append(hard, make([]byte, bounce.Longest)...), courier.FateNoReport},
	} {
		fate, err := r.Take(t.Context(), c.to, c.raw)
		if err != nil || fate != c.fate || len(l.kept) > 0 {
			t.Errorf("%s: %s, %v: %+v", name, fate, err, l.kept)
		}
	}
}

// What the ledger knows already is over; what it cannot keep yet comes again.
func TestWhatTheLedgerSays(t *testing.T) {
	for _, c := range []struct {
		says  error
		fate  courier.Fate
		again bool
	}{
		{courier.ErrKnown, courier.FateKnown, false}, {fault.Missing, courier.FateKnown, false},
		{fault.Stale, "", true}, {errors.New("the disk is full"), "", true},
	} {
		r, l, _ := returns(t)
		l.refuse = c.says
		fate, err := r.Take(t.Context(), r.Address.For(sentItem), report(t, "exim-hard"))
		if fate != c.fate || (err != nil) != c.again {
			t.Errorf("%v: %s, %v", c.says, fate, err)
		}
	}
}

// door opens a server for returned mail until the end of the test.
func door(t *testing.T, r *courier.Returns, where string) net.Listener {
	t.Helper()
	l, err := courier.ListenReturns(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	server, ended := courier.NewLMTP(r), make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(ctx)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	for _, where := range []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "bounces.sock")} {
		r, l, _ := returns(t)
		on := door(t, r, where)
		conn, err := net.Dial(on.Addr().Network(), on.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := smtp.NewClientLMTP(conn)
		mine, stranger := r.Address.For(sentItem), "somebody@saint-loup.example"
		for _, fails := range []error{nil, fault.Stale} {
			l.refuse = fails
			if err := errors.Join(c.Mail("", nil), c.Rcpt(mine, nil), c.Rcpt(stranger, nil)); err != nil {
				t.Fatal(err)
			}
			w, err := c.Data()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(report(t, "exchange-hard")); err != nil {
				t.Fatal(err)
			}
			taken, err := w.CloseWithLMTPResponse()
			refused := smtp.LMTPDataError{}
			if later := errors.As(err, &refused) && refused[mine].Code == 451; later != (fails != nil) || len(refused) > 1 {
				t.Errorf("%s: with %v it is answered %v", where, fails, err)
			}
			if taken[stranger] == nil {
				t.Errorf("%s: a stranger's mail is not taken: %v", where, err)
			}
		}
		if len(l.kept) != 1 || l.kept[0].Status != "5.1.10" {
			t.Errorf("%s: kept %+v", where, l.kept)
		}
		_ = c.Close()
	}
}

// A mail that is longer than any report is refused while it comes, and the connection lives on.
func TestLMTPTakesNoMailWithoutEnd(t *testing.T) {
	r, l, _ := returns(t)
	on := door(t, r, "127.0.0.1:0")
	conn, err := net.Dial("tcp", on.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(line string) string {
		fmt.Fprintf(conn, "%s\r\n", line)
		answer := ""
		for {
			got, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if answer += got; len(got) < 4 || got[3] == ' ' {
				return answer
			}
		}
	}
	if greeting, err := in.ReadString('\n'); err != nil || strings.Contains(greeting, "oquet") {
		t.Fatalf("%q, %v", greeting, err)
	}
	say("LHLO relais.saint-loup.example")
	say("MAIL FROM:<>")
	say("RCPT TO:<" + r.Address.For(sentItem) + ">")
	say("DATA")
	for range bounce.Longest/1000 + 2 {
		fmt.Fprintf(conn, "%s\r\n", strings.Repeat("x", 998))
	}
	if answer := say("."); !strings.HasPrefix(answer, "552") {
		t.Errorf("it is answered %q", answer)
	}
	if answer := say("NOOP"); !strings.HasPrefix(answer, "250") || len(l.kept) > 0 {
		t.Errorf("afterwards %q, %v", answer, l.kept)
	}
}

// The door is never open to strangers, and a socket that was left behind by a killed program is no obstacle.
func TestTheDoorOfReturnsIsOnThisMachine(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", ":2424", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "localhost:0", "127.0.0.1", "unix:", "unix:bounces.sock",
		"unix:" + file,
		"unix:" + filepath.Join(folder, "none", "bounces.sock"), filepath.Join(folder, "bounces.sock"),
	} {
		if l, err := courier.ListenReturns(t.Context(), bad); err == nil {
			t.Errorf("%q is opened", bad)
			_ = l.Close()
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	path := filepath.Join(folder, "bounces.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if _, err := courier.ListenReturns(t.Context(), "unix:"+path); err == nil {
		t.Error("a socket that somebody listens on is taken over")
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := courier.ListenReturns(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everybody may write to it: %v, %v", info.Mode(), err)
	}
}

// A letter leaves with the address that its return names; one that can have none leaves as before.
func TestLettersComeBackToTheirOwnAddress(t *testing.T) {
	r, _, _ := returns(t)
	p := newPost(t)
	p.returnTo = r.Address.For
	p.work()
	p.outbox.Put(item("one_more", to), item(sentItem, to))
	p.until("sent", state(courier.Sent))
	envelopes := map[string]int{}
	for _, m := range p.server.Taken() {
		envelopes[m.From]++
		got, err := courier.Read(m.Raw)
		if err != nil || !strings.Contains(got.From, from) || strings.Contains(string(m.Raw), "retours") {
			t.Errorf("the letter names another sender: %s, %v", got.From, err)
		}
	}
	if len(envelopes) != 2 || envelopes[from] != 1 || envelopes[r.Address.For(sentItem)] != 1 {
		t.Errorf("they come back to %v", envelopes)
	}
}
