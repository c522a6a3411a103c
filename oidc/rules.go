package oidc

// State is what becomes of an authorization request.
type State string

// The states. The last four are told to the application; of the others the person sees a page.
const (
	Answered    State = "answered"     // a code is on its way to the application
	SigningIn   State = "signing-in"   // the person must sign in
	ProvingAnew State = "proving-anew" // the person is in, and must prove it once more
	SteppingUp  State = "stepping-up"  // the application wants a second proof
	Closed      State = "closed"       // the application is not for this person
	Asking      State = "asking"       // the person must say whether the application may know them

	LoginRequired       State = "login_required"       // OpenID Connect Core 1.0 §3.1.2.6, here and below
	InteractionRequired State = "interaction_required" //
	ConsentRequired     State = "consent_required"     //
	AccessDenied        State = "access_denied"        // RFC 6749 §4.1.2.1
)

// States lists every state.
var States = []State{
	Answered, SigningIn, ProvingAnew, SteppingUp, Closed, Asking, LoginRequired, InteractionRequired, ConsentRequired,
	AccessDenied,
}

// Fact is one yes or no on which an authorization may depend. There is no other input.
type Fact uint8

// The facts of an authorization.
const (
	Silent Fact = 1 << iota // prompt=none: no page may be shown
	In                      // somebody is in, by a full session of an open account
	Anew                    // the proof is older than the application accepts: prompt=login, max_age
	Other                   // the application expects somebody else (id_token_hint)
	Barred                  // the application is not for this person (application.Rule)
	Weak                    // the application wants a second proof, which this session has not given
	Ask                     // the person has not said that the application may know this
	Denied                  // the person has just said that it may not
)

// FactNames names the facts, in the order of their bits.
var FactNames = []string{"silent", "in", "anew", "other", "barred", "weak", "ask", "denied"}

// Rule is one row: when all of If hold and none of Not, the request goes To.
type Rule struct {
	If, Not Fact
	To      State
	Source  string
}

// Rules is the whole of who gets a code: for every combination of facts exactly one row holds; a test walks them all.
var Rules = []Rule{
	{Silent, In, LoginRequired, "OpenID Connect Core 1.0 §3.1.2.1; OIDC-07"},
	{Silent | In | Anew, 0, LoginRequired, "§3.1.2.1, §3.1.2.3; OIDC-08"},
	{Silent | In | Other, Anew, LoginRequired, "§3.1.2.1: id_token_hint; OIDC-09"},
	{Silent | In | Barred, Anew | Other, AccessDenied, "contract: roles; ATK-051"},
	{Silent | In | Weak, Anew | Other | Barred, InteractionRequired, "NIST SP 800-63B-4 §5.2"},
	{Silent | In | Ask, Anew | Other | Barred | Weak | Denied, ConsentRequired, "ASVS 10.7.1"},
	{0, Silent | In, SigningIn, "§3.1.2.3"},
	{In | Anew, Silent, ProvingAnew, "§3.1.2.1: prompt, max_age; OIDC-06"},
	{In | Other, Silent | Anew, ProvingAnew, "§3.1.2.1: id_token_hint"},
	{In | Barred, Silent | Anew | Other, Closed, "contract: roles; ATK-051"},
	{In | Weak, Silent | Anew | Other | Barred, SteppingUp, "NIST SP 800-63B-4 §5.2"},
	{In | Denied, Anew | Other | Barred | Weak, AccessDenied, "ASVS 10.7.1: no is no, whatever was said before"},
	{In | Ask, Silent | Anew | Other | Barred | Weak | Denied, Asking, "ASVS 10.7.1"},
	{In, Anew | Other | Barred | Weak | Ask | Denied, Answered, "§3.1.2.5"},
}

// Next gives the state of a request.
func Next(facts Fact) State {
	for _, r := range Rules {
		if facts&r.If == r.If && facts&r.Not == 0 {
			return r.To
		}
	}
	return AccessDenied // never: a test walks all facts
}
