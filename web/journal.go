package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/admin"
	"loquet/audit"
	"loquet/web/pages"
)

// journalSize is how many entries stand on a page.
const journalSize = 50

func (w *Web) journalPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, _, err := w.journal(r, a, r.URL.Query().Get)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(p.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return w.render(rw, r, status, p.Frame, pages.JournalListPage(p))
}

// journal reads a filter, as typed, and gives the page that it asks for.
func (w *Web) journal(r *http.Request, a admin.Actor, get func(string) string) (pages.JournalList, admin.JournalFilter, error) {
	p := pages.JournalList{
		Frame: w.inside(r, a.Person), Who: strings.TrimSpace(get("person")), Act: audit.Act(get("act")), From: get("from"),
		Until: get("until"), Fresh: w.freshForTeam(a.Session),
	}
	filter := admin.JournalFilter{Max: journalSize + 1}
	if slices.Contains(audit.Acts, p.Act) {
		filter.Acts = []audit.Act{p.Act}
	}
	filter.Before, _ = strconv.ParseInt(get("before"), 10, 64) // 0, the newest page, for what is no number
	p.Later = filter.Before > 0
	var ok bool
	if filter.From, ok = dayOf(a, p.From, 0); !ok {
		p.Problems = append(p.Problems, pages.Problem{Field: "from", Key: "person.fault." + string(admin.DayUnfit)})
	}
	if filter.Until, ok = dayOf(a, p.Until, 1); !ok {
		p.Problems = append(p.Problems, pages.Problem{Field: "until", Key: "person.fault." + string(admin.DayUnfit)})
	}
	if p.Who != "" {
		found, err := w.Admin.ByIdentifier(r.Context(), a, p.Who)
		if err != nil {
			return p, filter, err //nolint:wrapcheck // the flow says what it was doing
		}
		filter.Person, p.Unknown = found, found == ""
	}
	if p.Unknown || len(p.Problems) > 0 {
		return p, filter, nil
	}
	entries, err := w.Admin.Journal(r.Context(), a, filter)
	if err != nil {
		return p, filter, err //nolint:wrapcheck // the flow says what it was doing
	}
	if len(entries) > journalSize {
		entries = entries[:journalSize]
		p.Before = entries[journalSize-1].Number
	}
	people, err := w.Admin.Names(r.Context(), a, entries)
	if err != nil {
		return p, filter, err //nolint:wrapcheck // the flow says what it was doing
	}
	p.Rows = journalRows(a, entries, people)
	return p, filter, nil
}

func journalRows(a admin.Actor, entries []audit.Entry, people map[string]account.Account) []pages.JournalRow {
	rows := make([]pages.JournalRow, len(entries))
	for i, e := range entries {
		e.At = e.At.In(a.Organisation.Location())
		rows[i] = pages.JournalRow{Entry: e}
		if who, ok := people[e.Actor]; ok {
			rows[i].ActorName = who.Name()
		}
		if who, ok := people[e.Target]; ok {
			rows[i].TargetName = who.Name()
		}
	}
	return rows
}

// dayOf reads a day of the filter; an empty field is no bound.
func dayOf(a admin.Actor, typed string, after int) (time.Time, bool) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return time.Time{}, true
	}
	return admin.Day(a.Organisation, typed, after)
}

// journalVerify says whether the chain holds, on the page itself: nothing is changed by it but the note that it was asked.
func (w *Web) journalVerify(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	err := w.Admin.VerifyJournal(r.Context(), a)
	verdict, broken := pages.Holds, audit.Broken{}
	if errors.As(err, &broken) {
		verdict = pages.Broken
	} else if err != nil {
		return err //nolint:wrapcheck // the flow says what it was doing
	}
	p, _, err := w.journal(r, a, func(name string) string { return f[name] })
	if err != nil {
		return err
	}
	p.Path, p.Verdict, p.BrokenAt = "/settings/journal", verdict, broken.Number
	return w.render(rw, r, http.StatusOK, p.Frame, pages.JournalListPage(p))
}

func (w *Web) journalExport(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	problem, err := w.proveForTeam(rw, r, f, &a)
	if err != nil {
		return err
	}
	p, filter, err := w.journal(r, a, func(name string) string { return f[name] })
	if err != nil {
		return err
	}
	p.Path, p.Typed = "/settings/journal", f.typed()
	if problem != nil {
		p.Problems = append(p.Problems, problem.Problem)
		return w.render(rw, r, problem.Status, p.Frame, pages.JournalListPage(p))
	}
	if p.Unknown || len(p.Problems) > 0 {
		return w.render(rw, r, http.StatusUnprocessableEntity, p.Frame, pages.JournalListPage(p))
	}
	filter.Before = 0
	download(rw, "text/csv; charset=utf-8", a.Organisation.Slug+"-journal.csv")
	return w.Admin.ExportJournal(r.Context(), a, filter, rw) //nolint:wrapcheck // the flow says what it was doing
}
