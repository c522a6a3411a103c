package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/courier"
	"loquet/credential"
	"loquet/fault"
	"loquet/profile"
	"loquet/recovery"
	"loquet/session"
	"loquet/signin"
	"loquet/store"
	"loquet/store/storetest"
)

// proving gives a sign-in that uses a proof.
func proving(person account.Account, u credential.Use, now time.Time) (signin.Change, session.Session) {
	s := storetest.Session(person, session.Full, now)
	return signin.Change{
		Now: now, Organisation: person.Organisation, Account: person.ID, Use: &u, Open: &s,
		Letters: []courier.Item{{
			ID: store.NewID(), Organisation: person.Organisation, Account: person.ID, Kind: courier.FactorNotice,
			Recipient: "claire.martin@orange.example", Payload: []byte(`{}`),
			Created: now, Due: now, Expires: now.Add(time.Hour),
		}},
		Note: note(person, audit.SignedIn, now), Notes: []audit.Entry{note(person, audit.CodeUsed, now)},
	}, s
}

// answering gives a use of a passkey that answers a challenge.
func answering(passkey, challenge string, count uint32) credential.Use {
	return credential.Use{
		Passkey: passkey, Count: count, BackedUp: true, Challenge: challenge, Until: at(10 * time.Minute),
	}
}

// fifty lets 50 sign-ins use the same proof at once, and looks that one of them is all that is left.
func fifty(t *testing.T, use func(n int) credential.Use) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		won := race(t, func(ctx context.Context, n int) error {
			c, _ := proving(person, use(n), at(time.Minute))
			return db.ApplySignIn(ctx, c)
		})
		written := slices.DeleteFunc(acts(t, db, person), func(a audit.Act) bool { return a == audit.AccountCreated })
		letters := lease(t, db, at(time.Minute), at(time.Hour))
		if open := alive(t, db, person); won != 1 || open != 1 || len(letters) != 1 ||
			!slices.Equal(written, []audit.Act{audit.SignedIn, audit.CodeUsed}) {
			t.Errorf("%d won, %d sessions, %d letters, %v", won, open, len(letters), written)
		}
	})
}

func TestOneAppCodeFiftyAtOnceOneWins(t *testing.T) {
	fifty(t, func(int) credential.Use { return credential.Use{Seed: "seed", Step: 101} })
}

func TestOnePrintedCodeFiftyAtOnceOneWins(t *testing.T) {
	fifty(t, func(int) credential.Use { return credential.Use{Printed: storetest.Active + "-3"} })
}

// The count alone would let through whoever comes in the right order.
func TestOneChallengeFiftyAtOnceOneWins(t *testing.T) {
	fifty(t, func(n int) credential.Use { return answering("passkey of 38162", "challenge", uint32(n)+2) })
}

// A challenge for somebody who has not said who they are is one challenge for all accounts.
func TestOneChallengeServesOneAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		var people []account.Account
		for _, who := range []string{storetest.Active, storetest.Mother} {
			people = append(people, equip(t, db, storetest.Person(t, db, o, who)))
		}
		won := race(t, func(ctx context.Context, n int) error {
			person := people[n%2]
			c, _ := proving(person, answering("passkey of "+person.Identifier, "challenge", 2), at(time.Minute))
			return db.ApplySignIn(ctx, c)
		})
		if open := alive(t, db, people[0]) + alive(t, db, people[1]); won != 1 || open != 1 {
			t.Errorf("%d won, %d sessions", won, open)
		}
	})
}

// ATK-064: the last step is kept, so that neither another node nor the next start of this one takes a code again.
func TestATK064AnAppCodeIsNotAcceptedTwiceByAnyNode(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		db, person := storetest.Open(t, url), account.Account{}
		_, person = town(t, db, storetest.Active)
		person = equip(t, db, person)
		use := func(db *store.DB, step int64) error {
			c, _ := proving(person, credential.Use{Seed: "seed", Step: step}, at(time.Minute))
			return db.ApplySignIn(t.Context(), c)
		}
		must(t, use(db, 102))
		other := storetest.Open(t, url)
		for _, step := range []int64{102, 101, 100, 1, -1} {
			want(t, fmt.Sprint("step ", step), use(other, step), fault.Stale)
		}
		must(t, use(other, 103))
		c, _ := proving(person, credential.Use{Seed: "of before", Step: 104}, at(time.Minute))
		want(t, "a code of an app that was replaced", other.ApplySignIn(t.Context(), c), fault.Stale)
		want(t, "what the other node took", use(db, 103), fault.Stale)
		if a := factors(t, db, person).App; a.Step != 103 || !a.Used.Equal(at(time.Minute)) {
			t.Errorf("kept is %+v", a)
		}
	})
}

