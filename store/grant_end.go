package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loquet/audit"
	"loquet/courier"
	"loquet/fault"
	"loquet/oidc"
	"loquet/session"
)

// wantsNotice says, of the grant that a statement changes, whether its application is told when it ends.
const wantsNotice = `coalesce((
	select p.back_channel <> '' from application p
	where p.organisation = oidc_grant.organisation and p.id = oidc_grant.application), false)`

// promise puts the notice that a grant has ended into the outbox. It names the grant; what is said is read when it goes
// out.
func (r runner) promise(g oidc.Grant, now time.Time) error {
	payload, err := asJSON(oidc.Notice{Grant: g.ID})
	if err != nil {
		return err
	}
	return r.queue(courier.Item{
		ID: NewID(), Organisation: g.Organisation, Account: g.Account, Kind: courier.LogoutNotice,
		Payload: []byte(payload), Created: now, Due: now, Expires: now.Add(courier.LongestNotice),
	})
}

// endGrants ends the grants of an organisation that a condition picks, whose arguments begin with $4, and gives how
// many there were. Each application that wants to know is promised one notice of each of its SIDs, in the same
// transaction: who has entered one five times signs out of it once.
func (r runner) endGrants(
	organisation string, because oidc.End, now time.Time, where string, args ...any,
) (int, error) {
	n := 0
	notices := map[[3]string]oidc.Grant{}
	err := r.each(`
		update oidc_grant set ended_because = $2, ended = $3, finished = $3, version = version + 1
		where organisation = $1 and ended = 0 and `+where+`
		returning id, account, application, sid, `+wantsNotice,
		append([]any{organisation, string(because), stamp(now)}, args...), func(scan func(...any) error) error {
			g := oidc.Grant{Organisation: organisation}
			var back bool
			err := scan(&g.ID, &g.Account, &g.Application, &g.SID, &back)
			n++
			if back && because.Told() {
				notices[[3]string{g.Account, g.Application, g.SID}] = g
			}
			return err
		})
	if err != nil {
		return 0, fmt.Errorf("ending what applications hold: %w", err)
	}
	for _, g := range notices {
		if err := r.promise(g, now); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// deserted picks the grants whose family has no open session.
const deserted = `not exists (
	select 1 from session s
	where s.organisation = $1 and s.account = oidc_grant.account and s.ended = 0
		and (s.family = oidc_grant.family or s.id = oidc_grant.family))`

// ofSession picks the grants of the family of the session $4.
const ofSession = `account = (select o.account from session o where o.organisation = $1 and o.id = $4)
	and family = (
		select case when o.family = '' then o.id else o.family end from session o where o.organisation = $1 and o.id = $4)`

// followSession ends what applications hold of a session that has ended, unless one of its family is open.
func (r runner) followSession(organisation, id string, now time.Time) error {
	_, err := r.endGrants(organisation, oidc.SignedOut, now, ofSession+` and `+deserted, id)
	return err
}

// handGrants lets a session hold what applications hold of another one of the same account, which it takes the place of
// in the same browser: whoever proves once more who they are is the same person everywhere. What waits for another step
// of the sign-in takes it as well, to hand it on; a renewal does not, as it ends what was before.
func (r runner) handGrants(organisation, from string, to session.Session) error {
	if to.Stage == session.Renewal {
		return nil
	}
	_, err := r.exec(`
		update oidc_grant set family = $2
		where organisation = $1 and account = $3 and family <> $2 and `+ofSession,
		organisation, to.Family, to.Account, from)
	if err != nil {
		return fmt.Errorf("handing over what applications hold: %w", err)
	}
	return nil
}

// eraseGrants ends what applications hold of an account that is gone, and keeps no more of it than it takes to tell
// them.
func (r runner) eraseGrants(organisation, account string, now time.Time) error {
	if _, err := r.endGrants(organisation, oidc.SignedOut, now, `account = $4`, account); err != nil {
		return err
	}
	_, err := r.exec(`
		delete from oidc_token where oidc_grant in (
			select id from oidc_grant where organisation = $1 and account = $2)`, organisation, account)
	if err != nil {
		return fmt.Errorf("erasing retired tokens: %w", err)
	}
	_, err = r.exec(`update oidc_grant set document = $3, code = '', token = '' where organisation = $1 and account = $2`,
		organisation, account, octets(nil))
	if err != nil {
		return fmt.Errorf("erasing grants: %w", err)
	}
	return nil
}

// EndGrants ends, at the time of the note, what an application holds of an account, and takes its consent away; the
// application, if it wants to know, is promised a notice. Nothing happens when there is nothing, and the journal stays
// silent.
func (db *DB) EndGrants(
	ctx context.Context, organisation, account, application string, because oidc.End, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		if err := r.hold(organisation, account); err != nil {
			return nothing(err)
		}
		n, err := r.endGrants(organisation, because, note.At, `account = $4 and application = $5`, account, application)
		if err != nil {
			return err
		}
		had, err := r.withdraw(organisation, account, application)
		if err != nil || n == 0 && !had {
			return err
		}
		return r.note(note)
	})
}

// endFamily ends the open sessions of a family, and gives how many there were.
func (r runner) endFamily(organisation, account, family string, because session.End, now time.Time) (int64, error) {
	rows, err := r.exec(`
		update session set ended = $4, ended_because = $5
		where organisation = $1 and account = $2 and (family = $3 or id = $3) and ended = 0`,
		organisation, account, family, stamp(now), string(because))
	if err != nil {
		return 0, fmt.Errorf("closing a family of sessions: %w", err)
	}
	return rows, nil
}

func (r runner) endGrantsOfFamily(organisation, account, family string, now time.Time) (int, error) {
	return r.endGrants(organisation, oidc.SignedOut, now, `account = $4 and family = $5`, account, family)
}

// nothing makes no fault of what is not there.
func nothing(err error) error {
	if errors.Is(err, fault.Missing) || errors.Is(err, fault.Stale) {
		return nil
	}
	return err
}
