package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential"
	"loquet/house/housetest"
	"loquet/organisation"
	"loquet/store/storetest"
)

// counter signs the town's agent in, who stands at the counter.
func counter(t *testing.T, f *housetest.Fixture) *housetest.Browser {
	t.Helper()
	knows(t, f, storetest.Agent, before)
	b := f.Browser(t, town)
	enters(t, b, storetest.Agent, before)
	return b
}

func slipOf(t testing.TB, f *housetest.Fixture, o organisation.Organisation, identifier string) string {
	t.Helper()
	return "/settings/users/" + storetest.Person(t, f.DB, o, identifier).ID + "/slip"
}

var printedCode = regexp.MustCompile(`<p class="code slip-code"[^>]*>([2-9A-HJKMNP-Z]{4}(?:-[2-9A-HJKMNP-Z]{4}){2})</p>`)

// prints prints a slip and gives its code and its page.
func prints(
	t testing.TB, f *housetest.Fixture, b *housetest.Browser, identifier string,
) (code string, page housetest.Answer) {
	t.Helper()
	page = b.Post(slipOf(t, f, f.Town, identifier), "identity_seen", "1")
	found := printedCode.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || found == nil {
		t.Fatalf("printing: %d\n%s", page.Status, page.Body)
	}
	return found[1], page
}

// scanned gives the path that the square of the last slip leads to.
func scanned(t testing.TB, f *housetest.Fixture, identifier string) string {
	t.Helper()
	issue, err := f.DB.NewestIssue(t.Context(), f.Town.ID, storetest.Person(t, f.DB, f.Town, identifier).ID)
	if err != nil {
		t.Fatal(err)
	}
	return "/enter/" + f.Recovery.Forge.Make(credential.Link, issue.ID)
}

// says wants a page to say something, however its blanks are kept together.
func says(t testing.TB, a housetest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("got %d, want %d", a.Status, status)
	}
	body := strings.NewReplacer("\u202f", " ", "\u00a0", " ", "<wbr>", "").Replace(a.Body)
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

// F12, situation 71: a parent at the counter who reads no mail goes home with a slip, types it as people type, and comes
// in with a password that the agent has never seen (ATK-071). It serves once (ATK-005).
func TestATK071ASlipAtTheCounter(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	person := storetest.Person(t, f.DB, f.Town, storetest.NoEmail)
	says(t, b.Get("/settings/users/"+person.ID), 200, "Vérifiez d’abord une pièce d’identité", `name="identity_seen"`)
	code, page := prints(t, f, b, storetest.NoEmail)
	says(t, page, 200, f.Town.Name, person.Name(), person.Identifier, "famille.localhost:8080/enter", `<svg class="qr"`,
		"ne sert qu’une fois", "Si vous la rechargez, un autre bulletin est créé")
	if page.Header.Get("Cache-Control") != "no-store" || strings.Contains(page.Body, scanned(t, f, storetest.NoEmail)) ||
		strings.Contains(page.Body, `type="password"`) {
		t.Errorf("the page is kept, names its link or asks for a password: %v", page.Header)
	}
	if hash, err := f.DB.Hash(t.Context(), f.Town.ID, person.ID); err != nil || hash != storetest.Hash && hash != "" {
		t.Errorf("the password is %q, %v", hash, err)
	}
	home := f.Browser(t, town)
	want(t, home.Post("/enter", "code", " "+strings.ToLower(strings.ReplaceAll(code, "-", " – "))+"\u00a0"), 303, "/renew")
	want(t, home.Get("/home"), 303, "/renew") // it opens the renewal and nothing else
	renews(t, home, chosen)
	enters(t, home, storetest.NoEmail, chosen)
	says(t, f.Browser(t, town).Post("/enter", "code", code), 422, "Ce bulletin a déjà servi")
	agent := storetest.Person(t, f.DB, f.Town, storetest.Agent)
	for _, e := range journal(t, f) {
		if e.Act == audit.SlipPrinted && (e.Actor != agent.ID || e.Target != person.ID || e.Detail != "") {
			t.Errorf("the journal says %+v", e)
		}
	}
	if written(t, f, audit.SlipPrinted) != 1 {
		t.Error("the journal does not say it once")
	}
	says(t, home.Get("/account/history"), 200, "Bulletin d’accès imprimé")
}

