package help

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"loquet/audit"
	"loquet/fault"
)

// Article is a page as people read it.
type Article struct {
	Page
	Language string
	Title    string // plain words
	Body     string // HTML that holds no script, whatever was written: headings from the second level on
	Revision Revision
}

// List gives the pages that the actor may read, each with its title and without its body.
func (f *Flow) List(ctx context.Context, a Actor, language string) ([]Article, error) {
	return f.all(ctx, a, language, func(r Revision) (Article, error) {
		title := r
		title.Text, _, _ = strings.Cut(r.Text, "\n")
		article, err := a.article(title)
		article.Body, article.Revision = "", r
		return article, err
	})
}

// Whole gives the pages that the actor may read, to be printed one after the other.
func (f *Flow) Whole(ctx context.Context, a Actor, language string) ([]Article, error) {
	return f.all(ctx, a, language, a.article)
}

func (f *Flow) all(
	ctx context.Context, a Actor, language string, read func(Revision) (Article, error),
) ([]Article, error) {
	newest, err := f.Store.HelpNewest(ctx, a.Organisation.ID, language)
	if err != nil {
		return nil, fmt.Errorf("listing help pages: %w", err)
	}
	kept := map[string]Revision{}
	for _, r := range newest {
		kept[r.Page] = a.followed(r)
	}
	var all []Article
	for _, p := range Pages {
		if a.sees(p.Slug, language) != nil {
			continue
		}
		r, changed := kept[p.Slug]
		if !changed {
			r = origin(a, p.Slug, language)
		}
		article, err := read(r)
		if err != nil {
			return nil, err
		}
		all = append(all, article)
	}
	return all, nil
}

// Read gives a page. It gives fault.Missing for one that is not there, or not for this actor.
func (f *Flow) Read(ctx context.Context, a Actor, slug, language string) (Article, error) {
	if err := a.sees(slug, language); err != nil {
		return Article{}, err
	}
	r, err := f.current(ctx, a, slug, language)
	if err != nil {
		return Article{}, err
	}
	return a.article(r)
}

// Draft is a page as somebody wrote it.
type Draft struct {
	Page     string
	Language string
	Base     int64 // the number of the revision that the writer began from
	Text     string
}

// Written is what became of a draft.
type Written struct {
	Draft                // its text tidied
	Shown      Article   // how it reads; zero when Faults keep it from being shown
	Faults     []Fault   // what keeps it from being saved
	Saved      *Revision // nil when nothing was saved
	Meanwhile  *Revision // somebody has saved this one since Base: nothing was saved, and Base is its number now
	Difference []Line    // from what the writer began from to Meanwhile
	Current    Revision  // the text that is in force
}

// Open gives the text that is in force, to be written anew. It gives fault.Forbidden for whoever may not.
func (f *Flow) Open(ctx context.Context, a Actor, slug, language string) (Written, error) {
	if err := a.writes(slug, language); err != nil {
		return Written{}, err
	}
	r, err := f.current(ctx, a, slug, language)
	if err != nil {
		return Written{}, err
	}
	return Written{Draft: Draft{slug, language, r.Number, r.Text}, Current: r}, nil
}

// Preview shows how a draft reads, and what keeps it from being saved. It keeps nothing.
func (f *Flow) Preview(ctx context.Context, a Actor, d Draft) (Written, error) {
	written, err := f.Open(ctx, a, d.Page, d.Language)
	if err != nil {
		return Written{}, err
	}
	d.Text = tidy(d.Text)
	written.Draft = d
	if written.Faults, err = check(d.Text, a.world(d.Language)); err != nil {
		return Written{}, err
	}
	for _, wrong := range written.Faults {
		if wrong.Wrong == TooLong || wrong.Wrong == Empty {
			return written, nil
		}
	}
	written.Shown, err = a.article(Revision{
		Page: d.Page, Language: d.Language, Number: d.Base, Text: d.Text, Restores: Fresh,
	})
	return written, err
}

