package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/limit"
	"loquet/organisation"
)

// mostListed is how many cases a list shows.
const mostListed = 100

// Board gives the desk's first page.
func (f *Flow) Board(ctx context.Context, op Operator) (Board, error) {
	var b Board
	if err := f.may(op); err != nil {
		return b, err
	}
	cases, err := f.Store.Cases(ctx, true, mostListed)
	if err != nil {
		return b, fmt.Errorf("listing cases: %w", err)
	}
	houses, err := f.houses(ctx)
	if err != nil {
		return b, err
	}
	for _, c := range cases {
		b.Cases = append(b.Cases, Listed{Case: c, Organisation: houses[c.Organisation]})
	}
	deeds, err := f.Store.DeedsOpen(ctx, mostListed)
	if err != nil {
		return b, fmt.Errorf("listing deeds: %w", err)
	}
	for _, d := range deeds {
		c, err := f.Store.Case(ctx, d.Organisation, d.Case)
		if err != nil {
			return b, fmt.Errorf("reading the case of a deed: %w", err)
		}
		l := Listed{Case: c, Organisation: houses[d.Organisation], Deed: d}
		if d.State == Proposed {
			b.ToSecond = append(b.ToSecond, l)
		} else {
			b.Waiting = append(b.Waiting, l)
		}
	}
	return b, nil
}

func (f *Flow) houses(ctx context.Context) (map[string]organisation.Organisation, error) {
	all, err := f.Store.Organisations(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing organisations: %w", err)
	}
	byID := map[string]organisation.Organisation{}
	for _, o := range all {
		byID[o.ID] = o
	}
	return byID, nil
}

// mostHouses is how many organisations a search shows.
const mostHouses = 20

// Organisations gives those whose name, short name or host holds what was typed; they are no secret.
func (f *Flow) Organisations(
	ctx context.Context, op Operator, typed string,
) ([]organisation.Organisation, error) {
	if err := f.may(op); err != nil {
		return nil, err
	}
	all, err := f.Store.Organisations(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing organisations: %w", err)
	}
	wanted := account.FilterWords(typed)
	var found []organisation.Organisation
	for _, o := range all {
		has := account.FilterWords(o.Name + " " + o.Slug + " " + strings.Join(o.Hosts, " "))
		fits := !slices.ContainsFunc(wanted, func(word string) bool {
			return !slices.ContainsFunc(has, func(h string) bool { return strings.Contains(h, word) })
		})
		if fits && len(found) < mostHouses {
			found = append(found, o)
		}
	}
	return found, nil
}

// Open opens a case. Nothing can be read of anybody without one.
func (f *Flow) Open(ctx context.Context, op Operator, o Opening) (Case, []Fault, error) {
	if err := f.may(op); err != nil {
		return Case{}, nil, err
	}
	org, err := f.Store.Organisation(ctx, o.Organisation)
	if err != nil {
		return Case{}, nil, wrap("reading the organisation of a case", err)
	}
	if org.Platform() {
		return Case{}, nil, fault.Missing
	}
	said := strings.TrimSpace(o.Said)
	var faults []Fault
	if !slices.Contains(Reasons, o.Reason) {
		faults = append(faults, ReasonUnknown)
	}
	switch n := utf8.RuneCountInString(said); {
	case n == 0 || !utf8.ValidString(said):
		faults = append(faults, SaidMissing)
	case n > LongestSaid:
		faults = append(faults, SaidLong)
	}
	if len(faults) > 0 {
		return Case{}, faults, nil
	}
	now, id := f.Now(), f.NewID()
	c := Case{
		ID: id, Number: number(id), Organisation: org.ID, Reason: o.Reason, Said: said, Caller: shown(o.Caller), Opened: now,
		OpenedBy: op.Person.Identifier, Standing: Unchecked, Version: 1,
	}
	change := f.change(c)
	change.Open, change.Case = &c, nil
	change.Counts = []limit.Count{{Key: limit.Key(f.Key, "desk-cases", "", op.Person.ID), Rate: f.Limits.Cases}}
	f.note(&change, op, c, audit.CaseOpened, string(c.Reason))
	return c, nil, wrap("opening a case", f.Store.ApplyDesk(ctx, change))
}

// symbols are those of a case's number: no look-alikes, for it is read aloud.
const symbols = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

