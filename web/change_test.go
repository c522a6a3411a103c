package web_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/house/housetest"
	"loquet/profile"
	"loquet/store/storetest"
	"loquet/web"
)

const fresh = "claire.neuve@free.example" // an address that nobody has yet

var changeLinks = regexp.MustCompile(`http\S+(/(?:confirm|stop)/[A-Za-z0-9_-]{43})`)

// changeLink gives the path of the one link of a letter or text about a change of an address.
func changeLink(t testing.TB, words, which string) string {
	t.Helper()
	found := changeLinks.FindAllStringSubmatch(words, -1)
	if len(found) != 1 || !strings.HasPrefix(found[0][1], "/"+which+"/") {
		t.Fatalf("no link to %s in:\n%s", which, words)
	}
	return found[0][1]
}

// moves asks for a new address in a browser, and gives the links in the letters to the new and to the old one.
func moves(t *testing.T, f *housetest.Fixture, b *housetest.Browser, old, to string) (confirm, stop string) {
	t.Helper()
	f.Quiet(t)
	count := f.Catcher.Total()
	want(t, b.Post("/account/email", "email", to), 303, "/account/email")
	return changeLink(t, f.Letter(t, to, count).Text, "confirm"), changeLink(t, f.Letter(t, old, count).Text, "stop")
}

// reference gives the address in force, and whether it is proven.
func reference(t testing.TB, f *housetest.Fixture, identifier string) account.Email {
	t.Helper()
	return storetest.Person(t, f.DB, f.Town, identifier).Reference()
}

// presses wants a link's button to say something with a status.
func presses(t testing.TB, b *housetest.Browser, path string, status int, said string) {
	t.Helper()
	if a := b.Post(path); a.Status != status || !strings.Contains(a.Body, said) {
		t.Errorf("POST %s: %d, want %d and %q in\n%s", path[:9], a.Status, status, said, a.Body)
	}
}

// H10: the new address serves at once when its link is opened where its owner is signed in, and nowhere else; the old
// one was told before, and can take it back until the cooling-off is over.
func TestH10OnesOwnAddress(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		b := inside(t, f, storetest.Active)
		confirm, stop := moves(t, f, b, claire, fresh)
		if r := reference(t, f, storetest.Active); r.Address != claire {
			t.Fatalf("asking put %v in force", r)
		}
		// ATK-017: opening the links does nothing, however often, by whatever program.
		for range 3 {
			for _, path := range []string{confirm, stop} {
				want(t, b.Get(path), 200, "")
				want(t, asked(t, b, "HEAD", path, ""), 200, "")
			}
		}
		presses(t, b, confirm, 200, "C’est confirmé")
		if r := reference(t, f, storetest.Active); r != (account.Email{Address: fresh, Proven: true}) {
			t.Fatalf("confirmed in one's own browser, %v is in force", r)
		}
		presses(t, b, confirm, 200, "C’est confirmé") // a double click
		if a := b.Get(confirm); a.Status != 410 {
			t.Errorf("a link that has served: %d", a.Status)
		}
		if l := letter(t, f, f.Browser(t, town), storetest.Active, fresh); l.To != fresh {
			t.Errorf("recovery writes to %s", l.To)
		}
		f.Clock.Advance(profile.CoolingOff - time.Microsecond)
		stranger := f.Browser(t, town)
		want(t, stranger.Get(stop), 200, "")
		presses(t, stranger, stop, 200, "Le changement est arrêté")
		presses(t, stranger, stop, 200, "Le changement est arrêté")
		if r := reference(t, f, storetest.Active); r.Address != claire || !r.Proven {
			t.Errorf("taken back, %v is in force", r)
		}
		presses(t, b, confirm, 422, "annulé")
	})
}

func TestTheStopLinkWorksUntilTheEndOfTheCoolingOff(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	confirm, stop := moves(t, f, b, claire, fresh)
	presses(t, f.Browser(t, town), confirm, 200, "ne sert pas encore")
	f.Clock.Advance(profile.CoolingOff)
	for _, when := range []string{"before the minute's turn", "after it"} {
		presses(t, f.Browser(t, town), stop, 422, "temps est passé")
		if a := f.Browser(t, town).Get(stop); a.Status != 410 {
			t.Errorf("%s: the link is shown with %d", when, a.Status)
		}
		f.Turn(t.Context())
	}
	if r := reference(t, f, storetest.Active); r.Address != fresh || !r.Proven {
		t.Errorf("after the cooling-off %v is in force", r)
	}
	if n := written(t, f, audit.AddressServes); n != 1 {
		t.Errorf("the journal has it %d times", n)
	}
}

