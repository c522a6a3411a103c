package profile

// State is where one change of an address stands.
type State string

// The states of a change. In Asked and Confirmed the old address is in force.
const (
	Start     State = "start"     // nothing has been asked, or no link of ours was given
	Asked     State = "asked"     // the new address has been asked to confirm
	Confirmed State = "confirmed" // nothing more is needed: the cooling-off runs
	Serving   State = "serving"   // the new address is in force; until its time is over, the old one can take it back
	Stopped   State = "stopped"   // by the old address, the owner or a manager
	Replaced  State = "replaced"  // another change of the same kind was asked later
	Late      State = "late"      // the new address was not confirmed in time
)

// States lists every state.
var States = []State{Start, Asked, Confirmed, Serving, Stopped, Replaced, Late}

// Event is what happens to a change.
type Event string

// The events of a change.
const (
	Ask     Event = "ask"     // the owner or a manager typed a new address
	Another Event = "another" // and then another one
	Confirm Event = "confirm" // the button behind the link to the new address was pressed
	Stop    Event = "stop"    // the button behind the link to the old address was, or the one on the owner's page
	Pass    Event = "pass"    // time has passed
)

// Events lists every event.
var Events = []Event{Ask, Another, Confirm, Stop, Pass}

// Effect is what a row makes happen. The effects of one row happen in one transaction.
type Effect string

// The effects of a change.
const (
	EndPending    Effect = "end-pending" // the change of this kind that was on its way is Replaced
	Record        Effect = "record"      // the new address is in the account at once, unproven
	SendConfirm   Effect = "send-confirm"
	SendNotice    Effect = "send-notice" // to every proven address, with the link that stops it
	Prove         Effect = "prove"       // the link came back from the new address
	Serve         Effect = "serve"
	PutBack       Effect = "put-back"    // what was in force before; the changes that came after it end with it
	EndSecrets    Effect = "end-secrets" // every living secret of recovery (ATK-010)
	NoteAsked     Effect = "note-asked"
	NoteConfirmed Effect = "note-confirmed"
	NoteServes    Effect = "note-serves"
	NoteStopped   Effect = "note-stopped"
)

// Effects lists every effect.
var Effects = []Effect{
	EndPending, Record, SendConfirm, SendNotice, Prove, Serve, PutBack, EndSecrets, NoteAsked, NoteConfirmed, NoteServes,
	NoteStopped,
}

// Fact is one yes or no on which a change may depend. There is no other input: who asked, the owner or a manager, is
// told in the letters and changes nothing, because a stolen session of either must not take an account.
type Fact uint8

// The facts of a change.
const (
	Known     Fact = 1 << iota // it is in force and proven already, or on its way
	Allowed                    // there have not been too many letters lately
	Reachable                  // the new address can be asked to confirm: mobiles only where texts can be sent
	Guarded                    // when it was asked, a proven address was there to be told and to serve meanwhile
	InTime                     // the time of the state is not over
	Owner                      // whoever confirms is signed in as the account's owner
	Fresh                      // the account has never had a password, so that there is nothing to take
)

// FactNames names the facts, in the order of their bits.
var FactNames = []string{"known", "allowed", "reachable", "guarded", "in-time", "owner", "fresh"}

// Rule is one row: in From, on On, when all of If hold and none of Not, go to To and do Do.
type Rule struct {
	From    State
	On      Event
	If, Not Fact
	To      State
	Do      []Effect
	Source  string
}

