package desk_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/desk"
	"loquet/fault"
	"loquet/limit"
	"loquet/session"
)

var house = desk.Papers{Kinds: []desk.Paper{desk.Kbis, desk.Identity}, SIRET: "732 829 320 00074"}

// everything is every act, with a form that would do.
var everything = []desk.Proposal{
	{Act: desk.TellIdentifier}, {Act: desk.SendAccess}, {Act: desk.ReplaceAddress, Address: "moi@voleur.example"},
	{Act: desk.ReplaceMobile, Address: "07 11 22 33 44"}, {Act: desk.ResetFactors},
	{Act: desk.NameManager, Address: "moi@voleur.example", Manager: desk.Draft{Identifier: "LAC.MOI", GivenName: "Moi", FamilyName: "Même"}},
}

// The number that a telephone shows is the registered one, and it opens nothing: every act is refused, nothing is sent,
// and the identifier is not shown.
func TestATK074AForgedNumberOpensNothing(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	before := w.now()
	for _, p := range everything {
		if out := w.propose(w.ana, ref, p); !refused(out, desk.Locked) {
			t.Errorf("%s: %+v", p.Act, out)
		}
	}
	v := w.view(w.ana, ref)
	if v.Case.Caller != registered {
		t.Errorf("the number shown was kept as %q", v.Case.Caller)
	}
	if v.Person.Identifier != "" || v.Situation != nil || v.Number != "" || strings.Contains(v.Person.Email, "aline") {
		t.Errorf("the operator reads %+v", v.Person)
	}
	w.Quiet(t)
	if n := len(w.Texts.Texts(100)); n != 0 || w.now().Version != before.Version {
		t.Errorf("%d text messages, account changed: %v", n, w.now().Version != before.Version)
	}
}

