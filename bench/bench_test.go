package bench

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"loquet/credential"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		of   []time.Duration
		q    float64
		want time.Duration
	}{
		{nil, 0.5, 0}, {hundred[:1], 0.5, 1}, {hundred[:1], 0.99, 1}, {hundred[:2], 0.5, 1}, {hundred[:2], 0.99, 2},
		{hundred[:5], 0.5, 3}, {hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1},
	} {
		if got := quantile(c.of, c.q); got != c.want {
			t.Errorf("%v of %d is %d, want %d", c.q, len(c.of), got, c.want)
		}
	}
}

func TestFiguresOfTheKernel(t *testing.T) {
	const stat = "77 (a b) c) S 1 77 77 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 9 0 1 2 3"
	if got, err := ticks(stat); err != nil || got != 2810*time.Millisecond {
		t.Errorf("processor time is %v, %v", got, err)
	}
	if _, err := ticks("77 (x) S 1"); err == nil {
		t.Error("a line that is too short is read")
	}
	const status = "Name:\tx\nVmHWM:\t  153600 kB\nVmRSS:\t   20480 kB\n"
	if got, err := kilobytes(status, "VmHWM"); err != nil || got != 150 {
		t.Errorf("the most memory is %v, %v", got, err)
	}
	if _, err := kilobytes(status, "VmSwap"); err == nil {
		t.Error("a line that is not there is read")
	}
}

// itself gives this process as a child, to be asked over an address.
func itself(address string) *child {
	return &child{cmd: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}, address: address}
}

func TestLoadCountsWhatItIsTold(t *testing.T) {
	turns := make(chan int, 100)
	for i := range 100 {
		turns <- i
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/lost":
			http.NotFound(w, r)
		case r.Host != host || r.Header.Get("Cookie") != "loquet=x":
			w.WriteHeader(http.StatusBadRequest)
		case (<-turns)%10 == 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Header().Set("Location", "/home")
			w.WriteHeader(http.StatusSeeOther)
		}
	}))
	defer server.Close()
	l := load{child: itself(server.Listener.Addr().String()), clients: 8, many: 100, want: 303, leads: "/home"}
	l.request = func(int) []byte { return get("/", "loquet=x") }
	o, err := l.run(t.Context())
	if err != nil || len(o.waits) != 90 || o.busy != 10 || o.rate() <= 0 || o.at(0.5) > o.at(0.99) || o.starts[99].IsZero() {
		t.Errorf("a load of a hundred gave %d answers, %d busy, %v", len(o.waits), o.busy, err)
	}
	l.request = func(int) []byte { return get("/lost", "") }
	if _, err := l.run(t.Context()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a wrong answer gave %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := l.run(stopped); err == nil {
		t.Error("a load that was stopped gave figures")
	}
}

func TestAnswerIsWeighedOnTheWire(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Add("Set-Cookie", "loquet=secret; Path=/")
		w.Header().Add("Set-Cookie", "loquet-notice=x; Path=/")
		_, _ = io.WriteString(w, "hello\n")
	}))
	defer server.Close()
	c, err := dial(t.Context(), server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 { // the second answer begins where the first one ended
		a, err := c.ask(get("/", ""), true)
		const head = "HTTP/1.1 200 OK\r\nSet-Cookie: loquet=secret; Path=/\r\nSet-Cookie: loquet-notice=x; Path=/\r\n" +
			"Content-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
		if err != nil || a.status != 200 || a.cookie != "loquet=secret" || string(a.body) != "hello\n" || a.wire != len(head)+6 {
			t.Errorf("%+v %q, %v; want %d bytes", a, a.body, err, len(head)+6)
		}
	}
}

func TestSinkRemembersTheFirstLetter(t *testing.T) {
	s, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for range 2 {
		if err := smtp.SendMail(s.address, nil, "portail@loquet.example", []string{"a@b.example"}, []byte("Subject: x\r\n\r\nx\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	first, ok := s.when("a@b.example")
	if err := s.waitFor(1, time.Minute); err != nil || !ok || time.Since(first) > time.Minute {
		t.Errorf("%v, %v, %v", first, ok, err)
	}
	if err := s.waitFor(2, time.Millisecond); err == nil {
		t.Error("two letters to one person count as two people")
	}
}

func TestHelloIsABareServer(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, said := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Hello(ctx, said) }()
	line := make([]byte, 100)
	n, err := out.Read(line)
	_, address, _ := strings.Cut(strings.TrimSpace(string(line[:n])), opened)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := c.ask(get("/", ""), true); err != nil || string(a.body) != "hello\n" {
		t.Errorf("%q, %v", a.body, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTableSaysWhatWasMissed(t *testing.T) {
	r := &run{}
	r.add("cost", "ms", 42).beside("bare", 40).mostRatio(1.04)
	r.add("rate", "/s", 1234.5).beside("bare", 2000).leastRatio(0.5)
	r.add("memory", "MiB", 12.34).most(200)
	r.add("busy", "", 0)
	var out bytes.Buffer
	r.report.Parameters = credential.DefaultParameters
	if err := r.report.Table(&out); err != nil {
		t.Fatal(err)
	}
	table := strings.Join(strings.Fields(out.String()), " ")
	for _, line := range []string{
		"cost 42 ms 40 bare 1.05 ratio ≤ 1.04 MISSED", "rate 1234 /s 2000 bare 0.62 ratio ≥ 0.50 met", "memory 12.3 MiB ≤ 200 met", "busy 0",
	} {
		if !strings.Contains(table, line) {
			t.Errorf("the table lacks %q:\n%s", line, out.String())
		}
	}
}

func TestPartsOfAPageAreFound(t *testing.T) {
	const page = `<link rel="icon" href="/assets/1/icon.svg"><script defer src="/assets/2/a.js"></script><a href="/help">x</a>` +
		`<link rel="stylesheet" href="/assets/3/a.css"><link rel="help" href="/help"><img alt="" src="/logo.png">`
	var got []string
	for _, m := range fetched.FindAllStringSubmatch(page, -1) {
		got = append(got, m[1]+m[2])
	}
	if strings.Join(got, " ") != "/assets/1/icon.svg /assets/2/a.js /assets/3/a.css /logo.png" {
		t.Errorf("found %v", got)
	}
}
