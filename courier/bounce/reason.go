package bounce

import "strings"

// Reason is what a status code says about why a letter did not arrive, or not yet.
type Reason string

// The reasons. Gone alone is about the address; the others pass, or are about the letter or about us.
const (
	Unsaid Reason = ""       // no code, or one that says nothing
	Gone   Reason = "gone"   // there is no such address, or nobody reads it any more
	Full   Reason = "full"   // the mailbox is full
	Size   Reason = "size"   // the letter is too long for it
	Policy Reason = "policy" // a rule or a filter of the recipient's server
	Route  Reason = "route"  // the recipient's server could not be reached
	Other  Reason = "other"  // its server has a trouble of its own, or one with us
)

// Reasons lists every reason but Unsaid.
var Reasons = []Reason{Gone, Full, Size, Policy, Route, Other}

// gone are the permanent codes after which an address is flagged, each with its source. Whatever is not here does not
// flag: an address that is flagged wrongly takes a way back in from somebody.
var gone = map[string]string{
	"5.1.1":   "RFC 3463 §3.2: bad destination mailbox address",
	"5.1.2":   "RFC 3463 §3.2: bad destination system address",
	"5.1.3":   "RFC 3463 §3.2: bad destination mailbox address syntax",
	"5.1.6":   "RFC 3463 §3.2: destination mailbox has moved, no forwarding address",
	"5.1.10":  "RFC 7505 §4.2: the domain takes no mail; Exchange Online: RESOLVER.ADR.RecipientNotFound",
	"5.2.1":   "RFC 3463 §3.3: mailbox disabled, not accepting messages",
	"5.4.1":   "Exchange Online: recipient address rejected by the directory (in RFC 3463 its transient twin is the line)",
	"5.4.4":   "RFC 3463 §3.5: unable to route; Postfix: the domain does not exist",
	"5.4.310": "Exchange Online: the domain does not exist in DNS",
}

// subjects gives what a code means where it is not among those above: by its subject and detail, or its subject.
var subjects = map[string]Reason{
	"2.2": Full,                            // RFC 3463 §3.3: mailbox full
	"2.3": Size, "3.4": Size, "2.4": Other, // §3.3, §3.4: message length exceeds limits; mailing list expansion
	"1": Other, "2": Other, "3": Other, "4": Route, "5": Other, "6": Other, "7": Policy, // §2.3
}

// ReasonOf reads a status code of RFC 3463 such as 5.1.1.
func ReasonOf(status string) Reason {
	if gone[status] != "" {
		return Gone
	}
	_, detail, _ := strings.Cut(status, ".")
	if reason, known := subjects[detail]; known {
		return reason
	}
	subject, _, _ := strings.Cut(detail, ".")
	return subjects[subject]
}
