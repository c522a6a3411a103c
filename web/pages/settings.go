package pages

import (
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
)

// Typed is a form as it was sent, shown again when it was refused; nil when nothing was sent, so that a page shows what
// is in force. A password in it is never shown.
type Typed map[string]string

// Notice is what a settings page says has been done.
type Notice string

// The notices.
const (
	NoNotice       Notice = ""
	Saved          Notice = "saved"
	Nothing        Notice = "nothing" // what was sent changes nothing
	Previewed      Notice = "previewed"
	Added          Notice = "added"
	Removed        Notice = "removed"
	PersonAdded    Notice = "person-added"
	PersonInvited  Notice = "person-invited" // added, and the access is on its way
	PersonDeleted  Notice = "person-deleted"
	PersonStopped  Notice = "person-stopped"
	PersonLeaves   Notice = "person-leaves"
	PersonStays    Notice = "person-stays" // the last day was taken back
	PersonStarted  Notice = "person-started"
	AccessSent     Notice = "access-sent"
	SessionEnded   Notice = "session-ended"
	SessionsEnded  Notice = "sessions-ended"
	FactorsReset   Notice = "factors-reset"
	AddressAsked   Notice = "address-asked"
	AddressStopped Notice = "address-stopped"
	PasswordKept   Notice = "password-changed"
	LanguageKept   Notice = "language-chosen"

	PasskeyAdded    Notice = "passkey-added"
	PasskeyRenamed  Notice = "passkey-renamed"
	PasskeyRemoved  Notice = "passkey-removed"
	AppAdded        Notice = "app-added"
	AppRemoved      Notice = "app-removed"
	CodesKept       Notice = "codes-kept"
	SecondOn        Notice = "second-on"
	SecondOff       Notice = "second-off"
	PasswordRemoved Notice = "password-removed"
	EntryWithdrawn  Notice = "entry-withdrawn" // what an application held was taken back

	DeskNamed       Notice = "desk-named"
	DeskCodeSent    Notice = "desk-code-sent"
	DeskChecked     Notice = "desk-checked"
	DeskPapersNoted Notice = "desk-papers-noted"
	DeskTold        Notice = "desk-told" // the identifier may be told
	DeskAccessSent  Notice = "desk-access-sent"
	DeskProposed    Notice = "desk-proposed"
	DeskWaits       Notice = "desk-waits"
	DeskDone        Notice = "desk-done"
	DeskStopped     Notice = "desk-stopped"
	DeskWithdrawn   Notice = "desk-withdrawn"
	DeskLapsed      Notice = "desk-lapsed"
	DeskClosed      Notice = "desk-closed"
)

// Notices lists every notice.
var Notices = []Notice{
	Saved, Nothing, Previewed, Added, Removed, PersonAdded, PersonInvited, PersonDeleted, PersonStopped, PersonLeaves,
	PersonStays, PersonStarted, AccessSent, SessionEnded, SessionsEnded, FactorsReset, AddressAsked,
	AddressStopped, PasswordKept, LanguageKept,
	PasskeyAdded, PasskeyRenamed, PasskeyRemoved, AppAdded, AppRemoved, CodesKept, SecondOn, SecondOff, PasswordRemoved,
	EntryWithdrawn,
	DeskNamed, DeskCodeSent, DeskChecked, DeskPapersNoted, DeskTold, DeskAccessSent, DeskProposed, DeskWaits, DeskDone,
	DeskStopped, DeskWithdrawn, DeskLapsed, DeskClosed,
}

// Settings is /settings: the numbered lines (H3). Query (GET q) keeps the lines that it finds.
type Settings struct {
	Frame
	Query string
}

// Paging is where a table stands in the whole. Its links carry after, before, last=1 and from.
type Paging struct {
	From     int    // place of the first row, from 1; 0 when nobody knows. Links carry it as "from"
	Size     int    // rows on a whole page
	Total    int    // of what fits the filter
	More     bool   // Total is only the least
	Next     string // cursor for "after", "" on the last page
	Previous string // cursor for "before", "" on the first page
}

// UserRow is one line of the users' table.
type UserRow struct {
	account.Account
	Pending bool // a change of the reference address is on its way
	Myself  bool
}

// Users is GET /settings/users (line 4-1-1) with q, role, state, office, sort, desc=1 and Paging's. The export posts
// the same filter (q, role, state, office, sort, desc) and current_password to /settings/users/export.
type Users struct {
	Frame
	Filter     string
	Role       account.Role  // "" for all
	State      account.State // "" for all
	Office     string        // "" for all
	Sort       string        // name, identifier, role, state, signed-in: the values of admin.Sort
	Descending bool
	Rows       []UserRow
	Paging     Paging
	Nobody     bool // there is nobody else than oneself yet: the filter is not to blame
	Fresh      bool // the export asks no current_password
	Notice     Notice
	Name       string    // whom the notice is about
	Problems   []Problem // of the export form: current_password
}

// PersonAct names a form of a person's page.
type PersonAct string

// The forms of a person's page, each with its own current_password unless Fresh.
const (
	ActChange   PersonAct = ""         // POST /settings/users/{id}: version, NewPerson's fields but identifier and send
	ActAccess   PersonAct = "access"   // POST …/access
	ActSessions PersonAct = "sessions" // POST …/sessions: session (an ID), or none for all
	ActStop     PersonAct = "stop"     // POST …/stop: version, when=now|day|never, day (2026-06-30, the last one)
	ActStart    PersonAct = "start"    // POST …/start: version
	ActFactors  PersonAct = "factors"  // POST …/factors: version
	ActSlip     PersonAct = "slip"     // POST …/slip: identity_seen=1; answered by SlipPage
	ActAddress  PersonAct = "address"  // POST /settings/users/{id}: stop=email|mobile, change (AddressChange.ID)
)

