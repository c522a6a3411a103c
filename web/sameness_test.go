package web_test

import (
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/signin"
	"loquet/store/storetest"
)

// pairsAsked chooses the long form: so many pairs for each form and kind of people, against the bounds of ADR-0004.
var pairsAsked = flag.Int("sameness.pairs", 0, "pairs of the long sameness test; 0 runs the short one")

// The bounds within which two times count as the same, in seconds.
const (
	shortHash    = 2e-3
	shortPlain   = 500e-6
	hashBound    = 200e-6 // at least; or 0.5 % of the median
	hashPart     = 0.005
	plainBound   = 100e-6
	shortPlanted = 3 * time.Millisecond
	longPlanted  = 300 * time.Microsecond
	fewest, most = 24, 200         // pairs of the short form: more are taken while the interval is too wide to tell
	patience     = 4 * time.Second // with the wall clock, for one comparison of the short form
)

// crowded is how many people there are of each kind. Known and unknown are typed in turn, equally often, so that their
// limits have been written equally often too.
const crowded = 20

// clock measures answers on one connection that stays open.
type clock struct {
	t      *testing.T
	client *http.Client
	random *rand.Rand
}

func newClock(t *testing.T, f *housetest.Fixture) *clock {
	t.Helper()
	address := f.Server.Listener.Addr().String()
	var d net.Dialer
	transport := &http.Transport{
		MaxConnsPerHost: 1, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) },
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &clock{t, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}, rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))} //nolint:gosec // the order in a pair, not secrets
}

// took is what one answer cost, in seconds: from the first byte sent to the last one read, and of processor time.
type took struct{ wall, work float64 }

// time gives what an answer costs.
func (c *clock) time(path string, fields []string) took {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, "http://"+town+path,
		strings.NewReader(values.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form)
	worked, started := processorTime(), time.Now()
	a, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, a.Body)
	cost := took{time.Since(started).Seconds(), (processorTime() - worked).Seconds()}
	_ = a.Body.Close() // read to its end
	if err != nil || !oneOf(a.StatusCode, 303, 422) {
		c.t.Fatalf("%s: %d, %v", path, a.StatusCode, err)
	}
	return cost
}

// compare takes pairs of one kind of people and of nobody, in random order within each pair. The short form looks at
// the quiet half of them and takes more until it can tell; on a machine that is too busy for that, the processor time
// of the same answers decides.
func (c *clock) compare(door, kind, fewest int) figures {
	if *pairsAsked > 0 {
		fewest = *pairsAsked
	}
	c.pairs(door, kind, min(fewest, 500)/5) // warm up
	runtime.GC()
	started := time.Now()
	a, b := c.pairs(door, kind, fewest)
	for *pairsAsked == 0 {
		f := figuresOf(quiet(walls(a), walls(b)))
		if time.Since(started) > patience && !decided(door, f) {
			c.t.Logf("too busy to tell by the wall clock, processor time decides: %v", f)
			f = figuresOf(quiet(works(a), works(b)))
		}
		if decided(door, f) || len(a) >= most {
			return f
		}
		moreA, moreB := c.pairs(door, kind, len(a)/2)
		a, b = append(a, moreA...), append(b, moreB...)
	}
	return figuresOf(walls(a), walls(b))
}

// decided says whether more pairs would tell no more.
func decided(door int, f figures) bool {
	bound := boundOf(door)(f)
	return f.within(bound) || f.past(bound)
}

// pairs takes n pairs.
func (c *clock) pairs(door, kind, n int) (a, b []took) {
	form := doors[door]
	ask := func(k, n int) took {
		identifier, email := typedBy(k, n%crowded)
		return c.time(form.path, form.fields(identifier, email))
	}
	for n := range n {
		if c.random.IntN(2) == 0 {
			known := ask(kind, n)
			a, b = append(a, known), append(b, ask(unknown, n))
		} else {
			nobody := ask(unknown, n)
			a, b = append(a, ask(kind, n)), append(b, nobody)
		}
	}
	return a, b
}

