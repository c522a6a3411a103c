package house

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"loquet/limit"
)

// ringing is how often one telephone may be written to, whoever asks for it: five messages, then one each 12 minutes.
var ringing = limit.Rate{Burst: 5, Every: 12 * time.Minute}

// toldAgain is how long the log stays silent about an organisation whose text messages wait.
const toldAgain = time.Hour

// spending is a rate that never allows more than most in 24 hours, half of them at once.
func spending(most int) limit.Rate {
	burst := max(1, most/2)
	return limit.Rate{Burst: burst, Every: 24 * time.Hour / time.Duration(most-burst+1)}
}

// counter is the table of rates.
type counter interface {
	Count(ctx context.Context, counts []limit.Count, now time.Time) (allowed bool, wait time.Duration, err error)
}

// textBudget bounds text messages, which cost: those of an organisation, and those to a number. It is counted in the
// store, so that all nodes spend together.
type textBudget struct {
	store      counter
	key        []byte
	mostPerDay int // 0: no bound
	log        *slog.Logger
	held       atomic.Uint64

	mu   sync.Mutex
	told map[string]time.Time // by organisation, when its wait was last logged
}

// Allow is courier.Budget's.
func (b *textBudget) Allow(
	ctx context.Context, organisation, number string, now time.Time,
) (wait time.Duration, err error) {
	counts := []limit.Count{{Key: limit.Key(b.key, "text-number", "", number), Rate: ringing}}
	if b.mostPerDay > 0 {
		counts = append(counts, limit.Count{
			Key: limit.Key(b.key, "texts", organisation, ""), Rate: spending(b.mostPerDay),
		})
	}
	allowed, wait, err := b.store.Count(ctx, counts, now)
	if err != nil {
		return 0, fmt.Errorf("counting a text message: %w", err)
	}
	if allowed {
		return 0, nil
	}
	b.held.Add(1)
	if b.tells(organisation, now) {
		b.log.Warn("text messages of an organisation wait: too many for sms_most_per_day, or for one number",
			"organisation", organisation, "wait", wait.Round(time.Second))
	}
	return max(wait, time.Second), nil
}

// tells says whether the log is to speak of an organisation now.
func (b *textBudget) tells(organisation string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last, ok := b.told[organisation]; ok && now.Sub(last).Abs() < toldAgain {
		return false
	}
	b.told[organisation] = now
	return true
}

// BoundTexts bounds the text messages of each organisation in any 24 hours, 0 for no bound, and those to one number.
// Call it before Worker; without it they are bounded only by what asks for them.
func (h *House) BoundTexts(mostPerDay int) {
	h.budget = &textBudget{
		store: h.DB, key: h.SignIn.Key, mostPerDay: mostPerDay, log: h.Log, told: map[string]time.Time{},
	}
}
