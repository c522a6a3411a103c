// Package pages holds every page that a browser sees: one .templ file per page, and here what each of them needs to
// know.
//
// It promises that a page is a function of its data: no clock, no look-up, no rule. Every page has samples (samples.go)
// from which the gallery and its tests are made, so that no state of a page goes unseen.
package pages

import (
	"time"

	"loquet/account"
	"loquet/credential"
	"loquet/organisation"
	"loquet/text"
)

// Frame is what every page of an organisation shares.
type Frame struct {
	Say          *text.Printer
	Organisation organisation.Organisation
	Path         string       // of this page, so that the language links lead back to it
	Person       string       // full name of whoever is signed in; empty on the front pages
	Role         account.Role // of whoever is signed in
	Gear         bool         // may open /settings
	Now          time.Time
	Demo         bool   // say that this is the demo, and show the way to the caught mails
	Mailbox      string // where the caught mails are shown, on the platform's host: "http://localhost:8080/demo/mail"
	Theme        Theme  // forced by the gallery; empty follows the browser
	Proof        ProofWays
}

// Problem is one thing to mend on a form: at which field (empty for the form as a whole), and the sentence's key and
// values.
type Problem struct {
	Field string
	Key   string
	Args  []any
}

// SignInState says which notice the sign-in page shows.
type SignInState string

// The states of the sign-in page.
const (
	SignInAsked       SignInState = ""
	SignInRenewed     SignInState = "renewed"      // the password is saved: sign in again (F6)
	SignInLeft        SignInState = "signed-out"   // signed out
	SignInEnded       SignInState = "ended"        // the session has ended: sign in again
	SignInStolen      SignInState = "stolen"       // two browsers had the session: it was closed, to be safe (ATK-037)
	SignInRestored    SignInState = "restored"     // the page before was on the screen after its session had ended
	SignInSwitched    SignInState = "switched"     // somebody has left for the next one (H9)
	SignInAnew        SignInState = "anew"         // in already, and asked to prove it once more
	SignInPasskeyMade SignInState = "passkey-made" // a passkey was made in a renewal: sign in with it
	SignInPasskey     SignInState = "passkey"      // 422: the passkey was not accepted
	SignInRefused     SignInState = "refused"      // 422: identifier and password do not go together
	SignInWait        SignInState = "wait"         // 429: too many wrong tries
	SignInStopped     SignInState = "stopped"      // 422: right password, but the account is closed
	SignInExpired     SignInState = "expired"      // 422: a temporary password that is late, has served, or was replaced
	SignInBusy        SignInState = "busy"         // 503
)

// SignIn is the front page (F1, H1).
type SignIn struct {
	Frame
	State      SignInState
	Problems   []Problem
	Identifier string        // as typed
	Remember   bool          // offer « je reste connecté(e) »
	Remembered bool          // ticked
	Next       string        // where to go afterwards: a path of this site
	Into       string        // name of the application that Next leads to; empty for none
	Left       string        // for SignInSwitched: who has just left; empty when that is not known
	Wait       time.Duration // for SignInWait
	Unknown    string        // for SignInPasskey: the ID of a passkey that is nobody's here, for the browser to forget it
}

// Recover is « Mot de passe oublié » (F2, H2).
type Recover struct {
	Frame
	Ask        organisation.Ask
	Problems   []Problem
	Identifier string
	Email      string
	Wait       time.Duration // 429 when not zero
}

// Sent says what happens next after Recover or Identifier, and what to do when no mail comes. It is the same whether or
// not anybody is behind what was typed.
type Sent struct {
	Frame
	For      SentFor
	Send     organisation.Send
	Lifetime time.Duration
	Provider Provider // of the address that was typed; zero when it was none we know
}

// SentFor says which page led to Sent.
type SentFor string

// What Sent may be for.
const (
	SentPassword   SentFor = "password"
	SentIdentifier SentFor = "identifier"
)

// Identifier is « Je ne connais pas mon identifiant » (F10).
type Identifier struct {
	Frame
	Problems []Problem
	Email    string
	Wait     time.Duration
}

