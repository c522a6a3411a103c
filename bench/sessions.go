package bench

import (
	"fmt"
	"time"
)

// leastSession is how many session checks there should be for each answer of a bare server.
const leastSession = 0.5

// sessions compares the check of a session with a bare server, in turns.
func (r *run) sessions() error {
	cookie, err := r.session(r.ctx)
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 8, 64} {
		for _, page := range []struct {
			path  string
			want  int
			leads string
		}{{"/", 303, "/home"}, {"/home", 200, ""}} {
			var raw, all outcome
			for range r.rounds() {
				hello, err := r.asks(r.hello, clients, get("/", cookie), 200, "")
				if err != nil {
					return err
				}
				checks, err := r.asks(r.product, clients, get(page.path, cookie), page.want, page.leads)
				if err != nil {
					return err
				}
				raw.join(hello)
				all.join(checks)
			}
			name := fmt.Sprintf("GET %s with a session, %d at once", page.path, clients)
			rate := r.add(name, "/s", all.rate()).beside("bare net/http", raw.rate())
			if page.path == "/" {
				rate.leastRatio(leastSession)
			}
			r.add(name+": processor time", "µs", ms(all.each())*1000).beside("bare net/http", ms(raw.each())*1000)
			r.add(name+": slowest of 100", "ms", ms(all.at(0.99))).beside("bare net/http", ms(raw.at(0.99)))
		}
	}
	r.product.kill()
	if err := r.serve(); err != nil {
		return err
	}
	c, err := dial(r.ctx, r.product.address)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // nothing is left in it
	a, err := c.ask(get("/home", cookie), false)
	if err == nil && a.status != 200 {
		err = fmt.Errorf("after kill -9 and a restart a session is answered with %d", a.status)
	}
	return err
}

func (r *run) asks(c *child, clients int, request []byte, want int, leads string) (outcome, error) {
	same := func(int) []byte { return request }
	return load{child: c, clients: clients, request: same, long: r.long(time.Second), want: want, leads: leads}.run(r.ctx)
}
