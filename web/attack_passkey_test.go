package web_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/credential/passkey/passkeytest"
	"loquet/house/housetest"
	"loquet/limit"
	"loquet/organisation"
	"loquet/session"
	"loquet/store"
	"loquet/store/storetest"
)

// lies are what an answer of a passkey may say that is not so, by the step of WebAuthn L3 §7.2 that refuses it.
var lies = map[string]func(p *passkeytest.Parts){
	"type":                   func(p *passkeytest.Parts) { p.Client["type"] = "webauthn.create" },
	"challenge":              func(p *passkeytest.Parts) { p.Client["challenge"] = strings.Repeat("A", 75) },
	"origin of another site": func(p *passkeytest.Parts) { p.Client["origin"] = "http://evil.example" },
	"origin below":           func(p *passkeytest.Parts) { p.Client["origin"] = "http://x." + town },
	"origin of another port": func(p *passkeytest.Parts) { p.Client["origin"] = "http://famille.localhost:8081" },
	"origin by https":        func(p *passkeytest.Parts) { p.Client["origin"] = "https://" + town },
	"origin of the school":   func(p *passkeytest.Parts) { p.Client["origin"] = "http://" + school },
	"cross-origin":           func(p *passkeytest.Parts) { p.Client["crossOrigin"] = true },
	"hash of another host":   func(p *passkeytest.Parts) { p.Host = "autoecole.localhost" },
	"nobody present":         func(p *passkeytest.Parts) { p.Flags &^= passkeytest.Present },
	"backed up":              func(p *passkeytest.Parts) { p.Flags |= passkeytest.BackedUp },
	"other eligibility":      func(p *passkeytest.Parts) { p.Flags |= passkeytest.Eligible },
	"another's handle":       func(p *passkeytest.Parts) { p.Handle = []byte(strings.Repeat("h", 32)) },
	"another key":            func(p *passkeytest.Parts) { p.Signer = passkeytest.NewKey(passkeytest.ES256) },
	"another credential":     func(p *passkeytest.Parts) { p.ID = []byte(strings.Repeat("i", 32)) },
	"a counter gone back":    func(p *passkeytest.Parts) { p.Count = 1 },
}

// passkeyDoors are the two ceremonies by which a passkey opens something.
var passkeyDoors = []struct {
	name, path string
	begin      func(t testing.TB, f *housetest.Fixture) *housetest.Browser
	say        func(t testing.TB, b *housetest.Browser, d *passkeytest.Authenticator) string
}{
	{"alone", "/signin/passkey", func(t testing.TB, f *housetest.Fixture) *housetest.Browser {
		return f.Browser(t, town)
	}, housetest.SayEnter},
	{"second", "/signin/second", func(t testing.TB, f *housetest.Fixture) *housetest.Browser {
		return pends(t, f, storetest.Active, before)
	}, housetest.SaySecond},
}

// TestATK067EveryLieIsRefused breaks each thing that a passkey says, at both doors; the truth opens afterwards.
func TestATK067EveryLieIsRefused(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	for _, door := range passkeyDoors {
		b := door.begin(t, f)
		want(t, b.Post(door.path, "answer", door.say(t, b, p.device)), 303, "/home") // counts beyond 1
		b = door.begin(t, f)
		for name, lie := range lies {
			p.device.Change = lie
			if a := again(t, b, door.path, "answer", door.say(t, b, p.device)); strings.Contains(a.Body, "Claire") {
				t.Errorf("%s, %s: the page names the person", door.name, name)
			}
		}
		p.device.Change = nil
		want(t, b.Post(door.path, "answer", door.say(t, b, p.device)), 303, "/home")
	}
	f.Clock.Advance(session.Fresh)
	for _, lie := range lies {
		p.device.Change = lie
		again(t, p.b, "/account/factors", "do", "prove", "proof", housetest.SayProof(t, p.b, p.device))
	}
	p.device.Change = nil
	proof := housetest.SayProof(t, p.b, p.device)
	want(t, p.b.Post("/account/factors", "do", "prove", "proof", proof), 303, "/account/factors")
	again(t, p.b, "/account/factors", "do", "prove", "proof", proof) // it served
	if n := written(t, f, audit.PasskeyRefused); n != len(lies) {
		t.Errorf("the journal has %d refusals of %d", n, len(lies))
	}
	if n := written(t, f, audit.SecondRefused); n != len(lies) {
		t.Errorf("the journal has %d refusals of %d", n, len(lies))
	}
}