// Save keeps a draft as the next revision, when nobody has saved another one since its base.
func (f *Flow) Save(ctx context.Context, a Actor, d Draft) (Written, error) {
	return f.save(ctx, a, d, Fresh)
}

func (f *Flow) save(ctx context.Context, a Actor, d Draft, restores int64) (Written, error) {
	written, err := f.Preview(ctx, a, d)
	if err != nil {
		return Written{}, err
	}
	if written.Current.Number != d.Base {
		return f.overtaken(ctx, a, written)
	}
	if written.Draft.Text == written.Current.Text {
		written.Faults = append(written.Faults, Fault{Wrong: Unchanged})
	}
	if len(written.Faults) > 0 {
		return written, nil
	}
	next := Revision{
		Organisation: a.Organisation.ID, Page: d.Page, Language: d.Language, Number: d.Base + 1, Text: written.Draft.Text,
		Restores: restores, Author: a.Person.ID, By: a.Person.Name(), At: f.Now(),
	}
	err = f.Store.AddHelpRevision(ctx, next, a.note(next))
	if errors.Is(err, fault.Stale) {
		return f.overtaken(ctx, a, written)
	}
	if err != nil {
		return Written{}, fmt.Errorf("saving a help page: %w", err)
	}
	written.Saved = &next
	return written, nil
}

// overtaken tells a writer what has been saved since.
func (f *Flow) overtaken(ctx context.Context, a Actor, written Written) (Written, error) {
	base, err := f.revision(ctx, a, written.Page, written.Language, written.Base)
	if err != nil && !errors.Is(err, fault.Missing) {
		return Written{}, err
	}
	written.Current, err = f.current(ctx, a, written.Page, written.Language)
	if err != nil {
		return Written{}, err
	}
	current := written.Current
	written.Meanwhile, written.Difference, written.Base = &current, Differ(base.Text, current.Text), current.Number
	return written, nil
}

func (a Actor) note(r Revision) audit.Entry {
	return audit.Entry{
		Organisation: a.Organisation.ID, At: r.At, Act: audit.HelpChanged, Actor: a.Person.ID, Address: a.Browser.From(),
		Device: a.Browser.Device, Detail: fmt.Sprintf("%s %s %d", r.Page, r.Language, r.Number),
	}
}

// origin gives the text that comes with the program.
func origin(a Actor, slug, language string) Revision {
	return Revision{
		Organisation: a.Organisation.ID, Page: slug, Language: language, Number: Shipped, Restores: Fresh,
		Text: shipped(a.Organisation, slug, language),
	}
}

// followed gives a revision as it is in force: one that brought the shipped text back goes with what the program ships.
func (a Actor) followed(r Revision) Revision {
	if r.Restores == Shipped {
		r.Text = shipped(a.Organisation, r.Page, r.Language)
	}
	return r
}

// current gives the revision that is in force.
func (f *Flow) current(ctx context.Context, a Actor, slug, language string) (Revision, error) {
	newest, err := f.Store.HelpNewest(ctx, a.Organisation.ID, language)
	if err != nil {
		return Revision{}, fmt.Errorf("reading a help page: %w", err)
	}
	for _, r := range newest {
		if r.Page == slug {
			return a.followed(r), nil
		}
	}
	return origin(a, slug, language), nil
}

// revision gives one revision; fault.Missing for none.
func (f *Flow) revision(ctx context.Context, a Actor, slug, language string, number int64) (Revision, error) {
	if number == Shipped {
		return origin(a, slug, language), nil
	}
	r, err := f.Store.HelpRevision(ctx, a.Organisation.ID, slug, language, number)
	if err != nil && !errors.Is(err, fault.Missing) {
		err = fmt.Errorf("reading a revision of a help page: %w", err)
	}
	return r, err
}

func (a Actor) article(r Revision) (Article, error) {
	page, err := render(fill(r.Text, a.world(r.Language)), r.Page)
	if err != nil {
		return Article{}, err
	}
	article := Article{Language: r.Language, Title: page.title, Body: page.body, Revision: r}
	for _, p := range Pages {
		if p.Slug == r.Page {
			article.Page = p
		}
	}
	return article, nil
}
