package courier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"loquet/courier/bounce"
	"loquet/fault"
)

// Handlers decide requests and bring notices, by kind: recovery and oidc know how. A handler may run twice for one
// item, so it does its work and ends the item in one transaction, or does work that may be done twice.
type Handlers map[Kind]func(context.Context, Item) error

// Prepare makes the letter of an item: it loads the organisation and the person and makes the secret again, the same at
// each try. fault.Missing and fault.Stale say that the letter is no longer wanted; Unfit that it never can be written.
type Prepare func(context.Context, Item) (Letter, error)

// Retries are the waits between tries; the last one repeats while the item lives (MAIL-11).
var Retries = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

const (
	leaseSize = 32
	leaseTime = 3 * time.Minute
	tryTime   = time.Minute      // the longest that one try may take
	pollTime  = time.Second      // how late a due item is found when nobody calls Wake
	graceTime = 10 * time.Second // for what is in flight when the program ends

	noticeHands = 4    // notices that are brought at once
	noticeQueue = 1024 // notices that wait for them in memory
)

// Worker takes items from an outbox and brings them where they belong.
type Worker struct {
	outbox   Outbox
	handlers Handlers
	prepare  Prepare
	sender   Sender
	texts    TextSender
	budget   Budget
	log      *slog.Logger
	clock    func() time.Time
	watch    func(Item, State, time.Time)
	returns  func(item string) string
}

// NewWorker gives a worker that Run starts. clock is time.Now but in tests.
func NewWorker(
	outbox Outbox, handlers Handlers, prepare Prepare, sender Sender, log *slog.Logger, clock func() time.Time,
) *Worker {
	return &Worker{
		outbox: outbox, handlers: handlers, prepare: prepare, sender: sender, log: log, clock: clock,
		watch: func(Item, State, time.Time) {}, returns: func(string) string { return "" },
	}
}

// ReturnTo names the address that mail about a letter comes back to (its envelope sender); where to gives "", it is the
// one that the letter is from. Call it before Run.
func (w *Worker) ReturnTo(to func(item string) string) { w.returns = to }

// Texts names what delivers text messages; without it they wait until their time is over. Call it before Run.
func (w *Worker) Texts(sender TextSender) { w.texts = sender }

// Budget has a text message wait while it says so; without one each goes as soon as it can. Call it before Run.
func (w *Worker) Budget(b Budget) { w.budget = b }

// Watch has f called at each end of a try, for figures: Sent, Failed, or Waiting when it is to be tried again. Call it
// before Run; f is called from several goroutines.
func (w *Worker) Watch(f func(i Item, now State, at time.Time)) { w.watch = f }

// leased is an item and the end of its lease.
type leased struct {
	Item
	until time.Time
}

// Run works until ctx is done, then finishes what is in flight, in at most graceTime. It always returns nil: what goes
// wrong is logged and tried again. A worker that is killed loses nothing: its leases run out and others take them.
func (w *Worker) Run(ctx context.Context) error {
	finish, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceTime, cancel) })()
	letters, requests, gone := make(chan leased, leaseSize), make(chan leased, leaseSize), make(chan Item, leaseSize)
	notices := make(chan leased, noticeQueue)
	var deliveries, marks sync.WaitGroup
	hands := func(many int, work <-chan leased) {
		for range many {
			deliveries.Go(func() {
				for l := range work {
					w.handle(finish, l, gone)
				}
			})
		}
	}
	hands(max(1, w.sender.Parallel()), letters)
	hands(leaseSize, requests) // they wait for the store, which commits together what comes together
	hands(noticeHands, notices)
	marks.Go(func() { w.mark(finish, gone) })
	w.lease(ctx, letters, requests, notices)
	close(letters)
	close(requests)
	close(notices)
	deliveries.Wait()
	close(gone)
	marks.Wait()
	return nil
}

// lease fetches work as fast as it is done: each channel holds one batch while the next is read. Notices never make it
// wait, so that an application that is slow to hear holds up no letter: those that find no room are left to the end of
// their lease.
func (w *Worker) lease(ctx context.Context, letters, requests, notices chan<- leased) {
	tick := time.NewTicker(pollTime)
	defer tick.Stop()
	wake := w.outbox.Wake()
	for ctx.Err() == nil {
		now := w.clock()
		until := now.Add(leaseTime)
		items, err := w.outbox.Lease(ctx, now, until, leaseSize)
		if err != nil && ctx.Err() == nil {
			w.log.Error("the outbox cannot be read", "error", masked(err.Error()))
		}
		for _, i := range items {
			switch l := (leased{i, until}); {
			case slices.Contains(Notices, i.Kind):
				select {
				case notices <- l:
				default:
				}
			case slices.Contains(Requests, i.Kind):
				requests <- l
			default:
				letters <- l
			}
		}
		if len(items) == leaseSize {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case _, open := <-wake:
			if !open {
				wake = nil
			}
		}
	}
}

