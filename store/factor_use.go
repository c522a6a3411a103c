package store

import (
	"fmt"
	"time"

	"loquet/credential"
	"loquet/fault"
	"loquet/session"
)

// use lets a proof happen once. It gives fault.Stale, for the transaction to leave nothing behind, when the challenge
// was answered before or is over, when the passkey is gone or has counted as far already (WebAuthn L3 §7.2 step 22),
// and when the app code or the printed code was used (ATK-064). The caller holds the account.
func (r runner) use(organisation, account string, u credential.Use, now time.Time) error {
	if u.Challenge != "" {
		if err := r.spend(u.Challenge, u.Until, now); err != nil {
			return err
		}
	}
	if u.Passkey != "" {
		err := r.guarded(`
			update passkey set count = $4, backed_up = $5, used = $6
			where organisation = $1 and account = $2 and id = $3 and (count < $4 or count = 0 and $4 = 0)`,
			organisation, account, u.Passkey, int64(u.Count), u.BackedUp, stamp(now))
		if err != nil {
			return fmt.Errorf("using a passkey: %w", err)
		}
	}
	if u.Step != 0 {
		err := r.guarded(`
			update app set step = $3, used = $4 where organisation = $1 and account = $2 and step < $3 and seed = $5`,
			organisation, account, u.Step, stamp(now), u.Seed)
		if err != nil {
			return fmt.Errorf("using an app code: %w", err)
		}
	}
	if u.Printed != "" {
		err := r.guarded(`
			update printed set used = $4 where organisation = $1 and account = $2 and digest = $3 and used = 0`,
			organisation, account, u.Printed, stamp(now))
		if err != nil {
			return fmt.Errorf("using a printed code: %w", err)
		}
	}
	return nil
}

// spend answers a challenge, once for all nodes.
func (r runner) spend(challenge string, until, now time.Time) error {
	if !now.Before(until) {
		return fmt.Errorf("the challenge is over: %w", fault.Stale)
	}
	if err := r.spent(challenge, until); err != nil {
		return fmt.Errorf("answering a challenge: %w", err)
	}
	return nil
}

// spent notes that something has served. It gives fault.Stale when it had before.
func (r runner) spent(what string, until time.Time) error {
	return r.guarded(`insert into spent (challenge, until) values ($1, $2) on conflict do nothing`, what, micros(until))
}

// follow ends the session that waited for the second proof, and lets the session that it becomes take its place with
// the secret that had opened it, so that the same browser is known again when it sends that secret twice, and with what
// applications hold. It gives fault.Stale when the session does not wait any more.
func (r runner) follow(organisation, account, pending string, next *session.Session, now time.Time) error {
	err := r.burnStage(organisation, account, pending, session.Second, session.Replaced, now)
	if err != nil {
		return fmt.Errorf("ending what waited for a second proof: %w", err)
	}
	if next == nil {
		return r.followSession(organisation, pending, now)
	}
	_, err = r.exec(`
		update issue set opened_session = $4 where organisation = $1 and account = $2 and opened_session = $3`,
		organisation, account, pending, next.ID)
	if err != nil {
		return fmt.Errorf("handing a secret over: %w", err)
	}
	if err := r.handGrants(organisation, pending, *next); err != nil {
		return err
	}
	return r.followSession(organisation, pending, now)
}
