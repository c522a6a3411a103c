package courier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"loquet/courier"
	"loquet/courier/couriertest"
)

func notice(id string) courier.Item {
	return courier.Item{ID: id, Kind: courier.LogoutNotice, Created: start, Due: start, Payload: []byte(`{"grant":"g"}`)}
}

// A notice is tried again, and given up after an hour: with a line in the log, and nothing on the page of letters.
func TestNoticesAreTriedForAnHour(t *testing.T) {
	p := newPost(t)
	p.handlers[courier.LogoutNotice] = func(context.Context, courier.Item) error { return errors.New("no answer") }
	p.work()
	p.outbox.Put(notice("n"))
	for n, wait := range []time.Duration{0, time.Minute, 5 * time.Minute, 15 * time.Minute} {
		p.later(wait)
		p.until("tried", tried(n+1))
	}
	p.later(30 * time.Minute)
	p.until("over", state(courier.Sent))
	if !strings.Contains(p.logged(), "a notice was given up") {
		t.Errorf("log %q", p.logged())
	}
	if p.server.Sessions() != 0 {
		t.Error("a notice reached the mail server")
	}
}

// Applications that take their time to hear hold up no letter, however many notices wait for them.
func TestNoticesHoldUpNoLetter(t *testing.T) {
	p := newPost(t)
	slow := make(chan struct{})
	p.handlers[courier.LogoutNotice] = func(ctx context.Context, _ courier.Item) error {
		select {
		case <-slow:
		case <-ctx.Done():
		}
		return nil
	}
	p.work()
	t.Cleanup(func() { close(slow) }) // before the worker is stopped, which waits for them
	for n := range 1200 {
		p.outbox.Put(notice(fmt.Sprintf("n%04d", n)))
	}
	p.outbox.Put(item("one", to))
	p.until("sent", func(r couriertest.Row) bool { return r.Kind == courier.LogoutNotice || r.State == courier.Sent })
}
