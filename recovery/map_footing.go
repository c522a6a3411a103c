package recovery

import (
	"time"

	"loquet/account"
	"loquet/organisation"
)

// Ripening is how old a number must be to prove a caller at the desk (ATK-076); the desk's own, which a test compares.
const Ripening = 7 * 24 * time.Hour

// Help is who stands around a person.
type Help struct {
	Managers int  // who stay and may help the person, without the person; two are all that count
	Desk     bool // the platform has operators enough
}

// Operators is how many operators make a desk: what matters takes two.
const Operators = 2

// FootingOf gives what a person stands on. Knowing the identifier and the password is taken for granted, for nobody can
// look; so is that a passkey's device recognises its person, as all but the plainest do, that people can come to the
// counter, and that a house has its papers. An open session is not counted, for it ends, nor is a slip. An address that
// letters came back from is no mailbox.
func FootingOf(person account.Account, policy organisation.Policy, help Help, now time.Time) Footing {
	manager, proofs := person.Role.Manager(), person.Factors
	f := Footing{
		Has: HasIdentifier | HasPresence, Manager: manager, Both: policy.Standing(person, now) == organisation.Both,
		Asks: proofs.Second || policy.SecondFor(person.Role).Asks(),
	}
	add := func(has Has, on bool) {
		if on {
			f.Has |= has
		}
	}
	for _, e := range person.Emails {
		add(HasMailbox, e.Proven && !e.Unreachable)
	}
	add(HasPassword, proofs.Password)
	add(HasMobile, ripe(person, now))
	add(HasPasskey, proofs.Passkeys > 0)
	add(HasApp, proofs.App)
	add(HasCodes, proofs.Codes > 0)
	add(HasColleague, help.Managers > 0)
	add(HasSecondManager, help.Managers > 1)
	add(HasDesk, help.Desk)
	add(HasPapers, manager)
	return f
}

// ripe says whether a person's mobile proves them at the desk.
func ripe(person account.Account, now time.Time) bool {
	return person.Mobile != "" && person.MobileProven && !person.MobileSince.IsZero() &&
		!now.Before(person.MobileSince.Add(Ripening))
}
