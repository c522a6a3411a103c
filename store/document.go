package store

import (
	"context"
	"encoding/base64"
	"fmt"

	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

// File is a document with what is in it. Its Size is not looked at.
type File struct {
	organisation.Document
	Body []byte
}

const documentColumns = `id, title, file, media, size, guide`

func documentInto(d *organisation.Document) []any {
	return []any{&d.ID, &d.Title, &d.File, &d.Media, &d.Size, &d.Guide}
}

func (r runner) file(organisation string, files []File) error {
	for i, f := range files {
		if err := r.keepFile(organisation, f, i); err != nil {
			return err
		}
	}
	return nil
}

func (r runner) keepFile(organisation string, f File, place int) error {
	_, err := r.exec(`
		insert into document (organisation, `+documentColumns+`, body, position)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		organisation, f.ID, plain(f.Title), plain(f.Document.File), plain(f.Media), len(f.Body), f.Guide,
		base64.StdEncoding.EncodeToString(f.Body), place)
	if err != nil {
		return fmt.Errorf("keeping a document: %w", err)
	}
	return nil
}

// Documents gives what an organisation has for download, in its order, without what is in it.
func (db *DB) Documents(ctx context.Context, id string) ([]organisation.Document, error) {
	var all []organisation.Document
	query := `select ` + documentColumns + ` from document where organisation = $1 order by position`
	err := db.read(ctx).each(query, []any{id}, func(scan func(...any) error) error {
		var d organisation.Document
		err := scan(documentInto(&d)...)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	return all, nil
}

// AddDocument puts a document behind the others. A Guide takes the place of the one before, which stays as a
// document. It gives fault.Missing for no organisation.
func (db *DB) AddDocument(
	ctx context.Context, id string, d organisation.Document, body []byte, note audit.Entry,
) error {
	return db.write(ctx, func(r runner) error {
		if err := r.alone(id); err != nil {
			return err
		}
		if d.Guide {
			_, err := r.exec(`update document set guide = false where organisation = $1 and guide = true`, id)
			if err != nil {
				return fmt.Errorf("replacing the guide: %w", err)
			}
		}
		var place int
		err := r.one([]any{&place}, `select coalesce(max(position), -1) + 1 from document where organisation = $1`, id)
		if err != nil {
			return fmt.Errorf("finding a place for a document: %w", err)
		}
		if err := r.keepFile(id, File{d, body}, place); err != nil {
			return err
		}
		return r.note(note)
	})
}

// RemoveDocument gives fault.Missing when the organisation has none of this ID.
func (db *DB) RemoveDocument(ctx context.Context, id, document string, note audit.Entry) error {
	return db.write(ctx, func(r runner) error {
		rows, err := r.exec(`delete from document where organisation = $1 and id = $2`, id, document)
		if err != nil {
			return fmt.Errorf("removing a document: %w", err)
		}
		if rows == 0 {
			return fault.Missing
		}
		return r.note(note)
	})
}

// Document gives one document and what is in it. It gives fault.Missing when there is none in this organisation.
func (db *DB) Document(ctx context.Context, id, document string) (organisation.Document, []byte, error) {
	var d organisation.Document
	var text string
	err := db.read(ctx).one(append(documentInto(&d), &text),
		`select `+documentColumns+`, body from document where organisation = $1 and id = $2`, id, document)
	if err != nil {
		return organisation.Document{}, nil, err
	}
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return organisation.Document{}, nil, fmt.Errorf("reading a document: %w", err)
	}
	return d, body, nil
}
