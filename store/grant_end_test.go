package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/application"
	"loquet/audit"
	"loquet/desk"
	"loquet/fault"
	"loquet/oidc"
	"loquet/organisation"
	"loquet/profile"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

// scene is two people, one of them in two browsers, who have entered an application from each.
type scene struct {
	db       *store.DB
	o        organisation.Organisation
	a        application.Application
	claire   account.Account
	anne     account.Account
	one, two session.Session // Claire's
	hers     session.Session // Anne's
	first    oidc.Grant      // of one
	second   oidc.Grant      // of two
	other    oidc.Grant      // of hers
}

func play(t *testing.T, act func(t *testing.T, s scene)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := scene{db: db}
		s.o, s.anne = town(t, db, storetest.Mother)
		s.a = program(t, db, s.o, "Wiki")
		s.hers = enter(t, db, s.anne, session.Full, start)
		s.other = grant(t, db, s.a, s.hers, "other")
		act(t, s.again(t, storetest.Active, ""))
	})
}

// again gives the same scene with somebody as Claire, whose grants are named after the case.
func (s scene) again(t *testing.T, identifier, of string) scene {
	t.Helper()
	s.claire = storetest.Person(t, s.db, s.o, identifier)
	s.one, s.two = enter(t, s.db, s.claire, session.Full, start), enter(t, s.db, s.claire, session.Full, start)
	s.first, s.second = grant(t, s.db, s.a, s.one, "first"+of), grant(t, s.db, s.a, s.two, "second"+of)
	return s
}

// left looks which of the grants are in force, and that each other one ended with its sign-in, and was told of once.
func (s scene) left(t *testing.T, inForce ...oidc.Grant) {
	t.Helper()
	var over []string
	for _, g := range []oidc.Grant{s.first, s.second, s.other} {
		wanted := oidc.SignedOut
		for _, in := range inForce {
			if in.ID == g.ID {
				wanted = ""
			}
		}
		if wanted != "" {
			over = append(over, g.ID)
		}
		if got := because(t, s.db, g); got != wanted {
			t.Errorf("%s ended %q, want %q", g.ID, got, wanted)
		}
	}
	promised(t, s.db, at(time.Hour), over...)
}

// in looks which family a grant goes with.
func (s scene) in(t *testing.T, g oidc.Grant, of session.Session) {
	t.Helper()
	h, err := s.db.Grant(t.Context(), s.o.ID, g.ID)
	if must(t, err); h.Grant.Family != of.Family || h.Grant.SID != g.SID || because(t, s.db, g) != "" {
		t.Errorf("%s is of %q with %q, want %q", g.ID, h.Grant.Family, h.Grant.SID, of.Family)
	}
}

// signIn opens a session in the place of another.
func (s scene) signIn(t *testing.T, person account.Account, stage session.Stage, held, pending string) session.Session {
	t.Helper()
	next := storetest.Session(person, stage, at(time.Minute))
	must(t, s.db.ApplySignIn(t.Context(), signin.Change{
		Now: at(time.Minute), Organisation: s.o.ID, Account: person.ID, Open: &next, Replace: held, Pending: pending,
	}))
	return next
}

// ATK-039: what one browser gave ends with that browser's session, and nothing else does.
func TestATK039SigningOutEndsWhatTheBrowserGave(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		must(t, s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, silent(at(time.Minute))))
		must(t, s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, silent(at(time.Minute))))
		s.left(t, s.second, s.other)
		stale := s.first
		stale.Token = "new"
		want(t, "a refresh that comes late", s.db.SaveGrant(t.Context(), stale), fault.Stale)
	})
}