// Person is GET /settings/users/{id}: « modifier », and what else may be done to somebody.
type Person struct {
	Frame
	Who      account.Account // as in force; its Version goes into the forms
	Stale    *Stale          // somebody changed it since the page was shown
	Roles    []account.Role  // that may be chosen
	Changes  []AddressChange // on their way
	Letters  []Delivery      // the last ones, newest first
	Sessions []Device
	LastOne  bool // the last manager who stays: may not be stopped, deleted or given another type
	MayPrint bool // a slip: the person manages nobody
	Myself   bool // one's own page: what it offers is done under /account
	Fresh    bool
	Notice   Notice
	To       string // for AccessSent and AddressAsked: the masked address
	Act      PersonAct
	Typed    Typed
	Problems []Problem // of the form that Act names
}

// Stale says who changed something since the page was shown; either may be unknown.
type Stale struct {
	By string
	At time.Time
}

// NewPerson is /settings/users/new. Its fields: identifier, given_name, name (the family name), role, offices (once for
// each), email, mobile, language, household, send=1, current_password.
type NewPerson struct {
	Frame
	Roles    []account.Role
	Fresh    bool
	Typed    Typed
	Problems []Problem
}

// DeletePerson is /settings/users/{id}/delete: a confirmation by name. Its fields: identifier, version,
// current_password.
type DeletePerson struct {
	Frame
	Who      account.Account
	LastOne  bool
	Fresh    bool
	Typed    Typed
	Problems []Problem
}

// OfficeRow is one office and how many people work there.
type OfficeRow struct {
	Name   string
	People int // -1 when it was not counted
}

// Offices is /settings/offices (1-2-1). Its forms: do=add or do=remove, office, version, current_password.
type Offices struct {
	Frame
	Rows     []OfficeRow
	Stale    bool
	Fresh    bool
	Notice   Notice
	Typed    Typed
	Problems []Problem
}

// ContactForm is /settings/contact (2-2-1): Frame.Organisation's Contact and Legal. Its fields: service, phone, email,
// hours, address, publisher, director, host, controller, officer, copyright, public=1, conformity, percent, audited,
// version, current_password.
type ContactForm struct {
	Frame
	Stale    bool
	Fresh    bool
	Notice   Notice
	Typed    Typed
	Problems []Problem
}

// AppearanceForm is /settings/appearance (2-1-1). Its fields: name, colour, logo, version, do=preview|save,
// current_password. For a preview, Frame.Organisation wears what was typed, so that the whole page shows it.
type AppearanceForm struct {
	Frame
	Stale    bool
	Fresh    bool
	Notice   Notice
	Typed    Typed
	Problems []Problem
}

// NewsForm is /settings/news (2-3-1): Frame.Organisation's News. Its fields: do=add|save|remove, item (its place, from
// 0), title, body, version, current_password. GET item=n opens one.
type NewsForm struct {
	Frame
	Item     int // the item that is open, -1 for a new one
	Stale    bool
	Fresh    bool
	Notice   Notice
	Typed    Typed
	Problems []Problem
}

// DocumentsForm is /settings/documents (2-4-1). The upload is multipart: title, file, guide=1, current_password; the
// other form: do=remove, document (its ID), current_password.
type DocumentsForm struct {
	Frame
	Documents []organisation.Document
	Most      int // bytes of a file, at most
	Fresh     bool
	Notice    Notice
	Name      string
	Typed     Typed
	Problems  []Problem
}

// PolicyForm is /settings/policy (4-2-1): Frame.Organisation's Policy. Its fields: password_length, password_upper=1,
// password_lower=1, password_digit=1, recovery_ask, recovery_send, recovery_lifetime (minutes), and for each role of
// the organisation idle_<role>, absolute_<role> (minutes), remember_<role> (days) and second_<role> (a
// organisation.Demand); grace (days, for all roles that are asked at the next sign-in); version, current_password.
type PolicyForm struct {
	Frame
	Stale    bool
	Fresh    bool
	Notice   Notice
	Typed    Typed
	Problems []Problem // PolicyProblems gives those of organisation.Policy.Check

	Stranded    []account.Account // whom these rules would leave outside; confirm=1 saves anyway
	StrandedAll int               // how many they are
}

// LetterState is where a letter stands on its way.
type LetterState string

// The states of a letter: those of courier.State, where Leased is still Waiting.
const (
	LetterWaiting LetterState = "waiting"
	LetterSent    LetterState = "sent"
	LetterFailed  LetterState = "failed"
)

// MailList is GET /settings/mail (3-1-1); failed=1 keeps those that did not arrive.
type MailList struct {
	Frame
	Failed bool
	Rows   []Delivery
	Most   int // rows shown at most
}

// JournalRow is one entry of the journal in words.
type JournalRow struct {
	audit.Entry
	ActorName  string // "" for nobody; the page says audit.System by itself
	TargetName string
}

// Verdict is what verifying the journal said.
type Verdict string

// The verdicts.
const (
	NotVerified Verdict = ""
	Holds       Verdict = "holds"
	Broken      Verdict = "broken"
)

// JournalList is GET /settings/journal (4-3-1) with person (an identifier), act, from, until (2026-09-03), before (a
// number). Forms: POST …/verify, and POST …/export with the same filter and current_password.
type JournalList struct {
	Frame
	Who      string // as typed
	Unknown  bool   // nobody has that identifier
	Act      audit.Act
	From     string // as typed
	Until    string
	Rows     []JournalRow
	Before   int64 // number for the next, older page; 0 when there is none
	Later    bool  // this is not the newest page
	Verdict  Verdict
	BrokenAt int64 // entry that does not fit
	Fresh    bool
	Typed    Typed
	Problems []Problem // from, until, current_password
}
