package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

const organisationColumns = `o.id, o.slug, o.name, o.preset, o.wording, o.language, o.time_zone, o.policy, o.contact,
	o.legal, o.appearance, o.news, o.tiles, o.offices, o.version`

// parts gives the parts of an organisation that are kept as JSON, in the order of their columns.
func parts(o *organisation.Organisation) []any {
	return []any{&o.Policy, &o.Contact, &o.Legal, &o.Appearance, &o.News, &o.Tiles, &o.Offices}
}

func scanOrganisation(scan func(...any) error) (organisation.Organisation, error) {
	var o organisation.Organisation
	kept := parts(&o)
	texts := make([]string, len(kept))
	into := []any{&o.ID, &o.Slug, &o.Name, &o.Preset, &o.Wording, &o.Language, &o.TimeZone}
	for i := range texts {
		into = append(into, &texts[i])
	}
	if err := scan(append(into, &o.Version)...); err != nil {
		return o, err
	}
	for i, part := range kept {
		if err := fromJSON(texts[i], part); err != nil {
			return o, err
		}
	}
	return o, nil
}

// organisations reads the organisations that the rest of a query picks, with their hosts.
func (r runner) organisations(rest string, args ...any) ([]organisation.Organisation, error) {
	var all []organisation.Organisation
	place := map[string]int{}
	err := r.each(`select `+organisationColumns+` from organisation o `+rest, args, func(scan func(...any) error) error {
		o, err := scanOrganisation(scan)
		place[o.ID] = len(all)
		all = append(all, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading organisations: %w", err)
	}
	hosts := `select h.name, h.organisation from host h order by h.organisation, h.position`
	args = nil
	if len(all) == 1 {
		hosts = `select h.name, h.organisation from host h where h.organisation = $1 order by h.position`
		args = []any{all[0].ID}
	}
	err = r.each(hosts, args, func(scan func(...any) error) error {
		var name, id string
		err := scan(&name, &id)
		if i, ok := place[id]; ok {
			all[i].Hosts = append(all[i].Hosts, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading host names: %w", err)
	}
	return all, nil
}

func (r runner) organisation(rest string, args ...any) (organisation.Organisation, error) {
	all, err := r.organisations(rest, args...)
	if err != nil {
		return organisation.Organisation{}, err
	}
	if len(all) == 0 {
		return organisation.Organisation{}, fault.Missing
	}
	return all[0], nil
}

// Organisation gives an organisation by its ID. It gives fault.Missing when there is none.
func (db *DB) Organisation(ctx context.Context, id string) (organisation.Organisation, error) {
	return db.read(ctx).organisation(`where o.id = $1`, id)
}

// OrganisationBySlug gives an organisation by its short name. It gives fault.Missing when there is none.
func (db *DB) OrganisationBySlug(ctx context.Context, slug string) (organisation.Organisation, error) {
	return db.read(ctx).organisation(`where o.slug = $1`, slug)
}

// OrganisationByHost gives the organisation that answers on a host, a name with its port where that is not the scheme's
// own. It gives fault.Missing when none does.
func (db *DB) OrganisationByHost(ctx context.Context, host string) (organisation.Organisation, error) {
	return db.read(ctx).organisation(`join host w on w.organisation = o.id where w.name = $1`, strings.ToLower(host))
}

// Organisations gives every organisation but the platform, in the order of their short names.
func (db *DB) Organisations(ctx context.Context) ([]organisation.Organisation, error) {
	return db.read(ctx).organisations(`where o.slug <> $1 order by o.slug`+db.dialect.bytewise, organisation.PlatformSlug)
}

// Platform gives the operators' organisation (ADR-0021). It gives fault.Missing when there is none yet.
func (db *DB) Platform(ctx context.Context) (organisation.Organisation, error) {
	return db.OrganisationBySlug(ctx, organisation.PlatformSlug)
}

// Operators counts the operators on whom the platform can count: active, and not about to leave.
func (db *DB) Operators(ctx context.Context) (n int, err error) {
	err = db.read(ctx).one([]any{&n}, `
		select count(*) from account a where a.organisation = $1 and a.role = $2 and a.state = $3 and a.leaves = 0`,
		organisation.PlatformID, string(account.Operator), string(account.Active))
	if err != nil {
		return 0, fmt.Errorf("counting operators: %w", err)
	}
	return n, nil
}

// CreateOrganisation creates an organisation with its documents and the first entry of its journal, at the time of that
// entry. It gives ErrTaken for a slug or a host that another has.
func (db *DB) CreateOrganisation(
	ctx context.Context, o organisation.Organisation, files []File, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		if o.ID == "" {
			return errors.New("creating an organisation: it has no ID")
		}
		args, err := organisationArgs(o)
		if err != nil {
			return err
		}
		rows, err := r.exec(`
			insert into organisation (id, slug, name, preset, wording, language, time_zone, policy, contact, legal, appearance,
				news, tiles, offices, version, created)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15)
			on conflict do nothing`, append(args, stamp(note.At))...)
		if err != nil {
			return fmt.Errorf("creating an organisation: %w", err)
		}
		if rows == 0 {
			return ErrTaken{"slug", o.Slug}
		}
		if _, err := r.exec(`
			insert into journal_head (organisation, number, chain, base_number, base_chain) values ($1, 0, '', 0, '')`, o.ID); err != nil {
			return fmt.Errorf("beginning a journal: %w", err)
		}
		if err := r.host(o); err != nil {
			return err
		}
		if err := r.file(o.ID, files); err != nil {
			return err
		}
		return r.note(note)
	})
}

func organisationArgs(o organisation.Organisation) ([]any, error) {
	args := []any{o.ID, o.Slug, o.Name, string(o.Preset), string(o.Wording), o.Language, o.TimeZone}
	for _, part := range parts(&o) {
		text, err := asJSON(part)
		if err != nil {
			return nil, err
		}
		args = append(args, text)
	}
	return args, nil
}

func (r runner) host(o organisation.Organisation) error {
	for i, name := range o.Hosts {
		rows, err := r.exec(`
			insert into host (name, organisation, position) values ($1, $2, $3) on conflict (name) do nothing`,
			strings.ToLower(name), o.ID, i)
		if err != nil {
			return fmt.Errorf("naming a host: %w", err)
		}
		if rows == 0 {
			return ErrTaken{"host", name}
		}
	}
	return nil
}

// UpdateOrganisation changes an organisation that was read before, hosts included. It gives fault.Stale when it has
// changed since, or is not there; ErrTaken for a slug or a host that another has.
func (db *DB) UpdateOrganisation(ctx context.Context, o organisation.Organisation, note audit.Entry) error {
	err := db.write(ctx, func(r runner) error {
		args, err := organisationArgs(o)
		if err != nil {
			return err
		}
		err = r.guarded(`
			update organisation set slug = $2, name = $3, preset = $4, wording = $5, language = $6, time_zone = $7, policy = $8,
				contact = $9, legal = $10, appearance = $11, news = $12, tiles = $13, offices = $14, version = version + 1
			where id = $1 and version = $15`, append(args, o.Version)...)
		if db.dialect.unique(err) {
			return ErrTaken{"slug", o.Slug}
		}
		if err != nil {
			return err
		}
		if _, err := r.exec(`delete from host where organisation = $1`, o.ID); err != nil {
			return err
		}
		if err := r.host(o); err != nil {
			return err
		}
		return r.note(note)
	})
	if err != nil {
		return fmt.Errorf("changing an organisation: %w", err)
	}
	return nil
}
