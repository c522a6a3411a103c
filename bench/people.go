package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/house"
	"loquet/organisation"
	"loquet/store"
)

// The people of the bench: the first ones sign in, the others have forgotten their password.
const (
	residents = 64
	burst     = 1000
	paced     = 500
	everybody = residents + burst + paced
)

const password = "Lilas-Bleu-74"

func identifier(i int) string { return strconv.Itoa(30000 + i) }
func mailbox(i int) string    { return fmt.Sprintf("famille%d@boites.example", i) }

// populate makes an organisation and its people, as the product would.
func (r *run) populate() (err error) {
	h, err := house.Open(r.ctx, r.settings, slog.New(slog.DiscardHandler))
	if err != nil {
		return err //nolint:wrapcheck // one clear sentence already
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if all, err := h.DB.Organisations(r.ctx); err != nil || len(all) > 0 {
		return errors.Join(err, errors.New("the database has organisations in it; give an empty one"))
	}
	preset := organisation.PortailFamille
	o := organisation.Organisation{
		ID: store.NewID(), Slug: "famille", Name: "Ville de Saint-Loup", Hosts: []string{host}, Preset: preset,
		Wording: preset.Wording(), Language: "fr", TimeZone: organisation.DefaultZone, Policy: preset.Policy(),
		Appearance: organisation.Appearance{Colour: "#1f6f5c"},
	}
	note := audit.Entry{Organisation: o.ID, At: time.Now(), Act: audit.OrganisationCreated, Actor: audit.System}
	if err := h.DB.CreateOrganisation(r.ctx, o, nil, note); err != nil {
		return fmt.Errorf("creating the organisation: %w", err)
	}
	if err := r.register(h, o); err != nil {
		return err
	}
	hash, err := h.Hasher.Hash(r.ctx, password)
	if err != nil {
		return err //nolint:wrapcheck // says what it was doing
	}
	people := make([]store.NewAccount, everybody)
	for i := range people {
		people[i] = store.NewAccount{
			Account: account.Account{
				ID: store.NewID(), Organisation: o.ID, Identifier: identifier(i), FamilyName: "Durand", Role: account.Famille,
				State: account.Active, Emails: []account.Email{{Address: mailbox(i), Proven: true}},
			},
			Hash: hash,
		}
		people[i].Note = audit.Entry{
			Organisation: o.ID, At: note.At, Act: audit.AccountCreated, Actor: audit.System, Target: people[i].Account.ID,
		}
	}
	return h.DB.CreateAccounts(r.ctx, people) //nolint:wrapcheck // says what it was doing
}

// enter is the sign-in form of a resident.
func enter(i int) []byte {
	return post("/signin", "", url.Values{"identifier": {identifier(i % residents)}, "password": {password}})
}

// session signs a resident in and gives the cookie.
func (r *run) session(ctx context.Context) (string, error) {
	c, err := dial(ctx, r.product.address)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // nothing is left in it
	a, err := c.ask(enter(0), false)
	if err == nil && a.cookie == "" {
		err = fmt.Errorf("signing in is answered with %d", a.status)
	}
	return a.cookie, err
}
