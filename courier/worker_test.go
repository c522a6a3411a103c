package courier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/courier"
	"loquet/courier/couriertest"
	"loquet/fault"
)

const secret = "KR7M-PX4Q-W9TD-3H6A"

// post is a worker with all that is around it: a clock that a test turns, a log that it reads, a real mail server.
type post struct {
	t        *testing.T
	server   *couriertest.Server
	outbox   *couriertest.Outbox
	sender   courier.Sender
	handlers courier.Handlers
	prepare  courier.Prepare
	texts    courier.TextSender // nil for none
	returnTo func(string) string
	keeps    courier.Outbox // in the place of outbox, around it; nil for none
	budget   courier.Budget // nil for none
	mu       sync.Mutex
	now      time.Time
	log      bytes.Buffer
	ended    map[courier.State]int
	stop     func()
}

var start = time.Date(2026, time.September, 3, 9, 0, 0, 0, time.UTC)

func newPost(t *testing.T) *post {
	p := &post{
		t: t, server: couriertest.Start(t, couriertest.StartTLS), outbox: couriertest.NewOutbox(), now: start,
		handlers: courier.Handlers{}, ended: map[courier.State]int{},
	}
	p.sender = sender(t, p.server, "smtp://HOST?ca=CA")
	p.prepare = func(_ context.Context, i courier.Item) (courier.Letter, error) {
		l := courier.Samples()[0]
		l.To, l.Expires = i.Recipient, i.Created.Add(24*time.Hour)
		if i.Kind == courier.TemporaryPassword {
			l.Secret = secret // as a forge makes it again from the item, at each try
			return l, json.Unmarshal(i.Payload, &struct{}{})
		}
		l.Secret, l.Expires = "", time.Time{}
		return l, nil
	}
	return p
}

// Write is the log's.
func (p *post) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(line)
}

func (p *post) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *post) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// work starts a worker; stop ends it and waits for that.
func (p *post) work() {
	log := slog.New(slog.NewJSONHandler(p, nil))
	var outbox courier.Outbox = p.outbox
	if p.keeps != nil {
		outbox = p.keeps
	}
	w := courier.NewWorker(outbox, p.handlers, p.prepare, p.sender, log, p.clock)
	if p.texts != nil {
		w.Texts(p.texts)
	}
	if p.budget != nil {
		w.Budget(p.budget)
	}
	if p.returnTo != nil {
		w.ReturnTo(p.returnTo)
	}
	w.Watch(func(_ courier.Item, s courier.State, _ time.Time) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ended[s]++
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx); err != nil {
			p.t.Error(err)
		}
	}()
	p.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	p.t.Cleanup(p.stop)
}

// watched ends the worker and gives what Watch has seen.
func (p *post) watched() map[courier.State]int {
	p.stop()
	return p.ended
}

// later turns the clock and wakes the worker.
func (p *post) later(d time.Duration) {
	p.mu.Lock()
	p.now = p.now.Add(d)
	p.mu.Unlock()
	p.outbox.Nudge()
}

func (p *post) until(what string, fits func(couriertest.Row) bool) {
	p.t.Helper()
	if !p.outbox.Until(soon(p.t), fits) {
		p.t.Fatalf("not %s: %+v\n%s", what, p.outbox.Rows(), p.logged())
	}
}

func state(s courier.State) func(couriertest.Row) bool {
	return func(r couriertest.Row) bool { return r.State == s }
}

func tried(n int) func(couriertest.Row) bool {
	return func(r couriertest.Row) bool { return r.State == courier.Waiting && r.Attempts == n }
}

func item(id, recipient string) courier.Item {
	return courier.Item{
		ID: id, Organisation: "town", Account: "claire", Kind: courier.TemporaryPassword, Recipient: recipient,
		Payload: []byte(`{"issue":"` + id + `"}`), Created: start, Due: start, Expires: start.Add(24 * time.Hour),
	}
}

