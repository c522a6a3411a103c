package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"loquet/admin"
	"loquet/audit"
)

// JournalPage gives entries of an organisation's journal, the newest first. Each question that the filter asks has an
// index in the order of the numbers; what they answer is put together here.
func (db *DB) JournalPage(
	ctx context.Context, organisation string, f admin.JournalFilter,
) ([]audit.Entry, error) {
	r := db.read(ctx)
	var all []audit.Entry
	for _, s := range journalSources(f) {
		q := newQuery(organisation)
		q.WriteString(`select ` + journalColumns + ` from journal j where j.organisation = $1`)
		if s.column != "" {
			fmt.Fprintf(q, ` and j.%s = %s`, s.column, q.arg(s.value))
		}
		if f.Person != "" {
			q.ofActs(f.Acts)
		}
		q.within(f)
		fmt.Fprintf(q, ` order by j.number desc limit %s`, q.arg(max(f.Max, 0)))
		entries, err := r.entries(q.String(), q.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(a, b audit.Entry) int { return cmp.Compare(b.Number, a.Number) })
	all = slices.CompactFunc(all, func(a, b audit.Entry) bool { return a.Number == b.Number })
	return all[:min(len(all), max(f.Max, 0))], nil
}

// source is a column of the journal with the value that leads to entries; without a column, all of them.
type source struct{ column, value string }

func journalSources(f admin.JournalFilter) []source {
	if f.Person != "" {
		return []source{{"target", plain(f.Person)}, {"actor", plain(f.Person)}}
	}
	if len(f.Acts) == 0 {
		return []source{{}}
	}
	var all []source
	for _, act := range f.Acts {
		all = append(all, source{"act", plain(string(act))})
	}
	return all
}

func (q *query) ofActs(acts []audit.Act) {
	for i, act := range acts {
		before := ", "
		if i == 0 {
			before = " and j.act || '' in ("
		}
		q.WriteString(before + q.arg(plain(string(act))))
	}
	if len(acts) > 0 {
		q.WriteString(")")
	}
}

// within bounds the numbers too: those of a time lie close together, but the clocks of two nodes differ.
func (q *query) within(f admin.JournalFilter) {
	if f.Before > 0 {
		fmt.Fprintf(q, ` and j.number < %s`, q.arg(f.Before))
	}
	if !f.From.IsZero() {
		from := q.arg(micros(f.From))
		fmt.Fprintf(q, ` and j.at >= %s and j.number >= (
			select min(k.number) from journal k where k.organisation = $1 and k.at >= %[1]s)`, from)
	}
	if !f.Until.IsZero() {
		until := q.arg(micros(f.Until))
		fmt.Fprintf(q, ` and j.at < %s and j.number <= (
			select max(k.number) from journal k where k.organisation = $1 and k.at < %[1]s)`, until)
	}
}

// entries reads entries of journals.
func (r runner) entries(query string, args ...any) ([]audit.Entry, error) {
	var entries []audit.Entry
	err := r.each(query, args, func(scan func(...any) error) error {
		var e audit.Entry
		var at int64
		err := scan(&e.Organisation, &e.Number, &at, &e.Act, &e.Actor, &e.Target, &e.Address, &e.Device, &e.Detail, &e.Chain)
		e.At = time.UnixMicro(at).UTC()
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return entries, nil
}
