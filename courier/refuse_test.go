package courier_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/courier"
	"loquet/courier/couriertest"
)

// strict is an outbox that keeps codes of refusals.
type strict struct {
	*couriertest.Outbox
	mu   sync.Mutex
	said map[string]courier.Return
}

func (s *strict) Refused(ctx context.Context, i courier.Item, now time.Time, back courier.Return) error {
	s.mu.Lock()
	s.said[i.ID] = back
	s.mu.Unlock()
	return s.Failed(ctx, i, now, back.Said)
}

// A refusal with a code of RFC 3463 is kept with it; whether it is about the address is bounce's table.
func TestARefusalKeepsItsCode(t *testing.T) {
	p := newPost(t)
	for to, e := range map[string]smtp.SMTPError{
		"gone@orange.example": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"},
		"full@orange.example": {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "Mailbox full"},
		"bare@orange.example": {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "No such user"},
	} {
		p.server.Answer(to, couriertest.Answer{Rcpt: &e})
	}
	s := &strict{Outbox: p.outbox, said: map[string]courier.Return{}}
	p.keeps = s
	p.work()
	p.outbox.Put(item("gone", "gone@orange.example"), item("full", "full@orange.example"), item("bare", "bare@orange.example"))
	p.until("given up", state(courier.Failed))
	p.stop()
	for id, want := range map[string]courier.Return{
		"gone": {Item: "gone", Recipient: "gone@orange.example", Outcome: courier.Refused, Gone: true, Status: "5.1.1",
			Said: "550 No such user", At: start},
		"full": {Item: "full", Recipient: "full@orange.example", Outcome: courier.Refused, Status: "5.2.2",
			Said: "552 Mailbox full", At: start},
		"bare": {},
	} {
		if got := s.said[id]; got != want {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if ended := p.ended[courier.Failed]; ended != 3 {
		t.Errorf("%d were watched", ended)
	}
}

func TestOutcomesOfOlderRows(t *testing.T) {
	for _, c := range []struct {
		kept     courier.Outcome
		state    courier.State
		attempts int
		want     courier.Outcome
	}{
		{"", courier.Waiting, 0, courier.Queued}, {"", courier.Leased, 0, courier.Queued},
		{"", courier.Waiting, 2, courier.Deferred}, {"", courier.Leased, 1, courier.Deferred},
		{"", courier.Sent, 0, courier.Accepted}, {"", courier.Failed, 3, courier.Refused},
		{courier.Dropped, courier.Sent, 0, courier.Dropped}, {courier.Bounced, courier.Sent, 0, courier.Bounced},
	} {
		if got := courier.OutcomeOf(c.kept, c.state, c.attempts); got != c.want {
			t.Errorf("%q %s after %d: %s, want %s", c.kept, c.state, c.attempts, got, c.want)
		}
	}
	// A report leads on, from Accepted to Bounced; nothing leads back, and nothing leads from or to what no report says.
	line := []courier.Outcome{courier.Accepted, courier.Deferred, courier.Delivered, courier.Bounced}
	rank := map[courier.Outcome]int{}
	for i, o := range line {
		rank[o] = i + 1
	}
	for _, was := range courier.Outcomes {
		for _, now := range courier.Outcomes {
			want := rank[was] > 0 && rank[now] > rank[was] || was == courier.Deferred && now == courier.Deferred
			if got := now.Follows(was); got != want {
				t.Errorf("%s after %s: %v", now, was, got)
			}
		}
	}
}

// What the desk is shown holds neither the address nor, in the server's words, any other.
func TestWhatTheDeskIsShownHoldsNoAddress(t *testing.T) {
	d := courier.Delivery{Recipient: to, Said: "550 5.1.1 <" + to + ">: unknown", Status: "5.1.1", Outcome: courier.Bounced}
	m := d.Masked()
	if m.Recipient != "c…n@orange.example" || m.Said != "550 5.1.1 <…@…>: unknown" || !m.Gone() ||
		m.Domain() != "orange.example" {
		t.Errorf("%+v", m)
	}
	if m := (courier.Delivery{Recipient: "+33612345678"}).Masked(); m.Recipient == "+33612345678" || m.Domain() != "" {
		t.Errorf("%+v", m)
	}
}