func TestLetterLeavesOnce(t *testing.T) {
	p := newPost(t)
	p.work()
	p.outbox.Put(item("one", to))
	p.until("sent", state(courier.Sent))
	p.later(48 * time.Hour)
	if got := p.server.Taken(); len(got) != 1 || got[0].To != to || got[0].From != from || !got[0].TLS {
		t.Errorf("the server took %+v", got)
	}
	if ended := p.watched(); ended[courier.Sent] != 1 || len(ended) != 1 {
		t.Errorf("watched %v", ended)
	}
}

func TestThousandLettersLeaveOnceEach(t *testing.T) {
	p := newPost(t)
	for n := range 1000 {
		p.outbox.Put(item(fmt.Sprintf("n%d", n), fmt.Sprintf("n%d@orange.example", n)))
	}
	begun := time.Now()
	p.work()
	p.until("sent", state(courier.Sent))
	t.Logf("1,000 letters in %v over %d connections", time.Since(begun), p.server.Sessions())
	got := map[string]int{}
	for _, m := range p.server.Taken() {
		got[m.To]++
	}
	if len(got) != 1000 || len(p.server.Taken()) != 1000 {
		t.Errorf("%d letters to %d people", len(p.server.Taken()), len(got))
	}
	if most := 2 * courier.DefaultConnections; p.server.Sessions() > most {
		t.Errorf("%d sessions, the hello before TLS counted, for at most %d", p.server.Sessions(), most)
	}
}

func TestRetriesFollowTheScheduleWithTheSameLetter(t *testing.T) {
	p := newPost(t)
	p.server.Answer(to, couriertest.Answer{Data: &smtp.SMTPError{Code: 451, Message: "Try later"}, Times: 7})
	p.work()
	p.outbox.Put(item("one", to))
	at := start
	for n, wait := range []time.Duration{1, 5, 15, 30, 60, 60, 60} {
		p.until(fmt.Sprintf("tried %d times", n+1), tried(n+1))
		row := p.outbox.Rows()[0]
		if want := at.Add(wait * time.Minute); !row.Due.Equal(want) || row.Said != "451 Try later" {
			t.Fatalf("after try %d due %v, not %v; said %q", n+1, row.Due, want, row.Said)
		}
		p.later(wait*time.Minute - time.Second)
		if n := len(p.server.Refused()); n != row.Attempts {
			t.Fatalf("tried %d times before it was due", n)
		}
		p.later(time.Second)
		at = row.Due
	}
	p.until("sent", state(courier.Sent))
	all := append(p.server.Refused(), p.server.Taken()...)
	if len(all) != 8 {
		t.Fatalf("%d tries", len(all))
	}
	for _, m := range all {
		if !bytes.Equal(m.Raw, all[0].Raw) || !bytes.Contains(m.Raw, []byte("Message-ID: <one@saint-loup.example>")) {
			t.Error("a try differs from the first")
		}
	}
}

func TestLetterIsGivenUpWhenItsSecretEnds(t *testing.T) {
	p := newPost(t)
	p.server.Answer(to, couriertest.Answer{Rcpt: &smtp.SMTPError{Code: 450, Message: "Greylisted"}})
	p.work()
	short := item("one", to)
	short.Expires = start.Add(10 * time.Minute)
	p.outbox.Put(short)
	p.until("tried", tried(1))
	p.later(time.Minute)
	p.until("tried", tried(2))
	p.later(5 * time.Minute)
	p.until("given up", state(courier.Failed)) // the next try would be 15 minutes on, after the end
	if said := p.outbox.Rows()[0].Said; said != "450 Greylisted" {
		t.Errorf("the manager reads %q", said)
	}
	late := item("late", to)
	late.Expires = start.Add(time.Minute)
	p.outbox.Put(late)
	p.until("given up", state(courier.Failed))
	if ended := p.watched(); len(p.server.Taken()) != 0 || ended[courier.Failed] != 2 {
		t.Errorf("taken %v, watched %v", p.server.Taken(), ended)
	}
}

func TestNoticeIsTriedForDays(t *testing.T) {
	p := newPost(t)
	p.server.Answer(to, couriertest.Answer{Rcpt: &smtp.SMTPError{Code: 450, Message: "Later"}, Times: 2})
	p.work()
	notice := item("one", to)
	notice.Kind, notice.Expires = courier.PasswordChanged, time.Time{}
	p.outbox.Put(notice)
	p.until("tried", tried(1))
	p.later(3 * 24 * time.Hour)
	p.until("tried", tried(2))
	p.later(courier.LongestTry)
	p.until("given up", state(courier.Failed))
}

