package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

// The faults of the organisation's own settings, beside those of organisation.Policy.Check.
const (
	Empty        Fault = "empty"
	TooLong      Fault = "too-long"
	TooMany      Fault = "too-many"
	ColourUnfit  Fault = "colour-unfit"
	PhoneUnfit   Fault = "phone-unfit"
	PercentUnfit Fault = "percent-unfit"
	FileUnfit    Fault = "file-unfit" // of a kind that is not handed out
	FileTooBig   Fault = "file-too-big"
)

// HouseFaults lists the faults of the organisation's own settings.
var HouseFaults = []Fault{Empty, TooLong, TooMany, ColourUnfit, PhoneUnfit, PercentUnfit, FileUnfit, FileTooBig}

// The bounds of what an organisation shows.
const (
	mostOffices   = 100
	mostNews      = 20
	mostDocuments = 20
	longestLine   = 200     // code points
	longestText   = 2000    // code points
	LargestFile   = 5 << 20 // bytes of a document
)

// save writes the organisation as change leaves it, when nobody else has changed it since the actor's page was made.
// It gives fault.Stale then.
func (f *Flow) save(ctx context.Context, a Actor, version int64, act audit.Act, detail string, change func(*organisation.Organisation)) error {
	if err := a.may(organisation.ChangeSettings); err != nil {
		return err
	}
	o := a.Organisation
	if o.Version != version {
		return fault.Stale
	}
	change(&o)
	return wrap("saving settings", f.Store.UpdateOrganisation(ctx, o, a.note(act, "", detail, f.Now())))
}

// SaveOffices replaces the list of offices. People keep an office that is no longer in it until they are changed.
func (f *Flow) SaveOffices(ctx context.Context, a Actor, version int64, typed []string) ([]Fault, error) {
	var offices []string
	for _, line := range typed {
		office := tidy(line)
		if utf8.RuneCountInString(office) > longestName {
			return []Fault{TooLong}, nil
		}
		if office != "" && !slices.Contains(offices, office) {
			offices = append(offices, office)
		}
	}
	if len(offices) > mostOffices {
		return []Fault{TooMany}, nil
	}
	return nil, f.save(ctx, a, version, audit.OrganisationChanged, "offices", func(o *organisation.Organisation) { o.Offices = offices })
}

func policyChanges(before, after organisation.Policy) []string {
	var parts []string
	if before.Password != after.Password {
		parts = append(parts, "password")
	}
	if before.Recovery != after.Recovery {
		parts = append(parts, "recovery")
	}
	if fmt.Sprint(before.Sessions) != fmt.Sprint(after.Sessions) {
		parts = append(parts, "sessions")
	}
	return append(parts, secondChanges(before, after)...)
}

// secondChanges says whether another second proof is asked of somebody, and whether less is: whoever reads the journal
// after a theft looks for that.
func secondChanges(before, after organisation.Policy) []string {
	differs, less := false, false
	for _, role := range account.Roles {
		was, is := before.SecondFor(role), after.SecondFor(role)
		grace := is.Demand == organisation.AtNextSignIn && was.Demand == is.Demand // else it says nothing
		differs = differs || was.Demand != is.Demand || grace && was.Grace != is.Grace
		less = less || grace && is.Grace > was.Grace ||
			slices.Index(organisation.Demands, is.Demand) < slices.Index(organisation.Demands, was.Demand)
	}
	switch {
	case less:
		return []string{"second-less"}
	case differs:
		return []string{"second"}
	}
	return nil
}

// SaveContact replaces who helps and what the legal pages say.
func (f *Flow) SaveContact(ctx context.Context, a Actor, version int64, c organisation.Contact, l organisation.Legal) ([]Fault, error) {
	for _, text := range []string{c.Service, c.Phone, c.Email, l.Copyright, l.Officer} {
		if utf8.RuneCountInString(text) > longestLine {
			return []Fault{TooLong}, nil
		}
	}
	for _, text := range []string{c.Hours, c.Address, l.Publisher, l.Director, l.Host, l.Controller} {
		if utf8.RuneCountInString(text) > longestText {
			return []Fault{TooLong}, nil
		}
	}
	var faults []Fault
	if c.Email != "" && !goodEmail(c.Email) {
		faults = append(faults, EmailUnfit)
	}
	if c.Phone != "" && !goodPhone(c.Phone) {
		faults = append(faults, PhoneUnfit)
	}
	if l.Accessibility.Percent < 0 || l.Accessibility.Percent > 100 {
		faults = append(faults, PercentUnfit)
	}
	if l.Accessibility.Audited != "" {
		if _, err := time.Parse(time.DateOnly, l.Accessibility.Audited); err != nil {
			faults = append(faults, DayUnfit)
		}
	}
	if len(faults) > 0 {
		return faults, nil
	}
	return nil, f.save(ctx, a, version, audit.OrganisationChanged, "contact", func(o *organisation.Organisation) {
		o.Contact, o.Legal = c, l
	})
}

