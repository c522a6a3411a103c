package recovery

// State is where one recovery stands, from the first page to the new password.
type State string

// The states of a recovery. Whoever asked cannot tell Pending, Silent and Sent apart: they share a page (C2).
const (
	Start   State = "start"   // nothing has been asked, or nothing of ours was given
	Pending State = "pending" // what was typed is recorded; nobody has looked it up
	Silent  State = "silent"  // there is nobody to send a secret to
	Sent    State = "sent"    // a secret is on its way to an address on file, or was handed over on paper
	Proving State = "proving" // the secret came back, and one more proof is asked: this browser may give it, and nothing else
	Proven  State = "proven"  // all that is asked was proven: this browser may choose a password, and nothing else
	Done    State = "done"    // the new password is saved
	Over    State = "over"    // the secret is late, used, replaced or cancelled, or the account is closed
)

// States lists every state.
var States = []State{Start, Pending, Silent, Sent, Proving, Proven, Done, Over}

// Event is what happens to a recovery.
type Event string

// The events of a recovery.
const (
	Asked      Event = "asked"       // somebody posted « Mot de passe oublié »
	Decided    Event = "decided"     // the worker looked up what was typed
	Handed     Event = "handed"      // a manager who has seen an identity paper prints a slip (organisation.PrintSlip)
	GaveSecret Event = "gave-secret" // a temporary password, link, code or slip came back
	GaveSecond Event = "gave-second" // an app code, a printed code or a passkey was given beside it (signin.SecondRules)
	Chose      Event = "chose"       // a new password, or a passkey in its place, was posted
	Cancelled  Event = "cancelled"   // the old password was used, a newer secret was issued, or the account was closed
)

// Events lists every event.
var Events = []Event{Asked, Decided, Handed, GaveSecret, GaveSecond, Chose, Cancelled}

// Effect is what a row makes happen. The effects of one row happen in one transaction.
type Effect string

// The effects of a recovery.
const (
	QueueRequest Effect = "queue-request"
	EndSecrets   Effect = "end-secrets" // every secret of the account (ATK-010)
	IssueSecret  Effect = "issue-secret"
	SendSecret   Effect = "send-secret"
	HandSecret   Effect = "hand-secret"  // on paper, to whoever stands at the counter
	TellPrinted  Effect = "tell-printed" // at every proven address and mobile, who printed it
	NotePrinted  Effect = "note-printed"
	SendClosed   Effect = "send-closed" // tells the owner, by letter only, that the account is closed
	NoteStarted  Effect = "note-started"
	NoteRefused  Effect = "note-refused"
	BurnSecret   Effect = "burn-secret" // guarded: the loser of a race gets fault.Stale (ATK-006)
	OpenSecond   Effect = "open-second"
	UseProof     Effect = "use-proof"   // guarded: it serves once (ATK-064)
	EndPending   Effect = "end-pending" // guarded: the session that waited for the second proof
	OpenRenewal  Effect = "open-renewal"
	NoteUsed     Effect = "note-used"
	NoteDead     Effect = "note-dead"
	BurnRenewal  Effect = "burn-renewal" // guarded: the password setter's proof (ATK-007, ATK-030)
	StoreChoice  Effect = "store-choice" // the password, or the passkey in its place
	EndSessions  Effect = "end-sessions" // all of them, everywhere (ATK-038)
	ClearTries   Effect = "clear-tries"
	NotifyOwner  Effect = "notify-owner"
	NoteRenewed  Effect = "note-renewed"
)

// Effects lists every effect.
var Effects = []Effect{
	QueueRequest, EndSecrets, IssueSecret, SendSecret, HandSecret, TellPrinted, NotePrinted, SendClosed, NoteStarted,
	NoteRefused, BurnSecret, OpenSecond, UseProof, EndPending, OpenRenewal, NoteUsed, NoteDead, BurnRenewal, StoreChoice, EndSessions, ClearTries, NotifyOwner, NoteRenewed,
}

// Fact is one yes or no on which a recovery may depend. There is no other input.
type Fact uint16

// The facts of a recovery.
const (
	Known     Fact = 1 << iota // what was typed belongs to an account
	Open                       // the account may sign in
	Reachable                  // a proven address of the account fits what was typed
	Allowed                    // the account has not had too many letters, or slips, lately
	Live                       // the secret is neither late, used nor replaced
	Held                       // this browser holds the renewal that this very secret opened
	Fits                       // the new password may be used: policy, confirmation, neither the old nor the temporary one
	Both                       // a second proof is asked of this person, and there is one (organisation.Both)
	Second                     // the second proof is right
)

// FactNames names the facts, in the order of their bits.
var FactNames = []string{"known", "open", "reachable", "allowed", "live", "held", "fits", "both", "second"}

// Rule is one row: in From, on On, when all of If hold and none of Not, go To and do Do.
type Rule struct {
	From    State
	On      Event
	If, Not Fact
	To      State
	Do      []Effect
	Source  string
}

