package courier

import (
	"encoding/json"
	"time"

	"loquet/account"
	"loquet/audit"
)

// NoticeLives is how long a notice is tried: news of a changed proof is worth hearing for days (RFC 5321 §4.5.4.1).
const NoticeLives = 4 * 24 * time.Hour

// FactorSaid is what the outbox keeps of a FactorNotice, as JSON.
type FactorSaid struct {
	What    audit.Act `json:"what"`               // one of FactorActs
	Left    int       `json:"left,omitempty"`     // printed codes that may still serve, for CodeUsed
	AskedBy string    `json:"asked_by,omitempty"` // name of the manager who did it; empty for the owner
	Device  string    `json:"device,omitempty"`   // that it was done from, in words
	Asked   time.Time `json:"asked"`
}

// Items gives the outbox items that tell it at every proven address of a person (NIST SP 800-63B-4 §4.6), from the moment
// when it was done.
func (s FactorSaid) Items(person account.Account, newID func() string) []Item {
	payload, _ := json.Marshal(s) // strings, a number and a time only
	var items []Item
	for _, to := range person.RecoveryEmails() {
		items = append(items, Item{
			ID: newID(), Organisation: person.Organisation, Account: person.ID, Kind: FactorNotice, Recipient: to,
			Payload: payload, Created: s.Asked, Due: s.Asked, Expires: s.Asked.Add(NoticeLives),
		})
	}
	return items
}