// An operator alone, whatever the check, gets no further than telling an identifier and a letter to its owner: what is
// proposed waits for somebody else, also when it is tried from another session, and lapses.
func TestATK074AnOperatorAloneGetsNothing(t *testing.T) {
	for name, check := range map[string]func(w *world, ref desk.Ref){
		"code": func(w *world, ref desk.Ref) {
			w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
			w.fine(w.check(w.ana, ref, desk.GiveCode, w.read()).Faults, nil)
		},
		"a call back that never was": func(w *world, ref desk.Ref) {
			w.fine(w.check(w.ana, ref, desk.BeginCall, "").Faults, nil)
			w.fine(w.check(w.ana, ref, desk.ConfirmCall, "").Faults, nil)
		},
		"papers that nobody has seen": func(w *world, ref desk.Ref) {
			w.fine(w.check(w.ana, ref, desk.NotePapers, "", house).Faults, nil)
			if out := w.check(w.ana, ref, desk.SecondPapers, ""); !refused(out, desk.SameOperator) {
				w.t.Errorf("seconding one's own papers: %+v", out)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := quick(t)
			ref := w.opened(w.ana, w.gerante)
			check(w, ref)
			before := w.now()
			for _, p := range everything[2:] {
				if out := w.propose(w.ana, ref, p); len(out.Faults) == 0 && out.State != desk.Proposed {
					t.Errorf("%s alone: %+v", p.Act, out)
				}
			}
			for _, d := range w.view(w.ana, ref).Deeds {
				out, err := w.Desk.Second(t.Context(), w.at(w.ana), ref, d.ID)
				if err != nil || !refused(out, desk.SameOperator) {
					t.Errorf("%s seconded by whoever proposed it: %+v, %v", d.Act, out, err)
				}
			}
			w.Clock.Advance(desk.SecondWithin + time.Minute)
			if _, err := w.Desk.Serve(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, d := range w.view(w.ana, ref).Deeds {
				if d.State != desk.Lapsed {
					t.Errorf("%s is %s", d.Act, d.State)
				}
			}
			if w.now().Version != before.Version {
				t.Error("the account changed")
			}
		})
	}
}

// Two operators who want to take a school together still meet the owner, who is told on every channel and stops it.
func TestATK074TheOwnerStopsTwoOperators(t *testing.T) {
	each(t, func(w *world) {
		ref := w.opened(w.ana, w.gerante)
		w.fine(w.check(w.ana, ref, desk.NotePapers, "", house).Faults, nil)
		w.fine(w.check(w.bob, ref, desk.SecondPapers, "").Faults, nil)
		if out := w.propose(w.ana, ref, everything[5]); out.State != desk.Proposed {
			w.t.Fatalf("%+v", out)
		}
		if out := w.second(w.bob, ref); out.State != desk.Waiting {
			w.t.Fatalf("%+v", out)
		}
		w.Quiet(w.t)
		told := w.Letter(w.t, "aline.robert@lac.example", 0)
		w.Letter(w.t, "sylvie.payet@orange.example", 0) // the other Gérante
		if n := len(w.Texts.Texts(10)); n != 1 {
			w.t.Errorf("%d text messages", n)
		}
		token := tokenOf(w.t, told.Text)
		seen, err := w.Desk.LookObjection(w.t.Context(), w.School, token)
		if err != nil || !seen.Known || !seen.InTime || seen.Deed.State != desk.Waiting {
			w.t.Fatalf("%+v, %v", seen, err)
		}
		if other, _ := w.Desk.LookObjection(w.t.Context(), w.Town, token); other.Known {
			w.t.Error("the link is known at another organisation")
		}
		// Twenty windows at once: one stops it, everybody reads that it is stopped.
		var moved atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				o, err := w.Desk.Object(w.t.Context(), w.School, token, w.ana.Browser)
				if err != nil || o.Deed.State != desk.Stopped {
					w.t.Errorf("%+v, %v", o, err)
				}
				if o.Moved {
					moved.Add(1)
				}
			})
		}
		all.Wait()
		if moved.Load() != 1 {
			w.t.Errorf("%d stopped it", moved.Load())
		}
		w.Clock.Advance(8 * 24 * time.Hour)
		if _, err := w.Desk.Serve(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if w.now().State != account.Active {
			w.t.Error("the owner was closed out all the same")
		}
		if _, err := w.DB.AccountByIdentifier(w.t.Context(), w.School.ID, "LAC.MOI"); !errors.Is(err, fault.Missing) {
			w.t.Errorf("the new manager is there: %v", err)
		}
	})
}