// alsoOfNew are the lies beside those about the origin that a new passkey may tell.
var alsoOfNew = []string{"challenge", "cross-origin", "hash of another host", "nobody present", "backed up"}

// TestATK067EveryLieOfANewPasskeyIsRefused breaks what is said when a passkey is made, in an account and in the place
// of a password (WebAuthn L3 §7.1); nothing is kept of it.
func TestATK067EveryLieOfANewPasskeyIsRefused(t *testing.T) {
	f := open(t)
	b, renewing := inside(t, f, storetest.Active), f.Browser(t, town)
	starts(t, renewing, storetest.Father, asks(t, f, renewing, storetest.Father, storetest.Household))
	for _, door := range []struct {
		b           *housetest.Browser
		from, path  string
		owner, done string
	}{
		{b, "/account/factors/passkey", "/account/factors/passkey", storetest.Active, "/account/factors"},
		{renewing, "/renew", "/renew/passkey", storetest.Father, "/signin"},
	} {
		made := map[string]func(p *passkeytest.Parts){
			"type":      func(p *passkeytest.Parts) { p.Client["type"] = "webauthn.get" },
			"algorithm": func(p *passkeytest.Parts) { p.Key[3] = int64(-65535) },
			"no key":    func(p *passkeytest.Parts) { p.Key = nil },
			"a long id": func(p *passkeytest.Parts) { p.ID = []byte(strings.Repeat("i", 1024)) },
		}
		for name, lie := range lies {
			if strings.HasPrefix(name, "origin") || slices.Contains(alsoOfNew, name) {
				made[name] = lie
			}
		}
		if door.path == "/renew/passkey" { // it will be the only proof
			made["nobody recognised"] = func(p *passkeytest.Parts) { p.Flags &^= passkeytest.Verified }
		}
		for name, lie := range made {
			device := housetest.Device(town)
			device.Change = lie
			answer := device.Create(housetest.Options(t, door.b.Get(door.from)), housetest.Origin(town))
			if a := again(t, door.b, door.path, "answer", string(answer)); !strings.Contains(a.Body, "clé d’accès") {
				t.Errorf("%s: %s is refused without a word", door.path, name)
			}
		}
		if n := len(factorsOf(t, f, door.owner).Passkeys); n != 0 {
			t.Errorf("%s: %d passkeys are kept", door.path, n)
		}
		device := housetest.Device(town)
		answer := device.Create(housetest.Options(t, door.b.Get(door.from)), housetest.Origin(town))
		want(t, door.b.Post(door.path, "answer", string(answer)), 303, door.done)
	}
}

// TestATK067TheDeviceRecognisesItsPerson: a passkey is two proofs only then; beside a password presence is enough.
func TestATK067TheDeviceRecognisesItsPerson(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	unverified := func(p *passkeytest.Parts) { p.Flags &^= passkeytest.Verified }
	p.device.Change = unverified
	b := f.Browser(t, town)
	again(t, b, "/signin/passkey", "answer", housetest.SayEnter(t, b, p.device))
	c := pends(t, f, storetest.Active, before)
	want(t, c.Post("/signin/second", "answer", housetest.SaySecond(t, c, p.device)), 303, "/home")
	sure(t, f, c, session.Two, "pwd hwk user mfa")
	f.Clock.Advance(session.Fresh)
	again(t, c, "/account/factors", "do", "second-on", "proof", housetest.SayProof(t, c, p.device))
	p.device.Change = nil
	p.device.Send = func(answer map[string]any) { // nobody has said who they are, so that the passkey must
		delete(answer["response"].(map[string]any), "userHandle") //nolint:forcetypeassert // it is one
	}
	again(t, b, "/signin/passkey", "answer", housetest.SayEnter(t, b, p.device))
	p.device.Send = nil
	want(t, b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device)), 303, "/home")
}