// Rules is the recovery, whole. An event that a state has no row for is ignored there (see Accepts); for every accepted
// pair and every combination of facts exactly one row holds. A test walks them all.
var Rules = []Rule{
	{Start, Asked, 0, 0, Pending, []Effect{QueueRequest}, "ADR-0004: no look-up, so no fact"},
	{Start, GaveSecret, 0, 0, Start, nil, "no secret of ours was given"},

	{Start, Handed, Open | Allowed, 0, Sent, []Effect{EndSecrets, IssueSecret, HandSecret, TellPrinted, NotePrinted},
		"ADR-0024; F12; ATK-010; NIST SP 800-63B-4 §4.2.1.2, §4.6"},
	{Start, Handed, Allowed, Open, Start, nil, "ATK-022: the manager is told"},
	{Start, Handed, 0, Allowed, Start, nil, "ATK-024: the manager is told"},

	{Pending, Decided, 0, Known, Silent, nil, "ADR-0004; ATK-025"},
	{Pending, Decided, Known, Reachable, Silent, []Effect{NoteRefused}, "nobody to write to; the manager sees it"},
	{Pending, Decided, Known | Reachable, Allowed, Silent, []Effect{NoteRefused}, "ATK-024"},
	{Pending, Decided, Known | Reachable | Allowed, Open, Silent, []Effect{SendClosed, NoteRefused}, "ENUM-12: told by letter"},
	{Pending, Decided, Known | Reachable | Allowed | Open, 0, Sent,
		[]Effect{EndSecrets, IssueSecret, SendSecret, NoteStarted}, "ADR-0005; ATK-010; NIST SP 800-63B-4 §4.2"},

	{Silent, GaveSecret, 0, 0, Silent, nil, "nothing was issued, so nothing fits"},

	{Sent, GaveSecret, Live | Open, Both, Proven, []Effect{BurnSecret, OpenRenewal, NoteUsed},
		"ADR-0005; ATK-005, ATK-006, ATK-029"},
	{Sent, GaveSecret, Live | Open | Both, 0, Proving, []Effect{BurnSecret, OpenSecond, NoteUsed},
		"ADR-0018; NIST SP 800-63B-4 §4.2.2.2; ASVS 6.4.3; ATK-034"},
	{Sent, GaveSecret, Live, Open, Over, []Effect{NoteDead}, "ATK-022"},
	{Sent, GaveSecret, Held | Open, Live | Both, Proven, nil, "double submit, back button"},
	{Sent, GaveSecret, Held | Open | Both, Live, Proving, nil, "double submit, back button: or on, when it has been given"},
	{Sent, GaveSecret, Held, Live | Open, Over, []Effect{NoteDead}, "ATK-022"},
	{Sent, GaveSecret, 0, Live | Held, Over, []Effect{NoteDead}, "ATK-005, ATK-012; NIST SP 800-63B-4 §4.4"},
	{Sent, Cancelled, 0, 0, Over, []Effect{EndSecrets}, "ADR-0005; ATK-010"},

	{Proving, GaveSecond, Second | Open, 0, Proven, []Effect{UseProof, EndPending, OpenRenewal}, "ADR-0018; ATK-034, ATK-066"},
	{Proving, GaveSecond, 0, Second, Proving, nil, "the form comes back; NIST SP 800-63B-4 §3.2.2"},
	{Proving, GaveSecond, Second, Open, Over, nil, "ATK-022, ATK-039"},
	{Proving, Cancelled, 0, 0, Proving, nil, "asking again must not throw out whoever is proving"},

	{Proven, Chose, Open | Fits, 0, Done,
		[]Effect{BurnRenewal, StoreChoice, EndSecrets, EndSessions, ClearTries, NotifyOwner, NoteRenewed},
		"ADR-0005; ATK-007, ATK-033, ATK-038; NIST SP 800-63B-4 §4.2.3"},
	{Proven, Chose, Open, Fits, Proven, nil, "the form comes back with what is to mend"},
	{Proven, Chose, 0, Open, Over, nil, "ATK-022, ATK-039"},
	{Proven, Cancelled, 0, 0, Proven, nil, "asking again must not throw out whoever is choosing"},

	{Over, GaveSecret, 0, 0, Over, []Effect{NoteDead}, "ATK-005"},
	{Done, GaveSecret, 0, 0, Done, []Effect{NoteDead}, "ATK-005"},
}

// Accepts says which events each state takes; all others cannot reach it.
var Accepts = map[State][]Event{
	Start:   {Asked, Handed, GaveSecret},
	Pending: {Decided},
	Silent:  {GaveSecret},
	Sent:    {GaveSecret, Cancelled},
	Proving: {GaveSecond, Cancelled},
	Proven:  {Chose, Cancelled},
	Done:    {GaveSecret},
	Over:    {GaveSecret},
}

// Next gives the one row that holds; ok is false when the state does not take the event.
func Next(from State, on Event, facts Fact) (rule Rule, ok bool) { return next(Rules, from, on, facts) }

func next(rules []Rule, from State, on Event, facts Fact) (Rule, bool) {
	for _, r := range rules {
		if r.From == from && r.On == on && facts&r.If == r.If && facts&r.Not == 0 {
			return r, true
		}
	}
	return Rule{}, false
}
