package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"

	"loquet/application"
	"loquet/audit"
	"loquet/fault"
	"loquet/session"
)

// SaveGrant writes a grant: a new one when it has not been read.
func (k keeper) SaveGrant(ctx context.Context, g *goidc.Grant) error {
	c := callOf(ctx)
	h, known := c.held[g.ID]
	if !known {
		return k.open(ctx, c, g)
	}
	now := k.f.Now()
	var notes []audit.Entry
	if token := g.RefreshToken; token != "" && digest(token) != h.Grant.Token {
		h.Grant.Retired, h.Grant.Token = h.Grant.Token, digest(token)
	}
	if g.RevokedAt != 0 && h.Grant.Ended.IsZero() {
		h.Grant.Ended, h.Grant.Because = now, Returned
		act := audit.GrantReturned
		if c.redeems {
			h.Grant.Because, act = Replayed, audit.GrantReplayed
		}
		notes = append(notes, k.f.note(h.Grant, act, k.nameOf(ctx, g.ClientID), now))
	}
	h.Grant.Used = now
	err := k.write(ctx, &h, g, notes...)
	if errors.Is(err, fault.Stale) && g.RevokedAt != 0 && !c.redeems { // a refresh was faster: what that gave ends as well
		err = k.f.shut(ctx, h.Grant, notes...)
	}
	if err != nil {
		return lost(c.failed(err))
	}
	c.held[g.ID] = h
	return nil
}

// shut ends a grant as its Ended and Because say, also where it has changed since it was read: whoever takes something
// back must not lose against whoever uses it at that moment. One that has ended already stays as it is.
func (f *Flow) shut(ctx context.Context, g Grant, notes ...audit.Entry) error {
	ended, because := g.Ended, g.Because
	for range 5 {
		g.Ended, g.Because, g.Retired = ended, because, ""
		err := f.Store.SaveGrant(ctx, g, notes...)
		if !errors.Is(err, fault.Stale) {
			return wrap("ending a grant", err)
		}
		h, err := f.Store.Grant(ctx, g.Organisation, g.ID)
		if err != nil || !h.Grant.Ended.IsZero() {
			return wrap("reading a grant that ends", err)
		}
		g = h.Grant
	}
	return fault.Busy
}

func (k keeper) write(ctx context.Context, h *Held, g *goidc.Grant, notes ...audit.Entry) error {
	document, err := documentOf(g)
	if err != nil {
		return err
	}
	h.Grant.Document = document
	if err := k.f.Store.SaveGrant(ctx, h.Grant, notes...); err != nil {
		return err //nolint:wrapcheck // told apart by whoever asked
	}
	h.Grant.Version++
	h.Grant.Retired = ""
	return nil
}

// documentOf gives what is kept of a grant: no code, no token.
func documentOf(g *goidc.Grant) ([]byte, error) {
	kept := *g
	kept.AuthCode, kept.RefreshToken = "", ""
	document, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("writing a grant: %w", err)
	}
	return document, nil
}

// open writes a new grant. Its refresh token is made when its code is redeemed: until then nobody has it.
func (k keeper) open(ctx context.Context, c *call, g *goidc.Grant) error {
	now := k.f.Now()
	g.Store[inRefresh] = g.RefreshToken != ""
	document, err := documentOf(g)
	if err != nil {
		return err
	}
	n := Grant{
		ID: g.ID, Organisation: c.organisation.ID, Application: g.ClientID, Account: g.Subject,
		Family: text(g.Store, inFamily), SID: text(g.Store, inSID), Document: document, Code: digest(g.AuthCode),
		CodeUntil: now.Add(codeLives * time.Second), Opened: now, Used: now,
		Until: time.UnixMicro(number(g.Store, inUntil)),
	}
	if g.RefreshToken != "" {
		n.Until = later(n.Until, now.Add(refreshLives))
	}
	if err := k.f.Store.OpenGrant(ctx, n, k.f.note(n, audit.ApplicationEntered, k.nameOf(ctx, g.ClientID), now)); err != nil {
		c.ended = errors.Is(err, fault.Stale)
		return lost(c.failed(err))
	}
	k.f.used(ctx, c.organisation.ID, g.ClientID, now)
	return nil
}

