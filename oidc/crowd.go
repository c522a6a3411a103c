package oidc

import (
	"sync"
	"time"

	"loquet/limit"
)

// waitRate is how often one place may begin a request that waits: each is a row for half an hour, and nobody has proved
// anything yet (ASVS 2.4.1). It is what a place may try to sign in, so that a whole school behind one address gets in.
var waitRate = limit.Rate{Burst: 600, Every: 250 * time.Millisecond}

// mostPlaces bounds the memory of places.
const mostPlaces = 100_000

// crowd counts, on this node, the requests that were begun and wait.
type crowd struct {
	mu     sync.Mutex
	places map[string]time.Time // theoretical arrival times of package limit
}

// takes counts one more of a place, and gives a limit.Over when that is too many.
func (c *crowd) takes(place string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next, allowed, wait := limit.Decide(c.places[place], now, waitRate)
	if !allowed {
		return limit.Over{Wait: wait}
	}
	if c.places == nil || len(c.places) >= mostPlaces {
		c.places = map[string]time.Time{}
	}
	c.places[place] = next
	return nil
}

// place gives what a new request is counted under: the address that brings it, of IPv6 its network, which is one
// subscriber's; of a pushed one, which a program brings for many people, the application.
func (c *call) place(application string) string {
	if c.visit == nil {
		return "pushed " + application
	}
	a := c.visit.Browser.Address.Unmap()
	if a.Is6() {
		return limit.Network(a).String()
	}
	return a.String()
}