// SaveAppearance replaces the name, the colour and the letters of the disc.
func (f *Flow) SaveAppearance(ctx context.Context, a Actor, version int64, name string, look organisation.Appearance) ([]Fault, error) {
	name, look.Logo = tidy(name), tidy(look.Logo)
	var faults []Fault
	if name == "" {
		faults = append(faults, Empty)
	}
	if utf8.RuneCountInString(name) > longestName || utf8.RuneCountInString(look.Logo) > 3 {
		faults = append(faults, TooLong)
	}
	if !goodColour(look.Colour) {
		faults = append(faults, ColourUnfit)
	}
	if len(faults) > 0 {
		return faults, nil
	}
	return nil, f.save(ctx, a, version, audit.OrganisationChanged, "appearance", func(o *organisation.Organisation) {
		o.Name, o.Appearance = name, look
	})
}

// SaveNews writes one item of the news: place is its position in the list, newest first, or -1 for a new one. An item
// without title and text is taken away.
func (f *Flow) SaveNews(ctx context.Context, a Actor, version int64, place int, title, body string) ([]Fault, error) {
	title, body = tidy(title), strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	if err := a.may(organisation.ChangeSettings); err != nil {
		return nil, err
	}
	if place < -1 || place >= len(a.Organisation.News) {
		return nil, fault.Stale
	}
	news := slices.Clone(a.Organisation.News)
	switch {
	case title == "" && (body != "" || place == -1):
		return []Fault{Empty}, nil
	case utf8.RuneCountInString(title) > longestLine || utf8.RuneCountInString(body) > longestText:
		return []Fault{TooLong}, nil
	case title == "":
		news = slices.Delete(news, place, place+1)
	case place >= 0:
		news[place].Title, news[place].Body = title, body
	case len(news) >= mostNews:
		return []Fault{TooMany}, nil
	default:
		news = slices.Insert(news, 0, organisation.News{Date: f.Now(), Title: title, Body: body})
	}
	return nil, f.save(ctx, a, version, audit.OrganisationChanged, "news", func(o *organisation.Organisation) { o.News = news })
}

// media is what documents may be: what people read or print, and nothing that runs.
var media = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain; charset=utf-8", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	".odt":  "application/vnd.oasis.opendocument.text",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// AddDocument puts a file on the home page.
func (f *Flow) AddDocument(ctx context.Context, a Actor, title, file string, guide bool, body []byte) ([]Fault, error) {
	if err := a.may(organisation.ChangeSettings); err != nil {
		return nil, err
	}
	title, file = tidy(title), fileName(file)
	kind := ""
	if dot := strings.LastIndexByte(file, '.'); dot > 0 {
		kind = media[strings.ToLower(file[dot:])]
	}
	all, err := f.Store.Documents(ctx, a.Organisation.ID)
	switch {
	case err != nil:
		return nil, wrap("reading documents", err)
	case title == "" || len(body) == 0:
		return []Fault{Empty}, nil
	case utf8.RuneCountInString(title) > longestLine:
		return []Fault{TooLong}, nil
	case len(all) >= mostDocuments:
		return []Fault{TooMany}, nil
	case kind == "":
		return []Fault{FileUnfit}, nil
	case len(body) > LargestFile:
		return []Fault{FileTooBig}, nil
	}
	d := organisation.Document{ID: f.NewID(), Title: title, File: file, Media: kind, Size: len(body), Guide: guide}
	note := a.note(audit.OrganisationChanged, "", "document", f.Now())
	return nil, wrap("adding a document", f.Store.AddDocument(ctx, a.Organisation.ID, d, body, note))
}

// Documents gives what the home page offers for download.
func (f *Flow) Documents(ctx context.Context, a Actor) ([]organisation.Document, error) {
	if err := a.may(organisation.ChangeSettings); err != nil {
		return nil, err
	}
	all, err := f.Store.Documents(ctx, a.Organisation.ID)
	return all, wrap("reading documents", err)
}

// RemoveDocument takes a file from the home page; one that has gone already is no error.
func (f *Flow) RemoveDocument(ctx context.Context, a Actor, id string) error {
	if err := a.may(organisation.ChangeSettings); err != nil {
		return err
	}
	err := f.Store.RemoveDocument(ctx, a.Organisation.ID, id, a.note(audit.OrganisationChanged, "", "document", f.Now()))
	if isMissing(err) {
		return nil
	}
	return wrap("removing a document", err)
}

func isMissing(err error) bool { return errors.Is(err, fault.Missing) }
