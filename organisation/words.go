package organisation

import (
	"strings"

	"loquet/account"
	"loquet/credential"
)

// WordsNear gives the words that no password of a person may be made of: the names of the organisation and of the
// person (ASVS 6.2.11).
func (o Organisation) WordsNear(p account.Account) credential.Words {
	w := credential.Words{
		Organisation: append(strings.Fields(o.Name),
			o.Name, o.Slug, o.Contact.Service, "loquet", "portail famille", "harmobil"),
		Person: append([]string{p.Identifier, p.GivenName, p.FamilyName, p.Name(), p.Household}, p.Aliases...),
	}
	for _, e := range p.Emails {
		local, domain, _ := strings.Cut(e.Address, "@")
		w.Person = append(w.Person, e.Address, local, domain)
	}
	return w
}