// TestATK067AnAnswerServesOnceAndWhereItWasAsked gives answers again, elsewhere, late, and for somebody else.
func TestATK067AnAnswerServesOnceAndWhereItWasAsked(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		father := equip(t, f, storetest.Father)

		b := f.Browser(t, town)
		enter := housetest.SayEnter(t, b, p.device)
		want(t, b.Post("/signin/passkey", "answer", enter), 303, "/home")
		for _, thief := range []*housetest.Browser{f.Browser(t, town), f.Beside(t).Browser(t, town)} {
			again(t, thief, "/signin/passkey", "answer", enter)
		}
		c, d := pends(t, f, storetest.Active, before), pends(t, f, storetest.Active, before)
		second := housetest.SaySecond(t, c, p.device)
		again(t, d, "/signin/second", "answer", second) // asked of another session
		again(t, f.Browser(t, town), "/signin/passkey", "answer", second)
		again(t, d, "/signin/second", "answer", enter)
		again(t, d, "/signin/second", "answer", housetest.SayEnter(t, d, p.device)) // of another ceremony
		again(t, d, "/signin/second", "answer", housetest.SayProof(t, b, p.device))
		want(t, c.Post("/signin/second", "answer", second), 303, "/home")

		// Somebody else's passkey answers what it was not asked.
		options := allowAll(t, housetest.Options(t, d.Get("/signin/second")))
		again(t, d, "/signin/second", "answer", string(father.device.Get(options, housetest.Origin(town))))
		options = allowAll(t, housetest.Options(t, b.Get("/account/prove")))
		f.Clock.Advance(session.Fresh)
		proof := string(father.device.Get(options, housetest.Origin(town)))
		again(t, b, "/account/factors", "do", "second-on", "proof", proof)

		// Too late, or from a clock that is ahead.
		late := housetest.SaySecond(t, d, p.device)
		old := housetest.SayEnter(t, f.Browser(t, town), p.device)
		f.Clock.Advance(session.SecondLasts)
		want(t, d.Post("/signin/second", "answer", late), 303, "/signin")
		again(t, f.Browser(t, town), "/signin/passkey", "answer", old)
	})
}

// allowAll takes from options which passkeys are asked for.
func allowAll(t testing.TB, options []byte) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(options, &all); err != nil {
		t.Fatal(err)
	}
	delete(all, "allowCredentials")
	rest, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return rest
}

// TestATK067APasskeyBelongsToItsHost takes one of the town to the school, where a person has the same identifier.
func TestATK067APasskeyBelongsToItsHost(t *testing.T) {
	f := open(t)
	_, device := withPasskey(t, f, storetest.Active)
	twin := storetest.Person(t, f.DB, f.Town, storetest.Active)
	twin.Organisation, twin.Role, twin.ID, twin.Emails = f.School.ID, account.Moniteur, store.NewID(), nil
	note := audit.Entry{Organisation: f.School.ID, At: f.Clock.Now()}
	if err := f.DB.CreateAccount(t.Context(), twin, "", note); err != nil {
		t.Fatal(err)
	}
	b := f.Browser(t, school)
	page := b.Get("/signin/passkey")
	if answer := device.Get(housetest.Options(t, page), housetest.Origin(school)); answer != nil {
		t.Error("the browser would offer it")
	}
	device.Host = "autoecole.localhost" // a browser that lies
	a := again(t, b, "/signin/passkey", "answer", housetest.SayEnter(t, b, device))
	if strings.Contains(a.Body, "Claire") {
		t.Error("the school names a person of the town")
	}
	device.Host = "famille.localhost"
	asked := housetest.Options(t, f.Browser(t, town).Get("/signin/passkey"))
	answer := string(device.Get(asked, housetest.Origin(town)))
	again(t, b, "/signin/passkey", "answer", answer)
	want(t, f.Browser(t, town).Post("/signin/passkey", "answer", answer), 303, "/home")
}

