package account

import "strings"

// Lookup is what someone typed to say who they are, in every reading that it allows. Empty readings match nobody.
type Lookup struct {
	Identifier string // key of an identifier
	Email      string // key of an address
	Mobile     string // E.164
}

// Find reads what was typed in a field that takes an identifier, an e-mail address or a mobile number (F1).
func Find(typed string) Lookup {
	typed = strings.TrimSpace(typed)
	if strings.Contains(typed, "@") {
		l := FindEmail(typed)
		l.Identifier = FoldIdentifier(typed) // identifiers that look like addresses exist in imported files
		return l
	}
	l := Lookup{Identifier: FoldIdentifier(typed)}
	if mobile, ok := FoldMobile(typed); ok {
		l.Mobile = mobile
	}
	return l
}

// FindEmail reads what was typed in a field that takes an e-mail address only.
func FindEmail(typed string) Lookup {
	_, key, ok := FoldEmail(strings.TrimSpace(typed))
	if !ok {
		return Lookup{}
	}
	return Lookup{Email: key}
}

// Nobody says that the lookup can match nobody.
func (l Lookup) Nobody() bool { return l == Lookup{} }

// Canonical gives one spelling for every way of typing the same thing: what limits count.
func (l Lookup) Canonical() string {
	switch {
	case l.Email != "":
		return "email " + l.Email
	case l.Mobile != "":
		return "mobile " + l.Mobile
	}
	return "identifier " + l.Identifier
}

// Lookups gives every way in which this account's person may be typed, so that a finished renewal ends each wait.
func (a Account) Lookups() []Lookup {
	var all []Lookup
	for _, id := range append([]string{a.Identifier}, a.Aliases...) {
		all = append(all, Find(id))
	}
	for _, e := range a.Emails {
		all = append(all, Find(e.Address))
	}
	if a.Mobile != "" {
		all = append(all, Find(a.Mobile))
	}
	return all
}