func walls(all []took) (seconds []float64) {
	for _, t := range all {
		seconds = append(seconds, t.wall)
	}
	return seconds
}

func works(all []took) (seconds []float64) {
	for _, t := range all {
		seconds = append(seconds, t.work)
	}
	return seconds
}

// crowdedTown gives a house full of people, in which nobody is ever told to wait and no letter leaves.
func crowdedTown(t *testing.T) *housetest.Fixture {
	t.Helper()
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	crowd(t, f, crowded)
	wide(f)
	for i := range f.SignIn.Limits.Typed { // the code of each limit still runs
		f.SignIn.Limits.Typed[i] = limit.Rate{Burst: 1_000_000, Every: time.Second}
	}
	f.Recovery.Limits.Asked.Burst, f.Recovery.Limits.Network.Burst = 1_000_000, 1_000_000
	return f
}

func hashes(door int) bool { return doors[door].path == "/signin" }

// boundOf gives the bound of a form: of the short test, or of ADR-0004.
func boundOf(door int) func(figures) float64 {
	return func(f figures) float64 {
		switch {
		case *pairsAsked == 0 && hashes(door):
			return shortHash
		case *pairsAsked == 0:
			return shortPlain
		case hashes(door):
			return max(hashBound, hashPart*f.b)
		}
		return plainBound
	}
}

// TestSamenessATK026 wants each form of the door to take the same time for each kind of people and for nobody. The
// first comparison is of nobody with nobody: it shows what the machine can tell.
func TestSamenessATK026(t *testing.T) {
	f := crowdedTown(t)
	c := newClock(t, f)
	names := []string{"nobody else"}
	for _, k := range kinds {
		names = append(names, k.name)
	}
	comparisons := float64(len(doors) * len(names))
	for door, form := range doors {
		if *pairsAsked == 0 && form.name == "sign-in by address" {
			continue // the same work as by identifier; the long form has it
		}
		t.Run(form.name, func(t *testing.T) {
			for i, name := range names {
				kind := i - 1
				if i == 0 {
					kind = unknown - 1
				}
				figures := c.compare(door, kind, fewest)
				t.Logf("%s: %v", name, figures)
				if bound := boundOf(door)(figures); !figures.within(bound) {
					t.Errorf("%s: not shown to take nobody's time to within %.0f µs: %v", name, bound*1e6, figures)
				}
				if *pairsAsked > 0 && figures.wilcoxon < 0.001/comparisons {
					t.Errorf("%s: takes another time than nobody: %v", name, figures)
				}
			}
		})
	}
}

// leaky is a store that is slower when there is nobody: the fault that the sameness test must see.
type leaky struct {
	signin.Store

	planted time.Duration
}

func (l leaky) Candidate(ctx context.Context, organisation string, who account.Lookup,
	digest string) (signin.Candidate, error) {
	c, err := l.Store.Candidate(ctx, organisation, who, digest)
	if c.Account.ID == "" {
		until := time.Now().Add(l.planted)
		for time.Now().Before(until) { //nolint:revive // busy on purpose: a timer is coarser
		}
	}
	return c, err //nolint:wrapcheck // a pass-through
}

// TestSamenessSeesALeak is the positive control: with a planted difference the same measurement must fail.
func TestSamenessSeesALeak(t *testing.T) {
	f := crowdedTown(t)
	planted := shortPlanted
	if *pairsAsked > 0 {
		planted = longPlanted
	}
	f.SignIn.Store = leaky{f.SignIn.Store, planted}
	figures := newClock(t, f).compare(0, 0, 2*fewest)
	t.Logf("planted %v: %v", planted, figures)
	if figures.within(boundOf(0)(figures)) || !figures.apart() {
		t.Errorf("a planted difference of %v is not seen: %v", planted, figures)
	}
}