// A use that is refused leaves nothing behind: no session, no spent challenge, no letter.
func TestARefusedUseLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		other := equip(t, db, storetest.Person(t, db, o, storetest.Mother))
		person = equip(t, db, person)
		wanted := factors(t, db, person)
		over := answering("passkey of 38162", "over", 2)
		over.Until = at(time.Minute)
		both := credential.Use{Seed: "seed", Step: 101, Printed: "none"}
		for what, u := range map[string]credential.Use{
			"no such passkey": answering("none", "a", 2), "somebody else's": answering("passkey of 38170", "b", 2),
			"no such code": {Printed: "none"}, "somebody else's code": {Printed: other.Identifier + "-0"},
			"a step of before": {Step: 100}, "a challenge that is over": over, "one of two": both,
			"a challenge without an end": {Challenge: "endless"},
		} {
			c, s := proving(person, u, at(time.Minute))
			want(t, what, db.ApplySignIn(t.Context(), c), fault.Stale)
			_, _, err := db.Session(t.Context(), s.ID)
			want(t, what, err, fault.Missing)
		}
		spent, err := db.Number(t.Context(), `select count(*) from spent`)
		must(t, err)
		if letters := lease(t, db, at(time.Minute), at(time.Hour)); spent != 0 || len(letters) != 0 {
			t.Errorf("%d spent, %d letters", spent, len(letters))
		}
		diff := cmp.Diff(wanted, factors(t, db, person)) + cmp.Diff(other, again(t, db, other))
		if diff != "" {
			t.Errorf("something was used: %s", diff)
		}
	})
}

// A count that does not rise tells of a copy (WebAuthn L3 §7.2 step 22); those that never count stay at 0.
func TestATK067ACountThatGoesBackIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		k := passkey(person, "counts", start)
		k.Count = 0
		alter(t, db, person, start, func(f *credential.FactorChange) { f.Add = &k })
		for i, try := range []struct {
			count uint32
			want  error
		}{
			{0, nil}, {0, nil}, {5, nil}, {5, fault.Stale}, {4, fault.Stale}, {0, fault.Stale}, {6, nil}, {1<<32 - 1, nil},
			{0, fault.Stale},
		} {
			u := answering("counts", fmt.Sprint("challenge ", i), try.count)
			u.BackedUp = i%2 == 0
			c, _ := proving(person, u, at(time.Minute))
			want(t, fmt.Sprintf("count %d at %d", try.count, i), db.ApplySignIn(t.Context(), c), try.want)
		}
		kept := factors(t, db, person).Passkeys[0]
		if kept.Count != 1<<32-1 || kept.BackedUp || !kept.Used.Equal(at(time.Minute)) {
			t.Errorf("kept is %+v", kept)
		}
	})
}

// waiting opens what waits for the second proof, by a secret that was sent or by the password.
func waiting(t *testing.T, db *store.DB, person account.Account, secret string) session.Session {
	t.Helper()
	s := storetest.Session(person, session.Second, start)
	s.Secret = secret
	must(t, db.ApplySignIn(t.Context(), signin.Change{
		Now: start, Organisation: person.Organisation, Account: person.ID, Burn: secret, Open: &s,
	}))
	return s
}

func TestWhatWaitsForASecondProofEndsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		s := waiting(t, db, person, "")
		won := race(t, func(ctx context.Context, n int) error {
			c, _ := proving(person, credential.Use{Seed: "seed", Step: 101 + int64(n)}, at(time.Minute))
			c.Pending = s.ID
			return db.ApplySignIn(ctx, c)
		})
		if open := alive(t, db, person); won != 1 || open != 1 || ends(t, db, s.ID) != session.Replaced {
			t.Errorf("%d won, %d sessions, %q", won, open, ends(t, db, s.ID))
		}
	})
}