// refreshLives is how long an application may go on by itself (ASVS 10.4.8): as long as a browser may be remembered.
const refreshLives = 30 * 24 * time.Hour

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Grant gives a grant by its ID, which access tokens carry.
func (k keeper) Grant(ctx context.Context, id string) (*goidc.Grant, error) {
	if id == "" {
		return nil, goidc.ErrNotFound
	}
	h, err := k.f.Store.Grant(ctx, callOf(ctx).organisation.ID, id)
	return k.take(ctx, h, err)
}

// GrantByAuthCode gives the grant of a code, used or not: the library refuses a used one, and has what it opened closed.
func (k keeper) GrantByAuthCode(ctx context.Context, code string) (*goidc.Grant, error) {
	h, err := k.f.Store.GrantByCode(ctx, callOf(ctx).organisation.ID, digest(code))
	g, err := k.take(ctx, h, err)
	switch {
	case err != nil:
		return nil, err
	case g.AuthCodeConsumedAt == 0 && !k.f.Now().Before(h.Grant.CodeUntil):
		return nil, goidc.NewError(goidc.ErrorCodeInvalidGrant, "it is over")
	case g.RevokedAt != 0: // the library's own word for it is one that RFC 6749 §5.2 does not know
		return nil, goidc.NewError(goidc.ErrorCodeInvalidGrant, "it is over")
	case g.AuthCodeConsumedAt == 0 && g.Store[inRefresh] == true:
		g.RefreshToken = newToken()
	}
	return g, nil
}

// GrantByRefreshToken gives the grant of a refresh token in force. One that was used comes from a thief, or goes to one:
// all that it opened is closed (RFC 9700 §4.14.2; OAU-04).
func (k keeper) GrantByRefreshToken(ctx context.Context, token string) (*goidc.Grant, error) {
	c := callOf(ctx)
	if c.refreshes = true; c.bearer != "" { // it is no access token (ATK-055)
		return nil, goidc.ErrNotFound
	}
	for range 3 {
		h, err := k.f.Store.GrantByToken(ctx, c.organisation.ID, digest(token))
		g, err := k.take(ctx, h, err)
		if err != nil || !h.Reused {
			return g, err
		}
		if !c.redeems {
			return nil, goidc.ErrNotFound
		}
		if g.RevokedAt != 0 {
			return g, nil
		}
		g.RevokedAt = int(k.f.Now().Unix())
		if err := k.SaveGrant(ctx, g); err == nil || c.broken != nil {
			return g, err
		} // somebody was faster with the token in force: what that gave is closed as well
	}
	return nil, goidc.ErrNotFound
}

// take gives a grant that was read as the library knows it: one that is not in force as a revoked one.
func (k keeper) take(ctx context.Context, h Held, err error) (*goidc.Grant, error) {
	c := callOf(ctx)
	if err != nil || len(h.Grant.Document) == 0 || h.Grant.forwards() {
		return nil, absent(c.failed(err))
	}
	var g goidc.Grant
	if err := json.Unmarshal(h.Grant.Document, &g); err != nil {
		return nil, fmt.Errorf("reading a grant: %w", err)
	}
	if g.Store == nil {
		g.Store = map[string]any{}
	}
	c.held[g.ID] = h
	in, err := k.inForce(ctx, h, g.Store)
	if err != nil {
		return nil, c.failed(err)
	}
	if !in && g.RevokedAt == 0 {
		g.RevokedAt = int(k.f.Now().Unix())
	}
	return &g, nil
}

// inForce is the one gate of codes, tokens and cookies: the grant, the account, and what the application's rule says of
// them now (ATK-022, ATK-039, ATK-051).
func (k keeper) inForce(ctx context.Context, h Held, store map[string]any) (bool, error) {
	now := k.f.Now()
	if !h.Grant.In(now) || !h.Person.Open(now) || h.Person.MustRenew {
		return false, nil
	}
	a, err := k.f.application(ctx, h.Grant.Organisation, h.Grant.Application)
	if err != nil {
		if errors.Is(err, fault.Missing) {
			return false, nil
		}
		return false, err
	}
	level := session.Level(text(store, inACR))
	if owesSecond(callOf(ctx).organisation.Policy, h.Person, level, now) {
		return false, nil
	}
	return a.Open() && a.Rule.Admits(h.Person, level) == application.Admitted, nil
}
