package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"loquet/limit"
)

var noon = time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC)

// table counts as the store does: all of counts or none.
type table struct {
	tat map[string]time.Time
	err error
}

func (c table) Count(_ context.Context, counts []limit.Count, now time.Time) (bool, time.Duration, error) {
	next, wait := map[string]time.Time{}, time.Duration(0)
	for _, one := range counts {
		tat, _, until := limit.Decide(c.tat[one.Key], now, one.Rate)
		next[one.Key], wait = tat, max(wait, until)
	}
	if c.err != nil || wait > 0 {
		return false, wait, c.err
	}
	for key, tat := range next {
		c.tat[key] = tat
	}
	return true, 0, nil
}

func budgetOf(most int, log *bytes.Buffer) *textBudget {
	return &textBudget{
		store: table{tat: map[string]time.Time{}}, key: []byte("a secret"), mostPerDay: most,
		log: slog.New(slog.NewTextHandler(log, nil)), told: map[string]time.Time{},
	}
}

// No 24 hours see more text messages of an organisation than the setting says, whatever was asked for.
func TestNoDayCostsMoreThanItMay(t *testing.T) {
	for _, most := range []int{1, 2, 3, 7, 200} {
		b := budgetOf(most, &bytes.Buffer{})
		var sent []time.Time
		for try := range 3 * 24 * 12 {
			for n := range 2 {
				now := noon.Add(time.Duration(try) * 5 * time.Minute)
				wait, err := b.Allow(t.Context(), "town", fmt.Sprintf("+3361%07d", 2*try+n), now)
				if err != nil {
					t.Fatal(err)
				}
				if wait == 0 {
					sent = append(sent, now)
				}
			}
		}
		for n := most; n < len(sent); n++ {
			if span := sent[n].Sub(sent[n-most]); span < 24*time.Hour {
				t.Fatalf("most %d: %d messages in %v", most, most+1, span)
			}
		}
		if len(sent) < 2*most {
			t.Errorf("most %d: only %d in three days", most, len(sent))
		}
	}
}

// ATK-024: whoever has text messages sent cannot make one telephone ring all day, nor use up another house's messages;
// the log says once an hour that an organisation's wait, and names no number.
func TestATK024TextMessagesAreBounded(t *testing.T) {
	var log bytes.Buffer
	b := budgetOf(20, &log)
	allowed := func(organisation, number string, now time.Time) bool {
		t.Helper()
		wait, err := b.Allow(t.Context(), organisation, number, now)
		if err != nil {
			t.Fatal(err)
		}
		return wait == 0
	}
	rang := 0
	for n := range 60 {
		if allowed([]string{"town", "school"}[n%2], "+33612345678", noon.Add(time.Duration(n)*time.Minute)) {
			rang++
		}
	}
	if rang != 5+4 {
		t.Errorf("one telephone rang %d times in an hour", rang)
	}
	for n := range 100 {
		allowed("town", fmt.Sprintf("+3362%07d", n), noon.Add(time.Hour))
	}
	if !allowed("school", "+33630000000", noon.Add(time.Hour)) {
		t.Error("one house used up the messages of another")
	}
	if b.held.Load() == 0 || strings.Contains(log.String(), "336") {
		t.Errorf("held %d, logged %s", b.held.Load(), &log)
	}
	if lines := strings.Count(log.String(), "organisation=town"); lines < 1 || lines > 2 {
		t.Errorf("the log spoke of the town %d times", lines)
	}
	open := budgetOf(0, &log)
	for n := range 1000 {
		if wait, err := open.Allow(t.Context(), "town", fmt.Sprintf("+3362%07d", n), noon); wait > 0 || err != nil {
			t.Fatalf("without a bound message %d waits %v, %v", n, wait, err)
		}
	}
}

func TestTextMessagesThatCannotBeCountedDoNotGo(t *testing.T) {
	b := budgetOf(20, &bytes.Buffer{})
	b.store = table{err: errors.New("the disk is full")}
	if _, err := b.Allow(t.Context(), "town", "+33612345678", noon); err == nil {
		t.Error("no error")
	}
}