// The square leads to a page that consumes nothing, however often it is opened (ATK-017); its button does, once.
func TestATK017TheSquareOfASlip(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	code, _ := prints(t, f, b, storetest.NoEmail)
	path, phone := scanned(t, f, storetest.NoEmail), f.Browser(t, town)
	for range 3 {
		says(t, phone.Get(path), 200, "Ce bulletin ne sert qu’une fois")
	}
	want(t, phone.Post(path), 303, "/renew")
	says(t, f.Browser(t, town).Get(path), 410, "Ce bulletin a déjà servi")
	says(t, f.Browser(t, town).Post("/enter", "code", code), 422, "Ce bulletin a déjà servi")
}

// Situation 4: a newer slip ends an older one, and whoever holds that reads on which day it was printed and whom to ask;
// whoever does not reads nothing of it (ATK-010).
func TestATK010AnOlderSlip(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	first, _ := prints(t, f, b, storetest.NoEmail)
	link := scanned(t, f, storetest.NoEmail)
	f.Clock.Advance(48 * time.Hour)
	b = counter(t, f)
	day := f.Clock.Now().In(f.Town.Location()).Format("2")
	second, _ := prints(t, f, b, storetest.NoEmail)
	for name, a := range map[string]housetest.Answer{
		"typed": f.Browser(t, town).Post("/enter", "code", first), "scanned": f.Browser(t, town).Post(link),
	} {
		t.Log(name)
		says(t, a, 422, "Un bulletin plus récent a été imprimé le "+day, f.Town.Contact.Phone)
	}
	says(t, f.Browser(t, town).Get(link), 410, "Un bulletin plus récent a été imprimé le "+day)
	stranger := f.Browser(t, town).Post("/enter", "code", f.Recovery.Forge.Make(credential.Slip, "nobody's"))
	if says(t, stranger, 422, "Ce code n’est pas le bon"); strings.Contains(stranger.Body, "imprimé") {
		t.Error("a stranger reads of a slip")
	}
	want(t, f.Browser(t, town).Post("/enter", "code", second), 303, "/renew")
}

// A slip ends the letters before it, and says so to whoever holds one; a letter ends the slip, and so does the password
// in force (ADR-0005, ADR-0024).
func TestATK010SlipsAndLettersEndEachOther(t *testing.T) {
	f := open(t)
	sends(t, f, organisation.SendLink)
	knows(t, f, storetest.Active, before)
	b := counter(t, f)
	mailed, typed := link(t, f, f.Browser(t, town), storetest.Active, claire)
	f.Clock.Advance(time.Minute)
	slip, _ := prints(t, f, b, storetest.Active)
	for _, a := range []housetest.Answer{f.Browser(t, town).Post(mailed), f.Browser(t, town).Post("/enter", "code", typed)} {
		says(t, a, 422, "a remplacé ce courriel")
	}
	f.Clock.Advance(time.Minute)
	link(t, f, f.Browser(t, town), storetest.Active, claire)
	says(t, f.Browser(t, town).Post("/enter", "code", slip), 422, "annulé ou remplacé par un accès plus récent")
	f.Clock.Advance(time.Minute)
	slip, _ = prints(t, f, b, storetest.Active)
	enters(t, f.Browser(t, town), storetest.Active, before)
	says(t, f.Browser(t, town).Post("/enter", "code", slip), 422, "annulé ou remplacé par un accès plus récent")
}

// A slip opens for 21 days, and not on the 22nd (ATK-012; NIST SP 800-63B-4 §4.2.1.2).
func TestATK012ASlipOfTheTwentySecondDay(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	early, _ := prints(t, f, b, storetest.NoEmail)
	late, _ := prints(t, f, b, storetest.Unproven)
	f.Clock.Advance(organisation.SlipLives - time.Second)
	want(t, f.Browser(t, town).Post("/enter", "code", early), 303, "/renew")
	f.Clock.Advance(time.Second)
	says(t, f.Browser(t, town).Post("/enter", "code", late), 422, "Ce bulletin n’est plus valable", f.Town.Contact.Phone)
}

