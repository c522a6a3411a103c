package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house/housetest"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

const platformHost = housetest.PlatformHost

// An operator comes in by the link of the command line, by the doors that everybody uses, and is at the desk only when
// the second proof is there (ASVS 6.3.3).
func TestOperatorsFirstHour(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		o := f.Platform(t)
		invited := account.Account{
			ID: store.NewID(), Organisation: o.ID, Identifier: "OPERATEUR.LOU", FamilyName: "Lou", Role: account.Operator,
			State: account.Invited, Emails: []account.Email{{Address: "lou@loquet.example", Proven: true}},
		}
		note := audit.Entry{Organisation: o.ID, At: f.Clock.Now()}
		if err := f.DB.CreateAccount(t.Context(), invited, "", note); err != nil {
			t.Fatal(err)
		}
		address, err := f.House.Recovery.Invite(t.Context(), o, invited)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Host != platformHost {
			t.Fatalf("the link leads to %q: %v", address, err)
		}
		b := f.Browser(t, platformHost)
		want(t, b.Get("/desk"), 303, "/signin?next=%2Fdesk")
		want(t, b.Post(u.Path), 303, "/renew")
		want(t, b.Get("/desk"), 303, "/renew")
		renews(t, b, housetest.OperatorPassword)
		a := b.Post("/signin", "identifier", "operateur.lou", "password", housetest.OperatorPassword, "remember", "1")
		want(t, a, 303, "/account/factors")
		for _, path := range []string{"/desk", "/home", "/account"} {
			want(t, b.Get(path), 303, "/account/factors")
		}
		app := f.AddApp(t, b)
		for path, says := range map[string]string{"/desk": "Assistance", "/home": `href="/desk"`, "/account": "OPERATEUR.LOU"} {
			if a := b.Get(path); a.Status != 200 || !strings.Contains(a.Body, says) {
				t.Errorf("%s: %d without %q", path, a.Status, says)
			}
		}
		want(t, b.Post("/signout"), 303, "/signin")
		a = b.Post("/signin", "identifier", "OPERATEUR.LOU", "password", housetest.OperatorPassword, "remember", "1", "next", "/desk")
		want(t, a, 303, "/signin/second?next=%2Fdesk")
		want(t, b.Get("/desk"), 303, "/signin/second")
		a = b.Post("/signin/second", "code", app.Next(), "next", "/desk")
		want(t, a, 303, "/desk")
		if c := setCookie(a)["loquet"]; c == nil || c.MaxAge != 0 {
			t.Errorf("an operator's cookie outlives the window: %+v", c)
		}
		if s := holds(t, f, b); s.Remembered || s.Level() != session.Two || s.Until.Sub(s.Opened) > 10*time.Hour {
			t.Errorf("the session is %+v", s)
		}
		f.Clock.Advance(21 * time.Minute)
		want(t, b.Get("/desk"), 303, "/signin?next=%2Fdesk")
		if n, err := f.DB.Operators(t.Context()); n != 1 || err != nil {
			t.Errorf("%d operators: %v", n, err)
		}
	})
}

// plant signs somebody in by a session that no rule has opened.
func plant(t *testing.T, f *housetest.Fixture, host string, person account.Account, proof ...string) *housetest.Browser {
	t.Helper()
	token, id := session.NewToken()
	s := storetest.Session(person, session.Full, f.Clock.Now())
	s.ID, s.Family, s.Proof, s.Idle = id, id, proof, time.Hour
	if err := f.DB.ApplySignIn(t.Context(), signin.Change{
		Now: f.Clock.Now(), Organisation: person.Organisation, Account: person.ID, Open: &s,
	}); err != nil {
		t.Fatal(err)
	}
	b := f.Browser(t, host)
	b.SetCookie("loquet", token)
	return b
}

