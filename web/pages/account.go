package pages

import (
	"time"

	"loquet/account"
	"loquet/credential"
	"loquet/organisation"
)

// AddressKind is what is being changed.
type AddressKind string

// The kinds of an address.
const (
	Email  AddressKind = "email"
	Mobile AddressKind = "mobile"
)

// AddressChange is a change of an address on its way: asked, then confirmed by the new address, then serving.
type AddressChange struct {
	ID        string
	Kind      AddressKind
	To        string // in full
	Asked     time.Time
	By        string      // name of the manager who asked; "" for its owner
	Confirmed time.Time   // zero before
	Serves    time.Time   // from then on recovery uses it; zero while that is not known
	Undo      time.Time   // it serves already, and can be taken back until then; zero otherwise
	Letter    LetterState // of the letter or text message to the new address; "" when none was sent
	Said      string      // for LetterFailed: what the other side answered
}

// Device is one browser that is signed in.
type Device struct {
	ID         string // what forms send as "session"
	Name       string // browser and system in words; "" when they are not known
	Address    string // from where
	Opened     time.Time
	Seen       time.Time
	Remembered bool
	Current    bool // the browser that asks
}

// Account is GET /account (1-1-1): one's own data, and a way to change each. The language is chosen on it: POST
// /account/language, language.
type Account struct {
	Frame
	Who      account.Account
	Changes  []AddressChange
	Devices  int
	Standing organisation.Standing
	DueBy    time.Time // for organisation.Due
	Notice   Notice
	Problems []Problem // language
}

// AccountPassword is /account/password. Its fields: current_password (always, unless Free), new_password,
// confirm_password. Its problems at new_password and confirm_password are those of Renew.
type AccountPassword struct {
	Frame
	Free     bool // proven by a passkey a moment ago, which stands in for the password in force
	Who      account.Account
	Policy   credential.Policy
	Problems []Problem
	Wait     time.Duration // 429 when not zero
}

// AccountAddress is /account/email and /account/mobile. Its forms: email or mobile, and current_password unless Fresh;
// stop=<kind> and change (AddressChange.ID) takes back a change.
type AccountAddress struct {
	Frame
	Kind     AddressKind
	Who      account.Account
	Pending  *AddressChange
	Fresh    bool
	Notice   Notice // AddressAsked, AddressStopped
	Typed    Typed
	Problems []Problem
	Wait     time.Duration // 429 when not zero
}

// AccountDevices is /account/devices. Its forms: session (an ID) ends one, others=1 all but this one; current_password
// unless Fresh.
type AccountDevices struct {
	Frame
	Devices  []Device // this one first
	Fresh    bool
	Notice   Notice // SessionEnded, SessionsEnded
	Problems []Problem
	Wait     time.Duration // 429 when not zero
}

// AccountHistory is GET /account/history: one's own entries of the journal, newest first; before=n for older ones.
type AccountHistory struct {
	Frame
	Who    account.Account
	Rows   []JournalRow
	Before int64 // number for the next, older page; 0 when there is none
	Later  bool  // this is not the newest page
}

// AccountData is /account/data: what is kept about one. POST downloads it: current_password unless Fresh.
type AccountData struct {
	Frame
	Who      account.Account
	Fresh    bool
	Problems []Problem
	Wait     time.Duration // 429 when not zero
}

// LinkState is what became of a link that confirms or stops a change of address.
type LinkState string

// The states of the link's page. Asked is a GET of a good link; the others are answers, 422 for the last four.
const (
	LinkAsked    LinkState = ""
	LinkServes   LinkState = "serves"   // confirmed, and it serves from now on
	LinkWaits    LinkState = "waits"    // confirmed, and it serves after the cooling-off
	LinkStopped  LinkState = "stopped"  // the change was stopped by this link
	LinkLate     LinkState = "late"     // its time is over
	LinkUsed     LinkState = "used"     // it has served
	LinkReplaced LinkState = "replaced" // another change came later, or this one was stopped
	LinkUnknown  LinkState = "unknown"  // nobody's link
)

// AddressLink is /confirm/{token} and /stop/{token}: GET says what it will do, POST does it. What it says about the
// change stays empty but for LinkAsked, LinkServes, LinkWaits and LinkStopped.
type AddressLink struct {
	Frame
	Stop   bool // the link of the old address, which stops the change
	State  LinkState
	Kind   AddressKind
	Action string // where the form posts: the link's own path
	Who    string // whose account: the name
	To     string // the new address; masked for Stop
	Asked  time.Time
	By     string    // name of the manager who asked; "" for the owner
	Serves time.Time // for LinkWaits
}
