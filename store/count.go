package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"loquet/fault"
	"loquet/limit"
)

// countOne is limit.Decide in one statement, so that parallel tries cannot read the same stored time (ATK-019). No row
// comes back when the act is refused.
const countOne = `
	insert into rate (key, tat) values ($1, cast($2 as bigint) + cast($3 as bigint))
	on conflict (key) do update set tat = cast($3 as bigint) + case
		when rate.tat > cast($2 as bigint) and rate.tat <= cast($5 as bigint) then rate.tat else cast($2 as bigint) end
	where cast($3 as bigint) - cast($2 as bigint) + case
		when rate.tat > cast($2 as bigint) and rate.tat <= cast($5 as bigint) then rate.tat else cast($2 as bigint) end
		<= cast($4 as bigint)
	returning tat`

// Count counts all of counts, or none of them when one is over its rate; wait is then the longest of their waits.
func (db *DB) Count(
	ctx context.Context, counts []limit.Count, now time.Time,
) (allowed bool, wait time.Duration, err error) {
	err = db.write(ctx, func(r runner) error { return r.countAll(counts, now) })
	if over := (limit.Over{}); errors.As(err, &over) {
		return false, over.Wait, nil
	}
	return err == nil, 0, err
}

// countAll gives limit.Over when a count is over its rate: the transaction then takes back what was counted before it.
func (r runner) countAll(counts []limit.Count, now time.Time) error {
	// In one order everywhere, so that two calls cannot wait for each other's rows.
	counts = slices.Clone(counts)
	slices.SortStableFunc(counts, func(a, b limit.Count) int { return strings.Compare(a.Key, b.Key) })
	over, wait := false, time.Duration(0)
	for _, c := range counts {
		refused, until, err := r.count(c, now)
		if err != nil {
			return fmt.Errorf("counting: %w", err)
		}
		over, wait = over || refused, max(wait, until)
	}
	if over {
		return limit.Over{Wait: wait}
	}
	return nil
}

func (r runner) count(c limit.Count, now time.Time) (refused bool, wait time.Duration, err error) {
	var tat int64
	if c.Rate.Burst > 0 {
		err = r.one([]any{&tat}, countOne, c.Key, stamp(now), c.Rate.Every.Microseconds(), c.Rate.Tolerance().Microseconds(),
			micros(now.Add(c.Rate.Tolerance()+limit.Skew)))
		if !errors.Is(err, fault.Missing) {
			return false, 0, err
		}
	}
	err = r.one([]any{&tat}, `select tat from rate where key = $1`, c.Key)
	if err != nil && !errors.Is(err, fault.Missing) {
		return false, 0, err
	}
	_, _, wait = limit.Decide(moment(tat), now, c.Rate)
	return true, wait, nil
}

// clear forgets what was counted.
func (r runner) clear(keys []string) error {
	keys = slices.Sorted(slices.Values(keys))
	for _, key := range keys {
		if _, err := r.exec(`delete from rate where key = $1`, key); err != nil {
			return fmt.Errorf("clearing a count: %w", err)
		}
	}
	return nil
}
