package web

import (
	"context"

	"loquet/desk"
	"loquet/organisation"
	"loquet/session"
)

// Desk is the flow that helps callers. Of a case that there is not it gives fault.Missing, of one on which somebody else
// has worked meanwhile fault.Stale, and of one rate too many limit.Over.
type Desk interface {
	Board(ctx context.Context, op desk.Operator) (desk.Board, error)
	Organisations(ctx context.Context, op desk.Operator, typed string) ([]organisation.Organisation, error)
	Open(ctx context.Context, op desk.Operator, o desk.Opening) (desk.Case, []desk.Fault, error)
	View(ctx context.Context, op desk.Operator, ref desk.Ref) (desk.View, error)
	Find(ctx context.Context, op desk.Operator, ref desk.Ref, typed string) ([]desk.Seen, []desk.Fault, error)
	Name(ctx context.Context, op desk.Operator, ref desk.Ref, account string) ([]desk.Fault, error)
	Check(ctx context.Context, op desk.Operator, ref desk.Ref, do desk.Checking, code string, papers desk.Papers) (
		desk.Outcome, error)
	Propose(ctx context.Context, op desk.Operator, ref desk.Ref, p desk.Proposal) (desk.Outcome, error)
	Second(ctx context.Context, op desk.Operator, ref desk.Ref, deed string) (desk.Outcome, error)
	Withdraw(ctx context.Context, op desk.Operator, ref desk.Ref, deed string) (desk.Outcome, error)
	Close(ctx context.Context, op desk.Operator, ref desk.Ref) (desk.Outcome, error)

	LookObjection(ctx context.Context, o organisation.Organisation, token string) (desk.Objection, error)
	Object(ctx context.Context, o organisation.Organisation, token string, b session.Browser) (desk.Objection, error)
}