func TestFinalRefusalIsGivenUpAtOnce(t *testing.T) {
	for name, a := range map[string]couriertest.Answer{
		"rcpt": {Rcpt: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}},
		"data": {Data: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Spam"}},
	} {
		p := newPost(t)
		p.server.Answer(to, a)
		p.work()
		p.outbox.Put(item("one", to))
		p.until("given up after "+name, state(courier.Failed))
		if row := p.outbox.Rows()[0]; row.Attempts != 0 || !strings.HasPrefix(row.Said, "55") {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

func TestCutConnectionIsTriedAgain(t *testing.T) {
	for _, moment := range []couriertest.Moment{couriertest.Within, couriertest.After} {
		p := newPost(t)
		p.server.Answer(to, couriertest.Answer{HangUp: moment, Times: 1})
		p.work()
		p.outbox.Put(item("one", to))
		p.until("tried", tried(1))
		p.later(time.Minute)
		p.until("sent", state(courier.Sent))
		got := p.server.Taken()
		for _, m := range got {
			if !bytes.Equal(m.Raw, got[0].Raw) {
				t.Error("the second letter differs from the first, so that nobody can tell that it is the same")
			}
		}
		if want := map[couriertest.Moment]int{couriertest.Within: 1, couriertest.After: 2}[moment]; len(got) != want {
			t.Errorf("cut %s: %d letters", moment, len(got))
		}
	}
}

func TestKilledBetweenDeliveryAndMark(t *testing.T) {
	p := newPost(t)
	killed := make(chan struct{})
	p.outbox.Lose = func(courier.Item) bool { close(killed); return true }
	p.work()
	p.outbox.Put(item("one", to))
	<-killed
	p.stop()
	if row := p.outbox.Rows()[0]; row.State != courier.Leased {
		t.Fatalf("%+v", row)
	}
	p.outbox.Lose = func(courier.Item) bool { return false }
	p.work()
	p.later(time.Minute)
	if len(p.server.Taken()) != 1 {
		t.Error("a leased item was taken twice")
	}
	p.later(3 * time.Minute)
	p.until("sent", state(courier.Sent))
	got := p.server.Taken()
	if len(got) != 2 || !bytes.Equal(got[0].Raw, got[1].Raw) {
		t.Errorf("%d letters, or two that differ", len(got))
	}
}

func TestEndFinishesWhatIsInFlight(t *testing.T) {
	p := newPost(t)
	hold, held := make(chan struct{}), make(chan struct{})
	p.server.Answer(to, couriertest.Answer{Hold: hold, Held: func() { close(held) }})
	p.work()
	p.outbox.Put(item("one", to))
	<-held
	ended := make(chan struct{})
	go func() { p.stop(); close(ended) }()
	select {
	case <-ended:
		t.Error("the worker left with a letter in flight")
	default:
	}
	close(hold)
	<-ended
	if row := p.outbox.Rows()[0]; row.State != courier.Sent || len(p.server.Taken()) != 1 {
		t.Errorf("%+v", row)
	}
}

func TestItemWhoseLeaseIsNearlyOverIsLeft(t *testing.T) {
	p := newPost(t)
	p.sender = sender(t, p.server, "smtp://HOST?ca=CA&connections=1")
	hold, held := make(chan struct{}), make(chan struct{})
	p.server.Answer(to, couriertest.Answer{Hold: hold, Held: func() { close(held) }})
	p.outbox.Put(item("one", to), item("two", "karim.martin@orange.example"))
	p.work()
	<-held
	p.later(2*time.Minute + 30*time.Second) // of three; "two" has waited behind "one" all the while
	close(hold)
	p.stop()
	if n := len(p.server.Taken()); n != 1 {
		t.Errorf("%d letters under a lease that somebody else may have by now", n)
	}
	p.work()
	p.later(30 * time.Second)
	p.until("sent", state(courier.Sent))
}

func TestTwoWorkersShareTheWork(t *testing.T) {
	p := newPost(t)
	p.work()
	p.work()
	for n := range 200 {
		p.outbox.Put(item(fmt.Sprintf("n%d", n), fmt.Sprintf("n%d@orange.example", n)))
	}
	p.until("sent", state(courier.Sent))
	if n := len(p.server.Taken()); n != 200 {
		t.Errorf("%d letters for 200 people", n)
	}
}

func TestATK001LetterGoesToThePromisedAddressOnly(t *testing.T) {
	p := newPost(t)
	honest := p.prepare
	p.prepare = func(ctx context.Context, i courier.Item) (courier.Letter, error) {
		l, err := honest(ctx, i)
		l.To = "thief@evil.example"
		return l, err
	}
	p.work()
	p.outbox.Put(item("one", to), item("two", to+",thief@evil.example"))
	p.until("given up", state(courier.Failed))
	if n := len(p.server.Taken()); n != 0 {
		t.Errorf("%d letters", n)
	}
}

func TestATK024LettersThatAreNoLongerWantedAreDropped(t *testing.T) {
	for _, why := range []error{fault.Missing, fault.Stale, fmt.Errorf("replaced by a newer one: %w", fault.Stale)} {
		p := newPost(t)
		p.prepare = func(context.Context, courier.Item) (courier.Letter, error) { return courier.Letter{}, why }
		p.work()
		p.outbox.Put(item("one", to))
		p.until("over", func(r couriertest.Row) bool { return r.State == courier.Sent && r.Said == "no letter" })
		if len(p.server.Taken()) != 0 || p.logged() != "" {
			t.Errorf("%v: %d letters, log %q", why, len(p.server.Taken()), p.logged())
		}
	}
}

func TestRequestsAreDecidedAndNotSent(t *testing.T) {
	p := newPost(t)
	var mu sync.Mutex
	decided := map[courier.Kind]int{}
	for _, kind := range courier.Requests {
		p.handlers[kind] = func(_ context.Context, i courier.Item) error {
			mu.Lock()
			defer mu.Unlock()
			decided[i.Kind]++
			if decided[i.Kind] == 1 {
				return fault.Busy
			}
			return nil
		}
	}
	p.work()
	for _, kind := range courier.Requests {
		p.outbox.Put(courier.Item{ID: string(kind), Kind: kind, Created: start, Due: start, Payload: []byte(`{}`)})
	}
	p.until("tried", tried(1))
	p.later(time.Minute)
	p.until("decided", state(courier.Sent))
	mu.Lock()
	defer mu.Unlock()
	for _, kind := range courier.Requests {
		if decided[kind] != 2 {
			t.Errorf("%s was decided %d times", kind, decided[kind])
		}
	}
	if p.server.Sessions() != 0 {
		t.Error("a request reached the mail server")
	}
}

func TestATK027RequestsOfUnknownPeopleLeaveNoTrace(t *testing.T) {
	p := newPost(t)
	p.handlers[courier.RequestPassword] = func(context.Context, courier.Item) error { return fault.Missing }
	p.work()
	p.outbox.Put(courier.Item{ID: "x", Kind: courier.RequestPassword, Created: start, Due: start})
	p.until("over", state(courier.Sent))
	if ended := p.watched(); p.logged() != "" || len(ended) != 0 {
		t.Errorf("log %q, watched %v", p.logged(), ended)
	}
}

func TestFaultOfTheProgramStopsNobodyElse(t *testing.T) {
	p := newPost(t)
	honest := p.prepare
	p.prepare = func(ctx context.Context, i courier.Item) (courier.Letter, error) {
		if i.ID == "bad" {
			panic("no such map")
		}
		return honest(ctx, i)
	}
	p.work()
	nobody := courier.Item{ID: "nobody", Kind: courier.RequestPassword, Created: start}
	p.outbox.Put(item("bad", to), item("good", to), nobody)
	p.until("handled", func(r couriertest.Row) bool {
		return (r.ID == "good") == (r.State == courier.Sent) && r.State != courier.Leased
	})
	for _, r := range p.outbox.Rows() {
		if r.ID != "good" && (r.State != courier.Waiting || r.Attempts != 1) {
			t.Errorf("%+v", r)
		}
	}
}

// chatty is a sender whose server repeats all that it knows.
type chatty struct{ courier.Sender }

func (c chatty) Send(_ context.Context, from, to string, raw []byte) error {
	return courier.Refusal{Code: 451, Said: "No " + to + " from " + from + " about " + string(raw)}
}

// angry is a sender that fails with all that it knows.
type angry struct{ courier.Sender }

func (a angry) Send(_ context.Context, from, to string, raw []byte) error {
	return errors.New("no\r\nforged: line " + secret + " to " + to)
}

func TestATK086NoSecretAndNoAddressAtRestOrInLogs(t *testing.T) {
	for name, wrap := range map[string]func(courier.Sender) courier.Sender{
		"chatty": func(s courier.Sender) courier.Sender { return chatty{s} },
		"angry":  func(s courier.Sender) courier.Sender { return angry{s} },
		"honest": func(s courier.Sender) courier.Sender { return s },
	} {
		p := newPost(t)
		p.sender = wrap(p.sender)
		p.server.Answer(to, couriertest.Answer{
			Rcpt: &smtp.SMTPError{Code: 550, Message: "<" + to + ">: no mailbox\r\nhere, " + secret + strings.Repeat("!", 900)},
		})
		p.work()
		p.outbox.Put(item("one", to))
		p.until("tried", func(r couriertest.Row) bool { return r.State == courier.Failed || r.Attempts == 1 })
		p.stop()
		log := p.logged()
		if log == "" {
			t.Errorf("%s: nothing is logged", name)
		}
		for _, private := range []string{secret, to, "claire.martin", from, "Claire", "hunter2"} {
			if strings.Contains(log, private) {
				t.Errorf("%s: the log says %q:\n%s", name, private, log)
			}
		}
		if strings.Count(log, "\n") != 1 {
			t.Errorf("%s: one event makes other than one line:\n%s", name, log)
		}
		row := p.outbox.Rows()[0]
		if strings.Contains(row.Said+string(row.Payload), secret) {
			t.Errorf("%s: the outbox holds the secret: %q", name, row.Said)
		}
		if n := len([]rune(row.Said)); n > 200 || strings.ContainsAny(row.Said, "\r\n") {
			t.Errorf("%s: %d code points are kept: %q", name, n, row.Said)
		}
	}
}

// forgetful is an outbox that fails in turn, with and without batches.
type forgetful struct {
	*couriertest.Outbox
	mu    sync.Mutex
	fails int
	sizes []int
}

func (f *forgetful) Lease(ctx context.Context, now, until time.Time, max int) ([]courier.Item, error) {
	f.mu.Lock()
	f.fails++
	fails := f.fails%2 == 1
	f.mu.Unlock()
	if fails {
		f.Nudge()
		return nil, errors.New("the disk is busy")
	}
	return f.Outbox.Lease(ctx, now, until, max)
}

func (f *forgetful) SentAll(ctx context.Context, items []courier.Item, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sizes = append(f.sizes, len(items)); len(f.sizes) == 1 {
		return errors.New("the disk is busy")
	}
	for _, i := range items {
		if err := f.Sent(ctx, i, now); err != nil {
			return err
		}
	}
	return nil
}

func TestOutboxThatFailsIsAskedAgain(t *testing.T) {
	p := newPost(t)
	f := &forgetful{Outbox: p.outbox}
	for n := range 100 {
		p.outbox.Put(item(fmt.Sprintf("n%d", n), fmt.Sprintf("n%d@orange.example", n)))
	}
	w := courier.NewWorker(f, nil, p.prepare, p.sender, slog.New(slog.NewJSONHandler(p, nil)), p.clock)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = w.Run(ctx) }()
	p.until("sent", state(courier.Sent))
	cancel()
	<-ended
	marked := 0
	for _, n := range f.sizes[1:] {
		marked += n
	}
	if len(p.server.Taken()) != 100 || marked != 100 || len(f.sizes) > 90 {
		t.Errorf("%d letters, marked in %v", len(p.server.Taken()), f.sizes)
	}
	if !strings.Contains(p.logged(), "the disk is busy") {
		t.Error("nothing is logged")
	}
}
