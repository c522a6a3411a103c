package bench

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/argon2"
)

// The targets of sign-in: processor time over the bare hash, the slowest of 32 people over the time in which the
// machine can hash for 32, and memory in MiB.
const (
	mostCost   = 1.05
	mostWait   = 1.2
	mostMemory = 200
)

// bare is what the bare hash costs on this machine.
type bare struct {
	cpu  time.Duration // of all hashes
	took time.Duration
	many int
}

func (b bare) each() time.Duration { return b.cpu / time.Duration(max(1, b.many)) }
func (b bare) rate() float64       { return float64(b.many) / b.took.Seconds() }

// more hashes for a while with so many at once, in rounds. What is thrown away is collected between the rounds, where it
// is not counted: the limit is the hash and nothing else.
func (b *bare) more(r *run, parallel int, long time.Duration) error {
	for spent := time.Duration(0); spent < long && r.ctx.Err() == nil; {
		runtime.GC()
		before, err := own()
		if err != nil {
			return err
		}
		began := time.Now()
		var crowd sync.WaitGroup
		for range parallel {
			crowd.Go(func() {
				p := r.Parameters
				argon2.IDKey([]byte(password), []byte("salt of the bench"), p.Passes, p.MemoryKiB, p.Lanes, 32)
			})
		}
		crowd.Wait()
		took := time.Since(began)
		after, err := own()
		if err != nil {
			return err
		}
		b.took, b.cpu, b.many, spent = b.took+took, b.cpu+after-before, b.many+parallel, spent+took
	}
	return nil
}

// own is the processor time of this process.
func own() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// signIn compares sign-ins with bare hashes, in turns, so that both see the same machine.
func (r *run) signIn() error {
	for _, clients := range []int{1, 2, 8, 32} {
		raw, all, err := r.turns(clients)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("sign-in, %d at once", clients)
		r.add(name+": processor time", "ms", ms(all.each())).beside("bare Argon2id", ms(raw.each())).mostRatio(mostCost)
		r.add(name+": rate", "/s", all.rate()).beside("bare Argon2id", raw.rate())
		r.add(name+": median", "ms", ms(all.at(0.5)))
		if clients < 32 {
			continue
		}
		share := time.Duration(float64(clients) / raw.rate() * float64(time.Second))
		r.add(name+": slowest of 100", "ms", ms(all.at(0.99))).beside("32 ÷ bare rate", ms(share)).mostRatio(mostWait)
		r.add(name+": answered 503 at once", "", float64(all.busy))
	}
	peak, err := r.product.memory("VmHWM")
	r.add("memory, at most", "MiB", peak).most(mostMemory)
	return err
}

// turns measures the bare hash and sign-in one after the other, several times.
func (r *run) turns(clients int) (raw bare, all outcome, err error) {
	parallel := min(clients, runtime.GOMAXPROCS(0))
	long := r.long(2 * time.Second)
	for range r.rounds() {
		if err := raw.more(r, parallel, long/2); err != nil {
			return raw, all, err
		}
		// Enough for everybody to have waited behind everybody else.
		many := max(2*clients, int(raw.rate()*long.Seconds()))
		o, err := load{child: r.product, clients: clients, request: enter, many: many, want: 303, leads: "/home"}.run(r.ctx)
		if err != nil {
			return raw, all, err
		}
		all.join(o)
		if err := raw.more(r, parallel, long/2); err != nil {
			return raw, all, err
		}
	}
	return raw, all, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
