package help

import (
	"context"
	"fmt"

	"loquet/fault"
)

// mostListed is how many revisions a list shows. Older ones stay, and are reached one by one.
const mostListed = 200

// History is the revisions of a page.
type History struct {
	Current Article
	All     []Revision // newest first, the shipped text last; without their texts
}

// Revisions gives the revisions of a page, to whoever may write it.
func (f *Flow) Revisions(ctx context.Context, a Actor, slug, language string) (History, error) {
	if err := a.writes(slug, language); err != nil {
		return History{}, err
	}
	current, err := f.Read(ctx, a, slug, language)
	if err != nil {
		return History{}, err
	}
	all, err := f.Store.HelpRevisions(ctx, a.Organisation.ID, slug, language, mostListed)
	if err != nil {
		return History{}, fmt.Errorf("listing revisions of a help page: %w", err)
	}
	shipped := origin(a, slug, language)
	shipped.Text = ""
	return History{current, append(all, shipped)}, nil
}

// Compared is one revision beside another.
type Compared struct {
	Revision   Revision
	Shown      Article
	With       Revision // the one it is compared with
	Difference []Line   // from With to Revision
	Newest     int64    // the number of the one in force
	Title      string   // of the page as it is in force
}

// Compare gives a revision and what differs from another one; with less than 0 stands for the one before it. It gives
// fault.Missing when either is not there.
func (f *Flow) Compare(ctx context.Context, a Actor, slug, language string, number, with int64) (Compared, error) {
	if err := a.writes(slug, language); err != nil {
		return Compared{}, err
	}
	current, err := f.Read(ctx, a, slug, language)
	if err != nil {
		return Compared{}, err
	}
	if with < 0 {
		with = max(Shipped, number-1)
	}
	c := Compared{Newest: current.Revision.Number, Title: current.Title}
	if c.Revision, err = f.revision(ctx, a, slug, language, number); err != nil {
		return Compared{}, err
	}
	if c.With, err = f.revision(ctx, a, slug, language, with); err != nil {
		return Compared{}, err
	}
	c.Difference = Differ(c.With.Text, c.Revision.Text)
	c.Shown, err = a.article(c.Revision)
	return c, err
}

// Restore brings a revision back as the next one, when nobody has saved another one since base.
func (f *Flow) Restore(ctx context.Context, a Actor, slug, language string, number, base int64) (Written, error) {
	if err := a.writes(slug, language); err != nil {
		return Written{}, err
	}
	if number < Shipped {
		return Written{}, fault.Missing
	}
	r, err := f.revision(ctx, a, slug, language, number)
	if err != nil {
		return Written{}, err
	}
	return f.save(ctx, a, Draft{slug, language, base, r.Text}, number)
}
