package oidc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"loquet/application"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// LeavePath takes the answer of whoever was asked. It is not LogoutPath, to which other sites may post.
const LeavePath = LogoutPath + "/leave"

// Choice is what somebody who was asked has chosen.
type Choice string

// The choices.
const (
	NotAsked   Choice = ""           // nobody has asked yet, or the person has not answered
	Here       Choice = "here"       // this browser
	Everywhere Choice = "everywhere" // every browser, and with it every application
)

// Choices lists what may be chosen.
var Choices = []Choice{Here, Everywhere}

// Leaving is a request to sign out that an application sends by the person's browser (OpenID Connect RP-Initiated
// Logout 1.0 §2).
type Leaving struct {
	Organisation organisation.Organisation
	Hint         string          // id_token_hint
	Client       string          // client_id
	Back         string          // post_logout_redirect_uri
	State        string          // handed back as it came
	Session      session.Session // the living one of the browser; the zero one for none
	Choice       Choice
}

// Hint is what an id_token_hint is worth.
type Hint string

// The hints.
const (
	NoHint   Hint = "none"
	BadHint  Hint = "bad"  // not ours, altered, another kind of token, or of another application than the one named
	GoodHint Hint = "good" // an ID token of ours; whether it is over does not matter
)

// Hints lists every hint.
var Hints = []Hint{NoHint, BadHint, GoodHint}

// Return is what a post_logout_redirect_uri is worth.
type Return string

// The returns.
const (
	NoReturn      Return = "none"
	UnknownReturn Return = "unknown" // the application has not registered it, letter by letter, or is not known
	KnownReturn   Return = "known"
)

// Returns lists every return.
var Returns = []Return{NoReturn, UnknownReturn, KnownReturn}

// LogoutFacts is all on which a sign-out that an application asks for may depend.
type LogoutFacts struct {
	Hint   Hint
	In     bool // somebody is signed in in this browser
	Same   bool // it is whom the hint names
	Return Return
	Choice Choice
}

// Logout is what is to be done: End which sessions, and what to show.
type Logout struct {
	End  Choice // NotAsked ends none
	Show LogoutPage
}

// LogoutPage is what is shown.
type LogoutPage string

// The pages.
const (
	LogoutAsk    LogoutPage = "ask"    // whether to sign out, and where
	LogoutDone   LogoutPage = "done"   // nobody is signed in here any more
	LogoutAstray LogoutPage = "astray" // the same, and the address that the application has named is not followed
	LogoutReturn LogoutPage = "return" // none: the browser goes on to the application
)

// LogoutPages lists every page.
var LogoutPages = []LogoutPage{LogoutAsk, LogoutDone, LogoutAstray, LogoutReturn}

// DecideLogout says what becomes of a request to sign out. Somebody is signed out unasked only on the word of an ID
// token of theirs, so that no picture on a page can do it (ATK-057). The browser goes on only to an address that the
// application has registered, and only on the word of a token, or of the person, who has seen the name of the
// application: an address beside a bad token, or beside none that nobody has confirmed, is not followed (OIDC-18;
// ATK-058).
func DecideLogout(f LogoutFacts) Logout {
	if f.In && f.Choice == NotAsked && (f.Hint != GoodHint || !f.Same) {
		return Logout{Show: LogoutAsk}
	}
	out := Logout{Show: LogoutDone}
	if f.In {
		out.End = Here
		if f.Choice == Everywhere {
			out.End = Everywhere
		}
	}
	vouched := f.Hint == GoodHint || f.Hint == NoHint && f.Choice != NotAsked
	switch {
	case f.Return == NoReturn:
	case f.Return == KnownReturn && vouched:
		out.Show = LogoutReturn
	default:
		out.Show = LogoutAstray
	}
	return out
}

// Left is what Leave has decided; ending the sessions is for the caller, who has them.
type Left struct {
	Logout
	Back        string // where the browser goes on to: now for LogoutReturn, once the person has chosen for LogoutAsk
	Application string // name of the application that asks; empty where it is not known
}