// Whatever ends every session of an account ends every grant of it, and nobody else's (ATK-010, ATK-038, OAU-04).
func TestATK038WhateverClosesAnAccountEndsItsGrants(t *testing.T) {
	now := at(time.Minute)
	play(t, func(t *testing.T, s scene) {
		for _, c := range []struct {
			what, who string
			do        func(s scene) error
		}{
			{"a new password", storetest.Father, func(s scene) error {
				next := storetest.Session(s.claire, session.Full, now)
				return s.db.ApplyProfile(t.Context(), profile.Change{
					Now: now, Organisation: s.o.ID, Account: s.claire.ID, Replace: s.one.ID, Open: &next, EndSessions: true,
				})
			}},
			{"signing out everywhere", storetest.Father, func(s scene) error {
				return s.db.EndSessionsOf(t.Context(), s.o.ID, s.claire.ID, session.Stopped, silent(now))
			}},
			{"resetting what proves", storetest.Father, func(s scene) error {
				return s.db.ResetFactors(t.Context(), admin.Reset{
					Organisation: s.o.ID, Account: s.claire.ID, Version: s.claire.Version, Note: silent(now),
				})
			}},
			{"a renewal", storetest.Invited, func(s scene) error {
				return s.db.ApplyRecovery(t.Context(), recovery.Change{
					Now: now, Organisation: s.o.ID, Account: s.claire.ID, EndSessions: true, Hash: storetest.Hash,
				})
			}},
			{"disabling", storetest.Father, func(s scene) error {
				return s.db.SetState(t.Context(), s.o.ID, s.claire.ID, account.Disabled, now, silent(now))
			}},
			{"disabling by a manager", storetest.MustRenew, func(s scene) error {
				return s.db.ApplyAdmin(t.Context(), admin.Change{
					Now: now, Organisation: s.o.ID, Account: s.claire.ID, State: account.Disabled,
				})
			}},
			{"disabling by the desk", storetest.Agent, func(s scene) error {
				return s.db.ApplyDesk(t.Context(), desk.Change{Now: now, Organisation: s.o.ID, Stop: s.claire.ID})
			}},
			{"a last day", storetest.NoEmail, func(s scene) error {
				_, err := s.db.Exec(t.Context(), `update account set leaves = $2 where id = $1`, s.claire.ID, start.UnixMicro())
				if err == nil {
					_, err = s.db.StopLeavers(t.Context(), now)
				}
				return err
			}},
			{"deleting", storetest.Unproven, func(s scene) error {
				return s.db.DeleteAccount(t.Context(), s.o.ID, s.claire.ID, silent(now))
			}},
		} {
			t.Run(c.what, func(t *testing.T) {
				s := s.again(t, c.who, " of "+c.what)
				must(t, c.do(s))
				select {
				case <-s.db.Wake():
				default:
					t.Error("nobody was woken to tell the applications")
				}
				s.left(t, s.other)
			})
		}
	})
}

// Of an account that is gone nothing is kept but what it takes to tell its applications.
func TestAnErasedAccountLeavesEmptyGrants(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		s.first.Retired, s.first.Token = s.first.Token, "token 2"
		must(t, s.db.SaveGrant(t.Context(), s.first))
		must(t, s.db.DeleteAccount(t.Context(), s.o.ID, s.claire.ID, silent(at(time.Minute))))
		h, err := s.db.Grant(t.Context(), s.o.ID, "first")
		must(t, err)
		if h.Person.ID != "" || h.Grant.Code+h.Grant.Token != "" || len(h.Grant.Document) > 0 || h.Grant.SID != s.first.SID {
			t.Errorf("kept is %+v", h)
		}
		for _, token := range []string{"token of first", "token 2"} {
			_, err = s.db.GrantByToken(t.Context(), s.o.ID, token)
			want(t, token, err, fault.Missing)
		}
	})
}

// A copied cookie that came back costs the thief what was given by it.
func TestATK037AStolenSessionTakesItsGrantsAlong(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		stolen := theft(s.one, at(time.Minute))
		stolen.Letters = nil
		must(t, s.db.Revoke(t.Context(), stolen))
		s.left(t, s.second, s.other)
	})
}

// A session that goes on under a new token keeps what was given in it, and signing out of the new one ends that.
func TestARotatedSessionKeepsItsGrants(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		next := following(s.one, "", at(time.Minute))
		must(t, s.db.Rotate(t.Context(), next))
		s.in(t, s.first, s.one)
		grant(t, s.db, s.a, next.Next, "third")
		must(t, s.db.EndSession(t.Context(), s.o.ID, next.Next.ID, session.SignedOut, silent(at(time.Minute))))
		if because(t, s.db, s.first) != oidc.SignedOut || because(t, s.db, s.second) != "" {
			t.Error("the wrong one ended")
		}
	})
}

