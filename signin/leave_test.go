package signin

import (
	"context"
	"testing"
	"time"

	"loquet/audit"
	"loquet/session"
)

// ends keeps what was ended.
type ends struct {
	SessionStore

	one, all []audit.Entry
}

func (e *ends) EndSession(_ context.Context, _, _ string, _ session.End, note audit.Entry) error {
	e.one = append(e.one, note)
	return nil
}

func (e *ends) EndSessionsOf(_ context.Context, _, _ string, _ session.End, note audit.Entry) error {
	e.all = append(e.all, note)
	return nil
}

// Whoever has one proof of two signs out the browser that they hold, and nobody's other ones.
func TestOnlyAWholeSessionSignsOutEverywhere(t *testing.T) {
	for stage, everywhere := range map[session.Stage]bool{
		session.Full: true, session.Renewal: false, session.Second: false, session.SetUp: false,
	} {
		kept := &ends{}
		flow := &Sessions{Store: kept, Now: time.Now}
		who := session.Session{ID: "s", Organisation: "town", Account: "claire", Stage: stage}
		if err := flow.LeaveEverywhere(t.Context(), who, session.Browser{}); err != nil {
			t.Fatal(err)
		}
		if (len(kept.all) == 1) != everywhere || len(kept.all)+len(kept.one) != 1 {
			t.Errorf("%s: ended %v and %v", stage, kept.one, kept.all)
		}
		for _, note := range append(kept.one, kept.all...) {
			if note.Actor != "claire" || note.Target != "claire" || note.Organisation != "town" {
				t.Errorf("%s: noted %+v", stage, note)
			}
		}
	}
}
