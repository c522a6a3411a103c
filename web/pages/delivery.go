package pages

import "time"

// Outcome is what became of a letter: one of courier.Outcomes.
type Outcome string

// The outcomes.
const (
	LetterQueued    Outcome = "queued"
	LetterDeferred  Outcome = "deferred"
	LetterAccepted  Outcome = "accepted"
	LetterDelivered Outcome = "delivered"
	LetterBounced   Outcome = "bounced"
	LetterRefused   Outcome = "refused"
	LetterDropped   Outcome = "dropped"
)

// Outcomes lists every outcome.
var Outcomes = []Outcome{
	LetterQueued, LetterDeferred, LetterAccepted, LetterDelivered, LetterBounced, LetterRefused, LetterDropped,
}

// Delivery is one letter, with what became of it.
type Delivery struct {
	Kind     string // courier.Kind
	Text     bool   // it is a text message
	To       string // masked
	Who      string // name; "" when the person is gone, or where the page is the person's
	ID       string // of the person, for a link; "" for none
	Promised time.Time
	Accepted time.Time // when the mail server took it; zero when it did not
	At       time.Time // when it came to its outcome; zero where that was not kept
	Outcome  Outcome
	Why      string // bounce.Reason; "" for none
	Status   string // "5.1.1"; "" for none
	Domain   string // "orange.example"
	By       string // the server whose words these are; "" for our own
	Said     string // its words
}

// deliveryBadge says in a word what became of a letter, with a word for the colour.
func (f Frame) deliveryBadge(d Delivery) (colour, words string) {
	colours := map[Outcome]string{
		LetterQueued: "care", LetterDeferred: "care", LetterAccepted: "good", LetterDelivered: "good", LetterBounced: "bad",
		LetterRefused: "bad", LetterDropped: "none",
	}
	return colours[d.Outcome], f.Say.Say("delivery.state." + string(d.Outcome))
}

// deliverySteps says what happened to a letter, one sentence for each thing that did.
func (f Frame) deliverySteps(d Delivery) []string {
	var steps []string
	if !d.Accepted.IsZero() {
		key := "delivery.accepted"
		if d.Text {
			key = "delivery.accepted.text"
		}
		steps = append(steps, f.Say.Say(key, "When", f.when(d, d.Accepted)))
	}
	switch d.Outcome {
	case LetterQueued:
		return append(steps, f.Say.Say("delivery.queued"))
	case LetterDropped:
		return append(steps, f.Say.Say("delivery.dropped"))
	case LetterDeferred, LetterDelivered, LetterBounced, LetterRefused:
		return append(steps, f.deliveryEnd(d))
	}
	return steps
}

// deliveryEnd says the last thing that happened, and why.
func (f Frame) deliveryEnd(d Delivery) string {
	key := "delivery." + string(d.Outcome)
	if d.Outcome == LetterRefused && d.Status == "" {
		key = "delivery.given-up" // perhaps nobody said no: its time was over
	}
	if d.At.IsZero() {
		key += ".once"
	}
	said := f.Say.Say(key, "When", f.when(d, d.At), "By", f.deliveryBy(d))
	if d.Why == "" || d.Outcome == LetterDelivered {
		return f.Say.Say("delivery.end", "What", said)
	}
	why := f.Say.Say("delivery.why", "Why", f.Say.Say("delivery.why."+d.Why), "Status", d.Status)
	return f.Say.Say("delivery.because", "What", said, "Why", why)
}

// deliveryBy names who spoke: a server by its name, or the one that brings our letters.
func (f Frame) deliveryBy(d Delivery) string {
	switch {
	case d.By != "":
		return d.By
	case d.Outcome == LetterDelivered || d.Outcome == LetterBounced:
		return d.Domain
	case d.Text:
		return f.Say.Say("delivery.by.gateway")
	}
	return f.Say.Say("delivery.by.server")
}

// when gives a time of day, with the day where it is not the one on which the letter was promised.
func (f Frame) when(d Delivery, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, promised := f.inZone(t), f.inZone(d.Promised)
	if t.YearDay() == promised.YearDay() && t.Year() == promised.Year() {
		return f.Say.Say("delivery.clock", "Clock", f.Say.Clock(t))
	}
	return f.Say.Say("delivery.day", "Day", f.Say.Date(t), "Clock", f.Say.Clock(t))
}