func number(id string) string {
	digest := sha256.Sum256([]byte("case " + id))
	var b strings.Builder
	for _, one := range digest[:6] {
		b.WriteByte(symbols[int(one)%len(symbols)])
	}
	return b.String()
}

// longestShown is the longest number that a telephone shows, in code points.
const longestShown = 30

// shown keeps what a telephone showed, as far as it is a number or a word about it.
func shown(typed string) string {
	typed = strings.ToValidUTF8(strings.Join(strings.Fields(typed), " "), "")
	if e164, ok := account.FoldMobile(typed); ok {
		return e164
	}
	runes := []rune(typed)
	return string(runes[:min(len(runes), longestShown)])
}

// leastLetters is how many letters each word of a name needs.
const leastLetters = 2

// Find looks for the person whom a case is about: by a whole identifier, address or number, or by the words of a name.
// It shows at most MostFound people, masked, and the search stands in the organisation's journal: nobody browses
// (RGPD-07).
func (f *Flow) Find(ctx context.Context, op Operator, ref Ref, typed string) ([]Seen, []Fault, error) {
	c, _, _, err := f.take(ctx, op, ref)
	if err != nil {
		return nil, nil, err
	}
	if !c.Closed.IsZero() {
		return nil, []Fault{CaseClosed}, nil
	}
	lookup, words := account.Find(typed), account.FilterWords(typed)
	byName := len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < leastLetters })
	if lookup.Nobody() && !byName {
		return nil, []Fault{SearchShort}, nil
	}
	people, err := f.Store.Lookup(ctx, ref.Organisation, lookup)
	if err != nil {
		return nil, nil, fmt.Errorf("looking somebody up: %w", err)
	}
	if len(people) == 0 && byName {
		found, err := f.Store.People(ctx, ref.Organisation, byWords(typed))
		if err != nil {
			return nil, nil, fmt.Errorf("searching by name: %w", err)
		}
		people = found.People
	}
	change := f.change(c)
	change.Case = nil
	change.Counts = []limit.Count{{Key: limit.Key(f.Key, "desk-searches", "", op.Person.ID), Rate: f.Limits.Searches}}
	f.note(&change, op, c, audit.CallerSearched, fmt.Sprint(min(len(people), MostFound+1)))
	if err := f.Store.ApplyDesk(ctx, change); err != nil {
		return nil, nil, fmt.Errorf("noting a search: %w", err)
	}
	switch {
	case len(people) == 0 && !byName && len(words) == 1:
		return nil, []Fault{SearchShort}, nil
	case len(people) == 0:
		return nil, []Fault{NobodyFound}, nil
	case len(people) > MostFound:
		return nil, []Fault{SearchMany}, nil
	}
	var seen []Seen
	for _, p := range people {
		seen = append(seen, f.seen(p, nil))
	}
	return seen, nil, nil
}

// Name says whom a case is about. A check that was done for somebody else is worth nothing for this one.
func (f *Flow) Name(ctx context.Context, op Operator, ref Ref, id string) ([]Fault, error) {
	c, _, _, err := f.take(ctx, op, ref)
	if err != nil {
		return nil, err
	}
	if !c.Closed.IsZero() {
		return []Fault{CaseClosed}, nil
	}
	person, err := f.Store.Account(ctx, ref.Organisation, id)
	if errors.Is(err, fault.Missing) {
		return []Fault{NobodyFound}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading whom a case is about: %w", err)
	}
	if c.Account == person.ID {
		return nil, nil
	}
	c.Account, c.Standing, c.CheckedAt, c.CheckedBy, c.Papers = person.ID, Unchecked, time.Time{}, "", Papers{}
	change := f.change(c)
	f.note(&change, op, c, audit.CaseNamed, "")
	return nil, wrap("naming whom a case is about", f.Store.ApplyDesk(ctx, change))
}

// Close ends a case. What waits in it goes on.
func (f *Flow) Close(ctx context.Context, op Operator, ref Ref) (Outcome, error) {
	c, _, _, err := f.take(ctx, op, ref)
	if err != nil {
		return Outcome{}, err
	}
	if !c.Closed.IsZero() {
		return Outcome{}, nil
	}
	c.Closed, c.Standing = f.Now(), Unchecked
	change := f.change(c)
	f.note(&change, op, c, audit.CaseClosed, "")
	return Outcome{}, wrap("closing a case", f.Store.ApplyDesk(ctx, change))
}
