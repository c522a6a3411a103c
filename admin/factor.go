package admin

import (
	"context"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// proofGrace is added to the age of a proof here: a form that was judged fresh may wait for a hash before its act goes
// on.
const proofGrace = time.Minute

// Reset is what taking away somebody's second proofs leads to.
type Reset struct {
	Organisation, Account string
	Version               int64 // of the account that this was decided on, guarded
	// GraceOver says that the time to set up a second proof has been had: the policy asks one, and there was one. The next
	// sign-in leads to the set-up then (ADR-0019).
	GraceOver bool
	Letters   []courier.Item
	Note      audit.Entry
}

// ResetFactors takes away every second proof of a person who has lost them, and signs the person out everywhere: what
// they set up anew is theirs (ADR-0019). The password stays, and stays unknown to the manager (ATK-071); every proven
// address is told who did it. version is that of the account as the manager saw it: fault.Stale when it has changed
// since, for the person may have set up new proofs meanwhile.
//
// It gives fault.Forbidden to whoever may not, for oneself too (ATK-072), and without a fresh proof (ATK-065). A
// manager who has a second proof must have given it in this session: one proof alone must not take two from somebody
// else (NIST SP 800-63B-4 §4.1.2.1).
func (f *Flow) ResetFactors(ctx context.Context, a Actor, id string, version int64) ([]Fault, error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return nil, err
	}
	now := f.Now()
	switch {
	case !organisation.MayDo(a.Person, organisation.ResetFactors, target, last),
		!a.Session.Proven(now, session.FreshForTeam+proofGrace):
		return nil, fault.Forbidden
	case a.Organisation.Policy.Standing(a.Person, now) == organisation.Both && a.Session.Level() != session.Two:
		return []Fault{OneProof}, nil
	case target.Version != version:
		return nil, fault.Stale
	case !target.Factors.Any() && !target.Factors.Second:
		return []Fault{NoFactors}, nil
	}
	said := courier.FactorSaid{What: audit.FactorsReset, AskedBy: a.Person.Name(), Device: a.Browser.Device, Asked: now}
	note := a.note(audit.FactorsReset, id, "", now)
	return nil, wrap("resetting second proofs", f.reset(ctx, a.Organisation, target, said, note))
}

// RescueFactors is ResetFactors by whoever runs the machine, for the person whom nobody else can help: the last manager
// who has lost everything. It gives the number of addresses that are told, and NoFactors where there is nothing to
// take; fault.Missing for nobody, fault.Stale when the account changed in the same moment.
func (f *Flow) RescueFactors(
	ctx context.Context, o organisation.Organisation, id string,
) (told int, found []Fault, err error) {
	target, err := f.Store.Account(ctx, o.ID, id)
	if err != nil {
		return 0, nil, wrap("reading a person", err)
	}
	if !target.Factors.Any() && !target.Factors.Second {
		return 0, []Fault{NoFactors}, nil
	}
	now := f.Now()
	note := audit.Entry{Organisation: o.ID, At: now, Act: audit.FactorsReset, Actor: audit.System, Target: id}
	err = f.reset(ctx, o, target, courier.FactorSaid{What: audit.FactorsReset, Asked: now}, note)
	return len(target.RecoveryEmails()), nil, wrap("resetting second proofs", err)
}

// ResetVouched is ResetFactors for somebody whom the desk has checked, as two operators agreed (desk.Unlocks); actor is
// whom the journal names. Nothing to take is no error.
func (f *Flow) ResetVouched(
	ctx context.Context, o organisation.Organisation, target account.Account, actor string,
) error {
	if !target.Factors.Any() && !target.Factors.Second {
		return nil
	}
	now := f.Now()
	said := courier.FactorSaid{What: audit.FactorsReset, Asked: now}
	said.AskedBy, _ = audit.OperatorOf(actor)
	note := audit.Entry{Organisation: o.ID, At: now, Act: audit.FactorsReset, Actor: actor, Target: target.ID}
	return wrap("resetting second proofs", f.reset(ctx, o, target, said, note))
}

// reset has the store do it, in the version of the account that was read, and promises the letters with it (NIST SP
// 800-63B-4 §4.6).
func (f *Flow) reset(
	ctx context.Context, o organisation.Organisation, target account.Account, said courier.FactorSaid, note audit.Entry,
) error {
	return f.Store.ResetFactors(ctx, Reset{
		Organisation: target.Organisation, Account: target.ID, Version: target.Version, Note: note,
		GraceOver: o.Policy.SecondFor(target.Role).Asks(), Letters: said.Items(target, f.NewID),
	})
}