// Whoever proves once more who they are keeps what applications hold, through every step of the sign-in.
func TestGrantsFollowTheirPersonThroughANewSignIn(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		next := s.signIn(t, s.claire, session.Full, s.one.ID, "")
		s.in(t, s.first, next)
		waits := s.signIn(t, s.claire, session.Second, next.ID, "")
		s.in(t, s.first, waits)
		proven := s.signIn(t, s.claire, session.Full, "", waits.ID)
		s.in(t, s.first, proven)
		setUp := s.signIn(t, s.claire, session.SetUp, proven.ID, "")
		last := storetest.Session(s.claire, session.Full, at(time.Minute))
		must(t, s.db.ApplyProfile(t.Context(), profile.Change{
			Now: at(time.Minute), Organisation: s.o.ID, Account: s.claire.ID, Replace: setUp.ID, Open: &last,
		}))
		s.in(t, s.first, last)
		stepped := storetest.Session(s.claire, session.Full, at(time.Minute))
		stepped.Family = last.Family
		must(t, s.db.ApplyProfile(t.Context(), profile.Change{
			Now: at(time.Minute), Organisation: s.o.ID, Account: s.claire.ID, Replace: last.ID, Open: &stepped,
		}))
		s.in(t, s.first, stepped)
		family, _, err := s.db.FamilyBySID(t.Context(), s.o.ID, s.first.SID)
		if must(t, err); family != stepped.Family {
			t.Errorf("the application knows %s", family)
		}
		s.left(t, s.first, s.second, s.other)
		must(t, s.db.EndSession(t.Context(), s.o.ID, stepped.ID, session.SignedOut, silent(at(time.Hour))))
		s.left(t, s.second, s.other)
	})
}

// Somebody else, or somebody who has lost the password, does not take over what a browser's person had given.
func TestATK035GrantsEndWhenSomebodyElseSignsIn(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		for what, do := range map[string]func(s scene){
			"somebody else":           func(s scene) { s.signIn(t, s.anne, session.Full, s.one.ID, "") },
			"half of a second person": func(s scene) { s.signIn(t, s.anne, session.Second, s.one.ID, "") },
			"a renewal":               func(s scene) { s.signIn(t, s.claire, session.Renewal, s.one.ID, "") },
			"a renewal in two steps": func(s scene) {
				s.signIn(t, s.claire, session.Renewal, "", s.signIn(t, s.claire, session.Second, s.one.ID, "").ID)
			},
		} {
			t.Run(what, func(t *testing.T) {
				s := s.again(t, storetest.Father, " of "+what)
				do(s)
				s.left(t, s.second, s.other)
			})
		}
	})
}

func TestClosingAllOtherBrowsersEndsWhatTheyGave(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		must(t, s.db.ApplyProfile(t.Context(), profile.Change{
			Now: at(time.Minute), Organisation: s.o.ID, Account: s.claire.ID, EndOthers: s.two.ID,
		}))
		s.left(t, s.second, s.other)
	})
}

// What is given and what ends it may come at the same moment: nothing is left in force.
func TestNoGrantSlipsPastWhatEndsIt(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		drive := program(t, s.db, s.o, "Drive")
		together(30, func(n int) {
			var err error
			switch {
			case n == 5:
				err = s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, silent(at(time.Minute)))
			case n == 6:
				next := storetest.Session(s.anne, session.Full, at(time.Minute)) // in Claire's browser
				err = s.db.ApplySignIn(t.Context(), signin.Change{
					Now: at(time.Minute), Organisation: s.o.ID, Account: s.anne.ID, Open: &next, Replace: s.two.ID,
				})
			case n == 7:
				err = s.db.RevokeApplication(t.Context(), s.o.ID, drive.ID, silent(at(time.Minute)))
			case n%3 == 0:
				err = s.db.OpenGrant(t.Context(), held(s.a, s.one, fmt.Sprint(n)), silent(start))
			case n%3 == 1:
				err = s.db.OpenGrant(t.Context(), held(s.a, s.two, fmt.Sprint(n)), silent(start))
			default:
				err = s.db.OpenGrant(t.Context(), held(drive, s.hers, fmt.Sprint(n)), silent(start))
			}
			if err != nil && !errors.Is(err, fault.Stale) {
				t.Error(err)
			}
		})
		left, err := s.db.Number(t.Context(), `select count(*) from oidc_grant where ended = 0 and id <> 'other'`)
		if must(t, err); left > 0 {
			t.Errorf("%d are in force", left)
		}
	})
}