// handle brings one item to its end or puts it back. An item whose lease is nearly over is left to the next lease:
// another worker may have it already.
func (w *Worker) handle(ctx context.Context, l leased, gone chan<- Item) {
	now := w.clock()
	if ctx.Err() != nil || now.Add(tryTime).After(l.until) {
		return
	}
	if !now.Before(l.end()) {
		w.fail(ctx, l.Item, "its time was over before the mail server took it")
		return
	}
	try, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	if slices.Contains(Requests, l.Kind) || slices.Contains(Notices, l.Kind) {
		w.decide(try, ctx, l.Item)
		return
	}
	secrets, err := w.deliver(try, l.Item)
	switch refused, held := (Refusal{}), (overBudget{}); {
	case err == nil:
		w.watch(l.Item, Sent, w.clock())
		gone <- l.Item
	case unwanted(err):
		w.done(ctx, l.Item)
	case errors.As(err, &held):
		w.put(ctx, l.Item, w.clock().Add(held.wait), held.Error())
	case errors.As(err, &refused) && refused.Final:
		w.refuse(ctx, l.Item, refused, answer(refused.Error(), secrets...))
	case errors.Is(err, Unfit):
		w.fail(ctx, l.Item, answer(err.Error(), secrets...))
	default:
		w.again(ctx, l.Item, answer(err.Error(), secrets...))
	}
}

// end is when an item is given up.
func (i Item) end() time.Time {
	switch {
	case !i.Expires.IsZero():
		return i.Expires
	case slices.Contains(Notices, i.Kind):
		return i.Created.Add(LongestNotice)
	}
	return i.Created.Add(LongestTry)
}

func unwanted(err error) bool { return errors.Is(err, fault.Missing) || errors.Is(err, fault.Stale) }

// deliver writes the letter and hands it over. secrets is what no record of the try may hold.
func (w *Worker) deliver(ctx context.Context, i Item) (secrets []string, err error) {
	defer rescue(&err)
	l, err := w.prepare(ctx, i)
	if err != nil {
		return nil, err
	}
	secrets = []string{l.Secret, l.SecretCode}
	l.ID, l.Kind, l.Created = i.ID, i.Kind, i.Created
	if l.To == "" {
		l.To = i.Recipient
	}
	if l.To != i.Recipient {
		return secrets, unfit("it was promised to another address")
	}
	if slices.Contains(Texts, l.Kind) {
		return secrets, w.text(ctx, i, l)
	}
	raw, err := Render(l, w.sender)
	if err != nil {
		return secrets, err
	}
	return secrets, w.sender.Send(ctx, cmp.Or(w.returns(l.ID), w.sender.From()), l.To, raw)
}

// decide has a flow decide a request or bring a notice.
func (w *Worker) decide(try, ctx context.Context, i Item) {
	err := func() (err error) {
		defer rescue(&err)
		handler, ok := w.handlers[i.Kind]
		if !ok {
			return fmt.Errorf("nobody decides %s", i.Kind)
		}
		return handler(try, i)
	}()
	if err == nil || unwanted(err) {
		w.done(ctx, i)
		return
	}
	w.again(ctx, i, answer(err.Error()))
}

// rescue makes an error of a panic: one item that cannot be handled must not stop all the others.
func rescue(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("a fault of the program: %v", cause)
	}
}

func (w *Worker) done(ctx context.Context, i Item) {
	w.record("done", i, w.outbox.Done(ctx, i, w.clock()))
}

func (w *Worker) fail(ctx context.Context, i Item, said string) {
	if slices.Contains(Notices, i.Kind) {
		w.log.Warn("a notice was given up",
			"item", i.ID, "kind", i.Kind, "organisation", i.Organisation, "said", masked(said))
		w.done(ctx, i)
		return
	}
	w.log.Warn("a letter was given up",
		"item", i.ID, "kind", i.Kind, "organisation", i.Organisation, "said", masked(said))
	now := w.clock()
	w.record("failed", i, w.outbox.Failed(ctx, i, now, said))
	w.watch(i, Failed, now)
}

// refuse gives up a letter that a server has refused, and keeps its code where the outbox can.
func (w *Worker) refuse(ctx context.Context, i Item, r Refusal, said string) {
	outbox, can := w.outbox.(Refuser)
	if !can || r.Status == "" {
		w.fail(ctx, i, said)
		return
	}
	w.log.Warn("a letter was refused", "item", i.ID, "kind", i.Kind, "organisation", i.Organisation, "said", masked(said))
	now := w.clock()
	w.record("refused", i, outbox.Refused(ctx, i, now, Return{
		Item: i.ID, Recipient: i.Recipient, Outcome: Refused, Status: r.Status, Said: said, At: now,
		Gone: bounce.ReasonOf(r.Status) == bounce.Gone,
	}))
	w.watch(i, Failed, now)
}

// again puts the item back for its next try.
func (w *Worker) again(ctx context.Context, i Item, said string) {
	w.put(ctx, i, w.clock().Add(Retries[min(max(i.Attempts, 0), len(Retries)-1)]), said)
}

// put puts the item back until due, or gives it up when it would be over by then.
func (w *Worker) put(ctx context.Context, i Item, due time.Time, said string) {
	if !due.Before(i.end()) {
		w.fail(ctx, i, said)
		return
	}
	w.log.Info("an item will be tried again", "item", i.ID, "kind", i.Kind, "organisation", i.Organisation,
		"attempts", i.Attempts+1, "due", due, "said", masked(said))
	w.record("again", i, w.outbox.Again(ctx, i, due, said))
	w.watch(i, Waiting, w.clock())
}

// record logs what the outbox would not take; the lease then runs out and the item is tried again.
func (w *Worker) record(what string, i Item, err error) {
	if err != nil && !unwanted(err) {
		w.log.Error("the outbox did not take a mark", "mark", what, "item", i.ID, "error", masked(err.Error()))
	}
}
