package desk_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"loquet/account"
	"loquet/desk"
	"loquet/house/housetest"
)

var stopLink = regexp.MustCompile(`/stop/([A-Za-z0-9_-]{43})`)

func tokenOf(t *testing.T, said string) string {
	t.Helper()
	m := stopLink.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("no link in\n%s", said)
	}
	return m[1]
}

// H5: checked by a code, the Gérante is told her identifier at once and alone; her new address takes a second operator,
// its own confirmation and the cooling-off, and then she is back in.
func TestH5FromTheRegisteredMobileBackIn(t *testing.T) {
	each(t, func(w *world) {
		ref := w.checked(w.ana)
		if out := w.propose(w.ana, ref, everything[0]); out.State != desk.Done {
			w.t.Fatalf("%+v", out)
		}
		if v := w.view(w.ana, ref); v.Person.Identifier != "LAC.PATRONNE" || v.Situation == nil || v.Standing != desk.ByCode {
			w.t.Errorf("%+v", v)
		}
		if out := w.propose(w.ana, ref, desk.Proposal{Act: desk.ReplaceAddress, Address: " aline@neuf.example "}); out.State != desk.Proposed {
			w.t.Fatalf("%+v", out)
		}
		if out := w.propose(w.ana, ref, desk.Proposal{Act: desk.ReplaceAddress, Address: "aline@neuf.example"}); !refused(out, desk.Already) {
			w.t.Errorf("the same again: %+v", out)
		}
		if out := w.second(w.bob, ref); out.State != desk.Done {
			w.t.Fatalf("%+v", out)
		}
		w.Quiet(w.t)
		confirm := w.Letter(w.t, "aline@neuf.example", 0)
		w.Letter(w.t, "aline.robert@lac.example", 0) // the old one is told
		b := w.Browser(w.t, w.School.Host())
		link := regexp.MustCompile(`/confirm/[A-Za-z0-9_-]+`).FindString(confirm.Text)
		if a := b.Post(link); a.Status >= 400 {
			w.t.Fatalf("confirming: %d", a.Status)
		}
		if got := w.now().Reference().Address; got != "aline.robert@lac.example" {
			w.t.Errorf("serves at once: %s", got)
		}
		w.Clock.Advance(49 * time.Hour)
		w.Turn(w.t.Context())
		if got := w.now().Reference(); got.Address != "aline@neuf.example" || !got.Proven {
			w.t.Fatalf("%+v", got)
		}
		before := len(w.Catcher.Letters(1000))
		if a := b.Post("/recover", "identifier", "LAC.PATRONNE", "email", "aline@neuf.example"); a.Location != "/recover/sent" {
			w.t.Fatalf("%d %s", a.Status, a.Location)
		}
		w.Quiet(w.t)
		secret := housetest.Secret(w.t, w.Letter(w.t, "aline@neuf.example", before))
		if a := b.Post("/signin", "identifier", "LAC.PATRONNE", "password", secret); a.Location != "/renew" {
			w.t.Fatalf("%d %s", a.Status, a.Location)
		}
		if err := w.DB.VerifyJournal(w.t.Context(), w.School.ID); err != nil {
			w.t.Error(err)
		}
	})
}

// Papers in place of a telephone: two operators, three days in which the owner can object, and the number is replaced
// as every number is: its new owner confirms it.
func TestH5PapersReplaceALostNumber(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	w.fine(w.check(w.ana, ref, desk.NotePapers, "", house).Faults, nil)
	w.fine(w.check(w.bob, ref, desk.SecondPapers, "").Faults, nil)
	if out := w.propose(w.bob, ref, everything[3]); out.State != desk.Proposed {
		t.Fatalf("%+v", out)
	}
	if out := w.second(w.ana, ref); out.State != desk.Waiting {
		t.Fatalf("%+v", out)
	}
	w.Clock.Advance(71 * time.Hour)
	w.Turn(t.Context())
	if d := w.view(w.ana, ref).Deeds[0]; d.State != desk.Waiting {
		t.Fatalf("after 71 hours it is %s", d.State)
	}
	w.Clock.Advance(2 * time.Hour)
	for range 3 { // several nodes, or the program after a kill: once is enough
		w.Turn(t.Context())
	}
	if d := w.view(w.ana, ref).Deeds[0]; d.State != desk.Done {
		t.Fatalf("after 73 hours it is %s", d.State)
	}
	w.Quiet(t)
	asked := 0
	for _, m := range w.Texts.Texts(20) {
		if m.To == "+33711223344" && strings.Contains(m.Body, "/confirm/") {
			asked++
		}
	}
	if asked != 1 || w.now().Mobile != registered {
		t.Errorf("the new number was asked %d times; in force: %s", asked, w.now().Mobile)
	}
}

