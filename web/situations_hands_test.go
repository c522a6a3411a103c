package web_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// The domains whose mail servers do not simply take a letter.
const (
	gone = "plus-la.example"  // knows nobody any more
	down = "en-panne.example" // takes nothing at the first try
)

// postman delivers to every mailbox as its domain lets it.
type postman struct {
	*courier.Catcher

	tried *sync.Map // recipients at down that were tried once
}

func (p postman) Send(ctx context.Context, from, to string, raw []byte) error {
	switch _, domain, _ := strings.Cut(to, "@"); domain {
	case gone:
		return courier.Refusal{Code: 550, Status: "5.1.1", Said: "no such mailbox", Final: true}
	case down:
		if _, again := p.tried.LoadOrStore(to, true); !again {
			return courier.Refusal{Code: 451, Status: "4.3.2", Said: "system not accepting network messages"}
		}
	}
	return p.Catcher.Send(ctx, from, to, raw) //nolint:wrapcheck // as it is
}

// reads wants a page with a status, and words on it.
func reads(t *testing.T, a housetest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("got %d %q, want %d\n%s", a.Status, a.Location, status, said(a))
	}
	for _, w := range words {
		if !strings.Contains(said(a), w) {
			t.Errorf("the page does not say « %s »:\n%s", w, said(a))
		}
	}
}

// silent wants words not to be on a page.
func silent(t *testing.T, a housetest.Answer, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(said(a), w) {
			t.Errorf("the page says « %s »:\n%s", w, said(a))
		}
	}
}

var fieldNames = regexp.MustCompile(`<(?:input|select|textarea)[^>]*\sname="([^"]+)"`)

// fields gives the names of what a page asks to fill in or sends along.
func fields(a housetest.Answer) (names []string) {
	for _, m := range fieldNames.FindAllStringSubmatch(a.Body, -1) {
		names = append(names, m[1])
	}
	return names
}

// person makes somebody of an organisation whose password is before.
func person(
	t *testing.T, f *housetest.Fixture, o organisation.Organisation, who account.Account, mailboxes ...string,
) account.Account {
	t.Helper()
	who.ID, who.Organisation, who.State = store.NewID(), o.ID, account.Active
	for _, address := range mailboxes {
		who.Emails = append(who.Emails, account.Email{Address: address, Proven: true})
	}
	hash, err := f.Hasher.Hash(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System, Target: who.ID}
	if err := f.DB.CreateAccount(t.Context(), who, hash, note); err != nil {
		t.Fatal(err)
	}
	return storetest.Person(t, f.DB, o, who.Identifier)
}

// family is person for an adult of the town.
func family(t *testing.T, f *housetest.Fixture, identifier, given, name string, mailboxes ...string) account.Account {
	t.Helper()
	return person(t, f, f.Town, account.Account{
		Identifier: identifier, GivenName: given, FamilyName: name, Role: account.Famille,
	}, mailboxes...)
}

// isIn gives a browser in which somebody is signed in by the password before.
func isIn(t *testing.T, f *housetest.Fixture, host, identifier string) *housetest.Browser {
	t.Helper()
	b := f.Browser(t, host)
	enters(t, b, identifier, before)
	return b
}

// adds fills in « Ajouter une personne », and gives who was added and the path of their page.
func adds(
	t *testing.T, f *housetest.Fixture, b *housetest.Browser, o organisation.Organisation, typed ...string,
) (account.Account, string) {
	t.Helper()
	a := b.Post("/settings/users/new", typed...)
	who := storetest.Person(t, f.DB, o, typed[slices.Index(typed, "identifier")+1])
	want(t, a, 303, "/settings/users/"+who.ID)
	return who, a.Location
}

// about gives the path of somebody's page in the settings.
func about(t *testing.T, f *housetest.Fixture, o organisation.Organisation, identifier string) string {
	t.Helper()
	return "/settings/users/" + storetest.Person(t, f.DB, o, identifier).ID
}

// modifies fills in « modifier » on somebody's page, with the fields that differ.
func modifies(t *testing.T, b *housetest.Browser, path string, who account.Account, typed ...string) housetest.Answer {
	t.Helper()
	form := map[string]string{
		"version": shownVersion(t, b.Get(path).Body), "given_name": who.GivenName, "name": who.FamilyName, "role": string(who.Role),
	}
	for i := 0; i < len(typed); i += 2 {
		form[typed[i]] = typed[i+1]
	}
	var all []string
	for name, value := range form {
		all = append(all, name, value)
	}
	return b.Post(path, all...)
}

// next gives the letter to a mailbox that an act brings about.
func next(t *testing.T, f *housetest.Fixture, mailbox string, act func()) courier.Caught {
	t.Helper()
	f.Quiet(t)
	count := f.Catcher.Total()
	act()
	return f.Letter(t, mailbox, count)
}

// pathOf gives the path of the link in a letter.
func pathOf(t *testing.T, l courier.Caught) string {
	t.Helper()
	u, err := url.Parse(housetest.Link(t, l))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// comesBack wants a temporary password of a letter to lead to a new password that opens the door.
func comesBack(t *testing.T, b *housetest.Browser, identifier string, l courier.Caught) {
	t.Helper()
	starts(t, b, identifier, housetest.Secret(t, l))
	renews(t, b, chosen)
	enters(t, b, identifier, chosen)
}

// containing says of a letter whether it has a word.
func containing(word string) func(courier.Caught) bool {
	return func(l courier.Caught) bool { return strings.Contains(l.Text, word) }
}

// texted says of a text message whether it went to a number.
func texted(number string) func(courier.CaughtText) bool {
	return func(m courier.CaughtText) bool { return m.To == number }
}