// TestATK068EachProofIsCountedApart wears out one after the other: none opens or closes another (NIST SP 800-63B-4
// §3.2.2; contract: while one waits, the others still enter).
func TestATK068EachProofIsCountedApart(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		waiting := func(b *housetest.Browser, path string, fields ...string) {
			t.Helper()
			a := b.Post(path, fields...)
			if after := a.Header.Get("Retry-After"); a.Status != 429 || after == "" || after == "0" {
				t.Errorf("%s: %d %q, Retry-After %q", path, a.Status, a.Location, after)
			}
		}
		var tabs [3]*housetest.Browser
		for i := range tabs {
			tabs[i] = pends(t, f, storetest.Active, before)
		}
		c, d, e := tabs[0], tabs[1], tabs[2]
		for range 10 {
			refused(t, f.Browser(t, town), storetest.Active, "Faux-Faux-1")
		}
		password := func() {
			t.Helper()
			waiting(f.Browser(t, town), "/signin", "identifier", storetest.Active, "password", before)
		}
		password()
		b := f.Browser(t, town)
		want(t, b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device)), 303, "/home")
		password() // a passkey clears nothing of the password

		f.Clock.Advance(30 * time.Second)
		for range f.SignIn.Limits.App[0].Burst {
			again(t, c, "/signin/second", "code", p.app.Code(7))
		}
		waiting(c, "/signin/second", "code", p.app.Code(0)) // even the right one
		want(t, c.Post("/signin/second", "answer", housetest.SaySecond(t, c, p.device)), 303, "/home")
		waiting(d, "/signin/second", "code", p.app.Code(0)) // the passkey has cleared nothing
		want(t, d.Post("/signin/second", "code", p.codes[0]), 303, "/home")
		waiting(e, "/signin/second", "code", p.app.Code(0)) // nor has the printed code
		password()
		f.Clock.Advance(2 * time.Minute)
		want(t, e.Post("/signin/second", "code", p.app.Code(0)), 303, "/home")
		password() // nor the app of the password's
	})
}

// TestATK068ARightCodeClearsItsOwnTriesOnly counts printed and app codes of one person side by side.
func TestATK068ARightCodeClearsItsOwnTriesOnly(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	three := []limit.Rate{{Burst: 3, Every: 24 * time.Hour}}
	f.SignIn.Limits.App, f.SignIn.Limits.Printed = three, three
	b := pends(t, f, storetest.Active, before)
	wrong := f.SignIn.Forge.PrintedCodes("a sheet of nobody")[0]
	for range 2 {
		again(t, b, "/signin/second", "code", p.app.Code(7))
		again(t, b, "/signin/second", "code", wrong)
	}
	want(t, b.Post("/signin/second", "code", p.app.Next()), 303, "/home")
	b = pends(t, f, storetest.Active, before)
	again(t, b, "/signin/second", "code", wrong) // the third
	if a := b.Post("/signin/second", "code", p.codes[0]); a.Status != 429 {
		t.Errorf("the app has cleared the printed codes' tries: %d", a.Status)
	}
	for range 3 { // its own were cleared
		again(t, b, "/signin/second", "code", p.app.Code(7))
	}
	if a := b.Post("/signin/second", "code", p.app.Next()); a.Status != 429 {
		t.Errorf("the tries of the app are not counted: %d", a.Status)
	}
}

// TestATK068APasskeyClearsNothingOfItsAddress: whoever has one passkey must not try others for ever.
func TestATK068APasskeyClearsNothingOfItsAddress(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	b := pends(t, f, storetest.Active, before)
	f.SignIn.Limits.Address = limit.Rate{Burst: 3, Every: 24 * time.Hour}
	again(t, b, "/signin/passkey", "answer", "{}")
	again(t, b, "/signin/passkey", "answer", "{}")
	want(t, b.Post("/signin/second", "answer", housetest.SaySecond(t, b, p.device)), 303, "/home")
	a := f.Browser(t, town).Post("/signin/passkey", "answer", "{}")
	if a.Status != 429 || a.Header.Get("Retry-After") == "" {
		t.Errorf("the fourth try from one address: %d", a.Status)
	}
}