// ATK-034: a second proof follows a first one of the same person that waits for it, and nothing else.
func TestATK034ASecondProofNeedsAFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		other := storetest.Person(t, db, o, storetest.Mother)
		late, ended, hers := waiting(t, db, person, ""), waiting(t, db, person, ""), waiting(t, db, other, "")
		must(t, db.EndSession(t.Context(), o.ID, ended.ID, session.SignedOut, audit.Entry{At: start}))
		for what, try := range map[string]struct {
			pending string
			now     time.Duration
		}{
			"none": {"none", 1}, "a full session": {enter(t, db, person, session.Full, start).ID, 1},
			"a renewal": {enter(t, db, person, session.Renewal, start).ID, 1},
			"a set-up":  {enter(t, db, person, session.SetUp, start).ID, 1},
			"too late":  {late.ID, 12 * time.Hour}, "ended": {ended.ID, 1}, "somebody else's": {hers.ID, 1},
			"from a clock that was set back since": {late.ID, -3 * time.Minute},
		} {
			c, opened := proving(person, credential.Use{Seed: "seed", Step: 101}, at(try.now))
			c.Pending = try.pending
			want(t, what, db.ApplySignIn(t.Context(), c), fault.Stale)
			_, _, err := db.Session(t.Context(), opened.ID)
			want(t, what, err, fault.Missing)
		}
		if step := factors(t, db, person).App.Step; step != 100 {
			t.Errorf("a code was used up: %d", step)
		}
	})
}

// A browser that sends the secret of a letter twice is still known after the second proof.
func TestTheSecretFollowsToTheRenewal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		other := give(t, db, storetest.Person(t, db, o, storetest.Mother), "hers", start)
		sent := give(t, db, person, "secret", start)
		s := waiting(t, db, person, sent.ID)
		renewal := storetest.Session(person, session.Renewal, at(time.Minute))
		renewal.Secret = sent.ID
		must(t, db.ApplySignIn(t.Context(), signin.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID, Pending: s.ID, Open: &renewal,
			Use: &credential.Use{Printed: "38162-0"},
		}))
		for id, wanted := range map[string]string{sent.ID: renewal.ID, other.ID: ""} {
			i, err := db.IssueByID(t.Context(), o.ID, id)
			must(t, err)
			if i.OpenedSession != wanted || i.Used.IsZero() != (wanted == "") {
				t.Errorf("it opened %q, want %q", i.OpenedSession, wanted)
			}
		}
		if left := again(t, db, person).Factors.Codes; left != 9 || ends(t, db, s.ID) != session.Replaced {
			t.Errorf("%d codes are left, and it ended %q", left, ends(t, db, s.ID))
		}
	})
}

// The time that a policy leaves begins once.
func TestWhenASecondProofWasFirstAskedStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		for _, now := range []time.Time{at(time.Minute), at(time.Hour), at(-time.Hour)} {
			s := storetest.Session(person, session.Full, now)
			must(t, db.ApplySignIn(t.Context(), signin.Change{
				Now: now, Organisation: person.Organisation, Account: person.ID, Open: &s, Asked: true,
			}))
		}
		if a := again(t, db, person); !a.Factors.Asked.Equal(at(time.Minute)) || a.Version != person.Version {
			t.Errorf("it was asked at %v, version %d", a.Factors.Asked, a.Version)
		}
	})
}

// Setting up what the policy asks is the end of a sign-in.
func TestASetUpBecomesASignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		held := enter(t, db, person, session.SetUp, start)
		if !again(t, db, person).SignedIn.IsZero() {
			t.Error("who must set up first has signed in")
		}
		s, k := storetest.Session(person, session.Full, at(time.Minute)), passkey(person, "new", at(time.Minute))
		c := changing(again(t, db, person), at(time.Minute), func(f *credential.FactorChange) { f.Add = &k })
		c.Replace, c.Open, c.Use = held.ID, &s, &credential.Use{Challenge: "challenge", Until: at(10 * time.Minute)}
		won := race(t, func(ctx context.Context, _ int) error { return db.ApplyProfile(ctx, c) })
		if now := again(t, db, person); won != 1 || now.Factors.Passkeys != 1 || !now.SignedIn.Equal(at(time.Minute)) ||
			ends(t, db, held.ID) != session.Replaced || alive(t, db, person) != 1 {
			t.Errorf("%d won; %+v; signed in %v; %q", won, now.Factors, now.SignedIn, ends(t, db, held.ID))
		}
	})
}

