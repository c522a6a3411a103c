package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"loquet/account"
	"loquet/admin"
)

var _ admin.Store = (*DB)(nil)

// search is an admin.Search, read.
type search struct {
	runner
	organisation string
	sort         admin.Sort
	order        order
	descending   bool
	narrows      []narrow
	size         int
	most         int    // that are read at once
	holds        string // the dialect's
}

func (db *DB) search(ctx context.Context, organisation string, s admin.Search) search {
	if _, known := orders[s.Sort]; !known {
		s.Sort = admin.ByName
	}
	return search{
		db.read(ctx), organisation, s.Sort, orders[s.Sort], s.Descending, narrowsOf(s), max(s.Size, 1), db.mostRead,
		db.dialect.holds,
	}
}

// People gives one page of an organisation's people. A cursor that is broken, or of another order, asks for the first
// page, and so does one behind which nobody is left.
func (db *DB) People(ctx context.Context, organisation string, s admin.Search) (admin.Found, error) {
	q := db.search(ctx, organisation, s)
	w := window{after: placeOf(s.After, q.sort), before: placeOf(s.Before, q.sort), last: s.Last}
	found, err := q.page(w)
	if err == nil && len(found.places) == 0 && w != (window{}) {
		found, err = q.page(window{})
	}
	if err != nil {
		return admin.Found{}, fmt.Errorf("searching people: %w", err)
	}
	people, err := q.accounts(found.places)
	if err != nil {
		return admin.Found{}, err
	}
	answer := admin.Found{People: people, Total: found.total, More: found.more}
	if n := len(found.places); n > 0 && found.next {
		answer.Next = found.places[n-1].cursor()
	}
	if len(found.places) > 0 && found.previous {
		answer.Previous = found.places[0].cursor()
	}
	return answer, nil
}

// eachTogether is how many people EachPerson holds at a time.
const eachTogether = 500

// EachPerson calls each for everybody whom the search would find over all its pages, in its order, a page of 500 at a
// time. Whoever changes place meanwhile may come twice or not at all.
func (db *DB) EachPerson(
	ctx context.Context, organisation string, s admin.Search, each func(account.Account) error,
) error {
	q := db.search(ctx, organisation, s)
	give := func(places []place) error {
		people, err := q.accounts(places)
		for _, p := range people {
			if err := each(p); err != nil {
				return err
			}
		}
		return err
	}
	leads, err := q.leads()
	if err != nil {
		return err
	}
	if leads != nil {
		few, err := q.few(leads)
		for some := range slices.Chunk(few, eachTogether) {
			if err := give(some); err != nil {
				return err
			}
		}
		return err
	}
	var after *place
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		places, err := q.walk(after, q.descending, eachTogether)
		if err != nil || len(places) == 0 {
			return err
		}
		if err := give(places); err != nil {
			return err
		}
		after = &places[len(places)-1]
	}
}

// window says which part of all who fit is asked for; the zero window is the first page.
type window struct {
	after, before *place
	last          bool
}

// found is one page, before the people on it are read.
type found struct {
	places         []place
	total          int
	more           bool
	next, previous bool
}

func (s search) page(w window) (found, error) {
	leads, err := s.leads()
	if err != nil {
		return found{}, err
	}
	if leads == nil {
		return s.walked(w)
	}
	few, err := s.few(leads)
	return s.cut(few, w), err
}

// few reads everybody who fits, led by conditions that only a few fit, and orders them here.
func (s search) few(leads []narrow) ([]place, error) {
	text := newQuery(s.organisation)
	// SQLite takes the tables of a cross join in this order; by itself it would rather walk through everybody.
	fmt.Fprintf(text, `select %s from (`, strings.Join(s.order.columns(), ", "))
	text.who(leads)
	text.WriteString(`) as few cross join account a where a.organisation = $1 and a.id = few.account`)
	for _, n := range s.narrows {
		switch {
		case slices.Contains(leads, n):
		case n.column != "":
			fmt.Fprintf(text, " and a.%s = %s", n.column, text.arg(n.value))
		default:
			s.test(text, n)
		}
	}
	places, err := s.places(text)
	slices.SortFunc(places, s.compare)
	return slices.CompactFunc(places, func(a, b place) bool { return a.ID == b.ID }), err
}

func (s search) compare(a, b place) int {
	if s.descending {
		a, b = b, a
	}
	return a.compare(b)
}

// cut gives the page of a window from all who fit.
func (s search) cut(all []place, w window) found {
	// at gives the number of people before a place, or before and at it.
	at := func(p place, itself bool) int {
		n, stands := slices.BinarySearchFunc(all, p, s.compare)
		if itself && stands {
			n++
		}
		return n
	}
	from, to := 0, min(s.size, len(all))
	switch {
	case w.after != nil:
		from = at(*w.after, true)
		to = min(from+s.size, len(all))
	case w.before != nil:
		to = at(*w.before, false)
		from = max(to-s.size, 0)
	case w.last:
		from, to = max(len(all)-s.size, 0), len(all)
	}
	return found{all[from:to], len(all), false, to < len(all), from > 0}
}

