package bench

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// The targets of a start: milliseconds from the start of the process to the first page, MiB in use when idle, and bytes
// of the front page on the wire.
const (
	mostStart  = 100
	mostIdle   = 40
	mostWeight = 14 << 10
)

// startUp measures the start on a database that is up to date, and what is in use then. It leaves the product running.
func (r *run) startUp() error {
	starts, idle := make([]time.Duration, 5), make([]float64, 5)
	for i := range starts {
		if r.product != nil {
			r.product.kill()
		}
		if err := r.serve(); err != nil {
			return err
		}
		if _, err := r.front(); err != nil {
			return err
		}
		starts[i] = time.Since(r.product.began)
		var err error
		if idle[i], err = r.product.memory("VmRSS"); err != nil {
			return err
		}
	}
	slices.Sort(starts)
	slices.Sort(idle)
	raw, err := start(r.ctx, r.Program, "bench", "--hello")
	if err != nil {
		return err
	}
	defer raw.kill()
	bareStart := time.Since(raw.began)
	bareIdle, err := raw.memory("VmRSS")
	if err != nil {
		return err
	}
	r.add("from start to first page", "ms", ms(quantile(starts, 0.5))).beside("bare net/http", ms(bareStart)).most(mostStart)
	r.add("memory, idle", "MiB", quantile(idle, 0.5)).beside("bare net/http", bareIdle).most(mostIdle)
	return nil
}

func (r *run) front() (answer, error) {
	c, err := dial(r.ctx, r.product.address)
	if err != nil {
		return answer{}, err
	}
	defer c.Close() //nolint:errcheck // nothing is left in it
	a, err := c.ask(get("/signin", ""), true)
	if err == nil && a.status != 200 {
		err = fmt.Errorf("the front page is %d", a.status)
	}
	return a, err
}

// fetched finds what a browser fetches for a page by itself.
var fetched = regexp.MustCompile(`<(?:script|img)[^>]+src="(/[^"]+)"|<link[^>]+rel="(?:stylesheet|icon)"[^>]+href="(/[^"]+)"`)

// page measures the front page: its weight on the wire with all that it fetches, and its first paint.
func (r *run) page() error {
	a, err := r.front()
	if err != nil {
		return err
	}
	text, err := unzip(a.body)
	if err != nil {
		return fmt.Errorf("the front page: %w", err)
	}
	weight, requests := a.wire, 1
	for _, m := range fetched.FindAllSubmatch(text, -1) {
		c, err := dial(r.ctx, r.product.address)
		if err != nil {
			return err
		}
		part, err := c.ask(get(string(m[1])+string(m[2]), ""), false)
		if err = errors.Join(err, c.Close()); err != nil {
			return err
		}
		weight, requests = weight+part.wire, requests+1
	}
	r.add("the front page on the wire", "bytes", float64(weight)).most(mostWeight)
	r.add("the front page", "requests", float64(requests)).most(2)
	return r.paint()
}