// A transaction that fails promises nothing and ends nothing; five entries into one application are told of once.
func TestNoticesComeWithWhatTheyTellOf(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		// The note fails last of all: there is no such journal.
		bad := audit.Entry{Organisation: "none", At: at(time.Minute), Act: audit.SignedOut}
		err := s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, bad)
		if err == nil || errors.Is(err, fault.Stale) {
			t.Fatalf("it gave %v", err)
		}
		s.left(t, s.first, s.second, s.other)
		for _, id := range []string{"a", "b", "c"} {
			g := held(s.a, s.one, id)
			g.SID = s.first.SID
			must(t, s.db.OpenGrant(t.Context(), g, silent(start)))
		}
		must(t, s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, silent(at(time.Minute))))
		items, err := s.db.Lease(t.Context(), at(time.Minute), at(time.Hour), 10)
		must(t, err)
		in, err := s.db.GrantsOf(t.Context(), s.o.ID, s.claire.ID, start)
		must(t, err)
		if len(items) != 1 || len(in) != 1 || in[0].ID != "second" {
			t.Errorf("%d notices, in force %v", len(items), in)
		}
	})
}

// ATK-087: what a backup brings back of applications may have been taken back since.
func TestATK087ARestoreEndsWhatApplicationsHeld(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		must(t, s.db.SaveRequest(t.Context(), oidc.Request{
			ID: "q", Organisation: s.o.ID, Application: s.a.ID, Until: at(day),
		}))
		must(t, s.db.SaveConsent(t.Context(), oidc.Consent{
			Organisation: s.o.ID, Application: s.a.ID, Account: s.claire.ID,
		}, silent(start)))
		must(t, s.db.BumpEpoch(t.Context(), at(time.Minute)))
		s.left(t)
		q, err := s.db.Request(t.Context(), s.o.ID, "q")
		must(t, err)
		consents, err := s.db.ConsentsOf(t.Context(), s.o.ID, s.claire.ID)
		must(t, err)
		if !q.Over || len(consents) > 0 {
			t.Errorf("%+v, %v", q, consents)
		}
	})
}

// Grants stay for 30 days after they are over, with their tokens; requests and keys go at their end.
func TestWhatIsOfApplicationsIsPurged(t *testing.T) {
	play(t, func(t *testing.T, s scene) {
		s.first.Retired, s.first.Token = s.first.Token, "token 2"
		must(t, s.db.SaveGrant(t.Context(), s.first))
		must(t, s.db.EndSession(t.Context(), s.o.ID, s.one.ID, session.SignedOut, silent(at(day))))
		must(t, s.db.SaveRequest(t.Context(), oidc.Request{
			ID: "q", Organisation: s.o.ID, Application: s.a.ID, Until: at(day),
		}))
		must(t, s.db.AddKey(t.Context(), oidc.Key{Organisation: s.o.ID, ID: "k", From: start, Gone: at(2 * day)}))
		for _, step := range []struct {
			now                            time.Duration
			grants, tokens, requests, keys int64
		}{
			{day + time.Minute, 3, 1, 1, 1}, {day + 3*time.Minute, 3, 1, 0, 1}, {2*day + 3*time.Minute, 3, 1, 0, 0},
			{31*day - 1000, 3, 1, 0, 0}, {31 * day, 2, 0, 0, 0}, {40*day - 1000, 2, 0, 0, 0}, {40 * day, 0, 0, 0, 0},
		} {
			_, err := s.db.Purge(t.Context(), at(step.now))
			must(t, err)
			for table, wanted := range map[string]int64{
				"oidc_grant": step.grants, "oidc_token": step.tokens, "oidc_request": step.requests, "signing_key": step.keys,
			} {
				if n, err := s.db.Number(t.Context(), `select count(*) from `+table); err != nil || n != wanted {
					t.Errorf("after %v: %d of %s, want %d, %v", step.now, n, table, wanted, err)
				}
			}
		}
	})
}
