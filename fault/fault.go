// Package fault holds the four refusals that cross rooms.
//
// It promises that there are no others: they are tested with errors.Is, and web turns them into a page in one place, so
// that no room below it knows of HTTP.
package fault

import "errors"

var (
	// Missing means that the thing does not exist for whoever asked: also when it exists but belongs to someone else.
	Missing = errors.New("missing")
	// Forbidden means that the actor may not do this to the target.
	Forbidden = errors.New("forbidden")
	// Stale means that the row has changed since it was read, or that a one-use secret has been used: read again, or give up.
	Stale = errors.New("stale")
	// Busy means that the machine has as much work as it can do in time: the caller should come back later.
	Busy = errors.New("busy")
)