// Left, died, sold: a week after two operators have seen the papers the one before is closed out and the new one
// invited, who comes in and manages.
func TestH5ANewManager(t *testing.T) {
	each(t, func(w *world) {
		ref := w.opened(w.ana, w.gerante)
		w.fine(w.check(w.ana, ref, desk.NotePapers, "", house).Faults, nil)
		w.fine(w.check(w.bob, ref, desk.SecondPapers, "").Faults, nil)
		p := desk.Proposal{Act: desk.NameManager, Address: "leo@lac.example", Manager: desk.Draft{Identifier: "LAC.LEO", GivenName: "Léo", FamilyName: "Payet"}}
		for typed, want := range map[string]desk.Fault{"": desk.IdentifierNone, "leo@x.example": desk.IdentifierNone} {
			bad := p
			bad.Manager.Identifier = typed
			if out := w.propose(w.ana, ref, bad); !refused(out, want) {
				w.t.Errorf("%q: %+v", typed, out)
			}
		}
		if out := w.propose(w.ana, ref, p); out.State != desk.Proposed {
			w.t.Fatalf("%+v", out)
		}
		if out := w.second(w.bob, ref); out.State != desk.Waiting {
			w.t.Fatalf("%+v", out)
		}
		w.Clock.Advance(7*24*time.Hour + time.Minute)
		w.Turn(w.t.Context())
		w.Turn(w.t.Context())
		if w.now().State != account.Disabled {
			w.t.Errorf("the one before is %s", w.now().State)
		}
		leo, err := w.DB.AccountByIdentifier(w.t.Context(), w.School.ID, "LAC.LEO")
		if err != nil || leo.Role != account.Gerant || leo.State != account.Invited {
			w.t.Fatalf("%+v, %v", leo, err)
		}
		w.Quiet(w.t)
		if l := w.Letter(w.t, "leo@lac.example", 0); !strings.Contains(l.Text, "LAC.LEO") {
			w.t.Errorf("the invitation says\n%s", l.Text)
		}
	})
}

// The code is nowhere but in the text message: not in the outbox, the journal, the steps or the log.
func TestTheCodeIsNowhereAtRest(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
	code := strings.Map(digit, w.read())
	for _, step := range w.view(w.ana, ref).Steps {
		if strings.Contains(step.Detail, code) {
			t.Errorf("a step says %q", step.Detail)
		}
	}
	if strings.Contains(w.Log.String(), code) {
		t.Error("the log has it")
	}
	deliveries, err := w.DB.Deliveries(t.Context(), w.School.ID, w.gerante.ID, 10)
	if err != nil || len(deliveries) == 0 {
		t.Fatalf("%v, %v", deliveries, err)
	}
	for _, d := range deliveries {
		if strings.Contains(d.Said, code) {
			t.Errorf("the outbox says %q", d.Said)
		}
	}
}

// What a case is worth is gone with the call: an hour later nothing can be proposed, and a case that turns to somebody
// else begins anew.
func TestACheckIsForOneCallAndOnePerson(t *testing.T) {
	w := quick(t)
	ref := w.checked(w.ana)
	w.Clock.Advance(desk.ProofLives)
	if out := w.propose(w.ana, ref, everything[0]); !refused(out, desk.Locked) {
		t.Errorf("an hour later: %+v", out)
	}
	ref = w.checked(w.ana)
	other := w.person(account.Account{Identifier: "LAC.AUTRE", Role: account.Gerant, State: account.Active})
	faults, err := w.Desk.Name(t.Context(), w.at(w.ana), ref, other.ID)
	w.fine(faults, err)
	if out := w.propose(w.ana, ref, everything[0]); !refused(out, desk.Locked) {
		t.Errorf("about somebody else: %+v", out)
	}
	if _, err := w.Desk.Close(t.Context(), w.at(w.ana), ref); err != nil {
		t.Fatal(err)
	}
	for _, do := range desk.Checkings {
		if out := w.check(w.ana, ref, do, "123456", house); len(out.Faults) != 1 {
			t.Errorf("%s in a closed case: %+v", do, out)
		}
	}
}

func TestASIRETIsWhatINSEESays(t *testing.T) {
	for siret, want := range map[string]bool{
		"73282932000074": true, "73282932000075": false, "35600000000048": true, "35600000049837": true, "": false,
		"7328293200007": false, "7328293200007x": false, "00000000000000": false,
	} {
		if desk.ValidSIRET(siret) != want {
			t.Errorf("%s: %v", siret, !want)
		}
	}
}
