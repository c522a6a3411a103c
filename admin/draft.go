package admin

import (
	"slices"
	"strings"
	"unicode/utf8"

	"loquet/account"
	"loquet/organisation"
	"loquet/text"
)

// Draft is a filled-in form about a person, as typed.
type Draft struct {
	Identifier string // of a new person; an identifier never changes
	GivenName  string
	FamilyName string
	Role       account.Role
	Offices    []string
	Household  string
	Email      string // of a new person; later a flow of its own writes it, and here only its shape is looked at
	Mobile     string // likewise
	Language   string // "" for the organisation's
}

// Fault is what is to mend on a form, as a closed word that the page puts into words at the right field.
type Fault string

// The faults of a person's form.
const (
	IdentifierEmpty Fault = "identifier-empty"
	IdentifierUnfit Fault = "identifier-unfit" // signs that nobody can type, an address, or a mobile number
	IdentifierTaken Fault = "identifier-taken" // now, or once, or it reads like one (ATK-077)
	NameTooLong     Fault = "name-too-long"
	RoleUnknown     Fault = "role-unknown"
	OfficeUnknown   Fault = "office-unknown"
	EmailUnfit      Fault = "email-unfit"
	MobileUnfit     Fault = "mobile-unfit"
	LanguageUnknown Fault = "language-unknown"
	LastManager     Fault = "last-manager" // one who stays must be left (ATK-072)
	DayUnfit        Fault = "day-unfit"    // no date
	DayPast         Fault = "day-past"
	NotNamed        Fault = "not-named" // the identifier that confirms an erasure is another one
	Unreachable     Fault = "unreachable"
	TooOften        Fault = "too-often"
	OneProof        Fault = "one-proof"       // the manager has a second proof, and has not given it in this session
	NoFactors       Fault = "no-factors"      // there is no second proof to take away
	IdentityUnseen  Fault = "identity-unseen" // nobody has said that an identity paper was seen
	SlipsTooOften   Fault = "slips-too-often"
	SlipOfClosed    Fault = "slip-of-closed" // the account may not sign in
)

// Faults lists every fault.
var Faults = []Fault{
	IdentifierEmpty, IdentifierUnfit, IdentifierTaken, NameTooLong, RoleUnknown, OfficeUnknown, EmailUnfit, MobileUnfit,
	LanguageUnknown, LastManager, DayUnfit, DayPast, NotNamed, Unreachable, TooOften, OneProof, NoFactors,
	IdentityUnseen, SlipsTooOften, SlipOfClosed,
}

// longestName is the longest name, household or office, in code points.
const longestName = 80

// longestIdentifier is the longest identifier that a manager may give, in code points: it has to be typed.
const longestIdentifier = 40

// Account gives the account of a new person, without ID and state, and what is to mend in the form.
func (d Draft) Account(o organisation.Organisation) (a account.Account, faults []Fault) {
	a = account.Account{Organisation: o.ID, Identifier: strings.TrimSpace(d.Identifier)}
	a, faults = d.change(o, a)
	faults = append(identifierFaults(a.Identifier), faults...)
	if a.Role == "" || !slices.Contains(o.Roles(), a.Role) {
		faults = append(faults, RoleUnknown)
	}
	if address, _, ok := account.FoldEmail(d.Email); ok {
		a.Emails = []account.Email{{Address: address}}
	}
	a.Mobile, _ = account.FoldMobile(d.Mobile) // d.change says what is wrong with either
	return a, faults
}

func identifierFaults(typed string) []Fault {
	_, mobile := account.FoldMobile(typed)
	switch {
	case typed == "":
		return []Fault{IdentifierEmpty}
	case account.FoldIdentifier(typed) == "", strings.ContainsRune(typed, '@'), mobile,
		utf8.RuneCountInString(typed) > longestIdentifier:
		return []Fault{IdentifierUnfit}
	}
	return nil
}

// change gives the person as the form wants them. An office that the organisation does not have may stay, not come; where
// no offices are listed, any may be named.
func (d Draft) change(o organisation.Organisation, now account.Account) (wanted account.Account, faults []Fault) {
	wanted = now
	wanted.GivenName, wanted.FamilyName = tidy(d.GivenName), tidy(d.FamilyName)
	wanted.Household, wanted.Language = tidy(d.Household), d.Language
	for _, name := range []string{wanted.GivenName, wanted.FamilyName, wanted.Household} {
		if utf8.RuneCountInString(name) > longestName {
			faults = append(faults, NameTooLong)
			break
		}
	}
	if d.Language != "" && !text.Known(d.Language) {
		faults = append(faults, LanguageUnknown)
	}
	if d.Role != "" {
		wanted.Role = d.Role
	}
	if _, _, ok := account.FoldEmail(d.Email); !ok && strings.TrimSpace(d.Email) != "" {
		faults = append(faults, EmailUnfit)
	}
	if _, ok := account.FoldMobile(d.Mobile); !ok && strings.TrimSpace(d.Mobile) != "" {
		faults = append(faults, MobileUnfit)
	}
	wanted.Offices = nil
	for _, office := range d.Offices {
		office = tidy(office)
		known := len(o.Offices) == 0 && utf8.RuneCountInString(office) <= longestName
		if !known && !slices.Contains(o.Offices, office) && !now.In(office) {
			faults = append(faults, OfficeUnknown)
			break
		}
		if !slices.Contains(wanted.Offices, office) {
			wanted.Offices = append(wanted.Offices, office)
		}
	}
	return wanted, faults
}

// tidy joins the words of a name by single blanks and leaves out what cannot be seen.
func tidy(typed string) string {
	typed = strings.Map(func(r rune) rune {
		if r == '\u200b' || r == '\ufeff' || r < ' ' && r != '\t' || r == 0x7f || '\u202a' <= r && r <= '\u202e' ||
			'\u2066' <= r && r <= '\u2069' {
			return -1
		}
		return r
	}, typed)
	return strings.Join(strings.Fields(typed), " ")
}

// changed names the fields that differ, in the words of the journal.
func changed(before, after account.Account) []string {
	var fields []string
	add := func(name string, differs bool) {
		if differs {
			fields = append(fields, name)
		}
	}
	add("name", before.GivenName != after.GivenName || before.FamilyName != after.FamilyName)
	add("offices", !slices.Equal(before.Offices, after.Offices))
	add("household", before.Household != after.Household)
	add("language", before.Language != after.Language)
	return fields
}
