package profile

import (
	"context"

	"loquet/account"
	"loquet/organisation"
)

// AskVouched asks for a new address of somebody whom the desk has checked, as two operators agreed (desk.Unlocks). The
// table is that of AskAddress: the new address confirms, the old ones are told and can stop it, and it serves after the
// cooling-off. actor is whom the journal and the letters name. One that is in force or on its way already is no error.
func (f *Flow) AskVouched(
	ctx context.Context, o organisation.Organisation, target account.Account, actor string, kind Kind, typed string,
) (Answer, error) {
	address, ok := fold(kind, typed)
	if !ok {
		return Answer{State: Start, Why: Unfit}, nil
	}
	a := Actor{Organisation: o, Person: account.Account{ID: actor}}
	return f.askAnew(ctx, a, target, kind, address)
}