// TestATK008AChallengeIsBoundToItsPurpose gives each challenge to every place that takes a token, and to every other
// ceremony.
func TestATK008AChallengeIsBoundToItsPurpose(t *testing.T) {
	f := open(t)
	p := equip(t, f, storetest.Active)
	waiting := pends(t, f, storetest.Active, before)
	setup, _ := f.StartApp(t, p.b)
	challenges := map[string]string{"set-up": setup}
	for name, a := range map[string]housetest.Answer{
		"create": p.b.Get("/account/factors/passkey"), "enter": p.b.Get("/signin/passkey"),
		"second": waiting.Get("/signin/second"), "prove": p.b.Get("/account/prove"),
	} {
		var asked struct{ Challenge string }
		if err := json.Unmarshal(housetest.Options(t, a), &asked); err != nil || asked.Challenge == "" {
			t.Fatalf("%s: %v", name, err)
		}
		challenges[name] = asked.Challenge
	}
	entrances := map[string]func(challenge string) housetest.Answer{
		"enter": func(c string) housetest.Answer {
			b := f.Browser(t, town)
			p.device.Change = func(p *passkeytest.Parts) { p.Client["challenge"] = c }
			return b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device))
		},
		"second": func(c string) housetest.Answer {
			p.device.Change = func(p *passkeytest.Parts) { p.Client["challenge"] = c }
			return waiting.Post("/signin/second", "answer", housetest.SaySecond(t, waiting, p.device))
		},
		"prove": func(c string) housetest.Answer {
			p.device.Change = func(p *passkeytest.Parts) { p.Client["challenge"] = c }
			return p.b.Post("/account/factors", "do", "prove", "proof", housetest.SayProof(t, p.b, p.device))
		},
		"create": func(c string) housetest.Answer {
			made := housetest.Device(town)
			made.Change = func(p *passkeytest.Parts) { p.Client["challenge"] = c }
			answer := made.Create(housetest.Options(t, p.b.Get("/account/factors/passkey")), housetest.Origin(town))
			return p.b.Post("/account/factors/passkey", "answer", string(answer))
		},
		"set-up": func(c string) housetest.Answer {
			return p.b.Post("/account/factors/app", "setup", c, "code", p.app.Next())
		},
	}
	for at, give := range entrances {
		for of, challenge := range challenges {
			if at == of {
				continue
			}
			if a := give(challenge); a.Status != 422 || a.Location != "" {
				t.Errorf("the challenge of %s at %s: %d %q", of, at, a.Status, a.Location)
			}
		}
	}
	b := f.Browser(t, town)
	for of, challenge := range challenges {
		for _, path := range []string{"/enter/" + challenge, "/confirm/" + challenge, "/stop/" + challenge} {
			if get, post := b.Get(path), b.Post(path); !oneOf(get.Status, 404, 410) || !oneOf(post.Status, 404, 410, 422) {
				t.Errorf("the challenge of %s at %s: %d, %d", of, path, get.Status, post.Status)
			}
		}
		again(t, b, "/enter", "code", challenge)
		refused(t, b, storetest.Active, challenge)
		again(t, waiting, "/signin/second", "code", challenge)
		b.SetCookie("loquet", challenge)
		want(t, b.Get("/renew"), 303, "/signin?next=%2Frenew")
	}
	// And a link's token is no challenge.
	token := strings.Repeat("A", session.TokenLength)
	for at, give := range entrances {
		if a := give(token); a.Status != 422 {
			t.Errorf("a token at %s: %d %q", at, a.Status, a.Location)
		}
	}
}

