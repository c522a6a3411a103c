package courier

import (
	"time"

	"loquet/audit"
)

// FactorSaid is what the outbox keeps of a FactorNotice, as JSON.
type FactorSaid struct {
	What    audit.Act `json:"what"`               // one of FactorActs
	Left    int       `json:"left,omitempty"`     // printed codes that may still serve, for CodeUsed
	AskedBy string    `json:"asked_by,omitempty"` // name of the manager who did it; empty for the owner
	Device  string    `json:"device,omitempty"`   // that it was done from, in words
	Asked   time.Time `json:"asked"`
}
