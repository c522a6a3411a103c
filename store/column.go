package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// micros gives a time as it is kept: microseconds in UTC, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// stamp gives the time of something that has happened. It is never 0: what has happened must not read as what has not,
// whatever the clock says.
func stamp(t time.Time) int64 {
	if n := micros(t); n != 0 {
		return n
	}
	return 1
}

// moment is the inverse of micros.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// skew is how far the clocks of two nodes may be apart. What was made further in the future was made by a clock that
// has been set back since, and is not used (ATK-088).
const skew = 2 * time.Minute

// plain gives text that both engines keep: PostgreSQL takes neither NUL nor broken UTF-8.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

func asJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("writing a %T as JSON: %w", v, err)
	}
	return string(b), nil
}

func fromJSON(text string, into any) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("reading a %T from JSON: %w", into, err)
	}
	return nil
}
