package store

import (
	"context"
	"fmt"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/help"
)

// helpColumns are a revision's, and the names of its author while the account is there.
const (
	helpColumns = `h.organisation, h.page, h.language, h.number, h.restores, h.author, h.at,
		coalesce(a.identifier, ''), coalesce(a.given_name, ''), coalesce(a.family_name, '')`
	helpRevisions = ` from help_revision h
		left join account a on a.organisation = h.organisation and a.id = h.author`
)

// helpRow reads helpColumns, and what a query adds to them.
func helpRow(scan func(...any) error, more ...any) (help.Revision, error) {
	var r help.Revision
	var author account.Account
	var at int64
	into := []any{&r.Organisation, &r.Page, &r.Language, &r.Number, &r.Restores, &r.Author, &at,
		&author.Identifier, &author.GivenName, &author.FamilyName}
	err := scan(append(into, more...)...)
	r.At, r.By = moment(at), author.Name()
	return r, err
}

// helpTexts reads revisions with their texts.
func (db *DB) helpTexts(ctx context.Context, rest string, args ...any) ([]help.Revision, error) {
	var all []help.Revision
	query := `select ` + helpColumns + `, h.text` + helpRevisions + rest
	err := db.read(ctx).each(query, args, func(scan func(...any) error) error {
		var text string
		r, err := helpRow(scan, &text)
		r.Text = text
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading help pages: %w", err)
	}
	return all, nil
}

// HelpNewest gives the newest revision of each help page that was ever changed in a language.
func (db *DB) HelpNewest(ctx context.Context, organisation, language string) ([]help.Revision, error) {
	return db.helpTexts(ctx, `
		where h.organisation = $1 and h.language = $2 and h.number = (
			select max(m.number) from help_revision m
			where m.organisation = h.organisation and m.page = h.page and m.language = h.language)`, organisation, language)
}

// HelpRevision gives one revision of a help page. It gives fault.Missing when there is none.
func (db *DB) HelpRevision(
	ctx context.Context, organisation, page, language string, number int64,
) (help.Revision, error) {
	all, err := db.helpTexts(ctx, `
		where h.organisation = $1 and h.page = $2 and h.language = $3 and h.number = $4`,
		organisation, page, language, number)
	if err != nil {
		return help.Revision{}, err
	}
	if len(all) == 0 {
		return help.Revision{}, fault.Missing
	}
	return all[0], nil
}

// HelpRevisions gives at most max revisions of a help page without their texts, newest first.
func (db *DB) HelpRevisions(
	ctx context.Context, organisation, page, language string, max int,
) ([]help.Revision, error) {
	var all []help.Revision
	query := `select ` + helpColumns + helpRevisions + `
		where h.organisation = $1 and h.page = $2 and h.language = $3 order by h.number desc limit $4`
	err := db.read(ctx).each(query, []any{organisation, page, language, max}, func(scan func(...any) error) error {
		r, err := helpRow(scan)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading help pages: %w", err)
	}
	return all, nil
}

// AddHelpRevision keeps a revision. It gives fault.Stale unless the one before it is the newest: of two that follow the
// same one, the key lets one in.
func (db *DB) AddHelpRevision(ctx context.Context, h help.Revision, note audit.Entry) error {
	err := db.write(ctx, func(r runner) error {
		err := r.guarded(`
			insert into help_revision (organisation, page, language, number, text, restores, author, at)
			select o.id, cast($2 as text), cast($3 as text), cast($4 as bigint), cast($5 as text), cast($6 as bigint),
				cast($7 as text), cast($8 as bigint)
			from organisation o
			where o.id = $1 and (
				select coalesce(max(m.number), 0) from help_revision m
				where m.organisation = $1 and m.page = $2 and m.language = $3) = cast($4 as bigint) - 1
			on conflict do nothing`,
			h.Organisation, h.Page, h.Language, h.Number, plain(h.Text), h.Restores, h.Author, stamp(h.At))
		if err != nil {
			return err
		}
		return r.note(note)
	})
	if err != nil {
		return fmt.Errorf("keeping a help page: %w", err)
	}
	return nil
}