// Rules is the change of an address, whole. An event that a state has no row for is ignored there (see Accepts); for
// every accepted pair and every combination of facts exactly one row holds. A test walks them all.
var Rules = []Rule{
	{Start, Ask, Known, 0, Start, nil, "said so, and nothing is sent"},
	{Start, Ask, 0, Known | Allowed, Start, nil, "ATK-024: nobody's mailbox is flooded"},
	{Start, Ask, Allowed | Guarded | Reachable, Known, Asked,
		[]Effect{EndPending, SendConfirm, SendNotice, NoteAsked}, "ADR-0005, H4; ATK-073; NIST SP 800-63B-4 §4.6"},
	{Start, Ask, Allowed | Reachable, Known | Guarded, Asked,
		[]Effect{EndPending, Record, SendConfirm, NoteAsked}, "H8: an invitation needs an address to go to"},
	{Start, Ask, Allowed | Guarded, Known | Reachable, Confirmed,
		[]Effect{EndPending, SendNotice, NoteAsked}, "C8: no gateway, no proof; the old address still decides"},
	{Start, Ask, Allowed, Known | Guarded | Reachable, Serving,
		[]Effect{EndPending, Record, NoteAsked}, "nobody to tell and nothing to ask"},
	{Start, Confirm, 0, 0, Start, nil, "no link of ours was given"},
	{Start, Stop, 0, 0, Start, nil, "no link of ours was given"},

	{Asked, Another, 0, 0, Replaced, nil, "two changes at once: the later one wins"},
	{Asked, Confirm, InTime | Owner, 0, Serving,
		[]Effect{Prove, Serve, EndSecrets, NoteConfirmed, NoteServes}, "H4: its owner confirms from an open session"},
	{Asked, Confirm, InTime | Fresh, Owner | Guarded, Serving,
		[]Effect{Prove, Serve, EndSecrets, NoteConfirmed, NoteServes}, "there is nothing to take yet"},
	{Asked, Confirm, InTime, Owner | Fresh, Confirmed, []Effect{Prove, NoteConfirmed}, "ATK-073; CNIL-16"},
	{Asked, Confirm, InTime | Fresh | Guarded, Owner, Confirmed, []Effect{Prove, NoteConfirmed}, "ATK-073"},
	{Asked, Confirm, 0, InTime, Late, nil, "ATK-012; NIST SP 800-63B-4 §4.4"},
	{Asked, Stop, InTime | Guarded, 0, Stopped, []Effect{NoteStopped}, "ATK-073"},
	{Asked, Stop, InTime, Guarded, Stopped, []Effect{PutBack, NoteStopped}, "what was recorded at once goes"},
	{Asked, Stop, 0, InTime, Late, nil, "it is over already"},
	{Asked, Pass, InTime, 0, Asked, nil, "there is time left"},
	{Asked, Pass, 0, InTime, Late, nil, "an address that nobody confirms is nobody's"},

	{Confirmed, Another, 0, 0, Replaced, nil, "two changes at once: the later one wins"},
	{Confirmed, Confirm, 0, 0, Confirmed, nil, "double submit"},
	{Confirmed, Stop, InTime | Guarded, 0, Stopped, []Effect{NoteStopped}, "ATK-073"},
	{Confirmed, Stop, InTime, Guarded, Stopped, []Effect{PutBack, NoteStopped}, "what was recorded at once goes"},
	{Confirmed, Stop, 0, InTime, Confirmed, nil, "ATK-012: too late, whether or not it serves already"},
	{Confirmed, Pass, InTime, 0, Confirmed, nil, "the cooling-off runs"},
	{Confirmed, Pass, 0, InTime, Serving, []Effect{Serve, EndSecrets, NoteServes}, "ADR-0005; ATK-010"},

	{Serving, Another, 0, 0, Serving, nil, "its old address can still take all of it back"},
	{Serving, Confirm, 0, 0, Serving, nil, "double submit"},
	{Serving, Stop, InTime | Guarded, 0, Stopped, []Effect{PutBack, EndSecrets, NoteStopped}, "ATK-073; ATK-010"},
	{Serving, Stop, InTime, Guarded, Serving, nil, "nothing proven would be left to tell of the next change"},
	{Serving, Stop, 0, InTime, Serving, nil, "ATK-012: too late"},

	{Stopped, Confirm, 0, 0, Stopped, nil, "ATK-011"},
	{Stopped, Stop, 0, 0, Stopped, nil, "double submit"},
	{Replaced, Confirm, 0, 0, Replaced, nil, "ATK-011"},
	{Replaced, Stop, 0, 0, Replaced, nil, "the later change told its own"},
	{Late, Confirm, 0, 0, Late, nil, "ATK-012"},
	{Late, Stop, 0, 0, Late, nil, "it is over already"},
}

// Accepts says which events each state takes; all others cannot reach it.
var Accepts = map[State][]Event{
	Start:     {Ask, Confirm, Stop},
	Asked:     {Another, Confirm, Stop, Pass},
	Confirmed: {Another, Confirm, Stop, Pass},
	Serving:   {Another, Confirm, Stop},
	Stopped:   {Confirm, Stop},
	Replaced:  {Confirm, Stop},
	Late:      {Confirm, Stop},
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