// TestATK022AClosedAccountIsClosedToEveryProof closes it between the first proof and the second, and before each door.
func TestATK022AClosedAccountIsClosedToEveryProof(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		p := equip(t, f, storetest.Active)
		temporary := asks(t, f, f.Browser(t, town), storetest.Active, claire)
		mailed := f.Browser(t, town)
		want(t, mailed.Post("/signin", "identifier", storetest.Active, "password", temporary), 303, "/signin/second")
		want(t, mailed.Post("/signin/second", "code", p.codes[1]), 303, "/renew")
		byApp, byCode := pends(t, f, storetest.Active, before), pends(t, f, storetest.Active, before)
		byKey := pends(t, f, storetest.Active, before)
		answer := housetest.SaySecond(t, byKey, p.device)
		becomes(t, f, storetest.Active, account.Locked) // no moment passes: another node may still trust what it read
		for name, a := range map[string]housetest.Answer{
			"app":     byApp.Post("/signin/second", "code", p.app.Next()),
			"printed": byCode.Post("/signin/second", "code", p.codes[0]),
			"passkey": byKey.Post("/signin/second", "answer", answer),
			"renewal": mailed.Post("/renew", "new_password", chosen, "confirm_password", chosen),
		} {
			if a.Status != 303 || a.Location != "/signin" {
				t.Errorf("%s: %d %q, want 303 /signin", name, a.Status, a.Location)
			}
		}
		b := f.Browser(t, town)
		alone := again(t, b, "/signin/passkey", "answer", housetest.SayEnter(t, b, p.device))
		right := again(t, b, "/signin", "identifier", storetest.Active, "password", before)
		for _, a := range []housetest.Answer{alone, right} {
			if !strings.Contains(a.Body, "Ce compte est fermé") {
				t.Error("the owner is not told why")
			}
		}
		for _, d := range []*housetest.Browser{byApp, byCode, byKey, mailed, p.b, b} {
			closed(t, d, "/signin")
		}
		becomes(t, f, storetest.Active, account.Active)
		f.Clock.Advance(time.Second)
		closed(t, byApp, "/signin")
		want(t, b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, p.device)), 303, "/home")
		codesLeft(t, f, 9)
	})
}

// TestATK035EachStepUpChangesTheSession collects the tokens of every step: none comes again, and each is dead at once.
func TestATK035EachStepUpChangesTheSession(t *testing.T) {
	each(t, func(t *testing.T, f *housetest.Fixture) {
		knows(t, f, storetest.Active, before)
		demands(t, f, account.Famille, organisation.Second{Demand: organisation.AtNextSignIn})
		b := f.Browser(t, town)
		seen := map[string]string{}
		step := func(name string) {
			t.Helper()
			token := b.Cookie("loquet")
			if other, known := seen[token]; known || len(token) != session.TokenLength {
				t.Fatalf("%s: the token is that of %q", name, other)
			}
			for old, of := range seen {
				thief := f.Browser(t, town)
				thief.SetCookie("loquet", old)
				for _, path := range []string{"/home", "/account/factors", "/signin/second", "/renew"} {
					if a := thief.Get(path); !signedOut(a) {
						t.Errorf("after %s the token of %s opens %s: %d %q", name, of, path, a.Status, a.Location)
					}
				}
			}
			seen[token] = name
		}
		leadsToSetUp(t, b, storetest.Active)
		step("set-up")
		app := f.AddApp(t, b)
		step("app added")
		device := housetest.Device(town)
		f.AddPasskey(t, b, device)
		step("passkey added")
		f.Clock.Advance(session.Fresh)
		want(t, b.Post("/account/factors", "do", "prove", "proof", housetest.SayProof(t, b, device)), 303, "/account/factors")
		step("proof by passkey")
		f.Clock.Advance(session.Fresh)
		want(t, b.Post("/account/factors/codes", "do", "make", "current_password", before), 303, "/account/factors/codes")
		step("proof by password")
		want(t, b.Post("/signin", "identifier", storetest.Active, "password", before), 303, "/signin/second")
		step("second asked")
		want(t, b.Post("/signin/second", "code", app.Next()), 303, "/home")
		step("second given")
		temporary := asks(t, f, b, storetest.Active, claire)
		want(t, b.Post("/signin", "identifier", storetest.Active, "password", temporary), 303, "/signin/second")
		step("second asked of whoever recovers")
		want(t, b.Post("/signin/second", "code", app.Next()), 303, "/renew")
		step("renewal")
		renews(t, b, chosen)
		want(t, b.Post("/signin/passkey", "answer", housetest.SayEnter(t, b, device)), 303, "/home")
		step("passkey alone")
	})
}