// ATK-069: on the platform's host every route is closed to everybody but an operator in a session of two proofs, and a
// path under /desk is told from one that does not exist by nobody else. Whoever has another role there, which no
// command and no page can bring about, reaches neither the desk nor any settings.
func TestATK069EveryRouteOfThePlatform(t *testing.T) {
	f := open(t)
	wide(f)
	operator, self, _ := f.Operator(t, "OPERATEUR.UN")
	two := []string{session.ByPassword, session.ByApp, session.Multiple}
	for _, proof := range [][]string{{session.ByPassword}, {session.ByMailbox, session.ByApp, session.Multiple}} {
		b := plant(t, f, platformHost, self, proof...)
		want(t, b.Get("/desk"), 303, "/signin?next=%2Fdesk") // one that rests on less than two proofs is over
		want(t, b.Get("/home"), 303, "/signin")
	}
	actors := map[string]*housetest.Browser{}
	for _, role := range account.Roles {
		if role != account.Operator {
			who := f.PlatformPerson(t, "INTRUS."+strings.ToUpper(string(role)), role)
			actors["a "+string(role)+" of the platform"] = plant(t, f, platformHost, who, two...)
		}
	}
	signedIn := []string{"/home", "/account"}
	tried := 0
	for _, route := range f.Web.PlatformRoutes() {
		desk, closed := strings.HasPrefix(route.Path, "/desk"), strings.HasSuffix(route.Path, "/revisions") ||
			strings.HasSuffix(route.Path, "{number}")
		if strings.HasPrefix(route.Path, "/settings") {
			t.Errorf("%s is on the platform", route.Path)
		}
		path := strings.TrimSuffix(pathPart.ReplaceAllString(route.Path, "unknown"), "{$}")
		send := func(b *housetest.Browser) housetest.Answer {
			if route.Method == http.MethodGet {
				return b.Get(path)
			}
			return b.Post(path)
		}
		for name, b := range actors {
			if desk || closed {
				tried++
				if a := send(b); a.Status != 404 && a.Status != 403 || desk && told(a, path) != told(b.Get("/nowhere"), "/nowhere") {
					t.Errorf("%s %s by %s: %d %s", route.Method, path, name, a.Status, a.Location)
				}
			}
		}
		if desk {
			tried++
			if a := send(f.Browser(t, platformHost)); a.Status != 303 || !strings.HasPrefix(a.Location, "/signin") {
				t.Errorf("%s %s by a stranger: %d %s", route.Method, path, a.Status, a.Location)
			}
		}
	}
	if tried < 2*len(actors) {
		t.Errorf("only %d were tried", tried)
	}
	for name, b := range actors {
		for _, path := range signedIn {
			if a := b.Get(path); a.Status != 200 {
				t.Errorf("%s is not signed in, so that nothing was tried: %d", name, a.Status)
			}
		}
		for _, path := range []string{"/settings", "/settings/users", "/settings/users/new", "/settings/policy", "/settings/journal"} {
			if a := b.Get(path); a.Status != 404 {
				t.Errorf("%s%s by %s: %d", platformHost, path, name, a.Status)
			}
		}
	}
	if a := operator.Get("/desk"); a.Status != 200 {
		t.Errorf("the operator is closed out too: %d", a.Status)
	}
}

// ATK-069: a session of the platform is nothing at a tenant's host, and the reverse; the desk is on no tenant's host.
func TestATK069SessionsOfThePlatformStayThere(t *testing.T) {
	f := open(t)
	operator, _, _ := f.Operator(t, "OPERATEUR.UN")
	gerant, _ := manager(t, f)
	knowsAt(t, f, f.Town, storetest.Agent, before)
	agent := f.Browser(t, town)
	enters(t, agent, storetest.Agent, before)
	for _, c := range []struct {
		from *housetest.Browser
		at   string
	}{{operator, town}, {operator, school}, {gerant, platformHost}, {agent, platformHost}} {
		thief := f.Browser(t, c.at)
		thief.SetCookie("loquet", c.from.Cookie("loquet"))
		for _, path := range []string{"/home", "/account", "/account/factors", "/account/history"} {
			a := thief.Get(path)
			if a.Status != 303 || !strings.HasPrefix(a.Location, "/signin") && !strings.HasPrefix(a.Location, "/repair") {
				t.Errorf("%s%s: %d %s", c.at, path, a.Status, a.Location)
			}
		}
		a, wanted := thief.Get("/desk"), 404
		if c.at == platformHost {
			wanted = 303
		}
		if a.Status != wanted {
			t.Errorf("%s/desk: %d", c.at, a.Status)
		}
	}
	for _, b := range []*housetest.Browser{gerant, agent, f.Browser(t, town)} {
		for _, path := range []string{"/desk", "/desk/", "/desk/cases"} {
			if a, no := b.Get(path), b.Get("/nowhere"); a.Status != 404 || told(a, path) != told(no, "/nowhere") {
				t.Errorf("%s on a tenant's host: %d", path, a.Status)
			}
		}
	}
	if a := operator.Get("/desk"); a.Status != 200 {
		t.Errorf("the operator was signed out on the way: %d", a.Status)
	}
}