// ATK-075: a code is worth something to the operator and in the case that it was sent for, and nowhere else.
func TestATK075ACodeIsBoundToCaseAndOperator(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
	code := w.read()
	if out := w.check(w.bob, ref, desk.GiveCode, code); !refused(out, desk.NotMine) {
		t.Errorf("another operator: %+v", out)
	}
	elsewhere := w.opened(w.ana, w.gerante)
	if out := w.check(w.ana, elsewhere, desk.GiveCode, code); !refused(out, desk.NotBegun) {
		t.Errorf("another case: %+v", out)
	}
	w.fine(w.check(w.ana, elsewhere, desk.SendCode, "").Faults, nil)
	if out := w.check(w.ana, elsewhere, desk.GiveCode, code); !refused(out, desk.CodeWrong) {
		t.Errorf("another case with a code of its own: %+v", out)
	}
	w.fine(w.check(w.ana, ref, desk.GiveCode, code).Faults, nil)
	if out := w.check(w.ana, ref, desk.GiveCode, code); !refused(out, desk.NotBegun) {
		t.Errorf("the same again: %+v", out)
	}
	text := w.Texts.Texts(10)
	body := text[len(text)-1].Body
	if !strings.Contains(body, "VOUS") || !strings.HasSuffix(body, "@localhost #"+strings.Map(digit, code)) {
		t.Errorf("the text message says %q", body)
	}
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// ATK-018: five tries of one code, whoever makes them, and a handful of codes a day for one person, over new cases and
// other operators.
func TestATK018ACodeIsTriedFiveTimesOverAll(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
	right := strings.Map(digit, w.read())
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	for try := 1; try <= desk.MostTries; try++ {
		want := desk.CodeWrong
		if try == desk.MostTries {
			want = desk.CodeDead
		}
		if out := w.check(w.ana, ref, desk.GiveCode, wrong); !refused(out, want) {
			t.Errorf("try %d: %+v", try, out)
		}
	}
	if out := w.check(w.ana, ref, desk.GiveCode, right); !refused(out, desk.CodeDead) {
		t.Errorf("the right code after five wrong ones: %+v", out)
	}
	if v := w.view(w.ana, ref); v.Standing != desk.Unchecked {
		t.Errorf("the page still asks for it: %s", v.Standing)
	}
	sent := 1
	for _, op := range []desk.Operator{w.ana, w.bob, w.ana, w.bob, w.ana} {
		_, err := w.Desk.Check(t.Context(), w.at(op), w.opened(op, w.gerante), desk.SendCode, "", desk.Papers{})
		switch {
		case errors.As(err, new(limit.Over)):
		case err != nil:
			t.Fatal(err)
		default:
			sent++
		}
	}
	if sent != 3 {
		t.Errorf("%d codes were sent to one person at once", sent)
	}
}

// Of 50 who type the right code at once one is taken; ten minutes later none is.
func TestATK018OneCodeIsTakenOnce(t *testing.T) {
	each(t, func(w *world) {
		ref := w.opened(w.ana, w.gerante)
		w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
		code := w.read()
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				out, err := w.Desk.Check(w.t.Context(), w.at(w.ana), ref, desk.GiveCode, code, desk.Papers{})
				if err != nil && !errors.Is(err, fault.Stale) {
					w.t.Error(err)
				}
				if err == nil && len(out.Faults) == 0 {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			w.t.Errorf("%d were taken", taken.Load())
		}
		w.fine(w.check(w.ana, ref, desk.SendCode, "").Faults, nil)
		code = w.read()
		w.Clock.Advance(desk.CodeLives)
		if out := w.check(w.ana, ref, desk.GiveCode, code); !refused(out, desk.NotBegun) {
			w.t.Errorf("after ten minutes: %+v", out)
		}
	})
}

// ATK-076: a number that was changed yesterday, was never confirmed or is not there checks nobody; it ripens.
func TestATK076AYoungNumberChecksNobody(t *testing.T) {
	w := quick(t)
	for name, c := range map[string]struct {
		mobile string
		proven bool
		age    time.Duration
		want   desk.Fault
	}{
		"changed yesterday":           {"+33611111111", true, 24 * time.Hour, desk.YoungMobile},
		"seven days but for a minute": {"+33611111112", true, desk.Ripening - time.Minute, desk.YoungMobile},
		"never confirmed":             {"+33611111113", false, 400 * 24 * time.Hour, desk.NoMobile},
		"none":                        {"", false, 0, desk.NoMobile},
	} {
		person := w.person(account.Account{
			Identifier: strings.ToUpper(strings.ReplaceAll(name, " ", ".")), Role: account.Gerant, State: account.Active,
			Mobile: c.mobile, MobileProven: c.proven, MobileSince: w.Clock.Now().Add(-c.age),
		})
		ref := w.opened(w.ana, person)
		for _, do := range []desk.Checking{desk.SendCode, desk.BeginCall} {
			if out := w.check(w.ana, ref, do, ""); !refused(out, c.want) {
				t.Errorf("%s, %s: %+v", name, do, out)
			}
		}
		if v := w.view(w.ana, ref); v.Number != "" || v.Person.Ripe {
			t.Errorf("%s: %+v", name, v.Person)
		}
		w.fine(w.check(w.ana, ref, desk.NotePapers, "", house).Faults, nil)
	}
	w.Quiet(t)
	if n := len(w.Texts.Texts(10)); n != 0 {
		t.Errorf("%d text messages", n)
	}
}

// ATK-022: who is not an operator in a session of two proofs gets nothing out of the flow, whatever the pages do.
func TestATK022OnlyOperatorsWithTwoProofs(t *testing.T) {
	w := quick(t)
	ref := w.checked(w.ana)
	one, stranger, closed := w.at(w.ana), w.at(w.ana), w.at(w.ana)
	one.Session.Proof = session.With(nil, session.ByPassword)
	stranger.Person = w.gerante
	closed.Person.State = account.Disabled
	old := w.at(w.ana)
	old.Session.Until = w.Clock.Now()
	for name, op := range map[string]desk.Operator{"one proof": one, "a Gérante": stranger, "closed": closed, "signed out": old} {
		_, err := w.Desk.View(t.Context(), op, ref)
		_, _, found := w.Desk.Find(t.Context(), op, ref, "LAC.PATRONNE")
		_, check := w.Desk.Check(t.Context(), op, ref, desk.SendCode, "", desk.Papers{})
		_, propose := w.Desk.Propose(t.Context(), op, ref, everything[0])
		_, second := w.Desk.Second(t.Context(), op, ref, "x")
		_, board := w.Desk.Board(t.Context(), op)
		_, _, open := w.Desk.Open(t.Context(), op, desk.Opening{Organisation: w.School.ID, Reason: desk.Other, Said: "x"})
		for i, err := range []error{err, found, check, propose, second, board, open} {
			if !errors.Is(err, fault.Forbidden) {
				t.Errorf("%s, act %d: %v", name, i, err)
			}
		}
	}
	stale := w.at(w.bob)
	stale.Session.Proved = w.Clock.Now().Add(-time.Hour)
	if _, err := w.Desk.Second(t.Context(), stale, ref, "x"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("seconding on an old proof: %v", err)
	}
}

// A curious operator finds nobody by guessing, reads no address in full, and each search stands in the journal of the
// organisation under the operator's name.
func TestTheCuriousOperatorReadsLittleAndLeavesTraces(t *testing.T) {
	w := quick(t)
	ref := w.opened(w.ana, w.gerante)
	for typed, want := range map[string]desk.Fault{
		"": desk.SearchShort, "a": desk.SearchShort, "Robert": desk.SearchShort, "a r": desk.NobodyFound, "%": desk.NobodyFound,
		"nobody@nowhere.example": desk.NobodyFound, "Jean Inconnu": desk.NobodyFound,
	} {
		seen, faults, err := w.Desk.Find(t.Context(), w.at(w.ana), ref, typed)
		if err != nil || len(seen) > 0 || !slices.Equal(faults, []desk.Fault{want}) {
			t.Errorf("%q: %+v, %v, %v", typed, seen, faults, err)
		}
	}
	for _, typed := range []string{"aline robert", "LAC.PATRONNE", "aline.robert@lac.example", "06 12 34 56 78"} {
		seen, faults, err := w.Desk.Find(t.Context(), w.at(w.ana), ref, typed)
		w.fine(faults, err)
		if len(seen) != 1 || seen[0].ID != w.gerante.ID || seen[0].Identifier != "" ||
			seen[0].Email != account.MaskEmail("aline.robert@lac.example") || seen[0].Mobile != "…78" {
			t.Errorf("%q: %+v", typed, seen)
		}
	}
	over := false
	for range 40 {
		_, _, err := w.Desk.Find(t.Context(), w.at(w.ana), ref, "Jean Inconnu")
		over = over || errors.As(err, new(limit.Over))
	}
	if !over {
		t.Error("forty searches in a row")
	}
	entries, err := w.DB.OwnEntries(t.Context(), w.School.ID, w.gerante.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	searched := 0
	for _, e := range entries {
		if by, ok := audit.OperatorOf(e.Actor); e.Act == audit.CallerSearched && ok && by == "OPERATEUR.ANA" {
			searched++
		}
	}
	if searched < 5 {
		t.Errorf("%d searches in the journal", searched)
	}
	if err := w.DB.VerifyJournal(t.Context(), w.School.ID); err != nil {
		t.Error(err)
	}
}
