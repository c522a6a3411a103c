package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"loquet/courier"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
)

// Request is a filled-in « Mot de passe oublié » or « Je ne connais pas mon identifiant ».
type Request struct {
	Organisation organisation.Organisation
	Identifier   string // as typed; may be an e-mail or a mobile where the policy takes either
	Email        string // as typed
	Browser      session.Browser
}

// asked is what the outbox keeps of a request: always the same number of bytes, so that nothing about the row tells one
// request from another. What was typed is kept as bytes, which JSON writes in base64: no character takes more room than
// another. The row is taken away as soon as it is answered.
type asked struct {
	Identifier []byte `json:"identifier"`
	Email      []byte `json:"email"`
	Address    string `json:"address"`
	Device     []byte `json:"device"`
	Padding    string `json:"padding"`
}

// askedSize is the size of a kept request in bytes: three fields of LongestTyped in base64, and the names around them.
const askedSize = 1280

// LongestTyped is how much of a field is kept: no identifier and no address is longer (RFC 5321 §4.5.3.1).
const LongestTyped = 254

// requestLives is how long a request waits for its answer when the program is down.
const requestLives = 24 * time.Hour

// Ask records that somebody forgot a password. It looks nobody up: the only thing that it can tell is how often this
// address has asked (allowed is false, and wait says how long).
func (f *Flow) Ask(ctx context.Context, r Request) (allowed bool, wait time.Duration, err error) {
	return f.ask(ctx, r, courier.RequestPassword)
}

// AskIdentifier records that somebody does not know an identifier.
func (f *Flow) AskIdentifier(ctx context.Context, r Request) (allowed bool, wait time.Duration, err error) {
	return f.ask(ctx, r, courier.RequestIdentifier)
}

func (f *Flow) ask(ctx context.Context, r Request, kind courier.Kind) (bool, time.Duration, error) {
	rule, _ := Next(Start, Asked, 0)
	now := f.Now()
	for _, effect := range rule.Do {
		if effect != QueueRequest {
			continue
		}
		item := courier.Item{
			ID: f.NewID(), Organisation: r.Organisation.ID, Kind: kind, Payload: keep(r),
			Created: now, Due: now, Expires: now.Add(requestLives),
		}
		err := f.Store.Queue(ctx, item, f.askedCounts(r.Browser)...)
		if over := (limit.Over{}); errors.As(err, &over) {
			return false, over.Wait, nil
		}
		if err != nil {
			return false, 0, fmt.Errorf("recording a request: %w", err)
		}
	}
	return true, 0, nil
}

func (f *Flow) askedCounts(b session.Browser) []limit.Count {
	return []limit.Count{
		{Key: limit.Key(f.Key, "asked-address", "", b.From()), Rate: f.Limits.Asked},
		{Key: limit.Key(f.Key, "asked-network", "", limit.Network(b.Address).String()), Rate: f.Limits.Network},
	}
}

// keep gives the kept form of a request, askedSize bytes long. What does not fit in a field was no identifier.
func keep(r Request) []byte {
	a := asked{Identifier: cut(r.Identifier), Email: cut(r.Email), Device: cut(r.Browser.Device), Address: r.Browser.From()}
	plain, _ := json.Marshal(a) // text and bytes only
	if missing := askedSize - len(plain); missing > 0 {
		a.Padding = strings.Repeat(".", missing)
		plain, _ = json.Marshal(a)
	}
	return plain
}

func cut(typed string) []byte {
	if len(typed) > LongestTyped {
		return nil
	}
	return []byte(typed)
}