// walked gives the page of a window by walking along the order from its place, backwards for what comes before.
func (s search) walked(w window) (found, error) {
	backwards, from := w.last, w.after
	if from == nil && w.before != nil {
		backwards, from = true, w.before
	}
	read := s.size
	if from == nil && len(s.narrows) > 0 {
		read = max(read, admin.MostCounted) // from the end on, the same walk counts
	}
	places, err := s.walk(from, s.descending != backwards, read+1)
	if err != nil {
		return found{}, err
	}
	f := found{next: backwards && from != nil, previous: !backwards && from != nil}
	if from == nil && len(s.narrows) > 0 {
		f.total, f.more = min(len(places), admin.MostCounted), len(places) > admin.MostCounted
	} else if f.total, f.more, err = s.count(); err != nil {
		return found{}, err
	}
	if further := len(places) > s.size; further {
		places = places[:s.size]
		f.next, f.previous = f.next || !backwards, f.previous || backwards
	}
	if backwards {
		slices.Reverse(places)
	}
	f.places = places
	return f, nil
}

// walk gives the places of those who fit behind a place, at most max, in the order or against it.
func (s search) walk(from *place, against bool, most int) ([]place, error) {
	text := newQuery(s.organisation)
	s.along(text, from, against, most)
	return s.places(text)
}

func (s search) along(text *query, from *place, against bool, most int) {
	columns := strings.Join(s.order.columns(), ", ")
	fmt.Fprintf(text, `select %s from account a where a.organisation = $1`, columns)
	led := s.led()
	for i, n := range s.narrows {
		if i == led {
			fmt.Fprintf(text, " and a.%s = %s", n.column, text.arg(n.value))
		} else {
			s.test(text, n)
		}
	}
	than, direction := ">", ""
	if against {
		than, direction = "<", " desc"
	}
	if from != nil {
		var values []string
		for _, v := range from.values() {
			values = append(values, text.arg(v))
		}
		fmt.Fprintf(text, " and (%s) %s (%s)", columns, than, strings.Join(values, ", "))
	}
	fmt.Fprintf(text, " order by %s%s limit %s",
		strings.Join(s.order.columns(), direction+", "), direction, text.arg(most))
}

// led gives the number of the condition on which an index in this order begins; -1 for none.
func (s search) led() int {
	return slices.IndexFunc(s.narrows, func(n narrow) bool {
		return n.column != "" && (n.column == s.order.lead || s.sort == admin.ByName)
	})
}

// count counts who fits: everybody, or, where there is a condition, at most admin.MostCounted of them.
func (s search) count() (total int, more bool, err error) {
	text := newQuery(s.organisation)
	if len(s.narrows) == 0 {
		text.WriteString(`select count(*) from account a where a.organisation = $1`)
	} else {
		text.WriteString(`select count(*) from (`)
		s.along(text, nil, s.descending, admin.MostCounted+1)
		text.WriteString(`) as fit`)
	}
	if err := s.one([]any{&total}, text.String(), text.args...); err != nil {
		return 0, false, fmt.Errorf("counting people: %w", err)
	}
	if len(s.narrows) > 0 && total > admin.MostCounted {
		return admin.MostCounted, true, nil
	}
	return total, false, nil
}

func (s search) places(text *query) ([]place, error) {
	var all []place
	err := s.each(text.String(), text.args, func(scan func(...any) error) error {
		p := place{Sort: s.sort}
		err := scan(p.into()...)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for people: %w", err)
	}
	return all, nil
}

// accounts reads the people at some places, in their order. Whoever was erased meanwhile is left out.
func (s search) accounts(places []place) ([]account.Account, error) {
	var all []account.Account
	for some := range slices.Chunk(places, eachTogether) {
		people, err := s.these(some)
		if err != nil {
			return nil, err
		}
		all = append(all, people...)
	}
	return all, nil
}

func (s search) these(places []place) ([]account.Account, error) {
	text := newQuery(s.organisation)
	number := make(map[string]int, len(places))
	text.WriteString(`a.id in (`)
	// Their number is rounded up, so that there are few texts to prepare.
	for i := range rounded(len(places)) {
		if i > 0 {
			text.WriteString(", ")
		}
		id := nobody
		if i < len(places) {
			id = places[i].ID
			number[id] = i
		}
		text.WriteString(text.arg(id))
	}
	text.WriteString(`)`)
	people, err := s.people(text.String(), text.args...)
	slices.SortFunc(people, func(a, b account.Account) int { return number[a.ID] - number[b.ID] })
	return people, err
}

// rounded gives the next power of two.
func rounded(n int) int {
	size := 1
	for size < n {
		size *= 2
	}
	return size
}
