package oidc

import "time"

// The life of a key. What it signs is checked with what it is published by, which lasts longer than the longest token
// that anybody checks so: tokens live minutes, and caches of the set a day (OpenID Connect Core 1.0 §10.1.1; OAU-17).
const (
	signsFor        = 90 * 24 * time.Hour
	publishedBefore = 2 * 24 * time.Hour
	publishedAfter  = 2 * 24 * time.Hour
)

// spell is when a key signs.
type spell struct{ from, until time.Time }

// published is when the key must be there for all to see.
func (s spell) published() time.Time { return s.from.Add(-publishedBefore) }

// gone is when nobody needs to see the key any more.
func (s spell) gone() time.Time { return s.until.Add(publishedAfter) }

// plan gives the next key's spell, and whether it is to be made now, from all keys of one organisation and algorithm.
// Each signs from where the one before ends. The first one signs at once, and so does one that comes after the last has
// ended, in an installation that stood still. Its spell begins with the hour, so that two nodes that make it at the
// same time make the same one, and only one of them is kept.
func plan(keys []Key, now time.Time) (next spell, due bool) {
	var last time.Time
	for _, k := range keys {
		if k.Until.After(last) {
			last = k.Until
		}
	}
	if !now.Before(last) {
		last = now.Truncate(time.Hour)
	}
	next = spell{from: last, until: last.Add(signsFor)}
	return next, !now.Before(next.published())
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
