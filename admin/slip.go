package admin

import (
	"context"
	"errors"

	"loquet/courier"
	"loquet/fault"
	"loquet/organisation"
	"loquet/session"
)

// PrintSlip gives the paper with which somebody who stands at the counter chooses a password (F12; field situation 71):
// nobody but that person ever knows the password (ATK-071). seen says that the manager has looked at an identity paper;
// IdentityUnseen comes back without it.
//
// It gives fault.Forbidden to whoever may not: for oneself, for another manager, who is helped by letter or at the desk,
// and without a fresh proof (ATK-065); limit.Over after too many. A manager who has a second proof must have given it in
// this session, as for ResetFactors.
func (f *Flow) PrintSlip(ctx context.Context, a Actor, id string, seen bool) (courier.Slip, []Fault, error) {
	target, last, err := f.target(ctx, a, id)
	if err != nil {
		return courier.Slip{}, nil, err
	}
	now := f.Now()
	switch {
	case !organisation.MayDo(a.Person, organisation.PrintSlip, target, last),
		!a.Session.Proven(now, session.FreshForTeam+proofGrace):
		return courier.Slip{}, nil, fault.Forbidden
	case a.Organisation.Policy.Standing(a.Person, now) == organisation.Both && a.Session.Level() != session.Two:
		return courier.Slip{}, []Fault{OneProof}, nil
	case !seen:
		return courier.Slip{}, []Fault{IdentityUnseen}, nil
	}
	slip, err := f.Access.PrintSlip(ctx, a.Organisation, target, a.Person, a.Browser)
	if errors.Is(err, fault.Forbidden) {
		return courier.Slip{}, []Fault{SlipOfClosed}, nil
	}
	return slip, nil, wrap("printing a slip", err)
}