// ATK-012: an address that is not confirmed in time is nobody's, whether or not anything has swept.
func TestATK012AConfirmationIsLate(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	confirm, stop := moves(t, f, b, claire, fresh)
	f.Clock.Advance(profile.ConfirmWithin)
	for range 2 {
		presses(t, f.Browser(t, town), confirm, 422, "temps est passé")
		presses(t, f.Browser(t, town), stop, 422, "temps est passé")
		f.Turn(t.Context())
	}
	if r := reference(t, f, storetest.Active); r.Address != claire {
		t.Errorf("%v is in force", r)
	}
}

func TestALinkThatIsNobodysLooksLikeOneThatNeverWas(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	confirm, stop := moves(t, f, b, claire, fresh)
	for _, path := range []string{
		"/confirm/" + strings.TrimPrefix(stop, "/stop/"), "/stop/" + strings.TrimPrefix(confirm, "/confirm/"),
		confirm[:len(confirm)-1], confirm + "A", "/stop/" + strings.Repeat("A", 43), "/confirm/null", "/confirm/%20",
		"/enter/" + strings.TrimPrefix(confirm, "/confirm/"),
	} {
		stranger := f.Browser(t, town)
		if a := stranger.Get(path); a.Status != 404 || strings.Contains(a.Body, "Claire") {
			t.Errorf("GET %s: %d", path, a.Status)
		}
		if a := stranger.Post(path); a.Status != 422 || strings.Contains(a.Body, "Claire") {
			t.Errorf("POST %s: %d", path, a.Status)
		}
		if a := f.Browser(t, f.School.Host()).Get(path); a.Status != 404 {
			t.Errorf("GET %s at the other organisation: %d", path, a.Status)
		}
	}
	for _, path := range []string{confirm, stop} { // ATK-069: the right link at the wrong host
		if a := f.Browser(t, f.School.Host()).Post(path); a.Status != 422 {
			t.Errorf("POST at the other organisation: %d", a.Status)
		}
	}
	if a := asked(t, f.Browser(t, town), "POST", confirm, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); a.Status != 403 {
		t.Errorf("from another site: %d", a.Status)
	}
	if strings.Contains(f.Log.String(), strings.TrimPrefix(confirm, "/confirm/")) || strings.Contains(f.Log.String(), strings.TrimPrefix(stop, "/stop/")) {
		t.Error("ATK-016: a link stands in the log")
	}
	presses(t, b, confirm, 200, "C’est confirmé")
}

// Two changes at once: the later one wins, and the link of the earlier one says so (ATK-011).
func TestATK011TwoChangesAtOnce(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	first, firstStop := moves(t, f, b, claire, fresh)
	again := b.Post("/account/email", "email", strings.ToUpper(fresh))
	if count := f.Catcher.Total(); again.Status != 422 || !strings.Contains(again.Body, "déjà demandé") || count != 2 {
		t.Errorf("asking again for the same: %d, %d letters", again.Status, count)
	}
	if a := b.Post("/account/email", "email", claire); a.Status != 422 || !strings.Contains(a.Body, "déjà l’adresse") {
		t.Errorf("asking for the one in force: %d", a.Status)
	}
	second, _ := moves(t, f, b, claire, "autre@free.example")
	presses(t, b, first, 422, "plus récent")
	presses(t, b, firstStop, 422, "plus récent")
	presses(t, b, second, 200, "C’est confirmé")
	if r := reference(t, f, storetest.Active); r.Address != "autre@free.example" {
		t.Errorf("%v is in force", r)
	}
	if a := b.Get("/account/email"); !strings.Contains(a.Body, "revenir à l’ancienne") {
		t.Error("the page does not say that it can be taken back")
	}
}

