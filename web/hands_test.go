package web_test

import (
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/config"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

// The mailboxes of people that these tests write to.
const (
	claire = "claire.martin@orange.example" // storetest.Active
	marc   = "marc.leroy@sfr.example"       // storetest.Locked
	before = "Tilleul-Vert-31"              // a password in force
	form   = "application/x-www-form-urlencoded"
)

// open gives a house on a fresh SQLite database.
func open(t testing.TB, change ...func(*config.Settings)) *housetest.Fixture {
	t.Helper()
	return housetest.New(t, storetest.Open(t, storetest.SQLite(t)), change...)
}

// knows gives a person of the town a password that is known.
func knows(t testing.TB, f *housetest.Fixture, identifier, password string) account.Account {
	t.Helper()
	person := storetest.Person(t, f.DB, f.Town, identifier)
	old, err := f.DB.Hash(t.Context(), f.Town.ID, person.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := f.Hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.DB.StoreHash(t.Context(), f.Town.ID, person.ID, old, hash); err != nil {
		t.Fatal(err)
	}
	return person
}

// becomes moves a person of the town to another state, as the command line beside the running server does.
func becomes(t testing.TB, f *housetest.Fixture, identifier string, state account.State) {
	t.Helper()
	person := storetest.Person(t, f.DB, f.Town, identifier)
	note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountStopped, Actor: audit.System,
		Target: person.ID}
	if err := f.DB.SetState(t.Context(), f.Town.ID, person.ID, state, f.Clock.Now(), note); err != nil {
		t.Fatal(err)
	}
}

// sends changes what the town's letters hold.
func sends(t testing.TB, f *housetest.Fixture, what organisation.Send) {
	t.Helper()
	o, err := f.DB.Organisation(t.Context(), f.Town.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.Policy.Recovery.Send = what
	note := audit.Entry{Organisation: o.ID, At: f.Clock.Now(), Act: audit.OrganisationChanged, Actor: audit.System}
	if err := f.DB.UpdateOrganisation(t.Context(), o, note); err != nil {
		t.Fatal(err)
	}
	f.Clock.Advance(time.Second) // a host name is looked up anew after that
}

// wide lets one address ask and try as often as a test likes; the code of the limits still runs.
func wide(f *housetest.Fixture) {
	f.SignIn.Limits.Address.Burst, f.SignIn.Limits.Network.Burst = 1_000_000, 1_000_000
	f.Recovery.Limits.Given.Burst, f.Recovery.Limits.GivenBy.Burst = 1_000_000, 1_000_000
}

// letter asks for a way in and gives the letter that comes.
func letter(t testing.TB, f *housetest.Fixture, b *housetest.Browser, identifier, mailbox string) courier.Caught {
	t.Helper()
	f.Quiet(t) // a notice of before is no answer
	count := f.Catcher.Total()
	if a := b.Post("/recover", "identifier", identifier); a.Status != http.StatusSeeOther {
		t.Fatalf("asking: %d", a.Status)
	}
	f.Quiet(t)
	return f.Letter(t, mailbox, count)
}

// link asks for a way in and gives the path of the link in the letter, and the code beside it.
func link(t testing.TB, f *housetest.Fixture, b *housetest.Browser, identifier, mailbox string) (path, code string) {
	t.Helper()
	l := letter(t, f, b, identifier, mailbox)
	u, err := url.Parse(housetest.Link(t, l))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path, housetest.Secret(t, l)
}

// enters signs a browser in with a password in force.
func enters(t *testing.T, b *housetest.Browser, identifier, password string) {
	t.Helper()
	want(t, b.Post("/signin", "identifier", identifier, "password", password), 303, "/home")
}

// starts signs a browser in with a password that leads to the renewal and nowhere else.
func starts(t *testing.T, b *housetest.Browser, identifier, password string) {
	t.Helper()
	want(t, b.Post("/signin", "identifier", identifier, "password", password), 303, "/renew")
}

// renews saves a new password.
func renews(t *testing.T, b *housetest.Browser, password string) {
	t.Helper()
	want(t, b.Post("/renew", "new_password", password, "confirm_password", password), 303, "/signin")
}

// refused wants a password not to open anything.
func refused(t *testing.T, b *housetest.Browser, identifier, password string) {
	t.Helper()
	if a := b.Post("/signin", "identifier", identifier, "password", password); a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%s got %d %q, want 422", identifier, a.Status, a.Location)
	}
}

// journal gives what the town's journal says.
func journal(t testing.TB, f *housetest.Fixture) []audit.Entry {
	t.Helper()
	entries, err := f.DB.Journal(t.Context(), f.Town.ID, 1, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// written counts the entries of one act in the town's journal.
func written(t testing.TB, f *housetest.Fixture, act audit.Act) int {
	t.Helper()
	n := 0
	for _, e := range journal(t, f) {
		if e.Act == act {
			n++
		}
	}
	return n
}

// posted counts the letters to a mailbox whose subject is the same as another's, or all of them when like is empty.
func posted(f *housetest.Fixture, mailbox, like string) int {
	n := 0
	for _, l := range f.Catcher.Letters(courier.Kept) {
		if strings.EqualFold(l.To, mailbox) && (like == "" || l.Subject == like) {
			n++
		}
	}
	return n
}

// together runs n acts at the same moment and gives their answers.
func together(n int, act func(i int) housetest.Answer) []housetest.Answer {
	answers := make([]housetest.Answer, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = act(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return answers
}

// to counts the answers that redirect to a place.
func to(answers []housetest.Answer, location string) int {
	n := 0
	for _, a := range answers {
		if a.Status == http.StatusSeeOther && a.Location == location {
			n++
		}
	}
	return n
}

// asked sends any request, with a form as its body where there is one.
func asked(t testing.TB, b *housetest.Browser, method, address, body string, headers ...string) housetest.Answer {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	if !strings.HasPrefix(address, "http") {
		address = "http://" + town + address
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, reader)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", form)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.Do(r)
}

// setCookie gives the cookies that an answer sets, by name.
func setCookie(a housetest.Answer) map[string]*http.Cookie {
	cookies := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		cookies[c.Name] = c
	}
	return cookies
}

// each runs a test on a house on each engine.
func each(t *testing.T, test func(t *testing.T, f *housetest.Fixture)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, housetest.New(t, db)) })
}

// oneOf says whether a status is among those allowed.
func oneOf(status int, allowed ...int) bool { return slices.Contains(allowed, status) }

// told gives all that an answer tells but the time and what was typed: its status, headers and body.
func told(a housetest.Answer, typed ...string) string {
	var b strings.Builder
	fmt.Fprintln(&b, a.Status)
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		if name != "Date" {
			fmt.Fprintln(&b, name, a.Header[name])
		}
	}
	body := a.Body
	for _, word := range typed {
		body = strings.ReplaceAll(body, html.EscapeString(word), "TYPED")
	}
	b.WriteString(body)
	return b.String()
}