// ATK-025, ATK-028: the platform's own doors tell nobody who is an operator, and neither an operator nor a tenant's
// person passes for the other.
func TestATK025TheDoorsOfThePlatform(t *testing.T) {
	f := open(t)
	wide(f)
	operator := f.PlatformPerson(t, "OPERATEUR.UN", account.Operator)
	for _, door := range doors {
		heard := func(identifier, email string) (all []string) {
			b := f.Browser(t, platformHost)
			for range 2 {
				all = append(all, told(b.Post(door.path, door.fields(identifier, email)...), identifier, email))
			}
			f.Quiet(t)
			return append(all, told(b.Get(door.path)), told(b.Get("/recover/sent")))
		}
		nobody := heard("OPERATEUR.NUL", "operateur.nul@loquet.example")
		for name, who := range map[string][2]string{
			"an operator": {operator.Identifier, operator.Reference().Address}, "an agent of the town": {storetest.Agent, "nadia.benali@saint-loup.example"},
		} {
			for i, answer := range heard(who[0], who[1]) {
				if answer != nobody[i] {
					t.Errorf("%s: try %d of %s differs from nobody's:\n%s", door.name, i+1, name, difference(answer, nobody[i]))
				}
			}
		}
	}
	knowsAt(t, f, f.Town, storetest.Agent, before)
	for host, who := range map[string][2]string{
		platformHost: {storetest.Agent, before}, town: {operator.Identifier, housetest.OperatorPassword},
	} {
		if a := f.Browser(t, host).Post("/signin", "identifier", who[0], "password", who[1]); a.Status != 422 {
			t.Errorf("%s entered at %s: %d %s", who[0], host, a.Status, a.Location)
		}
	}
}

// The platform's host shows the list of organisations, and what else there is depends on its being settled. A host of
// the platform that this node was not given leads nowhere (ATK-003).
func TestThePlatformsHost(t *testing.T) {
	f := open(t)
	b := f.Browser(t, platformHost)
	for _, path := range []string{"/signin", "/recover", "/home", "/desk", "/sitemap", "/settings"} {
		if a := b.Get(path); a.Status != 404 {
			t.Errorf("before it is settled, %s: %d", path, a.Status)
		}
	}
	if a := b.Get("/"); a.Status != 200 || strings.Contains(a.Body, `href="/signin"`) || !strings.Contains(a.Body, f.Town.Name) {
		t.Errorf("before it is settled, the list: %d", a.Status)
	}
	o := f.Platform(t)
	if a := b.Get("/"); a.Status != 200 || !strings.Contains(a.Body, `href="/signin"`) || strings.Contains(a.Body, o.Name+"</a>") {
		t.Errorf("the list: %d", a.Status)
	}
	if a := b.Get("/signin"); a.Status != 200 || strings.Contains(a.Body, `name="remember"`) {
		t.Errorf("the sign-in page: %d", a.Status)
	}
	want(t, b.Get("/recover?lang=en"), 303, "/recover")
	if all, err := f.DB.Organisations(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("the platform is among the organisations: %d, %v", len(all), err)
	}
	f.Web.Config.PlatformHosts = nil
	if a := f.Browser(t, platformHost).Get("/signin"); a.Status != http.StatusMisdirectedRequest {
		t.Errorf("on a node that was not given the host: %d", a.Status)
	}
}
