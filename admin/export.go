package admin

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/organisation"
	"loquet/text"
)

// bom tells spreadsheets that what follows is UTF-8.
const bom = "\ufeff"

// ExportPeople writes everybody whom a search finds as CSV for French spreadsheets: semicolons, UTF-8 with its mark, and
// no cell that a spreadsheet would run (ATK-071; OWASP CSV injection). The journal has it before the first line leaves.
// The headings are the words of say.
func (f *Flow) ExportPeople(ctx context.Context, a Actor, s Search, say *text.Printer, w io.Writer) error {
	if err := a.may(organisation.ExportPeople); err != nil {
		return err
	}
	if err := f.Store.Note(ctx, a.note(audit.PeopleExported, "", "", f.Now())); err != nil {
		return wrap("noting an export", err)
	}
	out, err := sheet(w)
	if err != nil {
		return err
	}
	heads := []string{"identifier", "family-name", "given-name", "role", "offices", "email", "email-state", "mobile", "household", "state", "last-day", "signed-in"}
	for i, h := range heads {
		heads[i] = say.Say("export." + h)
	}
	if err := out.Write(heads); err != nil {
		return wrap("writing an export", err)
	}
	err = f.Store.EachPerson(ctx, a.Organisation.ID, s, func(p account.Account) error {
		return out.Write(safe(peopleLine(a.Organisation, p, say)))
	})
	if err != nil {
		return wrap("exporting people", err)
	}
	out.Flush()
	return wrap("writing an export", out.Error())
}

func sheet(w io.Writer) (*csv.Writer, error) {
	if _, err := io.WriteString(w, bom); err != nil {
		return nil, wrap("writing an export", err)
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	return out, nil
}

func peopleLine(o organisation.Organisation, p account.Account, say *text.Printer) []string {
	reference := p.Reference()
	proven := ""
	switch {
	case reference.Address == "":
	case reference.Unreachable:
		proven = say.Say("export.email.unreachable")
	case reference.Proven:
		proven = say.Say("export.email.proven")
	default:
		proven = say.Say("export.email.unproven")
	}
	return []string{
		p.Identifier, p.FamilyName, p.GivenName, say.Say("role." + string(p.Role)), strings.Join(p.Offices, ", "),
		reference.Address, proven, p.Mobile, p.Household, say.Say("state." + string(p.State)),
		day(LastDay(o, p)), day(inZone(o, p.SignedIn)),
	}
}

func inZone(o organisation.Organisation, at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.In(o.Location())
}

func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.DateOnly)
}

// safe makes text of every cell that a spreadsheet would take for a formula.
func safe(cells []string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}

// Journal gives entries of the organisation's journal, newest first.
func (f *Flow) Journal(ctx context.Context, a Actor, filter JournalFilter) ([]audit.Entry, error) {
	if err := a.may(organisation.SeeJournal); err != nil {
		return nil, err
	}
	entries, err := f.Store.JournalPage(ctx, a.Organisation.ID, filter)
	return entries, wrap("reading the journal", err)
}

// ByIdentifier gives the ID of whoever has an identifier, "" for nobody.
func (f *Flow) ByIdentifier(ctx context.Context, a Actor, typed string) (string, error) {
	if err := a.may(organisation.SeeJournal); err != nil {
		return "", err
	}
	person, err := f.Store.AccountByIdentifier(ctx, a.Organisation.ID, typed)
	if isMissing(err) {
		return "", nil
	}
	return person.ID, wrap("looking up an identifier", err)
}

// VerifyJournal says whether every entry that is kept is as it was written. Its error is audit.Broken when not.
func (f *Flow) VerifyJournal(ctx context.Context, a Actor) error {
	if err := a.may(organisation.SeeJournal); err != nil {
		return err
	}
	if err := f.Store.Note(ctx, a.note(audit.JournalVerified, "", "", f.Now())); err != nil {
		return wrap("noting a verification", err)
	}
	return wrap("verifying the journal", f.Store.VerifyJournal(ctx, a.Organisation.ID))
}

// journalStep is how many entries an export reads at a time.
const journalStep = 500

// ExportJournal writes the entries of a filter as CSV, newest first, in the closed words of package audit.
func (f *Flow) ExportJournal(ctx context.Context, a Actor, filter JournalFilter, w io.Writer) error {
	if err := a.may(organisation.ExportJournal); err != nil {
		return err
	}
	if err := f.Store.Note(ctx, a.note(audit.JournalExported, "", "", f.Now())); err != nil {
		return wrap("noting an export", err)
	}
	out, err := sheet(w)
	if err != nil {
		return err
	}
	if err := out.Write([]string{"number", "at", "act", "actor", "target", "address", "device", "detail", "chain"}); err != nil {
		return wrap("writing an export", err)
	}
	filter.Max = journalStep
	for {
		entries, err := f.Store.JournalPage(ctx, a.Organisation.ID, filter)
		if err != nil {
			return fmt.Errorf("exporting the journal: %w", err)
		}
		for _, e := range entries {
			line := []string{
				strconv.FormatInt(e.Number, 10), e.At.UTC().Format(time.RFC3339Nano), string(e.Act), e.Actor, e.Target,
				e.Address, e.Device, e.Detail, e.Chain,
			}
			if err := out.Write(safe(line)); err != nil {
				return wrap("writing an export", err)
			}
			filter.Before = e.Number
		}
		if len(entries) < journalStep {
			break
		}
	}
	out.Flush()
	return wrap("writing an export", out.Error())
}

// Names gives the names of the people whom entries are about, by ID; those who were erased are not in it.
func (f *Flow) Names(ctx context.Context, a Actor, entries []audit.Entry) (map[string]account.Account, error) {
	names := map[string]account.Account{}
	for _, e := range entries {
		for _, id := range []string{e.Actor, e.Target} {
			if _, known := names[id]; known || id == "" || id == audit.System {
				continue
			}
			person, err := f.Store.Account(ctx, a.Organisation.ID, id)
			if err == nil {
				names[id] = person
			} else if !isMissing(err) {
				return nil, wrap("reading the people of the journal", err)
			}
		}
	}
	return names, nil
}
