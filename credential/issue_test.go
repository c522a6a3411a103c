package credential

import (
	"testing"
	"time"
)

// ATK-012, ATK-088: an issue lives from its making to its end by the clock at use, not by a clean-up, and a clock that
// is set back does not bring it to life again.
func TestATK088FateOfAnIssue(t *testing.T) {
	noon := time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC)
	live := Issue{Issued: noon, Expires: noon.Add(time.Hour)}
	used, ended, both := live, live, live
	used.Used = noon.Add(time.Minute)
	ended.Ended = noon.Add(time.Minute)
	both.Used, both.Ended = used.Used, ended.Ended
	for _, c := range []struct {
		issue Issue
		after time.Duration
		fate  Fate
	}{
		{live, 0, Lives}, {live, time.Hour - 1, Lives}, {live, time.Hour, Late}, {live, 24 * time.Hour, Late},
		{live, -issueSkew, Lives}, {live, -issueSkew - 1, Late}, {live, -24 * time.Hour, Late},
		{used, 2 * time.Minute, Used}, {used, -time.Minute, Used}, {used, 24 * time.Hour, Used},
		{ended, 2 * time.Minute, Replaced}, {ended, -time.Minute, Replaced}, {ended, 24 * time.Hour, Replaced},
		{both, 2 * time.Minute, Used},
		{Issue{}, 0, Late},
	} {
		if got := c.issue.Fate(noon.Add(c.after)); got != c.fate {
			t.Errorf("%+v %s %v after noon, want %s", c.issue, got, c.after, c.fate)
		}
	}
}