// Whoever may not print, for whom one may not, or without what is asked, gets no slip (ATK-065, ATK-069, ATK-072).
func TestATK072SlipsThatAreRefused(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	knows(t, f, storetest.NoEmail, before)
	family := f.Browser(t, town)
	enters(t, family, storetest.NoEmail, before)
	path := slipOf(t, f, f.Town, storetest.Active)
	seen := []string{"identity_seen", "1"}
	for name, c := range map[string]struct {
		a      housetest.Answer
		status int
	}{
		"no identity paper":      {b.Post(path), 422},
		"another word than 1":    {b.Post(path, "identity_seen", "0"), 422},
		"oneself":                {b.Post(slipOf(t, f, f.Town, storetest.Agent), seen...), 403},
		"another house":          {b.Post(slipOf(t, f, f.School, storetest.Bureau), seen...), 404},
		"who does not exist":     {b.Post("/settings/users/"+strings.Repeat("a", 26)+"/slip", seen...), 404},
		"a closed account":       {b.Post(slipOf(t, f, f.Town, storetest.Disabled), seen...), 422},
		"one that is locked":     {b.Post(slipOf(t, f, f.Town, storetest.Locked), seen...), 422},
		"a family":               {family.Post(path, seen...), 403},
		"nobody":                 {f.Browser(t, town).Post(path, seen...), 303},
		"by a link":              {b.Get(path), 405},
		"from another site":      {asked(t, b, "POST", path, "identity_seen=1", "Sec-Fetch-Site", "cross-site"), 403},
		"a password beside it":   {b.Post(path, "new_password", chosen, "confirm_password", chosen), 422},
		"a manager of the house": {b.Post(colleague(t, f), seen...), 403},
	} {
		if c.a.Status != c.status || printedCode.MatchString(c.a.Body) {
			t.Errorf("%s: %d, want %d", name, c.a.Status, c.status)
		}
	}
	f.Clock.Advance(16 * time.Minute)
	says(t, b.Post(path, seen...), 422, `aria-invalid="true"`, "slip-current_password")
	if n := written(t, f, audit.SlipPrinted); n != 0 {
		t.Errorf("%d slips were printed", n)
	}
	if a := b.Post(path, "identity_seen", "1", "current_password", before); !printedCode.MatchString(a.Body) {
		t.Errorf("with a fresh proof: %d", a.Status)
	}
}

// colleague gives the way to print a slip for another agent of the town.
func colleague(t testing.TB, f *housetest.Fixture) string {
	t.Helper()
	other := account.Account{
		ID: "colleague", Organisation: f.Town.ID, Identifier: "AGENT.SPORT", FamilyName: "Petit", Role: account.Agent,
		State: account.Active,
	}
	note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System}
	if err := f.DB.CreateAccount(t.Context(), other, "", note); err != nil {
		t.Fatal(err)
	}
	return "/settings/users/" + other.ID + "/slip"
}

// ATK-034: paper is one proof. Whoever has a second one gives it before anything opens.
func TestATK034ASlipAndTheSecondProof(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	hasProofs(t, f, f.Town, storetest.Active)
	code, page := prints(t, f, b, storetest.Active)
	says(t, page, 200, "Votre double vérification vous sera demandée avant")
	home := f.Browser(t, town)
	want(t, home.Post("/enter", "code", code), 303, "/signin/second")
	want(t, home.Get("/renew"), 303, "/signin/second")
	want(t, home.Get("/home"), 303, "/signin/second")
}

