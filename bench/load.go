package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// host is the one that the organisation of the bench answers on.
const host = "famille.localhost:8080"

// get and post give a request as it goes over the wire. The client is bare, so that it does not hide the server's cost.
func get(path, cookie string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n%s\r\n", path, host, cookieLine(cookie))
}

func post(path, cookie string, fields url.Values) []byte {
	body := fields.Encode()
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n%sContent-Length: %d\r\n\r\n%s",
		path, host, cookieLine(cookie), len(body), body)
}

func cookieLine(cookie string) string {
	if cookie == "" {
		return ""
	}
	return "Cookie: " + cookie + "\r\n"
}

// answer is what matters of an answer.
type answer struct {
	status int
	wire   int    // bytes, head and body
	cookie string // of the session
	leads  string // Location
	body   []byte // only when asked for
}

// connection speaks HTTP/1.1 to one server, one request after the other.
type connection struct {
	net.Conn
	in *bufio.Reader
}

// caller counts connections: each comes from an address of its own, as people do, so that what is counted is not one
// address's tries.
var caller atomic.Uint32

func dial(ctx context.Context, address string) (*connection, error) {
	n := caller.Add(1)
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1+byte(n>>8), byte(n), 1)}} // all of 127/8 is this machine
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return &connection{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// ask sends a request and reads the whole answer.
func (c *connection) ask(request []byte, keep bool) (a answer, err error) {
	if _, err := c.Write(request); err != nil {
		return a, fmt.Errorf("asking: %w", err)
	}
	length := 0
	for line := 0; ; line++ {
		head, err := c.in.ReadSlice('\n')
		if err != nil {
			return a, fmt.Errorf("reading an answer: %w", err)
		}
		a.wire += len(head)
		switch name, value, _ := bytes.Cut(head, []byte(":")); {
		case line == 0:
			if len(head) < 12 {
				return a, fmt.Errorf("no answer of HTTP/1.1: %q", head)
			}
			a.status, _ = strconv.Atoi(string(head[9:12])) // 0 is no status that anybody wants
		case len(head) <= 2:
			a.wire += length
			if keep {
				a.body = make([]byte, length)
				_, err = io.ReadFull(c.in, a.body)
				return a, err //nolint:wrapcheck // a connection that broke
			}
			_, err = c.in.Discard(length)
			return a, err //nolint:wrapcheck // a connection that broke
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		case a.status != 200 && bytes.EqualFold(name, []byte("Location")):
			a.leads = string(bytes.TrimSpace(value))
		case bytes.EqualFold(name, []byte("Set-Cookie")):
			if pair, _, _ := bytes.Cut(bytes.TrimSpace(value), []byte(";")); bytes.HasPrefix(pair, []byte("loquet=")) {
				a.cookie = string(pair)
			}
		}
	}
}

// outcome is what a load has found.
type outcome struct {
	took   time.Duration
	waits  []time.Duration // of answers that were as wanted, shortest first
	busy   int             // answers of 503
	cpu    time.Duration   // of the child
	starts []time.Time     // of each request by its number
}

// rate is answers a second.
func (o outcome) rate() float64 { return float64(len(o.waits)) / o.took.Seconds() }

// each is the processor time of one answer.
func (o outcome) each() time.Duration { return o.cpu / time.Duration(max(1, len(o.waits))) }

// at gives a quantile.
func (o outcome) at(q float64) time.Duration { return quantile(o.waits, q) }

// quantile takes sorted times and gives the nearest rank.
func quantile[T time.Duration | float64](sorted []T, q float64) T {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// load is a closed loop: so many clients ask one question after the other.
type load struct {
	child   *child
	clients int
	request func(i int) []byte // the i-th
	many    int                // ends after so many, when not 0
	long    time.Duration      // ends after so long, when not 0
	pace    time.Duration      // between the starts of two requests, when not 0
	want    int                // the status of a good answer
	leads   string             // where a good answer leads
	// ask does more than one request, where that is one thing; request is not looked at then.
	ask func(c *connection, i int) (answer, error)
}

func (l load) run(ctx context.Context) (outcome, error) {
	before, err := l.child.cpu()
	if err != nil {
		return outcome{}, err
	}
	o := outcome{starts: make([]time.Time, l.many)}
	var mu sync.Mutex
	var failed error
	var crowd sync.WaitGroup
	next, began := 0, time.Now()
	turn := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if failed != nil || ctx.Err() != nil || l.many > 0 && next >= l.many || l.long > 0 && time.Since(began) > l.long {
			return 0, false
		}
		next++
		return next - 1, true
	}
	for range l.clients {
		crowd.Go(func() {
			waits, busy, err := l.client(ctx, began, o.starts, turn)
			mu.Lock()
			defer mu.Unlock()
			o.waits, o.busy = append(o.waits, waits...), o.busy+busy
			if failed == nil {
				failed = err
			}
		})
	}
	crowd.Wait()
	o.took = time.Since(began)
	if failed == nil {
		failed = ctx.Err()
	}
	if failed != nil {
		return outcome{}, failed
	}
	slices.Sort(o.waits)
	after, err := l.child.cpu()
	o.cpu = after - before
	return o, err
}

func (l load) client(ctx context.Context, began time.Time, starts []time.Time, turn func() (int, bool)) (
	waits []time.Duration, busy int, err error) {
	c, err := dial(ctx, l.child.address)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close() //nolint:errcheck // nothing is left in it
	for {
		i, ok := turn()
		if !ok {
			return waits, busy, nil
		}
		if l.pace > 0 {
			<-time.After(time.Until(began.Add(time.Duration(i) * l.pace)))
		}
		asked := time.Now()
		if i < len(starts) {
			starts[i] = asked
		}
		a, err := l.once(c, i)
		switch {
		case err != nil:
			return waits, busy, err
		case a.status == 503 && l.want != 503:
			busy++
		case a.status != l.want || a.leads != l.leads:
			return waits, busy, fmt.Errorf("an answer is %d %s and not %d %s", a.status, a.leads, l.want, l.leads)
		default:
			waits = append(waits, time.Since(asked))
		}
	}
}

func (l load) once(c *connection, i int) (answer, error) {
	if l.ask != nil {
		return l.ask(c, i)
	}
	return c.ask(l.request(i), false)
}
