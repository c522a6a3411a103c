package house

import (
	"context"
	"net"

	"loquet/account"
	"loquet/admin"
	"loquet/organisation"
	"loquet/profile"
	"loquet/recovery"
)

// vouched is what the desk starts in other flows.
type vouched struct {
	*recovery.Flow // SendAccess
	profile        *profile.Flow
	admin          *admin.Flow
}

func (v vouched) AskAddress(
	ctx context.Context, o organisation.Organisation, p account.Account, actor string, mobile bool, address string,
) error {
	kind := profile.Email
	if mobile {
		kind = profile.Mobile
	}
	_, err := v.profile.AskVouched(ctx, o, p, actor, kind, address)
	return err //nolint:wrapcheck // the flow says what it was doing
}

func (v vouched) ResetFactors(
	ctx context.Context, o organisation.Organisation, p account.Account, actor string,
) error {
	return v.admin.ResetVouched(ctx, o, p, actor) //nolint:wrapcheck // the flow says what it was doing
}

// bound gives the host that a code in a text message is bound to: that of the pages where it is typed, without its port.
func bound(hosts []string) string {
	if len(hosts) == 0 {
		return ""
	}
	if name, _, err := net.SplitHostPort(hosts[0]); err == nil {
		return name
	}
	return hosts[0]
}