// ATK-034: whoever has given one proof of two changes nothing, and neither does a renewal.
func TestATK034OneOfTwoProofsChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		for _, stage := range []session.Stage{session.Second, session.Renewal} {
			held := enter(t, db, person, stage, start)
			s := storetest.Session(person, session.Full, at(time.Minute))
			c := changing(person, at(time.Minute), func(f *credential.FactorChange) { f.RemoveApp = true })
			c.Replace, c.Open = held.ID, &s
			want(t, string(stage), db.ApplyProfile(t.Context(), c), fault.Stale)
			_, _, err := db.Session(t.Context(), s.ID)
			want(t, string(stage), err, fault.Missing)
			if ends(t, db, held.ID) != "" || !again(t, db, person).Factors.App {
				t.Errorf("%s: it ended %q", stage, ends(t, db, held.ID))
			}
		}
	})
}

// ATK-007: a passkey instead of a password is made with the proof for it, once.
func TestATK007ARenewalMakesAPasskeyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.Invited)
		renewal, other := enter(t, db, person, session.Renewal, start), enter(t, db, person, session.Full, start)
		secret := give(t, db, person, "secret", start)
		won := race(t, func(ctx context.Context, n int) error {
			k := passkey(person, fmt.Sprint("new ", n), at(time.Minute))
			return db.ApplyRecovery(ctx, recovery.Change{
				Now: at(time.Minute), Organisation: o.ID, Account: person.ID, BurnRenewal: renewal.ID, EndSessions: true,
				Use:    &credential.Use{Challenge: fmt.Sprint("challenge ", n), Until: at(10 * time.Minute)},
				Factor: &credential.FactorChange{Version: person.Version, Add: &k, RemovePassword: true},
			})
		})
		now := again(t, db, person)
		i, err := db.IssueByID(t.Context(), o.ID, secret.ID)
		must(t, err)
		if won != 1 || now.State != account.Active || now.Factors != (account.Factors{Passkeys: 1}) || i.Ended.IsZero() ||
			ends(t, db, renewal.ID) != session.Renewed || ends(t, db, other.ID) != session.Renewed {
			t.Errorf("%d won; %s, %+v, %v", won, now.State, now.Factors, i.Ended)
		}
		spent, err := db.Number(t.Context(), `select count(*) from spent`)
		must(t, err)
		if spent != 1 {
			t.Errorf("%d challenges are spent", spent)
		}
	})
}

// A password may stay beside the passkey that a renewal made; nothing more is asked of its owner then.
func TestARenewalByPasskeySettlesTheAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.MustRenew)
		k := passkey(person, "new", at(time.Minute))
		change := recovery.Change{
			Now: at(time.Minute), Organisation: o.ID, Account: person.ID,
			Factor: &credential.FactorChange{Version: person.Version + 1, Add: &k},
		}
		want(t, "another version", db.ApplyRecovery(t.Context(), change), fault.Stale)
		change.Factor.Version = person.Version
		must(t, db.ApplyRecovery(t.Context(), change))
		if now := again(t, db, person); now.MustRenew || !now.Factors.Password || now.Factors.Passkeys != 1 {
			t.Errorf("must renew %v, %+v", now.MustRenew, now.Factors)
		}
	})
}

// ATK-038: what a password proved before it was taken away holds no more, nor does any secret that was sent.
func TestATK038APasswordThatIsGoneOpensNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o, person := town(t, db, storetest.MustRenew)
		secret := give(t, db, person, "secret", start)
		person = alter(t, db, person, at(time.Minute), func(f *credential.FactorChange) { f.RemovePassword = true })
		hash, err := db.Hash(t.Context(), o.ID, person.ID)
		must(t, err)
		if hash != "" || person.Factors.Password || person.MustRenew || person.State != account.Active {
			t.Errorf("%q %+v %v %s", hash, person.Factors, person.MustRenew, person.State)
		}
		s := storetest.Session(person, session.Full, at(30*time.Second))
		err = db.ApplySignIn(t.Context(), signin.Change{
			Now: at(30 * time.Second), Organisation: o.ID, Account: person.ID, Open: &s,
		})
		want(t, "a sign-in that began before", err, fault.Stale)
		c, _ := burning(person, secret.ID, at(2*time.Minute))
		want(t, "the secret", db.ApplySignIn(t.Context(), c), fault.Stale)
	})
}