// Leave decides a request to sign out. It changes nothing.
func (f *Flow) Leave(ctx context.Context, l Leaving) (Left, error) {
	facts := LogoutFacts{Hint: NoHint, In: l.Session.ID != "", Return: NoReturn}
	if slices.Contains(Choices, l.Choice) {
		facts.Choice = l.Choice
	}
	client, hint := l.Client, idToken{}
	if l.Hint != "" {
		var err error
		if hint, err = f.namedBy(ctx, l); err != nil {
			return Left{}, err
		}
		facts.Hint = BadHint
		if hint.Audience != "" {
			facts.Hint, client = GoodHint, string(hint.Audience)
		}
	}
	a, err := f.Store.Application(ctx, l.Organisation.ID, client)
	if err != nil && !errors.Is(err, fault.Missing) {
		return Left{}, fmt.Errorf("reading the application that signs out: %w", err)
	}
	if facts.Hint == GoodHint && facts.In {
		if facts.Same, err = f.names(ctx, a, hint, l.Session); err != nil {
			return Left{}, err
		}
	}
	if l.Back != "" {
		facts.Return = UnknownReturn
		if a.Open() && slices.Contains(a.LogoutRedirects, l.Back) {
			facts.Return = KnownReturn
		}
	}
	left := Left{Logout: DecideLogout(facts), Application: a.Name}
	then := left.Show
	if then == LogoutAsk {
		facts.Choice = Here
		then = DecideLogout(facts).Show
	}
	if then == LogoutReturn {
		left.Back = withState(l.Back, l.State)
	}
	return left, nil
}

// idToken is what a hint says.
type idToken struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	SID      string   `json:"sid"`
}

// audience is "aud" of a token for one (RFC 7519 §4.1.3); those for several are none of ours.
type audience string

// UnmarshalJSON takes the string, or the list of one.
func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) != nil {
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil || len(list) != 1 {
			return errForeign
		}
		one = list[0]
	}
	*a = audience(one)
	return nil
}

// namedBy gives what an id_token_hint says, nothing when it is bad. Access and logout tokens, which the same keys sign,
// are no ID tokens (RFC 8725 §3.11), and a token for another application than the one that is named is none for it.
func (f *Flow) namedBy(ctx context.Context, l Leaving) (idToken, error) {
	var hint idToken
	switch typ, err := f.verify(ctx, l.Organisation.ID, l.Hint, &hint); {
	case errors.Is(err, errForeign):
		return idToken{}, nil
	case err != nil:
		return idToken{}, err
	case typ != "" && typ != "JWT",
		hint.Issuer != f.Issuer(l.Organisation),
		hint.Subject == "",
		l.Client != "" && l.Client != string(hint.Audience):
		return idToken{}, nil
	}
	return hint, nil
}

// names says whether a hint names the sign-in of this browser, or else its person.
func (f *Flow) names(ctx context.Context, a application.Application, hint idToken, in session.Session) (bool, error) {
	if a.ID != "" && f.subject(a, in.Account) == hint.Subject {
		return true, nil
	}
	if hint.SID == "" {
		return false, nil
	}
	family, _, err := f.Store.FamilyBySID(ctx, in.Organisation, hint.SID)
	if err != nil && !errors.Is(err, fault.Missing) {
		return false, fmt.Errorf("finding a sign-in: %w", err)
	}
	return err == nil && family != "" && family == cmp.Or(in.Family, in.ID), nil
}

// withState adds the state, and nothing else (OpenID Connect RP-Initiated Logout 1.0 §3).
func withState(address, state string) string {
	if state == "" {
		return address
	}
	at, err := url.Parse(address)
	if err != nil {
		return address // never: it is registered, and was looked at
	}
	added := url.Values{"state": {state}}.Encode()
	if at.RawQuery != "" {
		added = at.RawQuery + "&" + added
	}
	at.RawQuery = added
	return at.String()
}

// logoutMetadata is what discovery says of signing out (RP-Initiated Logout 1.0 §2.1, Back-Channel Logout 1.0 §2.1).
func logoutMetadata(issuer string) map[string]any {
	return map[string]any{
		"end_session_endpoint":                 issuer + LogoutPath,
		"backchannel_logout_supported":         true,
		"backchannel_logout_session_supported": true,
	}
}