// ATK-009: the account is the link's. Whoever else is signed in confirms as a stranger does.
func TestATK009AnothersBrowserConfirmsAsAStranger(t *testing.T) {
	f := open(t)
	confirm, _ := moves(t, f, inside(t, f, storetest.Active), claire, fresh)
	mother := inside(t, f, storetest.Mother)
	presses(t, mother, confirm, 200, "ne sert pas encore")
	if r := reference(t, f, storetest.Active); r.Address != claire {
		t.Errorf("%v is in force", r)
	}
	if r := reference(t, f, storetest.Mother); r.Address != storetest.Household {
		t.Errorf("the other's is %v", r)
	}
}

// ATK-073: with a manager's session one changes an address and asks for a new password: for the whole of the cooling-off
// that goes to the old address, whose owner was told by name and stops it.
func TestATK073AManagersChangeCoolsOff(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		agent := inside(t, f, storetest.Agent)
		person := storetest.Person(t, f.DB, f.Town, storetest.Active)
		path := "/settings/users/" + person.ID
		ask := func(to string) (confirm string, notice courier.Caught) {
			f.Quiet(t)
			count := f.Catcher.Total()
			person = storetest.Person(t, f.DB, f.Town, storetest.Active)
			a := agent.Post(path, "version", num(person.Version), "given_name", person.GivenName, "name", person.FamilyName,
				"role", string(person.Role), "email", to, "mobile", person.Mobile)
			want(t, a, 303, path)
			return changeLink(t, f.Letter(t, to, count).Text, "confirm"), f.Letter(t, claire, count)
		}
		confirm, notice := ask(fresh)
		if !strings.Contains(notice.Text, "Nadia Benali") || strings.Contains(notice.Text, fresh) || !strings.Contains(notice.Text, "c…e@free.example") {
			t.Errorf("the old address is told:\n%s", notice.Text)
		}
		presses(t, f.Browser(t, town), confirm, 200, "ne sert pas encore") // from the new mailbox
		if a := agent.Get(path); !strings.Contains(a.Body, fresh) || !strings.Contains(a.Body, "Confirmée le") {
			t.Error("the manager does not see the change on its way")
		}
		for range 2 {
			if l := letter(t, f, f.Browser(t, town), storetest.Active, claire); l.To != claire {
				t.Errorf("recovery writes to %s", l.To)
			}
			f.Clock.Advance(profile.CoolingOff / 2) // to the very end, short of the minute's turn
		}
		if posted(f, fresh, "") != 1 {
			t.Error("the new address got more than its confirmation")
		}
		f.Turn(t.Context())
		if l := letter(t, f, f.Browser(t, town), storetest.Active, fresh); l.To != fresh {
			t.Errorf("after the cooling-off recovery writes to %s", l.To)
		}
	})
}