// NIST SP 800-63B-4 §4.6: every proven address and mobile is told who printed it; asking for a password makes it
// worthless, as the letter says.
func TestWhoeverASlipIsForIsTold(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	agent := storetest.Person(t, f.DB, f.Town, storetest.Agent)
	person := storetest.Person(t, f.DB, f.Town, storetest.Active)
	f.Quiet(t)
	count := f.Catcher.Total()
	slip, _ := prints(t, f, b, storetest.Active)
	l := f.Letter(t, claire, count)
	for _, w := range []string{agent.Name(), "pièce d’identité", "/recover", "prévenez-nous"} {
		if !strings.Contains(l.Text, w) {
			t.Errorf("the letter does not say %q:\n%s", w, l.Text)
		}
	}
	if strings.Contains(l.Text, slip) || strings.Contains(l.Text, "/enter") {
		t.Errorf("the letter opens something:\n%s", l.Text)
	}
	f.Quiet(t)
	if texts := f.Texts.Texts(9); len(texts) > 0 {
		t.Errorf("a mobile that nobody has proven reads %v", texts)
	}
	letter(t, f, f.Browser(t, town), storetest.Active, claire)
	says(t, f.Browser(t, town).Post("/enter", "code", slip), 422, "annulé ou remplacé")
	says(t, b.Get("/settings/users/"+person.ID), 200, "Bulletin d’accès imprimé") // among the letters
}

// Whoever has a mobile and no mailbox, whom slips are made for, is told by text message.
func TestAMobileIsToldOfASlip(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	note := audit.Entry{Organisation: f.Town.ID, At: f.Clock.Now(), Act: audit.AccountCreated, Actor: audit.System}
	if err := f.DB.CreateAccount(t.Context(), account.Account{
		ID: "mobile-only", Organisation: f.Town.ID, Identifier: "40002", FamilyName: "Petit", Role: account.Famille,
		State: account.Active, Mobile: "+33698765432", MobileProven: true, MobileSince: f.Clock.Now(),
	}, "", note); err != nil {
		t.Fatal(err)
	}
	slip, _ := prints(t, f, b, "40002")
	f.Quiet(t)
	texts := f.Texts.Texts(9)
	if len(texts) != 1 || texts[0].To != "+33698765432" || !strings.HasSuffix(texts[0].Body, town+"/signin") ||
		strings.Contains(texts[0].Body, slip) {
		t.Errorf("the mobile reads %v", texts)
	}
}

// ATK-024: nobody is buried under slips.
func TestATK024SlipsAreCounted(t *testing.T) {
	f := open(t)
	b := counter(t, f)
	for range 6 {
		prints(t, f, b, storetest.NoEmail)
	}
	a := b.Post(slipOf(t, f, f.Town, storetest.NoEmail), "identity_seen", "1")
	if says(t, a, 429, "Plusieurs bulletins"); a.Header.Get("Retry-After") == "" || printedCode.MatchString(a.Body) {
		t.Errorf("the seventh: %v", a.Header)
	}
	prints(t, f, b, storetest.Unproven) // the next in the queue is not made to wait
}

// ATK-006: scanned and typed by many at once, a slip opens one renewal, on either engine.
func TestATK006ASlipInParallel(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		wide(f)
		code, _ := prints(t, f, counter(t, f), storetest.NoEmail)
		path := scanned(t, f, storetest.NoEmail)
		browsers := make([]*housetest.Browser, 24)
		for i := range browsers {
			browsers[i] = f.Browser(t, town)
		}
		answers := together(len(browsers), func(i int) housetest.Answer {
			if i%2 == 0 {
				return browsers[i].Post("/enter", "code", code)
			}
			return browsers[i].Post(path)
		})
		if n := to(answers, "/renew"); n != 1 || written(t, f, audit.SecretUsed) != 1 {
			t.Errorf("%d of %d were let in", n, len(answers))
		}
	})
}

// ATK-005: a slip that has served opens nothing again, typed or scanned, by whoever used it or by another.
func TestATK005ASlipThatHasServed(t *testing.T) {
	f := open(t)
	code, _ := prints(t, f, counter(t, f), storetest.NoEmail)
	path, home := scanned(t, f, storetest.NoEmail), f.Browser(t, town)
	want(t, home.Post("/enter", "code", code), 303, "/renew")
	want(t, home.Post("/enter", "code", code), 303, "/renew") // the back button of the browser that holds the renewal
	renews(t, home, chosen)
	for name, b := range map[string]*housetest.Browser{"the same browser": home, "another": f.Browser(t, town)} {
		t.Log(name)
		says(t, b.Post("/enter", "code", code), 422, "Ce bulletin a déjà servi")
		says(t, b.Post(path), 422, "Ce bulletin a déjà servi")
	}
	refused(t, f.Browser(t, town), storetest.NoEmail, code) // and it is no password
}
