package pages

import (
	"net/url"
	"slices"

	"loquet/application"
)

// Consent asks whether an application may know the person.
type Consent struct {
	Frame
	Application string
	Action      string   // where the answer is posted
	Scopes      []string // that it asks, "openid" among them
}

// toldScopes are the scopes that tell something beside who somebody is, in the order of the page.
var toldScopes = []string{"profile", "email", "phone", "offline_access"}

// told gives those of the scopes that tell something.
func (p Consent) told() []string {
	var told []string
	for _, s := range toldScopes {
		if slices.Contains(p.Scopes, s) {
			told = append(told, s)
		}
	}
	return told
}

// Closed says that an application is not open to the person, and why, as far as they can do something about it.
type Closed struct {
	Frame
	Application string
	Verdict     application.Verdict
	Proves      bool   // WantsSecond: the person has a second proof, and gives it by signing in once more
	Next        string // where they were going, for that
}

func (p Closed) key(part string) string {
	switch {
	case p.Verdict == application.WantsSecond && p.Proves:
		return "closed.prove." + part
	case p.Verdict == application.WantsSecond:
		return "closed.second." + part
	case p.Verdict == application.WrongOffice:
		return "closed.office." + part
	}
	return "closed.role." + part
}

// Post is an answer for an application that the browser brings there as a form.
type Post struct {
	Frame
	Application string
	Action      string
	Fields      [][2]string
}

// Astray is a request of an application that cannot be answered: what was wrong, for whoever looks after it.
type Astray struct {
	Frame
	Reason string // in the words of RFC 6749, in English
}

// signinAnew gives the address that asks whoever is in to sign in once more.
func signinAnew(next string) string { return "/signin?again=1&next=" + url.QueryEscape(next) }