// EnterState says what became of a link, a slip or a code.
type EnterState string

// The states of the entry page.
const (
	EnterAsked    EnterState = ""         // type the code
	EnterLink     EnterState = "link"     // a link was opened: one button goes on, and nothing is consumed before it
	EnterRefused  EnterState = "refused"  // 422: no such code
	EnterLate     EnterState = "late"     // 422: it was good, its time is over
	EnterUsed     EnterState = "used"     // 422: it has served
	EnterReplaced EnterState = "replaced" // 422: a newer letter, or slip, has replaced it
	EnterWait     EnterState = "wait"     // 429
)

// Enter is the page of a link and of a typed code.
type Enter struct {
	Frame
	State    EnterState
	Action   string    // where the form posts: "/enter" or "/enter/{token}"
	Code     string    // as typed
	Slip     bool      // what was opened or typed is a paper slip
	Newer    time.Time // for EnterReplaced: when the slip was printed that has replaced it; zero when something else did
	Problems []Problem
	Wait     time.Duration
}

// Renew is « Choisissez votre mot de passe » (F5).
type Renew struct {
	Frame
	Identifier string // for the password manager, in a read-only field
	First      bool   // first access: nobody forgot anything
	Policy     credential.Policy
	Passkey    Ceremony // to make a passkey instead of a password; empty where that is not open
	Problems   []Problem
}

// Home is what the person finds behind the door (F7).
type Home struct {
	Frame
	Guide     *organisation.Document
	Documents []organisation.Document
	Tiles     []organisation.Tile
	Standing  organisation.Standing
	DueBy     time.Time // for organisation.Due
	Offer     bool      // there is no passkey yet, and one is offered
	Returned  bool      // letters come back from the reference address
	Outlook   HomeOutlook
}

// RepairState says why one is led back to the sign-in page at each click.
type RepairState string

// The states of the repair page.
const (
	RepairAsked       RepairState = ""            // not looked at yet
	RepairWorks       RepairState = "works"       // nothing is wrong with our cookies
	RepairRefused     RepairState = "refused"     // the browser refuses our cookies
	RepairStale       RepairState = "stale"       // it keeps a cookie of an older version, or somebody else's
	RepairClock       RepairState = "clock"       // the device's clock is wrong
	RepairApplication RepairState = "application" // an application sends the person back again and again
	RepairRestored    RepairState = "restored"    // the page came from the browser's memory
	RepairDone        RepairState = "done"        // everything of ours was removed from the browser
)

// RepairCauses lists the states that name a cause.
var RepairCauses = []RepairState{RepairRefused, RepairStale, RepairClock, RepairApplication, RepairRestored}

// Repair is the way out of « À chaque clic, je retourne à la page d'identification » (H6).
type Repair struct {
	Frame
	State       RepairState
	Came        bool   // the person was led here by the portal, which noticed the loop
	Application string // for RepairApplication: its name, or its host name; empty when the browser does not say
}

// Plain is a page that needs nothing but its frame: sitemap, legal, privacy, accessibility.
type Plain struct {
	Frame
	Policy organisation.Policy // some are written from the organisation's real settings
}

// Fault is an error page.
type Fault struct {
	Frame
	Status    int           // 400, 403, 404, 405, 413, 415, 421, 429, 500, 503
	Reference string        // for 500: the number that the log has too
	Wait      time.Duration // for 429 and 503
}

// Platform is the front page of the platform's own host: the organisations that answer here.
type Platform struct {
	Frame
	Organisations []organisation.Organisation
	Scheme        string
	Door          bool // operators sign in here
}

// Mail is one caught mail of the demo.
type Mail struct {
	To, From, Subject string
	Date              time.Time
	Text, HTML        string
}

// Texts is the demo's telephone, newest first.
type Texts struct {
	Frame
	Texts []Text
}

// Text is one caught text message of the demo.
type Text struct {
	To, Body string
	Date     time.Time
}

// Mails is the demo's catcher, newest first.
type Mails struct {
	Frame
	Mails []Mail
}