// The owner sees a manager's change on the own page and stops it there; a stranger to it cannot.
func TestATK073TheOwnerStopsAChange(t *testing.T) {
	f := open(t)
	confirm, _ := moves(t, f, inside(t, f, storetest.Active), claire, fresh)
	b := f.Browser(t, town)
	enters(t, b, storetest.Active, before)
	page := b.Get("/account/email")
	id := regexp.MustCompile(`name="change" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if id == nil || !strings.Contains(page.Body, fresh) {
		t.Fatalf("the page does not show the change:\n%s", page.Body)
	}
	want(t, inside(t, f, storetest.Mother).Post("/account/email", "stop", "email", "change", id[1]), 303, "/account/email")
	if n := written(t, f, audit.AddressStopped); n != 0 {
		t.Error("ATK-069: somebody else stopped it")
	}
	want(t, b.Post("/account/email", "stop", "email", "change", id[1]), 303, "/account/email")
	presses(t, f.Browser(t, town), confirm, 422, "annulé")
	if a := b.Get("/account/email"); strings.Contains(a.Body, fresh) {
		t.Error("the page still shows it")
	}
}

// The new mailbox does not exist: whoever asked sees what the mail server said.
func TestTheBounceOfTheNewAddressIsShown(t *testing.T) {
	f := housetest.Still(t, storetest.Open(t, storetest.SQLite(t)))
	f.Deliver(t, bouncing{f.Catcher})
	b := inside(t, f, storetest.Active)
	agent := inside(t, f, storetest.Agent)
	want(t, b.Post("/account/email", "email", fresh), 303, "/account/email")
	f.Quiet(t)
	person := storetest.Person(t, f.DB, f.Town, storetest.Active)
	for who, page := range map[string]string{
		"the owner": b.Get("/account/email").Body, "the manager": agent.Get("/settings/users/" + person.ID).Body,
	} {
		if !strings.Contains(page, "550 no such mailbox") || !strings.Contains(page, "n’est pas arrivée") {
			t.Errorf("%s does not see the bounce:\n%s", who, page)
		}
	}
}

// Whoever has no proven address: the new one is there at once, unproven, and serves nothing before it is confirmed.
func TestAnAddressWhereThereWasNone(t *testing.T) {
	f := open(t)
	knows(t, f, storetest.NoEmail, before)
	b := inside(t, f, storetest.NoEmail)
	count := f.Catcher.Total()
	want(t, b.Post("/account/email", "email", fresh), 303, "/account/email")
	confirm := changeLink(t, f.Letter(t, fresh, count).Text, "confirm")
	if r := reference(t, f, storetest.NoEmail); r != (account.Email{Address: fresh}) {
		t.Errorf("recorded is %v", r)
	}
	f.Browser(t, town).Post("/recover", "identifier", storetest.NoEmail)
	f.Quiet(t)
	if posted(f, fresh, "") != 1 {
		t.Error("recovery writes to an unproven address")
	}
	presses(t, f.Browser(t, town), confirm, 200, "ne sert pas encore")
	f.Browser(t, town).Post("/recover", "identifier", storetest.NoEmail)
	f.Quiet(t)
	if posted(f, fresh, "") != 1 {
		t.Error("recovery writes to an address that cools off")
	}
	f.Clock.Advance(profile.CoolingOff)
	f.Turn(t.Context())
	if l := letter(t, f, f.Browser(t, town), storetest.NoEmail, fresh); l.To != fresh {
		t.Error("it never serves")
	}
}

func TestAMobileIsConfirmedByText(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	count := f.Catcher.Total()
	if a := b.Post("/account/mobile", "mobile", "01 60 00 00 00"); a.Status != 422 {
		t.Errorf("a number of a landline: %d", a.Status)
	}
	want(t, b.Post("/account/mobile", "mobile", "06 99 99 99 99"), 303, "/account/mobile")
	text, err := f.Texts.Wait(t.Context(), "+33699999999")
	if err != nil {
		t.Fatal(err)
	}
	notice := f.Letter(t, claire, count)
	if !strings.Contains(notice.Text, "…99") || strings.Contains(notice.Text, "699999999") {
		t.Errorf("the notice says:\n%s", notice.Text)
	}
	presses(t, b, changeLink(t, text.Body, "confirm"), 200, "C’est confirmé")
	if p := storetest.Person(t, f.DB, f.Town, storetest.Active); p.Mobile != "+33699999999" || !p.MobileProven {
		t.Errorf("in force is %s, %v", p.Mobile, p.MobileProven)
	}
	// A proven number is told of the next change too, and stops it (NIST SP 800-63B-4 §4.6).
	confirm, _ := moves(t, f, b, claire, fresh)
	f.Quiet(t)
	text, err = f.Texts.Wait(t.Context(), "+33699999999")
	if err != nil {
		t.Fatal(err)
	}
	presses(t, f.Browser(t, town), changeLink(t, text.Body, "stop"), 200, "arrêté")
	presses(t, b, confirm, 422, "annulé")
}

func TestAMobileWithoutAGateway(t *testing.T) {
	f := open(t)
	f.Profile.Texts = false
	b := inside(t, f, storetest.Active)
	count := f.Catcher.Total()
	want(t, b.Post("/account/mobile", "mobile", "06 99 99 99 99"), 303, "/account/mobile")
	changeLink(t, f.Letter(t, claire, count).Text, "stop")
	f.Clock.Advance(profile.CoolingOff - time.Microsecond)
	f.Turn(t.Context())
	if p := storetest.Person(t, f.DB, f.Town, storetest.Active); p.Mobile != "+33612345678" {
		t.Errorf("before the end %s is in force", p.Mobile)
	}
	f.Clock.Advance(time.Microsecond)
	f.Turn(t.Context())
	if p := storetest.Person(t, f.DB, f.Town, storetest.Active); p.Mobile != "+33699999999" || p.MobileProven || len(f.Texts.Texts(9)) > 0 {
		t.Errorf("in force is %s, %v", p.Mobile, p.MobileProven)
	}
}

// ATK-024: nobody's mailbox is flooded with confirmations.
func TestATK024ConfirmationsAreCounted(t *testing.T) {
	f := open(t)
	b := inside(t, f, storetest.Active)
	statuses := map[int]int{}
	for i := range 12 {
		a := b.Post("/account/email", "email", "a"+num(int64(i))+"@free.example")
		if statuses[a.Status]++; a.Status == 429 && a.Header.Get("Retry-After") == "" {
			t.Error("a wait without Retry-After")
		}
	}
	if statuses[303] != 6 || statuses[429] != 6 {
		t.Errorf("the answers are %v", statuses)
	}
}

// bouncing is a mail server that knows no mailbox of the new address.
type bouncing struct{ *courier.Catcher }

func (b bouncing) Send(ctx context.Context, from, to string, raw []byte) error {
	if to == fresh {
		return courier.Refusal{Code: 550, Said: "no such mailbox", Final: true}
	}
	return b.Catcher.Send(ctx, from, to, raw) //nolint:wrapcheck // as it is
}

// Both links pressed by many at the same moment: one of the two wins, everybody is told which, and nothing breaks.
func TestATK006ConfirmAndStopAtOnce(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		confirm, stop := moves(t, f, inside(t, f, storetest.Active), claire, fresh)
		b := f.Browser(t, town)
		answers := together(30, func(i int) housetest.Answer { return b.Post([]string{confirm, stop}[i%2]) })
		for i, a := range answers {
			// The button of the old address wins, before or after the other: it works while the cooling-off runs.
			if i%2 == 1 && (a.Status != 200 || !strings.Contains(a.Body, "arrêté")) || a.Status != 200 && a.Status != 422 {
				t.Errorf("answer %d: %d", i, a.Status)
			}
		}
		if r := reference(t, f, storetest.Active); r.Address != claire || written(t, f, audit.AddressStopped) != 1 {
			t.Errorf("%v is in force, stopped %d times", r, written(t, f, audit.AddressStopped))
		}
	})
}

// The demo shows the text messages that it caught (contract).
func TestDemoTexts(t *testing.T) {
	f := open(t)
	f.Web.Config.PlatformHosts = []string{"localhost:8080"}
	f.Web.Config.Demo = web.Demo(f.Web, telephone{f.Texts})
	server := httptest.NewServer(f.Web.Handler())
	t.Cleanup(server.Close)
	b := inside(t, f, storetest.Active)
	demo := housetest.Open(t, server.Listener.Addr().String(), "localhost:8080")
	if a := demo.Get("/demo/sms.json"); a.Status != 200 || strings.TrimSpace(a.Body) != "[]" {
		t.Errorf("before any: %d %q", a.Status, a.Body)
	}
	want(t, b.Post("/account/mobile", "mobile", "06 99 99 99 99"), 303, "/account/mobile")
	f.Quiet(t)
	var texts []struct {
		To, Body string
		Date     time.Time
	}
	if err := json.Unmarshal([]byte(demo.Get("/demo/sms.json").Body), &texts); err != nil {
		t.Fatal(err)
	}
	if len(texts) != 1 || texts[0].To != "+33699999999" || !texts[0].Date.Equal(f.Clock.Now()) {
		t.Errorf("it shows %+v", texts)
	}
	page := demo.Get("/demo/sms")
	if link := changeLink(t, texts[0].Body, "confirm"); page.Status != 200 || !strings.Contains(page.Body, link+`">`) ||
		!strings.Contains(page.Body, "+33699999999") || !strings.Contains(demo.Get("/demo/mail").Body, `href="/demo/sms"`) {
		t.Errorf("the page is %d: %s", page.Status, page.Body)
	}
	presses(t, b, changeLink(t, texts[0].Body, "confirm"), 200, "C’est confirmé")
}

type telephone struct{ *courier.TextCatcher }

func (telephone) Mails() []web.Mail { return nil }

func (c telephone) Texts() []web.Text {
	texts := []web.Text{}
	for _, m := range c.TextCatcher.Texts(9) {
		texts = append(texts, web.Text(m))
	}
	return texts
}
