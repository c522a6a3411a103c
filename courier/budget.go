package courier

import (
	"context"
	"errors"
	"time"
)

// Budget says whether one more text message may go: each one costs, and rings somewhere.
type Budget interface {
	// Allow counts one text message of an organisation to a number. wait is how long it has to wait, zero when it may go
	// now; what has to wait is not counted. Each try counts, for a gateway may charge what it then does not bring.
	Allow(ctx context.Context, organisation, number string, now time.Time) (wait time.Duration, err error)
}

// overBudget is the error of a text message that has to wait.
type overBudget struct{ wait time.Duration }

func (overBudget) Error() string { return "too many text messages: it waits for its turn" }

// text hands a text message over, when it is due its turn.
func (w *Worker) text(ctx context.Context, i Item, l Letter) error {
	if w.texts == nil {
		return errors.New("no gateway for text messages is set")
	}
	body, err := RenderText(l)
	if err != nil {
		return err
	}
	if w.budget != nil {
		wait, err := w.budget.Allow(ctx, i.Organisation, l.To, w.clock())
		if err != nil {
			return err //nolint:wrapcheck // the store says what it was doing
		}
		if wait > 0 {
			return overBudget{wait}
		}
	}
	err = w.texts.SendText(ctx, l.To, body)
	if refused := (Refusal{}); errors.As(err, &refused) && l.Kind == CallerCode {
		// Operators read what was said of a letter, and a gateway may repeat the code in any form (ATK-075).
		return Refusal{Code: refused.Code, Said: "the text gateway did not take it", Final: refused.Final}
	}
	return err //nolint:wrapcheck // the gateway says what it was doing
}