// A challenge is kept for as long as any node may take it for one that serves.
func TestPurgeForgetsChallengesThatAreOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		must(t, db.ApplyProfile(t.Context(), profile.Change{
			Now: start, Organisation: person.Organisation, Account: person.ID,
			Use: &credential.Use{Challenge: "challenge", Until: at(10 * time.Minute)},
		}))
		for _, try := range []struct {
			now   time.Duration
			taken int
		}{
			{-day, 0}, {10 * time.Minute, 0}, {12*time.Minute - time.Microsecond, 0}, {12 * time.Minute, 1},
			{13 * time.Minute, 0},
		} {
			taken, err := db.Purge(t.Context(), at(try.now))
			must(t, err)
			if taken != try.taken {
				t.Errorf("after %v %d rows went, want %d", try.now, taken, try.taken)
			}
		}
	})
}

// ATK-087: a code that a backup brings back may have been used since it was made.
func TestATK087RestoredCodesAreVoid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		must(t, db.BumpEpoch(t.Context(), at(time.Hour)))
		now := credential.AppStep(at(time.Hour))
		for what, try := range map[string]struct {
			use  credential.Use
			want error
		}{
			"a printed code":        {credential.Use{Printed: "38162-0"}, fault.Stale},
			"the code of now":       {credential.Use{Seed: "seed", Step: now}, fault.Stale},
			"that of a clock ahead": {credential.Use{Seed: "seed", Step: now + 1}, fault.Stale},
			"a passkey":             {answering("passkey of 38162", "challenge", 2), nil},
		} {
			c, _ := proving(person, try.use, at(time.Minute))
			want(t, what, db.ApplySignIn(t.Context(), c), try.want)
		}
		c, _ := proving(person, credential.Use{Seed: "seed", Step: now + 2}, at(time.Hour+time.Minute))
		must(t, db.ApplySignIn(t.Context(), c))
	})
}

func TestATK069FactorsOfAnotherOrganisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, person := town(t, db, storetest.Active)
		person = equip(t, db, person)
		school := storetest.School(t, db)
		manager := storetest.Person(t, db, school, storetest.Manager)
		pending := waiting(t, db, person, "")
		before := factors(t, db, person)
		stranger := person
		stranger.Organisation = school.ID
		for who, as := range map[string]account.Account{"the person there": stranger, "a manager there": manager} {
			for what, u := range map[string]credential.Use{
				"step": {Step: 101}, "printed": {Printed: "38162-0"}, "passkey": answering("passkey of 38162", "challenge", 2),
			} {
				c, _ := proving(as, u, at(time.Minute))
				want(t, who+" "+what, db.ApplySignIn(t.Context(), c), fault.Stale)
				c.Open = nil
				want(t, who+" "+what+" alone", db.ApplySignIn(t.Context(), c), fault.Stale)
			}
			err := db.ApplySignIn(t.Context(), signin.Change{
				Now: at(time.Minute), Organisation: school.ID, Account: as.ID, Pending: pending.ID,
			})
			want(t, who+" pending", err, fault.Stale)
			for what, fill := range map[string]func(*credential.FactorChange){
				"remove": func(f *credential.FactorChange) { f.Remove = "passkey of 38162" },
				"rename": func(f *credential.FactorChange) { f.Rename, f.Name = "passkey of 38162", "stolen" },
			} {
				want(t, who+" "+what, db.ApplyProfile(t.Context(), changing(as, at(time.Minute), fill)), fault.Stale)
			}
		}
		reset := changing(stranger, at(time.Minute), func(f *credential.FactorChange) { f.Reset = true })
		want(t, "reset", db.ApplyProfile(t.Context(), reset), fault.Stale)
		said := note(manager, audit.FactorsReset, start)
		err := db.ResetFactors(t.Context(), admin.Reset{
			Organisation: school.ID, Account: person.ID, Version: person.Version, Note: said,
		})
		want(t, "ResetFactors", err, fault.Missing)
		_, _, err = db.Passkey(t.Context(), school.ID, "passkey of 38162")
		want(t, "Passkey", err, fault.Missing)
		if f := factors(t, db, stranger); f.App != nil || len(f.Passkeys)+len(f.Codes) > 0 || f.Batch != "" {
			t.Errorf("another organisation's are found: %+v", f)
		}
		if diff := cmp.Diff(before, factors(t, db, person)); diff != "" || ends(t, db, pending.ID) != "" {
			t.Errorf("something was done in the name of another organisation: %s", diff)
		}
	})
}
